// System calls that need nothing but the lane's own state, served where the lane is; the others wait for the host.
// Results are those of src/linux/syscall, to the bit: what is not plain (a buffer that is not all there, a closed
// descriptor, an odd flag) is left to it.
//
// A page that a call needs comes into the translation cache as for any access that misses it: the SVC is held, and
// executed again. So nothing of memory's text is here a second time.

// Pages of a buffer that the translation cache holds side by side.
const CALL_PAGES = CACHE_ENTRIES / 2u;

// Random bytes of a call. More of them are the host's: slices are cut by instructions, and a call is one, whatever it costs.
const CALL_RANDOM = 64u;

// Does the call of the SVC at hand, which has not retired, or leaves it to the host, or has it wait.
fn trap_serve() -> u32 {
    let refused = trap_refused;
    trap_refused = false;
    let kinds = lane_field(LANE_CALLS);
    if (kinds == 0u || refused || x[8].y != 0u) {
        return TRAP_HOST;
    }
    switch (x[8].x) {
        case NUMBER_EXIT, NUMBER_EXIT_GROUP: {
            lane_stop(REASON_ENDED, vec3<u32>(x[0].x & 0xffu, ENDED_EXIT, 0u));
            return TRAP_DONE;
        }
        case NUMBER_WRITE: {
            return call_write(kinds);
        }
        case NUMBER_BRK: {
            return call_brk(kinds);
        }
        case NUMBER_MMAP: {
            return call_mmap(kinds);
        }
        case NUMBER_READ, NUMBER_CLOCK_GETTIME, NUMBER_GETRANDOM: {
            return call_fill(kinds);
        }
        default: {
            return TRAP_HOST;
        }
    }
}

// TRAP_DONE when all bytes from `address` on are at hand for `access`.
fn call_reach(address: vec2<u32>, length: u32, access: u32) -> u32 {
    if (length > CALL_PAGES * 4096u) {
        return TRAP_HOST;
    }
    var offset = 0u;
    while (offset < length) {
        let at = u64_add(address, vec2<u32>(offset, 0u));
        let entry = cache[cache_index(at)];
        if (!entry_is_of(entry, at) || (entry.x & access) == 0u) {
            trap_pending = true;
            event = EVENT_MISS;
            miss_address = at;
            miss_access = access;
            return TRAP_WAITS;
        }
        offset += 4096u - (at.x & 0xfffu);
    }
    return TRAP_DONE;
}

// Where a word stands whose page is in the translation cache.
fn call_word(address: vec2<u32>) -> u32 {
    let entry = cache[cache_index(address)];
    return memory_word(Place(entry.z, entry.w), (address.x >> 2u) & 1023u);
}

// Appends what is written to the lane's ring: a word of length and stream, then the bytes.
fn call_write(kinds: u32) -> u32 {
    let length = x[2].x;
    let words = (length + 3u) >> 2u;
    let stream = x[0].x;
    if ((kinds & CALLS_WRITE) == 0u || stream == 0u || stream > 2u || x[2].y != 0u || length >= params.ring_words * 4u
        || words >= params.ring_words) {
        return TRAP_HOST;
    }
    let reach = call_reach(x[1], length, ACCESS_READ);
    if (reach != TRAP_DONE) {
        return reach;
    }
    let used = lane_field(LANE_RING_USED);
    if (used + words + 1u > params.ring_words) {
        lane_stop(REASON_OUTPUT, vec3<u32>(0u));
        return TRAP_WAITS;
    }
    if (length != 0u) {
        var ring_ix = (params.input_words + used) * params.lanes + lane;
        lane_io[ring_ix] = length | ((stream - 1u) << RING_STREAM_SHIFT);
        // Guest words from the one that holds the first byte on; each but the first of an unaligned buffer completes
        // a word of the ring.
        let behind = x[1].x & 3u;
        let start = u64_sub(x[1], vec2<u32>(behind, 0u));
        var last = 0u;
        for (var offset = 0u; offset < words * 4u + behind; offset += 4u) {
            var value = 0u;
            if (offset < length + behind) {
                value = memory[call_word(u64_add(start, vec2<u32>(offset, 0u)))];
            }
            let joined = select((last >> (behind * 8u)) | (value << ((32u - behind * 8u) & 31u)), value, behind == 0u);
            last = value;
            if (behind == 0u || offset != 0u) {
                ring_ix += params.lanes;
                let rest = length + select(4u, 0u, behind == 0u) - offset;
                lane_io[ring_ix] = joined & (0xffffffffu >> (32u - min(rest, 4u) * 8u));
            }
        }
        lane_set_field(LANE_RING_USED, used + words + 1u);
        atomicMax(&status[STATUS_RING_USED], used + words + 1u);
    }
    x[0] = vec2<u32>(length, 0u);
    return TRAP_DONE;
}

// The page behind the last one of so many bytes.
fn call_pages(bytes: vec2<u32>) -> u32 {
    let up = u64_add(bytes, vec2<u32>(4095u, 0u));
    return (up.x >> 12u) | (up.y << 20u);
}

// Addresses have 39 bits: page numbers fit a word.
fn call_is_far(address: vec2<u32>) -> bool {
    return address.y >= 0x80u;
}

// A heap that shrinks, or finds something in its way, is the host's.
fn call_brk(kinds: u32) -> u32 {
    let current = vec2<u32>(lane_field(LANE_BRK_LOW), lane_field(LANE_BRK_HIGH));
    let wanted = x[0];
    if ((kinds & CALLS_MEMORY) == 0u) {
        return TRAP_HOST;
    }
    if (u64_is_zero(wanted)) {
        x[0] = current;
        return TRAP_DONE;
    }
    if (call_is_far(wanted) || u64_less(wanted, current)) {
        return TRAP_HOST;
    }
    let end = call_pages(wanted);
    let pages = end - lane_field(LANE_UP_END);
    let room = lane_field(LANE_ROOM);
    if (pages != 0u) {
        if (end > lane_field(LANE_HEAP_LIMIT) || end >= lane_field(LANE_DOWN_FIRST) || pages > room) {
            return TRAP_HOST;
        }
        lane_set_field(LANE_UP_END, end);
        lane_set_field(LANE_ROOM, room - pages);
    }
    lane_set_field(LANE_BRK_LOW, wanted.x);
    lane_set_field(LANE_BRK_HIGH, wanted.y);
    return TRAP_DONE;
}

// Private pages of zeros to read and to write, wherever there is room, are put below those before; all else is the host's.
fn call_mmap(kinds: u32) -> u32 {
    let flags = x[3].x;
    let anywhere = u64_is_zero(x[0]) && u64_is_zero(x[5]) && (flags & MAP_NOT_PLAIN) == 0u;
    let zeros = (flags & MAP_ANONYMOUS) != 0u && (flags & MAP_TYPE) == MAP_PRIVATE;
    let plain = all(x[2] == vec2<u32>(PROT_READ | PROT_WRITE, 0u)) && x[3].y == 0u;
    if ((kinds & CALLS_MEMORY) == 0u || !anywhere || !zeros || !plain || call_is_far(x[1]) || u64_is_zero(x[1])) {
        return TRAP_HOST;
    }
    let pages = call_pages(x[1]);
    let room = lane_field(LANE_ROOM);
    let end = lane_field(LANE_DOWN_FIRST);
    let floor = max(lane_field(LANE_MAP_FLOOR), lane_field(LANE_UP_END));
    if (pages > room || pages > end || end - pages < floor) {
        return TRAP_HOST;
    }
    let page = end - pages;
    lane_set_field(LANE_DOWN_FIRST, page);
    lane_set_field(LANE_ROOM, room - pages);
    x[0] = vec2<u32>(page << 12u, page >> 20u);
    return TRAP_DONE;
}

var<private> chacha: array<u32, 16>;
var<private> chacha_at: u32;

fn chacha_mix(a: u32, b: u32, c: u32, d: u32) {
    // Twice: by 16 and 12, then by 8 and 7.
    for (var half = 0u; half < select(2u, 0u, params.lanes == 0u); half += 1u) {
        let first = 16u >> half;
        let second = 12u - 5u * half;
        chacha[a] += chacha[b];
        let mixed = chacha[d] ^ chacha[a];
        chacha[d] = (mixed << first) | (mixed >> (32u - first));
        chacha[c] += chacha[d];
        let folded = chacha[b] ^ chacha[c];
        chacha[b] = (folded << second) | (folded >> (32u - second));
    }
}

fn chacha_input(word: u32, block: u32) -> u32 {
    var value = 0u;
    switch (word) {
        case 0u: { value = 0x61707865u; }
        case 1u: { value = 0x3320646eu; }
        case 2u: { value = 0x79622d32u; }
        case 3u: { value = 0x6b206574u; }
        case 12u: { value = block; }
        case 14u: { value = lane_field(LANE_RANDOM_STREAM); }
        case 13u, 15u: {}
        default: { value = lane_field(LANE_RANDOM_KEY + word - 4u); }
    }
    return value;
}

// Word `word` of the lane's random stream: ChaCha with 12 rounds, in blocks of 16 words.
fn chacha_word(word: u32) -> u32 {
    if (chacha_at != (word | 15u)) {
        chacha_at = word | 15u;
        // Not known to the driver, which would unroll the loops.
        let rounds = select(14u, 0u, params.lanes == 0u);
        // Before the rounds the input is set, after them it is added.
        for (var round = 0u; round < rounds; round += 1u) {
            if (round == 0u || round == 13u) {
                for (var n = 0u; n < rounds + 2u; n += 1u) {
                    chacha[n] = chacha_input(n, word >> 4u) + select(chacha[n], 0u, round == 0u);
                }
            } else {
                // Columns, then diagonals.
                let turn = (round - 1u) & 1u;
                for (var column = 0u; column < rounds - 10u; column += 1u) {
                    chacha_mix(column, 4u + ((column + turn) & 3u), 8u + ((column + 2u * turn) & 3u),
                        12u + ((column + 3u * turn) & 3u));
                }
            }
        }
    }
    return chacha[word & 15u];
}

// Nanoseconds that a clock shows, the call at hand counted; `id` is one that there is. Ends at the largest number.
fn call_now(id: u32) -> vec2<u32> {
    let total = lane_retired();
    var now = u64_add(total, vec2<u32>(retired + 1u, 0u));
    var later = vec2<u32>(lane_field(LANE_SLEPT_LOW), lane_field(LANE_SLEPT_HIGH));
    // CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID; then CLOCK_REALTIME, CLOCK_REALTIME_COARSE, CLOCK_TAI.
    for (var step = 0u; step < select(2u, 0u, params.lanes == 0u) && id != 2u && id != 3u; step += 1u) {
        let sum = u64_add(now, later);
        now = select(sum, U64_MAX, vec2<bool>(u64_less(sum, now)));
        later = select(U64_ZERO, vec2<u32>(EPOCH_LOW, EPOCH_HIGH), vec2<bool>(id == 0u || id == 5u || id == 11u));
    }
    return now;
}

// Calls that fill a buffer of the lane with bytes from a stream of words.
fn call_fill(kinds: u32) -> u32 {
    let number = x[8].x;
    var address = x[1];
    // First byte of the stream, and how many.
    var from_byte = 0u;
    var length = 16u;
    var result = U64_ZERO;
    var words = array<u32, 4>();
    if (number == NUMBER_READ) {
        from_byte = lane_field(LANE_INPUT_AT);
        // A pipe's read ends where the pipe is full.
        let piece = min(PIPE_SIZE - from_byte % PIPE_SIZE, lane_field(LANE_INPUT_LENGTH) - from_byte);
        length = select(min(x[2].x, piece), piece, x[2].y != 0u);
        result = vec2<u32>(length, 0u);
        if ((kinds & CALLS_READ) == 0u || x[0].x != 0u) {
            return TRAP_HOST;
        }
    } else if (number == NUMBER_GETRANDOM) {
        address = x[0];
        length = x[1].x;
        result = x[1];
        let at = lane_field(LANE_RANDOM_AT);
        from_byte = at << 2u;
        if ((kinds & CALLS_RANDOM) == 0u || (x[2].x & ~7u) != 0u || x[1].y != 0u || length > CALL_RANDOM
            || at > 0x30000000u) {
            return TRAP_HOST;
        }
    } else {
        if (x[0].x > 7u && x[0].x != 11u) {
            return TRAP_HOST;
        }
        let now = call_now(x[0].x);
        let seconds = u64_div(now, vec2<u32>(1000000000u, 0u));
        words = array<u32, 4>(seconds.x, seconds.y, now.x - seconds.x * 1000000000u, 0u);
    }
    // At the end of its input a lane is told so only if its buffer is one.
    let wanted = select(length, 1u, number == NUMBER_READ && length == 0u && u64_is_zero(x[2]) == false);
    let reach = call_reach(address, wanted, ACCESS_WRITE);
    if (reach != TRAP_DONE) {
        return reach;
    }
    // Words of the stream in order; each but the first completes a word of the guest's, bytes before and behind apart.
    let behind = address.x & 3u;
    let start = u64_sub(address, vec2<u32>(behind, 0u));
    // The stream's byte that falls on the first guest word's first, plus 4 so that it is not negative.
    let first = from_byte + 4u - behind;
    let shift = (first & 3u) * 8u;
    var last = 0u;
    for (var step = 0u; length != 0u && step <= (length + behind + 3u) >> 2u; step += 1u) {
        let word = (first >> 2u) + step - 1u;
        var value = 0u;
        // Beyond the ends nothing is there, and nothing is wanted.
        if (word * 4u + 3u >= from_byte && word * 4u < from_byte + length && (first >> 2u) + step != 0u) {
            if (number == NUMBER_READ) {
                value = lane_io[lane * params.input_words + word];
            } else if (number == NUMBER_GETRANDOM) {
                value = chacha_word(word);
            } else {
                value = words[word & 3u];
            }
        }
        if (step != 0u) {
            let joined = select((last >> shift) | (value << ((32u - shift) & 31u)), last, shift == 0u);
            let offset = (step - 1u) * 4u;
            let low = select(0u, behind, offset == 0u);
            let high = min(length + behind - offset, 4u);
            let mask = (0xffffffffu >> (32u - (high - low) * 8u)) << (low * 8u);
            let index = call_word(u64_add(start, vec2<u32>(offset, 0u)));
            memory[index] = (memory[index] & ~mask) | (joined & mask);
        }
        last = value;
    }
    if (number == NUMBER_READ) {
        lane_set_field(LANE_INPUT_AT, from_byte + length);
    } else if (number == NUMBER_GETRANDOM) {
        lane_set_field(LANE_RANDOM_AT, (from_byte + length + 3u) >> 2u);
    }
    x[0] = result;
    return TRAP_DONE;
}
