//! Examples from loops that ran: of programs, of compilers' output, and generated. What is said of them is what the
//! proof found, and what running them as a whole brought.

use super::c_loops;
use super::sample::{Part, Sample};
use crate::rng::Rng;
use anyhow::{Context, Result};
use kvrm::gpu::{Gpu, Options};
use kvrm::linux::Command;
use kvrm::machine::{Layout, LoopSample, Loops, Machine, Permissions, Refusal, Segment};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[path = "../../../tests/loops/asm.rs"]
mod asm;
#[path = "../../../tests/loops/generator.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod generator;
#[path = "../../../tests/random/rng.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod rng;

/// Programs that are not trained on, at any optimisation level.
pub const TEST_PROGRAMS: [&str; 12] = [
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

/// Programs by which the networks' confidence is set. As few of their loops are worth a proof, the last of the generated C
/// programs are as well.
const VALIDATION_PROGRAMS: [&str; 9] =
    ["bench_core", "bignum", "bytecode", "lists", "musl_numbers", "queens", "sha256", "sort_lines", "zero_block"];
const VALIDATION_COMPILED: usize = 3;

/// Instructions that a visit has to bring for a loop to stay watched; the engine's LOOP_GAIN.
const GAIN: u64 = 2048;
const LANES: u32 = 128;
const LIMIT: u64 = 3_000_000;
const CODE: u64 = 0x1_0000;
const CODE_OF_EACH: usize = 64;
const TABLE_CLASS: u8 = 10;

/// All examples.
pub fn harvest(root: &Path, seed: u64, batches: usize, compiled: usize) -> Result<Vec<Sample>> {
    let gpu = Gpu::open(&Options::default())?;
    let mut samples = programs(&gpu, root)?;
    let count = |part| samples.iter().filter(|sample: &&Sample| sample.part == part).count();
    let [validation, test] = [Part::Validation, Part::Test].map(count);
    println!("{} loops of programs, {validation} of them to set the confidence, {test} to test", samples.len());
    let of_programs = samples.len();
    let mut rng = Rng::new(seed);
    for left in (0..compiled).rev() {
        let part = if left < VALIDATION_COMPILED { Part::Validation } else { Part::Training };
        samples.extend(compiled_loops(&gpu, &mut rng, part)?);
    }
    println!("{} loops of generated C", samples.len() - of_programs);
    let before = samples.len();
    for batch in 0..batches {
        samples.extend(generated(&gpu, seed.wrapping_add(batch as u64))?);
    }
    println!("{} generated loops", samples.len() - before);
    Ok(samples)
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
        let class = class_at(sample.head);
        label(sample, worth, refusal, class, part)
    });
    Ok(found.collect())
}

fn label(sample: LoopSample, worth: bool, refusal: Option<Refusal>, class: Option<u8>, part: Part) -> Sample {
    let length = sample.words.len() as u64;
    // Where the code itself cannot be proved, nothing is known of it; where only this state could not, it is left open.
    let open = matches!(refusal, Some(Refusal::Alias | Refusal::Alignment | Refusal::Page | Refusal::Short));
    let unknown = |value: u8| (!open).then_some(value);
    match sample.label {
        Some(label) => {
            let endless = label.iterations.saturating_mul(length) >= LIMIT / 2;
            let iterations = if endless { 6.0 } else { (label.iterations as f64).log10().clamp(-1.0, 6.0) as f32 };
            Sample {
                words: sample.words,
                registers: sample.registers,
                kind: Some(label.kind),
                counter: label.counter,
                iterations: Some(iterations),
                class: class.or(Some(label.class)),
                operands: [label.destination, label.source, label.counter],
                size: label.size.filter(|size| *size < 4),
                worth,
                part,
            }
        }
        None => Sample {
            words: sample.words,
            registers: sample.registers,
            kind: unknown(3),
            counter: None,
            iterations: None,
            class: class.or(unknown(0)),
            operands: [None; 3],
            size: None,
            worth,
            part,
        },
    }
}

fn run_program(gpu: &Gpu, path: &Path, arguments: &[&str], stdin: &Path, part: Part) -> Result<Vec<Sample>> {
    let file = std::fs::read(path).with_context(|| path.display().to_string())?;
    let machine = Machine::builder()
        .gpu(gpu.clone())
        .loops(Loops::All)
        .loop_patience(Some(Duration::ZERO))
        .slice_cycles(Some(16_384))
        .build()?;
    let mut command = Command::new(path.file_name().unwrap_or_default()).stdin(std::fs::File::open(stdin)?);
    for argument in arguments {
        command = command.argument(argument);
    }
    let mut process = command.start(machine, &file)?;
    process.run(40_000_000)?;
    collect(process.machine_mut(), part, |_| None)
}

/// The test programs as they are, and compiled at the levels between.
fn programs(gpu: &Gpu, root: &Path) -> Result<Vec<Sample>> {
    let folder = root.join("tests/programs");
    let stdin = folder.join("stdin/poem.txt");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder.join("elf"))?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    let built = std::env::temp_dir().join(format!("kvrm-loops-{}", std::process::id()));
    std::fs::create_dir_all(&built)?;
    let mut sources: Vec<PathBuf> =
        std::fs::read_dir(folder.join("src"))?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "c"));
    sources.sort();
    for source in sources {
        // Some need flags or a library of their own.
        if std::fs::read_to_string(&source)?.contains("// link:") {
            continue;
        }
        for level in ["O1", "O3"] {
            let name = source.file_stem().unwrap_or_default().to_string_lossy();
            let out = built.join(format!("{name}.{level}.elf"));
            if compile(&folder, &source, level, &out)? {
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
            stem if TEST_PROGRAMS.contains(&stem) => Part::Test,
            stem if VALIDATION_PROGRAMS.contains(&stem) => Part::Validation,
            _ => Part::Training,
        };
        match run_program(gpu, &path, arguments, &stdin, part) {
            Ok(found) => samples.extend(found),
            // Some test programs are wrong files on purpose.
            Err(error) => println!("{name}: {error:#}"),
        }
    }
    std::fs::remove_dir_all(&built)?;
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

/// Whether it could be built so.
fn compile(folder: &Path, source: &Path, level: &str, out: &Path) -> Result<bool> {
    let runtime = ["start.s", "print.c", "input.c", "string.c", "allocate.c", "process.c"].map(|f| format!("rt/{f}"));
    let mut command = compiler();
    command.current_dir(folder).args(C_FLAGS).arg(format!("-{level}")).arg("-o").arg(out).args(runtime);
    let output = command.arg(source.canonicalize()?).output().context("a cross compiler is needed (CC)")?;
    Ok(output.status.success())
}

/// Loops of one generated C program, at all levels.
fn compiled_loops(gpu: &Gpu, rng: &mut Rng, part: Part) -> Result<Vec<Sample>> {
    let folder = std::env::temp_dir().join(format!("kvrm-loops-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let source = folder.join("loops.c");
    std::fs::write(&source, c_loops::program(rng, 60))?;
    let mut samples = Vec::new();
    for level in ["O0", "O1", "O2", "O3"] {
        let out = folder.join(format!("loops.{level}.elf"));
        let mut command = compiler();
        let output = command.args(C_FLAGS).arg(format!("-{level}")).arg("-o").arg(&out).arg(&source).output()?;
        anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        samples.extend(run_program(gpu, &out, &[], Path::new("/dev/null"), part)?);
    }
    std::fs::remove_dir_all(&folder)?;
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
    use generator::{DATA, DATA_BYTES, READ_ONLY, READ_ONLY_BYTES};
    let mut rng = rng::Rng::new(seed, "harvest");
    let mut data = rng.bytes((DATA_BYTES + READ_ONLY_BYTES) as usize);
    data.iter_mut().for_each(|byte| *byte = (*byte).max(1));
    for at in [0x2fff, 0x5803, 0x9000, 0x1_2345] {
        data[at] = 0;
    }
    let (left, right) = data.split_at_mut(0x8000);
    right[..0x7800].copy_from_slice(&left[..0x7800]);
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
    let builder = Machine::builder().lanes(LANES).memory_size(1 << 20).gpu(gpu.clone());
    let mut machine =
        builder.loops(Loops::All).loop_patience(Some(Duration::ZERO)).slice_cycles(Some(16_384)).build()?;
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
    }
    machine.execute(LIMIT)?;
    collect(&mut machine, Part::Training, |head| tables.contains(&head).then_some(TABLE_CLASS))
}
