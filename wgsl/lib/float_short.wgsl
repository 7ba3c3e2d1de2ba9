// Short texts for one operation on one format each, S or D: operands and results that are normal numbers, or zero where it
// says so. What is not `done` is float_execute's. For translated code, in which operation words are constants.

// Bits 31 to 0 or 63 to 0 of a significand of which the topmost leads, and the exponent field less one, below the largest
// but one: rounding may carry into it.
fn short_round_s(sign: u32, field: u32, significand: u32, environment: u32) -> Plain {
    let up = float_rounds_up(environment, significand >> 8u, vec2<u32>(0u, significand << 24u), sign);
    let value = ((significand >> 8u) + up + (field << 23u)) | (sign << 31u);
    return Plain(true, vec2<u32>(value, 0u), select(0u, FPSR_IXC, (significand & 0xffu) != 0u));
}

fn short_round_d(sign: u32, field: u32, significand: vec2<u32>, environment: u32) -> Plain {
    let up = float_rounds_up(environment, significand.x >> 11u, vec2<u32>(0u, significand.x << 21u), sign);
    let kept = vec2<u32>((significand.x >> 11u) | (significand.y << 21u), significand.y >> 11u);
    let value = u64_add(kept, vec2<u32>(up, field << 20u));
    return Plain(true, value | vec2<u32>(0u, sign << 31u), select(0u, FPSR_IXC, (significand.x & 0x7ffu) != 0u));
}

fn short_undone() -> Plain {
    return Plain(false, U64_ZERO, 0u);
}

// The exponent field less one: below 254 or 2046 of normal numbers.
fn short_field_s(v: u32) -> u32 {
    return ((v >> 23u) & 0xffu) - 1u;
}

fn short_field_d(v: vec2<u32>) -> u32 {
    return ((v.y >> 20u) & 0x7ffu) - 1u;
}

// With the topmost bit leading.
fn short_significand_s(v: u32) -> u32 {
    return (v << 8u) | 0x80000000u;
}

fn short_significand_d(v: vec2<u32>) -> vec2<u32> {
    return vec2<u32>(v.x << 11u, (v.y << 11u) | (v.x >> 21u) | 0x80000000u);
}

fn short_add_s(a: u32, b: u32, environment: u32) -> Plain {
    let swap = (a & 0x7fffffffu) < (b & 0x7fffffffu);
    let large = select(a, b, swap);
    let small = select(b, a, swap);
    let full = short_significand_s(small) >> 1u;
    let distance = min(short_field_s(large) - short_field_s(small), 31u);
    var shifted = full >> distance;
    shifted |= u32((shifted << distance) != full);
    let sum = (short_significand_s(large) >> 1u) + select(shifted, 0u - shifted, ((a ^ b) >> 31u) == 1u);
    let zeros = countLeadingZeros(sum);
    let field = short_field_s(large) + 1u - zeros;
    if (max(short_field_s(large), short_field_s(small)) >= 254u || zeros > 31u || field >= 253u) {
        return short_undone();
    }
    return short_round_s(large >> 31u, field, sum << zeros, environment);
}

fn short_add_d(a: vec2<u32>, b: vec2<u32>, environment: u32) -> Plain {
    let swap = u64_less(vec2<u32>(a.x, a.y & 0x7fffffffu), vec2<u32>(b.x, b.y & 0x7fffffffu));
    let large = select(a, b, swap);
    let small = select(b, a, swap);
    let full = u64_shr(short_significand_d(small), 1u);
    let shifted = u64_shr_jam(full, short_field_d(large) - short_field_d(small));
    let differ = ((a.y ^ b.y) >> 31u) == 1u;
    let sum = u64_add(u64_shr(short_significand_d(large), 1u), select(shifted, u64_negate(shifted), differ));
    let zeros = u64_leading_zeros(sum);
    let field = short_field_d(large) + 1u - zeros;
    if (max(short_field_d(large), short_field_d(small)) >= 2046u || zeros > 63u || field >= 2045u) {
        return short_undone();
    }
    return short_round_d(large.y >> 31u, field, u64_shl(sum, zeros), environment);
}

fn short_multiply_s(a: u32, b: u32, environment: u32) -> Plain {
    let product = u32_mul_wide(short_significand_s(a), short_significand_s(b));
    let high = product.y | u32(product.x != 0u);
    let low = 1u - (high >> 31u);
    let field = short_field_s(a) + short_field_s(b) - 125u - low;
    if (max(short_field_s(a), short_field_s(b)) >= 254u || field >= 253u) {
        return short_undone();
    }
    return short_round_s((a ^ b) >> 31u, field, high << low, environment);
}

fn short_multiply_d(a: vec2<u32>, b: vec2<u32>, environment: u32) -> Plain {
    let product = u128_mul(short_significand_d(a), short_significand_d(b));
    let high = product.zw | vec2<u32>(u32((product.x | product.y) != 0u), 0u);
    let low = 1u - (high.y >> 31u);
    let field = short_field_d(a) + short_field_d(b) - 1021u - low;
    if (max(short_field_d(a), short_field_d(b)) >= 2046u || field >= 2045u) {
        return short_undone();
    }
    return short_round_d((a.y ^ b.y) >> 31u, field, u64_shl(high, low), environment);
}

// c + a * b. The product has 48 bits, and 64 hold it and the addend: where more is shifted out, nothing cancels.
fn short_multiply_add_s(a: u32, b: u32, c: u32, environment: u32) -> Plain {
    let product = u64_shr(u32_mul_wide(short_significand_s(a), short_significand_s(b)), 1u);
    let addend = vec2<u32>(0u, short_significand_s(c) >> 1u);
    // Of the product's bit 62 less one.
    let product_field = i32(short_field_s(a) + short_field_s(b)) - 125;
    let distance = product_field - i32(short_field_s(c));
    let above = distance >= 0;
    let shifted = u64_shr_jam(select(product, addend, above), u32(abs(distance)));
    let differ = ((a ^ b ^ c) >> 31u) == 1u;
    var sum = u64_add(select(addend, product, above), select(shifted, u64_negate(shifted), differ));
    let less = differ && (sum.y >> 31u) == 1u;
    sum = select(sum, u64_negate(sum), less);
    let sign = (select(c, a ^ b, above) >> 31u) ^ u32(less);
    let zeros = u64_leading_zeros(sum);
    let field = u32(max(product_field, i32(short_field_s(c))) + 1) - zeros;
    if (max(max(short_field_s(a), short_field_s(b)), short_field_s(c)) >= 254u || zeros > 63u || field >= 253u) {
        return short_undone();
    }
    let high = u64_shl(sum, zeros);
    return short_round_s(sign, field, high.y | u32(high.x != 0u), environment);
}

fn short_multiply_add_d(a: vec2<u32>, b: vec2<u32>, c: vec2<u32>, environment: u32) -> Plain {
    let whole = u128_mul(short_significand_d(a), u64_shr(short_significand_d(b), 1u));
    let addend = vec4<u32>(0u, 0u, u64_shr(short_significand_d(c), 1u));
    let product_field = i32(short_field_d(a) + short_field_d(b)) - 1021;
    let distance = product_field - i32(short_field_d(c));
    let above = distance >= 0;
    let shifted = u128_shr_jam(select(whole, addend, above), u32(abs(distance)));
    let differ = ((a.y ^ b.y ^ c.y) >> 31u) == 1u;
    var sum = u128_add(select(addend, whole, above), shifted, differ);
    let less = differ && (sum.w >> 31u) == 1u;
    if (less) {
        sum = u128_add(vec4<u32>(0u), sum, true);
    }
    let sign = (select(c.y, a.y ^ b.y, above) >> 31u) ^ u32(less);
    let zeros = u64_leading_zeros(sum.zw);
    let field = u32(max(product_field, i32(short_field_d(c))) + 1) - zeros;
    let normal = max(max(short_field_d(a), short_field_d(b)), short_field_d(c)) < 2046u;
    // More than half cancels only where next to nothing is left.
    if (!normal || zeros > 63u || field >= 2045u) {
        return short_undone();
    }
    let high = u64_shl(sum.zw, zeros) | select(U64_ZERO, u64_shr(sum.xy, (64u - zeros) & 63u), zeros != 0u);
    let low = u64_shl(sum.xy, zeros);
    return short_round_d(sign, field, high | vec2<u32>(u32((low.x | low.y) != 0u), 0u), environment);
}

// a / b, or the root of a.
fn short_divide_s(root: bool, a: u32, b: u32, environment: u32) -> Plain {
    let divisor = select(b, 0x3f800000u, root);
    let r = short_digits(root, i32(short_field_s(a)) - 126, i32(short_field_s(divisor)) - 126,
        vec2<u32>(0u, short_significand_s(a) >> 1u), vec2<u32>(0u, short_significand_s(divisor) >> 1u), 24u);
    let field = u32(r.exponent + 126);
    let bad = max(short_field_s(a), short_field_s(divisor)) >= 254u || (root && (a >> 31u) == 1u);
    if (bad || field >= 253u) {
        return short_undone();
    }
    let high = r.significand.w | u32(r.significand.z != 0u);
    return short_round_s((a ^ divisor) >> 31u, field, high, environment);
}

fn short_divide_d(root: bool, a: vec2<u32>, b: vec2<u32>, environment: u32) -> Plain {
    let divisor = select(b, vec2<u32>(0u, 0x3ff00000u), root);
    let r = short_digits(root, i32(short_field_d(a)) - 1022, i32(short_field_d(divisor)) - 1022,
        u64_shr(short_significand_d(a), 1u), u64_shr(short_significand_d(divisor), 1u), 53u);
    let field = u32(r.exponent + 1022);
    let bad = max(short_field_d(a), short_field_d(divisor)) >= 2046u || (root && (a.y >> 31u) == 1u);
    if (bad || field >= 2045u) {
        return short_undone();
    }
    return short_round_d((a.y ^ divisor.y) >> 31u, field, r.significand.zw, environment);
}

// Of exponents, and significands whose bit 62 leads: the exponent, and the significand with bit 127 leading.
fn short_digits(root: bool, a: i32, b: i32, dividend: vec2<u32>, divisor: vec2<u32>, bits: u32) -> Unrounded {
    let lower = u64_less(dividend, divisor);
    let exponent = select(a - b - i32(lower), a >> 1u, root);
    let twice = select(lower, (a & 1) != 0, root);
    let q = float_digits(u64_shr(dividend, select(2u, 1u, twice)), u64_shr(divisor, 2u), root, bits);
    return float_exact(0u, exponent, vec4<u32>(0u, 0u, q));
}

// NZCV, or of FLOAT_EQUAL, FLOAT_GREATER_EQUAL and FLOAT_GREATER a mask; also of zeros and infinities.
fn short_compare(op: u32, wide: bool, a: vec2<u32>, b: vec2<u32>) -> Plain {
    let n = select(vec2<u32>(0u, a.x), a, wide);
    let m = select(vec2<u32>(0u, b.x), b, wide);
    let infinity = select(0x7f800000u, 0x7ff00000u, wide);
    let ka = short_key(n, infinity);
    let kb = short_key(m, infinity);
    if (!ka.done || !kb.done) {
        return short_undone();
    }
    let less = u64_less(ka.value, kb.value);
    let equal = all(ka.value == kb.value);
    if (op == FLOAT_COMPARE) {
        return Plain(true, vec2<u32>(select(select(2u, 8u, less), 6u, equal), 0u), 0u);
    }
    let holds = select(!less && !(equal && op == FLOAT_GREATER), equal, op == FLOAT_EQUAL);
    return Plain(true, vec2<u32>(u32(holds), u32(holds && wide)) * 0xffffffffu, 0u);
}

// Orders zeros, normal numbers and infinities; both zeros are equal.
fn short_key(v: vec2<u32>, infinity: u32) -> Plain {
    let size = vec2<u32>(v.x, v.y & 0x7fffffffu);
    let empty = u64_is_zero(size);
    let nan = size.y > infinity || (size.y == infinity && size.x != 0u);
    let subnormal = (size.y & infinity) == 0u && !empty;
    let key = size ^ vec2<u32>(0u, 0x80000000u);
    return Plain(!nan && !subnormal, select(key, ~key, (v.y >> 31u) == 1u && !empty), 0u);
}

// Not of two zeros, of which the sign decides.
fn short_min_max(maximum: bool, wide: bool, a: vec2<u32>, b: vec2<u32>) -> Plain {
    let infinity = select(0x7f800000u, 0x7ff00000u, wide);
    let ka = short_key(select(vec2<u32>(0u, a.x), a, wide), infinity);
    let kb = short_key(select(vec2<u32>(0u, b.x), b, wide), infinity);
    let chosen = select(b, a, u64_less(ka.value, kb.value) != maximum);
    let zeros = all(ka.value == kb.value) && all(ka.value == vec2<u32>(0u, 0x80000000u));
    return Plain(ka.done && kb.done && !zeros, vec2<u32>(chosen.x, select(0u, chosen.y, wide)), 0u);
}

// Without fraction bits.
fn short_from_integer(signed: bool, above: u32, to_wide: bool, v: vec2<u32>, environment: u32) -> Plain {
    let up = u64_shl(v, above);
    let negative = signed && (up.y >> 31u) == 1u;
    let magnitude = select(u64_shr(up, above), u64_negate(u64_shr_fill(up, above, 0xffffffffu)), negative);
    if (u64_is_zero(magnitude)) {
        return Plain(true, U64_ZERO, 0u);
    }
    let zeros = u64_leading_zeros(magnitude);
    let high = u64_shl(magnitude, zeros);
    if (to_wide) {
        return short_round_d(u32(negative), 1085u - zeros, high, environment);
    }
    return short_round_s(u32(negative), 189u - zeros, high.y | u32(high.x != 0u), environment);
}

// Towards zero, without fraction bits, of normal numbers and zero that fit.
fn short_to_integer(signed: bool, bits: u32, wide: bool, v: vec2<u32>) -> Plain {
    let negative = (select(v.x, v.y, wide) >> 31u) == 1u;
    let field = select(short_field_s(v.x), short_field_d(v), wide);
    let exponent = i32(field) - select(126, 1022, wide);
    let zero = select((v.x << 1u) == 0u, ((v.y << 1u) | v.x) == 0u, wide);
    let subnormal = field == 0xffffffffu && !zero;
    if (subnormal || exponent >= i32(bits) - 1 || (negative && !signed)) {
        return short_undone();
    }
    let significand = select(select(vec2<u32>(0u, short_significand_s(v.x)), short_significand_d(v), wide), U64_ZERO, zero);
    let shift = u32(63 - max(exponent, 0));
    let whole = select(u64_shr(significand, shift), U64_ZERO, exponent < 0);
    let inexact = any(u64_shl(whole, shift) != significand);
    let value = select(whole, u64_negate(whole), negative);
    return Plain(true, vec2<u32>(value.x, select(0u, value.y, bits == 64u)), select(0u, FPSR_IXC, inexact));
}

// From S to D, or from D to S.
fn short_convert(wide: bool, v: vec2<u32>, environment: u32) -> Plain {
    if (wide) {
        let field = short_field_d(v) - 896u;
        if (field >= 253u) {
            return short_undone();
        }
        let significand = short_significand_d(v);
        return short_round_s(v.y >> 31u, field, significand.y | u32(significand.x != 0u), environment);
    }
    if (short_field_s(v.x) >= 254u) {
        return short_undone();
    }
    return Plain(true, vec2<u32>(v.x << 29u, (v.x & 0x80000000u) | (((v.x & 0x7fffffffu) >> 3u) + (896u << 20u))), 0u);
}

// By the operation word, which should be a constant.
fn float_short(operation: u32, a_in: vec2<u32>, b_in: vec2<u32>, c_in: vec2<u32>, fpcr: u32) -> Plain {
    let op = operation & FLOAT_OPERATION_BITS;
    let operands = (operation >> FLOAT_OPERANDS_SHIFT) & 3u;
    let result = (operation >> FLOAT_RESULT_SHIFT) & 3u;
    let environment = float_environment(operation, fpcr);
    let whole = ((operation >> FLOAT_FRACTION_SHIFT) & FLOAT_FRACTION_BITS) == 0u;
    let signed = (operation & FLOAT_SIGNED) != 0u;
    if (op == FLOAT_FROM_INTEGER) {
        if (!whole || result < FLOAT_S) {
            return short_undone();
        }
        return short_from_integer(signed, 64u - (8u << operands), result == FLOAT_D, a_in, environment);
    }
    let wide = operands == FLOAT_D;
    if (operands < FLOAT_S) {
        return short_undone();
    }
    if (op == FLOAT_TO_INTEGER) {
        if (!whole || result < FLOAT_S || ((operation >> FLOAT_ROUNDING_SHIFT) & 7u) != FLOAT_TO_ZERO) {
            return short_undone();
        }
        return short_to_integer(signed, 8u << result, wide, a_in);
    }
    if (op == FLOAT_CONVERT && result >= FLOAT_S) {
        return short_convert(wide, a_in, environment);
    }
    if (operands != result) {
        return short_undone();
    }
    let sign = select(vec2<u32>(0x80000000u, 0u), vec2<u32>(0u, 0x80000000u), wide);
    let unsigned = select(U64_ZERO, sign, (operation & FLOAT_ABSOLUTE_OPERANDS) != 0u);
    let a = (a_in ^ select(U64_ZERO, sign, (operation & FLOAT_NEGATE_A) != 0u)) & ~unsigned;
    let negate_b = ((operation & FLOAT_NEGATE_B) != 0u) != (op == FLOAT_ADD && (operation & FLOAT_SUBTRACT) != 0u);
    let b = (b_in ^ select(U64_ZERO, sign, negate_b)) & ~unsigned;
    var r = short_undone();
    if (op == FLOAT_ADD) {
        if (wide) {
            r = short_add_d(a, b, environment);
        } else {
            r = short_add_s(a.x, b.x, environment);
        }
    } else if (op == FLOAT_MULTIPLY || op == FLOAT_MULTIPLY_EXTENDED) {
        if (wide) {
            r = short_multiply_d(a, b, environment);
        } else {
            r = short_multiply_s(a.x, b.x, environment);
        }
    } else if (op == FLOAT_MULTIPLY_ADD) {
        let c = c_in ^ select(U64_ZERO, sign, (operation & FLOAT_NEGATE_C) != 0u);
        if (wide) {
            r = short_multiply_add_d(a, b, c, environment);
        } else {
            r = short_multiply_add_s(a.x, b.x, c.x, environment);
        }
    } else if (op == FLOAT_DIVIDE || op == FLOAT_ROOT) {
        if (wide) {
            r = short_divide_d(op == FLOAT_ROOT, a, b, environment);
        } else {
            r = short_divide_s(op == FLOAT_ROOT, a.x, b.x, environment);
        }
    } else if (op == FLOAT_MIN_MAX) {
        r = short_min_max((operation & FLOAT_MAXIMUM) != 0u, wide, a, b);
    } else if (op >= FLOAT_COMPARE && op <= FLOAT_GREATER) {
        r = short_compare(op, wide, a, b);
    }
    r.value ^= select(U64_ZERO, sign, (operation & FLOAT_NEGATE_RESULT) != 0u);
    r.value &= ~select(U64_ZERO, sign, (operation & FLOAT_ABSOLUTE_RESULT) != 0u);
    return r;
}
