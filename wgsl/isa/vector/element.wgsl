// Vector registers as elements of 1, 2, 4 or 8 bytes.

const WORD_NUMBERS = vec4<u32>(0u, 1u, 2u, 3u);

// Element `index`, of 1 << `size` bytes, above it zeros.
fn element(v: vec4<u32>, size: u32, index: u32) -> vec2<u32> {
    if (size == 3u) {
        return select(v.xy, v.zw, index != 0u);
    }
    let bit = index << (3u + size);
    return vec2<u32>(extractBits(v[(bit >> 5u) & 3u], bit & 31u, 8u << size), 0u);
}

// The same, above it copies of its sign.
fn element_signed(v: vec4<u32>, size: u32, index: u32) -> vec2<u32> {
    let value = element(v, size, index);
    if (size == 3u) {
        return value;
    }
    let low = extractBits(i32(value.x), 0u, 8u << size);
    return vec2<u32>(u32(low), u32(low >> 31u));
}

// The vector with an element in place of what it has there.
fn element_set(v: vec4<u32>, size: u32, index: u32, value: vec2<u32>) -> vec4<u32> {
    if (size == 3u) {
        return select(vec4<u32>(value, v.zw), vec4<u32>(v.xy, value), index != 0u);
    }
    let bit = index << (3u + size);
    let word = (bit >> 5u) & 3u;
    let changed = insertBits(v[word], value.x, bit & 31u, 8u << size);
    return select(v, vec4<u32>(changed), WORD_NUMBERS == vec4<u32>(word));
}

// All elements are this one.
fn element_fill(size: u32, value: vec2<u32>) -> vec4<u32> {
    if (size == 3u) {
        return value.xyxy;
    }
    let byte = (value.x & 0xffu) * 0x01010101u;
    let half = (value.x & 0xffffu) * 0x00010001u;
    return vec4<u32>(select(select(byte, half, size == 1u), value.x, size == 2u));
}

// log2 of the bytes of an instruction's elements.
fn element_size(c: vec4<u32>) -> u32 {
    let word = control_vector_word(c);
    switch control_vector_size(c) {
        case SIZE_FIELD: {
            return extractBits(word, 22u, 2u);
        }
        case SIZE_FLOAT: {
            return 2u + extractBits(word, 22u, 1u);
        }
        case SIZE_PRECISION: {
            return select(2u + extractBits(word, 22u, 1u), 1u, (word & 0x800000u) != 0u);
        }
        case SIZE_IMMEDIATE: {
            return firstLeadingBit(extractBits(word, 19u, 4u));
        }
        default: {
            return control_vector_size(c) - SIZE_BYTE;
        }
    }
}

// The element of the second operand that stands for all: H, L and M, as many of them as tell the elements apart.
fn element_index(word: u32, size: u32) -> u32 {
    let bits = (extractBits(word, 11u, 1u) << 2u) | extractBits(word, 20u, 2u);
    return bits >> ((size + 3u) & 3u);
}

// The register that it is in: where M is of the index, it is one of the lower sixteen.
fn element_register(c: vec4<u32>) -> u32 {
    return control_rm(c) & select(31u, 15u, control_has(c, BY_ELEMENT) && element_size(c) == 1u);
}

// Whether the instruction is of one element.
fn is_scalar(word: u32) -> bool {
    return (word & 0x10000000u) != 0u;
}

// Whether it is of 128 bits.
fn is_whole(word: u32) -> bool {
    return (word & 0x40000000u) != 0u;
}

// The lower half alone, unless the instruction is of 128 bits.
fn vector_half(word: u32, v: vec4<u32>) -> vec4<u32> {
    return select(vec4<u32>(v.xy, 0u, 0u), v, is_whole(word));
}
