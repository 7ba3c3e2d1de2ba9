// Buffers of the interpreter and of what serves it. Group 0 has the numbers of DESIGN; group 1 is the machine's own.

struct Params {
    // Of this bank: lanes are counted from its first one.
    lanes: u32,
    // log2 of the lanes in a group.
    group_shift: u32,
    // Instructions a lane retires in one slice, at most.
    slice_cycles: u32,
    // First word of the frames in `memory`.
    frames_at: u32,
    frame_capacity: u32,
    // Frames in use beyond which no more are given out: the hash table stays sparse enough to search.
    frame_limit: u32,
    // Executable image pages are among 1 ..= code_pages.
    code_pages: u32,
    // FLAG_FIRST, FLAG_RELATIVE, FLAG_POOL.
    flags: u32,
    limit: vec2<u32>,
    // How much there is to do; for what copies ahead, the frames in use from which on it takes none.
    items: u32,
    // Index of the lanes' own control words, two each.
    lane_code: u32,
    // Number of the bank's first lane in the machine, a multiple of the lanes in a group.
    first_lane: u32,
    // Words of input, and of a ring for output, that each lane has in `lane_io`.
    input_words: u32,
    ring_words: u32,
    // Words of its map of what was covered.
    cover_words: u32,
    // Where lanes stop, in the variant that does.
    breakpoint: vec2<u32>,
}

// Number of an invocation in a dispatch of any size, which has rows of workgroups.
fn invocation_ix(id: vec3<u32>) -> u32 {
    return id.x + id.y * (DISPATCH_ROW * WORKGROUP);
}

// Zero page, image pages, frames of the groups.
@group(0) @binding(0) var<storage, read_write> memory: array<u32>;
// (REGISTER_ROWS, lanes): X0..X30, SP, then V0..V31 in two rows each.
@group(0) @binding(1) var<storage, read_write> registers: array<vec2<u32>>;
// (lanes): pc, NZCV, 0.
@group(0) @binding(2) var<storage, read_write> program_counter: array<vec4<u32>>;
// (lanes): the instruction fetched last.
@group(0) @binding(3) var<storage, read_write> inst: array<u32>;
// (lanes, 2): final pc and instructions retired; stop reason and its detail.
@group(0) @binding(4) var<storage, read_write> pc_out: array<vec4<u32>>;

@group(1) @binding(0) var<uniform> params: Params;
// Control words: runs of the image's executable pages, then (lanes, 2). Behind them (code_pages): of the run that a page
// is in, the address less four times the index, first and end index; 0 in no run. See code.wgsl.
@group(1) @binding(1) var<storage, read_write> control_words: array<vec4<u32>>;
// Regions: first page, end page (lower words), upper bits and permissions, image page.
@group(1) @binding(2) var<storage, read> layouts: array<vec4<u32>>;
// (frame_capacity, SLOT_WORDS): key, key, mask of the lanes with a copy, mask of those that have not written theirs.
@group(1) @binding(3) var<storage, read_write> slots: array<atomic<u32>>;
// (LANE_FIELDS, lanes)
@group(1) @binding(4) var<storage, read_write> lane_state: array<u32>;
@group(1) @binding(5) var<storage, read_write> status: array<atomic<u32>>;
@group(1) @binding(6) var<storage, read> isa_lookup: array<u32>;
// (lanes, input_words), then (ring_words, lanes), then (cover_words, lanes).
@group(1) @binding(7) var<storage, read_write> lane_io: array<u32>;
