// What is known of a loop besides the table: the sample that the networks read, and what the proof found out about it.

@group(1) @binding(10) var<storage, read_write> samples: array<u32>;
// Entries that the networks are to be asked about: how many, and which.
@group(1) @binding(11) var<storage, read_write> loop_queue: array<atomic<u32>>;

// The instruction at an address of the lane's.
fn sample_word(pc: vec2<u32>) -> u32 {
    let page = memory_page(pc, false);
    if (page.permissions == NONE) {
        return 0u;
    }
    return memory[page.place.base + (((pc.x & 0xfffu) >> 2u) << page.place.shift)];
}

fn sample_write(at: u32, pc: vec2<u32>, length: u32) {
    samples[at + SAMPLE_LENGTH] = length;
    for (var n = 0u; n < LOOP_LENGTH; n += 1u) {
        var word = 0u;
        if (n < length) {
            word = sample_word(u64_add(pc, vec2<u32>(4u * n, 0u)));
        }
        samples[at + SAMPLE_BODY + n] = word;
        let value = registers[n * params.lanes + lane];
        samples[at + SAMPLE_REGISTERS + 2u * n] = value.x;
        samples[at + SAMPLE_REGISTERS + 2u * n + 1u] = value.y;
    }
    samples[at + SAMPLE_PROVED] = 0u;
}

// Asks the networks about an entry, unless they have been asked about enough for now.
fn sample_ask(entry: u32) {
    let place = atomicAdd(&loop_queue[0], 1u);
    if (place < LOOP_QUEUE) {
        atomicStore(&loop_queue[place + 1u], entry / LOOP_ENTRY_WORDS);
        atomicStore(&status[STATUS_ASKED], 1u);
    } else {
        atomicStore(&loop_table[entry + LOOP_STATE], LOOP_NEW);
    }
}

// Classes of the pattern recognizer.
const CLASS_NONE = 0u;
const CLASS_FILL = 1u;
const CLASS_COPY = 2u;
const CLASS_COPY_BACKWARDS = 3u;
const CLASS_SCAN = 4u;
const CLASS_COMPARE = 5u;
const CLASS_COPY_UNTIL_ZERO = 6u;
const CLASS_SUM = 7u;
const CLASS_LOGICAL = 8u;
const CLASS_EXTREME = 9u;
const CLASS_OTHER = 11u;

fn sample_class() -> u32 {
    if (stream_count == 0u) {
        return CLASS_NONE;
    }
    if (store_count != 0u) {
        var constant = true;
        var copied = true;
        for (var k = 0u; k < stream_count; k += 1u) {
            if (stream_stores(k)) {
                constant = constant && is_constant_operand(streams[k].source);
                copied = copied && (streams[k].source.kind & KIND_MASK) == LOADED;
            }
        }
        if (store_count == stream_count && constant && fold_count == 0u) {
            return CLASS_FILL;
        }
        if (!copied || fold_count != 0u) {
            return CLASS_OTHER;
        }
        if (data_exits != 0u) {
            return CLASS_COPY_UNTIL_ZERO;
        }
        return select(CLASS_COPY, CLASS_COPY_BACKWARDS, (streams[0].step.y >> 31u) == 1u);
    }
    if (fold_count != 0u) {
        let c = folds[0].control;
        if (control_datapath(c) == LOGICAL) {
            return CLASS_LOGICAL;
        }
        return select(CLASS_SUM, CLASS_EXTREME, control_arithmetic_operation(c) == CONDITIONAL_SELECT);
    }
    if (data_exits != 0u && stream_count <= 2u) {
        return select(CLASS_SCAN, CLASS_COMPARE, stream_count == 2u);
    }
    return CLASS_OTHER;
}

// The exit that counts and is met last; NONE if all depend on loads.
fn sample_exit() -> u32 {
    var last = NONE;
    for (var e = 0u; e < exit_count; e += 1u) {
        if (exits[e].kind == EXIT_ZERO || exits[e].kind == EXIT_ORDER) {
            last = e;
        }
    }
    return last;
}

// After a proof: what it says of the loop. `count` is how many iterations pass.
fn sample_label(at: u32, count: vec2<u32>) {
    let class_found = sample_class();
    var counter = NONE;
    var kind_found = 3u;
    let e = sample_exit();
    if (e != NONE) {
        var by = exits[e].a.step;
        counter = control_rn(exits[e].flag_control);
        if (exits[e].tests_register) {
            counter = control_rn(exits[e].control);
        } else if (u64_is_zero(by)) {
            by = exits[e].b.step;
            counter = control_rm(exits[e].flag_control);
        }
        kind_found = select(1u, 0u, (by.y >> 31u) == 1u);
    }
    if (class_found == CLASS_FILL) {
        kind_found = 2u;
    }
    var to = NONE;
    var from_base = NONE;
    for (var k = stream_count; k > 0u; k -= 1u) {
        let base = streams[k - 1u].info >> STREAM_BASE_SHIFT;
        to = select(to, base, stream_stores(k - 1u));
        from_base = select(base, from_base, stream_stores(k - 1u));
    }
    if (fold_count != 0u && store_count == 0u) {
        to = control_rd(folds[0].control);
    }
    samples[at + SAMPLE_CLASS] = class_found;
    samples[at + SAMPLE_TYPE] = kind_found;
    samples[at + SAMPLE_COUNTER] = counter;
    samples[at + SAMPLE_COUNT_LOW] = count.x;
    samples[at + SAMPLE_COUNT_HIGH] = count.y;
    samples[at + SAMPLE_DESTINATION] = to;
    samples[at + SAMPLE_SOURCE] = from_base;
    samples[at + SAMPLE_SIZE] = select(streams[0].info & 3u, NONE, stream_count == 0u);
    samples[at + SAMPLE_PROVED] = 1u;
}
