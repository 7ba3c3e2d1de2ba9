// The fetch-decode-execute loop: one invocation is one lane for one slice.

fn execute(c: vec4<u32>) {
    let a = x[control_rn(c)];
    let b = x[control_rm(c)];
    var result = U64_ZERO;
    destination = control_rd(c);
    next = code + 1u;
    switch control_datapath(c) {
        case ARITHMETIC: {
            result = arithmetic(c, a, b);
        }
        case LOADSTORE: {
            result = loadstore(c, a, b);
        }
        case BRANCH: {
            result = branch(c, a);
        }
        case LOGICAL: {
            result = logical(c, a, b);
        }
        case EXTEND_SHIFT: {
            result = extend_shift(c, a, b);
        }
        case MULDIV: {
            result = muldiv(c, a, b);
        }
        case SYSTEM: {
            result = system(c, a);
        }
        // Floating point and SIMD.
        default: {
            destination = SINK;
            result = vector_execute(c);
        }
    }
    retire(c, result);
}

fn retire(c: vec4<u32>, result: vec2<u32>) {
    x[destination] = vec2<u32>(result.x, result.y & control_mask(c, SF));
    code = next;
    retired += 1u;
}

// Does what keeps the instruction at hand, or the jump that it made, from being done in the loop.
fn attend() {
    if (translation_attend() || loop_attend()) {
        return;
    }
    if (event == EVENT_GENERAL) {
        event = 0u;
        let c = translation_word();
        destination = control_rd(c);
        next = code + 1u;
        let result = loadstore_general(c);
        retire(c, result);
    }
    if (event == EVENT_TRAP) {
        event = 0u;
        let served = trap_serve();
        if (served != TRAP_WAITS) {
            if (served == TRAP_DONE) {
                atomicAdd(&status[STATUS_TRAPS], 1u);
            } else {
                lane_stop(REASON_TRAP, vec3<u32>(control_immediate_low(control_words[code]), 0u, 0u));
            }
            code += 1u;
            retired += 1u;
        }
    }
    let jumps = event == EVENT_JUMP;
    if (jumps && code_near()) {
        event = 0u;
    } else if (jumps || event == EVENT_MISS) {
        let address = select(miss_address, jump_pc, vec2<bool>(jumps));
        let page = memory_page(address, !jumps && (miss_access & ACCESS_WRITE) != 0u);
        if (jumps) {
            code_enter(page);
        } else {
            // A page that is copied may be code: that makes a jump.
            memory_enter(page);
            if (trap_pending) {
                // A buffer that is not there is no fault: the call says so.
                trap_pending = false;
                if (event == EVENT_STOP && stop_reason == REASON_FAULT) {
                    event = 0u;
                    stop_reason = REASON_RUNNING;
                    trap_refused = true;
                }
            }
        }
    }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x == 0u) {
        atomicAdd(&status[STATUS_EPOCH], 1u);
    }
    lane = id.x;
    if (lane >= params.lanes) {
        return;
    }
    let before = pc_out[lane * 2u + 1u].x;
    let first = (params.flags & FLAG_FIRST) != 0u;
    let goes_on = (first && before <= REASON_RESUMABLE) || ((params.flags & FLAG_POOL) != 0u && before == REASON_POOL);
    if (before != REASON_RUNNING && !goes_on) {
        return;
    }

    let total = lane_retired();
    if (first) {
        var limit = params.limit;
        if ((params.flags & FLAG_RELATIVE) != 0u) {
            limit = u64_add(limit, total);
            limit = select(limit, U64_MAX, vec2<bool>(u64_less(limit, total)));
        }
        lane_set_field(LANE_LIMIT_LOW, limit.x);
        lane_set_field(LANE_LIMIT_HIGH, limit.y);
    }
    let limit = lane_limit();
    var left = U64_ZERO;
    if (u64_less(total, limit)) {
        left = u64_sub(limit, total);
    }
    budget = select(min(left.x, params.slice_cycles), params.slice_cycles, left.y != 0u);
    loop_begin();

    for (var n = 0u; n < REGISTERS; n += 1u) {
        x[n] = registers[n * params.lanes + lane];
    }
    x[ZR] = U64_ZERO;
    vector_begin();
    let start = program_counter[lane];
    nzcv = start.z;
    memory_forget();
    stop_reason = REASON_RUNNING;
    code_words = NONE;
    code_leave(start.xy);
    lane_jump(start.xy);
    cover_start();
    history_start();

    loop {
        var c: vec4<u32>;
        // One test in the common case.
        if ((event | u32(retired >= loop_mark())) != 0u) {
            if (retired >= budget) {
                break;
            }
            loop_watch();
            attend();
            if (event == EVENT_STOP) {
                break;
            }
            if (!translation_held()) {
                continue;
            }
            c = translation_word();
        } else {
            c = control_words[code];
        }
        last_code = code;
        cover(c);
        execute(dispatch(c));
    }
    // A jump that waits is where the lane goes on.
    let pc = select(lane_pc(code), jump_pc, vec2<bool>(event == EVENT_JUMP));

    // This and the limit are read again: kept, they would take four of the machine's registers from the whole loop.
    let after = u64_add(lane_retired(), vec2<u32>(retired, 0u));
    if (stop_reason == REASON_RUNNING) {
        if (u64_less(after, lane_limit())) {
            atomicStore(&status[STATUS_WORKGROUPS], (params.lanes + WORKGROUP - 1u) / WORKGROUP);
        } else {
            stop_reason = REASON_CYCLE_LIMIT;
        }
    } else if (stop_reason == REASON_POOL) {
        atomicStore(&status[STATUS_DRY], 1u);
    }
    for (var n = 0u; n < REGISTERS; n += 1u) {
        registers[n * params.lanes + lane] = x[n];
    }
    vector_end();
    program_counter[lane] = vec4<u32>(pc, nzcv, 0u);
    lane_set_field(LANE_RETIRED_LOW, after.x);
    lane_set_field(LANE_RETIRED_HIGH, after.y);
    code_record();
    dispatch_record();
    translation_record();
    cover_end();
    history_end();
    pc_out[lane * 2u] = vec4<u32>(pc, after);
    pc_out[lane * 2u + 1u] = vec4<u32>(stop_reason, stop_detail);
}
