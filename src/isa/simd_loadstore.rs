//! Loads and stores of floating-point and SIMD registers (Arm ARM, C4.1). None of them is implemented.

use super::base::absent;
use super::{Encoding, Kernel, Pattern};
use Kernel::LoadStore;

// 128 bits are `size` 00 with `opc<1>` set; there is nothing wider.
const SIZE: &[Pattern] =
    &[Pattern::new("1.......1......................."), Pattern::new(".1......1.......................")];
// The same, and an index register is extended from 32 or 64 bits.
const SIZE_INDEX: &[Pattern] = &[
    Pattern::new("1.......1......................."),
    Pattern::new(".1......1......................."),
    Pattern::new(".................0.............."),
];
// Literals and pairs: S, D and Q.
const OPC: &[Pattern] = &[Pattern::new("11..............................")];
// Structures of several elements have no arrangement 1D.
const STRUCTURES: &[Pattern] = &[Pattern::new(".0..................11..........")];
// `opcode<2:1>` is the scale, and leaves over low bits of the index that are zero; scale 10 with `size` 01 is a doubleword.
const SINGLE: &[Pattern] = &[
    Pattern::new("................11.............."),
    Pattern::new("................01...1.........."),
    Pattern::new("................10..1..........."),
    Pattern::new("................10.1.1.........."),
];

/// Loads and stores of floating-point and SIMD registers.
#[rustfmt::skip] // one line per encoding
pub(super) const SIMD_LOADSTORE: &[Encoding] = &[
    // One register.
    absent("LDR_literal_simd", "pp 011100 iiiiiiiiiiiiiiiiiii ttttt", LoadStore).reject(OPC),
    absent("STR_imm_unsigned_simd", "xx 111101 w0 iiiiiiiiiiii nnnnn ttttt", LoadStore).reject(SIZE),
    absent("LDR_imm_unsigned_simd", "xx 111101 w1 iiiiiiiiiiii nnnnn ttttt", LoadStore).reject(SIZE),
    absent("STUR_unscaled_simd", "xx 111100 w0 0 iiiiiiiii 00 nnnnn ttttt", LoadStore).reject(SIZE),
    absent("LDUR_unscaled_simd", "xx 111100 w1 0 iiiiiiiii 00 nnnnn ttttt", LoadStore).reject(SIZE),
    absent("STR_imm_post_simd", "xx 111100 w0 0 iiiiiiiii 01 nnnnn ttttt", LoadStore).reject(SIZE),
    absent("LDR_imm_post_simd", "xx 111100 w1 0 iiiiiiiii 01 nnnnn ttttt", LoadStore).reject(SIZE),
    absent("STR_imm_pre_simd", "xx 111100 w0 0 iiiiiiiii 11 nnnnn ttttt", LoadStore).reject(SIZE),
    absent("LDR_imm_pre_simd", "xx 111100 w1 0 iiiiiiiii 11 nnnnn ttttt", LoadStore).reject(SIZE),
    absent("STR_reg_simd", "xx 111100 w0 1 mmmmm eee S 10 nnnnn ttttt", LoadStore).reject(SIZE_INDEX),
    absent("LDR_reg_simd", "xx 111100 w1 1 mmmmm eee S 10 nnnnn ttttt", LoadStore).reject(SIZE_INDEX),
    absent("STLUR_simd", "xx 011101 w0 0 iiiiiiiii 10 nnnnn ttttt", LoadStore).reject(SIZE),
    absent("LDAPUR_simd", "xx 011101 w1 0 iiiiiiiii 10 nnnnn ttttt", LoadStore).reject(SIZE),

    // Pairs.
    absent("STNP_simd", "pp 1011 000 0 iiiiiii uuuuu nnnnn ttttt", LoadStore).reject(OPC),
    absent("LDNP_simd", "pp 1011 000 1 iiiiiii uuuuu nnnnn ttttt", LoadStore).reject(OPC),
    absent("STP_post_simd", "pp 1011 001 0 iiiiiii uuuuu nnnnn ttttt", LoadStore).reject(OPC),
    absent("LDP_post_simd", "pp 1011 001 1 iiiiiii uuuuu nnnnn ttttt", LoadStore).reject(OPC),
    absent("STP_off_simd", "pp 1011 010 0 iiiiiii uuuuu nnnnn ttttt", LoadStore).reject(OPC),
    absent("LDP_off_simd", "pp 1011 010 1 iiiiiii uuuuu nnnnn ttttt", LoadStore).reject(OPC),
    absent("STP_pre_simd", "pp 1011 011 0 iiiiiii uuuuu nnnnn ttttt", LoadStore).reject(OPC),
    absent("LDP_pre_simd", "pp 1011 011 1 iiiiiii uuuuu nnnnn ttttt", LoadStore).reject(OPC),

    // Multiple structures.
    absent("ST1_multiple_1", "0 q 0011 000 0 0 00000 0111 xx nnnnn ttttt", LoadStore),
    absent("ST1_multiple_2", "0 q 0011 000 0 0 00000 1010 xx nnnnn ttttt", LoadStore),
    absent("ST1_multiple_3", "0 q 0011 000 0 0 00000 0110 xx nnnnn ttttt", LoadStore),
    absent("ST1_multiple_4", "0 q 0011 000 0 0 00000 0010 xx nnnnn ttttt", LoadStore),
    absent("ST2_multiple", "0 q 0011 000 0 0 00000 1000 xx nnnnn ttttt", LoadStore).reject(STRUCTURES),
    absent("ST3_multiple", "0 q 0011 000 0 0 00000 0100 xx nnnnn ttttt", LoadStore).reject(STRUCTURES),
    absent("ST4_multiple", "0 q 0011 000 0 0 00000 0000 xx nnnnn ttttt", LoadStore).reject(STRUCTURES),
    absent("LD1_multiple_1", "0 q 0011 000 1 0 00000 0111 xx nnnnn ttttt", LoadStore),
    absent("LD1_multiple_2", "0 q 0011 000 1 0 00000 1010 xx nnnnn ttttt", LoadStore),
    absent("LD1_multiple_3", "0 q 0011 000 1 0 00000 0110 xx nnnnn ttttt", LoadStore),
    absent("LD1_multiple_4", "0 q 0011 000 1 0 00000 0010 xx nnnnn ttttt", LoadStore),
    absent("LD2_multiple", "0 q 0011 000 1 0 00000 1000 xx nnnnn ttttt", LoadStore).reject(STRUCTURES),
    absent("LD3_multiple", "0 q 0011 000 1 0 00000 0100 xx nnnnn ttttt", LoadStore).reject(STRUCTURES),
    absent("LD4_multiple", "0 q 0011 000 1 0 00000 0000 xx nnnnn ttttt", LoadStore).reject(STRUCTURES),
    absent("ST1_multiple_1_post", "0 q 0011 001 0 0 mmmmm 0111 xx nnnnn ttttt", LoadStore),
    absent("ST1_multiple_2_post", "0 q 0011 001 0 0 mmmmm 1010 xx nnnnn ttttt", LoadStore),
    absent("ST1_multiple_3_post", "0 q 0011 001 0 0 mmmmm 0110 xx nnnnn ttttt", LoadStore),
    absent("ST1_multiple_4_post", "0 q 0011 001 0 0 mmmmm 0010 xx nnnnn ttttt", LoadStore),
    absent("ST2_multiple_post", "0 q 0011 001 0 0 mmmmm 1000 xx nnnnn ttttt", LoadStore).reject(STRUCTURES),
    absent("ST3_multiple_post", "0 q 0011 001 0 0 mmmmm 0100 xx nnnnn ttttt", LoadStore).reject(STRUCTURES),
    absent("ST4_multiple_post", "0 q 0011 001 0 0 mmmmm 0000 xx nnnnn ttttt", LoadStore).reject(STRUCTURES),
    absent("LD1_multiple_1_post", "0 q 0011 001 1 0 mmmmm 0111 xx nnnnn ttttt", LoadStore),
    absent("LD1_multiple_2_post", "0 q 0011 001 1 0 mmmmm 1010 xx nnnnn ttttt", LoadStore),
    absent("LD1_multiple_3_post", "0 q 0011 001 1 0 mmmmm 0110 xx nnnnn ttttt", LoadStore),
    absent("LD1_multiple_4_post", "0 q 0011 001 1 0 mmmmm 0010 xx nnnnn ttttt", LoadStore),
    absent("LD2_multiple_post", "0 q 0011 001 1 0 mmmmm 1000 xx nnnnn ttttt", LoadStore).reject(STRUCTURES),
    absent("LD3_multiple_post", "0 q 0011 001 1 0 mmmmm 0100 xx nnnnn ttttt", LoadStore).reject(STRUCTURES),
    absent("LD4_multiple_post", "0 q 0011 001 1 0 mmmmm 0000 xx nnnnn ttttt", LoadStore).reject(STRUCTURES),

    // One structure, to one lane or to all.
    absent("ST1_single", "0 q 0011 010 0 0 00000 ee 0 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("ST2_single", "0 q 0011 010 0 1 00000 ee 0 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("ST3_single", "0 q 0011 010 0 0 00000 ee 1 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("ST4_single", "0 q 0011 010 0 1 00000 ee 1 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("LD1_single", "0 q 0011 010 1 0 00000 ee 0 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("LD2_single", "0 q 0011 010 1 1 00000 ee 0 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("LD3_single", "0 q 0011 010 1 0 00000 ee 1 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("LD4_single", "0 q 0011 010 1 1 00000 ee 1 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("LD1R", "0 q 0011 010 1 0 00000 11 0 0 xx nnnnn ttttt", LoadStore),
    absent("LD2R", "0 q 0011 010 1 1 00000 11 0 0 xx nnnnn ttttt", LoadStore),
    absent("LD3R", "0 q 0011 010 1 0 00000 11 1 0 xx nnnnn ttttt", LoadStore),
    absent("LD4R", "0 q 0011 010 1 1 00000 11 1 0 xx nnnnn ttttt", LoadStore),
    absent("ST1_single_post", "0 q 0011 011 0 0 mmmmm ee 0 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("ST2_single_post", "0 q 0011 011 0 1 mmmmm ee 0 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("ST3_single_post", "0 q 0011 011 0 0 mmmmm ee 1 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("ST4_single_post", "0 q 0011 011 0 1 mmmmm ee 1 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("LD1_single_post", "0 q 0011 011 1 0 mmmmm ee 0 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("LD2_single_post", "0 q 0011 011 1 1 mmmmm ee 0 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("LD3_single_post", "0 q 0011 011 1 0 mmmmm ee 1 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("LD4_single_post", "0 q 0011 011 1 1 mmmmm ee 1 S xx nnnnn ttttt", LoadStore).reject(SINGLE),
    absent("LD1R_post", "0 q 0011 011 1 0 mmmmm 11 0 0 xx nnnnn ttttt", LoadStore),
    absent("LD2R_post", "0 q 0011 011 1 1 mmmmm 11 0 0 xx nnnnn ttttt", LoadStore),
    absent("LD3R_post", "0 q 0011 011 1 0 mmmmm 11 1 0 xx nnnnn ttttt", LoadStore),
    absent("LD4R_post", "0 q 0011 011 1 1 mmmmm 11 1 0 xx nnnnn ttttt", LoadStore),
    absent("STL1", "0 q 0011 010 0 0 00001 100 0 01 nnnnn ttttt", LoadStore),
    absent("LDAP1", "0 q 0011 010 1 0 00001 100 0 01 nnnnn ttttt", LoadStore),
];
