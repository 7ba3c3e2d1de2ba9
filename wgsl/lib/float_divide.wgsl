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
    let q = float_digits(dividend, u64_shr(b.significand, 2u), root, float_fraction_bits(format) + 1u);
    return float_exact(sign, exponent - 1, vec4<u32>(0u, 0u, q));
}

// a / b, or the root of a, in 1 to 2: bit 63 leads, `bits` behind it or some more are right, and bit 0 is set if there is
// more below. Bit 60 is one, so that b leads there, and a of a root there or above.
//
// Digit by digit: what is left is divided by b, or by twice the root so far (both sides are halved for it). A digit is what
// is left by the first 16 bits of an inverse, both a little too small. So it is too small by at most 1.25 and a quarter of
// what was left in units of b, and less than two b are left always. Digits are added, so they may have more bits than their
// step. At the end one unit may be missing.
fn float_digits(a: vec2<u32>, b: vec2<u32>, root: bool, bits: u32) -> vec2<u32> {
    var q = U64_ONE;
    var rest = u64_sub(a, b);
    var known = 0u;
    var divisor = b.y >> 13u;
    if (root) {
        // The first 16 bits, of the first 32.
        let first = u64_shr(a, 30u).x;
        var r = 0x8000u;
        for (var n = 0u; n < 15u; n += 1u) {
            let trial = r | (0x4000u >> n);
            r = select(r, trial, trial * trial <= first);
        }
        q = vec2<u32>(r, 0u);
        rest = u64_shl(u64_sub(a, u64_shl(vec2<u32>(r * r, 0u), 30u)), 14u);
        known = 15u;
        divisor = r;
    }
    let inverse = 0x80000000u / (divisor + 1u);
    // So that 53 bits are two and five, and of a root one and four digits behind the first 15.
    let step = select(12u, 11u, root);
    while (known < bits) {
        let digit = ((rest.y >> 14u) * inverse) >> (30u - step);
        let by = select(b, float_twice(q, digit, known, step), root);
        rest = u64_sub(u64_shl(rest, step), u64_mul(vec2<u32>(digit, 0u), by));
        q = u64_add(u64_shl(q, step), vec2<u32>(digit, 0u));
        known += step;
    }
    let unit = select(b, float_twice(q, 1u, known, 0u), root);
    if (!u64_less(rest, unit)) {
        q = u64_add(q, U64_ONE);
        rest = u64_sub(rest, unit);
    }
    return u64_shl(q, 63u - known) | vec2<u32>(u32((rest.x | rest.y) != 0u), 0u);
}

// Half of: twice the root so far, of so many known bits, and the digit `step` bits behind.
fn float_twice(q: vec2<u32>, digit: u32, known: u32, step: u32) -> vec2<u32> {
    return u64_add(u64_shl(q, (60u - known) & 63u), u64_shl(vec2<u32>(digit, 0u), (59u - known - step) & 63u));
}
