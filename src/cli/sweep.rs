//! `kvrm sweep`: a program on very many inputs.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kvrm::linux::elf;
use kvrm::machine::is_translating;
use kvrm::sweep::{Error, Finished, Format, Inputs, Progress, Sweep};
use kvrm::{escape, files};

use super::run::{DEFAULT_MEMORY, NOT_FOUND, NOT_RUNNABLE, parse_seconds, parse_size, parse_variable};
use super::translate::TranslateArg;
use super::{HOST_FAILURE, INTERRUPTED, complain, leave};

/// Run a program once for each of many inputs, many at a time; docs/SWEEP.md describes inputs and results
#[derive(Args)]
#[command(override_usage = "kvrm sweep PROGRAM.elf [OPTIONS] [--] [ARGS]...")]
pub struct SweepArgs {
    /// Each file of this folder is the standard input of a run
    #[arg(long, value_name = "DIR", group = "source")]
    stdin_dir: Option<PathBuf>,
    /// Each line of this file is the arguments of a run, behind ARGS, quoted as for a shell
    #[arg(long, value_name = "FILE", group = "source")]
    args_file: Option<PathBuf>,
    /// Each number from A on and below B is the seed of a run's random bytes
    #[arg(long, value_name = "A..B", group = "source", value_parser = parse_range)]
    seed_range: Option<Range<u64>>,
    /// Row n of the array is written over SYMBOL, or 0xADDRESS, before run n begins; can be repeated and combined
    #[arg(long = "patch", value_name = "SYMBOL=FILE.npy", value_parser = parse_patch)]
    patches: Vec<(String, PathBuf)>,
    /// Write results to this file: .jsonl, .csv or .parquet; an interrupted sweep goes on. JSON lines to standard
    /// output otherwise
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Start over, whatever the result file holds
    #[arg(long, requires = "out")]
    overwrite: bool,
    /// Keep what runs write, not only its length and hash
    #[arg(long)]
    keep_output: bool,
    /// Bytes of each stream of a run that --keep-output keeps
    #[arg(long, value_name = "SIZE", default_value = "1M", value_parser = parse_size)]
    output_limit: u64,
    /// Stop a run that has retired so many instructions
    #[arg(long, value_name = "N", default_value_t = 1_000_000_000)]
    max_cycles: u64,
    /// Run part I of N, counted from 0; the parts' files joined are the whole sweep's file
    #[arg(long, value_name = "I/N", default_value = "0/1", value_parser = parse_shard)]
    shard: (u64, u64),
    /// Run the program to this symbol or 0xADDRESS once, and every input from there on
    #[arg(long, value_name = "SYMBOL")]
    fork_at: Option<String>,
    /// Say of each input which edges of the program it was the first to cover
    #[arg(long)]
    coverage: bool,
    /// Run this input alone and print its record with what it wrote: by its name in the results, or its number from 0 on
    #[arg(long, value_name = "INPUT", conflicts_with_all = ["out", "shard"])]
    only: Option<String>,
    /// What the program is told that it is called; otherwise the path that is given here, which changes the stack and so may
    /// change counts
    #[arg(long, value_name = "NAME")]
    argv0: Option<OsString>,
    /// Use these adapters, by parts of their names; `all` is every GPU
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    adapters: Vec<String>,
    /// Runs at once on a machine; it suits the adapter otherwise. No result depends on it
    #[arg(long, value_name = "N")]
    lanes: Option<u32>,
    /// Machines on each adapter, so that one works while another's inputs and results are moved
    #[arg(long, value_name = "N", default_value_t = 2)]
    workers: u32,
    /// Memory that each run may have mapped, like 64M
    #[arg(long, value_name = "SIZE", default_value = DEFAULT_MEMORY, value_parser = parse_size)]
    memory: u64,
    /// Stack of each run, like 64M; otherwise 8M, or a quarter of the memory where that is less
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    stack: Option<u64>,
    /// Seed of the random bytes of runs that have no seed of their own
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Set a variable of the program's environment, which is empty otherwise
    #[arg(long = "env", value_name = "KEY=VALUE", value_parser = parse_variable)]
    variables: Vec<(String, String)>,
    /// Translate code, which pays where runs are long and go the same way; no result depends on it. What --coverage looks
    /// at is interpreted
    #[arg(long, value_name = "WHAT", default_value = "off")]
    translate: TranslateArg,
    /// Translate what a machine has run for so many seconds; otherwise after so long that it is likely to pay
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    translate_patience: Option<Duration>,
    /// Leave out the bounds checks of the shaders
    #[arg(long)]
    unchecked: bool,
    /// Print neither progress nor summary
    #[arg(long, short)]
    quiet: bool,
    /// The program, a static ARM64 ELF file
    #[arg(value_name = "PROGRAM.elf")]
    program: PathBuf,
    /// Arguments of every run; from the first on, nothing is an option. Put -- before one that begins with a hyphen
    #[arg(trailing_var_arg = true)]
    args: Vec<OsString>,
}

pub fn sweep(arguments: SweepArgs) -> anyhow::Result<ExitCode> {
    let status = run(arguments).unwrap_or_else(|error| {
        complain(format_args!("{error:#}"));
        HOST_FAILURE
    });
    if is_translating() {
        leave(status);
    }
    Ok(ExitCode::from(status))
}

/// Returns the exit status.
fn run(arguments: SweepArgs) -> anyhow::Result<u8> {
    let name = &arguments.program;
    let file = match files::read(name, files::PROGRAM) {
        Ok(file) => file,
        Err(error) => {
            complain(format_args!("{}: {error}", name.display()));
            let missing = error.kind() == std::io::ErrorKind::NotFound;
            return Ok(if missing { NOT_FOUND } else { NOT_RUNNABLE });
        }
    };
    if let Err(error) = elf::Program::parse(&file, arguments.memory) {
        complain(format_args!("{}: {error}", name.display()));
        return Ok(NOT_RUNNABLE);
    }
    if let Some(out) = &arguments.out {
        Format::of(out)?;
    }
    let (index, count) = arguments.shard;
    let inputs = inputs(&arguments)?;
    let only = arguments.only.as_deref().map(|name| inputs.find(name)).transpose()?;
    let called = arguments.argv0.as_deref().unwrap_or(name.as_os_str());
    let sweep = Sweep::new(called, file, inputs)
        .only(only)
        .arguments(&arguments.args)
        .seed(arguments.seed)
        .memory_size(arguments.memory)
        .stack_size(arguments.stack)
        .max_cycles(arguments.max_cycles)
        .keep_output(arguments.keep_output || only.is_some())
        .output_limit(usize::try_from(arguments.output_limit).unwrap_or(usize::MAX))
        .checked(!arguments.unchecked)
        .lanes(arguments.lanes)
        .workers(arguments.workers)
        .adapters(arguments.adapters)
        .fork_at(arguments.fork_at)
        .coverage(arguments.coverage)
        .translate(arguments.translate.into())
        .translate_patience(arguments.translate_patience)
        .abandon_translation(true)
        .shard(index, count);
    let sweep = arguments.variables.iter().fold(sweep, |sweep, (key, value)| sweep.variable(key, value));
    let stop = sweep.stop_flag();
    ctrlc::set_handler(move || {
        // The second time somebody is in a hurry.
        if stop.swap(true, Ordering::Relaxed) {
            leave(INTERRUPTED);
        }
    })?;
    let bar = Bar::new(arguments.quiet);
    let finished = match &arguments.out {
        Some(out) => sweep.write(out, arguments.overwrite, |progress| bar.show(progress)),
        None => sweep.write_lines(&mut std::io::stdout().lock(), |progress| bar.show(progress)),
    };
    bar.0.finish_and_clear();
    let finished = match finished {
        Err(Error::Output { error, .. }) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            return Ok(0);
        }
        Err(error) if arguments.out.is_some() && may_go_on(&error) => {
            return Err(anyhow::Error::new(error).context("the same command goes on where this one stopped"));
        }
        other => other?,
    };
    if !arguments.quiet {
        eprint!("{}", escape::message(&report(&finished)));
    }
    if finished.complete {
        return Ok(0);
    }
    if arguments.out.is_some() {
        eprintln!("kvrm: interrupted; the same command goes on where this one stopped");
    }
    Ok(INTERRUPTED)
}

fn inputs(arguments: &SweepArgs) -> anyhow::Result<Inputs> {
    let inputs = match (&arguments.stdin_dir, &arguments.args_file, &arguments.seed_range) {
        (Some(directory), _, _) => Inputs::files(directory)?,
        (_, Some(file), _) => Inputs::lines(file)?,
        (_, _, Some(range)) => Inputs::seeds(range.clone()),
        _ if arguments.patches.is_empty() => {
            anyhow::bail!("no inputs: give --stdin-dir, --args-file, --seed-range or --patch")
        }
        _ => Inputs::default(),
    };
    let patched = arguments.patches.iter().try_fold(inputs, |inputs, (place, file)| inputs.patch(place, file));
    Ok(patched?)
}

/// Whether what failed has to do with the machine at hand, not with what was asked for.
fn may_go_on(error: &Error) -> bool {
    matches!(
        error,
        Error::Gpu(_) | Error::Machine(_) | Error::NoWorkers | Error::WorkerPanic { .. } | Error::Output { .. }
    )
}

/// The progress bar, drawn where standard error is a terminal.
struct Bar(ProgressBar);

impl Bar {
    fn new(quiet: bool) -> Bar {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
        if quiet || !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let style = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} {msg}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Bar(bar)
    }

    fn show(&self, progress: &Progress) {
        self.0.set_length(progress.inputs);
        if progress.done == 0 {
            // What is there already does not count in the speed.
            self.0.set_position(progress.found);
            self.0.reset_eta();
        }
        self.0.set_message(speed(progress));
        self.0.set_position(progress.found + progress.done);
    }
}

fn speed(progress: &Progress) -> String {
    let seconds = progress.elapsed.as_secs_f64().max(1e-9);
    let (inputs, gips) = (progress.done as f64 / seconds, progress.instructions as f64 / seconds / 1e9);
    let digits = if gips < 10.0 { 3 } else { 1 };
    let edges = if progress.edges > 0 { format!(", {} edges", progress.edges) } else { String::new() };
    format!("{inputs:.0} inputs/s, {gips:.digits$} GIPS{edges}")
}

/// What is said at the end.
fn report(finished: &Finished) -> String {
    let Finished { summary, progress, .. } = finished;
    let mut text = String::new();
    if progress.done > 0 {
        text += &summary.to_string();
        text += &format!(
            "{} inputs, {} instructions in {:.3} s, {:.3} s of them until the first machine ran: {}\n",
            progress.done,
            progress.instructions,
            progress.elapsed.as_secs_f64(),
            progress.opening.as_secs_f64(),
            speed(progress)
        );
    }
    if progress.translated > 0 {
        let share = progress.translated as f64 / progress.instructions.max(1) as f64;
        text += &format!("{:.1} % of the instructions ran translated\n", share.min(1.0) * 100.0);
    }
    if progress.found > 0 {
        let whole = if progress.done == 0 && finished.complete { "all " } else { "" };
        text += &format!("{whole}{} results were there already\n", progress.found);
    }
    text
}

fn parse_range(text: &str) -> Result<Range<u64>, String> {
    let range = text.split_once("..").and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    range
        .filter(|range: &Range<u64>| !range.is_empty())
        .ok_or_else(|| format!("'{text}' is not a range A..B of numbers from A on and below B"))
}

fn parse_patch(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((place, file)) if !place.is_empty() && !file.is_empty() => Ok((place.to_owned(), file.into())),
        _ => Err(format!("'{text}' is not SYMBOL=FILE.npy")),
    }
}

fn parse_shard(text: &str) -> Result<(u64, u64), String> {
    let shard = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
    shard
        .filter(|(index, count)| index < count)
        .ok_or_else(|| format!("'{text}' is not a shard I/N with I from 0 on and below N"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_patches_and_shards() {
        assert_eq!(parse_range("3..9"), Ok(3..9));
        assert_eq!(parse_shard("2/3"), Ok((2, 3)));
        assert_eq!(parse_patch("a=b=c.npy"), Ok(("a".to_owned(), "b=c.npy".into())));
        for text in ["", "3", "9..3", "3..3", "a..b", "-1..2", "1..=2"] {
            assert!(parse_range(text).is_err(), "{text}");
        }
        for text in ["", "1", "3/3", "0/0", "-1/2", "1/2/3"] {
            assert!(parse_shard(text).is_err(), "{text}");
        }
        for text in ["", "a", "=f", "a="] {
            assert!(parse_patch(text).is_err(), "{text}");
        }
    }
}
