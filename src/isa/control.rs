//! The control word: what predecode makes of an instruction word, and all that the seven datapaths of `wgsl/isa/` read.
//!
//! A control word is a `vec4<u32>`:
//!
//! | word | bits | content |
//! |---|---|---|
//! | x | 0..3 | kernel |
//! |   | 3 | `SF`: the result has 64 bits; otherwise its upper half is cleared |
//! |   | 4 | `INVERT`: the second operand is complemented |
//! |   | 5 | `SHIFTED`: the second operand is Rm shifted as word z says; otherwise `Rm \| (z, w)` |
//! |   | 6 | `SET_FLAGS` |
//! |   | 7..16 | operation and flags of the kernel |
//! |   | 16..32 | condition as a truth table over NZCV, or flags of the kernel |
//! | y | 0..24 | Rd, Rn, Rm, Ra: six bits each, 31 is SP, 32 reads as zero, 33 takes what is thrown away |
//! |   | 24..30 | `amount`: bit number, shift, second transfer register, NZCV immediate |
//! | z, w | | 64-bit immediate; or in z the shift: left 0..6, right 6..12, signed 12, rotate 13; or for branches in z the displacement in instructions, in w the bits to test |
//!
//! Immediates are complete (a logical immediate is expanded, a PC-relative address is absolute), so nothing of
//! decode is left in the loop. The names below are constants in Rust and in WGSL; this file is their one home.

use crate::abi::{self, shared_constants};

shared_constants! {
    // Kernels.
    KERNEL_MASK = 7;
    ARITHMETIC = 0;
    LOGICAL = 1;
    LOADSTORE = 2;
    BRANCH = 3;
    MULDIV = 4;
    EXTEND_SHIFT = 5;
    SYSTEM = 6;

    // Register numbers beyond X0..X30.
    SP = 31;
    ZR = 32;
    SINK = 33;
    /// A power of two: an index of six bits needs no bounds check.
    REGISTER_SLOTS = 64;

    // Common to the kernels that compute.
    SF = 1 << 3;
    INVERT = 1 << 4;
    SHIFTED = 1 << 5;
    SET_FLAGS = 1 << 6;
    OPERATION_SHIFT = 7;
    CONDITION_SHIFT = 16;
    SHIFT_SIGNED = 1 << 12;
    SHIFT_ROTATE = 1 << 13;

    // ARITHMETIC: bits 7..10; 0 adds.
    ARITHMETIC_OPERATION_MASK = 7 << 7;
    /// Carry in from the C flag rather than from `INVERT`.
    ADC_OPERATION = 1;
    CONDITIONAL_COMPARE = 2;
    CONDITIONAL_SELECT = 3;
    RMIF_OPERATION = 4;
    SETF8_OPERATION = 5;
    SETF16_OPERATION = 6;
    /// CSINC and CSNEG add one to the second operand.
    SELECT_INCREMENT = 1 << 10;

    // LOGICAL: result = (AND_TERM ? a & o : 0) ^ (EOR_TERM ? a ^ o : 0); both make ORR.
    AND_TERM = 1 << 7;
    EOR_TERM = 1 << 8;
    /// MOVK: bits `amount .. amount + 16` of the first operand are cleared first.
    KEEP = 1 << 9;

    // LOADSTORE.
    SIZE_SHIFT = 7;
    SIGNED = 1 << 9;
    LOAD = 1 << 10;
    PAIR_SHIFT = 11;
    PAIR = 1 << 11;
    POST_INDEX = 1 << 12;
    WRITE_BACK = 1 << 13;
    ACCESS_CLASS_SHIFT = 14;
    ACCESS_CLASS_MASK = 3;
    ACCESS_PLAIN = 0;
    ACCESS_EXCLUSIVE = 1;
    ACCESS_ATOMIC = 2;
    /// Prefetches: nothing is accessed.
    ACCESS_NONE = 3;
    /// Acquire and release forms fault when the address is not a multiple of the size.
    ALIGNED = 1 << 20;
    ATOMIC_SHIFT = 16;
    ATOMIC_ADD = 0;
    ATOMIC_CLR = 1;
    ATOMIC_EOR = 2;
    ATOMIC_SET = 3;
    ATOMIC_SMAX = 4;
    ATOMIC_SMIN = 5;
    ATOMIC_UMAX = 6;
    ATOMIC_UMIN = 7;
    ATOMIC_SWP = 8;
    ATOMIC_CAS = 9;

    // BRANCH: taken if the condition holds and the tested bits, w of the chosen word of Rn, are zero (or not zero).
    /// CBNZ and TBNZ.
    BRANCH_IF_NONZERO = 1 << 7;
    /// Test the upper word with w.
    BRANCH_TEST_HIGH = 1 << 8;
    /// Test the whole upper word as well.
    BRANCH_TEST_WIDE = 1 << 9;
    /// The target is in Rn.
    BRANCH_TO_REGISTER = 1 << 10;
    /// The target may lie outside the run of control words that the branch is in: a look-up is needed.
    BRANCH_FAR = 1 << 11;
    /// It closes a loop of at most LOOP_LENGTH instructions in its run, which is watched from time to time.
    BRANCH_BACK = 1 << 12;

    // MULDIV: bits 7..9.
    MULTIPLY = 0;
    MULTIPLY_HIGH = 1;
    DIVIDE = 2;
    CRC = 3;
    SUBTRACT = 1 << 9;
    /// The factors are 32-bit registers.
    LONG = 1 << 10;
    SIGNED_OPERANDS = 1 << 11;
    CRC_CASTAGNOLI = 1 << 12;
    CRC_SIZE_SHIFT = 13;

    // EXTEND_SHIFT: bits 7..11.
    FIELD = 0;
    FIELD_INSERT = 1;
    EXTRACT = 2;
    SHIFT_VARIABLE = 3;
    RBIT_OPERATION = 4;
    REV16_OPERATION = 5;
    REV32_OPERATION = 6;
    REV64_OPERATION = 7;
    CLZ_OPERATION = 8;
    CLS_OPERATION = 9;
    VARIABLE_KIND_SHIFT = 11;

    /// What a load or a store needs of its page: ACCESS_READ and ACCESS_WRITE.
    NEED_SHIFT = 21;

    // SYSTEM: bits 7..11.
    SYSTEM_NOP = 0;
    SYSTEM_UNDEFINED = 1;
    SYSTEM_SVC = 2;
    SYSTEM_BRK = 3;
    SYSTEM_HLT = 4;
    SYSTEM_MRS = 5;
    SYSTEM_MSR = 6;
    SYSTEM_CLREX = 7;
    SYSTEM_DC_ZVA = 8;
    SYSTEM_CFINV = 9;
    /// Behind a run of control words: execution goes on elsewhere.
    SYSTEM_LEAVE = 10;
    /// In place of an instruction at which translated code begins: `wgsl/companions/translation/translated.wgsl`.
    SYSTEM_TRANSLATED = 11;
}

/// The constants as WGSL declarations.
pub fn wgsl_constants() -> String {
    let mut text = abi::declare(ALL);
    let truth: Vec<String> = (0..16).map(|condition| format!("{}u", condition_truth(condition))).collect();
    text.push_str(&format!("const CONDITION_TRUTH = array<u32, 16>({});\n", truth.join(", ")));
    for format in super::Format::ALL {
        text.push_str(&format!("const FORMAT_{} = {}u;\n", format.wgsl_name(), *format as u32));
    }
    text
}

/// Bit `nzcv` of the result says whether `condition` (the A64 field, 0 to 15) holds for those flags, N being 8
/// (Arm ARM, `ConditionHolds`).
pub const fn condition_truth(condition: u32) -> u32 {
    let mut truth = 0;
    let mut nzcv = 0;
    while nzcv < 16 {
        let (n, z, c, v) = (nzcv & 8 != 0, nzcv & 4 != 0, nzcv & 2 != 0, nzcv & 1 != 0);
        let base = match condition >> 1 {
            0 => z,
            1 => c,
            2 => n,
            3 => v,
            4 => c && !z,
            5 => n == v,
            6 => n == v && !z,
            _ => true,
        };
        let holds = if condition & 1 == 1 && condition != 15 { !base } else { base };
        if holds {
            truth |= 1 << nzcv;
        }
        nzcv += 1;
    }
    truth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn condition_truth_follows_the_manual() {
        assert_eq!(condition_truth(14), 0xffff);
        assert_eq!(condition_truth(15), 0xffff);
        for nzcv in 0..16u32 {
            let holds = |condition| condition_truth(condition) >> nzcv & 1 == 1;
            assert_eq!(holds(0), nzcv & 4 != 0, "EQ");
            assert_eq!(holds(3), nzcv & 2 == 0, "CC");
            assert_eq!(holds(8), nzcv & 6 == 2, "HI");
            assert_eq!(holds(11), (nzcv >> 3) & 1 != nzcv & 1, "LT");
            assert_eq!(holds(13), !holds(12), "LE");
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = ALL.iter().map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}
