// From an instruction word to its control word. The encoding is found in the look-up that src/isa/lookup.rs makes of
// the table; the operand format then says where the fields are (src/isa/control.rs describes the result).

// Of the word: x of the control word, the format, and where its line is.
struct Decoded {
    control: u32,
    format: u32,
    line: u32,
}

fn decode_find(word: u32) -> Decoded {
    let head = isa_lookup[word >> 21u];
    var line = LOOKUP_BUCKETS + (head & 0xffffffu) * LOOKUP_LINE;
    for (var left = head >> 24u; left > 0u; left -= 1u) {
        if ((word & isa_lookup[line]) == isa_lookup[line + 1u]) {
            let tail = isa_lookup[line + 3u];
            var reject = LOOKUP_REJECTS_AT + (tail >> 16u) * 2u;
            var rejected = false;
            for (var rejects = (tail >> 8u) & 0xffu; rejects > 0u; rejects -= 1u) {
                rejected = rejected || (word & isa_lookup[reject]) == isa_lookup[reject + 1u];
                reject += 2u;
            }
            if (!rejected) {
                return Decoded(isa_lookup[line + 2u], tail & 0xffu, line);
            }
        }
        line += LOOKUP_LINE;
    }
    return Decoded(SYSTEM_UNDEFINED, FORMAT_WHOLE, 0u);
}

// Register 31 is zero, nowhere, or SP, by its use.
fn decode_source(n: u32) -> u32 {
    return select(n, ZR, n == 31u);
}

fn decode_destination(n: u32) -> u32 {
    return select(n, SINK, n == 31u);
}

fn decode_signed(value: u32, low: u32, width: u32) -> vec2<u32> {
    let extended = extractBits(bitcast<i32>(value), low, width);
    return vec2<u32>(u32(extended), u32(extended >> 31u));
}

// DecodeBitMasks of the Arm manual: a run of ones, rotated, repeated.
fn decode_bit_mask(n: u32, imms: u32, immr: u32) -> vec2<u32> {
    let length = 31u - countLeadingZeros((n << 6u) | (~imms & 0x3fu));
    let size = 1u << length;
    let levels = size - 1u;
    let s = imms & levels;
    let r = immr & levels;
    let element_mask = u64_shr(U64_MAX, 64u - size);
    var element = u64_shr(U64_MAX, 63u - s);
    if (r != 0u) {
        element = (u64_shr(element, r) | u64_shl(element, size - r)) & element_mask;
    }
    for (var filled = size; filled < 64u; filled <<= 1u) {
        element |= u64_shl(element, filled);
    }
    return element;
}

// The shift descriptor of control word z.
fn decode_shift(left: u32, right: u32, flags: u32) -> u32 {
    return control_shift_left_bits(left) | control_shift_right_bits(right) | flags;
}

// LSL, LSR, ASR, ROR by `amount` of a register of 64 or 32 bits.
fn decode_shift_kind(kind: u32, amount: u32, wide: bool) -> u32 {
    if (kind == 3u) {
        return decode_shift(0u, amount, SHIFT_ROTATE);
    }
    if (kind == 0u) {
        return decode_shift(amount, 0u, 0u);
    }
    let up = select(32u, 0u, wide);
    return decode_shift(up, up + amount, select(0u, SHIFT_SIGNED, kind == 2u));
}

// UXTB .. SXTX, then left by `amount` (0 to 4).
fn decode_extend(option: u32, amount: u32) -> u32 {
    let length = 8u << (option & 3u);
    if (length == 64u) {
        return decode_shift(amount, 0u, 0u);
    }
    return decode_shift(64u - length, 64u - length - amount, select(0u, SHIFT_SIGNED, option >= 4u));
}

// Where a control word stands, which says all that it has to know of the instruction's address: its index, the byte of
// its page that the instruction is at, and the first and the end index of the run that the control word is in.
struct Site {
    index: u32,
    byte: u32,
    first: u32,
    end: u32,
}

// BRANCH_FAR unless the target is in the run; then BRANCH_BACK if it closes a loop that is not too long.
fn decode_reach(displacement: u32, site: Site) -> u32 {
    let back = select(0u, BRANCH_BACK, displacement + LOOP_LENGTH - 1u < LOOP_LENGTH);
    return select(back, BRANCH_FAR, site.index - site.first + displacement >= site.end - site.first);
}

// What is so far from the instruction, from what CODE_BASE holds.
fn decode_relative(offset: vec2<u32>, site: Site) -> vec2<u32> {
    return u64_add(offset, vec2<u32>(site.index << 2u, site.index >> 30u));
}

fn decode(word: u32, site: Site) -> vec4<u32> {
    let found = decode_find(word);
    var x = found.control;
    let f0 = word & 31u;
    let f5 = extractBits(word, 5u, 5u);
    let f10 = extractBits(word, 10u, 5u);
    let f16 = extractBits(word, 16u, 5u);
    let imm6 = extractBits(word, 10u, 6u);
    let wide = (word >> 31u) == 1u;
    let width = select(0u, SF, wide);
    let condition = control_condition_bits(CONDITION_TRUTH[extractBits(word, 12u, 4u)]);
    let size = word >> 30u;
    let opc = extractBits(word, 22u, 2u);
    // What SignedOffset, UnsignedOffset and RegisterOffset share: size, direction, extension of what is loaded.
    let transfer = control_size_bits(size) | select(0u, LOAD, opc != 0u) | select(0u, SIGNED, opc >= 2u)
        | select(SF, 0u, opc == 3u);

    var rd = SINK;
    var rn = ZR;
    var rm = ZR;
    var ra = ZR;
    var amount = 0u;
    var immediate = U64_ZERO;

    switch (found.format) {
        case FORMAT_PC_RELATIVE: {
            x |= SF;
            rd = decode_destination(f0);
            var offset = decode_signed((word & 0xffffe0u) | (extractBits(word, 29u, 2u) << 3u), 3u, 21u);
            if (wide) {
                // From the page's first byte.
                offset = u64_sub(u64_shl(offset, 12u), vec2<u32>(site.byte, 0u));
            }
            rn = CODE_BASE;
            immediate = decode_relative(offset, site);
        }
        case FORMAT_ADD_SUB_IMMEDIATE: {
            x |= width;
            rd = select(f0, decode_destination(f0), (x & SET_FLAGS) != 0u);
            rn = f5;
            immediate.x = extractBits(word, 10u, 12u) << select(0u, 12u, (word & 0x400000u) != 0u);
        }
        case FORMAT_LOGICAL_IMMEDIATE: {
            x |= width;
            rd = select(f0, decode_destination(f0), (x & SET_FLAGS) != 0u);
            rn = decode_source(f5);
            immediate = decode_bit_mask(extractBits(word, 22u, 1u), imm6, extractBits(word, 16u, 6u));
        }
        case FORMAT_MOVE_WIDE: {
            x |= width;
            rd = decode_destination(f0);
            amount = extractBits(word, 21u, 2u) * 16u;
            immediate = u64_shl(vec2<u32>(extractBits(word, 5u, 16u), 0u), amount);
            if ((x & KEEP) != 0u) {
                rn = decode_source(f0);
            } else if ((word & 0x40000000u) == 0u) {
                immediate = ~immediate;
            }
        }
        case FORMAT_BITFIELD: {
            // The field moves to the top, then down to its place.
            x |= width | SHIFTED;
            rd = decode_destination(f0);
            rn = decode_source(f0);
            rm = decode_source(f5);
            let r = extractBits(word, 16u, 6u);
            let s = imm6;
            let flags = select(0u, SHIFT_SIGNED, (word & 0x60000000u) == 0u);
            if (s >= r) {
                immediate.x = decode_shift(63u - s, 63u - s + r, flags);
            } else {
                let place = select(32u, 64u, wide) - r;
                immediate.x = decode_shift(63u - s, 63u - s - place, flags);
            }
        }
        case FORMAT_EXTRACT: {
            x |= width;
            rd = decode_destination(f0);
            rn = decode_source(f5);
            rm = decode_source(f16);
            amount = imm6;
        }
        case FORMAT_SHIFTED_REGISTER: {
            x |= width;
            rd = decode_destination(f0);
            rn = decode_source(f5);
            rm = decode_source(f16);
            if (imm6 != 0u) {
                x |= SHIFTED;
                immediate.x = decode_shift_kind(opc, imm6, wide);
            }
        }
        case FORMAT_EXTENDED_REGISTER: {
            x |= width | SHIFTED;
            rd = select(f0, decode_destination(f0), (x & SET_FLAGS) != 0u);
            rn = f5;
            rm = decode_source(f16);
            immediate.x = decode_extend(extractBits(word, 13u, 3u), extractBits(word, 10u, 3u));
        }
        case FORMAT_THREE_REGISTER, FORMAT_ONE_SOURCE, FORMAT_MULTIPLY_ADD: {
            x |= width;
            rd = decode_destination(f0);
            rn = decode_source(f5);
            rm = decode_source(f16);
            ra = decode_source(f10);
        }
        case FORMAT_CHECKSUM: {
            rd = decode_destination(f0);
            rn = decode_source(f5);
            rm = decode_source(f16);
        }
        case FORMAT_ROTATE_FLAGS: {
            rn = decode_source(f5);
            amount = extractBits(word, 15u, 6u);
            immediate.x = word & 15u;
        }
        case FORMAT_CONDITIONAL_COMPARE: {
            x |= width | SET_FLAGS | condition;
            rn = decode_source(f5);
            amount = word & 15u;
            if ((word & 0x800u) != 0u) {
                immediate.x = f16;
            } else {
                rm = decode_source(f16);
            }
        }
        case FORMAT_CONDITIONAL_SELECT: {
            x |= width | condition;
            rd = decode_destination(f0);
            rn = decode_source(f5);
            rm = decode_source(f16);
        }
        case FORMAT_UNSIGNED_OFFSET: {
            x |= transfer;
            rd = select(SINK, decode_destination(f0), opc != 0u);
            ra = decode_source(f0);
            rn = f5;
            immediate.x = extractBits(word, 10u, 12u) << size;
        }
        case FORMAT_SIGNED_OFFSET: {
            x |= transfer;
            rd = select(SINK, decode_destination(f0), opc != 0u);
            ra = decode_source(f0);
            rn = f5;
            immediate = decode_signed(word, 12u, 9u);
        }
        case FORMAT_REGISTER_OFFSET: {
            x |= transfer | SHIFTED;
            rd = select(SINK, decode_destination(f0), opc != 0u);
            ra = decode_source(f0);
            rn = f5;
            rm = decode_source(f16);
            immediate.x = decode_extend(extractBits(word, 13u, 3u), select(0u, size, (word & 0x1000u) != 0u));
        }
        case FORMAT_LITERAL: {
            // LDR 32, LDR 64, LDRSW.
            x |= LOAD | SF | control_size_bits(select(2u, 3u, size == 1u)) | select(0u, SIGNED, size == 2u);
            rd = decode_destination(f0);
            rn = CODE_BASE;
            immediate = decode_relative(u64_shl(decode_signed(word, 5u, 19u), 2u), site);
        }
        case FORMAT_PAIR: {
            let log_size = select(2u, 3u, wide);
            x |= PAIR | SF | control_size_bits(log_size) | select(0u, SIGNED, size == 1u);
            rn = f5;
            if ((x & LOAD) != 0u) {
                rd = decode_destination(f0);
                amount = decode_destination(f10);
            } else {
                ra = decode_source(f0);
                amount = decode_source(f10);
            }
            immediate = u64_shl(decode_signed(word, 15u, 7u), log_size);
        }
        case FORMAT_EXCLUSIVE: {
            x |= SF | control_size_bits(size);
            rn = f5;
            if ((x & LOAD) != 0u) {
                rd = decode_destination(f0);
                amount = decode_destination(f10);
            } else {
                rd = decode_destination(f16);
                ra = decode_source(f0);
                amount = decode_source(f10);
            }
        }
        case FORMAT_ORDERED: {
            x |= SF | control_size_bits(size) | ALIGNED;
            rn = f5;
            rd = select(SINK, decode_destination(f0), (x & LOAD) != 0u);
            ra = decode_source(f0);
        }
        case FORMAT_ATOMIC: {
            x |= SF;
            rn = f5;
            if (control_atomic(vec4<u32>(x)) == ATOMIC_CAS) {
                // Rs is compared and takes the old value, Rt is the new one; pairs have only words and doublewords.
                x |= control_size_bits(select(size, 2u | (size & 1u), (x & PAIR) != 0u));
                rd = decode_destination(f16);
                ra = decode_source(f0);
                amount = decode_source(f16);
            } else {
                x |= control_size_bits(size);
                rd = decode_destination(f0);
                ra = decode_source(f16);
            }
        }
        case FORMAT_BRANCH: {
            rd = select(SINK, 30u, wide);
            immediate.x = decode_signed(word, 0u, 26u).x;
            x |= width | control_condition_bits(ALWAYS) | decode_reach(immediate.x, site);
        }
        case FORMAT_CONDITIONAL_BRANCH: {
            immediate.x = decode_signed(word, 5u, 19u).x;
            x |= control_condition_bits(CONDITION_TRUTH[word & 15u]) | decode_reach(immediate.x, site);
        }
        case FORMAT_COMPARE_BRANCH: {
            rn = decode_source(f0);
            immediate = vec2<u32>(decode_signed(word, 5u, 19u).x, 0xffffffffu);
            x |= control_condition_bits(ALWAYS) | select(0u, BRANCH_TEST_WIDE, wide) | decode_reach(immediate.x, site);
        }
        case FORMAT_TEST_BRANCH: {
            rn = decode_source(f0);
            immediate = vec2<u32>(decode_signed(word, 5u, 14u).x, 1u << extractBits(word, 19u, 5u));
            x |= control_condition_bits(ALWAYS) | select(0u, BRANCH_TEST_HIGH, wide) | decode_reach(immediate.x, site);
        }
        case FORMAT_BRANCH_REGISTER: {
            x |= SF | control_condition_bits(ALWAYS);
            rn = decode_source(f5);
            // BR, BLR, RET.
            rd = select(SINK, 30u, extractBits(word, 21u, 2u) == 1u);
        }
        case FORMAT_EXCEPTION: {
            immediate.x = extractBits(word, 5u, 16u);
        }
        case FORMAT_SYSTEM_REGISTER: {
            x |= SF;
            if ((x & SYSTEM_BITS) == SYSTEM_MRS) {
                rd = decode_destination(f0);
            }
            rn = decode_source(f0);
            immediate = vec2<u32>(extractBits(word, 5u, 16u), word);
        }
        case FORMAT_SYSTEM_ADDRESS: {
            rn = decode_source(f0);
        }
        case FORMAT_VECTOR: {
            rd = f0;
            rn = f5;
            rm = f16;
            ra = f10;
            immediate = vec2<u32>(isa_lookup[found.line + 4u], word);
        }
        default: {
            immediate.x = word;
        }
    }
    if ((x & DATAPATH_BITS) == LOADSTORE) {
        let access_class = control_access_class(vec4<u32>(x));
        let write = select(ACCESS_WRITE, ACCESS_READ | ACCESS_WRITE, access_class == ACCESS_ATOMIC);
        x |= control_need_bits(select(write, ACCESS_READ, (x & LOAD) != 0u));
        if (access_class == ACCESS_NONE) {
            rd = SINK; // Rt is the kind of prefetch
        }
    }
    let registers_used = control_rd_bits(rd) | control_rn_bits(rn) | control_rm_bits(rm) | control_ra_bits(ra);
    return vec4<u32>(x, registers_used | control_amount_bits(amount), immediate);
}
