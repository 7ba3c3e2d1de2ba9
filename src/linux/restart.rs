//! Starting a process' lanes anew, each with an input of its own.

use super::elf::{self, Program};
use super::process::{Error, Process};
use super::space;
use super::stack::{self, InitialStack};
use super::syscall::{self, Input, Lane};
use crate::machine::{Checks, Layout, Machine, Permissions, Segment, StopReason};

/// Register 31 of the machine's interface is the stack pointer.
const SP: u32 = 31;

/// What the lanes of a process start anew with, in columns: an entry for each lane that is to run, from lane 0 on. An
/// empty column stands for what the process was started with, but for standard input, which is empty then.
#[derive(Clone, Copy, Debug, Default)]
pub struct LaneInputs<'a> {
    /// Lanes that run; the others stay stopped.
    pub count: u32,
    /// Arguments behind those that the process was started with.
    pub arguments: &'a [Vec<Vec<u8>>],
    /// Standard input.
    pub stdin: &'a [Vec<u8>],
    /// Seeds of the random bytes.
    pub seeds: &'a [u64],
    /// What is written over the program's memory before its first instruction.
    pub patches: &'a [Patch<'a>],
}

/// Bytes for one place in every lane's memory.
#[derive(Clone, Copy, Debug)]
pub struct Patch<'a> {
    /// Where they go.
    pub address: u64,
    /// Bytes of one lane.
    pub row_bytes: usize,
    /// The bytes of all lanes, one row after the other.
    pub rows: &'a [u8],
}

impl<'a> Patch<'a> {
    fn row(&self, lane: u32) -> &'a [u8] {
        &self.rows[lane as usize * self.row_bytes..][..self.row_bytes]
    }
}

/// All that a lane's first state is made of.
pub(super) struct Template {
    program: Program,
    /// The program's name first.
    arguments: Vec<Vec<u8>>,
    environment: Vec<Vec<u8>>,
    seed: u64,
    stack_size: u64,
    stack: InitialStack,
}

impl Template {
    pub fn new(
        program: Program,
        arguments: Vec<Vec<u8>>,
        environment: Vec<Vec<u8>>,
        seed: u64,
        stack_size: u64,
    ) -> Result<Template, Error> {
        let stack = initial_stack(&program, &arguments, &environment, seed, stack_size)?;
        Ok(Template { program, arguments, environment, seed, stack_size, stack })
    }

    pub fn program(&self) -> &Program {
        &self.program
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Makes the program `machine`'s image and puts every lane at its entry.
    pub fn load(&self, machine: &mut Machine) -> Result<(), Error> {
        let Template { program, stack, .. } = self;
        let permissions = self.stack_permissions();
        let mut extra = Layout::default();
        extra.map(space::STACK_TOP - self.stack_size, stack.address, permissions);
        let mut segments: Vec<Segment<'_>> = program.segments.iter().map(|segment| segment.as_segment()).collect();
        segments.push(Segment {
            address: stack.address,
            bytes: &stack.bytes,
            memory_size: stack.bytes.len() as u64,
            permissions,
        });
        let needed = segments.iter().map(|segment| segment.memory_size).sum::<u64>() + extra.mapped_bytes();
        if needed > machine.memory_size() {
            return Err(elf::Error::TooLarge { needed, memory_size: machine.memory_size() }.into());
        }
        machine.load_segments(&segments, &extra)?;
        for lane in 0..machine.lanes() {
            machine.set_pc(lane, program.entry)?;
            machine.set_register(lane, SP, stack.pointer)?;
        }
        Ok(())
    }

    fn stack_permissions(&self) -> Permissions {
        if self.program.executable_stack { Permissions::ALL } else { Permissions::READ_WRITE }
    }

    /// The stack of a lane with these arguments and this seed, as far down as the image's reaches at the least: what
    /// the image has there must not show.
    fn stack_of(&self, arguments: Option<&[Vec<u8>]>, seed: u64) -> Result<InitialStack, Error> {
        let mut stack = match arguments {
            None => initial_stack(&self.program, &self.arguments, &self.environment, seed, self.stack_size)?,
            Some(rest) => {
                let all = [&self.arguments, rest].concat();
                initial_stack(&self.program, &all, &self.environment, seed, self.stack_size)?
            }
        };
        let above = stack.address.saturating_sub(self.stack.address) as usize;
        if above > 0 {
            stack.bytes.splice(..0, std::iter::repeat_n(0, above));
            stack.address = self.stack.address;
        }
        Ok(stack)
    }

    fn check(&self, inputs: &LaneInputs<'_>, lanes: u32) -> Result<(), Error> {
        let count = inputs.count;
        if count > lanes {
            return Err(Error::TooManyInputs { inputs: count, lanes });
        }
        let columns = [
            ("lists of arguments", inputs.arguments.len()),
            ("standard inputs", inputs.stdin.len()),
            ("seeds", inputs.seeds.len()),
        ];
        for (column, found) in columns {
            if found != 0 && found != count as usize {
                return Err(Error::InputColumn { column, found, inputs: count });
            }
        }
        for patch in inputs.patches {
            let found = patch.rows.len();
            if Some(found) != patch.row_bytes.checked_mul(count as usize) {
                return Err(Error::InputColumn { column: "patched bytes", found, inputs: count });
            }
            let (address, length) = (patch.address, patch.row_bytes as u64);
            let end = address.checked_add(length);
            let stack = space::STACK_TOP - self.stack_size..space::STACK_TOP;
            let mut ranges: Vec<_> =
                self.program.segments.iter().map(|s| s.address..s.address + s.memory_size).collect();
            ranges.push(stack);
            // Segments may touch: what is covered from `address` on is followed from one to the next.
            let mut covered = address;
            for range in &ranges {
                if range.contains(&covered) {
                    covered = range.end;
                }
            }
            if end.is_none_or(|end| end > covered) {
                return Err(Error::PatchOutside { address, length });
            }
        }
        Ok(())
    }
}

fn initial_stack(
    program: &Program,
    arguments: &[Vec<u8>],
    environment: &[Vec<u8>],
    seed: u64,
    stack_size: u64,
) -> Result<InitialStack, Error> {
    if arguments.iter().chain(environment).any(|string| string.contains(&0)) {
        return Err(Error::ZeroByte);
    }
    let mut random = [0; 16];
    syscall::random(seed, syscall::START_STREAM, 0, &mut random);
    let start = stack::Start { arguments, environment, executable: &arguments[0], random };
    let (needed, limit) = (stack::size(&start), stack_size / 4);
    if needed > limit {
        return Err(Error::ArgumentsTooLong { needed, limit });
    }
    Ok(stack::build(program, &start))
}

impl Process {
    /// Whether a lane can be started with these arguments.
    pub(crate) fn check_arguments(&self, arguments: &[Vec<u8>]) -> Result<(), Error> {
        self.template.stack_of(Some(arguments), self.template.seed).map(drop)
    }

    /// Puts lanes back to the program's start, each with its own of `inputs`. Every one of them then does what lane 0
    /// of a new process would do with this input, whatever its number. Output, counts and stops of before are dropped.
    pub fn restart(&mut self, inputs: &LaneInputs<'_>) -> Result<(), Error> {
        let lanes = self.machine.lanes();
        self.template.check(inputs, lanes)?;
        let template = &self.template;
        let seed = |lane: u32| inputs.seeds.get(lane as usize).copied().unwrap_or(template.seed);
        let mut stacks = Vec::new();
        if !inputs.arguments.is_empty() || !inputs.seeds.is_empty() {
            for lane in 0..inputs.count {
                let arguments = inputs.arguments.get(lane as usize).map(Vec::as_slice);
                stacks.push(template.stack_of(arguments, seed(lane))?);
            }
        }
        template.load(&mut self.machine)?;
        self.lanes.clear();
        self.lanes.extend((0..lanes).map(|index| Lane {
            index,
            brk: self.host.heap_start,
            seed: seed(index),
            stdin: inputs.stdin.get(index as usize).cloned(),
            ..Lane::default()
        }));
        self.host.input = Input::new(Box::new(std::io::empty()));
        self.deadlocked.clear();
        let mut writes: Vec<(u32, u64, &[u8])> = Vec::new();
        for (lane, stack) in (0..).zip(&stacks) {
            self.machine.set_register(lane, SP, stack.pointer)?;
            writes.push((lane, stack.address, &stack.bytes));
        }
        for patch in inputs.patches {
            writes.extend((0..inputs.count).map(|lane| (lane, patch.address, patch.row(lane))));
        }
        if !writes.is_empty() {
            // That the memory is there has been checked.
            self.machine.write_many(&writes, Checks::Host)?;
        }
        for lane in inputs.count..lanes {
            self.machine.set_stop(lane, StopReason::NotStarted)?;
        }
        self.stops = self.machine.stops()?;
        Ok(())
    }
}
