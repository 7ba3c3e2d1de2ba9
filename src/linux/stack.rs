//! The stack that a program finds at its first instruction: argument count, argument and environment pointers, the
//! auxiliary vector, and the bytes they point to.

use super::elf::Program;
use super::space;
use crate::machine::PAGE_SIZE;

/// Keys of the auxiliary vector, named as in the kernel's `auxvec.h`.
pub mod auxiliary {
    pub const NULL: u64 = 0;
    pub const PHDR: u64 = 3;
    pub const PHENT: u64 = 4;
    pub const PHNUM: u64 = 5;
    pub const PAGESZ: u64 = 6;
    pub const BASE: u64 = 7;
    pub const FLAGS: u64 = 8;
    pub const ENTRY: u64 = 9;
    pub const UID: u64 = 11;
    pub const EUID: u64 = 12;
    pub const GID: u64 = 13;
    pub const EGID: u64 = 14;
    pub const PLATFORM: u64 = 15;
    pub const HWCAP: u64 = 16;
    pub const CLKTCK: u64 = 17;
    pub const SECURE: u64 = 23;
    pub const RANDOM: u64 = 25;
    pub const HWCAP2: u64 = 26;
    pub const EXECFN: u64 = 31;
}

/// Bits of `AT_HWCAP` and `AT_HWCAP2`: what the engine executes, as its identification registers say.
pub mod hwcap {
    /// The bits of names one behind another, from bit 0 on; `_` is not there.
    macro_rules! bits {
        ($name:ident: $($bit:tt)*) => {
            /// All that this engine has, by name.
            pub const $name: u64 = {
                let names = [$(stringify!($bit)),*];
                let (mut bits, mut n) = (0, 0);
                while n < names.len() {
                    bits |= if names[n].len() == 1 { 0 } else { 1 << n };
                    n += 1;
                }
                bits
            };
        };
    }

    bits! { FIRST:
        FP ASIMD _ AES PMULL SHA1 SHA2 CRC32 ATOMICS FPHP ASIMDHP CPUID ASIMDRDM JSCVT FCMA LRCPC
        _ SHA3 SM3 SM4 ASIMDDP SHA512 _ ASIMDFHM _ _ ILRCPC FLAGM
    }
    bits! { SECOND: _ _ _ _ _ _ _ _ FRINT _ _ _ _ I8MM BF16 }
}

/// Ticks per second of `times`.
pub const CLOCK_TICKS: u64 = 100;
/// The user and the group that every process runs as.
pub const USER: u64 = 1000;

/// What the program is told about itself.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// `argv`, the program's name first.
    pub arguments: &'a [Vec<u8>],
    /// `envp`, each `KEY=value`.
    pub environment: &'a [Vec<u8>],
    /// Path of the program (`AT_EXECFN`).
    pub executable: &'a [u8],
    /// The bytes behind `AT_RANDOM`.
    pub random: [u8; 16],
}

/// The written part of the stack: whole pages that end at [`space::STACK_TOP`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitialStack {
    /// Where the bytes begin, page-aligned.
    pub address: u64,
    /// The bytes up to the top.
    pub bytes: Vec<u8>,
    /// The stack pointer, 16-byte aligned.
    pub pointer: u64,
    /// Where the bytes behind `AT_RANDOM` are.
    pub random: u64,
}

/// Lays out the stack of `program`.
pub fn build(program: &Program, start: &Start<'_>) -> InitialStack {
    let mut strings = Strings { bottom: space::STACK_TOP, reversed: Vec::new() };
    strings.push(&[0; 8]);
    let executable = strings.push_terminated(start.executable);
    let environment = strings.push_all(start.environment);
    let arguments = strings.push_all(start.arguments);
    let platform = strings.push_terminated(b"aarch64");
    let random = strings.push(&start.random);

    let mut words = vec![arguments.len() as u64];
    words.extend(arguments);
    words.push(0);
    words.extend(environment);
    words.push(0);
    use auxiliary::*;
    let vector = [
        (PHDR, program.program_headers),
        (PHENT, program.program_header_size.into()),
        (PHNUM, program.program_header_count.into()),
        (PAGESZ, PAGE_SIZE),
        (BASE, 0),
        (FLAGS, 0),
        (ENTRY, program.entry),
        (UID, USER),
        (EUID, USER),
        (GID, USER),
        (EGID, USER),
        (SECURE, 0),
        (RANDOM, random),
        (HWCAP, hwcap::FIRST),
        (HWCAP2, hwcap::SECOND),
        (CLKTCK, CLOCK_TICKS),
        (EXECFN, executable),
        (PLATFORM, platform),
        (NULL, 0),
    ];
    words.extend(vector.iter().flat_map(|&(key, value)| [key, value]));

    let pointer = (strings.bottom - 8 * words.len() as u64) & !15;
    let address = space::page_down(pointer);
    let mut bytes = vec![0; (space::STACK_TOP - address) as usize];
    let offset = (pointer - address) as usize;
    for (slot, word) in bytes[offset..].chunks_exact_mut(8).zip(&words) {
        slot.copy_from_slice(&word.to_le_bytes());
    }
    for (slot, byte) in bytes.iter_mut().rev().zip(&strings.reversed) {
        *slot = *byte;
    }
    InitialStack { address, bytes, pointer, random }
}

/// Bytes of the stack that `start` takes, at most, whatever the program.
pub fn size(start: &Start<'_>) -> u64 {
    let strings = start.arguments.iter().chain(start.environment);
    let strings: u64 = strings.map(|string| string.len() as u64 + 1 + 8).sum();
    // The auxiliary vector, platform, random bytes and padding are well below one page.
    strings + start.executable.len() as u64 + 1024
}

/// Bytes pushed downwards from the top of the stack, kept last byte first.
struct Strings {
    bottom: u64,
    reversed: Vec<u8>,
}

impl Strings {
    fn push(&mut self, bytes: &[u8]) -> u64 {
        self.reversed.extend(bytes.iter().rev());
        self.bottom -= bytes.len() as u64;
        self.bottom
    }

    fn push_terminated(&mut self, string: &[u8]) -> u64 {
        self.push(&[0]);
        self.push(string)
    }

    /// Pushes all strings so that they lie in their order, as programs that rename themselves expect.
    fn push_all(&mut self, strings: &[Vec<u8>]) -> Vec<u64> {
        let mut addresses: Vec<u64> = strings.iter().rev().map(|string| self.push_terminated(string)).collect();
        addresses.reverse();
        addresses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program() -> Program {
        Program {
            segments: Vec::new(),
            entry: 0x40_0123,
            base: 0,
            program_headers: 0x40_0040,
            program_header_count: 3,
            program_header_size: 56,
            end: 0x41_0000,
            executable_stack: false,
            missing: 0,
        }
    }

    fn word(stack: &InitialStack, address: u64) -> u64 {
        let offset = (address - stack.address) as usize;
        u64::from_le_bytes(stack.bytes[offset..offset + 8].try_into().unwrap())
    }

    fn string(stack: &InitialStack, address: u64) -> String {
        let bytes = &stack.bytes[(address - stack.address) as usize..];
        String::from_utf8(bytes.iter().copied().take_while(|&byte| byte != 0).collect()).unwrap()
    }

    #[test]
    fn arguments_environment_and_auxiliary_vector() {
        let arguments = [b"prog".to_vec(), b"one".to_vec(), Vec::new()];
        let environment = [b"HOME=/".to_vec()];
        let random = *b"0123456789abcdef";
        let start = Start { arguments: &arguments, environment: &environment, executable: b"./prog", random };
        let stack = build(&program(), &start);
        assert_eq!(stack.pointer % 16, 0);
        assert_eq!(stack.address % PAGE_SIZE, 0);
        assert_eq!(stack.address + stack.bytes.len() as u64, space::STACK_TOP);
        assert!(space::STACK_TOP - stack.pointer <= size(&start));

        let mut at = stack.pointer;
        let mut next = || {
            at += 8;
            word(&stack, at - 8)
        };
        assert_eq!(next(), 3);
        let found = [next(), next(), next()].map(|address| string(&stack, address));
        assert_eq!(found, ["prog", "one", ""]);
        assert_eq!(next(), 0);
        assert_eq!(string(&stack, next()), "HOME=/");
        assert_eq!(next(), 0);
        let vector: std::collections::BTreeMap<u64, u64> = std::iter::from_fn(|| {
            let pair = (next(), next());
            (pair.0 != auxiliary::NULL).then_some(pair)
        })
        .collect();
        assert_eq!(vector[&auxiliary::PHDR], 0x40_0040);
        assert_eq!(vector[&auxiliary::PHNUM], 3);
        assert_eq!(vector[&auxiliary::PHENT], 56);
        assert_eq!(vector[&auxiliary::ENTRY], 0x40_0123);
        assert_eq!(vector[&auxiliary::PAGESZ], 4096);
        assert_eq!(vector[&auxiliary::HWCAP], 0x0cbe_fffb);
        assert_eq!(vector[&auxiliary::HWCAP2], 0x6100);
        assert_eq!(string(&stack, vector[&auxiliary::EXECFN]), "./prog");
        assert_eq!(string(&stack, vector[&auxiliary::PLATFORM]), "aarch64");
        let offset = (vector[&auxiliary::RANDOM] - stack.address) as usize;
        assert_eq!(&stack.bytes[offset..offset + 16], &random);
    }

    #[test]
    fn every_length_of_argument_keeps_the_alignment() {
        for length in 0..40 {
            let arguments = [vec![b'a'; length]];
            let start = Start { arguments: &arguments, environment: &[], executable: b"p", random: [7; 16] };
            let stack = build(&program(), &start);
            assert_eq!(stack.pointer % 16, 0, "argument of {length} bytes");
            assert_eq!(string(&stack, word(&stack, stack.pointer + 8)).len(), length);
        }
    }
}
