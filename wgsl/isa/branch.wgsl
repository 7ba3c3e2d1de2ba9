// BRANCH: all of them choose `next`, the control word that follows; the result is the return address.

fn branch_taken(c: vec4<u32>, a: vec2<u32>) -> bool {
    let tested = (select(a.x, a.y, control_has(c, BRANCH_TEST_HIGH)) & control_tested(c)) | (a.y & control_mask(c, BRANCH_TEST_WIDE));
    return condition_holds(c) && (tested == 0u) != control_has(c, BRANCH_IF_NONZERO);
}

fn branch(c: vec4<u32>, a: vec2<u32>) -> vec2<u32> {
    let taken = branch_taken(c, a);
    next = select(next, code + control_displacement(c), taken);
    // Most neither leave their run nor link, nor are watched.
    if (!control_has(c, loop_watched())) {
        return U64_ZERO;
    }
    loop_meet(c, taken);
    let here = lane_pc(code);
    if (taken && control_has(c, BRANCH_FAR)) {
        let distance = control_displacement(c);
        var to = u64_add(here, vec2<u32>(distance << 2u, u32(i32(distance) >> 30u)));
        if (control_has(c, BRANCH_TO_REGISTER)) {
            // A tagged address loses its tag: bit 55 fills the top byte (Arm ARM, BranchAddr).
            to = vec2<u32>(a.x, u32(i32(a.y << 8u) >> 8u));
        }
        lane_jump(to);
    }
    return u64_add(here, vec2<u32>(4u, 0u));
}
