// The fetch-decode-execute loop: one invocation is one lane for one slice.

fn execute(c: vec4<u32>) {
    let a = x[(c.y >> 6u) & 63u];
    let b = x[(c.y >> 12u) & 63u];
    let o = operand_second(c, b);
    var result = U64_ZERO;
    next_pc = u64_add(pc, vec2<u32>(4u, 0u));
    switch (c.x & KERNEL_MASK) {
        case ARITHMETIC: {
            _ = arithmetic(c, a, o, &result);
        }
        case LOADSTORE: {
            _ = loadstore(c, a, o, &result);
        }
        case BRANCH: {
            _ = branch(c, a, &result);
        }
        case LOGICAL: {
            _ = logical(c, a, o, &result);
        }
        case EXTEND_SHIFT: {
            _ = extend_shift(c, a, b, o, &result);
        }
        case MULDIV: {
            _ = muldiv(c, a, b, &result);
        }
        default: {
            _ = system(c, a, &result);
        }
    }
    if (event == 0u) {
        x[c.y & 63u] = vec2<u32>(result.x, result.y & mask_of(c.x, SF));
        pc = next_pc;
        retired += 1u;
    }
}

// Word of the instruction at `address`, which lies in `code_page`.
fn code_word(address: vec2<u32>) -> u32 {
    let word = (address.x >> 2u) & 1023u;
    let shared_page = code_page.w == CODE_CONTROL;
    return memory[select(code_page.z + (word << ((code_page.w >> 8u) & 31u)), code_page.z + 1024u + word, shared_page)];
}

fn in_code_page(address: vec2<u32>) -> bool {
    return ((address.x ^ code_page.x) & 0xfffff003u) == 0u && address.y == code_page.y;
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
    if (before != REASON_RUNNING && !(first && before <= REASON_RESUMABLE)) {
        return;
    }

    let total = vec2<u32>(lane_field(LANE_RETIRED_LOW), lane_field(LANE_RETIRED_HIGH));
    if (first) {
        var limit = params.limit;
        if ((params.flags & FLAG_RELATIVE) != 0u) {
            limit = u64_add(limit, total);
            limit = select(limit, U64_MAX, vec2<bool>(u64_less(limit, total)));
        }
        lane_set_field(LANE_LIMIT_LOW, limit.x);
        lane_set_field(LANE_LIMIT_HIGH, limit.y);
    }
    let limit = vec2<u32>(lane_field(LANE_LIMIT_LOW), lane_field(LANE_LIMIT_HIGH));
    var left = U64_ZERO;
    if (u64_less(total, limit)) {
        left = u64_sub(limit, total);
    }
    let budget = select(min(left.x, params.slice_cycles), params.slice_cycles, left.y != 0u);

    for (var n = 0u; n < 32u; n += 1u) {
        x[n] = registers[n * params.lanes + lane];
    }
    x[ZR] = U64_ZERO;
    let start = program_counter[lane];
    pc = start.xy;
    nzcv = start.z;
    memory_forget();
    stop_reason = REASON_RUNNING;
    var fetched = pc;

    while (retired < budget) {
        if (in_code_page(pc)) {
            fetched = pc;
            var c: vec4<u32>;
            if (code_page.w == CODE_CONTROL) {
                c = control_words[code_page.z + ((pc.x >> 2u) & 1023u)];
            } else {
                c = decode(code_word(pc), pc);
            }
            execute(c);
        } else if ((pc.x & 3u) != 0u) {
            lane_stop(REASON_PC_ALIGNMENT, vec3<u32>(0u));
        } else {
            memory_miss(pc, ACCESS_EXECUTE);
        }
        if (event != 0u) {
            if (event == EVENT_MISS) {
                memory_resolve();
            }
            if (event != 0u) {
                break;
            }
        }
    }

    let after = u64_add(total, vec2<u32>(retired, 0u));
    if (stop_reason == REASON_RUNNING) {
        if (u64_less(after, limit)) {
            atomicStore(&status[STATUS_WORKGROUPS], (params.lanes + WORKGROUP - 1u) / WORKGROUP);
        } else {
            stop_reason = REASON_CYCLE_LIMIT;
        }
    }
    for (var n = 0u; n < 32u; n += 1u) {
        registers[n * params.lanes + lane] = x[n];
    }
    program_counter[lane] = vec4<u32>(pc, nzcv, 0u);
    lane_set_field(LANE_RETIRED_LOW, after.x);
    lane_set_field(LANE_RETIRED_HIGH, after.y);
    if (in_code_page(fetched)) {
        inst[lane] = code_word(fetched);
    }
    pc_out[lane * 2u] = vec4<u32>(pc, after);
    pc_out[lane * 2u + 1u] = vec4<u32>(stop_reason, stop_detail);
}
