// BRANCH: conditional, compare and test, to registers; all of them choose `next_pc`.

fn branch(c: vec4<u32>, a: vec2<u32>, result: ptr<function, vec2<u32>>) -> bool {
    if ((c.x & KERNEL_MASK) != BRANCH) {
        return false;
    }
    let operation = control_operation(c) & 3u;
    var taken = condition_holds(c);
    var to = c.zw;
    if (operation == BRANCH_REGISTER) {
        taken = true;
        // A tagged address loses its tag: bit 55 fills the top byte (Arm ARM, BranchAddr).
        to = vec2<u32>(a.x, u32(i32(a.y << 8u) >> 8u));
    } else if (operation != BRANCH_CONDITION) {
        let amount = control_amount(c);
        let bit = (select(a.x, a.y, amount >= 32u) >> (amount & 31u)) & 1u;
        let value = select(a.x | (a.y & mask_of(c.x, SF)), bit, operation == BRANCH_BIT);
        taken = (value != 0u) == ((c.x & BRANCH_IF_NONZERO) != 0u);
    }
    *result = next_pc;
    if (taken) {
        next_pc = to;
    }
    return true;
}
