// EXTEND_SHIFT: bit fields, extraction, variable shifts, reversals and bit counts.

fn swap_bytes(v: u32) -> u32 {
    let halves = ((v & 0xff00ff00u) >> 8u) | ((v & 0x00ff00ffu) << 8u);
    return (halves >> 16u) | (halves << 16u);
}

fn extend_shift(c: vec4<u32>, a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let wide = control_has(c, SF);
    // SBFM and UBFM; the others that are not fields have no use for it.
    let o = operand_field(b, c);
    var r = o;
    switch (control_operation(c)) {
        case FIELD_INSERT: {
            let mask = operand_field(U64_MAX, c);
            r = (a & ~mask) | o;
        }
        case EXTRACT: {
            let amount = control_amount(c);
            if (wide) {
                r = u64_shr(b, amount) | select(u64_shl(a, 64u - amount), U64_ZERO, vec2<bool>(amount == 0u));
            } else {
                r = u64_shr(vec2<u32>(b.x, a.x), amount);
            }
        }
        case SHIFT_VARIABLE: {
            let kind = control_variable_kind(c);
            let amount = b.x & select(31u, 63u, wide);
            let v = vec2<u32>(a.x, select(select(0u, u32(i32(a.x) >> 31u), kind == 2u), a.y, wide));
            if (kind == 0u) {
                r = u64_shl(v, amount);
            } else if (kind == 3u) {
                r = u64_rotate_right(vec2<u32>(a.x, select(a.x, a.y, wide)), amount);
            } else {
                r = u64_shr_fill(v, amount, select(0u, u64_sign(v), kind == 2u));
            }
        }
        case RBIT_OPERATION: {
            r = reverseBits(vec2<u32>(select(a.x, a.y, wide), a.x));
        }
        case REV16_OPERATION: {
            r = ((a & vec2<u32>(0xff00ff00u)) >> vec2<u32>(8u)) | ((a & vec2<u32>(0x00ff00ffu)) << vec2<u32>(8u));
        }
        case REV32_OPERATION: {
            r = vec2<u32>(swap_bytes(a.x), swap_bytes(a.y));
        }
        case REV64_OPERATION: {
            r = vec2<u32>(swap_bytes(a.y), swap_bytes(a.x));
        }
        case CLZ_OPERATION, CLS_OPERATION: {
            // CLS counts the leading bits that equal the sign, without the sign itself.
            var v = vec2<u32>(select(0u, a.x, wide), select(a.x, a.y, wide));
            let count_signs = control_operation(c) == CLS_OPERATION;
            if (count_signs) {
                v ^= vec2<u32>(v.x << 1u, (v.y << 1u) | (v.x >> 31u));
            }
            r = vec2<u32>(min(u64_leading_zeros(v), select(32u, 64u, wide) - u32(count_signs)), 0u);
        }
        default: {
        }
    }
    return r;
}
