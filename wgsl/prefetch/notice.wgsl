// What the interpreter remembers of accesses that missed the translation cache: numbers of all lanes, and the accesses
// themselves of one lane of each group, as far as HISTORY_KEPT says. Only the general path comes here, and nothing is
// carried from one access to the next: one word that is costs each instruction of the H200 a tenth.
//
// A lane that has to copy a page leaves the slice if its group does well to: what comes next is copied between two slices.

// (streams, HISTORY_WORDS)
@group(1) @binding(8) var<storage, read_write> history: array<u32>;

fn history_start() {}

fn memory_note(kind: u32) {
    atomicAdd(&status[STATUS_MISSES], 1u);
    let stalled = (kind & HISTORY_STALLED) != 0u;
    let fresh = stalled || (kind & HISTORY_AHEAD) != 0u;
    if (fresh) {
        atomicAdd(&status[select(STATUS_AHEAD_USED, STATUS_STALLS, stalled)], 1u);
    }
    let stream = lane >> params.group_shift;
    if (HISTORY_KEPT == KEPT_NOTHING || (HISTORY_KEPT == KEPT_FRESH && !fresh) || stream >= STREAMS) {
        return;
    }
    let at = stream * HISTORY_WORDS;
    if (history[at + HISTORY_COLUMN] == lane_column()) {
        history_keep(at, kind, fresh);
    }
    if (stalled && (params.flags & FLAG_LEAVE) != 0u) {
        history_leave(at);
    }
}

fn history_keep(stream_at: u32, kind: u32, fresh: bool) {
    let c = translation_word();
    let size = select(0u, (c.x >> SIZE_SHIFT) & 3u, (c.x & KERNEL_MASK) == LOADSTORE);
    let pc = lane_pc(code).x;
    let count = history[stream_at + HISTORY_COUNT];
    let at = stream_at + HISTORY_HEADER + count % ORACLE_HISTORY * HISTORY_ENTRY_WORDS;
    history[at + HISTORY_LOW] = miss_address.x;
    history[at + HISTORY_HIGH] = miss_address.y;
    history[at + HISTORY_PC] = pc;
    history[at + HISTORY_KIND] = kind | size;
    history[stream_at + HISTORY_COUNT] = count + 1u;
    if (fresh) {
        let again = history[stream_at + HISTORY_WRITER] == pc;
        history[stream_at + HISTORY_WRITER] = pc;
        history[stream_at + HISTORY_AGAIN] = select(1u, history[stream_at + HISTORY_AGAIN] + 1u, again);
    }
}

// The lane copies this page itself. The next slice begins with the same instruction.
fn history_leave(stream_at: u32) {
    let leave = history[stream_at + HISTORY_LEAVE];
    let now = leave == LEAVE_AT_ONCE || (leave == LEAVE_UNKNOWN && history[stream_at + HISTORY_AGAIN] >= LEAVE_AFTER);
    if (!now || atomicLoad(&status[STATUS_PARTED]) != 0u) {
        return;
    }
    if (history[stream_at + HISTORY_COLUMN] == lane_column()) {
        history[stream_at + HISTORY_LEFT] = 1u;
    }
    atomicAdd(&status[STATUS_LEFT], 1u);
    // Without a reason to stop: as at the slice's end.
    event = EVENT_STOP;
}

fn history_end() {
    if ((params.flags & FLAG_LEAVE) != 0u && stop_reason == REASON_RUNNING) {
        atomicAdd(&status[STATUS_GOING], 1u);
    }
}
