// What several kernels read of a control word.

fn control_amount(c: vec4<u32>) -> u32 {
    return (c.y >> 24u) & 63u;
}

fn control_operation(c: vec4<u32>) -> u32 {
    return (c.x >> OPERATION_SHIFT) & 15u;
}

// All ones when `flag`, one bit, is set in `word`.
fn mask_of(word: u32, flag: u32) -> u32 {
    return select(0u, 0xffffffffu, (word & flag) != 0u);
}

// Up, then down: shifts, extensions and bit fields alike.
fn operand_field(v: vec2<u32>, shift: u32) -> vec2<u32> {
    let up = u64_shl(v, shift & 63u);
    return u64_shr_fill(up, (shift >> 6u) & 63u, u64_sign(up) & mask_of(shift, SHIFT_SIGNED));
}

// The second operand when it is not shifted: Rm, or an immediate (Rm is then zero); complemented on demand.
fn operand_plain(c: vec4<u32>, b: vec2<u32>) -> vec2<u32> {
    return (b | c.zw) ^ vec2<u32>(mask_of(c.x, INVERT));
}

// The second operand: Rm shifted, extended or rotated, or an immediate; complemented on demand.
fn operand_second(c: vec4<u32>, b: vec2<u32>) -> vec2<u32> {
    if ((c.x & SHIFTED) == 0u) {
        return operand_plain(c, b);
    }
    var o: vec2<u32>;
    if ((c.z & SHIFT_ROTATE) != 0u) {
        o = u64_rotate_right(vec2<u32>(b.x, select(b.x, b.y, (c.x & SF) != 0u)), (c.z >> 6u) & 63u);
    } else {
        o = operand_field(b, c.z);
    }
    return o ^ vec2<u32>(mask_of(c.x, INVERT));
}

fn condition_holds(c: vec4<u32>) -> bool {
    return ((c.x >> (CONDITION_SHIFT + nzcv)) & 1u) != 0u;
}

// N and Z of a result.
fn flags_of(r: vec2<u32>, wide: bool) -> u32 {
    let negative = select(r.x, r.y, wide) >> 31u;
    let zero = (r.x | select(0u, r.y, wide)) == 0u;
    return (negative << 3u) | (u32(zero) << 2u);
}
