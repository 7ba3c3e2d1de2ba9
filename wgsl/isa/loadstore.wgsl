// LOADSTORE: one address path, one read path and one write path for single registers, pairs, exclusives and atomics.
// Nothing is changed before every page of the access is in the translation cache.

// Where an access lies: its first word within the page, and the places of that page and of the next.
struct Span {
    word: u32,
    here: Place,
    next: Place,
}

fn span_index(span: Span, offset: u32) -> u32 {
    let word = span.word + offset;
    return select(memory_word(span.here, word), memory_word(span.next, word - 1024u), word >= 1024u);
}

// `bits` is 8, 16, 32 or 64.
fn size_mask(bits: u32) -> vec2<u32> {
    return vec2<u32>(select((1u << (bits & 31u)) - 1u, 0xffffffffu, bits >= 32u), select(0u, 0xffffffffu, bits == 64u));
}

// `bits` from bit `skip` (0, 8, 16, 24) of the words from `offset` on.
fn span_read(span: Span, offset: u32, skip: u32, bits: u32) -> vec2<u32> {
    var v = vec2<u32>(memory[span_index(span, offset)], 0u);
    if (skip + bits > 32u) {
        v.y = memory[span_index(span, offset + 1u)];
    }
    if (skip != 0u) {
        v = u64_shr(v, skip);
        if (skip + bits > 64u) {
            v.y |= memory[span_index(span, offset + 2u)] << (32u - skip);
        }
    }
    return v & size_mask(bits);
}

fn span_write(span: Span, offset: u32, skip: u32, bits: u32, value: vec2<u32>) {
    let mask = size_mask(bits);
    let low_mask = u64_shl(mask, skip);
    let low = u64_shl(value & mask, skip);
    // What the shift pushed out at the top.
    let top_mask = u64_shr(mask, 32u).x >> ((32u - skip) & 31u);
    var data = vec3<u32>(low, value.y >> ((32u - skip) & 31u));
    var keep = ~vec3<u32>(low_mask, select(0u, top_mask, skip != 0u));
    for (var word = offset; keep.x != 0xffffffffu; word += 1u) {
        let index = span_index(span, word);
        memory[index] = (memory[index] & keep.x) | (data.x & ~keep.x);
        data = vec3<u32>(data.yz, 0u);
        keep = vec3<u32>(keep.yz, 0xffffffffu);
    }
}

fn sign_extend(v: vec2<u32>, bits: u32) -> vec2<u32> {
    let up = u64_shl(v, 64u - bits);
    return u64_shr_fill(up, 64u - bits, u64_sign(up));
}

// The register after a pair's first; only CASP names pairs so.
fn pair_source(n: u32) -> vec2<u32> {
    return x[select(n + 1u, ZR, n == 30u)];
}

// What an atomic leaves in memory.
fn atomic_value(operation: u32, old: vec2<u32>, operand: vec2<u32>, bits: u32) -> vec2<u32> {
    switch (operation) {
        case ATOMIC_ADD: {
            return u64_add(old, operand);
        }
        case ATOMIC_CLR: {
            return old & ~operand;
        }
        case ATOMIC_EOR: {
            return old ^ operand;
        }
        case ATOMIC_SET: {
            return old | operand;
        }
        case ATOMIC_SMAX, ATOMIC_SMIN, ATOMIC_UMAX, ATOMIC_UMIN: {
            // Signed order is unsigned order with the sign bit turned.
            let turn = vec2<u32>(0u, select(0x80000000u, 0u, operation >= ATOMIC_UMAX));
            let a = u64_shl(old, 64u - bits) ^ turn;
            let b = u64_shl(operand, 64u - bits) ^ turn;
            let take_smaller = (operation & 1u) == 1u;
            return select(old, operand, u64_less(b, a) == take_smaller);
        }
        default: {
            return operand;
        }
    }
}

// What the general way needs of an access that it takes over.
var<private> general_indexed: vec2<u32>;
var<private> general_address: vec2<u32>;

fn loadstore_offset(c: vec4<u32>, b: vec2<u32>) -> vec2<u32> {
    var offset = b | control_immediate(c);
    if (control_has(c, SHIFTED)) {
        offset = operand_field(b, c);
    }
    return offset;
}

// Plain accesses that are aligned and hit are done here. Everything else is held for loadstore_general, which the
// interpreter calls out of line: its text would slow down every instruction.
fn loadstore(c: vec4<u32>, a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let indexed = u64_add(a, loadstore_offset(c, b));
    let address = memory_untag(select(indexed, a, vec2<bool>(control_has(c, POST_INDEX))));
    let log_size = control_size(c);
    let size = 1u << log_size;
    let pair = control_pair(c);
    if (!entry_is_of(last_entry, address)) {
        last_entry = cache[cache_index(address)];
    }
    let entry = last_entry;
    // Zero if the page is the one in the cache with all that is needed, the address is aligned, and nothing crosses: an
    // aligned access can only with its second half.
    let misfit = ((entry.x ^ address.x) & 0xfffff000u) | (entry.y ^ address.y) | (control_need(c) & ~entry.x)
        | (address.x & (size - 1u)) | (((address.x & 0xfffu) + (size << pair) - size) & 0x1000u)
        | (c.x & ACCESS_CLASS_BITS);
    if (misfit != 0u) {
        lane_hold();
        event = EVENT_GENERAL;
        general_indexed = indexed;
        general_address = address;
        return U64_ZERO;
    }
    var index = entry.z + (((address.x >> 2u) & 1023u) << entry.w);
    let stride = 1u << entry.w;
    let skip = (address.x & 3u) << 3u;
    var result = U64_ZERO;
    if (control_has(c, LOAD)) {
        result.x = memory[index];
        if (log_size == 3u) {
            result.y = memory[index + stride];
        } else {
            result = extend_loaded(c, extractBits(result.x, skip, min(size << 3u, 32u)), size);
        }
        if (pair != 0u) {
            index += stride << (log_size - 2u);
            var second = vec2<u32>(memory[index], 0u);
            if (log_size == 3u) {
                second.y = memory[index + stride];
            } else {
                second = extend_loaded(c, second.x, size);
            }
            x[control_amount(c)] = second;
        }
    } else {
        let data = x[control_ra(c)];
        if (log_size >= 2u) {
            memory[index] = data.x;
            if (log_size == 3u) {
                memory[index + stride] = data.y;
            }
            if (pair != 0u) {
                let second = x[control_amount(c)];
                index += stride << (log_size - 2u);
                memory[index] = second.x;
                if (log_size == 3u) {
                    memory[index + stride] = second.y;
                }
            }
        } else {
            memory[index] = insertBits(memory[index], data.x, skip, size << 3u);
        }
    }
    if (control_has(c, WRITE_BACK)) {
        x[control_rn(c)] = indexed;
    }
    return result;
}

// Sign or zero extension of a loaded value of 1, 2 or 4 bytes.
fn extend_loaded(c: vec4<u32>, value: u32, size: u32) -> vec2<u32> {
    let bits = size << 3u;
    let sign = control_mask(c, SIGNED) & u32(i32(value << (32u - bits)) >> 31u);
    // Above the value stand copies of the sign.
    return vec2<u32>(value | select(sign << (bits & 31u), 0u, bits == 32u), sign);
}

// Any access: unaligned, across pages, exclusive, atomic, or not in the translation cache.
fn loadstore_general(c: vec4<u32>) -> vec2<u32> {
    let address = general_address;
    let access_class = control_access_class(c);
    if (access_class == ACCESS_NONE) {
        return U64_ZERO;
    }
    var result = U64_ZERO;
    let bits = 8u << control_size(c);
    let pair = control_has(c, PAIR);
    let bytes = select(bits >> 3u, bits >> 2u, pair);
    let loads = control_has(c, LOAD);
    let access = control_need(c);

    if (access_class != ACCESS_PLAIN || control_has(c, ALIGNED)) {
        if ((address.x & (bytes - 1u)) != 0u) {
            lane_hold();
            lane_stop(REASON_FAULT, vec3<u32>(address, access | (FAULT_ALIGNMENT << FAULT_CAUSE_SHIFT)));
            return result;
        }
        if (access_class == ACCESS_EXCLUSIVE && !loads && !exclusive_holds(address)) {
            exclusive_clear();
            return U64_ONE;
        }
    }
    var span: Span;
    span.word = (address.x >> 2u) & 1023u;
    span.here = memory_place(address, access);
    span.next = span.here;
    if ((address.x & 0xfffu) + bytes > 0x1000u && event == 0u) {
        let after = u64_add(address, vec2<u32>(0x1000u, 0u));
        span.next = memory_place(vec2<u32>(after.x & 0xfffff000u, after.y & 0xffffffu), access);
    }
    if (event != 0u) {
        return result;
    }

    // Both halves of a pair take the same way: text counts, here as well, for the driver's compiler.
    let skip = (address.x & 3u) << 3u;
    let halves = select(1u, 2u, pair);
    let second_register = control_amount(c);
    var old = array<vec2<u32>, 2>();
    if ((access & ACCESS_READ) != 0u) {
        for (var half = 0u; half < halves; half += 1u) {
            old[half] = span_read(span, half * (bits >> 5u), skip, bits);
            if (control_has(c, SIGNED)) {
                old[half] = sign_extend(old[half], bits);
            }
        }
        result = old[0];
    }
    if (loads) {
        if (pair) {
            x[second_register] = old[1];
        }
        if (access_class == ACCESS_EXCLUSIVE) {
            exclusive_set(address);
        }
    } else {
        let source = control_ra(c);
        var data = array<vec2<u32>, 2>(x[source], x[second_register]);
        var writes = true;
        if (access_class == ACCESS_ATOMIC) {
            let operation = control_atomic(c);
            if (operation == ATOMIC_CAS) {
                let mask = size_mask(bits);
                writes = all(old[0] == (x[second_register] & mask));
                if (pair) {
                    writes = writes && all(old[1] == (pair_source(second_register) & mask));
                    data[1] = pair_source(source);
                    let first = control_rd(c);
                    x[select(first + 1u, SINK, first == 30u)] = old[1];
                }
            } else {
                data[0] = atomic_value(operation, old[0], data[0], bits);
            }
        }
        if (writes) {
            for (var half = 0u; half < halves; half += 1u) {
                span_write(span, half * (bits >> 5u), skip, bits, data[half]);
            }
        }
        if (access_class == ACCESS_EXCLUSIVE) {
            // It succeeds: status 0 stands in `result`.
            exclusive_clear();
        }
    }
    if (control_has(c, WRITE_BACK)) {
        x[control_rn(c)] = general_indexed;
    }
    return result;
}

// The exclusive monitor: an address, kept beside the registers because it is rarely used.
fn exclusive_set(address: vec2<u32>) {
    lane_set_field(LANE_EXCLUSIVE_LOW, address.x);
    lane_set_field(LANE_EXCLUSIVE_HIGH, address.y);
}

fn exclusive_clear() {
    lane_set_field(LANE_EXCLUSIVE_HIGH, NO_PAGE);
}

// Whether a store-exclusive to `address` may go ahead.
fn exclusive_holds(address: vec2<u32>) -> bool {
    return lane_field(LANE_EXCLUSIVE_LOW) == address.x && lane_field(LANE_EXCLUSIVE_HIGH) == address.y;
}
