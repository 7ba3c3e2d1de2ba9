//! Scalar floating point (Arm ARM, C4.1).
//!
//! The kernel of a floating-point or SIMD line says which of the seven will own it, by what the encoding does:
//! additions, comparisons, extrema, absolute values and negations are ARITHMETIC; bitwise operations, bit counts, moves,
//! permutations, selections and cryptography LOGICAL; loads and stores LOADSTORE; multiplications, divisions, square roots, their
//! estimates and dot products MULDIV; conversions, roundings, shifts, widening and narrowing EXTEND_SHIFT.

use super::control::vector::*;
use super::{Encoding, Kernel, Pattern, float, rounding, vector, within};
use crate::abi::float::*;
use Kernel::*;

// `ptype` 10 is reserved; 00 is single, 01 double, 11 half precision.
const PRECISION: &[Pattern] = &[Pattern::new("........10......................")];
// A 32-bit register has at most 32 fraction bits.
const FIXED_POINT: &[Pattern] =
    &[Pattern::new("........10......................"), Pattern::new("0...............0...............")];
// FMOV between a single and 64 bits, or a double and 32.
const MOVE_GENERAL: &[Pattern] = &[
    Pattern::new("........10......................"),
    Pattern::new("0.......01......................"),
    Pattern::new("1.......00......................"),
];
// A conversion to the same precision, or with the reserved one.
const CONVERT: &[Pattern] = &[
    Pattern::new("........10......................"),
    Pattern::new("...............10..............."),
    Pattern::new("........00.....00..............."),
    Pattern::new("........01.....01..............."),
    Pattern::new("........11.....11..............."),
];

/// Scalar floating point.
#[rustfmt::skip] // one line per encoding
pub(super) const FLOAT: &[Encoding] = &[
    // Between floating point and fixed point.
    float("SCVTF_float_fix", "s 0 0 11110 pp 0 00 010 ffffff nnnnn ddddd", ExtendShift, FLOAT_FROM_INTEGER | FLOAT_SIGNED, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_FROM_GENERAL | FLOAT_FIXED)).reject(FIXED_POINT),
    float("UCVTF_float_fix", "s 0 0 11110 pp 0 00 011 ffffff nnnnn ddddd", ExtendShift, FLOAT_FROM_INTEGER, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_FROM_GENERAL | FLOAT_FIXED)).reject(FIXED_POINT),
    float("FCVTZS_float_fix", "s 0 0 11110 pp 0 11 000 ffffff nnnnn ddddd", ExtendShift, FLOAT_TO_INTEGER | FLOAT_SIGNED | rounding(FLOAT_TO_ZERO), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_TO_GENERAL | FLOAT_FIXED)).reject(FIXED_POINT),
    float("FCVTZU_float_fix", "s 0 0 11110 pp 0 11 001 ffffff nnnnn ddddd", ExtendShift, FLOAT_TO_INTEGER | rounding(FLOAT_TO_ZERO), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_TO_GENERAL | FLOAT_FIXED)).reject(FIXED_POINT),

    // Between floating point and integer.
    float("FCVTNS_float", "s 0 0 11110 pp 1 00 000 000000 nnnnn ddddd", ExtendShift, FLOAT_TO_INTEGER | FLOAT_SIGNED | rounding(FLOAT_TIES_EVEN), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_TO_GENERAL)).reject(PRECISION),
    float("FCVTNU_float", "s 0 0 11110 pp 1 00 001 000000 nnnnn ddddd", ExtendShift, FLOAT_TO_INTEGER | rounding(FLOAT_TIES_EVEN), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_TO_GENERAL)).reject(PRECISION),
    float("SCVTF_float_int", "s 0 0 11110 pp 1 00 010 000000 nnnnn ddddd", ExtendShift, FLOAT_FROM_INTEGER | FLOAT_SIGNED, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_FROM_GENERAL)).reject(PRECISION),
    float("UCVTF_float_int", "s 0 0 11110 pp 1 00 011 000000 nnnnn ddddd", ExtendShift, FLOAT_FROM_INTEGER, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_FROM_GENERAL)).reject(PRECISION),
    float("FCVTAS_float", "s 0 0 11110 pp 1 00 100 000000 nnnnn ddddd", ExtendShift, FLOAT_TO_INTEGER | FLOAT_SIGNED | rounding(FLOAT_TIES_AWAY), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_TO_GENERAL)).reject(PRECISION),
    float("FCVTAU_float", "s 0 0 11110 pp 1 00 101 000000 nnnnn ddddd", ExtendShift, FLOAT_TO_INTEGER | rounding(FLOAT_TIES_AWAY), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_TO_GENERAL)).reject(PRECISION),
    float("FCVTPS_float", "s 0 0 11110 pp 1 01 000 000000 nnnnn ddddd", ExtendShift, FLOAT_TO_INTEGER | FLOAT_SIGNED | rounding(FLOAT_TO_PLUS), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_TO_GENERAL)).reject(PRECISION),
    float("FCVTPU_float", "s 0 0 11110 pp 1 01 001 000000 nnnnn ddddd", ExtendShift, FLOAT_TO_INTEGER | rounding(FLOAT_TO_PLUS), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_TO_GENERAL)).reject(PRECISION),
    float("FCVTMS_float", "s 0 0 11110 pp 1 10 000 000000 nnnnn ddddd", ExtendShift, FLOAT_TO_INTEGER | FLOAT_SIGNED | rounding(FLOAT_TO_MINUS), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_TO_GENERAL)).reject(PRECISION),
    float("FCVTMU_float", "s 0 0 11110 pp 1 10 001 000000 nnnnn ddddd", ExtendShift, FLOAT_TO_INTEGER | rounding(FLOAT_TO_MINUS), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_TO_GENERAL)).reject(PRECISION),
    float("FCVTZS_float_int", "s 0 0 11110 pp 1 11 000 000000 nnnnn ddddd", ExtendShift, FLOAT_TO_INTEGER | FLOAT_SIGNED | rounding(FLOAT_TO_ZERO), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_TO_GENERAL)).reject(PRECISION),
    float("FCVTZU_float_int", "s 0 0 11110 pp 1 11 001 000000 nnnnn ddddd", ExtendShift, FLOAT_TO_INTEGER | rounding(FLOAT_TO_ZERO), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_TO_GENERAL)).reject(PRECISION),
    vector("FMOV_float_gen", "s 0 0 11110 pp 1 00 11 k 000000 nnnnn ddddd", Logical, does(UNIT_MOVE, MOVE_BITS, sized(SIZE_PRECISION))).reject(MOVE_GENERAL),
    vector("FMOV_float_top", "1 0 0 11110 10 1 01 11 k 000000 nnnnn ddddd", Logical, does(UNIT_MOVE, MOVE_BITS, sized(SIZE_DOUBLE) | VARIANT)),
    float("FJCVTZS", "0 0 0 11110 01 1 11 110 000000 nnnnn ddddd", ExtendShift, FLOAT_TO_MODULAR, does(UNIT_FLOAT, FLOAT_MODULAR, sized(SIZE_PRECISION) | FLOAT_TO_GENERAL)),

    // One source.
    vector("FMOV_float", "0 0 0 11110 pp 1 000000 10000 nnnnn ddddd", Logical, does(UNIT_MOVE, MOVE_SCALAR, sized(SIZE_PRECISION))).reject(PRECISION),
    vector("FABS_float", "0 0 0 11110 pp 1 000001 10000 nnnnn ddddd", Arithmetic, does(UNIT_FLOAT, FLOAT_ABSOLUTE, sized(SIZE_PRECISION))).reject(PRECISION),
    vector("FNEG_float", "0 0 0 11110 pp 1 000010 10000 nnnnn ddddd", Arithmetic, does(UNIT_FLOAT, FLOAT_TURN, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FSQRT_float", "0 0 0 11110 pp 1 000011 10000 nnnnn ddddd", MulDiv, FLOAT_ROOT, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FCVT_float", "0 0 0 11110 pp 1 0001 tt 10000 nnnnn ddddd", ExtendShift, FLOAT_CONVERT, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION) | FLOAT_CONVERTS)).reject(CONVERT),
    float("BFCVT_float", "0 0 0 11110 01 1 000110 10000 nnnnn ddddd", ExtendShift, FLOAT_CONVERT, does(UNIT_FLOAT, FLOAT_TO_BRAIN, sized(SIZE_WORD) | NARROW)),
    float("FRINTN_float", "0 0 0 11110 pp 1 001000 10000 nnnnn ddddd", ExtendShift, FLOAT_ROUND | rounding(FLOAT_TIES_EVEN), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FRINTP_float", "0 0 0 11110 pp 1 001001 10000 nnnnn ddddd", ExtendShift, FLOAT_ROUND | rounding(FLOAT_TO_PLUS), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FRINTM_float", "0 0 0 11110 pp 1 001010 10000 nnnnn ddddd", ExtendShift, FLOAT_ROUND | rounding(FLOAT_TO_MINUS), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FRINTZ_float", "0 0 0 11110 pp 1 001011 10000 nnnnn ddddd", ExtendShift, FLOAT_ROUND | rounding(FLOAT_TO_ZERO), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FRINTA_float", "0 0 0 11110 pp 1 001100 10000 nnnnn ddddd", ExtendShift, FLOAT_ROUND | rounding(FLOAT_TIES_AWAY), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FRINTX_float", "0 0 0 11110 pp 1 001110 10000 nnnnn ddddd", ExtendShift, FLOAT_ROUND | FLOAT_EXACT, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FRINTI_float", "0 0 0 11110 pp 1 001111 10000 nnnnn ddddd", ExtendShift, FLOAT_ROUND, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FRINT32Z_float", "0 0 0 11110 0p 1 010000 10000 nnnnn ddddd", ExtendShift, FLOAT_ROUND_WITHIN | FLOAT_EXACT | within(32) | rounding(FLOAT_TO_ZERO), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))),
    float("FRINT32X_float", "0 0 0 11110 0p 1 010001 10000 nnnnn ddddd", ExtendShift, FLOAT_ROUND_WITHIN | FLOAT_EXACT | within(32), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))),
    float("FRINT64Z_float", "0 0 0 11110 0p 1 010010 10000 nnnnn ddddd", ExtendShift, FLOAT_ROUND_WITHIN | FLOAT_EXACT | within(64) | rounding(FLOAT_TO_ZERO), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))),
    float("FRINT64X_float", "0 0 0 11110 0p 1 010011 10000 nnnnn ddddd", ExtendShift, FLOAT_ROUND_WITHIN | FLOAT_EXACT | within(64), does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))),

    // Comparison, selection, immediate.
    float("FCMP_float", "0 0 0 11110 pp 1 mmmmm 00 1000 nnnnn 00 000", Arithmetic, FLOAT_COMPARE, does(UNIT_FLOAT, FLOAT_SETS_FLAGS, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FCMP_float_zero", "0 0 0 11110 pp 1 zzzzz 00 1000 nnnnn 01 000", Arithmetic, FLOAT_COMPARE, does(UNIT_FLOAT, FLOAT_SETS_FLAGS, sized(SIZE_PRECISION) | WITH_ZERO)).reject(PRECISION),
    float("FCMPE_float", "0 0 0 11110 pp 1 mmmmm 00 1000 nnnnn 10 000", Arithmetic, FLOAT_COMPARE | FLOAT_SIGNALING, does(UNIT_FLOAT, FLOAT_SETS_FLAGS, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FCMPE_float_zero", "0 0 0 11110 pp 1 zzzzz 00 1000 nnnnn 11 000", Arithmetic, FLOAT_COMPARE | FLOAT_SIGNALING, does(UNIT_FLOAT, FLOAT_SETS_FLAGS, sized(SIZE_PRECISION) | WITH_ZERO)).reject(PRECISION),
    float("FCCMP_float", "0 0 0 11110 pp 1 mmmmm cccc 01 nnnnn 0 vvvv", Arithmetic, FLOAT_COMPARE, does(UNIT_FLOAT, FLOAT_CONDITIONAL, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FCCMPE_float", "0 0 0 11110 pp 1 mmmmm cccc 01 nnnnn 1 vvvv", Arithmetic, FLOAT_COMPARE | FLOAT_SIGNALING, does(UNIT_FLOAT, FLOAT_CONDITIONAL, sized(SIZE_PRECISION))).reject(PRECISION),
    vector("FCSEL_float", "0 0 0 11110 pp 1 mmmmm cccc 11 nnnnn ddddd", Logical, does(UNIT_MOVE, MOVE_SELECT, sized(SIZE_PRECISION))).reject(PRECISION),
    vector("FMOV_float_imm", "0 0 0 11110 pp 1 iiiiiiii 100 00000 ddddd", Logical, does(UNIT_MOVE, MOVE_IMMEDIATE, sized(SIZE_PRECISION))).reject(PRECISION),

    // Two and three sources.
    float("FMUL_float", "0 0 0 11110 pp 1 mmmmm 0000 10 nnnnn ddddd", MulDiv, FLOAT_MULTIPLY, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FDIV_float", "0 0 0 11110 pp 1 mmmmm 0001 10 nnnnn ddddd", MulDiv, FLOAT_DIVIDE, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FADD_float", "0 0 0 11110 pp 1 mmmmm 0010 10 nnnnn ddddd", Arithmetic, FLOAT_ADD, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FSUB_float", "0 0 0 11110 pp 1 mmmmm 0011 10 nnnnn ddddd", Arithmetic, FLOAT_ADD | FLOAT_SUBTRACT, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FMAX_float", "0 0 0 11110 pp 1 mmmmm 0100 10 nnnnn ddddd", Arithmetic, FLOAT_MIN_MAX | FLOAT_MAXIMUM, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FMIN_float", "0 0 0 11110 pp 1 mmmmm 0101 10 nnnnn ddddd", Arithmetic, FLOAT_MIN_MAX, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FMAXNM_float", "0 0 0 11110 pp 1 mmmmm 0110 10 nnnnn ddddd", Arithmetic, FLOAT_MIN_MAX | FLOAT_MAXIMUM | FLOAT_NUMBER, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FMINNM_float", "0 0 0 11110 pp 1 mmmmm 0111 10 nnnnn ddddd", Arithmetic, FLOAT_MIN_MAX | FLOAT_NUMBER, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FNMUL_float", "0 0 0 11110 pp 1 mmmmm 1000 10 nnnnn ddddd", MulDiv, FLOAT_MULTIPLY | FLOAT_NEGATE_RESULT, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FMADD_float", "0 0 0 11111 pp 0 mmmmm 0 aaaaa nnnnn ddddd", MulDiv, FLOAT_MULTIPLY_ADD, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FMSUB_float", "0 0 0 11111 pp 0 mmmmm 1 aaaaa nnnnn ddddd", MulDiv, FLOAT_MULTIPLY_ADD | FLOAT_NEGATE_A, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FNMADD_float", "0 0 0 11111 pp 1 mmmmm 0 aaaaa nnnnn ddddd", MulDiv, FLOAT_MULTIPLY_ADD | FLOAT_NEGATE_A | FLOAT_NEGATE_C, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
    float("FNMSUB_float", "0 0 0 11111 pp 1 mmmmm 1 aaaaa nnnnn ddddd", MulDiv, FLOAT_MULTIPLY_ADD | FLOAT_NEGATE_C, does(UNIT_FLOAT, FLOAT_EACH, sized(SIZE_PRECISION))).reject(PRECISION),
];
