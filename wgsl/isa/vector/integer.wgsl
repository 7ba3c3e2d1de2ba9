// Integers of vector registers: one loop over the elements for all instructions. Flags say which elements meet, the
// operation what becomes of two of them, and flags again what becomes of that: shifted, rounded, added, made to fit.

// An element became the nearest number that fits.
var<private> integer_saturated: bool;

// A signed number of 96 bits, so that no sum, difference or doubled product of elements of 64 bits is lost.
fn wide(value: vec2<u32>, extension: u32) -> vec3<u32> {
    return vec3<u32>(value, extension);
}

fn wide_sign(a: vec3<u32>) -> u32 {
    return u32(i32(a.z) >> 31u);
}

fn wide_add(a: vec3<u32>, b: vec3<u32>) -> vec3<u32> {
    let low = a.x + b.x;
    let carry = select(0u, 1u, low < a.x);
    let middle = a.y + b.y;
    let sum = middle + carry;
    return vec3<u32>(low, sum, a.z + b.z + select(0u, 1u, middle < a.y || sum < carry));
}

fn wide_subtract(a: vec3<u32>, b: vec3<u32>) -> vec3<u32> {
    // -b is ~b + 1, and so is a - b the complement of ~a + b.
    return ~wide_add(~a, b);
}

// An element, extended by its sign or by zeros.
fn wide_element(v: vec4<u32>, size: u32, index: u32, unsigned: bool) -> vec3<u32> {
    var value = element(v, size, index);
    if (size != 3u && !unsigned) {
        let low = extractBits(i32(value.x), 0u, 8u << size);
        value = vec2<u32>(u32(low), u32(low >> 31u));
    }
    return wide(value, select(u64_sign(value), 0u, unsigned));
}

// By 0 to 127 bits; what leaves the lower 64 only shows in that the result is too large, or too small.
fn wide_shift_left(a: vec3<u32>, amount: u32) -> vec3<u32> {
    let fill = wide_sign(a);
    var lost = u64_shr_fill(u64_shr_fill(a.xy, 63u - (amount & 63u), fill), 1u, fill);
    var value = u64_shl(a.xy, amount & 63u);
    if (amount >= 64u) {
        lost = a.xy;
        value = U64_ZERO;
    }
    return wide(value, select(fill, fill ^ 1u, any(lost != vec2<u32>(fill))));
}

// By 1 to 128 bits, of a number that the lower 64 have but for its sign.
fn wide_shift_right(a: vec3<u32>, amount: u32, rounds: bool) -> vec3<u32> {
    let fill = wide_sign(a);
    let most = select(u64_shr_fill(a.xy, (amount - 1u) & 63u, fill), vec2<u32>(fill), amount > 64u);
    let half = select(0u, most.x & 1u, rounds);
    return wide_add(wide(u64_shr_fill(most, 1u, fill), fill), wide(vec2<u32>(half, 0u), 0u));
}

// The nearest number of so many bits.
fn wide_saturate(a: vec3<u32>, bits: u32, unsigned: bool) -> vec2<u32> {
    let ones = u64_shr(U64_MAX, 64u - bits);
    // All bits above those that a number may have are as the sign says.
    let limit = select(u64_shr(ones, 1u), ones, unsigned);
    let sign = wide_sign(a);
    let outside = (a.xy ^ vec2<u32>(sign)) & ~limit;
    if (a.z == sign && u64_is_zero(outside) && !(unsigned && sign != 0u)) {
        return a.xy;
    }
    integer_saturated = true;
    if (sign == 0u) {
        return limit;
    }
    return select(~limit, U64_ZERO, unsigned);
}

// The product of two polynomials over {0, 1}.
fn polynomial_multiply(a: vec2<u32>, b: vec2<u32>) -> vec4<u32> {
    var product = vec4<u32>(0u);
    for (var bit = 0u; bit < 64u; bit += 1u) {
        product = vec4<u32>(product.x << 1u, (product.yzw << vec3<u32>(1u)) | (product.xyz >> vec3<u32>(31u)));
        let word = select(a.y, a.x, bit >= 32u);
        let takes = u32(i32(word << (bit & 31u)) >> 31u);
        product = vec4<u32>(product.xy ^ (b & vec2<u32>(takes)), product.zw);
    }
    return product;
}

// The sum of the products of four bytes, each with a sign or without.
fn dot_bytes(a: u32, b: u32, a_unsigned: bool, b_unsigned: bool) -> u32 {
    var sum = 0u;
    for (var bit = 0u; bit < 32u; bit += 8u) {
        let first = select(u32(extractBits(i32(a), bit, 8u)), extractBits(a, bit, 8u), a_unsigned);
        let second = select(u32(extractBits(i32(b), bit, 8u)), extractBits(b, bit, 8u), b_unsigned);
        sum += first * second;
    }
    return sum;
}

// What the immediate shifts by; where there is none, an operand's length.
fn integer_amount(c: vec4<u32>) -> u32 {
    let immediate = extractBits(control_vector_word(c), 16u, 7u);
    let length = 8u << element_size(c);
    if (control_vector_operation(c) == INTEGER_SHIFT_RIGHT) {
        return 2u * length - immediate;
    }
    return select(length, immediate - length, control_vector_size(c) == SIZE_IMMEDIATE);
}

fn integer_mask(holds: bool) -> vec3<u32> {
    return vec3<u32>(select(0u, 0xffffffffu, holds));
}

// `n`, `m` and `d` are whole registers, and so is the result. Saturation sets `integer_saturated`.
fn vector_integer(c: vec4<u32>, n: vec4<u32>, m: vec4<u32>, d: vec4<u32>) -> vec4<u32> {
    if (is_packed(c)) {
        return vector_packed(c, n, m, d);
    }
    let word = control_vector_word(c);
    let operation = control_vector_operation(c);
    let size = element_size(c);
    let narrow = control_has(c, NARROW);
    let widen = control_has(c, WIDEN);
    let pairwise = control_has(c, PAIRWISE);
    let across = control_has(c, ACROSS);
    let unsigned = control_has(c, UNSIGNED);
    let others_unsigned = unsigned != control_has(c, INTEGER_MIXED);
    let accumulates = control_has(c, ACCUMULATE);
    let scalar = is_scalar(word);
    let whole = is_whole(word) && !scalar;

    // log2 of the bytes of elements, of the operands and of the result.
    let size_m = select(size, size + 1u, narrow);
    let size_n = select(size_m, size + 1u, control_has(c, WIDE_FIRST));
    let size_d = select(size, size + 1u, widen);
    let bits = 8u << size_d;
    // Elements of a register; those of a shorter one begin in the half that Q names.
    let each = select(8u, 16u, is_whole(word)) >> size;
    let upper = select(0u, 8u >> size, whole);
    var count = select(each, 8u >> size, narrow || widen);
    if (across) {
        count = each;
    } else if (pairwise && widen) {
        count = each >> 1u;
    } else if (scalar) {
        count = 1u;
    }

    // Bits that operands, or what was made of them, are shifted by.
    var up = 0u;
    var down = 0u;
    if (operation == INTEGER_SHIFT_RIGHT) {
        down = integer_amount(c);
    } else if (operation == INTEGER_SHIFT_LEFT) {
        up = integer_amount(c);
    } else if (operation == INTEGER_MULTIPLY_HIGH) {
        down = bits;
    } else if (operation <= INTEGER_SUBTRACT && control_has(c, INTEGER_HALVE)) {
        down = select(1u, bits, narrow);
    }
    var kept = U64_ZERO;
    if (operation >= INTEGER_SHIFT_RIGHT && control_has(c, INTEGER_INSERT)) {
        let ones = u64_shr(U64_MAX, 64u - bits);
        kept = ~select(u64_shl(ones, up), u64_shr(u64_shr(ones, down >> 1u), down - (down >> 1u)), down != 0u);
    }

    var result = vec4<u32>(0u);
    if (narrow && whole) {
        result = vec4<u32>(d.xy, 0u, 0u);
    }
    var total = wide_element(n, size, 0u, unsigned);
    for (var e = select(0u, 1u, across); e < count; e += 1u) {
        var first = n;
        var at_n = e;
        var at_m = e;
        if (pairwise) {
            first = select(n, m, 2u * e >= each);
            at_n = (2u * e) & (each - 1u);
        } else if (widen && !across) {
            at_m = e + upper;
            at_n = select(at_m, e, control_has(c, WIDE_FIRST));
        }
        var a = wide_element(first, size_n, at_n, unsigned);
        var b = vec3<u32>(0u);
        if (across) {
            b = total;
        } else if (pairwise) {
            b = wide_element(first, size_n, at_n + 1u, unsigned);
        } else if (!control_has(c, WITH_ZERO)) {
            b = wide_element(m, size_m, select(at_m, element_index(word, size), control_has(c, BY_ELEMENT)), unsigned);
        }
        if (control_has(c, INTEGER_REVERSE)) {
            b = a;
            a = vec3<u32>(0u);
        }
        let held = wide_element(d, size_d, e, others_unsigned);
        let difference = wide_subtract(a, b);
        let less = wide_sign(difference) != 0u;
        var r: vec3<u32>;
        switch (operation) {
            case INTEGER_ADD: {
                r = wide_add(a, b);
            }
            case INTEGER_SUBTRACT: {
                r = difference;
            }
            case INTEGER_DIFFERENCE: {
                r = select(difference, wide_subtract(vec3<u32>(0u), difference), less);
            }
            case INTEGER_MAXIMUM: {
                r = select(a, b, less);
            }
            case INTEGER_MINIMUM: {
                r = select(b, a, less);
            }
            case INTEGER_EQUAL: {
                r = integer_mask(all(a == b));
            }
            case INTEGER_GREATER: {
                r = integer_mask(!less && any(a != b));
            }
            case INTEGER_GREATER_EQUAL: {
                r = integer_mask(!less);
            }
            case INTEGER_TEST: {
                r = integer_mask(any((a & b) != vec3<u32>(0u)));
            }
            case INTEGER_COUNT_ONES: {
                r = vec3<u32>(countOneBits(a.x), 0u, 0u);
            }
            case INTEGER_COUNT_LEADING: {
                let leading = countLeadingZeros(a.x ^ a.z) + bits - 32u;
                r = vec3<u32>(leading - select(1u, 0u, unsigned), 0u, 0u);
            }
            case INTEGER_MULTIPLY, INTEGER_MULTIPLY_DOUBLE, INTEGER_MULTIPLY_HIGH: {
                let product = u64_mul(a.xy, b.xy);
                r = wide(product, u64_sign(product));
                if (operation != INTEGER_MULTIPLY) {
                    r = wide(u64_shl(product, 1u), r.z);
                    if (operation == INTEGER_MULTIPLY_HIGH && accumulates) {
                        let scaled = wide(u64_shl(held.xy, bits), held.z);
                        r = select(wide_add(scaled, r), wide_subtract(scaled, r), control_has(c, NEGATE));
                    } else if (operation == INTEGER_MULTIPLY_DOUBLE && all(r.xy == u64_shl(U64_ONE, bits - 1u))) {
                        // It does not fit; what is added to is the nearest that does.
                        r = wide(u64_sub(r.xy, U64_ONE), 0u);
                        integer_saturated = true;
                    }
                }
            }
            case INTEGER_POLYNOMIAL: {
                let product = polynomial_multiply(a.xy, b.xy);
                if (size == 3u) {
                    return product;
                }
                r = product.xyz;
            }
            case INTEGER_DOT: {
                r = vec3<u32>(dot_bytes(a.x, b.x, unsigned, others_unsigned), 0u, 0u);
            }
            case INTEGER_MATRIX: {
                let row = element(n, 3u, e >> 1u);
                let column = element(m, 3u, e & 1u);
                r = vec3<u32>(dot_bytes(row.x, column.x, unsigned, others_unsigned), 0u, 0u);
                r.x += dot_bytes(row.y, column.y, unsigned, others_unsigned);
            }
            case INTEGER_SHIFT: {
                r = a;
                let amount = extractBits(i32(b.x), 0u, 8u);
                up = u32(max(amount, 0));
                down = u32(max(-amount, 0));
            }
            default: {
                r = a;
            }
        }
        if (up != 0u) {
            r = wide_shift_left(r, up);
        }
        if (down != 0u) {
            r = wide_shift_right(r, down, control_has(c, ROUND));
        }
        r = wide((r.xy & ~kept) | (held.xy & kept), r.z);
        if (accumulates && operation != INTEGER_MULTIPLY_HIGH) {
            r = select(wide_add(held, r), wide_subtract(held, r), control_has(c, NEGATE));
        }
        if (control_has(c, SATURATE)) {
            r = wide(wide_saturate(r, bits, others_unsigned), 0u);
        }
        total = r;
        if (!across) {
            result = element_set(result, size_d, e + select(0u, upper, narrow), r.xy);
        }
    }
    return select(result, element_set(result, size_d, 0u, total.xy), across);
}
