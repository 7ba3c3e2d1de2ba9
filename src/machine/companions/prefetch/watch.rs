//! When pages are copied ahead, and what that may cost: nothing until a program has copied so many pages for so long that
//! the passes are worth compiling, which then happens on another thread, and nothing where no more pages are copied.

use super::passes::{Ahead, AheadBound, AheadPasses};
use super::work::{Foreseen, MemoryWork, WorkWords};
use crate::abi::{prefetch, *};
use crate::gpu::{Buffer, Gpu, Pipeline, Timer};
use crate::machine::Error;
use crate::machine::banks::bank::Bank;
use crate::machine::banks::core::Core;
use crate::machine::companions::background::{self, Background};
use crate::machine::companions::companion::{Batch, Companion, Counted, MOST_SLICES, Setting, Wish};
use crate::machine::options::{Guess, Prefetch};
use crate::machine::shaders::{self, Misses, Variant, Watch};
use crate::neural::{OracleEvent, OracleTables, Weights};
use std::time::Duration;
use wgpu::{CommandEncoder, DeviceType};

/// Batches of slices in which nothing that was copied ahead was used before it is tried in every one no more.
const FRUITLESS: u32 = 16;
/// What has run so long may go on for as long again. Where the driver compiles for the cores that run the lanes, it takes
/// them seconds.
const PATIENCE: Duration = Duration::from_secs(1);
const PATIENCE_ON_CPU: Duration = Duration::from_secs(10);
/// Pages that each group of lanes took a frame for lately, from which on it may pay, and until which it goes on.
const BUSY: f64 = 16.0;
const IDLE: f64 = 1.0;
/// Slices of one submission while lanes may leave them, and how long these should be at most: who has left waits for who has
/// not.
const LEAVING_SLICES: u32 = MOST_SLICES;
const LEAVING_SLICE: Duration = Duration::from_millis(20);
/// What an answer of the network costs, in pages that a lane copies.
const ORACLE_PRICE: u32 = 32;
const ORACLE_PRICE_ON_CPU: u32 = 2048;
/// With a price beyond it the shader's own would not fit 32 bits.
const ORACLE_PRICE_MOST: u32 = u32::MAX / (2 * PRICE_MOST);
/// Batches without leaving after one in which lanes of a slice did not agree; each time four times as many.
const FIRST_PAUSE: u32 = 8;
const LAST_PAUSE: u32 = 2048;

/// Copying ahead of a machine.
pub struct PagesAhead {
    mode: Prefetch,
    pace: Pace,
    work: Background<Made>,
    passes: Option<AheadPasses>,
    counts: MemoryWork,
    trace: Vec<OracleEvent>,
    /// Of the network that foretells accesses, if it is asked.
    weights: Option<Weights>,
    /// Those on the GPU, once they were wanted.
    tables: Option<OracleTables>,
    /// In the submission at hand lanes of a slice left it, and others did not.
    parted: bool,
}

/// When pages are copied ahead, and when lanes leave slices for it.
struct Pace {
    /// From the first instruction on, whatever it costs.
    at_once: bool,
    patience: Duration,
    /// Whether lanes may leave slices, and whether they did in the last batch in which they could.
    leaves: bool,
    left: bool,
    oracle_price: u32,
    ran: Duration,
    /// Frames that a group took, each batch counting half as much as the next.
    recent: f64,
    busy: bool,
    /// Batches until lanes may leave slices again, and how many it was the last time.
    pause: u32,
    last_pause: u32,
}

/// What is kept of a bank.
#[derive(Default)]
struct Pages {
    /// What prefetching goes by; made when it is wanted.
    ahead: Option<Ahead>,
    /// Its counters, as of the last slice.
    work: WorkWords,
    /// Pages were written for the first time in the last batch.
    writes: bool,
    /// Batches since something was used that was copied ahead.
    fruitless: u32,
}

/// What is compiled meanwhile.
struct Made {
    variant: Variant,
    interpreter: Pipeline,
    passes: AheadPasses,
}

impl Made {
    /// On any thread: slices run meanwhile, and are not to wait for the driver.
    fn new(gpu: &Gpu, checked: bool, (guess, price): (Guess, u32), variant: Variant) -> Result<Made, Error> {
        let interpreter = shaders::interpreter(variant);
        if gpu.info().device_type == DeviceType::Cpu {
            background::warm_up(gpu, &interpreter, checked)?;
            for shader in AheadPasses::shaders(guess, price) {
                background::warm_up(gpu, &shader, true)?;
            }
        }
        Ok(Made {
            variant,
            interpreter: gpu.pipeline(&interpreter, checked)?,
            passes: AheadPasses::new(gpu, guess, price)?,
        })
    }
}

impl Pace {
    fn new(
        gpu: &Gpu,
        mode: Prefetch,
        patience: Option<Duration>,
        leaves: Option<bool>,
        oracle_price: Option<u32>,
    ) -> Pace {
        let on_cpu = gpu.info().device_type == DeviceType::Cpu;
        // Who wants numbers wants all of them.
        let at_once = patience == Some(Duration::ZERO) || matches!(mode, Prefetch::Count | Prefetch::Trace);
        let patience = background::patience(gpu, patience, PATIENCE, PATIENCE_ON_CPU);
        let price = oracle_price.unwrap_or(if on_cpu { ORACLE_PRICE_ON_CPU } else { ORACLE_PRICE });
        Pace::of(at_once, patience, leaves.unwrap_or(!on_cpu), price.min(ORACLE_PRICE_MOST))
    }

    fn of(at_once: bool, patience: Duration, leaves: bool, oracle_price: u32) -> Pace {
        Pace {
            at_once,
            patience,
            leaves,
            left: false,
            oracle_price,
            ran: Duration::ZERO,
            recent: 0.0,
            busy: false,
            pause: 0,
            last_pause: FIRST_PAUSE / 4,
        }
    }

    /// Whether lanes may leave slices.
    fn leaves(&self) -> bool {
        self.leaves && self.pause == 0
    }

    /// After a batch in which lanes could leave, and `left` so many slices.
    fn note_leaving(&mut self, left: u32, parted: bool) {
        self.left = left != 0;
        self.pause = self.pause.saturating_sub(1);
        if parted {
            self.last_pause = (self.last_pause * 4).min(LAST_PAUSE);
            self.pause = self.last_pause;
        }
    }
}

impl PagesAhead {
    pub fn new(
        gpu: &Gpu,
        mode: Prefetch,
        patience: Option<Duration>,
        leaves: Option<bool>,
        oracle_price: Option<u32>,
        weights: Option<Weights>,
    ) -> PagesAhead {
        PagesAhead {
            mode,
            pace: Pace::new(gpu, mode, patience, leaves, oracle_price),
            work: Background::default(),
            passes: None,
            counts: MemoryWork::default(),
            trace: Vec::new(),
            weights,
            tables: None,
            parted: false,
        }
    }

    /// Who guesses which pages lanes write next.
    pub fn mode(&self) -> Prefetch {
        self.mode
    }

    /// Whether what copies pages ahead is being compiled. To drop the machine is to wait for it.
    pub fn is_preparing(&self) -> bool {
        self.work.is_running()
    }

    /// What lanes had to do for their memory, and what was done for them, since the machine was made.
    pub fn counts(&self) -> MemoryWork {
        self.counts
    }

    /// The last predictions for the group that a lane is in, at most eight, in no order.
    pub fn foreseen(&self, core: &Core, lane: u32) -> Result<Vec<Foreseen>, Error> {
        core.check_lane(lane)?;
        let (index, own) = core.bank_of(lane);
        let stream = own >> core.shape.group_shift;
        let ahead = core.banks[index].notes.get().and_then(|pages: &Pages| pages.ahead.as_ref());
        let Some(ahead) = ahead.filter(|_| stream < STREAMS) else { return Ok(Vec::new()) };
        let bytes = u64::from(STREAM_PREDICTIONS * STREAM_PREDICTION_WORDS) * 4;
        let start = u64::from(stream) * bytes;
        let words: Vec<u32> =
            bytemuck::pod_collect_to_vec(&core.gpu.download(&[(&ahead.predictions, start..start + bytes)])?[0]);
        Ok(words.chunks_exact(STREAM_PREDICTION_WORDS as usize).filter_map(Foreseen::from_words).collect())
    }

    /// The accesses of lane 0 that missed its translation cache since this was last asked.
    pub fn take_trace(&mut self) -> Vec<OracleEvent> {
        std::mem::take(&mut self.trace)
    }

    /// Whether the interpreter is to take notice of accesses.
    fn notices(&self) -> bool {
        self.pace.at_once || self.pace.busy && self.passes.is_some()
    }

    /// Whether lanes of these banks may leave slices at pages that they have to copy.
    fn lanes_leave(&self, core: &Core, banks: &[usize]) -> bool {
        let writes = |index: &usize| core.banks[*index].notes.get().is_some_and(|pages: &Pages| pages.writes);
        self.passes.is_some() && self.notices() && self.pace.leaves() && banks.iter().all(writes)
    }

    /// The interpreter that takes notice of accesses, with what is wanted otherwise.
    fn noticing(&self, core: &Core, setting: &Setting) -> Variant {
        let mut text = setting.text(core.serving.personality);
        if let Watch::Lanes { loops, misses } = &mut text.watch {
            (*loops, *misses) = (setting.can_notice_loops(), Misses::Kept(self.mode.kept()));
        }
        text.coverage = setting.coverage;
        text
    }

    /// Takes what a slice left in the buffer.
    fn drain_trace(&mut self, core: &Core, index: usize, count: u32) -> Result<(), Error> {
        let bank = &core.banks[index];
        let ahead = bank.notes.get().and_then(|pages: &Pages| pages.ahead.as_ref());
        let Some(ahead) = ahead.filter(|_| count != 0 && bank.first == 0) else { return Ok(()) };
        let entry = u64::from(HISTORY_ENTRY_WORDS) * 4;
        let header = u64::from(HISTORY_HEADER) * 4;
        let data = core.gpu.download(&[(&ahead.history, header..header + u64::from(count) * entry)])?;
        let words: Vec<[u32; HISTORY_ENTRY_WORDS as usize]> = bytemuck::pod_collect_to_vec(&data[0]);
        self.trace.extend(words.into_iter().map(OracleEvent::from_words));
        self.counts.misses += u64::from(count);
        core.gpu.upload(&ahead.history, u64::from(HISTORY_COUNT) * 4, &[0; 4]);
        Ok(())
    }

    /// The banks for which there is something to copy.
    fn at_work<'a>(&self, core: &'a Core, active: &[usize]) -> Vec<(&'a Ahead, &'a AheadBound)> {
        let of = |index: &usize| {
            let Bank { notes, bound, .. } = &core.banks[*index];
            let pages: &Pages = notes.get()?;
            pages.ahead.as_ref().filter(|_| pages.writes).zip(bound.get())
        };
        active.iter().filter_map(of).collect()
    }
}

impl Companion for PagesAhead {
    fn add_text(&self, setting: &Setting, text: &mut Variant) {
        if let Watch::Lanes { misses, .. } = &mut text.watch {
            *misses = match self.mode {
                Prefetch::Trace => Misses::Traced,
                _ if setting.can_prefetch() && self.notices() => Misses::Kept(self.mode.kept()),
                _ => Misses::Ignored,
            };
        }
    }

    fn wish(&self, core: &Core, _setting: &Setting, active: &[usize], wish: &mut Wish) {
        if wish.look.is_none() && self.lanes_leave(core, active) {
            wish.leaves = true;
            wish.flags |= FLAG_LEAVE;
            wish.many = self.pace.left.then_some((LEAVING_SLICES, LEAVING_SLICE));
        }
    }

    /// Gives a bank what the interpreter writes to.
    fn prepare(&mut self, core: &mut Core, setting: &Setting, bank: usize) -> Result<(), Error> {
        if !setting.can_prefetch() || !(self.notices() || setting.translated) {
            return Ok(());
        }
        let groups = core.banks[bank].groups(core.shape.group_shift);
        let pages: &mut Pages = core.banks[bank].notes.get_or_default();
        if pages.ahead.is_none() {
            let streams = (groups.end - groups.start).min(STREAMS);
            let tables = match (&self.weights, &self.tables) {
                (None, _) => None,
                (_, Some(tables)) => Some(tables.of_streams(&core.gpu, streams)?),
                (Some(weights), None) => Some(OracleTables::new(&core.gpu, weights, streams)?),
            };
            self.tables.clone_from(&tables);
            pages.ahead = Some(Ahead::new(&core.gpu, streams, self.mode, tables)?);
            // The first slices may be long.
            pages.writes = self.passes.is_some();
        }
        Ok(())
    }

    fn buffers<'a>(&'a self, bank: &'a Bank) -> Option<(&'a str, &'a Buffer)> {
        let pages: &Pages = bank.notes.get()?;
        Some(("history", &pages.ahead.as_ref()?.history))
    }

    fn bind(&mut self, core: &mut Core, _setting: &Setting, bank: usize, params: &Buffer) -> Result<(), Error> {
        let Core { gpu, banks, layouts, .. } = core;
        let bank = &mut banks[bank];
        let pages: Option<&Pages> = bank.notes.get();
        if let (Some(passes), Some(Pages { ahead: Some(ahead), .. })) = (&self.passes, pages) {
            let bound = passes.bind(gpu, bank, ahead, &layouts.buffer, params)?;
            bank.bound.set(bound);
        }
        Ok(())
    }

    fn precedes(&self, core: &Core, active: &[usize]) -> bool {
        !self.at_work(core, active).is_empty()
    }

    fn encode_before(
        &self,
        core: &Core,
        active: &[usize],
        encoder: &mut CommandEncoder,
        timer: Option<&Timer>,
        slice: u32,
    ) {
        AheadPasses::encode(encoder, &self.at_work(core, active), timer, slice);
    }

    /// Takes notice of a bank's counters, and of whether there is something to be copied ahead.
    fn counted(
        &mut self,
        core: &mut Core,
        setting: &Setting,
        bank: usize,
        status: &[u32],
        counted: &mut Counted,
    ) -> Result<(), Error> {
        let words: WorkWords = std::array::from_fn(|n| status[prefetch::STATUS.first as usize + n]);
        let pages: &mut Pages = core.banks[bank].notes.get_or_default();
        let before = std::mem::replace(&mut pages.work, words);
        let at = |status: u32| (status - prefetch::STATUS.first) as usize;
        self.parted |= words[at(STATUS_PARTED)] != 0;
        if self.mode == Prefetch::Trace {
            return self.drain_trace(core, bank, words[0]);
        }
        counted.left += words[at(STATUS_LEAVES)].wrapping_sub(before[at(STATUS_LEAVES)]);
        if counted.left != 0 {
            counted.length = Some(LEAVING_SLICE);
        }
        self.counts.add(&words, &before);
        let changed = |status: u32| words[at(status)] != before[at(status)];
        let writes = changed(STATUS_STALLS) || changed(STATUS_AHEAD_USED);
        pages.fruitless =
            if changed(STATUS_AHEAD_USED) { 0 } else { pages.fruitless + u32::from(writes && pages.writes) };
        // Where it brings nothing it is tried again now and then.
        let tries = pages.fruitless < FRUITLESS || pages.fruitless.is_multiple_of(FRUITLESS);
        pages.writes = writes && tries;
        // Before there is no room for what is to be copied.
        let full = core.banks[bank].frames > core.banks[bank].pool().limit() / 2;
        let dry = status[STATUS_DRY as usize] != 0;
        if (changed(STATUS_CRAMPED) || self.passes.is_some() && writes && full) && !dry {
            core.grow_ahead(bank)?;
        }
        // Compiled for who has a use for it.
        let wanted = writes && setting.can_prefetch() && self.pace.at_once;
        if let (true, Some(guess), None) = (wanted, self.mode.guess(), &self.passes) {
            self.passes = Some(AheadPasses::new(&core.gpu, guess, self.pace.oracle_price)?);
            core.banks.iter_mut().for_each(|bank| bank.bound.clear());
        }
        Ok(())
    }

    fn after(&mut self, core: &mut Core, setting: &Setting, batch: &Batch) -> Result<(), Error> {
        if batch.preceded {
            self.counts.passes += u64::from(batch.slices);
        }
        if let Some(time) = batch.before {
            self.counts.pass_nanoseconds += time.as_nanos() as u64;
        }
        let parted = std::mem::take(&mut self.parted);
        if batch.leaves {
            self.pace.note_leaving(batch.counted.left, parted);
            if parted {
                batch.active.iter().for_each(|index| core.banks[*index].clear_status(&core.gpu, &[STATUS_PARTED]));
            }
        }
        if !batch.more || self.pace.at_once || !setting.can_prefetch() {
            return Ok(());
        }
        let pace = &mut self.pace;
        pace.ran += batch.ran;
        pace.recent = pace.recent / 2.0 + batch.frames;
        let was_busy = pace.busy;
        pace.busy = pace.recent >= if was_busy { IDLE } else { BUSY };
        let mut changed = pace.busy != was_busy && self.passes.is_some();
        let waits = self.passes.is_none() && pace.busy && pace.ran >= pace.patience;
        if let Some(made) = self.work.take() {
            let Made { variant, interpreter, passes } = made?;
            core.passes.keep_interpreter(variant, interpreter);
            self.passes = Some(passes);
            changed = true;
        } else if let (true, false, Some(guess)) = (waits, self.work.is_begun(), self.mode.guess()) {
            let (gpu, checked, variant) = (core.gpu.clone(), core.shape.checked, self.noticing(core, setting));
            let price = self.pace.oracle_price;
            self.work.begin("prefetch", None, move || Made::new(&gpu, checked, (guess, price), variant))?;
        }
        if changed {
            core.banks.iter_mut().for_each(|bank| bank.bound.clear());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_that_do_not_agree_leave_ever_less_often() {
        let mut watch = Pace::of(true, Duration::ZERO, true, 0);
        let mut tries = Vec::new();
        for batch in 0..1000 {
            let leaves = watch.leaves();
            if leaves {
                tries.push(batch);
            }
            watch.note_leaving(0, leaves);
        }
        assert_eq!(tries, [0, 9, 42, 171, 684]);
    }
}
