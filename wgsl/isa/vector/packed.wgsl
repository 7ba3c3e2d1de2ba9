// The short way of integers that are 8, 16 or 32 bits long and need nothing beyond them: all elements at once, side by side
// in the words of a register. `lane` is log2 of an element's bytes, `top` the highest bit of each element of a word.

fn packed_top(lane: u32) -> u32 {
    return select(select(0x80808080u, 0x80008000u, lane == 1u), 0x80000000u, lane == 2u);
}

fn packed_add(a: vec4<u32>, b: vec4<u32>, top: u32) -> vec4<u32> {
    let rest = vec4<u32>(~top);
    return ((a & rest) + (b & rest)) ^ ((a ^ b) & ~rest);
}

fn packed_subtract(a: vec4<u32>, b: vec4<u32>, top: u32) -> vec4<u32> {
    let rest = vec4<u32>(~top);
    return ((a | ~rest) - (b & rest)) ^ (~(a ^ b) & ~rest);
}

// Ones in every element that has its highest bit.
fn packed_mask(a: vec4<u32>, lane: u32) -> vec4<u32> {
    let signs = a & vec4<u32>(packed_top(lane));
    return signs | (signs - (signs >> vec4<u32>((8u << lane) - 1u)));
}

// Elements of 8 or 16 bits that have twice as much room, extended into it.
fn packed_extend(a: vec4<u32>, size: u32, unsigned: bool) -> vec4<u32> {
    let value = a & vec4<u32>(select(0x0000ffffu, 0x00ff00ffu, size == 0u));
    let signs = value & vec4<u32>(select(packed_top(size), 0u, unsigned));
    return value | (signs * vec4<u32>(select(0x1fffeu, 0x1feu, size == 0u)));
}

// The lower or upper half's elements of 8 or 16 bits, each extended to twice its length.
fn packed_widen(v: vec4<u32>, size: u32, upper: bool, unsigned: bool) -> vec4<u32> {
    let half = select(v.xy, v.zw, upper);
    var spread = vec4<u32>(half.x, half.x >> 16u, half.y, half.y >> 16u) & vec4<u32>(0xffffu);
    if (size == 0u) {
        spread |= spread << vec4<u32>(8u);
    }
    return packed_extend(spread, size, unsigned);
}

// The even or odd elements of two registers.
fn packed_unzip(n: vec4<u32>, m: vec4<u32>, lane: u32, odd: bool) -> vec4<u32> {
    if (lane == 2u) {
        return select(vec4<u32>(n.xz, m.xz), vec4<u32>(n.yw, m.yw), odd);
    }
    let shift = vec4<u32>(select(0u, 8u << lane, odd));
    var a = n >> shift;
    var b = m >> shift;
    if (lane == 0u) {
        a &= vec4<u32>(0x00ff00ffu);
        b &= vec4<u32>(0x00ff00ffu);
        a |= a >> vec4<u32>(8u);
        b |= b >> vec4<u32>(8u);
    }
    return (vec4<u32>(a.xz, b.xz) & vec4<u32>(0xffffu)) | (vec4<u32>(a.yw, b.yw) << vec4<u32>(16u));
}

// The lower halves of products of two elements of 16 bits each.
fn packed_multiply_halves(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
    return ((a * b) & vec4<u32>(0xffffu)) | (((a >> vec4<u32>(16u)) * (b >> vec4<u32>(16u))) << vec4<u32>(16u));
}

fn packed_multiply(a: vec4<u32>, b: vec4<u32>, lane: u32) -> vec4<u32> {
    if (lane == 2u) {
        return a * b;
    }
    if (lane == 1u) {
        return packed_multiply_halves(a, b);
    }
    let low = vec4<u32>(0x00ff00ffu);
    let byte = vec4<u32>(8u);
    let odd = packed_multiply_halves((a >> byte) & low, (b >> byte) & low);
    return (packed_multiply_halves(a & low, b & low) & low) | ((odd & low) << byte);
}

fn packed_count(a: vec4<u32>) -> vec4<u32> {
    let pairs = a - ((a >> vec4<u32>(1u)) & vec4<u32>(0x55555555u));
    let fours = (pairs & vec4<u32>(0x33333333u)) + ((pairs >> vec4<u32>(2u)) & vec4<u32>(0x33333333u));
    return (fours + (fours >> vec4<u32>(4u))) & vec4<u32>(0x0f0f0f0fu);
}

// By immediates; bits that come in are the sign's, zeros or those of `d`.
fn packed_shift(c: vec4<u32>, a: vec4<u32>, lane: u32, d: vec4<u32>) -> vec4<u32> {
    let amount = integer_amount(c);
    let ones = 0xffffffffu >> (32u - (8u << lane));
    var moved: vec4<u32>;
    var mask: u32;
    var coming = vec4<u32>(0u);
    if (control_vector_operation(c) == INTEGER_SHIFT_LEFT) {
        moved = a << vec4<u32>(amount);
        mask = (ones << amount) & ones;
    } else {
        // In two steps, as 32 are too many for one.
        let rest = amount - (amount >> 1u);
        moved = (a >> vec4<u32>(amount >> 1u)) >> vec4<u32>(rest);
        mask = (ones >> (amount >> 1u)) >> rest;
        if (!control_has(c, UNSIGNED)) {
            coming = packed_mask(a, lane);
        }
    }
    if (control_has(c, INTEGER_INSERT)) {
        coming = d;
    }
    let stays = element_fill(lane, vec2<u32>(mask, 0u));
    return (moved & stays) | (coming & ~stays);
}

fn packed_operate(c: vec4<u32>, a: vec4<u32>, b: vec4<u32>, lane: u32, d: vec4<u32>) -> vec4<u32> {
    let top = packed_top(lane);
    let difference = packed_subtract(a, b, top);
    // An unsigned comparison is what the subtraction borrows; a signed one is unsigned with both signs turned.
    let turned = vec4<u32>(select(top, 0u, control_has(c, UNSIGNED)));
    let first = a ^ turned;
    let second = b ^ turned;
    let less = packed_mask((~first & second) | (~(first ^ second) & difference), lane);
    switch control_vector_operation(c) {
        case INTEGER_ADD: {
            return packed_add(a, b, top);
        }
        case INTEGER_SUBTRACT: {
            return difference;
        }
        case INTEGER_DIFFERENCE: {
            return packed_subtract(difference ^ less, less, top);
        }
        case INTEGER_MAXIMUM: {
            return (a & ~less) | (b & less);
        }
        case INTEGER_MINIMUM: {
            return (b & ~less) | (a & less);
        }
        case INTEGER_EQUAL, INTEGER_TEST, INTEGER_GREATER: {
            let test = control_vector_operation(c) == INTEGER_TEST;
            let bits = select(a ^ b, a & b, test);
            // The highest bit, or what carries into it.
            let rest = vec4<u32>(~top);
            let some = packed_mask(((bits & rest) + rest) | bits, lane);
            if (control_vector_operation(c) == INTEGER_GREATER) {
                return some & ~less;
            }
            return select(~some, some, test);
        }
        case INTEGER_GREATER_EQUAL: {
            return ~less;
        }
        case INTEGER_COUNT_ONES: {
            return packed_count(a);
        }
        case INTEGER_MULTIPLY: {
            return packed_multiply(a, b, lane);
        }
        default: {
            return packed_shift(c, a, lane, d);
        }
    }
}

// log2 of the bytes of the elements that an instruction works on.
fn packed_lane(c: vec4<u32>) -> u32 {
    return element_size(c) + select(0u, 1u, control_has(c, WIDEN | NARROW));
}

// Whether it is one of these.
fn is_packed(c: vec4<u32>) -> bool {
    let operation = control_vector_operation(c);
    let shifts = operation == INTEGER_SHIFT_LEFT || operation == INTEGER_SHIFT_RIGHT;
    let plain = operation <= INTEGER_MULTIPLY && operation != INTEGER_COUNT_LEADING && !control_has(c, INTEGER_HALVE);
    return (shifts || plain) && !control_has(c, ROUND | SATURATE) && packed_lane(c) < 3u;
}

fn vector_packed(c: vec4<u32>, n: vec4<u32>, m: vec4<u32>, d: vec4<u32>) -> vec4<u32> {
    let word = control_vector_word(c);
    let size = element_size(c);
    let lane = packed_lane(c);
    let unsigned = control_has(c, UNSIGNED);
    let across = control_has(c, ACROSS);
    let whole = is_whole(word);
    var a = n;
    var b = m;
    if (control_has(c, BY_ELEMENT)) {
        b = element_fill(size, element(m, size, element_index(word, size)));
    } else if (control_has(c, WITH_ZERO)) {
        b = vec4<u32>(0u);
    }
    if (control_has(c, PAIRWISE | ACROSS)) {
        if (control_has(c, WIDEN)) {
            a = packed_extend(n, size, unsigned);
            b = packed_extend(n >> vec4<u32>(8u << size), size, unsigned);
        } else {
            var second = select(m, n, across);
            let first = select(vec4<u32>(n.xy, second.xy), n, whole);
            second = select(first, second, whole);
            a = packed_unzip(first, second, lane, false);
            b = packed_unzip(first, second, lane, true);
        }
    } else if (control_has(c, WIDEN)) {
        if (!control_has(c, WIDE_FIRST)) {
            a = packed_widen(n, size, whole, unsigned);
        }
        b = packed_widen(b, size, whole && !control_has(c, BY_ELEMENT), unsigned);
    }
    if (control_has(c, INTEGER_REVERSE)) {
        b = a;
        a = vec4<u32>(0u);
    }
    var r = packed_operate(c, a, b, lane, d);
    if (across) {
        // Neighbours have become one; so do the others, until one is left.
        for (var left = select(4u, 8u, whole) >> size; left > 1u; left >>= 1u) {
            r = packed_operate(c, packed_unzip(r, r, lane, false), packed_unzip(r, r, lane, true), lane, d);
        }
        return element_set(vec4<u32>(0u), lane, 0u, element(r, lane, 0u));
    }
    if (control_has(c, ACCUMULATE)) {
        let top = packed_top(lane);
        r = select(packed_add(d, r, top), packed_subtract(d, r, top), control_has(c, NEGATE));
    }
    if (control_has(c, NARROW)) {
        let short = packed_unzip(r, r, size, false).xy;
        return select(vec4<u32>(short, 0u, 0u), vec4<u32>(d.xy, short), whole);
    }
    return select(vector_half(word, r), r, control_has(c, WIDEN) && !control_has(c, PAIRWISE));
}
