//! What many lanes cost apart from running: their memory on the GPU, going back to the start, getting inputs.
//!
//!     cargo bench --bench lanes -- [LANES...] [--pages N] [--json]
//!
//! Every lane has an image of 1 MiB and writes to some pages of it. Times are medians of several rounds, from the call
//! to its return, GPU work included.

use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Parser;
use kvrm::gpu::{Gpu, Options};
use kvrm::machine::{LaneSet, Layout, Machine, PAGE_SIZE, Permissions, Segment, StopReason};

/// str x0, [x1] ; add x1, x1, #4096 ; subs x2, x2, #1 ; b.ne -12 ; hlt #0
const WRITE_PAGES: [u32; 5] = [0xf900_0020, 0x9140_0421, 0xf100_0442, 0x54ff_ffa1, 0xd440_0000];
const CODE: u64 = 0x40_0000;
const DATA: u64 = 0x41_0000;
const IMAGE: u64 = 1 << 20;
const ROW: u32 = 1024;
const ROUNDS: usize = 9;

#[derive(Parser)]
struct Arguments {
    /// Numbers of lanes
    #[arg(default_values_t = [1024])]
    lanes: Vec<u32>,
    /// Pages of the image that each lane writes to
    #[arg(long, default_value_t = 8)]
    pages: u64,
    /// Print a JSON object for each number of lanes instead of the table
    #[arg(long)]
    json: bool,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    env_logger::init();
    let arguments = Arguments::parse();
    let gpu = Gpu::open(&Options::default())?;
    if !arguments.json {
        println!("adapter: {}, {}", gpu.info().name, gpu.info().driver_info);
        println!("image of 1 MiB, {} pages written by each lane\n", arguments.pages);
        println!(
            "   lanes  banks  MiB there (peak)    fork ms  restore all ms  restore half ms  rows of 1 KiB ms  run ms"
        );
    }
    for lanes in arguments.lanes {
        measure(&gpu, lanes, arguments.pages, arguments.json)?;
    }
    Ok(())
}

fn measure(gpu: &Gpu, lanes: u32, pages: u64, json: bool) -> anyhow::Result<()> {
    let mut machine = Machine::builder().gpu(gpu.clone()).lanes(lanes).build()?;
    let code: Vec<u8> = WRITE_PAGES.iter().flat_map(|word| word.to_le_bytes()).collect();
    let data: Vec<u8> = (0..IMAGE).map(|n| ((n * n) >> 7) as u8).collect();
    let segments = [
        Segment { address: CODE, bytes: &code, memory_size: 0, permissions: Permissions::READ_EXECUTE },
        Segment { address: DATA, bytes: &data, memory_size: 0, permissions: Permissions::READ_WRITE },
    ];
    machine.load_segments(&segments, &Layout::default())?;
    machine.set_pc(0, CODE)?;
    for (register, value) in [(0, 0x0123_4567_89ab_cdef), (1, DATA), (2, pages)] {
        machine.set_register(0, register, value)?;
    }
    let start = machine.snapshot(0)?;
    let (fork, ()) = timed(|| machine.fork(&start).map_err(Into::into))?;

    let all = LaneSet::all();
    let half: LaneSet = (0..lanes).filter(|lane| lane % 2 == 0).collect();
    let rows: Vec<u8> = (0..lanes as usize * ROW as usize).map(|n| n as u8).collect();
    let (mut restores, mut halves, mut writes, mut runs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for (times, set) in [(&mut halves, &half), (&mut restores, &all)] {
            let (run, report) = timed(|| Ok(machine.execute(1 << 30)?))?;
            runs.push(run);
            let halted = report.stops.iter().filter(|stop| stop.reason == StopReason::Halt { immediate: 0 }).count();
            ensure!(halted == lanes as usize, "{halted} of {lanes} lanes ended");
            times.push(timed(|| Ok(machine.restore(set)?))?.0);
        }
        writes.push(timed(|| Ok(machine.write_rows(DATA, ROW, &rows, 0)?))?.0);
        machine.restore(&all)?;
    }
    machine.execute(1 << 30)?;
    let used = machine.memory_use()?;
    ensure!(used.copied_pages == u64::from(lanes) * pages, "{used:?}");
    ensure!(u64::from(used.shared_pages) == IMAGE / PAGE_SIZE + 1, "{used:?}");
    let [restore, half, write, run] = [restores, halves, writes, runs].map(median);
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    if json {
        let object = serde_json::json!({
            "adapter": gpu.info().name, "lanes": lanes, "pages": pages, "memory": used,
            "fork_ms": ms(fork), "restore_ms": ms(restore), "restore_half_ms": ms(half), "rows_ms": ms(write),
            "run_ms": ms(run),
        });
        println!("{object}");
        return Ok(());
    }
    println!(
        "{lanes:>8} {:>6} {:>9} {:>9} {:>9.2} {:>15.3} {:>16.3} {:>17.3} {:>7.2}",
        used.banks,
        used.gpu_bytes >> 20,
        format!("({})", used.peak_gpu_bytes >> 20),
        ms(fork),
        ms(restore),
        ms(half),
        ms(write),
        ms(run)
    );
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(Duration, T)> {
    let begin = Instant::now();
    let result = work()?;
    Ok((begin.elapsed(), result))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
