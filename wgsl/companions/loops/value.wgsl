// What registers hold over the iterations that a loop is about to make: iteration i of a register whose kind is
// AFFINE starts from x[r] + i * step[r]. All that is found out holds for the first `bound` iterations only.

var<private> step: array<vec2<u32>, REGISTER_SLOTS>;
// A kind, and above it the number of a stream or a register.
var<private> kind: array<u32, REGISTER_SLOTS>;
var<private> bound: vec2<u32>;
var<private> refusal: u32;

const AFFINE = 0u;
// What this iteration loaded by stream `payload`.
const LOADED = 1u;
// A register that folds what is loaded, before and after it has been folded in this iteration.
const FOLD = 2u;
const FOLDED = 3u;
// Not known, and of no use before it is written again.
const OPAQUE = 4u;
const KIND_MASK = 7u;
const PAYLOAD_SHIFT = 3u;

fn loop_refuse(reason: u32) {
    if (refusal == LOOP_OK) {
        refusal = reason;
    }
}

fn loop_bound(iterations: vec2<u32>) {
    if (u64_less(iterations, bound)) {
        bound = iterations;
    }
}

// Values of 64 bits that may not wrap, with their signed steps: what was said of an iteration holds while they do not.
// They are kept to be looked at all in one place, for drivers put every call's text where the call is.
var<private> range_base: array<vec2<u32>, LOOP_RANGES>;
var<private> range_step: array<vec2<u32>, LOOP_RANGES>;
var<private> range_count: u32;

fn hold_range(base: vec2<u32>, by: vec2<u32>) {
    if (u64_is_zero(by)) {
        return;
    }
    if (range_count == LOOP_RANGES) {
        loop_refuse(LOOP_SIZE);
        return;
    }
    range_base[range_count] = base;
    range_step[range_count] = by;
    range_count += 1u;
}

fn bound_by_ranges() {
    for (var n = 0u; n < range_count; n += 1u) {
        loop_bound(iterations_in_range(range_base[n], range_step[n]));
    }
}

fn value_at(base: vec2<u32>, by: vec2<u32>, i: vec2<u32>) -> vec2<u32> {
    return u64_add(base, u64_mul(by, i));
}

// How many iterations base + i * by stays an unsigned number of 64 bits without wrapping; `by` is signed.
fn iterations_in_range(base: vec2<u32>, by: vec2<u32>) -> vec2<u32> {
    if (u64_is_zero(by)) {
        return U64_MAX;
    }
    let down = (by.y >> 31u) == 1u;
    let room = select(~base, base, vec2<bool>(down));
    let size = select(by, u64_negate(by), vec2<bool>(down));
    let steps = u64_div(room, size);
    return select(u64_add(steps, U64_ONE), U64_MAX, vec2<bool>(all(steps == U64_MAX)));
}

// The first i for which base + i * by is 0 modulo 2^64; U64_MAX if there is none.
fn first_zero(base: vec2<u32>, by: vec2<u32>) -> vec2<u32> {
    if (u64_is_zero(base)) {
        return U64_ZERO;
    }
    if (u64_is_zero(by)) {
        return U64_MAX;
    }
    let twos = select(countTrailingZeros(by.x), 32u + countTrailingZeros(by.y), by.x == 0u);
    let odd = u64_shr(by, twos);
    let goal = u64_negate(base);
    let quotient = u64_shr(goal, twos);
    if (any(u64_shl(quotient, twos) != goal)) {
        return U64_MAX;
    }
    // Newton's steps double the bits that are right; odd * odd is 1 modulo 8.
    var inverse = odd;
    for (var n = 0u; n < 5u; n += 1u) {
        inverse = u64_mul(inverse, u64_sub(vec2<u32>(2u, 0u), u64_mul(odd, inverse)));
    }
    return u64_mul(quotient, inverse) & u64_shr(U64_MAX, twos);
}

// The step of a value's `bits` lowest bits when they are extended again; bounds the iterations to those before a wrap.
fn narrow_step(base: vec2<u32>, by: vec2<u32>, bits: u32, signed: bool) -> vec2<u32> {
    let up = 64u - bits;
    let top = u64_shl(by, up);
    hold_range(u64_shl(base, up) ^ vec2<u32>(0u, select(0u, 0x80000000u, signed)), top);
    return u64_shr_fill(top, up, u64_sign(top));
}

fn kind_of(n: u32) -> u32 {
    return kind[n] & KIND_MASK;
}

fn payload_of(n: u32) -> u32 {
    return kind[n] >> PAYLOAD_SHIFT;
}

fn set_value(n: u32, base: vec2<u32>, by: vec2<u32>) {
    x[n] = base;
    step[n] = by;
    kind[n] = AFFINE;
}

fn set_kind(n: u32, k: u32, payload: u32) {
    step[n] = U64_ZERO;
    kind[n] = k | (payload << PAYLOAD_SHIFT);
}

fn is_constant(n: u32) -> bool {
    return kind[n] == AFFINE && u64_is_zero(step[n]);
}
