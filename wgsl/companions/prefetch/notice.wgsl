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
    let first = stalled || (kind & HISTORY_AHEAD) != 0u;
    if (first) {
        atomicAdd(&status[select(STATUS_AHEAD_USED, STATUS_STALLS, stalled)], 1u);
    }
    let stream = lane >> params.group_shift;
    if (HISTORY_KEPT == KEPT_NOTHING || (HISTORY_KEPT == KEPT_FIRST && !first) || stream >= STREAMS) {
        return;
    }
    let at = stream * HISTORY_WORDS;
    if (history[at + HISTORY_COLUMN] == lane_column()) {
        history[at + HISTORY_STALLS] += u32(stalled);
        // A loop, so that the text stands once.
        var ring = select(0u, 1u, HISTORY_KEPT == KEPT_FIRST);
        let rings = select(1u, 2u, first);
        for (; ring < rings; ring += 1u) {
            history_keep(at, ring, kind);
        }
    }
    if (stalled && (params.flags & FLAG_LEAVE) != 0u) {
        history_leave(at);
    }
}

// In a stream's ring of all accesses, or of first writes.
fn history_keep(stream_at: u32, ring: u32, kind: u32) {
    let c = translation_word();
    let size = select(0u, control_size(c), control_datapath(c) == LOADSTORE);
    let count = history[stream_at + HISTORY_COUNT + ring];
    history[stream_at + HISTORY_COUNT + ring] = count + 1u;
    let at = stream_at + HISTORY_HEADER + (ring * ORACLE_HISTORY + count % ORACLE_HISTORY) * HISTORY_ENTRY_WORDS;
    history[at + HISTORY_LOW] = miss_address.x;
    history[at + HISTORY_HIGH] = miss_address.y;
    history[at + HISTORY_PC] = lane_pc(code).x;
    history[at + HISTORY_KIND] = kind | size;
}

// The lane copies this page itself. The next slice begins with the same instruction.
fn history_leave(stream_at: u32) {
    let leave = history[stream_at + HISTORY_LEAVE];
    let now = leave == LEAVE_AT_ONCE || (leave == LEAVE_UNKNOWN && history[stream_at + HISTORY_STALLS] >= LEAVE_AFTER);
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
