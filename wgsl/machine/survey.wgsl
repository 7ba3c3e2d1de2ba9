// Counts the slots that lanes have copies in, of the groups below `params.items` and of the others, and these copies. What
// was copied ahead and not yet written does not count.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = invocation_ix(id);
    if (slot >= params.frame_capacity) {
        return;
    }
    let mask = atomicLoad(&slots[slot * SLOT_WORDS + 2u]) & ~atomicLoad(&slots[slot * SLOT_WORDS + 3u]);
    if (mask == 0u) {
        return;
    }
    let group = (atomicLoad(&slots[slot * SLOT_WORDS + 1u]) & 0x7fffffffu) >> 8u;
    atomicAdd(&status[select(STATUS_LIVE_HIGH, STATUS_LIVE_LOW, group < params.items)], 1u);
    atomicAdd(&status[STATUS_PAGES], countOneBits(mask));
}
