//! When hot loops are noticed, and what that may cost: nothing until a program has run so long that what runs loops is
//! worth compiling, which then happens on another thread, and after that no more than a small part of the time.

use super::judges::{Judges, Question};
use super::table::{HotLoop, LoopSample};
use crate::abi::*;
use crate::gpu::{Bound, Buffer, Gpu, Pipeline, Timer};
use crate::machine::Error;
use crate::machine::banks::bank::Bank;
use crate::machine::banks::core::Core;
use crate::machine::companions::background::{self, Background};
use crate::machine::companions::companion::{Batch, Companion, Counted, Setting, Wish};
use crate::machine::options::Loops;
use crate::machine::shaders::{self, Pass, Variant, Watch};
use crate::neural::{LoopNetwork, Weights};
use std::time::{Duration, Instant};
use wgpu::{CommandEncoder, ComputePassDescriptor, DeviceType};

/// What has run so long may go on for as long again. Where the driver compiles for the cores that run the lanes, it takes
/// them half a second, or ten with its cache empty.
const PATIENCE: Duration = Duration::from_secs(1);
const PATIENCE_ON_CPU: Duration = Duration::from_secs(10);
/// The part of the time that may be spent on what brings nothing.
const PART_SPENT: u32 = 64;
/// And of that on the networks.
const PART_ASKING: u32 = 128;
/// What slices may have lost at most that lanes ended early, at loops that then brought nothing.
const MOST_OF_A_VISIT: Duration = Duration::from_millis(5);
/// What asking the networks takes, until it was measured.
const FIRST_QUESTION: Duration = Duration::from_millis(20);
const FIRST_QUESTION_ON_CPU: Duration = Duration::from_millis(200);

/// Hot loops of a machine.
pub struct LoopWatch {
    mode: Loops,
    /// From the first instruction on, whatever it costs.
    at_once: bool,
    patience: Duration,
    /// `None` if it does not matter what is spent.
    ledger: Option<Ledger>,
    ran: Duration,
    weights: Weights,
    work: Background<Made>,
    made: Option<Made>,
    /// In the submission at hand lanes ended slices at loops, and running one as a whole brought something.
    cut: bool,
    gained: bool,
    /// What asking the networks took.
    asking: Duration,
}

/// What runs hot loops, and the networks that choose them.
struct Made {
    pass: Pipeline,
    judges: Option<Judges>,
}

/// All that it takes to make it, on any thread.
struct Recipe {
    gpu: Gpu,
    checked: bool,
    weights: Option<Weights>,
}

/// What was spent on loops.
struct Ledger {
    ran: Duration,
    spent: Duration,
    /// Of that on asking the networks, and what the next time is going to take.
    asking: Duration,
    question: Duration,
}

impl Ledger {
    /// Whether something may be spent; `asks`: on the networks.
    fn affords(&self, asks: bool) -> bool {
        let more = if asks { self.question } else { Duration::ZERO };
        (self.spent + more) * PART_SPENT <= self.ran && (!asks || (self.asking + more) * PART_ASKING <= self.ran)
    }

    /// The networks were asked.
    fn asked(&mut self, took: Duration) {
        self.spent += took;
        self.asking += took;
        self.question = took;
    }
}

impl LoopWatch {
    pub fn new(gpu: &Gpu, mode: Loops, patience: Option<Duration>, weights: Weights) -> LoopWatch {
        let on_cpu = gpu.info().device_type == DeviceType::Cpu;
        let question = if on_cpu { FIRST_QUESTION_ON_CPU } else { FIRST_QUESTION };
        // Who asks only for proofs wants to see them.
        let at_once = patience == Some(Duration::ZERO) || patience.is_none() && mode == Loops::ProveOnly;
        let none = Duration::ZERO;
        let ledger = Ledger { ran: none, spent: none, asking: none, question };
        LoopWatch {
            mode,
            at_once,
            patience: background::patience(gpu, patience, PATIENCE, PATIENCE_ON_CPU),
            ledger: (patience.is_none() && !at_once).then_some(ledger),
            ran: Duration::ZERO,
            weights,
            work: Background::default(),
            made: None,
            cut: false,
            gained: false,
            asking: Duration::ZERO,
        }
    }

    /// Whether lanes are to notice loops now. While the networks are to be asked, it is saved for that.
    fn notices(&self, asks: bool) -> bool {
        let affords = self.ledger.as_ref().is_none_or(|ledger| ledger.affords(asks));
        self.at_once || self.made.is_some() && affords
    }

    /// What becomes of hot loops.
    pub fn mode(&self) -> Loops {
        self.mode
    }

    /// Whether what runs hot loops is being compiled. To drop the machine is to wait for it.
    pub fn is_preparing(&self) -> bool {
        self.work.is_running()
    }

    /// Whether it has come to hot loops being noticed, at least now and then.
    pub fn notices_any(&self, setting: &Setting) -> bool {
        setting.can_notice_loops() && (self.at_once || self.made.is_some())
    }

    /// How long the lanes waited for the networks that judge loops.
    pub fn inference(&self) -> Duration {
        self.asking
    }

    /// Flags of the next slices.
    fn flags(&self, core: &Core, setting: &Setting) -> u32 {
        let asks = core.banks.iter().any(Asks::of);
        if setting.can_notice_loops() && self.notices(asks) { self.mode.flags() } else { 0 }
    }

    /// The loops that were found hot since the image was loaded, those first of which most was skipped.
    pub fn hot_loops(&self, core: &Core) -> Result<Vec<HotLoop>, Error> {
        let mut all: Vec<HotLoop> = Vec::new();
        for bank in core.banks.iter().filter(|bank| bank.memory.is_some()) {
            let table = &bank.code().loop_table;
            let bytes = core.gpu.download(&[(table, 0..table.size())])?;
            let words: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes[0]);
            let rows = words.chunks_exact(LOOP_ENTRY_WORDS as usize).filter(|row| row[LOOP_BRANCH as usize] != 0);
            for hot in rows.map(HotLoop::from_words) {
                match all.iter_mut().find(|other| (other.head, other.length) == (hot.head, hot.length)) {
                    Some(other) => other.join(hot),
                    None => all.push(hot),
                }
            }
        }
        all.sort_by_key(|hot| (std::cmp::Reverse(hot.skipped), hot.head));
        Ok(all)
    }

    /// The samples of the loops that were found hot, by address; of each bank its own.
    pub fn samples(&self, core: &Core) -> Result<Vec<LoopSample>, Error> {
        let mut all = Vec::new();
        for bank in core.banks.iter().filter(|bank| bank.memory.is_some()) {
            let code = bank.code();
            let buffers = [&code.loop_table, &code.loop_samples].map(|buffer| (buffer, 0..buffer.size()));
            let data = core.gpu.download(&buffers)?;
            let [table, samples] = [0, 1].map(|n| bytemuck::pod_collect_to_vec::<u8, u32>(&data[n]));
            let rows = table.chunks_exact(LOOP_ENTRY_WORDS as usize).zip(samples.chunks_exact(SAMPLE_WORDS as usize));
            let seen = rows.filter(|(entry, _)| entry[LOOP_STATE as usize] != LOOP_NEW);
            all.extend(seen.map(|(entry, row)| LoopSample::from_words(HotLoop::from_words(entry).head, row)));
        }
        all.sort_by_key(|sample| sample.head);
        Ok(all)
    }

    fn recipe(&self, core: &Core) -> Recipe {
        let weights = (self.mode == Loops::On).then(|| self.weights.clone());
        Recipe { gpu: core.gpu.clone(), checked: core.shape.checked, weights }
    }

    fn take_over(&mut self, core: &mut Core, made: Made) {
        self.made = Some(made);
        core.banks.iter_mut().for_each(|bank| bank.bound.clear());
    }
}

/// The networks are to be asked about loops of a bank.
#[derive(Clone, Copy, Default)]
struct Asks(bool);

impl Asks {
    fn of(bank: &Bank) -> bool {
        bank.notes.get().is_some_and(|Asks(asks)| *asks)
    }
}

/// What the pass over hot loops has bound of a bank.
struct LoopBound(Bound);

impl Companion for LoopWatch {
    fn add_text(&self, setting: &Setting, text: &mut Variant) {
        if let Watch::Lanes { loops, .. } = &mut text.watch {
            *loops = setting.can_notice_loops();
        }
    }

    fn wish(&self, core: &Core, setting: &Setting, _active: &[usize], wish: &mut Wish) {
        let flags = self.flags(core, setting);
        wish.flags |= flags;
        wish.cut_short = self.made.is_some() && flags != 0;
    }

    fn bind(&mut self, core: &mut Core, _setting: &Setting, bank: usize, params: &Buffer) -> Result<(), Error> {
        if let Some(made) = &self.made {
            let bound = made.pass.bind(&core.gpu, &buffers(&core.banks[bank], &core.layouts.buffer, params))?;
            core.banks[bank].bound.set(LoopBound(bound));
        }
        Ok(())
    }

    /// Asks the networks about the loops of some banks, if there are any and if that is affordable.
    fn before(&mut self, core: &mut Core, active: &[usize]) -> Result<(), Error> {
        let Some(judges) = self.made.as_ref().and_then(|made| made.judges.as_ref()) else { return Ok(()) };
        let ledger = &mut self.ledger;
        let asking: Vec<usize> = active.iter().copied().filter(|index| Asks::of(&core.banks[*index])).collect();
        if asking.is_empty() || ledger.as_ref().is_some_and(|ledger| !ledger.affords(true)) {
            return Ok(());
        }
        let started = Instant::now();
        let bind = |index: &usize| judges.question(&core.gpu, &core.banks[*index]);
        let questions = asking.iter().map(bind).collect::<Result<Vec<Question>, _>>()?;
        let commands = core.gpu.guard("asking about loops", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            questions.iter().for_each(|question| judges.encode(&mut encoder, question));
            encoder.finish()
        })?;
        core.gpu.submit_and_wait(commands)?;
        for index in asking {
            core.banks[index].notes.set(Asks(false));
        }
        let took = started.elapsed();
        self.asking += took;
        if let Some(ledger) = &mut self.ledger {
            ledger.asked(took);
        }
        Ok(())
    }

    fn follows(&self, flags: u32) -> bool {
        self.made.is_some() && flags & FLAG_LOOPS != 0
    }

    fn encode_behind(
        &self,
        core: &Core,
        active: &[usize],
        encoder: &mut CommandEncoder,
        timer: Option<&Timer>,
        slice: u32,
    ) {
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
            label: Some("hot loops"),
            timestamp_writes: timer.and_then(|timer| timer.ends(slice)),
        });
        for index in active {
            let bank = &core.banks[*index];
            if let Some(LoopBound(bound)) = bank.bound.get() {
                bound.set(&mut pass);
                bank.lanes.arguments.dispatch_indirect(&mut pass, 0);
            }
        }
    }

    fn counted(
        &mut self,
        core: &mut Core,
        _setting: &Setting,
        bank: usize,
        status: &[u32],
        counted: &mut Counted,
    ) -> Result<(), Error> {
        let is = |word: u32| status[word as usize] != 0;
        let bank = &mut core.banks[bank];
        if is(STATUS_CUT) {
            bank.clear_status(&core.gpu, &[STATUS_CUT, STATUS_GAINED]);
        }
        if is(STATUS_ASKED) {
            bank.clear_status(&core.gpu, &[STATUS_ASKED]);
            bank.notes.set(Asks(true));
        }
        self.cut |= is(STATUS_CUT);
        self.gained |= is(STATUS_GAINED);
        counted.cut |= is(STATUS_CUT);
        Ok(())
    }

    fn after(&mut self, core: &mut Core, setting: &Setting, batch: &Batch) -> Result<(), Error> {
        let (cut, gained) = (std::mem::take(&mut self.cut), std::mem::take(&mut self.gained));
        if self.mode == Loops::Off {
            return Ok(());
        }
        let elapsed = batch.ran;
        if let Some(ledger) = &mut self.ledger {
            ledger.ran += elapsed;
            if cut && !gained {
                ledger.spent += elapsed.min(MOST_OF_A_VISIT);
            }
        }
        self.ran += elapsed;
        if let Some(made) = self.work.take() {
            let made = made?;
            let started = Instant::now();
            // A software driver compiles at the first dispatch.
            background::run_on_nothing(&core.gpu, &made.pass)?;
            if let Some(ledger) = &mut self.ledger {
                ledger.spent += started.elapsed();
            }
            self.take_over(core, made);
        } else if self.made.is_none() && !self.work.is_begun() {
            if self.at_once && cut {
                // With all its time, when the first loop is hot.
                let made = self.recipe(core).make(false)?;
                self.take_over(core, made);
            } else if !self.at_once && self.ran >= self.patience && setting.can_notice_loops() {
                let recipe = self.recipe(core);
                self.work.begin("loops", None, move || recipe.make(true))?;
            }
        }
        Ok(())
    }
}

impl Recipe {
    /// `meanwhile`: slices run, and are not to wait for the driver.
    fn make(&self, meanwhile: bool) -> Result<Made, Error> {
        let pass = Pass::Loops.shader();
        if meanwhile && self.gpu.info().device_type == DeviceType::Cpu {
            background::warm_up(&self.gpu, &pass, self.checked)?;
            if self.weights.is_some() {
                for network in LoopNetwork::ALL {
                    background::warm_up(&self.gpu, &shaders::queued(network), true)?;
                }
            }
        }
        let judges = self.weights.as_ref().map(|weights| Judges::new(&self.gpu, weights));
        Ok(Made { pass: self.gpu.pipeline(&pass, self.checked)?, judges: judges.transpose()? })
    }
}

/// What the pass over hot loops binds.
fn buffers<'a>(bank: &'a Bank, layouts: &'a Buffer, params: &'a Buffer) -> Vec<(&'static str, &'a Buffer)> {
    let (lanes, code, pool) = (&bank.lanes, bank.code(), bank.pool());
    vec![
        ("memory", &pool.memory),
        ("registers", &lanes.registers),
        ("program_counter", &lanes.program_counter),
        ("pc_out", &lanes.pc_out),
        ("loop_table", &code.loop_table),
        ("params", params),
        ("control_words", &code.control_words),
        ("layouts", layouts),
        ("slots", &pool.slots),
        ("lane_state", &lanes.state),
        ("status", &lanes.status),
        ("samples", &code.loop_samples),
        ("loop_queue", &code.loop_queue),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_small_part_of_the_time_is_spent() {
        let cost = Duration::from_millis(10);
        let none = Duration::ZERO;
        for (asks, part) in [(false, 64), (true, 128)] {
            let mut ledger = Ledger { ran: none, spent: none, asking: none, question: cost };
            assert!(!ledger.affords(true) && ledger.affords(false));
            let mut times = 0;
            for _ in 0..1000 {
                ledger.ran += Duration::from_millis(50);
                if ledger.affords(asks) {
                    times += 1;
                    if asks { ledger.asked(cost) } else { ledger.spent += cost }
                }
            }
            // What else is spent may be overdrawn by one time.
            let most = 50_000 / part / 10;
            assert!((most..=most + 1).contains(&times) && (!asks || times == most), "{times} of {most}");
        }
    }
}
