// The lane that an invocation is: its place in its group, its registers, and how it stops.
//
// Where it executes is `code`, an index into `control_words`: a run of them stands for instructions side by side, and
// the lane's program counter is x[CODE_BASE] plus four times the index. Nothing in a control word depends on the address
// of its instruction, but for the byte in its page: who needs the address adds x[CODE_BASE]. The run that the index is in,
// its first and its end index, is x[CODE_RUN]; it is empty when the lane decodes for itself. As variables of their own
// these four words would take registers of the machine from the whole loop.

// Counted from the bank's first lane.
var<private> lane: u32;
var<private> x: array<vec2<u32>, REGISTER_SLOTS>;
var<private> code: u32;
// Control word of the instruction executed last.
var<private> last_code: u32;
// The control word after this one, the register that takes its result.
var<private> next: u32;
var<private> destination: u32;
// N is 8, Z 4, C 2, V 1.
var<private> nzcv: u32;
// 0, or what is to be done before the next instruction.
var<private> event: u32;
var<private> jump_pc: vec2<u32>;
var<private> stop_reason: u32;
var<private> stop_detail: vec3<u32>;
// A trap waits for a page; it was refused.
var<private> trap_pending: bool;
var<private> trap_refused: bool;
// Instructions retired in this slice.
var<private> retired: u32;
// Instructions that it may retire in this slice.
var<private> budget: u32;

// Counted over all banks.
fn lane_group() -> u32 {
    return (params.first_lane + lane) >> params.group_shift;
}

fn lane_column() -> u32 {
    return lane & ((1u << params.group_shift) - 1u);
}

fn lane_field(field: u32) -> u32 {
    return lane_state[field * params.lanes + lane];
}

fn lane_set_field(field: u32, value: u32) {
    lane_state[field * params.lanes + lane] = value;
}

// Instructions that it had retired when the slice began.
fn lane_retired() -> vec2<u32> {
    return vec2<u32>(lane_field(LANE_RETIRED_LOW), lane_field(LANE_RETIRED_HIGH));
}

// How many it may retire.
fn lane_limit() -> vec2<u32> {
    return vec2<u32>(lane_field(LANE_LIMIT_LOW), lane_field(LANE_LIMIT_HIGH));
}

// Where a word of the lane's map of what it has covered stands in `lane_io`.
fn cover_ix(word: u32) -> u32 {
    return (params.input_words + params.ring_words + word) * params.lanes + lane;
}

// Where the run of an executable page of the image is described.
fn code_run_ix(image_page: u32) -> u32 {
    return params.lane_code + 2u * params.lanes + image_page - 1u;
}

fn lane_pc(index: u32) -> vec2<u32> {
    return u64_add(x[CODE_BASE], vec2<u32>(index << 2u, index >> 30u));
}

// The instruction at hand has no effect: it does not retire, and is the next one too.
fn lane_hold() {
    next = code;
    destination = SINK;
    retired -= 1u;
}

fn lane_stop(reason: u32, detail: vec3<u32>) {
    event = EVENT_STOP;
    stop_reason = reason;
    stop_detail = detail;
}

// The instruction retires, and the next one is elsewhere.
fn lane_jump(to: vec2<u32>) {
    event = EVENT_JUMP;
    jump_pc = to;
}
