//! `kvrm translate`: what the translator makes of a program.

use std::ffi::OsString;
use std::path::PathBuf;

use super::run::{DEFAULT_MEMORY, parse_size};
use anyhow::Context;
use clap::{Args, ValueEnum};
use kvrm::files;
use kvrm::linux::Command;
use kvrm::machine::{Machine, Translate};

/// Write the WGSL that a program is translated to
#[derive(Args)]
pub struct TranslateArgs {
    /// The program, a static ARM64 ELF file
    #[arg(value_name = "PROGRAM.elf")]
    program: PathBuf,
    /// The file to write; standard output unless given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Use the adapter whose name contains this (it decodes the program)
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// Memory that the program may have mapped, like 64M
    #[arg(long, value_name = "SIZE", default_value = DEFAULT_MEMORY, value_parser = parse_size)]
    memory: u64,
}

/// What is translated.
#[derive(Clone, Copy, ValueEnum)]
pub enum TranslateArg {
    /// Nothing
    Off,
    /// What can be reached from the program's entry, before it starts
    All,
    /// Where the program is most, while it runs
    Auto,
}

/// What was asked for, or what is done otherwise.
pub fn mode(asked: Option<TranslateArg>) -> Translate {
    asked.map_or(Translate::AutoOnGpu, Translate::from)
}

impl From<TranslateArg> for Translate {
    fn from(value: TranslateArg) -> Self {
        match value {
            TranslateArg::Off => Translate::Off,
            TranslateArg::All => Translate::All,
            TranslateArg::Auto => Translate::Auto,
        }
    }
}

pub fn translate(arguments: TranslateArgs) -> anyhow::Result<()> {
    let name = arguments.program.display();
    let file = files::read(&arguments.program, files::PROGRAM).with_context(|| format!("{name}"))?;
    let machine = Machine::builder().adapter(arguments.adapter).memory_size(arguments.memory).build()?;
    let command = Command::new(OsString::from(&arguments.program));
    let mut process = command.start(machine, &file).with_context(|| format!("{name}"))?;
    let wgsl = process.machine_mut().translated_wgsl()?;
    match arguments.output {
        Some(path) => std::fs::write(&path, wgsl).with_context(|| format!("{}", path.display())),
        None => super::print(&wgsl),
    }
}
