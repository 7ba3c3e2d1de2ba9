//! What `kvrm run` says of lane 0 where the program did not end by itself: why it stopped and where, and after a fault its
//! registers.

use std::fmt::Write as _;

use kvrm::linux::elf::Program;
use kvrm::linux::{Process, Symbols};
use kvrm::machine::{NZCV, Place, Register, RegisterFile, StopReason};

/// Registers in a line.
const COLUMNS: usize = 4;
/// X30 is where a function returns to.
const LINK: usize = 30;

/// Prints it to standard error. `file` is the program, as it was started with so much memory.
pub fn report(process: &mut Process, file: &[u8], memory: u64) -> anyhow::Result<()> {
    super::complain(format_args!("lane 0: {}", process.describe(0)));
    let symbols = Program::parse(file, memory).map(|program| Symbols::read(file, &program)).unwrap_or_default();
    let registers = process.machine_mut().registers(0)?;
    let places = [("pc", process.stop(0).pc), ("x30", registers.x(LINK))];
    let places = places.iter().filter_map(|(register, address)| {
        let (symbol, offset) = symbols.at(*address)?;
        Some(format!("{register} is in {}+{offset:#x}", symbol.name))
    });
    let places: Vec<String> = places.collect();
    if !places.is_empty() {
        super::complain(places.join(", "));
    }
    if is_fault(&process.stop(0).reason) {
        listing(&registers).lines().for_each(super::complain);
    }
    Ok(())
}

/// Whether an instruction could not be executed.
fn is_fault(reason: &StopReason) -> bool {
    matches!(
        reason,
        StopReason::MemoryFault { .. }
            | StopReason::Undefined { .. }
            | StopReason::Breakpoint { .. }
            | StopReason::Halt { .. }
            | StopReason::PcAlignment
    )
}

/// All registers, some in a line.
fn listing(registers: &RegisterFile) -> String {
    // What few programs use is listed where it is used.
    let common = |register: &Register| register.words <= 2 && !matches!(register.place, Place::State(_));
    let used = registers.iter().filter(|(register, value)| common(register) || *value != 0);
    let (wide, narrow): (Vec<_>, Vec<_>) = used.partition(|(register, _)| register.words > 2);
    let shown = |(register, value): &(&Register, u128)| {
        let (register, value) = (*register, *value);
        match register {
            _ if register == NZCV => {
                let flags = "nzcv".chars().enumerate().map(|(n, flag)| flag_letter(value as u8, n, flag));
                format!("flags {}", flags.collect::<String>())
            }
            _ => format!("{:<5} {value:0width$x}", register.name.to_lowercase(), width = 8 * register.words as usize),
        }
    };
    let mut text = String::new();
    for (registers, columns, width) in [(narrow, COLUMNS, 22), (wide, COLUMNS / 2, 38)] {
        for line in registers.chunks(columns) {
            let line: Vec<String> = line.iter().map(|one| format!("{:<width$}", shown(one))).collect();
            let _ = writeln!(text, "{}", line.join("  ").trim_end());
        }
    }
    text
}

/// `N` where the flag is set, `n` where not.
fn flag_letter(nzcv: u8, n: usize, flag: char) -> char {
    if nzcv >> (3 - n) & 1 == 1 { flag.to_ascii_uppercase() } else { flag }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_registers_are_listed() {
        let mut registers = RegisterFile::default();
        (0..31).for_each(|n| registers.set_x(n, n as u64 * 0x11));
        registers.set_x(31, 0x7f_ffff_eff0);
        registers.set_pc(0x40_0123);
        registers.set(NZCV, 0b0110);
        let with_vectors = {
            let mut registers = registers;
            registers.set_v(3, 0x1234 << 64);
            listing(&registers)
        };
        assert!(with_vectors.ends_with("flags nZCv\nv3    00000000000012340000000000000000\n"), "{with_vectors}");
        let text = listing(&registers);
        assert_eq!(text.lines().count(), 9);
        assert!(text.starts_with("x0    0000000000000000  x1    0000000000000011  x2    00"), "{text}");
        assert!(text.ends_with("sp    0000007fffffeff0\npc    0000000000400123  flags nZCv\n"), "{text}");
    }
}
