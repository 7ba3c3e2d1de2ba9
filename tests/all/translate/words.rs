//! Random programs, terminating by construction: loops within a loop, branches forward, calls, and accesses of all forms to
//! pages around a base.

use crate::support::random_instructions::LEFT_OUT;
use crate::support::rng::Rng;
use kvrm::isa::{self, Encoding, Kernel};

/// Registers that no random instruction writes: an index, a base that moves, how often the inner and the outer loop still
/// run, the subroutine, where data is, the return address. Those below are anybody's.
pub const INDEX: u32 = 24;
pub const MOVING: u32 = 25;
const INNER: u32 = 26;
pub const SUBROUTINE: u32 = 27;
pub const BASE: u32 = 28;
pub const ROUNDS: u32 = 29;

const NOP: u32 = 0xd503_201f;

/// A program, and where in it the subroutine is, in words. It ends behind its last word.
pub struct Program {
    pub words: Vec<u32>,
    pub subroutine: usize,
}

pub fn program(rng: &mut Rng, length: usize) -> Program {
    let computes = |encoding: &&Encoding| {
        let kernels = [Kernel::Arithmetic, Kernel::Logical, Kernel::MulDiv, Kernel::ExtendShift];
        // Of fixed-point numbers of 16 bits qemu copies the sign above them.
        let differs = encoding.name == "FCVTZS_scalar_imm";
        let left_out = differs || LEFT_OUT.iter().any(|(name, _)| *name == encoding.name);
        encoding.implemented() && kernels.contains(&encoding.kernel) && !left_out
    };
    let encodings: Vec<_> = isa::encodings().filter(computes).collect();
    let mut words = Vec::new();
    let mut calls = Vec::new();
    let mut inner = None;
    while words.len() < length {
        match rng.below(24) {
            0..4 => words.push(branch(rng, (length - words.len()) as u32)),
            4..9 => access(rng, &mut words),
            9 if inner.is_none() => {
                words.push(0xd280_0040 | INNER);
                inner = Some(words.len());
            }
            10 => {
                calls.push(words.len());
                words.push(0);
            }
            11 => words.push(0xd63f_0000 | SUBROUTINE << 5),
            _ => words.push(compute(rng, &encodings)),
        }
        if let Some(start) = inner.filter(|start| words.len() > start + 6) {
            // The last branches go here at the furthest. However it got here, it ends: only two bits count.
            words.extend([NOP; 6]);
            words.push(0xd100_0400 | INNER << 5 | INNER);
            words.push(0x9240_0400 | INNER << 5 | INNER);
            words.push(back(0xb500_0000 | INNER, words.len() - start));
            inner = None;
        }
    }
    // The last branches go here at the furthest.
    words.extend([NOP; 6]);
    words.push(0xd100_0400 | ROUNDS << 5 | ROUNDS);
    words.push(back(0xb500_0000 | ROUNDS, words.len()));
    let over = words.len();
    words.push(0);
    let subroutine = words.len();
    for n in 0..6 {
        words.push(if n == 2 { branch(rng, 3) } else { compute(rng, &encodings) });
    }
    words.push(0xd65f_03c0);
    for call in calls {
        words[call] = 0x9400_0000 | (subroutine - call) as u32;
    }
    words[over] = 0x1400_0000 | (words.len() - over) as u32;
    Program { words, subroutine }
}

/// A compare and branch so many words back.
fn back(word: u32, words: usize) -> u32 {
    word | (-(words as i32) as u32 & 0x7_ffff) << 5
}

/// Forward by seven words, or `left`, at the most.
fn branch(rng: &mut Rng, left: u32) -> u32 {
    let ahead = (2 + rng.below(6) as u32).min(left.max(1));
    let register = rng.below(24) as u32;
    match rng.below(4) {
        0 | 1 => 0x5400_0000 | ahead << 5 | (rng.bits() as u32 % 16),
        2 => 0x3400_0000 | (rng.bits() as u32 & 0x8100_0000) | ahead << 5 | register,
        _ => 0x3600_0000 | (rng.bits() as u32 & 0x81f8_0000) | ahead << 5 | register,
    }
}

fn compute(rng: &mut Rng, encodings: &[&Encoding]) -> u32 {
    loop {
        let encoding = rng.pick(encodings);
        let word = encoding.pattern.value | rng.bits() as u32 & !encoding.pattern.mask;
        let found = isa::find(word).is_some_and(|found| found.name == encoding.name);
        if found && !(INDEX..31).contains(&(word & 31)) {
            return word;
        }
    }
}

/// An access near the base, and what prepares it.
fn access(rng: &mut Rng, words: &mut Vec<u32>) {
    let (size, load) = (rng.below(4) as u32, rng.below(2) as u32);
    // Loads of less than 8 bytes may extend the sign, to 64 bits or to 32.
    let kind = if load == 1 && size < 3 { [1, 2, if size < 2 { 3 } else { 1 }][rng.below(3) as usize] } else { load };
    let (register, other) = (rng.below(24) as u32, rng.below(24) as u32);
    let small = (rng.below(32) as u32).wrapping_sub(16) & 0x1ff;
    let form = size << 30 | kind << 22;
    match rng.below(8) {
        0 | 1 => words.push(0x3900_0000 | form | (rng.below(16) as u32) << 10 | BASE << 5 | register),
        2 => words.push(0x3800_0000 | form | small << 12 | BASE << 5 | register),
        3 => {
            let index = if rng.one_in(2) { 0x400 } else { 0xc00 };
            words.push(0x3800_0000 | form | index | small << 12 | MOVING << 5 | register);
        }
        4 => {
            // and x24, xN, #0x78
            words.push(0x927d_0c00 | other << 5 | INDEX);
            words.push(0x3820_6800 | form | INDEX << 16 | BASE << 5 | register);
        }
        5 => words.push(0x9100_0000 | (rng.below(64) as u32) << 10 | BASE << 5 | MOVING),
        _ => {
            // LDP and STP of 4 and 8 bytes: an offset, before or behind. The registers differ, as they must to be loaded.
            let second = (register + 1 + rng.below(22) as u32) % 24;
            let wide = (rng.below(2) as u32) << 31;
            let (form, base) = [(2, BASE), (1, MOVING), (3, MOVING)][rng.below(3) as usize];
            let offset = ((rng.below(4) as u32).wrapping_sub(2) & 0x7f) << 15;
            words.push(0x2800_0000 | wide | form << 23 | load << 22 | offset | second << 10 | base << 5 | register);
        }
    }
}
