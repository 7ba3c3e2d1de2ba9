//! What `wgsl/lib/float.wgsl` is asked for, as one operation word, and the bits of FPCR and FPSR that it knows.
//!
//! | bits | of an operation word |
//! |---|---|
//! | 0 to 4 | the operation |
//! | 5, 6 | log2 of the operands' bytes: format of numbers (0 is BF16), width of integers |
//! | 7, 8 | the same of the result, and of the addend |
//! | 9 to 11 | rounding |
//! | 12 to 23 | flags |
//! | 24 to 30 | fraction bits of fixed-point numbers, 0 to 64; bits of the integer of ROUND_WITHIN |

use super::shared_constants;

shared_constants! {
    FLOAT_OPERATION_BITS = 0x1f;
    FLOAT_OPERANDS_SHIFT = 5;
    FLOAT_RESULT_SHIFT = 7;
    FLOAT_ROUNDING_SHIFT = 9;
    FLOAT_FRACTION_SHIFT = 24;
    FLOAT_FRACTION_BITS = 0x7f;

    // Operations. Those up to ROOT_STEP are one fused multiply-add.
    /// a + b
    FLOAT_ADD = 0;
    /// a * b
    FLOAT_MULTIPLY = 1;
    /// a * b, with 2 for infinity times zero (FMULX)
    FLOAT_MULTIPLY_EXTENDED = 2;
    /// c + a * b, rounded once; c has the result's format
    FLOAT_MULTIPLY_ADD = 3;
    /// 2 + a * b, of FRECPS, which asks for NEGATE_A
    FLOAT_RECIPROCAL_STEP = 4;
    /// (3 + a * b) / 2, of FRSQRTS, which asks for NEGATE_A
    FLOAT_ROOT_STEP = 5;
    /// a / b
    FLOAT_DIVIDE = 6;
    /// The square root of a
    FLOAT_ROOT = 7;
    /// The lesser of a and b, or with MAXIMUM the greater
    FLOAT_MIN_MAX = 8;
    /// NZCV of a compared with b, in bits 0 to 3
    FLOAT_COMPARE = 9;
    // Ones in the operands' width where it holds, else zero.
    FLOAT_EQUAL = 10;
    FLOAT_GREATER_EQUAL = 11;
    FLOAT_GREATER = 12;
    /// a in the result's format
    FLOAT_CONVERT = 13;
    /// An integer of the result's width, saturated; a is multiplied by 2 to the fraction bits
    FLOAT_TO_INTEGER = 14;
    /// The integer a of the operands' width, divided by 2 to the fraction bits
    FLOAT_FROM_INTEGER = 15;
    /// a rounded to an integer that stays a number (FRINT*)
    FLOAT_ROUND = 16;

    /// The same where it fits a signed integer of so many bits, else the least such integer (FRINT32*, FRINT64*)
    FLOAT_ROUND_WITHIN = 17;
    /// The lowest 32 bits of the integer part of a, an f64; NZCV of FJCVTZS above them
    FLOAT_TO_MODULAR = 18;
    /// FRECPE
    FLOAT_ESTIMATE_RECIPROCAL = 19;
    /// FRSQRTE
    FLOAT_ESTIMATE_ROOT = 20;
    /// FRECPX
    FLOAT_RECIPROCAL_EXPONENT = 21;
    // Those from here on take operands as they are, and set no flags.
    /// a, for the sake of its sign
    FLOAT_MOVE = 22;
    /// URECPE: of a fixed-point number of 32 bits
    FLOAT_ESTIMATE_INTEGER_RECIPROCAL = 23;
    /// URSQRTE
    FLOAT_ESTIMATE_INTEGER_ROOT = 24;
    /// BFDOT: c, an f32, and the sum of the products of two BF16 numbers in a and b
    FLOAT_BRAIN_DOT = 25;

    // Formats.
    FLOAT_B = 0;
    FLOAT_H = 1;
    FLOAT_S = 2;
    FLOAT_D = 3;

    // Rounding: FPCR's, or one whatever FPCR says.
    FLOAT_BY_FPCR = 0;
    FLOAT_TIES_EVEN = 1;
    FLOAT_TO_PLUS = 2;
    FLOAT_TO_MINUS = 3;
    FLOAT_TO_ZERO = 4;
    FLOAT_TIES_AWAY = 5;
    FLOAT_TO_ODD = 6;

    // Operands with the other sign, NaNs too, before anything else is done.
    FLOAT_NEGATE_A = 1 << 12;
    FLOAT_NEGATE_B = 1 << 13;
    FLOAT_NEGATE_C = 1 << 14;
    /// The result with the other sign, NaNs too.
    FLOAT_NEGATE_RESULT = 1 << 15;
    /// a and b without their signs.
    FLOAT_ABSOLUTE_OPERANDS = 1 << 16;
    /// The result without its sign, NaNs too.
    FLOAT_ABSOLUTE_RESULT = 1 << 17;
    /// ADD: a - b, where a NaN keeps its sign.
    FLOAT_SUBTRACT = 1 << 18;
    FLOAT_MAXIMUM = 1 << 19;
    /// MIN_MAX: a number before a quiet NaN.
    FLOAT_NUMBER = 1 << 20;
    /// Compares: quiet NaNs are invalid too.
    FLOAT_SIGNALING = 1 << 21;
    /// Integers are signed.
    FLOAT_SIGNED = 1 << 22;
    /// ROUND, ROUND_WITHIN: what is lost sets IXC.
    FLOAT_EXACT = 1 << 23;

    FPCR_FZ16 = 1 << 19;
    FPCR_RMODE_SHIFT = 22;
    FPCR_FZ = 1 << 24;
    FPCR_DN = 1 << 25;
    FPCR_AHP = 1 << 26;

    FPSR_IOC = 1;
    FPSR_DZC = 1 << 1;
    FPSR_OFC = 1 << 2;
    FPSR_UFC = 1 << 3;
    FPSR_IXC = 1 << 4;
    FPSR_IDC = 1 << 7;
}
