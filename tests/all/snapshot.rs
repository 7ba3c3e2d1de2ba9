//! Snapshots, forks of them, and lanes that go back: each equals a run that was never interrupted.

use crate::support::elf;
use kvrm::linux::elf::Program;
use kvrm::machine::{
    Checks, Error, LaneSet, Layout, Machine, MachineBuilder, Permissions, REGISTER_FILE, RegisterFile, Segment, Stop,
    StopReason,
};

const STACK: u64 = 0x7f_ffff_0000;

/// A program without a host: a stack, and system calls that stop it.
fn program(builder: MachineBuilder, name: &str) -> Machine {
    let file = elf(name);
    let mut machine = builder.build().expect("an adapter");
    let program = Program::parse(&file, machine.memory_size()).unwrap();
    let segments: Vec<Segment> = program.segments.iter().map(|segment| segment.as_segment()).collect();
    let mut extra = Layout::default();
    extra.map(STACK - 0x20000, STACK, Permissions::READ_WRITE);
    machine.load_segments(&segments, &extra).unwrap();
    // No arguments, no environment, no auxiliary vector.
    for lane in 0..machine.lanes() {
        machine.set_pc(lane, program.entry).unwrap();
        machine.set_register(lane, 31, STACK - 64).unwrap();
    }
    machine
}

#[derive(Debug, PartialEq)]
struct State {
    stop: Stop,
    registers: RegisterFile,
    memory: Vec<u8>,
}

/// Everything that a lane has, all of its memory included.
fn state(machine: &mut Machine, lane: u32) -> State {
    let regions = machine.layout(lane).unwrap().regions().to_vec();
    let spans: Vec<_> = regions.iter().map(|region| (lane, region.start, (region.end - region.start) as u32)).collect();
    State {
        stop: machine.stop(lane).unwrap(),
        registers: machine.registers(lane).unwrap(),
        memory: machine.read_many(&spans, Checks::Host).unwrap().concat(),
    }
}

/// A program that writes to its data, its stack and its code, at points early and late.
const PROGRAMS: [(&str, [u64; 2]); 3] =
    [("sha256.O0.elf", [0, 9000]), ("jit.O2.elf", [300, 1200]), ("quicksort.O2.elf", [5000, 20000])];

#[test]
fn a_fork_equals_a_run_to_the_same_point() {
    for (name, points) in PROGRAMS {
        for point in points {
            let mut alone = program(Machine::builder(), name);
            alone.execute(point).unwrap();
            let snapshot = alone.snapshot(0).unwrap();
            assert_eq!((snapshot.pc(), snapshot.stop()), (alone.pc(0).unwrap(), alone.stop(0).unwrap()));
            let mut many = program(Machine::builder().lanes(70), name);
            many.execute(17).unwrap();
            many.fork(&snapshot).unwrap();
            let at_point = state(&mut alone, 0);
            for lane in [0, 1, 31, 32, 69] {
                assert_eq!(state(&mut many, lane), at_point, "{name} after {point}, lane {lane}");
            }
            alone.execute(30_000).unwrap();
            many.execute(30_000).unwrap();
            let end = state(&mut alone, 0);
            assert_ne!(end.stop, at_point.stop, "{name} after {point} goes on");
            for lane in [0, 40, 69] {
                assert_eq!(state(&mut many, lane), end, "{name} from {point}, lane {lane}");
            }
        }
    }
}

#[test]
fn restored_lanes_run_again_to_the_same_bits() {
    for (name, points) in PROGRAMS {
        let mut machine = program(Machine::builder().lanes(45), name);
        machine.execute(points[1]).unwrap();
        machine.mark_start().unwrap();
        let start = state(&mut machine, 3);
        machine.execute(4000).unwrap();
        let end: Vec<State> = [0, 20, 44].map(|lane| state(&mut machine, lane)).into();
        for ahead in [false, true, true, false] {
            match ahead {
                false => machine.restore(&LaneSet::all()).unwrap(),
                true => machine.restore_ahead().unwrap(),
            }
            for lane in [0, 20, 44] {
                assert_eq!(state(&mut machine, lane), start, "{name}, lane {lane} back at the start");
            }
            machine.execute(4000).unwrap();
            assert_eq!(end, [0, 20, 44].map(|lane| state(&mut machine, lane)), "{name}");
        }
    }
}

/// Pages that most lanes of a group have written are theirs again before they write; what few have is dropped.
#[test]
fn pages_that_most_lanes_wrote_are_copied_ahead() {
    let mut machine = program(Machine::builder().lanes(70), "sha256.O0.elf");
    machine.mark_start().unwrap();
    assert_eq!(machine.memory_use().unwrap().copied_pages, 0);
    let start = state(&mut machine, 69);
    let (stack, below) = (STACK - 0x1000, STACK - 0x2000);
    let most: Vec<_> = (0..70).filter(|lane| lane % 32 < 20).map(|lane| (lane, stack, &b"most"[..])).collect();
    let few: Vec<_> = (0..16).map(|lane| (lane, below, &b"few"[..])).collect();
    machine.write_many(&most, Checks::Host).unwrap();
    machine.write_many(&few, Checks::Host).unwrap();
    assert_eq!(machine.memory_use().unwrap().copied_pages, 46 + 16);
    machine.restore_ahead().unwrap();
    assert_eq!(machine.memory_use().unwrap().copied_pages, 70);
    for lane in [0, 15, 16, 31, 32, 69] {
        assert_eq!(state(&mut machine, lane), start, "lane {lane}");
    }
    machine.restore(&LaneSet::all()).unwrap();
    assert_eq!(machine.memory_use().unwrap().copied_pages, 0);
}

#[test]
fn a_set_of_lanes_goes_back_and_the_others_stay() {
    let mut machine = program(Machine::builder().lanes(100), "sha256.O0.elf");
    assert!(matches!(machine.restore(&LaneSet::all()), Err(Error::NoStart)));
    machine.mark_start().unwrap();
    let start = state(&mut machine, 0);
    machine.execute(3000).unwrap();
    let later = state(&mut machine, 0);
    let set: LaneSet = (0..100).filter(|lane| lane % 3 == 0).collect();
    machine.restore(&set).unwrap();
    for lane in [0, 1, 2, 33, 63, 64, 98, 99] {
        assert_eq!(state(&mut machine, lane), *if lane % 3 == 0 { &start } else { &later }, "lane {lane}");
    }
    assert!(matches!(machine.restore(&[100].into_iter().collect()), Err(Error::NoSuchLane { lane: 100, .. })));
    assert_eq!(machine.restore(&LaneSet::from(0..0)).ok(), Some(()));
    assert_eq!(state(&mut machine, 1), later);
}

#[test]
fn what_the_host_did_to_a_lane_is_undone() {
    let mut machine = program(Machine::builder().lanes(8), "sha256.O0.elf");
    machine.mark_start().unwrap();
    let start = state(&mut machine, 0);
    let mut layout = machine.layout(2).unwrap().clone();
    layout.map(0x5000_0000, 0x5000_3000, Permissions::READ_WRITE);
    machine.set_layout(2, layout, &[]).unwrap();
    machine.write_memory(2, 0x5000_1000, b"hello").unwrap();
    machine.set_register(2, 5, 99).unwrap();
    machine.set_stop(2, StopReason::Ended { code: 0, value: 3 }).unwrap();
    machine.set_stop(3, StopReason::Ended { code: 0, value: 4 }).unwrap();
    // Layouts, memory and the host's reasons are part of a snapshot.
    let snapshot = machine.snapshot(2).unwrap();
    assert!(snapshot.written_pages().eq([0x5000_1000]));
    machine.restore(&(0..3).into()).unwrap();
    assert_eq!(state(&mut machine, 2), start);
    assert_eq!(machine.stop(3).unwrap().reason, StopReason::Ended { code: 0, value: 4 });

    machine.fork(&snapshot).unwrap();
    for lane in [0, 7] {
        assert_eq!(machine.stop(lane).unwrap().reason, StopReason::Ended { code: 0, value: 3 });
        assert_eq!(machine.register(lane, 5).unwrap(), 99);
        let mut bytes = [0; 6];
        machine.read_memory(lane, 0x5000_1000, &mut bytes).unwrap();
        assert_eq!(&bytes, b"hello\0");
    }
}

/// Every register of the table, by the host's hand, in a snapshot, and of lanes that become it or go back to it.
#[test]
fn all_registers_go_with_a_snapshot() {
    let mut machine = Machine::builder().lanes(5).build().unwrap();
    machine.load_program(&0xd503_201fu32.to_le_bytes(), 0x1000).unwrap();
    let mut file = RegisterFile::default();
    for (n, register) in (1..).zip(REGISTER_FILE) {
        file.set(register, (u128::MAX / 251).wrapping_mul(n));
    }
    // The top byte of a program counter is a copy of bit 55.
    file.set_pc(0x1000);
    machine.set_all_registers(3, &file).unwrap();
    assert_eq!(machine.registers(3).unwrap(), file);
    assert_eq!(machine.registers(2).unwrap(), RegisterFile::default(), "the neighbour's");
    assert_eq!((machine.register(3, 31).unwrap(), machine.nzcv(3).unwrap()), (file.sp(), file.nzcv()));
    let snapshot = machine.snapshot(3).unwrap();
    assert_eq!((snapshot.registers(), snapshot.pc()), (file, 0x1000));
    machine.execute(1).unwrap();
    let mut after = file;
    after.set_pc(0x1004);
    assert_eq!(machine.registers(3).unwrap(), after, "a NOP changes nothing else");
    machine.fork(&snapshot).unwrap();
    machine.execute(1).unwrap();
    machine.restore(&(1..4).into()).unwrap();
    for (lane, expected) in [(0, after), (1, file), (3, file), (4, after)] {
        assert_eq!(machine.registers(lane).unwrap(), expected, "lane {lane}");
    }
}

#[test]
fn restored_lanes_free_their_frames() {
    let mut machine = program(Machine::builder().lanes(64), "sha256.O0.elf");
    machine.mark_start().unwrap();
    assert_eq!(machine.memory_use().unwrap().frames, 0);
    machine.execute(3000).unwrap();
    let used = machine.memory_use().unwrap().frames;
    assert!(used > 0);
    machine.restore(&LaneSet::all()).unwrap();
    assert_eq!(machine.memory_use().unwrap().frames, 0);
}

#[test]
fn rows_reach_their_lanes_at_any_alignment() {
    for (address, row_bytes) in [(0x8000u64, 8u32), (0x8001, 1), (0x8ffd, 7), (0x8003, 4099), (0x7fff, 9000)] {
        let mut machine = Machine::builder().lanes(75).memory_size(1 << 20).build().expect("an adapter");
        let rows: Vec<u8> = (0..60 * row_bytes).map(|n| (n * 7 + (n >> 8)) as u8).collect();
        machine.write_rows(address, row_bytes, &rows, 5).unwrap();
        for lane in [0, 4, 5, 6, 36, 37, 64, 65, 74] {
            let mut bytes = vec![0xaa; row_bytes as usize + 8];
            machine.read_memory(lane, address - 4, &mut bytes).unwrap();
            let zeros = vec![0; row_bytes as usize];
            let row = (5..65).contains(&lane).then(|| rows.chunks(row_bytes as usize).nth(lane as usize - 5).unwrap());
            assert_eq!(&bytes[4..4 + row_bytes as usize], row.unwrap_or(&zeros), "{address:#x}, lane {lane}");
            assert_eq!((&bytes[..4], &bytes[4 + row_bytes as usize..]), (&[0; 4][..], &[0; 4][..]));
        }
    }
}

#[test]
fn rows_that_do_not_fit_are_refused() {
    let mut machine = Machine::builder().lanes(4).memory_size(1 << 20).build().expect("an adapter");
    assert!(matches!(machine.write_rows(0, 4, &[0; 7], 0), Err(Error::Rows { .. })));
    assert!(matches!(machine.write_rows(0, 0, &[0; 7], 0), Err(Error::Rows { .. })));
    assert!(matches!(machine.write_rows(0, 4, &[0; 20], 0), Err(Error::NoSuchLane { .. })));
    assert!(matches!(machine.write_rows(0xffff_ffff_fffe, 4, &[0; 4], 0), Err(Error::OutsideAddressSpace { .. })));
    let error = machine.write_rows((1 << 20) - 2, 4, &[1; 16], 0).unwrap_err();
    assert!(matches!(error, Error::Unmapped { lane: 0, address: 0x10_0000 }), "{error}");
    assert!(machine.write_rows(0, 4, &[], 0).is_ok());
}
