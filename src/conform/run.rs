//! Executes cases, one to a lane, and compares.

use super::case::Case;
use super::state::{State, Stop};
use crate::gpu::{self, Gpu, Options};
use crate::isa::{self, Kernel};
use crate::machine::{self, Checks, Dispatch, FaultCause, Layout, Machine, PAGE_SIZE, Permissions, StopReason};
use crate::neural::Weights;
use std::ops::Range;

/// Cases of one machine at the most: more gain nothing, and their pages are read back together.
const LARGEST_BATCH: usize = 16384;
/// Part of the largest buffer that a batch fills with pages, so that the machine's spare frames and the image fit.
const BUFFER_PART: u64 = 2;

/// Runs cases on one adapter.
pub struct Runner {
    gpu: Gpu,
    batch: usize,
    dispatch: Dispatch,
    weights: Weights,
}

/// Why cases could not be run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Gpu(#[from] gpu::Error),
    #[error(transparent)]
    Machine(#[from] machine::Error),
    #[error("a case has {pages} pages in reach, which is more than this adapter has room for")]
    TooManyPages { pages: usize },
    #[error("a lane's page at {address:#x} could not be transferred; out of memory frames, most likely")]
    Transfer { address: u64 },
}

/// How a case ended, when it should have ended otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The state that was reached. Its `mem` is empty; see `memory`.
    pub got: State,
    /// How the lane stopped, in words, where that was not by reaching the end.
    pub reason: Option<String>,
    /// Bytes that are not what they should be.
    pub memory: Vec<MemoryDifference>,
}

/// Neighbouring bytes that are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryDifference {
    /// Where they begin.
    pub address: u64,
    /// What they held first.
    pub init: Vec<u8>,
    /// What they should hold.
    pub expected: Vec<u8>,
    /// What they hold.
    pub got: Vec<u8>,
}

impl Runner {
    /// Opens the adapter that `adapter` names part of, otherwise the best.
    pub fn open(adapter: Option<String>) -> Result<Self, Error> {
        let gpu = Gpu::open(&Options { adapter, ..Options::default() })?;
        Ok(Self { gpu, batch: LARGEST_BATCH, dispatch: Dispatch::default(), weights: Weights::built_in() })
    }

    /// How instructions find their kernels, and the networks' weights: no result depends on it.
    pub fn dispatch(mut self, dispatch: Dispatch, weights: Weights) -> Self {
        (self.dispatch, self.weights) = (dispatch, weights);
        self
    }

    /// Cases that run at once, at the most; the adapter's memory may make it fewer.
    pub fn batch(mut self, cases: usize) -> Self {
        self.batch = cases.clamp(1, LARGEST_BATCH);
        self
    }

    /// The adapter that runs the cases.
    pub fn adapter(&self) -> &wgpu::AdapterInfo {
        self.gpu.info()
    }

    /// Runs all cases; `None` for each that passes.
    pub fn check(&self, cases: &[Case]) -> Result<Vec<Option<Mismatch>>, Error> {
        let reaches: Vec<Vec<u64>> = cases.iter().map(Case::pages).collect();
        let limits = self.gpu.limits();
        let room = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size) / BUFFER_PART / PAGE_SIZE;
        let mut mismatches = Vec::with_capacity(cases.len());
        while mismatches.len() < cases.len() {
            let first = mismatches.len();
            let range = first..first + self.batch_length(&reaches[first..], room as usize)?;
            mismatches.extend(self.check_batch(&cases[range.clone()], &reaches[range])?);
        }
        Ok(mismatches)
    }

    /// How many of the cases, from the first on, have room together. Every lane has room for the widest reach.
    fn batch_length(&self, reaches: &[Vec<u64>], room: usize) -> Result<usize, Error> {
        let mut widest = 0;
        let mut count = 0;
        for reach in reaches.iter().take(self.batch) {
            widest = widest.max(reach.len());
            if widest * (count + 1) > room {
                break;
            }
            count += 1;
        }
        if count == 0 { Err(Error::TooManyPages { pages: widest }) } else { Ok(count) }
    }

    fn check_batch(&self, cases: &[Case], reaches: &[Vec<u64>]) -> Result<Vec<Option<Mismatch>>, Error> {
        let widest = reaches.iter().map(Vec::len).max().unwrap_or(1) as u64;
        // Lanes have nothing in common, so each has frames of its own.
        let builder = Machine::builder().gpu(self.gpu.clone()).lanes(cases.len() as u32).group_width(Some(1));
        let mut builder = builder.memory_size(widest * PAGE_SIZE).dispatch(self.dispatch);
        builder = builder.weights(self.weights.clone());
        let mut machine = builder.build()?;
        set_up(&mut machine, cases, reaches)?;
        let reasons = execute(&mut machine, cases)?;
        let pages: Vec<(u32, u64, u32)> = lanes(reaches)
            .flat_map(|(lane, reach)| reach.iter().map(move |&page| (lane, page, PAGE_SIZE as u32)))
            .collect();
        let contents = machine.read_many(&pages, Checks::Host)?;
        if let Some((page, _)) = pages.iter().zip(&contents).find(|(_, bytes)| bytes.len() as u64 != PAGE_SIZE) {
            return Err(Error::Transfer { address: page.1 });
        }

        let mut contents = contents.into_iter();
        let mut mismatches = Vec::with_capacity(cases.len());
        for ((lane, case), (reach, reason)) in lanes(cases).zip(reaches.iter().zip(reasons)) {
            let got = state(&mut machine, lane, case, reason)?;
            let memory = contents.by_ref().take(reach.len());
            let memory = reach.iter().zip(memory).flat_map(|(&page, bytes)| compare_page(case, page, &bytes)).collect();
            mismatches.push(compare(case, got, reason, memory));
        }
        Ok(mismatches)
    }
}

/// Items with the lanes that are theirs.
fn lanes<T>(items: &[T]) -> impl Iterator<Item = (u32, &T)> {
    (0u32..).zip(items)
}

fn set_up(machine: &mut Machine, cases: &[Case], reaches: &[Vec<u64>]) -> Result<(), Error> {
    let codes: Vec<Vec<u8>> = cases.iter().map(Case::code_bytes).collect();
    let mut writes: Vec<(u32, u64, &[u8])> = Vec::new();
    for ((lane, case), (reach, code)) in lanes(cases).zip(reaches.iter().zip(&codes)) {
        let mut layout = Layout::default();
        for &page in reach {
            layout.map(page, page + PAGE_SIZE, Permissions::ALL);
        }
        machine.set_layout(lane, layout, &[])?;
        machine.set_all_registers(lane, &case.init.registers)?;
        writes.extend(case.init.mem.iter().map(|(address, bytes)| (lane, *address, bytes.as_slice())));
        writes.push((lane, case.init.registers.pc(), code));
    }
    let written = machine.write_many(&writes, Checks::Host)?;
    match writes.iter().zip(written).find(|((_, _, bytes), written)| bytes.len() != *written as usize) {
        Some(((_, address, _), _)) => Err(Error::Transfer { address: *address }),
        None => Ok(()),
    }
}

/// Executes as many instructions as a case has words, fewer where the program counter leaves the words. Returns how each
/// lane stopped.
fn execute(machine: &mut Machine, cases: &[Case]) -> Result<Vec<StopReason>, Error> {
    // A branch may leave the words at any time, so it is looked after every step.
    let branches =
        |case: &Case| case.words.iter().any(|&word| isa::find(word).is_some_and(|e| e.kernel == Kernel::Branch));
    let mut left: Vec<usize> = cases.iter().map(|case| case.words.len()).collect();
    let stride: Vec<usize> = cases.iter().map(|case| if branches(case) { 1 } else { case.words.len() }).collect();
    let mut reasons = vec![StopReason::NotStarted; cases.len()];
    loop {
        let running = (0..cases.len()).filter(|&lane| left[lane] > 0);
        let Some(step) = running.map(|lane| left[lane].min(stride[lane])).min() else {
            return Ok(reasons);
        };
        let report = machine.execute(step as u64)?;
        for (lane, case) in cases.iter().enumerate().filter(|(lane, _)| left[*lane] > 0).collect::<Vec<_>>() {
            let stop = report.stops[lane];
            reasons[lane] = stop.reason;
            left[lane] -= step;
            let goes_on = stop.reason == StopReason::CycleLimit && case.executes(stop.pc);
            if !goes_on {
                left[lane] = 0;
            }
            if left[lane] == 0 && matches!(stop.reason, StopReason::CycleLimit | StopReason::SupervisorCall { .. }) {
                // Else the lane would go on while others still step.
                machine.set_stop(lane as u32, StopReason::Ended { code: 0, value: 0 })?;
            }
        }
    }
}

fn state(machine: &mut Machine, lane: u32, case: &Case, reason: StopReason) -> Result<State, Error> {
    let mut got = State { registers: machine.registers(lane)?, ..State::default() };
    if let StopReason::SupervisorCall { .. } = reason {
        got.stop = Some(Stop::Syscall);
    } else if case.executes(got.registers.pc()) {
        got.stop = match reason {
            StopReason::Undefined { .. } => Some(Stop::Undefined),
            StopReason::Breakpoint { .. } => Some(Stop::Breakpoint),
            StopReason::Halt { .. } => Some(Stop::Halt),
            StopReason::MemoryFault { cause: FaultCause::Unaligned, .. } => Some(Stop::Alignment),
            StopReason::MemoryFault { .. } => Some(Stop::Memory),
            _ => None,
        };
        if let StopReason::MemoryFault { address, .. } = reason {
            got.fault = Some(address);
        }
    }
    Ok(got)
}

fn compare(case: &Case, got: State, reason: StopReason, memory: Vec<MemoryDifference>) -> Option<Mismatch> {
    let want = &case.expected;
    let same = want.differing(&got).next().is_none()
        && got.stop == want.stop
        && (want.fault.is_none() || want.fault == got.fault)
        && memory.is_empty();
    let reason = (reason != StopReason::CycleLimit).then(|| reason.to_string());
    (!same).then_some(Mismatch { got, reason, memory })
}

/// Compares one page with what `case` wants there: the first memory, the words, and the final memory over both.
fn compare_page(case: &Case, page: u64, got: &[u8]) -> Vec<MemoryDifference> {
    let mut init = vec![0; PAGE_SIZE as usize];
    for (address, bytes) in &case.init.mem {
        overlay(&mut init, page, *address, bytes);
    }
    overlay(&mut init, page, case.init.registers.pc(), &case.code_bytes());
    let mut expected = init.clone();
    for (address, bytes) in &case.expected.mem {
        overlay(&mut expected, page, *address, bytes);
    }

    let mut differences: Vec<Range<usize>> = Vec::new();
    for at in (0..expected.len()).filter(|&at| expected[at] != got[at]) {
        match differences.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            _ => differences.push(at..at + 1),
        }
    }
    let difference = |range: Range<usize>| MemoryDifference {
        address: page + range.start as u64,
        init: init[range.clone()].to_vec(),
        expected: expected[range.clone()].to_vec(),
        got: got[range].to_vec(),
    };
    differences.into_iter().map(difference).collect()
}

/// Puts the part of `bytes` at `address` that lies in the page at `page` into its contents.
fn overlay(contents: &mut [u8], page: u64, address: u64, bytes: &[u8]) {
    let start = address.max(page);
    let end = (address + bytes.len() as u64).min(page + contents.len() as u64);
    if start < end {
        let source = &bytes[(start - address) as usize..(end - address) as usize];
        contents[(start - page) as usize..(end - page) as usize].copy_from_slice(source);
    }
}
