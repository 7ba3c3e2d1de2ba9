//! What a reader is told: the mismatches, and the counts per class.

use super::case::Case;
use super::run::Mismatch;
use super::state::State;
use crate::abi::{NZCV, Place};
use crate::isa;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Bytes of a memory difference that are shown; more say no more.
const SHOWN_BYTES: usize = 16;

impl Mismatch {
    /// Many lines: the case's other keys, its listing, and the states side by side, `*` before each that is wrong.
    pub fn describe(&self, case: &Case) -> String {
        let mut text = String::new();
        let _ = self.write(case, &mut text); // writing to a String cannot fail
        text
    }

    fn write(&self, case: &Case, f: &mut String) -> fmt::Result {
        write!(f, "{}", case.class())?;
        for (key, value) in &case.other {
            write!(f, "  {key}={value}")?;
        }
        writeln!(f)?;
        for (address, &word) in (case.init.registers.pc()..).step_by(4).zip(&case.words) {
            writeln!(f, "    {address:12x}:  {word:08x}  {}", isa::disassemble(word, address))?;
        }
        writeln!(f, "           {:>18} {:>18} {:>18}", "init", "expected", "got")?;
        let (init, want, got) = (&case.init, &case.expected, &self.got);
        let differing: Vec<_> = want.differing(got).collect();
        for (register, before) in init.registers.iter() {
            let (expected, found) = (want.registers.get(register), got.registers.get(register));
            let differs = differing.contains(&register);
            // What is rarely used is shown where it is.
            let rare = matches!(register.place, Place::State(_));
            if rare && !differs && before | found == 0 {
                continue;
            }
            let mark = if differs { '*' } else { ' ' };
            let name = register.name.to_lowercase();
            let [before, expected, found] = [before, expected, found].map(|value| match register {
                _ if *register == *NZCV => flags(value),
                _ => format!("{value:x}"),
            });
            writeln!(f, "  {mark} {name:<6} {before:>18} {expected:>18} {found:>18}")?;
        }
        let fault_differs = want.fault.is_some() && want.fault != got.fault;
        if want.stop.is_some() || got.stop.is_some() || fault_differs {
            let mark = if want.stop == got.stop && !fault_differs { ' ' } else { '*' };
            writeln!(f, "  {mark} stop   {:>18} {:>18} {:>18}", "", stop(want), stop(got))?;
        }
        for memory in &self.memory {
            let [before, expected, found] = [&memory.init, &memory.expected, &memory.got].map(|bytes| hex(bytes));
            writeln!(f, "  * {:x}: init {before}, expected {expected}, got {found}", memory.address)?;
        }
        match &self.reason {
            Some(reason) => writeln!(f, "    the lane stopped: {reason}"),
            None => Ok(()),
        }
    }
}

fn flags(nzcv: u128) -> String {
    "NZCV".chars().enumerate().map(|(bit, name)| if nzcv >> (3 - bit) & 1 == 1 { name } else { '-' }).collect()
}

fn stop(state: &State) -> String {
    match (state.stop, state.fault) {
        (Some(stop), Some(fault)) => format!("{stop} {fault:x}"),
        (Some(stop), None) => stop.to_string(),
        (None, _) => "-".to_string(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text: String = bytes.iter().take(SHOWN_BYTES).map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() > SHOWN_BYTES {
        let _ = write!(text, ".. ({} bytes)", bytes.len());
    }
    text
}

/// How many cases passed and failed, by class. Displayed, it is a line for each class and one for all.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    classes: BTreeMap<String, (usize, usize)>,
}

impl Summary {
    /// Counts the result of one case.
    pub fn count(&mut self, case: &Case, passed: bool) {
        let (passes, failures) = self.classes.entry(case.class().to_string()).or_default();
        *(if passed { passes } else { failures }) += 1;
    }

    /// Cases that passed.
    pub fn passed(&self) -> usize {
        self.classes.values().map(|(passed, _)| passed).sum()
    }

    /// Cases that failed.
    pub fn failed(&self) -> usize {
        self.classes.values().map(|(_, failed)| failed).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let width = self.classes.keys().map(String::len).max().unwrap_or(0);
        for (class, (passed, failed)) in &self.classes {
            let mark = if *failed > 0 { '*' } else { ' ' };
            writeln!(f, "{mark} {class:<width$}  {passed:>6} passed, {failed:>6} failed")?;
        }
        writeln!(f, "{} passed, {} failed", self.passed(), self.failed())
    }
}
