// The memory oracle: 271,124 floats, buffer 8. From a stream's accesses since it was last asked, which pages come next.
// One workgroup for each stream, whose state is carried from call to call. src/neural/oracle/events.rs says what features
// and codes are.
//
// Events go through the layers four at a time, so that all but the recurrent weights are read once for four of them.

// Fours of a matrix's columns, one row after the other; then the biases. src/neural/oracle/layers.rs puts them there.
@group(0) @binding(8) var<storage, read> oracle_weights: array<vec4<f32>>;
// (streams, STREAM_PREDICTIONS, STREAM_PREDICTION_WORDS)
@group(0) @binding(11) var<storage, read_write> predictions: array<u32>;
// (streams, HISTORY_WORDS)
@group(1) @binding(8) var<storage, read_write> history: array<u32>;
// (streams, ORACLE_STATE): h of the first layer, h of the second, c of the first, c of the second, outputs.
@group(1) @binding(9) var<storage, read_write> oracle_state: array<f32>;
// What is done one after the other, with a barrier before each. In a buffer, so that no compiler unrolls it.
@group(1) @binding(10) var<uniform> oracle_steps: array<LayerStep, ORACLE_STEPS>;

struct LayerStep {
    operation: u32,
    // Rows; fours of columns, or fours in all of what has no weights.
    rows: u32,
    fours: u32,
    // Fours among the weights; floats there, NONE if the rows are added to what is there.
    weights: u32,
    biases: u32,
    // Fours in `values`: of a chunk's first event, from one of its events to the next, how many further on an event's are,
    // from an event of the call to the next.
    from_at: u32,
    from_each: u32,
    from_turn: u32,
    from_call: u32,
    // Floats in `sums`, or fours in `values`: of a chunk's first event, from one of its events to the next.
    to_at: u32,
    to_each: u32,
    // How many of the steps that follow are taken beside it, each by 32 invocations.
    beside: u32,
}

var<workgroup> fresh_events: u32;
// Of the ring: pages and instructions; how many events before and after came one of the same instruction, 0 and
// ORACLE_HISTORY if none is remembered.
var<workgroup> ring_pages: array<vec2<u32>, ORACLE_HISTORY>;
var<workgroup> ring_pcs: array<u32, ORACLE_HISTORY>;
var<workgroup> ring_links: array<vec2<u32>, ORACLE_HISTORY>;
// What layers read.
var<workgroup> values: array<vec4<f32>, ORACLE_VALUES>;
// What they give: of a chunk's events, all gates.
var<workgroup> sums: array<f32, ORACLE_CHUNK * 4u * ORACLE_UNITS>;

// A page's number: 44 bits, the top byte of addresses is ignored.
fn page_of(n: u32) -> vec2<u32> {
    return ring_pages[n % ORACLE_HISTORY];
}

fn pc_of(n: u32) -> u32 {
    return ring_pcs[n % ORACLE_HISTORY];
}

// Pages from one event to another, 0 where they are too far apart.
fn near(before: u32, after: u32) -> i32 {
    var difference = u64_sub(page_of(after), page_of(before));
    difference.y = u32(i32(difference.y << 20u) >> 20u);
    let low = i32(difference.x);
    let fits = difference.y == u32(low >> 31u) && abs(low) <= i32(ORACLE_NEAR);
    return select(0, low, fits);
}

fn page_plus(n: u32, pages: i32) -> vec2<u32> {
    let page = u64_add(page_of(n), vec2<u32>(u32(pages), u32(pages >> 31u)));
    return vec2<u32>(page.x, page.y & 0xfffu);
}

// The page that a code stands for `ahead` events behind event `last`, if `known` events are remembered up to that one;
// the upper word is NONE if it stands for none.
fn code_page(last: u32, known: u32, ahead: u32, code: i32) -> vec2<u32> {
    let nothing = vec2<u32>(0u, NONE);
    if (known == 0u) {
        return nothing;
    }
    if (code == 0) {
        return page_plus(last, i32(ahead));
    }
    if (code < 0) {
        let period = u32(-code);
        let back = (period - ahead % period) % period;
        if (back >= known) {
            return nothing;
        }
        return page_plus(last - back, 0);
    }
    // The event of the code's rank: the first of its instruction when seen from behind.
    var rank = 0;
    for (var back = 0u; back < known; back += 1u) {
        let gap = ring_links[(last - back) % ORACLE_HISTORY];
        rank += i32(gap.y > back);
        if (rank == code) {
            if (gap.x == 0u) {
                return page_plus(last - back, i32(ahead));
            }
            let due = back + ahead;
            let times = max((2u * due + gap.x) / (2u * gap.x), 1u);
            return page_plus(last - back, near(last - back - gap.x, last - back) * i32(times));
        }
    }
    return nothing;
}

// The links of event n, of those from `oldest` to before `count`.
fn link(n: u32, oldest: u32, count: u32) {
    let pc = pc_of(n);
    var gap = vec2<u32>(1u);
    while (gap.x <= n - oldest && pc_of(n - gap.x) != pc) {
        gap.x += 1u;
    }
    while (n + gap.y < count && pc_of(n + gap.y) != pc) {
        gap.y += 1u;
    }
    let found = vec2<bool>(gap.x <= n - oldest, n + gap.y < count);
    ring_links[n % ORACLE_HISTORY] = select(vec2<u32>(0u, ORACLE_HISTORY), gap, found);
}

// The features of event n, before which `known` are remembered. What codes foretold begins in `sums` at `codes`.
fn event_features(n: u32, known: u32, at: u32, codes: u32, to: u32) {
    let kind = history[at + HISTORY_KIND];
    // The smallest code that foretold it, of each sign.
    var foretold = vec2<f32>(0.0);
    for (var code = ORACLE_CODES; code > 0u; code -= 1u) {
        let is = vec2<bool>(sums[codes + 2u * code - 2u] != 0.0, sums[codes + 2u * code - 1u] != 0.0);
        foretold = select(foretold, vec2<f32>(f32(code)), is);
    }
    // From the event before, from the last one of this instruction.
    let same = ring_links[n % ORACLE_HISTORY].x;
    var pages = vec2<i32>(0);
    if (known > 0u) {
        pages.x = near(n - 1u, n);
    }
    if (same > 0u) {
        pages.y = near(n - same, n);
    }
    let way = vec2<f32>(sign(pages)) * log2(1.0 + vec2<f32>(abs(pages))) * 0.125;
    values[to] = vec4<f32>(way.x, select(0.0, f32(pages.x), abs(pages.x) == 1),
        f32((kind & HISTORY_STORES) != 0u), f32((kind & (HISTORY_STALLED | HISTORY_AHEAD)) != 0u));
    values[to + 1u] = vec4<f32>(way.y, f32(same) * 0.125, foretold * 0.25);
    values[to + 2u] = vec4<f32>(f32(kind & HISTORY_SIZE) / 3.0, f32(history[at + HISTORY_LOW] & 4095u) / 4096.0, 0.0, 0.0);
    values[to + 3u] = vec4<f32>(0.0);
}

fn sigmoid(v: f32) -> f32 {
    return 1.0 / (1.0 + exp(-v));
}

// Not the built-in one, whose exponentials may overflow.
fn tangent(v: vec4<f32>) -> vec4<f32> {
    return 1.0 - 2.0 / (exp(2.0 * clamp(v, vec4<f32>(-15.0), vec4<f32>(15.0))) + 1.0);
}

// What a row's sum begins with.
fn begin_row(step: LayerStep, row: u32, to: u32) -> f32 {
    if (step.biases == NONE) {
        return sums[to];
    }
    let at = step.biases + row;
    return oracle_weights[at >> 2u][at & 3u];
}

fn four_sums(at: u32) -> vec4<f32> {
    return vec4<f32>(sums[at], sums[at + 1u], sums[at + 2u], sums[at + 3u]);
}

// Rows of an event, one for each invocation, or two where there are more rows than invocations.
fn take_rows(step: LayerStep, row: u32, event: u32, call: u32) {
    if (row >= step.rows) {
        return;
    }
    let start = step.from_at + (event + step.from_turn) % ORACLE_CHUNK * step.from_each + call * step.from_call;
    let second = select(0u, ORACLE_INVOCATIONS, step.rows > ORACLE_INVOCATIONS);
    let to = step.to_at + event * step.to_each + row;
    var one = vec4<f32>(begin_row(step, row, to), 0.0, 0.0, 0.0);
    var two = vec4<f32>(begin_row(step, row + second, to + second), 0.0, 0.0, 0.0);
    for (var k = 0u; k < step.fours; k += 4u) {
        let at = step.weights + k * step.rows + row;
        // So that all these loads are on their way together.
        let a = oracle_weights[at];
        let b = oracle_weights[at + step.rows];
        let c = oracle_weights[at + 2u * step.rows];
        let d = oracle_weights[at + 3u * step.rows];
        let e = oracle_weights[at + second];
        let f = oracle_weights[at + step.rows + second];
        let g = oracle_weights[at + 2u * step.rows + second];
        let h = oracle_weights[at + 3u * step.rows + second];
        let p = values[start + k];
        let q = values[start + k + 1u];
        let r = values[start + k + 2u];
        let s = values[start + k + 3u];
        one += (a * p + b * q) + (c * r + d * s);
        two += (e * p + f * q) + (g * r + h * s);
    }
    var first = (one.x + one.y) + (one.z + one.w);
    var last = (two.x + two.y) + (two.z + two.w);
    if (step.biases == NONE) {
        // Gates of an LSTM layer: i and f, of which half the invocations each have one, g and o.
        first = sigmoid(first);
        last = select(sigmoid(last), tangent(vec4<f32>(last)).x, row < ORACLE_UNITS);
    }
    sums[to] = first;
    if (second > 0u) {
        sums[to + second] = last;
    }
}

// What stands at four events of a chunk.
fn four_values(at: u32, each: u32) -> mat4x4<f32> {
    return mat4x4<f32>(values[at], values[at + each], values[at + 2u * each], values[at + 3u * each]);
}

// Such rows of all events of a chunk.
fn take_rows_of_chunk(step: LayerStep, row: u32, call: u32) {
    if (row >= step.rows) {
        return;
    }
    let start = step.from_at + call * step.from_call;
    let second = select(0u, ORACLE_INVOCATIONS, step.rows > ORACLE_INVOCATIONS);
    var one = vec4<f32>(begin_row(step, row, 0u));
    var two = vec4<f32>(begin_row(step, row + second, 0u));
    for (var k = 0u; k < step.fours; k += 2u) {
        let at = step.weights + k * step.rows + row;
        let a = oracle_weights[at];
        let b = oracle_weights[at + step.rows];
        let e = oracle_weights[at + second];
        let f = oracle_weights[at + step.rows + second];
        let p = four_values(start + k, step.from_each);
        let q = four_values(start + k + 1u, step.from_each);
        one += a * p + b * q;
        two += e * p + f * q;
    }
    for (var event = 0u; event < ORACLE_CHUNK; event += 1u) {
        let to = step.to_at + event * step.to_each + row;
        sums[to] = one[event];
        sums[to + second] = two[event];
    }
}

// Four units of an LSTM layer after an event.
fn take_lstm(step: LayerStep, id: u32, event: u32) {
    let at = event * 4u * ORACLE_UNITS + 4u * id;
    let cell = four_sums(at + ORACLE_UNITS) * values[step.from_at + id]
        + four_sums(at) * four_sums(at + 2u * ORACLE_UNITS);
    values[step.from_at + id] = cell;
    values[step.to_at + event * step.to_each + id] = four_sums(at + 3u * ORACLE_UNITS) * tangent(cell);
}

// Prediction n as whoever acts on it finds it.
fn predict(stream: u32, n: u32, confidence: f32, last: u32, known: u32) {
    let most = f32(ORACLE_CODES);
    let code = clamp(i32(floor(clamp(sums[n], -most, most) + most + 0.5)), 0, i32(2u * ORACLE_CODES)) - i32(ORACLE_CODES);
    let page = code_page(last, known, n + 1u, code);
    let at = (stream * STREAM_PREDICTIONS + n) * STREAM_PREDICTION_WORDS;
    if (page.y == NONE) {
        predictions[at] = 0u;
        predictions[at + 1u] = 0u;
        predictions[at + 2u] = 0u;
        predictions[at + 3u] = FATE_NONE;
        return;
    }
    var pattern = 0u;
    for (var k = 1u; k < ORACLE_PATTERNS; k += 1u) {
        if (sums[2u * ORACLE_AHEAD + k] > sums[2u * ORACLE_AHEAD + pattern]) {
            pattern = k;
        }
    }
    predictions[at] = page.x << 12u;
    predictions[at + 1u] = (page.x >> 20u) | (page.y << 12u);
    predictions[at + 2u] = bitcast<u32>(confidence);
    predictions[at + 3u] = FATE_PENDING | (pattern << PATTERN_SHIFT);
}

// Where four floats of the state stand after an event.
fn state_at(id: u32, event: u32) -> u32 {
    return select(ORACLE_SECOND_AT - ORACLE_UNIT_FOURS, ORACLE_FIRST_AT + event % ORACLE_CHUNK * ORACLE_UNIT_FOURS,
        id < ORACLE_UNIT_FOURS) + id;
}

@compute @workgroup_size(ORACLE_INVOCATIONS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let stream = group.x;
    let id = local.x;
    let history_at = stream * HISTORY_WORDS;
    let count = history[history_at + HISTORY_COUNT];
    if (id == 0u) {
        let asked = history[history_at + HISTORY_ASKED] != 0u;
        fresh_events = select(0u, min(count - history[history_at + HISTORY_INFERRED], ORACLE_HISTORY), asked);
    }
    let events = workgroupUniformLoad(&fresh_events);
    if (events == 0u) {
        return;
    }
    let first = count - events;
    let oldest = count - min(count, ORACLE_HISTORY);
    let ring_at = history_at + HISTORY_HEADER;
    if (id < ORACLE_HISTORY) {
        let at = ring_at + id * HISTORY_ENTRY_WORDS;
        let high = history[at + HISTORY_HIGH] & 0xffffffu;
        ring_pages[id] = vec2<u32>((history[at + HISTORY_LOW] >> 12u) | (high << 20u), high >> 12u);
        ring_pcs[id] = history[at + HISTORY_PC];
    }
    let state = stream * ORACLE_STATE;
    if (id < ORACLE_UNITS) {
        let at = state + 4u * id;
        values[state_at(id, ORACLE_CHUNK - 1u)] =
            vec4<f32>(oracle_state[at], oracle_state[at + 1u], oracle_state[at + 2u], oracle_state[at + 3u]);
    }
    // The event of the call that the chunk begins with, the event of the chunk.
    var call = 0u;
    var event = 0u;
    // One place where invocations wait, for drivers that pay for every such place in the text.
    for (var at = 0u; at < ORACLE_STEPS; at += 1u) {
        workgroupBarrier();
        let step = oracle_steps[at];
        let chunk = clamp(events - call, 1u, ORACLE_CHUNK);
        switch (step.operation) {
            case ORACLE_LINKS: {
                if (id < count - oldest) {
                    link(oldest + id, oldest, count);
                }
            }
            case ORACLE_FORETOLD: {
                let nth = id % ORACLE_HISTORY;
                let n = first + nth;
                if (nth < events) {
                    for (var turn = 0u; turn < 2u; turn += 1u) {
                        let code = i32(id / ORACLE_HISTORY + 1u);
                        let page = code_page(n - 1u, n - oldest, 1u, select(code, -code, turn == 1u));
                        sums[nth * 2u * ORACLE_CODES + id / ORACLE_HISTORY * 2u + turn] = f32(all(page == page_of(n)));
                    }
                }
            }
            case ORACLE_FEATURES_OF: {
                if (id < events) {
                    let n = first + id;
                    event_features(n, n - oldest, ring_at + n % ORACLE_HISTORY * HISTORY_ENTRY_WORDS,
                        id * 2u * ORACLE_CODES, id * ORACLE_FEATURE_FOURS);
                }
            }
            case ORACLE_ROWS, ORACLE_ROWS_OF_CHUNK: {
                if (step.operation == ORACLE_ROWS_OF_CHUNK && chunk > 1u) {
                    take_rows_of_chunk(step, id, call);
                } else {
                    let part = min(id / 32u, step.beside);
                    take_rows(oracle_steps[at + part], id - 32u * part, event, call);
                    at += step.beside;
                }
            }
            case ORACLE_RELU: {
                if (id < step.fours) {
                    values[step.to_at + id] = max(four_sums(4u * id), vec4<f32>(0.0));
                }
            }
            case ORACLE_LSTM: {
                if (id < ORACLE_UNIT_FOURS) {
                    take_lstm(step, id, event);
                }
                event += 1u;
                if (event < chunk) {
                    at -= 2u;
                } else {
                    event = 0u;
                    if (at == ORACLE_CHUNK_END) {
                        call += ORACLE_CHUNK;
                        at = select(at, ORACLE_CHUNK_BEGIN - 1u, call < events);
                    }
                }
            }
            default: {
                // Invocations that have a prediction's confidence.
                if (id < ORACLE_OUTPUTS) {
                    var output = sums[id];
                    let n = id - ORACLE_AHEAD;
                    if (n < ORACLE_AHEAD) {
                        output = sigmoid(output);
                        predict(stream, n, output, count - 1u, count - oldest);
                    }
                    oracle_state[state + ORACLE_OUTPUTS_AT + id] = output;
                }
            }
        }
    }
    if (id < ORACLE_UNITS) {
        let after = values[state_at(id, events - 1u)];
        let at = state + 4u * id;
        for (var k = 0u; k < 4u; k += 1u) {
            oracle_state[at + k] = after[k];
        }
    }
    if (id == 0u) {
        history[history_at + HISTORY_INFERRED] = count;
    }
}
