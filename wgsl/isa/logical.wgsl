// LOGICAL: AND, ORR, EOR with or without complement, and the wide moves.

fn logical(c: vec4<u32>, a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    if ((c.x & (SHIFTED | SET_FLAGS | KEEP)) == 0u) {
        return logical_terms(c, a, operand_plain(c, b));
    }
    var first = a;
    if ((c.x & KEEP) != 0u) {
        first &= ~u64_shl(vec2<u32>(0xffffu, 0u), control_amount(c));
    }
    let r = logical_terms(c, first, operand_second(c, b));
    nzcv = select(nzcv, flags_of(r, (c.x & SF) != 0u), (c.x & SET_FLAGS) != 0u);
    return r;
}

fn logical_terms(c: vec4<u32>, a: vec2<u32>, o: vec2<u32>) -> vec2<u32> {
    return (a & o & vec2<u32>(mask_of(c.x, AND_TERM))) | ((a ^ o) & vec2<u32>(mask_of(c.x, EOR_TERM)));
}
