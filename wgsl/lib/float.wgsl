// Floating point as the Arm manual defines it, in integers: BF16, f16, f32 and f64 on one datapath.
//
// `float_execute` does all operations: operands are unpacked, NaNs are dealt with, a file for each kind of work finds the
// exact result (or so many bits of it that it rounds alike), and it is rounded once. src/abi/float.rs says what an
// operation word is. Nothing here reads or writes anything but its arguments.

// What came of an operation: zeros above the result's width, and the bits of FPSR that it sets.
struct Float {
    value: vec2<u32>,
    flags: u32,
}

// A format is a word: bits of the fraction 0..8, bits of the exponent 8..16.
const FORMAT_B = 0x0807u;
const FORMAT_H = 0x050au;
const FORMAT_S = 0x0817u;
const FORMAT_D = 0x0b34u;

// The environment is FPCR's flags where they stand there, and below them the rounding: whether a magnitude is rounded up,
// by lowest kept bit | first dropped bit << 1 | other dropped bits << 2 | sign << 3.
const ROUND_TIES_EVEN = 0xc8c8u;
const ROUND_PLUS = 0x00fcu;
const ROUND_MINUS = 0xfc00u;
const ROUND_ZERO = 0u;
const ROUND_TIES_AWAY = 0xccccu;
const ROUND_ODD = 0x5454u;
const ROUND_BITS = 0xffffu;

const KIND_ZERO = 0u;
const KIND_FINITE = 1u;
const KIND_INFINITY = 2u;
const KIND_QUIET = 3u;
const KIND_SIGNALING = 4u;

// A finite number is significand * 2^(exponent - 62), with bit 62 leading. Zero is 0 with an exponent below all others.
struct Unpacked {
    sign: u32,
    kind: u32,
    exponent: i32,
    significand: vec2<u32>,
    // FPSR_IDC if it was flushed to zero, else 0.
    flushed: u32,
}

const LEAST_EXPONENT = -0x10000;

// What an operation came to: a value if it is `done`, else significand * 2^(exponent - 126), to be rounded. The
// significand may have its leading bit anywhere, and be zero.
struct Unrounded {
    done: bool,
    sign: u32,
    exponent: i32,
    significand: vec4<u32>,
    value: vec2<u32>,
    flags: u32,
}

fn float_done(value: vec2<u32>, flags: u32) -> Unrounded {
    return Unrounded(true, 0u, 0, vec4<u32>(0u), value, flags);
}

fn float_exact(sign: u32, exponent: i32, significand: vec4<u32>) -> Unrounded {
    return Unrounded(false, sign, exponent, significand, U64_ZERO, 0u);
}

fn float_invalid(format: u32) -> Unrounded {
    return float_done(float_default_nan(format), FPSR_IOC);
}

fn float_format(size: u32) -> u32 {
    return select(select(FORMAT_B, FORMAT_H, size == FLOAT_H), select(FORMAT_S, FORMAT_D, size == FLOAT_D), size >= FLOAT_S);
}

fn float_exponent_bits(format: u32) -> u32 {
    return format >> 8u;
}

fn float_fraction_bits(format: u32) -> u32 {
    return format & 0xffu;
}

// Where the sign is.
fn float_sign_at(format: u32) -> u32 {
    return (format >> 8u) + (format & 0xffu);
}

fn float_bias(format: u32) -> i32 {
    return i32((1u << (float_exponent_bits(format) - 1u)) - 1u);
}

fn float_mask(format: u32) -> vec2<u32> {
    return u64_shr(U64_MAX, 63u - float_sign_at(format));
}

fn float_signed(v: vec2<u32>, sign: u32, format: u32) -> vec2<u32> {
    return v | u64_shl(vec2<u32>(sign, 0u), float_sign_at(format));
}

fn float_zero(sign: u32, format: u32) -> vec2<u32> {
    return float_signed(U64_ZERO, sign, format);
}

fn float_infinity(sign: u32, format: u32) -> vec2<u32> {
    return float_signed(float_scaled((1u << float_exponent_bits(format)) - 1u, format), sign, format);
}

// The number with this exponent field and no fraction.
fn float_scaled(field: u32, format: u32) -> vec2<u32> {
    return u64_shl(vec2<u32>(field, 0u), float_fraction_bits(format));
}

fn float_default_nan(format: u32) -> vec2<u32> {
    return u64_shl(vec2<u32>((2u << float_exponent_bits(format)) - 1u, 0u), float_fraction_bits(format) - 1u);
}

fn float_environment(operation: u32, fpcr: u32) -> u32 {
    let asked = (operation >> FLOAT_ROUNDING_SHIFT) & 7u;
    let mode = select(asked, FLOAT_TIES_EVEN + ((fpcr >> FPCR_RMODE_SHIFT) & 3u), asked == FLOAT_BY_FPCR);
    var round = select(ROUND_ZERO, ROUND_TIES_EVEN, mode == FLOAT_TIES_EVEN);
    round |= select(0u, ROUND_PLUS, mode == FLOAT_TO_PLUS) | select(0u, ROUND_MINUS, mode == FLOAT_TO_MINUS);
    round |= select(0u, ROUND_TIES_AWAY, mode == FLOAT_TIES_AWAY) | select(0u, ROUND_ODD, mode == FLOAT_TO_ODD);
    // Conversions alone know the alternative half precision, and they flush no f16.
    let converts = (operation & FLOAT_OPERATION_BITS) == FLOAT_CONVERT;
    return round | (fpcr & (FPCR_FZ | FPCR_DN | select(FPCR_FZ16, FPCR_AHP, converts)));
}

fn float_flushes(format: u32, environment: u32) -> bool {
    return (environment & select(FPCR_FZ, FPCR_FZ16, format == FORMAT_H)) != 0u;
}

// Numbers of this format have no infinities and NaNs.
fn float_is_alternative(format: u32, environment: u32) -> bool {
    return format == FORMAT_H && (environment & FPCR_AHP) != 0u;
}

// 1 if a magnitude is rounded up, of which the lowest kept bit is that of `low`; bit 63 of `rest` is the first dropped one.
fn float_rounds_up(environment: u32, low: u32, rest: vec2<u32>, sign: u32) -> u32 {
    let sticky = u32(((rest.y << 1u) | rest.x) != 0u);
    return (environment >> ((low & 1u) | ((rest.y >> 31u) << 1u) | (sticky << 2u) | (sign << 3u))) & 1u;
}

fn float_unpack(v: vec2<u32>, format: u32, environment: u32) -> Unpacked {
    let exponent_bits = float_exponent_bits(format);
    let up = u64_shl(v, 63u - float_sign_at(format));
    let field = (up.y << 1u) >> (32u - exponent_bits);
    let fraction = u64_shl(up, exponent_bits + 1u);
    let empty = u64_is_zero(fraction);
    let bias = float_bias(format);
    let normal = u64_shr(fraction, 2u) | vec2<u32>(0u, 0x40000000u);
    var r = Unpacked(up.y >> 31u, KIND_FINITE, i32(field) - bias, normal, 0u);
    if (field == 0u) {
        if (empty || float_flushes(format, environment)) {
            r.flushed = select(FPSR_IDC, 0u, empty || format == FORMAT_H);
            r.kind = KIND_ZERO;
            r.exponent = LEAST_EXPONENT;
            r.significand = U64_ZERO;
        } else {
            let zeros = u64_leading_zeros(fraction);
            r.exponent = -bias - i32(zeros);
            r.significand = u64_shr(u64_shl(fraction, zeros), 1u);
        }
    }
    if (field == (1u << exponent_bits) - 1u && !float_is_alternative(format, environment)) {
        r.kind = select(select(KIND_SIGNALING, KIND_QUIET, (fraction.y >> 31u) == 1u), KIND_INFINITY, empty);
    }
    return r;
}

// Rounds significand * 2^(exponent - 63), whose bit 63 leads, and whose bit 0 is set if there is more below.
fn float_pack(sign: u32, exponent: i32, significand: vec2<u32>, format: u32, environment: u32) -> Float {
    let fraction_bits = float_fraction_bits(format);
    let biased = exponent + float_bias(format);
    var s = significand;
    if (biased < 1) {
        if (float_flushes(format, environment)) {
            return Float(float_zero(sign, format), FPSR_UFC);
        }
        s = u64_shr_jam(s, u32(1 - biased));
    }
    let rest = u64_shl(s, fraction_bits + 1u);
    var kept = u64_shr(s, 63u - fraction_bits);
    kept = u64_add(kept, vec2<u32>(float_rounds_up(environment, kept.x, rest, sign), 0u));
    let magnitude = u64_add(kept, float_scaled(u32(max(biased, 1) - 1), format));
    let alternative = float_is_alternative(format, environment);
    let top = (1u << float_exponent_bits(format)) - select(1u, 0u, alternative);
    // No operation comes to an exponent field of more than 12 bits.
    if (u64_shr(magnitude, fraction_bits).x >= top) {
        if (alternative) {
            return Float(float_largest(sign, format), FPSR_IOC);
        }
        return Float(float_overflow(sign, format, environment), FPSR_OFC | FPSR_IXC);
    }
    let inexact = (rest.x | rest.y) != 0u;
    let flags = select(0u, FPSR_IXC, inexact) | select(0u, FPSR_UFC, inexact && biased < 1);
    return Float(float_signed(magnitude, sign, format), flags);
}

// What a number that is too large is rounded to.
fn float_overflow(sign: u32, format: u32, environment: u32) -> vec2<u32> {
    let whole = (environment >> (7u | (sign << 3u))) & 1u;
    return u64_sub(float_infinity(sign, format), vec2<u32>(1u - whole, 0u));
}

// The largest number of the alternative half precision.
fn float_largest(sign: u32, format: u32) -> vec2<u32> {
    return float_signed(u64_shr(float_mask(format), 1u), sign, format);
}

// The quiet NaN of a format that comes of one of another.
fn float_quiet(nan: vec2<u32>, sign: u32, from_format: u32, format: u32, environment: u32) -> vec2<u32> {
    let fraction = u64_shr(u64_shl(nan, 64u - float_fraction_bits(from_format)), 64u - float_fraction_bits(format));
    let quiet = float_signed(float_default_nan(format) | fraction, sign, format);
    return select(quiet, float_default_nan(format), (environment & FPCR_DN) != 0u);
}

// Operations that read b.
const FLOAT_READS_B = (1u << FLOAT_ADD) | (1u << FLOAT_MULTIPLY) | (1u << FLOAT_MULTIPLY_EXTENDED)
    | (1u << FLOAT_MULTIPLY_ADD) | (1u << FLOAT_RECIPROCAL_STEP) | (1u << FLOAT_ROOT_STEP) | (1u << FLOAT_DIVIDE)
    | (1u << FLOAT_MIN_MAX) | (1u << FLOAT_COMPARE) | (1u << FLOAT_EQUAL) | (1u << FLOAT_GREATER_EQUAL)
    | (1u << FLOAT_GREATER);

// `a`, `b` and `c` may have anything above their width.
fn float_execute(operation: u32, a: vec2<u32>, b: vec2<u32>, c: vec2<u32>, fpcr: u32) -> Float {
    let operands = float_format((operation >> FLOAT_OPERANDS_SHIFT) & 3u);
    let format = float_format((operation >> FLOAT_RESULT_SHIFT) & 3u);
    let environment = float_environment(operation, fpcr);
    let unrounded = float_compute(operation, a, b, c, operands, format, environment);
    var r = Float(unrounded.value, unrounded.flags);
    if (!unrounded.done) {
        r = float_round_once(unrounded, format, environment);
    }
    let sign = u64_shl(U64_ONE, float_sign_at(format));
    r.value ^= select(U64_ZERO, sign, (operation & FLOAT_NEGATE_RESULT) != 0u);
    r.value &= ~select(U64_ZERO, sign, (operation & FLOAT_ABSOLUTE_RESULT) != 0u);
    return r;
}

fn float_round_once(u: Unrounded, format: u32, environment: u32) -> Float {
    if (all(u.significand == vec4<u32>(0u))) {
        return Float(float_zero(u.sign, format), u.flags);
    }
    // Leading bit to 127, and the lower half into one bit.
    var high = u.significand.zw;
    var low = u.significand.xy;
    var exponent = u.exponent + 1;
    if (u64_is_zero(high)) {
        high = low;
        low = U64_ZERO;
        exponent -= 64;
    }
    let zeros = u64_leading_zeros(high);
    high = u64_shl(high, zeros);
    if (zeros != 0u) {
        high |= u64_shr(low, 64u - zeros);
        low = u64_shl(low, zeros);
    }
    high.x |= u32((low.x | low.y) != 0u);
    let r = float_pack(u.sign, exponent - i32(zeros), high, format, environment);
    return Float(r.value, r.flags | u.flags);
}

fn float_compute(
    operation: u32,
    a_in: vec2<u32>,
    b_in: vec2<u32>,
    c_in: vec2<u32>,
    operands: u32,
    format: u32,
    environment: u32,
) -> Unrounded {
    let op = operation & FLOAT_OPERATION_BITS;
    if (op == FLOAT_FROM_INTEGER) {
        return float_from_integer(operation, a_in);
    }
    if (op >= FLOAT_MOVE) {
        return float_done(float_of_bits(op, a_in, b_in, c_in, format), 0u);
    }
    let sign_bit = u64_shl(U64_ONE, float_sign_at(operands));
    var a = a_in ^ select(U64_ZERO, sign_bit, (operation & FLOAT_NEGATE_A) != 0u);
    var b = b_in ^ select(U64_ZERO, sign_bit, (operation & FLOAT_NEGATE_B) != 0u);
    let unsigned = select(U64_ZERO, sign_bit, (operation & FLOAT_ABSOLUTE_OPERANDS) != 0u);
    a &= ~unsigned;
    b &= ~unsigned;
    let nought = Unpacked(0u, KIND_ZERO, LEAST_EXPONENT, U64_ZERO, 0u);
    let ua = float_unpack(a, operands, environment);
    var ub = nought;
    var uc = nought;
    var c = c_in;
    if (((FLOAT_READS_B >> op) & 1u) != 0u) {
        ub = float_unpack(b, operands, environment);
    }
    if (op == FLOAT_MULTIPLY_ADD) {
        c ^= select(U64_ZERO, u64_shl(U64_ONE, float_sign_at(format)), (operation & FLOAT_NEGATE_C) != 0u);
        uc = float_unpack(c, format, environment);
    }
    var r: Unrounded;
    if (max(max(ua.kind, ub.kind), uc.kind) >= KIND_QUIET) {
        r = float_of_nans(operation, a, b, c, ua, ub, uc, operands, format, environment);
    } else if (op <= FLOAT_ROOT_STEP) {
        r = float_multiply_add(operation, ua, ub, uc, format, environment);
    } else if (op <= FLOAT_ROOT) {
        r = float_divide(op == FLOAT_ROOT, ua, ub, format);
    } else if (op == FLOAT_MIN_MAX) {
        r = float_done(float_min_max((operation & FLOAT_MAXIMUM) != 0u, a, b, ua, ub, operands), 0u);
    } else if (op <= FLOAT_GREATER) {
        r = float_done(float_compare(op, a, b, ua, ub, operands), 0u);
    } else if (op == FLOAT_CONVERT) {
        r = float_convert(ua, format, environment);
    } else if (op == FLOAT_TO_INTEGER) {
        r = float_to_integer(operation, ua, environment);
    } else if (op <= FLOAT_ROUND_WITHIN) {
        r = float_round(operation, a, ua, format, environment);
    } else if (op == FLOAT_TO_MODULAR) {
        r = float_to_modular(ua);
    } else if (op == FLOAT_ESTIMATE_RECIPROCAL) {
        r = float_estimate_reciprocal(ua, format, environment);
    } else if (op == FLOAT_ESTIMATE_ROOT) {
        r = float_estimate_root(ua, format);
    } else {
        r = float_reciprocal_exponent(a, ua, format);
    }
    r.flags |= ua.flushed | ub.flushed | uc.flushed;
    return r;
}

// Operations that are no arithmetic.
fn float_of_bits(op: u32, a: vec2<u32>, b: vec2<u32>, c: vec2<u32>, format: u32) -> vec2<u32> {
    if (op == FLOAT_MOVE) {
        return a & float_mask(format);
    }
    if (op == FLOAT_BRAIN_DOT) {
        return vec2<u32>(brain_dot(a.x, b.x, c.x), 0u);
    }
    return float_estimate_integer(op == FLOAT_ESTIMATE_INTEGER_ROOT, a.x);
}

fn float_convert(u: Unpacked, format: u32, environment: u32) -> Unrounded {
    if (u.kind == KIND_INFINITY) {
        if (float_is_alternative(format, environment)) {
            return float_done(float_largest(u.sign, format), FPSR_IOC);
        }
        return float_done(float_infinity(u.sign, format), 0u);
    }
    return float_exact(u.sign, u.exponent, vec4<u32>(0u, 0u, u.significand));
}

// At least one operand is a NaN.
fn float_of_nans(
    operation: u32,
    a: vec2<u32>,
    b: vec2<u32>,
    c: vec2<u32>,
    ua: Unpacked,
    ub: Unpacked,
    uc: Unpacked,
    operands: u32,
    format: u32,
    environment: u32,
) -> Unrounded {
    let op = operation & FLOAT_OPERATION_BITS;
    let signals = max(max(ua.kind, ub.kind), uc.kind) == KIND_SIGNALING;
    var flags = select(0u, FPSR_IOC, signals);
    if (op >= FLOAT_COMPARE && op <= FLOAT_GREATER) {
        flags |= select(0u, FPSR_IOC, (operation & FLOAT_SIGNALING) != 0u);
        return float_done(vec2<u32>(select(0u, 3u, op == FLOAT_COMPARE), 0u), flags);
    }
    if (op == FLOAT_TO_INTEGER || op == FLOAT_TO_MODULAR) {
        return float_done(U64_ZERO, FPSR_IOC);
    }
    if (op == FLOAT_ROUND_WITHIN) {
        return float_least_integer(operation, format);
    }
    if (op == FLOAT_CONVERT && float_is_alternative(format, environment)) {
        return float_done(float_zero(ua.sign, format), FPSR_IOC);
    }
    if (op == FLOAT_MIN_MAX && (operation & FLOAT_NUMBER) != 0u && !signals && min(ua.kind, ub.kind) < KIND_QUIET) {
        // The number that is left.
        let first = ub.kind == KIND_QUIET;
        let zero = min(ua.kind, ub.kind) == KIND_ZERO;
        let left = select(select(b, a, first), float_zero(select(ub.sign, ua.sign, first), operands), zero);
        return float_done(left & float_mask(operands), flags);
    }
    let zero_times_infinity = max(ua.kind, ub.kind) == KIND_INFINITY && min(ua.kind, ub.kind) == KIND_ZERO;
    if (op == FLOAT_MULTIPLY_ADD && uc.kind == KIND_QUIET && zero_times_infinity) {
        return float_invalid(format);
    }
    // A signaling one before a quiet one, then in order: addend, first, second.
    let least = select(KIND_QUIET, KIND_SIGNALING, signals);
    let of_addend = uc.kind >= least;
    var nan = select(b, a, ua.kind >= least);
    var sign = select(ub.sign, ua.sign, ua.kind >= least);
    nan = select(nan, c, of_addend);
    sign = select(sign, uc.sign, of_addend);
    return float_done(float_quiet(nan, sign, select(operands, format, of_addend), format, environment), flags);
}
