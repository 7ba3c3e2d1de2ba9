// Sums and products of normal f32 and f64 with a normal result: a short text for the loop. What is not `done` is
// float_execute's.

struct Plain {
    done: bool,
    value: vec2<u32>,
    flags: u32,
}

// Of FLOAT_ADD, with or without FLOAT_SUBTRACT, and FLOAT_MULTIPLY, of S or D and without other flags.
fn float_plain(operation: u32, a: vec2<u32>, b: vec2<u32>, fpcr: u32) -> Plain {
    let wide = ((operation >> FLOAT_RESULT_SHIFT) & 3u) == FLOAT_D;
    let shift = select(23u, 20u, wide);
    let mask = select(0xffu, 0x7ffu, wide);
    let ah = select(a.x, a.y, wide);
    let bh = select(b.x, b.y, wide) ^ select(0u, 0x80000000u, (operation & FLOAT_SUBTRACT) != 0u);
    // Exponent fields less one: below mask - 1 if normal.
    let fa = ((ah >> shift) & mask) - 1u;
    let fb = ((bh >> shift) & mask) - 1u;
    // Leading bit 62.
    let low = (1u << shift) - 1u;
    let ma = (ah & low) | (low + 1u);
    let mb = (bh & low) | (low + 1u);
    let sa = select(vec2<u32>(0u, ma << 7u), vec2<u32>(a.x << 10u, (ma << 10u) | (a.x >> 22u)), wide);
    let sb = select(vec2<u32>(0u, mb << 7u), vec2<u32>(b.x << 10u, (mb << 10u) | (b.x >> 22u)), wide);
    var sign = ah >> 31u;
    var field = i32(fa);
    var significand: vec2<u32>;
    if ((operation & FLOAT_OPERATION_BITS) == FLOAT_ADD) {
        let swap = fa < fb || (fa == fb && u64_less(sa, sb));
        let small = u64_shr_jam(select(sb, sa, swap), select(fa - fb, fb - fa, swap));
        significand = u64_add(select(sa, sb, swap), select(small, u64_negate(small), ((ah ^ bh) >> 31u) == 1u));
        sign = select(sign, bh >> 31u, swap);
        field = i32(max(fa, fb)) + 1;
    } else {
        let product = u128_mul(u64_shl(sa, 1u), u64_shl(sb, 1u));
        significand = product.zw;
        significand.x |= u32((product.x | product.y) != 0u);
        sign ^= bh >> 31u;
        field = i32(fa + fb) - i32(mask >> 1u) + 2;
    }
    let zeros = u64_leading_zeros(significand);
    field -= i32(zeros);
    if (max(fa, fb) >= mask - 1u || zeros > 63u || field < 0 || field >= i32(mask) - 2) {
        return Plain(false, U64_ZERO, 0u);
    }
    let fraction_bits = select(23u, 52u, wide);
    let s = u64_shl(significand, zeros);
    let kept = u64_shr(s, 63u - fraction_bits);
    let rest = u64_shl(s, fraction_bits + 1u);
    let up = float_rounds_up(float_environment(operation, fpcr), kept.x, rest, sign);
    let r = u64_add(kept, vec2<u32>(up, 0u));
    let top = (u32(field) << shift) + (sign << 31u);
    let value = select(vec2<u32>(r.x + top, 0u), vec2<u32>(r.x, r.y + top), wide);
    return Plain(true, value, select(0u, FPSR_IXC, (rest.x | rest.y) != 0u));
}
