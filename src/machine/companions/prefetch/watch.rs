//! When pages are copied ahead, and what that may cost: nothing until a program has copied so many pages for so long that
//! the passes are worth compiling, which then happens on another thread, and nothing where no more pages are copied.

use crate::abi::PRICE_MOST;
use crate::gpu::{Gpu, Pipeline};
use crate::machine::companions::prefetch::{AheadPasses, Guess};
use crate::machine::companions::translation;
use crate::machine::shaders::Variant;
use crate::machine::{Error, Machine, Prefetch, shaders};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use wgpu::DeviceType;

/// What has run so long may go on for as long again. Where the driver compiles for the cores that run the lanes, it takes
/// them seconds.
const PATIENCE: Duration = Duration::from_secs(1);
const PATIENCE_ON_CPU: Duration = Duration::from_secs(10);
/// Pages that each group of lanes took a frame for lately, from which on it may pay, and until which it goes on.
const BUSY: f64 = 16.0;
const IDLE: f64 = 1.0;
/// Slices of one submission while lanes may leave them, and how long these should be at most: who has left waits for who has
/// not.
pub(in crate::machine) const LEAVING_SLICES: u32 = 8;
pub(in crate::machine) const LEAVING_SLICE: Duration = Duration::from_millis(20);
/// What an answer of the network costs, in pages that a lane copies.
const ORACLE_PRICE: u32 = 32;
const ORACLE_PRICE_ON_CPU: u32 = 2048;
/// With a price beyond it the shader's own would not fit 32 bits.
const ORACLE_PRICE_MOST: u32 = u32::MAX / (2 * PRICE_MOST);
/// Batches without leaving after one in which lanes of a slice did not agree; each time four times as many.
const FIRST_PAUSE: u32 = 8;
const LAST_PAUSE: u32 = 2048;

/// Copying ahead of a machine.
pub(in crate::machine) struct AheadWatch {
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
    stage: Stage,
    /// Batches until lanes may leave slices again, and how many it was the last time.
    pause: u32,
    last_pause: u32,
}

enum Stage {
    Waiting,
    /// `None` while it is being joined.
    Making(Option<JoinHandle<Result<Made, Error>>>),
    Ready,
}

struct Made {
    interpreter: Pipeline,
    passes: AheadPasses,
}

impl AheadWatch {
    pub fn new(
        gpu: &Gpu,
        mode: Prefetch,
        patience: Option<Duration>,
        leaves: Option<bool>,
        oracle_price: Option<u32>,
    ) -> AheadWatch {
        let on_cpu = gpu.info().device_type == DeviceType::Cpu;
        // Who wants numbers wants all of them.
        let at_once = patience == Some(Duration::ZERO) || matches!(mode, Prefetch::Count | Prefetch::Trace);
        let patience = patience.unwrap_or(if on_cpu { PATIENCE_ON_CPU } else { PATIENCE });
        let price = oracle_price.unwrap_or(if on_cpu { ORACLE_PRICE_ON_CPU } else { ORACLE_PRICE });
        AheadWatch::of(at_once, patience, leaves.unwrap_or(!on_cpu), price.min(ORACLE_PRICE_MOST))
    }

    fn of(at_once: bool, patience: Duration, leaves: bool, oracle_price: u32) -> AheadWatch {
        AheadWatch {
            at_once,
            patience,
            leaves,
            left: false,
            oracle_price,
            ran: Duration::ZERO,
            recent: 0.0,
            busy: false,
            stage: Stage::Waiting,
            pause: 0,
            last_pause: FIRST_PAUSE / 4,
        }
    }

    /// Whether the interpreter is to take notice of accesses.
    pub fn notices(&self) -> bool {
        self.at_once || self.busy && matches!(self.stage, Stage::Ready)
    }

    /// What is compiled when the first page is copied.
    pub fn is_at_once(&self) -> bool {
        self.at_once
    }

    /// Pages that the table did not know, until the network is asked.
    pub fn oracle_price(&self) -> u32 {
        self.oracle_price
    }

    /// Whether lanes may leave slices.
    pub fn leaves(&self) -> bool {
        self.leaves && self.pause == 0
    }

    /// Whether there are to be many short slices for lanes to leave.
    pub fn leave_often(&self) -> bool {
        self.left
    }

    /// After a batch in which lanes could leave, and `left` so many slices.
    pub fn note_leaving(&mut self, left: u32, parted: bool) {
        self.left = left != 0;
        self.pause = self.pause.saturating_sub(1);
        if parted {
            self.last_pause = (self.last_pause * 4).min(LAST_PAUSE);
            self.pause = self.last_pause;
        }
    }
}

impl Drop for AheadWatch {
    /// A driver's compiler does not bear that the process ends around it.
    fn drop(&mut self) {
        if let Stage::Making(work) = &mut self.stage {
            // What became of it is nobody's concern any more.
            let _ = work.take().map(JoinHandle::join);
        }
    }
}

impl Machine {
    /// Whether what copies pages ahead is being compiled. To drop the machine is to wait for it.
    pub fn is_preparing_prefetch(&self) -> bool {
        matches!(&self.ahead_watch.stage, Stage::Making(Some(work)) if !work.is_finished())
    }

    /// Between two batches of slices, which took `elapsed`, and in which each group took so many frames.
    pub(in crate::machine) fn watch_pages(&mut self, elapsed: Duration, frames: f64) -> Result<(), Error> {
        if self.ahead_watch.at_once || !self.can_prefetch() {
            return Ok(());
        }
        let watch = &mut self.ahead_watch;
        watch.ran += elapsed;
        watch.recent = watch.recent / 2.0 + frames;
        let was_busy = watch.busy;
        watch.busy = watch.recent >= if was_busy { IDLE } else { BUSY };
        let mut changed = watch.busy != was_busy && matches!(watch.stage, Stage::Ready);
        match &mut watch.stage {
            Stage::Waiting if watch.busy && watch.ran >= watch.patience => {
                if let Some(guess) = self.prefetch.guess() {
                    let (gpu, checked, variant) = (self.gpu.clone(), self.checked, self.variant(true));
                    let price = self.ahead_watch.oracle_price;
                    let thread = thread::Builder::new().name("prefetch".to_owned());
                    let work = thread.spawn(move || Made::new(&gpu, checked, (guess, price), variant));
                    let work = work.map_err(|error| translation::failed(&error.to_string()))?;
                    self.ahead_watch.stage = Stage::Making(Some(work));
                }
            }
            Stage::Making(work) => {
                if let Some(work) = work.take_if(|work| work.is_finished()) {
                    let made = work.join().unwrap_or_else(|_| Err(translation::failed("its thread panicked")))?;
                    self.pipelines.noticing = Some(made.interpreter);
                    self.pipelines.ahead = Some(made.passes);
                    self.ahead_watch.stage = Stage::Ready;
                    changed = true;
                }
            }
            _ => {}
        }
        if changed {
            self.banks.iter_mut().for_each(|bank| bank.binding = None);
        }
        Ok(())
    }
}

impl Made {
    /// On any thread: slices run meanwhile, and are not to wait for the driver.
    fn new(gpu: &Gpu, checked: bool, (guess, price): (Guess, u32), variant: Variant) -> Result<Made, Error> {
        let interpreter = shaders::interpreter(variant);
        if gpu.info().device_type == DeviceType::Cpu {
            translation::warm_up(gpu, &interpreter, checked)?;
            for shader in AheadPasses::shaders(guess, price) {
                translation::warm_up(gpu, &shader, true)?;
            }
        }
        Ok(Made { interpreter: gpu.pipeline(&interpreter, checked)?, passes: AheadPasses::new(gpu, guess, price)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_that_do_not_agree_leave_ever_less_often() {
        let mut watch = AheadWatch::of(true, Duration::ZERO, true, 0);
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
