//! Loops that run as a whole leave what interpreting them leaves, to the bit.

use crate::support::cases::folder;
use crate::support::random_loops::{DATA, DATA_BYTES, Loop, READ_ONLY, random_data, random_loop};
use crate::support::rng::Rng;
use crate::support::{asm, bytes, gpu, number, seed};
use kvrm::gpu::Gpu;
use kvrm::isa::disassemble;
use kvrm::machine::{HotLoop, Layout, Loops, Machine, Permissions, Refusal, RegisterFile, Segment, Stop, StopReason};
use kvrm::neural::{LoopNetwork, Weights};
use std::time::Duration;

const CODE: u64 = 0x1_0000;
const CODE_OF_EACH: u64 = 64;
const LIMIT: u64 = 40_000;
const LANES: u32 = 128;

/// All that a lane leaves behind.
#[derive(Debug, PartialEq)]
struct End {
    stop: Stop,
    registers: RegisterFile,
    instruction: u32,
    data: Vec<u8>,
}

fn loop_weights(detector: &[f32], recognizer: &[f32]) -> Weights {
    let weights = Weights::built_in().with(LoopNetwork::Detector, detector).unwrap();
    weights.with(LoopNetwork::Recognizer, recognizer).unwrap()
}

/// Weights by chance, which judge loops by chance.
fn random_weights(rng: &mut Rng) -> Weights {
    let [detector, recognizer] = LoopNetwork::ALL.map(|network| {
        (0..network.parameters()).map(|_| (rng.below(2001) as f32 - 1000.0) * 2e-4).collect::<Vec<f32>>()
    });
    loop_weights(&detector, &recognizer)
}

/// Each loop in a lane, up to `limit` instructions.
fn run(gpu: &Gpu, loops: &[Loop], data: &[u8], mode: Loops, limit: u64) -> (Vec<End>, Vec<HotLoop>) {
    run_with(gpu, loops, data, mode, limit, None, Start::AtOnce)
}

/// When hot loops are noticed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Start {
    AtOnce,
    /// When lanes have retired so many instructions, some slices later.
    After(u64),
}

fn run_with(
    gpu: &Gpu,
    loops: &[Loop],
    data: &[u8],
    mode: Loops,
    limit: u64,
    weights: Option<Weights>,
    start: Start,
) -> (Vec<End>, Vec<HotLoop>) {
    let lanes = loops.len() as u32;
    let mut code = vec![0u8; loops.len() * CODE_OF_EACH as usize];
    for (program, place) in loops.iter().zip(code.chunks_mut(CODE_OF_EACH as usize)) {
        let bytes: Vec<u8> = program.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        place[..bytes.len()].copy_from_slice(&bytes);
    }
    let segment = |address, bytes, permissions| Segment { address, bytes, memory_size: 0, permissions };
    let (writable, constant) = data.split_at(DATA_BYTES as usize);
    let builder = Machine::builder().lanes(lanes).memory_size(1 << 20).group_width(Some(8)).gpu(gpu.clone());
    let builder = match weights {
        Some(weights) => builder.weights(weights),
        None => builder,
    };
    let patience = if start == Start::AtOnce { Duration::ZERO } else { Duration::from_nanos(1) };
    let mut machine = builder.loops(mode).loop_patience(Some(patience)).build().unwrap();
    let segments = [
        segment(CODE, &code[..], Permissions::READ_EXECUTE),
        segment(DATA, writable, Permissions::READ_WRITE),
        segment(READ_ONLY, constant, Permissions::READ),
    ];
    machine.load_segments(&segments, &Layout::default()).unwrap();
    for (lane, program) in (0..lanes).zip(loops) {
        machine.set_pc(lane, CODE + u64::from(lane) * CODE_OF_EACH).unwrap();
        for (n, value) in (0..32).zip(program.registers) {
            machine.set_register(lane, n, value).unwrap();
        }
    }
    let report = match start {
        Start::AtOnce => machine.execute(limit).unwrap(),
        // What runs loops is compiled while the lanes stand still, so that it takes over between two later slices.
        Start::After(first) => {
            machine.execute(first.min(limit)).unwrap();
            while machine.is_preparing_loops() {
                std::thread::sleep(Duration::from_millis(5));
            }
            machine.execute(limit - first.min(limit)).unwrap()
        }
    };
    let ends = (0..lanes).zip(report.stops).map(|(lane, stop)| {
        let mut bytes = vec![0xaa; data.len()];
        machine.read_memory(lane, DATA, &mut bytes).unwrap();
        End {
            stop,
            registers: machine.registers(lane).unwrap(),
            instruction: machine.last_instruction(lane).unwrap(),
            data: bytes,
        }
    });
    let ends = ends.collect();
    (ends, machine.hot_loops().unwrap())
}

fn compare(loops: &[Loop], expected: &[End], found: &[End], what: &str) {
    for ((program, expected), found) in loops.iter().zip(expected).zip(found) {
        if expected == found {
            continue;
        }
        let mut text = format!("{} ({what})\n", program.name);
        for word in &program.words {
            text.push_str(&format!("    {word:08x} {}\n", disassemble(*word, CODE)));
        }
        text.push_str(&format!("interpreted: {} retired {}\n", expected.stop, expected.stop.retired));
        text.push_str(&format!("found:       {} retired {}\n", found.stop, found.stop.retired));
        for (n, ((register, e), (_, f))) in expected.registers.iter().zip(found.registers.iter()).enumerate() {
            let mark = if e == f { ' ' } else { '*' };
            let start = program.registers.get(n).copied().unwrap_or(0);
            text.push_str(&format!(
                "{mark} {:<4} start {start:016x} interpreted {e:016x} found {f:016x}\n",
                register.name
            ));
        }
        if let Some(at) = (0..expected.data.len()).find(|at| expected.data[*at] != found.data[*at]) {
            let (e, f) = (expected.data[at], found.data[at]);
            text.push_str(&format!("memory differs first at {:#x}: {e:02x} {f:02x}\n", DATA + at as u64));
        }
        panic!("{text}");
    }
}

#[test]
fn random_loops_are_as_if_interpreted() {
    let seed = seed();
    let rounds = number("KVRM_LOOP_ROUNDS").unwrap_or(2);
    let gpu = gpu();
    let mut rng = Rng::new(seed, "loops");
    let mut skipped = 0;
    for round in 0..rounds {
        let data = random_data(&mut rng);
        let loops: Vec<Loop> = (0..LANES).map(|_| random_loop(&mut rng)).collect();
        let limit = LIMIT - rng.below(20_000);
        let (expected, _) = run(&gpu, &loops, &data, Loops::Off, limit);
        let by_chance = random_weights(&mut rng);
        let later = Start::After(1 + rng.below(15_000));
        for (mode, weights, start) in [
            (Loops::All, None, Start::AtOnce),
            (Loops::ProveOnly, None, Start::AtOnce),
            (Loops::On, None, Start::AtOnce),
            (Loops::On, Some(by_chance), Start::AtOnce),
            (Loops::All, None, later),
        ] {
            let random = weights.is_some();
            let what = format!("KVRM_SEED={seed}, round {round}, {mode:?}, {start:?}, random weights: {random}");
            let (found, hot) = run_with(&gpu, &loops, &data, mode, limit, weights, start);
            compare(&loops, &expected, &found, &what);
            skipped += hot.iter().map(|hot| hot.skipped).sum::<u64>();
        }
    }
    assert!(skipped > u64::from(LANES) * 2000, "hardly anything was run as a whole: {skipped} instructions");
}

/// Every known shape is proved and run as a whole where nothing stands in its way.
#[test]
fn known_shapes_are_run_as_a_whole() {
    let gpu = gpu();
    let mut rng = Rng::new(5, "data");
    let data = random_data(&mut rng);
    let mut registers = [0u64; 32];
    (registers[0], registers[1], registers[2], registers[4]) = (DATA, DATA + 0x8000, 7000, 0x5a);
    use crate::support::asm::*;
    let shapes: [(&'static str, Vec<u32>); 12] = [
        ("count", vec![add_imm(1, 5, 5, 3), subs_imm(1, 2, 2, 1), b_cond(1, -2)]),
        ("fill", vec![post(0, 0, 4, 0, 1), subs_imm(1, 2, 2, 1), b_cond(1, -2)]),
        ("fill by pairs", vec![pair_post(1, 0, ZR, ZR, 0, 2), subs_imm(1, 2, 2, 4), b_cond(1, -2)]),
        ("copy", vec![post(0, 1, 6, 1, 1), post(0, 0, 6, 0, 1), subs_imm(1, 2, 2, 1), b_cond(1, -3)]),
        ("copy back", vec![pre(0, 1, 6, 1, -1), pre(0, 0, 6, 0, -1), subs_imm(1, 2, 2, 1), b_cond(1, -3)]),
        ("length", vec![pre(0, 1, 6, 0, 1), cb(0, 1, 6, -1)]),
        ("scan", vec![post(0, 1, 6, 0, 1), subs(0, ZR, 6, ZR), b_cond(0, 3), subs_imm(1, 2, 2, 1), b_cond(1, -4)]),
        (
            "compare",
            vec![
                post(0, 1, 6, 0, 1),
                post(0, 1, 7, 1, 1),
                subs(0, ZR, 6, 7),
                b_cond(1, 3),
                subs_imm(1, 2, 2, 1),
                b_cond(1, -5),
            ],
        ),
        ("copy until zero", vec![post(0, 1, 6, 0, 1), post(0, 0, 6, 3, 1), cb(0, 1, 6, -2)]),
        ("sum", vec![post(0, 1, 6, 0, 1), add(1, 5, 5, 6), subs_imm(1, 2, 2, 1), b_cond(1, -3)]),
        ("xor", vec![post(3, 1, 6, 0, 8), logical(1, 2, 0, 5, 5, 6), subs_imm(1, 2, 2, 1), b_cond(1, -3)]),
        (
            "maximum",
            vec![post(2, 1, 6, 0, 4), subs(0, ZR, 6, 5), csel(0, 5, 6, 5, 8), subs_imm(1, 2, 2, 1), b_cond(1, -4)],
        ),
    ];
    let loops: Vec<Loop> = shapes
        .into_iter()
        .map(|(name, mut words)| {
            words.push(HLT);
            let mut registers = registers;
            match name {
                "copy back" => (registers[0], registers[1]) = (DATA + 0x7000, DATA + 0xf000),
                "copy until zero" => registers[3] = DATA + 0x1_0000,
                _ => {}
            }
            Loop { name, words, registers }
        })
        .collect();
    let (expected, _) = run(&gpu, &loops, &data, Loops::Off, u64::MAX);
    let (found, hot) = run(&gpu, &loops, &data, Loops::All, u64::MAX);
    compare(&loops, &expected, &found, "known shapes");
    for (lane, (program, end)) in (0u64..).zip(loops.iter().zip(&expected)) {
        assert_eq!(end.stop.reason, StopReason::Halt { immediate: 0 }, "{}", program.name);
        let head = CODE + lane * CODE_OF_EACH;
        let skipped = hot.iter().find(|hot| hot.head == head).map_or(0, |hot| hot.skipped);
        assert!(
            skipped * 2 > end.stop.retired,
            "{}: {skipped} of {} instructions: {hot:?}",
            program.name,
            end.stop.retired
        );
    }
}

/// What the networks decline is not run as a whole, and is not looked at again; what they choose is.
#[test]
fn the_networks_choose_what_is_proved() {
    let gpu = gpu();
    let mut rng = Rng::new(6, "data");
    let data = random_data(&mut rng);
    let mut registers = [0u64; 32];
    (registers[0], registers[2]) = (DATA, 7000);
    use crate::support::asm::*;
    let words = vec![post(0, 0, 4, 0, 1), subs_imm(1, 2, 2, 1), b_cond(1, -2), HLT];
    let loops = [Loop { name: "fill", words, registers }];
    // All zeros but the last number of the recognizer, the bias of its confidence, and that of the iterations.
    let sure = |bias: f32| {
        let [mut detector, mut recognizer] = LoopNetwork::ALL.map(|network| vec![0.0; network.parameters()]);
        *detector.last_mut().unwrap() = 5.0;
        *recognizer.last_mut().unwrap() = bias;
        loop_weights(&detector, &recognizer)
    };
    let (expected, _) = run(&gpu, &loops, &data, Loops::Off, u64::MAX);
    for (bias, chosen) in [(20.0, true), (-20.0, false)] {
        let (found, hot) = run_with(&gpu, &loops, &data, Loops::On, u64::MAX, Some(sure(bias)), Start::AtOnce);
        compare(&loops, &expected, &found, "chosen");
        let [hot] = hot[..] else { panic!("{hot:?}") };
        assert_eq!(hot.skipped > 0, chosen, "{hot:?}");
        assert_eq!(hot.refusal == Some(Refusal::Declined) && hot.retired, !chosen, "{hot:?}");
    }
}

/// While what runs loops is compiled, lanes go on; it takes over between two slices, and loops that are hot then are run as
/// a whole, those of networks as well.
#[test]
fn loops_are_noticed_later() {
    let gpu = gpu();
    let data = random_data(&mut Rng::new(8, "data"));
    let mut registers = [0u64; 32];
    registers[2] = 4_000_000;
    use crate::support::asm::*;
    let words = vec![add_imm(1, 5, 5, 3), subs_imm(1, 2, 2, 1), b_cond(1, -2), HLT];
    let loops = [Loop { name: "count", words, registers }];
    let (expected, _) = run(&gpu, &loops, &data, Loops::Off, u64::MAX);
    for mode in [Loops::All, Loops::On, Loops::ProveOnly] {
        let (found, hot) = run_with(&gpu, &loops, &data, mode, u64::MAX, None, Start::After(10_000));
        compare(&loops, &expected, &found, "later");
        let [hot] = hot[..] else { panic!("{mode:?}: {hot:?}") };
        assert!(hot.proved > 0, "{mode:?}: {hot:?}");
        assert_eq!(hot.skipped > 1_000_000, mode != Loops::ProveOnly, "{mode:?}: {hot:?}");
    }
}

/// Timestamps are from before a slice to behind the pass that runs loops.
#[test]
fn the_time_on_the_gpu_is_part_of_the_time_in_all() {
    let words = [asm::subs_imm(1, 2, 2, 1), asm::b_cond(1, -1), asm::HLT];
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let builder = Machine::builder().gpu(gpu()).loops(Loops::All).loop_patience(Some(Duration::ZERO));
    let mut machine = builder.timestamps(true).build().unwrap();
    machine.load_program(&bytes, CODE).unwrap();
    for _ in 0..3 {
        machine.set_pc(0, CODE).unwrap();
        machine.set_register(0, 2, 1 << 20).unwrap();
        let report = machine.execute(u64::MAX).unwrap();
        // Not all adapters have them.
        if let Some(gpu) = report.gpu {
            assert!(gpu > Duration::ZERO && gpu <= report.wall, "{gpu:?} of {:?}", report.wall);
        }
    }
    assert!(machine.hot_loops().unwrap()[0].skipped > 0);
}

/// What ends sooner than noticing loops could pay is run as if there was nothing to notice.
#[test]
fn short_programs_never_begin() {
    let gpu = gpu();
    let mut machine = Machine::builder().gpu(gpu.clone()).loops(Loops::All).build().unwrap();
    let words: Vec<u8> = bytes(&[asm::add_imm(1, 5, 5, 3), asm::b_cond(14, -1)]);
    machine.load_program(&words, CODE).unwrap();
    machine.set_pc(0, CODE).unwrap();
    machine.execute(100_000).unwrap();
    assert!(!machine.notices_loops() && !machine.is_preparing_loops());
    assert!(machine.hot_loops().unwrap().is_empty());
}

/// All guest programs, cut off where they run long: stops, output, registers, counts.
#[test]
fn programs_are_as_if_interpreted() {
    const LIMIT: u64 = 400_000;
    let gpu = gpu();
    let folder = folder().join("elf");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let seed = seed();
    let by_chance = random_weights(&mut Rng::new(seed, "weights"));
    let mut skipped = 0;
    for (index, path) in paths.into_iter().enumerate() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let file = std::fs::read(&path).unwrap();
        let mut ends = Vec::new();
        let modes = [(Loops::Off, None), (Loops::All, None), (Loops::On, None), (Loops::On, Some(by_chance.clone()))];
        // Networks by chance ask for a minute of inference in all: with some of the programs, others on other days.
        let by_chance_too = number("KVRM_LOOP_ROUNDS").is_some() || index as u64 % 8 == seed % 8;
        for (mode, weights) in modes.into_iter().take(if by_chance_too { 4 } else { 3 }) {
            let builder = Machine::builder().lanes(2).gpu(gpu.clone()).loops(mode).loop_patience(Some(Duration::ZERO));
            let builder = match weights {
                Some(weights) => builder.weights(weights),
                None => builder,
            };
            let command = kvrm::linux::Command::new(&*name).argument("20000").stdin(std::io::empty());
            let Ok(mut process) = command.start(builder.build().unwrap(), &file) else { break };
            process.run(LIMIT).unwrap();
            let outputs: Vec<_> = (0..2).map(|lane| process.stdout(lane).bytes().to_vec()).collect();
            let stops: Vec<_> = (0..2).map(|lane| *process.stop(lane)).collect();
            let machine = process.machine_mut();
            let registers = [0, 1].map(|lane| machine.registers(lane).unwrap());
            skipped += machine.hot_loops().unwrap().iter().map(|hot| hot.skipped).sum::<u64>();
            ends.push((stops, outputs, registers));
        }
        for (end, mode) in ends.iter().zip(["off", "all", "on", "on by chance"]) {
            assert_eq!(*end, ends[0], "{name}, {mode}");
        }
    }
    assert!(skipped > 100_000, "hardly anything was run as a whole: {skipped} instructions");
}
