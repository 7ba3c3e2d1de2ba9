//! Every system register that an MRS or MSR can name: those that Linux lets programs reach, and no other.

use crate::support::bytes;
use kvrm::machine::{Machine, StopReason};

const HLT: u32 = 0xd440_0000;
const CODE: u64 = 0x1000;

/// `op0 << 14 | op1 << 11 | CRn << 7 | CRm << 3 | op2`.
fn encoding(op1: u32, crn: u32, crm: u32, op2: u32) -> u32 {
    3 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2
}

/// Registers of op0 2 and 3 that a program can read: what Linux emulates of the identification registers, and what AArch64
/// has at EL0 without floating point's traps, performance counters or extensions.
fn readable() -> Vec<u32> {
    // MIDR, MPIDR, REVIDR.
    let mut readable = vec![encoding(0, 0, 0, 0), encoding(0, 0, 0, 5), encoding(0, 0, 0, 6)];
    readable.extend((2..8).flat_map(|crm| (0..8).map(move |op2| encoding(0, 0, crm, op2))));
    // CTR, DCZID, TPIDR, TPIDRRO, CNTFRQ, CNTVCT.
    readable.extend(
        [(0, 0, 1), (0, 0, 7), (13, 0, 2), (13, 0, 3), (14, 0, 0), (14, 0, 2)]
            .map(|(n, m, op2)| encoding(3, n, m, op2)),
    );
    readable.extend(writable());
    readable.sort_unstable();
    readable.dedup();
    readable
}

/// NZCV, FPCR, FPSR, TPIDR.
fn writable() -> Vec<u32> {
    vec![encoding(3, 4, 2, 0), encoding(3, 4, 4, 0), encoding(3, 4, 4, 1), encoding(3, 13, 0, 2)]
}

/// A lane for each register of op0 2 and 3: those in which `instruction` X0 ran.
fn lanes_that_ran(instruction: u32) -> Vec<u32> {
    let registers = 2 << 14..4 << 14;
    let words: Vec<u32> = registers.clone().flat_map(|register| [instruction | register << 5, HLT]).collect();
    let mut machine = Machine::builder().lanes(registers.len() as u32).memory_size(1 << 20).build().unwrap();
    machine.load_program(&bytes(&words), CODE).unwrap();
    for lane in 0..machine.lanes() {
        machine.set_pc(lane, CODE + 8 * u64::from(lane)).unwrap();
    }
    let report = machine.execute(10).unwrap();
    let ran = registers.zip(&report.stops).filter(|(register, stop)| match stop.reason {
        StopReason::Halt { .. } => true,
        StopReason::Undefined { word, .. } => {
            assert_eq!((word, stop.retired), (instruction | register << 5, 0));
            false
        }
        other => panic!("{register:#x}: {other}"),
    });
    ran.map(|(register, _)| register).collect()
}

#[test]
fn what_linux_does_not_emulate_cannot_be_read() {
    assert_eq!(lanes_that_ran(0xd520_0000), readable());
}

#[test]
fn nothing_else_can_be_written() {
    assert_eq!(lanes_that_ran(0xd500_0000), writable());
}
