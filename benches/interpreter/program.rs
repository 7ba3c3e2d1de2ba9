//! The programs that are timed: `tests/programs`, built into this binary.

/// A program whose first argument is its amount of work.
#[derive(Debug)]
pub struct Program {
    pub name: &'static str,
    pub elf: &'static [u8],
    /// Instructions after which every lane is in the loop that counts.
    pub start: u64,
}

macro_rules! program {
    ($name:literal, $file:literal, $start:literal) => {
        Program { name: $name, elf: include_bytes!(concat!("../../tests/programs/elf/", $file, ".elf")), start: $start }
    };
}

pub static PROGRAMS: [Program; 8] = [
    program!("loop", "bench_loop", 1_000),
    program!("loop_nostore", "bench_loop_nostore", 1_000),
    program!("sha256", "bench_sha256.O2", 30_000),
    program!("pointer", "bench_pointer.O2", 150_000),
    program!("aes", "bench_aes.O2", 20_000),
    program!("crc", "bench_crc.O2", 16_000),
    program!("sort", "bench_sort.O2", 1_000),
    program!("core", "bench_core.O2", 1_000),
];

impl Program {
    pub fn named(name: &str) -> Result<&'static Program, String> {
        let names = PROGRAMS.each_ref().map(|program| program.name).join(", ");
        PROGRAMS.iter().find(|program| program.name == name).ok_or(format!("the programs are {names}"))
    }

    /// The argument that asks for `units` of work. All have the same length, so that reading them takes the same number
    /// of instructions.
    pub fn argument(units: u64) -> String {
        format!("{units:013}")
    }
}

/// More units of work than any run gets through.
pub const FOREVER: u64 = 1_000_000_000_000;
