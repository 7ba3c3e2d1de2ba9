//! The machine through its public face: raw programs, lanes, memory, limits.

use crate::support::bytes;
use kvrm::machine::{Access, Checks, FaultCause, Machine, Permissions, StopReason};

// add x0,x0,#1 ; str x0,[x1] ; eor x3,x3,x0 ; subs x2,x2,#1 ; b.ne -16 ; hlt #0
const LOOP: [u32; 6] = [0x91000400, 0xf9000020, 0xca000063, 0xf1000442, 0x54ffff81, 0xd4400000];
const CODE: u64 = 0x1000;

fn machine(lanes: u32, words: &[u32]) -> Machine {
    let mut machine = Machine::builder().lanes(lanes).memory_size(1 << 20).build().expect("an adapter");
    machine.load_program(&bytes(words), CODE).unwrap();
    for lane in 0..lanes {
        machine.set_pc(lane, CODE).unwrap();
    }
    machine
}

#[test]
fn a_loop_runs_to_its_halt() {
    for lanes in [1, 7, 128] {
        let mut machine = machine(lanes, &LOOP);
        for lane in 0..lanes {
            machine.set_register(lane, 1, 0x8000).unwrap();
            machine.set_register(lane, 2, u64::from(100 + lane)).unwrap();
        }
        let report = machine.execute(1 << 40).unwrap();
        for lane in 0..lanes {
            let count = u64::from(100 + lane);
            let stop = report.stops[lane as usize];
            assert_eq!(stop.reason, StopReason::Halt { immediate: 0 });
            assert_eq!(stop.pc, CODE + 20);
            assert_eq!(stop.retired, 5 * count, "lane {lane}");
            assert_eq!(machine.register(lane, 0).unwrap(), count);
            assert_eq!(machine.register(lane, 3).unwrap(), (1..=count).fold(0, |a, b| a ^ b));
            assert_eq!(machine.nzcv(lane).unwrap(), 0b0110);
            let mut word = [0; 8];
            machine.read_memory(lane, 0x8000, &mut word).unwrap();
            assert_eq!(u64::from_le_bytes(word), count);
            assert_eq!(machine.last_instruction(lane).unwrap(), LOOP[5]);
        }
    }
}

#[test]
fn a_cycle_limit_is_exact_and_resumable() {
    let mut machine = machine(3, &LOOP);
    for lane in 0..3 {
        machine.set_register(lane, 1, 0x8000).unwrap();
        machine.set_register(lane, 2, 1000).unwrap();
    }
    let report = machine.execute(17).unwrap();
    assert_eq!(report.cycles, 51);
    assert!(report.stops.iter().all(|stop| stop.reason == StopReason::CycleLimit && stop.retired == 17));
    let report = machine.execute_until(40).unwrap();
    assert_eq!(report.cycles, 69);
    assert_eq!(machine.register(1, 0).unwrap(), 8);
    assert_eq!(machine.execute(0).unwrap().cycles, 0);
    let report = machine.execute(u64::MAX).unwrap();
    assert!(report.stops.iter().all(|stop| stop.retired == 5000));
}

#[test]
fn memory_faults_name_address_and_access() {
    // ldr x0, [x1] ; str x0, [x2] ; hlt
    let mut machine = machine(4, &[0xf9400020, 0xf9000040, 0xd4400000]);
    let mut layout = machine.layout(0).unwrap().clone();
    layout.map(0x10_0000_0000, 0x10_0000_1000, Permissions::READ);
    for lane in 0..4 {
        machine.set_layout(lane, layout.clone(), &[]).unwrap();
        machine.set_register(lane, 1, 0x10_0000_0ff8).unwrap();
        machine.set_register(lane, 2, 0x8000).unwrap();
    }
    machine.set_register(1, 1, 0xdead_beef_0000).unwrap();
    machine.set_register(2, 2, 0x10_0000_0000).unwrap();
    machine.set_register(3, 1, 0x10_0000_0ffc).unwrap();
    let report = machine.execute(100).unwrap();
    let fault = |address, access, cause| StopReason::MemoryFault { address, access, cause };
    assert_eq!(report.stops[0].reason, StopReason::Halt { immediate: 0 });
    assert_eq!(report.stops[1].reason, fault(0xdead_beef_0000, Access::Read, FaultCause::Unmapped));
    assert_eq!((report.stops[1].pc, report.stops[1].retired), (CODE, 0));
    assert_eq!(report.stops[2].reason, fault(0x10_0000_0000, Access::Write, FaultCause::NotPermitted));
    assert_eq!(report.stops[3].reason, fault(0x10_0000_1000, Access::Read, FaultCause::Unmapped));
}

#[test]
fn host_writes_reach_one_lane_only() {
    let mut machine = machine(40, &LOOP);
    let data: Vec<u8> = (0..10_000u32).map(|n| n as u8 ^ (n >> 8) as u8).collect();
    machine.write_memory(33, 0x7ffd, &data).unwrap();
    let mut back = vec![0xaa; data.len() + 2];
    machine.read_memory(33, 0x7ffc, &mut back).unwrap();
    assert_eq!(back[0], 0);
    assert_eq!(back[1..=data.len()], data[..]);
    assert_eq!(back[data.len() + 1], 0);
    for lane in [0, 32, 34, 39] {
        machine.read_memory(lane, 0x7ffc, &mut back).unwrap();
        assert!(back.iter().all(|byte| *byte == 0), "lane {lane}");
    }
    let writes: Vec<(u32, u64, &[u8])> = vec![(2, 0x9000, b"ab"), (2, 0x9001, b"cd"), (2, 0x9ffe, b"wxyz")];
    assert_eq!(machine.write_many(&writes, Checks::Guest).unwrap(), [2, 2, 4]);
    assert_eq!(machine.read_many(&[(2, 0x9000, 4), (2, 0x9ffd, 6)], Checks::Guest).unwrap()[0], b"acd\0");
    assert!(machine.read_memory(2, 1 << 47, &mut [0]).is_err());
}

#[test]
fn code_that_a_lane_writes_is_the_code_it_runs() {
    // str w0, [x1] ; (b +4, to be overwritten) ; hlt #0 ; the written word is hlt #7
    let mut machine = machine(2, &[0xb9000020, 0x14000001, 0xd4400000]);
    machine.set_register(1, 0, 0xd440_00e0).unwrap();
    machine.set_register(1, 1, CODE + 4).unwrap();
    machine.set_register(0, 1, 0x8000).unwrap();
    let report = machine.execute(100).unwrap();
    assert_eq!(report.stops[0].reason, StopReason::Halt { immediate: 0 });
    assert_eq!(report.stops[1].reason, StopReason::Halt { immediate: 7 });
}

/// More lanes than are downloaded one by one.
#[test]
fn counts_are_exact_on_many_lanes() {
    let lanes = 5000;
    // subs x2, x2, #1 ; b.ne -4 ; svc #0 ; b -4
    let mut machine = machine(lanes, &[0xf1000442, 0x54ffffe1, 0xd4000001, 0x17ffffff]);
    let rounds: Vec<u64> = (0..u64::from(lanes)).map(|lane| 1 + lane % 100).collect();
    machine.set_registers(2, 0, &rounds[..1000]).unwrap();
    machine.set_registers(2, 1000, &rounds[1000..]).unwrap();
    let first = machine.advance_until(20).unwrap();
    let expected = |most: u64| rounds.iter().map(|rounds| (2 * rounds + 1).min(most)).sum::<u64>();
    assert_eq!(first.cycles, expected(20));
    // Lanes of up to nine rounds have come to the call.
    assert_eq!(first.waiting, 50 * 9);
    let stops = machine.stops().unwrap();
    assert_eq!(stops.iter().map(|stop| stop.retired).sum::<u64>(), expected(20));
    // Those that wait go on, and come to the next call after a branch; the others retire one more.
    let second = machine.advance_until(21).unwrap();
    assert_eq!((second.cycles, second.waiting), (2 * 450 + 4550, 450 + 50));
    assert!(machine.set_registers(2, 4999, &[0, 0]).is_err());
}
