//! What copying ahead comes to: counts, and what became of predictions.

use crate::abi::{prefetch, *};
use serde::Serialize;

/// What lanes had to do for their memory besides their program, and what was done for them. Of all lanes; counted unless
/// prefetching is [`Prefetch::Off`](crate::machine::Prefetch::Off).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemoryWork {
    /// Accesses that were not in a lane's translation cache.
    pub misses: u64,
    /// Pages that a lane copied while the lanes beside it waited.
    pub stalls: u64,
    /// Pages copied ahead.
    pub ahead: u64,
    /// Those of them that were written.
    pub ahead_used: u64,
    /// Slices that lanes left at a page that they had to copy.
    pub leaves: u64,
    /// Slices before which it was looked what to copy, and what that took in nanoseconds of the GPU's own time, as far as
    /// that was measured ([`Machine::set_timestamps`](crate::machine::Machine::set_timestamps)).
    pub passes: u64,
    pub pass_nanoseconds: u64,
    /// Times that a group's accesses were given to the network.
    pub asked: u64,
    /// Predictions (buffer 11) by what became of them: their page was copied ahead and written,
    pub used: u64,
    /// the lane had written it before,
    pub late: u64,
    /// it was not written when another prediction took the place,
    pub wrong: u64,
    /// it was not copied.
    pub dropped: u64,
}

/// What became of a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Not known yet.
    Pending,
    /// Its page was copied ahead and then written.
    Used,
    /// The lane had written the page before.
    Late,
    /// The page was not written in time.
    Wrong,
    /// The page was not copied: not mapped, not writable, code, or there was no frame for it.
    Dropped,
}

/// A prediction of where a group of lanes writes next (buffer 11).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Foreseen {
    /// Address of the access.
    pub address: u64,
    /// From 0 to 1.
    pub confidence: f32,
    /// Random, sequential, strided, or from one to the next by pointers, in this order.
    pub pattern: u8,
    pub fate: Fate,
}

impl Foreseen {
    pub(super) fn from_words(words: &[u32]) -> Option<Foreseen> {
        let fate = match words[3] & FATE_MASK {
            FATE_PENDING => Fate::Pending,
            FATE_USED => Fate::Used,
            FATE_LATE => Fate::Late,
            FATE_WRONG => Fate::Wrong,
            FATE_DROPPED => Fate::Dropped,
            _ => return None,
        };
        let address = u64::from(words[0]) | u64::from(words[1]) << 32;
        let (confidence, pattern) = (f32::from_bits(words[2]), (words[3] >> PATTERN_SHIFT) as u8);
        Some(Foreseen { address, confidence, pattern, fate })
    }
}

/// The words of a bank's status that are counted here.
pub type WorkWords = [u32; prefetch::STATUS.words as usize];

impl MemoryWork {
    /// Adds what a bank's status says beyond what it said before.
    pub(super) fn add(&mut self, words: &WorkWords, before: &WorkWords) {
        let delta = |status: u32| {
            let at = (status - prefetch::STATUS.first) as usize;
            u64::from(words[at].wrapping_sub(before[at]))
        };
        self.misses += delta(STATUS_MISSES);
        self.stalls += delta(STATUS_STALLS);
        self.ahead += delta(STATUS_AHEAD);
        self.ahead_used += delta(STATUS_AHEAD_USED);
        self.leaves += delta(STATUS_LEAVES);
        self.asked += delta(STATUS_ORACLE_ASKED);
        let fates = [&mut self.used, &mut self.late, &mut self.wrong, &mut self.dropped];
        for (fate, count) in (STATUS_FATES..).zip(fates) {
            *count += delta(fate);
        }
    }
}
