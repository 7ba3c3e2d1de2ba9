//! What tests of several subjects use.

pub mod asm;
pub mod cases;
mod environment;
pub mod folder;
pub mod oracle;
pub mod random_instructions;
pub mod random_loops;
pub mod rng;
pub mod tiny;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::UNIX_EPOCH;

use kvrm::gpu::{Gpu, Options};

/// A device of its own on the adapter that the tests run on.
pub fn gpu() -> Gpu {
    Gpu::open(&Options::default()).expect("the tests need a GPU adapter")
}

/// The seed of a random test: `KVRM_SEED`, or the clock's. It is printed, so that a failure can be repeated.
pub fn seed() -> u64 {
    let clock = || UNIX_EPOCH.elapsed().map_or(1, |time| time.as_micros() as u64);
    let seed = number("KVRM_SEED").unwrap_or_else(clock);
    println!("KVRM_SEED={seed}");
    seed
}

/// A number in the environment.
pub fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no decimal number")))
}

/// Says that a comparison is left out, for something is not installed. Where CI runs, that is a failure.
pub fn skipped(comparison: &str, missing: &str) {
    assert!(!std::env::var("CI").is_ok_and(|ci| ci == "true"), "not installed: {missing}");
    eprintln!("SKIPPED: {comparison}, for this is not installed: {missing}");
}

/// Where the guest program `name` is, which is a file of `tests/programs/elf`.
pub fn elf_path(name: &str) -> PathBuf {
    cases::folder().join("elf").join(name)
}

/// The guest program `name`.
pub fn elf(name: &str) -> Vec<u8> {
    std::fs::read(elf_path(name)).unwrap()
}

/// `words` as they are in memory.
pub fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// What came of `kvrm SUBCOMMAND ARGUMENTS`.
#[cfg(feature = "cli")]
pub fn kvrm(subcommand: &str, arguments: &[&str]) -> Output {
    command(subcommand, arguments).output().expect("cargo has built it")
}

/// `kvrm SUBCOMMAND ARGUMENTS`, with nothing on standard input, and pipes for its output.
#[cfg(feature = "cli")]
pub fn command(subcommand: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvrm"));
    command.arg(subcommand).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What it wrote on standard error.
pub fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A `.npy` file of version 1.0: `descr`, `fortran_order` and `shape` as they stand in the header.
pub fn npy(descr: &str, fortran_order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': {fortran_order}, 'shape': {shape}, }}");
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", length.as_slice(), header.as_bytes(), data].concat()
}

/// A path as an argument.
pub fn text(path: &Path) -> String {
    path.display().to_string()
}
