// Quotients and square roots.

fn float_divide(root: bool, a: Unpacked, b: Unpacked, format: u32) -> Unrounded {
    let sign = a.sign ^ select(b.sign, 0u, root);
    if (root) {
        if (a.kind == KIND_ZERO) {
            return float_done(float_zero(sign, format), 0u);
        }
        if (sign == 1u) {
            return float_invalid(format);
        }
        if (a.kind == KIND_INFINITY) {
            return float_done(float_infinity(0u, format), 0u);
        }
    } else {
        if (a.kind == b.kind && a.kind != KIND_FINITE) {
            return float_invalid(format);
        }
        if (a.kind == KIND_INFINITY || b.kind == KIND_ZERO) {
            return float_done(float_infinity(sign, format), select(FPSR_DZC, 0u, a.kind == KIND_INFINITY));
        }
        if (a.kind == KIND_ZERO || b.kind == KIND_INFINITY) {
            return float_done(float_zero(sign, format), 0u);
        }
    }
    // Leading bit 60; 61 for a root of an odd exponent or a quotient below one.
    let lower = u64_less(a.significand, b.significand);
    let twice = select(lower, (a.exponent & 1) != 0, root);
    let exponent = select(a.exponent - b.exponent - i32(lower), a.exponent >> 1u, root);
    let dividend = u64_shr(a.significand, select(2u, 1u, twice));
    let divisor = u64_shr(b.significand, 2u);
    let q = float_recurrence(dividend, divisor, root, float_fraction_bits(format) + 3u);
    return float_exact(sign, exponent - 1, vec4<u32>(0u, 0u, q));
}

// Quotient or root of significands, with bit 63 leading but for what is left, which sets bit 0.
// One digit recurrence: what is subtracted is the divisor, or twice the root so far and the bit.
fn float_recurrence(a: vec2<u32>, b: vec2<u32>, root: bool, steps: u32) -> vec2<u32> {
    var rest = a;
    var q = U64_ZERO;
    var bit = vec2<u32>(0u, 0x10000000u);
    for (var n = 0u; n < steps; n += 1u) {
        let trial = select(b, u64_add(u64_shl(q, 1u), bit), root);
        if (!u64_less(rest, trial)) {
            rest = u64_sub(rest, trial);
            q |= bit;
        }
        rest = u64_shl(rest, 1u);
        bit = u64_shr(bit, 1u);
    }
    return u64_shl(q, 3u) | vec2<u32>(u32((rest.x | rest.y) != 0u), 0u);
}
