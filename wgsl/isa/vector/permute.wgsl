// What puts elements in another order: each element of the result is one of a table of registers.

fn vector_permute(c: vec4<u32>) -> vec4<u32> {
    let word = control_vector_word(c);
    let operation = control_vector_operation(c);
    let size = element_size(c);
    let second = select(0u, 1u, control_has(c, PERMUTE_SECOND));
    let rn = control_rn(c) & 31u;
    let rm = control_rm(c) & 31u;
    let indices = v[rm];
    let count = select(8u, 16u, is_whole(word)) >> size;
    // Elements that one register of the table gives, and how many registers it has.
    var each = count;
    var registers = 2u;
    if (operation >= PERMUTE_TABLE) {
        each = 16u >> size;
        registers = select(2u, extractBits(word, 13u, 2u) + 1u, operation == PERMUTE_TABLE);
    }
    let log_each = firstTrailingBit(each);

    var result = vec4<u32>(0u);
    if (control_has(c, PERMUTE_KEEP)) {
        result = vector_half(word, v[control_rd(c) & 31u]);
    }
    for (var e = 0u; e < count; e += 1u) {
        var at = e;
        switch (operation) {
            case PERMUTE_UNZIP: {
                at = 2u * e + second;
            }
            case PERMUTE_TRANSPOSE: {
                at = (e & ~1u) + second + (e & 1u) * each;
            }
            case PERMUTE_ZIP: {
                at = (e >> 1u) + second * (each >> 1u) + (e & 1u) * each;
            }
            case PERMUTE_EXTRACT: {
                at = e + extractBits(word, 11u, 4u);
            }
            case PERMUTE_REVERSE: {
                // Bits 29 and 12 tell REV32 and REV16 from REV64.
                let group = 8u >> (extractBits(word, 29u, 1u) + 2u * extractBits(word, 12u, 1u));
                at = e ^ ((group >> size) - 1u);
            }
            case PERMUTE_TABLE: {
                at = element(indices, 0u, e).x;
            }
            case PERMUTE_LOOKUP_2: {
                // The immediate ends at bit 14, and counts parts that have an index for each element.
                let part = extractBits(word, 13u - size, 2u + size);
                let bit = 2u * (part * count + e);
                at = extractBits(indices[bit >> 5u], bit & 31u, 2u);
            }
            case PERMUTE_LOOKUP_4: {
                let part = extractBits(word, 14u - size, 1u + size);
                let bit = 4u * (part * count + e);
                at = extractBits(indices[bit >> 5u], bit & 31u, 4u);
            }
            default: {}
        }
        let number = at >> log_each;
        if (number < registers) {
            let behind = select(rm, (rn + number) & 31u, operation >= PERMUTE_TABLE);
            var value = element(v[select(behind, rn, number == 0u)], size, at & (each - 1u));
            if (operation == PERMUTE_REVERSE_BITS) {
                value.x = reverseBits(value.x) >> 24u;
            }
            result = element_set(result, size, e, value);
        }
    }
    return result;
}
