// Compares, minimum and maximum, of operands that are no NaNs.

// Orders numbers as an unsigned integer. -0 is below +0.
fn float_key(v: vec2<u32>, u: Unpacked, format: u32) -> vec2<u32> {
    var up = u64_shl(v, 63u - float_sign_at(format));
    if (u.kind == KIND_ZERO) {
        up = vec2<u32>(0u, up.y & 0x80000000u);
    }
    return select(up ^ vec2<u32>(0u, 0x80000000u), ~up, u.sign == 1u);
}

// NZCV in bits 0 to 3, or a mask of the operands' width.
fn float_compare(op: u32, a: vec2<u32>, b: vec2<u32>, ua: Unpacked, ub: Unpacked, format: u32) -> vec2<u32> {
    let ka = float_key(a, ua, format);
    let kb = float_key(b, ub, format);
    let equal = all(ka == kb) || max(ua.kind, ub.kind) == KIND_ZERO;
    let less = u64_less(ka, kb) && !equal;
    if (op == FLOAT_COMPARE) {
        return vec2<u32>(select(select(2u, 8u, less), 6u, equal), 0u);
    }
    let holds = select(!less && !(equal && op == FLOAT_GREATER), equal, op == FLOAT_EQUAL);
    return select(U64_ZERO, float_mask(format), holds);
}

fn float_min_max(maximum: bool, a: vec2<u32>, b: vec2<u32>, ua: Unpacked, ub: Unpacked, format: u32) -> vec2<u32> {
    let first = u64_less(float_key(a, ua, format), float_key(b, ub, format)) != maximum;
    // What was flushed is zero.
    let zero = select(ub.kind, ua.kind, first) == KIND_ZERO;
    let chosen = select(b, a, first) & float_mask(format);
    return select(chosen, float_zero(select(ub.sign, ua.sign, first), format), zero);
}
