// ARITHMETIC: one adder for add, subtract, with carry, and conditional compare; conditional select; flag setting.

fn arithmetic(c: vec4<u32>, a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    // Most only add: to subtract, the second operand is complemented and a one carried in.
    if (!control_has(c, SHIFTED | SET_FLAGS | ARITHMETIC_OPERATION_BITS)) {
        return u64_add(u64_add(a, operand_plain(c, b)), vec2<u32>(control_invert(c), 0u));
    }
    let o = operand_second(c, b);
    let operation = control_arithmetic_operation(c);
    let wide = control_has(c, SF);
    // AddWithCarry of the Arm manual, with the carry out of bit 31 and of bit 63.
    let carry = select(control_invert(c), (nzcv >> 1u) & 1u, operation == ADC_OPERATION);
    let low = a.x + o.x;
    let low2 = low + carry;
    let carry_low = u32(low < a.x) | u32(low2 < low);
    let high = a.y + o.y;
    let high2 = high + carry_low;
    let carry_high = u32(high < a.y) | u32(high2 < high);
    let r = vec2<u32>(low2, high2);
    let signs = ~(a ^ o) & (a ^ r);
    let flags = flags_of(r, wide) | (select(carry_low, carry_high, wide) << 1u) | (select(signs.x, signs.y, wide) >> 31u);
    if (operation > ADC_OPERATION) {
        return arithmetic_conditional(c, a, o, operation, flags);
    }
    nzcv = select(nzcv, flags, control_has(c, SET_FLAGS));
    return r;
}

// CSEL and its kin, CCMP and CCMN (with the adder's flags), RMIF, SETF8, SETF16.
fn arithmetic_conditional(c: vec4<u32>, a: vec2<u32>, o: vec2<u32>, operation: u32, flags: u32) -> vec2<u32> {
    let holds = condition_holds(c);
    if (operation == CONDITIONAL_SELECT) {
        let other = u64_add(o, vec2<u32>(select(0u, 1u, control_has(c, SELECT_INCREMENT)), 0u));
        return select(other, a, vec2<bool>(holds));
    }
    if (operation == CONDITIONAL_COMPARE) {
        nzcv = select(control_amount(c) & 15u, flags, holds);
    } else if (operation == RMIF_OPERATION) {
        let mask = control_flag_mask(c);
        nzcv = (nzcv & ~mask) | (u64_rotate_right(a, control_amount(c)).x & mask);
    } else {
        let bits = select(8u, 16u, operation == SETF16_OPERATION);
        let overflow = ((a.x >> bits) ^ (a.x >> (bits - 1u))) & 1u;
        nzcv = (nzcv & 2u) | flags_of(vec2<u32>(a.x << (32u - bits), 0u), false) | overflow;
    }
    return U64_ZERO;
}
