// The memory oracle: 271,124 floats, buffer 8. From a stream's accesses since it was last asked, which pages come next.
// One workgroup for each stream, an invocation for each unit of an LSTM layer, whose state is carried from call to call.
// src/neural/oracle_events.rs says what features and codes are.

// Matrices stand column by column.
@group(0) @binding(8) var<storage, read> oracle_weights: array<f32>;
// (streams, STREAM_PREDICTIONS, STREAM_PREDICTION_WORDS)
@group(0) @binding(11) var<storage, read_write> predictions: array<u32>;
// (streams, HISTORY_WORDS)
@group(1) @binding(8) var<storage, read_write> history: array<u32>;
// (streams, ORACLE_STATE): h of the first layer, h of the second, c of the first, c of the second, outputs.
@group(1) @binding(9) var<storage, read_write> oracle_state: array<f32>;
// What is done for an event, even or odd, and at the end of a call. In a buffer, so that no compiler unrolls it.
@group(1) @binding(10) var<storage, read> oracle_steps: array<Step>;

// Rows of a matrix, or for an LSTM layer of two, times what stands in `values`.
struct Step {
    // Floats among the weights, floats in `values`, columns, biases; of both matrices.
    weights: vec2<u32>,
    from_at: vec2<u32>,
    columns: vec2<u32>,
    biases: vec2<u32>,
    matrices: u32,
    // Rows, four of them for a unit of an LSTM layer.
    rows: u32,
    gates: u32,
    to_at: u32,
    // Where an LSTM layer has its cells.
    cell_at: u32,
    // From the input of one event to that of the next.
    each: u32,
    activation: u32,
    unused: u32,
}

var<workgroup> fresh_events: u32;
// Pages and instructions of the ring.
var<workgroup> ring_pages: array<vec2<u32>, ORACLE_HISTORY>;
var<workgroup> ring_pcs: array<u32, ORACLE_HISTORY>;
// Features of all events of the call, then what layers give.
var<workgroup> values: array<f32, ORACLE_VALUES>;

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
        let pc = pc_of(last - back);
        var is_first = true;
        for (var later = 0u; later < back; later += 1u) {
            is_first = is_first && pc_of(last - later) != pc;
        }
        rank += i32(is_first);
        if (is_first && rank == code) {
            let due = back + ahead;
            for (var gap = 1u; back + gap < known; gap += 1u) {
                if (pc_of(last - back - gap) == pc) {
                    let times = max((2u * due + gap) / (2u * gap), 1u);
                    return page_plus(last - back, near(last - back - gap, last - back) * i32(times));
                }
            }
            return page_plus(last - back, i32(ahead));
        }
    }
    return nothing;
}

// The features of event n, before which `known` are remembered; its words are at `at`.
fn event_features(n: u32, known: u32, at: u32, codes: u32, to: u32) {
    let kind = history[at + HISTORY_KIND];
    let pc = pc_of(n);
    var same = 1u;
    while (same <= known && pc_of(n - same) != pc) {
        same += 1u;
    }
    let page = page_of(n);
    // The smallest code that foretold it, of each sign.
    var foretold = vec2<u32>(0u);
    for (var turn = 2u * codes; turn > 0u; turn -= 1u) {
        let code = (turn + 1u) >> 1u;
        let again = turn & 1u;
        if (all(code_page(n - 1u, known, 1u, select(i32(code), -i32(code), again == 1u)) == page)) {
            foretold[again] = code;
        }
    }
    // From the event before, from the last one of this instruction.
    for (var way = 0u; way < 2u; way += 1u) {
        let back = select(1u, same, way == 1u);
        var pages = 0;
        if (back <= known) {
            pages = near(n - back, n);
        }
        values[to + 4u * way] = f32(sign(pages)) * log2(1.0 + f32(abs(pages))) * 0.125;
        if (way == 0u) {
            values[to + 1u] = select(0.0, f32(pages), abs(pages) == 1);
        }
    }
    values[to + 2u] = f32((kind & HISTORY_STORES) != 0u);
    values[to + 3u] = f32((kind & (HISTORY_STALLED | HISTORY_AHEAD)) != 0u);
    values[to + 5u] = select(0.0, f32(same) * 0.125, same <= known);
    values[to + 6u] = f32(foretold.x) * 0.25;
    values[to + 7u] = f32(foretold.y) * 0.25;
    values[to + 8u] = f32(kind & HISTORY_SIZE) / 3.0;
    values[to + 9u] = f32(history[at + HISTORY_LOW] & 4095u) / 4096.0;
}

fn sigmoid(v: f32) -> f32 {
    return 1.0 / (1.0 + exp(-v));
}

// Not the built-in one, whose exponentials may overflow.
fn tangent(v: f32) -> f32 {
    return 1.0 - 2.0 / (exp(2.0 * clamp(v, -15.0, 15.0)) + 1.0);
}

// What stands for the rows of the four gates, each so far behind the one before.
fn four_weights(at: u32, gate: u32) -> vec4<f32> {
    return vec4<f32>(oracle_weights[at], oracle_weights[at + gate], oracle_weights[at + 2u * gate],
        oracle_weights[at + 3u * gate]);
}

// One row of a step for each invocation.
fn take_step(step: Step, event: u32, row: u32) {
    if (row >= step.rows) {
        return;
    }
    var sums = vec4<f32>(0.0);
    // A layer without gates has the same row four times.
    let gate = select(0u, step.rows, step.gates == 4u);
    let column = step.rows * step.gates;
    for (var m = 0u; m < step.matrices; m += 1u) {
        var at = step.weights[m] + row;
        let from_at = step.from_at[m] + event * step.each;
        let columns = step.columns[m];
        var k = 0u;
        // So that the loads of four columns are on their way together.
        for (; k + 4u <= columns; k += 4u) {
            let a = four_weights(at, gate) * values[from_at + k];
            let b = four_weights(at + column, gate) * values[from_at + k + 1u];
            let c = four_weights(at + 2u * column, gate) * values[from_at + k + 2u];
            let d = four_weights(at + 3u * column, gate) * values[from_at + k + 3u];
            sums += (a + b) + (c + d);
            at += 4u * column;
        }
        for (; k < columns; k += 1u) {
            sums += four_weights(at, gate) * values[from_at + k];
            at += column;
        }
        sums += four_weights(step.biases[m] + row, gate);
    }
    switch (step.activation) {
        case ORACLE_RELU: {
            sums.x = max(sums.x, 0.0);
        }
        case ORACLE_SIGMOID: {
            sums.x = sigmoid(sums.x);
        }
        case ORACLE_LSTM: {
            let cell = sigmoid(sums.y) * values[step.cell_at + row] + sigmoid(sums.x) * tangent(sums.z);
            values[step.cell_at + row] = cell;
            sums.x = sigmoid(sums.w) * tangent(cell);
        }
        default: {}
    }
    values[step.to_at + row] = sums.x;
}

// Prediction n as whoever acts on it finds it.
fn predict(stream: u32, n: u32, last: u32, known: u32) {
    let most = f32(ORACLE_CODES);
    let code = clamp(i32(floor(clamp(values[ORACLE_RESULTS + n], -most, most) + most + 0.5)), 0, i32(2u * ORACLE_CODES)) - i32(ORACLE_CODES);
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
        if (values[ORACLE_RESULTS + 2u * ORACLE_AHEAD + k] > values[ORACLE_RESULTS + 2u * ORACLE_AHEAD + pattern]) {
            pattern = k;
        }
    }
    predictions[at] = page.x << 12u;
    predictions[at + 1u] = (page.x >> 20u) | (page.y << 12u);
    predictions[at + 2u] = bitcast<u32>(values[ORACLE_RESULTS + ORACLE_AHEAD + n]);
    predictions[at + 3u] = FATE_PENDING | (pattern << PATTERN_SHIFT);
}

@compute @workgroup_size(ORACLE_UNITS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) id: vec3<u32>) {
    let stream = group.x;
    let unit = id.x;
    let history_at = stream * HISTORY_WORDS;
    let count = history[history_at + HISTORY_COUNT];
    if (unit == 0u) {
        let asked = history[history_at + HISTORY_QUIET] == 0u;
        fresh_events = select(0u, min(count - history[history_at + HISTORY_INFERRED], ORACLE_HISTORY), asked);
    }
    let events = workgroupUniformLoad(&fresh_events);
    if (events == 0u) {
        return;
    }
    let first = count - events;
    let oldest = count - min(count, ORACLE_HISTORY);
    let state = stream * ORACLE_STATE;
    let ring_at = history_at + HISTORY_HEADER + unit * HISTORY_ENTRY_WORDS;
    if (unit < ORACLE_HISTORY) {
        let high = history[ring_at + HISTORY_HIGH] & 0xffffffu;
        ring_pages[unit] = vec2<u32>((history[ring_at + HISTORY_LOW] >> 12u) | (high << 20u), high >> 12u);
        ring_pcs[unit] = history[ring_at + HISTORY_PC];
    }
    // h of each layer by turns in two places: the first event reads the second.
    values[ORACLE_ODD + unit] = oracle_state[state + unit];
    values[ORACLE_ODD + ORACLE_UNITS + unit] = oracle_state[state + ORACLE_UNITS + unit];
    values[ORACLE_CELLS + unit] = oracle_state[state + 2u * ORACLE_UNITS + unit];
    values[ORACLE_CELLS + ORACLE_UNITS + unit] = oracle_state[state + 3u * ORACLE_UNITS + unit];
    let odd_last = ((events - 1u) & 1u) == 1u;
    let steps = events * ORACLE_EVENT_STEPS;
    // One place where invocations wait, for drivers that pay for every such place in the text.
    for (var phase = 0u; phase < steps + ORACLE_HEAD_STEPS + 2u; phase += 1u) {
        workgroupBarrier();
        if (phase == 0u) {
            // Invocation n takes the ring's place n.
            let n = first + ((unit - first) & (ORACLE_HISTORY - 1u));
            if (unit < ORACLE_HISTORY && n - first < events) {
                event_features(n, n - oldest, ring_at, oracle_steps[0].unused, (n - first) * ORACLE_FEATURES);
            }
        } else if (phase <= steps + ORACLE_HEAD_STEPS) {
            var index = (phase - 1u) % (2u * ORACLE_EVENT_STEPS);
            if (phase > steps) {
                index = phase - 1u - steps + 2u * ORACLE_EVENT_STEPS + select(0u, ORACLE_HEAD_STEPS, odd_last);
            }
            take_step(oracle_steps[index], (phase - 1u) / ORACLE_EVENT_STEPS, unit);
        } else if (unit < ORACLE_AHEAD) {
            predict(stream, unit, count - 1u, count - oldest);
        }
    }
    let last = select(ORACLE_EVEN, ORACLE_ODD, odd_last);
    oracle_state[state + unit] = values[last + unit];
    oracle_state[state + ORACLE_UNITS + unit] = values[last + ORACLE_UNITS + unit];
    oracle_state[state + 2u * ORACLE_UNITS + unit] = values[ORACLE_CELLS + unit];
    oracle_state[state + 3u * ORACLE_UNITS + unit] = values[ORACLE_CELLS + ORACLE_UNITS + unit];
    if (unit < ORACLE_OUTPUTS) {
        oracle_state[state + ORACLE_OUTPUTS_AT + unit] = values[ORACLE_RESULTS + unit];
    }
    if (unit == 0u) {
        history[history_at + HISTORY_INFERRED] = count;
    }
}
