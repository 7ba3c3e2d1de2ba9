//! Coverage: maps hold what stepping through a program finds, and change nothing else.

use crate::support::elf;
use std::collections::{BTreeSet, HashMap};

use kvrm::linux::{Command, LaneInputs, Process};
use kvrm::machine::{Coverage, LaneSet, Machine, MachineBuilder, RegisterFile, Stop, StopReason, edge_bit};

const BITS: u32 = 1 << 12;
const MAX_CYCLES: u64 = 2_000_000;

fn start(builder: MachineBuilder, program: &str) -> Process {
    Command::new(program).start(builder.build().expect("an adapter"), &elf(program)).unwrap()
}

/// Frames for `packet.elf`: none, too short ones, IPv4, IPv6, ARP, and arbitrary bytes.
fn frames(count: usize) -> Vec<Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let mut frame = |n: usize| {
        let mut frame: Vec<u8> = (0..n * 13 % 90).map(|_| byte()).collect();
        let kinds = [[8, 0, 0x45], [0x86, 0xdd, 0x60], [8, 6, 0], [0x81, 0, 0]];
        if frame.len() > 14 {
            frame[6] &= 0xfe;
            frame[12..15].copy_from_slice(&kinds[n % 4]);
        }
        frame
    };
    (0..count).map(&mut frame).collect()
}

fn restart(process: &mut Process, stdin: &[Vec<u8>]) {
    process.restart(&LaneInputs { count: stdin.len() as u32, stdin, ..LaneInputs::default() }).unwrap();
}

/// Whether a word is a branch, from the manual's tables of encodings.
fn is_branch(word: u32) -> bool {
    word & 0x7c00_0000 == 0x1400_0000
        || word & 0xff00_0010 == 0x5400_0000
        || word & 0x7c00_0000 == 0x3400_0000
        || word & 0xfe00_0000 == 0xd600_0000
}

/// What one lane covers, found one instruction after the other.
#[derive(Clone, Default)]
struct Walk {
    blocks: BTreeSet<u64>,
    edges: BTreeSet<u32>,
    inside: bool,
    last: Option<u64>,
}

impl Walk {
    /// The lane is about to execute `word` at `pc`.
    fn step(&mut self, pc: u64, word: u32) {
        if !self.inside {
            self.blocks.insert(pc);
            self.edges.insert(edge_bit(self.last, pc, BITS));
            self.last = Some(pc);
        }
        self.inside = !is_branch(word);
    }
}

fn walk(process: &mut Process, lanes: u32) -> Vec<Walk> {
    let mut walks = vec![Walk::default(); lanes as usize];
    let mut words = HashMap::new();
    for step in 1..=MAX_CYCLES {
        let mut going = false;
        for (lane, walk) in (0..lanes).zip(&mut walks) {
            let reason = process.stop(lane).reason;
            if !matches!(reason, StopReason::NotStarted | StopReason::CycleLimit) {
                continue;
            }
            going = true;
            let machine = process.machine_mut();
            let pc = machine.pc(lane).unwrap();
            let word = *words.entry(pc).or_insert_with(|| {
                let mut bytes = [0; 4];
                machine.read_memory(lane, pc, &mut bytes).unwrap();
                u32::from_le_bytes(bytes)
            });
            walk.step(pc, word);
        }
        if !going {
            return walks;
        }
        process.run(step).unwrap();
    }
    panic!("the program does not end");
}

fn bits(map: &[u32]) -> BTreeSet<u32> {
    (0..map.len() as u32 * 32).filter(|bit| map[(bit / 32) as usize] >> (bit % 32) & 1 != 0).collect()
}

#[test]
fn maps_hold_what_stepping_finds() {
    let frames = frames(7);
    let count = frames.len() as u32;
    let mut process = start(Machine::builder().lanes(count), "packet.O2.elf");
    restart(&mut process, &frames);
    let walks = walk(&mut process, count);
    assert!(walks.iter().any(|walk| walk.blocks != walks[0].blocks), "the inputs take different ways");
    for kind in [Coverage::Edges, Coverage::Blocks] {
        // Slices that end anywhere.
        let mut process = start(Machine::builder().lanes(count).slice_cycles(Some(7)), "packet.O2.elf");
        process.machine_mut().set_coverage(Some(kind), BITS).unwrap();
        restart(&mut process, &frames);
        process.run(MAX_CYCLES).unwrap();
        for (lane, walk) in (0..count).zip(&walks) {
            let machine = process.machine_mut();
            if kind == Coverage::Edges {
                assert_eq!(bits(&machine.coverage(lane).unwrap()), walk.edges, "lane {lane}");
                assert!(machine.blocks(lane).unwrap().is_empty());
            } else {
                assert_eq!(machine.blocks(lane).unwrap(), Vec::from_iter(walk.blocks.clone()), "lane {lane}");
            }
        }
    }
}

/// All that can be seen of a lane.
fn state(process: &mut Process, lane: u32) -> (Stop, RegisterFile, Vec<u8>, Vec<u8>) {
    let (stop, output) = (*process.stop(lane), process.stdout(lane).bytes().to_vec());
    let machine = process.machine_mut();
    let registers = machine.registers(lane).unwrap();
    let mut stack = vec![0; 4096];
    machine.read_memory(lane, registers.sp() & !4095, &mut stack).unwrap();
    (stop, registers, output, stack)
}

#[test]
fn coverage_changes_nothing_else() {
    // A hash, a heap, atomics, code made at run time, a fault, more output than a ring has room for.
    for program in ["sha256.O2.elf", "heap.O2.elf", "lse.O2.elf", "jit.O2.elf", "null_read.O2.elf", "life.O2.elf"] {
        let mut plain = start(Machine::builder().lanes(3), program);
        plain.run(MAX_CYCLES).unwrap();
        for kind in [Coverage::Edges, Coverage::Blocks] {
            let mut process = start(Machine::builder().lanes(3).slice_cycles(Some(1000)), program);
            process.machine_mut().set_coverage(Some(kind), BITS).unwrap();
            process.run(MAX_CYCLES).unwrap();
            for lane in 0..3 {
                assert!(state(&mut plain, lane) == state(&mut process, lane), "{program}, {kind:?}, lane {lane}");
            }
            assert!(process.machine_mut().coverage(2).unwrap().iter().any(|word| *word != 0));
        }
    }
}

#[test]
fn joined_maps_name_the_lowest_lane() {
    // A workgroup of lanes that have no frame comes first.
    let frames = [vec![Vec::new(); 70], frames(80)].concat();
    let count = frames.len() as u32;
    let run = |builder: MachineBuilder| {
        let mut process = start(builder.lanes(count), "packet.O2.elf");
        process.machine_mut().set_coverage(Some(Coverage::Edges), BITS).unwrap();
        restart(&mut process, &frames);
        process.run(MAX_CYCLES).unwrap();
        process
    };
    let mut process = run(Machine::builder());
    let machine = process.machine_mut();
    let maps: Vec<Vec<u32>> = (0..count).map(|lane| machine.coverage(lane).unwrap()).collect();
    let joined = machine.joined_coverage().unwrap();
    assert!(joined.first_lanes.iter().flatten().any(|lane| *lane > 64), "no lane of another workgroup is first");
    let first = |bit: u32| (0..count).find(|lane| maps[*lane as usize][bit as usize / 32] >> (bit % 32) & 1 != 0);
    assert_eq!(joined.first_lanes, (0..BITS).map(first).collect::<Vec<_>>());
    assert_eq!(bits(&joined.union()).len(), joined.count());

    // In banks, the same.
    let mut parted = run(Machine::builder().group_width(Some(8)).bank_memory(Some(1 << 20)));
    let machine = parted.machine_mut();
    assert!(machine.memory_use().unwrap().banks > 1);
    assert_eq!(machine.joined_coverage().unwrap(), joined);
    assert_eq!(machine.coverage(count - 1).unwrap(), maps[count as usize - 1]);

    // Lanes that are restored have covered nothing; the others keep what they have.
    let machine = process.machine_mut();
    let lowest = machine.joined_coverage().unwrap().first_lanes.iter().flatten().copied().min();
    assert_eq!(lowest, Some(0));
    machine.restore(&LaneSet::from(0..100)).unwrap();
    assert_eq!(machine.joined_coverage().unwrap().first_lanes.iter().flatten().copied().min(), Some(100));
    assert_eq!(machine.coverage(99).unwrap(), [0; BITS as usize / 32]);
    assert_eq!(machine.coverage(100).unwrap(), maps[100]);
}

#[test]
fn blocks_of_code_that_is_written_are_found_where_the_image_has_code() {
    // 1000: mov x1, #0x1000; ldr w2, [x1, #0x14]; str w2, [x1, #0x14]; b 0x1014; brk; 1014: cbz x0, 0x101c; brk;
    // 101c: b 0x1020; 1020: brk
    let words: [u32; 9] = [
        0xd282_0001,
        0xb940_1422,
        0xb900_1422,
        0x1400_0002,
        0xd420_0000,
        0xb400_0040,
        0xd420_0000,
        0x1400_0001,
        0xd420_0000,
    ];
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut machine = Machine::builder().lanes(2).build().expect("an adapter");
    machine.load_program(&bytes, 0x1000).unwrap();
    for lane in 0..2 {
        machine.set_pc(lane, 0x1000).unwrap();
    }
    machine.set_register(1, 0, 1).unwrap();
    machine.set_coverage(Some(Coverage::Blocks), 0).unwrap();
    machine.execute(100).unwrap();
    assert_eq!(machine.stop(0).unwrap().pc, 0x1020);
    assert_eq!(machine.blocks(0).unwrap(), [0x1000, 0x1014, 0x101c, 0x1020]);
    assert_eq!(machine.blocks(1).unwrap(), [0x1000, 0x1014, 0x1018]);
    machine.set_coverage(None, 0).unwrap();
    assert!(machine.coverage(0).unwrap().is_empty());
}
