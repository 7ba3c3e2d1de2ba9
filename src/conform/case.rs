//! A case: instruction words, the state before them and the state after them; and the JSON Lines file that holds cases.

use super::hex::{Bytes, Number};
use crate::isa;
use crate::machine::{ADDRESS_END, PAGE_SIZE};
use serde::de::{self, Deserializer};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// One test case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The instruction words, in order, from the `pc` of `init`.
    #[serde(with = "words")]
    pub words: Vec<u32>,
    /// The state before the first word.
    pub init: State,
    /// The state after the last.
    #[serde(rename = "final")]
    pub expected: State,
    /// What the summary counts the case under; without it the name of the first word's encoding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Every other key, kept for the report.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

/// Everything that a program can see and change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// X0 to X30.
    #[serde(with = "registers")]
    pub x: [u64; 31],
    /// The stack pointer.
    #[serde(with = "number")]
    pub sp: u64,
    /// The program counter; where an instruction stops the lane, that instruction's address.
    #[serde(with = "number")]
    pub pc: u64,
    /// The flags: N is 8, Z 4, C 2, V 1.
    #[serde(with = "flags")]
    pub nzcv: u8,
    /// Bytes in memory, by address. Later pieces lie over earlier ones.
    #[serde(default, with = "memory")]
    pub mem: Vec<(u64, Vec<u8>)>,
    /// What kept the instruction at `pc` from executing, if anything did. Only in `final`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Stop>,
    /// The address of a memory fault. Only in `final`; not compared when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_number")]
    pub fault: Option<u64>,
}

/// Why an instruction does not execute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stop {
    /// UDF, an unallocated word, or an instruction that the processor does not have.
    Undefined,
    /// BRK.
    Breakpoint,
    /// HLT.
    Halt,
    /// SVC. The `pc` is the address after it, as the processor reports it.
    Syscall,
    /// An access to memory that is not there.
    Memory,
    /// An access to an address that the instruction needs aligned.
    Alignment,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Stop::Undefined => "undefined",
            Stop::Breakpoint => "breakpoint",
            Stop::Halt => "halt",
            Stop::Syscall => "syscall",
            Stop::Memory => "memory",
            Stop::Alignment => "alignment",
        })
    }
}

/// A line that is no case.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Malformed {
    /// Which line, the first being 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Reads JSON Lines, one case a line; blank lines are passed over. Each case comes with its line number.
pub fn parse(file: &[u8]) -> Result<Vec<(usize, Case)>, Malformed> {
    let mut cases = Vec::new();
    for (index, text) in file.split(|&byte| byte == b'\n').enumerate() {
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let malformed = |reason| Malformed { line: index + 1, reason };
        let case: Case = serde_json::from_slice(text).map_err(|error| {
            let place = format!(" at line {} column {}", error.line(), error.column());
            let message = error.to_string();
            malformed(format!("{} (column {})", message.strip_suffix(&place).unwrap_or(&message), error.column()))
        })?;
        case.check().map_err(malformed)?;
        cases.push((index + 1, case));
    }
    Ok(cases)
}

impl Case {
    /// Where the words lie.
    pub fn code(&self) -> std::ops::Range<u64> {
        self.init.pc..self.init.pc + 4 * self.words.len() as u64
    }

    /// True if `pc` is the address of one of the words.
    pub fn executes(&self, pc: u64) -> bool {
        self.code().contains(&pc) && pc.is_multiple_of(4)
    }

    /// The words as bytes in memory.
    pub fn code_bytes(&self) -> Vec<u8> {
        self.words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// The pages in reach, ascending: those that hold the words, the first memory or the final memory. No other is mapped.
    pub fn pages(&self) -> Vec<u64> {
        let memory = self.init.mem.iter().chain(&self.expected.mem);
        let mut pages = BTreeSet::new();
        for range in memory.map(|(start, bytes)| *start..start + bytes.len() as u64).chain([self.code()]) {
            pages.extend((range.start / PAGE_SIZE..range.end.div_ceil(PAGE_SIZE)).map(|page| page * PAGE_SIZE));
        }
        pages.into_iter().collect()
    }

    /// What the summary counts the case under.
    pub fn class(&self) -> &str {
        match &self.class {
            Some(class) => class,
            None => self.words.first().and_then(|&word| isa::find(word)).map_or("unallocated", |found| found.name),
        }
    }

    /// What the JSON types cannot say.
    fn check(&self) -> Result<(), String> {
        if self.words.is_empty() {
            return Err("`words` is empty".into());
        }
        if !self.init.pc.is_multiple_of(4) {
            return Err(format!("the `pc` {:#x} of `init` is not a multiple of 4", self.init.pc));
        }
        if self.init.stop.is_some() || self.init.fault.is_some() {
            return Err("`init` has a `stop` or a `fault`: only `final` can".into());
        }
        let fits = |start: u64, length: usize| start.checked_add(length as u64).is_some_and(|end| end <= ADDRESS_END);
        if !fits(self.init.pc, 4 * self.words.len()) {
            return Err(format!("the words at {:#x} leave the address space of 48 bits", self.init.pc));
        }
        match self.init.mem.iter().chain(&self.expected.mem).find(|(start, bytes)| !fits(*start, bytes.len())) {
            Some((start, bytes)) => {
                Err(format!("{} bytes of `mem` at {start:#x} leave the address space of 48 bits", bytes.len()))
            }
            None => Ok(()),
        }
    }
}

mod number {
    use super::*;

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        Ok(Number::deserialize(deserializer)?.0)
    }

    pub fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        Number(*value).serialize(serializer)
    }
}

mod optional_number {
    use super::*;

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
        Ok(Option::<Number>::deserialize(deserializer)?.map(|number| number.0))
    }

    pub fn serialize<S: Serializer>(value: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(Number).serialize(serializer)
    }
}

mod words {
    use super::*;

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u32>, D::Error> {
        let words = Vec::<Number>::deserialize(deserializer)?;
        let narrow =
            |Number(word)| u32::try_from(word).map_err(|_| de::Error::custom(format!("{word:#x} is no 32-bit word")));
        words.into_iter().map(narrow).collect()
    }

    pub fn serialize<S: Serializer>(words: &[u32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(words.iter().map(|word| format!("{word:08x}")))
    }
}

mod registers {
    use super::*;

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u64; 31], D::Error> {
        let values: Vec<u64> = Vec::<Number>::deserialize(deserializer)?.into_iter().map(|number| number.0).collect();
        let count = values.len();
        values.try_into().map_err(|_| de::Error::custom(format!("`x` holds {count} values instead of 31")))
    }

    pub fn serialize<S: Serializer>(x: &[u64; 31], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(x.iter().map(|&value| Number(value)))
    }
}

mod flags {
    use super::*;

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        match Number::deserialize(deserializer)?.0 {
            nzcv @ 0..=15 => Ok(nzcv as u8),
            other => Err(de::Error::custom(format!("`nzcv` is {other:#x}, which is more than 15"))),
        }
    }

    pub fn serialize<S: Serializer>(nzcv: &u8, serializer: S) -> Result<S::Ok, S::Error> {
        Number(u64::from(*nzcv)).serialize(serializer)
    }
}

mod memory {
    use super::*;

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(u64, Vec<u8>)>, D::Error> {
        let pieces = Vec::<(Number, Bytes)>::deserialize(deserializer)?;
        Ok(pieces.into_iter().map(|(address, bytes)| (address.0, bytes.0)).collect())
    }

    pub fn serialize<S: Serializer>(pieces: &[(u64, Vec<u8>)], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(pieces.iter().map(|(address, bytes)| (Number(*address), Bytes(bytes.clone()))))
    }
}
