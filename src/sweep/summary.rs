//! Inputs grouped by how and where their runs ended.

use std::collections::BTreeMap;
use std::fmt;

use super::record::{Ending, Record};

/// Groups of a printed summary, at the most.
const PRINTED: usize = 20;
/// Frames that tell crashes apart.
const FRAMES: usize = 3;
/// Functions by which programs end themselves, without underscores in front.
const ENDS: [&str; 17] = [
    "abort",
    "abort_msg",
    "assert",
    "assert_fail",
    "assert_fail_base",
    "chk_fail",
    "fortify_fail",
    "gsignal",
    "libc_fatal",
    "libc_message",
    "malloc_printerr",
    "pthread_kill",
    "pthread_kill_implementation",
    "pthread_kill_internal",
    "raise",
    "stack_chk_fail",
    "tgkill",
];
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

/// What runs of a group have in common. Runs that crashed are told apart by the first frames of their stacks: so one place
/// that many call, such as `abort`, is several groups, and a program counter that came from data is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    stop: Ending,
    /// Exit status, or signal.
    number: Option<i32>,
    /// The program counter is no address of an instruction, whatever it is.
    astray: bool,
    /// Where the program counter is, and the calls that led there; not those by which programs end themselves.
    frames: Vec<String>,
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
        let astray = placed && (record.access == Some("execute") || record.stop == Ending::PcAlignment);
        let key = Key {
            stop: record.stop,
            number: record.status.or(record.signal),
            astray,
            frames: if placed { frames(record, astray) } else { Vec::new() },
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
        let frames = self.frames.join(" < ");
        match (self.astray, frames.is_empty()) {
            (true, true) => write!(f, " outside of code"),
            (true, false) => write!(f, " outside of code, called at {frames}"),
            (false, true) => Ok(()),
            (false, false) => write!(f, " at {frames}"),
        }
    }
}

/// The first frames of a crash.
fn frames(record: &Record<'_>, astray: bool) -> Vec<String> {
    let here = match &record.place {
        _ if astray => None,
        Some(place) => Some(format!("{}+{:#x}", place.symbol, place.offset)),
        None => record.pc.map(|pc| format!("{pc:#x}")),
    };
    let all = || here.iter().chain(&*record.callers);
    let telling: Vec<String> = all().filter(|frame| !is_of_an_end(frame)).take(FRAMES).cloned().collect();
    // A program may have nothing else.
    if telling.is_empty() { all().take(FRAMES).cloned().collect() } else { telling }
}

/// Whether a frame is of those functions by which C and Rust programs end themselves: they say nothing of why.
fn is_of_an_end(frame: &str) -> bool {
    let name = frame.rsplit_once('+').map_or(frame, |(name, _)| name);
    if name.contains("rust_panic") || name.contains("9panicking") {
        return true;
    }
    // Compilers put `.part.0` and the like behind a name, libraries underscores in front.
    let name = name.split('.').next().unwrap_or_default().trim_start_matches('_');
    ENDS.contains(&name)
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut groups: Vec<(&Key, &Group)> = self.groups.iter().collect();
        // Crashes first, however few they are among the others.
        groups.sort_by_key(|(key, group)| (!key.stop.is_crash(), std::cmp::Reverse(group.count)));
        let width = groups.iter().map(|(_, group)| group.count.to_string().len()).max().unwrap_or(0);
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
    use crate::linux::End;
    use crate::machine::{Stop, StopReason};

    fn record(input: &'static str, reason: StopReason, retired: u64) -> Record<'static> {
        Record::new(input.into(), &Stop { reason, pc: 0x400100, retired }, false)
    }

    #[test]
    fn groups_are_counted_and_their_first_input_named() {
        let (mut first, mut second) = (Summary::default(), Summary::default());
        first.add(&record("a", StopReason::from(End::Exited { status: 3 }), 100));
        first.add(&record("b", StopReason::Halt { immediate: 1 }, 0));
        second.add(&record("c", StopReason::from(End::Exited { status: 3 }), 127));
        second.add(&record("d", StopReason::from(End::Exited { status: 4 }), 1));
        first.append(second);
        assert_eq!((first.inputs, first.instructions, first.ended(Ending::Exited)), (4, 228, 3));
        let text = first.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..3], ["1  halt at 0x400100, first: b", "2  exited 3, first: a", "1  exited 4, first: d"]);
        assert!(text.contains("64 to 127") && text.contains("########"), "{text}");
    }

    #[test]
    fn crashes_are_told_apart_by_what_led_to_them() {
        let mut summary = Summary::default();
        let mut add = |input, reason, pc: u64, place: Option<&'static str>, callers: &[&str]| {
            let mut record = record(input, reason, 5);
            record.pc = Some(pc);
            record.place = place.map(|symbol| crate::sweep::Place { symbol: symbol.into(), offset: 8 });
            record.callers = callers.iter().map(|caller| (*caller).to_owned()).collect();
            summary.add(&record);
        };
        let killed = StopReason::from(End::Killed { signal: crate::linux::Signal(6) });
        let ends = ["raise+0x14", "abort+0x10", "__assert_fail_base.constprop.0+0x4", "__assert_fail+0x20"];
        let with = |more: &[&'static str]| [&ends[..], more].concat();
        add("a", killed, 0x100, Some("__pthread_kill_implementation"), &with(&["parse+0x10", "main+0x4"]));
        add("b", killed, 0x100, Some("__pthread_kill_implementation"), &with(&["print+0x10", "main+0x8"]));
        add("c", killed, 0x100, Some("__pthread_kill_implementation"), &with(&["parse+0x10", "main+0x4"]));
        add("d", killed, 0x100, Some("raise"), &[]);
        let fetch = |address| StopReason::MemoryFault {
            address,
            access: crate::machine::Access::Execute,
            cause: crate::machine::FaultCause::Unmapped,
        };
        for (n, input) in [(0x6161_6161, "e"), (0x6262_6262, "f"), (0x1_0000, "g")] {
            add(input, fetch(n), n, None, &[]);
        }
        add("h", fetch(8), 8, None, &["call+0x10", "main+0x4"]);
        let text = summary.to_string();
        let mut lines: Vec<&str> = text.lines().take(5).collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            [
                "1  killed by SIGABRT at print+0x10 < main+0x8, first: b",
                "1  killed by SIGABRT at raise+0x8, first: d",
                "1  memory_fault outside of code, called at call+0x10 < main+0x4, first: h",
                "2  killed by SIGABRT at parse+0x10 < main+0x4, first: a",
                "3  memory_fault outside of code, first: e",
            ]
        );
    }
}
