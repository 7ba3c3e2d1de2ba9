//! The command line: what each subcommand takes. What they do is in their own files.

mod burst;
mod conform;
mod dispatch;
mod infer;
mod info;
mod isa;
mod run;
mod sweep;
mod trace;
mod translate;
mod verify_dispatch;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use kvrm::escape;

/// Exit status for what goes wrong on the host's side, as `env` and `timeout` have it.
const HOST_FAILURE: u8 = 125;
/// Exit status of what Ctrl-C ended, as shells have it.
const INTERRUPTED: u8 = 130;

/// Runs ARM64 programs on any GPU.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a static ARM64 Linux program; the exit status is the program's
    Run(run::Arguments),
    /// List the adapters, and what KVRM gets from the one that it would use
    Info {
        /// Use the adapter whose name contains this
        #[arg(long, value_name = "NAME")]
        adapter: Option<String>,
    },
    Burst(burst::BurstArgs),
    Conform(conform::ConformArgs),
    Translate(translate::TranslateArgs),
    Isa(isa::IsaArgs),
    Sweep(sweep::SweepArgs),
    Infer(infer::InferArgs),
    Trace(trace::TraceArgs),
    VerifyDispatch(verify_dispatch::VerifyDispatchArgs),
}

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    log_to_stderr();
    let arguments = Arguments::try_parse().unwrap_or_else(|error| {
        let hidden = |argument: std::ffi::OsString| argument.to_string_lossy().contains(escape::is_hidden);
        if !std::env::args_os().any(hidden) {
            error.exit();
        }
        // Without colours, but also without what a name in it would do to the terminal.
        eprint!("{}", escape::message(&error.render().to_string()));
        std::process::exit(error.exit_code());
    });
    let result = match arguments.command {
        Command::Run(arguments) => run::run(arguments),
        Command::Info { adapter } => info::info(adapter).map(|()| ExitCode::SUCCESS),
        Command::Translate(arguments) => translate::translate(arguments).map(|()| ExitCode::SUCCESS),
        Command::Burst(arguments) => burst::burst(arguments).map(|()| ExitCode::SUCCESS),
        Command::Isa(arguments) => isa::isa(arguments).map(|()| ExitCode::SUCCESS),
        Command::Sweep(arguments) => sweep::sweep(arguments),
        Command::Trace(arguments) => trace::trace(arguments).map(|()| ExitCode::SUCCESS),
        Command::Infer(arguments) => infer::infer(arguments).map(|()| ExitCode::SUCCESS),
        Command::VerifyDispatch(arguments) => verify_dispatch::verify_dispatch(arguments),
        Command::Conform(arguments) => conform::conform(arguments),
    };
    result.unwrap_or_else(|error| {
        complain(format_args!("{error:#}"));
        ExitCode::from(HOST_FAILURE)
    })
}

/// Prints a line to standard error. It may hold names from files and programs, and none of them reaches the terminal raw.
fn complain(text: impl std::fmt::Display) {
    eprintln!("kvrm: {}", escape::message(&text.to_string()));
}

/// Writes to standard output. A reader such as `head` may close it early; that is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

/// Warnings of KVRM itself; `RUST_LOG` asks for more, of wgpu and naga too.
fn log_to_stderr() {
    let environment = env_logger::Env::default().default_filter_or("kvrm=warn");
    env_logger::Builder::from_env(environment)
        .format(|out, record| writeln!(out, "kvrm: {}", escape::message(&record.args().to_string())))
        .init();
}

/// Ends the process at once, without waiting for a driver that still compiles, and without what would pull the ground from
/// under it. What is still to be written out is lost.
fn leave(status: u8) -> ! {
    #[cfg(unix)]
    // SAFETY: it takes a number and does not return.
    unsafe {
        libc::_exit(i32::from(status))
    }
    #[cfg(not(unix))]
    std::process::exit(i32::from(status))
}
