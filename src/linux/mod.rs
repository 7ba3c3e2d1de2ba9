//! Runs static AArch64 Linux programs: reads the ELF file, makes the stack that a program starts with, and serves its
//! system calls. No host file is reachable, time is virtual and random bytes are seeded, so that a run repeats exactly.
//!
//! ```no_run
//! use kvrm::{linux::Command, machine::Machine};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let machine = Machine::builder().lanes(64).build()?;
//! let mut process = Command::new("hello").argument("world").start(machine, &std::fs::read("hello")?)?;
//! let outcome = process.run(1_000_000_000)?;
//! println!("{}", String::from_utf8_lossy(process.stdout(0).bytes()));
//! println!("{} instructions, {}", outcome.retired, process.describe(0));
//! # Ok(())
//! # }
//! ```

mod calls;
mod command;
pub mod elf;
mod end;
mod frames;
mod process;
mod restart;
mod rows;
mod space;
mod stack;
mod symbols;
mod syscall;

pub use calls::shaders;
pub use command::Command;
pub use end::{exit_status, in_words, signal};
pub use process::{Error, Outcome, Process};
pub use restart::{LaneInputs, Patch};
pub use symbols::{Symbol, SymbolError, Symbols};
pub use syscall::{End, Output, Signal};
