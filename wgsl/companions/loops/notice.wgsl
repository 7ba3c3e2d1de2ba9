// How the interpreter notices loops that stay hot, at no cost to what runs between two looks: every LOOP_SAMPLE
// instructions it watches for the next backward branch. A lane that met the same one LOOP_HITS times in a row ends its
// slice at the loop's head, for loops.wgsl to see.

// Where in the slice the lane looks up; `budget` at the latest.
var<private> mark: u32;
// Control word of the backward branch seen last, how often in a row.
var<private> loop_branch: u32;
var<private> loop_hits: u32;
// Flags that make a branch leave its short way.
var<private> watched: u32;

fn loop_begin() {
    mark = budget;
    watched = BRANCH_FAR | SF;
    loop_branch = NONE;
    if ((params.flags & FLAG_LOOPS) != 0u) {
        mark = min(budget, LOOP_SAMPLE);
        lane_set_field(LANE_LOOP, 0u);
    }
}

fn loop_mark() -> u32 {
    return mark;
}

fn loop_watched() -> u32 {
    return watched;
}

// Before the slice's end, with FLAG_LOOPS only.
fn loop_watch() {
    if (retired >= mark) {
        watched = BRANCH_FAR | SF | BRANCH_BACK;
        mark = min(budget, retired + LOOP_SAMPLE);
    }
}

// A branch that does not go its short way.
fn loop_meet(c: vec4<u32>, taken: bool) {
    if (taken && control_has(c, watched & BRANCH_BACK)) {
        event = EVENT_LOOP;
    }
}

// A watched branch was taken: the lane is at its target.
fn loop_attend() -> bool {
    if (event != EVENT_LOOP) {
        return false;
    }
    event = 0u;
    watched = BRANCH_FAR | SF;
    loop_hits = select(1u, loop_hits + 1u, loop_branch == last_code);
    loop_branch = last_code;
    if (loop_hits >= LOOP_HITS) {
        lane_set_field(LANE_LOOP, last_code + 1u);
        atomicStore(&status[STATUS_CUT], 1u);
        budget = retired;
        mark = retired;
    }
    return true;
}
