//! Examples from loops that ran: of programs, of compilers' output, and generated. What is said of them is what the
//! proof found, and what running them as a whole brought.

use super::c_loops;
use super::sample::{Part, Sample};
use crate::inputs::{LOOPS, files};
use crate::rng::Rng;
use anyhow::{Context, Result};
use kvrm::gpu::{Gpu, Options};
use kvrm::linux::Command;
use kvrm::machine::{Layout, LoopSample, Loops, Machine, MachineBuilder, Permissions, Refusal, Segment, Translate};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[allow(dead_code, reason = "tests use more of it")]
#[path = "../../../tests/all/support/asm.rs"]
mod asm;
#[path = "../../../tests/all/support/random_loops.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod generator;
#[path = "../../../tests/all/support/rng.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod rng;

/// Programs of the engine's tests that are not trained on, at any optimisation level.
const TEST_PROGRAMS: [&str; 12] = [
    "aes128",
    "bench_sha256",
    "crc32",
    "heap",
    "life",
    "matrix",
    "musl_words",
    "packet",
    "quicksort",
    "sieve",
    "strings",
    "wc",
];

/// Programs of the engine's tests by which the networks' confidence is set.
const VALIDATION_PROGRAMS: [&str; 9] =
    ["bench_core", "bignum", "bytecode", "lists", "musl_numbers", "queens", "sha256", "sort_lines", "zero_block"];

/// Programs that were written for this, in folders of `train/programs/loops`: what they are for, the levels of optimisation,
/// and what N is, which scales what those work on that have it.
const WRITTEN: [(&str, Part, &[&str], &[&str]); 3] = [
    ("learn", Part::Training, &["O0", "O1", "O2", "O3", "Os"], &["10", "90", "700", "3000"]),
    ("check", Part::Validation, &["O0", "O1", "O2", "O3"], &["24", "300", "2000"]),
    ("judge", Part::Test, &["O0", "O1", "O2", "O3"], &[""]),
];

/// Instructions that a visit has to bring for a loop to stay watched; the engine's LOOP_GAIN.
const GAIN: u64 = 2048;
const LANES: u32 = 128;
const LIMIT: u64 = 3_000_000;
const LIMIT_OF_PROGRAM: u64 = 8_000_000;
const CODE: u64 = 0x1_0000;
const CODE_OF_EACH: usize = 64;
const TABLE_CLASS: u8 = 10;

/// All examples: of programs, of `compiled` generated programs of 60 loops, and of as many `batches` of generated loops.
pub fn harvest(root: &Path, seed: u64, batches: usize, compiled: usize) -> Result<Vec<Sample>> {
    let gpu = Gpu::open(&Options::default())?;
    let folder = Folder::new()?;
    let mut runner = Runner { gpu: gpu.clone(), machine: None };
    let mut samples = programs(&mut runner, root, &folder)?;
    samples.extend(written(&mut runner, root, &folder)?);
    let count = |part| samples.iter().filter(|sample: &&Sample| sample.part == part).count();
    let [training, validation, test] = [Part::Training, Part::Validation, Part::Test].map(count);
    println!("loops of programs: {training} to train on, {validation} to set the confidence, {test} to test");
    let mut rng = Rng::new(seed);
    for n in 0..compiled {
        // Such as are put together by chance are of more kinds.
        samples.extend(compiled_loops(&mut runner, &mut rng, &folder, n % 3 == 0)?);
    }
    println!("{} loops of generated C", samples.len() - training - validation - test);
    let before = samples.len();
    for batch in 0..batches {
        samples.extend(generated(&gpu, seed.wrapping_add(batch as u64))?);
    }
    println!("{} generated loops", samples.len() - before);
    Ok(parted(samples))
}

/// Leaves out of each part what stands word for word in one before it, as do the runtime's loops, which are in all programs;
/// and of the two parts that say how right the networks are, what is there twice.
fn parted(mut samples: Vec<Sample>) -> Vec<Sample> {
    samples.sort_by_key(|sample| sample.part as u32);
    let mut earlier: HashSet<Vec<u32>> = HashSet::new();
    let mut twice = HashSet::new();
    let mut kept: Vec<Sample> = Vec::new();
    for part in [Part::Training, Part::Validation, Part::Test] {
        let first = kept.len();
        for sample in samples.iter().filter(|sample| sample.part == part) {
            let new = part == Part::Training || twice.insert((sample.words.clone(), sample.worth));
            if new && !earlier.contains(&sample.words) {
                kept.push(sample.clone());
            }
        }
        earlier.extend(kept[first..].iter().map(|sample| sample.words.clone()));
        println!("{part:?}: {} loops", kept.len() - first);
    }
    kept
}

/// Where compilers put things, until it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Folder> {
        let path = std::env::temp_dir().join(format!("kvrm-loops-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in a folder for temporary files is in nobody's way.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The examples of what a machine has run.
fn collect(machine: &mut Machine, part: Part, class_at: impl Fn(u64) -> Option<u8>) -> Result<Vec<Sample>> {
    let hot = machine.hot_loops()?;
    let samples = machine.loop_samples()?;
    let found = samples.into_iter().filter(|sample| !sample.words.is_empty()).map(|sample| {
        let length = sample.words.len() as u32;
        let hot = hot.iter().find(|hot| (hot.head, hot.length) == (sample.head, length));
        let worth = hot.is_some_and(|hot| hot.skipped >= GAIN * u64::from(hot.visits.max(1)));
        let refusal = hot.and_then(|hot| hot.refusal);
        let provable = match refusal {
            _ if hot.is_some_and(|hot| hot.proved > 0) => Some(true),
            Some(Refusal::Short) => Some(true),
            refusal if of_the_state(refusal) => None,
            _ => Some(false),
        };
        let class = class_at(sample.head);
        Sample { worth, provable, part, ..label(sample, refusal, class) }
    });
    Ok(found.collect())
}

/// Whether the code may be provable with other registers and other memory.
fn of_the_state(refusal: Option<Refusal>) -> bool {
    matches!(refusal, Some(Refusal::Alias | Refusal::Alignment | Refusal::Page | Refusal::Short))
}

/// What is known by the proof. Where the code itself cannot be proved, nothing is known of it; where only this state could
/// not, it is left open.
fn label(sample: LoopSample, refusal: Option<Refusal>, class: Option<u8>) -> Sample {
    let length = sample.words.len() as u64;
    let mut known = Sample { words: sample.words, registers: sample.registers, ..Sample::default() };
    match sample.label {
        Some(label) => {
            let endless = label.iterations.saturating_mul(length) >= LIMIT / 2;
            let iterations = if endless { 6.0 } else { (label.iterations as f64).log10().clamp(-1.0, 6.0) as f32 };
            known.kind = Some(label.kind);
            known.counter = label.counter;
            known.iterations = Some(iterations);
            known.class = class.or(Some(label.class));
            known.operands = [label.destination, label.source, label.counter];
            known.size = label.size.filter(|size| *size < 4);
        }
        None => {
            let nothing = |value: u8| (!of_the_state(refusal)).then_some(value);
            known.kind = nothing(3);
            known.class = class.or(nothing(0));
            // It was nearly through.
            known.iterations = (refusal == Some(Refusal::Short)).then_some(0.0);
        }
    }
    known
}

/// Runs programs one after the other in one machine, as to make one is to compile its shaders.
struct Runner {
    gpu: Gpu,
    machine: Option<Machine>,
}

impl Runner {
    fn run(&mut self, path: &Path, arguments: &[&str], stdin: &Path, part: Part) -> Result<Vec<Sample>> {
        let file = std::fs::read(path).with_context(|| path.display().to_string())?;
        let machine = match self.machine.take() {
            Some(machine) => machine,
            None => watching(&self.gpu).build()?,
        };
        let mut command = Command::new(path.file_name().unwrap_or_default()).stdin(std::fs::File::open(stdin)?);
        for argument in arguments {
            command = command.argument(argument);
        }
        let mut process = command.start(machine, &file)?;
        process.run(LIMIT_OF_PROGRAM)?;
        let samples = collect(process.machine_mut(), part, |_| None)?;
        self.machine = Some(process.into_machine());
        Ok(samples)
    }
}

/// Machines that prove all hot loops from the first instruction on, in slices of a fixed size: so that the same loops are
/// seen each time, with the same registers.
fn watching(gpu: &Gpu) -> MachineBuilder {
    let builder = Machine::builder().gpu(gpu.clone()).slice_cycles(Some(16_384)).translate(Translate::Off);
    builder.loops(Loops::All).loop_patience(Some(Duration::ZERO))
}

/// The engine's test programs as they are, and compiled at the levels between.
fn programs(runner: &mut Runner, root: &Path, folder: &Folder) -> Result<Vec<Sample>> {
    let tests = root.join("tests/programs");
    let stdin = tests.join("stdin/poem.txt");
    let listed = files(root, LOOPS)?;
    let of =
        |folder: &Path| listed.iter().filter(move |path| path.parent() == Some(folder)).cloned().collect::<Vec<_>>();
    let mut paths = of(&tests.join("elf"));
    for source in of(&tests.join("src")) {
        // Some need flags or a library of their own.
        if std::fs::read_to_string(&source)?.contains("// link:") {
            continue;
        }
        for level in ["O1", "O3"] {
            let name = source.file_stem().unwrap_or_default().to_string_lossy();
            let out = folder.0.join(format!("{name}.{level}.elf"));
            if compile(&tests, &source, &[level], &out)? {
                paths.push(out);
            }
        }
    }
    let mut samples = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stem = name.split('.').next().unwrap_or_default();
        let arguments: &[&str] = if stem.starts_with("bench_") { &["2000"] } else { &[] };
        let part = match stem {
            // What these see is not the same each time.
            "time_random" | "process" => continue,
            stem if TEST_PROGRAMS.contains(&stem) => Part::Test,
            stem if VALIDATION_PROGRAMS.contains(&stem) => Part::Validation,
            _ => Part::Training,
        };
        match runner.run(&path, arguments, &stdin, part) {
            Ok(found) => samples.extend(found),
            // Some test programs are wrong files on purpose.
            Err(error) => println!("{name}: {error:#}"),
        }
    }
    Ok(samples)
}

/// The programs of `train/programs/loops`.
fn written(runner: &mut Runner, root: &Path, folder: &Folder) -> Result<Vec<Sample>> {
    let out = folder.0.join("written.elf");
    let listed = files(root, LOOPS)?;
    let mut samples = Vec::new();
    for (name, part, levels, sizes) in WRITTEN {
        let place = root.join("train/programs/loops").join(name);
        for source in listed.iter().filter(|path| path.parent() == Some(&place)) {
            for level in levels {
                for size in sizes {
                    let scale = format!("DN={size}");
                    let flags = [*level, &scale];
                    let flags = if size.is_empty() { &flags[..1] } else { &flags };
                    let built = compile(&root.join("tests/programs"), source, flags, &out)?;
                    anyhow::ensure!(built, "{} is not compiled with -{level}", source.display());
                    samples.extend(runner.run(&out, &[], Path::new("/dev/null"), part)?);
                }
            }
        }
    }
    Ok(samples)
}

const C_FLAGS: [&str; 17] = [
    "-std=gnu11",
    "-mgeneral-regs-only",
    "-mno-outline-atomics",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-fno-builtin",
    "-fno-tree-loop-distribute-patterns",
    "-ffreestanding",
    "-w",
    "-static",
    "-nostdlib",
    "-Wl,-z,max-page-size=4096",
    "-Wl,-z,noseparate-code",
    "-Wl,-z,noexecstack",
    "-Wl,--build-id=none",
    "-Irt",
    "-ffunction-sections",
];

fn compiler() -> std::process::Command {
    std::process::Command::new(std::env::var_os("CC").unwrap_or_else(|| "aarch64-linux-gnu-gcc".into()))
}

/// Whether it could be built so, with the test programs' runtime.
fn compile(tests: &Path, source: &Path, flags: &[&str], out: &Path) -> Result<bool> {
    let runtime = ["start.s", "print.c", "input.c", "string.c", "allocate.c", "process.c"].map(|f| format!("rt/{f}"));
    let mut command = compiler();
    command.current_dir(tests).args(C_FLAGS).args(flags.iter().map(|flag| format!("-{flag}")));
    let output = command.arg("-o").arg(out).args(runtime).arg(source.canonicalize()?).output();
    Ok(output.context("a cross compiler is needed (CC)")?.status.success())
}

/// Loops of one generated C program, at all levels.
fn compiled_loops(runner: &mut Runner, rng: &mut Rng, folder: &Folder, known: bool) -> Result<Vec<Sample>> {
    let source = folder.0.join("loops.c");
    std::fs::write(&source, c_loops::program(rng, 60, known))?;
    let mut samples = Vec::new();
    for level in ["O0", "O1", "O2", "O3"] {
        let out = folder.0.join(format!("loops.{level}.elf"));
        let mut command = compiler();
        let output = command.args(C_FLAGS).arg(format!("-{level}")).arg("-o").arg(&out).arg(&source).output()?;
        anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        samples.extend(runner.run(&out, &[], Path::new("/dev/null"), Part::Training)?);
    }
    Ok(samples)
}

/// CRC-like folds over a table of 32 bits at x3.
fn table_fold(rng: &mut rng::Rng, x: &mut [u64; 32]) -> Vec<u32> {
    use asm::*;
    x[3] = generator::DATA + 0x1_0000;
    let ubfx8 = bitfield(0, 0, 7, 7, 0, 7);
    let shift = 8;
    let mut words = vec![post(0, 1, 6, 0, 1), logical(0, 2, 0, 7, 5, 6), ubfx8];
    words.push(indexed(2, 1, 7, 3, 7, 3, 1));
    words.push(bitfield(0, 0, 5, 5, shift, 31));
    words.push(logical(0, 2, 0, 5, 5, 7));
    if rng.one_in(2) {
        words.extend([subs_imm(1, 2, 2, 1), b_cond(1, -7)]);
    } else {
        words.extend([subs(1, ZR, 0, 1), b_cond(1, -7)]);
        x[1] = x[0].wrapping_add(3000 + rng.below(9000));
    }
    words.push(HLT);
    words
}

/// Generated loops, one to a lane.
fn generated(gpu: &Gpu, seed: u64) -> Result<Vec<Sample>> {
    use generator::{DATA, DATA_BYTES, READ_ONLY};
    let mut rng = rng::Rng::new(seed, "harvest");
    let data = generator::random_data(&mut rng);
    let mut tables = Vec::new();
    let loops: Vec<_> = (0..LANES)
        .map(|lane| {
            let mut program = generator::random_loop(&mut rng);
            if rng.one_in(16) {
                program.words = table_fold(&mut rng, &mut program.registers);
                tables.push(CODE + u64::from(lane) * CODE_OF_EACH as u64);
            }
            program
        })
        .collect();
    let mut code = vec![0u8; loops.len() * CODE_OF_EACH];
    for (program, place) in loops.iter().zip(code.chunks_mut(CODE_OF_EACH)) {
        let bytes: Vec<u8> = program.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        place[..bytes.len()].copy_from_slice(&bytes);
    }
    let segment = |address, bytes, permissions| Segment { address, bytes, memory_size: 0, permissions };
    let (writable, constant) = data.split_at(DATA_BYTES as usize);
    let mut machine = watching(gpu).lanes(LANES).memory_size(1 << 20).build()?;
    let segments = [
        segment(CODE, &code[..], Permissions::READ_EXECUTE),
        segment(DATA, writable, Permissions::READ_WRITE),
        segment(READ_ONLY, constant, Permissions::READ),
    ];
    machine.load_segments(&segments, &Layout::default())?;
    for (lane, program) in (0..LANES).zip(&loops) {
        machine.set_pc(lane, CODE + u64::from(lane) * CODE_OF_EACH as u64)?;
        for (n, value) in (0..32).zip(program.registers) {
            machine.set_register(lane, n, value)?;
        }
        // So that it has its pages: who of many lanes is the first to find no frame left is not the same each time.
        machine.write_memory(lane, DATA, writable)?;
    }
    machine.execute(LIMIT)?;
    collect(&mut machine, Part::Training, |head| tables.contains(&head).then_some(TABLE_CLASS))
}
