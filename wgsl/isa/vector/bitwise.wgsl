// Bitwise operations of whole vector registers, and immediates.

// AdvSIMDExpandImm of the Arm manual, but for floating point.
fn expand_immediate(word: u32) -> vec2<u32> {
    let byte = (extractBits(word, 16u, 3u) << 5u) | extractBits(word, 5u, 5u);
    let mode = extractBits(word, 12u, 4u);
    let inverted = (word & 0x20000000u) != 0u;
    var low: u32;
    if (mode < 8u) {
        low = byte << ((mode >> 1u) * 8u);
    } else if (mode < 12u) {
        low = (byte << (((mode >> 1u) & 1u) * 8u)) * 0x00010001u;
    } else if (mode < 14u) {
        // Ones are shifted in.
        let shift = 8u << (mode & 1u);
        low = (byte << shift) | ((1u << shift) - 1u);
    } else if (inverted) {
        // Each bit is a byte.
        let spread = (vec2<u32>(byte, byte >> 4u) & vec2<u32>(15u)) * 0x00204081u;
        return (spread & vec2<u32>(0x01010101u)) * 0xffu;
    } else {
        return vec2<u32>(byte * 0x01010101u);
    }
    return vec2<u32>(select(low, ~low, inverted));
}

// VFPExpandImm of the Arm manual.
fn expand_float(size: u32, byte: u32) -> vec2<u32> {
    let sign = byte >> 7u;
    let turned = (byte >> 6u) & 1u;
    let fraction = byte & 0x3fu;
    // Sign, the inverse of bit 6, copies of it, bits 5..0.
    switch (size) {
        case 1u: {
            return vec2<u32>((sign << 15u) | ((1u - turned) << 14u) | (turned * 0x3000u) | (fraction << 6u), 0u);
        }
        case 2u: {
            return vec2<u32>((sign << 31u) | ((1u - turned) << 30u) | (turned * 0x3e000000u) | (fraction << 19u), 0u);
        }
        default: {
            return vec2<u32>(0u, (sign << 31u) | ((1u - turned) << 30u) | (turned * 0x3fc00000u) | (fraction << 16u));
        }
    }
}

fn vector_bitwise(c: vec4<u32>, n: vec4<u32>, m: vec4<u32>, a: vec4<u32>, d: vec4<u32>) -> vec4<u32> {
    let word = control_vector_word(c);
    var result: vec4<u32>;
    switch control_vector_operation(c) {
        case BITWISE_AND: {
            result = n & m;
        }
        case BITWISE_BIC: {
            result = n & ~m;
        }
        case BITWISE_ORR: {
            result = n | m;
        }
        case BITWISE_ORN: {
            result = n | ~m;
        }
        case BITWISE_EOR: {
            result = n ^ m;
        }
        case BITWISE_BSL: {
            result = (n & d) | (m & ~d);
        }
        case BITWISE_BIT: {
            result = (n & m) | (d & ~m);
        }
        case BITWISE_BIF: {
            result = (n & ~m) | (d & m);
        }
        case BITWISE_NOT: {
            result = ~n;
        }
        // These two have no bit for a half: they are of 128 bits.
        case BITWISE_EOR3: {
            result = n ^ m ^ a;
        }
        case BITWISE_BCAX: {
            result = n ^ (m & ~a);
        }
        case BITWISE_MOVI: {
            result = expand_immediate(word).xyxy;
        }
        case BITWISE_ORR_IMMEDIATE: {
            result = d | expand_immediate(word).xyxy;
        }
        case BITWISE_BIC_IMMEDIATE: {
            // The immediate is inverted already.
            result = d & expand_immediate(word).xyxy;
        }
        default: {
            let size = element_size(c);
            let byte = (extractBits(word, 16u, 3u) << 5u) | extractBits(word, 5u, 5u);
            result = element_fill(size, expand_float(size, byte));
        }
    }
    return vector_half(word, result);
}
