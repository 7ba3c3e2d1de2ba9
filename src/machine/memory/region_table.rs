//! Where the regions of layouts stand in the buffer that the GPU finds them in. What no layout has any more is free for
//! others, so that the table is as large as what lanes have, however long they map and unmap.

use crate::machine::memory::address_space::Region;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A region as `wgsl/memory/memory.wgsl` reads it.
pub type Words = [u32; 4];

/// Places never move: what is on the GPU may name them.
pub struct RegionTable {
    /// All regions, those that are free too; the last one is not.
    words: Vec<Words>,
    /// Ranges that no layout has, by their first region; no two are neighbours.
    free: BTreeMap<u32, u32>,
    /// The same by their length.
    by_length: BTreeSet<(u32, u32)>,
    /// What the GPU does not have yet, in no order.
    changed: Vec<Range<u32>>,
    /// Regions that there may be.
    most: u32,
}

impl RegionTable {
    pub fn new(most: u32) -> RegionTable {
        RegionTable { words: Vec::new(), free: BTreeMap::new(), by_length: BTreeSet::new(), changed: Vec::new(), most }
    }

    /// Regions up to the last one in use.
    pub fn len(&self) -> u32 {
        self.words.len() as u32
    }

    /// Takes regions in, side by side, and returns where the first one stands. `None` when there is no room.
    pub fn insert(&mut self, regions: &[Region]) -> Option<u32> {
        let count = u32::try_from(regions.len()).ok()?;
        if count == 0 {
            return Some(0);
        }
        let fits = self.by_length.range((count, 0)..).next().copied();
        let first = match fits {
            Some((length, first)) => {
                self.take_free(first, length);
                if length > count {
                    self.put_free(first + count, length - count);
                }
                first
            }
            None => {
                let first = self.len();
                let end = first.checked_add(count).filter(|end| *end <= self.most)?;
                self.words.resize(end as usize, [0; 4]);
                first
            }
        };
        for (words, region) in self.words[first as usize..].iter_mut().zip(regions) {
            *words = region.words();
        }
        match self.changed.last_mut() {
            Some(last) if last.end == first => last.end += count,
            _ => self.changed.push(first..first + count),
        }
        Some(first)
    }

    /// Gives the place of so many regions back.
    pub fn remove(&mut self, first: u32, count: u32) {
        if count == 0 {
            return;
        }
        let (mut start, mut end) = (first, first + count);
        if let Some((before, length)) = self.free.range(..first).next_back().map(|(first, length)| (*first, *length))
            && before + length == start
        {
            self.take_free(before, length);
            start = before;
        }
        if let Some(length) = self.free.get(&end).copied() {
            self.take_free(end, length);
            end += length;
        }
        if end == self.len() {
            self.words.truncate(start as usize);
        } else {
            self.put_free(start, end - start);
        }
    }

    /// Leaves room for so many regions.
    #[cfg(test)]
    pub fn limit(&mut self, most: u32) {
        self.most = most;
    }

    fn take_free(&mut self, first: u32, length: u32) {
        self.free.remove(&first);
        self.by_length.remove(&(length, first));
    }

    fn put_free(&mut self, first: u32, length: u32) {
        self.free.insert(first, length);
        self.by_length.insert((length, first));
    }

    /// Calls `upload` with regions that the GPU does not have yet, and where they stand: with all of them if it has `none`.
    pub fn flush(&mut self, none: bool, mut upload: impl FnMut(u32, &[Words])) {
        if none {
            self.changed.clear();
            self.changed.push(0..self.len());
        }
        for range in self.changed.drain(..) {
            // What is behind the end now is no longer wanted.
            let range = range.start as usize..(range.end as usize).min(self.words.len());
            if let Some(words) = self.words.get(range.clone()).filter(|words| !words.is_empty()) {
                upload(range.start as u32, words);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::memory::address_space::{Layout, PAGE_SIZE, Permissions};
    use proptest::prelude::*;

    /// Regions that no other call has made.
    fn regions(tag: &mut u64, count: usize) -> Vec<Region> {
        let first = *tag;
        *tag += count as u64;
        let mut layout = Layout::default();
        for n in first..*tag {
            layout.map(n * 2 * PAGE_SIZE, (n * 2 + 1) * PAGE_SIZE, Permissions::READ);
        }
        layout.regions().to_vec()
    }

    proptest! {
        /// What is in the table stands on the GPU where it is said to, beside all else that is.
        #[test]
        fn what_is_in_use_stays_where_it_is(steps in prop::collection::vec((0usize..4, 0usize..9, 0usize..64), 1..200)) {
            const MOST: u32 = 64;
            let mut table = RegionTable::new(MOST);
            let mut gpu = vec![[u32::MAX; 4]; MOST as usize];
            let mut held: Vec<(u32, Vec<Region>)> = Vec::new();
            let mut tag = 0;
            for (what, count, which) in steps {
                match what {
                    0 if !held.is_empty() => {
                        let (first, gone) = held.swap_remove(which % held.len());
                        table.remove(first, gone.len() as u32);
                    }
                    1 => table.flush(which == 0, |first, words| {
                        gpu[first as usize..][..words.len()].copy_from_slice(words);
                    }),
                    _ => {
                        let new = regions(&mut tag, count);
                        let in_use: usize = held.iter().map(|(_, regions)| regions.len()).sum();
                        match table.insert(&new) {
                            Some(first) => held.push((first, new)),
                            None => prop_assert!(in_use + count > MOST as usize / 8, "{in_use} and {count}"),
                        }
                    }
                }
                prop_assert!(table.len() <= MOST);
                prop_assert!(!held.is_empty() || table.len() == 0, "nothing is left behind");
            }
            table.flush(false, |first, words| gpu[first as usize..][..words.len()].copy_from_slice(words));
            for (first, regions) in &held {
                let words: Vec<_> = regions.iter().map(Region::words).collect();
                prop_assert_eq!(&gpu[*first as usize..][..words.len()], &words[..]);
            }
        }
    }

    #[test]
    fn places_are_used_again() {
        let mut table = RegionTable::new(u32::MAX);
        let mut tag = 0;
        // One lane that stays, and one that has another layout of up to a hundred regions each time.
        let stays = table.insert(&regions(&mut tag, 3)).unwrap();
        let mut last = (0, 0);
        for round in 0..10_000 {
            let new = regions(&mut tag, 1 + round * 37 % 100);
            let first = table.insert(&new).unwrap();
            table.remove(last.0, last.1);
            last = (first, new.len() as u32);
            assert!(table.len() <= 3 + 3 * 100, "round {round}: {}", table.len());
        }
        table.remove(last.0, last.1);
        assert_eq!((stays, table.len()), (0, 3));
    }
}
