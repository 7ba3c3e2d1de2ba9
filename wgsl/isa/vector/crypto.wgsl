// AES, SHA-1, SHA-2, SHA-3, SM3 and SM4. Substitution boxes are computed: a table of theirs would be copied into each
// invocation's memory by some drivers.

fn rotate_left(a: u32, n: u32) -> u32 {
    return (a << n) | (a >> (32u - n));
}

fn rotate_left_each(a: vec4<u32>, n: u32) -> vec4<u32> {
    return (a << vec4<u32>(n)) | (a >> vec4<u32>(32u - n));
}

// Four bytes, each rotated.
fn bytes_rotate_left(a: u32, n: u32) -> u32 {
    let low = ((1u << n) - 1u) * 0x01010101u;
    return ((a << n) & ~low) | ((a >> (8u - n)) & low);
}

// Four bytes, each twice itself in the field with this polynomial, less its highest bit.
fn field_double(a: u32, polynomial: u32) -> u32 {
    return ((a & 0x7f7f7f7fu) << 1u) ^ (((a >> 7u) & 0x01010101u) * polynomial);
}

fn field_multiply(a: u32, b: u32, polynomial: u32) -> u32 {
    var product = 0u;
    var multiple = a;
    for (var bit = 0u; bit < 8u; bit += 1u) {
        product ^= multiple & (((b >> bit) & 0x01010101u) * 0xffu);
        multiple = field_double(multiple, polynomial);
    }
    return product;
}

// Four bytes, each 1 / itself or zero: to the power of 254, which is 2 + 4 + ... + 128.
fn field_invert(a: u32, polynomial: u32) -> u32 {
    var power = field_multiply(a, a, polynomial);
    var inverse = power;
    for (var n = 0u; n < 6u; n += 1u) {
        power = field_multiply(power, power, polynomial);
        inverse = field_multiply(inverse, power, polynomial);
    }
    return inverse;
}

const AES_FIELD = 0x1bu;

fn aes_substitute(a: u32, inverse: bool) -> u32 {
    var bytes = a;
    if (inverse) {
        bytes = bytes_rotate_left(a, 1u) ^ bytes_rotate_left(a, 3u) ^ bytes_rotate_left(a, 6u) ^ 0x05050505u;
    }
    bytes = field_invert(bytes, AES_FIELD);
    if (inverse) {
        return bytes;
    }
    let twice = bytes ^ bytes_rotate_left(bytes, 1u);
    return twice ^ bytes_rotate_left(twice, 2u) ^ bytes_rotate_left(bytes, 4u) ^ 0x63636363u;
}

fn aes_round(state: vec4<u32>, inverse: bool) -> vec4<u32> {
    // Rows move by as many columns as their number.
    let second = select(state.yzwx, state.wxyz, inverse);
    let fourth = select(state.wxyz, state.yzwx, inverse);
    var moved = (state & vec4<u32>(0xffu)) | (second & vec4<u32>(0xff00u));
    moved |= (state.zwxy & vec4<u32>(0xff0000u)) | (fourth & vec4<u32>(0xff000000u));
    for (var column = 0u; column < 4u; column += 1u) {
        moved = vec4<u32>(moved.yzw, aes_substitute(moved.x, inverse));
    }
    return moved;
}

fn aes_mix(state: vec4<u32>, inverse: bool) -> vec4<u32> {
    var mixed = state;
    for (var column = 0u; column < 4u; column += 1u) {
        var a = mixed.x;
        if (inverse) {
            a ^= field_double(field_double(a ^ rotate_left(a, 16u), AES_FIELD), AES_FIELD);
        }
        let next = rotate_left(a, 24u);
        mixed = vec4<u32>(mixed.yzw, field_double(a ^ next, AES_FIELD) ^ next ^ rotate_left(a, 16u) ^ rotate_left(a, 8u));
    }
    return mixed;
}

fn sha_choose(x: u32, y: u32, z: u32) -> u32 {
    return ((y ^ z) & x) ^ z;
}

fn sha_majority(x: u32, y: u32, z: u32) -> u32 {
    return (x & y) | ((x | y) & z);
}

fn sha_parity(x: u32, y: u32, z: u32) -> u32 {
    return x ^ y ^ z;
}

// Four rounds; bits 13 and 12 of the word say by which function.
fn sha1_hash(word: u32, state: vec4<u32>, e: u32, schedule: vec4<u32>) -> vec4<u32> {
    var x = state;
    var y = e;
    var w = schedule;
    for (var round = 0u; round < 4u; round += 1u) {
        var mixed: u32;
        switch (extractBits(word, 12u, 2u)) {
            case 0u: {
                mixed = sha_choose(x.y, x.z, x.w);
            }
            case 1u: {
                mixed = sha_parity(x.y, x.z, x.w);
            }
            default: {
                mixed = sha_majority(x.y, x.z, x.w);
            }
        }
        y += rotate_left(x.x, 5u) + mixed + w.x;
        let last = x.w;
        x = vec4<u32>(y, x.x, rotate_left(x.y, 30u), x.z);
        y = last;
        w = w.yzwx;
    }
    return x;
}

fn sha256_hash(first: vec4<u32>, second: vec4<u32>, schedule: vec4<u32>, upper: bool) -> vec4<u32> {
    var x = first;
    var y = second;
    var w = schedule;
    for (var round = 0u; round < 4u; round += 1u) {
        let s1 = rotate_left(y.x, 26u) ^ rotate_left(y.x, 21u) ^ rotate_left(y.x, 7u);
        let s0 = rotate_left(x.x, 30u) ^ rotate_left(x.x, 19u) ^ rotate_left(x.x, 10u);
        let sum = y.w + s1 + sha_choose(y.x, y.y, y.z) + w.x;
        let top = sum + x.w;
        let sum_2 = sum + s0 + sha_majority(x.x, x.y, x.z);
        x = vec4<u32>(sum_2, x.xyz);
        y = vec4<u32>(top, y.xyz);
        w = w.yzwx;
    }
    return select(x, y, upper);
}

fn sha256_sigma(a: vec4<u32>, first: u32, second: u32, shift: u32) -> vec4<u32> {
    return rotate_left_each(a, 32u - first) ^ rotate_left_each(a, 32u - second) ^ (a >> vec4<u32>(shift));
}

// A xor of three rotations, or of two and a shift.
fn sha512_sigma(a: vec2<u32>, first: u32, second: u32, third: u32, shifts: bool) -> vec2<u32> {
    let last = select(u64_rotate_right(a, third), u64_shr(a, third), shifts);
    return u64_rotate_right(a, first) ^ u64_rotate_right(a, second) ^ last;
}

// The upper sum, and from it the lower one.
fn sha512_hash(x: vec4<u32>, y: vec4<u32>, w: vec4<u32>) -> vec4<u32> {
    var upper = u64_add(sha512_sigma(y.zw, 14u, 18u, 41u, false), (y.zw & x.xy) ^ (~y.zw & x.zw));
    upper = u64_add(upper, w.zw);
    let sum = u64_add(upper, y.xy);
    let lower = u64_add(sha512_sigma(sum, 14u, 18u, 41u, false), (sum & y.zw) ^ (~sum & x.xy));
    return vec4<u32>(u64_add(lower, w.xy), upper);
}

fn sha512_hash_2(x: vec4<u32>, y: vec4<u32>, w: vec4<u32>) -> vec4<u32> {
    let both = y.zw & y.xy;
    var upper = u64_add(sha512_sigma(y.xy, 28u, 34u, 39u, false), (x.xy & (y.zw ^ y.xy)) ^ both);
    upper = u64_add(upper, w.zw);
    let lower = u64_add(sha512_sigma(upper, 28u, 34u, 39u, false), (upper & (y.xy ^ y.zw)) ^ both);
    return vec4<u32>(u64_add(lower, w.xy), upper);
}

fn sm3_permute(a: u32, first: u32, second: u32) -> u32 {
    return a ^ rotate_left(a, first) ^ rotate_left(a, second);
}

const SM4_FIELD = 0xf5u;

// Each bit is the sum of five, and some are turned over.
fn sm4_affine(a: u32) -> u32 {
    let pair = a ^ bytes_rotate_left(a, 1u);
    return pair ^ bytes_rotate_left(pair, 6u) ^ bytes_rotate_left(a, 3u) ^ 0xd3d3d3d3u;
}

// Four rounds of encryption, or of making keys.
fn sm4_rounds(state: vec4<u32>, keys: vec4<u32>, schedule: bool) -> vec4<u32> {
    var x = state;
    var key = keys;
    for (var round = 0u; round < 4u; round += 1u) {
        let a = sm4_affine(field_invert(sm4_affine(x.y ^ x.z ^ x.w ^ key.x), SM4_FIELD));
        let encrypted = sm3_permute(a, 2u, 10u) ^ rotate_left(a, 18u) ^ rotate_left(a, 24u);
        x = vec4<u32>(x.yzw, x.x ^ select(encrypted, sm3_permute(a, 13u, 23u), schedule));
        key = key.yzwx;
    }
    return x;
}

fn vector_crypto(c: vec4<u32>, n: vec4<u32>, m: vec4<u32>, a: vec4<u32>, d: vec4<u32>) -> vec4<u32> {
    let word = control_vector_word(c);
    // The second of two forms, or decryption.
    let variant = control_has(c, CRYPTO_SECOND);
    switch control_vector_operation(c) {
        case CRYPTO_AES: {
            return aes_round(n ^ d, variant);
        }
        case CRYPTO_AES_MIX: {
            return aes_mix(n, variant);
        }
        case CRYPTO_SHA1_HASH: {
            return sha1_hash(word, d, n.x, m);
        }
        case CRYPTO_SHA1H: {
            return vec4<u32>(rotate_left(n.x, 30u), 0u, 0u, 0u);
        }
        case CRYPTO_SHA1SU0: {
            return vec4<u32>(d.zw, n.xy) ^ d ^ m;
        }
        case CRYPTO_SHA1SU1: {
            let sum = rotate_left_each(d ^ vec4<u32>(n.yzw, 0u), 1u);
            return vec4<u32>(sum.xyz, sum.w ^ rotate_left(sum.x, 1u));
        }
        case CRYPTO_SHA256_HASH: {
            return sha256_hash(select(d, n, variant), select(n, d, variant), m, variant);
        }
        case CRYPTO_SHA256SU0: {
            return d + sha256_sigma(vec4<u32>(d.yzw, n.x), 7u, 18u, 3u);
        }
        case CRYPTO_SHA256SU1: {
            let sum = d + vec4<u32>(n.yzw, m.x);
            let low = sum + sha256_sigma(vec4<u32>(m.zw, 0u, 0u), 17u, 19u, 10u);
            return low + sha256_sigma(vec4<u32>(0u, 0u, low.xy), 17u, 19u, 10u);
        }
        case CRYPTO_SHA512_HASH: {
            if (variant) {
                return sha512_hash_2(n, m, d);
            }
            return sha512_hash(n, m, d);
        }
        case CRYPTO_SHA512SU0: {
            let upper = u64_add(d.zw, sha512_sigma(n.xy, 1u, 8u, 7u, true));
            return vec4<u32>(u64_add(d.xy, sha512_sigma(d.zw, 1u, 8u, 7u, true)), upper);
        }
        case CRYPTO_SHA512SU1: {
            let upper = u64_add(u64_add(d.zw, m.zw), sha512_sigma(n.zw, 19u, 61u, 6u, true));
            return vec4<u32>(u64_add(u64_add(d.xy, m.xy), sha512_sigma(n.xy, 19u, 61u, 6u, true)), upper);
        }
        case CRYPTO_RAX1: {
            return n ^ vec4<u32>(u64_rotate_right(m.xy, 63u), u64_rotate_right(m.zw, 63u));
        }
        case CRYPTO_XAR: {
            let amount = extractBits(word, 10u, 6u);
            let sum = n ^ m;
            return vec4<u32>(u64_rotate_right(sum.xy, amount), u64_rotate_right(sum.zw, amount));
        }
        case CRYPTO_SM3SS1: {
            return vec4<u32>(0u, 0u, 0u, rotate_left(rotate_left(n.w, 12u) + m.w + a.w, 7u));
        }
        case CRYPTO_SM3TT1: {
            let mixed = select(sha_parity(d.w, d.y, d.z), sha_majority(d.w, d.y, d.z), variant);
            let sum = mixed + d.x + (n.w ^ rotate_left(d.w, 12u)) + m[extractBits(word, 12u, 2u)];
            return vec4<u32>(d.y, rotate_left(d.z, 9u), d.w, sum);
        }
        case CRYPTO_SM3TT2: {
            let mixed = select(sha_parity(d.w, d.y, d.z), sha_choose(d.w, d.z, d.y), variant);
            let sum = mixed + d.x + n.w + m[extractBits(word, 12u, 2u)];
            return vec4<u32>(d.y, rotate_left(d.z, 19u), d.w, sm3_permute(sum, 9u, 17u));
        }
        case CRYPTO_SM3PARTW1: {
            var mixed = d ^ n ^ vec4<u32>(rotate_left_each(m, 15u).yzw, 0u);
            mixed ^= rotate_left_each(mixed, 15u) ^ rotate_left_each(mixed, 23u);
            // The last one takes the first one as it has become.
            let last = d.w ^ n.w ^ rotate_left(mixed.x, 15u);
            return vec4<u32>(mixed.xyz, sm3_permute(last, 15u, 23u));
        }
        case CRYPTO_SM3PARTW2: {
            let mixed = n ^ rotate_left_each(m, 7u);
            return d ^ mixed ^ vec4<u32>(0u, 0u, 0u, sm3_permute(rotate_left(mixed.x, 15u), 15u, 23u));
        }
        case CRYPTO_SM4E: {
            return sm4_rounds(d, n, false);
        }
        default: {
            return sm4_rounds(n, m, true);
        }
    }
}
