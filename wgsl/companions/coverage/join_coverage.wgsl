// Joins the maps of all lanes: for each bit the lowest lane that has it. A workgroup has a word of the maps at a time.

// (cover_words, 32): lane of the machine, NONE for no lane.
@group(1) @binding(8) var<storage, read_write> first_lanes: array<u32>;

var<workgroup> first: array<atomic<u32>, 32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
    for (var word = group.x; word < params.cover_words; word += JOIN_GROUPS) {
        if (invocation < 32u) {
            atomicStore(&first[invocation], NONE);
        }
        workgroupBarrier();
        // Bits that this invocation has met: its lanes ascend, so that later ones tell nothing.
        var met = 0u;
        for (lane = invocation; lane < params.lanes; lane += WORKGROUP) {
            var fresh = lane_io[cover_ix(word)] & ~met;
            met |= fresh;
            while (fresh != 0u) {
                atomicMin(&first[firstTrailingBit(fresh)], params.first_lane + lane);
                fresh &= fresh - 1u;
            }
        }
        workgroupBarrier();
        if (invocation < 32u) {
            first_lanes[word * 32u + invocation] = atomicLoad(&first[invocation]);
        }
    }
}
