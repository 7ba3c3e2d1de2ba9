//! What one control word does: the interpreter's `execute`, evaluated on it.

use super::evaluate::{Effect, Evaluator, Program, Slots, State, Unsupported};
use super::graph::{Graph, N, Node};
use crate::gpu::{self, Shader};
use crate::isa::control::{ARITHMETIC, KERNEL_MASK, LOGICAL, SINK, SYSTEM, SYSTEM_UNDEFINED, OPERATION_SHIFT, ZR};
use crate::machine::EVENT_JUMP;
use wgpu::naga::valid::Capabilities;

/// The interpreter as the translator reads it.
pub struct Interpreter {
    program: Program,
    x: Slots,
    nzcv: usize,
    last_entry: Slots,
    code: usize,
    next: usize,
    destination: usize,
    retired: usize,
    event: usize,
    jump_pc: Slots,
    code_delta: Slots,
}

/// Where execution goes after an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    To(u32),
    /// Condition, where to if it holds, where to if not.
    Either(N, u32, u32),
    /// To an address that is known when it runs.
    Jump([N; 2]),
    /// To an address if the condition holds, else to a control word.
    JumpIf(N, [N; 2], u32),
}

/// What the translator has to know of an instruction before it emits it.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// `None` if the interpreter has to do it. Nodes are of no graph that still exists.
    pub next: Option<Next>,
    pub reads_flags: bool,
    pub sets_flags: bool,
    /// Calls: execution comes back behind it.
    pub links: bool,
}

impl Interpreter {
    /// Parses the interpreter's shader.
    pub fn new(shader: &Shader) -> Result<Interpreter, gpu::Error> {
        let (module, info) = shader.validate(Capabilities::empty())?;
        let program = Program::new(module, info);
        let slots = |name: &str| program.slots(name).unwrap_or_else(|| panic!("wgsl/machine has no private {name}"));
        let one = |name: &str| slots(name).first;
        Ok(Interpreter {
            x: slots("x"),
            nzcv: one("nzcv"),
            last_entry: slots("last_entry"),
            code: one("code"),
            next: one("next"),
            destination: one("destination"),
            retired: one("retired"),
            event: one("event"),
            jump_pc: slots("jump_pc"),
            code_delta: slots("code_delta"),
            program,
        })
    }

    /// How the slot of a private variable is called in translated code; `None` for what is not kept there.
    pub fn name(&self, slot: usize) -> Option<String> {
        const HALVES: [&str; 2] = ["l", "h"];
        if let Some((register, half)) = self.register(slot) {
            return Some(format!("r{register}{}", HALVES[half]));
        }
        if slot == self.nzcv {
            return Some("flags".to_owned());
        }
        let entry = self.last_entry;
        (entry.first..entry.first + entry.count).contains(&slot).then(|| format!("entry{}", slot - entry.first))
    }

    /// The private variable that a slot is of, as the interpreter calls it.
    pub fn home(&self, slot: usize) -> String {
        self.program.name(slot)
    }

    /// The register that a slot is a half of.
    pub fn register(&self, slot: usize) -> Option<(usize, usize)> {
        let n = slot.checked_sub(self.x.first).filter(|n| *n < self.x.count)?;
        Some((n / 2, n % 2))
    }

    /// Where the flags are.
    pub fn flags_slot(&self) -> usize {
        self.nzcv
    }

    /// Slots whose values are kept from one instruction to the next.
    pub fn kept(&self) -> impl Iterator<Item = usize> {
        let registers = self.x.first..self.x.first + 2 * ZR as usize;
        let entry = self.last_entry.first..self.last_entry.first + self.last_entry.count;
        registers.chain(entry).chain([self.nzcv])
    }

    /// An evaluator for instructions of the run that begins `delta` before its control words.
    pub fn evaluator(&self, delta: u64) -> Evaluator<'_> {
        let held = move |graph: &Graph, state: &State| {
            let word = |slot: usize| {
                let n = state.globals[slot];
                if n == N::MAX { None } else { graph.as_word(n) }
            };
            let event = word(self.event).unwrap_or(0);
            event != 0 && event != EVENT_JUMP && word(self.next) == word(self.code)
        };
        let mut evaluator = Evaluator::new(&self.program, held);
        evaluator.narrow(self.nzcv, 4);
        let zero = evaluator.graph.word(0);
        for half in 0..2 {
            evaluator.state.globals[self.x.first + 2 * ZR as usize + half] = zero;
            evaluator.state.globals[self.x.first + 2 * SINK as usize + half] = zero;
            let word = evaluator.graph.word((delta >> (32 * half)) as u32);
            evaluator.state.globals[self.code_delta.first + half] = word;
        }
        evaluator
    }

    /// The value of Rn or Rm, which are at bit 6 and 12 of word y.
    pub fn operand(&self, evaluator: &mut Evaluator, control: &[u32; 4], shift: u32) -> [N; 2] {
        let register = (control[1] >> shift & 63) as usize;
        [0, 1].map(|half| evaluator.global(self.x.first + 2 * register + half))
    }

    /// Whether the kernel is one that sets flags from its two operands.
    pub fn is_plain(control: &[u32; 4]) -> bool {
        matches!(control[0] & KERNEL_MASK, ARITHMETIC | LOGICAL)
    }

    /// Executes one instruction at control word `index`. The effects are appended to the evaluator's; if the instruction
    /// is not one to translate, the evaluator is as before.
    pub fn step(&self, evaluator: &mut Evaluator, control: &[u32; 4], index: u32) -> Result<Next, Unsupported> {
        let before = evaluator.state.clone();
        let effects = evaluator.effects.len();
        let result = self.try_step(evaluator, control, index, &before);
        if result.is_err() {
            evaluator.state = before;
            evaluator.effects.truncate(effects);
        }
        result
    }

    fn try_step(
        &self,
        evaluator: &mut Evaluator,
        control: &[u32; 4],
        index: u32,
        before: &State,
    ) -> Result<Next, Unsupported> {
        let graph = &mut evaluator.graph;
        let (here, zero) = (graph.word(index), graph.word(0));
        let argument = control.map(|word| graph.word(word)).to_vec();
        evaluator.state.globals[self.code] = here;
        evaluator.state.globals[self.event] = zero;
        let mut known: Vec<usize> = (self.x.first..self.x.first + self.x.count).collect();
        known.extend([self.nzcv, self.code, self.next, self.destination, self.retired, self.event]);
        known.extend(self.last_entry.first..self.last_entry.first + self.last_entry.count);
        known.extend(self.jump_pc.first..self.jump_pc.first + 2);

        evaluator.call("execute", vec![argument])?;
        for half in 0..2 {
            evaluator.state.globals[self.x.first + 2 * SINK as usize + half] = zero;
        }
        let event = evaluator.state.globals[self.event];
        let code = evaluator.state.globals[self.code];
        let next = self.next(&evaluator.graph, &evaluator.state, event, code)?;
        // Everything else is as it was.
        for slot in 0..before.globals.len() {
            let (old, new) = (before.globals[slot], evaluator.state.globals[slot]);
            let same = old == new || evaluator.inputs.get(&slot) == Some(&new);
            if !same && !known.contains(&slot) {
                return Err(Unsupported("a change of what is not kept"));
            }
        }
        for register in ZR as usize..self.x.count / 2 {
            for half in 0..2 {
                let slot = self.x.first + 2 * register + half;
                if before.globals[slot] != evaluator.state.globals[slot] {
                    return Err(Unsupported("a change of what is no register"));
                }
            }
        }
        Ok(next)
    }

    fn next(&self, graph: &Graph, state: &State, event: N, code: N) -> Result<Next, Unsupported> {
        let jump = [0, 1].map(|half| state.globals[self.jump_pc.first + half]);
        let place = |n| graph.as_word(n).ok_or(Unsupported("a place that is not known"));
        match (graph.as_word(event), graph.node(event)) {
            (Some(0), _) => match graph.node(code) {
                Node::Select(condition, a, b) => Ok(Next::Either(condition, place(a)?, place(b)?)),
                _ => Ok(Next::To(place(code)?)),
            },
            (Some(EVENT_JUMP), _) => Ok(Next::Jump(jump)),
            (None, Node::Select(condition, a, b)) => {
                let jumps = match (graph.as_word(a), graph.as_word(b)) {
                    (Some(EVENT_JUMP), Some(0)) => true,
                    (Some(0), Some(EVENT_JUMP)) => false,
                    _ => return Err(Unsupported("an event that is not known")),
                };
                // Folding may have turned the condition, but then alike for all that depends on it.
                if !jumps {
                    return Err(Unsupported("a jump under a turned condition"));
                }
                let taken = |n| match graph.node(n) {
                    Node::Select(other, a, _) if other == condition => a,
                    _ => n,
                };
                let stays = match graph.node(code) {
                    Node::Select(other, _, b) if other == condition => b,
                    _ => code,
                };
                Ok(Next::JumpIf(condition, jump.map(taken), place(stays)?))
            }
            _ => Err(Unsupported("an event that the interpreter handles")),
        }
    }

    /// Looks at one instruction alone.
    pub fn summary(&self, control: &[u32; 4], index: u32, delta: u64) -> Summary {
        const LEFT: Summary = Summary { next: None, reads_flags: false, sets_flags: false, links: false };
        // What is no instruction ends quickly.
        if control[0] & 0xffff == SYSTEM | SYSTEM_UNDEFINED << OPERATION_SHIFT {
            return LEFT;
        }
        let mut evaluator = self.evaluator(delta);
        let next = match self.step(&mut evaluator, control, index) {
            Ok(next) => next,
            Err(Unsupported(what)) => {
                log::trace!("{control:x?} is interpreted: {what}");
                return LEFT;
            }
        };
        let flags_after = evaluator.state.globals[self.nzcv];
        let Some(&flags) = evaluator.inputs.get(&self.nzcv) else {
            return Summary { next: Some(next), sets_flags: flags_after != N::MAX, ..self.linked(next, control) };
        };
        let mut roots: Vec<N> = Vec::new();
        for slot in self.kept() {
            let n = evaluator.state.globals[slot];
            if n != N::MAX && !(slot == self.nzcv && n == flags) {
                roots.push(n);
            }
        }
        for effect in &evaluator.effects {
            super::block::operands(effect, &mut roots);
        }
        match next {
            Next::To(_) => {}
            Next::Either(condition, ..) => roots.push(condition),
            Next::Jump(to) => roots.extend(to),
            Next::JumpIf(condition, to, _) => roots.extend([condition, to[0], to[1]]),
        }
        let reads_flags = roots.iter().any(|root| evaluator.graph.depends(*root, flags));
        Summary { next: Some(next), reads_flags, sets_flags: flags_after != flags, ..self.linked(next, control) }
    }

    fn linked(&self, next: Next, control: &[u32; 4]) -> Summary {
        let leaves = !matches!(next, Next::To(_)) || control[0] & KERNEL_MASK == crate::isa::control::BRANCH;
        let links = leaves && control[1] & 63 == 30;
        Summary { next: Some(next), reads_flags: false, sets_flags: false, links }
    }

    /// The flags as a word, after or within a block.
    pub fn flags(&self, evaluator: &mut Evaluator) -> N {
        evaluator.global(self.nzcv)
    }

    /// Instructions retired in this slice, which the time is made of.
    pub fn set_retired(&self, evaluator: &mut Evaluator, retired: N) {
        evaluator.state.globals[self.retired] = retired;
    }

    /// Drops an effect list's beginning that was emitted.
    pub fn take_effects(evaluator: &mut Evaluator) -> Vec<Effect> {
        std::mem::take(&mut evaluator.effects)
    }
}
