//! Sweeps beside one qemu process for each input, from files on disk to results on disk.
//!
//!     cargo bench --bench sweep -- [PARTS...] [--kvrm FILE] [--dir DIR] [--inputs N] [--lanes N] [--workers N] [--coverage]
//!     [--save FILE]
//!
//! Parts are `sha256` (files of 1 KiB on standard input), `parser` (frames from one array for a packet filter) and
//! `processes` (the packet filter beside qemu). The binary holds the programs and makes the data; beside it, or in
//! `PATH`, it looks for `kvrm` and `qemu-aarch64`, so that it can be carried to another machine.

mod frames;
mod qemu;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Parser;
use kvrm::gpu::{Gpu, Options};
use qemu::Qemu;
use xtask::measurement::{Cell, Measurement};

const SHA256: &[u8] = include_bytes!("../../tests/programs/elf/sha256_stdin.O2.elf");
const PACKET: &[u8] = include_bytes!("../../tests/programs/elf/packet.O2.elf");
const RUNS: usize = 3;
const COLUMNS: [&str; 8] = [
    "part",
    "inputs",
    "kvrm sweep, s",
    "from the first machine on, s",
    "a qemu process for each, s",
    "times",
    "M inputs/s",
    "M inputs/s from the first machine on",
];

/// Measures one part: the cells of its row behind its name.
type Part = fn(&Arguments, &Folder, &Kvrm, Option<&Qemu>) -> anyhow::Result<[Cell; 7]>;

#[derive(Parser)]
struct Arguments {
    /// What to measure: sha256, parser, processes; all of them unless given
    parts: Vec<String>,
    /// The command to time; otherwise the one beside this binary, or the one that cargo built
    #[arg(long)]
    kvrm: Option<PathBuf>,
    /// Where data and results go; the temporary directory otherwise
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Files of `sha256`
    #[arg(long, default_value_t = 65_536)]
    files: u64,
    /// Frames of `parser`
    #[arg(long, default_value_t = 1_000_000)]
    inputs: u64,
    /// Frames of `processes`
    #[arg(long, default_value_t = 4_096)]
    processes: u64,
    /// Ending of the parser's result file
    #[arg(long, default_value = "csv")]
    format: String,
    /// Passed to kvrm, as are the next four
    #[arg(long)]
    lanes: Option<u32>,
    #[arg(long)]
    workers: Option<u32>,
    #[arg(long)]
    adapters: Option<String>,
    #[arg(long)]
    unchecked: bool,
    #[arg(long)]
    coverage: bool,
    /// Do not run qemu
    #[arg(long)]
    no_qemu: bool,
    /// Write a result file
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let wanted = |part: &str| arguments.parts.is_empty() || arguments.parts.iter().any(|name| name == part);
    let folder = Folder::new(arguments.dir.as_deref())?;
    let kvrm = Kvrm::new(&arguments)?;
    let qemu = if arguments.no_qemu { None } else { Qemu::find() };
    let cores = std::thread::available_parallelism()?.get();
    let qemu_name = qemu.as_ref().map_or("none".to_owned(), |qemu| format!("{}, {cores} cores", qemu.version()));
    let gpu = Gpu::open(&Options::default())?;
    let adapter = (gpu.info().name.clone(), gpu.info().driver_info.clone());
    // The processes that are timed have the adapter to themselves.
    drop(gpu);
    println!("adapter: {}, {}", adapter.0, adapter.1);
    println!("qemu: {qemu_name}");
    let title = format!("Sweeps on {}", adapter.0);
    let mut measurement = Measurement::begin(&title, "sweep", (&adapter.0, &adapter.1), &COLUMNS);
    measurement.notes.push(format!("The fastest of {RUNS} runs; from files on disk to a file on disk."));
    measurement.notes.push(format!("qemu: {qemu_name}."));
    for (part, measure) in [("sha256", sha256 as Part), ("parser", parser), ("processes", processes)] {
        if wanted(part) {
            println!("\n{part}");
            let row = measure(&arguments, &folder, &kvrm, qemu.as_ref())?;
            measurement.row([Cell::Text(part.to_owned())].into_iter().chain(row));
        }
    }
    arguments.save.as_ref().map_or(Ok(()), |file| measurement.save(file))
}

/// SHA-256 of many small files.
fn sha256(arguments: &Arguments, folder: &Folder, kvrm: &Kvrm, qemu: Option<&Qemu>) -> anyhow::Result<[Cell; 7]> {
    let (program, inputs, out) = (folder.program("sha256", SHA256)?, folder.0.join("kib"), folder.0.join("sha.csv"));
    frames::write_files(&inputs, arguments.files, |n| frames::noise(n, 1024))?;
    let options = ["--keep-output".as_ref(), "--stdin-dir".as_ref(), inputs.as_os_str()];
    let ours = kvrm.measure(&program, &options, &out)?;
    println!("{}", row("kvrm sweep", arguments.files, &ours));
    let mut theirs = None;
    if let Some(qemu) = qemu {
        let (wall, outputs) = qemu.measure(&program, &inputs, arguments.files)?;
        println!("{}", row("a qemu process for each", arguments.files, &Run { wall, ..Run::default() }));
        println!("{}", ratio(wall, &ours));
        theirs = Some(wall);
        let text = fs::read_to_string(&out)?;
        for (line, (output, status)) in text.lines().skip(1).zip(&outputs) {
            let digest = output.trim_end();
            ensure!(*status == Some(0) && line.contains(digest), "{line} is not what qemu gave: {digest}");
        }
        println!("all results equal");
    }
    Ok(cells(arguments.files, &ours, theirs))
}

/// A packet filter over the rows of one array.
fn parser(arguments: &Arguments, folder: &Folder, kvrm: &Kvrm, _: Option<&Qemu>) -> anyhow::Result<[Cell; 7]> {
    let (program, rows) = (folder.program("packet", PACKET)?, folder.0.join("frames.npy"));
    frames::write_array(&rows, arguments.inputs)?;
    let out = folder.0.join(format!("frames.{}", arguments.format));
    let patch = format!("packet={}", rows.display());
    let run = kvrm.measure(&program, &["--patch".as_ref(), patch.as_ref()], &out)?;
    println!("{}", row("kvrm sweep", arguments.inputs, &run));
    println!(
        "{:.0} instructions a run, {} bytes of results",
        run.instructions as f64 / arguments.inputs as f64,
        run.bytes
    );
    Ok(cells(arguments.inputs, &run, None))
}

/// The packet filter on standard input, beside qemu.
fn processes(arguments: &Arguments, folder: &Folder, kvrm: &Kvrm, qemu: Option<&Qemu>) -> anyhow::Result<[Cell; 7]> {
    let (program, inputs) = (folder.program("packet", PACKET)?, folder.0.join("frames"));
    let count = arguments.processes;
    frames::write_files(&inputs, count, |n| frames::frame(n).into_bytes())?;
    let out = folder.0.join("processes.csv");
    let run = kvrm.measure(&program, &["--stdin-dir".as_ref(), inputs.as_os_str()], &out)?;
    println!("{}", row("kvrm sweep", count, &run));
    let mut theirs = None;
    if let Some(qemu) = qemu {
        let (wall, outputs) = qemu.measure(&program, &inputs, count)?;
        println!("{}", row("a qemu process for each", count, &Run { wall, ..Run::default() }));
        println!("{}", ratio(wall, &run));
        theirs = Some(wall);
        let text = fs::read_to_string(&out)?;
        for (line, (_, status)) in text.lines().skip(1).zip(&outputs) {
            let found = line.split(',').nth(2).and_then(|status| status.parse().ok());
            ensure!(found == *status, "{line} is not what qemu gave: {status:?}");
        }
        println!("all results equal");
    }
    Ok(cells(count, &run, theirs))
}

fn row(what: &str, inputs: u64, run: &Run) -> String {
    let rate = |time: Duration| inputs as f64 / time.as_secs_f64();
    let mut text = format!("{what:24} {:9.3} s {:12.0} inputs/s", run.wall.as_secs_f64(), rate(run.wall));
    if let Some(inside) = run.inside {
        let gips = run.instructions as f64 / inside.as_secs_f64() / 1e9;
        text += &format!(
            "; from the first machine on {:.3} s {:.0} inputs/s {gips:.2} GIPS",
            inside.as_secs_f64(),
            rate(inside)
        );
    }
    text
}

fn cells(inputs: u64, ours: &Run, qemu: Option<Duration>) -> [Cell; 7] {
    let seconds = |time: Option<Duration>| time.map_or(Cell::None, |time| Cell::Figure(time.as_secs_f64()));
    let rate =
        |time: Option<Duration>| time.map_or(Cell::None, |time| Cell::Figure(inputs as f64 / time.as_secs_f64() / 1e6));
    let times = qemu.map_or(Cell::None, |qemu| Cell::Figure(qemu.as_secs_f64() / ours.wall.as_secs_f64()));
    let wall = Some(ours.wall);
    [Cell::Count(inputs), seconds(wall), seconds(ours.inside), seconds(qemu), times, rate(wall), rate(ours.inside)]
}

fn ratio(qemu: Duration, ours: &Run) -> String {
    let whole = qemu.as_secs_f64() / ours.wall.as_secs_f64();
    let inside = ours.inside.map(|inside| qemu.as_secs_f64() / inside.as_secs_f64());
    format!("{whole:.1} times faster, {:.1} from the first machine on", inside.unwrap_or(f64::NAN))
}

/// The fastest of some runs of `kvrm sweep`.
#[derive(Default)]
struct Run {
    /// From the start of the process to its end.
    wall: Duration,
    /// The same from when the first machine could run, as it says.
    inside: Option<Duration>,
    instructions: u64,
    /// Of the result file.
    bytes: u64,
}

struct Kvrm {
    command: PathBuf,
    options: Vec<String>,
}

impl Kvrm {
    fn new(arguments: &Arguments) -> anyhow::Result<Kvrm> {
        let beside = std::env::current_exe()?.with_file_name("kvrm");
        let built = || if beside.exists() { beside } else { PathBuf::from(env!("CARGO_BIN_EXE_kvrm")) };
        let mut options = Vec::new();
        let mut pass = |name: &str, value: Option<String>| {
            options.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
        };
        pass("--lanes", arguments.lanes.map(|n| n.to_string()));
        pass("--workers", arguments.workers.map(|n| n.to_string()));
        pass("--adapters", arguments.adapters.clone());
        for (name, given) in [("--unchecked", arguments.unchecked), ("--coverage", arguments.coverage)] {
            options.extend(given.then(|| name.to_owned()));
        }
        Ok(Kvrm { command: arguments.kvrm.clone().unwrap_or_else(built), options })
    }

    fn measure(&self, program: &Path, options: &[&std::ffi::OsStr], out: &Path) -> anyhow::Result<Run> {
        let mut best: Option<Run> = None;
        for _ in 0..RUNS {
            let mut command = Command::new(&self.command);
            command.arg("sweep").args(&self.options).args(options);
            command.arg("--overwrite").arg("--out").arg(out).arg(program).stdin(Stdio::null());
            let begin = Instant::now();
            let output = command.output().with_context(|| format!("running {command:?}"))?;
            let wall = begin.elapsed();
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            ensure!(output.status.success(), "{command:?}: {}: {text}", output.status);
            // "N inputs, N instructions in S s, S s of them until the first machine ran: ..."
            let last = text.lines().find(|line| line.contains(" instructions in ")).context("no summary")?;
            let words: Vec<&str> = last.split_whitespace().collect();
            let seconds = |n: usize| anyhow::Ok(words.get(n).context("no time")?.parse::<f64>()?);
            let run = Run {
                wall,
                inside: Some(Duration::from_secs_f64(seconds(5)? - seconds(7)?)),
                instructions: words.get(2).context("no instructions")?.parse()?,
                bytes: fs::metadata(out)?.len(),
            };
            if best.as_ref().is_none_or(|best| run.wall < best.wall) {
                best = Some(run);
            }
        }
        best.context("no run")
    }
}

/// A folder that goes away with its owner.
struct Folder(PathBuf);

impl Folder {
    fn new(place: Option<&Path>) -> anyhow::Result<Folder> {
        let place = place.map_or_else(std::env::temp_dir, Path::to_owned);
        let folder = Folder(place.join(format!("kvrm-bench-sweep-{}", std::process::id())));
        fs::create_dir_all(&folder.0).with_context(|| format!("making {}", folder.0.display()))?;
        Ok(folder)
    }

    fn program(&self, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
        let path = self.0.join(format!("{name}.elf"));
        fs::write(&path, bytes)?;
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
