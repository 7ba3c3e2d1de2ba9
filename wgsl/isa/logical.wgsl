// LOGICAL: AND, ORR, EOR with or without complement, and the wide moves.

fn logical(c: vec4<u32>, a: vec2<u32>, o: vec2<u32>) -> vec2<u32> {
    var first = a;
    if ((c.x & KEEP) != 0u) {
        first &= ~u64_shl(vec2<u32>(0xffffu, 0u), control_amount(c));
    }
    let r = (first & o & vec2<u32>(mask_of(c.x, AND_TERM))) | ((first ^ o) & vec2<u32>(mask_of(c.x, EOR_TERM)));
    nzcv = select(nzcv, flags_of(r, (c.x & SF) != 0u), (c.x & SET_FLAGS) != 0u);
    return r;
}
