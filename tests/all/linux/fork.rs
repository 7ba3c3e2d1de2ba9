//! Lanes that start in the middle of a program, and what they could tell it by.

use super::machine;
use crate::support::tiny::{DATA, ENTRY, SVC, ZEROS, elf, exit, keep, mov, mov_high};
use kvrm::linux::{Command, End, LaneInputs};
use kvrm::machine::StopReason;

const LANES: u32 = 40;

/// How lanes end that start at instruction `fork`, twice, and how a process does that starts at the first.
fn endings(code: &[u32], fork: usize) -> Vec<StopReason> {
    let file = elf(code, b"data");
    let mut process = Command::new("tiny").start(machine(LANES), &file).unwrap();
    process.run(1000).unwrap();
    let mut endings: Vec<StopReason> = (0..LANES).map(|lane| process.stop(lane).reason).collect();
    process.fork_at(ENTRY + 4 * fork as u64, 1000).unwrap();
    for _ in 0..2 {
        process.restart(&LaneInputs { count: LANES, ..LaneInputs::default() }).unwrap();
        process.run(1000).unwrap();
        endings.extend((0..LANES).map(|lane| process.stop(lane).reason));
    }
    endings
}

fn assert_status(endings: &[StopReason], status: i32) {
    let expected = StopReason::from(End::Exited { status });
    assert!(endings.iter().all(|ending| *ending == expected), "{status}: {endings:?}");
}

/// `mov x<to>, x<from>`
fn copy(to: u32, from: u32) -> u32 {
    0xaa00_03e0 | from << 16 | to
}

fn load_byte(register: u32, base: u32) -> u32 {
    0x3940_0000 | base << 5 | register
}

/// `mprotect` of the page that has the code, so that it may be written.
fn write_to_code() -> Vec<u32> {
    vec![mov_high(0, 0x40), mov(1, 4096), mov(2, 7), mov(8, 226), SVC]
}

#[test]
fn where_lanes_start_has_no_mark_and_may_be_written() {
    let first = mov(0, 85);
    let fork = 15;
    let begin = (ENTRY + 4 * fork) as u16;
    let mut code = write_to_code();
    code.extend([mov_high(1, 0x40), keep(1, begin)]);
    // What stands there, and what is to stand there.
    code.extend([mov_high(4, (first >> 16) as u16), keep(4, first as u16)]);
    let other = mov(0, 3);
    code.extend([mov_high(2, (other >> 16) as u16), keep(2, other as u16)]);
    // ldr w3, [x1] ; cmp w3, w4 ; b.ne to the fork ; str w2, [x1]
    code.extend([0xb940_0023, 0x6b04_007f, 0x5400_0041, 0xb900_0022]);
    assert_eq!(code.len(), fork as usize);
    code.extend([first, mov(8, 94), SVC]);
    assert_status(&endings(&code, fork as usize), 3);
}

#[test]
fn what_a_forked_lane_drops_is_what_a_process_has_there() {
    const ANONYMOUS: u32 = 19;
    const SHARED: u32 = 20;
    const FILE: u32 = 21;
    const ZERO: u32 = 22;
    let mut code = Vec::new();
    for (flags, register) in [(0x22, ANONYMOUS), (0x21, SHARED)] {
        code.extend([mov(0, 0), mov(1, 4096), mov(2, 3), mov(3, flags), 0x9280_0004, mov(5, 0), mov(8, 222), SVC]);
        code.push(copy(register, 0));
    }
    code.extend(write_to_code());
    code.extend([mov_high(FILE, (DATA >> 16) as u16), keep(FILE, DATA as u16), mov_high(ZERO, (ZEROS >> 16) as u16)]);
    for (value, register) in [(1, ANONYMOUS), (85, SHARED), (3, FILE), (7, ZERO)] {
        code.extend([mov(1, value), 0x3900_0000 | register << 5 | 1]);
    }
    let fork = code.len();
    // and x0, sp, #-4096: its own register first
    let stack = [0x9100_03e0, 0x9274_cc00];
    let pages = [&[copy(0, ANONYMOUS)][..], &[copy(0, SHARED)], &[mov_high(0, 0x40)], &[copy(0, ZERO)], &stack];
    for page in pages {
        code.extend_from_slice(page);
        code.extend([mov(1, 4096), mov(2, 4), mov(8, 233), SVC]);
    }
    // The sum of all five bytes: the stack had the number of arguments.
    code.extend([load_byte(0, ANONYMOUS), load_byte(1, SHARED), load_byte(2, FILE), load_byte(3, ZERO)]);
    code.push(load_byte(4, 31));
    code.extend((1..5).map(|n| 0x8b00_0000 | n << 16));
    code.extend(&exit(0)[1..]);
    assert_status(&endings(&code, fork), 85 + i32::from(b'd'));
}
