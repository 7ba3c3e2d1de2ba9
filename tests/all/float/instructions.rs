//! Operations as the instructions that do them, executed by qemu.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use kvrm::float::operation::*;
use kvrm::float::{Asked, Outcome};

use super::format::Format;

const QEMU: &str = "qemu-aarch64";
const COMPILER: &str = "aarch64-linux-gnu-gcc";

const RD: u32 = 3;
const RM: u32 = 1 << 16;
const RA: u32 = 2 << 10;
const U: u32 = 1 << 29;

/// Where a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Vector,
    /// The first element of a vector; the others are of operands that are zero.
    Element,
    General,
    Flags,
    /// FJCVTZS: the general register, and NZCV above it.
    Both,
}

/// The instruction that does the operation on registers 0, 1 and 2 (3 where it adds to its destination), if there is one.
pub fn instruction(asked: &Asked) -> Option<(u32, Place)> {
    let operation = asked.operation;
    let op = operation & FLOAT_OPERATION_BITS;
    let from = operation >> FLOAT_OPERANDS_SHIFT & 3;
    let to = operation >> FLOAT_RESULT_SHIFT & 3;
    let rounding = operation >> FLOAT_ROUNDING_SHIFT & 7;
    let bits = operation >> FLOAT_FRACTION_SHIFT & 0x7f;
    let flags = operation & (0xfff << 12);
    let has = |flag: u32| operation & flag != 0;
    let kind = |size: u32| [0, 3, 0, 1][size as usize] << 22;
    // Scalar instructions of SIMD: those of H are apart.
    let simd = |single: u32, half: u32| if from == FLOAT_H { half } else { single | (from - FLOAT_S) << 22 };
    let as_fpcr = rounding == FLOAT_BY_FPCR;
    let (word, place) = match op {
        FLOAT_TO_INTEGER => return to_integer(from, to, rounding, bits, has(FLOAT_SIGNED)),
        FLOAT_FROM_INTEGER if as_fpcr => return from_integer(from, to, bits, has(FLOAT_SIGNED)),
        FLOAT_ROUND => {
            let mode = match (rounding, has(FLOAT_EXACT)) {
                (FLOAT_BY_FPCR, true) => 6,
                (FLOAT_BY_FPCR, false) => 7,
                (FLOAT_TIES_EVEN..=FLOAT_TIES_AWAY, false) => rounding - FLOAT_TIES_EVEN,
                _ => return None,
            };
            (0x1e24_4000 | kind(from) | mode << 15, Place::Vector)
        }
        FLOAT_ROUND_WITHIN => {
            let by_fpcr = match rounding {
                FLOAT_BY_FPCR => 1 << 15,
                FLOAT_TO_ZERO => 0,
                _ => return None,
            };
            if !has(FLOAT_EXACT) {
                return None;
            }
            (0x1e28_4000 | kind(from) | by_fpcr | if bits == 64 { 1 << 16 } else { 0 }, Place::Vector)
        }
        FLOAT_CONVERT => match (from, to, rounding) {
            (FLOAT_D, FLOAT_S, FLOAT_TO_ODD) => (0x7e61_6800, Place::Vector),
            (FLOAT_S, FLOAT_B, FLOAT_BY_FPCR) => (0x1e63_4000, Place::Vector),
            (_, _, FLOAT_BY_FPCR) => (0x1e22_4000 | kind(from) | kind(to) >> 7, Place::Vector),
            _ => return None,
        },
        FLOAT_COMPARE => (0x1e20_2000 | kind(from) | RM | if has(FLOAT_SIGNALING) { 0x10 } else { 0 }, Place::Flags),
        FLOAT_EQUAL if flags == 0 => (simd(0x5e20_e400, 0x5e40_2400) | RM, Place::Vector),
        FLOAT_GREATER_EQUAL if has(FLOAT_SIGNALING) => match has(FLOAT_ABSOLUTE_OPERANDS) {
            false => (simd(0x7e20_e400, 0x7e40_2400) | RM, Place::Vector),
            true => (simd(0x7e20_ec00, 0x7e40_2c00) | RM, Place::Vector),
        },
        FLOAT_GREATER if has(FLOAT_SIGNALING) => match has(FLOAT_ABSOLUTE_OPERANDS) {
            false => (simd(0x7ea0_e400, 0x7ec0_2400) | RM, Place::Vector),
            true => (simd(0x7ea0_ec00, 0x7ec0_2c00) | RM, Place::Vector),
        },
        FLOAT_TO_MODULAR => (0x1e7e_0000, Place::Both),
        FLOAT_RECIPROCAL_EXPONENT => (simd(0x5ea1_f800, 0x5ef9_f800), Place::Vector),
        FLOAT_MOVE => match flags {
            0 => (0x1e20_4000 | kind(to), Place::Vector),
            FLOAT_ABSOLUTE_RESULT => (0x1e20_c000 | kind(to), Place::Vector),
            FLOAT_NEGATE_RESULT => (0x1e21_4000 | kind(to), Place::Vector),
            _ => return None,
        },
        FLOAT_ESTIMATE_INTEGER_RECIPROCAL => (0x0ea1_c800, Place::Element),
        FLOAT_ESTIMATE_INTEGER_ROOT => (0x2ea1_c800, Place::Element),
        FLOAT_BRAIN_DOT => (0x2e40_fc00 | RM, Place::Element),
        FLOAT_MIN_MAX => {
            let least = if has(FLOAT_MAXIMUM) { 0 } else { 1 << 12 };
            (0x1e20_4800 | kind(from) | RM | least | if has(FLOAT_NUMBER) { 2 << 12 } else { 0 }, Place::Vector)
        }
        _ if !as_fpcr => return None,
        FLOAT_ADD => match flags {
            0 => (0x1e20_2800 | kind(from) | RM, Place::Vector),
            FLOAT_SUBTRACT => (0x1e20_3800 | kind(from) | RM, Place::Vector),
            _ if flags == FLOAT_SUBTRACT | FLOAT_ABSOLUTE_RESULT => {
                (simd(0x7ea0_d400, 0x7ec0_1400) | RM, Place::Vector)
            }
            _ => return None,
        },
        FLOAT_MULTIPLY => match flags {
            0 => (0x1e20_0800 | kind(from) | RM, Place::Vector),
            FLOAT_NEGATE_RESULT => (0x1e20_8800 | kind(from) | RM, Place::Vector),
            _ => return None,
        },
        FLOAT_MULTIPLY_EXTENDED => (simd(0x5e20_dc00, 0x5e40_1c00) | RM, Place::Vector),
        FLOAT_MULTIPLY_ADD if from != to => match (from, flags) {
            (FLOAT_H, 0) => (0x0e20_ec00 | RM, Place::Element),
            (FLOAT_H, FLOAT_NEGATE_A) => (0x0ea0_ec00 | RM, Place::Element),
            (FLOAT_B, 0) => (0x2ec0_fc00 | RM, Place::Element),
            _ => return None,
        },
        FLOAT_MULTIPLY_ADD => {
            let signs = match (has(FLOAT_NEGATE_A), has(FLOAT_NEGATE_B), has(FLOAT_NEGATE_C)) {
                (false, false, false) => 0,
                (true, false, false) => 0x8000,
                (true, false, true) => 0x20_0000,
                (false, false, true) => 0x20_8000,
                _ => return None,
            };
            (0x1f00_0000 | kind(from) | RM | RA | signs, Place::Vector)
        }
        FLOAT_RECIPROCAL_STEP if has(FLOAT_NEGATE_A) => (simd(0x5e20_fc00, 0x5e40_3c00) | RM, Place::Vector),
        FLOAT_ROOT_STEP if has(FLOAT_NEGATE_A) => (simd(0x5ea0_fc00, 0x5ec0_3c00) | RM, Place::Vector),
        FLOAT_DIVIDE => (0x1e20_1800 | kind(from) | RM, Place::Vector),
        FLOAT_ROOT => (0x1e21_c000 | kind(from), Place::Vector),
        FLOAT_ESTIMATE_RECIPROCAL => (simd(0x5ea1_d800, 0x5ef9_d800), Place::Vector),
        FLOAT_ESTIMATE_ROOT => (simd(0x7ea1_d800, 0x7ef9_d800), Place::Vector),
        _ => return None,
    };
    // Compares have no destination.
    Some((if place == Place::Flags { word } else { word | RD }, place))
}

fn to_integer(from: u32, to: u32, rounding: u32, bits: u32, signed: bool) -> Option<(u32, Place)> {
    let kind = [0, 3, 0, 1][from as usize] << 22;
    let wide = if to == FLOAT_D { 1 << 31 } else { 0 };
    if to == FLOAT_H {
        let unsigned = if signed { 0 } else { U };
        let word = match (bits, rounding) {
            (0, FLOAT_TIES_EVEN) => 0x5e79_a800,
            (0, FLOAT_TO_MINUS) => 0x5e79_b800,
            (0, FLOAT_TIES_AWAY) => 0x5e79_c800,
            (0, FLOAT_TO_PLUS) => 0x5ef9_a800,
            (0, FLOAT_TO_ZERO) => 0x5ef9_b800,
            (1..=16, FLOAT_TO_ZERO) => 0x5f00_fc00 | (32 - bits) << 16,
            _ => return None,
        };
        // qemu 7.2 leaves signs above the 16 bits of FCVTZS to fixed point.
        return (from == FLOAT_H).then_some((word | unsigned | RD, Place::Element));
    }
    let unsigned = if signed { 0 } else { 1 << 16 };
    let word = match (bits, rounding) {
        (0, FLOAT_TIES_EVEN..=FLOAT_TO_ZERO) => 0x1e20_0000 | (rounding - FLOAT_TIES_EVEN) << 19,
        (0, FLOAT_TIES_AWAY) => 0x1e24_0000,
        (1.., FLOAT_TO_ZERO) => 0x1e18_0000 | (64 - bits) << 10,
        _ => return None,
    };
    Some((word | wide | kind | unsigned | RD, Place::General))
}

fn from_integer(from: u32, to: u32, bits: u32, signed: bool) -> Option<(u32, Place)> {
    let kind = [0, 3, 0, 1][to as usize] << 22;
    let wide = if from == FLOAT_D { 1 << 31 } else { 0 };
    if from == FLOAT_H {
        let unsigned = if signed { 0 } else { U };
        let word = if bits == 0 { 0x5e79_d800 } else { 0x5f00_e400 | (32 - bits) << 16 };
        return (to == FLOAT_H).then_some((word | unsigned | RD, Place::Vector));
    }
    let unsigned = if signed { 0 } else { 1 << 16 };
    let word = if bits == 0 { 0x1e22_0000 } else { 0x1e02_0000 | (64 - bits) << 10 };
    Some((word | wide | kind | unsigned | RD, Place::Vector))
}

fn formats(asked: &Asked) -> (Format, Format) {
    let of = |shift: u32| Format::of(asked.operation >> shift & 3);
    (of(FLOAT_OPERANDS_SHIFT), of(FLOAT_RESULT_SHIFT))
}

/// What an oracle's version does otherwise than the manual says.
fn differs(asked: &Asked) -> Option<&'static str> {
    let op = asked.operation & FLOAT_OPERATION_BITS;
    if op == FLOAT_TO_MODULAR && asked.fpcr & FPCR_FZ != 0 && asked.a << 1 < 1 << 53 {
        return Some("qemu 7.2 sets Z where FJCVTZS flushes a subnormal, FPToFixedJS does not");
    }
    None
}

/// What executes them; the error says what is not installed.
pub struct Instructions {
    program: PathBuf,
}

impl Instructions {
    pub fn build() -> Result<Instructions, String> {
        Command::new(QEMU).arg("--version").output().map_err(|error| format!("{QEMU}: {error}"))?;
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/all/float/instructions.c");
        let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("instructions");
        // Another process may run what an earlier one has built.
        let built = program.with_extension(std::process::id().to_string());
        let output = Command::new(COMPILER)
            .args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-o"])
            .arg(&built)
            .arg(source)
            .output()
            .map_err(|error| format!("{COMPILER}: {error}"))?;
        assert!(output.status.success(), "{COMPILER} fails:\n{}", String::from_utf8_lossy(&output.stderr));
        std::fs::rename(&built, &program).expect("the directory is cargo's");
        Ok(Instructions { program })
    }

    /// What comes of each operation that has an instruction.
    pub fn execute(&self, asked: &[Asked]) -> Vec<Option<Outcome>> {
        let known = |asked: &Asked| instruction(asked).filter(|_| differs(asked).is_none());
        let instructions: Vec<_> = asked.iter().map(known).collect();
        let mut words: Vec<u32> = instructions.iter().flatten().map(|(word, _)| *word).collect();
        words.sort_unstable();
        words.dedup();
        let mut input = vec![words.len() as u64];
        input.extend(words.iter().map(|word| u64::from(*word)));
        for (asked, instruction) in asked.iter().zip(&instructions) {
            let Some((word, place)) = instruction else { continue };
            let index = words.binary_search(word).expect("it is one of them") as u64;
            let (from, to) = if *place == Place::Element { formats(asked) } else { (Format::D, Format::D) };
            let operands = [asked.a & from.mask(), asked.b & from.mask(), asked.c & to.mask()];
            input.push(index | u64::from(asked.fpcr) << 32);
            input.extend(operands);
        }
        let bytes: Vec<u8> = input.into_iter().flat_map(u64::to_le_bytes).collect();
        let mut child = Command::new(QEMU)
            .args(["-cpu", "max"])
            .arg(&self.program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("qemu started when it was built");
        let mut stdin = child.stdin.take().expect("piped");
        let mut output = Vec::new();
        std::thread::scope(|scope| {
            // Answers come while cases are read. Where it dies, its exit status below tells more than a broken pipe.
            scope.spawn(move || drop(stdin.write_all(&bytes)));
            child.stdout.take().expect("piped").read_to_end(&mut output).expect("a pipe can be read");
        });
        let status = child.wait().expect("the child is ours");
        assert!(status.success(), "{} of {} instructions, then {status}", output.len() / 24, asked.len());
        let mut outcomes = output.chunks_exact(24).map(|bytes| {
            let value = |n: usize| u64::from_le_bytes(bytes[8 * n..][..8].try_into().expect("8 bytes"));
            (value(0), value(1), value(2))
        });
        let mut one = |asked: &Asked, place: Place| {
            let (vector, general, flags) = outcomes.next().expect("an outcome of each");
            let nzcv = flags >> 32;
            let value = match place {
                Place::Vector => vector,
                Place::Element => vector & formats(asked).1.mask(),
                Place::General => general,
                Place::Flags => nzcv,
                Place::Both => general | nzcv << 32,
            };
            Outcome { value, flags: flags as u32 }
        };
        asked.iter().zip(instructions).map(|(asked, instruction)| Some(one(asked, instruction?.1))).collect()
    }
}
