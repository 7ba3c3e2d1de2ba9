//! Scalar floating point (Arm ARM, C4.1): none of it is implemented yet, all of it is named.
//!
//! The kernel of a floating-point or SIMD line says which of the seven will own it, by what the encoding does:
//! additions, comparisons, extrema, absolute values and negations are ARITHMETIC; bitwise operations, bit counts, moves,
//! permutations, selections and cryptography LOGICAL; loads and stores LOADSTORE; multiplications, divisions, square roots, their
//! estimates and dot products MULDIV; conversions, roundings, shifts, widening and narrowing EXTEND_SHIFT.

use super::base::absent;
use super::{Encoding, Kernel, Pattern};
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
    absent("SCVTF_float_fix", "s 0 0 11110 pp 0 00 010 ffffff nnnnn ddddd", ExtendShift).reject(FIXED_POINT),
    absent("UCVTF_float_fix", "s 0 0 11110 pp 0 00 011 ffffff nnnnn ddddd", ExtendShift).reject(FIXED_POINT),
    absent("FCVTZS_float_fix", "s 0 0 11110 pp 0 11 000 ffffff nnnnn ddddd", ExtendShift).reject(FIXED_POINT),
    absent("FCVTZU_float_fix", "s 0 0 11110 pp 0 11 001 ffffff nnnnn ddddd", ExtendShift).reject(FIXED_POINT),

    // Between floating point and integer.
    absent("FCVTNS_float", "s 0 0 11110 pp 1 00 000 000000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FCVTNU_float", "s 0 0 11110 pp 1 00 001 000000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("SCVTF_float_int", "s 0 0 11110 pp 1 00 010 000000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("UCVTF_float_int", "s 0 0 11110 pp 1 00 011 000000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FCVTAS_float", "s 0 0 11110 pp 1 00 100 000000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FCVTAU_float", "s 0 0 11110 pp 1 00 101 000000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FCVTPS_float", "s 0 0 11110 pp 1 01 000 000000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FCVTPU_float", "s 0 0 11110 pp 1 01 001 000000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FCVTMS_float", "s 0 0 11110 pp 1 10 000 000000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FCVTMU_float", "s 0 0 11110 pp 1 10 001 000000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FCVTZS_float_int", "s 0 0 11110 pp 1 11 000 000000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FCVTZU_float_int", "s 0 0 11110 pp 1 11 001 000000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FMOV_float_gen", "s 0 0 11110 pp 1 00 11 k 000000 nnnnn ddddd", Logical).reject(MOVE_GENERAL),
    absent("FMOV_float_top", "1 0 0 11110 10 1 01 11 k 000000 nnnnn ddddd", Logical),
    absent("FJCVTZS", "0 0 0 11110 01 1 11 110 000000 nnnnn ddddd", ExtendShift),

    // One source.
    absent("FMOV_float", "0 0 0 11110 pp 1 000000 10000 nnnnn ddddd", Logical).reject(PRECISION),
    absent("FABS_float", "0 0 0 11110 pp 1 000001 10000 nnnnn ddddd", Arithmetic).reject(PRECISION),
    absent("FNEG_float", "0 0 0 11110 pp 1 000010 10000 nnnnn ddddd", Arithmetic).reject(PRECISION),
    absent("FSQRT_float", "0 0 0 11110 pp 1 000011 10000 nnnnn ddddd", MulDiv).reject(PRECISION),
    absent("FCVT_float", "0 0 0 11110 pp 1 0001 tt 10000 nnnnn ddddd", ExtendShift).reject(CONVERT),
    absent("BFCVT_float", "0 0 0 11110 01 1 000110 10000 nnnnn ddddd", ExtendShift),
    absent("FRINTN_float", "0 0 0 11110 pp 1 001000 10000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FRINTP_float", "0 0 0 11110 pp 1 001001 10000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FRINTM_float", "0 0 0 11110 pp 1 001010 10000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FRINTZ_float", "0 0 0 11110 pp 1 001011 10000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FRINTA_float", "0 0 0 11110 pp 1 001100 10000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FRINTX_float", "0 0 0 11110 pp 1 001110 10000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FRINTI_float", "0 0 0 11110 pp 1 001111 10000 nnnnn ddddd", ExtendShift).reject(PRECISION),
    absent("FRINT32Z_float", "0 0 0 11110 0p 1 010000 10000 nnnnn ddddd", ExtendShift),
    absent("FRINT32X_float", "0 0 0 11110 0p 1 010001 10000 nnnnn ddddd", ExtendShift),
    absent("FRINT64Z_float", "0 0 0 11110 0p 1 010010 10000 nnnnn ddddd", ExtendShift),
    absent("FRINT64X_float", "0 0 0 11110 0p 1 010011 10000 nnnnn ddddd", ExtendShift),

    // Comparison, selection, immediate.
    absent("FCMP_float", "0 0 0 11110 pp 1 mmmmm 00 1000 nnnnn 00 000", Arithmetic).reject(PRECISION),
    absent("FCMP_float_zero", "0 0 0 11110 pp 1 zzzzz 00 1000 nnnnn 01 000", Arithmetic).reject(PRECISION),
    absent("FCMPE_float", "0 0 0 11110 pp 1 mmmmm 00 1000 nnnnn 10 000", Arithmetic).reject(PRECISION),
    absent("FCMPE_float_zero", "0 0 0 11110 pp 1 zzzzz 00 1000 nnnnn 11 000", Arithmetic).reject(PRECISION),
    absent("FCCMP_float", "0 0 0 11110 pp 1 mmmmm cccc 01 nnnnn 0 vvvv", Arithmetic).reject(PRECISION),
    absent("FCCMPE_float", "0 0 0 11110 pp 1 mmmmm cccc 01 nnnnn 1 vvvv", Arithmetic).reject(PRECISION),
    absent("FCSEL_float", "0 0 0 11110 pp 1 mmmmm cccc 11 nnnnn ddddd", Logical).reject(PRECISION),
    absent("FMOV_float_imm", "0 0 0 11110 pp 1 iiiiiiii 100 00000 ddddd", Logical).reject(PRECISION),

    // Two and three sources.
    absent("FMUL_float", "0 0 0 11110 pp 1 mmmmm 0000 10 nnnnn ddddd", MulDiv).reject(PRECISION),
    absent("FDIV_float", "0 0 0 11110 pp 1 mmmmm 0001 10 nnnnn ddddd", MulDiv).reject(PRECISION),
    absent("FADD_float", "0 0 0 11110 pp 1 mmmmm 0010 10 nnnnn ddddd", Arithmetic).reject(PRECISION),
    absent("FSUB_float", "0 0 0 11110 pp 1 mmmmm 0011 10 nnnnn ddddd", Arithmetic).reject(PRECISION),
    absent("FMAX_float", "0 0 0 11110 pp 1 mmmmm 0100 10 nnnnn ddddd", Arithmetic).reject(PRECISION),
    absent("FMIN_float", "0 0 0 11110 pp 1 mmmmm 0101 10 nnnnn ddddd", Arithmetic).reject(PRECISION),
    absent("FMAXNM_float", "0 0 0 11110 pp 1 mmmmm 0110 10 nnnnn ddddd", Arithmetic).reject(PRECISION),
    absent("FMINNM_float", "0 0 0 11110 pp 1 mmmmm 0111 10 nnnnn ddddd", Arithmetic).reject(PRECISION),
    absent("FNMUL_float", "0 0 0 11110 pp 1 mmmmm 1000 10 nnnnn ddddd", MulDiv).reject(PRECISION),
    absent("FMADD_float", "0 0 0 11111 pp 0 mmmmm 0 aaaaa nnnnn ddddd", MulDiv).reject(PRECISION),
    absent("FMSUB_float", "0 0 0 11111 pp 0 mmmmm 1 aaaaa nnnnn ddddd", MulDiv).reject(PRECISION),
    absent("FNMADD_float", "0 0 0 11111 pp 1 mmmmm 0 aaaaa nnnnn ddddd", MulDiv).reject(PRECISION),
    absent("FNMSUB_float", "0 0 0 11111 pp 1 mmmmm 1 aaaaa nnnnn ddddd", MulDiv).reject(PRECISION),
];
