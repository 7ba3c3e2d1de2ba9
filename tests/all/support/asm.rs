//! A few A64 instructions. `w` is 1 for X registers, 0 for W registers.

pub const HLT: u32 = 0xd440_0000;
pub const NOP: u32 = 0xd503_201f;
pub const ZR: u32 = 31;

pub fn add_imm(w: u32, d: u32, n: u32, imm: u32) -> u32 {
    w << 31 | 0x1100_0000 | imm << 10 | n << 5 | d
}
pub fn sub_imm(w: u32, d: u32, n: u32, imm: u32) -> u32 {
    add_imm(w, d, n, imm) | 1 << 30
}
pub fn subs_imm(w: u32, d: u32, n: u32, imm: u32) -> u32 {
    sub_imm(w, d, n, imm) | 1 << 29
}
pub fn adds_imm(w: u32, d: u32, n: u32, imm: u32) -> u32 {
    add_imm(w, d, n, imm) | 1 << 29
}
pub fn add(w: u32, d: u32, n: u32, m: u32) -> u32 {
    w << 31 | 0x0b00_0000 | m << 16 | n << 5 | d
}
pub fn sub(w: u32, d: u32, n: u32, m: u32) -> u32 {
    add(w, d, n, m) | 1 << 30
}
pub fn subs(w: u32, d: u32, n: u32, m: u32) -> u32 {
    sub(w, d, n, m) | 1 << 29
}
/// `option` 0 to 7: UXTB to SXTX.
pub fn add_extended(w: u32, d: u32, n: u32, m: u32, option: u32, shift: u32) -> u32 {
    w << 31 | 0x0b20_0000 | m << 16 | option << 13 | shift << 10 | n << 5 | d
}
/// `kind` 0 and, 1 orr, 2 eor, 3 ands; `not` complements Rm.
pub fn logical(w: u32, kind: u32, not: u32, d: u32, n: u32, m: u32) -> u32 {
    w << 31 | kind << 29 | 0x0a00_0000 | not << 21 | m << 16 | n << 5 | d
}
pub fn mov(w: u32, d: u32, m: u32) -> u32 {
    logical(w, 1, 0, d, ZR, m)
}
/// Bit field: `signed` 1 for SBFM, 0 for UBFM.
pub fn bitfield(w: u32, signed: u32, d: u32, n: u32, r: u32, s: u32) -> u32 {
    w << 31 | (1 - signed) << 30 | 0x1300_0000 | w << 22 | r << 16 | s << 10 | n << 5 | d
}
pub fn madd(w: u32, d: u32, n: u32, m: u32, a: u32) -> u32 {
    w << 31 | 0x1b00_0000 | m << 16 | a << 10 | n << 5 | d
}
pub fn csel(w: u32, d: u32, n: u32, m: u32, condition: u32) -> u32 {
    w << 31 | 0x1a80_0000 | m << 16 | condition << 12 | n << 5 | d
}
/// Load or store of `1 << size` bytes: `opc` 0 stores, 1 loads, 2 and 3 load signed.
pub fn post(size: u32, opc: u32, t: u32, n: u32, imm: i32) -> u32 {
    size << 30 | 0x3800_0400 | opc << 22 | (imm as u32 & 0x1ff) << 12 | n << 5 | t
}
pub fn pre(size: u32, opc: u32, t: u32, n: u32, imm: i32) -> u32 {
    post(size, opc, t, n, imm) | 0x800
}
pub fn unscaled(size: u32, opc: u32, t: u32, n: u32, imm: i32) -> u32 {
    post(size, opc, t, n, imm) & !0x400
}
/// Register offset; `option` 2 UXTW, 3 LSL, 6 SXTW; `scaled` by the size.
pub fn indexed(size: u32, opc: u32, t: u32, n: u32, m: u32, option: u32, scaled: u32) -> u32 {
    size << 30 | 0x3820_0800 | opc << 22 | m << 16 | option << 13 | scaled << 12 | n << 5 | t
}
/// Pair of X (`w` 1) or W registers, post-indexed by `imm` registers.
pub fn pair_post(w: u32, load: u32, t: u32, t2: u32, n: u32, imm: i32) -> u32 {
    w << 31 | 0x2880_0000 | load << 22 | (imm as u32 & 0x7f) << 15 | t2 << 10 | n << 5 | t
}
/// `by` in instructions.
pub fn b(by: i32) -> u32 {
    0x1400_0000 | by as u32 & 0x3ff_ffff
}
pub fn b_cond(condition: u32, by: i32) -> u32 {
    0x5400_0000 | (by as u32 & 0x7_ffff) << 5 | condition
}
/// CBZ, or CBNZ if `nonzero` is 1.
pub fn cb(w: u32, nonzero: u32, t: u32, by: i32) -> u32 {
    w << 31 | 0x3400_0000 | nonzero << 24 | (by as u32 & 0x7_ffff) << 5 | t
}
/// TBZ, or TBNZ if `nonzero` is 1.
pub fn tb(nonzero: u32, t: u32, bit: u32, by: i32) -> u32 {
    (bit >> 5) << 31 | 0x3600_0000 | nonzero << 24 | (bit & 31) << 19 | (by as u32 & 0x3fff) << 5 | t
}
