//! A Linux process in every lane of a machine: started once, then run by turns of the GPU and of the system calls.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::restart::Template;
use super::syscall::{self, Call, End, Host, Interrupt, Lane, Memory, Span, trace};
use super::{calls, end};
use super::{elf, space};
use crate::isa;
use crate::machine::{self, Checks, Machine, PAGE_SIZE, REGION_BYTES, Stop, StopReason};

/// The register that holds a system call's number.
const NUMBER: u32 = 8;
/// Bytes that one pass moves between the host and the lanes' memory, about.
const PASS_BYTES: u64 = 64 << 20;

/// Is given a line for each system call of lane 0.
pub(super) type Tracer = Box<dyn FnMut(&str)>;

/// Why a process could not be started or went wrong on the host's side.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is no program for this engine.
    #[error(transparent)]
    Elf(#[from] elf::Error),
    /// The machine or the GPU failed.
    #[error(transparent)]
    Machine(#[from] machine::Error),
    /// The stack's size is out of range.
    #[error("the stack of {size} bytes is not between {} and {} bytes", space::STACK_SIZE_MIN, space::STACK_SIZE_MAX)]
    StackSize { size: u64 },
    /// Arguments and environment do not fit.
    #[error("arguments and environment take {needed} bytes, a quarter of the stack is {limit}")]
    ArgumentsTooLong { needed: u64, limit: u64 },
    /// Strings for the program end at a zero byte, so they cannot hold one.
    #[error("an argument or environment variable contains a zero byte")]
    ZeroByte,
    /// There are more inputs than lanes.
    #[error("{inputs} inputs for {lanes} lanes")]
    TooManyInputs { inputs: u32, lanes: u32 },
    /// A column of inputs has another length than there are inputs.
    #[error("{found} {column} for {inputs} inputs")]
    InputColumn { column: &'static str, found: usize, inputs: u32 },
    /// A patch reaches beyond the memory that the program starts with.
    #[error("{length} bytes at {address:#x} are not in the program's memory")]
    PatchOutside { address: u64, length: u64 },
    /// Lanes are to start where there is no instruction.
    #[error("{address:#x} is no instruction of the program's file")]
    ForkNotCode { address: u64 },
    /// The program did something else than to come to where lanes are to start.
    #[error("the program does not come to {address:#x}: {} at pc {:#x}, after {} instructions", end::in_words(&stop.reason), stop.pc, stop.retired)]
    ForkNotReached { address: u64, stop: Stop },
    /// What lanes are to differ in has been used before they start.
    #[error("the program {what} before it comes to {address:#x}: lanes that start there cannot differ in that")]
    ForkAfter { address: u64, what: &'static str },
}

/// One program running in every lane of a machine.
pub struct Process {
    pub(super) machine: Machine,
    pub(super) lanes: Vec<Lane>,
    pub(super) stops: Vec<Stop>,
    pub(super) host: Host,
    /// Lanes that were ended because they wait for ever.
    pub(super) deadlocked: Vec<u32>,
    pub(super) trace: Option<Tracer>,
    pub(super) template: Template,
    /// The machine's start point has the kernel state that lanes begin with.
    pub(super) marked: bool,
    /// Where lanes start if not at the program's entry, and the state of their kernel there.
    pub(super) forked: Option<(u64, Lane)>,
}

/// What one [`Process::run`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Instructions retired by all lanes.
    pub retired: u64,
    /// Time it took, system calls included, from the first instruction on.
    pub wall: Duration,
    /// Time the GPU worked, where the adapter measures it.
    pub gpu: Option<Duration>,
    /// Dispatches of the interpreter.
    pub slices: u64,
    /// Passes in which the host served the lanes' system calls.
    pub passes: u64,
    /// System calls served.
    pub system_calls: u64,
    /// Those of them that the GPU served.
    pub gpu_system_calls: u64,
    /// Instructions that ran translated.
    pub translated: u64,
    /// The longest time that the GPU worked by itself, between two visits of the host.
    pub longest: Duration,
    /// Time before that in which the first shaders were compiled: 0 from the second run on.
    pub compile: Duration,
    /// It ended early, see [`Machine::set_interrupt`].
    pub interrupted: bool,
}

/// A lane's system call while the host works on it.
struct Waiting {
    lane: u32,
    number: u64,
    arguments: [u64; 6],
    known: Vec<(Span, Vec<u8>)>,
}

impl Process {
    /// A process in a machine that `template` is loaded into.
    pub(super) fn new(
        mut machine: Machine,
        host: Host,
        template: Template,
        trace: Option<Tracer>,
    ) -> Result<Process, Error> {
        let lane = |index| Lane {
            index,
            brk: host.heap_start,
            seed: template.seed(),
            stream: index.into(),
            ..Lane::default()
        };
        machine.set_personality(calls::PERSONALITY, calls::ring_words(&machine))?;
        let mut process = Process {
            lanes: (0..machine.lanes()).map(lane).collect(),
            stops: machine.stops()?,
            host,
            deadlocked: Vec::new(),
            trace,
            template,
            forked: None,
            marked: false,
            machine,
        };
        process.set_kernel_state();
        Ok(process)
    }

    /// Runs until every lane has ended or has retired `max_cycles` instructions since it was started, or until the machine
    /// is interrupted, see [`Machine::set_interrupt`].
    ///
    /// What is compiled for that first counts apart, in [`Outcome::compile`].
    pub fn run(&mut self, max_cycles: u64) -> Result<Outcome, Error> {
        let mut outcome = Outcome { compile: self.machine.prepare()?, ..Outcome::default() };
        let begin = Instant::now();
        // Calls that nobody got to when an interrupt ended the last run.
        outcome.system_calls += self.serve()?;
        // Lanes whose calls still wait would go on without them.
        while !self.stops.iter().any(|stop| matches!(stop.reason, StopReason::SupervisorCall { .. })) {
            let report = self.machine.execute_until(max_cycles)?;
            outcome.retired += report.cycles;
            outcome.slices += u64::from(report.slices);
            outcome.system_calls += report.traps;
            outcome.gpu_system_calls += report.traps;
            outcome.translated += report.translated;
            outcome.longest = outcome.longest.max(report.longest);
            self.stops = report.stops;
            outcome.gpu = report.gpu.map(|gpu| gpu + outcome.gpu.unwrap_or_default());
            let (lanes, limit) = (&mut self.lanes, self.host.output_limit);
            self.machine.take_output(|lane, stream, bytes| {
                lanes[lane as usize].outputs[stream].push(bytes, limit);
            })?;
            let paused = self.stops.iter().any(|stop| stop.reason == StopReason::OutputFull);
            let served = self.serve()?;
            outcome.passes += u64::from(served > 0);
            outcome.system_calls += served;
            if (served == 0 && !paused) || self.machine.is_interrupted() {
                break;
            }
        }
        outcome.wall = begin.elapsed();
        outcome.interrupted = self.machine.is_interrupted() && (0..self.lanes()).any(|lane| !self.ended(lane));
        Ok(outcome)
    }

    /// Serves every lane that waits for a system call, or as many as it can until the machine is interrupted, and returns how
    /// many there were.
    fn serve(&mut self) -> Result<u64, Error> {
        let stops = (0..).zip(&self.stops);
        let lanes: Vec<u32> = stops
            .filter(|(_, stop)| matches!(stop.reason, StopReason::SupervisorCall { .. }))
            .map(|(lane, _)| lane)
            .collect();
        let count = lanes.len() as u64;
        if count == 0 {
            return Ok(0);
        }
        let mut waiting = VecDeque::with_capacity(lanes.len());
        for lane in lanes {
            let number = self.machine.register(lane, NUMBER)?;
            // Each register is a download, for all lanes; most calls need few.
            let mut arguments = [0; 6];
            for (n, argument) in (0..).zip(&mut arguments[..syscall::argument_count(number)]) {
                *argument = self.machine.register(lane, n)?;
            }
            self.fetch_kernel_state(lane)?;
            waiting.push_back(Waiting { lane, number, arguments, known: Vec::new() });
        }
        // Usually once or twice: lanes that need nothing are done in the first round, lanes that need bytes of their
        // memory in the second, all of them read together.
        while !waiting.is_empty() && !self.machine.is_interrupted() {
            let mut moved = 0;
            let mut asked = Vec::new();
            let mut writes: Vec<(u32, u64, Vec<u8>)> = Vec::new();
            let mut later = VecDeque::new();
            while let Some(mut call) = waiting.pop_front() {
                if moved >= PASS_BYTES {
                    later.push_back(call);
                    continue;
                }
                match self.serve_one(&mut call, &mut writes)? {
                    Some(spans) => {
                        moved += spans.iter().map(|span| u64::from(span.length)).sum::<u64>();
                        asked.push((call, spans));
                    }
                    None => moved += writes.last().map_or(0, |(_, _, bytes)| bytes.len() as u64),
                }
            }
            self.write(&writes)?;
            let spans: Vec<(u32, u64, u32)> = asked
                .iter()
                .flat_map(|(call, spans)| spans.iter().map(|span| (call.lane, span.address, span.length)))
                .collect();
            // What a call may touch was decided from the lane's layout.
            let mut contents = match spans.is_empty() {
                true => Vec::new(),
                false => self.machine.read_many(&spans, Checks::Host)?,
            }
            .into_iter();
            for (mut call, spans) in asked {
                call.known.extend(spans.into_iter().zip(&mut contents));
                waiting.push_back(call);
            }
            waiting.append(&mut later);
        }
        let slowest = (0..).zip(&self.lanes).filter(|&(lane, state)| state.stdin.is_none() && !self.ended(lane));
        if let Some(position) = slowest.map(|(_, lane)| lane.input_position).min() {
            self.host.input.forget(position);
        }
        Ok(count - waiting.len() as u64)
    }

    /// Serves one call, or says which bytes of memory it needs first.
    fn serve_one(
        &mut self,
        waiting: &mut Waiting,
        writes: &mut Vec<(u32, u64, Vec<u8>)>,
    ) -> Result<Option<Vec<Span>>, Error> {
        let lane = waiting.lane;
        // What the GPU has mapped becomes a part of the lane's address space.
        if let Err(error) = self.machine.layout(lane) {
            self.end_without_room(lane, error)?;
            return Ok(None);
        }
        let mut call = Call {
            number: waiting.number,
            arguments: waiting.arguments,
            retired: self.stops[lane as usize].retired,
            lane: &mut self.lanes[lane as usize],
            host: &mut self.host,
            memory: Memory::new(self.machine.layout(lane)?, &waiting.known),
        };
        let result = call.serve();
        if let Err(Interrupt::Needs(spans)) = result {
            return Ok(Some(spans));
        }
        if lane == 0
            && let Some(tracer) = &mut self.trace
        {
            tracer(&trace::line(&call, &result));
        }
        let Memory { layout, discards, moves, writes: written, .. } = call.memory;
        let layout = match layout {
            std::borrow::Cow::Owned(layout) => Some(layout),
            std::borrow::Cow::Borrowed(_) if discards.is_empty() => None,
            std::borrow::Cow::Borrowed(layout) => Some(layout.clone()),
        };
        // Some calls fail and have changed it none the less.
        if let Some(layout) = layout
            && let Err(error) = self.machine.set_layout(lane, layout, &discards)
        {
            self.end_without_room(lane, error)?;
            return Ok(None);
        }
        for (from, to) in moves {
            if let Err(error) = self.machine.move_pages(lane, from, to) {
                self.end_without_room(lane, error)?;
                return Ok(None);
            }
        }
        match result {
            Ok(value) => {
                writes.extend(written.into_iter().map(|(address, bytes)| (lane, address, bytes)));
                self.machine.set_register(lane, 0, value)?;
            }
            Err(Interrupt::Errno(errno)) => self.machine.set_register(lane, 0, errno.result())?,
            Err(Interrupt::End(end)) => {
                if end == End::Deadlock {
                    self.deadlocked.push(lane);
                }
                self.end(lane, end.into())?;
            }
            Err(Interrupt::Needs(_)) => unreachable!("handled above"),
        }
        self.store_kernel_state(lane)?;
        self.leave_call(lane);
        Ok(None)
    }

    fn write(&mut self, writes: &[(u32, u64, Vec<u8>)]) -> Result<(), Error> {
        if writes.is_empty() {
            return Ok(());
        }
        let borrowed: Vec<(u32, u64, &[u8])> =
            writes.iter().map(|(lane, address, bytes)| (*lane, *address, bytes.as_slice())).collect();
        match self.machine.write_many(&borrowed, Checks::Host) {
            // One lane at a time, so that those that still find memory go on.
            Err(machine::Error::PoolExhausted { .. }) => {
                for write in &borrowed {
                    match self.machine.write_many(std::slice::from_ref(write), Checks::Host) {
                        Err(machine::Error::PoolExhausted { .. }) => {
                            let needed_bytes = space::page_up(write.2.len() as u64);
                            self.end(write.0, StopReason::PoolExhausted { needed_bytes })?;
                        }
                        other => drop(other?),
                    }
                }
            }
            other => drop(other?),
        }
        Ok(())
    }

    /// A lane's call is served: it goes on behind it, also where an interrupt comes first.
    fn leave_call(&mut self, lane: u32) {
        let reason = &mut self.stops[lane as usize].reason;
        if matches!(reason, StopReason::SupervisorCall { .. }) {
            *reason = StopReason::NotStarted;
        }
    }

    /// Ends a lane whose address space or pages have no room beside those of the others.
    fn end_without_room(&mut self, lane: u32, error: machine::Error) -> Result<(), Error> {
        let needed_bytes = match error {
            machine::Error::LayoutsFull { regions, .. } => regions as u64 * REGION_BYTES,
            machine::Error::PoolExhausted { .. } => PAGE_SIZE,
            error => return Err(error.into()),
        };
        self.end(lane, StopReason::PoolExhausted { needed_bytes })
    }

    fn end(&mut self, lane: u32, reason: StopReason) -> Result<(), Error> {
        self.stops[lane as usize].reason = reason;
        Ok(self.machine.set_stop(lane, reason)?)
    }

    /// Number of lanes.
    pub fn lanes(&self) -> u32 {
        self.machine.lanes()
    }

    /// The machine under the process.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The machine under the process, to look into registers and memory.
    pub fn machine_mut(&mut self) -> &mut Machine {
        &mut self.machine
    }

    /// Gives the machine back, to start another process.
    pub fn into_machine(self) -> Machine {
        self.machine
    }

    /// Address of the program's first instruction.
    pub fn entry(&self) -> u64 {
        self.template.program().entry
    }

    /// What was added to the file's addresses: 0 unless static-PIE.
    pub fn base(&self) -> u64 {
        self.template.program().base
    }

    /// What lane `lane` wrote to its standard output.
    pub fn stdout(&self, lane: u32) -> &syscall::Output {
        &self.lanes[lane as usize].outputs[0]
    }

    /// What lane `lane` wrote to its standard error.
    pub fn stderr(&self, lane: u32) -> &syscall::Output {
        &self.lanes[lane as usize].outputs[1]
    }

    /// What lane `lane` wrote, both streams; it is dropped here.
    pub(crate) fn take_outputs(&mut self, lane: u32) -> [syscall::Output; 2] {
        std::mem::take(&mut self.lanes[lane as usize].outputs)
    }

    /// Lanes that were ended because they wait for ever.
    pub(crate) fn deadlocked(&self) -> &[u32] {
        &self.deadlocked
    }

    /// Every lane's stop.
    pub(crate) fn stops(&self) -> &[Stop] {
        &self.stops
    }

    /// The lanes below `count` that wrote anything, ascending.
    pub(crate) fn writers(&self, count: u32) -> Vec<u32> {
        let lanes = self.lanes[..count as usize].par_iter().enumerate().with_min_len(1024);
        let wrote = |lane: &Lane| lane.outputs.iter().any(|output| output.written() > 0);
        lanes.filter(|(_, lane)| wrote(lane)).map(|(index, _)| index as u32).collect()
    }

    /// Why lane `lane` stopped, where, and after how many instructions.
    pub fn stop(&self, lane: u32) -> &Stop {
        &self.stops[lane as usize]
    }

    /// Nothing but starting it again would move the lane.
    fn ended(&self, lane: u32) -> bool {
        use StopReason::{CycleLimit, NotStarted, OutputFull, SupervisorCall};
        !matches!(self.stop(lane).reason, CycleLimit | SupervisorCall { .. } | OutputFull | NotStarted)
    }

    /// One line on how lane `lane` stopped, with the instruction where one is to blame.
    pub fn describe(&mut self, lane: u32) -> String {
        if self.deadlocked.contains(&lane) {
            return format!(
                "deadlock: waits on a futex that no other thread can wake, at pc {:#x}",
                self.stop(lane).pc
            );
        }
        let stop = *self.stop(lane);
        match End::of(&stop.reason) {
            Some(End::Exited { .. }) => return end::in_words(&stop.reason),
            Some(End::Killed { signal }) => return format!("killed by {signal} at pc {:#x}", stop.pc),
            _ => {}
        }
        // A call may have been served when the interrupt came, or its output taken.
        let on_its_way = matches!(stop.reason, StopReason::SupervisorCall { .. } | StopReason::OutputFull);
        let began = stop.reason == StopReason::NotStarted && (stop.retired > 0 || self.machine.is_interrupted());
        if began || (on_its_way && self.machine.is_interrupted()) {
            // A lane that has never run has no pc where it stopped.
            let pc = if stop.retired == 0 { self.machine.pc(lane).unwrap_or(stop.pc) } else { stop.pc };
            return format!("interrupted at pc {pc:#x}");
        }
        let blames_instruction = matches!(
            stop.reason,
            StopReason::MemoryFault { access: machine::Access::Read | machine::Access::Write, .. }
                | StopReason::Breakpoint { .. }
                | StopReason::Halt { .. }
        );
        let mut word = [0; 4];
        if blames_instruction && self.machine.read_memory(lane, stop.pc, &mut word).is_ok() {
            return format!("{stop}: {}", isa::disassemble(u32::from_le_bytes(word), stop.pc));
        }
        stop.to_string()
    }
}

#[cfg(test)]
mod tests;
