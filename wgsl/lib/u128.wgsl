// 128-bit integers as vec4<u32>, low word first.

// Shifted right, with bit 0 set if a bit was lost. Any amount.
fn u64_shr_jam(a: vec2<u32>, n: u32) -> vec2<u32> {
    let m = min(n, 63u);
    let kept = select(u64_shr(a, m), U64_ZERO, n > 63u);
    // Something was lost if shifting back does not restore it.
    return kept | vec2<u32>(u32(any(u64_shl(kept, m) != a)), 0u);
}

fn u128_shr_jam(a: vec4<u32>, n: u32) -> vec4<u32> {
    var v = a;
    var lost = 0u;
    if (n >= 128u) {
        return vec4<u32>(u32(any(a != vec4<u32>(0u))), 0u, 0u, 0u);
    }
    if ((n & 64u) != 0u) {
        lost = v.x | v.y;
        v = vec4<u32>(v.zw, 0u, 0u);
    }
    if ((n & 32u) != 0u) {
        lost |= v.x;
        v = vec4<u32>(v.yzw, 0u);
    }
    let s = n & 31u;
    lost |= v.x & ((1u << s) - 1u);
    let up = (vec4<u32>(v.yzw, 0u) << vec4<u32>(1u)) << vec4<u32>(31u - s);
    v = (v >> vec4<u32>(s)) | up;
    v.x |= u32(lost != 0u);
    return v;
}

// a + b, or a - b.
fn u128_add(a: vec4<u32>, b: vec4<u32>, subtract: bool) -> vec4<u32> {
    let flip = select(0u, 0xffffffffu, subtract);
    let o = b ^ vec4<u32>(flip);
    var r: vec4<u32>;
    let x0 = a.x + o.x;
    r.x = x0 + (flip & 1u);
    let c0 = u32(x0 < a.x) | u32(r.x < x0);
    let x1 = a.y + o.y;
    r.y = x1 + c0;
    let c1 = u32(x1 < a.y) | u32(r.y < x1);
    let x2 = a.z + o.z;
    r.z = x2 + c1;
    let c2 = u32(x2 < a.z) | u32(r.z < x2);
    r.w = a.w + o.w + c2;
    return r;
}

fn u128_mul(a: vec2<u32>, b: vec2<u32>) -> vec4<u32> {
    let low = u32_mul_wide(a.x, b.x);
    let mid = u64_add(u32_mul_wide(a.y, b.x), vec2<u32>(low.y, 0u));
    let mid2 = u64_add(u32_mul_wide(a.x, b.y), vec2<u32>(mid.x, 0u));
    let high = u64_add(u64_add(u32_mul_wide(a.y, b.y), vec2<u32>(mid.y, 0u)), vec2<u32>(mid2.y, 0u));
    return vec4<u32>(low.x, mid2.x, high);
}
