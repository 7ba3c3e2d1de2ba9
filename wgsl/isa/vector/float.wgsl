// Floating point of scalars and of vectors, element by element: wgsl/lib/float.wgsl is asked at one place, as its text is
// long. Word z of the control word is what it is asked for, but for the sizes.

// Fraction bits of a fixed-point number.
fn float_fraction(word: u32, size: u32) -> u32 {
    // Of general registers 64 less `scale`, of elements twice their bits less `immh:immb`.
    let of_general = extractBits(word, 24u, 5u) == 30u;
    return select((16u << size) - extractBits(word, 16u, 7u), 64u - extractBits(word, 10u, 6u), of_general);
}

// Returns what a general register takes, if `destination` says which.
fn vector_float(c: vec4<u32>) -> vec2<u32> {
    let word = control_vector_word(c);
    let kind = control_vector_operation(c);
    let rd = control_rd(c) & 31u;
    let rn = control_rn(c) & 31u;
    let n = v[rn];
    var third = v[select(control_ra(c) & 31u, rd, control_has(c, ACCUMULATE))];
    var operation = control_immediate_low(c);

    if (kind == FLOAT_CONDITIONAL && ((CONDITION_TRUTH[extractBits(word, 12u, 4u)] >> nzcv) & 1u) == 0u) {
        nzcv = word & 15u;
        return U64_ZERO;
    }

    let size = element_size(c);
    if (kind == FLOAT_ABSOLUTE || kind == FLOAT_TURN) {
        let sign = element_fill(size, u64_shl(U64_ONE, (8u << size) - 1u));
        let changed = vector_half(word, select(n & ~sign, n ^ sign, kind == FLOAT_TURN));
        v[rd] = select(changed, element_set(vec4<u32>(0u), size, 0u, element(changed, size, 0u)), is_scalar(word));
        return U64_ZERO;
    }

    // Sizes of operands and result.
    let general = 2u + (word >> 31u);
    var from_size = size;
    var to_size = size;
    if (control_has(c, WIDEN)) {
        from_size = size - 1u;
    }
    if (control_has(c, NARROW)) {
        to_size = size - 1u;
    }
    if (control_has(c, FLOAT_CONVERTS)) {
        to_size = select(2u + extractBits(word, 15u, 1u), 1u, (word & 0x10000u) != 0u);
    }
    if (control_has(c, FLOAT_FROM_GENERAL)) {
        from_size = general;
    }
    if (control_has(c, FLOAT_TO_GENERAL)) {
        to_size = general;
    }
    if (control_has(c, FLOAT_FIXED)) {
        operation |= float_fraction(word, size) << FLOAT_FRACTION_SHIFT;
    }
    // A half has ten bits of a fraction, or seven.
    operation |= select(from_size, FLOAT_B, kind == FLOAT_FROM_BRAIN) << FLOAT_OPERANDS_SHIFT;
    operation |= select(to_size, FLOAT_B, kind == FLOAT_TO_BRAIN) << FLOAT_RESULT_SHIFT;
    // Halves are elements of the first sixteen registers, where a bit of the number is the index's.
    let few = control_has(c, BY_ELEMENT) && from_size == 1u && kind != FLOAT_COMPLEX;
    let m = v[control_rm(c) & select(31u, 15u, few)];

    let scalar = is_scalar(word);
    var count = select(select(8u, 16u, is_whole(word)) >> size, 1u, scalar);
    var first = 0u;
    if (control_has(c, WIDEN | NARROW) && !scalar) {
        count = 16u >> size;
        first = select(0u, count, is_whole(word));
    }
    if (kind == FLOAT_FROM_BRAIN) {
        count = 4u;
    }
    if (kind == FLOAT_LONG) {
        count = select(8u, 16u, is_whole(word)) >> size;
        first = select(0u, count, (word & 0x20000000u) != 0u);
    }
    let from_first = select(0u, first, control_has(c, WIDEN));
    let to_first = select(0u, first, control_has(c, NARROW));
    let index = element_index(word, from_size);
    let rotation = select(extractBits(word, 11u, 2u), extractBits(word, 13u, 2u), control_has(c, BY_ELEMENT));

    var result = vec4<u32>(0u);
    if (to_first != 0u) {
        // The lower half stays.
        result = vec4<u32>(v[rd].xy, 0u, 0u);
    }
    var flags = 0u;
    // Sums and products of normal numbers, which most are, in a short text.
    let form = operation & FLOAT_OPERATION_BITS;
    let of_plain = operation & (0xfffff000u ^ FLOAT_SUBTRACT);
    let plain = (form == FLOAT_ADD || form == FLOAT_MULTIPLY) && of_plain == 0u && from_size == to_size && to_size >= 2u;
    var source = n;
    // Across lanes neighbours become one until one is left.
    var left = select(count, count >> 1u, control_has(c, ACROSS));
    var second_half = false;
    var e = 0u;
    loop {
        if (e >= left) {
            if (kind == FLOAT_BRAIN_MATRIX && !second_half) {
                second_half = true;
                third = result;
                e = 0u;
                continue;
            }
            if (!control_has(c, ACROSS) || left <= 1u) {
                break;
            }
            source = result;
            result = vec4<u32>(0u);
            left >>= 1u;
            e = 0u;
        }
        var n_index = from_first + e;
        if (kind == FLOAT_FROM_BRAIN) {
            // The lower or the upper of each pair.
            n_index = (e << 1u) | u32(is_whole(word));
        }
        var m_index = n_index;
        var second = m;
        var what = operation;
        if (kind == FLOAT_BRAIN_MATRIX) {
            // Rows of both are two pairs.
            n_index = (e & 2u) | u32(second_half);
            m_index = ((e & 1u) << 1u) | u32(second_half);
        } else if (kind == FLOAT_COMPLEX_ADD) {
            m_index = e ^ 1u;
            what |= select(0u, FLOAT_NEGATE_B, (e & 1u) == extractBits(word, 12u, 1u));
        } else if (kind == FLOAT_COMPLEX) {
            n_index = (e & ~1u) | (rotation & 1u);
            m_index = e ^ (rotation & 1u);
            let turned = select(rotation == 1u || rotation == 2u, rotation >= 2u, (e & 1u) != 0u);
            what |= select(0u, FLOAT_NEGATE_B, turned);
            if (control_has(c, BY_ELEMENT)) {
                m_index = (index & ~1u) | (m_index & 1u);
            }
        } else if (control_has(c, BY_ELEMENT)) {
            m_index = index;
        }
        if (control_has(c, PAIRWISE | ACROSS)) {
            let pairs = select(count, 16u, control_has(c, ACROSS) || scalar);
            n_index = e << 1u;
            let behind = n_index >= pairs;
            if (behind) {
                source = m;
                n_index -= pairs;
            }
            second = source;
            m_index = n_index + 1u;
        }
        var a = element(source, from_size, n_index);
        var b = element(second, from_size, m_index);
        if (control_has(c, FLOAT_FROM_GENERAL)) {
            a = x[select(rn, ZR, rn == 31u)];
        }
        if (control_has(c, WITH_ZERO)) {
            b = U64_ZERO;
        }
        if (control_has(c, FLOAT_SWAP)) {
            let kept = a;
            a = b;
            b = kept;
        }
        var r: Float;
        var done = false;
        if (plain && what == operation) {
            let short = float_plain(what, a, b, fpcr);
            done = short.done;
            r = Float(short.value, short.flags);
        }
        if (!done) {
            r = float_execute(what, a, b, element(third, to_size, e), fpcr);
        }
        flags |= r.flags;
        if (control_has(c, FLOAT_TO_GENERAL)) {
            fpsr_raise(flags);
            destination = select(rd, SINK, rd == 31u);
            if (kind == FLOAT_MODULAR) {
                nzcv = r.value.y & 15u;
                return vec2<u32>(r.value.x, 0u);
            }
            return r.value;
        }
        result = element_set(result, to_size, to_first + e, r.value);
        e += 1u;
    }
    if (flags != 0u) {
        fpsr_raise(flags);
    }
    if (kind == FLOAT_SETS_FLAGS || kind == FLOAT_CONDITIONAL) {
        nzcv = result.x & 15u;
    } else {
        v[rd] = result;
    }
    return U64_ZERO;
}
