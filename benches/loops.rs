//! What running loops as a whole brings: loops over 64 KiB and loops over registers, interpreted and not.
//!
//!     cargo bench --bench loops -- [LANES...]
//!     cargo bench --bench loops -- --programs [RUNS [KVRM [TEXT [FOLDER]]]]
//!     cargo bench --bench loops -- --unprovable SECONDS [LANES...]
//!
//! A figure of the first is the median of some executes of the loop alone: from the call to its return, and of the GPU itself
//! from the first pass to the end of the last, where it has timestamps. The first execute of each mode, which compiles, is
//! left out.
//!
//! The second times whole programs from the shell, those of the networks' test set (or the ELF files of FOLDER; with TEXT: those
//! whose name contains it), in three modes by turns: medians, and the median of what a run took against the run of `--loops
//! off` before it; then how much was run as a whole, and how much of the time the networks took. KVRM is the command,
//! otherwise the one that cargo built.
//!
//! The third runs loops of which none can be run as a whole for about so many seconds, and compares how long that takes when
//! they are noticed.

use anyhow::Context;
use kvrm::gpu::{Gpu, Options};
use kvrm::machine::{Layout, Loops, Machine, MachineBuilder, Permissions, Segment};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[allow(dead_code, reason = "tests use more of it")]
#[path = "../tests/all/support/asm.rs"]
mod asm;
use asm::*;

const CODE: u64 = 0x1_0000;
const DATA: u64 = 0x10_0000;
const SIZE: u64 = 64 << 10;
/// Where a pointer to itself is.
const SELF: u64 = DATA + 2 * SIZE + 8;
const RUNS: usize = 5;
/// So many lanes are run once by a software adapter, and count to less.
const MANY: u32 = 1024;
const ELF: &str = "tests/programs/elf";
const TEST_PROGRAMS: [&str; 9] =
    ["aes128", "crc32", "heap", "life", "matrix", "musl_words", "quicksort", "sieve", "strings"];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let Some((_, rest)) = arguments.split_first().filter(|(first, _)| *first == "--programs") {
        let runs = rest.first().map_or(Ok(RUNS), |runs| runs.parse()).context("RUNS is a number")?;
        return programs(
            runs,
            rest.get(1).map(String::as_str),
            rest.get(2).map_or("", String::as_str),
            rest.get(3).map(String::as_str),
        );
    }
    if let Some((_, rest)) = arguments.split_first().filter(|(first, _)| *first == "--unprovable") {
        let seconds = rest.first().context("for how many seconds?")?.parse().context("SECONDS is a number")?;
        let lanes: Vec<u32> = rest[1..].iter().filter_map(|argument| argument.parse().ok()).collect();
        return unprovable(seconds, if lanes.is_empty() { &[1] } else { &lanes });
    }
    let named: Vec<u32> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let lanes = if named.is_empty() { vec![1, 128] } else { named };
    let gpu = Gpu::open(&Options::default())?;
    println!("{}", gpu.info().name);
    println!(
        "| loop | lanes | instructions | interpreted, ms | as a whole, ms | times | by its clock, ms | as a whole, ms | times |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    // x0 and x1 are the data's places, x2 counts elements, x4 is a value, x5 a result.
    let count = vec![add_imm(1, 5, 5, 3), subs_imm(1, 2, 2, 1), b_cond(1, -2)];
    let sum_of_counts = vec![add(1, 5, 5, 2), subs_imm(1, 2, 2, 1), b_cond(1, -2)];
    let loops: [(&str, u64, Vec<u32>); 10] = [
        ("nothing", 0, Vec::new()),
        ("count to 1,000,000", 1_000_000, count),
        ("sum of 1 to 1,000,000", 1_000_000, sum_of_counts),
        ("memset, bytes", SIZE, vec![post(0, 0, 4, 0, 1), subs_imm(1, 2, 2, 1), b_cond(1, -2)]),
        ("memset, pairs", SIZE / 16, vec![pair_post(1, 0, ZR, ZR, 0, 2), subs_imm(1, 2, 2, 1), b_cond(1, -2)]),
        ("memcpy, bytes", SIZE, vec![post(0, 1, 6, 1, 1), post(0, 0, 6, 0, 1), subs_imm(1, 2, 2, 1), b_cond(1, -3)]),
        ("strlen", 0, vec![pre(0, 1, 6, 0, 1), cb(0, 1, 6, -1)]),
        (
            "memcmp, bytes",
            SIZE,
            vec![
                post(0, 1, 6, 0, 1),
                post(0, 1, 7, 1, 1),
                subs(0, ZR, 6, 7),
                b_cond(1, 3),
                subs_imm(1, 2, 2, 1),
                b_cond(1, -5),
            ],
        ),
        ("sum of bytes", SIZE, vec![post(0, 1, 6, 0, 1), add(1, 5, 5, 6), subs_imm(1, 2, 2, 1), b_cond(1, -3)]),
        ("sum of 64 bits", SIZE / 8, vec![post(3, 1, 6, 0, 8), add(1, 5, 5, 6), subs_imm(1, 2, 2, 1), b_cond(1, -3)]),
    ];
    for (name, elements, mut words) in loops {
        words.push(HLT);
        for lanes in &lanes {
            let elements = if on_cpu(&gpu) && *lanes >= MANY { elements.min(100_000) } else { elements };
            let (retired, off) = time(&gpu, *lanes, elements, &words, Loops::Off)?;
            let (same, on) = time(&gpu, *lanes, elements, &words, Loops::All)?;
            anyhow::ensure!(retired == same, "{name}: {retired} instructions interpreted, {same} as a whole");
            let columns = |[off, on]: [Option<Duration>; 2]| match (off, on) {
                (Some(off), Some(on)) => {
                    let [off, on] = [off, on].map(|time| time.as_secs_f64() * 1e3);
                    format!("{off:.3} | {on:.3} | {:.1}", off / on)
                }
                _ => " | | ".to_owned(),
            };
            let [wall, gpu] = [columns([Some(off.wall), Some(on.wall)]), columns([off.gpu, on.gpu])];
            println!("| {name} | {lanes} | {retired} | {wall} | {gpu} |");
        }
    }
    Ok(())
}

fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("times are numbers"));
    values[values.len() / 2]
}

fn programs(runs: usize, kvrm: Option<&str>, wanted: &str, folder: Option<&str>) -> anyhow::Result<()> {
    const MODES: [&str; 3] = ["off", "all", "on"];
    let kvrm = kvrm.unwrap_or(env!("CARGO_BIN_EXE_kvrm"));
    println!("| program | off, ms | all, ms | on, ms | all / off | on / off | whole, all | whole, on | networks |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    let mut cold = true;
    let mut files = Vec::new();
    match folder {
        Some(folder) => {
            let entries = std::fs::read_dir(folder).with_context(|| folder.to_owned())?;
            files.extend(entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?);
            files.sort();
        }
        None => {
            let both = |name: &&str| ["O0", "O2"].map(|level| PathBuf::from(format!("{ELF}/{name}.{level}.elf")));
            files.extend(TEST_PROGRAMS.iter().flat_map(both));
        }
    }
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        if !name.contains(wanted) {
            continue;
        }
        let mut times = [(); 3].map(|()| Vec::new());
        let mut shares = [0.0; 3];
        let mut networks = 0.0;
        // The very first round fills the driver's cache.
        let rounds = runs + usize::from(std::mem::take(&mut cold));
        for round in 0..rounds {
            for (n, mode) in MODES.into_iter().enumerate() {
                let mut command = Command::new(kvrm);
                command.args(["run", "--stats=json", "--loops", mode]).arg(&file);
                let started = Instant::now();
                let output = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
                let took = started.elapsed();
                anyhow::ensure!(output.status.code() == Some(0), "{name}: {}", output.status);
                let line = output.stderr.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"{"));
                let stats: serde_json::Value = serde_json::from_slice(line.context("no statistics")?)?;
                let number = |key: &str| stats[key].as_f64().context("no such statistics");
                shares[n] = 100.0 * number("instructions_skipped")? / number("instructions")?;
                networks = 100.0 * number("inference_seconds")? / took.as_secs_f64();
                if round + runs >= rounds {
                    times[n].push(took.as_secs_f64() * 1e3);
                }
            }
        }
        let ratio = |mode: &[f64]| median(mode.iter().zip(&times[0]).map(|(time, off)| time / off).collect());
        let (all, on) = (ratio(&times[1]), ratio(&times[2]));
        let [off_ms, all_ms, on_ms] = times.map(median);
        let [_, of_all, of_on] = shares;
        println!(
            "| {name} | {off_ms:.0} | {all_ms:.0} | {on_ms:.0} | {all:.3} | {on:.3} | {of_all:.1} % | {of_on:.1} % | {networks:.2} % |"
        );
    }
    Ok(())
}

/// By turns a recurrence, a chase of pointers, a sum with a branch in it, a counter in memory, and a fill that is too short to
/// bring anything: some thousand instructions of each.
fn unprovable_loops() -> Vec<u32> {
    let (turns, outer) = (20, 21);
    let mut words = vec![];
    let mut part = |body: &[u32], count: u32| {
        words.extend([mov(1, turns, ZR), add_imm(1, turns, turns, count)]);
        words.extend(body);
        words.extend([subs_imm(1, turns, turns, 1), b_cond(1, -(body.len() as i32) - 1)]);
    };
    part(&[madd(1, 5, 5, 4, 6), logical(1, 2, 0, 7, 7, 5)], 1000);
    part(&[unscaled(3, 1, 8, 8, 0), add(1, 5, 5, 8)], 1000);
    part(&[logical(1, 0, 0, 9, 20, 4), cb(1, 0, 9, 2), add_imm(1, 5, 5, 3)], 1000);
    part(&[unscaled(3, 1, 10, 1, 0), add_imm(1, 10, 10, 1), unscaled(3, 0, 10, 1, 0)], 1000);
    // Sixteen bytes, again and again.
    part(&[add_imm(1, 11, 0, 0), add_imm(1, 12, 0, 16), post(0, 0, 4, 11, 1), subs(1, ZR, 11, 12), b_cond(1, -2)], 100);
    words.extend([subs_imm(1, outer, outer, 1), b_cond(1, -(words.len() as i32) - 1)]);
    words
}

fn unprovable(seconds: f64, lanes: &[u32]) -> anyhow::Result<()> {
    let gpu = Gpu::open(&Options::default())?;
    println!("{}", gpu.info().name);
    println!("| lanes | instructions of a lane | off, s | all, s | all / off | run as a whole |");
    println!("|---:|---:|---:|---:|---:|---:|");
    let words = unprovable_loops();
    for lanes in lanes {
        let once = |mode: Loops, instructions: u64| -> anyhow::Result<(Duration, u64)> {
            let mut machine = machine(&gpu, *lanes, &words, Machine::builder().loops(mode))?;
            for lane in 0..*lanes {
                start(&mut machine, lane, 1 << 40)?;
                machine.set_register(lane, 8, SELF)?;
                machine.set_register(lane, 21, u64::MAX)?;
            }
            // What compiles.
            machine.execute(1)?;
            let wall = machine.execute(instructions)?.wall;
            Ok((wall, machine.hot_loops()?.iter().map(|hot| hot.skipped).sum()))
        };
        // As many as take so long.
        let mut instructions = 1 << 16;
        while once(Loops::Off, instructions)?.0.as_secs_f64() < seconds / 8.0 {
            instructions *= 2;
        }
        instructions *= 8;
        let mut times = [(); 2].map(|()| Vec::new());
        let mut skipped = 0;
        for _ in 0..3 {
            for (mode, times) in [Loops::Off, Loops::All].into_iter().zip(&mut times) {
                let (wall, whole) = once(mode, instructions)?;
                times.push(wall.as_secs_f64());
                skipped = skipped.max(whole);
            }
        }
        let ratio = median(times[1].iter().zip(&times[0]).map(|(time, off)| time / off).collect());
        let [off, all] = times.map(median);
        println!("| {lanes} | {instructions} | {off:.2} | {all:.2} | {ratio:.4} | {skipped} |");
    }
    Ok(())
}

fn on_cpu(gpu: &Gpu) -> bool {
    gpu.info().device_type == wgpu::DeviceType::Cpu
}

/// What an execute took.
#[derive(Clone, Copy)]
struct Times {
    wall: Duration,
    gpu: Option<Duration>,
}

fn machine(gpu: &Gpu, lanes: u32, words: &[u32], builder: MachineBuilder) -> anyhow::Result<Machine> {
    let code: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut data = vec![0x55; 2 * SIZE as usize + 16];
    data[SIZE as usize] = 0;
    data[2 * SIZE as usize + 8..].copy_from_slice(&SELF.to_le_bytes());
    let mut machine = builder.lanes(lanes).memory_size(1 << 20).gpu(gpu.clone()).build()?;
    let segment = |address, bytes, permissions| Segment { address, bytes, memory_size: 0, permissions };
    let code = segment(CODE, &code, Permissions::READ_EXECUTE);
    machine.load_segments(&[code, segment(DATA, &data, Permissions::READ_WRITE)], &Layout::default())?;
    Ok(machine)
}

fn start(machine: &mut Machine, lane: u32, elements: u64) -> anyhow::Result<()> {
    machine.set_pc(lane, CODE)?;
    for (n, value) in [(0, DATA), (1, DATA + SIZE + 8), (2, elements), (4, 0x5a), (5, 0)] {
        machine.set_register(lane, n, value)?;
    }
    Ok(())
}

/// Instructions of lane 0, and the times of one execute. Timestamps cost a transfer, so the wall's are taken without.
fn time(gpu: &Gpu, lanes: u32, elements: u64, words: &[u32], mode: Loops) -> anyhow::Result<(u64, Times)> {
    let mut retired = 0;
    let runs = if on_cpu(gpu) && lanes >= MANY { 1 } else { RUNS };
    let mut run = |timestamps: bool| -> anyhow::Result<Times> {
        let builder = Machine::builder().loops(mode).loop_patience(Some(Duration::ZERO)).timestamps(timestamps);
        let mut machine = machine(gpu, lanes, words, builder)?;
        let mut times = Vec::new();
        for run in 0..=runs {
            let before = machine.stops()?[0].retired;
            for lane in 0..lanes {
                start(&mut machine, lane, elements)?;
            }
            let report = machine.execute(u64::MAX)?;
            retired = report.stops[0].retired - before;
            if run > 0 {
                times.push(Times { wall: report.wall, gpu: report.gpu });
            }
        }
        let gpu: Option<Vec<Duration>> = times.iter().map(|times| times.gpu).collect();
        Ok(Times { wall: median(times.iter().map(|times| times.wall).collect()), gpu: gpu.map(median) })
    };
    let wall = run(false)?.wall;
    // With a software adapter it is the same.
    let gpu = if on_cpu(gpu) { None } else { run(true)?.gpu };
    Ok((retired, Times { wall, gpu }))
}
