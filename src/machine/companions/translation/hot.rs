//! Translation while a program runs: where its lanes are most is seen between slices, translated and compiled on another
//! thread, and takes over when it is ready.

use crate::machine::banks::bank::Bank;
use crate::machine::companions::translation::{Made, Recipe, STACK, Translate, UnderWay, failed, index_of};
use crate::machine::{Error, Machine};
use crate::translate::Start;
use std::collections::HashMap;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Lanes that are looked at after a batch of slices.
const LOOKED_AT: u64 = 256;
/// What has run so long may go on for as long as a translation takes and longer, if it was looked at so often. Where the
/// driver compiles for the same cores that run the lanes, it takes them long.
const PATIENCE: Duration = Duration::from_millis(750);
const PATIENCE_ON_CPU: Duration = Duration::from_secs(5);
const LOOKS: u32 = 12;
/// A translation is made anew when a fifth of what is seen is not in it, for the last time after so many.
const MOST_ROUNDS: u32 = 3;
/// Before that, lanes are looked at for so long. What ends sooner pays nothing.
const WATCHED: Duration = Duration::from_millis(250);
/// Instructions of the shortest slice that is for a look.
const LOOK_SLICE: u32 = 256;
/// As long as a slice should be while there is nothing to go by.
pub(in crate::machine) const SHORT_SLICE: Duration = Duration::from_millis(10);

/// What is known of where lanes are.
#[derive(Default)]
pub(in crate::machine) struct Hot {
    /// How often a lane was seen at a control word.
    seen: HashMap<u32, u64>,
    /// Times that lanes were looked at, and what ran meanwhile, since the last translation.
    looks: u32,
    time: Duration,
    /// Lanes seen since then, and those of them where nothing is translated.
    lanes: u64,
    outside: u64,
    /// Translations that were begun.
    rounds: u32,
    /// It was looked whether there is a translation of an earlier run.
    remembered: bool,
    /// Which of the shared translations this machine has taken over or is about to.
    version: u32,
    work: Option<JoinHandle<Result<Made, Error>>>,
}

impl Hot {
    /// Nothing more is translated.
    fn give_up(&mut self) {
        self.rounds = MOST_ROUNDS;
    }
}

impl Drop for Hot {
    /// A driver's compiler does not bear that the process ends around it.
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            // What became of it is nobody's concern any more.
            let _ = work.join();
        }
    }
}

impl Machine {
    /// Whether a translation is being made. To drop the machine is to wait for it.
    pub fn is_translating(&self) -> bool {
        self.translation.hot.work.as_ref().is_some_and(|work| !work.is_finished())
    }

    /// Does not wait for a translation that is being made when the machine is dropped. See [`crate::machine::is_translating`].
    pub(crate) fn abandon_translation(&mut self) {
        // The thread goes on by itself.
        drop(self.translation.hot.work.take());
    }

    /// Instructions of a slice that is for a look: lanes that are done in less than usual ones have to be seen on their
    /// way. They are not always the same ones.
    pub(in crate::machine) fn slice_for_a_look(&self) -> Option<u32> {
        let hot = &self.translation.hot;
        let wants = self.translation.mode == Translate::Auto && self.can_translate() && hot.rounds == 0;
        (wants && self.warm && hot.time >= self.patience() && hot.looks < LOOKS)
            .then_some(LOOK_SLICE << (hot.looks % 4))
    }

    /// Whether slices are to be short, so that there are more looks.
    pub(in crate::machine) fn is_looking(&self) -> bool {
        let hot = &self.translation.hot;
        let wants = self.translation.mode == Translate::Auto && self.can_translate() && hot.rounds == 0;
        wants && hot.time + WATCHED >= self.patience()
    }

    fn patience(&self) -> Duration {
        let on_cpu = self.gpu.info().device_type == wgpu::DeviceType::Cpu;
        self.translation.patience.unwrap_or(if on_cpu { PATIENCE_ON_CPU } else { PATIENCE })
    }

    /// Behind a batch of slices of the banks `active`, which took `elapsed`: looks where lanes are, if there are `more`
    /// slices to come, begins a translation, or lets one take over.
    pub(in crate::machine) fn watch(&mut self, active: &[usize], elapsed: Duration, more: bool) -> Result<(), Error> {
        if self.translation.mode != Translate::Auto || !self.can_translate() {
            return Ok(());
        }
        let hot = &mut self.translation.hot;
        if let Some(work) = hot.work.take_if(|work| work.is_finished()) {
            (hot.looks, hot.time, hot.lanes, hot.outside) = (0, Duration::ZERO, 0, 0);
            match work.join().unwrap_or_else(|_| Err(failed("the translator panicked"))) {
                Ok(made) => {
                    hot.version = made.version;
                    self.take_over(made)?;
                }
                Err(error) => {
                    // The interpreter does all that it would have done.
                    log::warn!("not translated: {error}");
                    self.translation.hot.give_up();
                }
            }
            return Ok(());
        }
        if hot.work.is_some() || hot.rounds == MOST_ROUNDS {
            return Ok(());
        }
        // Another machine was faster.
        if self.translation.shared.version() > hot.version {
            return self.begin();
        }
        hot.time += elapsed;
        let looks = self.is_looking() || self.translation.active();
        let hot = &mut self.translation.hot;
        if more && looks {
            hot.looks += 1;
            // Another bank each time.
            let index = active[hot.looks as usize % active.len()];
            self.look(index)?;
        }
        let hot = &self.translation.hot;
        if hot.time >= self.patience() && hot.looks >= LOOKS && hot.outside * 5 > hot.lanes {
            self.begin()?;
        }
        Ok(())
    }

    /// Notes where some lanes of a bank are.
    fn look(&mut self, index: usize) -> Result<(), Error> {
        let Bank { lanes, .. } = &self.banks[index];
        let count = u64::from(lanes.count).min(LOOKED_AT);
        let first = u64::from(self.translation.hot.looks) * LOOKED_AT % (u64::from(lanes.count) - count + 1);
        let rows = first * 16..(first + count) * 16;
        let data = self.gpu.download(&[(&lanes.program_counter, rows)])?;
        let counters: Vec<[u32; 4]> = bytemuck::pod_collect_to_vec(&data[0]);
        let runs = self.code_runs();
        for [low, high, ..] in counters {
            let Some(index) = index_of(&runs, u64::from(low) | u64::from(high) << 32) else { continue };
            let outside = !self.translation.covers(index);
            let hot = &mut self.translation.hot;
            *hot.seen.entry(index).or_default() += 1;
            hot.lanes += 1;
            hot.outside += u64::from(outside);
        }
        Ok(())
    }

    /// Begins with the translation that an earlier run has left, if there is one.
    pub(in crate::machine) fn remember(&mut self) -> Result<(), Error> {
        if !std::mem::replace(&mut self.translation.hot.remembered, true) && self.translation.keeps() {
            let recipe = self.recipe(Start::Seen(Vec::new()))?;
            if recipe.kept().is_some() {
                self.spawn(recipe)?;
            }
        }
        Ok(())
    }

    /// Begins a translation of what is hot.
    fn begin(&mut self) -> Result<(), Error> {
        let mut seen: Vec<(u32, u64)> =
            self.translation.hot.seen.iter().map(|(index, count)| (*index, *count)).collect();
        seen.sort_by_key(|(index, count)| (std::cmp::Reverse(*count), *index));
        log::debug!(
            "lanes were seen at {} places in {} looks and {:?}",
            seen.len(),
            self.translation.hot.looks,
            self.translation.hot.time
        );
        let recipe = self.recipe(Start::Seen(seen.into_iter().map(|(index, _)| index).collect()))?;
        self.spawn(recipe)
    }

    fn spawn(&mut self, recipe: Recipe) -> Result<(), Error> {
        let thread = thread::Builder::new().name("translate".to_owned()).stack_size(STACK);
        let (under_way, published) = (UnderWay::begin(), self.translation.shared.version());
        let make = move || {
            let made = recipe.make();
            drop(under_way);
            made
        };
        let work = thread.spawn(make).map_err(|error| failed(&error.to_string()))?;
        let hot = &mut self.translation.hot;
        (hot.rounds, hot.work) = (hot.rounds + 1, Some(work));
        hot.version = hot.version.max(published);
        Ok(())
    }
}
