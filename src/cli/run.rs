//! `kvrm run`: a program in every lane, lane 0's streams connected to ours.

mod fault;
mod stats;

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::dispatch::DispatchArgs;
use super::translate::{TranslateArg, mode};
use super::{INTERRUPTED, complain, leave};
use anyhow::Context;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kvrm::linux::{self, Command, End, Outcome, Process, Signal, Symbols};
use kvrm::machine::{Loops, Machine, Prefetch, TranslationProgress, TranslationStage, is_translating};
use kvrm::neural::{LoopNetwork, MEMORY_ORACLE, Weights};
use kvrm::sweep::patch_row;
use kvrm::{escape, files};
use stats::Stats;

/// Exit status for a file that cannot be run, and for one that is not there: as shells have it.
pub(super) const NOT_RUNNABLE: u8 = 126;
pub(super) const NOT_FOUND: u8 = 127;
/// What the exit status is, for `--help`.
const STATUSES: &str = "\
Exit status: the program's own in lane 0, or 128 and the number of the signal that ended it. Besides:
  124  it retired --max-cycles instructions
  125  KVRM or the GPU failed
  126  the file is no program that KVRM runs
  127  there is no such file
  130  interrupted (Ctrl-C)
  2    wrong usage";
/// Lanes that differ from lane 0 which are described one by one.
const DESCRIBED: usize = 4;

/// [`MEMORY_SIZE`] as the help shows it.
pub(super) const DEFAULT_MEMORY: &str = "4G";

#[derive(Args)]
#[command(override_usage = "kvrm run [OPTIONS] PROGRAM.elf [ARGS]...", after_help = STATUSES)]
pub struct Arguments {
    /// How many lanes run the program, each with its own registers and memory
    #[arg(long, value_name = "N", default_value_t = 1)]
    lanes: u32,
    /// Stop a lane that has retired so many instructions
    #[arg(long, value_name = "N", default_value_t = u64::MAX, hide_default_value = true)]
    max_cycles: u64,
    /// Memory that each lane may have mapped, like 64M
    #[arg(long, value_name = "SIZE", default_value = DEFAULT_MEMORY, value_parser = parse_size)]
    memory: u64,
    /// Stack of each lane, like 64M; otherwise 8M, or a quarter of the memory where that is less
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    stack: Option<u64>,
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
    match linux::elf::Program::parse(&file, arguments.memory) {
        Ok(program) if program.missing > 0 => {
            let (name, missing) = (Path::new(name).display(), program.missing);
            complain(format_args!("{name}: the file ends {missing} bytes before its segments do: was it cut short?"));
        }
        Ok(_) => {}
        Err(error) => return not_runnable(error),
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
        .stack_size(arguments.stack)
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
    if arguments.stats.is_some() {
        let interrupt = Arc::new(AtomicBool::new(false));
        process.machine_mut().set_interrupt(Some(interrupt.clone()));
        // The second time somebody is in a hurry.
        ctrlc::set_handler(move || {
            if interrupt.swap(true, Ordering::Relaxed) {
                leave(INTERRUPTED);
            }
        })?;
    }
    let shown = std::io::stderr().is_terminal() || matches!(arguments.stats, Some(Format::Text));
    let compile = compile(&mut process, shown)?;
    let outcome = process.run(arguments.max_cycles)?;
    let outcome = Outcome { compile: compile + outcome.compile, ..outcome };

    let reason = process.stop(0).reason;
    if linux::signal(&reason) != Some(Signal::PIPE) {
        if !matches!(End::of(&reason), Some(End::Exited { .. })) {
            fault::report(&mut process, &file, arguments.memory)?;
        }
        if !outcome.interrupted {
            report_differences(&mut process);
        }
    }
    let status = status(&process, &outcome);
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

/// Compiles what the program runs in, and says so where that takes a while.
fn compile(process: &mut Process, shown: bool) -> anyhow::Result<Duration> {
    let (done, finished) = mpsc::channel::<()>();
    let progress = process.machine().translation_progress();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if shown {
                show(&progress, &finished);
            }
        });
        let prepared = process.machine_mut().prepare();
        drop(done);
        Ok(prepared?)
    })
}

/// Says what is being made as long as nothing is `finished`: on a terminal how long it has taken so far, otherwise once.
fn show(progress: &TranslationProgress, finished: &mpsc::Receiver<()>) {
    const A_WHILE: Duration = Duration::from_secs(1);
    const OFTEN: Duration = Duration::from_millis(200);
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("kvrm: {msg} ({elapsed})");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    let mut said = None;
    let mut wait = A_WHILE;
    while finished.recv_timeout(wait) == Err(mpsc::RecvTimeoutError::Timeout) {
        wait = OFTEN;
        let stage = progress.stage();
        let text = match stage {
            TranslationStage::Idle => "compiling shaders".to_owned(),
            TranslationStage::Translating { done, of } => format!("translating {done} of {of} instructions"),
            TranslationStage::Compiling { instructions } => format!("compiling {instructions} translated instructions"),
        };
        let kind = Some(std::mem::discriminant(&stage));
        if !std::io::stderr().is_terminal() && said != kind {
            complain(&text);
        }
        said = kind;
        bar.set_message(text);
        bar.tick();
    }
    bar.finish_and_clear();
}

/// The exit status.
fn status(process: &Process, outcome: &Outcome) -> u8 {
    if outcome.interrupted { INTERRUPTED } else { linux::exit_status(&process.stop(0).reason) }
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
        assert_eq!(parse_size(DEFAULT_MEMORY), Ok(kvrm::machine::MEMORY_SIZE));
        for text in ["", "M", "-1", "1X", "1.5M", "99999999999T", "18446744073709551616"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
