//! Inputs grouped by how and where their runs ended.

use std::collections::BTreeMap;
use std::fmt;

use super::record::{Ending, Place, Record};

/// Groups of a printed summary, at the most.
const PRINTED: usize = 20;
/// Columns of a full bar of the histogram.
const BAR: u64 = 40;

/// What many records have in common.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    groups: BTreeMap<Key, Group>,
    /// Runs by the number of binary digits of their instructions.
    histogram: BTreeMap<u32, u64>,
    /// Inputs.
    pub inputs: u64,
    /// Instructions of all of them.
    pub instructions: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    stop: Ending,
    /// Exit status, or signal.
    number: Option<i32>,
    /// Where the program counter has no symbol, the counter itself.
    pc: Option<u64>,
    place: Option<Place<'static>>,
}

#[derive(Clone, Debug)]
struct Group {
    count: u64,
    /// The first input of the group.
    example: String,
}

impl Summary {
    /// Counts a record.
    pub(super) fn add(&mut self, record: &Record<'_>) {
        self.inputs += 1;
        self.instructions += record.instructions;
        if record.stop != Ending::InputError {
            *self.histogram.entry(u64::BITS - record.instructions.leading_zeros()).or_default() += 1;
        }
        // Runs over the cycle limit stop anywhere: they are one group.
        let placed = !matches!(record.stop, Ending::Exited | Ending::CycleLimit | Ending::InputError);
        let place = record.place.as_ref().filter(|_| placed);
        let key = Key {
            stop: record.stop,
            number: record.status.or(record.signal),
            pc: record.pc.filter(|_| placed && place.is_none()),
            place: place.map(|place| Place { symbol: place.symbol.to_string().into(), offset: place.offset }),
        };
        match self.groups.get_mut(&key) {
            Some(group) => group.count += 1,
            None => drop(self.groups.insert(key, Group { count: 1, example: record.input.to_string() })),
        }
    }

    /// Adds the counts of records that come behind these.
    pub(super) fn append(&mut self, later: Summary) {
        self.inputs += later.inputs;
        self.instructions += later.instructions;
        for (digits, count) in later.histogram {
            *self.histogram.entry(digits).or_default() += count;
        }
        for (key, group) in later.groups {
            self.groups.entry(key).and_modify(|mine| mine.count += group.count).or_insert(group);
        }
    }

    /// How many runs ended so.
    pub fn ended(&self, stop: Ending) -> u64 {
        self.groups.iter().filter(|(key, _)| key.stop == stop).map(|(_, group)| group.count).sum()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.stop.name())?;
        match (self.stop, self.number) {
            (Ending::Exited, Some(status)) => write!(f, " {status}")?,
            (Ending::Killed, Some(signal)) => write!(f, " by {}", crate::linux::Signal(signal))?,
            _ => {}
        }
        match (&self.place, self.pc) {
            (Some(place), _) => write!(f, " in {}+{:#x}", place.symbol, place.offset),
            (None, Some(pc)) => write!(f, " at {pc:#x}"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups: Vec<(&Key, &Group)> = self.groups.iter().collect();
        groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.count));
        let width = groups.first().map_or(0, |(_, group)| group.count.to_string().len());
        for (key, group) in groups.iter().take(PRINTED) {
            writeln!(f, "{:width$}  {key}, first: {}", group.count, group.example)?;
        }
        if let Some(rest) = groups.get(PRINTED..).filter(|rest| !rest.is_empty()) {
            let inputs: u64 = rest.iter().map(|(_, group)| group.count).sum();
            writeln!(f, "{inputs:width$}  in {} groups more", rest.len())?;
        }
        let most = self.histogram.values().max().copied().unwrap_or(0).max(1);
        if !self.histogram.is_empty() {
            writeln!(f, "instructions")?;
        }
        for (digits, count) in &self.histogram {
            let (from, to) = if *digits == 0 { (0, 0) } else { (1 << (digits - 1), (u64::MAX >> (64 - digits))) };
            let bar = "#".repeat((count * BAR).div_ceil(most) as usize);
            writeln!(f, "{from:>12} to {to:<12} {count:>width$}  {bar}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Stop, StopReason};

    #[test]
    fn groups_are_counted_and_their_first_input_named() {
        let record = |input: &'static str, reason, retired| {
            Record::new(input.into(), &Stop { reason, pc: 0x400100, retired }, false)
        };
        let (mut first, mut second) = (Summary::default(), Summary::default());
        first.add(&record("a", StopReason::Exited { status: 3 }, 100));
        first.add(&record("b", StopReason::PcAlignment, 0));
        second.add(&record("c", StopReason::Exited { status: 3 }, 127));
        second.add(&record("d", StopReason::Exited { status: 4 }, 1));
        first.append(second);
        assert_eq!((first.inputs, first.instructions, first.ended(Ending::Exited)), (4, 228, 3));
        let text = first.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "2  exited 3, first: a");
        assert!(lines.contains(&"1  exited 4, first: d"));
        assert!(lines.contains(&"1  pc_alignment at 0x400100, first: b"));
        assert!(text.contains("64 to 127") && text.contains("########"), "{text}");
    }
}
