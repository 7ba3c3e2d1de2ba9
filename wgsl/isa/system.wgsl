// SYSTEM: exceptions, system registers, cache operations, and what is undefined. Rare, so its state stays in buffers.

fn system(c: vec4<u32>, a: vec2<u32>) -> vec2<u32> {
    let detail = vec3<u32>(control_immediate_low(c), 0u, 0u);
    switch control_system(c) {
        case SYSTEM_NOP: {
        }
        case SYSTEM_SVC: {
            // It retires when it has been served or is the host's. An exception return clears the monitor.
            exclusive_clear();
            lane_hold();
            event = EVENT_TRAP;
        }
        case SYSTEM_BRK: {
            lane_hold();
            lane_stop(REASON_BREAKPOINT, detail);
        }
        case SYSTEM_HLT: {
            lane_hold();
            lane_stop(REASON_HALT, detail);
        }
        case SYSTEM_MRS: {
            return system_register_read(c);
        }
        case SYSTEM_MSR: {
            system_register_write(c, a);
        }
        case SYSTEM_CLREX: {
            exclusive_clear();
        }
        case SYSTEM_DC_ZVA: {
            let address = memory_untag(a);
            let place = memory_place(address, ACCESS_WRITE);
            if (event == 0u) {
                let first = (address.x >> 2u) & 1008u;
                for (var word = 0u; word < 16u; word += 1u) {
                    memory[memory_word(place, first + word)] = 0u;
                }
            }
        }
        case SYSTEM_CFINV: {
            nzcv ^= 2u;
        }
        case SYSTEM_LEAVE: {
            lane_hold();
            lane_jump(lane_pc(code));
            last_code = code - 1u;
        }
        case SYSTEM_TRANSLATED: {
            lane_hold();
            event = EVENT_TRANSLATED;
        }
        // Also what is of no kernel.
        case SYSTEM_UNDEFINED, default: {
            lane_hold();
            lane_stop(REASON_UNDEFINED, detail);
        }
    }
    return U64_ZERO;
}

fn system_register_read(c: vec4<u32>) -> vec2<u32> {
    switch control_immediate_low(c) {
        case REGISTER_NZCV: {
            return vec2<u32>(nzcv << 28u, 0u);
        }
        case REGISTER_FPCR: {
            return vec2<u32>(fpcr_read(), 0u);
        }
        case REGISTER_FPSR: {
            return vec2<u32>(fpsr_read(), 0u);
        }
        case REGISTER_TPIDR_EL0: {
            return vec2<u32>(lane_field(LANE_THREAD_LOW), lane_field(LANE_THREAD_HIGH));
        }
        case REGISTER_TPIDRRO_EL0: {
            return U64_ZERO;
        }
        case REGISTER_CNTVCT_EL0: {
            // Virtual time is the number of instructions retired.
            return u64_add(lane_retired(), vec2<u32>(retired, 0u));
        }
        default: {
            return system_register_constant(c);
        }
    }
}

fn system_register_write(c: vec4<u32>, value: vec2<u32>) {
    switch control_immediate_low(c) {
        case REGISTER_NZCV: {
            nzcv = value.x >> 28u;
        }
        case REGISTER_FPCR: {
            fpcr_write(value.x & FPCR_MASK);
        }
        case REGISTER_FPSR: {
            fpsr_write(value.x & FPSR_MASK);
        }
        case REGISTER_TPIDR_EL0: {
            lane_set_field(LANE_THREAD_LOW, value.x);
            lane_set_field(LANE_THREAD_HIGH, value.y);
        }
        default: {
            lane_hold();
            lane_stop(REASON_UNDEFINED, vec3<u32>(control_immediate_high(c), 0u, 0u));
        }
    }
}
