use super::*;
use crate::linux::{Command, End, LaneInputs};

const SVC: u32 = 0xd400_0001;

/// Reads a number of eight bytes, and maps so many pages that cannot be joined. The status is 1 when a page is refused.
const MAPS_PAGES: [u32; 26] = [
    0xd280_0000, // mov x0, #0
    0xd2a0_0821, // mov x1, #0x410000
    0xd280_0102, // mov x2, #8
    0xd280_07e8, // mov x8, #63 (read)
    SVC,
    0xf940_0033, // ldr x19, [x1]
    0xd2c0_0214, // mov x20, #0x1000000000
    0xaa14_03e0, // mov x0, x20
    0xd282_0001, // mov x1, #4096
    0xd280_0002, // mov x2, #0 (PROT_NONE)
    0xd280_0643, // mov x3, #0x32 (MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS)
    0x9280_0004, // mov x4, #-1
    0xd280_0005, // mov x5, #0
    0xd280_1bc8, // mov x8, #222 (mmap)
    SVC,
    0xeb14_001f, // cmp x0, x20
    0x5400_00e1, // b.ne 28
    0x9140_0a94, // add x20, x20, #8192
    0xf100_0673, // subs x19, x19, #1
    0x54ff_fe81, // b.ne -48
    0xd280_0000, // mov x0, #0
    0xd280_0bc8, // mov x8, #94 (exit_group)
    SVC,
    0xd280_0020, // mov x0, #1
    0xd280_0bc8, // mov x8, #94
    SVC,
];

/// A program of this code, and a page of zeros at 0x41_0000.
fn elf(code: &[u32]) -> Vec<u8> {
    let size = 0x100 + code.len() as u64 * 4;
    let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let mut put = |bytes: &[u8]| file.extend_from_slice(bytes);
    put(&[2, 0, 183, 0, 1, 0, 0, 0]);
    for word in [0x40_0100_u64, 64, 0] {
        put(&word.to_le_bytes());
    }
    put(&[0; 4]);
    for half in [64_u16, 56, 2, 64, 0, 0] {
        put(&half.to_le_bytes());
    }
    for (flags, address, size, memory_size) in [(5_u32, 0x40_0000, size, size), (6, 0x41_0000, 0, 0x1000_u64)] {
        put(&1_u32.to_le_bytes());
        put(&flags.to_le_bytes());
        for word in [0, address, address, size, memory_size, 0x1000] {
            put(&word.to_le_bytes());
        }
    }
    file.resize(0x100, 0);
    file.extend(code.iter().flat_map(|word| word.to_le_bytes()));
    file
}

fn run(process: &mut Process, counts: [u64; 3]) -> Vec<StopReason> {
    let stdin = counts.map(|count| count.to_le_bytes().to_vec());
    process.restart(&LaneInputs { count: 3, stdin: &stdin, ..LaneInputs::default() }).unwrap();
    process.run(100_000).unwrap();
    process.stops().iter().map(|stop| stop.reason).collect()
}

#[test]
fn a_lane_with_too_many_regions_ends_alone() {
    let mut machine = Machine::builder().lanes(3).build().unwrap();
    machine.limit_layouts(200);
    let mut process = Command::new("maps").start(machine, &elf(&MAPS_PAGES)).unwrap();
    let done = StopReason::from(End::Exited { status: 0 });
    assert_eq!(run(&mut process, [5, 20, 7]), [done; 3]);
    let reasons = run(&mut process, [5, 150, 7]);
    assert_eq!([reasons[0], reasons[2]], [done; 2]);
    // What it wanted to have is not the number that it asked for: the program and its stack take some too.
    let StopReason::PoolExhausted { needed_bytes } = reasons[1] else { panic!("{reasons:?}") };
    assert!((20 * REGION_BYTES..160 * REGION_BYTES).contains(&needed_bytes), "{needed_bytes}");
    assert_eq!(run(&mut process, [20, 5, 7]), [done; 3], "it left nothing behind");
}
