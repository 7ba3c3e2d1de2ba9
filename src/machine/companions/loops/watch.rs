//! When hot loops are noticed, and what that may cost: nothing until a program has run so long that what runs loops is
//! worth compiling, which then happens on another thread, and after that no more than a small part of the time.

use crate::gpu::{Gpu, Pipeline};
use crate::machine::companions::loops::Loops;
use crate::machine::companions::loops::judges::{Judges, Question};
use crate::machine::companions::translation;
use crate::machine::shaders::{self, Pass};
use crate::machine::{Error, Machine};
use crate::neural::{LoopNetwork, Weights};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use wgpu::DeviceType;

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
pub(in crate::machine) struct LoopWatch {
    /// From the first instruction on, whatever it costs.
    at_once: bool,
    patience: Duration,
    /// `None` if it does not matter what is spent.
    ledger: Option<Ledger>,
    ran: Duration,
    weights: Weights,
    stage: Stage,
    /// What asking the networks took.
    asking: Duration,
}

enum Stage {
    Waiting,
    /// `None` while it is being joined.
    Making(Option<JoinHandle<Result<Made, Error>>>),
    Ready(Box<Made>),
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
            at_once,
            patience: patience.unwrap_or(if on_cpu { PATIENCE_ON_CPU } else { PATIENCE }),
            ledger: (patience.is_none() && !at_once).then_some(ledger),
            ran: Duration::ZERO,
            weights,
            stage: Stage::Waiting,
            asking: Duration::ZERO,
        }
    }

    /// Whether lanes are to notice loops now. While the networks are to be asked, it is saved for that.
    pub fn notices(&self, asks: bool) -> bool {
        let affords = self.ledger.as_ref().is_none_or(|ledger| ledger.affords(asks));
        self.at_once || matches!(self.stage, Stage::Ready(_)) && affords
    }

    /// What runs hot loops, once it is made.
    pub fn pass(&self) -> Option<&Pipeline> {
        match &self.stage {
            Stage::Ready(made) => Some(&made.pass),
            _ => None,
        }
    }
}

impl Drop for LoopWatch {
    /// A driver's compiler does not bear that the process ends around it.
    fn drop(&mut self) {
        if let Stage::Making(work) = &mut self.stage {
            // What became of it is nobody's concern any more.
            let _ = work.take().map(JoinHandle::join);
        }
    }
}

impl Recipe {
    /// `meanwhile`: slices run, and are not to wait for the driver.
    fn make(&self, meanwhile: bool) -> Result<Made, Error> {
        let pass = Pass::Loops.shader();
        if meanwhile && self.gpu.info().device_type == DeviceType::Cpu {
            translation::warm_up(&self.gpu, &pass, self.checked)?;
            if self.weights.is_some() {
                for network in LoopNetwork::ALL {
                    translation::warm_up(&self.gpu, &shaders::queued(network), true)?;
                }
            }
        }
        let judges = self.weights.as_ref().map(|weights| Judges::new(&self.gpu, weights));
        Ok(Made { pass: self.gpu.pipeline(&pass, self.checked)?, judges: judges.transpose()? })
    }
}

impl Machine {
    /// Whether what runs hot loops is being compiled. To drop the machine is to wait for it.
    pub fn is_preparing_loops(&self) -> bool {
        matches!(&self.loop_watch.stage, Stage::Making(Some(work)) if !work.is_finished())
    }

    /// Whether it has come to hot loops being noticed, at least now and then.
    pub fn notices_loops(&self) -> bool {
        self.can_notice_loops() && (self.loop_watch.at_once || self.loop_watch.pass().is_some())
    }

    /// How long the lanes waited for the networks that judge loops.
    pub fn loop_inference(&self) -> Duration {
        self.loop_watch.asking
    }

    /// Between two batches of slices, which took `elapsed`: whether a lane ended its slice at a loop, and whether running
    /// one as a whole brought something.
    pub(in crate::machine) fn watch_loops(&mut self, elapsed: Duration, cut: bool, gained: bool) -> Result<(), Error> {
        let can_notice = self.can_notice_loops();
        let watch = &mut self.loop_watch;
        if let Some(ledger) = &mut watch.ledger {
            ledger.ran += elapsed;
            if cut && !gained {
                ledger.spent += elapsed.min(MOST_OF_A_VISIT);
            }
        }
        watch.ran += elapsed;
        match &mut watch.stage {
            // With all its time, when the first loop is hot.
            Stage::Waiting if watch.at_once && cut => {
                let made = self.loop_recipe()?.make(false)?;
                self.take_loops_over(made);
            }
            Stage::Waiting if !watch.at_once && watch.ran >= watch.patience && can_notice => {
                let recipe = self.loop_recipe()?;
                let thread = thread::Builder::new().name("loops".to_owned());
                let work = thread.spawn(move || recipe.make(true));
                let work = work.map_err(|error| translation::failed(&error.to_string()))?;
                self.loop_watch.stage = Stage::Making(Some(work));
            }
            Stage::Making(work) => {
                if let Some(work) = work.take_if(|work| work.is_finished()) {
                    let made = work.join().unwrap_or_else(|_| Err(translation::failed("its thread panicked")))?;
                    let started = Instant::now();
                    // A software driver compiles at the first dispatch.
                    translation::run_on_nothing(&self.gpu, &made.pass)?;
                    if let Some(ledger) = &mut self.loop_watch.ledger {
                        ledger.spent += started.elapsed();
                    }
                    self.take_loops_over(made);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn loop_recipe(&self) -> Result<Recipe, Error> {
        let weights = (self.loops == Loops::On).then(|| self.loop_watch.weights.clone());
        Ok(Recipe { gpu: self.gpu.clone(), checked: self.checked, weights })
    }

    fn take_loops_over(&mut self, made: Made) {
        self.loop_watch.stage = Stage::Ready(Box::new(made));
        self.banks.iter_mut().for_each(|bank| bank.binding = None);
    }

    /// Asks the networks about the loops of some banks, if there are any and if that is affordable.
    pub(in crate::machine) fn ask(&mut self, banks: &[usize]) -> Result<(), Error> {
        let Stage::Ready(made) = &self.loop_watch.stage else { return Ok(()) };
        let Some(judges) = &made.judges else { return Ok(()) };
        let ledger = &mut self.loop_watch.ledger;
        let asking: Vec<usize> = banks.iter().copied().filter(|index| self.banks[*index].asks).collect();
        if asking.is_empty() || ledger.as_ref().is_some_and(|ledger| !ledger.affords(true)) {
            return Ok(());
        }
        let started = Instant::now();
        let bind = |index: &usize| judges.question(&self.gpu, &self.banks[*index]);
        let questions = asking.iter().map(bind).collect::<Result<Vec<Question>, _>>()?;
        let commands = self.gpu.guard("asking about loops", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            questions.iter().for_each(|question| judges.encode(&mut encoder, question));
            encoder.finish()
        })?;
        self.gpu.submit_and_wait(commands)?;
        for index in asking {
            self.banks[index].asks = false;
        }
        let took = started.elapsed();
        self.loop_watch.asking += took;
        if let Some(ledger) = &mut self.loop_watch.ledger {
            ledger.asked(took);
        }
        Ok(())
    }
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
