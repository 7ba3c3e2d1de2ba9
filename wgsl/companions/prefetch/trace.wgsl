// All accesses of lane 0 that missed the translation cache, for `kvrm trace`. A slice ends when there is no room for more,
// so that none is lost: the host empties the buffer between slices.

// HISTORY_COUNT and more, then (TRACE_EVENTS, HISTORY_ENTRY_WORDS)
@group(1) @binding(8) var<storage, read_write> history: array<u32>;

var<private> traced: bool;

fn trace_limit() {
    if (history[HISTORY_COUNT] == TRACE_EVENTS) {
        budget = retired;
    }
}

fn history_start() {
    traced = lane == 0u && params.first_lane == 0u;
    if (traced) {
        trace_limit();
    }
}

fn memory_note(kind: u32) {
    if (!traced || history[HISTORY_COUNT] >= TRACE_EVENTS) {
        return;
    }
    let c = translation_word();
    let size = select(0u, control_size(c), control_datapath(c) == LOADSTORE);
    let count = history[HISTORY_COUNT];
    let at = HISTORY_HEADER + count * HISTORY_ENTRY_WORDS;
    history[at + HISTORY_LOW] = miss_address.x;
    history[at + HISTORY_HIGH] = miss_address.y;
    history[at + HISTORY_PC] = lane_pc(code).x;
    history[at + HISTORY_KIND] = kind | size;
    history[HISTORY_COUNT] = count + 1u;
    trace_limit();
}

fn history_end() {
    if (traced) {
        atomicStore(&status[STATUS_MISSES], history[HISTORY_COUNT]);
    }
}
