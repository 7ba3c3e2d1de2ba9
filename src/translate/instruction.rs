//! What one control word does: the interpreter's `execute`, evaluated on it.

use super::evaluate::{Effect, Evaluator, Program, Slots, State, Unsupported};
use super::graph::{Graph, N, Node};
use super::guide::{Guide, PAGES, Places};
use crate::abi::EVENT_JUMP;
use crate::gpu::{self, Shader};
use crate::isa::control::{
    ARITHMETIC, BRANCH, CODE_BASE, Field, LOADSTORE, LOGICAL, SINK, SYSTEM_UNDEFINED, ZR, fields, is_system,
};
use wgpu::naga::valid::Capabilities;

/// log2 of a page's bytes.
pub const PAGE_SHIFT: u32 = 12;

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
        if let Some(n) = slot.checked_sub(self.program.scalars) {
            return Some(format!("page{}_{}", n / 4, n % 4));
        }
        let entry = self.last_entry;
        (entry.first..entry.first + entry.count).contains(&slot).then(|| format!("entry{}", slot - entry.first))
    }

    /// If a slot is of a page that a nest of loops keeps, and nobody else: which page, and which part of it.
    pub fn page_part(&self, slot: usize) -> Option<(usize, usize)> {
        slot.checked_sub(self.program.scalars).map(|n| (n / 4, n % 4))
    }

    /// The private variable that a slot is of, as the interpreter calls it; of a page's, that of the last entry.
    pub fn home(&self, slot: usize) -> String {
        let slot = self.page_part(slot).map_or(slot, |(_, part)| self.last_entry.first + part);
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

    /// Slots of the registers.
    pub fn registers(&self) -> std::ops::Range<usize> {
        self.x.first..self.x.first + 2 * ZR as usize
    }

    /// Slots whose values are kept from one instruction to the next.
    pub fn kept(&self) -> impl Iterator<Item = usize> {
        let entry = self.last_entry.first..self.last_entry.first + self.last_entry.count;
        let pages = self.program.scalars..self.program.scalars + 4 * PAGES;
        self.registers().chain(entry).chain(pages).chain([self.nzcv])
    }

    /// An evaluator for instructions of the run that begins `delta` before its control words.
    pub fn evaluator(&self, delta: u64) -> Evaluator<'_> {
        let places = Places {
            event: self.event,
            code: self.code,
            next: self.next,
            last_entry: self.last_entry.first,
            pages: self.program.scalars,
        };
        let mut evaluator = Evaluator::new(&self.program, Guide::new(places));
        evaluator.narrow(self.nzcv, 0, 4);
        for page in 0..PAGES {
            evaluator.narrow(self.program.scalars + 4 * page, PAGE_SHIFT, 32);
        }
        let zero = evaluator.graph.word(0);
        for half in 0..2 {
            evaluator.state.globals[self.x.first + 2 * ZR as usize + half] = zero;
            evaluator.state.globals[self.x.first + 2 * SINK as usize + half] = zero;
            let word = evaluator.graph.word((delta >> (32 * half)) as u32);
            evaluator.state.globals[self.x.first + 2 * CODE_BASE as usize + half] = word;
        }
        evaluator
    }

    /// The value of the register that a field of the control word names.
    pub fn operand(&self, evaluator: &mut Evaluator, control: &[u32; 4], field: Field) -> [N; 2] {
        let register = field.get(control) as usize;
        [0, 1].map(|half| evaluator.global(self.x.first + 2 * register + half))
    }

    /// Whether the kernel is one that sets flags from its two operands.
    pub fn is_plain(control: &[u32; 4]) -> bool {
        matches!(fields::DATAPATH.get(control), ARITHMETIC | LOGICAL)
    }

    /// Executes one instruction at control word `index`. The effects are appended to the evaluator's; if the instruction
    /// is not one to translate, the evaluator is as before.
    pub fn step(&self, evaluator: &mut Evaluator, control: &[u32; 4], index: u32) -> Result<Next, Unsupported> {
        let before = evaluator.state.clone();
        let effects = evaluator.effects.len();
        if fields::DATAPATH.get(control) == LOADSTORE {
            let (page, need) = evaluator.guide.page(fields::RN.get(control));
            for first in [page, evaluator.guide.last_entry()] {
                for slot in first..first + 4 {
                    evaluator.global(slot);
                }
            }
            let mut entry = [0, 1, 2, 3].map(|n| evaluator.state.globals[page + n]);
            if let Some(need) = need {
                let need = evaluator.graph.word(need);
                entry[0] = evaluator.graph.or(entry[0], need);
            }
            evaluator.guide.begin(page, entry, &mut evaluator.state.globals);
        }
        let result = self.try_step(evaluator, control, index, &before);
        if result.is_err() {
            evaluator.state = before;
            evaluator.effects.truncate(effects);
            evaluator.guide.undone();
        } else {
            evaluator.guide.done(&mut evaluator.state.globals);
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
        if is_system(control, SYSTEM_UNDEFINED) {
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
        let leaves = !matches!(next, Next::To(_)) || fields::DATAPATH.get(control) == BRANCH;
        let links = leaves && fields::RD.get(control) == 30;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{LOOP_INSTRUCTION, LOOP_OK};
    use crate::isa::control::{EXTEND_SHIFT, MULDIV, SF, SYSTEM, VECTOR};

    fn interpreter() -> Interpreter {
        let shader = crate::machine::shaders().into_iter().find(|shader| shader.name == "interpreter").unwrap();
        Interpreter::new(&Shader { name: "interpreter", ..shader }).unwrap()
    }

    /// What a control word of no kernel would be under each of them.
    #[test]
    fn vector_instructions_are_of_no_kernel() {
        let interpreter = interpreter();
        let add = |kernel| [kernel | SF, fields::RM.bits(2) | fields::RN.bits(1), 0, 0];
        let plain = [ARITHMETIC, LOGICAL];
        for kernel in 0..8 {
            let control = add(kernel | VECTOR);
            assert_eq!(interpreter.summary(&control, 100, 0x40_0000).next, None, "{control:x?}");
            assert!(!Interpreter::is_plain(&control), "{control:x?}");
            let integer = add(kernel);
            assert_eq!(Interpreter::is_plain(&integer), plain.contains(&kernel), "{integer:x?}");
            let translates = [ARITHMETIC, LOGICAL, MULDIV, EXTEND_SHIFT, BRANCH, LOADSTORE, SYSTEM].contains(&kernel);
            assert_eq!(interpreter.summary(&integer, 100, 0x40_0000).next.is_some(), translates, "{integer:x?}");
        }
    }

    /// What the proof of loops says of a control word in a body: LOOP_OK, or why it refuses.
    fn proof(program: &Program, control: [u32; 4]) -> u32 {
        let one = |name: &str| program.slots(name).unwrap().first;
        let places = Places {
            event: one("event"),
            code: one("code"),
            next: one("next"),
            last_entry: one("last_entry"),
            pages: program.scalars,
        };
        let mut evaluator = Evaluator::new(program, Guide::new(places));
        // As a private variable begins, and all registers known.
        let zero = evaluator.graph.word(0);
        evaluator.state.globals.fill(zero);
        let [control, index] = [control.to_vec(), vec![0]]
            .map(|words| words.into_iter().map(|word| evaluator.graph.word(word)).collect::<Vec<_>>());
        evaluator.call("body_instruction", vec![control, index]).unwrap();
        evaluator.graph.as_word(evaluator.state.globals[one("refusal")]).unwrap()
    }

    #[test]
    fn no_loop_of_vector_instructions_is_proved() {
        let shader = crate::machine::shaders().into_iter().find(|shader| shader.name == "loops").unwrap();
        let (module, info) = shader.validate(Capabilities::empty()).unwrap();
        let program = Program::new(module, info);
        for kernel in 0..8 {
            // X0 with X1 and X2: computes, loads, or does nothing.
            let control = [kernel | SF, fields::RM.bits(2) | fields::RN.bits(1), 0, 0];
            let vector = [control[0] | VECTOR, control[1], 0, 0];
            assert_eq!(proof(&program, vector), LOOP_INSTRUCTION, "{vector:x?}");
            if [ARITHMETIC, LOGICAL, MULDIV, EXTEND_SHIFT, SYSTEM].contains(&kernel) {
                assert_eq!(proof(&program, control), LOOP_OK, "{control:x?}");
            }
        }
    }
}
