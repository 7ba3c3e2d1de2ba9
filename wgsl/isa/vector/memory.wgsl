// Loads and stores of vector registers: all are so many registers of so many elements, each at a place of its own.
// Nothing is changed before every page of the access is in the translation cache.

struct Transfer {
    // log2 of the bytes of an element.
    size: u32,
    // Elements of a register, the first of them, and the bytes from one to the next.
    elements: u32,
    first: u32,
    element_step: u32,
    registers: u32,
    register_step: u32,
}

fn vector_transfer(c: vec4<u32>) -> Transfer {
    let word = control_vector_word(c);
    let operation = control_vector_operation(c);
    let form = operation & MEMORY_FORM;
    let count = ((operation >> MEMORY_COUNT_SHIFT) & 3u) + 1u;
    // B, H, S, D and Q of one register; S, D and Q of a literal or a pair.
    var size = (word >> 30u) | (extractBits(word, 23u, 1u) << 2u);
    if (form == MEMORY_LITERAL || form == MEMORY_PAIR) {
        size = 2u + (word >> 30u);
    }
    let whole = select(8u, 16u, is_whole(word));
    switch (form) {
        case MEMORY_MULTIPLE: {
            let log_size = extractBits(word, 10u, 2u);
            if ((operation & MEMORY_INTERLEAVED) != 0u) {
                return Transfer(log_size, whole >> log_size, 0u, count << log_size, count, 1u << log_size);
            }
            return Transfer(3u, whole >> 3u, 0u, 8u, count, whole);
        }
        case MEMORY_SINGLE: {
            // `opcode<2:1>` is the size; Q, S and `size` are the index and, of words and doublewords, tell them apart.
            let bits = ((word >> 30u) << 3u) | extractBits(word, 10u, 3u);
            let scale = extractBits(word, 14u, 2u);
            let log_size = select(scale, 3u, scale == 2u && (bits & 1u) != 0u);
            return Transfer(log_size, 1u, bits >> log_size, 0u, count, 1u << log_size);
        }
        case MEMORY_REPLICATE: {
            let log_size = extractBits(word, 10u, 2u);
            return Transfer(log_size, 1u, 0u, 0u, count, 1u << log_size);
        }
        default: {
            if (size == 4u) {
                return Transfer(3u, 2u, 0u, 8u, count, 16u);
            }
            return Transfer(size, 1u, 0u, 0u, count, 1u << size);
        }
    }
}

// What is added to the base.
fn vector_offset(c: vec4<u32>, whole: u32) -> vec2<u32> {
    let word = control_vector_word(c);
    let rm = extractBits(word, 16u, 5u);
    switch (control_vector_operation(c) & MEMORY_FORM) {
        case MEMORY_UNSIGNED: {
            return vec2<u32>(extractBits(word, 10u, 12u) * whole, 0u);
        }
        case MEMORY_SIGNED: {
            return decode_signed(word, 12u, 9u);
        }
        case MEMORY_REGISTER: {
            let shift = select(0u, firstTrailingBit(whole), (word & 0x1000u) != 0u);
            var index = x[select(rm, ZR, rm == 31u)];
            let option = extractBits(word, 13u, 3u);
            if (option == 2u) {
                index.y = 0u;
            } else if (option == 6u) {
                index.y = u32(i32(index.x) >> 31u);
            }
            return u64_shl(index, shift);
        }
        case MEMORY_LITERAL: {
            return u64_shl(decode_signed(word, 5u, 19u), 2u);
        }
        case MEMORY_PAIR: {
            return u64_shl(decode_signed(word, 15u, 7u), firstTrailingBit(whole) - 1u);
        }
        default: {
            // Structures are at the base, which then moves: by a register, or by as much as was transferred.
            if (rm == 31u) {
                return vec2<u32>(whole, 0u);
            }
            return x[rm];
        }
    }
}

fn vector_memory(c: vec4<u32>) {
    let form = control_vector_operation(c) & MEMORY_FORM;
    let loads = control_has(c, MEMORY_LOAD);
    let transfer = vector_transfer(c);
    let whole = transfer.registers * (transfer.elements << transfer.size);
    let base = control_rn(c);
    var start = x[base];
    if (form == MEMORY_LITERAL) {
        start = lane_pc(code);
    }
    let moved = u64_add(start, vector_offset(c, whole));
    let behind = control_has(c, MEMORY_POST_INDEX) || form >= MEMORY_MULTIPLE;
    let address = memory_untag(select(moved, start, behind));

    let access = select(ACCESS_WRITE, ACCESS_READ, loads);
    var span: Span;
    span.word = (address.x >> 2u) & 1023u;
    span.here = memory_place(address, access);
    span.next = span.here;
    if ((address.x & 0xfffu) + whole > 0x1000u && event == 0u) {
        let after = u64_add(address, vec2<u32>(0x1000u, 0u));
        span.next = memory_place(vec2<u32>(after.x & 0xfffff000u, after.y & 0xffffffu), access);
    }
    if (event != 0u) {
        return;
    }
    let bits = 8u << transfer.size;
    for (var n = 0u; n < transfer.registers; n += 1u) {
        var number = (control_rd(c) + n) & 31u;
        if (form == MEMORY_PAIR && n == 1u) {
            number = control_ra(c) & 31u;
        }
        var value = v[number];
        if (loads && form != MEMORY_SINGLE) {
            value = vec4<u32>(0u);
        }
        for (var e = 0u; e < transfer.elements; e += 1u) {
            let at = (address.x & 3u) + e * transfer.element_step + n * transfer.register_step;
            let index = transfer.first + e;
            if (!loads) {
                span_write(span, at >> 2u, (at & 3u) << 3u, bits, element(value, transfer.size, index));
            } else {
                let read = span_read(span, at >> 2u, (at & 3u) << 3u, bits);
                if (form == MEMORY_REPLICATE) {
                    value = vector_half(control_vector_word(c), element_fill(transfer.size, read));
                } else {
                    value = element_set(value, transfer.size, index, read);
                }
            }
        }
        if (loads) {
            v[number] = value;
        }
    }
    if (control_has(c, MEMORY_WRITE_BACK)) {
        x[base] = moved;
    }
}
