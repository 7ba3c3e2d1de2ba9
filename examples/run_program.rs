//! Runs an ARM64 program on the GPU: its output, then adapter, lanes, instructions, speed.
//!
//!     cargo run --release --example run_program                  # SHA-256 of a few texts, compiled from C
//!     cargo run --release --example run_program -- my.elf a b c  # your own static ELF file

use kvrm::{linux::Command, machine::Machine};

const SHA256: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs/elf/sha256.O2.elf");

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().unwrap_or_else(|| SHA256.into());
    let file = std::fs::read(&program)?;

    let machine = Machine::builder().lanes(64).build()?;
    let mut process = Command::new(&program)
        .arguments(arguments)
        .stdin(std::io::stdin())
        .stdout(std::io::stdout())
        .stderr(std::io::stderr())
        .start(machine, &file)?;
    let outcome = process.run(u64::MAX)?;

    println!("{} on {}", process.describe(0), process.machine().adapter().name);
    println!("{} lanes, {} instructions in all", process.lanes(), outcome.retired);
    println!("{:.1} MIPS", outcome.retired as f64 / outcome.wall.as_secs_f64() / 1e6);
    Ok(())
}
