//! What copying pages ahead brings: programs that go through memory in several ways, and two that hardly do.
//!
//!     cargo bench --bench prefetch -- [LANES:KIB...] [WAY...] [elf=FOLDER] [modes=A,B...] [runs=N] [limit=N] [weights=FILE]
//!         [patience=SECONDS|default] [price=PAGES]
//!
//! Of each way through KIB of memory of a lane, or each program of a folder: accesses that missed the translation cache
//! and pages that lanes copied themselves; pages copied ahead, and how many of these were written, all a lane; slices that
//! lanes left; the time lost to memory, which is what the misses and the copies cost at so many lanes, as a loop of nothing
//! else has them, and what the passes took of the GPU's time; and the time from the program's start to its end, the median of some
//! runs that take turns. The first run of each mode, which compiles, is left out.

use kvrm::gpu::{Gpu, Options};
use kvrm::linux::Command;
use kvrm::machine::{LaneSet, Machine, MemoryWork, Prefetch, StopReason};
use kvrm::neural::{MEMORY_ORACLE, Weights};
use std::path::{Path, PathBuf};
use std::time::Duration;

const WAYS: [&str; 9] = ["fill", "down", "stride", "columns", "add", "list", "chase", "hash", "sort"];
/// Programs that hardly copy pages, with the amount of their work.
const OTHERS: [(&str, &str, &str); 2] =
    [("core", "bench_core.O2.elf", "200"), ("pointer", "bench_pointer.O2.elf", "300000")];
/// By name: who guesses, and whether lanes leave slices.
const MODES: [(&str, Prefetch, bool); 8] = [
    ("off", Prefetch::Off, false),
    ("count", Prefetch::Count, false),
    ("next", Prefetch::NextLine, true),
    ("stride", Prefetch::Stride, true),
    ("oracle", Prefetch::Oracle, true),
    ("next, staying", Prefetch::NextLine, false),
    ("stride, staying", Prefetch::Stride, false),
    ("oracle, staying", Prefetch::Oracle, false),
];

struct Mode {
    name: &'static str,
    machine: Option<Machine>,
    work: MemoryWork,
    times: Vec<Duration>,
}

/// Seconds that a miss and a copied page cost every lane when all have them.
struct Costs {
    miss: f64,
    stall: f64,
}

struct Bench {
    gpu: Gpu,
    modes: Vec<String>,
    runs: usize,
    limit: u64,
    weights: Weights,
    /// Seconds, and pages, as `kvrm run` has them.
    patience: Option<Duration>,
    price: Option<u32>,
}

fn main() -> anyhow::Result<()> {
    let (mut sizes, mut ways, mut folder) = (Vec::new(), Vec::new(), None);
    let mut bench = Bench {
        gpu: Gpu::open(&Options::default())?,
        modes: ["off", "count", "next", "stride", "oracle"].map(str::to_owned).to_vec(),
        runs: 5,
        limit: u64::MAX,
        weights: Weights::built_in(),
        patience: Some(Duration::ZERO),
        price: None,
    };
    for argument in std::env::args().skip(1).filter(|argument| !argument.starts_with("--")) {
        if let Some((lanes, kib)) = argument.split_once(':') {
            sizes.push((lanes.parse()?, kib.parse()?));
        } else if let Some((name, value)) = argument.split_once('=') {
            match name {
                "elf" => folder = Some(PathBuf::from(value)),
                "modes" => bench.modes = value.split(',').map(|name| name.replace('+', ", ")).collect(),
                "runs" => bench.runs = value.parse()?,
                "limit" => bench.limit = value.parse()?,
                "weights" => bench.weights = Weights::read(Path::new(value), &[&MEMORY_ORACLE])?,
                "patience" if value == "default" => bench.patience = None,
                "patience" => bench.patience = Some(Duration::try_from_secs_f64(value.parse()?)?),
                "price" => bench.price = Some(value.parse()?),
                _ => anyhow::bail!("'{name}' is none of elf, modes, runs, limit, weights, patience, price"),
            }
        } else {
            ways.push(argument);
        }
    }
    if sizes.is_empty() {
        sizes = vec![(1, 16 << 10), (8192, 256)];
    }
    println!("{}", bench.gpu.info().name);
    for (lanes, kib) in sizes {
        let costs = costs(&bench.gpu, lanes)?;
        let [miss, stall] = [costs.miss, costs.stall].map(|cost| cost * 1e6);
        println!("\n{lanes} lanes: a miss costs {miss:.2} us, a page that is copied {stall:.2} us\n");
        println!(
            "| lanes | KiB | way | mode | misses | stalls | ahead | used | left | asked | lost ms | to count | ms | to off |"
        );
        println!("|---:|---:|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        let mut programs: Vec<(String, PathBuf, Vec<String>)> = Vec::new();
        if let Some(folder) = &folder {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                programs.push((name, path, Vec::new()));
            }
            programs.sort();
        } else {
            let elf = |file: &str| Path::new("tests/programs/elf").join(file);
            let walk = |way: &str| (way.to_owned(), elf("bench_memory.O2.elf"), vec![way.to_owned(), kib.to_string()]);
            programs.extend(WAYS.map(walk));
            programs.extend(OTHERS.map(|(name, file, work)| (name.to_owned(), elf(file), vec![work.to_owned()])));
        }
        programs.retain(|(name, ..)| ways.is_empty() || ways.contains(name));
        for (way, path, words) in programs {
            bench.measure((lanes, kib), &way, &std::fs::read(path)?, &words, &costs)?;
        }
    }
    Ok(())
}

const CODE: u64 = 0;
const DATA: u64 = 1 << 20;

/// A loop over so many pages, again and again, that loads or stores one word in each.
struct Loop(Machine);

impl Loop {
    fn new(gpu: &Gpu, lanes: u32, access: u32) -> anyhow::Result<Loop> {
        let code = [
            access,
            0x8b01_0000, // add x0, x0, x1
            0x8a03_0000, // and x0, x0, x3
            0xf100_0442, // subs x2, x2, #1
            0x54ff_ff81, // b.ne -4
            0xd440_0000, // hlt
        ];
        let builder = Machine::builder().gpu(gpu.clone()).lanes(lanes).memory_size(4 << 20);
        // One slice for all of it.
        let mut machine = builder.slice_cycles(Some(1 << 22)).timestamps(true).build()?;
        machine.load_program(bytemuck::cast_slice(&code), CODE)?;
        machine.mark_start()?;
        Ok(Loop(machine))
    }

    /// Seconds of the GPU's, or of the host's where it has no clock.
    fn run(&mut self, pages: u64, count: u64) -> anyhow::Result<f64> {
        let machine = &mut self.0;
        let lanes = machine.lanes();
        for (n, value) in [(0, 0), (1, 4096), (2, count), (3, pages * 4096 - 1), (6, DATA)] {
            machine.set_registers(n, 0, &vec![value; lanes as usize])?;
        }
        for lane in 0..lanes {
            machine.set_pc(lane, CODE)?;
        }
        let report = machine.execute(u64::MAX >> 1)?;
        anyhow::ensure!(
            report.stops.iter().all(|stop| matches!(stop.reason, StopReason::Halt { .. })),
            "the loop does not end"
        );
        Ok(report.gpu.unwrap_or(report.wall).as_secs_f64())
    }
}

/// The same loads of pages that fit the translation cache and of more; the same stores to pages that are the lane's own
/// already and to pages that are not.
fn costs(gpu: &Gpu, lanes: u32) -> anyhow::Result<Costs> {
    const LOAD: u32 = 0xf860_68c5; // ldr x5, [x6, x0]
    const STORE: u32 = 0xf820_68c4; // str x4, [x6, x0]
    // Twice as many as the cache has room for, and half.
    const MANY: u64 = 128;
    const FEW: u64 = 32;
    const LOADS: u64 = 8192;
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let mut loads = Loop::new(gpu, lanes, LOAD)?;
    loads.run(MANY, LOADS)?;
    let misses: Vec<f64> =
        (0..5).map(|_| Ok(loads.run(MANY, LOADS)? - loads.run(FEW, LOADS)?)).collect::<anyhow::Result<_>>()?;
    let mut stores = Loop::new(gpu, lanes, STORE)?;
    // What grows the pool is not to be measured.
    stores.run(MANY, MANY)?;
    let mut stalls = Vec::new();
    for _ in 0..5 {
        stores.0.restore(&LaneSet::all())?;
        let first = stores.run(MANY, MANY)?;
        stalls.push(first - stores.run(MANY, MANY)?);
    }
    Ok(Costs { miss: median(misses) / (LOADS - FEW) as f64, stall: median(stalls) / MANY as f64 })
}

impl Bench {
    fn measure(
        &self,
        (lanes, kib): (u32, u64),
        way: &str,
        program: &[u8],
        words: &[String],
        costs: &Costs,
    ) -> anyhow::Result<()> {
        let mut modes = Vec::new();
        for (name, prefetch, leaves) in MODES.into_iter().filter(|(name, ..)| self.modes.iter().any(|m| m == name)) {
            let builder = Machine::builder().gpu(self.gpu.clone()).lanes(lanes).memory_size((kib << 10) + (8 << 20));
            let builder = builder.prefetch(prefetch).prefetch_patience(self.patience).leave_slices(Some(leaves));
            let machine = Some(builder.weights(self.weights.clone()).oracle_price(self.price).build()?);
            modes.push(Mode { name, machine, work: MemoryWork::default(), times: Vec::new() });
        }
        let mut output = None;
        // The last run says what the passes take.
        for run in 0..=self.runs + 1 {
            for mode in &mut modes {
                let mut machine = mode.machine.take().expect("the run before gave it back");
                machine.set_timestamps(run > self.runs);
                let before = machine.memory_work();
                let mut process = Command::new("bench").arguments(words).start(machine, program)?;
                let outcome = process.run(self.limit)?;
                let here = (process.stdout(0).bytes().to_vec(), process.stop(lanes - 1).to_string());
                let first = output.get_or_insert(here.clone());
                anyhow::ensure!(*first == here, "{way}, {}: {here:?}, not {first:?}", mode.name);
                let machine = process.into_machine();
                if run > self.runs {
                    mode.work = since(machine.memory_work(), before);
                } else if run > 0 {
                    mode.times.push(outcome.wall);
                }
                mode.machine = Some(machine);
            }
        }
        let median = |times: &mut Vec<Duration>| {
            times.sort_unstable();
            times[times.len() / 2].as_secs_f64() * 1e3
        };
        let off = median(&mut modes[0].times);
        let mut counted = None;
        for mode in &mut modes {
            let (time, per_lane) = (median(&mut mode.times), |count: u64| count as f64 / f64::from(lanes));
            let MemoryWork { misses, stalls, ahead, ahead_used, leaves, asked, pass_nanoseconds, .. } = mode.work;
            let [misses, stalls, ahead, used] = [misses, stalls, ahead, ahead_used].map(per_lane);
            let lost = (misses * costs.miss + stalls * costs.stall) * 1e3 + pass_nanoseconds as f64 / 1e6;
            let counts = match mode.name {
                "off" => "| | | | | | |".to_owned(),
                _ => {
                    let to_count = lost / *counted.get_or_insert(lost);
                    format!(
                        "{misses:.0} | {stalls:.0} | {ahead:.0} | {used:.0} | {leaves} | {asked} | {lost:.2} | {to_count:.2}"
                    )
                }
            };
            println!("| {lanes} | {kib} | {way} | {} | {counts} | {time:.1} | {:.3} |", mode.name, time / off);
        }
        Ok(())
    }
}

/// The last run's alone.
fn since(now: MemoryWork, before: MemoryWork) -> MemoryWork {
    MemoryWork {
        misses: now.misses - before.misses,
        stalls: now.stalls - before.stalls,
        ahead: now.ahead - before.ahead,
        ahead_used: now.ahead_used - before.ahead_used,
        leaves: now.leaves - before.leaves,
        asked: now.asked - before.asked,
        pass_nanoseconds: now.pass_nanoseconds - before.pass_nanoseconds,
        ..now
    }
}
