//! Operands and memory of floating-point and SIMD instructions.

use super::*;
use kvrm::isa::Kernel;
use kvrm::machine::FPCR;

const FPCR_FZ: u32 = 1 << 24;

/// Elements of 16, 32 or 64 bits that are special to floating point, or limits of integers.
fn special_vector(rng: &mut Rng) -> u128 {
    let bits = rng.pick(&[16u32, 32, 64]);
    let (exponent, fraction) = match bits {
        16 => (5, 10),
        32 => (8, 23),
        _ => (11, 52),
    };
    let ones = |count: u32| if count == 64 { !0u64 } else { (1 << count) - 1 };
    let mut vector = 0;
    for at in (0..128).step_by(bits as usize) {
        let bias = ones(exponent - 1);
        let near = |offset: i64| (bias as i64 + offset) as u64;
        let power = match rng.below(10) {
            0 => 0,
            1 => ones(exponent),
            2 => ones(exponent) - 1,
            3 => 1,
            4 => near(i64::from(fraction) - 1 + rng.below(3) as i64),
            5 => near(rng.pick(&[31, 32, 62, 63, 64, 30, 14, 15, 16])).min(ones(exponent)),
            6 => near(rng.below(4) as i64 - 2),
            _ => rng.bits() & ones(exponent),
        };
        let mantissa = match rng.below(6) {
            0 => 0,
            1 => 1,
            2 => ones(fraction),
            3 => 1 << (fraction - 1),
            4 => !0 << rng.below(fraction.into()),
            _ => rng.bits(),
        };
        let sign = rng.bits() & 1;
        let value = (sign << (bits - 1)) | (power & ones(exponent)) << fraction | mantissa & ones(fraction);
        vector |= u128::from(value) << at;
    }
    vector
}

/// Elements of 8 to 64 bits that are limits, near them, single bits or distances to shift by.
fn special_integers(rng: &mut Rng) -> u128 {
    let bits = rng.pick(&[8u32, 16, 32, 64]);
    let ones = !0u64 >> (64 - bits);
    let limits = [0, ones, ones >> 1, (ones >> 1) + 1];
    (0..128).step_by(bits as usize).fold(0, |vector, at| {
        let value = match rng.below(5) {
            0 => rng.pick(&limits),
            1 => rng.pick(&limits).wrapping_add(rng.below(5)).wrapping_sub(2),
            2 => 1 << rng.below(bits.into()),
            3 => (rng.below(8 * u64::from(bits) / 3)).wrapping_sub(4 * u64::from(bits) / 3),
            _ => rng.bits(),
        };
        vector | u128::from(value & ones) << at
    })
}

impl Draft {
    /// Floating point and SIMD: operands that matter to it, modes of the processor that has all of them, and memory.
    pub(super) fn vector(&mut self, encoding: &Encoding, word: u32, rng: &mut Rng) -> Option<()> {
        let registers = &mut self.state.registers;
        for n in 0..32 {
            if rng.one_in(2) {
                registers.set_v(n, if rng.one_in(2) { special_vector(rng) } else { special_integers(rng) });
            }
        }
        let mut fpcr = if rng.one_in(2) { 0 } else { (rng.bits() as u32) & FPCR.mask as u32 };
        if encoding.name == "FJCVTZS" {
            fpcr &= !FPCR_FZ; // qemu sets Z for a positive number that was flushed to zero
        }
        registers.set(FPCR, fpcr.into());
        if encoding.name == "FCVTZS_scalar_imm" && word >> 20 & 7 == 1 {
            return None; // qemu copies the sign of a half above it
        }
        if encoding.kernel != Kernel::LoadStore {
            return Some(());
        }
        let is = |part: &str| encoding.name.contains(part);
        let (n, m, q) = (register(word, 5), register(word, 16), word >> 30 & 1);
        let write_back = is("_post") || is("_pre");
        let structures = is("_multiple") || is("_single") || matches!(encoding.name, "STL1" | "LDAP1") || is("R_post");
        let structures = structures || encoding.name.ends_with('R') && encoding.name.len() == 4;
        if is("literal") {
            self.literal(encoding, word, rng);
            return Some(());
        }
        if structures {
            if write_back && m == n && n != SP {
                return None; // no base can then be chosen
            }
            let count = u64::from(word >> 10 & 3);
            let element = match (is("_single"), word >> 14 & 3) {
                (true, 2) if word >> 10 & 1 == 1 => 8,
                (true, scale) => 1 << scale,
                _ => 1 << count,
            };
            let digit = |at: usize| encoding.name.as_bytes().get(at).map_or(1, |byte| u64::from(byte - b'0'));
            let size = match () {
                _ if matches!(encoding.name, "STL1" | "LDAP1") => 8,
                _ if encoding.name[2..].starts_with("1_multiple_") => (8 << q) * digit("LD1_multiple_".len()),
                _ if is("_multiple") => (8 << q) * digit(2),
                _ => element * digit(2),
            };
            let ordered = matches!(encoding.name, "STL1" | "LDAP1");
            let access = Access { base: n, offset: 0, size, aligned: ordered, ..Access::default() };
            // How much of several registers a fault leaves is up to the processor.
            return self.place(&access, true, rng).map(drop);
        }
        let pair = is("P_");
        if pair && is("LD") && register(word, 0) == register(word, 10) {
            return None; // CONSTRAINED UNPREDICTABLE
        }
        let scale = if pair { 2 + (word >> 30) } else { word >> 30 | (word >> 23 & 1) << 2 };
        let offset = match () {
            _ if is("_post") => 0,
            _ if is("unsigned") => u64::from(word >> 10 & 0xfff) << scale,
            _ if pair => (signed(word, 15, 7) << scale) as u64,
            _ if is("_reg_") => {
                if m == n && m != SP {
                    return None;
                }
                let index = self.operand(m);
                let extended = match word >> 13 & 7 {
                    0b010 => u64::from(index as u32),
                    0b110 => index as i32 as u64,
                    _ => index,
                };
                extended << if word >> 12 & 1 == 1 { scale } else { 0 }
            }
            _ => signed(word, 12, 9) as u64,
        };
        let ordered = is("STLUR") || is("LDAPUR");
        let size = (1 << scale) << u32::from(pair);
        let access = Access { base: n, offset, size, aligned: ordered, ..Access::default() };
        self.place(&access, true, rng).map(drop)
    }
}
