//! `kvrm run`: a program in every lane, lane 0's streams connected to ours.

use std::ffi::OsString;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use super::dispatch::DispatchArgs;
use super::translate::{TranslateArg, mode};
use super::{complain, leave};
use anyhow::Context;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, ValueEnum};
use kvrm::linux::{self, Command, Outcome, Process, Signal, Symbols};
use kvrm::machine::{HotLoop, Loops, Machine, MemoryUse, MemoryWork, Prefetch, Refusal, StopReason, is_translating};
use kvrm::neural::{LoopNetwork, MEMORY_ORACLE, Weights};
use kvrm::sweep::patch_row;
use kvrm::{escape, files};
use serde::Serialize;

/// Exit status for a file that cannot be run, and for one that is not there: as shells have it.
pub(super) const NOT_RUNNABLE: u8 = 126;
pub(super) const NOT_FOUND: u8 = 127;
/// Lanes that differ from lane 0 which are described one by one.
const DESCRIBED: usize = 4;

#[derive(Args)]
#[command(override_usage = "kvrm run [OPTIONS] PROGRAM.elf [ARGS]...")]
pub struct Arguments {
    /// How many lanes run the program, each with its own registers and memory
    #[arg(long, value_name = "N", default_value_t = 1)]
    lanes: u32,
    /// Stop a lane that has retired so many instructions
    #[arg(long, value_name = "N", default_value_t = u64::MAX, hide_default_value = true)]
    max_cycles: u64,
    /// Memory of each lane, like 64M
    #[arg(long, value_name = "SIZE", default_value = "16M", value_parser = parse_size)]
    memory: u64,
    /// Use the adapter whose name contains this (`kvrm info` lists them)
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// Print lanes, instructions, time and speed to standard error
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    stats: Option<Format>,
    /// Print lane 0's system calls to standard error
    #[arg(long)]
    strace: bool,
    /// Seed of the random bytes that the program is given
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Write row ROW of the array, counted from 0, over SYMBOL or 0xADDRESS before the program begins, as `kvrm sweep` does;
    /// can be repeated
    #[arg(long = "patch", value_name = "SYMBOL=FILE.npy:ROW", value_parser = parse_patch)]
    patches: Vec<(String, PathBuf, u64)>,
    /// What the program is told that it is called; otherwise the path that is given here
    #[arg(long, value_name = "NAME")]
    argv0: Option<OsString>,
    /// Set a variable of the program's environment, which is empty otherwise
    #[arg(long = "env", value_name = "KEY=VALUE", value_parser = parse_variable)]
    variables: Vec<(String, String)>,
    #[command(flatten)]
    dispatch: DispatchArgs,
    /// What becomes of hot loops: run as a whole what is proved, of those that the networks choose, or of all; or only
    /// prove them
    #[arg(long, value_name = "MODE", default_value = "off")]
    loops: LoopMode,
    /// Other weights of the networks that judge loops: a `.npy` file or the folder that they are in
    #[arg(long, value_name = "PATH")]
    loop_weights: Option<PathBuf>,
    /// Copy pages ahead of the lanes that write them: those behind the last, by a table of strides, or as the memory oracle
    /// foretells; or only count
    #[arg(long, value_name = "MODE", default_value = "off")]
    prefetch: PrefetchMode,
    /// Other weights of the memory oracle: a `.npy` file or the folder that it is in
    #[arg(long, value_name = "PATH")]
    oracle_weights: Option<PathBuf>,
    /// Copy pages ahead after so many seconds, 0 for at once; otherwise after so long that it is likely to pay
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    prefetch_patience: Option<Duration>,
    /// Whether lanes end their slice at a page that they have to copy, for those behind it to be copied ahead; otherwise
    /// they do on a GPU
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set)]
    leave_slices: Option<bool>,
    /// Ask the memory oracle when a group of lanes has first written so many pages that nobody foresaw, 0 for always;
    /// otherwise when there are as many as an answer is worth
    #[arg(long, value_name = "PAGES")]
    oracle_price: Option<u32>,
    /// Notice hot loops after so many seconds, 0 for at once; otherwise after so long that it is likely to pay
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    loop_patience: Option<Duration>,
    /// Translate code; results are the same. Unless set it is auto on a GPU and off on a software adapter
    #[arg(long, value_name = "WHAT")]
    translate: Option<TranslateArg>,
    /// Translate what has run for so many seconds; otherwise after so long that it is likely to pay
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    translate_patience: Option<Duration>,
    /// Leave out the bounds checks of the shaders
    #[arg(long)]
    unchecked: bool,
    /// The program, a static ARM64 ELF file, and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "PROGRAM.elf [ARGS]")]
    program: Vec<OsString>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LoopMode {
    On,
    Off,
    All,
    ProveOnly,
}

impl From<LoopMode> for Loops {
    fn from(mode: LoopMode) -> Loops {
        match mode {
            LoopMode::On => Loops::On,
            LoopMode::Off => Loops::Off,
            LoopMode::All => Loops::All,
            LoopMode::ProveOnly => Loops::ProveOnly,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PrefetchMode {
    Off,
    Count,
    Next,
    Stride,
    Oracle,
}

impl From<PrefetchMode> for Prefetch {
    fn from(mode: PrefetchMode) -> Prefetch {
        match mode {
            PrefetchMode::Off => Prefetch::Off,
            PrefetchMode::Count => Prefetch::Count,
            PrefetchMode::Next => Prefetch::NextLine,
            PrefetchMode::Stride => Prefetch::Stride,
            PrefetchMode::Oracle => Prefetch::Oracle,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (name, rest) = arguments.program.split_first().context("no program")?;
    if name.as_encoded_bytes().starts_with(b"-") {
        let message = format!("unexpected argument '{}' found", name.display());
        super::Arguments::command().error(ErrorKind::UnknownArgument, message).exit();
    }
    let file = match files::read(name.as_ref(), files::PROGRAM) {
        Ok(file) => file,
        Err(error) => {
            complain(format_args!("{}: {error}", Path::new(name).display()));
            let missing = error.kind() == std::io::ErrorKind::NotFound;
            return Ok(ExitCode::from(if missing { NOT_FOUND } else { NOT_RUNNABLE }));
        }
    };
    let not_runnable = |error: linux::elf::Error| {
        complain(format_args!("{}: {error}", Path::new(name).display()));
        Ok(ExitCode::from(NOT_RUNNABLE))
    };
    // Before the GPU is opened, so that a wrong file is told apart at once.
    if let Err(error) = linux::elf::Program::parse(&file, arguments.memory) {
        return not_runnable(error);
    }
    let builder = Machine::builder()
        .lanes(arguments.lanes)
        .memory_size(arguments.memory)
        .adapter(arguments.adapter)
        .loops(arguments.loops.into())
        .prefetch(arguments.prefetch.into())
        .prefetch_patience(arguments.prefetch_patience)
        .leave_slices(arguments.leave_slices)
        .oracle_price(arguments.oracle_price)
        .loop_patience(arguments.loop_patience)
        .checked(!arguments.unchecked)
        .translate(mode(arguments.translate))
        .translate_patience(arguments.translate_patience);
    let builder = match &arguments.oracle_weights {
        Some(path) => builder.weights(Weights::read(path, &[&MEMORY_ORACLE])?),
        None => builder,
    };
    let builder = match &arguments.loop_weights {
        Some(path) => builder.weights(Weights::read(path, &LoopNetwork::TABLES)?),
        None => builder,
    };
    let machine = arguments.dispatch.apply(builder)?.build()?;
    let mut command = Command::new(arguments.argv0.as_ref().unwrap_or(name))
        .arguments(rest)
        .seed(arguments.seed)
        .stdin(std::io::stdin())
        .stdout(std::io::stdout())
        .stderr(std::io::stderr());
    for (key, value) in &arguments.variables {
        command = command.variable(key, value);
    }
    if arguments.strace {
        command = command.trace(|line| eprintln!("{}", escape::message(line)));
    }
    let mut process = match command.start(machine, &file) {
        Err(linux::Error::Elf(error)) => return not_runnable(error),
        other => other?,
    };
    if !arguments.patches.is_empty() {
        let symbols = Symbols::read(&file, &linux::elf::Program::parse(&file, arguments.memory)?);
        for (place, path, row) in &arguments.patches {
            patch_row(&mut process, &symbols, place, path, *row)?;
        }
    }
    let outcome = process.run(arguments.max_cycles)?;

    let reason = process.stop(0).reason;
    if linux::signal(&reason) != Some(Signal::PIPE) {
        if !matches!(reason, StopReason::Exited { .. }) {
            eprintln!("kvrm: lane 0: {}", process.describe(0));
        }
        report_differences(&mut process);
    }
    let status = linux::exit_status(&reason);
    match arguments.stats {
        Some(Format::Text) => eprint!("{}", Stats::new(&mut process, &outcome)?),
        Some(Format::Json) => eprintln!("{}", serde_json::to_string(&Stats::new(&mut process, &outcome)?)?),
        None => {}
    }
    if is_translating() || process.machine().is_preparing_loops() {
        // There is nobody left to tell.
        let _ = std::io::stdout().flush();
        leave(status);
    }
    Ok(ExitCode::from(status))
}

/// Says which lanes did not do what lane 0 did.
fn report_differences(process: &mut Process) {
    let differences: Vec<(u32, String)> =
        (1..process.lanes()).filter_map(|lane| Some((lane, difference(process, lane)?))).collect();
    if differences.is_empty() {
        return;
    }
    eprintln!("kvrm: {} of {} lanes differ from lane 0:", differences.len(), process.lanes());
    for (lane, difference) in differences.iter().take(DESCRIBED) {
        eprintln!("kvrm: lane {lane}: {difference}");
    }
    if differences.len() > DESCRIBED {
        eprintln!("kvrm: and {} more", differences.len() - DESCRIBED);
    }
}

/// What sets a lane apart from lane 0.
fn difference(process: &mut Process, lane: u32) -> Option<String> {
    let mut parts = Vec::new();
    if process.stop(lane).reason != process.stop(0).reason {
        parts.push(process.describe(lane));
    }
    for (name, here, there) in
        [("output", process.stdout(lane), process.stdout(0)), ("error output", process.stderr(lane), process.stderr(0))]
    {
        if here != there {
            let at = here.bytes().iter().zip(there.bytes()).take_while(|(here, there)| here == there).count();
            parts.push(format!("{name} differs from byte {at} on ({} bytes)", here.written()));
        }
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// What `--stats` prints.
#[derive(Serialize)]
struct Stats {
    adapter: String,
    backend: String,
    lanes: u32,
    /// Retired by lane 0.
    lane_instructions: u64,
    /// Retired by all lanes.
    instructions: u64,
    system_calls: u64,
    gpu_system_calls: u64,
    stop: String,
    exit_status: u8,
    wall_seconds: f64,
    /// The longest time that the GPU worked without the host looking.
    longest_frame_seconds: f64,
    mips: f64,
    /// Blocks that were translated, and the instructions in them; 0 if nothing was.
    translated_blocks: usize,
    translated_instructions: usize,
    /// Of the instructions retired, those that ran translated.
    translated_share: f64,
    /// What making and compiling them took, as far as the driver compiles before the first dispatch.
    translate_seconds: f64,
    memory: MemoryUse,
    /// Not interpreted one by one, of all lanes.
    instructions_skipped: u64,
    /// Whether hot loops were noticed in the end; not with `--loops off`, and not in programs that end too soon.
    loops_noticed: bool,
    loops_wanted: bool,
    /// What asking the networks about them took.
    inference_seconds: f64,
    loops: Vec<LoopStats>,
    /// What lanes had to do for their memory; none unless it is counted.
    memory_work: Option<MemoryWork>,
}

/// A loop that was hot.
#[derive(Serialize)]
struct LoopStats {
    head: String,
    length: u32,
    visits: u32,
    proved: u32,
    refused: u32,
    refusal: Option<&'static str>,
    skipped: u64,
    retired: bool,
}

impl From<HotLoop> for LoopStats {
    fn from(hot: HotLoop) -> Self {
        Self {
            head: format!("{:#x}", hot.head),
            length: hot.length,
            visits: hot.visits,
            proved: hot.proved,
            refused: hot.refused,
            refusal: hot.refusal.map(Refusal::text),
            skipped: hot.skipped,
            retired: hot.retired,
        }
    }
}

impl Stats {
    fn new(process: &mut Process, outcome: &Outcome) -> anyhow::Result<Self> {
        let loops: Vec<_> = process.machine_mut().hot_loops()?.into_iter().map(LoopStats::from).collect();
        let memory = process.machine_mut().memory_use()?;
        let adapter = process.machine().adapter();
        let wall_seconds = outcome.wall.as_secs_f64();
        let translation = process.machine().translation().unwrap_or_default();
        Ok(Self {
            adapter: adapter.name.clone(),
            backend: adapter.backend.to_string(),
            lanes: process.lanes(),
            lane_instructions: process.stop(0).retired,
            instructions: outcome.retired,
            system_calls: outcome.system_calls,
            gpu_system_calls: outcome.gpu_system_calls,
            stop: process.stop(0).reason.to_string(),
            exit_status: linux::exit_status(&process.stop(0).reason),
            wall_seconds,
            longest_frame_seconds: outcome.longest.as_secs_f64(),
            mips: outcome.retired as f64 / wall_seconds / 1e6,
            instructions_skipped: loops.iter().map(|hot| hot.skipped).sum(),
            loops_noticed: process.machine().notices_loops(),
            loops_wanted: process.machine().loops() != Loops::Off,
            inference_seconds: process.machine().loop_inference().as_secs_f64(),
            loops,
            translated_blocks: translation.blocks,
            translated_instructions: translation.instructions,
            translated_share: outcome.translated as f64 / outcome.retired.max(1) as f64,
            memory_work: (process.machine().prefetch() != Prefetch::Off).then(|| process.machine().memory_work()),
            translate_seconds: (translation.translate + translation.compile).as_secs_f64(),
            memory,
        })
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "adapter       {} ({})", self.adapter, self.backend)?;
        writeln!(f, "lanes         {}", self.lanes)?;
        writeln!(f, "instructions  {} in lane 0, {} in all", self.lane_instructions, self.instructions)?;
        writeln!(f, "system calls  {}, {} of them on the GPU", self.system_calls, self.gpu_system_calls)?;
        writeln!(f, "stop          {}", self.stop)?;
        writeln!(f, "wall time     {:.3} s", self.wall_seconds)?;
        writeln!(f, "longest frame {:.1} ms", self.longest_frame_seconds * 1e3)?;
        if self.translated_blocks != 0 {
            let Stats { translated_blocks, translated_instructions, translated_share, translate_seconds, .. } = self;
            writeln!(
                f,
                "translated    {translated_instructions} instructions in {translated_blocks} blocks, {translate_seconds:.3} s, {:.1} % of what ran",
                translated_share * 100.0
            )?;
        }
        writeln!(f, "speed         {:.2} MIPS", self.mips)?;
        let MemoryUse { shared_pages, copied_pages, frames, banks, .. } = self.memory;
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        writeln!(
            f,
            "pages         {shared_pages} shared, {copied_pages} copied, in {frames} frames and {banks} banks"
        )?;
        writeln!(
            f,
            "memory        {:.1} MiB of frames (peak {:.1}), {:.1} MiB on the GPU (peak {:.1}), {:.1} MiB put away (peak {:.1})",
            mib(self.memory.frame_bytes),
            mib(self.memory.peak_frame_bytes),
            mib(self.memory.gpu_bytes),
            mib(self.memory.peak_gpu_bytes),
            mib(self.memory.spilled_bytes),
            mib(self.memory.peak_spilled_bytes)
        )?;
        if let Some(MemoryWork {
            misses, stalls, ahead, ahead_used, leaves, asked, used, late, wrong, dropped, ..
        }) = self.memory_work
        {
            writeln!(
                f,
                "memory work   {misses} misses, {stalls} pages copied by lanes, {ahead} ahead ({ahead_used} used), \
                 {leaves} slices left"
            )?;
            writeln!(
                f,
                "predictions   {used} used, {late} late, {wrong} wrong, {dropped} dropped; network asked {asked} times"
            )?;
        }
        if self.loops_wanted && !self.loops_noticed && self.loops.is_empty() {
            writeln!(
                f,
                "hot loops     not looked for: it ended before that was likely to pay (--loop-patience 0: at once)"
            )?;
        } else if self.loops_wanted {
            let share = self.instructions_skipped as f64 / self.instructions.max(1) as f64 * 100.0;
            writeln!(f, "hot loops     {}, {share:.1} % of the instructions run as a whole", self.loops.len())?;
        }
        if self.inference_seconds > 0.0 {
            writeln!(f, "networks      asked for {:.3} s", self.inference_seconds)?;
        }
        for hot in &self.loops {
            let LoopStats { head, length, visits, proved, refused, skipped, .. } = hot;
            write!(f, "  {head}  {length} instructions, {visits} visits, {proved} proved, {skipped} skipped")?;
            if let Some(reason) = hot.refusal {
                write!(f, "; {refused} refused: {reason}")?;
            }
            writeln!(f, "{}", if hot.retired { "; given up" } else { "" })?;
        }
        Ok(())
    }
}

/// A number of seconds.
pub(super) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| format!("'{text}' is not a number of seconds like 0 or 2.5"))
}

/// A number of bytes: digits and K, M, G or T, powers of 1024.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let error = || format!("'{text}' is not a size like 65536, 512K, 64M or 2G");
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let shift = match text[end..].to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return Err(error()),
    };
    let number: u64 = text[..end].parse().map_err(|_| error())?;
    number.checked_mul(1 << shift).ok_or_else(error)
}

pub(super) fn parse_variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("'{text}' is not KEY=VALUE")),
    }
}

fn parse_patch(text: &str) -> Result<(String, PathBuf, u64), String> {
    let parts = text.split_once('=').and_then(|(place, file)| {
        let (path, row) = file.rsplit_once(':')?;
        Some((place, path, row.parse().ok()?))
    });
    match parts {
        Some((place, path, row)) if !place.is_empty() && !path.is_empty() => Ok((place.to_owned(), path.into(), row)),
        _ => Err(format!("'{text}' is not SYMBOL=FILE.npy:ROW")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches() {
        assert_eq!(parse_patch("a=b:c.npy:7"), Ok(("a".to_owned(), "b:c.npy".into(), 7)));
        for text in ["", "a", "a=b", "a=b:", "a=b:-1", "=b:1", "a=:1"] {
            assert!(parse_patch(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [("0", 0), ("4096", 4096), ("64M", 64 << 20), ("1g", 1 << 30), ("2KiB", 2048)] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "M", "-1", "1X", "1.5M", "99999999999T", "18446744073709551616"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
