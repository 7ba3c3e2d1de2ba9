//! One program on very many inputs.
//!
//! A [`Sweep`] runs a program once for each of its [`Inputs`], many at a time, and returns what became of each in the
//! order of the inputs. A run does what the program alone would do with this input: neither the number of lanes nor
//! the other inputs nor the adapters change a result, and so a sweep that is repeated gives the same bytes.
//!
//! ```no_run
//! use kvrm::sweep::{Ending, Inputs, Sweep};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let inputs = Inputs::files("corpus".as_ref())?;
//! let sweep = Sweep::new("parser", std::fs::read("parser.elf")?, inputs).max_cycles(1_000_000);
//! for record in sweep.records()? {
//!     let record = record?;
//!     if record.stop == Ending::MemoryFault {
//!         println!("{}: at {:#x}", record.input, record.pc.unwrap_or_default());
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod batches;
mod engine;
mod error;
mod inputs;
// Only Parquet files come from a journal.
#[cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "only Parquet files are read so"))]
mod journal;
mod note;
mod output;
#[cfg(feature = "parquet")]
mod parquet;
mod patch;
mod pool;
mod record;
mod rows;
mod summary;
mod text;

pub use batches::Records;
pub use error::Error;
pub use inputs::Inputs;
#[cfg(test)]
pub(crate) use journal::examples as fuzz_journals;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use journal::fuzz as fuzz_journal;
pub use output::Format;
pub use patch::patch_row;
pub use record::{Ending, Place, Record, Written};
pub use summary::Summary;

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use twox_hash::XxHash3_128;

use crate::escape;
use crate::gpu;
use crate::linux::{self, Symbols, elf};
use crate::machine::{self, MEMORY_SIZE, Translate, Translations};
use batches::Batches;
use engine::{Engine, Results, Setup};
use inputs::{Shard, hex};
use output::{Columns, Purpose, ResultFile};
use pool::Work;

/// Lanes of a machine where nothing else is asked for: on a GPU, and on a software adapter.
const GPU_LANES: u32 = 1 << 17;
const SOFTWARE_LANES: u32 = 1 << 12;
/// Machines on each adapter: while one runs, the inputs and results of another are on their way.
const WORKERS: u32 = 2;
/// Lanes of a machine are a multiple of a group's.
const GROUP: u64 = 32;
/// Instructions of a run where nothing else is asked for.
const MAX_CYCLES: u64 = 1_000_000_000;
const OUTPUT_LIMIT: usize = 1 << 20;
/// Bits of a run's map of the edges that it covers.
pub const EDGE_BITS: u32 = 1 << 16;

/// What does not come from the inputs.
#[derive(Clone, Debug)]
struct Options {
    arguments: Vec<OsString>,
    variables: Vec<(String, String)>,
    seed: u64,
    memory_size: u64,
    stack_size: Option<u64>,
    max_cycles: u64,
    keep_output: bool,
    output_limit: usize,
    checked: bool,
    lanes: Option<u32>,
    workers: u32,
    adapters: Vec<String>,
    shard: Shard,
    fork_at: Option<String>,
    only: Option<u64>,
    coverage: bool,
    translate: Translate,
    patience: Option<Duration>,
    abandon: bool,
}

/// A program, its inputs, and how they are run.
pub struct Sweep {
    name: OsString,
    elf: Vec<u8>,
    inputs: Inputs,
    options: Options,
    stop: Arc<AtomicBool>,
    opened: Arc<AtomicU64>,
}

/// Where a sweep stands.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Inputs of this sweep, or of its shard.
    pub inputs: u64,
    /// Those whose results were in the file already when it began.
    pub found: u64,
    /// Those that it has run since.
    pub done: u64,
    /// Instructions of these.
    pub instructions: u64,
    /// Instructions that ran translated, also in runs that were made again for want of memory.
    pub translated: u64,
    /// Edges covered so far, with those of results that were there already; 0 unless coverage is kept.
    pub edges: u32,
    /// Since the adapters began to be opened.
    pub elapsed: Duration,
    /// How much of that passed until the first machine could run.
    pub opening: Duration,
}

/// How writing results ended.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Counts of the inputs that were run now.
    pub summary: Summary,
    /// How far it came.
    pub progress: Progress,
    /// Whether every input has a result.
    pub complete: bool,
}

impl Sweep {
    /// A sweep of the ELF file `elf`, which sees `name` as its first argument, over these inputs.
    pub fn new(name: impl AsRef<OsStr>, elf: Vec<u8>, inputs: Inputs) -> Sweep {
        let options = Options {
            arguments: Vec::new(),
            variables: Vec::new(),
            seed: 0,
            memory_size: MEMORY_SIZE,
            stack_size: None,
            max_cycles: MAX_CYCLES,
            keep_output: false,
            output_limit: OUTPUT_LIMIT,
            checked: true,
            lanes: None,
            workers: WORKERS,
            adapters: Vec::new(),
            shard: Shard { index: 0, count: 1 },
            fork_at: None,
            only: None,
            coverage: false,
            translate: Translate::Off,
            patience: None,
            abandon: false,
        };
        Sweep {
            name: name.as_ref().to_owned(),
            elf,
            inputs,
            options,
            stop: Arc::default(),
            opened: Arc::new(AtomicU64::new(u64::MAX)),
        }
    }

    /// Arguments of every run; those of its input come behind them.
    pub fn arguments<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.options.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Adds a variable to the environment, which is empty at first.
    pub fn variable(mut self, key: &str, value: &str) -> Self {
        self.options.variables.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Seed of the random bytes where inputs do not have their own; 0 unless set.
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// Bytes of memory that a run may have mapped; [`MEMORY_SIZE`] unless set.
    pub fn memory_size(mut self, bytes: u64) -> Self {
        self.options.memory_size = bytes;
        self
    }

    /// Bytes of a run's stack; unless set 8 MiB, or a quarter of its memory where that is less.
    pub fn stack_size(mut self, bytes: Option<u64>) -> Self {
        self.options.stack_size = bytes;
        self
    }

    /// Instructions that a run may retire; 1,000,000,000 unless set.
    pub fn max_cycles(mut self, cycles: u64) -> Self {
        self.options.max_cycles = cycles;
        self
    }

    /// Whether records have the bytes that a run wrote, besides their number and hash.
    pub fn keep_output(mut self, keep: bool) -> Self {
        self.options.keep_output = keep;
        self
    }

    /// Bytes of each stream of a run that are kept; 1 MiB unless set. Number and hash are of all of them.
    pub fn output_limit(mut self, bytes: usize) -> Self {
        self.options.output_limit = bytes;
        self
    }

    /// Whether the shaders check their own indices as well; true unless set.
    pub fn checked(mut self, checked: bool) -> Self {
        self.options.checked = checked;
        self
    }

    /// Runs at once on a machine; unless set it suits the adapter. No result depends on it.
    pub fn lanes(mut self, lanes: Option<u32>) -> Self {
        self.options.lanes = lanes;
        self
    }

    /// Machines on each adapter; 2 unless set, so that inputs and results move while another machine runs.
    pub fn workers(mut self, workers: u32) -> Self {
        self.options.workers = workers.max(1);
        self
    }

    /// Parts of the names of adapters to work on; `all` is all GPUs, or the software adapter where there is none.
    /// Unless set it is the one that a machine would take.
    pub fn adapters(mut self, names: Vec<String>) -> Self {
        self.options.adapters = names;
        self
    }

    /// Runs part `index` of `count` of the inputs: the results of all parts one after the other are those of a sweep
    /// that is not divided.
    pub fn shard(mut self, index: u64, count: u64) -> Self {
        self.options.shard = Shard { index, count };
        self
    }

    /// Runs the program to `place`, a symbol or 0x and an address, once, and every input from there on.
    pub fn fork_at(mut self, place: Option<String>) -> Self {
        self.options.fork_at = place;
        self
    }

    /// Runs this input alone, by its number, see [`Inputs::find`].
    pub fn only(mut self, input: Option<u64>) -> Self {
        self.options.only = input;
        self
    }

    /// Whether records say which edges their runs covered before all others.
    pub fn coverage(mut self, keep: bool) -> Self {
        self.options.coverage = keep;
        self
    }

    /// Whether code is translated; no result depends on it. With [`Sweep::coverage`] everything is interpreted.
    pub fn translate(mut self, translate: Translate) -> Self {
        self.options.translate = translate;
        self
    }

    /// How long a machine runs before it translates, with [`Translate::Auto`]; unless set, so long that it is likely to pay.
    pub fn translate_patience(mut self, patience: Option<Duration>) -> Self {
        self.options.patience = patience;
        self
    }

    /// Whether a sweep that ends does not wait for a translation that is still being made: false unless set. Then see
    /// [`machine::is_translating`] before the process ends.
    pub fn abandon_translation(mut self, abandon: bool) -> Self {
        self.options.abandon = abandon;
        self
    }

    /// Ends the sweep when it is set to true.
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        self.stop.clone()
    }

    fn columns(&self) -> Columns {
        Columns { output: self.options.keep_output, edges: self.options.coverage }
    }

    /// The inputs of this sweep's shard.
    fn range(&self) -> Result<Range<u64>, Error> {
        let Shard { index, count } = self.options.shard;
        if index >= count {
            return Err(Error::Shard { index, count });
        }
        match (self.inputs.count(), self.options.only) {
            (0, _) => Err(Error::NoInputs),
            (inputs, None) => Ok(self.options.shard.range(inputs)),
            (inputs, Some(input)) if input < inputs => Ok(input..input + 1),
            (inputs, Some(input)) => Err(Error::NoSuchInput { name: input.to_string(), inputs }),
        }
    }

    /// Finds the places of the patches in the program.
    fn places(&self, program: &elf::Program, symbols: &Symbols) -> Result<Vec<(u64, usize)>, Error> {
        let mut places = Vec::new();
        for (place, rows) in self.inputs.patched() {
            let row_bytes = rows.row_bytes;
            let address = patch::address(symbols, place, &rows.path, row_bytes)?;
            let ends = |segment: &&elf::ProgramSegment| {
                (segment.address..segment.address + segment.memory_size).contains(&address)
            };
            if !program.segments.iter().any(|segment| ends(&segment)) {
                return Err(linux::Error::PatchOutside { address, length: row_bytes as u64 }.into());
            }
            places.push((address, row_bytes));
        }
        Ok(places)
    }

    /// What tells this sweep's results from another's.
    fn identity(&self, format: Format) -> Result<serde_json::Value, Error> {
        let Options {
            arguments,
            variables,
            seed,
            memory_size,
            stack_size,
            max_cycles,
            keep_output,
            output_limit,
            shard,
            fork_at,
            coverage,
            ..
        } = &self.options;
        let shown = |text: &OsString| escape::name(text.as_encoded_bytes()).into_owned();
        Ok(json!({
            "kvrm": env!("CARGO_PKG_VERSION"),
            "format": format.name(),
            "program": { "name": shown(&self.name), "xxh128": hex(XxHash3_128::oneshot(&self.elf)) },
            "arguments": arguments.iter().map(shown).collect::<Vec<_>>(),
            "environment": variables.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>(),
            "inputs": self.inputs.identity()?,
            "seed": seed,
            "memory": memory_size,
            "stack": stack_size,
            "max_cycles": max_cycles,
            "keep_output": keep_output.then_some(output_limit),
            "fork_at": fork_at,
            "coverage": coverage.then_some(EDGE_BITS),
            "shard": format!("{}/{}", shard.index, shard.count),
        }))
    }

    /// Begins to look for adapters, which takes as long as looking at the inputs.
    fn find_adapters(&self) -> Finding {
        let names = self.options.adapters.clone();
        std::thread::spawn(move || {
            let begin = Instant::now();
            let found = gpu::adapters(&names);
            log::debug!("{:?} to find adapters", begin.elapsed());
            found
        })
    }

    /// Starts the workers on `range`. Edges that are in `known` are not new.
    fn start(self, range: Range<u64>, known: Vec<u32>, finding: Finding) -> Result<Batches, Error> {
        let program = elf::Program::parse(&self.elf, self.options.memory_size)?;
        let symbols = Symbols::read(&self.elf, &program);
        let places = self.places(&program, &symbols)?;
        let adapters = match range.is_empty() {
            true => Vec::new(),
            false => finding.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?,
        };
        let software = adapters.iter().any(|adapter| adapter.info.device_type == wgpu::DeviceType::Cpu);
        let wanted = self.options.lanes.unwrap_or(if software { SOFTWARE_LANES } else { GPU_LANES });
        if wanted == 0 {
            return Err(machine::Error::NoLanes.into());
        }
        let inputs = range.end - range.start;
        let workers = adapters.len() as u64 * u64::from(self.options.workers);
        // Few inputs are spread over all machines.
        let share = inputs.div_ceil(workers.max(1)).next_multiple_of(GROUP);
        let lanes = u64::from(wanted).min(share).max(1);
        let jobs = inputs.div_ceil(lanes);
        let fork_at = self.options.fork_at.as_deref().map(|place| symbols.place(place)).transpose()?;
        let setup = Arc::new(Setup {
            fork_at: fork_at.map(|(address, _)| address),
            name: self.name,
            elf: self.elf,
            inputs: self.inputs,
            symbols,
            places,
            lanes: lanes as u32,
            stop: self.stop.clone(),
            begin: Instant::now(),
            opened: self.opened,
            options: self.options,
        });
        let copies = setup.options.workers as usize;
        // On adapters that are alike it is one.
        let mut translations: HashMap<[String; 3], Translations> = HashMap::new();
        let mut with_translations = |gpu::Candidate { adapter, info }| {
            let alike = translations.entry([info.name, info.driver, info.driver_info]).or_default().clone();
            std::iter::repeat_n((adapter, alike), copies)
        };
        let adapters: Vec<_> = adapters.into_iter().flat_map(&mut with_translations).collect();
        let workers = adapters.into_iter().take(jobs as usize).map(|(adapter, translations)| {
            let (setup, range) = (setup.clone(), range.clone());
            move || {
                let mut engine = Engine::new(setup, adapter, translations);
                let work = move |job: u64| {
                    let first = range.start + job * lanes;
                    engine.run(first..(first + lanes).min(range.end))
                };
                Ok(Box::new(work) as Work<Results>)
            }
        });
        let workers = workers.collect();
        Ok(Batches { setup, results: pool::start(jobs, workers, self.stop), known })
    }

    /// Runs the sweep: an iterator over what becomes of each input, in their order. It runs ahead of who reads it by a
    /// few batches.
    pub fn records(self) -> Result<Records, Error> {
        let range = self.range()?;
        let finding = self.find_adapters();
        let batches = self.start(range, vec![0; EDGE_BITS as usize / 32], finding)?;
        Ok(Records { batches, records: Vec::new().into_iter() })
    }

    /// Runs the sweep into a file whose ending says its format, going on where it was interrupted. `report` is called
    /// after each batch.
    pub fn write(mut self, path: &Path, overwrite: bool, report: impl FnMut(&Progress)) -> Result<Finished, Error> {
        let format = Format::of(path)?;
        self.range()?;
        if self.options.only.is_some() {
            return Err(Error::OneInput);
        }
        let finding = self.find_adapters();
        // Before the file is touched.
        let program = elf::Program::parse(&self.elf, self.options.memory_size)?;
        let symbols = Symbols::read(&self.elf, &program);
        self.places(&program, &symbols)?;
        self.options.fork_at.as_deref().map(|place| symbols.place(place)).transpose()?;
        let begin = Instant::now();
        let identity = self.identity(format)?;
        let purpose = Purpose { format, columns: self.columns(), shard: self.options.shard, identity: &identity };
        let mut file = ResultFile::open(path, &purpose, &mut self.inputs, overwrite)?;
        log::debug!("{:?} to look at inputs and results", begin.elapsed());
        // The file may have them in another order.
        let range = self.range()?;
        let (inputs, found) = (range.end - range.start, file.records());
        let mut known = vec![0; EDGE_BITS as usize / 32];
        if found > 0 && found < inputs {
            for edge in file.edges()?.into_iter().filter(|edge| *edge < EDGE_BITS) {
                known[edge as usize / 32] |= 1 << (edge % 32);
            }
        }
        let finished = self.format((range, found), (known, finding), format, report, |written| file.write(written))?;
        if finished.complete {
            file.finish()?;
        }
        Ok(finished)
    }

    /// Runs the sweep and writes a JSON object for each input on a line of its own.
    pub fn write_lines(self, out: &mut impl io::Write, report: impl FnMut(&Progress)) -> Result<Finished, Error> {
        let range = self.range()?;
        let ready = (vec![0; EDGE_BITS as usize / 32], self.find_adapters());
        self.format((range, 0), ready, Format::JsonLines, report, |written| {
            let result = written.pieces.iter().try_for_each(|piece| out.write_all(piece)).and_then(|()| out.flush());
            result.map_err(|error| Error::Output { path: "standard output".into(), error })
        })
    }

    fn format(
        self,
        (range, found): (Range<u64>, u64),
        (known, finding): (Vec<u32>, Finding),
        format: Format,
        mut report: impl FnMut(&Progress),
        mut write: impl FnMut(output::Written) -> Result<(), Error>,
    ) -> Result<Finished, Error> {
        let begin = Instant::now();
        let inputs = range.end - range.start;
        let stop = self.stop.clone();
        let opened = self.opened.clone();
        let columns = self.columns();
        let mut batches = self.start(range.start + found..range.end, known, finding)?;
        let (elapsed, opening) = (Duration::ZERO, Duration::ZERO);
        let mut progress =
            Progress { inputs, found, done: 0, instructions: 0, translated: 0, edges: 0, elapsed, opening };
        let mut summary = Summary::default();
        report(&progress);
        while let Some(results) = batches.next() {
            let results = match results {
                Err(Error::Stopped) => break,
                other => other?,
            };
            let arrived = Instant::now();
            let (written, part) = batches.written(&results, format, columns);
            let formatted = Instant::now();
            let records = written.records;
            write(written)?;
            log::debug!("{records} inputs: {:?} to format, {:?} to write", formatted - arrived, formatted.elapsed());
            progress.done += records;
            progress.instructions += part.instructions;
            progress.translated += results.translated;
            progress.edges = batches.edges();
            progress.elapsed = begin.elapsed();
            progress.opening = Duration::from_micros(opened.load(Ordering::Relaxed)).min(progress.elapsed);
            summary.append(part);
            report(&progress);
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
        progress.elapsed = begin.elapsed();
        drop(batches);
        log::debug!("{:?} to close machines", begin.elapsed() - progress.elapsed);
        let complete = progress.found + progress.done == inputs;
        Ok(Finished { summary, progress, complete })
    }
}

/// Adapters that are being looked for.
type Finding = std::thread::JoinHandle<Result<Vec<gpu::Candidate>, gpu::Error>>;
