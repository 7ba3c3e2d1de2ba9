// How the interpreter notices loops that stay hot, at no cost to what runs between two looks: every LOOP_SAMPLE
// instructions it watches for the next backward branch. A lane that met the same one LOOP_HITS times in a row ends its
// slice at the loop's head, for loops.wgsl to see.

// Instructions after which the slice ends, and after which the lane looks up.
var<private> budget: u32;
var<private> mark: u32;
// Control word of the backward branch seen last, how often in a row.
var<private> loop_branch: u32;
var<private> loop_hits: u32;

fn loop_begin(cycles: u32) {
    budget = cycles;
    mark = cycles;
    branch_watch = BRANCH_FAR | SF;
    loop_branch = NONE;
    if ((params.flags & FLAG_LOOPS) != 0u) {
        mark = min(cycles, LOOP_SAMPLE);
        lane_set_field(LANE_LOOP, 0u);
    }
}

// At `mark`, before the slice's end: only with FLAG_LOOPS.
fn loop_watch() {
    branch_watch = BRANCH_FAR | SF | BRANCH_BACK;
    mark = min(budget, retired + LOOP_SAMPLE);
}

// A watched branch was taken: the lane is at its target.
fn loop_notice() {
    branch_watch = BRANCH_FAR | SF;
    loop_hits = select(1u, loop_hits + 1u, loop_branch == last_code);
    loop_branch = last_code;
    if (loop_hits >= LOOP_HITS) {
        lane_set_field(LANE_LOOP, last_code + 1u);
        atomicStore(&status[STATUS_CUT], 1u);
        budget = retired;
        mark = retired;
    }
}
