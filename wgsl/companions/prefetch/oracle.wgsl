// Where the table of strides knows what comes it is followed, and the memory oracle is not asked. Otherwise, where that
// pays, it is its predictions: the pages of the next eight accesses. Where these repeat, one distance apart for each of some accesses that
// take turns, they are carried on; otherwise each page that is likely enough is copied.

// (streams, STREAM_PREDICTIONS, STREAM_PREDICTION_WORDS): what the network gave last.
@group(1) @binding(11) var<storage, read_write> foreseen: array<u32>;

// Accesses that take turns, at most.
const TURNS = 4u;

fn foreseen_at(n: u32) -> u32 {
    return (stream * STREAM_PREDICTIONS + n) * STREAM_PREDICTION_WORDS;
}

fn foreseen_address(n: u32) -> vec2<u32> {
    return vec2<u32>(foreseen[foreseen_at(n)], foreseen[foreseen_at(n) + 1u]);
}

fn is_likely(n: u32) -> bool {
    let pending = (foreseen[foreseen_at(n) + 3u] & FATE_MASK) == FATE_PENDING;
    return pending && bitcast<f32>(foreseen[foreseen_at(n) + 2u]) >= 0.5;
}

fn pattern_of(n: u32) -> u32 {
    return (foreseen[foreseen_at(n) + 3u] >> PATTERN_SHIFT) & 3u;
}

fn page_start(address: vec2<u32>) -> vec2<u32> {
    return vec2<u32>(address.x & 0xfffff000u, address.y);
}

// Access n, whether or not it was the first to write to its page.
fn access_at(n: u32) -> u32 {
    return stream * HISTORY_WORDS + HISTORY_HEADER + n % ORACLE_HISTORY * HISTORY_ENTRY_WORDS;
}

// The distance that access `turn` of `turns` has from one time to the next, 0 if it has none: from the history to the
// first prediction, and from each to the next.
fn turn_distance(count: u32, turn: u32, turns: u32) -> i32 {
    let distance = near(u64_sub(foreseen_address(turn), page_start(event_address(access_at(count - turns + turn)))));
    for (var n = turn; n + turns < STREAM_PREDICTIONS; n += turns) {
        if (near(u64_sub(foreseen_address(n + turns), foreseen_address(n))) != distance) {
            return 0;
        }
    }
    return distance;
}

// How many accesses take turns, 0 if that is not to be seen.
fn turns_of(count: u32) -> u32 {
    for (var n = 0u; n < STREAM_PREDICTIONS; n += 1u) {
        if (!is_likely(n)) {
            return 0u;
        }
    }
    for (var turns = 1u; turns <= min(TURNS, count); turns += 1u) {
        var fits = true;
        for (var turn = 0u; turn < turns; turn += 1u) {
            fits = fits && turn_distance(count, turn, turns) != 0;
        }
        if (fits) {
            return turns;
        }
    }
    return 0u;
}

// Whether the network is to be asked before the next slice: when as many pages as an answer costs were not known to the
// table. Where answers bring less than half of that, ever less often.
fn is_asked(count: u32, new_events: u32) -> bool {
    let seen = min(new_events, ORACLE_HISTORY);
    var used = 0u;
    for (var n = count - seen; n != count; n += 1u) {
        used += u32((history[event_at(n) + HISTORY_KIND] & HISTORY_AHEAD) != 0u);
    }
    let at = stream * STREAM_WORDS;
    let credit = streams[at + STREAM_CREDIT] + new_events;
    let won = streams[at + STREAM_WON] + used * new_events / seen;
    let before = streams[at + STREAM_PRICE];
    let asks = credit >= max(before, ASK_PRICE);
    streams[at + STREAM_CREDIT] = select(credit, 0u, asks);
    streams[at + STREAM_WON] = select(won, 0u, asks);
    if (asks) {
        atomicAdd(&status[STATUS_ORACLE_ASKED], 1u);
        let fair = select(before / 2u, before * 2u, won * 2u < before);
        streams[at + STREAM_PRICE] = clamp(fair, ASK_PRICE, ASK_PRICE * PRICE_MOST);
    }
    return asks;
}

fn stream_plan(first_count: u32, new_events: u32) {
    let at_history = stream * HISTORY_WORDS;
    let count = history[at_history + HISTORY_COUNT];
    // What it was asked before this slice, and answered.
    let answered = history[at_history + HISTORY_INFERRED] == count;
    let known = stride_plan(first_count, new_events);
    history[at_history + HISTORY_ASKED] = u32(!known && is_asked(first_count, new_events));
    if (known || !answered) {
        return;
    }
    var lanes = 0u;
    for (var n = first_count - min(new_events, ORACLE_HISTORY); n != first_count; n += 1u) {
        lanes |= writers(event_address(event_at(n)));
    }
    let turns = turns_of(count);
    for (var turn = 0u; turn < turns; turn += 1u) {
        let at = access_at(count - turns + turn);
        if ((history[at + HISTORY_KIND] & (HISTORY_STALLED | HISTORY_AHEAD)) != 0u) {
            entry_find(at);
            streams[entry + STRIDE_BYTES] = u32(turn_distance(count, turn, turns));
            // The network's word is as good as having seen it once.
            streams[entry + STRIDE_HITS] = max(streams[entry + STRIDE_HITS], 1u);
            entry_issue(new_events * 16u / min(new_events, ORACLE_HISTORY), lanes, pattern_of(turn));
        }
    }
    if (turns != 0u) {
        return;
    }
    for (var n = 0u; n < STREAM_PREDICTIONS; n += 1u) {
        if (is_likely(n)) {
            let confidence = bitcast<f32>(foreseen[foreseen_at(n) + 2u]);
            ask(foreseen_address(n), 4096, 1u, lanes, predict(foreseen_address(n), confidence, pattern_of(n)));
        }
    }
}
