//! The same program gives the same bits whatever the number of lanes, the length of slices, the width of groups, and
//! the checks of the shaders; and lanes do not see each other.

use crate::support::elf;
use kvrm::linux::Command;
use kvrm::machine::{Machine, MachineBuilder, RegisterFile, Stop, StopReason};

/// All that a program leaves behind in one lane.
#[derive(Clone, Debug, PartialEq)]
struct End {
    stop: Stop,
    registers: RegisterFile,
    stdout: Vec<u8>,
    stack: Vec<u8>,
}

fn ends(builder: MachineBuilder, program: &str, argument: &str, lanes: &[u32]) -> Vec<End> {
    let mut process = Command::new(program)
        .argument(argument)
        .stdin(std::io::empty())
        .start(builder.build().expect("an adapter"), &elf(program))
        .unwrap();
    process.run(u64::MAX).unwrap();
    let outputs: Vec<_> = lanes.iter().map(|&lane| process.stdout(lane).bytes().to_vec()).collect();
    let stops: Vec<_> = lanes.iter().map(|&lane| *process.stop(lane)).collect();
    let machine = process.machine_mut();
    let state = |((&lane, stdout), stop)| {
        let registers = machine.registers(lane).unwrap();
        let mut stack = vec![0; 4096];
        machine.read_memory(lane, registers.sp() & !4095, &mut stack).unwrap();
        End { stop, registers, stdout, stack }
    };
    lanes.iter().zip(outputs).zip(stops).map(state).collect()
}

// A hash, a heap, atomics, code made at run time, a fault.
const PROGRAMS: [&str; 5] = ["sha256.O0.elf", "heap.O2.elf", "lse.O2.elf", "jit.O2.elf", "null_read.O2.elf"];

#[test]
fn any_number_of_lanes_gives_the_same_bits() {
    for program in ["sha256.O2.elf", "lists.O2.elf"] {
        let alone = ends(Machine::builder(), program, "", &[0]).remove(0);
        for count in [7, 128, 1000] {
            let lanes = [0, count / 2, count - 1];
            // Groups of eight: llvmpipe binds 128 MiB, and a frame has a page for every lane of its group.
            let builder = Machine::builder().lanes(count).group_width(Some(8));
            for (lane, end) in lanes.iter().zip(ends(builder, program, "", &lanes)) {
                assert!(end == alone, "{program}, lane {lane} of {count}: {:?} alone {:?}", end.stop, alone.stop);
            }
        }
    }
}

#[test]
fn slices_of_any_length_give_the_same_bits() {
    for program in PROGRAMS {
        let whole = ends(Machine::builder().lanes(3), program, "", &[0, 2]);
        for cycles in [61, 4099] {
            let sliced = ends(Machine::builder().lanes(3).slice_cycles(Some(cycles)), program, "", &[0, 2]);
            assert!(sliced == whole, "{program} in slices of {cycles}: {:?}, not {:?}", sliced[0].stop, whole[0].stop);
        }
    }
}

#[test]
fn unchecked_shaders_and_narrow_groups_give_the_same_bits() {
    for program in PROGRAMS {
        let usual = ends(Machine::builder().lanes(5), program, "", &[4]);
        assert!(ends(Machine::builder().lanes(5).checked(false), program, "", &[4]) == usual, "{program} unchecked");
        assert!(ends(Machine::builder().lanes(5).group_width(Some(1)), program, "", &[4]) == usual, "{program} alone");
    }
}

/// Every lane fills the same addresses with a value of its own, and then sums them up.
#[test]
fn lanes_do_not_see_each_other() {
    const CODE: u64 = 0x1000;
    // mov x1, #0x8000 ; mov x2, #0x3000 ; str x0, [x1, x2] ; subs x2, x2, #8 ; b.pl -8 ;
    // mov x2, #0x3000 ; mov x3, #0 ; ldr x4, [x1, x2] ; eor x3, x4, x3, ror #63 ; subs x2, x2, #8 ; b.pl -12 ; hlt #0
    let words: [u32; 12] = [
        0xd2900001, 0xd2860002, 0xf8226820, 0xf1002042, 0x54ffffc5, 0xd2860002, 0xd2800003, 0xf8626824, 0xcac3fc83,
        0xf1002042, 0x54ffffa5, 0xd4400000,
    ];
    let lanes = 200;
    let mut machine = Machine::builder().lanes(lanes).build().expect("an adapter");
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    machine.load_program(&bytes, CODE).unwrap();
    let value = |lane: u32| u64::from(lane).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for lane in 0..lanes {
        machine.set_pc(lane, CODE).unwrap();
        machine.set_register(lane, 0, value(lane)).unwrap();
    }
    let report = machine.execute(1 << 20).unwrap();
    for lane in 0..lanes {
        assert_eq!(report.stops[lane as usize].reason, StopReason::Halt { immediate: 0 }, "lane {lane}");
        let expected = (0..=0x3000 / 8).fold(0u64, |sum, _| value(lane) ^ sum.rotate_right(63));
        assert_eq!(machine.register(lane, 3).unwrap(), expected, "lane {lane}");
    }
}
