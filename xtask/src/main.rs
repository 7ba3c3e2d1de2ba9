//! `cargo xtask`: what people who work on KVRM repeat.

mod benches;
mod cargo;
mod instructions;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// What people who work on KVRM repeat.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write docs/INSTRUCTIONS.md anew, from the table of encodings
    Instructions,
    /// Build `kvrm` and all benchmarks in release, and put them into one folder, to take to another machine
    Benches {
        /// The folder, which is made
        #[arg(default_value = "target/benches")]
        folder: PathBuf,
    },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Instructions => instructions::write(),
        Task::Benches { folder } => benches::bundle(&folder),
    }
}
