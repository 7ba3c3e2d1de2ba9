// Operands and conditions as several kernels have them.

// Up, then down: shifts, extensions and bit fields alike.
fn operand_field(v: vec2<u32>, c: vec4<u32>) -> vec2<u32> {
    let up = u64_shl(v, control_shift_left(c));
    return u64_shr_fill(up, control_shift_right(c), u64_sign(up) & control_shift_mask(c, SHIFT_SIGNED));
}

// The second operand when it is not shifted: Rm, or an immediate (Rm is then zero); complemented on demand.
fn operand_plain(c: vec4<u32>, b: vec2<u32>) -> vec2<u32> {
    return (b | control_immediate(c)) ^ vec2<u32>(control_mask(c, INVERT));
}

// The second operand: Rm shifted, extended or rotated, or an immediate; complemented on demand.
fn operand_second(c: vec4<u32>, b: vec2<u32>) -> vec2<u32> {
    if (!control_has(c, SHIFTED)) {
        return operand_plain(c, b);
    }
    var o: vec2<u32>;
    if (control_shift_has(c, SHIFT_ROTATE)) {
        o = u64_rotate_right(vec2<u32>(b.x, select(b.x, b.y, control_has(c, SF))), control_shift_right(c));
    } else {
        o = operand_field(b, c);
    }
    return o ^ vec2<u32>(control_mask(c, INVERT));
}

fn condition_holds(c: vec4<u32>) -> bool {
    return ((control_condition(c) >> nzcv) & 1u) != 0u;
}

// N and Z of a result.
fn flags_of(r: vec2<u32>, wide: bool) -> u32 {
    let negative = select(r.x, r.y, wide) >> 31u;
    let zero = (r.x | select(0u, r.y, wide)) == 0u;
    return (negative << 3u) | (u32(zero) << 2u);
}
