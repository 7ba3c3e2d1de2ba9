//! A case: instruction words, the state before them and the state after them; and the JSON Lines file that holds cases.

use super::hex::Number;
use super::state::State;
use crate::isa;
use crate::machine::{ADDRESS_END, PAGE_SIZE};
use serde::de::{self, Deserializer};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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
        self.init.registers.pc()..self.init.registers.pc() + 4 * self.words.len() as u64
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
        let pc = self.init.registers.pc();
        if !pc.is_multiple_of(4) {
            return Err(format!("the `pc` {pc:#x} of `init` is not a multiple of 4"));
        }
        if self.init.stop.is_some() || self.init.fault.is_some() {
            return Err("`init` has a `stop` or a `fault`: only `final` can".into());
        }
        let fits = |start: u64, length: usize| start.checked_add(length as u64).is_some_and(|end| end <= ADDRESS_END);
        if !fits(pc, 4 * self.words.len()) {
            return Err(format!("the words at {pc:#x} leave the address space of 48 bits"));
        }
        match self.init.mem.iter().chain(&self.expected.mem).find(|(start, bytes)| !fits(*start, bytes.len())) {
            Some((start, bytes)) => {
                Err(format!("{} bytes of `mem` at {start:#x} leave the address space of 48 bits", bytes.len()))
            }
            None => Ok(()),
        }
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
