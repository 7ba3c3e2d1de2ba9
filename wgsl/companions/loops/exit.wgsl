// How many iterations pass until a branch leaves the loop.
//
// Equality is solved modulo a power of two. An order between two values that do not wrap changes once at most: the place
// is found by bisection, with the adder and the condition of the instruction set itself.

// What an instruction makes of two operands; the flags that it sets are left in `nzcv`.
fn evaluate(c: vec4<u32>, a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    var result: vec2<u32>;
    switch control_datapath(c) {
        case LOGICAL: {
            result = logical(c, a, b);
        }
        case ARITHMETIC: {
            result = arithmetic(c, a, b);
        }
        default: {
            loop_refuse(LOOP_INSTRUCTION);
        }
    }
    return vec2<u32>(result.x, result.y & control_mask(c, SF));
}

// Notes a branch that was come by; what it depends on is as it is at that place.
fn exit_add(c: vec4<u32>, closes: bool, tests_register: bool, a: Operand, b: Operand) {
    if (exit_count == LOOP_EXITS) {
        loop_refuse(LOOP_SIZE);
        return;
    }
    var kind = EXIT_CONSTANT;
    if ((a.kind | b.kind) != AFFINE) {
        kind = EXIT_DATA;
        // A fold would have to be known before it is decided whether there is another one.
        let one = (a.kind & KIND_MASK) == LOADED || is_constant_operand(a);
        let other = (b.kind & KIND_MASK) == LOADED || is_constant_operand(b);
        if (!one || !other) {
            loop_refuse(LOOP_CONDITION);
        }
        data_exits += 1u;
    } else if (!u64_is_zero(a.step) || !u64_is_zero(b.step)) {
        if (tests_register) {
            kind = exit_of_register(c, a);
        } else {
            kind = exit_of_comparison(c, a, b);
        }
    }
    exits[exit_count] = Exit(c, kind, closes, tests_register, a, b, flag_control);
    exit_count += 1u;
}

fn is_constant_operand(o: Operand) -> bool {
    return o.kind == AFFINE && u64_is_zero(o.step);
}

fn exit_of_comparison(c: vec4<u32>, a: Operand, b: Operand) -> u32 {
    if (control_has(flag_control, SHIFTED) && !u64_is_zero(b.step)) {
        loop_refuse(LOOP_CONDITION);
        return EXIT_CONSTANT;
    }
    let subtracts = control_has(flag_control, INVERT);
    let up = select(32u, 0u, control_has(flag_control, SF));
    let invert = vec2<u32>(control_mask(flag_control, INVERT));
    let second = u64_shl(operand_second(flag_control, b.base) ^ invert, up);
    let second_step = u64_shl(b.step, up);
    let first = u64_shl(a.base, up);
    let first_step = u64_shl(a.step, up);
    let difference = select(u64_add(first, second), u64_sub(first, second), vec2<bool>(subtracts));
    let by = select(u64_add(first_step, second_step), u64_sub(first_step, second_step), vec2<bool>(subtracts));
    // The condition without its lowest bit, which negates it.
    var condition = 8u;
    let truth = control_condition(c);
    for (var even = 0u; even < 14u; even += 2u) {
        if (truth == CONDITION_TRUTH[even] || truth == CONDITION_TRUTH[even + 1u]) {
            condition = even >> 1u;
        }
    }
    exit_number[exit_count] = vec4<u32>(difference, by);
    if (condition == 0u) {
        return EXIT_ZERO;
    }
    let sign = vec2<u32>(0u, 0x80000000u);
    if (condition == 2u) {
        hold_range(difference ^ sign, by);
        return EXIT_ORDER;
    }
    if (!subtracts || condition == 3u || condition > 6u) {
        loop_refuse(LOOP_CONDITION);
        return EXIT_CONSTANT;
    }
    let turn = select(U64_ZERO, sign, vec2<bool>(condition >= 5u));
    hold_range(first ^ turn, first_step);
    hold_range(second ^ turn, second_step);
    return EXIT_ORDER;
}

fn exit_of_register(c: vec4<u32>, a: Operand) -> u32 {
    if (control_tested(c) == 0xffffffffu) {
        let up = select(32u, 0u, control_has(c, BRANCH_TEST_WIDE));
        exit_number[exit_count] = vec4<u32>(u64_shl(a.base, up), u64_shl(a.step, up));
        return EXIT_ZERO;
    }
    // One bit: the sign of what stands below it.
    let bit = select(0u, 32u, control_has(c, BRANCH_TEST_HIGH)) + 31u - countLeadingZeros(control_tested(c));
    let up = 63u - bit;
    hold_range(u64_shl(a.base, up) ^ vec2<u32>(0u, 0x80000000u), u64_shl(a.step, up));
    return EXIT_ORDER;
}

// Whether the branch stays, decided by these values.
fn exit_stays(e: u32, a: vec2<u32>, b: vec2<u32>) -> bool {
    var tested = a;
    if (!exits[e].tests_register) {
        _ = evaluate(exits[e].flag_control, a, b);
        tested = U64_ZERO;
    }
    return branch_taken(exits[e].control, tested) == exits[e].stays_if_taken;
}

// Bounds the iterations to those before a branch leaves that does not depend on loads.
fn bound_by_exits() {
    for (var e = 0u; e < exit_count; e += 1u) {
        let kind = exits[e].kind;
        if (kind == EXIT_DATA) {
            continue;
        }
        let number = exit_number[e];
        // It stays in iteration `low`, and leaves in `high` or it is not known; the first question is whether it stays at
        // all.
        var low = U64_ZERO;
        var high = bound;
        var middle = U64_ZERO;
        loop {
            let fine = exit_stays(e, value_at(exits[e].a.base, exits[e].a.step, middle),
                value_at(exits[e].b.base, exits[e].b.step, middle));
            if (fine) {
                low = middle;
            } else {
                high = middle;
            }
            middle = u64_add(low, u64_shr(u64_sub(high, low), 1u));
            if (kind != EXIT_ORDER || u64_is_zero(high) || all(middle == low)) {
                break;
            }
        }
        loop_bound(high);
        if (kind == EXIT_ZERO && !u64_is_zero(high)) {
            // It stays: because the number is zero, or until it is.
            let next_zero = first_zero(number.xy, number.zw);
            let held = select(U64_ONE, U64_MAX, vec2<bool>(u64_is_zero(number.zw)));
            loop_bound(select(next_zero, held, vec2<bool>(u64_is_zero(number.xy))));
        }
    }
}
