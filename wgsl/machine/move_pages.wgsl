// Moves a lane's own copies of pages to other addresses: one workgroup looks at one slot, and moves the lane's column if the
// page is to go. So the work is that of the frames that there are, whatever range a guest names. What finds no frame stays,
// and moves when this is done again.

struct Move {
    // First page, the one behind the last, and where the first one goes. No page is among both.
    first: vec2<u32>,
    end: vec2<u32>,
    to: vec2<u32>,
    lane: u32,
    // Pages that found no frame.
    left: atomic<u32>,
}

@group(1) @binding(8) var<storage, read_write> job: Move;

var<workgroup> sh_to: u32;

// The slot that the lane's page in `slot` goes to.
fn move_target(slot: u32) -> u32 {
    if (slot >= params.frame_capacity) {
        return NONE;
    }
    let key = vec2<u32>(atomicLoad(&slots[slot * SLOT_WORDS]), atomicLoad(&slots[slot * SLOT_WORDS + 1u]));
    let page = vec2<u32>((key.x & 0xfffffffu) | (key.y << 28u), (key.y >> 4u) & 0xfu);
    let goes = key.y != 0u && ((key.y & 0x7fffffffu) >> 8u) == lane_group() && !u64_less(page, job.first)
        && u64_less(page, job.end);
    let bit = 1u << lane_column();
    if (!goes || (atomicLoad(&slots[slot * SLOT_WORDS + 2u]) & bit) == 0u) {
        return NONE;
    }
    if ((atomicLoad(&slots[slot * SLOT_WORDS + 3u]) & bit) != 0u) {
        // Copied ahead and not written: the lane's layout has all that is in it.
        move_leave(slot);
        return NONE;
    }
    let to = u64_add(job.to, u64_sub(page, job.first));
    let found = memory_slot(slot_key(to.x, to.y), true);
    if (found == NONE) {
        atomicAdd(&job.left, 1u);
    }
    return found;
}

fn move_leave(slot: u32) {
    atomicAnd(&slots[slot * SLOT_WORDS + 2u], ~(1u << lane_column()));
    atomicAnd(&slots[slot * SLOT_WORDS + 3u], ~(1u << lane_column()));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let slot = workgroup.x + workgroup.y * DISPATCH_ROW;
    lane = job.lane;
    if (local == 0u) {
        sh_to = move_target(slot);
    }
    let target_slot = workgroupUniformLoad(&sh_to);
    if (target_slot == NONE) {
        return;
    }
    let place = memory_frame(slot);
    let destination = memory_frame(target_slot);
    for (var word = local; word < 1024u; word += WORKGROUP) {
        memory[memory_word(destination, word)] = memory[memory_word(place, word)];
    }
    if (local == 0u) {
        move_leave(slot);
        atomicOr(&slots[target_slot * SLOT_WORDS + 2u], 1u << lane_column());
    }
}
