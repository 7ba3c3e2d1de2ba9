// Runs hot loops as a whole: between slices, one invocation for each lane that the interpreter left at the head of a loop.
//
// A lane moves on by whole iterations only, all of them proved to stay in the loop, not to fault, and to end before the
// lane's limit; and by one less than that. The last of them is left to the interpreter: it computes again whatever is
// not carried from one iteration to the next, the flags too, and meets the exit, the fault or the limit itself.

// Entries of LOOP_ENTRY_WORDS, found by hashing.
@group(0) @binding(10) var<storage, read_write> loop_table: array<atomic<u32>>;

// The entry of a closing branch; NONE when the table is full.
fn loop_entry(branch: u32) -> u32 {
    var slot = (branch * 0x9e3779b1u) >> 24u;
    for (var probe = 0u; probe < LOOP_ENTRIES; probe += 1u) {
        let at = (slot % LOOP_ENTRIES) * LOOP_ENTRY_WORDS;
        var found = atomicLoad(&loop_table[at]);
        if (found == 0u) {
            let exchanged = atomicCompareExchangeWeak(&loop_table[at], 0u, branch + 1u);
            found = select(exchanged.old_value, branch + 1u, exchanged.exchanged);
            if (found == 0u) {
                // The weak form may fail without cause.
                continue;
            }
        }
        if (found == branch + 1u) {
            return at;
        }
        slot += 1u;
    }
    return NONE;
}

var<private> guessed: array<vec2<u32>, REGISTERS>;

// Finds how registers advance. First none of them does, which shows by how much they may; what does not come true with
// that may still fold, which the last round has to confirm.
fn analyse() {
    for (var n = 0u; n < REGISTERS; n += 1u) {
        guessed[n] = U64_ZERO;
    }
    kind[ZR] = AFFINE;
    step[ZR] = U64_ZERO;
    kind[CODE_BASE] = AFFINE;
    step[CODE_BASE] = U64_ZERO;
    x[CODE_BASE] = u64_sub(program_counter[lane].xy, vec2<u32>(loop_head << 2u, loop_head >> 30u));
    var folding = 0u;
    var wrong = 0u;
    for (var round = 0u; round < 3u && refusal == LOOP_OK; round += 1u) {
        for (var n = 0u; n < REGISTERS; n += 1u) {
            set_value(n, registers[n * params.lanes + lane], guessed[n]);
            if (((folding >> n) & 1u) != 0u) {
                set_kind(n, FOLD, n);
            }
        }
        x[ZR] = U64_ZERO;
        body_follow();
        let carried = read_first & written;
        wrong = 0u;
        for (var n = 0u; n < REGISTERS; n += 1u) {
            let by = u64_sub(x[n], registers[n * params.lanes + lane]);
            let bit = (carried >> n) & 1u;
            if (bit != 0u && round == 0u && kind[n] == AFFINE) {
                guessed[n] = by;
            }
            let advances = kind[n] == AFFINE && all(step[n] == guessed[n]) && all(by == guessed[n]);
            let folds_here = kind[n] == (FOLDED | (n << PAYLOAD_SHIFT));
            wrong |= select(bit << n, 0u, advances || folds_here);
            if (bit != 0u && !advances && (round == 1u || kind[n] != AFFINE)) {
                guessed[n] = U64_ZERO;
                folding |= 1u << n;
            }
        }
        if (round == 1u && wrong == 0u) {
            break;
        }
    }
    if (wrong != 0u) {
        loop_refuse(LOOP_RECURRENCE);
    }
}

const PHASE_READ = 0u;
const PHASE_EXITS = 1u;
const PHASE_WRITE = 2u;
const PHASE_EFFECTS = 3u;

// How many iterations pass until an exit that does not depend on loads is met, or the cycle limit.
var<private> until_left: vec2<u32>;

// How many iterations the lane can make that are sure to be whole. If it `runs`, all but the last of them are done to
// memory and to the registers that fold.
fn whole_iterations(limit: vec2<u32>, runs: bool) -> vec2<u32> {
    bound = limit;
    bound_by_ranges();
    bound_by_exits();
    until_left = bound;
    for (var r = 0u; r < REGISTERS; r += 1u) {
        x[r] = registers[r * params.lanes + lane];
    }
    if (stream_count == 0u || refusal != LOOP_OK) {
        bound = affine_folds_bound(bound);
        if (runs && refusal == LOOP_OK && u64_less(U64_ONE, bound)) {
            fold_affine(u64_sub(bound, U64_ONE));
        }
        return bound;
    }
    var n = select(min(bound.x, LOOP_BULK), LOOP_BULK, bound.y != 0u);
    n = streams_bound(n);
    for (var phase = PHASE_READ; phase <= PHASE_EFFECTS && n >= 2u && refusal == LOOP_OK; phase += 1u) {
        if (phase == PHASE_READ || phase == PHASE_WRITE) {
            if (phase == PHASE_WRITE && !streams_in_order(n)) {
                loop_refuse(LOOP_ALIAS);
                break;
            }
            n = pages_bound(n, phase == PHASE_WRITE, runs);
            if (n < 2u) {
                loop_refuse(LOOP_PAGE);
            }
        } else if (phase == PHASE_EXITS && data_exits != 0u) {
            n = run_iterations(n, false);
        } else if (phase == PHASE_EFFECTS && runs && store_count + fold_count != 0u) {
            _ = run_iterations(n - 1u, true);
        }
    }
    return vec2<u32>(n, 0u);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    lane = id.x;
    if (lane >= params.lanes) {
        return;
    }
    let noticed = lane_field(LANE_LOOP);
    if (noticed == 0u || pc_out[lane * 2u + 1u].x != REASON_RUNNING) {
        return;
    }
    lane_set_field(LANE_LOOP, 0u);
    loop_close = noticed - 1u;
    loop_head = loop_close + control_displacement(control_words[loop_close]);
    let length = loop_close - loop_head + 1u;
    let entry = loop_entry(loop_close);
    if (entry == NONE) {
        return;
    }
    memory_forget();
    stop_reason = REASON_RUNNING;
    let pc = program_counter[lane].xy;
    let sample = entry / LOOP_ENTRY_WORDS * SAMPLE_WORDS;
    let asks = (params.flags & FLAG_ASK) != 0u;
    let first = atomicCompareExchangeWeak(&loop_table[entry + LOOP_STATE], LOOP_NEW, LOOP_SEEN);
    if (first.exchanged) {
        sample_write(sample, pc, length);
    }
    atomicStore(&loop_table[entry + LOOP_PC_LOW], pc.x);
    atomicStore(&loop_table[entry + LOOP_PC_HIGH], pc.y);
    atomicStore(&loop_table[entry + LOOP_BODY], length);

    if (asks && first.old_value != LOOP_WORTH) {
        if (first.exchanged) {
            sample_ask(entry);
        }
        return;
    }
    refusal = LOOP_OK;
    let total = lane_retired();
    let limit = lane_limit();
    analyse();
    let runs = (params.flags & FLAG_PROVE_ONLY) == 0u;
    var n = U64_ZERO;
    if (refusal == LOOP_OK) {
        n = whole_iterations(u64_div(u64_sub(limit, total), vec2<u32>(length, 0u)), runs);
        if (refusal == LOOP_OK && n.y == 0u && n.x < 2u) {
            refusal = LOOP_SHORT;
        }
    }
    var skipped = U64_ZERO;
    if (refusal == LOOP_OK) {
        atomicAdd(&loop_table[entry + LOOP_PROVED], 1u);
        let iterations = u64_sub(n, U64_ONE);
        skipped = u64_mul(iterations, vec2<u32>(length, 0u));
        if (runs) {
            advance(iterations);
            let after = u64_add(total, skipped);
            lane_set_field(LANE_RETIRED_LOW, after.x);
            lane_set_field(LANE_RETIRED_HIGH, after.y);
            if (skipped.y != 0u || skipped.x >= LOOP_GAIN) {
                atomicStore(&status[STATUS_GAINED], 1u);
            }
            let before = atomicAdd(&loop_table[entry + LOOP_SKIPPED_LOW], skipped.x);
            let carry = select(0u, 1u, before + skipped.x < before);
            atomicAdd(&loop_table[entry + LOOP_SKIPPED_HIGH], skipped.y + carry);
            if (atomicLoad(&loop_table[entry + LOOP_GAINED]) < LOOP_GAIN_ENOUGH) {
                atomicAdd(&loop_table[entry + LOOP_GAINED], select(min(skipped.x, LOOP_GAIN_MOST), LOOP_GAIN_MOST, skipped.y != 0u));
            }
        }
        if (first.exchanged) {
            sample_label(sample, select(until_left, n, vec2<bool>(data_exits != 0u)));
        }
    } else {
        atomicAdd(&loop_table[entry + LOOP_REFUSED], 1u);
        atomicStore(&loop_table[entry + LOOP_REASON], refusal);
    }
    if (lacks_frames) {
        return;
    }
    let visits = atomicAdd(&loop_table[entry + LOOP_VISITS], 1u) + 1u;
    let wanted = min(visits, LOOP_GAIN_ENOUGH / LOOP_GAIN) * LOOP_GAIN;
    let useless = visits >= LOOP_TRIALS && atomicLoad(&loop_table[entry + LOOP_GAINED]) < wanted;
    if (useless || (refusal != LOOP_OK && refusal <= LOOP_STATIC)) {
        // Whoever writes here writes the same.
        atomicStore(&loop_table[entry + LOOP_RETIRED], 1u);
        control_words[loop_close] = control_without(control_words[loop_close], BRANCH_BACK);
    }
}

// Takes the registers over `iterations`; those that fold have been folded.
fn advance(iterations: vec2<u32>) {
    for (var n = 0u; n < REGISTERS; n += 1u) {
        let by = guessed[n];
        if (any(by != U64_ZERO)) {
            registers[n * params.lanes + lane] = value_at(registers[n * params.lanes + lane], by, iterations);
        }
    }
    for (var f = 0u; f < fold_count; f += 1u) {
        let d = control_rd(folds[f].control);
        registers[d * params.lanes + lane] = x[d];
    }
}
