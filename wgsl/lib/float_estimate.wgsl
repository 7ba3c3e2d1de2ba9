// Estimates of reciprocals and of their square roots, with 8 bits as the manual has them.

// Of a fixed-point number of 256 to 511, in units of 1/512; the result alike.
fn estimate_reciprocal(a: u32) -> u32 {
    return ((1u << 19u) / (2u * a + 1u) + 1u) >> 1u;
}

// Of 128 to 511, in units of 1/512; the result 256 to 511, in units of 1/256.
fn estimate_root(a: u32) -> u32 {
    let middle = select((a | 1u) * 2u, 2u * a + 1u, a < 256u);
    // The largest number of 10 bits whose square times this is below 2^28.
    var b = 512u;
    for (var bit = 256u; bit != 0u; bit = bit >> 1u) {
        let trial = b | bit;
        b = select(b, trial, middle * trial * trial < (1u << 28u));
    }
    return (b + 1u) >> 1u;
}

// URECPE, URSQRTE.
fn float_estimate_integer(root: bool, a: u32) -> vec2<u32> {
    if (root) {
        return vec2<u32>(select(estimate_root(a >> 23u) << 23u, 0xffffffffu, (a >> 30u) == 0u), 0u);
    }
    return vec2<u32>(select(estimate_reciprocal(a >> 23u) << 23u, 0xffffffffu, (a >> 31u) == 0u), 0u);
}

// FRECPE.
fn float_estimate_reciprocal(u: Unpacked, format: u32, environment: u32) -> Unrounded {
    if (u.kind == KIND_INFINITY) {
        return float_done(float_zero(u.sign, format), 0u);
    }
    if (u.kind == KIND_ZERO) {
        return float_done(float_infinity(u.sign, format), FPSR_DZC);
    }
    let bias = float_bias(format);
    if (u.exponent < -bias - 1) {
        return float_done(float_overflow(u.sign, format, environment), FPSR_OFC | FPSR_IXC);
    }
    if (u.exponent >= bias - 1 && float_flushes(format, environment)) {
        return float_done(float_zero(u.sign, format), FPSR_UFC);
    }
    // With the exponent field, which may be 0 or -1: then it is subnormal.
    let field = bias - 1 - u.exponent;
    let estimate = estimate_reciprocal(u.significand.y >> 22u);
    let wide = u64_shl(vec2<u32>(estimate, 0u), float_fraction_bits(format) - 8u);
    let magnitude = u64_add(u64_shr(wide, u32(max(1 - field, 0))), float_scaled(u32(max(field, 1) - 1), format));
    return float_done(float_signed(magnitude, u.sign, format), 0u);
}

// FRSQRTE.
fn float_estimate_root(u: Unpacked, format: u32) -> Unrounded {
    if (u.kind == KIND_ZERO) {
        return float_done(float_infinity(u.sign, format), FPSR_DZC);
    }
    if (u.sign == 1u) {
        return float_invalid(format);
    }
    if (u.kind == KIND_INFINITY) {
        return float_done(U64_ZERO, 0u);
    }
    let scaled = (u.significand.y >> 22u) >> u32(1 - (u.exponent & 1));
    let field = u32(2 * float_bias(format) - 1 - u.exponent) >> 1u;
    let fraction = u64_shl(vec2<u32>(estimate_root(scaled) & 0xffu, 0u), float_fraction_bits(format) - 8u);
    return float_done(float_scaled(field, format) | fraction, 0u);
}

// FRECPX: the exponent field turned over.
fn float_reciprocal_exponent(v: vec2<u32>, u: Unpacked, format: u32) -> Unrounded {
    let top = (1u << float_exponent_bits(format)) - 1u;
    let field = u64_shr(v, float_fraction_bits(format)).x & top;
    return float_done(float_signed(float_scaled(select(top - field, top - 1u, field == 0u), format), u.sign, format), 0u);
}
