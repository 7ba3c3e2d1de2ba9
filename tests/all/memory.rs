//! Lanes' memory against the plainest model there is, under every way that there is to room for it: growth, several
//! banks, turns with the host's memory. No bit of any result may depend on these.

use crate::support::rng::Rng;
use crate::support::{bytes, elf, gpu, seed};
use kvrm::linux::Command;
use kvrm::machine::{
    Access, Checks, FaultCause, LaneSet, Layout, Machine, MachineBuilder, MemoryUse, PAGE_SIZE, Permissions, Segment,
    StopReason,
};
use std::collections::BTreeMap;

const CODE: u64 = 0x40_0000;
const HALT: u32 = 0xd440_0000;

/// Machines with room for a few frames only, so that all of it happens: name, bytes of a bank, of the GPU.
const ROOMS: [(&str, Option<u64>, Option<u64>); 4] = [
    ("as it comes", None, None),
    ("small banks", Some(3 << 19), None),
    ("small GPU", None, Some(3 << 20)),
    ("small banks on a small GPU", Some(3 << 19), Some(2 << 20)),
];

fn room(builder: MachineBuilder, (_, bank, gpu): (&str, Option<u64>, Option<u64>)) -> MachineBuilder {
    builder.bank_memory(bank).gpu_memory(gpu)
}

/// Every lane writes `pages` pages from 0x10_0000_0000 on, at a distance of `x6` bytes from page to page, from the one
/// at x7 on: its x0, then x0 + 1 and so on. Then it sums them up in x3.
const TOUCH: [u32; 15] = [
    0xaa0703e1, // mov x1, x7
    0xaa0803e2, // mov x2, x8
    0xaa0003e4, // mov x4, x0
    0xf9000024, // str x4, [x1]
    0x91000484, // add x4, x4, #1
    0x8b060021, // add x1, x1, x6
    0xf1000442, // subs x2, x2, #1
    0x54ffff81, // b.ne -16
    0xaa0703e1, // mov x1, x7
    0xaa0803e2, // mov x2, x8
    0xf8400025, // ldur x5, [x1]
    0x8b050063, // add x3, x3, x5
    0x8b060021, // add x1, x1, x6
    0xf1000442, // subs x2, x2, #1
    0x54ffff81, // b.ne -16
];
const TOUCHED: u64 = 0x10_0000_0000;

fn touching(builder: MachineBuilder, lanes: u32, pages: impl Fn(u32) -> u64) -> Machine {
    let mut machine = builder.lanes(lanes).build().expect("an adapter");
    let code = bytes(&[&TOUCH[..], &[HALT]].concat());
    let segment = Segment { address: CODE, bytes: &code, memory_size: 0, permissions: Permissions::READ_EXECUTE };
    let mut extra = Layout::default();
    extra.map(TOUCHED, TOUCHED + (64 << 20), Permissions::READ_WRITE);
    machine.load_segments(&[segment], &extra).unwrap();
    for lane in 0..lanes {
        machine.set_pc(lane, CODE).unwrap();
        for (n, value) in [(0, start_value(lane)), (6, PAGE_SIZE), (7, TOUCHED), (8, pages(lane))] {
            machine.set_register(lane, n, value).unwrap();
        }
    }
    machine
}

fn start_value(lane: u32) -> u64 {
    u64::from(lane).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn sum(lane: u32, pages: u64) -> u64 {
    (0..pages).fold(0, |sum, n| start_value(lane).wrapping_add(n).wrapping_add(sum))
}

fn assert_touched(machine: &mut Machine, lane: u32, pages: u64, what: &str) {
    let stop = machine.stop(lane).unwrap();
    assert_eq!((stop.reason, stop.retired), (StopReason::Halt { immediate: 0 }, 5 + 10 * pages), "{what}, lane {lane}");
    assert_eq!(machine.register(lane, 3).unwrap(), sum(lane, pages), "{what}, lane {lane}");
}

#[test]
fn pools_grow_split_and_take_turns() {
    let gpu = gpu();
    for which in ROOMS {
        let (name, bank, of_gpu) = which;
        let pages = |lane: u32| 1 + u64::from(lane % 7);
        let mut machine = touching(room(Machine::builder().gpu(gpu.clone()), which), 200, pages);
        machine.execute(1 << 20).unwrap();
        for lane in 0..200 {
            assert_touched(&mut machine, lane, pages(lane), name);
        }
        let MemoryUse {
            copied_pages, frames, banks, gpu_bytes, peak_gpu_bytes, spilled_bytes, peak_spilled_bytes, ..
        } = machine.memory_use().unwrap();
        assert_eq!(copied_pages, (0..200).map(pages).sum::<u64>(), "{name}");
        // Every group of 32 lanes has one that writes seven pages.
        assert_eq!(frames, 7 * 7, "{name}");
        assert_eq!(banks > 1, bank.is_some() || of_gpu.is_some(), "{name}: {banks} banks");
        assert_eq!(spilled_bytes > 0, of_gpu.is_some(), "{name}: {spilled_bytes} bytes on the host");
        assert!(peak_spilled_bytes >= spilled_bytes && peak_gpu_bytes >= gpu_bytes);
        // Registers and tables are no part of the limit: under 1 KiB a lane, and the table of the instruction set.
        let tables = (200 << 10) + (256 << 10);
        assert!(of_gpu.is_none_or(|most| peak_gpu_bytes <= most + tables), "{name}: {peak_gpu_bytes} bytes on the GPU");
        // What has gone to the host comes back to be read.
        for lane in [0, 31, 32, 100, 199] {
            let last = TOUCHED + (pages(lane) - 1) * PAGE_SIZE;
            let mut word = [0; 8];
            machine.read_memory(lane, last, &mut word).unwrap();
            assert_eq!(u64::from_le_bytes(word), start_value(lane).wrapping_add(pages(lane) - 1), "{name}");
        }
    }
}

#[test]
fn a_real_limit_is_told_and_lanes_that_fit_finish() {
    // The last lane of each group but one wants more than one bank can have.
    let greedy = |lane: u32| lane % 32 == 31 && lane != 63;
    let pages = |lane: u32| if greedy(lane) { 40 } else { 1 + u64::from(lane % 3) };
    let mut machine = touching(Machine::builder().bank_memory(Some(1 << 20)), 128, pages);
    let report = machine.execute(1 << 20).unwrap();
    for lane in 0..128 {
        if greedy(lane) {
            let StopReason::PoolExhausted { needed_bytes } = report.stops[lane as usize].reason else {
                panic!("lane {lane}: {}", report.stops[lane as usize]);
            };
            assert_eq!(needed_bytes, 3 * 32 * PAGE_SIZE, "a frame for each of three groups");
            assert_eq!(report.stops[lane as usize].pc, CODE + 12, "at the store");
        } else {
            assert_touched(&mut machine, lane, pages(lane), "beside greedy lanes");
        }
    }

    // No room for those that wait, neither on the GPU nor on the host: they go on once others have given theirs back.
    let pages = |lane: u32| if lane < 64 { 10 } else { 3 };
    let small = Machine::builder().bank_memory(Some(3 << 20)).gpu_memory(Some(6 << 20)).host_memory(Some(0));
    let mut machine = touching(small, 128, pages);
    let stops = machine.execute(1 << 20).unwrap().stops;
    let mut dry = 0;
    let (layout, all) = (machine.layout(0).unwrap().clone(), TOUCHED..TOUCHED + (64 << 20));
    for (lane, stop) in (0..).zip(&stops) {
        if matches!(stop.reason, StopReason::PoolExhausted { .. }) {
            dry += 1;
        } else {
            assert_touched(&mut machine, lane, pages(lane), "beside lanes that wait");
            machine.set_layout(lane, layout.clone(), std::slice::from_ref(&all)).unwrap();
        }
    }
    assert!((1..128).contains(&dry), "{dry} lanes wait");
    machine.execute(1 << 20).unwrap();
    for lane in 0..128 {
        assert_touched(&mut machine, lane, pages(lane), "after others have gone");
    }
}

#[test]
fn lanes_that_are_restored_make_room_for_others() {
    let gpu = gpu();
    let pages = |_| 6;
    for which in ROOMS {
        let mut machine = touching(room(Machine::builder().gpu(gpu.clone()), which), 96, pages);
        machine.mark_start().unwrap();
        machine.execute(1 << 20).unwrap();
        let before = machine.memory_use().unwrap();
        assert_eq!(before.frames, 18);
        for round in 0..3 {
            // Other pages than before: without room that is given back there would soon be none.
            machine.restore(&LaneSet::all()).unwrap();
            assert_eq!(machine.memory_use().unwrap().copied_pages, 0, "{} round {round}", which.0);
            for lane in 0..96 {
                machine.set_register(lane, 7, TOUCHED + round * (1 << 20)).unwrap();
            }
            machine.execute(1 << 20).unwrap();
            // All lanes are what lane 0 was.
            assert_eq!(machine.register(95, 3).unwrap(), sum(0, 6), "{} round {round}", which.0);
        }
        let set: LaneSet = (0..96).filter(|lane| lane % 2 == 0).collect();
        machine.restore(&set).unwrap();
        assert_eq!(machine.memory_use().unwrap().copied_pages, 48 * 6, "{}", which.0);
        let after = machine.memory_use().unwrap();
        assert!(after.gpu_bytes + after.spilled_bytes <= 2 * (before.gpu_bytes + before.spilled_bytes), "{}", which.0);
    }
}

/// Each lane of a group begins with another page, and goes round.
#[test]
fn all_lanes_of_a_group_copy_pages_at_once() {
    let gpu = gpu();
    // x1 = x7 + (((x9 + x2) & 31) << 12), so that lane n begins with page n.
    let words = [
        0xd2800402, // mov x2, #32
        0x8b020124, // add x4, x9, x2
        0x92401084, // and x4, x4, #31
        0x8b0430e1, // add x1, x7, x4, lsl #12
        0xf9400025, // ldr x5, [x1]
        0x8b0400a5, // add x5, x5, x4
        0xca0000a5, // eor x5, x5, x0
        0xf9000025, // str x5, [x1]
        0xf1000442, // subs x2, x2, #1
        0x54ffff01, // b.ne -32
        HALT,
    ];
    let data: Vec<u8> = (0..32u64)
        .flat_map(|page| {
            let mut bytes = vec![page as u8 ^ 0x5a; 4096];
            bytes[..8].copy_from_slice(&(page << 32).to_le_bytes());
            bytes
        })
        .collect();
    // A bank has room for the image and all frames of one group.
    for which in [ROOMS[0], ("turns", Some(6 << 20), Some(7 << 20))] {
        let lanes = 70;
        let mut machine = room(Machine::builder().gpu(gpu.clone()), which).lanes(lanes).build().unwrap();
        let code = bytes(&words);
        let segments = [
            Segment { address: CODE, bytes: &code, memory_size: 0, permissions: Permissions::READ_EXECUTE },
            Segment { address: TOUCHED, bytes: &data, memory_size: 0, permissions: Permissions::READ_WRITE },
        ];
        machine.load_segments(&segments, &Layout::default()).unwrap();
        for lane in 0..lanes {
            machine.set_pc(lane, CODE).unwrap();
            for (n, value) in [(0, start_value(lane)), (7, TOUCHED), (9, u64::from(lane))] {
                machine.set_register(lane, n, value).unwrap();
            }
        }
        machine.execute(1 << 20).unwrap();
        for lane in 0..lanes {
            let mut memory = vec![0; data.len()];
            machine.read_memory(lane, TOUCHED, &mut memory).unwrap();
            for page in 0..32u64 {
                let expected = ((page << 32) + page) ^ start_value(lane);
                let page_bytes = &memory[page as usize * 4096..][..4096];
                assert_eq!(page_bytes[..8], expected.to_le_bytes(), "{}, lane {lane}, page {page}", which.0);
                assert!(page_bytes[8..].iter().all(|byte| *byte == page as u8 ^ 0x5a), "{}: copied whole", which.0);
            }
        }
    }
}

#[test]
fn a_lane_that_writes_everywhere_changes_nobody_else() {
    let mut machine =
        touching(Machine::builder().bank_memory(Some(20 << 20)), 40, |lane| if lane == 33 { 100 } else { 2 });
    // Each time at another place in the page.
    machine.set_register(33, 6, PAGE_SIZE + 8).unwrap();
    machine.execute(1 << 20).unwrap();
    for lane in (0..40).filter(|lane| *lane != 33) {
        assert_touched(&mut machine, lane, 2, "beside a lane that writes everywhere");
        let mut memory = vec![0; 102 * 4096];
        machine.read_memory(lane, TOUCHED, &mut memory).unwrap();
        let mut expected = vec![0; memory.len()];
        for page in 0..2 {
            expected[page * 4096..][..8].copy_from_slice(&start_value(lane).wrapping_add(page as u64).to_le_bytes());
        }
        assert!(memory == expected, "lane {lane}");
    }
    assert_touched(&mut machine, 33, 100, "everywhere");
}

#[test]
fn programs_end_alike_in_any_room() {
    let gpu = gpu();
    for program in ["sha256.O0.elf", "heap.O2.elf", "jit.O2.elf", "mappings.O2.elf", "musl_words.O2.elf"] {
        let file = elf(program);
        let mut ends = Vec::new();
        let mut rooms = vec![ROOMS[0]];
        while let Some(which) = rooms.pop() {
            let builder =
                room(Machine::builder().gpu(gpu.clone()).lanes(100).memory_size(64 << 20), which).group_width(Some(8));
            let mut process = Command::new(program).start(builder.build().unwrap(), &file).unwrap();
            process.run(u64::MAX).unwrap();
            let lanes = [0, 7, 8, 50, 99];
            let outputs: Vec<_> =
                lanes.iter().map(|lane| (*process.stop(*lane), process.stdout(*lane).bytes().to_vec())).collect();
            let machine = process.machine_mut();
            let registers: Vec<u64> = lanes
                .iter()
                .flat_map(|lane| (0..32).map(|n| (*lane, n)))
                .map(|(lane, n)| machine.register(lane, n).unwrap())
                .collect();
            let stack: Vec<(u32, u64, u32)> = lanes
                .iter()
                .zip(registers.chunks(32))
                .map(|(lane, registers)| (*lane, registers[31] & !4095, 4096))
                .collect();
            let stacks = machine.read_many(&stack, Checks::Host).unwrap();
            let used = machine.memory_use().unwrap();
            if ends.is_empty() {
                // Room for all frames of four groups of the thirteen, which are alike.
                let image = (u64::from(used.shared_pages) + 1) * PAGE_SIZE;
                let bank = image + used.frame_bytes * 4 / 13 + (1 << 18);
                rooms = vec![("turns", Some(bank), Some(bank * 3 / 2)), ("some banks", Some(bank), None)];
            }
            ends.push((which, outputs, registers, stacks, used));
        }
        assert!(ends[1].4.banks > 1 && ends[2].4.peak_spilled_bytes > 0, "{program}: room for all");
        for end in &ends[1..] {
            assert!(
                (&end.1, &end.2, &end.3) == (&ends[0].1, &ends[0].2, &ends[0].3),
                "{program}: {:?}: {}",
                end.0,
                end.1[0].0
            );
            assert_eq!(end.4.copied_pages, ends[0].4.copied_pages, "{program}: {:?}", end.0);
        }
    }
}

/// One kind of access: its instruction on w2/x2 (stores) or w3/x3 (loads) at [x1], and its bytes.
const ACCESSES: [(u32, bool, usize); 8] = [
    (0x3900_0022, true, 1),
    (0x7900_0022, true, 2),
    (0xb900_0022, true, 4),
    (0xf900_0022, true, 8),
    (0x3940_0023, false, 1),
    (0x7940_0023, false, 2),
    (0xb940_0023, false, 4),
    (0xf940_0023, false, 8),
];
/// Where a lane's addresses and values stand, one pair for each access.
const TABLE: u64 = 0xc0_0000_0000;

/// A lane's memory as anybody would write it down.
#[derive(Clone, Default)]
struct Model {
    pages: BTreeMap<u64, (Permissions, Vec<u8>)>,
}

impl Model {
    fn map(&mut self, start: u64, pages: u64, permissions: Permissions, byte: impl Fn(u64) -> u8) {
        for page in start / PAGE_SIZE..start / PAGE_SIZE + pages {
            let bytes = (page * PAGE_SIZE..(page + 1) * PAGE_SIZE).map(&byte).collect();
            self.pages.insert(page, (permissions, bytes));
        }
    }

    /// The access, or where it faults and why.
    fn access(&mut self, address: u64, store: bool, size: usize, value: u64) -> Result<u64, (u64, FaultCause)> {
        let wanted = if store { Permissions::WRITE } else { Permissions::READ };
        for at in address..address + size as u64 {
            match self.pages.get(&(at / PAGE_SIZE)) {
                None => return Err((at, FaultCause::Unmapped)),
                Some((permissions, _)) if !permissions.contains(wanted) => return Err((at, FaultCause::NotPermitted)),
                Some(_) => {}
            }
        }
        let mut loaded = [0; 8];
        for (n, loaded) in loaded.iter_mut().enumerate().take(size) {
            let at = address + n as u64;
            let page = &mut self.pages.get_mut(&(at / PAGE_SIZE)).expect("it is mapped").1;
            if store {
                page[(at % PAGE_SIZE) as usize] = value.to_le_bytes()[n];
            } else {
                *loaded = page[(at % PAGE_SIZE) as usize];
            }
        }
        Ok(u64::from_le_bytes(loaded))
    }
}

/// What the image holds at an address.
fn image_byte(address: u64) -> u8 {
    (address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

/// Regions wherever programs have them: beside the code, a heap, mappings, the stack, the last page there is.
const PLACES: [u64; 6] = [0x40_2000, 0x1234_5000, 0xc0_0010_0000, 0x7fff_ffff_0000, 0xffff_ffff_8000, 0x5_5555_5000];

#[test]
fn random_accesses_do_what_the_model_does() {
    let gpu = gpu();
    let seed = seed();
    let mut rng = Rng::new(seed, "memory");
    for case in 0..12 {
        let lanes = [1, 2, 5, 31, 32, 33, 64, 70, 97][rng.below(9) as usize] as u32;
        // A group may write to all pages that it has.
        let (name, bank, of_gpu) = ROOMS[rng.below(4) as usize];
        let which = (name, bank.map(|bytes| bytes * 4), of_gpu.map(|bytes| bytes * 3));
        let width = [None, None, Some(1), Some(8)][rng.below(4) as usize].filter(|width| *width <= lanes);
        let what = format!("seed {seed}, case {case}: {lanes} lanes, {}, width {width:?}", which.0);
        let accesses: Vec<usize> = (0..150).map(|_| rng.below(ACCESSES.len() as u64) as usize).collect();
        let mut words = Vec::new();
        for access in &accesses {
            // ldr x1, [x0], #16 ; ldur x2, [x0, #-8] ; the access ; eor x9, x3, x9, ror #63
            words.extend([0xf841_0401, 0xf85f_8002, ACCESSES[*access].0, 0xcac9_fc69]);
        }
        words.push(HALT);
        let code = bytes(&words);

        let permissions = |rng: &mut Rng| {
            let some = [
                Permissions::READ,
                Permissions::READ_WRITE,
                Permissions::READ_WRITE,
                Permissions::NONE,
                Permissions::WRITE,
            ];
            some[rng.below(5) as usize]
        };
        let image_place = PLACES[rng.below(6) as usize];
        let image_pages = 1 + rng.below(3);
        let image: Vec<u8> = (image_place..image_place + image_pages * PAGE_SIZE).map(image_byte).collect();
        let mut machine =
            room(Machine::builder().gpu(gpu.clone()), which).group_width(width).lanes(lanes).build().unwrap();
        let segments = [
            Segment { address: CODE, bytes: &code, memory_size: 0, permissions: Permissions::READ_EXECUTE },
            Segment { address: image_place, bytes: &image, memory_size: 0, permissions: Permissions::READ_WRITE },
        ];
        machine.load_segments(&segments, &Layout::default()).unwrap();

        // A few address spaces, each of some lanes.
        let mut spaces = Vec::new();
        for _ in 0..3 {
            let mut layout = machine.layout(0).unwrap().clone();
            let mut model = Model::default();
            model.map(image_place, image_pages, Permissions::READ_WRITE, image_byte);
            for place in PLACES.into_iter().filter(|place| *place != image_place) {
                for part in 0..rng.below(4) {
                    let start = place + part * 2 * PAGE_SIZE;
                    let (pages, permissions) = (1 + rng.below(2), permissions(&mut rng));
                    layout.map(start, start + pages * PAGE_SIZE, permissions);
                    model.map(start, pages, permissions, |_| 0);
                }
            }
            layout.map(TABLE, TABLE + PAGE_SIZE, Permissions::READ);
            spaces.push((layout, model));
        }
        let mut models: Vec<Model> = Vec::new();
        let mut tables = Vec::new();
        for lane in 0..lanes {
            let (layout, model) = &spaces[rng.below(3) as usize];
            machine.set_layout(lane, layout.clone(), &[]).unwrap();
            machine.set_pc(lane, CODE).unwrap();
            machine.set_register(lane, 0, TABLE).unwrap();
            let pages: Vec<u64> = model.pages.keys().copied().collect();
            for _ in &accesses {
                // Mostly what is mapped, often across the end of a page.
                let page = pages[rng.below(pages.len() as u64) as usize] * PAGE_SIZE;
                let offset = match rng.below(4) {
                    0 => PAGE_SIZE - 1 - rng.below(8),
                    1 => rng.below(64) * 8,
                    _ => rng.below(PAGE_SIZE),
                };
                tables.extend((page + offset).to_le_bytes());
                tables.extend(rng.bits().to_le_bytes());
            }
            models.push(model.clone());
        }
        let row_bytes = 16 * accesses.len() as u32;
        machine.write_rows(TABLE, row_bytes, &tables, 0).unwrap();
        let cycles = 4 * accesses.len() as u64;
        // In one go or in parts.
        machine.execute(rng.below(cycles)).unwrap();
        let report = machine.execute(1 << 20).unwrap();

        for (lane, model) in (0..lanes).zip(&mut models) {
            let table = &tables[(lane * row_bytes) as usize..][..row_bytes as usize];
            let mut hash = 0u64;
            let mut last = 0;
            let mut expected = StopReason::Halt { immediate: 0 };
            for (pair, access) in table.chunks(16).zip(&accesses) {
                let word = |n: usize| u64::from_le_bytes(pair[n..n + 8].try_into().unwrap());
                let (_, store, size) = ACCESSES[*access];
                match model.access(word(0), store, size, word(8)) {
                    Ok(loaded) if !store => last = loaded,
                    Ok(_) => {}
                    Err((address, cause)) => {
                        let access = if store { Access::Write } else { Access::Read };
                        expected = StopReason::MemoryFault { address, access, cause };
                        break;
                    }
                }
                hash = last ^ hash.rotate_right(63);
            }
            assert_eq!(report.stops[lane as usize].reason, expected, "{what}, lane {lane}");
            assert_eq!(machine.register(lane, 9).unwrap(), hash, "{what}, lane {lane}");
            let spans: Vec<_> = model.pages.keys().map(|page| (lane, page * PAGE_SIZE, PAGE_SIZE as u32)).collect();
            let contents = machine.read_many(&spans, Checks::Host).unwrap();
            for ((page, (_, expected)), got) in model.pages.iter().zip(contents) {
                assert!(*expected == got, "{what}, lane {lane}, page {:#x}", page * PAGE_SIZE);
            }
        }
    }
}

#[test]
fn lanes_that_have_ended_keep_their_output_when_their_bank_is_parted() {
    let program = elf("bench_memory.O2.elf");
    let lanes = 8192;
    let builder = Machine::builder().gpu(gpu()).lanes(lanes).memory_size((16 << 10) + (8 << 20));
    let mut machine = builder.build().unwrap();
    // Pools begin with what the run before needed, so that lanes do not run dry in step.
    for run in 0..4 {
        let mut process = Command::new("bench").arguments(["fill", "16"]).start(machine, &program).unwrap();
        process.run(u64::MAX).unwrap();
        let expected = process.stdout(0).bytes().to_vec();
        assert!(expected.starts_with(b"fill "), "run {run}");
        for lane in 1..lanes {
            assert_eq!(process.stdout(lane).bytes(), expected, "run {run}, lane {lane}");
        }
        machine = process.into_machine();
    }
}

/// A guest may name a range of any size; what is dropped is what the lane has in it.
#[test]
fn a_range_of_terabytes_is_dropped_at_once() {
    const LOW: u64 = 0x1_0000;
    const HIGH: u64 = 0x7000_0000_0000;
    let mut machine = Machine::builder().lanes(3).memory_size(1 << 20).build().unwrap();
    let mut layout = Layout::default();
    layout.map(LOW, LOW + 2 * PAGE_SIZE, Permissions::READ_WRITE);
    layout.map(HIGH, HIGH + PAGE_SIZE, Permissions::READ_WRITE);
    let places = [LOW, LOW + PAGE_SIZE, HIGH];
    for lane in 0..3 {
        machine.set_layout(lane, layout.clone(), &[]).unwrap();
        for place in places {
            machine.write_memory(lane, place, &[7; 8]).unwrap();
        }
    }
    // Over 2^32 pages, from the second page on and to just before the last.
    machine.set_layout(1, layout, std::slice::from_ref(&(LOW + PAGE_SIZE..HIGH))).unwrap();
    for lane in 0..3 {
        let read = places.map(|place| {
            let mut bytes = [0xff; 8];
            machine.read_memory(lane, place, &mut bytes).unwrap();
            bytes
        });
        let expected = if lane == 1 { [[7; 8], [0; 8], [7; 8]] } else { [[7; 8]; 3] };
        assert_eq!(read, expected, "lane {lane}");
    }
}

/// Pages move by looking at the slots that there are, and none is made for what was never written.
#[test]
fn pages_move_with_what_they_hold() {
    const LANES: u32 = 70;
    const FROM: u64 = 0x10_0000_0000;
    const TO: u64 = 0x7000_0000_0000;
    const LENGTH: u64 = 1 << 40;
    let gpu = gpu();
    for which in ROOMS {
        let (name, ..) = which;
        let mut machine = room(Machine::builder().gpu(gpu.clone()).lanes(LANES), which).build().unwrap();
        let mut layout = Layout::default();
        layout.map(FROM, FROM + LENGTH, Permissions::READ_WRITE);
        layout.map(TO, TO + PAGE_SIZE, Permissions::READ_WRITE);
        let places = |lane: u32| [0, u64::from(lane % 2) * PAGE_SIZE + (3 << 30), LENGTH - PAGE_SIZE];
        let value = |lane: u32, n: usize| [lane as u8, n as u8, 1, 2];
        for lane in 0..LANES {
            machine.set_layout(lane, layout.clone(), &[]).unwrap();
            for (n, place) in places(lane).into_iter().enumerate() {
                machine.write_memory(lane, FROM + place, &value(lane, n)).unwrap();
            }
            // What is in the way is dropped.
            machine.write_memory(lane, TO, b"gone").unwrap();
        }
        let moves = |lane: u32| lane % 3 == 1;
        for lane in (0..LANES).filter(|lane| moves(*lane)) {
            let mut layout = layout.clone();
            layout.move_pages(FROM, FROM + LENGTH, TO);
            machine.set_layout(lane, layout, std::slice::from_ref(&(TO..TO + LENGTH))).unwrap();
            machine.move_pages(lane, FROM..FROM + LENGTH, TO).unwrap();
        }
        for lane in 0..LANES {
            let start = if moves(lane) { TO } else { FROM };
            for (n, place) in places(lane).into_iter().enumerate() {
                let mut found = [0xff; 4];
                machine.read_memory(lane, start + place, &mut found).unwrap();
                assert_eq!(found, value(lane, n), "{name}, lane {lane}, page {n}");
            }
            let mut other = [0xff; 4];
            let elsewhere = machine.read_memory(lane, if moves(lane) { FROM } else { TO }, &mut other);
            assert_eq!((elsewhere.is_err(), &other == b"gone"), (moves(lane), !moves(lane)), "{name}, lane {lane}");
        }
        let own = (0..LANES).map(|lane| if moves(lane) { 3 } else { 4 }).sum::<u64>();
        assert_eq!(machine.memory_use().unwrap().copied_pages, own, "{name}");
    }
}
