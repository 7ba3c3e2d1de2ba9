//! Hot loops that run as a whole: the counterpart of `wgsl/companions/loops/loops.wgsl`.

use crate::abi::*;

/// Why iterations of a loop were not run as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    Instruction,
    InnerBranch,
    Flags,
    Address,
    Size,
    Recurrence,
    Condition,
    Value,
    Alias,
    Alignment,
    Page,
    Short,
    Declined,
}

impl Refusal {
    fn from_word(word: u32) -> Option<Refusal> {
        Some(match word {
            LOOP_INSTRUCTION => Refusal::Instruction,
            LOOP_INNER_BRANCH => Refusal::InnerBranch,
            LOOP_FLAGS => Refusal::Flags,
            LOOP_ADDRESS => Refusal::Address,
            LOOP_SIZE => Refusal::Size,
            LOOP_RECURRENCE => Refusal::Recurrence,
            LOOP_CONDITION => Refusal::Condition,
            LOOP_VALUE => Refusal::Value,
            LOOP_ALIAS => Refusal::Alias,
            LOOP_ALIGNMENT => Refusal::Alignment,
            LOOP_PAGE => Refusal::Page,
            LOOP_SHORT => Refusal::Short,
            LOOP_DECLINED => Refusal::Declined,
            _ => return None,
        })
    }

    /// What stood in the way, in words.
    pub fn text(self) -> &'static str {
        match self {
            Refusal::Instruction => "an instruction that the proof does not know",
            Refusal::InnerBranch => "a branch within the body",
            Refusal::Flags => "flags that are not known",
            Refusal::Address => "an address that does not advance by a constant",
            Refusal::Size => "too many loads, stores or exits",
            Refusal::Recurrence => "a register that changes in a way that is not known",
            Refusal::Condition => "an exit condition that is not known",
            Refusal::Value => "a stored value that is not known",
            Refusal::Alias => "loads that may read what stores wrote",
            Refusal::Alignment => "an unaligned address",
            Refusal::Page => "a page that is not mapped, not permitted, or holds code",
            Refusal::Short => "too few iterations were left",
            Refusal::Declined => "the networks did not think it worth a proof",
        }
    }
}

/// A loop that was hot in some lane: a row of the loop table (buffer 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HotLoop {
    /// Address of the first instruction of its body.
    pub head: u64,
    /// Instructions of its body.
    pub length: u32,
    /// Times that a lane was found in it.
    pub visits: u32,
    /// Times that iterations were proved.
    pub proved: u32,
    /// Times that they were not.
    pub refused: u32,
    /// Why, the last time.
    pub refusal: Option<Refusal>,
    /// Instructions that were not interpreted one by one, of all lanes.
    pub skipped: u64,
    /// Whether it is not watched any more, because it brought too little.
    pub retired: bool,
}

/// What the networks are given of a loop, as it was when it was first found hot, and what the proof said then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopSample {
    /// Address of the first instruction of its body.
    pub head: u64,
    /// Its instructions, at most 32.
    pub words: Vec<u32>,
    /// X0 to X30 and SP.
    pub registers: [u64; 32],
    /// What the proof found out; `None` if it was refused.
    pub label: Option<LoopLabel>,
}

/// What a proof found out about a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoopLabel {
    /// Class of the pattern recognizer.
    pub class: u8,
    /// Type of the loop detector.
    pub kind: u8,
    /// The register that counts, if an exit does not depend on loads.
    pub counter: Option<u8>,
    /// Iterations until it is left.
    pub iterations: u64,
    /// Registers that the addresses of stores, or the result, and of loads are made of.
    pub destination: Option<u8>,
    pub source: Option<u8>,
    /// log2 of an element's bytes.
    pub size: Option<u8>,
}

impl LoopSample {
    pub(super) fn from_words(head: u64, row: &[u32]) -> LoopSample {
        let at = |word: u32| row[word as usize];
        let wide = |low: u32| u64::from(at(low)) | u64::from(at(low + 1)) << 32;
        let register = |word: u32| u8::try_from(at(word)).ok().filter(|n| *n < 32);
        let label = (at(SAMPLE_PROVED) != 0).then(|| LoopLabel {
            class: at(SAMPLE_CLASS) as u8,
            kind: at(SAMPLE_TYPE) as u8,
            counter: register(SAMPLE_COUNTER),
            iterations: wide(SAMPLE_COUNT_LOW),
            destination: register(SAMPLE_DESTINATION),
            source: register(SAMPLE_SOURCE),
            size: register(SAMPLE_SIZE),
        });
        let words = &row[SAMPLE_BODY as usize..];
        LoopSample {
            head,
            words: words[..at(SAMPLE_LENGTH).min(LOOP_LENGTH) as usize].to_vec(),
            registers: std::array::from_fn(|n| wide(SAMPLE_REGISTERS + 2 * n as u32)),
            label,
        }
    }
}

impl HotLoop {
    pub(super) fn from_words(row: &[u32]) -> HotLoop {
        let wide = |low: u32| u64::from(row[low as usize]) | u64::from(row[low as usize + 1]) << 32;
        HotLoop {
            head: wide(LOOP_PC_LOW),
            length: row[LOOP_BODY as usize],
            visits: row[LOOP_VISITS as usize],
            proved: row[LOOP_PROVED as usize],
            refused: row[LOOP_REFUSED as usize],
            refusal: Refusal::from_word(row[LOOP_REASON as usize]),
            skipped: wide(LOOP_SKIPPED_LOW),
            retired: row[LOOP_RETIRED as usize] != 0,
        }
    }

    /// The same loop in another bank.
    pub(super) fn join(&mut self, other: HotLoop) {
        self.visits = self.visits.saturating_add(other.visits);
        self.proved = self.proved.saturating_add(other.proved);
        self.refused = self.refused.saturating_add(other.refused);
        self.refusal = self.refusal.or(other.refusal);
        self.skipped = self.skipped.saturating_add(other.skipped);
        self.retired |= other.retired;
    }
}
