// One iteration of a loop, instruction by instruction, over values as value.wgsl has them. Where all operands are known
// the datapaths of the instruction set compute the result of the first iteration; what is added here is only by how much
// it changes from one iteration to the next.

var<private> loop_head: u32;
var<private> loop_close: u32;
// Registers read before they are written, and registers written, as bits; SP is bit 31.
var<private> read_first: u32;
var<private> written: u32;

// The instruction that set the flags last in this iteration, what it compared, and of what kind they were.
var<private> flag_state: u32;
var<private> flag_control: vec4<u32>;
var<private> flag_a: Operand;
var<private> flag_b: Operand;
// Not set in this iteration; compared values that are affine; compared values of which one is loaded; not known.
const FLAGS_BEFORE = 0u;
const FLAGS_AFFINE = 1u;
const FLAGS_DATA = 2u;
const FLAGS_OPAQUE = 3u;

struct Operand {
    kind: u32,
    base: vec2<u32>,
    step: vec2<u32>,
}

// Loads and stores: address in the first iteration, how it advances, what is stored.
struct Stream {
    address: vec2<u32>,
    step: vec2<u32>,
    // log2 of the size in bits 0 and 1, then STREAM_...
    info: u32,
    source: Operand,
}

const STREAM_STORE = 4u;
const STREAM_SIGNED = 8u;
// A signed value extended to 32 bits.
const STREAM_WORD = 16u;
const STREAM_AFTER_STORE = 32u;
// From here on the register that the address was made of.
const STREAM_BASE_SHIFT = 8u;

var<private> streams: array<Stream, LOOP_STREAMS>;
var<private> stream_count: u32;
var<private> store_count: u32;

// A register that takes in what was loaded: the instruction, and for CSEL the comparison that it depends on.
struct Fold {
    control: vec4<u32>,
    a: Operand,
    b: Operand,
    flag_control: vec4<u32>,
    flag_a: Operand,
    flag_b: Operand,
}

var<private> folds: array<Fold, LOOP_FOLDS>;
var<private> fold_count: u32;

// A branch that may leave the loop: what decides are the flags of a comparison, or a register that it tests.
struct Exit {
    control: vec4<u32>,
    kind: u32,
    stays_if_taken: bool,
    tests_register: bool,
    // The register, or the operands of the comparison.
    a: Operand,
    b: Operand,
    flag_control: vec4<u32>,
}

// The same in all iterations; changes where a number becomes zero; changes once; depends on what is loaded.
const EXIT_CONSTANT = 0u;
const EXIT_ZERO = 1u;
const EXIT_ORDER = 2u;
const EXIT_DATA = 3u;

var<private> exits: array<Exit, LOOP_EXITS>;
var<private> exit_count: u32;
// Of these, those that depend on what is loaded.
var<private> data_exits: u32;
// The number of an EXIT_ZERO, and its step.
var<private> exit_number: array<vec4<u32>, LOOP_EXITS>;

fn operand_of(n: u32) -> Operand {
    return Operand(kind[n], x[n], step[n]);
}

fn note_read(n: u32) {
    if (n < 32u) {
        read_first |= (1u << n) & ~written;
    }
}

fn note_write(n: u32) {
    if (n < 32u) {
        written |= 1u << n;
    }
}

// Follows the body once; `x`, `step` and `kind` hold what registers start with.
fn body_follow() {
    written = 0u;
    read_first = 0u;
    stream_count = 0u;
    store_count = 0u;
    fold_count = 0u;
    exit_count = 0u;
    data_exits = 0u;
    range_count = 0u;
    flag_state = FLAGS_BEFORE;
    for (var index = loop_head; index <= loop_close && refusal == LOOP_OK; index += 1u) {
        body_instruction(control_words[index], index);
    }
}

fn body_instruction(c: vec4<u32>, index: u32) {
    let d = control_rd(c);
    let n = control_rn(c);
    let m = control_rm(c);
    switch control_datapath(c) {
        case ARITHMETIC: {
            note_read(n);
            note_read(m);
            body_arithmetic(c, d, n, m);
            note_write(d);
        }
        case LOGICAL: {
            note_read(n);
            note_read(m);
            body_logical(c, d, n, m);
            note_write(d);
        }
        case EXTEND_SHIFT: {
            let field = control_operation(c) == FIELD;
            if (!field) {
                note_read(n);
            }
            note_read(m);
            body_extend_shift(c, d, n, m, field);
            note_write(d);
        }
        case MULDIV: {
            let addend = control_ra(c);
            note_read(n);
            note_read(m);
            note_read(addend);
            body_muldiv(c, d, n, m, addend);
            note_write(d);
        }
        case LOADSTORE: {
            body_loadstore(c, d, n, m);
        }
        case BRANCH: {
            note_read(n);
            body_branch(c, index, n);
        }
        default: {
            if (control_system(c) != SYSTEM_NOP) {
                loop_refuse(LOOP_INSTRUCTION);
            }
        }
    }
}

fn set_result(c: vec4<u32>, d: u32, result: vec2<u32>, by: vec2<u32>) {
    set_value(d, vec2<u32>(result.x, result.y & control_mask(c, SF)), by);
}

// By how much Rm advances, shifted or extended as the control word says.
fn shifted_step(c: vec4<u32>, m: u32) -> vec2<u32> {
    let left = control_shift_left(c);
    let right = control_shift_right(c);
    if (right == 0u) {
        return u64_shl(step[m], left);
    }
    return u64_shl(narrow_step(x[m], step[m], 64u - left, control_shift_has(c, SHIFT_SIGNED)), left - right);
}

// Whether the step of Rm shifted so is one: a shift to the right of something that changes has none.
fn shift_keeps_steps(c: vec4<u32>, m: u32) -> bool {
    return u64_is_zero(step[m])
        || (!control_shift_has(c, SHIFT_ROTATE)
            && (control_shift_right(c) == 0u || control_shift_left(c) >= control_shift_right(c)));
}

fn body_arithmetic(c: vec4<u32>, d: u32, n: u32, m: u32) {
    let operation = control_arithmetic_operation(c);
    if (operation != 0u) {
        if (flag_state == FLAGS_BEFORE) {
            loop_refuse(LOOP_FLAGS);
        } else if (operation == CONDITIONAL_SELECT) {
            body_select(c, d, n, m);
        } else {
            set_kind(d, OPAQUE, 0u);
            if (control_has(c, SET_FLAGS) || operation > CONDITIONAL_SELECT) {
                flag_state = FLAGS_OPAQUE;
            }
        }
        return;
    }
    let sets_flags = control_has(c, SET_FLAGS);
    let shifted = control_has(c, SHIFTED);
    let a = operand_of(n);
    let b = operand_of(m);
    if (kind[n] == AFFINE && kind[m] == AFFINE && (!shifted || shift_keeps_steps(c, m))) {
        var by = step[m];
        if (shifted && !u64_is_zero(by)) {
            by = shifted_step(c, m);
        }
        by = u64_add(step[n], select(by, u64_negate(by), vec2<bool>(control_has(c, INVERT))));
        let result = arithmetic(c, x[n], x[m]);
        if (d != SINK && !control_has(c, SF)) {
            by = narrow_step(result, by, 32u, false);
        }
        set_result(c, d, result, by);
        if (sets_flags) {
            flag_state = FLAGS_AFFINE;
            flag_control = c;
            flag_a = a;
            flag_b = b;
        }
        return;
    }
    if (sets_flags) {
        flag_state = select(FLAGS_OPAQUE, FLAGS_DATA, is_data(a) && is_data(b));
        flag_control = c;
        flag_a = a;
        flag_b = b;
        set_kind(d, OPAQUE, 0u);
        return;
    }
    body_fold(c, d, n, m, !control_has(c, INVERT) && !shifted);
}

// Loaded, folded, or the same in all iterations.
fn is_data(o: Operand) -> bool {
    let k = o.kind & KIND_MASK;
    return k == LOADED || k == FOLD || (k == AFFINE && u64_is_zero(o.step));
}

// Rd = Rd op value, or value op Rd; the value is loaded, or advances.
fn body_fold(c: vec4<u32>, d: u32, n: u32, m: u32, commutes: bool) {
    let left = is_fold_of(n, d) && (kind_of(m) == LOADED || kind_of(m) == AFFINE);
    let right = commutes && is_fold_of(m, d) && (kind_of(n) == LOADED || kind_of(n) == AFFINE);
    if (!left && !right) {
        set_kind(d, OPAQUE, 0u);
        return;
    }
    add_fold(c, d, n, m);
}

fn is_fold_of(n: u32, d: u32) -> bool {
    return (kind_of(n) == FOLD || kind_of(n) == FOLDED) && payload_of(n) == d && n == d;
}

fn add_fold(c: vec4<u32>, d: u32, n: u32, m: u32) {
    if (fold_count == LOOP_FOLDS) {
        loop_refuse(LOOP_SIZE);
        return;
    }
    folds[fold_count] = Fold(c, operand_of(n), operand_of(m), flag_control, flag_a, flag_b);
    fold_count += 1u;
    set_kind(d, FOLDED, d);
}

// A minimum or a maximum: the comparison and the choice are of the same two values.
fn body_select(c: vec4<u32>, d: u32, n: u32, m: u32) {
    let folds_here = (is_fold_of(n, d) && kind_of(m) == LOADED) || (is_fold_of(m, d) && kind_of(n) == LOADED);
    let plain = !control_has(c, INVERT | SELECT_INCREMENT | SHIFTED);
    let compares = flag_state == FLAGS_DATA && (kind_of(n) == FOLD || kind_of(m) == FOLD)
        && ((flag_a.kind == kind[n] && flag_b.kind == kind[m]) || (flag_a.kind == kind[m] && flag_b.kind == kind[n]));
    if (folds_here && plain && compares) {
        add_fold(c, d, n, m);
    } else {
        set_kind(d, OPAQUE, 0u);
    }
}

fn body_logical(c: vec4<u32>, d: u32, n: u32, m: u32) {
    let sets_flags = control_has(c, SET_FLAGS);
    if (is_constant(n) && is_constant(m)) {
        let a = operand_of(n);
        let b = operand_of(m);
        set_result(c, d, logical(c, x[n], x[m]), U64_ZERO);
        if (sets_flags) {
            flag_state = FLAGS_AFFINE;
            flag_control = c;
            flag_a = a;
            flag_b = b;
        }
        return;
    }
    if (sets_flags) {
        flag_state = FLAGS_OPAQUE;
    }
    let copies = (c.x & (SHIFTED | INVERT | KEEP | SET_FLAGS | AND_TERM | EOR_TERM)) == (AND_TERM | EOR_TERM)
        && n == ZR && u64_is_zero(control_immediate(c));
    if (copies && kind[m] == AFFINE) {
        var by = step[m];
        if (!control_has(c, SF)) {
            by = narrow_step(x[m], by, 32u, false);
        }
        set_result(c, d, x[m], by);
        return;
    }
    let plain = !control_has(c, SHIFTED | SET_FLAGS | KEEP | INVERT);
    body_fold(c, d, n, m, plain);
}

fn body_extend_shift(c: vec4<u32>, d: u32, n: u32, m: u32, field: bool) {
    let constant = is_constant(m) && (field || is_constant(n));
    if (!constant && !(field && kind[m] == AFFINE && shift_keeps_steps(c, m))) {
        set_kind(d, OPAQUE, 0u);
        return;
    }
    let result = extend_shift(c, x[n], x[m]);
    var by = U64_ZERO;
    if (!constant) {
        by = shifted_step(c, m);
        if (!control_has(c, SF)) {
            by = narrow_step(result, by, 32u, false);
        }
    }
    set_result(c, d, result, by);
}

fn body_muldiv(c: vec4<u32>, d: u32, n: u32, m: u32, addend: u32) {
    let multiplies = control_muldiv_operation(c) == MULTIPLY;
    let constant = is_constant(n) && is_constant(m) && (!multiplies || is_constant(addend));
    let affine = kind[n] == AFFINE && kind[m] == AFFINE && kind[addend] == AFFINE;
    if (!constant && !(multiplies && affine && !control_has(c, LONG) && (is_constant(n) || is_constant(m)))) {
        set_kind(d, OPAQUE, 0u);
        return;
    }
    let result = muldiv(c, x[n], x[m]);
    var by = U64_ZERO;
    if (!constant) {
        by = select(u64_mul(x[n], step[m]), u64_mul(x[m], step[n]), vec2<bool>(is_constant(m)));
        by = u64_add(step[addend], select(by, u64_negate(by), vec2<bool>(control_has(c, SUBTRACT))));
        if (!control_has(c, SF)) {
            by = narrow_step(result, by, 32u, false);
        }
    }
    set_result(c, d, result, by);
}

const LOADSTORE_KNOWN = DATAPATH_BITS | SF | SHIFTED | SIZE_BITS | SIGNED | LOAD | PAIR | POST_INDEX | WRITE_BACK
    | ACCESS_CLASS_BITS | NEED_BITS;

fn body_loadstore(c: vec4<u32>, d: u32, n: u32, m: u32) {
    let access_class = control_access_class(c);
    if (access_class == ACCESS_NONE) {
        return;
    }
    if (access_class != ACCESS_PLAIN || control_has(c, ~LOADSTORE_KNOWN)) {
        loop_refuse(LOOP_INSTRUCTION);
        return;
    }
    note_read(n);
    note_read(m);
    let shifted = control_has(c, SHIFTED);
    if (kind[n] != AFFINE || kind[m] != AFFINE || (shifted && !shift_keeps_steps(c, m))) {
        loop_refuse(LOOP_ADDRESS);
        return;
    }
    var by = step[m];
    if (shifted && !u64_is_zero(by)) {
        by = shifted_step(c, m);
    }
    let post = control_has(c, POST_INDEX);
    let indexed = u64_add(x[n], loadstore_offset(c, x[m]));
    let indexed_step = u64_add(step[n], by);
    let address = select(indexed, x[n], vec2<bool>(post));
    let address_step = select(indexed_step, step[n], vec2<bool>(post));
    let size_field = control_size(c);
    let loads = control_has(c, LOAD);
    var info = size_field | (n << STREAM_BASE_SHIFT);
    if (loads) {
        info |= select(0u, STREAM_SIGNED, control_has(c, SIGNED));
        info |= select(STREAM_WORD, 0u, control_has(c, SF));
        info |= select(0u, STREAM_AFTER_STORE, store_count != 0u);
    } else {
        info |= STREAM_STORE;
    }
    let first = select(control_ra(c), d, loads);
    let second = control_amount(c);
    let halves = 1u + control_pair(c);
    let first_stream = stream_count;
    for (var half = 0u; half < halves; half += 1u) {
        if (stream_count == LOOP_STREAMS) {
            loop_refuse(LOOP_SIZE);
            return;
        }
        let data = select(first, second, half == 1u);
        var source = Operand(OPAQUE, U64_ZERO, U64_ZERO);
        if (!loads) {
            note_read(data);
            source = operand_of(data);
            store_count += 1u;
        }
        let at = u64_add(address, vec2<u32>(half << size_field, 0u));
        streams[stream_count] = Stream(at, address_step, info, source);
        stream_count += 1u;
    }
    if (loads && halves == 2u) {
        set_kind(second, LOADED, first_stream + 1u);
        note_write(second);
    }
    if (control_has(c, WRITE_BACK)) {
        set_value(n, indexed, indexed_step);
        note_write(n);
    }
    if (loads) {
        set_kind(first, LOADED, first_stream);
        note_write(first);
    }
}

fn body_branch(c: vec4<u32>, index: u32, n: u32) {
    if (control_has(c, BRANCH_FAR | SF | BRANCH_TO_REGISTER)) {
        loop_refuse(LOOP_INSTRUCTION);
        return;
    }
    let closes = index == loop_close;
    let tests = control_tested(c) != 0u || control_has(c, BRANCH_TEST_WIDE);
    let conditional = control_condition(c) != ALWAYS;
    if ((!closes && (index + control_displacement(c)) - loop_head <= loop_close - loop_head) || (!closes && !tests && !conditional)) {
        loop_refuse(LOOP_INNER_BRANCH);
        return;
    }
    if (conditional) {
        if (flag_state == FLAGS_BEFORE || flag_state == FLAGS_OPAQUE) {
            loop_refuse(LOOP_FLAGS);
        } else {
            exit_add(c, closes, false, flag_a, flag_b);
        }
    } else if (tests) {
        exit_add(c, closes, true, operand_of(n), Operand(AFFINE, U64_ZERO, U64_ZERO));
    }
}
