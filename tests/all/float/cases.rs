//! Random operations, with operands that are special half of the time.

use kvrm::float::Asked;
use kvrm::float::operation::*;

use super::format::Format;
use crate::support::rng::Rng;

/// Names of the operations, and the flags that they may have.
pub const OPERATIONS: &[(&str, u32, u32)] = &[
    ("add", FLOAT_ADD, FLOAT_SUBTRACT | FLOAT_NEGATE_B | FLOAT_ABSOLUTE_RESULT),
    ("multiply", FLOAT_MULTIPLY, FLOAT_NEGATE_RESULT | FLOAT_NEGATE_A),
    ("multiply extended", FLOAT_MULTIPLY_EXTENDED, 0),
    ("multiply-add", FLOAT_MULTIPLY_ADD, FLOAT_NEGATE_A | FLOAT_NEGATE_B | FLOAT_NEGATE_C),
    ("reciprocal step", FLOAT_RECIPROCAL_STEP, FLOAT_NEGATE_A),
    ("root step", FLOAT_ROOT_STEP, FLOAT_NEGATE_A),
    ("divide", FLOAT_DIVIDE, 0),
    ("root", FLOAT_ROOT, 0),
    ("min and max", FLOAT_MIN_MAX, FLOAT_MAXIMUM | FLOAT_NUMBER),
    ("compare", FLOAT_COMPARE, FLOAT_SIGNALING),
    ("equal", FLOAT_EQUAL, FLOAT_SIGNALING),
    ("greater or equal", FLOAT_GREATER_EQUAL, FLOAT_SIGNALING | FLOAT_ABSOLUTE_OPERANDS),
    ("greater", FLOAT_GREATER, FLOAT_SIGNALING | FLOAT_ABSOLUTE_OPERANDS),
    ("convert", FLOAT_CONVERT, 0),
    ("to integer", FLOAT_TO_INTEGER, FLOAT_SIGNED),
    ("from integer", FLOAT_FROM_INTEGER, FLOAT_SIGNED),
    ("round", FLOAT_ROUND, FLOAT_EXACT),
    ("round within", FLOAT_ROUND_WITHIN, FLOAT_EXACT),
    ("to modular", FLOAT_TO_MODULAR, 0),
    ("estimate reciprocal", FLOAT_ESTIMATE_RECIPROCAL, 0),
    ("estimate root", FLOAT_ESTIMATE_ROOT, 0),
    ("reciprocal exponent", FLOAT_RECIPROCAL_EXPONENT, 0),
    ("move", FLOAT_MOVE, FLOAT_NEGATE_RESULT | FLOAT_ABSOLUTE_RESULT),
    ("estimate integer reciprocal", FLOAT_ESTIMATE_INTEGER_RECIPROCAL, 0),
    ("estimate integer root", FLOAT_ESTIMATE_INTEGER_ROOT, 0),
    ("brain dot", FLOAT_BRAIN_DOT, 0),
];

/// A number of the format: any bits, few bits, edges, and such that are near another in size.
fn operand(rng: &mut Rng, format: Format, near: u64) -> u64 {
    let (bits, top) = (format.fraction_bits, (1u64 << format.exponent_bits) - 1);
    let ones = (1u64 << bits) - 1;
    let any = rng.bits() & format.mask();
    let sign = any & format.sign();
    let few = |rng: &mut Rng| {
        let upper = ones & !((1 << rng.below(u64::from(bits) + 1)) - 1);
        match rng.below(5) {
            0 => 0,
            1 => upper,
            2 => upper >> rng.below(u64::from(bits)),
            3 => 1 << rng.below(u64::from(bits)),
            _ => ones & !(1 << rng.below(u64::from(bits))),
        }
    };
    let fraction = |rng: &mut Rng| if rng.one_in(2) { any & ones } else { few(rng) };
    match rng.below(16) {
        0..4 => any,
        4 => sign | rng.pick(&[0, 1, 2, top - 1, top - 2, top / 2, top / 2 + 1, top]) << bits | few(rng),
        // Subnormals.
        5 => sign | any & ones >> rng.below(u64::from(bits)),
        6 => sign | top << bits | rng.pick(&[0, 1, format.quiet(), any & ones]),
        7..11 => {
            let exponent =
                (near >> bits & top) as i64 + rng.below(2 * u64::from(bits) + 9) as i64 - i64::from(bits) - 4;
            sign | (exponent.clamp(0, top as i64) as u64) << bits | fraction(rng)
        }
        // Around one, so that products and quotients stay in range.
        11 | 12 => sign | (top / 2 + rng.below(7) - 3) << bits | fraction(rng),
        13 => (near & format.mask()) ^ format.sign() ^ rng.below(4),
        _ => sign | (rng.bits() & top) << bits | few(rng),
    }
}

/// Operands whose result is about the largest number, or the least normal one: rounding decides.
fn edge(rng: &mut Rng, op: u32, format: Format) -> (u64, u64, u64) {
    let sign = |rng: &mut Rng| rng.bits() & format.sign();
    let (at, exponent) =
        rng.pick(&[(format.infinity() - 1, format.bias()), (1 << format.fraction_bits, 1 - format.bias())]);
    let near = |rng: &mut Rng, v: u64| v.wrapping_add(rng.below(4)).wrapping_sub(2);
    let a = near(rng, at) | sign(rng);
    let one = near(rng, format.power(0)) | sign(rng);
    // About the last bit of it.
    let last = exponent - format.fraction_bits as i32 - rng.below(3) as i32;
    let small = near(rng, format.power(last.max(1 - format.bias()))) | sign(rng);
    match op {
        FLOAT_ADD => (a, small, 0),
        _ => (a, one, small),
    }
}

fn integer(rng: &mut Rng) -> u64 {
    match rng.below(3) {
        0 => rng.bits(),
        1 => rng.bits() >> rng.below(64),
        _ => (1u64 << rng.below(64)).wrapping_sub(rng.below(3)) ^ rng.pick(&[0, u64::MAX]),
    }
}

/// One of an operation.
pub fn ask(rng: &mut Rng, op: u32, flags: u32) -> Asked {
    let sizes = [FLOAT_H, FLOAT_S, FLOAT_S, FLOAT_D, FLOAT_D, FLOAT_D];
    let mut from = rng.pick(&sizes);
    let mut to = from;
    match op {
        // BFCVT alone has that result.
        FLOAT_CONVERT => {
            while to == from {
                to = if from == FLOAT_S { rng.pick(&[FLOAT_B, FLOAT_H, FLOAT_D]) } else { rng.pick(&sizes) };
            }
        }
        // FMLAL, BFMLAL.
        FLOAT_MULTIPLY_ADD if rng.one_in(4) => (from, to) = (rng.pick(&[FLOAT_H, FLOAT_B]), FLOAT_S),
        FLOAT_ROUND_WITHIN => {
            from = rng.pick(&[FLOAT_S, FLOAT_D]);
            to = from;
        }
        FLOAT_TO_MODULAR => (from, to) = (FLOAT_D, FLOAT_S),
        FLOAT_ESTIMATE_INTEGER_RECIPROCAL.. => (from, to) = (FLOAT_S, FLOAT_S),
        FLOAT_TO_INTEGER => to = rng.pick(&sizes),
        FLOAT_FROM_INTEGER => from = rng.pick(&sizes),
        _ => {}
    }
    let rounding = match op {
        FLOAT_TO_INTEGER | FLOAT_ROUND | FLOAT_ROUND_WITHIN => rng.below(6) as u32,
        FLOAT_CONVERT if from == FLOAT_D && to == FLOAT_S => rng.pick(&[FLOAT_BY_FPCR, FLOAT_BY_FPCR, FLOAT_TO_ODD]),
        _ if rng.one_in(8) => rng.below(7) as u32,
        _ => FLOAT_BY_FPCR,
    };
    let mut operation = op | rng.bits() as u32 & flags;
    operation |= from << FLOAT_OPERANDS_SHIFT | to << FLOAT_RESULT_SHIFT | rounding << FLOAT_ROUNDING_SHIFT;
    if matches!(op, FLOAT_TO_INTEGER | FLOAT_FROM_INTEGER) && rng.one_in(2) {
        let width = 8 << if op == FLOAT_TO_INTEGER { to } else { from };
        operation |= (rng.below(width + 1) as u32) << FLOAT_FRACTION_SHIFT;
    }
    if op == FLOAT_ROUND_WITHIN {
        operation |= rng.pick(&[32, 64]) << FLOAT_FRACTION_SHIFT;
    }
    let mut fpcr = rng.pick(&[0, 0, 1, 2, 3]) << FPCR_RMODE_SHIFT;
    for bit in [FPCR_FZ, FPCR_FZ16, FPCR_DN, FPCR_AHP] {
        fpcr |= if rng.one_in(4) { bit } else { 0 };
    }
    let (format, result) = (Format::of(from), Format::of(to));
    let start = rng.bits();
    let mut a = operand(rng, format, start);
    let mut b = operand(rng, format, a);
    let mut c = operand(rng, result, b);
    let top = (1u64 << result.exponent_bits) - 1;
    if op == FLOAT_MULTIPLY_ADD && rng.one_in(2) {
        // An addend near the product.
        let field = |v: u64| (v >> format.fraction_bits & ((1 << format.exponent_bits) - 1)) as i32 - format.bias();
        let exponent = (field(a) + field(b) + result.bias()).clamp(0, top as i32) as u64;
        let near = exponent << result.fraction_bits | c & !(top << result.fraction_bits);
        c = operand(rng, result, near);
    }
    if matches!(op, FLOAT_ADD | FLOAT_MULTIPLY | FLOAT_MULTIPLY_ADD | FLOAT_DIVIDE) && from == to && rng.one_in(8) {
        (a, b, c) = edge(rng, op, format);
    }
    if op == FLOAT_CONVERT && rng.one_in(8) {
        // Where the result's range ends, with a fraction that may carry.
        let exponent = rng.pick(&[result.bias() + 1, result.bias(), -result.bias() + 1, -result.bias()]);
        let lost = format.fraction_bits.saturating_sub(result.fraction_bits);
        let ones = (1u64 << format.fraction_bits) - 1;
        let fraction = ones ^ rng.pick(&[0, 1, 1 << (lost.max(1) - 1), 1 << lost, ones]);
        let field = (exponent + format.bias()).clamp(0, 2 * format.bias() + 1) as u64;
        a = a & format.sign() | field << format.fraction_bits | fraction;
    }
    if op == FLOAT_FROM_INTEGER {
        a = integer(rng);
    }
    if op == FLOAT_BRAIN_DOT {
        let pair = |rng: &mut Rng, near: u64| {
            let low = operand(rng, Format::B, near);
            low | operand(rng, Format::B, low) << 16
        };
        a = pair(rng, start);
        b = pair(rng, a);
        // Near one of the products.
        let exponent = (a >> 7 & 0xff) + (b >> 7 & 0xff);
        c = operand(rng, Format::S, exponent.saturating_sub(127).min(255) << 23);
    }
    if matches!(op, FLOAT_TO_INTEGER | FLOAT_ROUND_WITHIN | FLOAT_TO_MODULAR) && rng.one_in(2) {
        // In the range of integers.
        let top = (1u64 << format.exponent_bits) - 1;
        let exponent = (top / 2 + rng.below(68)).min(top).saturating_sub(2);
        a = a & !(top << format.fraction_bits) | exponent << format.fraction_bits;
    }
    // Operands are wider registers: what is above must not matter.
    let above = |rng: &mut Rng, format: Format| rng.bits() & !format.mask();
    if op != FLOAT_FROM_INTEGER {
        a |= above(rng, format);
    }
    Asked { operation, fpcr, a, b: b | above(rng, format), c: c | above(rng, result) }
}
