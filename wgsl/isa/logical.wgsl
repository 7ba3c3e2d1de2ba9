// LOGICAL: AND, ORR, EOR with or without complement, and the wide moves.

fn logical(c: vec4<u32>, a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    if (!control_has(c, SHIFTED | SET_FLAGS | KEEP)) {
        return logical_terms(c, a, operand_plain(c, b));
    }
    var first = a;
    if (control_has(c, KEEP)) {
        first &= ~u64_shl(vec2<u32>(0xffffu, 0u), control_amount(c));
    }
    let r = logical_terms(c, first, operand_second(c, b));
    nzcv = select(nzcv, flags_of(r, control_has(c, SF)), control_has(c, SET_FLAGS));
    return r;
}

fn logical_terms(c: vec4<u32>, a: vec2<u32>, o: vec2<u32>) -> vec2<u32> {
    return (a & o & vec2<u32>(control_mask(c, AND_TERM))) | ((a ^ o) & vec2<u32>(control_mask(c, EOR_TERM)));
}
