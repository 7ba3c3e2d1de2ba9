// BFDOT's arithmetic on f32, with its own rules: subnormals are zero, what is rounded is rounded to odd, what is too large
// is infinite, every NaN is the default one, and no flags.

const BRAIN_NAN = 0x7fc00000u;

// c + (a * b + a' * b'), of pairs of BF16 numbers.
fn brain_dot(a: u32, b: u32, c: u32) -> u32 {
    let products = brain_add(brain_multiply(a << 16u, b << 16u), brain_multiply(a & 0xffff0000u, b & 0xffff0000u));
    return brain_add(c, products);
}

fn brain_flushed(v: u32) -> u32 {
    return select(v, v & 0x80000000u, (v & 0x7f800000u) == 0u);
}

// significand * 2^(field - 127 - 23) with bit 23 leading, whose exponent field may be out of range.
fn brain_pack(sign: u32, field: i32, significand: u32) -> u32 {
    let finite = (u32(field) << 23u) | (significand & 0x7fffffu);
    return sign | select(select(finite, 0u, field < 1), 0x7f800000u, field > 254);
}

// Of numbers with 8 bits: the product is exact.
fn brain_multiply(a_in: u32, b_in: u32) -> u32 {
    let a = brain_flushed(a_in);
    let b = brain_flushed(b_in);
    let sign = (a ^ b) & 0x80000000u;
    let larger = max(a & 0x7fffffffu, b & 0x7fffffffu);
    let smaller = min(a & 0x7fffffffu, b & 0x7fffffffu);
    if (larger > 0x7f800000u || (larger == 0x7f800000u && smaller == 0u)) {
        return BRAIN_NAN;
    }
    if (larger == 0x7f800000u || smaller == 0u) {
        return sign | select(0u, larger, smaller != 0u);
    }
    let product = (((larger >> 16u) & 0x7fu) | 0x80u) * (((smaller >> 16u) & 0x7fu) | 0x80u);
    let upper = product >> 15u;
    return brain_pack(sign, i32((larger >> 23u) + (smaller >> 23u) + upper) - 127, product << (9u - upper));
}

fn brain_add(a_in: u32, b_in: u32) -> u32 {
    let a = brain_flushed(a_in);
    let b = brain_flushed(b_in);
    let swap = (a & 0x7fffffffu) < (b & 0x7fffffffu);
    let large = select(a, b, swap);
    let small = select(b, a, swap);
    let size = large & 0x7fffffffu;
    let differ = ((a ^ b) >> 31u) == 1u;
    if (size > 0x7f800000u || (differ && size == 0x7f800000u && (small & 0x7fffffffu) == 0x7f800000u)) {
        return BRAIN_NAN;
    }
    if (size == 0x7f800000u || (small & 0x7fffffffu) == 0u) {
        // Nothing is added; zeros of both signs are the positive one.
        return select(large, 0u, differ && size == 0u);
    }
    // Bit 29 leads, and bit 0 stands for all below.
    let upper = ((large & 0x7fffffu) | 0x800000u) << 6u;
    let lower = ((small & 0x7fffffu) | 0x800000u) << 6u;
    let distance = min((size >> 23u) - ((small >> 23u) & 0xffu), 31u);
    let kept = lower >> distance;
    let jammed = kept | u32((kept << distance) != lower);
    let sum = select(upper + jammed, upper - jammed, differ);
    if (sum == 0u) {
        return 0u;
    }
    let zeros = countLeadingZeros(sum);
    let significand = sum << zeros;
    let odd = (significand >> 8u) | u32((significand & 0xffu) != 0u);
    return brain_pack(large & 0x80000000u, i32(size >> 23u) + 2 - i32(zeros), odd);
}
