// The shapes of loops that run over whole words rather than elements: fills, copies, folds, scans and compares.

const SHAPE_OTHER = 0u;
const SHAPE_FILL = 1u;
const SHAPE_COPY = 2u;
const SHAPE_FOLD = 3u;
const SHAPE_SCAN = 4u;

// The word that a store's value repeats, when it repeats one.
var<private> fill_word: u32;

fn effect_shape() -> u32 {
    if (store_count == stream_count && fold_count == 0u && fills()) {
        return SHAPE_FILL;
    }
    if (store_count * 2u == stream_count && fold_count == 0u && !overlaps && copies()) {
        return SHAPE_COPY;
    }
    if (store_count == 0u && stream_count == 1u && fold_count == 1u && folds_words()) {
        return SHAPE_FOLD;
    }
    return SHAPE_OTHER;
}

// Whether all loads, or all stores, cover the bytes between one iteration and the next, each once.
fn tiles(stores: bool) -> bool {
    let lowest = lowest_stream(stores);
    var bytes = 0u;
    for (var k = 0u; k < stream_count; k += 1u) {
        bytes += select(0u, stream_size(k), stream_stores(k) == stores);
    }
    let by = streams[lowest].step;
    let size = select(by.x, 0u - by.x, (by.y >> 31u) == 1u);
    if (bytes != size || bytes > 32u) {
        return false;
    }
    var covered = 0u;
    for (var k = 0u; k < stream_count; k += 1u) {
        if (stream_stores(k) == stores) {
            let above = u64_sub(streams[k].address, streams[lowest].address);
            if (any(streams[k].step != by) || above.y != 0u || above.x >= size) {
                return false;
            }
            covered |= (0xffffffffu >> (32u - stream_size(k))) << above.x;
        }
    }
    return covered == 0xffffffffu >> (32u - size);
}

fn lowest_stream(stores: bool) -> u32 {
    var lowest = 0u;
    var found = false;
    for (var k = 0u; k < stream_count; k += 1u) {
        if (stream_stores(k) == stores && (!found || u64_less(streams[k].address, streams[lowest].address))) {
            lowest = k;
            found = true;
        }
    }
    return lowest;
}

fn fills() -> bool {
    for (var k = 0u; k < stream_count; k += 1u) {
        let source = streams[k].source;
        if (source.kind != AFFINE || !u64_is_zero(source.step)) {
            return false;
        }
        var word = source.base.x;
        let size = stream_size(k);
        if (size == 1u) {
            word = (word & 0xffu) * 0x01010101u;
        } else if (size == 2u) {
            word = (word & 0xffffu) * 0x00010001u;
        } else if (size == 8u && source.base.y != word) {
            return false;
        }
        if (k != 0u && word != fill_word) {
            return false;
        }
        fill_word = word;
    }
    return tiles(true);
}

// The bytes of `count` iterations of tiling streams, from the byte in the page on.
fn block_bytes(k: u32, count: u32) -> vec2<u32> {
    let by = i32(streams[k].step.x);
    let size = u32(abs(by));
    let first = select(offset[k], offset[k] - (count - 1u) * size, by < 0);
    return vec2<u32>(first, first + count * size);
}

// Whether the bytes of all tiling loads are in one page, and those of all tiling stores.
fn block_fits(count: u32) -> bool {
    let loads = block_bytes(lowest_stream(false), count);
    let stores = block_bytes(lowest_stream(true), count);
    return loads.y <= 4096u && stores.y <= 4096u;
}

// Keeps the bytes of a word that lie outside of first .. end.
fn write_part(index: u32, word: u32, first: u32, end: u32, value: u32) {
    let low = max(first, word << 2u) & 3u;
    let high = min(end - (word << 2u), 4u);
    let mask = (0xffffffffu >> (32u - (high - low) * 8u)) << (low * 8u);
    memory[index] = (memory[index] & ~mask) | (value & mask);
}

fn fill_block(count: u32) {
    let k = lowest_stream(true);
    let bytes = block_bytes(k, count);
    let base = place_base[k];
    let shift = place_shift[k];
    let value = fill_word;
    var word = bytes.x >> 2u;
    if ((bytes.x & 3u) != 0u) {
        write_part(base + (word << shift), word, bytes.x, bytes.y, value);
        word += 1u;
    }
    let end = bytes.y >> 2u;
    var index = base + (word << shift);
    let stride = 1u << shift;
    for (; word + 4u <= end; word += 4u) {
        memory[index] = value;
        memory[index + stride] = value;
        memory[index + 2u * stride] = value;
        memory[index + 3u * stride] = value;
        index += 4u * stride;
    }
    for (; word < end; word += 1u) {
        memory[index] = value;
        index += stride;
    }
    if ((word << 2u) < bytes.y) {
        write_part(index, word, bytes.x, bytes.y, value);
    }
}

// Whether every store stores what the load of its own place loaded, byte for byte.
fn copies() -> bool {
    if (!tiles(true) || !tiles(false)) {
        return false;
    }
    let to = lowest_stream(true);
    let from_ix = lowest_stream(false);
    if (any(streams[to].step != streams[from_ix].step)) {
        return false;
    }
    for (var k = 0u; k < stream_count; k += 1u) {
        if (!stream_stores(k)) {
            continue;
        }
        let source = streams[k].source.kind;
        let other = source >> PAYLOAD_SHIFT;
        if ((source & KIND_MASK) != LOADED || stream_size(other) != stream_size(k)
            || any(u64_sub(streams[k].address, streams[to].address)
                != u64_sub(streams[other].address, streams[from_ix].address))) {
            return false;
        }
    }
    return true;
}

// Four words of a lane: loads that do not wait for each other, which is what a lane alone needs most.
fn four_words(index: u32, stride: u32) -> vec4<u32> {
    return vec4<u32>(memory[index], memory[index + stride], memory[index + 2u * stride], memory[index + 3u * stride]);
}

fn set_four_words(index: u32, stride: u32, words: vec4<u32>) {
    memory[index] = words.x;
    memory[index + stride] = words.y;
    memory[index + 2u * stride] = words.z;
    memory[index + 3u * stride] = words.w;
}

// A copied word for each source word and the one after it.
fn joined(low: vec4<u32>, high: vec4<u32>, turn: u32) -> vec4<u32> {
    return select((low >> vec4<u32>(turn)) | (high << vec4<u32>((32u - turn) & 31u)), low, turn == 0u);
}

fn copy_block(count: u32) {
    let to = lowest_stream(true);
    let from_ix = lowest_stream(false);
    let bytes = block_bytes(to, count);
    let source = block_bytes(from_ix, count);
    let to_shift = place_shift[to];
    let from_shift = place_shift[from_ix];
    let turn = ((source.x - bytes.x) & 3u) << 3u;
    // The source's word that holds the first byte of the destination's word; it may be before the page's first.
    var read = i32(source.x >> 2u) - select(0, 1, (source.x & 3u) < (bytes.x & 3u));
    let last_word = (source.y - 1u) >> 2u;
    var low = 0u;
    if (read >= 0) {
        low = memory[place_base[from_ix] + (u32(read) << from_shift)];
    }
    let from_stride = 1u << from_shift;
    let to_stride = 1u << to_shift;
    for (var word = bytes.x >> 2u; (word << 2u) < bytes.y; word += 1u) {
        while ((word << 2u) >= bytes.x && ((word + 8u) << 2u) <= bytes.y && u32(read + 8) <= last_word) {
            let index = place_base[from_ix] + (u32(read + 1) << from_shift);
            let first = four_words(index, from_stride);
            let second = four_words(index + 4u * from_stride, from_stride);
            let place = place_base[to] + (word << to_shift);
            set_four_words(place, to_stride, joined(vec4<u32>(low, first.xyz), first, turn));
            set_four_words(place + 4u * to_stride, to_stride, joined(vec4<u32>(first.w, second.xyz), second, turn));
            low = second.w;
            read += 8;
            word += 8u;
        }
        if ((word << 2u) >= bytes.y) {
            break;
        }
        var value = low;
        read += 1;
        if (u32(read) <= last_word) {
            low = memory[place_base[from_ix] + (u32(read) << from_shift)];
        }
        if (turn != 0u) {
            value = (value >> turn) | (low << (32u - turn));
        }
        let index = place_base[to] + (word << to_shift);
        if ((word << 2u) >= bytes.x && (word << 2u) + 4u <= bytes.y) {
            memory[index] = value;
        } else {
            write_part(index, word, bytes.x, bytes.y, value);
        }
    }
}

// Sums and logical folds of what one stream loads, without a shift.
fn folds_words() -> bool {
    let c = folds[0].control;
    let kernel = control_datapath(c);
    let plain = !control_has(c, SHIFTED | SET_FLAGS) && u64_is_zero(control_immediate(c));
    let sums = kernel == ARITHMETIC && control_arithmetic_operation(c) == 0u;
    let logic = kernel == LOGICAL && !control_has(c, KEEP | INVERT);
    return plain && (folds[0].a.kind & KIND_MASK) != AFFINE && (folds[0].b.kind & KIND_MASK) != AFFINE && (sums || logic)
        && (streams[0].info & STREAM_SIGNED) == 0u && tiles(false);
}

fn fold_word(sum: vec2<u32>, value: vec2<u32>, kernel: u32, terms: vec2<u32>) -> vec2<u32> {
    if (kernel == ARITHMETIC) {
        return u64_add(sum, value);
    }
    return (sum & value & vec2<u32>(terms.x)) | ((sum ^ value) & vec2<u32>(terms.y));
}

// Sums of the bytes of words, two to a word, at most 510 each.
fn byte_pairs(words: vec4<u32>) -> vec4<u32> {
    return (words & vec4<u32>(0x00ff00ffu)) + ((words >> vec4<u32>(8u)) & vec4<u32>(0x00ff00ffu));
}

fn fold_block(count: u32) {
    let c = folds[0].control;
    let d = control_rd(c);
    let size = stream_size(0u);
    let bytes = block_bytes(0u, count);
    let base = place_base[0];
    let shift = place_shift[0];
    let kernel = control_datapath(c);
    let terms = vec2<u32>(control_mask(c, AND_TERM), control_mask(c, EOR_TERM));
    // A difference is the complement of a sum: a - b = ~(~a + b).
    let subtracts = kernel == ARITHMETIC && control_has(c, INVERT);
    var sum = x[d];
    sum = select(sum, ~sum, vec2<bool>(subtracts));
    if (size == 8u) {
        var index = base + ((bytes.x >> 2u) << shift);
        let stride = 1u << shift;
        var left = count;
        for (; left >= 8u; left -= 8u) {
            let v0 = four_words(index, stride);
            let v1 = four_words(index + 4u * stride, stride);
            let v2 = four_words(index + 8u * stride, stride);
            let v3 = four_words(index + 12u * stride, stride);
            sum = fold_word(fold_word(sum, v0.xy, kernel, terms), v0.zw, kernel, terms);
            sum = fold_word(fold_word(sum, v1.xy, kernel, terms), v1.zw, kernel, terms);
            sum = fold_word(fold_word(sum, v2.xy, kernel, terms), v2.zw, kernel, terms);
            sum = fold_word(fold_word(sum, v3.xy, kernel, terms), v3.zw, kernel, terms);
            index += 16u * stride;
        }
        for (; left > 0u; left -= 1u) {
            sum = fold_word(sum, vec2<u32>(memory[index], memory[index + stride]), kernel, terms);
            index += 2u * stride;
        }
    } else {
        let bits = size << 3u;
        let stride = 1u << shift;
        for (var at = bytes.x; at < bytes.y;) {
            while (kernel == ARITHMETIC && size == 1u && (at & 3u) == 0u && bytes.y - at >= 64u) {
                let index = base + ((at >> 2u) << shift);
                let pairs = byte_pairs(four_words(index, stride)) + byte_pairs(four_words(index + 4u * stride, stride))
                    + byte_pairs(four_words(index + 8u * stride, stride))
                    + byte_pairs(four_words(index + 12u * stride, stride));
                let all_pairs = pairs.x + pairs.y + pairs.z + pairs.w;
                sum = u64_add(sum, vec2<u32>((all_pairs & 0xffffu) + (all_pairs >> 16u), 0u));
                at += 64u;
            }
            if (at >= bytes.y) {
                break;
            }
            var word = memory[base + ((at >> 2u) << shift)] >> ((at & 3u) << 3u);
            let end = min(bytes.y, (at & ~3u) + 4u);
            if (kernel == ARITHMETIC && size == 1u && end - at == 4u) {
                let pairs = (word & 0x00ff00ffu) + ((word >> 8u) & 0x00ff00ffu);
                sum = u64_add(sum, vec2<u32>((pairs & 0xffffu) + (pairs >> 16u), 0u));
                at = end;
            } else {
                for (; at < end; at += size) {
                    sum = fold_word(sum, vec2<u32>(extractBits(word, 0u, bits), 0u), kernel, terms);
                    word = select(word >> (bits & 31u), 0u, bits == 32u);
                }
            }
        }
    }
    sum = select(sum, ~sum, vec2<bool>(subtracts));
    x[d] = vec2<u32>(sum.x, sum.y & control_mask(c, SF));
}

// Whether the fold is of a value that advances, and adds it: there is a formula for it.
fn sums_affine(f: u32) -> bool {
    let c = folds[f].control;
    return control_datapath(c) == ARITHMETIC && !control_has(c, SHIFTED | ARITHMETIC_OPERATION_BITS)
        && (folds[f].a.kind == AFFINE || folds[f].b.kind == AFFINE);
}

// Folds values that advance over `n` iterations of a loop without loads and stores.
fn fold_affine(n: vec2<u32>) {
    for (var f = 0u; f < fold_count; f += 1u) {
        let c = folds[f].control;
        let d = control_rd(c);
        var value = folds[f].a;
        if (value.kind != AFFINE) {
            value = folds[f].b;
        }
        var sum = x[d];
        if (sums_affine(f)) {
            // Plus n * base + step * n * (n - 1) / 2, with an immediate for Rm of zero.
            let before = u64_sub(n, U64_ONE);
            let odd = (n.x & 1u) == 1u;
            let pairs = u64_mul(select(u64_shr(n, 1u), n, vec2<bool>(odd)), select(before, u64_shr(before, 1u), vec2<bool>(odd)));
            let more = u64_add(u64_mul(n, value.base | control_immediate(c)), u64_mul(value.step, pairs));
            sum = select(u64_add(sum, more), u64_sub(sum, more), vec2<bool>(control_has(c, INVERT)));
        } else {
            let invert = vec2<u32>(control_mask(c, INVERT));
            let terms = vec2<u32>(control_mask(c, AND_TERM), control_mask(c, EOR_TERM));
            var next_value = value.base | control_immediate(c);
            for (var i = 0u; i < n.x; i += 1u) {
                sum = fold_word(sum, next_value ^ invert, LOGICAL, terms);
                next_value = u64_add(next_value, value.step);
            }
        }
        x[d] = vec2<u32>(sum.x, sum.y & control_mask(c, SF));
    }
}

// How many iterations the folds of a loop without loads and stores are done for at once; 0 when one is not known.
fn affine_folds_bound(n: vec2<u32>) -> vec2<u32> {
    var most = n;
    for (var f = 0u; f < fold_count; f += 1u) {
        let c = folds[f].control;
        if (sums_affine(f)) {
            continue;
        }
        if (control_datapath(c) != LOGICAL || control_has(c, SHIFTED | KEEP)) {
            return U64_ZERO;
        }
        most = select(most, vec2<u32>(min(most.x, LOOP_BULK), 0u), vec2<bool>(most.y == 0u));
        most = select(most, vec2<u32>(LOOP_BULK, 0u), vec2<bool>(most.y != 0u));
    }
    return most;
}

// What one data exit on equality compares: the streams, or a stream and a constant.
var<private> scan_first: u32;
var<private> scan_second: u32;
var<private> scan_value: vec2<u32>;
var<private> scan_leaves_if_equal: bool;

// Whether the only exit on data is on equality of what one forward stream loads with a constant, or with another's.
fn scans() -> bool {
    if (data_exits != 1u) {
        return false;
    }
    var e = 0u;
    while (exits[e].kind != EXIT_DATA) {
        e += 1u;
    }
    let a = exits[e].a;
    let b = exits[e].b;
    let c = exits[e].control;
    var equal_taken = !control_has(c, BRANCH_IF_NONZERO);
    scan_value = U64_ZERO;
    scan_second = NONE;
    var wide = control_has(c, BRANCH_TEST_WIDE);
    if (!exits[e].tests_register) {
        let f = exits[e].flag_control;
        let truth = control_condition(c);
        equal_taken = truth == CONDITION_TRUTH[0];
        let equality = equal_taken || truth == CONDITION_TRUTH[1];
        if (!equality || !control_has(f, INVERT) || control_has(f, SHIFTED)) {
            return false;
        }
        wide = control_has(f, SF);
        if ((b.kind & KIND_MASK) == LOADED) {
            scan_second = b.kind >> PAYLOAD_SHIFT;
        } else {
            scan_value = b.base | control_immediate(f);
        }
    } else if (control_tested(c) != 0xffffffffu) {
        return false;
    }
    if ((a.kind & KIND_MASK) != LOADED) {
        return false;
    }
    scan_first = a.kind >> PAYLOAD_SHIFT;
    scan_leaves_if_equal = equal_taken != exits[e].stays_if_taken;
    let size = stream_size(scan_first);
    if (!forward(scan_first, size) || (size == 8u && !wide)) {
        return false;
    }
    if (scan_second != NONE) {
        return forward(scan_second, size);
    }
    scan_value.y = select(0u, scan_value.y, wide);
    return true;
}

fn forward(k: u32, size: u32) -> bool {
    return stream_size(k) == size && streams[k].step.x == size && streams[k].step.y == 0u
        && (streams[k].info & STREAM_SIGNED) == 0u;
}

fn element(k: u32, at: u32, size: u32) -> vec2<u32> {
    let index = place_base[k] + ((at >> 2u) << place_shift[k]);
    if (size == 8u) {
        return vec2<u32>(memory[index], memory[index + (1u << place_shift[k])]);
    }
    return vec2<u32>(extractBits(memory[index], (at & 3u) << 3u, size << 3u), 0u);
}

// Not 0 where a byte of a word is 0.
fn zero_bytes(words: vec4<u32>) -> vec4<u32> {
    return (words - vec4<u32>(0x01010101u)) & ~words & vec4<u32>(0x80808080u);
}

// How many of `count` iterations stay, all of them within the pages at hand.
fn scan_block(count: u32) -> u32 {
    let size = stream_size(scan_first);
    let pair = scan_second != NONE;
    let second = select(scan_first, scan_second, pair);
    var at = offset[scan_first];
    var other = offset[second];
    let end = at + count * size;
    // Bytes that a whole word can be looked at for: all equal, or none equal to a byte.
    let words = select(size == 1u && scan_leaves_if_equal, size <= 4u && !scan_leaves_if_equal && ((at ^ other) & 3u) == 0u,
        pair);
    let pattern = scan_value.x * 0x01010101u;
    let whole = words && (pair || scan_value.x < 256u);
    let stride = 1u << place_shift[scan_first];
    let other_stride = 1u << place_shift[second];
    loop {
        while (whole && (at & 3u) == 0u && at + 64u <= end) {
            let index = place_base[scan_first] + ((at >> 2u) << place_shift[scan_first]);
            let v0 = four_words(index, stride);
            let v1 = four_words(index + 4u * stride, stride);
            let v2 = four_words(index + 8u * stride, stride);
            let v3 = four_words(index + 12u * stride, stride);
            var ends = vec4<u32>(0u);
            if (pair) {
                let against = place_base[second] + ((other >> 2u) << place_shift[second]);
                ends = (v0 ^ four_words(against, other_stride))
                    | (v1 ^ four_words(against + 4u * other_stride, other_stride))
                    | (v2 ^ four_words(against + 8u * other_stride, other_stride))
                    | (v3 ^ four_words(against + 12u * other_stride, other_stride));
            } else {
                ends = zero_bytes(v0 ^ vec4<u32>(pattern)) | zero_bytes(v1 ^ vec4<u32>(pattern))
                    | zero_bytes(v2 ^ vec4<u32>(pattern)) | zero_bytes(v3 ^ vec4<u32>(pattern));
            }
            if (any(ends != vec4<u32>(0u))) {
                break;
            }
            at += 64u;
            other += 64u;
        }
        if (at >= end) {
            break;
        }
        if (whole && (at & 3u) == 0u && end - at >= 4u) {
            let word = memory[place_base[scan_first] + ((at >> 2u) << place_shift[scan_first])];
            var passes = false;
            if (pair) {
                passes = word == memory[place_base[second] + ((other >> 2u) << place_shift[second])];
            } else {
                passes = zero_bytes(vec4<u32>(word ^ pattern)).x == 0u;
            }
            if (passes) {
                at += 4u;
                other += 4u;
                continue;
            }
        }
        var compared = scan_value;
        if (pair) {
            compared = element(second, other, size);
        }
        if (all(element(scan_first, at, size) == compared) == scan_leaves_if_equal) {
            break;
        }
        at += size;
        other += size;
    }
    return (at - offset[scan_first]) / size;
}
