//! Starting a process' lanes anew, each with an input of its own.

use rayon::prelude::*;

use super::calls;
use super::elf::{self, Program};
use super::process::{Error, Process};
use super::space;
use super::stack::{self, InitialStack};
use super::syscall::{self, Input, Lane};
use crate::machine::{Layout, Machine, Permissions, Segment, Stop, StopReason};

/// Bytes behind `AT_RANDOM`.
const RANDOM_BYTES: usize = 16;
/// Bytes of stacks that are made at a time, about.
const PASS_BYTES: usize = 64 << 20;
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

/// All that a lane's first state is made of.
#[derive(Clone)]
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
        extra.map(space::STACK_TOP - self.stack_size, space::STACK_TOP, permissions);
        let mut segments: Vec<Segment<'_>> = program.segments.iter().map(|segment| segment.as_segment()).collect();
        segments.push(Segment {
            address: stack.address,
            bytes: &stack.bytes,
            memory_size: stack.bytes.len() as u64,
            permissions,
        });
        let needed = program.segments.iter().map(|segment| segment.memory_size).sum::<u64>() + self.stack_size;
        if needed > machine.memory_size() {
            return Err(elf::Error::TooLarge { needed, memory_size: machine.memory_size() }.into());
        }
        machine.load_segments(&segments, &extra)?;
        let lanes = machine.lanes();
        machine.set_registers(SP, 0, &vec![stack.pointer; lanes as usize])?;
        for lane in 0..lanes {
            machine.set_pc(lane, program.entry)?;
        }
        Ok(())
    }

    fn stack_permissions(&self) -> Permissions {
        if self.program.executable_stack { Permissions::ALL } else { Permissions::READ_WRITE }
    }

    /// The stack of a lane with these further arguments and this seed, as far down as the image's reaches at the least: what
    /// the image has there must not show.
    fn stack_of(&self, arguments: &[Vec<u8>], seed: u64) -> Result<InitialStack, Error> {
        let all = [&self.arguments, arguments].concat();
        let mut stack = initial_stack(&self.program, &all, &self.environment, seed, self.stack_size)?;
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
            self.check_patch(patch.address, patch.row_bytes as u64)?;
        }
        Ok(())
    }

    /// Whether so many bytes from `address` on are in the memory that the program begins with.
    fn check_patch(&self, address: u64, length: u64) -> Result<(), Error> {
        let end = address.checked_add(length);
        let stack = space::STACK_TOP - self.stack_size..space::STACK_TOP;
        let mut ranges: Vec<_> = self.program.segments.iter().map(|s| s.address..s.address + s.memory_size).collect();
        ranges.push(stack);
        // Segments may touch: what is covered from `address` on is followed from one to the next.
        let mut covered = address;
        for range in &ranges {
            if range.contains(&covered) {
                covered = range.end;
            }
        }
        match end.is_none_or(|end| end > covered) {
            true => Err(Error::PatchOutside { address, length }),
            false => Ok(()),
        }
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
    let mut random = [0; RANDOM_BYTES];
    syscall::random(seed, syscall::START_STREAM, 0, &mut random);
    let start = stack::Start { arguments, environment, executable: &arguments[0], random };
    let (needed, limit) = (stack::size(&start), stack_size / 4);
    if needed > limit {
        return Err(Error::ArgumentsTooLong { needed, limit });
    }
    Ok(stack::build(program, &start))
}

impl Process {
    /// Writes bytes over the memory of every lane, before the process has run: what [`LaneInputs::patches`] are to a restart.
    pub fn patch(&mut self, address: u64, bytes: &[u8]) -> Result<(), Error> {
        self.template.check_patch(address, bytes.len() as u64)?;
        if !bytes.is_empty() {
            let rows = bytes.repeat(self.machine.lanes() as usize);
            self.machine.write_rows(address, bytes.len() as u32, &rows, 0)?;
        }
        Ok(())
    }

    /// Whether a lane can be started with these arguments.
    pub(crate) fn check_arguments(&self, arguments: &[Vec<u8>]) -> Result<(), Error> {
        self.template.stack_of(arguments, self.template.seed).map(drop)
    }

    /// Runs the program to the instruction at `address` once, and lets every later [`Process::restart`] begin there.
    /// What a lane has done until then counts as its own: output, instructions, time. Fails if the program does not
    /// come there within `max_cycles` instructions, or if it has read standard input by then.
    pub fn fork_at(&mut self, address: u64, max_cycles: u64) -> Result<(), Error> {
        self.template.program.code(address).ok_or(Error::ForkNotCode { address })?;
        (self.forked, self.marked) = (None, false);
        // Not empty, so that it can be told whether it was read.
        let inputs = LaneInputs { count: 1, stdin: &[vec![0]], ..LaneInputs::default() };
        self.machine.set_breakpoint(Some(address));
        let ran = self.reset(&inputs).and_then(|()| self.run(max_cycles));
        self.machine.set_breakpoint(None);
        self.marked = false;
        ran?;
        let stop = self.stops[0];
        if stop.pc != address || !matches!(stop.reason, StopReason::Breakpoint { .. }) {
            return Err(Error::ForkNotReached { address, stop });
        }
        self.fetch_kernel_state(0)?;
        if self.lanes[0].input_position != 0 {
            return Err(Error::ForkAfter { address, what: "has read standard input" });
        }
        self.machine.set_pc(0, address)?;
        self.machine.mark_start()?;
        self.marked = false;
        self.forked = Some((address, std::mem::take(&mut self.lanes[0])));
        Ok(())
    }

    /// Puts lanes back to the program's start, each with its own of `inputs`. Every one of them then does what lane 0
    /// of a new process would do with this input, whatever its number. Output, counts and stops of before are dropped.
    pub fn restart(&mut self, inputs: &LaneInputs<'_>) -> Result<(), Error> {
        self.template.check(inputs, self.machine.lanes())?;
        if let Some((address, forked)) = &self.forked {
            let address = *address;
            if !inputs.arguments.is_empty() {
                return Err(Error::ForkAfter { address, what: "has been given its arguments" });
            }
            if !inputs.seeds.is_empty() && forked.random_position != 0 {
                return Err(Error::ForkAfter { address, what: "has drawn random bytes" });
            }
        }
        self.reset(inputs)
    }

    fn reset(&mut self, inputs: &LaneInputs<'_>) -> Result<(), Error> {
        let lanes = self.machine.lanes();
        let template = &self.template;
        let seed = |lane: u32| inputs.seeds.get(lane as usize).copied().unwrap_or(template.seed);
        let stacks = match inputs.arguments.is_empty() {
            true => Vec::new(),
            false => (0..inputs.count)
                .map(|lane| template.stack_of(&inputs.arguments[lane as usize], seed(lane)))
                .collect::<Result<_, _>>()?,
        };
        // A process that is run once needs no start point.
        if self.marked || self.forked.is_some() {
            self.machine.restore_ahead()?;
        } else {
            let coverage = self.machine.kept_coverage();
            self.template.load(&mut self.machine)?;
            if let Some((coverage, bits)) = coverage {
                self.machine.set_coverage(Some(coverage), bits)?;
            }
        }
        let first = || match &self.forked {
            Some((_, forked)) => forked.clone(),
            None => Lane { brk: self.host.heap_start, ..Lane::default() },
        };
        // There may be very many, and each takes some cache lines.
        self.lanes.par_iter_mut().enumerate().with_min_len(1024).for_each(|(index, lane)| {
            let stdin = inputs.stdin.get(index).cloned();
            *lane = Lane { index: index as u32, seed: seed(index as u32), stdin, ..first() };
        });
        self.host.input = Input::new(Box::new(std::io::empty()));
        self.deadlocked.clear();
        if !self.marked {
            self.mark_kernel_state()?;
        }
        if !stacks.is_empty() {
            write_stacks(&mut self.machine, &stacks)?;
        } else if !inputs.seeds.is_empty() {
            let mut rows = vec![0; inputs.seeds.len() * RANDOM_BYTES];
            for (row, seed) in rows.chunks_exact_mut(RANDOM_BYTES).zip(inputs.seeds) {
                syscall::random(*seed, syscall::START_STREAM, 0, row);
            }
            self.machine.write_rows(self.template.stack.random, RANDOM_BYTES as u32, &rows, 0)?;
        }
        for patch in inputs.patches.iter().filter(|patch| patch.row_bytes > 0) {
            self.machine.write_rows(patch.address, patch.row_bytes as u32, patch.rows, 0)?;
        }
        self.machine.set_inputs(inputs.stdin, self.machine.lane_words(calls::INPUT_PART))?;
        self.set_inputs_state(inputs);
        for lane in inputs.count..lanes {
            self.machine.set_stop(lane, StopReason::NotStarted)?;
        }
        self.stops.fill(Stop { reason: StopReason::NotStarted, pc: self.template.program.entry, retired: 0 });
        Ok(())
    }
}

/// Writes each lane's stack, and its stack pointer.
fn write_stacks(machine: &mut Machine, stacks: &[InitialStack]) -> Result<(), Error> {
    for (lane, stack) in (0..).zip(stacks) {
        machine.set_register(lane, SP, stack.pointer)?;
    }
    // They end at one address; with zeros below them they are rows.
    let longest = stacks.iter().map(|stack| stack.bytes.len()).max().unwrap_or(0);
    let in_pass = (PASS_BYTES / longest.max(1)).max(1);
    for (pass, part) in stacks.chunks(in_pass).enumerate() {
        let mut rows = vec![0; part.len() * longest];
        for (row, stack) in rows.chunks_exact_mut(longest).zip(part) {
            row[longest - stack.bytes.len()..].copy_from_slice(&stack.bytes);
        }
        machine.write_rows(space::STACK_TOP - longest as u64, longest as u32, &rows, (pass * in_pass) as u32)?;
    }
    Ok(())
}
