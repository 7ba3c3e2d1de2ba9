//! Which instructions are translated, in which blocks, and how these follow each other.

use super::block::LONGEST;
use super::instruction::{Interpreter, Next, Summary};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// Control words of code that lies side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Index of the first control word, and of the one behind the last.
    pub first: u32,
    pub end: u32,
    /// Address of the first, less four times its index.
    pub delta: u64,
}

/// What is translated.
#[derive(Clone, Debug)]
pub enum Start {
    /// What can be reached from these control words, which are entered.
    Entries(Vec<u32>),
    /// What can be reached from these, the first ones first, which may stand in the middle of a block.
    Seen(Vec<u32>),
}

/// A block before it is evaluated.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    pub start: u32,
    /// Index behind the last instruction.
    pub end: u32,
    pub delta: u64,
    /// Starts of blocks that may follow directly.
    pub followers: Vec<u32>,
    /// It can be entered from the interpreter and by a jump to an address.
    pub head: bool,
    /// A flag is read before it is set.
    pub reads_flags: bool,
    pub sets_flags: bool,
    /// Flags are read here, or further on before they are set.
    pub flags_in: bool,
    pub flags_out: bool,
}

/// Looks at instructions, each once.
struct Summaries<'a> {
    interpreter: &'a Interpreter,
    control: &'a [[u32; 4]],
    runs: &'a [Run],
    known: HashMap<u32, Summary>,
}

impl Summaries<'_> {
    fn run(&self, index: u32) -> Option<&Run> {
        self.runs.iter().find(|run| (run.first..run.end).contains(&index))
    }

    fn of(&mut self, index: u32) -> Option<Summary> {
        let run = *self.run(index)?;
        let summary = self
            .known
            .entry(index)
            .or_insert_with(|| self.interpreter.summary(&self.control[index as usize], index, run.delta));
        Some(*summary)
    }
}

/// Finds the blocks that can be reached from `start` directly, nearest first, until there are `most` instructions; and
/// whether there would be more.
pub fn outline(
    interpreter: &Interpreter,
    control: &[[u32; 4]],
    runs: &[Run],
    start: &Start,
    most: usize,
) -> (BTreeMap<u32, Outline>, bool) {
    let mut summaries = Summaries { interpreter, control, runs, known: HashMap::new() };
    let mut inside: BTreeSet<u32> = BTreeSet::new();
    // What is left to the interpreter, which goes on behind it.
    let mut left: BTreeSet<u32> = BTreeSet::new();
    let mut leaders: BTreeSet<u32> = BTreeSet::new();
    let mut heads: BTreeSet<u32> = BTreeSet::new();
    let (Start::Entries(first) | Start::Seen(first)) = start;
    let mut open: VecDeque<u32> = first.iter().copied().collect();
    if let Start::Entries(entries) = start {
        leaders.extend(entries);
        heads.extend(entries);
    }
    let mut more = false;
    while let (Some(start), false) = (open.pop_front(), more) {
        let mut index = start;
        while !inside.contains(&index) {
            let Some(summary) = summaries.of(index) else { break };
            let Some(next) = summary.next else {
                // The interpreter does it, and the block behind it is one of ours again. It may be data, and a lot of them.
                if left.len() < most && left.insert(index) {
                    leaders.insert(index + 1);
                    heads.insert(index + 1);
                    open.push_back(index + 1);
                }
                break;
            };
            if inside.len() >= most {
                more = true;
                break;
            }
            inside.insert(index);
            let mut follow = |to: u32, open: &mut VecDeque<u32>| {
                leaders.insert(to);
                open.push_back(to);
            };
            match next {
                Next::To(to) if to == index + 1 && !summary.links => {}
                Next::To(to) => follow(to, &mut open),
                Next::Either(_, a, b) => {
                    follow(a, &mut open);
                    follow(b, &mut open);
                }
                Next::JumpIf(_, _, to) => follow(to, &mut open),
                Next::Jump(_) => {}
            }
            if summary.links {
                if let Next::To(to) = next {
                    heads.insert(to);
                }
                heads.insert(index + 1);
                leaders.insert(index + 1);
                open.push_back(index + 1);
            }
            if next != Next::To(index + 1) {
                break;
            }
            index += 1;
        }
    }
    if let Start::Seen(seen) = start {
        // What nothing leads to that is translated is where a block begins all the same.
        for &index in seen {
            let falls = |index: u32, summaries: &mut Summaries| {
                let summary = summaries.of(index).filter(|_| inside.contains(&index));
                summary.is_some_and(|summary| summary.next == Some(Next::To(index + 1)))
            };
            if !leaders.contains(&index) && (index == 0 || !falls(index - 1, &mut summaries)) {
                leaders.insert(index);
                heads.insert(index);
            }
        }
    }
    let mut outlines = BTreeMap::new();
    for &leader in leaders.iter().filter(|leader| inside.contains(leader)) {
        cut(&mut summaries, &inside, &leaders, &heads, leader, &mut outlines);
    }
    flags(&mut outlines);
    (outlines, more)
}

/// The blocks from `leader` to the next one: several if it is a long way.
fn cut(
    summaries: &mut Summaries,
    inside: &BTreeSet<u32>,
    leaders: &BTreeSet<u32>,
    heads: &BTreeSet<u32>,
    leader: u32,
    outlines: &mut BTreeMap<u32, Outline>,
) {
    let Some(delta) = summaries.run(leader).map(|run| run.delta) else { return };
    let mut block = Outline { start: leader, delta, head: heads.contains(&leader), ..Outline::default() };
    let mut index = leader;
    loop {
        let summary = summaries.of(index).filter(|_| inside.contains(&index));
        let Some(Summary { next: Some(next), reads_flags, sets_flags, .. }) = summary else {
            // The interpreter goes on from here.
            block.end = index;
            break;
        };
        block.reads_flags |= reads_flags && !block.sets_flags;
        block.sets_flags |= sets_flags;
        index += 1;
        block.end = index;
        block.followers = match next {
            Next::To(to) => vec![to],
            Next::Either(_, a, b) => vec![a, b],
            Next::JumpIf(_, _, to) => vec![to],
            Next::Jump(_) => vec![],
        };
        if next != Next::To(index) || leaders.contains(&index) {
            break;
        }
        if index - block.start == LONGEST {
            let rest = Outline { start: index, delta, ..Outline::default() };
            outlines.insert(block.start, std::mem::replace(&mut block, rest));
        }
        block.followers.clear();
    }
    if block.end > block.start {
        outlines.insert(block.start, block);
    }
}

/// Where flags are wanted: backwards until nothing changes.
fn flags(outlines: &mut BTreeMap<u32, Outline>) {
    loop {
        let mut changed = false;
        let starts: Vec<u32> = outlines.keys().rev().copied().collect();
        for start in starts {
            let block = &outlines[&start];
            let wanted = |to: &u32| outlines.get(to).is_some_and(|block| block.flags_in);
            let flags_out = block.followers.iter().any(wanted);
            let flags_in = block.reads_flags || !block.sets_flags && flags_out;
            changed |= (flags_in, flags_out) != (block.flags_in, block.flags_out);
            let block = outlines.get_mut(&start).expect("it is one of them");
            (block.flags_in, block.flags_out) = (flags_in, flags_out);
        }
        if !changed {
            return;
        }
    }
}
