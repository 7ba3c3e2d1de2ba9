//! What the Arm manual says of each operation, with the arithmetic of `rustc_apfloat` and of integers: independent of the
//! WGSL. Values are bits of registers, and flags those of FPSR.

use kvrm::float::Asked;
use kvrm::float::operation::*;
use rustc_apfloat::ieee::{BFloat, Double, Half, Quad, Single};
use rustc_apfloat::{Float, FloatConvert, Round, Status, StatusAnd};
use std::cmp::Ordering;

use super::format::Format;
use super::{brain, estimates};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rounding {
    To(Round),
    Odd,
}

/// FPCR with the operation's own wishes.
#[derive(Clone, Copy)]
pub struct Environment {
    rounding: Rounding,
    fpcr: u32,
}

impl Environment {
    fn of(asked: &Asked) -> Environment {
        let mut mode = (asked.operation >> FLOAT_ROUNDING_SHIFT) & 7;
        if mode == FLOAT_BY_FPCR {
            mode = [FLOAT_TIES_EVEN, FLOAT_TO_PLUS, FLOAT_TO_MINUS, FLOAT_TO_ZERO]
                [(asked.fpcr >> FPCR_RMODE_SHIFT & 3) as usize];
        }
        let rounding = match mode {
            FLOAT_TIES_EVEN => Rounding::To(Round::NearestTiesToEven),
            FLOAT_TO_PLUS => Rounding::To(Round::TowardPositive),
            FLOAT_TO_MINUS => Rounding::To(Round::TowardNegative),
            FLOAT_TO_ZERO => Rounding::To(Round::TowardZero),
            FLOAT_TIES_AWAY => Rounding::To(Round::NearestTiesToAway),
            FLOAT_TO_ODD => Rounding::Odd,
            _ => panic!("rounding {mode}"),
        };
        let converts = asked.operation & FLOAT_OPERATION_BITS == FLOAT_CONVERT;
        let unknown = if converts { FPCR_FZ16 } else { FPCR_AHP };
        Environment { rounding, fpcr: asked.fpcr & !unknown }
    }

    fn has(self, bit: u32) -> bool {
        self.fpcr & bit != 0
    }

    pub fn flushes(self, format: Format) -> bool {
        self.has(if format == Format::H { FPCR_FZ16 } else { FPCR_FZ })
    }

    fn is_alternative(self, format: Format) -> bool {
        format == Format::H && self.has(FPCR_AHP)
    }

    /// Rounding of the host's library; to odd is made of what is cut off.
    fn round(self) -> Round {
        match self.rounding {
            Rounding::To(round) => round,
            Rounding::Odd => Round::TowardZero,
        }
    }

    /// Whether a number that is too large becomes infinite.
    fn overflows(self, negative: bool) -> bool {
        match self.rounding {
            Rounding::Odd | Rounding::To(Round::TowardZero) => false,
            Rounding::To(Round::TowardPositive) => !negative,
            Rounding::To(Round::TowardNegative) => negative,
            Rounding::To(_) => true,
        }
    }

    /// An operand, flushed.
    fn operand(self, v: u64, format: Format, flags: &mut u32) -> u64 {
        if format.is_subnormal(v) && self.flushes(format) {
            if format != Format::H {
                *flags |= FPSR_IDC;
            }
            return v & format.sign();
        }
        v
    }

    /// FPProcessNaN, with FPConvertNaN where formats differ.
    fn quieted(self, v: u64, from: Format, to: Format) -> u64 {
        if self.has(FPCR_DN) {
            return to.default_nan();
        }
        let fraction = (v << (64 - from.fraction_bits)) >> (64 - to.fraction_bits);
        let sign = if v & from.sign() != 0 { to.sign() } else { 0 };
        to.default_nan() | fraction | sign
    }

    /// FPProcessNaNs of operands in the order in which the manual asks them.
    fn nan_of(self, operands: &[(u64, Format)], to: Format, flags: &mut u32) -> Option<u64> {
        if let Some((v, from)) = operands.iter().find(|(v, from)| from.is_signaling(*v)) {
            *flags |= FPSR_IOC;
            return Some(self.quieted(*v, *from, to));
        }
        let (v, from) = operands.iter().find(|(v, from)| from.is_nan(*v))?;
        Some(self.quieted(*v, *from, to))
    }

    /// FPRound: the value of an operation that can be done with any rounding. `wide` is the same with more bits, cut off:
    /// it tells whether a result that is the largest number is too large for it.
    fn finish<S: Float>(
        self,
        format: Format,
        flags: &mut u32,
        operation: impl Fn(Round) -> StatusAnd<S>,
        wide: impl Fn() -> Quad,
    ) -> u64 {
        let rounded = operation(self.round());
        let truncated = operation(Round::TowardZero);
        if rounded.status.contains(Status::INVALID_OP) {
            *flags |= FPSR_IOC;
            return format.default_nan();
        }
        if rounded.status.contains(Status::DIV_BY_ZERO) {
            *flags |= FPSR_DZC;
        }
        let inexact = truncated.status.contains(Status::INEXACT) || rounded.status.contains(Status::INEXACT);
        let mut bits = rounded.value.to_bits() as u64;
        if self.rounding == Rounding::Odd && inexact {
            bits |= 1;
        }
        // Before rounding: too small is what is below the least normal number when cut off.
        let cut = truncated.value.to_bits() as u64 & (format.sign() - 1);
        let tiny = cut < 1 << format.fraction_bits && (cut != 0 || inexact);
        if tiny && self.flushes(format) {
            *flags |= FPSR_UFC;
            return bits & format.sign();
        }
        if inexact {
            *flags |= FPSR_IXC | if tiny { FPSR_UFC } else { 0 };
        }
        // The library says overflow only where it gives infinity.
        let magnitude = bits & (format.sign() - 1);
        let limit = Quad::from_i128(1).value.scalbn(format.bias() + 1);
        let largest = format.infinity() - 1;
        if inexact && (magnitude == format.infinity() || magnitude == largest && wide().abs() >= limit) {
            *flags |= FPSR_OFC;
        }
        bits
    }
}

fn compare(a: u64, b: u64, format: Format) -> Ordering {
    let key = |v: u64| {
        let magnitude = (v & (format.sign() - 1)) as i128;
        if v & format.sign() != 0 { -magnitude } else { magnitude }
    };
    key(a).cmp(&key(b))
}

/// Value and flags.
pub fn expect(asked: &Asked) -> (u64, u32) {
    let operation = asked.operation;
    let has = |flag: u32| operation & flag != 0;
    let op = operation & FLOAT_OPERATION_BITS;
    let operands = Format::of(operation >> FLOAT_OPERANDS_SHIFT & 3);
    let result = Format::of(operation >> FLOAT_RESULT_SHIFT & 3);
    let environment = Environment::of(asked);
    let mut flags = 0;
    let value = if op == FLOAT_FROM_INTEGER {
        match result {
            Format::H => from_integer::<Half>(asked, environment, &mut flags),
            Format::S => from_integer::<Single>(asked, environment, &mut flags),
            _ => from_integer::<Double>(asked, environment, &mut flags),
        }
    } else if op >= FLOAT_MOVE {
        match op {
            FLOAT_MOVE => asked.a & result.mask(),
            FLOAT_ESTIMATE_INTEGER_RECIPROCAL => u64::from(estimates::integer_reciprocal(asked.a as u32)),
            FLOAT_ESTIMATE_INTEGER_ROOT => u64::from(estimates::integer_root(asked.a as u32)),
            FLOAT_BRAIN_DOT => u64::from(brain::dot(asked.a as u32, asked.b as u32, asked.c as u32)),
            op => panic!("operation {op}"),
        }
    } else {
        let sign = |flag| if has(flag) { operands.sign() } else { 0 };
        let mut a = asked.a & operands.mask() ^ sign(FLOAT_NEGATE_A);
        let mut b = asked.b & operands.mask() ^ sign(FLOAT_NEGATE_B);
        a &= !sign(FLOAT_ABSOLUTE_OPERANDS);
        b &= !sign(FLOAT_ABSOLUTE_OPERANDS);
        let c = asked.c & result.mask() ^ if has(FLOAT_NEGATE_C) { result.sign() } else { 0 };
        let call = Call { operation, op, environment, operands, result, a, b, c };
        match result {
            _ if op == FLOAT_CONVERT => call.convert(&mut flags),
            _ if op == FLOAT_TO_INTEGER => call.to_integer(&mut flags),
            _ if op == FLOAT_TO_MODULAR => call.to_modular(&mut flags),
            Format::H => call.with::<Half>(&mut flags),
            Format::S => call.with::<Single>(&mut flags),
            _ => call.with::<Double>(&mut flags),
        }
    };
    let value = if has(FLOAT_NEGATE_RESULT) { value ^ result.sign() } else { value };
    (if has(FLOAT_ABSOLUTE_RESULT) { value & !result.sign() } else { value }, flags)
}

fn from_integer<S: Float>(asked: &Asked, environment: Environment, flags: &mut u32) -> u64
where
    Quad: FloatConvert<S>,
{
    let width = 8 << (asked.operation >> FLOAT_OPERANDS_SHIFT & 3);
    let top = asked.a << (64 - width);
    let signed = asked.operation & FLOAT_SIGNED != 0;
    let integer = if signed { i128::from(top as i64 >> (64 - width)) } else { i128::from(top >> (64 - width)) };
    // Exact in f128, so that it is rounded once.
    let exact = Quad::from_i128(integer).value.scalbn(-((asked.operation >> FLOAT_FRACTION_SHIFT & 0x7f) as i32));
    let format = Format::of(asked.operation >> FLOAT_RESULT_SHIFT & 3);
    environment.finish::<S>(format, flags, |round| exact.convert_r(round, &mut false), || exact)
}

/// An operation on numbers, with its operands' signs as it wishes.
struct Call {
    operation: u32,
    op: u32,
    environment: Environment,
    operands: Format,
    result: Format,
    a: u64,
    b: u64,
    c: u64,
}

impl Call {
    fn has(&self, flag: u32) -> bool {
        self.operation & flag != 0
    }

    /// Those that have operands and result of one format, and multiply-add.
    fn with<S: Float>(&self, flags: &mut u32) -> u64
    where
        Quad: FloatConvert<S>,
    {
        let (environment, from, to) = (self.environment, self.operands, self.result);
        let a = environment.operand(self.a, from, flags);
        let unary = matches!(self.op, FLOAT_ROOT | FLOAT_ROUND..);
        let b = if unary { 0 } else { environment.operand(self.b, from, flags) };
        let c = if self.op == FLOAT_MULTIPLY_ADD { environment.operand(self.c, to, flags) } else { 0 };
        let of = |v: u64| S::from_bits(u128::from(v));
        // Of the operands, exact in the result's format.
        let wide = |v: u64| from.widen(v);
        let number = |v: u64| FloatConvert::<S>::convert(wide(v), &mut false).value;
        let cut = Round::TowardZero;
        let zero_times_infinity = from.is_zero(a) && from.is_infinity(b) || from.is_infinity(a) && from.is_zero(b);
        let product_sign = if (a ^ b) & from.sign() != 0 { to.sign() } else { 0 };
        match self.op {
            FLOAT_ADD => environment.nan_of(&[(a, from), (b, from)], to, flags).unwrap_or_else(|| {
                let b = if self.has(FLOAT_SUBTRACT) { b ^ from.sign() } else { b };
                let sum = |round| of(a).add_r(of(b), round);
                environment.finish::<S>(to, flags, sum, || wide(a).add_r(wide(b), cut).value)
            }),
            FLOAT_MULTIPLY | FLOAT_MULTIPLY_EXTENDED => {
                if let Some(nan) = environment.nan_of(&[(a, from), (b, from)], to, flags) {
                    return nan;
                }
                if self.op == FLOAT_MULTIPLY_EXTENDED && zero_times_infinity {
                    return to.power(1) | product_sign;
                }
                let product = |round| of(a).mul_r(of(b), round);
                environment.finish::<S>(to, flags, product, || wide(a).mul_r(wide(b), cut).value)
            }
            FLOAT_MULTIPLY_ADD => {
                let nan = environment.nan_of(&[(c, to), (a, from), (b, from)], to, flags);
                if zero_times_infinity && to.is_quiet(c) {
                    *flags |= FPSR_IOC;
                    return to.default_nan();
                }
                nan.unwrap_or_else(|| {
                    let sum = |round| number(a).mul_add_r(number(b), of(c), round);
                    let more = || wide(a).mul_add_r(wide(b), to.widen(c), cut).value;
                    environment.finish::<S>(to, flags, sum, more)
                })
            }
            FLOAT_RECIPROCAL_STEP | FLOAT_ROOT_STEP => {
                let root = self.op == FLOAT_ROOT_STEP;
                let constant = if root { to.power(0) | to.quiet() } else { to.power(1) };
                if let Some(nan) = environment.nan_of(&[(a, from), (b, from)], to, flags) {
                    return nan;
                }
                if zero_times_infinity {
                    return constant;
                }
                // Half the sum is one and a half and half the product: the larger factor is halved, which is exact but where
                // the product is far below what can change the sum.
                let (large, small) = if of(a).abs() < of(b).abs() { (b, a) } else { (a, b) };
                let near = of(large).abs() > of(to.power(-to.bias() / 2));
                let large = of(large).scalbn(if root && near { -1 } else { 0 });
                let sum = |round| large.mul_add_r(of(small), of(constant), round);
                let more = || wide(large.to_bits() as u64).mul_add_r(wide(small), wide(constant), cut).value;
                environment.finish::<S>(to, flags, sum, more)
            }
            FLOAT_DIVIDE => environment.nan_of(&[(a, from), (b, from)], to, flags).unwrap_or_else(|| {
                let quotient = |round| of(a).div_r(of(b), round);
                environment.finish::<S>(to, flags, quotient, || wide(a).div_r(wide(b), cut).value)
            }),
            FLOAT_ROOT => match environment.nan_of(&[(a, from)], to, flags) {
                Some(nan) => nan,
                None if from.is_zero(a) => a,
                None if a & from.sign() != 0 => {
                    *flags |= FPSR_IOC;
                    to.default_nan()
                }
                None if from.is_infinity(a) => a,
                None => square_root(a, environment, to, flags),
            },
            FLOAT_MIN_MAX => self.min_max(a, b, flags),
            FLOAT_COMPARE | FLOAT_EQUAL | FLOAT_GREATER_EQUAL | FLOAT_GREATER => self.compare(a, b, flags),
            FLOAT_ROUND => environment.nan_of(&[(a, from)], to, flags).unwrap_or_else(|| {
                let bits = of(a).round_to_integral(environment.round()).value.to_bits() as u64;
                if bits != a && self.has(FLOAT_EXACT) {
                    *flags |= FPSR_IXC;
                }
                bits
            }),
            FLOAT_ROUND_WITHIN => {
                let bits = self.operation >> FLOAT_FRACTION_SHIFT & 0x7f;
                let rounded = of(a).round_to_integral(environment.round()).value;
                let limit = S::from_i128(1).value.scalbn(bits as i32 - 1);
                if from.is_nan(a) || rounded >= limit || rounded < -limit {
                    *flags |= FPSR_IOC;
                    return (-limit).to_bits() as u64;
                }
                let value = rounded.to_bits() as u64;
                *flags |= if value != a && self.has(FLOAT_EXACT) { FPSR_IXC } else { 0 };
                value
            }
            FLOAT_ESTIMATE_RECIPROCAL | FLOAT_ESTIMATE_ROOT | FLOAT_RECIPROCAL_EXPONENT => {
                environment.nan_of(&[(a, from)], to, flags).unwrap_or_else(|| match self.op {
                    FLOAT_ESTIMATE_RECIPROCAL => {
                        estimates::reciprocal(a, to, environment.flushes(to), |sign| environment.overflows(sign), flags)
                    }
                    FLOAT_ESTIMATE_ROOT => estimates::root(a, to, flags),
                    _ => estimates::exponent(a, to),
                })
            }
            op => panic!("operation {op}"),
        }
    }

    /// FPToFixedJS: the integer and, above its 32 bits, NZCV.
    fn to_modular(&self, flags: &mut u32) -> u64 {
        let format = self.operands;
        if format.is_nan(self.a) {
            *flags |= FPSR_IOC;
            return 0;
        }
        let a = self.environment.operand(self.a, format, flags);
        let number = f64::from_bits(a);
        let whole = number.trunc();
        // The remainder is exact; of infinity there is none.
        let low = whole % 4_294_967_296.0;
        let low = if low.is_nan() { 0 } else { low as i64 as u32 };
        if !(-2_147_483_648.0..=2_147_483_647.0).contains(&whole) {
            *flags |= FPSR_IOC;
        } else if whole != number {
            *flags |= FPSR_IXC;
        }
        let lost = *flags != 0 || a == format.sign();
        u64::from(low) | if lost { 0 } else { 4 << 32 }
    }

    fn min_max(&self, a: u64, b: u64, flags: &mut u32) -> u64 {
        let format = self.operands;
        let maximum = self.has(FLOAT_MAXIMUM);
        let (mut first, mut second) = (a, b);
        if self.has(FLOAT_NUMBER) {
            let least = format.infinity() | if maximum { format.sign() } else { 0 };
            match (format.is_quiet(a), format.is_quiet(b)) {
                (true, false) => first = least,
                (false, true) => second = least,
                _ => {}
            }
        }
        if let Some(nan) = self.environment.nan_of(&[(first, format), (second, format)], self.result, flags) {
            return nan;
        }
        let wanted = if maximum { Ordering::Greater } else { Ordering::Less };
        let chosen = if compare(first, second, format) == wanted { first } else { second };
        match (format.is_zero(chosen), maximum) {
            (false, _) => chosen,
            (true, true) => first & second & format.sign(),
            (true, false) => (first | second) & format.sign(),
        }
    }

    fn compare(&self, a: u64, b: u64, flags: &mut u32) -> u64 {
        let format = self.operands;
        let ordering = if format.is_nan(a) || format.is_nan(b) {
            if format.is_signaling(a) || format.is_signaling(b) || self.has(FLOAT_SIGNALING) {
                *flags |= FPSR_IOC;
            }
            None
        } else {
            Some(compare(a, b, format))
        };
        let holds = match self.op {
            FLOAT_COMPARE => {
                return match ordering {
                    Some(Ordering::Less) => 0b1000,
                    Some(Ordering::Equal) => 0b0110,
                    Some(Ordering::Greater) => 0b0010,
                    None => 0b0011,
                };
            }
            FLOAT_EQUAL => ordering == Some(Ordering::Equal),
            FLOAT_GREATER_EQUAL => matches!(ordering, Some(Ordering::Equal | Ordering::Greater)),
            _ => ordering == Some(Ordering::Greater),
        };
        if holds { format.mask() } else { 0 }
    }

    /// FPConvert, and FPConvertBF.
    fn convert(&self, flags: &mut u32) -> u64 {
        let (environment, from, to) = (self.environment, self.operands, self.result);
        let sign = if self.a & from.sign() != 0 { to.sign() } else { 0 };
        let mut exact = from.widen(self.a);
        if environment.is_alternative(from) && self.a & from.infinity() == from.infinity() {
            // An exponent like any other.
            exact = from.widen(self.a & !from.infinity() | from.power(14)).scalbn(2);
        } else {
            let a = environment.operand(self.a, from, flags);
            exact = if a == self.a { exact } else { from.widen(a) };
            if environment.is_alternative(to) && (from.is_nan(a) || from.is_infinity(a)) {
                *flags |= FPSR_IOC;
                return sign | if from.is_nan(a) { 0 } else { to.sign() - 1 };
            }
            if let Some(nan) = environment.nan_of(&[(a, from)], to, flags) {
                return nan;
            }
        }
        if environment.is_alternative(to) && exact.abs() >= to.widen(to.power(15)) {
            // A quarter of it rounds alike, as both are normal.
            let quarter = exact.scalbn(-2);
            let mut own = 0;
            let large = |round| FloatConvert::<Half>::convert_r(quarter, round, &mut false);
            let magnitude = environment.finish::<Half>(to, &mut own, large, || quarter) & (to.sign() - 1);
            let magnitude = magnitude + (2 << to.fraction_bits);
            if magnitude >= to.sign() {
                *flags |= FPSR_IOC;
                return sign | (to.sign() - 1);
            }
            *flags |= own;
            return sign | magnitude;
        }
        let exact_of = || exact;
        let lost = &mut false;
        match to {
            Format::B => environment.finish::<BFloat>(to, flags, |r| exact.convert_r(r, &mut { *lost }), exact_of),
            Format::H => environment.finish::<Half>(to, flags, |r| exact.convert_r(r, &mut { *lost }), exact_of),
            Format::S => environment.finish::<Single>(to, flags, |r| exact.convert_r(r, &mut { *lost }), exact_of),
            _ => environment.finish::<Double>(to, flags, |r| exact.convert_r(r, &mut { *lost }), exact_of),
        }
    }

    /// FPToFixed.
    fn to_integer(&self, flags: &mut u32) -> u64 {
        let format = self.operands;
        if format.is_nan(self.a) {
            *flags |= FPSR_IOC;
            return 0;
        }
        let a = self.environment.operand(self.a, format, flags);
        // Exact in f128, and too large for i128 only if it is too large anyway.
        let scaled = format.widen(a).scalbn((self.operation >> FLOAT_FRACTION_SHIFT & 0x7f) as i32);
        let mut exact = false;
        let rounded = scaled.to_i128_r(127, self.environment.round(), &mut exact);
        let width = 8 << (self.operation >> FLOAT_RESULT_SHIFT & 3);
        let mask = u64::MAX >> (64 - width);
        let (least, most) = if self.has(FLOAT_SIGNED) {
            (-(1i128 << (width - 1)), (1i128 << (width - 1)) - 1)
        } else {
            (0, (1 << width) - 1)
        };
        if rounded.status.contains(Status::INVALID_OP) || rounded.value < least || rounded.value > most {
            *flags |= FPSR_IOC;
            return (if a & format.sign() != 0 { least } else { most }) as u64 & mask;
        }
        if !exact && !format.is_zero(a) {
            *flags |= FPSR_IXC;
        }
        rounded.value as u64 & mask
    }
}

/// By the integer root of the significand with 120 bits. A root is never tiny, nor too large.
fn square_root(a: u64, environment: Environment, format: Format, flags: &mut u32) -> u64 {
    let bits = format.fraction_bits;
    let mut field = (a >> bits) as i32;
    let mut fraction = u128::from(a & ((1 << bits) - 1));
    if field == 0 {
        field = 1;
        while fraction >> bits == 0 {
            fraction <<= 1;
            field -= 1;
        }
    } else {
        fraction |= 1 << bits;
    }
    let mut exponent = field - format.bias();
    let mut value = fraction << (120 - bits);
    if exponent & 1 != 0 {
        value <<= 1;
        exponent -= 1;
    }
    // Bit 60 leads.
    let root = value.isqrt();
    let exact = root * root == value;
    let dropped = 60 - bits;
    let kept = root >> dropped;
    let low = root & ((1 << dropped) - 1);
    let half = 1u128 << (dropped - 1);
    let inexact = !exact || low != 0;
    let up = match environment.rounding {
        Rounding::Odd => inexact && kept & 1 == 0,
        Rounding::To(Round::NearestTiesToEven) => low > half || (low == half && (!exact || kept & 1 == 1)),
        Rounding::To(Round::NearestTiesToAway) => low >= half,
        Rounding::To(Round::TowardPositive) => inexact,
        Rounding::To(_) => false,
    };
    if inexact {
        *flags |= FPSR_IXC;
    }
    let kept = kept as u64 + u64::from(up);
    (((exponent / 2 + format.bias() - 1) as u64) << bits) + kept
}
