// A proved loop's loads and stores: pages first, then the iterations, block by block within the pages of all streams.

// Per stream, of the block at hand: where the page stands in `memory`, and the byte in it.
var<private> place_base: array<u32, LOOP_STREAMS>;
var<private> place_shift: array<u32, LOOP_STREAMS>;
var<private> offset: array<u32, LOOP_STREAMS>;
// What each stream loaded in the iteration at hand.
var<private> loaded: array<vec2<u32>, LOOP_STREAMS>;
// Whether a page found no frame: the lane pauses when it comes there itself, and says nothing about the loop.
var<private> lacks_frames: bool;
// Whether a load may touch what a store of another iteration touches.
var<private> overlaps: bool;

fn stream_size(k: u32) -> u32 {
    return 1u << (streams[k].info & 3u);
}

fn stream_stores(k: u32) -> bool {
    return (streams[k].info & STREAM_STORE) != 0u;
}

fn stream_address(k: u32, i: u32) -> vec2<u32> {
    return memory_untag(value_at(streams[k].address, streams[k].step, vec2<u32>(i, 0u)));
}

// How many iterations the stream stays in the page, whose byte `at` it touches first.
fn iterations_in_page(k: u32, at: u32) -> u32 {
    let by = i32(streams[k].step.x);
    if (by == 0) {
        return NONE;
    }
    return select((4096u - stream_size(k) - at) / u32(by), at / u32(-by), by < 0) + 1u;
}

// Bounds `n` so that steps, alignment and tags are those that the rest can rely on.
fn streams_bound(n: u32) -> u32 {
    var most = n;
    for (var k = 0u; k < stream_count; k += 1u) {
        let stream = streams[k];
        let size = select(stream.step, u64_negate(stream.step), vec2<bool>((stream.step.y >> 31u) == 1u));
        if (size.y != 0u || size.x > (1u << 20u)) {
            loop_refuse(LOOP_ADDRESS);
            return 0u;
        }
        if (((stream.address.x | stream.step.x) & (stream_size(k) - 1u)) != 0u) {
            loop_refuse(LOOP_ALIGNMENT);
            return 0u;
        }
        // So many pages are looked up, at most 257.
        most = min(most, (1u << 20u) / max(size.x, 1u) + 1u);
        let kind = stream.source.kind & KIND_MASK;
        if (stream_stores(k) && kind != AFFINE && kind != LOADED) {
            loop_refuse(LOOP_VALUE);
            return 0u;
        }
    }
    for (var k = 0u; k < stream_count; k += 1u) {
        let last = value_at(streams[k].address, streams[k].step, vec2<u32>(most, 0u));
        if ((last.y >> 24u) != (streams[k].address.y >> 24u)) {
            loop_refuse(LOOP_ALIGNMENT);
            return 0u;
        }
    }
    return most;
}

// Lowest address that the stream touches in `n` iterations, and the end.
fn stream_range(k: u32, n: u32) -> vec4<u32> {
    let first = stream_address(k, 0u);
    let last = stream_address(k, n - 1u);
    let down = (streams[k].step.y >> 31u) == 1u;
    let end = u64_add(select(last, first, vec2<bool>(down)), vec2<u32>(stream_size(k), 0u));
    return vec4<u32>(select(first, last, vec2<bool>(down)), end);
}

// Whether the loads of `n` iterations see what they would see one instruction after the other.
fn streams_in_order(n: u32) -> bool {
    overlaps = false;
    var fine = true;
    for (var s = 0u; s < stream_count; s += 1u) {
        if (!stream_stores(s)) {
            continue;
        }
        let stored = stream_range(s, n);
        for (var k = 0u; k < stream_count; k += 1u) {
            let read = stream_range(k, n);
            if (!stream_stores(k) && u64_less(stored.xy, read.zw) && u64_less(read.xy, stored.zw)) {
                overlaps = true;
                fine = fine && data_exits == 0u && (streams[k].info & STREAM_AFTER_STORE) == 0u;
            }
        }
    }
    return fine;
}

// How many of `n` iterations find all pages of their loads, or of their stores. Stores get the lane its own copies if
// `copies`; those to code end it.
fn pages_bound(n: u32, stores: bool, copies: bool) -> u32 {
    var most = n;
    let needs = select(ACCESS_READ, ACCESS_WRITE, stores);
    for (var k = 0u; k < stream_count; k += 1u) {
        if (stream_stores(k) != stores) {
            continue;
        }
        for (var i = 0u; i < most;) {
            let address = stream_address(k, i);
            let page = memory_page(address, stores && copies);
            let code = stores && page.image != NONE && page.image <= params.code_pages;
            if (page.permissions == NONE || (page.permissions & needs) == 0u || code) {
                most = i;
                break;
            }
            if (stores && copies && !page.own) {
                miss_address = address;
                miss_access = ACCESS_WRITE;
                memory_enter(page);
                if (stop_reason != REASON_RUNNING) {
                    lacks_frames = lacks_frames || stop_reason == REASON_POOL;
                    stop_reason = REASON_RUNNING;
                    event = 0u;
                    most = i;
                    break;
                }
            }
            i += min(iterations_in_page(k, address.x & 0xfffu), n - i);
        }
    }
    return most;
}

// Finds the pages of iteration i; how many iterations stay in them, of `n` at most. `writes`: of stores as well.
fn block_begin(i: u32, n: u32, writes: bool) -> u32 {
    var count = n;
    for (var k = 0u; k < stream_count; k += 1u) {
        if (!writes && stream_stores(k)) {
            continue;
        }
        let address = stream_address(k, i);
        let page = memory_page(address, false);
        place_base[k] = page.place.base;
        place_shift[k] = page.place.shift;
        offset[k] = address.x & 0xfffu;
        count = min(count, iterations_in_page(k, offset[k]));
    }
    return count;
}

fn load_streams() {
    for (var k = 0u; k < stream_count; k += 1u) {
        if (stream_stores(k)) {
            continue;
        }
        let info = streams[k].info;
        let at = offset[k];
        offset[k] += streams[k].step.x;
        let index = place_base[k] + ((at >> 2u) << place_shift[k]);
        var value = vec2<u32>(memory[index], 0u);
        if ((info & 3u) == 3u) {
            value.y = memory[index + (1u << place_shift[k])];
        } else {
            let bits = 8u << (info & 3u);
            value.x = extractBits(value.x, (at & 3u) << 3u, bits);
            if ((info & STREAM_SIGNED) != 0u) {
                value = sign_extend(value, bits);
                value.y = select(value.y, 0u, (info & STREAM_WORD) != 0u);
            }
        }
        loaded[k] = value;
    }
}

fn resolve(o: Operand, i: u32) -> vec2<u32> {
    let k = o.kind & KIND_MASK;
    if (k == LOADED) {
        return loaded[o.kind >> PAYLOAD_SHIFT];
    }
    if (k == FOLD || k == FOLDED) {
        return x[o.kind >> PAYLOAD_SHIFT];
    }
    return value_at(o.base, o.step, vec2<u32>(i, 0u));
}

// Whether no branch that depends on what was loaded leaves.
fn exits_stay() -> bool {
    var stay = true;
    for (var e = 0u; e < exit_count && stay; e += 1u) {
        if (exits[e].kind == EXIT_DATA) {
            stay = exit_stays(e, resolve(exits[e].a, 0u), resolve(exits[e].b, 0u));
        }
    }
    return stay;
}

fn run_folds(i: u32) {
    for (var f = 0u; f < fold_count; f += 1u) {
        let c = folds[f].control;
        // A choice needs the flags of its comparison first.
        let chooses = control_datapath(c) == ARITHMETIC && control_arithmetic_operation(c) == CONDITIONAL_SELECT;
        var result = U64_ZERO;
        for (var part = select(1u, 0u, chooses); part < 2u; part += 1u) {
            var control = c;
            var a = folds[f].a;
            var b = folds[f].b;
            if (part == 0u) {
                control = folds[f].flag_control;
                a = folds[f].flag_a;
                b = folds[f].flag_b;
            }
            result = evaluate(control, resolve(a, i), resolve(b, i));
        }
        x[control_rd(c)] = result;
    }
}

fn store_streams(i: u32) {
    for (var k = 0u; k < stream_count; k += 1u) {
        if (!stream_stores(k)) {
            continue;
        }
        let value = resolve(streams[k].source, i);
        let at = offset[k];
        offset[k] += streams[k].step.x;
        let index = place_base[k] + ((at >> 2u) << place_shift[k]);
        let size = streams[k].info & 3u;
        if (size >= 2u) {
            memory[index] = value.x;
            if (size == 3u) {
                memory[index + (1u << place_shift[k])] = value.y;
            }
        } else {
            memory[index] = insertBits(memory[index], value.x, (at & 3u) << 3u, 8u << size);
        }
    }
}

// Goes through `n` iterations: does what they do to memory and to the registers that fold, or finds how many of them
// stay in the loop.
fn run_iterations(n: u32, effects: bool) -> u32 {
    var shape = SHAPE_OTHER;
    if (effects) {
        shape = effect_shape();
    } else if (scans()) {
        shape = SHAPE_SCAN;
    }
    for (var i = 0u; i < n;) {
        let count = block_begin(i, n - i, effects);
        // Streams side by side may stand on two pages: then one element after the other.
        let whole = shape == SHAPE_SCAN || block_fits(count);
        if (shape == SHAPE_FILL && whole) {
            fill_block(count);
        } else if (shape == SHAPE_COPY && whole) {
            copy_block(count);
        } else if (shape == SHAPE_FOLD && whole) {
            fold_block(count);
        } else if (shape == SHAPE_SCAN) {
            let found = scan_block(count);
            if (found < count) {
                return i + found;
            }
        } else {
            for (var j = 0u; j < count; j += 1u) {
                load_streams();
                if (effects) {
                    run_folds(i + j);
                    store_streams(i + j);
                } else if (!exits_stay()) {
                    return i + j;
                }
            }
        }
        i += count;
    }
    return n;
}
