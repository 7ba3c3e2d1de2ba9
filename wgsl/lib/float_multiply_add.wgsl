// Sums, products and what is made of them: one multiply-add with an exact product of 128 bits.

fn float_multiply_add(operation: u32, a: Unpacked, b: Unpacked, c: Unpacked, format: u32, environment: u32) -> Unrounded {
    let op = operation & FLOAT_OPERATION_BITS;
    // Bits 125 or 126 of a product lead. A sum's first operand stands there as its product with one.
    var product = vec4<u32>(0u, 0u, a.significand);
    var product_exponent = a.exponent;
    var kind = a.kind;
    var sign = a.sign;
    var addend = b;
    addend.sign ^= select(0u, 1u, (operation & FLOAT_SUBTRACT) != 0u);
    if (op != FLOAT_ADD) {
        product = u128_mul(u64_shl(a.significand, 1u), b.significand);
        product_exponent = a.exponent + b.exponent + 1;
        kind = max(a.kind, b.kind);
        sign ^= b.sign;
        addend = c;
        let step = op >= FLOAT_RECIPROCAL_STEP;
        if (min(a.kind, b.kind) == KIND_ZERO) {
            if (kind == KIND_INFINITY) {
                return float_zero_times_infinity(op, sign, format);
            }
            product_exponent = LEAST_EXPONENT;
        }
        if (op <= FLOAT_MULTIPLY_EXTENDED) {
            addend.sign = sign;
        }
        if (step) {
            // Two, or three.
            addend.kind = KIND_FINITE;
            addend.exponent = 1;
            addend.significand = vec2<u32>(0u, select(0x40000000u, 0x60000000u, op == FLOAT_ROOT_STEP));
        }
    }
    if (max(kind, addend.kind) == KIND_INFINITY) {
        if (kind == addend.kind && sign != addend.sign) {
            return float_invalid(format);
        }
        return float_done(float_infinity(select(addend.sign, sign, kind == KIND_INFINITY), format), 0u);
    }
    let other = vec4<u32>(0u, 0u, addend.significand);
    let distance = product_exponent - addend.exponent;
    let above = distance >= 0;
    let low = u128_shr_jam(select(product, other, above), u32(abs(distance)));
    let differ = sign != addend.sign;
    var sum = u128_add(select(other, product, above), low, differ);
    if (differ) {
        sign = select(addend.sign, sign, above);
        if ((sum.w >> 31u) == 1u) {
            sum = u128_add(vec4<u32>(0u), sum, true);
            sign ^= 1u;
        }
        if (all(sum == vec4<u32>(0u))) {
            sign = u32((environment & ROUND_BITS) == ROUND_MINUS);
        }
    }
    return float_exact(sign, max(product_exponent, addend.exponent) - select(0, 1, op == FLOAT_ROOT_STEP), sum);
}

fn float_zero_times_infinity(op: u32, sign: u32, format: u32) -> Unrounded {
    let one = u32(float_bias(format));
    let two = float_scaled(one + 1u, format);
    if (op == FLOAT_MULTIPLY_EXTENDED) {
        return float_done(float_signed(two, sign, format), 0u);
    }
    if (op == FLOAT_RECIPROCAL_STEP) {
        return float_done(two, 0u);
    }
    if (op == FLOAT_ROOT_STEP) {
        return float_done(float_scaled(one, format) | u64_shl(U64_ONE, float_fraction_bits(format) - 1u), 0u);
    }
    return float_invalid(format);
}
