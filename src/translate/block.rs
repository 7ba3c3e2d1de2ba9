//! A straight run of instructions as values, effects and assignments in order.

use super::access::{Check, Gathered, Single};
use super::evaluate::{Effect, Evaluator, State};
use super::graph::{Graph, N};
use super::guide::Kept;
use super::instruction::{Interpreter, Next};
use super::region::Outline;
use crate::isa::control::fields;
use std::collections::HashMap;

/// Longer runs are cut: what is checked at the head of a block is then never far ahead.
pub const LONGEST: u32 = 256;

/// What an assignment sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A scalar of a private variable of the interpreter.
    Slot(usize),
    /// The instruction that set the flags last, of those in `translated_words`; its operands, by half and operand.
    FlagWord,
    FlagOperand(usize, usize),
}

#[derive(Debug)]
pub enum Item {
    Effect(Effect),
    Assign(Target, N),
    /// If the condition holds, the interpreter goes on at the block's instruction of this number.
    Hold(N, u32),
    /// If an access does not fit, likewise.
    Checks(Vec<Check>, u32),
}

/// How a block ends.
#[derive(Clone, Copy, Debug)]
pub enum End {
    Next(Next),
    /// The interpreter does the instruction behind.
    Held,
}

pub struct Block {
    /// Index of the first control word, and how many instructions retire.
    pub start: u32,
    pub count: u32,
    pub graph: Graph,
    /// What leaves stand for at the start.
    pub inputs: HashMap<N, usize>,
    /// The leaf for the instructions that have retired in the slice before the block.
    pub retired: N,
    pub items: Vec<Item>,
    pub end: End,
}

/// Who set the flags.
#[derive(Clone, Copy)]
enum Flags {
    /// Nobody, in this block.
    Before,
    /// They are a word.
    Known,
    /// They follow from an instruction's operands when somebody asks.
    Of { word: u32, operands: [[N; 2]; 2] },
}

/// All nodes that an effect uses.
pub fn operands(effect: &Effect, into: &mut Vec<N>) {
    let path = |access: &super::evaluate::Access, into: &mut Vec<N>| {
        for step in &access.path {
            if let super::evaluate::Step::At(n) = step {
                into.push(*n);
            }
        }
    };
    match effect {
        Effect::Load { from, .. } => path(from, into),
        Effect::Store { to, values } => {
            path(to, into);
            into.extend(values);
        }
        Effect::Hold { condition } => into.push(*condition),
        Effect::If { condition, accept, reject, joins } => {
            into.push(*condition);
            accept.iter().chain(reject).for_each(|effect| operands(effect, into));
            into.extend(joins.iter().flat_map(|(_, a, b)| [*a, *b]));
        }
        Effect::Call { arguments, .. } => into.extend(arguments.iter().flat_map(|(_, nodes)| nodes)),
    }
}

/// Builds blocks; keeps the control words whose flags are made when somebody asks.
pub struct Builder<'a> {
    pub interpreter: &'a Interpreter,
    pub control: &'a [[u32; 4]],
    pub words: Words,
}

/// Control words that stand in `translated_words`: of instructions whose place in the run is taken, or whose flags are
/// made when somebody asks.
#[derive(Default)]
pub struct Words {
    pub words: Vec<[u32; 4]>,
    known: HashMap<[u32; 4], u32>,
}

impl Words {
    /// The number of a word, which is added if it is new.
    pub fn number(&mut self, word: [u32; 4]) -> u32 {
        let next = self.words.len() as u32;
        *self.known.entry(word).or_insert_with(|| {
            self.words.push(word);
            next
        })
    }
}

impl Builder<'_> {
    /// A block, with the pages that the nest of loops keeps.
    pub fn block(&mut self, outline: &Outline, kept: &Kept) -> Block {
        let Outline { start, end, delta, flags_out: flags_wanted, .. } = *outline;
        let interpreter = self.interpreter;
        let mut evaluator = interpreter.evaluator(delta);
        evaluator.guide.kept.clone_from(kept);
        let retired = evaluator.graph.leaf(32);
        interpreter.set_retired(&mut evaluator, retired);
        let mut work = Work {
            interpreter,
            items: Vec::new(),
            assigned: HashMap::new(),
            flags: Flags::Before,
            gathered: Gathered::default(),
            since: Since { number: 0, state: evaluator.state.clone(), flags: Flags::Before },
            no_way_back: false,
        };
        let mut index = start;
        let end = loop {
            if index == end {
                break End::Next(Next::To(index));
            }
            let control = &self.control[index as usize];
            let count = index - start;
            let passed = evaluator.graph.word(count);
            let retired_here = evaluator.graph.add(retired, passed);
            interpreter.set_retired(&mut evaluator, retired_here);
            let operands = [fields::RN, fields::RM].map(|field| interpreter.operand(&mut evaluator, control, field));
            let flags_before = interpreter.flags(&mut evaluator);
            // What a hold finds assigned is the state before the instruction.
            let before = Since { number: count, state: evaluator.state.clone(), flags: work.flags };
            if std::mem::take(&mut work.no_way_back) {
                work.since = before.clone();
            }
            let Ok(mut next) = interpreter.step(&mut evaluator, control, index) else { break End::Held };
            let effects = Interpreter::take_effects(&mut evaluator);
            match Single::of(&mut evaluator.graph, effects) {
                Ok(mut single) => {
                    if work.makes_way(&mut evaluator, &single, &before) {
                        // Once more, with the pages that are at hand now.
                        evaluator.state = before.state.clone();
                        next = interpreter.step(&mut evaluator, control, index).expect("it could be done");
                        let effects = Interpreter::take_effects(&mut evaluator);
                        single = Single::of(&mut evaluator.graph, effects).expect("it was an access");
                    }
                    if let (page, Some(need)) = evaluator.guide.page(fields::RN.get(control)) {
                        let entry = single.keep(&mut evaluator.graph, need);
                        evaluator.state.globals[page..page + 4].copy_from_slice(&entry);
                    }
                    let known = single.aligned(&mut evaluator.graph);
                    for slot in interpreter.registers() {
                        let n = evaluator.state.globals[slot];
                        if n != N::MAX && Some(&n) != evaluator.inputs.get(&slot) && n != before.state.globals[slot] {
                            evaluator.state.globals[slot] = evaluator.graph.substitute(n, &known);
                        }
                    }
                    work.gathered.add(single);
                }
                Err(effects) => work.others(&mut evaluator, effects, before),
            }
            let flags = interpreter.flags(&mut evaluator);
            if flags != flags_before {
                // From the operands alone?
                let alone = Interpreter::is_plain(control) && !interpreter.summary(control, index, delta).reads_flags;
                work.flags = match alone {
                    true => Flags::Of { word: self.words.number(*control), operands },
                    false => Flags::Known,
                };
            }
            index += 1;
            if next != Next::To(index) {
                break End::Next(next);
            }
        };
        work.store(&mut evaluator);
        let last = Since { number: index - start, state: evaluator.state.clone(), flags: work.flags };
        work.assign(&mut evaluator, &last, flags_wanted);
        let inputs = evaluator.inputs.iter().map(|(slot, leaf)| (*leaf, *slot)).collect();
        Block { start, count: index - start, graph: evaluator.graph, inputs, retired, items: work.items, end }
    }
}

/// Before the block's instruction of this number.
#[derive(Clone)]
struct Since {
    number: u32,
    state: State,
    flags: Flags,
}

struct Work<'a> {
    interpreter: &'a Interpreter,
    items: Vec<Item>,
    /// What variables hold, where that is not their input.
    assigned: HashMap<Target, N>,
    flags: Flags,
    gathered: Gathered,
    /// Nothing was stored since, so that a lane may go back to there.
    since: Since,
    /// The instruction at hand was the last of which that is true.
    no_way_back: bool,
}

impl Work<'_> {
    /// Does what the access has to come after. Whether there was any.
    fn makes_way(&mut self, evaluator: &mut Evaluator, single: &Single, before: &Since) -> bool {
        if single.has_loads() && !self.gathered.stores.is_empty() {
            self.store(evaluator);
            self.since = before.clone();
        } else if !self.gathered.takes(&evaluator.graph, single) {
            self.load(evaluator);
        } else {
            return false;
        }
        true
    }

    /// Effects that are not an access.
    fn others(&mut self, evaluator: &mut Evaluator, effects: Vec<Effect>, before: Since) {
        if effects.iter().all(|effect| matches!(effect, Effect::Call { .. })) {
            if effects.iter().any(|effect| self.gathered.delays(&evaluator.graph, effect)) {
                self.load(evaluator);
            }
            self.items.extend(effects.into_iter().map(Item::Effect));
            return;
        }
        self.store(evaluator);
        self.assign(evaluator, &before, false);
        let number = before.number;
        self.items.extend(effects.into_iter().map(|effect| match effect {
            Effect::Hold { condition } => Item::Hold(condition, number),
            other => Item::Effect(other),
        }));
        self.no_way_back = true;
    }

    /// Checks what was gathered, and loads.
    fn load(&mut self, evaluator: &mut Evaluator) {
        let (checks, loads) = self.gathered.take_loads();
        if !checks.is_empty() {
            let since = self.since.clone();
            self.assign(evaluator, &since, false);
            self.items.push(Item::Checks(checks, since.number));
        }
        self.items.extend(loads.into_iter().map(Item::Effect));
        evaluator.guide.gather_anew();
    }

    /// Does all that was gathered.
    fn store(&mut self, evaluator: &mut Evaluator) {
        self.load(evaluator);
        self.items.extend(self.gathered.stores.drain(..).map(Item::Effect));
    }

    /// Brings the variables up to date with a state.
    fn assign(&mut self, evaluator: &mut Evaluator, since: &Since, flags_wanted: bool) {
        for slot in self.interpreter.kept() {
            let n = since.state.globals[slot];
            if n == N::MAX || slot == self.interpreter.flags_slot() {
                continue;
            }
            let held = self.assigned.get(&Target::Slot(slot)).or(evaluator.inputs.get(&slot));
            if held != Some(&n) {
                self.set(Target::Slot(slot), n);
            }
        }
        match since.flags {
            Flags::Of { word, operands } if !flags_wanted => {
                let word = evaluator.graph.word(word);
                self.set(Target::FlagWord, word);
                for (operand, halves) in operands.into_iter().enumerate() {
                    for (half, n) in halves.into_iter().enumerate() {
                        self.set(Target::FlagOperand(operand, half), n);
                    }
                }
            }
            Flags::Of { .. } | Flags::Known => {
                let flags = since.state.globals[self.interpreter.flags_slot()];
                let none = evaluator.graph.word(u32::MAX);
                self.set(Target::Slot(self.interpreter.flags_slot()), flags);
                self.set(Target::FlagWord, none);
            }
            Flags::Before => {}
        }
    }

    fn set(&mut self, target: Target, n: N) {
        if self.assigned.get(&target) != Some(&n) {
            self.assigned.insert(target, n);
            self.items.push(Item::Assign(target, n));
        }
    }
}
