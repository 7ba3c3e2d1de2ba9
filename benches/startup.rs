//! How long a hello world takes from the shell, with the driver's shader cache empty and filled.
//!
//!     cargo bench --bench startup -- [KVRM] [--save FILE]
//!
//! `KVRM` is the command to time, otherwise the one that cargo built. Each figure is the median of some runs. The
//! caches are folders of this bench's own: Mesa and NVIDIA are told by environment variables, other drivers keep
//! theirs, so that "cold" means nothing there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Parser;
use kvrm::gpu::{Gpu, Options};
use xtask::measurement::{Cell, Measurement};

const HELLO: &[u8] = include_bytes!("../tests/programs/elf/hello.O2.elf");
const OUTPUT: &[u8] = include_bytes!("../tests/programs/expect/hello.stdout");
const CACHE_VARIABLES: [&str; 2] = ["MESA_SHADER_CACHE_DIR", "__GL_SHADER_DISK_CACHE_PATH"];
const COLD_RUNS: usize = 3;
const CACHED_RUNS: usize = 7;

#[derive(Parser)]
struct Arguments {
    /// The command to time; otherwise the one that cargo built
    kvrm: Option<PathBuf>,
    /// Write a result file
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let kvrm = arguments.kvrm.unwrap_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_kvrm")));
    let gpu = Gpu::open(&Options::default())?;
    let adapter = (gpu.info().name.clone(), gpu.info().driver_info.clone());
    // The processes that are timed have the adapter to themselves.
    drop(gpu);
    let adapter = (adapter.0.as_str(), adapter.1.as_str());
    println!("adapter: {}, {}", adapter.0, adapter.1);
    let folder = TemporaryFolder::new()?;
    let hello = folder.0.join("hello.elf");
    fs::write(&hello, HELLO)?;
    let run = |cache: &Path| time(Command::new(&kvrm).arg("run").arg(&hello), cache, Some(OUTPUT));

    let caches: Vec<PathBuf> = (0..COLD_RUNS).map(|n| folder.0.join(format!("cache{n}"))).collect();
    let mut cold = Vec::new();
    for cache in &caches {
        fs::create_dir(cache)?;
        cold.push(run(cache)?);
    }
    let cached = (0..CACHED_RUNS).map(|_| run(&caches[0])).collect::<Result<_, _>>()?;
    let opened =
        (0..CACHED_RUNS).map(|_| time(Command::new(&kvrm).arg("info"), &caches[0], None)).collect::<Result<_, _>>()?;

    let title = format!("A hello world from the shell on {}", adapter.0);
    let mut measurement = Measurement::begin(&title, "startup", adapter, &["what", "seconds"]);
    measurement.notes.push(format!("Medians of {COLD_RUNS} runs without a cache and of {CACHED_RUNS} with one."));
    for (what, times) in [
        ("hello world, no shader cached", cold),
        ("hello world, shaders cached", cached),
        ("`kvrm info`: the adapter alone", opened),
    ] {
        let seconds = median(times).as_secs_f64();
        println!("{what:31} {seconds:.3} s");
        measurement.row([Cell::Text(what.to_owned()), Cell::Figure(seconds)]);
    }
    arguments.save.map_or(Ok(()), |file| measurement.save(&file))
}

/// From the start of the process to its end.
fn time(command: &mut Command, cache: &Path, expected: Option<&[u8]>) -> anyhow::Result<Duration> {
    command.stdin(Stdio::null()).envs(CACHE_VARIABLES.map(|variable| (variable, cache)));
    let begin = Instant::now();
    let output = command.output().with_context(|| format!("running {command:?}"))?;
    let wall = begin.elapsed();
    let message = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}: {message}", output.status);
    ensure!(expected.is_none_or(|expected| output.stdout == expected), "{command:?}: wrong output");
    Ok(wall)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// A folder that goes away with its owner.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> anyhow::Result<TemporaryFolder> {
        let folder = std::env::temp_dir().join(format!("kvrm-startup-{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(TemporaryFolder(folder))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
