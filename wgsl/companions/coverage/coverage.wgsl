// Notes in the lane's map what it covers: at the first instruction of each block, which is where a lane starts and
// whatever comes behind a branch, taken or not, a bit. In a map of blocks it is the index of that instruction's control
// word; in one of edges a hash of the block and the one before it, as AFL does it.

// 1 in a block, 0 between two; and the name of the block that began last.
var<private> cover_inside: u32;
var<private> cover_last: u32;

fn cover_start() {
    cover_inside = lane_field(LANE_IN_BLOCK);
    cover_last = lane_field(LANE_LAST_BLOCK);
}

fn cover_end() {
    lane_set_field(LANE_IN_BLOCK, cover_inside);
    lane_set_field(LANE_LAST_BLOCK, cover_last);
}

// Index of the instruction's control word, also for a lane that decodes for itself; NONE outside of the image's code.
fn cover_code() -> u32 {
    if (code < params.lane_code) {
        return code;
    }
    let pc = lane_pc(code);
    let page = memory_page(pc, false);
    if (page.image == NONE || page.image > params.code_pages) {
        return NONE;
    }
    let run = control_words[code_run_ix(page.image)];
    let index = u64_sub(pc, run.xy).x >> 2u;
    return select(NONE, index, index >= run.z && index < run.w);
}

// Before the instruction is executed.
fn cover(c: vec4<u32>) {
    if (cover_inside == 0u) {
        // The end of a run is no instruction.
        if (control_system(c) == SYSTEM_LEAVE) {
            return;
        }
        cover_inside = 1u;
        var bit: u32;
        if (COVER_BLOCKS) {
            bit = cover_code();
        } else {
            let pc = lane_pc(code);
            let mixed = ((pc.x >> 2u) * COVER_MIX_LOW) ^ (pc.y * COVER_MIX_HIGH);
            let name = (mixed ^ (mixed >> 15u)) * COVER_MIX_LAST;
            bit = ((name ^ (cover_last >> 1u)) >> COVER_SHIFT) & (params.cover_words * 32u - 1u);
            cover_last = name;
        }
        if (bit != NONE) {
            let index = cover_ix(bit >> 5u);
            lane_io[index] |= 1u << (bit & 31u);
        }
    }
    if (control_datapath(c) == BRANCH) {
        cover_inside = 0u;
    }
}
