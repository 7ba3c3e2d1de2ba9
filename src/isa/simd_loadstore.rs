//! Loads and stores of floating-point and SIMD registers (Arm ARM, C4.1).

use super::control::vector::*;
use super::{Encoding, Kernel, Pattern, vector};
use Kernel::LoadStore;

/// Word x of what transfers one structure or several, each of so many registers.
const fn structures(form: u32, registers: u32, flags: u32) -> u32 {
    does(UNIT_MEMORY, form | (registers - 1) << MEMORY_COUNT_SHIFT, flags)
}

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
    vector("LDR_literal_simd", "pp 011100 iiiiiiiiiiiiiiiiiii ttttt", LoadStore, does(UNIT_MEMORY, MEMORY_LITERAL, MEMORY_LOAD)).reject(OPC),
    vector("STR_imm_unsigned_simd", "xx 111101 w0 iiiiiiiiiiii nnnnn ttttt", LoadStore, does(UNIT_MEMORY, MEMORY_UNSIGNED, 0)).reject(SIZE),
    vector("LDR_imm_unsigned_simd", "xx 111101 w1 iiiiiiiiiiii nnnnn ttttt", LoadStore, does(UNIT_MEMORY, MEMORY_UNSIGNED, MEMORY_LOAD)).reject(SIZE),
    vector("STUR_unscaled_simd", "xx 111100 w0 0 iiiiiiiii 00 nnnnn ttttt", LoadStore, does(UNIT_MEMORY, MEMORY_SIGNED, 0)).reject(SIZE),
    vector("LDUR_unscaled_simd", "xx 111100 w1 0 iiiiiiiii 00 nnnnn ttttt", LoadStore, does(UNIT_MEMORY, MEMORY_SIGNED, MEMORY_LOAD)).reject(SIZE),
    vector("STR_imm_post_simd", "xx 111100 w0 0 iiiiiiiii 01 nnnnn ttttt", LoadStore, does(UNIT_MEMORY, MEMORY_SIGNED, MEMORY_WRITE_BACK | MEMORY_POST_INDEX)).reject(SIZE),
    vector("LDR_imm_post_simd", "xx 111100 w1 0 iiiiiiiii 01 nnnnn ttttt", LoadStore, does(UNIT_MEMORY, MEMORY_SIGNED, MEMORY_LOAD | MEMORY_WRITE_BACK | MEMORY_POST_INDEX)).reject(SIZE),
    vector("STR_imm_pre_simd", "xx 111100 w0 0 iiiiiiiii 11 nnnnn ttttt", LoadStore, does(UNIT_MEMORY, MEMORY_SIGNED, MEMORY_WRITE_BACK)).reject(SIZE),
    vector("LDR_imm_pre_simd", "xx 111100 w1 0 iiiiiiiii 11 nnnnn ttttt", LoadStore, does(UNIT_MEMORY, MEMORY_SIGNED, MEMORY_LOAD | MEMORY_WRITE_BACK)).reject(SIZE),
    vector("STR_reg_simd", "xx 111100 w0 1 mmmmm eee S 10 nnnnn ttttt", LoadStore, does(UNIT_MEMORY, MEMORY_REGISTER, 0)).reject(SIZE_INDEX),
    vector("LDR_reg_simd", "xx 111100 w1 1 mmmmm eee S 10 nnnnn ttttt", LoadStore, does(UNIT_MEMORY, MEMORY_REGISTER, MEMORY_LOAD)).reject(SIZE_INDEX),
    vector("STLUR_simd", "xx 011101 w0 0 iiiiiiiii 10 nnnnn ttttt", LoadStore, does(UNIT_MEMORY, MEMORY_SIGNED, 0)).reject(SIZE),
    vector("LDAPUR_simd", "xx 011101 w1 0 iiiiiiiii 10 nnnnn ttttt", LoadStore, does(UNIT_MEMORY, MEMORY_SIGNED, MEMORY_LOAD)).reject(SIZE),

    // Pairs.
    vector("STNP_simd", "pp 1011 000 0 iiiiiii uuuuu nnnnn ttttt", LoadStore, structures(MEMORY_PAIR, 2, 0)).reject(OPC),
    vector("LDNP_simd", "pp 1011 000 1 iiiiiii uuuuu nnnnn ttttt", LoadStore, structures(MEMORY_PAIR, 2, MEMORY_LOAD)).reject(OPC),
    vector("STP_post_simd", "pp 1011 001 0 iiiiiii uuuuu nnnnn ttttt", LoadStore, structures(MEMORY_PAIR, 2, MEMORY_WRITE_BACK | MEMORY_POST_INDEX)).reject(OPC),
    vector("LDP_post_simd", "pp 1011 001 1 iiiiiii uuuuu nnnnn ttttt", LoadStore, structures(MEMORY_PAIR, 2, MEMORY_LOAD | MEMORY_WRITE_BACK | MEMORY_POST_INDEX)).reject(OPC),
    vector("STP_off_simd", "pp 1011 010 0 iiiiiii uuuuu nnnnn ttttt", LoadStore, structures(MEMORY_PAIR, 2, 0)).reject(OPC),
    vector("LDP_off_simd", "pp 1011 010 1 iiiiiii uuuuu nnnnn ttttt", LoadStore, structures(MEMORY_PAIR, 2, MEMORY_LOAD)).reject(OPC),
    vector("STP_pre_simd", "pp 1011 011 0 iiiiiii uuuuu nnnnn ttttt", LoadStore, structures(MEMORY_PAIR, 2, MEMORY_WRITE_BACK)).reject(OPC),
    vector("LDP_pre_simd", "pp 1011 011 1 iiiiiii uuuuu nnnnn ttttt", LoadStore, structures(MEMORY_PAIR, 2, MEMORY_LOAD | MEMORY_WRITE_BACK)).reject(OPC),

    // Multiple structures.
    vector("ST1_multiple_1", "0 q 0011 000 0 0 00000 0111 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 1, 0)),
    vector("ST1_multiple_2", "0 q 0011 000 0 0 00000 1010 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 2, 0)),
    vector("ST1_multiple_3", "0 q 0011 000 0 0 00000 0110 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 3, 0)),
    vector("ST1_multiple_4", "0 q 0011 000 0 0 00000 0010 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 4, 0)),
    vector("ST2_multiple", "0 q 0011 000 0 0 00000 1000 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE | MEMORY_INTERLEAVED, 2, 0)).reject(STRUCTURES),
    vector("ST3_multiple", "0 q 0011 000 0 0 00000 0100 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE | MEMORY_INTERLEAVED, 3, 0)).reject(STRUCTURES),
    vector("ST4_multiple", "0 q 0011 000 0 0 00000 0000 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE | MEMORY_INTERLEAVED, 4, 0)).reject(STRUCTURES),
    vector("LD1_multiple_1", "0 q 0011 000 1 0 00000 0111 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 1, MEMORY_LOAD)),
    vector("LD1_multiple_2", "0 q 0011 000 1 0 00000 1010 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 2, MEMORY_LOAD)),
    vector("LD1_multiple_3", "0 q 0011 000 1 0 00000 0110 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 3, MEMORY_LOAD)),
    vector("LD1_multiple_4", "0 q 0011 000 1 0 00000 0010 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 4, MEMORY_LOAD)),
    vector("LD2_multiple", "0 q 0011 000 1 0 00000 1000 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE | MEMORY_INTERLEAVED, 2, MEMORY_LOAD)).reject(STRUCTURES),
    vector("LD3_multiple", "0 q 0011 000 1 0 00000 0100 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE | MEMORY_INTERLEAVED, 3, MEMORY_LOAD)).reject(STRUCTURES),
    vector("LD4_multiple", "0 q 0011 000 1 0 00000 0000 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE | MEMORY_INTERLEAVED, 4, MEMORY_LOAD)).reject(STRUCTURES),
    vector("ST1_multiple_1_post", "0 q 0011 001 0 0 mmmmm 0111 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 1, MEMORY_WRITE_BACK)),
    vector("ST1_multiple_2_post", "0 q 0011 001 0 0 mmmmm 1010 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 2, MEMORY_WRITE_BACK)),
    vector("ST1_multiple_3_post", "0 q 0011 001 0 0 mmmmm 0110 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 3, MEMORY_WRITE_BACK)),
    vector("ST1_multiple_4_post", "0 q 0011 001 0 0 mmmmm 0010 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 4, MEMORY_WRITE_BACK)),
    vector("ST2_multiple_post", "0 q 0011 001 0 0 mmmmm 1000 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE | MEMORY_INTERLEAVED, 2, MEMORY_WRITE_BACK)).reject(STRUCTURES),
    vector("ST3_multiple_post", "0 q 0011 001 0 0 mmmmm 0100 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE | MEMORY_INTERLEAVED, 3, MEMORY_WRITE_BACK)).reject(STRUCTURES),
    vector("ST4_multiple_post", "0 q 0011 001 0 0 mmmmm 0000 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE | MEMORY_INTERLEAVED, 4, MEMORY_WRITE_BACK)).reject(STRUCTURES),
    vector("LD1_multiple_1_post", "0 q 0011 001 1 0 mmmmm 0111 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 1, MEMORY_LOAD | MEMORY_WRITE_BACK)),
    vector("LD1_multiple_2_post", "0 q 0011 001 1 0 mmmmm 1010 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 2, MEMORY_LOAD | MEMORY_WRITE_BACK)),
    vector("LD1_multiple_3_post", "0 q 0011 001 1 0 mmmmm 0110 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 3, MEMORY_LOAD | MEMORY_WRITE_BACK)),
    vector("LD1_multiple_4_post", "0 q 0011 001 1 0 mmmmm 0010 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE, 4, MEMORY_LOAD | MEMORY_WRITE_BACK)),
    vector("LD2_multiple_post", "0 q 0011 001 1 0 mmmmm 1000 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE | MEMORY_INTERLEAVED, 2, MEMORY_LOAD | MEMORY_WRITE_BACK)).reject(STRUCTURES),
    vector("LD3_multiple_post", "0 q 0011 001 1 0 mmmmm 0100 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE | MEMORY_INTERLEAVED, 3, MEMORY_LOAD | MEMORY_WRITE_BACK)).reject(STRUCTURES),
    vector("LD4_multiple_post", "0 q 0011 001 1 0 mmmmm 0000 xx nnnnn ttttt", LoadStore, structures(MEMORY_MULTIPLE | MEMORY_INTERLEAVED, 4, MEMORY_LOAD | MEMORY_WRITE_BACK)).reject(STRUCTURES),

    // One structure, to one lane or to all.
    vector("ST1_single", "0 q 0011 010 0 0 00000 ee 0 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 1, 0)).reject(SINGLE),
    vector("ST2_single", "0 q 0011 010 0 1 00000 ee 0 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 2, 0)).reject(SINGLE),
    vector("ST3_single", "0 q 0011 010 0 0 00000 ee 1 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 3, 0)).reject(SINGLE),
    vector("ST4_single", "0 q 0011 010 0 1 00000 ee 1 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 4, 0)).reject(SINGLE),
    vector("LD1_single", "0 q 0011 010 1 0 00000 ee 0 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 1, MEMORY_LOAD)).reject(SINGLE),
    vector("LD2_single", "0 q 0011 010 1 1 00000 ee 0 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 2, MEMORY_LOAD)).reject(SINGLE),
    vector("LD3_single", "0 q 0011 010 1 0 00000 ee 1 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 3, MEMORY_LOAD)).reject(SINGLE),
    vector("LD4_single", "0 q 0011 010 1 1 00000 ee 1 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 4, MEMORY_LOAD)).reject(SINGLE),
    vector("LD1R", "0 q 0011 010 1 0 00000 11 0 0 xx nnnnn ttttt", LoadStore, structures(MEMORY_REPLICATE, 1, MEMORY_LOAD)),
    vector("LD2R", "0 q 0011 010 1 1 00000 11 0 0 xx nnnnn ttttt", LoadStore, structures(MEMORY_REPLICATE, 2, MEMORY_LOAD)),
    vector("LD3R", "0 q 0011 010 1 0 00000 11 1 0 xx nnnnn ttttt", LoadStore, structures(MEMORY_REPLICATE, 3, MEMORY_LOAD)),
    vector("LD4R", "0 q 0011 010 1 1 00000 11 1 0 xx nnnnn ttttt", LoadStore, structures(MEMORY_REPLICATE, 4, MEMORY_LOAD)),
    vector("ST1_single_post", "0 q 0011 011 0 0 mmmmm ee 0 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 1, MEMORY_WRITE_BACK)).reject(SINGLE),
    vector("ST2_single_post", "0 q 0011 011 0 1 mmmmm ee 0 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 2, MEMORY_WRITE_BACK)).reject(SINGLE),
    vector("ST3_single_post", "0 q 0011 011 0 0 mmmmm ee 1 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 3, MEMORY_WRITE_BACK)).reject(SINGLE),
    vector("ST4_single_post", "0 q 0011 011 0 1 mmmmm ee 1 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 4, MEMORY_WRITE_BACK)).reject(SINGLE),
    vector("LD1_single_post", "0 q 0011 011 1 0 mmmmm ee 0 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 1, MEMORY_LOAD | MEMORY_WRITE_BACK)).reject(SINGLE),
    vector("LD2_single_post", "0 q 0011 011 1 1 mmmmm ee 0 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 2, MEMORY_LOAD | MEMORY_WRITE_BACK)).reject(SINGLE),
    vector("LD3_single_post", "0 q 0011 011 1 0 mmmmm ee 1 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 3, MEMORY_LOAD | MEMORY_WRITE_BACK)).reject(SINGLE),
    vector("LD4_single_post", "0 q 0011 011 1 1 mmmmm ee 1 S xx nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 4, MEMORY_LOAD | MEMORY_WRITE_BACK)).reject(SINGLE),
    vector("LD1R_post", "0 q 0011 011 1 0 mmmmm 11 0 0 xx nnnnn ttttt", LoadStore, structures(MEMORY_REPLICATE, 1, MEMORY_LOAD | MEMORY_WRITE_BACK)),
    vector("LD2R_post", "0 q 0011 011 1 1 mmmmm 11 0 0 xx nnnnn ttttt", LoadStore, structures(MEMORY_REPLICATE, 2, MEMORY_LOAD | MEMORY_WRITE_BACK)),
    vector("LD3R_post", "0 q 0011 011 1 0 mmmmm 11 1 0 xx nnnnn ttttt", LoadStore, structures(MEMORY_REPLICATE, 3, MEMORY_LOAD | MEMORY_WRITE_BACK)),
    vector("LD4R_post", "0 q 0011 011 1 1 mmmmm 11 1 0 xx nnnnn ttttt", LoadStore, structures(MEMORY_REPLICATE, 4, MEMORY_LOAD | MEMORY_WRITE_BACK)),
    vector("STL1", "0 q 0011 010 0 0 00001 100 0 01 nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 1, 0)),
    vector("LDAP1", "0 q 0011 010 1 0 00001 100 0 01 nnnnn ttttt", LoadStore, structures(MEMORY_SINGLE, 1, MEMORY_LOAD)),
];
