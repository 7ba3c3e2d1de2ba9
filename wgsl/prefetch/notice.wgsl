// What the interpreter remembers of accesses that missed the translation cache: numbers of all lanes, and the accesses
// themselves of one lane of each group. Only the general path comes here.

// (streams, HISTORY_WORDS)
@group(1) @binding(8) var<storage, read_write> history: array<u32>;

// The lane's stream in `history`, NONE if it is not looked at.
var<private> history_at: u32;
var<private> misses: u32;
var<private> stalls: u32;
var<private> uses: u32;

fn history_start() {
    let stream = lane >> params.group_shift;
    history_at = NONE;
    if (stream < STREAMS && history[stream * HISTORY_WORDS + HISTORY_COLUMN] == lane_column()) {
        history_at = stream * HISTORY_WORDS;
    }
}

fn memory_note(kind: u32) {
    misses += 1u;
    stalls += u32((kind & HISTORY_STALLED) != 0u);
    uses += u32((kind & HISTORY_AHEAD) != 0u);
    if (history_at == NONE) {
        return;
    }
    let c = translation_word();
    let size = select(0u, (c.x >> SIZE_SHIFT) & 3u, (c.x & KERNEL_MASK) == LOADSTORE);
    let count = history[history_at + HISTORY_COUNT];
    let at = history_at + HISTORY_HEADER + count % ORACLE_HISTORY * HISTORY_ENTRY_WORDS;
    history[at + HISTORY_LOW] = miss_address.x;
    history[at + HISTORY_HIGH] = miss_address.y;
    history[at + HISTORY_PC] = lane_pc(code).x;
    history[at + HISTORY_KIND] = kind | size;
    history[history_at + HISTORY_COUNT] = count + 1u;
}

fn history_end() {
    if (misses != 0u) {
        atomicAdd(&status[STATUS_MISSES], misses);
    }
    if ((stalls | uses) != 0u) {
        atomicAdd(&status[STATUS_STALLS], stalls);
        atomicAdd(&status[STATUS_AHEAD_USED], uses);
    }
}
