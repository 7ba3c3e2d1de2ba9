// Between two slices: one invocation looks at what one stream did, and says which pages are to be copied ahead, which
// copy.wgsl does. How it guesses is another file's: next.wgsl, stride.wgsl or oracle.wgsl.
//
// Only first writes count, stalls and those that found their page copied ahead: they come in the order in which the
// program reaches pages, whether or not they were foreseen.

// (streams, STREAM_PREDICTIONS, STREAM_PREDICTION_WORDS)
@group(0) @binding(11) var<storage, read_write> predictions: array<u32>;
// (streams, HISTORY_WORDS)
@group(1) @binding(8) var<storage, read_write> history: array<u32>;
// (streams, STREAM_WORDS)
@group(1) @binding(9) var<storage, read_write> streams: array<u32>;
// JOB_HEADER words, (JOBS, JOB_WORDS)
@group(1) @binding(10) var<storage, read_write> jobs: array<atomic<u32>>;

var<private> stream: u32;
// Of an entry of the stream's table.
var<private> entry: u32;
// What comes next is known for several pages.
var<private> leads: bool;

fn entry_of(n: u32) {
    entry = stream * STREAM_WORDS + STREAM_HEADER + n * STRIDE_WORDS;
}

// The entry of the access's instruction, anew if it was another's.
fn entry_find(at: u32) {
    let pc = history[at + HISTORY_PC];
    entry_of((pc >> 2u) & (STRIDES - 1u));
    if (streams[entry + STRIDE_PC] != pc) {
        for (var word = 0u; word < STRIDE_WORDS; word += 1u) {
            streams[entry + word] = 0u;
        }
        streams[entry + STRIDE_PC] = pc;
    }
}

// First write n.
fn event_at(n: u32) -> u32 {
    return stream * HISTORY_WORDS + HISTORY_FIRSTS + n % ORACLE_HISTORY * HISTORY_ENTRY_WORDS;
}

fn event_address(at: u32) -> vec2<u32> {
    return memory_untag(vec2<u32>(history[at + HISTORY_LOW], history[at + HISTORY_HIGH]));
}

fn entry_last() -> vec2<u32> {
    return vec2<u32>(streams[entry + STRIDE_LAST_LOW], streams[entry + STRIDE_LAST_HIGH]);
}

fn signed(value: i32) -> vec2<u32> {
    return vec2<u32>(u32(value), u32(value >> 31u));
}

// A difference of addresses in bytes, 0 if it is too large to follow.
fn near(difference: vec2<u32>) -> i32 {
    let low = i32(difference.x);
    let fits = difference.y == u32(low >> 31u) && abs(low) <= i32(STRIDE_MOST);
    return select(0, low, fits);
}

// Which lanes of the group wrote to a page.
fn writers(address: vec2<u32>) -> u32 {
    let number = page_number(address);
    let slot = memory_slot(slot_key(number.x, number.y), false);
    if (slot == NONE) {
        return 0u;
    }
    return atomicLoad(&slots[slot * SLOT_WORDS + 2u]) & ~atomicLoad(&slots[slot * SLOT_WORDS + 3u]);
}

fn fate_set(prediction: u32, fate: u32) {
    let at = prediction * STREAM_PREDICTION_WORDS + 3u;
    predictions[at] = (predictions[at] & ~FATE_MASK) | fate;
    atomicAdd(&status[STATUS_FATES + fate - FATE_USED], 1u);
}

// What became of a prediction, if that is known by now.
fn prediction_settle(prediction: u32) {
    let at = prediction * STREAM_PREDICTION_WORDS;
    if ((predictions[at + 3u] & FATE_MASK) != FATE_PENDING) {
        return;
    }
    let number = page_number(vec2<u32>(predictions[at], predictions[at + 1u]));
    let slot = memory_slot(slot_key(number.x, number.y), false);
    let bit = 1u << lane_column();
    if (slot == NONE || (atomicLoad(&slots[slot * SLOT_WORDS + 2u]) & bit) == 0u) {
        fate_set(prediction, FATE_DROPPED);
    } else if ((atomicLoad(&slots[slot * SLOT_WORDS + 3u]) & bit) == 0u) {
        fate_set(prediction, FATE_USED);
    }
}

// Puts a prediction in the place of the oldest.
fn predict(address: vec2<u32>, confidence: f32, pattern: u32) -> u32 {
    let issued = streams[stream * STREAM_WORDS + STREAM_ISSUED];
    streams[stream * STREAM_WORDS + STREAM_ISSUED] = issued + 1u;
    let prediction = stream * STREAM_PREDICTIONS + issued % STREAM_PREDICTIONS;
    let at = prediction * STREAM_PREDICTION_WORDS;
    if ((predictions[at + 3u] & FATE_MASK) == FATE_PENDING) {
        fate_set(prediction, FATE_WRONG);
    }
    predictions[at] = address.x;
    predictions[at + 1u] = address.y;
    predictions[at + 2u] = bitcast<u32>(confidence);
    predictions[at + 3u] = FATE_PENDING | (pattern << PATTERN_SHIFT);
    if ((writers(address) & (1u << lane_column())) != 0u) {
        fate_set(prediction, FATE_LATE);
    }
    return prediction;
}

// Asks for the pages of `count` addresses, `stride` bytes from one to the next.
fn ask(first: vec2<u32>, stride: i32, count: u32, lanes: u32, prediction: u32) {
    var address = first;
    for (var done = 0u; done < count; done += JOB_PAGES) {
        let job = atomicAdd(&jobs[JOB_COUNT], 1u);
        if (job >= JOBS) {
            atomicSub(&jobs[JOB_COUNT], 1u);
            return;
        }
        let at = JOB_HEADER + job * JOB_WORDS;
        atomicStore(&jobs[at + JOB_STREAM], stream);
        atomicStore(&jobs[at + JOB_LOW], address.x);
        atomicStore(&jobs[at + JOB_HIGH], address.y);
        atomicStore(&jobs[at + JOB_STRIDE], u32(stride));
        atomicStore(&jobs[at + JOB_LENGTH], min(count - done, JOB_PAGES));
        atomicStore(&jobs[at + JOB_LANES], lanes);
        atomicStore(&jobs[at + JOB_PREDICTION], select(NONE, prediction, done == 0u));
        address = u64_add(address, signed(stride * i32(JOB_PAGES)));
    }
}

// A first write at `address` with this much certainty behind the entry's stride: counts it.
fn entry_take(at: u32, hit: bool) {
    streams[entry + STRIDE_HITS] = select(0u, min(streams[entry + STRIDE_HITS] + 1u, 255u), hit);
    let address = event_address(at);
    streams[entry + STRIDE_LAST_LOW] = address.x;
    streams[entry + STRIDE_LAST_HIGH] = address.y;
    let stalled = u32((history[at + HISTORY_KIND] & HISTORY_STALLED) != 0u);
    streams[entry + STRIDE_FRESH] += 1u;
    streams[entry + STRIDE_STALLED] += stalled;
    streams[entry + STRIDE_BEHIND] = stalled;
}

// Copies ahead what the entry's stride leads to: twice as far as the lane would come in the next slice, and twice as far as
// before where that was too little. `scale` is how many first writes one in the history stands for, times 16.
fn entry_issue(scale: u32, lanes: u32, pattern: u32) {
    let fresh = streams[entry + STRIDE_FRESH];
    let stalled = streams[entry + STRIDE_STALLED];
    streams[entry + STRIDE_FRESH] = 0u;
    streams[entry + STRIDE_STALLED] = 0u;
    let stride = bitcast<i32>(streams[entry + STRIDE_BYTES]);
    if (stride == 0 || fresh == 0u) {
        return;
    }
    let hits = streams[entry + STRIDE_HITS];
    let before = streams[entry + STRIDE_WINDOW];
    var window = WINDOW_LEAST;
    if (hits != 0u) {
        window = max(select(before - before / 4u, before * 2u, stalled != 0u), fresh * scale * (params.flags >> FLAG_GROWTH_SHIFT) / 64u);
    }
    let most = select(WINDOW_MOST, WINDOW_LEAVE, (params.flags & FLAG_LEAVE) != 0u);
    window = clamp(window, WINDOW_LEAST, min(most, (1u << 30u) / u32(abs(stride))));
    streams[entry + STRIDE_WINDOW] = window;
    leads = leads || hits != 0u;

    let last = entry_last();
    let issued = vec2<u32>(streams[entry + STRIDE_ISSUED_LOW], streams[entry + STRIDE_ISSUED_HIGH]);
    let distance = u64_sub(issued, last);
    var lead = 0u;
    if (distance.y == u32(i32(distance.x) >> 31u)) {
        lead = u32(max(i32(distance.x) / stride, 0));
    }
    // Nothing is there where the lane had to copy, and what is far ahead was of another walk.
    lead = select(lead, 0u, streams[entry + STRIDE_BEHIND] != 0u || lead > 4u * window);
    if (lead * 4u > window * 3u) {
        return;
    }
    let first = u64_add(last, signed(i32(lead + 1u) * stride));
    let count = window - lead;
    let end = u64_add(last, signed(i32(window) * stride));
    streams[entry + STRIDE_ISSUED_LOW] = end.x;
    streams[entry + STRIDE_ISSUED_HIGH] = end.y;
    let prediction = predict(first, f32(hits) / f32(hits + 1u), pattern);
    ask(first, stride, count, lanes, prediction);
}

// Another lane of the group is looked at when the one that was has ended.
fn stream_follow() {
    let width = 1u << params.group_shift;
    let first = stream << params.group_shift;
    for (var column = 0u; column < width && first + column < params.lanes; column += 1u) {
        if (pc_out[(first + column) * 2u + 1u].x <= REASON_RESUMABLE) {
            history[stream * HISTORY_WORDS + HISTORY_COLUMN] = column;
            return;
        }
    }
}

// How the slice before ended: where some lanes left it and others did not, leaving only made them wait.
fn note_leaves() {
    let left = atomicExchange(&status[STATUS_LEFT], 0u);
    let going = atomicExchange(&status[STATUS_GOING], 0u);
    if (left != 0u) {
        atomicAdd(&status[STATUS_LEAVES], 1u);
        if (going > left) {
            atomicStore(&status[STATUS_PARTED], 1u);
        }
    }
}

// Whether the group's lanes are to leave the next slice at a page that is not copied ahead: as long as that has paid.
fn settle_leaving(count: u32, new_events: u32) {
    let at = stream * HISTORY_WORDS;
    let seen = min(new_events, ORACLE_HISTORY);
    var used = 0u;
    for (var n = count - seen; n != count; n += 1u) {
        used += u32((history[event_at(n) + HISTORY_KIND] & HISTORY_AHEAD) != 0u);
    }
    let balance_at = stream * STREAM_WORDS + STREAM_BALANCE;
    var balance = min(bitcast<i32>(streams[balance_at]) + i32(used * (new_events / seen)), i32(LEAVE_MOST));
    if (history[at + HISTORY_LEFT] != 0u) {
        balance -= i32(LEAVE_PRICE);
    } else if (balance < 0) {
        // It is tried again some time.
        balance += 1;
    }
    streams[balance_at] = bitcast<u32>(balance);
    history[at + HISTORY_LEFT] = 0u;
    history[at + HISTORY_STALLS] = 0u;
    let affords = balance + i32(LEAVE_START) >= i32(LEAVE_PRICE);
    history[at + HISTORY_LEAVE] = select(LEAVE_NEVER, select(LEAVE_UNKNOWN, LEAVE_AT_ONCE, leads), affords);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    stream = id.x;
    let groups = (params.lanes + (1u << params.group_shift) - 1u) >> params.group_shift;
    if (stream >= min(groups, STREAMS)) {
        return;
    }
    if (stream == 0u) {
        atomicStore(&jobs[JOB_FRAMES], atomicLoad(&status[STATUS_FRAMES]));
        note_leaves();
    }
    let at = stream * HISTORY_WORDS;
    lane = (stream << params.group_shift) + history[at + HISTORY_COLUMN];
    let count = history[at + HISTORY_FIRST_COUNT];
    let new_events = count - history[at + HISTORY_SEEN];
    history[at + HISTORY_SEEN] = count;
    if (new_events != 0u) {
        for (var n = 0u; n < STREAM_PREDICTIONS; n += 1u) {
            prediction_settle(stream * STREAM_PREDICTIONS + n);
        }
        leads = false;
        stream_plan(count, new_events);
        settle_leaving(count, new_events);
    }
    if (pc_out[lane * 2u + 1u].x > REASON_RESUMABLE) {
        stream_follow();
    }
}
