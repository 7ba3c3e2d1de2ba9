//! Copying pages ahead changes no bit of any result, and does what it is for.

use crate::support::cases::{Case, cases};
use crate::support::rng::Rng;
use crate::support::{self, bytes, seed};
use kvrm::gpu::Gpu;
use kvrm::machine::{
    Checks, Fate, LaneSet, Layout, Machine, MachineBuilder, MemoryWork, PAGE_SIZE, Permissions, Prefetch, RegisterFile,
    Segment, Stop, StopReason, Translate,
};
use kvrm::neural::{MEMORY_ORACLE, Weights};
use std::sync::LazyLock;
use std::time::Duration;

static GPU: LazyLock<Gpu> = LazyLock::new(support::gpu);

/// And whether lanes leave slices.
const MODES: [(Prefetch, bool); 5] = [
    (Prefetch::Count, false),
    (Prefetch::NextLine, false),
    (Prefetch::NextLine, true),
    (Prefetch::Stride, false),
    (Prefetch::Stride, true),
];

/// From the first page on.
fn ahead(builder: MachineBuilder, (mode, leaves): (Prefetch, bool)) -> MachineBuilder {
    builder.prefetch(mode).prefetch_patience(Some(Duration::ZERO)).leave_slices(Some(leaves))
}

/// Weights of the memory oracle that mean nothing: random ones, one value, and the largest, which make infinities and NaNs
/// inside.
fn oracles() -> Vec<(&'static str, Weights)> {
    let mut rng = Rng::new(5, "oracle");
    let count = MEMORY_ORACLE.parameters();
    let mut random = |scale: f32| -> Vec<f32> {
        (0..count).map(|_| ((rng.bits() >> 40) as f32 / (1 << 23) as f32 - 1.0) * scale).collect()
    };
    let sets =
        [("random", random(1.0)), ("small", random(0.1)), ("0.25", vec![0.25; count]), ("MAX", vec![f32::MAX; count])];
    sets.into_iter()
        .map(|(name, weights)| (name, Weights::built_in().with(&MEMORY_ORACLE, &weights).unwrap()))
        .collect()
}

/// Follows a script at x9: rows of an address, a step and a count, of which 0 ends it. At each address of a row a word
/// is taken into x4 and x4 stored; at x8, which goes along with x0, words are only read.
const WALK: [u32; 15] = [
    0xf8408520, // ldr x0, [x9], #8
    0xf8408521, // ldr x1, [x9], #8
    0xf8408522, // ldr x2, [x9], #8
    0xb4000182, // cbz x2, halt
    0xaa0003e8, // mov x8, x0
    0xf9400005, // ldr x5, [x0]
    0x8b050084, // add x4, x4, x5
    0xf9000004, // str x4, [x0]
    0xf9400106, // ldr x6, [x8]
    0x8b060084, // add x4, x4, x6
    0x8b010000, // add x0, x0, x1
    0xaa0003e8, // mov x8, x0
    0xf1000442, // subs x2, x2, #1
    0x54ffff01, // b.ne -8
    0x17fffff2, // b -14
];
const HALT: u32 = 0xd440_0000;
const CODE: u64 = 0x40_0000;
/// Data of the image, more code behind it that is writable, a page that is not, a gap, zeros, and scripts.
const DATA: u64 = 0x50_0000;
const DATA_PAGES: u64 = 48;
const WRITABLE_CODE: u64 = DATA + DATA_PAGES * PAGE_SIZE;
const FIXED: u64 = WRITABLE_CODE + 2 * PAGE_SIZE;
const ZEROS: u64 = 0x80_0000;
const ZERO_PAGES: u64 = 160;
const SCRIPTS: u64 = 0x10_0000_0000;
const ROWS: u64 = 9;

type Script = Vec<[u64; 3]>;

fn random_script(rng: &mut Rng) -> Script {
    let row = |rng: &mut Rng| {
        let step = rng.pick(&[8i64, 16, 48, 520, 4096, 4096, 5000, 8192, 12_288, -8, -4096, -5000]);
        let (start, pages) = rng.pick(&[(DATA, DATA_PAGES), (ZEROS, ZERO_PAGES), (ZEROS, ZERO_PAGES)]);
        let fit = pages * PAGE_SIZE / step.unsigned_abs();
        let count = (1 + rng.below(fit)).min(700);
        // Now and then it runs on behind the end, into code, or into what it may not write or has not.
        let count = if rng.one_in(12) { fit + 3 } else { count };
        let room = (pages * PAGE_SIZE).saturating_sub(count * step.unsigned_abs());
        let first = start + rng.below(room / 8 + 1) * 8;
        let address = if step < 0 { first + (count - 1) * step.unsigned_abs() } else { first };
        [address.min(start + (pages * PAGE_SIZE) - 8), step as u64, count]
    };
    let mut script: Script = (0..ROWS - 1).map(|_| row(rng)).collect();
    script.push([0; 3]);
    script
}

fn walking(builder: MachineBuilder, scripts: &[Script], data: &[u8]) -> Machine {
    let mut machine = builder.gpu(GPU.clone()).lanes(scripts.len() as u32).build().unwrap();
    let code = bytes(&[&WALK[..], &[HALT]].concat());
    let more_code = bytes(&[0xd503_201f; 2048]);
    let rows: Vec<u8> = scripts.iter().flatten().flatten().flat_map(|word| word.to_le_bytes()).collect();
    let segment = |address, bytes, permissions| Segment { address, bytes, memory_size: 0, permissions };
    let segments = [
        segment(CODE, &code, Permissions::READ_EXECUTE),
        segment(DATA, data, Permissions::READ_WRITE),
        segment(WRITABLE_CODE, &more_code, Permissions::ALL),
        segment(FIXED, &[7; PAGE_SIZE as usize], Permissions::READ),
        segment(SCRIPTS, &rows, Permissions::READ),
    ];
    let mut extra = Layout::default();
    extra.map(ZEROS, ZEROS + ZERO_PAGES * PAGE_SIZE, Permissions::READ_WRITE);
    machine.load_segments(&segments, &extra).unwrap();
    for lane in 0..scripts.len() as u32 {
        machine.set_pc(lane, CODE).unwrap();
        machine.set_register(lane, 4, u64::from(lane) << 32 | 1).unwrap();
        machine.set_register(lane, 9, SCRIPTS + u64::from(lane) * ROWS * 24).unwrap();
    }
    machine
}

#[derive(Debug, PartialEq)]
struct End {
    stop: Stop,
    registers: RegisterFile,
    memory: Vec<u8>,
}

fn ends(machine: &mut Machine) -> Vec<End> {
    let lanes = 0..machine.lanes();
    let end = |lane| {
        let regions = machine.layout(lane).unwrap().regions().to_vec();
        let spans: Vec<_> =
            regions.iter().map(|region| (lane, region.start, (region.end - region.start) as u32)).collect();
        End {
            stop: machine.stop(lane).unwrap(),
            registers: machine.registers(lane).unwrap(),
            memory: machine.read_many(&spans, Checks::Host).unwrap().concat(),
        }
    };
    lanes.map(end).collect()
}

fn compare(expected: &[End], found: &[End], what: &str) {
    for (lane, (expected, found)) in expected.iter().zip(found).enumerate() {
        assert_eq!(expected.stop, found.stop, "{what}, lane {lane}");
        assert_eq!(expected.registers, found.registers, "{what}, lane {lane}");
        let differs = expected.memory.iter().zip(&found.memory).position(|(a, b)| a != b);
        assert_eq!(differs, None, "{what}, lane {lane}: byte of its memory that differs");
    }
}

/// Runs, writes from the host, goes back with some lanes, forks, and what lanes look like at the end of each part; and
/// the pages that they have of their own.
fn life(mut machine: Machine, rng: &mut Rng, what: &str) -> (Machine, Vec<Vec<End>>, Vec<u64>) {
    let lanes = machine.lanes();
    let (mut all, mut pages) = (Vec::new(), Vec::new());
    let mut note = |machine: &mut Machine| {
        all.push(ends(machine));
        pages.push(machine.memory_use().unwrap().copied_pages);
    };
    machine.execute(1 + rng.below(900)).unwrap();
    machine.mark_start().unwrap();
    for lane in 1..lanes {
        machine.set_register(lane, 9, SCRIPTS + u64::from(lane) * ROWS * 24).unwrap();
    }
    machine.execute(2000 + rng.below(4000)).unwrap();
    note(&mut machine);
    let bytes = rng.bytes(9000);
    let at = ZEROS + rng.below(100) * PAGE_SIZE + 100;
    let writes: Vec<_> = (0..lanes).step_by(3).map(|lane| (lane, at, &bytes[..])).collect();
    machine.write_many(&writes, Checks::Host).unwrap();
    let some: LaneSet = (0..lanes).filter(|_| rng.one_in(3)).collect();
    machine.restore(&some).unwrap();
    machine.execute(1500 + rng.below(2000)).unwrap();
    let dropped = ZEROS + 20 * PAGE_SIZE..ZEROS + 60 * PAGE_SIZE;
    for lane in (0..lanes).filter(|lane| lane % 4 == 1) {
        let layout = machine.layout(lane).unwrap().clone();
        machine.set_layout(lane, layout, std::slice::from_ref(&dropped)).unwrap();
    }
    machine.execute(u64::MAX >> 1).unwrap();
    note(&mut machine);
    machine.restore_ahead().unwrap();
    machine.execute(3000).unwrap();
    let snapshot = machine.snapshot(lanes / 2).unwrap();
    machine.fork(&snapshot).unwrap();
    machine.execute(u64::MAX >> 1).unwrap();
    note(&mut machine);
    assert!(
        all.iter().flatten().all(|end| end.stop.reason != StopReason::CycleLimit || end.stop.retired != 0),
        "{what}"
    );
    (machine, all, pages)
}

#[test]
fn random_walks_end_alike_in_every_mode() {
    let seed = seed();
    let mut used = [0; MODES.len()];
    for (round, lanes) in [1usize, 3, 40, 70].into_iter().enumerate() {
        let mut rng = Rng::new(seed, &format!("walks {round}"));
        let data = rng.bytes((DATA_PAGES * PAGE_SIZE) as usize);
        let common = random_script(&mut rng);
        let scripts: Vec<Script> =
            (0..lanes).map(|_| if rng.one_in(4) { random_script(&mut rng) } else { common.clone() }).collect();
        let slice = rng.pick(&[50, 300, 2000]);
        let width = rng.pick(&[None, None, Some(8)]);
        // Where there are many lanes they are in banks that take turns. A group may write 212 pages.
        let small = (lanes == 70).then_some(64 << 20);
        let build = || {
            Machine::builder()
                .slice_cycles(Some(slice))
                .group_width(width)
                .gpu_memory(small)
                .bank_memory(small.map(|bytes| bytes / 2))
        };
        let what = format!("seed {seed}, {lanes} lanes, slices of {slice}");
        let life_seed = rng.bits();
        let (_, expected, own) = life(walking(build(), &scripts, &data), &mut Rng::new(life_seed, "life"), &what);
        for (mode, used) in MODES.into_iter().zip(&mut used) {
            let what = format!("{what}, {mode:?}");
            let machine = walking(ahead(build(), mode), &scripts, &data);
            let (machine, found, pages) = life(machine, &mut Rng::new(life_seed, "life"), &what);
            for (expected, found) in expected.iter().zip(&found) {
                compare(expected, found, &what);
            }
            assert_eq!(own, pages, "{what}: pages of the lanes' own");
            *used += machine.memory_work().ahead_used;
        }
    }
    assert_eq!(used[0], 0, "nothing is copied ahead where accesses are only counted");
    assert!(used[1..].iter().all(|used| *used > 0), "pages were copied ahead and used: {used:?}");
}

#[test]
fn random_walks_end_alike_whatever_the_oracle_says() {
    let seed = seed();
    for (name, weights) in oracles() {
        let mut rng = Rng::new(seed, name);
        let data = rng.bytes((DATA_PAGES * PAGE_SIZE) as usize);
        let common = random_script(&mut rng);
        let scripts = [vec![common; 30], vec![random_script(&mut rng); 3]].concat();
        let build = || Machine::builder().slice_cycles(Some(1000));
        let what = format!("seed {seed}, weights {name}");
        let life_seed = rng.bits();
        let (_, expected, own) = life(walking(build(), &scripts, &data), &mut Rng::new(life_seed, "life"), &what);
        for leaves in [false, true] {
            let builder = ahead(build(), (Prefetch::Oracle, leaves)).weights(weights.clone()).oracle_price(Some(0));
            let (_, found, pages) = life(walking(builder, &scripts, &data), &mut Rng::new(life_seed, "life"), &what);
            for (expected, found) in expected.iter().zip(&found) {
                compare(expected, found, &what);
            }
            assert_eq!(own, pages, "{what}: pages of the lanes' own");
        }
    }
}

#[test]
fn what_is_copied_ahead_keeps_no_lane_from_a_frame() {
    // Each lane writes 60 pages one after the other, and that is nearly all that there is room for.
    let scripts = vec![vec![[ZEROS, 4096, 60], [0; 3], [0; 3], [0; 3], [0; 3], [0; 3], [0; 3], [0; 3], [0; 3]]; 96];
    let data = vec![1; (DATA_PAGES * PAGE_SIZE) as usize];
    let run = |mode, bytes: u64| {
        let builder = ahead(Machine::builder().slice_cycles(Some(40)), mode);
        let builder = builder.gpu_memory(Some(bytes)).bank_memory(Some(bytes)).host_memory(Some(0));
        let mut machine = walking(builder, &scripts, &data);
        let stops = machine.execute(1 << 20).unwrap().stops;
        let dry = stops.iter().any(|stop| matches!(stop.reason, StopReason::PoolExhausted { .. }));
        (dry, machine.memory_work().ahead_used)
    };
    let mut fits = 0;
    for megabytes in [20, 26, 30, 36, 44, 56, 70, 90] {
        let (dry, _) = run((Prefetch::Off, false), megabytes << 20);
        for mode in &MODES[1..] {
            let mode = *mode;
            let (dry_ahead, _) = run(mode, megabytes << 20);
            assert!(dry || !dry_ahead, "{mode:?}: lanes find no frame in {megabytes} MiB, though they do without");
        }
        fits += u32::from(!dry);
    }
    assert!((1..8).contains(&fits), "{fits} of 8 sizes were enough");
}

#[test]
fn walks_are_foreseen() {
    // Pages by slices of four to five.
    for (step, count, slice) in [(4096u64, 40, 40), (8, 40 * 512, 10_000), (12_288, 40, 40), (5000, 40, 40)] {
        let script = [vec![[ZEROS, step, count]], vec![[0; 3]; ROWS as usize - 1]].concat();
        let data = vec![1; (DATA_PAGES * PAGE_SIZE) as usize];
        let run = |mode| {
            let builder = ahead(Machine::builder().slice_cycles(Some(slice)), mode);
            let mut machine = walking(builder, &vec![script.clone(); 33], &data);
            machine.execute(u64::MAX >> 1).unwrap();
            machine
        };
        let off = run((Prefetch::Count, false)).memory_work();
        assert_eq!((off.stalls, off.ahead), (33 * 40, 0), "step {step}");
        // Which lane of a group comes to a page first differs from run to run, and with it how much is foreseen: half of it
        // in one of three runs at the least. All else holds in each.
        let mut foreseen = false;
        for _ in 0..3 {
            let mut machine = run((Prefetch::Stride, false));
            let work = machine.memory_work();
            foreseen |= work.stalls * 2 < off.stalls;
            assert_eq!(work.stalls + work.ahead_used, off.stalls, "step {step}: {work:?}");
            assert!(
                work.ahead >= work.ahead_used && work.misses <= off.misses + 33 * 40,
                "step {step}: {work:?}, {off:?}"
            );
            let predictions = machine.foreseen(0).unwrap();
            assert!(predictions.iter().any(|prediction| prediction.fate == Fate::Used), "step {step}: {predictions:?}");
            let inside = |address: u64| address >= ZEROS && (address - ZEROS).is_multiple_of(step.max(4096));
            assert!(predictions.iter().all(|prediction| inside(prediction.address)), "step {step}: {predictions:?}");
        }
        assert!(foreseen, "step {step}: {off:?} without");
    }
}

#[test]
fn lanes_that_leave_slices_find_what_comes_next_copied() {
    // A slice is longer than the program: without leaving it nothing would be foreseen.
    for (step, count, lanes, first) in [(4096u64, 160, 1, 30), (8192, 80, 2, 30), (8, 160 * 512, 1, 15_000)] {
        let script = [vec![[ZEROS, step, count]], vec![[0; 3]; ROWS as usize - 1]].concat();
        let data = vec![1; (DATA_PAGES * PAGE_SIZE) as usize];
        let run = |leaves| {
            let builder = Machine::builder().slice_cycles(Some(1 << 26));
            let mut machine = walking(ahead(builder, (Prefetch::Stride, leaves)), &vec![script.clone(); lanes], &data);
            // Three pages to go by.
            machine.execute(first).unwrap();
            machine.execute(u64::MAX >> 1).unwrap();
            machine.memory_work()
        };
        let (stays, leaves) = (run(false), run(true));
        let pages = count * step.min(4096) / 4096 * lanes as u64;
        assert!(stays.stalls * 2 > pages, "step {step}: {stays:?}");
        assert!(leaves.stalls * 5 < pages, "step {step}: {leaves:?}");
        assert_eq!(leaves.stalls + leaves.ahead_used, pages, "step {step}: {leaves:?}");
        assert!((2..12).contains(&leaves.leaves), "step {step}: {leaves:?}");
    }
}

/// Runs a loop of two lanes until it ends; `first` so many instructions of it.
fn run_loop(builder: MachineBuilder, code: &[u32], registers: &[(u32, u64)], first: u64) -> Machine {
    let mut machine = builder.gpu(GPU.clone()).lanes(2).memory_size(4 << 20).build().unwrap();
    machine.load_program(&bytes(code), CODE_OF_LOOPS).unwrap();
    for lane in 0..2 {
        machine.set_pc(lane, CODE_OF_LOOPS).unwrap();
        for (n, value) in registers {
            machine.set_register(lane, *n, *value).unwrap();
        }
    }
    // A page for which the passes are compiled.
    machine.execute(first).unwrap();
    let report = machine.execute(1 << 20).unwrap();
    assert!(report.stops.iter().all(|stop| matches!(stop.reason, StopReason::Halt { .. })), "{report:?}");
    machine
}

const CODE_OF_LOOPS: u64 = 0x1000;

#[test]
fn instructions_that_take_turns_are_foreseen() {
    let code = [
        0xf900_00e4, // str x4, [x7]
        0xd503_201f, // nop
        0xd503_201f, // nop
        0xd503_201f, // nop
        0xf900_0004, // str x4, [x0]
        0xf900_0024, // str x4, [x1]
        0x8b02_0000, // add x0, x0, x2
        0x8b03_0021, // add x1, x1, x3
        0xf100_04a5, // subs x5, x5, #1
        0x54ff_ff61, // b.ne -5
        HALT,
    ];
    let registers = [(0, 1 << 20), (1, 2 << 20), (2, 4096), (3, 12_288), (5, 150), (7, 1 << 19)];
    let builder = ahead(Machine::builder().slice_cycles(Some(1 << 26)), (Prefetch::Stride, true));
    let work = run_loop(builder, &code, &registers, 4).memory_work();
    assert_eq!(work.stalls + work.ahead_used, 2 * 301, "{work:?}");
    assert!(work.stalls * 5 < 2 * 300, "{work:?}");
}

#[test]
fn the_network_is_asked_as_often_as_it_may_pay() {
    // All pages of 2 MiB in an order that the table does not know.
    let code = [
        0x9b01_0800, // madd x0, x0, x1, x2
        0x8a03_0006, // and x6, x0, x3
        0xf826_68e4, // str x4, [x7, x6]
        0xf100_04a5, // subs x5, x5, #1
        0x54ff_ff81, // b.ne -4
        HALT,
    ];
    let registers = [(1, 5), (2, 3 << 12), (3, 511 << 12), (5, 512), (7, 1 << 20)];
    let asked = |price| {
        let builder = ahead(Machine::builder().slice_cycles(Some(40)), (Prefetch::Oracle, false));
        let work = run_loop(builder.oracle_price(price), &code, &registers, 4).memory_work();
        assert_eq!(work.stalls + work.ahead_used, 2 * 512, "{work:?}");
        work.asked
    };
    let (always, sometimes, never) = (asked(Some(0)), asked(Some(64)), asked(Some(u32::MAX)));
    assert!(always > 40, "{always} times");
    // At 64 pages, and where that brings nothing at 128 more, and at 256.
    assert!((2..=8).contains(&sometimes), "{sometimes} times");
    assert_eq!(never, 0);
}

#[test]
fn predictions_come_to_each_of_four_ends() {
    let row = |page: u64, step: i64, count| [ZEROS + page * PAGE_SIZE, (step * 4096) as u64, count];
    // Walks that end before a prediction comes true, one down, from what was written before, and the last page there is.
    let script = vec![
        row(100, 1, 12),
        row(159, 1, 1),
        row(30, -1, 8),
        row(60, 1, 2),
        row(70, 1, 2),
        row(80, 1, 3),
        row(90, 1, 2),
        row(130, 1, 12),
        [0; 3],
    ];
    let data = vec![1; (DATA_PAGES * PAGE_SIZE) as usize];
    for leaves in [false, true] {
        let builder = ahead(Machine::builder().slice_cycles(Some(16)), (Prefetch::NextLine, leaves));
        let mut machine = walking(builder, std::slice::from_ref(&script), &data);
        machine.execute(u64::MAX >> 1).unwrap();
        let MemoryWork { used, late, wrong, dropped, ahead_used, .. } = machine.memory_work();
        let ends = [used, late, wrong, dropped];
        assert!(ends.iter().all(|end| *end > 0), "used, late, wrong, dropped: {ends:?}");
        assert!(used <= ahead_used, "{used} of {ahead_used}");
    }
}

#[test]
fn programs_end_alike_in_every_mode() {
    let outcome = |mode, slice, lanes, case: &Case, file: &std::path::Path| {
        let machine = Machine::builder().gpu(GPU.clone()).lanes(lanes).slice_cycles(Some(slice));
        let machine = ahead(machine, mode).build().unwrap();
        let mut process = case.command().start(machine, &std::fs::read(file).unwrap()).unwrap();
        process.run(1_000_000).unwrap();
        let outputs = [process.stdout(0), process.stderr(0)].map(|output| output.bytes().to_vec());
        let mut machine = process.into_machine();
        (outputs, ends(&mut machine))
    };
    let names = ["bench_memory", "jit", "mappings", "heap", "sort_lines", "lists", "unmapped_write", "stack_overflow"];
    for case in cases().into_iter().filter(|case| names.contains(&&case.program[..])) {
        let (_, file) = case.files().pop().unwrap();
        let (outputs, expected) = outcome((Prefetch::Off, false), 5000, 2, &case, &file);
        for mode in [(Prefetch::NextLine, false), (Prefetch::Stride, true)] {
            let (found_outputs, found) = outcome(mode, 1500, 2, &case, &file);
            assert_eq!(outputs, found_outputs, "{}, {mode:?}", case.name);
            compare(&expected, &found, &format!("{}, {mode:?}", case.name));
        }
    }
}

#[test]
fn translated_walks_end_alike() {
    let row = |page: u64, step: u64, count: u64| [ZEROS + page * PAGE_SIZE, step, count];
    let script =
        [vec![row(0, 4096, 60), row(70, 8192, 40), row(70, 8, 9000)], vec![[0; 3]; ROWS as usize - 3]].concat();
    let data = vec![1; (DATA_PAGES * PAGE_SIZE) as usize];
    let run = |builder: MachineBuilder| {
        let mut machine = walking(builder.slice_cycles(Some(3000)), &vec![script.clone(); 3], &data);
        machine.execute(u64::MAX >> 1).unwrap();
        machine
    };
    let expected = ends(&mut run(Machine::builder()));
    let builder = ahead(Machine::builder(), (Prefetch::Stride, true)).translate(Translate::All);
    let mut machine = run(builder);
    assert!(machine.translation().is_some_and(|report| report.blocks > 0), "{:?}", machine.translation());
    let work = machine.memory_work();
    assert!(work.ahead_used > 100 && work.leaves > 0, "{work:?}");
    compare(&expected, &ends(&mut machine), "translated");
}

#[test]
fn pages_begin_to_be_copied_while_a_program_runs() {
    let script = [vec![[ZEROS, 4096, 150]], vec![[0; 3]; ROWS as usize - 1]].concat();
    let data = vec![1; (DATA_PAGES * PAGE_SIZE) as usize];
    let builder = || Machine::builder().slice_cycles(Some(400));
    let mut plain = walking(builder(), std::slice::from_ref(&script), &data);
    plain.execute(u64::MAX >> 1).unwrap();
    let patient = builder().prefetch(Prefetch::Stride).prefetch_patience(Some(Duration::from_millis(1)));
    let mut machine = walking(patient.leave_slices(Some(true)), &[script], &data);
    machine.mark_start().unwrap();
    let mut rounds = 0;
    while machine.memory_work().ahead_used == 0 {
        rounds += 1;
        assert!(rounds < 200, "{:?}", machine.memory_work());
        machine.restore(&LaneSet::all()).unwrap();
        machine.execute(u64::MAX >> 1).unwrap();
        while machine.is_preparing_prefetch() {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    assert!(rounds > 1, "nothing is copied before there is what copies it");
    compare(&ends(&mut plain), &ends(&mut machine), "after a while");
}
