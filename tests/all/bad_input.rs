//! What is wrong is refused with an error that says so, or stops the lane with a reason; nothing panics.

use crate::support::tiny::{self, DATA, SVC, keep, mov, mov_high};
use kvrm::linux::{Command, End, Error, elf, exit_status};
use kvrm::machine::{self, Access, FaultCause, Machine, StopReason};

fn machine() -> Machine {
    Machine::builder().memory_size(4 << 20).build().expect("an adapter")
}

fn refusal(file: &[u8]) -> elf::Error {
    match Command::new("bad").start(machine(), file) {
        Err(Error::Elf(error)) => error,
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("the file was accepted"),
    }
}

/// Runs `code` to its end in one lane.
fn stop(code: &[u32]) -> (StopReason, u64, String) {
    let mut process = Command::new("bad").start(machine(), &tiny::elf(code, b"data")).unwrap();
    process.run(10_000_000).unwrap();
    let stop = *process.stop(0);
    (stop.reason, stop.pc, process.describe(0))
}

#[test]
fn files_that_are_no_programs() {
    let good = tiny::elf(&tiny::exit(0), b"");
    assert_eq!(refusal(b""), elf::Error::Empty);
    assert!(matches!(refusal(b"\x7fELF"), elf::Error::Truncated { .. }));
    assert!(matches!(refusal(&good[..100]), elf::Error::Truncated { .. }));
    let cut = elf::Program::parse(&good[..0x300], 4 << 20).unwrap();
    assert_eq!(cut.missing, 0, "it ends in the page in which it should: Linux runs it");
    assert!(matches!(refusal(b"#!/bin/sh\n"), elf::Error::NotElf(_)));
    let mut x86 = good.clone();
    x86[18] = 62;
    assert!(refusal(&x86).to_string().contains("x86-64"));
    let mut arm32 = good.clone();
    arm32[4] = 1;
    arm32[18] = 40;
    assert!(refusal(&arm32).to_string().contains("32-bit"));
}

#[test]
fn programs_that_ask_for_too_much() {
    // The second program header's p_memsz.
    let field = 64 + 56 + 40;
    for needed in [1_u64 << 63, 1 << 40, 4 << 20] {
        let mut file = tiny::elf(&tiny::exit(0), b"");
        file[field..field + 8].copy_from_slice(&needed.to_le_bytes());
        let error = refusal(&file);
        assert!(matches!(error, elf::Error::TooLarge { memory_size: 0x40_0000, .. }), "{error}");
        assert!(error.to_string().contains("--memory"), "{error}");
    }
    let mut file = tiny::elf(&tiny::exit(0), b"");
    file[field..field + 8].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(refusal(&file).to_string().contains("wraps around"));
}

#[test]
fn arguments_that_cannot_be_passed() {
    let file = tiny::elf(&tiny::exit(0), b"");
    let long = "x".repeat(300_000);
    let error = Command::new("bad").argument(long).start(machine(), &file).err().expect("refused");
    assert!(matches!(error, Error::ArgumentsTooLong { limit: 0x4_0000, .. }), "{error}");
    let error = Command::new("bad").argument("a\0b").start(machine(), &file).err().expect("refused");
    assert!(matches!(error, Error::ZeroByte), "{error}");
    for size in [0, 1 << 40, u64::MAX] {
        let error = Command::new("bad").stack_size(Some(size)).start(machine(), &file).err().expect("refused");
        assert!(matches!(error, Error::StackSize { .. }), "{error}");
    }
}

#[test]
fn numbers_of_lanes() {
    assert!(matches!(Machine::builder().lanes(0).build(), Err(machine::Error::NoLanes)));
    match Machine::builder().lanes(u32::MAX).build() {
        Err(machine::Error::TooManyLanes { lanes, most, .. }) => assert!(most < lanes),
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("accepted"),
    }
}

#[test]
fn wild_program_counters() {
    // br x0
    let jump = |code: &[u32]| stop(&[code, &[0xd61f_0000]].concat());
    let (reason, pc, _) = jump(&[mov_high(0, 0x6666)]);
    let address = 0x6666_0000;
    let fault = |cause| StopReason::MemoryFault { address, access: Access::Execute, cause };
    assert_eq!((reason, pc), (fault(FaultCause::Unmapped), address));
    assert_eq!(exit_status(&reason), 128 + 11);
    let (reason, ..) = jump(&[mov(0, 0)]);
    assert!(matches!(reason, StopReason::MemoryFault { address: 0, access: Access::Execute, .. }), "{reason}");
    let (reason, pc, _) = jump(&[mov_high(0, 0x40), keep(0, 0x102)]);
    assert_eq!((reason, pc), (StopReason::PcAlignment, 0x40_0102));
    assert_eq!(exit_status(&reason), 128 + 7);
}

#[test]
fn a_jump_into_data() {
    // Into the page of zeros, which may not be executed.
    let (reason, pc, _) = stop(&[mov_high(0, 0x41), 0xd61f_0000]);
    let cause = FaultCause::NotPermitted;
    assert_eq!(reason, StopReason::MemoryFault { address: tiny::ZEROS, access: Access::Execute, cause });
    assert_eq!(pc, tiny::ZEROS);
    // Into text that happens to be executable: `data` is no instruction that this engine has.
    let (reason, pc, line) = stop(&[mov_high(0, 0x40), keep(0, 0x800), 0xd61f_0000]);
    assert!(matches!(reason, StopReason::Undefined { word, .. } if word == u32::from_le_bytes(*b"data")), "{line}");
    assert_eq!(pc, DATA);
    assert_eq!(exit_status(&reason), 128 + 4);
}

#[test]
fn stack_overflow() {
    // 1: str x0, [sp, #-16]! ; b 1b
    let (reason, pc, line) = stop(&[0xf81f_0fe0, 0x17ff_ffff]);
    assert!(
        matches!(reason, StopReason::MemoryFault { access: Access::Write, cause: FaultCause::Unmapped, .. }),
        "{line}"
    );
    assert_eq!(pc, tiny::ENTRY);
    assert!(line.contains("str"), "{line}");
}

#[test]
fn faults_name_address_and_instruction() {
    // ldr x0, [x1]
    let (reason, pc, line) = stop(&[mov(1, 0), 0xf940_0020]);
    assert_eq!(pc, tiny::ENTRY + 4);
    assert_eq!(line, "memory fault: read of 0x0 (unmapped) at pc 0x400104: ldr x0, [x1]");
    assert_eq!(exit_status(&reason), 139);
    // str x0, [x1] with x1 in the code
    let (_, _, line) = stop(&[mov_high(1, 0x40), 0xf900_0020]);
    assert!(line.starts_with("memory fault: write of 0x400000 (not permitted)"), "{line}");
    let (reason, ..) = stop(&[0xd420_0020]);
    assert_eq!(reason, StopReason::Breakpoint { immediate: 1 });
    assert_eq!(exit_status(&reason), 128 + 5);
    let (reason, ..) = stop(&[0]);
    assert_eq!(reason, StopReason::Undefined { word: 0, name: Some("UDF") });
}

#[test]
fn system_calls_with_wild_pointers_and_lengths() {
    // write(1, -1, -1), readv(0, -1, -1), mmap(-1, -1, -1, -1, -1, -1), and a number that does not exist; then exit.
    let all_ones = |number: u16| {
        let arguments: Vec<u32> = (0..6).map(|register| 0x9280_0000 | register).collect();
        [arguments, vec![mov(8, number), SVC]].concat()
    };
    let first = vec![mov(0, 1), 0x9280_0001, 0x9280_0002, mov(8, 64), SVC];
    let calls = [65, 66, 222, 215, 216, 226, 214, 98, 113, 278, 9999].map(all_ones).concat();
    let (reason, _, line) = stop(&[first, calls, tiny::exit(0)].concat());
    assert_eq!(reason, StopReason::from(End::Exited { status: 0 }), "{line}");
}
