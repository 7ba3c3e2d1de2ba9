//! `kvrm trace`: the accesses of a program that the memory oracle would be told of.

use std::ffi::OsString;
use std::path::PathBuf;

use super::run::{DEFAULT_MEMORY, parse_size};
use anyhow::{Context, ensure};
use clap::Args;
use kvrm::files;
use kvrm::linux::Command;
use kvrm::machine::{Machine, Prefetch, StopReason};
use kvrm::npy;

/// Instructions from one look at how many accesses there are to the next.
const STEP: u64 = 1 << 22;

/// Run a program and write which memory accesses missed the lane's translation cache
///
/// The file is a `.npy` array of shape (N, 4), `<u4`: address (low and high word), low word of the instruction's address, and
/// kind: bits 0 to 2 log2 of the bytes, 8 if it stores, 16 if it was the first to write to its page. The cache is empty at the
/// beginning of each slice.
#[derive(Args)]
pub struct TraceArgs {
    /// The file to write
    #[arg(long, value_name = "OUT.npy")]
    memory: PathBuf,
    /// Stop the program after so many accesses
    #[arg(long, value_name = "N", default_value_t = 1 << 20)]
    max: usize,
    /// Instructions of a slice
    #[arg(long, value_name = "N", default_value_t = STEP as u32, value_parser = clap::value_parser!(u32).range(1..))]
    slice: u32,
    /// Memory that the program may have mapped, like 64M
    #[arg(long = "size", value_name = "SIZE", default_value = DEFAULT_MEMORY, value_parser = parse_size)]
    size: u64,
    /// Use the adapter whose name contains this
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// The program, a static ARM64 ELF file; it reads our standard input
    #[arg(value_name = "PROGRAM.elf")]
    program: OsString,
    /// Its arguments
    #[arg(last = true, value_name = "ARGS")]
    rest: Vec<OsString>,
}

pub fn trace(arguments: TraceArgs) -> anyhow::Result<()> {
    let name = &arguments.program;
    ensure!(arguments.max > 0, "--max is at least 1");
    let file = files::read(name.as_ref(), files::PROGRAM).with_context(|| name.display().to_string())?;
    let machine = Machine::builder()
        .adapter(arguments.adapter)
        .memory_size(arguments.size)
        .slice_cycles(Some(arguments.slice))
        .prefetch(Prefetch::Trace)
        .build()?;
    let command = Command::new(name).arguments(&arguments.rest).stdin(std::io::stdin());
    let mut process = command.start(machine, &file).with_context(|| name.display().to_string())?;
    let (mut events, mut limit) = (Vec::new(), 0);
    loop {
        limit += STEP;
        process.run(limit)?;
        events.extend(process.machine_mut().take_trace());
        if events.len() >= arguments.max || process.stop(0).reason != StopReason::CycleLimit {
            break;
        }
    }
    events.truncate(arguments.max);
    let words: Vec<u32> = events.iter().flat_map(|event| event.to_words()).collect();
    npy::write(&arguments.memory, &[events.len() as u64, 4], &words)?;
    super::complain(format_args!("{} accesses; {}", events.len(), process.describe(0)));
    Ok(())
}
