//! What running loops as a whole brings: loops over 64 KiB and loops over registers, interpreted and not.
//!
//!     cargo bench --bench loops -- [LANES...]
//!     cargo bench --bench loops -- --programs [RUNS [KVRM [TEXT]]]
//!
//! The second times whole programs from the shell, those of the networks' test set (with TEXT: those whose name contains it),
//! in three modes by turns: medians, and the median of what a run took against the run of `--loops off` before it. KVRM
//! is the command, otherwise the one that cargo built.
//!
//! A figure is the median of some executes of the loop alone, from the call to its return. The first execute of each
//! mode, which compiles, is left out.

use anyhow::Context;
use kvrm::gpu::{Gpu, Options};
use kvrm::machine::{Layout, Loops, Machine, Permissions, Segment};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[path = "../tests/loops/asm.rs"]
mod asm;
use asm::*;

const CODE: u64 = 0x1_0000;
const DATA: u64 = 0x10_0000;
const SIZE: u64 = 64 << 10;
const RUNS: usize = 5;
const ELF: &str = "tests/programs/elf";
const TEST_PROGRAMS: [&str; 9] =
    ["aes128", "crc32", "heap", "life", "matrix", "musl_words", "quicksort", "sieve", "strings"];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let Some((_, rest)) = arguments.split_first().filter(|(first, _)| *first == "--programs") {
        let runs = rest.first().map_or(Ok(RUNS), |runs| runs.parse()).context("RUNS is a number")?;
        return programs(runs, rest.get(1).map(String::as_str), rest.get(2).map_or("", String::as_str));
    }
    let named: Vec<u32> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let lanes = if named.is_empty() { vec![1, 128] } else { named };
    let gpu = Gpu::open(&Options::default())?;
    println!("{}", gpu.info().name);
    println!("| loop | lanes | instructions of a lane | interpreted, ms | as a whole, ms | times |");
    println!("|---|---:|---:|---:|---:|---:|");
    // x0 and x1 are the data's places, x2 counts elements, x4 is a value, x5 a result.
    let count = vec![add_imm(1, 5, 5, 3), subs_imm(1, 2, 2, 1), b_cond(1, -2)];
    let sum_of_counts = vec![add(1, 5, 5, 2), subs_imm(1, 2, 2, 1), b_cond(1, -2)];
    let loops: [(&str, u64, Vec<u32>); 9] = [
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
            let (retired, off) = time(&gpu, *lanes, elements, &words, Loops::Off)?;
            let (same, on) = time(&gpu, *lanes, elements, &words, Loops::All)?;
            anyhow::ensure!(retired == same, "{name}: {retired} instructions interpreted, {same} as a whole");
            let [off, on] = [off, on].map(|time| time.as_secs_f64() * 1e3);
            println!("| {name} | {lanes} | {retired} | {off:.2} | {on:.2} | {:.1} |", off / on);
        }
    }
    Ok(())
}

fn programs(runs: usize, kvrm: Option<&str>, wanted: &str) -> anyhow::Result<()> {
    const MODES: [&str; 3] = ["off", "all", "on"];
    let kvrm = kvrm.unwrap_or(env!("CARGO_BIN_EXE_kvrm"));
    println!("| program | off, ms | all, ms | on, ms | all / off | on / off |");
    println!("|---|---:|---:|---:|---:|---:|");
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    for name in TEST_PROGRAMS {
        for file in [format!("{name}.O0"), format!("{name}.O2")].iter().filter(|file| file.contains(wanted)) {
            let mut times = [(); 3].map(|()| Vec::new());
            // The first round fills the driver's cache.
            for round in 0..=runs {
                for (mode, times) in MODES.iter().zip(&mut times) {
                    let started = Instant::now();
                    let mut command = Command::new(kvrm);
                    command.args(["run", "--loops", mode, &format!("{ELF}/{file}.elf")]);
                    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
                    anyhow::ensure!(status.code() == Some(0), "{file}: {status}");
                    if round > 0 {
                        times.push(started.elapsed().as_secs_f64() * 1e3);
                    }
                }
            }
            let ratio = |mode: &[f64]| median(mode.iter().zip(&times[0]).map(|(time, off)| time / off).collect());
            let (all, on) = (ratio(&times[1]), ratio(&times[2]));
            let [off_ms, all_ms, on_ms] = times.map(median);
            println!("| {file} | {off_ms:.0} | {all_ms:.0} | {on_ms:.0} | {all:.3} | {on:.3} |");
        }
    }
    Ok(())
}

/// Instructions of lane 0, and the time of one execute.
fn time(gpu: &Gpu, lanes: u32, elements: u64, words: &[u32], mode: Loops) -> anyhow::Result<(u64, Duration)> {
    let code: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut data = vec![0x55; 2 * SIZE as usize + 16];
    data[SIZE as usize] = 0;
    let mut machine = Machine::builder()
        .lanes(lanes)
        .memory_size(1 << 20)
        .gpu(gpu.clone())
        .loops(mode)
        .loop_patience(Some(Duration::ZERO))
        .build()?;
    let segment = |address, bytes, permissions| Segment { address, bytes, memory_size: 0, permissions };
    let code = segment(CODE, &code, Permissions::READ_EXECUTE);
    machine.load_segments(&[code, segment(DATA, &data, Permissions::READ_WRITE)], &Layout::default())?;
    let mut times = Vec::new();
    let mut retired = 0;
    for run in 0..=RUNS {
        let before = machine.stops()?[0].retired;
        for lane in 0..lanes {
            machine.set_pc(lane, CODE)?;
            for (n, value) in [(0, DATA), (1, DATA + SIZE + 8), (2, elements), (4, 0x5a), (5, 0)] {
                machine.set_register(lane, n, value)?;
            }
        }
        let report = machine.execute(u64::MAX)?;
        retired = report.stops[0].retired - before;
        if run > 0 {
            times.push(report.wall);
        }
    }
    times.sort();
    Ok((retired, times[RUNS / 2]))
}
