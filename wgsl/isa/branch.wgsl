// BRANCH: all of them choose `next`, the control word that follows; the result is the return address.

fn branch_taken(c: vec4<u32>, a: vec2<u32>) -> bool {
    let tested = (select(a.x, a.y, (c.x & BRANCH_TEST_HIGH) != 0u) & c.w) | (a.y & mask_of(c.x, BRANCH_TEST_WIDE));
    return condition_holds(c) && (tested == 0u) != ((c.x & BRANCH_IF_NONZERO) != 0u);
}

fn branch(c: vec4<u32>, a: vec2<u32>) -> vec2<u32> {
    let taken = branch_taken(c, a);
    next = select(next, code + c.z, taken);
    // Most neither leave their run nor link, nor are watched.
    if ((c.x & loop_watched()) == 0u) {
        return U64_ZERO;
    }
    loop_meet(c, taken);
    let here = lane_pc(code);
    if (taken && (c.x & BRANCH_FAR) != 0u) {
        var to = u64_add(here, vec2<u32>(c.z << 2u, u32(i32(c.z) >> 30u)));
        if ((c.x & BRANCH_TO_REGISTER) != 0u) {
            // A tagged address loses its tag: bit 55 fills the top byte (Arm ARM, BranchAddr).
            to = vec2<u32>(a.x, u32(i32(a.y << 8u) >> 8u));
        }
        lane_jump(to);
    }
    return u64_add(here, vec2<u32>(4u, 0u));
}
