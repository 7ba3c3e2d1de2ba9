// Drops every copy of a page that a lane of a set has: one invocation clears their bits in one slot.

// A bit for each lane of the machine.
@group(1) @binding(9) var<storage, read> lane_set: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let slot = invocation_ix(id);
    if (slot >= params.frame_capacity) {
        return;
    }
    let key = atomicLoad(&slots[slot * SLOT_WORDS + 1u]);
    if (key == 0u) {
        return;
    }
    // Groups have a power of two of lanes, up to 32: one word has them all.
    let first = ((key & 0x7fffffffu) >> 8u) << params.group_shift;
    let lanes = lane_set[first >> 5u] >> (first & 31u);
    let group = 0xffffffffu >> (32u - (1u << params.group_shift));
    atomicAnd(&slots[slot * SLOT_WORDS + 2u], ~(lanes & group));
    atomicAnd(&slots[slot * SLOT_WORDS + 3u], ~(lanes & group));
}
