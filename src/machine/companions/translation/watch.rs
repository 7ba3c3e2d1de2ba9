//! Translation while a program runs: where its lanes are most is seen between slices, translated and compiled on another
//! thread, and takes over when it is ready.

use super::recipe::{Made, Recipe, STACK, TranslationReport, Translations, UnderWay, on_a_thread};
use crate::abi::{STATUS_TRANSLATED_HIGH, STATUS_TRANSLATED_LOW};
use crate::gpu::{Buffer, Gpu, Pipeline};
use crate::isa::control;
use crate::machine::Error;
use crate::machine::banks::bank::Bank;
use crate::machine::banks::core::Core;
use crate::machine::code::control_words::CodeMap;
use crate::machine::companions::background::{Background, patience};
use crate::machine::companions::companion::{Batch, Companion, Counted, Setting, Wish};
use crate::machine::options::{Prefetch, Translate};
use crate::translate::{Bounds, Head, Key, Progress, Run, Start, Store};
use std::collections::{BTreeSet, HashMap};
use std::thread;
use std::time::Duration;
use wgpu::{BufferUsages, DeviceType};

/// Instructions that are translated unless another number is asked for, and bytes of WGSL, by what a driver takes for them:
/// those of a program that runs already are compiled in ten seconds. Where it compiles for the cores that run the lanes, it
/// takes them long.
const MOST_OF_ALL: usize = 4_000;
const MOST_ON_CPU: usize = 1_000;
const MOST_SEEN: usize = 1_500;
const MOST_TEXT: usize = 1 << 20;
const MOST_TEXT_ON_CPU: usize = 512 << 10;
/// While a translation is waited for, it is looked so often whether somebody interrupts.
const LOOK_AGAIN: Duration = Duration::from_millis(2);
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
const SHORT_SLICE: Duration = Duration::from_millis(10);

/// What is known of where lanes are.
#[derive(Default)]
struct Hot {
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
    /// It was looked whether there are places that an earlier run has kept.
    remembered: bool,
    /// Which of the shared translations this machine has taken over or is about to.
    version: u32,
    work: Background<Made>,
}

impl Hot {
    /// Nothing more is translated.
    fn give_up(&mut self) {
        self.rounds = MOST_ROUNDS;
    }
}

/// The translation of the image's code.
pub struct Translation {
    pub mode: Translate,
    most: Option<usize>,
    progress: Progress,
    /// Nothing is translated for now.
    held: bool,
    /// What has run so long is worth a translation, unless it depends on the adapter.
    patience: Option<Duration>,
    shared: Translations,
    active: Option<Active>,
    hot: Hot,
    store: Option<Store>,
    /// Which program it is of.
    program: u64,
}

/// Instructions of a bank that ran translated, as of the last slice.
#[derive(Default)]
struct Ran(u64);

struct Active {
    made: Made,
    words: Buffer,
}

impl Translation {
    pub fn new(mode: Translate, most: Option<usize>, patience: Option<Duration>, shared: Translations) -> Translation {
        let store = if mode == Translate::Off { None } else { Store::open() };
        let progress = Progress::default();
        Translation {
            mode,
            most,
            progress,
            held: false,
            patience,
            shared,
            active: None,
            hot: Hot::default(),
            store,
            program: 0,
        }
    }

    /// Whether there is translated code.
    pub fn active(&self) -> bool {
        self.active.is_some()
    }

    /// Which of the shared translations is the one of now, 0 if there is none.
    pub fn version(&self) -> u32 {
        self.active.as_ref().map_or(0, |active| active.made.version)
    }

    /// Whether the instruction of a control word is translated.
    fn covers(&self, index: u32) -> bool {
        let blocks = self.active.as_ref().map(|active| &active.made.translated.places);
        blocks.is_some_and(|blocks| {
            let next = blocks.partition_point(|block| block.start <= index);
            next > 0 && blocks[next - 1].contains(&index)
        })
    }

    /// Puts the heads of blocks in place of the instructions there, or the instructions back.
    fn place_heads(&self, gpu: &Gpu, control_words: &Buffer, translated: bool) {
        let Some(Active { made: Made { translated: code, .. }, .. }) = &self.active else { return };
        for Head { index, block, word, flags } in &code.heads {
            let own = code.words[*word as usize];
            let word = if translated { control::translated(*word, *block, *flags) } else { own };
            gpu.upload(control_words, u64::from(*index) * 16, bytemuck::cast_slice(&word));
        }
    }

    /// How far the translation is that is being made.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    fn bounds(&self, core: &Core) -> Bounds {
        let on_cpu = core.gpu.info().device_type == DeviceType::Cpu;
        let instructions = match self.mode {
            Translate::Auto => MOST_SEEN,
            _ if on_cpu => MOST_ON_CPU,
            _ => MOST_OF_ALL,
        };
        let text = if on_cpu { MOST_TEXT_ON_CPU } else { MOST_TEXT };
        Bounds { instructions: self.most.unwrap_or(instructions), text }
    }

    /// What is translated now.
    pub fn report(&self) -> Option<TranslationReport> {
        self.active.as_ref().map(|active| active.made.report)
    }

    /// Lets nothing be translated for now, or lets it again.
    pub fn hold(&mut self, hold: bool) {
        self.held = hold;
    }

    /// Whether a translation is being made. To drop the machine is to wait for it.
    pub fn is_translating(&self) -> bool {
        self.hot.work.is_running()
    }

    /// Whether slices are to wait for a translation, and somebody interrupted that.
    pub fn is_left(&self) -> bool {
        self.mode == Translate::All && self.hot.work.is_begun()
    }

    /// Does not wait for a translation that is being made when the machine is dropped. See [`crate::machine::is_translating`].
    pub fn abandon(&mut self) {
        self.hot.work.abandon();
    }

    /// The WGSL functions that the code reached from the lanes' program counters is translated to.
    pub fn wgsl(&mut self, core: &mut Core, setting: &Setting) -> Result<String, Error> {
        core.flush()?;
        self.meet(core);
        let start = entries(core)?;
        let recipe = self.recipe(core, setting, start)?;
        Ok(on_a_thread(|| recipe.translate())?.wgsl)
    }

    /// What was made for another program is of no use.
    fn meet(&mut self, core: &Core) {
        if std::mem::replace(&mut self.program, core.program.number) != core.program.number {
            self.active = None;
            self.hot = Hot::default();
        }
    }

    /// Whether what runs can be translated, and is not held back.
    fn can_translate(&self, setting: &Setting) -> bool {
        !self.held && setting.can_translate()
    }

    /// Instructions of a slice that is for a look: lanes that are done in less than usual ones have to be seen on their
    /// way. They are not always the same ones.
    fn slice_for_a_look(&self, core: &Core, setting: &Setting) -> Option<u32> {
        let hot = &self.hot;
        let wants = self.mode == Translate::Auto && self.can_translate(setting) && hot.rounds == 0;
        (wants && setting.warm && hot.time >= self.patience(core) && hot.looks < LOOKS)
            .then_some(LOOK_SLICE << (hot.looks % 4))
    }

    /// Whether slices are to be short, so that there are more looks.
    fn is_looking(&self, core: &Core, setting: &Setting) -> bool {
        let hot = &self.hot;
        let wants = self.mode == Translate::Auto && self.can_translate(setting) && hot.rounds == 0;
        wants && hot.time + WATCHED >= self.patience(core)
    }

    fn patience(&self, core: &Core) -> Duration {
        patience(&core.gpu, self.patience, PATIENCE, PATIENCE_ON_CPU)
    }

    /// Slices from now on run this.
    fn take_over(&mut self, core: &mut Core, made: Made) -> Result<(), Error> {
        // The heads of the one before.
        for bank in core.banks.iter().filter(|bank| bank.memory.is_some()) {
            self.place_heads(&core.gpu, &bank.code().control_words, false);
        }
        let words = word_buffer(&core.gpu, &made.translated.words)?;
        self.active = Some(Active { made, words });
        for bank in &mut core.banks {
            bank.bound.clear();
        }
        Ok(())
    }

    /// Slices from now on run the interpreter again.
    fn drop_translation(&mut self, core: &mut Core) {
        for bank in core.banks.iter_mut().filter(|bank| bank.memory.is_some()) {
            self.place_heads(&core.gpu, &bank.code().control_words, false);
            bank.bound.clear();
        }
        self.active = None;
    }

    /// What a translation is made from.
    fn recipe(&self, core: &Core, setting: &Setting, start: Start) -> Result<Recipe, Error> {
        let code = core.banks[0].code();
        let data = core.gpu.download(&[(&code.control_words, 0..u64::from(code.lane_code) * 16)])?;
        let mut words: Vec<[u32; 4]> = bytemuck::pod_collect_to_vec(&data[0]);
        if let Some(active) = &self.active {
            for head in &active.made.translated.heads {
                words[head.index as usize] = active.made.translated.words[head.word as usize];
            }
        }
        Ok(Recipe {
            gpu: core.gpu.clone(),
            checked: core.shape.checked,
            personality: core.serving.personality,
            // It is not made again when pages begin to be copied ahead.
            prefetch: setting.can_prefetch().then(|| setting.prefetch.kept()),
            // All code is about to run, or what was seen.
            vectors: setting.vectors || self.mode == Translate::All && words.iter().any(control::is_vector),
            control: words,
            runs: code_runs(core),
            start,
            bounds: self.bounds(core),
            progress: self.progress.clone(),
            store: self.store.clone(),
            remembered: false,
            ahead: self.mode == Translate::Auto || core.interrupt.is_some(),
            shared: self.shared.clone(),
            have: self.version(),
        })
    }

    /// Notes where some lanes of a bank are.
    fn look(&mut self, core: &Core, index: usize) -> Result<(), Error> {
        let Bank { lanes, .. } = &core.banks[index];
        let count = u64::from(lanes.count).min(LOOKED_AT);
        let first = u64::from(self.hot.looks) * LOOKED_AT % (u64::from(lanes.count) - count + 1);
        let rows = first * 16..(first + count) * 16;
        let data = core.gpu.download(&[(&lanes.program_counter, rows)])?;
        let counters: Vec<[u32; 4]> = bytemuck::pod_collect_to_vec(&data[0]);
        let runs = code_runs(core);
        for [low, high, ..] in counters {
            let Some(index) = index_of(&runs, u64::from(low) | u64::from(high) << 32) else { continue };
            let outside = !self.covers(index);
            let hot = &mut self.hot;
            *hot.seen.entry(index).or_default() += 1;
            hot.lanes += 1;
            hot.outside += u64::from(outside);
        }
        Ok(())
    }

    /// Begins with what an earlier run has seen, if that was kept.
    fn remember(&mut self, core: &Core, setting: &Setting) -> Result<(), Error> {
        if std::mem::replace(&mut self.hot.remembered, true) {
            return Ok(());
        }
        let Some(store) = &self.store else { return Ok(()) };
        let recipe = self.recipe(core, setting, Start::Seen(Vec::new()))?;
        match store.load_places(Key::of_code(&recipe.control, &recipe.runs, ""), &recipe.runs) {
            Some(places) => self.spawn(Recipe { start: Start::Seen(places), remembered: true, ..recipe }),
            None => Ok(()),
        }
    }

    /// Begins a translation of what is hot.
    fn begin_translation(&mut self, core: &Core, setting: &Setting) -> Result<(), Error> {
        let mut seen: Vec<(u32, u64)> = self.hot.seen.iter().map(|(index, count)| (*index, *count)).collect();
        seen.sort_by_key(|(index, count)| (std::cmp::Reverse(*count), *index));
        log::debug!("lanes were seen at {} places in {} looks and {:?}", seen.len(), self.hot.looks, self.hot.time);
        let recipe = self.recipe(core, setting, Start::Seen(seen.into_iter().map(|(index, _)| index).collect()))?;
        self.spawn(recipe)
    }

    fn spawn(&mut self, recipe: Recipe) -> Result<(), Error> {
        let (under_way, published) = (UnderWay::begin(), self.shared.version());
        let make = move || {
            let made = recipe.make();
            drop(under_way);
            made
        };
        let hot = &mut self.hot;
        hot.work.begin("translate", Some(STACK), make)?;
        hot.rounds += 1;
        hot.version = hot.version.max(published);
        Ok(())
    }
}

impl Companion for Translation {
    fn replacement(&self, setting: &Setting) -> Option<Pipeline> {
        let fits = setting.coverage.is_none() && setting.prefetch != Prefetch::Trace;
        self.active.as_ref().filter(|_| fits).map(|active| active.made.pipeline.clone())
    }

    /// Translates the code before anything runs, if that is wanted and not done.
    fn begin(&mut self, core: &mut Core, setting: &Setting) -> Result<(), Error> {
        self.meet(core);
        if self.mode == Translate::Auto && self.can_translate(setting) {
            return self.remember(core, setting);
        }
        if self.mode != Translate::All || !self.can_translate(setting) || self.active.is_some() {
            return Ok(());
        }
        if !self.hot.work.is_begun() {
            let start = entries(core)?;
            let recipe = self.recipe(core, setting, start)?;
            self.spawn(recipe)?;
        }
        while self.hot.work.is_running() {
            if core.is_interrupted() {
                // The next execute waits on.
                return Ok(());
            }
            thread::sleep(LOOK_AGAIN);
        }
        self.hot.work.take().map_or(Ok(()), |made| self.take_over(core, made?))
    }

    fn wish(&self, core: &Core, setting: &Setting, _active: &[usize], wish: &mut Wish) {
        wish.look = self.slice_for_a_look(core, setting);
        // Lanes that leave translated code are many times slower, and that is to be seen soon.
        wish.alone = wish.look.is_some() || self.active.is_some();
        wish.length = self.is_looking(core, setting).then_some(SHORT_SLICE);
    }

    fn buffers<'a>(&'a self, _bank: &'a Bank) -> Option<(&'a str, &'a Buffer)> {
        self.active.as_ref().map(|active| ("translated_words", &active.words))
    }

    /// Makes a bank's control words those that the slice's pipeline goes by.
    fn bind(&mut self, core: &mut Core, setting: &Setting, bank: usize, _params: &Buffer) -> Result<(), Error> {
        let control_words = &core.banks[bank].code().control_words;
        self.place_heads(&core.gpu, control_words, setting.coverage.is_none());
        Ok(())
    }

    fn counted(
        &mut self,
        core: &mut Core,
        _setting: &Setting,
        bank: usize,
        status: &[u32],
        counted: &mut Counted,
    ) -> Result<(), Error> {
        let [low, high] = [STATUS_TRANSLATED_LOW, STATUS_TRANSLATED_HIGH].map(|word| status[word as usize]);
        let now = u64::from(low) | u64::from(high) << 32;
        let Ran(before) = std::mem::replace(core.banks[bank].notes.get_or_default(), Ran(now));
        counted.translated += now.wrapping_sub(before);
        Ok(())
    }

    /// Drops a translation that lacks floating point and SIMD once they were met. Looks where lanes are, if there are more slices to come, begins a translation, or lets one take over.
    fn after(&mut self, core: &mut Core, setting: &Setting, batch: &Batch) -> Result<(), Error> {
        if setting.vectors && self.active.as_ref().is_some_and(|active| !active.made.vectors) {
            self.drop_translation(core);
        }
        if self.mode != Translate::Auto || !self.can_translate(setting) {
            return Ok(());
        }
        let hot = &mut self.hot;
        if let Some(made) = hot.work.take() {
            (hot.looks, hot.time, hot.lanes, hot.outside) = (0, Duration::ZERO, 0, 0);
            match made {
                Ok(made) => {
                    hot.version = made.version;
                    self.take_over(core, made)?;
                }
                Err(error) => {
                    // The interpreter does all that it would have done.
                    log::warn!("not translated: {error}");
                    self.hot.give_up();
                }
            }
            return Ok(());
        }
        if hot.work.is_begun() || hot.rounds == MOST_ROUNDS {
            return Ok(());
        }
        // Another machine was faster.
        if self.shared.version() > hot.version {
            return self.begin_translation(core, setting);
        }
        hot.time += batch.ran;
        let looks = self.is_looking(core, setting) || self.active.is_some();
        let hot = &mut self.hot;
        if batch.more && looks {
            hot.looks += 1;
            // Another bank each time.
            let index = batch.active[hot.looks as usize % batch.active.len()];
            self.look(core, index)?;
        }
        let hot = &self.hot;
        if hot.time >= self.patience(core) && hot.looks >= LOOKS && hot.outside * 5 > hot.lanes {
            self.begin_translation(core, setting)?;
        }
        Ok(())
    }
}

/// The lanes' program counters.
fn entries(core: &mut Core) -> Result<Start, Error> {
    let mut entries = BTreeSet::new();
    for lane in 0..core.lanes() {
        entries.insert(core.pc(lane)?);
    }
    let runs = code_runs(core);
    Ok(Start::Entries(entries.into_iter().filter_map(|pc| index_of(&runs, pc)).collect()))
}

/// Where code is that all lanes share.
fn code_runs(core: &Core) -> Vec<Run> {
    let map = CodeMap::new(core.layouts.runs(), core.program.image.code_pages());
    map.runs.iter().map(|&(first, end, delta)| Run { first, end, delta }).collect()
}

/// The control word of the instruction at an address.
fn index_of(runs: &[Run], pc: u64) -> Option<u32> {
    runs.iter().find_map(|run| {
        let distance = pc.wrapping_sub(run.delta);
        let inside = (u64::from(run.first)..u64::from(run.end)).contains(&(distance / 4));
        (distance % 4 == 0 && inside).then_some((distance / 4) as u32)
    })
}

fn word_buffer(gpu: &Gpu, words: &[[u32; 4]]) -> Result<Buffer, Error> {
    let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
    let buffer = gpu.buffer("translated_words", (words.len().max(1) * 16) as u64, usage)?;
    gpu.upload(&buffer, 0, bytemuck::cast_slice(words));
    Ok(buffer)
}
