// Floating point and SIMD, in the interpreter that has them: lanes that meet one leave the one that has not.

var<private> v: array<vec4<u32>, VECTOR_REGISTERS>;
var<private> fpcr: u32;
var<private> fpsr: u32;

fn vector_begin() {
    for (var n = 0u; n < VECTOR_REGISTERS; n += 1u) {
        let row = (VECTOR_ROWS_AT + 2u * n) * params.lanes + lane;
        v[n] = vec4<u32>(registers[row], registers[row + params.lanes]);
    }
    fpcr = lane_field(LANE_FPCR);
    fpsr = lane_field(LANE_FPSR);
}

fn vector_end() {
    for (var n = 0u; n < VECTOR_REGISTERS; n += 1u) {
        let row = (VECTOR_ROWS_AT + 2u * n) * params.lanes + lane;
        registers[row] = v[n].xy;
        registers[row + params.lanes] = v[n].zw;
    }
    lane_set_field(LANE_FPCR, fpcr);
    lane_set_field(LANE_FPSR, fpsr);
}

// Sets cumulative flags of FPSR.
fn fpsr_raise(flags: u32) {
    fpsr |= flags;
}

fn fpcr_read() -> u32 {
    return fpcr;
}

fn fpcr_write(value: u32) {
    fpcr = value;
}

fn fpsr_read() -> u32 {
    return fpsr;
}

fn fpsr_write(value: u32) {
    fpsr = value;
}

// Returns what a general register takes, if `destination` says which.
fn vector_execute(c: vec4<u32>) -> vec2<u32> {
    let n = v[control_rn(c) & 31u];
    let m = v[element_register(c)];
    let rd = control_rd(c) & 31u;
    switch control_unit(c) {
        case UNIT_BITWISE: {
            v[rd] = vector_bitwise(c, n, m, v[control_ra(c) & 31u], v[rd]);
        }
        case UNIT_MOVE: {
            return vector_move(c);
        }
        case UNIT_FLOAT: {
            return vector_float(c);
        }
        case UNIT_PERMUTE: {
            v[rd] = vector_permute(c);
        }
        case UNIT_INTEGER: {
            integer_saturated = false;
            v[rd] = vector_integer(c, n, m, v[rd]);
            if (integer_saturated) {
                fpsr_raise(FPSR_QC);
            }
        }
        case UNIT_CRYPTO: {
            v[rd] = vector_crypto(c, n, m, v[control_ra(c) & 31u], v[rd]);
        }
        case UNIT_MEMORY: {
            vector_memory(c);
        }
        default: {
            lane_hold();
            lane_stop(REASON_UNDEFINED, vec3<u32>(control_vector_word(c), 0u, 0u));
        }
    }
    return U64_ZERO;
}
