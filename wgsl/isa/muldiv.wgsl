// MULDIV: multiply and accumulate, upper halves, division, and the CRC of a polynomial division.

fn sign_extend_word(v: vec2<u32>, signed: bool) -> vec2<u32> {
    return vec2<u32>(v.x, select(0u, u32(i32(v.x) >> 31u), signed));
}

fn magnitude(v: vec2<u32>) -> vec2<u32> {
    return select(v, u64_negate(v), vec2<bool>((v.y >> 31u) == 1u));
}

fn muldiv(c: vec4<u32>, a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let operation = control_muldiv_operation(c);
    let signed = control_has(c, SIGNED_OPERANDS);
    if (operation == MULTIPLY) {
        var n = a;
        var m = b;
        if (control_has(c, LONG)) {
            n = sign_extend_word(a, signed);
            m = sign_extend_word(b, signed);
        }
        let product = u64_mul(n, m);
        let addend = x[control_ra(c)];
        // addend - product = ~(~addend + product)
        let flip = vec2<u32>(control_mask(c, SUBTRACT));
        return u64_add(addend ^ flip, product) ^ flip;
    }
    if (operation == MULTIPLY_HIGH) {
        var high = u64_mul_high(a, b);
        if (signed) {
            high = u64_sub(high, b & vec2<u32>(u64_sign(a)));
            high = u64_sub(high, a & vec2<u32>(u64_sign(b)));
        }
        return high;
    }
    if (operation == DIVIDE) {
        var n = a;
        var m = b;
        if (!control_has(c, SF)) {
            n = sign_extend_word(a, signed);
            m = sign_extend_word(b, signed);
        }
        // One division serves both: magnitudes, and the sign of the quotient.
        let sign = select(0u, 0xffffffffu, signed && ((n.y ^ m.y) >> 31u) == 1u);
        let quotient = u64_div(select(n, magnitude(n), vec2<bool>(signed)), select(m, magnitude(m), vec2<bool>(signed)));
        return u64_sub(quotient ^ vec2<u32>(sign), vec2<u32>(sign));
    }
    return vec2<u32>(checksum(c, a.x, b), 0u);
}

// CRC32 and CRC32C: bit-reflected division of `size` bytes.
fn checksum(c: vec4<u32>, start: u32, data: vec2<u32>) -> u32 {
    let polynomial = select(0xedb88320u, 0x82f63b78u, control_has(c, CRC_CASTAGNOLI));
    var rest = data;
    var crc = start;
    for (var bits = 8u << control_crc_size(c); bits > 0u; bits -= 1u) {
        let low = (crc ^ rest.x) & 1u;
        crc = (crc >> 1u) ^ select(0u, polynomial, low == 1u);
        rest = vec2<u32>((rest.x >> 1u) | (rest.y << 31u), rest.y >> 1u);
    }
    return crc;
}
