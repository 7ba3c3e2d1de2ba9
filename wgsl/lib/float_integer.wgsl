// Between numbers and integers, with fraction bits; and numbers rounded to integers.

// A magnitude rounded at the binary point. A number that has bits behind it is far below 2^64, so that none is carried out.
struct Integral {
    whole: vec2<u32>,
    inexact: bool,
}

// Of a finite number below 2^64, or zero.
fn float_integral(u: Unpacked, exponent: i32, environment: u32) -> Integral {
    let fixed = u128_shr_jam(vec4<u32>(0u, 0u, u64_shl(u.significand, 1u)), u32(63 - exponent));
    let up = float_rounds_up(environment, fixed.z, fixed.xy, u.sign);
    return Integral(u64_add(fixed.zw, vec2<u32>(up, 0u)), (fixed.x | fixed.y) != 0u);
}

fn float_to_integer(operation: u32, u: Unpacked, environment: u32) -> Unrounded {
    let exponent = u.exponent + i32((operation >> FLOAT_FRACTION_SHIFT) & FLOAT_FRACTION_BITS);
    // Largest magnitude of the sign.
    let above = 64u - (8u << ((operation >> FLOAT_RESULT_SHIFT) & 3u));
    let mask = u64_shr(U64_MAX, above);
    var most = select(mask, U64_ZERO, u.sign == 1u);
    if ((operation & FLOAT_SIGNED) != 0u) {
        most = u64_add(u64_shr(mask, 1u), vec2<u32>(u.sign, 0u));
    }
    var magnitude = most;
    var flags = FPSR_IOC;
    if (u.kind != KIND_INFINITY && exponent <= 63) {
        let integral = float_integral(u, exponent, environment);
        if (!u64_less(most, integral.whole)) {
            magnitude = integral.whole;
            flags = select(0u, FPSR_IXC, integral.inexact);
        }
    }
    return float_done(select(magnitude, u64_negate(magnitude), u.sign == 1u) & mask, flags);
}

// FJCVTZS. Z says that nothing was lost, not even the sign of zero.
fn float_to_modular(u: Unpacked) -> Unrounded {
    var low = u64_shl(u.significand, u32(clamp(u.exponent - 62, 0, 63))).x;
    low = select(low, 0u, u.kind == KIND_INFINITY || u.exponent > 125);
    var flags = FPSR_IOC;
    if (u.kind != KIND_INFINITY && u.exponent <= 63) {
        let integral = float_integral(u, u.exponent, ROUND_ZERO);
        low = integral.whole.x;
        if (!u64_less(vec2<u32>(0x7fffffffu + u.sign, 0u), integral.whole)) {
            flags = select(0u, FPSR_IXC, integral.inexact);
        }
    }
    let lost = (flags | u.flushed) != 0u || (u.kind == KIND_ZERO && u.sign == 1u);
    return float_done(vec2<u32>(select(low, 0u - low, u.sign == 1u), select(4u, 0u, lost)), flags);
}

fn float_from_integer(operation: u32, v: vec2<u32>) -> Unrounded {
    let above = 64u - (8u << ((operation >> FLOAT_OPERANDS_SHIFT) & 3u));
    let up = u64_shl(v, above);
    let sign = select(0u, up.y >> 31u, (operation & FLOAT_SIGNED) != 0u);
    let magnitude = select(u64_shr(up, above), u64_negate(u64_shr_fill(up, above, 0xffffffffu)), sign == 1u);
    let exponent = 62 - i32((operation >> FLOAT_FRACTION_SHIFT) & FLOAT_FRACTION_BITS);
    return float_exact(sign, exponent, vec4<u32>(0u, 0u, magnitude));
}

// What does not fit the integers of ROUND_WITHIN.
fn float_least_integer(operation: u32, format: u32) -> Unrounded {
    let bits = i32((operation >> FLOAT_FRACTION_SHIFT) & FLOAT_FRACTION_BITS);
    return float_done(float_signed(float_scaled(u32(float_bias(format) + bits - 1), format), 1u, format), FPSR_IOC);
}

fn float_round(operation: u32, v: vec2<u32>, u: Unpacked, format: u32, environment: u32) -> Unrounded {
    let within = (operation & FLOAT_OPERATION_BITS) == FLOAT_ROUND_WITHIN;
    if (u.kind == KIND_ZERO) {
        return float_done(float_zero(u.sign, format), 0u);
    }
    if (u.kind == KIND_INFINITY || u.exponent > 63) {
        if (within) {
            return float_least_integer(operation, format);
        }
        return float_done(v & float_mask(format), 0u);
    }
    let integral = float_integral(u, u.exponent, environment);
    let bits = (operation >> FLOAT_FRACTION_SHIFT) & FLOAT_FRACTION_BITS;
    let most = u64_add(u64_shr(U64_MAX, (65u - bits) & 63u), vec2<u32>(u.sign, 0u));
    if (within && u64_less(most, integral.whole)) {
        return float_least_integer(operation, format);
    }
    var r = float_exact(u.sign, 62, vec4<u32>(0u, 0u, integral.whole));
    r.flags = select(0u, FPSR_IXC, integral.inexact && (operation & FLOAT_EXACT) != 0u);
    return r;
}
