//! `cargo xtask`: what people who work on KVRM repeat.

mod benches;
mod cargo;
mod goldens;
mod instructions;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use xtask::{links, pages, record};

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
    /// Write the tables in the documents anew, from benches/results, and follow all links
    Pages,
    /// Draw docs/kvrm.svg anew, from what some commands print
    Record {
        /// The command, whose file is called kvrm
        #[arg(default_value = "target/release/kvrm")]
        kvrm: PathBuf,
    },
    /// Write the WGSL of tests/golden anew, as the translator has it now
    Goldens {
        /// Only of this file, whose name is NAME.wgsl
        name: Option<String>,
    },
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
        Task::Pages => {
            for page in pages::write(&cargo::root())? {
                println!("{}", page.display());
            }
            let broken = links::broken(&cargo::root())?;
            anyhow::ensure!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
            Ok(())
        }
        Task::Record { kvrm } => record::record(&cargo::root(), &kvrm).map(|_| ()),
        Task::Goldens { name } => goldens::write(name.as_deref()),
        Task::Benches { folder } => benches::bundle(&folder),
    }
}
