//! Pages copied ahead of the lanes that write them: the counterpart of `wgsl/companions/prefetch/`.

pub mod watch;

use crate::abi::{prefetch, *};
use crate::gpu::{Bound, Buffer, Encode, Gpu, Pipeline, Shader, Timer};
use crate::machine::banks::bank::Bank;
use crate::machine::shaders::{self, Pass};
use crate::machine::{Error, Machine};
use crate::neural::{OracleEvent, OracleTables, oracle_shader};
use serde::Serialize;
use wgpu::{BufferUsages, CommandEncoder, ComputePassDescriptor};

/// Batches of slices in which nothing that was copied ahead was used before it is tried in every one no more.
const PATIENCE: u32 = 16;

/// Who guesses which pages lanes write next. No choice changes a result: what is copied ahead is as it was until its lane
/// writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prefetch {
    /// Nobody, and nothing is counted.
    #[default]
    Off,
    /// Nobody; [`Machine::memory_work`] counts.
    Count,
    /// Nobody; all accesses of lane 0 that missed its translation cache are kept for [`Machine::take_trace`], and only
    /// they are counted. Code is not translated.
    Trace,
    /// The pages behind the one written last.
    NextLine,
    /// A table of 256 strides for each group of lanes, found by the instruction's address.
    Stride,
    /// The memory oracle, a network that is asked between two slices.
    Oracle,
}

/// How a mode guesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    Next,
    Stride,
    Oracle,
}

impl Prefetch {
    pub(in crate::machine) fn guess(self) -> Option<Guess> {
        match self {
            Prefetch::Off | Prefetch::Count | Prefetch::Trace => None,
            Prefetch::NextLine => Some(Guess::Next),
            Prefetch::Stride => Some(Guess::Stride),
            Prefetch::Oracle => Some(Guess::Oracle),
        }
    }

    pub(in crate::machine) fn kept(self) -> Kept {
        match self.guess() {
            None => Kept::Nothing,
            Some(Guess::Next | Guess::Stride) => Kept::First,
            Some(Guess::Oracle) => Kept::All,
        }
    }
}

/// Which accesses the interpreter keeps, as whoever guesses wants them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Nothing,
    /// First writes of pages.
    First,
    /// All that missed the translation cache.
    All,
}

/// What lanes had to do for their memory besides their program, and what was done for them. Of all lanes; counted unless
/// prefetching is [`Prefetch::Off`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemoryWork {
    /// Accesses that were not in a lane's translation cache.
    pub misses: u64,
    /// Pages that a lane copied while the lanes beside it waited.
    pub stalls: u64,
    /// Pages copied ahead.
    pub ahead: u64,
    /// Those of them that were written.
    pub ahead_used: u64,
    /// Slices that lanes left at a page that they had to copy.
    pub leaves: u64,
    /// Slices before which it was looked what to copy, and what that took in nanoseconds of the GPU's own time, as far as
    /// that was measured ([`Machine::set_timestamps`]).
    pub passes: u64,
    pub pass_nanoseconds: u64,
    /// Times that a group's accesses were given to the network.
    pub asked: u64,
    /// Predictions (buffer 11) by what became of them: their page was copied ahead and written,
    pub used: u64,
    /// the lane had written it before,
    pub late: u64,
    /// it was not written when another prediction took the place,
    pub wrong: u64,
    /// it was not copied.
    pub dropped: u64,
}

/// What became of a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Not known yet.
    Pending,
    /// Its page was copied ahead and then written.
    Used,
    /// The lane had written the page before.
    Late,
    /// The page was not written in time.
    Wrong,
    /// The page was not copied: not mapped, not writable, code, or there was no frame for it.
    Dropped,
}

/// A prediction of where a group of lanes writes next (buffer 11).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Foreseen {
    /// Address of the access.
    pub address: u64,
    /// From 0 to 1.
    pub confidence: f32,
    /// Random, sequential, strided, or from one to the next by pointers, in this order.
    pub pattern: u8,
    pub fate: Fate,
}

impl Foreseen {
    fn from_words(words: &[u32]) -> Option<Foreseen> {
        let fate = match words[3] & FATE_MASK {
            FATE_PENDING => Fate::Pending,
            FATE_USED => Fate::Used,
            FATE_LATE => Fate::Late,
            FATE_WRONG => Fate::Wrong,
            FATE_DROPPED => Fate::Dropped,
            _ => return None,
        };
        let address = u64::from(words[0]) | u64::from(words[1]) << 32;
        let (confidence, pattern) = (f32::from_bits(words[2]), (words[3] >> PATTERN_SHIFT) as u8);
        Some(Foreseen { address, confidence, pattern, fate })
    }
}

/// The words of a bank's status that are counted here.
pub(in crate::machine) type WorkWords = [u32; prefetch::STATUS.words as usize];

impl MemoryWork {
    /// Adds what a bank's status says beyond what it said before.
    fn add(&mut self, words: &WorkWords, before: &WorkWords) {
        let delta = |status: u32| {
            let at = (status - prefetch::STATUS.first) as usize;
            u64::from(words[at].wrapping_sub(before[at]))
        };
        self.misses += delta(STATUS_MISSES);
        self.stalls += delta(STATUS_STALLS);
        self.ahead += delta(STATUS_AHEAD);
        self.ahead_used += delta(STATUS_AHEAD_USED);
        self.leaves += delta(STATUS_LEAVES);
        self.asked += delta(STATUS_ORACLE_ASKED);
        let fates = [&mut self.used, &mut self.late, &mut self.wrong, &mut self.dropped];
        for (fate, count) in (STATUS_FATES..).zip(fates) {
            *count += delta(fate);
        }
    }
}

/// Of a bank: what was seen of its lanes' accesses, and what follows.
pub(in crate::machine) struct Ahead {
    /// (streams, HISTORY_WORDS)
    pub history: Buffer,
    /// Buffer 11.
    pub predictions: Buffer,
    /// (streams, STREAM_WORDS)
    streams: Buffer,
    /// JOB_HEADER words, (JOBS, JOB_WORDS)
    jobs: Buffer,
    arguments: Buffer,
    oracle: Option<OracleStreams>,
    count: u32,
}

/// What the oracle keeps of a bank's streams, and what it gave last.
struct OracleStreams {
    tables: OracleTables,
    foreseen: Buffer,
}

impl Ahead {
    /// For so many streams.
    fn new(gpu: &Gpu, count: u32, mode: Prefetch, tables: Option<OracleTables>) -> Result<Ahead, Error> {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let make = |name, words: u32| gpu.buffer(name, u64::from(words) * 4, usage);
        let history_words = match mode {
            Prefetch::Trace => HISTORY_HEADER + TRACE_EVENTS * HISTORY_ENTRY_WORDS,
            _ => count * HISTORY_WORDS,
        };
        let (streams, job_words) = match mode.guess() {
            None => (0, 0),
            Some(_) => (count, JOBS * JOB_WORDS),
        };
        let prediction_words = count * STREAM_PREDICTIONS * STREAM_PREDICTION_WORDS;
        let oracle = match tables {
            None => None,
            Some(tables) => Some(OracleStreams { tables, foreseen: make("oracle_predictions", prediction_words)? }),
        };
        let jobs = make("prefetch_jobs", JOB_HEADER + job_words)?;
        gpu.upload(&jobs, u64::from(JOB_COUNT) * 4, bytemuck::cast_slice(&[0, JOB_PAGES, 1]));
        Ok(Ahead {
            history: make("history", history_words)?,
            predictions: make("prefetch_addr", prediction_words)?,
            streams: make("prefetch_streams", streams.max(1) * STREAM_WORDS)?,
            jobs,
            arguments: gpu.buffer("prefetch_arguments", 12, BufferUsages::COPY_DST | BufferUsages::INDIRECT)?,
            oracle,
            count,
        })
    }
}

/// What a bank's passes bind.
pub(in crate::machine) struct AheadBound {
    infer: Option<Bound>,
    plan: Bound,
    copy: Bound,
}

/// The passes before a slice.
#[derive(Clone)]
pub(in crate::machine) struct AheadPasses {
    plan: Pipeline,
    copy: Pipeline,
    /// The oracle's.
    infer: Option<Pipeline>,
}

impl AheadPasses {
    /// What a mode that guesses needs; an answer of the network costs as many pages.
    pub fn new(gpu: &Gpu, guess: Guess, price: u32) -> Result<AheadPasses, Error> {
        let [plan, copy] =
            [shaders::plan(guess, price), Pass::CopyAhead.shader()].map(|shader| gpu.pipeline(&shader, true));
        let infer = (guess == Guess::Oracle).then(|| gpu.pipeline(&oracle_shader(), true)).transpose()?;
        Ok(AheadPasses { plan: plan?, copy: copy?, infer })
    }

    /// The shaders of these passes.
    pub fn shaders(guess: Guess, price: u32) -> Vec<Shader> {
        let mut all = vec![shaders::plan(guess, price), Pass::CopyAhead.shader()];
        all.extend((guess == Guess::Oracle).then(oracle_shader));
        all
    }

    pub fn bind(&self, gpu: &Gpu, bank: &Bank, layouts: &Buffer, params: &Buffer) -> Result<Option<AheadBound>, Error> {
        let Some(ahead) = &bank.ahead else { return Ok(None) };
        let (lanes, pool) = (&bank.lanes, bank.pool());
        let mut buffers = vec![
            ("memory", &pool.memory),
            ("pc_out", &lanes.pc_out),
            ("predictions", &ahead.predictions),
            ("params", params),
            ("layouts", layouts),
            ("slots", &pool.slots),
            ("lane_state", &lanes.state),
            ("status", &lanes.status),
            ("history", &ahead.history),
            ("streams", &ahead.streams),
            ("jobs", &ahead.jobs),
        ];
        let mut infer = None;
        if let (Some(pipeline), Some(oracle)) = (&self.infer, &ahead.oracle) {
            buffers.push(("foreseen", &oracle.foreseen));
            let mut own = oracle.tables.buffers().to_vec();
            own.extend([("predictions", &oracle.foreseen), ("history", &ahead.history)]);
            infer = Some(pipeline.bind(gpu, &own)?);
        }
        let (plan, copy) = (self.plan.bind(gpu, &buffers)?, self.copy.bind(gpu, &buffers)?);
        Ok(Some(AheadBound { infer, plan, copy }))
    }

    /// Plans for these banks, and copies.
    pub fn encode(
        &self,
        encoder: &mut CommandEncoder,
        banks: &[(&Ahead, &AheadBound)],
        timer: Option<&Timer>,
        slice: u32,
    ) {
        let pass = |nth| ComputePassDescriptor {
            label: Some("ahead"),
            timestamp_writes: timer.and_then(|timer| timer.writes(2 * slice + nth)),
        };
        for (ahead, _) in banks {
            // JOB_TAKEN and JOB_COUNT.
            encoder.clear(&ahead.jobs, 0..8);
        }
        {
            let mut pass = encoder.begin_compute_pass(&pass(0));
            for (ahead, bound) in banks {
                if let Some(infer) = &bound.infer {
                    infer.set(&mut pass);
                    pass.dispatch_workgroups(ahead.count, 1, 1);
                }
            }
            for (ahead, bound) in banks {
                bound.plan.set(&mut pass);
                pass.dispatch_workgroups(ahead.count.div_ceil(WORKGROUP), 1, 1);
            }
        }
        for (ahead, _) in banks {
            encoder.copy(&ahead.jobs, u64::from(JOB_COUNT) * 4, &ahead.arguments, 0, 12);
        }
        let mut pass = encoder.begin_compute_pass(&pass(1));
        for (ahead, bound) in banks {
            bound.copy.set(&mut pass);
            ahead.arguments.dispatch_indirect(&mut pass, 0);
        }
    }
}

impl Machine {
    /// Who guesses which pages lanes write next.
    pub fn prefetch(&self) -> Prefetch {
        self.prefetch
    }

    /// What lanes had to do for their memory, and what was done for them, since the machine was made.
    pub fn memory_work(&self) -> MemoryWork {
        self.memory_work
    }

    /// The last predictions for the group that a lane is in, at most eight, in no order.
    pub fn foreseen(&mut self, lane: u32) -> Result<Vec<Foreseen>, Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        let stream = own >> self.group_shift;
        let Some(ahead) = self.banks[index].ahead.as_ref().filter(|_| stream < STREAMS) else { return Ok(Vec::new()) };
        let bytes = u64::from(STREAM_PREDICTIONS * STREAM_PREDICTION_WORDS) * 4;
        let start = u64::from(stream) * bytes;
        let words: Vec<u32> =
            bytemuck::pod_collect_to_vec(&self.gpu.download(&[(&ahead.predictions, start..start + bytes)])?[0]);
        Ok(words.chunks_exact(STREAM_PREDICTION_WORDS as usize).filter_map(Foreseen::from_words).collect())
    }

    /// Whether the interpreter can take notice of accesses: the builder refuses that with a kernel chosen for each
    /// instruction.
    pub(in crate::machine) fn can_prefetch(&self) -> bool {
        self.prefetch != Prefetch::Off && !self.networks.dispatch.per_instruction
    }

    /// Gives a bank what the interpreter writes to.
    pub(in crate::machine) fn prepare_history(&mut self, index: usize) -> Result<(), Error> {
        let notices = self.ahead_watch.notices() || self.translation.active();
        if self.can_prefetch() && notices && self.banks[index].ahead.is_none() {
            let groups = self.banks[index].groups(self.group_shift);
            let streams = (groups.end - groups.start).min(STREAMS);
            let tables = match (&self.oracle_weights, &self.oracle_tables) {
                (None, _) => None,
                (_, Some(tables)) => Some(tables.of_streams(&self.gpu, streams)?),
                (Some(weights), None) => Some(OracleTables::new(&self.gpu, weights, streams)?),
            };
            self.oracle_tables.clone_from(&tables);
            self.banks[index].ahead = Some(Ahead::new(&self.gpu, streams, self.prefetch, tables)?);
            // The first slices may be long.
            self.banks[index].writes = self.pipelines.ahead.is_some();
        }
        Ok(())
    }

    /// Whether lanes of these banks may leave slices at pages that they have to copy.
    pub(in crate::machine) fn lanes_leave(&self, banks: &[usize]) -> bool {
        let passes = self.pipelines.ahead.is_some() && self.ahead_watch.notices();
        passes && self.ahead_watch.leaves() && banks.iter().all(|index| self.banks[*index].writes)
    }

    /// Takes notice of a bank's counters, and of whether there is something to be copied ahead. Returns how many slices
    /// lanes left.
    pub(in crate::machine) fn note_work(&mut self, index: usize, words: &WorkWords, dry: bool) -> Result<u32, Error> {
        let before = std::mem::replace(&mut self.banks[index].work, *words);
        if self.prefetch == Prefetch::Trace {
            self.drain_trace(index, words[0])?;
            return Ok(0);
        }
        let at = (STATUS_LEAVES - prefetch::STATUS.first) as usize;
        let left = words[at].wrapping_sub(before[at]);
        self.memory_work.add(words, &before);
        let changed = |status: u32| {
            words[(status - prefetch::STATUS.first) as usize] != before[(status - prefetch::STATUS.first) as usize]
        };
        let writes = changed(STATUS_STALLS) || changed(STATUS_AHEAD_USED);
        let bank = &mut self.banks[index];
        bank.fruitless = if changed(STATUS_AHEAD_USED) { 0 } else { bank.fruitless + u32::from(writes && bank.writes) };
        // Where it brings nothing it is tried again now and then.
        let tries = bank.fruitless < PATIENCE || bank.fruitless.is_multiple_of(PATIENCE);
        // Before there is no room for what is to be copied.
        let full = self.banks[index].frames > self.banks[index].pool().limit() / 2;
        if (changed(STATUS_CRAMPED) || self.pipelines.ahead.is_some() && writes && full) && !dry {
            self.grow_ahead(index)?;
        }
        self.banks[index].writes = writes && tries;
        // Compiled for who has a use for it.
        let wanted = writes && self.can_prefetch() && self.ahead_watch.is_at_once();
        if let (true, Some(guess), None) = (wanted, self.prefetch.guess(), &self.pipelines.ahead) {
            let gpu = self.gpu.clone();
            self.pipelines.ahead = Some(AheadPasses::new(&gpu, guess, self.ahead_watch.oracle_price())?);
            self.banks.iter_mut().for_each(|bank| bank.binding = None);
        }
        Ok(left)
    }

    /// The accesses of lane 0 that missed its translation cache since this was last asked, none left out: with
    /// [`Prefetch::Trace`], and a machine of one lane.
    pub fn take_trace(&mut self) -> Vec<OracleEvent> {
        std::mem::take(&mut self.trace)
    }

    /// Takes what a slice left in the buffer.
    fn drain_trace(&mut self, index: usize, count: u32) -> Result<(), Error> {
        let Some(ahead) = &self.banks[index].ahead else { return Ok(()) };
        if count == 0 || self.banks[index].first != 0 {
            return Ok(());
        }
        let entry = u64::from(HISTORY_ENTRY_WORDS) * 4;
        let header = u64::from(HISTORY_HEADER) * 4;
        let data = self.gpu.download(&[(&ahead.history, header..header + u64::from(count) * entry)])?;
        let words: Vec<[u32; HISTORY_ENTRY_WORDS as usize]> = bytemuck::pod_collect_to_vec(&data[0]);
        self.trace.extend(words.into_iter().map(OracleEvent::from_words));
        self.memory_work.misses += u64::from(count);
        self.gpu.upload(&ahead.history, u64::from(HISTORY_COUNT) * 4, &[0; 4]);
        Ok(())
    }

    /// The frames in use from which on a bank's pages are copied ahead only into frames that are in use anyway: an eighth
    /// is left to the lanes, and all of a pool that can neither grow nor be parted.
    pub(in crate::machine) fn ahead_limit(&self, index: usize) -> u32 {
        let limit = self.banks[index].pool().limit();
        if self.grown(index, 1).is_some() || self.can_part(index) { limit - limit / 8 } else { 0 }
    }
}
