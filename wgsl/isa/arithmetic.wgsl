// ARITHMETIC: one adder for add, subtract, with carry, and conditional compare; conditional select; flag setting.

fn arithmetic(c: vec4<u32>, a: vec2<u32>, o: vec2<u32>, result: ptr<function, vec2<u32>>) -> bool {
    if ((c.x & KERNEL_MASK) != ARITHMETIC) {
        return false;
    }
    let operation = control_operation(c) & 7u;
    if (operation == CONDITIONAL_SELECT) {
        let other = u64_add(o, vec2<u32>(select(0u, 1u, (c.x & SELECT_INCREMENT) != 0u), 0u));
        *result = select(other, a, condition_holds(c));
        return true;
    }
    if (operation == CONDITIONAL_COMPARE && !condition_holds(c)) {
        nzcv = control_amount(c) & 15u;
        return true;
    }
    if (operation >= RMIF_OPERATION) {
        set_flags_from(c, a, operation);
        return true;
    }
    let carry = select((c.x >> 4u) & 1u, (nzcv >> 1u) & 1u, operation == ADC_OPERATION);
    // AddWithCarry of the Arm manual, with the carry out of bit 31 and of bit 63.
    let low = a.x + o.x;
    let low2 = low + carry;
    let carry_low = u32(low < a.x) | u32(low2 < low);
    let high = a.y + o.y;
    let high2 = high + carry_low;
    let r = vec2<u32>(low2, high2);
    if ((c.x & SET_FLAGS) != 0u) {
        let wide = (c.x & SF) != 0u;
        let carry_high = u32(high < a.y) | u32(high2 < high);
        let signs = ~(a ^ o) & (a ^ r);
        nzcv = flags_of(r, wide) | (select(carry_low, carry_high, wide) << 1u) | (select(signs.x, signs.y, wide) >> 31u);
    }
    *result = r;
    return true;
}

// RMIF, SETF8, SETF16.
fn set_flags_from(c: vec4<u32>, a: vec2<u32>, operation: u32) {
    if (operation == RMIF_OPERATION) {
        let mask = c.z & 15u;
        nzcv = (nzcv & ~mask) | (u64_rotate_right(a, control_amount(c)).x & mask);
        return;
    }
    let bits = select(8u, 16u, operation == SETF16_OPERATION);
    let top = a.x << (32u - bits);
    let overflow = ((a.x >> bits) ^ (a.x >> (bits - 1u))) & 1u;
    nzcv = (nzcv & 2u) | flags_of(vec2<u32>(top, 0u), false) | overflow;
}
