//! Sets of lanes.

use std::ops::Range;

/// Some lanes of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneSet {
    /// A bit for each lane; `None` has them all.
    pub(in crate::machine) words: Option<Vec<u32>>,
}

impl LaneSet {
    /// Every lane, however many there are.
    pub fn all() -> Self {
        LaneSet { words: None }
    }

    /// Whether the lane is one of them.
    pub fn contains(&self, lane: u32) -> bool {
        let word = |words: &Vec<u32>| words.get(lane as usize / 32).copied().unwrap_or(0);
        self.words.as_ref().is_none_or(|words| word(words) >> (lane % 32) & 1 != 0)
    }

    pub(in crate::machine) fn last(&self) -> Option<u32> {
        let words = self.words.as_ref()?;
        let last = words.iter().rposition(|word| *word != 0)?;
        Some(last as u32 * 32 + 31 - words[last].leading_zeros())
    }

    /// A bit for each of `lanes` lanes.
    pub(in crate::machine) fn bits(&self, lanes: u32) -> Vec<u32> {
        let mut bits = self.words.clone().unwrap_or_else(|| vec![u32::MAX; lanes.div_ceil(32) as usize]);
        bits.resize(lanes.div_ceil(32) as usize, 0);
        bits
    }
}

impl FromIterator<u32> for LaneSet {
    fn from_iter<I: IntoIterator<Item = u32>>(lanes: I) -> Self {
        let mut words = Vec::new();
        for lane in lanes {
            let word = lane as usize / 32;
            if word >= words.len() {
                words.resize(word + 1, 0);
            }
            words[word] |= 1 << (lane % 32);
        }
        LaneSet { words: Some(words) }
    }
}

impl From<Range<u32>> for LaneSet {
    fn from(lanes: Range<u32>) -> Self {
        lanes.collect()
    }
}
