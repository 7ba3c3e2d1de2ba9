// The lane that an invocation is: its place in its group, its registers, and how it stops.

var<private> lane: u32;
var<private> x: array<vec2<u32>, REGISTER_SLOTS>;
var<private> pc: vec2<u32>;
var<private> next_pc: vec2<u32>;
// N is 8, Z 4, C 2, V 1.
var<private> nzcv: u32;
// 0, or what keeps the instruction at hand from completing.
var<private> event: u32;
var<private> stop_reason: u32;
var<private> stop_detail: vec3<u32>;
// Instructions retired in this slice.
var<private> retired: u32;

fn lane_group() -> u32 {
    return lane >> params.group_shift;
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

fn lane_stop(reason: u32, detail: vec3<u32>) {
    event = EVENT_STOP;
    stop_reason = reason;
    stop_detail = detail;
}
