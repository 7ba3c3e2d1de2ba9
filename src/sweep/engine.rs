//! One worker's machine: runs a batch of inputs after the other and collects what became of them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use super::inputs::{Inputs, Loaded, Selection};
use super::record::{Place, Record, Written};
use super::{EDGE_BITS, Error, Options};
use crate::gpu::{self, Gpu};
use crate::linux::{self, Command, Output, Process, Symbols};
use crate::machine::{self, Coverage, Machine, Stop, StopReason, Translations};

/// What all workers of a sweep share.
pub(super) struct Setup {
    pub name: std::ffi::OsString,
    pub elf: Vec<u8>,
    pub inputs: Inputs,
    pub options: Options,
    pub symbols: Symbols,
    /// Where each patch goes, and the bytes of its rows.
    pub places: Vec<(u64, usize)>,
    pub fork_at: Option<u64>,
    pub lanes: u32,
    pub stop: Arc<AtomicBool>,
    pub begin: Instant,
    /// Microseconds from the beginning until the first machine could run; the largest number until then.
    pub opened: Arc<AtomicU64>,
}

/// A machine on an adapter, with the program in it.
pub(super) struct Engine {
    setup: Arc<Setup>,
    adapter: wgpu::Adapter,
    translations: Translations,
    process: Option<Process>,
    /// Room for inputs, kept from batch to batch.
    loaded: Loaded,
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let (true, Some(process)) = (self.setup.options.abandon, &mut self.process) {
            process.machine_mut().abandon_translation();
        }
    }
}

/// What became of some inputs.
pub(super) struct Results {
    /// Number of the first input.
    pub first: u64,
    stops: Vec<Stop>,
    /// Inputs that were not run, ascending.
    unreadable: Vec<(u32, String)>,
    /// Those whose runs wrote anything, ascending.
    outputs: Vec<(u32, [Output; 2])>,
    /// Those whose runs wait for ever, ascending.
    deadlocked: Vec<u32>,
    /// Those whose runs crashed, ascending, and where the calls stand that they were in.
    callers: Vec<(u32, Vec<u64>)>,
    /// Instructions that ran translated.
    pub translated: u64,
    /// For each edge the first that covered it; [`NOBODY`] elsewhere. Empty where no coverage is kept.
    covered: Vec<u32>,
    /// Those that covered edges first of all inputs, ascending, and these edges.
    new_edges: Vec<(u32, Vec<u32>)>,
}

const NOBODY: u32 = u32::MAX;

impl Engine {
    /// The machine is opened when there is something to run.
    pub fn new(setup: Arc<Setup>, adapter: wgpu::Adapter, translations: Translations) -> Engine {
        Engine { setup, adapter, translations, process: None, loaded: Loaded::default() }
    }

    fn process(&mut self) -> Result<&mut Process, Error> {
        if self.process.is_none() {
            let Setup { options, name, elf, lanes, .. } = &*self.setup;
            let begin = Instant::now();
            // A device of its own: what others wait for on theirs does not hold this one up.
            let gpu = Gpu::open_adapter(&self.adapter, &gpu::Options::default())?;
            let device = begin.elapsed();
            let machine = Machine::builder().gpu(gpu).lanes(*lanes).memory_size(options.memory_size);
            let machine = machine.translate(options.translate).translate_patience(options.patience);
            let machine = machine.translations(self.translations.clone());
            let mut machine = machine.checked(options.checked).build()?;
            machine.set_interrupt(Some(self.setup.stop.clone()));
            machine.prepare_restarts()?;
            // What runs to the fork is another program: it stops there.
            machine.hold_translation(self.setup.fork_at.is_some());
            let kept = if options.keep_output { options.output_limit } else { options.output_limit.min(4096) };
            let mut command = Command::new(name)
                .arguments(&options.arguments)
                .seed(options.seed)
                .stack_size(options.stack_size)
                .output_limit(kept);
            for (key, value) in &options.variables {
                command = command.variable(key, value);
            }
            let mut process = command.start(machine, elf)?;
            if let Some(address) = self.setup.fork_at {
                process.fork_at(address, options.max_cycles)?;
                process.machine_mut().hold_translation(false);
            }
            if options.coverage {
                process.machine_mut().set_coverage(Some(Coverage::Edges), EDGE_BITS)?;
            }
            log::debug!("machine of {lanes} lanes: {device:?} its device, {:?} in all", begin.elapsed());
            self.process = Some(process);
            let opened = self.setup.begin.elapsed().as_micros() as u64;
            self.setup.opened.fetch_min(opened, Ordering::Relaxed);
        }
        Ok(self.process.as_mut().expect("it was just made"))
    }

    /// Runs these inputs. Once, a lost device is opened anew.
    pub fn run(&mut self, range: Range<u64>) -> Result<Results, Error> {
        match self.try_run(range.clone()) {
            // What an interrupted machine says is no error of its own.
            Err(_) if self.setup.stop.load(Ordering::Relaxed) => Err(Error::Stopped),
            Err(Error::Linux(linux::Error::Machine(error)) | Error::Machine(error)) => {
                log::warn!("inputs {} to {}: {error}; the device is opened again", range.start, range.end);
                self.process = None;
                self.try_run(range)
            }
            other => other,
        }
    }

    fn try_run(&mut self, range: Range<u64>) -> Result<Results, Error> {
        let setup = self.setup.clone();
        let mut results = Results {
            first: range.start,
            stops: Vec::with_capacity((range.end - range.start) as usize),
            unreadable: Vec::new(),
            outputs: Vec::new(),
            deadlocked: Vec::new(),
            callers: Vec::new(),
            translated: 0,
            covered: vec![NOBODY; if setup.options.coverage { EDGE_BITS as usize } else { 0 }],
            new_edges: Vec::new(),
        };
        let mut loaded = std::mem::take(&mut self.loaded);
        while results.stops.len() < (range.end - range.start) as usize {
            let before = results.stops.len() as u32;
            let begin = Instant::now();
            let wanted = range.start + u64::from(before)..range.end;
            // The first time both take a while.
            std::thread::scope(|scope| {
                let reading = scope.spawn(|| setup.inputs.load(wanted, &mut loaded));
                let opened = self.process().map(drop);
                let read = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                opened.and(read)
            })?;
            log::debug!("{} inputs: {:?} to read", loaded.count, begin.elapsed());
            self.refuse_arguments(&mut loaded)?;
            results.stops.resize(results.stops.len() + loaded.count as usize, NO_STOP);
            let whole = Selection::Range(0..loaded.count);
            let rows = if loaded.unreadable.is_empty() {
                whole
            } else {
                let refused: std::collections::HashSet<u32> = loaded.unreadable.iter().map(|(n, _)| *n).collect();
                Selection::Some((0..loaded.count).filter(|n| !refused.contains(n)).collect())
            };
            if rows.len() > 0 {
                self.run_rows(&setup, &loaded, rows, before, &mut results)?;
            }
            results.unreadable.extend(loaded.unreadable.drain(..).map(|(n, why)| (before + n, why)));
        }
        self.loaded = loaded;
        // Those that ran again came last.
        results.outputs.sort_by_key(|(n, _)| *n);
        results.deadlocked.sort_unstable();
        results.callers.sort_by_key(|(n, _)| *n);
        Ok(results)
    }

    /// Takes out what cannot be put on a lane's stack.
    fn refuse_arguments(&mut self, loaded: &mut Loaded) -> Result<(), Error> {
        let process = self.process()?;
        let found = (0..).zip(&loaded.arguments);
        let refused =
            found.filter_map(|(n, arguments)| Some((n, process.check_arguments(arguments).err()?.to_string())));
        let refused: Vec<(u32, String)> = refused.collect();
        loaded.unreadable.extend(refused);
        loaded.unreadable.sort_by_key(|(n, _)| *n);
        loaded.unreadable.dedup_by_key(|(n, _)| *n);
        Ok(())
    }

    /// Runs some of the loaded inputs. Those for which memory did not suffice beside the others are run again in
    /// smaller company, so that no result depends on it.
    fn run_rows(
        &mut self,
        setup: &Setup,
        loaded: &Loaded,
        rows: Selection,
        before: u32,
        results: &mut Results,
    ) -> Result<(), Error> {
        let process = self.process()?;
        let mut crowded = Vec::new();
        let mut times = [Instant::now(); 4];
        let restarted = loaded.with_rows(&rows, &setup.places, |inputs| process.restart(inputs));
        times[1] = Instant::now();
        let ran = restarted.map_err(Error::from).and_then(|()| run_to_end(process, setup, rows.len()));
        match ran {
            Err(error) if is_out_of_room(&error) => {
                if rows.len() == 1 {
                    let reason = StopReason::PoolExhausted { needed_bytes: 0 };
                    results.stops[(before + rows.number(0)) as usize] =
                        Stop { reason, pc: process.entry(), retired: 0 };
                    return Ok(());
                }
                crowded.extend((0..rows.len()).map(|lane| rows.number(lane)));
            }
            Err(error) => return Err(error),
            Ok(translated) => {
                times[2] = Instant::now();
                results.translated += translated;
                let is_crowded = |stop: &Stop| matches!(stop.reason, StopReason::PoolExhausted { .. });
                let stops = &process.stops()[..rows.len() as usize];
                if rows.len() > 1 && stops.iter().any(is_crowded) {
                    let lanes = (0..).zip(stops).filter(|(_, stop)| is_crowded(stop));
                    crowded.extend(lanes.map(|(lane, _)| rows.number(lane)));
                }
                match &rows {
                    Selection::Range(range) => {
                        let (start, end) = ((before + range.start) as usize, (before + range.end) as usize);
                        results.stops[start..end].copy_from_slice(stops);
                    }
                    Selection::Some(numbers) => {
                        for (number, stop) in numbers.iter().zip(stops) {
                            results.stops[(before + number) as usize] = *stop;
                        }
                    }
                }
                if !results.covered.is_empty() {
                    // What a run covers that is made again is what it covers then.
                    let joined = process.machine_mut().joined_coverage()?;
                    for (first, lane) in results.covered.iter_mut().zip(joined.first_lanes) {
                        *first = lane.map_or(*first, |lane| (before + rows.number(lane)).min(*first));
                    }
                }
                let deadlocked = process.deadlocked().iter().filter(|lane| **lane < rows.len());
                results.deadlocked.extend(deadlocked.map(|lane| before + rows.number(*lane)));
                let crashed = (0..rows.len()).filter(|lane| has_callers(&process.stop(*lane).reason));
                let crashed: Vec<u32> = crashed.collect();
                if !crashed.is_empty() {
                    let callers = process.callers(&setup.symbols, &crashed)?;
                    let numbers = crashed.iter().map(|lane| before + rows.number(*lane));
                    results.callers.extend(numbers.zip(callers));
                }
                for lane in process.writers(rows.len()) {
                    let at = before + rows.number(lane);
                    let outputs = process.take_outputs(lane);
                    if !is_crowded(process.stop(lane)) || rows.len() == 1 {
                        results.outputs.push((at, outputs));
                    }
                }
                times[3] = Instant::now();
                let [start, run, collect] = [0, 1, 2].map(|n| times[n + 1] - times[n]);
                log::debug!("{} inputs: {start:?} to start, {run:?} to run, {collect:?} to collect", rows.len());
            }
        }
        if !crowded.is_empty() {
            let half = if crowded.len() as u32 == rows.len() { crowded.len().div_ceil(2) } else { crowded.len() };
            for part in crowded.chunks(half) {
                self.run_rows(setup, loaded, Selection::Some(part.to_vec()), before, results)?;
            }
        }
        Ok(())
    }
}

/// Runs until all lanes have ended, unless the sweep is stopped. Of the lanes some from lane 0 on have inputs. Returns
/// how many instructions ran translated.
fn run_to_end(process: &mut Process, setup: &Setup, lanes: u32) -> Result<u64, Error> {
    let outcome = process.run(setup.options.max_cycles)?;
    use StopReason::{NotStarted, OutputFull, SupervisorCall};
    let is_under_way = |stop: &Stop| matches!(stop.reason, NotStarted | OutputFull | SupervisorCall { .. });
    let mut stops = process.stops()[..lanes as usize].iter();
    if process.machine().is_interrupted() && stops.any(is_under_way) {
        return Err(Error::Stopped);
    }
    Ok(outcome.translated)
}

/// Whether the machine has no room for what some lane needs.
fn is_out_of_room(error: &Error) -> bool {
    use machine::Error::{LayoutsFull, PoolExhausted};
    let (Error::Linux(linux::Error::Machine(error)) | Error::Machine(error)) = error else { return false };
    matches!(error, PoolExhausted { .. } | LayoutsFull { .. })
}

/// Whether it is worth knowing how a run came to where it stopped.
fn has_callers(reason: &StopReason) -> bool {
    use StopReason::{Breakpoint, Halt, MemoryFault, PcAlignment, Undefined};
    matches!(linux::End::of(reason), Some(linux::End::Killed { .. }))
        || matches!(reason, MemoryFault { .. } | Undefined { .. } | Breakpoint { .. } | Halt { .. } | PcAlignment)
}

const NO_STOP: Stop = Stop { reason: StopReason::NotStarted, pc: 0, retired: 0 };

impl Results {
    pub fn len(&self) -> usize {
        self.stops.len()
    }

    /// Takes edges that are not in `known`, a bit for each, into it: they are new with the inputs that covered them
    /// first.
    pub fn find_new_edges(&mut self, known: &mut [u32]) {
        let mut found = BTreeMap::<u32, Vec<u32>>::new();
        for (edge, first) in (0_u32..).zip(&self.covered) {
            let (word, bit) = (&mut known[edge as usize / 32], 1 << (edge % 32));
            if *first != NOBODY && *word & bit == 0 {
                *word |= bit;
                found.entry(*first).or_default().push(edge);
            }
        }
        self.new_edges = found.into_iter().collect();
    }

    /// Calls `visit` with the records of some of the inputs.
    pub fn visit(&self, setup: &Setup, rows: Range<usize>, mut visit: impl FnMut(&Record<'_>)) {
        let mut digits = itoa::Buffer::new();
        let first = self.unreadable.partition_point(|(n, _)| (*n as usize) < rows.start);
        let mut unreadable = self.unreadable[first..].iter().peekable();
        let first = self.outputs.partition_point(|(n, _)| (*n as usize) < rows.start);
        let mut outputs = self.outputs[first..].iter().peekable();
        let first = self.new_edges.partition_point(|(n, _)| (*n as usize) < rows.start);
        let mut new_edges = self.new_edges[first..].iter().peekable();
        let first = self.callers.partition_point(|(n, _)| (*n as usize) < rows.start);
        let mut callers = self.callers[first..].iter().peekable();
        for at in rows {
            let name = setup.inputs.name(self.first + at as u64, &mut digits);
            if let Some((_, why)) = unreadable.next_if(|(n, _)| *n as usize == at) {
                visit(&Record::unreadable(name, why));
                continue;
            }
            let deadlock = !self.deadlocked.is_empty() && self.deadlocked.binary_search(&(at as u32)).is_ok();
            let mut record = Record::new(name, &self.stops[at], deadlock);
            if let Some(pc) = record.pc {
                let place = setup.symbols.at(pc);
                record.place = place.map(|(symbol, offset)| Place { symbol: (&*symbol.name).into(), offset });
            }
            if let Some((_, calls)) = callers.next_if(|(n, _)| *n as usize == at) {
                let text = |call: &u64| match setup.symbols.at(*call) {
                    Some((symbol, offset)) => format!("{}+{offset:#x}", symbol.name),
                    None => format!("{call:#x}"),
                };
                record.callers = calls.iter().map(text).collect();
            }
            if let Some((_, [stdout, stderr])) = outputs.next_if(|(n, _)| *n as usize == at) {
                record.stdout = written(stdout, setup.options.keep_output);
                record.stderr = written(stderr, setup.options.keep_output);
            }
            if let Some((_, edges)) = new_edges.next_if(|(n, _)| *n as usize == at) {
                record.new_edges = edges.as_slice().into();
            }
            visit(&record);
        }
    }
}

fn written(output: &Output, keep: bool) -> Written<'_> {
    if output.written() == 0 {
        return Written::default();
    }
    Written { bytes: output.written(), hash: output.hash(), kept: keep.then(|| output.bytes().into()) }
}
