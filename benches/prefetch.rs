//! What copying pages ahead brings: programs that go through memory in several ways, and two that hardly do.
//!
//!     cargo bench --bench prefetch -- [LANES:KIB...] [WAY...] [weights=FILE]
//!
//! With weights the memory oracle is one of the modes.
//!
//! Of each way through KIB of memory of a lane: accesses that missed the translation cache and pages that lanes copied
//! themselves, both a lane; pages copied ahead, and how many of these were written, both a lane; and the time, the median
//! of some runs that take turns, from the program's start to its end. The first run of each mode, which compiles, is left
//! out.

use kvrm::gpu::{Gpu, Options};
use kvrm::linux::Command;
use kvrm::machine::{Machine, MemoryWork, Prefetch};
use kvrm::neural::OracleWeights;
use std::path::Path;
use std::time::Duration;

const WAYS: [&str; 9] = ["fill", "down", "stride", "columns", "add", "list", "chase", "hash", "sort"];
/// Programs that hardly copy pages, with the amount of their work.
const OTHERS: [(&str, &str, &str); 2] =
    [("core", "bench_core.O2.elf", "200"), ("pointer", "bench_pointer.O2.elf", "300000")];
const MODES: [(&str, Prefetch); 4] =
    [("off", Prefetch::Off), ("count", Prefetch::Count), ("next", Prefetch::NextLine), ("stride", Prefetch::Stride)];
const RUNS: usize = 5;

struct Mode {
    name: &'static str,
    machine: Option<Machine>,
    work: MemoryWork,
    times: Vec<Duration>,
}

fn main() -> anyhow::Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let weights = arguments.iter().find_map(|argument| argument.strip_prefix("weights="));
    let weights = weights.map(|path| OracleWeights::read(Path::new(path))).transpose()?;
    arguments.retain(|argument| !argument.starts_with("weights="));
    let (sizes, ways): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| argument.contains(':'));
    let sizes: Vec<(u32, u64)> = if sizes.is_empty() {
        vec![(1, 16 << 10), (8192, 256)]
    } else {
        let size = |text: &&String| {
            text.split_once(':').and_then(|(lanes, kib)| Some((lanes.parse().ok()?, kib.parse().ok()?)))
        };
        sizes
            .iter()
            .map(|text| size(text).ok_or_else(|| anyhow::anyhow!("'{text}' is not LANES:KIB")))
            .collect::<Result<_, _>>()?
    };
    let gpu = Gpu::open(&Options::default())?;
    println!("{}", gpu.info().name);
    println!("| lanes | KiB | way | mode | misses | stalls | ahead | used | ms | to off |");
    println!("|---:|---:|---|---|---:|---:|---:|---:|---:|---:|");
    for (lanes, kib) in sizes {
        let walks = WAYS.map(|way| (way, "bench_memory.O2.elf", vec![way.to_owned(), kib.to_string()]));
        let others = OTHERS.map(|(name, file, work)| (name, file, vec![work.to_owned()]));
        for (way, file, words) in walks.into_iter().chain(others) {
            if !ways.is_empty() && !ways.iter().any(|wanted| *wanted == way) {
                continue;
            }
            let program = std::fs::read(format!("tests/programs/elf/{file}"))?;
            measure(&gpu, (lanes, kib), way, &program, &words, weights.as_ref())?;
        }
    }
    Ok(())
}

fn measure(
    gpu: &Gpu,
    (lanes, kib): (u32, u64),
    way: &str,
    program: &[u8],
    words: &[String],
    weights: Option<&OracleWeights>,
) -> anyhow::Result<()> {
    let builder = || Machine::builder().gpu(gpu.clone()).lanes(lanes).memory_size((kib << 10) + (8 << 20));
    let mut modes = Vec::new();
    for (name, prefetch) in MODES {
        let machine = Some(builder().prefetch(prefetch).build()?);
        modes.push(Mode { name, machine, work: MemoryWork::default(), times: Vec::new() });
    }
    if let Some(weights) = weights {
        let machine = builder().prefetch(Prefetch::Oracle).oracle_weights(weights.clone()).build()?;
        modes.push(Mode { name: "oracle", machine: Some(machine), work: MemoryWork::default(), times: Vec::new() });
    }
    let mut output = None;
    for run in 0..=RUNS {
        for mode in &mut modes {
            let machine = mode.machine.take().expect("the run before gave it back");
            let before = machine.memory_work();
            let mut process = Command::new("bench").arguments(words).start(machine, program)?;
            let outcome = process.run(u64::MAX)?;
            let here = (process.stdout(0).bytes().to_vec(), process.stop(lanes - 1).to_string());
            anyhow::ensure!(*output.get_or_insert(here.clone()) == here, "{way}, {}: other results", mode.name);
            let machine = process.into_machine();
            if run > 0 {
                mode.times.push(outcome.wall);
                mode.work = since(machine.memory_work(), before);
            }
            mode.machine = Some(machine);
        }
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1e3
    };
    let off = median(&mut modes[0].times);
    for mode in &mut modes {
        let (time, per_lane) = (median(&mut mode.times), |count: u64| count as f64 / f64::from(lanes));
        let MemoryWork { misses, stalls, ahead, ahead_used, .. } = mode.work;
        let [misses, stalls, ahead, used] = [misses, stalls, ahead, ahead_used].map(per_lane);
        let counts = match mode.name {
            "off" => "| | | |".to_owned(),
            _ => format!("{misses:.0} | {stalls:.0} | {ahead:.0} | {used:.0}"),
        };
        println!("| {lanes} | {kib} | {way} | {} | {counts} | {time:.1} | {:.3} |", mode.name, time / off);
    }
    Ok(())
}

/// The last run's alone.
fn since(now: MemoryWork, before: MemoryWork) -> MemoryWork {
    MemoryWork {
        misses: now.misses - before.misses,
        stalls: now.stalls - before.stalls,
        ahead: now.ahead - before.ahead,
        ahead_used: now.ahead_used - before.ahead_used,
        ..now
    }
}
