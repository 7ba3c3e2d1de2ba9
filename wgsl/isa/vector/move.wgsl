// What moves elements, between vector registers and to and from general ones.

// The lowest bit set of `imm5` says the size, the bits above it which element.
struct Indexed {
    size: u32,
    index: u32,
}

fn move_indexed(word: u32) -> Indexed {
    let bits = extractBits(word, 16u, 5u);
    let size = firstTrailingBit(bits);
    return Indexed(size, bits >> (size + 1u));
}

// Returns what a general register takes; `destination` is none if it is a vector register that takes something.
fn vector_move(c: vec4<u32>) -> vec2<u32> {
    let word = control_vector_word(c);
    let rd = control_rd(c) & 31u;
    let rn = control_rn(c) & 31u;
    let n = v[rn];
    // General registers have no zero register at number 31, but SP.
    let source = x[select(rn, ZR, rn == 31u)];
    let at = move_indexed(word);
    var to_general = false;
    var general = U64_ZERO;
    var result = vec4<u32>(0u);
    switch control_vector_operation(c) {
        case MOVE_DUPLICATE: {
            result = vector_half(word, element_fill(at.size, element(n, at.size, at.index)));
        }
        case MOVE_DUPLICATE_GENERAL: {
            result = vector_half(word, element_fill(at.size, source));
        }
        case MOVE_INSERT: {
            let from_index = extractBits(word, 11u, 4u) >> at.size;
            result = element_set(v[rd], at.size, at.index, element(n, at.size, from_index));
        }
        case MOVE_INSERT_GENERAL: {
            result = element_set(v[rd], at.size, at.index, source);
        }
        case MOVE_TO_GENERAL: {
            to_general = true;
            if (control_has(c, UNSIGNED)) {
                general = element(n, at.size, at.index);
            } else {
                general = element_signed(n, at.size, at.index);
                general.y &= select(0u, 0xffffffffu, is_whole(word));
            }
        }
        case MOVE_SCALAR: {
            if (control_vector_size(c) == SIZE_PRECISION) {
                let size = element_size(c);
                result = element_set(result, size, 0u, element(n, size, 0u));
            } else {
                result = element_set(result, at.size, 0u, element(n, at.size, at.index));
            }
        }
        case MOVE_BITS: {
            // A half goes to and comes from a register of either width.
            let size = element_size(c);
            let upper = control_has(c, VARIANT);
            to_general = (word & 0x10000u) == 0u;
            if (to_general) {
                general = select(element(n, size, 0u), n.zw, upper);
            } else if (upper) {
                result = vec4<u32>(v[rd].xy, source);
            } else {
                result = element_set(result, size, 0u, source);
            }
        }
        case MOVE_SELECT: {
            let size = element_size(c);
            let holds = (CONDITION_TRUTH[extractBits(word, 12u, 4u)] >> nzcv) & 1u;
            let chosen = select(v[control_rm(c) & 31u], n, holds != 0u);
            result = element_set(result, size, 0u, element(chosen, size, 0u));
        }
        default: {
            let size = element_size(c);
            result = element_set(result, size, 0u, expand_float(size, extractBits(word, 13u, 8u)));
        }
    }
    if (to_general) {
        destination = select(rd, SINK, rd == 31u);
    } else {
        v[rd] = result;
    }
    return general;
}
