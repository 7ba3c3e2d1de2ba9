//! Translated code of a machine: how it is made, and how the lanes come by it.

pub mod hot;

use crate::gpu::{self, Buffer, Gpu, Options, Pipeline};
use crate::isa::control::{OPERATION_SHIFT, SYSTEM, SYSTEM_TRANSLATED};
use crate::machine::CallText;
use crate::machine::code::control_words::CodeMap;
use crate::machine::companions::loops::Loops;
use crate::machine::companions::prefetch::{Kept, Prefetch};
use crate::machine::companions::translation::hot::Hot;
use crate::machine::shaders::{Misses, Variant, Watch};
use crate::machine::{Dispatch, Error, Machine, pass, shaders};
use crate::translate::{self, Head, Interpreter, Key, Run, Start, Store, Translated};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use wgpu::{BufferUsages, DeviceType};

/// Instructions that are translated unless another number is asked for. Those of a program that runs already are what a
/// driver compiles in ten seconds.
const MOST_OF_ALL: usize = 20_000;
const MOST_SEEN: usize = 1_500;
/// Evaluation nests as deeply as the interpreter's functions, writing as deeply as expressions and loops.
pub(in crate::machine) const STACK: usize = 256 << 20;

/// Whether code is translated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Translate {
    /// Everything is interpreted.
    #[default]
    Off,
    /// What can be reached from the lanes' program counters is translated before anything runs.
    All,
    /// Everything is interpreted at first. Where the lanes are most is translated meanwhile, on another thread, and takes
    /// over between two slices.
    Auto,
    /// [`Translate::Auto`] on a GPU; [`Translate::Off`] on a software adapter, whose compiler takes minutes.
    AutoOnGpu,
}

impl Translate {
    /// What it means on an adapter.
    pub(in crate::machine) fn on(self, adapter: DeviceType) -> Translate {
        match (self, adapter) {
            (Translate::AutoOnGpu, DeviceType::Cpu) => Translate::Off,
            (Translate::AutoOnGpu, _) => Translate::Auto,
            (other, _) => other,
        }
    }
}

/// What was translated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TranslationReport {
    /// Straight runs of instructions.
    pub blocks: usize,
    /// Instructions in them.
    pub instructions: usize,
    /// Time to make the WGSL.
    pub translate: Duration,
    /// Time that the driver took for it. Some compile at the first dispatch only.
    pub compile: Duration,
}

/// Translations that threads are making.
static UNDER_WAY: AtomicU32 = AtomicU32::new(0);

/// Whether a machine of this process has a translation made by a thread that nobody waits for any more, or not yet. A
/// driver's compiler does not bear that a process ends around it as usual: it has to be `_exit` then.
pub fn is_translating() -> bool {
    UNDER_WAY.load(Ordering::Acquire) != 0
}

/// One of [`UNDER_WAY`], as long as there is this.
pub(in crate::machine) struct UnderWay;

impl UnderWay {
    pub fn begin() -> UnderWay {
        UNDER_WAY.fetch_add(1, Ordering::AcqRel);
        UnderWay
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The translation of a program that several machines run, on adapters of one kind: one of them makes it, and the others
/// take it over. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Translations {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Held while a machine makes one: who wants the same meanwhile finds it then, and the driver what it compiled.
    latest: Mutex<Option<Published>>,
    /// How many were made.
    version: AtomicU32,
}

/// What a machine has made for all.
#[derive(Clone, Debug)]
struct Published {
    key: Key,
    version: u32,
    translated: Arc<Translated>,
}

impl Translations {
    /// How many were made so far.
    pub(in crate::machine) fn version(&self) -> u32 {
        self.shared.version.load(Ordering::Acquire)
    }

    fn latest(&self) -> MutexGuard<'_, Option<Published>> {
        // What is there is whole, also where a thread panicked.
        self.shared.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The translation of the image's code.
pub(in crate::machine) struct Translation {
    pub mode: Translate,
    pub most: usize,
    /// Nothing is translated for now.
    pub held: bool,
    /// What has run so long is worth a translation, unless it depends on the adapter.
    pub patience: Option<Duration>,
    pub shared: Translations,
    active: Option<Active>,
    pub hot: Hot,
    store: Option<Store>,
}

struct Active {
    made: Made,
    words: Buffer,
}

/// All that it takes to make a translation, on any thread.
pub(in crate::machine) struct Recipe {
    gpu: Gpu,
    checked: bool,
    calls: Option<CallText>,
    prefetch: Option<Kept>,
    control: Vec<[u32; 4]>,
    runs: Vec<Run>,
    pub start: Start,
    most: usize,
    store: Option<Store>,
    /// Slices run meanwhile.
    ahead: bool,
    shared: Translations,
    /// Which of the shared translations there is already.
    have: u32,
}

/// A translation with its pipeline.
pub(in crate::machine) struct Made {
    pipeline: Pipeline,
    pub translated: Arc<Translated>,
    /// Which of the shared ones it is.
    pub version: u32,
    report: TranslationReport,
}

impl Translation {
    pub fn new(mode: Translate, most: Option<usize>, patience: Option<Duration>, shared: Translations) -> Translation {
        let most = most.unwrap_or(if mode == Translate::Auto { MOST_SEEN } else { MOST_OF_ALL });
        let store = if mode == Translate::Off { None } else { Store::open() };
        Translation { mode, most, held: false, patience, shared, active: None, hot: Hot::default(), store }
    }

    /// Whether translations are kept on disk.
    pub fn keeps(&self) -> bool {
        self.store.is_some()
    }

    /// Whether there is translated code.
    pub fn active(&self) -> bool {
        self.active.is_some()
    }

    /// Which of the shared translations is the one of now, 0 if there is none.
    pub fn version(&self) -> u32 {
        self.active.as_ref().map_or(0, |active| active.made.version)
    }

    /// There is other code.
    pub fn forget(&mut self) {
        self.active = None;
        self.hot = Hot::default();
    }

    /// What a pipeline with translated code binds besides the interpreter's buffers.
    pub fn buffers(&self) -> Option<(&'static str, &Buffer)> {
        self.active.as_ref().map(|active| ("translated_words", &active.words))
    }

    /// Whether the instruction of a control word is translated.
    pub fn covers(&self, index: u32) -> bool {
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
            let begin = SYSTEM | SYSTEM_TRANSLATED << OPERATION_SHIFT;
            let own = code.words[*word as usize];
            let word = if translated { [begin, *word, *block, u32::from(*flags)] } else { own };
            gpu.upload(control_words, u64::from(*index) * 16, bytemuck::cast_slice(&word));
        }
    }
}

impl Recipe {
    pub fn make(&self) -> Result<Made, Error> {
        let key = self.key();
        let mut latest = self.shared.latest();
        let started = Instant::now();
        let other = latest.clone().filter(|other| other.key == key && other.version > self.have);
        let kept = if other.is_none() { self.kept() } else { None };
        let is_new = other.is_none() && kept.is_none();
        let (translated, version) = match (other, kept) {
            (Some(other), _) => (other.translated, other.version),
            (None, Some(kept)) => (Arc::new(kept), self.shared.version() + 1),
            (None, None) => (Arc::new(self.translate()?), self.shared.version() + 1),
        };
        let translate = started.elapsed();
        let started = Instant::now();
        let shader = shaders::translated(self.calls, self.prefetch, translated.wgsl.clone());
        if self.ahead && self.gpu.info().device_type == DeviceType::Cpu {
            warm_up(&self.gpu, &shader, self.checked)?;
        }
        let pipeline = self.pipeline(&shader)?;
        let report = TranslationReport {
            blocks: translated.blocks,
            instructions: translated.instructions,
            translate,
            compile: started.elapsed(),
        };
        log::debug!("translated: {report:?}");
        if let (true, Some(store)) = (is_new, &self.store) {
            store.save(key, &translated);
        }
        *latest = Some(Published { key, version, translated: translated.clone() });
        self.shared.shared.version.store(version, Ordering::Release);
        Ok(Made { pipeline, translated, version, report })
    }

    /// Compiles it, by what the driver has kept of it, if it gives that away.
    fn pipeline(&self, shader: &gpu::Shader) -> Result<Pipeline, Error> {
        let key = Key::of_pipeline(&shader.source(), self.checked, self.gpu.info());
        let (Some(store), Some(key)) = (&self.store, key) else { return Ok(self.gpu.pipeline(shader, self.checked)?) };
        let kept = store.load_pipeline(key);
        // SAFETY: files are named by a hash of wgpu's key for the adapter, its name and its driver, so what this one has is
        // what a call of this function on an adapter and driver alike was given here; and by a checksum it is whole. Who
        // writes other files there can as well replace programs of this user.
        let (pipeline, data) = unsafe { self.gpu.pipeline_by(shader, self.checked, kept.as_deref())? };
        if let Some(data) = data.filter(|data| kept.as_ref() != Some(data)) {
            store.save_pipeline(key, &data);
        }
        Ok(pipeline)
    }

    /// The translation that was kept when this was made before, if it is known what is wanted.
    pub fn kept(&self) -> Option<Translated> {
        // What was seen before is not what is seen now: it was not enough.
        let seen = matches!(&self.start, Start::Seen(seen) if !seen.is_empty());
        if seen { None } else { self.store.as_ref()?.load(self.key()) }
    }

    fn key(&self) -> Key {
        let kind = match &self.start {
            Start::Entries(entries) => format!("{} from {entries:?}", self.most),
            Start::Seen(_) => format!("{} seen", self.most),
        };
        let shader = shaders::translated(self.calls, self.prefetch, String::new()).source();
        Key::new(&shader, &self.control, &self.runs, self.gpu.info(), &kind)
    }

    /// Makes the WGSL. Wants a deep stack.
    pub fn translate(&self) -> Result<Translated, Error> {
        if matches!(&self.start, Start::Seen(seen) if seen.is_empty()) {
            return Err(failed("what was to be taken over is of another program"));
        }
        let interpreter = Interpreter::new(&shaders::interpreter(Variant::default()))?;
        Ok(translate::translate(&interpreter, &self.control, &self.runs, &self.start, self.most))
    }
}

/// Lets a software adapter's driver compile a pipeline, which it does at the first dispatch only, and all slices would wait
/// behind that: so on a device of its own. The driver keeps what it compiled on disk.
pub(in crate::machine) fn warm_up(gpu: &Gpu, shader: &gpu::Shader, checked: bool) -> Result<(), Error> {
    let other = Gpu::open(&Options {
        adapter: Some(gpu.info().name.clone()),
        buffers: Some(gpu.storage_buffers()),
        ..Options::default()
    })?;
    run_on_nothing(&other, &other.pipeline(shader, checked)?)
}

/// One dispatch over buffers of zeros: no lanes.
pub(in crate::machine) fn run_on_nothing(gpu: &Gpu, pipeline: &Pipeline) -> Result<(), Error> {
    let usage = BufferUsages::STORAGE | BufferUsages::UNIFORM;
    let buffer = |_| gpu.buffer("nothing", 4096, usage);
    let buffers = pipeline.bindings().iter().map(buffer).collect::<Result<Vec<_>, _>>()?;
    let bound = pipeline.bindings().iter().zip(&buffers);
    let bound: Vec<_> = bound.map(|(binding, buffer)| (binding.name.as_str(), buffer)).collect();
    pass::dispatch(gpu, &pipeline.bind(gpu, &bound)?, 1)?;
    Ok(gpu.wait()?)
}

impl Machine {
    /// What is translated now.
    pub fn translation(&self) -> Option<TranslationReport> {
        self.translation.active.as_ref().map(|active| active.made.report)
    }

    /// Lets nothing be translated for now, or lets it again.
    pub(crate) fn hold_translation(&mut self, hold: bool) {
        self.translation.held = hold;
    }

    /// The WGSL functions that the code reached from the lanes' program counters is translated to.
    pub fn translated_wgsl(&mut self) -> Result<String, Error> {
        self.flush()?;
        let start = self.entries()?;
        let recipe = self.recipe(start)?;
        Ok(on_a_thread(|| recipe.translate())?.wgsl)
    }

    /// The pipeline that slices run.
    pub(in crate::machine) fn slice_pipeline(&mut self) -> Result<Pipeline, Error> {
        match &self.translation.active {
            Some(active) if self.coverage.is_none() && self.prefetch != Prefetch::Trace => {
                Ok(active.made.pipeline.clone())
            }
            _ => {
                let variant = self.variant(self.can_prefetch() && self.ahead_watch.notices());
                Ok(self.pipelines.interpreter(&self.gpu, self.checked, variant)?.clone())
            }
        }
    }

    /// The interpreter that fits what is wanted now; `notices`: it takes note of accesses that pages are copied ahead by.
    pub(in crate::machine) fn variant(&self, notices: bool) -> Variant {
        let Dispatch { mode, per_instruction } = self.networks.dispatch;
        let misses = match self.prefetch {
            Prefetch::Trace => Misses::Traced,
            _ if notices => Misses::Kept(self.prefetch.kept()),
            _ => Misses::Ignored,
        };
        let watch = match per_instruction {
            true => Watch::Kernels(mode),
            false => Watch::Lanes { loops: self.can_notice_loops(), misses },
        };
        Variant { watch, calls: self.calls, coverage: self.coverage }
    }

    /// Whether what runs can be translated as it is. Loops that are to be run as a whole are not, unless all code is.
    pub(in crate::machine) fn can_translate(&self) -> bool {
        let loops = self.loops != Loops::Off && self.translation.mode != Translate::All;
        let traces = self.prefetch == Prefetch::Trace;
        !self.translation.held
            && !self.networks.dispatch.per_instruction
            && self.coverage.is_none()
            && !loops
            && !traces
    }

    /// Translates the code before anything runs, if that is wanted and not done.
    pub(in crate::machine) fn translate(&mut self) -> Result<(), Error> {
        if self.translation.mode == Translate::Auto && self.can_translate() {
            return self.remember();
        }
        if self.translation.mode != Translate::All || !self.can_translate() || self.translation.active.is_some() {
            return Ok(());
        }
        let start = self.entries()?;
        let recipe = self.recipe(start)?;
        let made = on_a_thread(|| recipe.make())?;
        self.take_over(made)
    }

    /// Slices from now on run this.
    pub(in crate::machine) fn take_over(&mut self, made: Made) -> Result<(), Error> {
        // The heads of the one before.
        for bank in self.banks.iter().filter(|bank| bank.memory.is_some()) {
            self.translation.place_heads(&self.gpu, &bank.code().control_words, false);
        }
        let words = word_buffer(&self.gpu, &made.translated.words)?;
        self.translation.active = Some(Active { made, words });
        for bank in &mut self.banks {
            bank.binding = None;
        }
        Ok(())
    }

    /// Makes a bank's control words those that the slice's pipeline goes by.
    pub(in crate::machine) fn place_heads(&self, control_words: &Buffer) {
        self.translation.place_heads(&self.gpu, control_words, self.coverage.is_none());
    }

    /// The lanes' program counters.
    fn entries(&mut self) -> Result<Start, Error> {
        let mut entries = BTreeSet::new();
        for lane in 0..self.lanes() {
            entries.insert(self.pc(lane)?);
        }
        let runs = self.code_runs();
        Ok(Start::Entries(entries.into_iter().filter_map(|pc| index_of(&runs, pc)).collect()))
    }

    /// Where code is that all lanes share.
    pub(in crate::machine) fn code_runs(&self) -> Vec<Run> {
        let map = CodeMap::new(self.layouts.runs(), self.image.code_pages());
        map.runs.iter().map(|&(first, end, delta)| Run { first, end, delta }).collect()
    }

    /// What a translation is made from.
    pub(in crate::machine) fn recipe(&self, start: Start) -> Result<Recipe, Error> {
        let code = self.banks[0].code();
        let data = self.gpu.download(&[(&code.control_words, 0..u64::from(code.lane_code) * 16)])?;
        let mut control: Vec<[u32; 4]> = bytemuck::pod_collect_to_vec(&data[0]);
        if let Some(active) = &self.translation.active {
            for head in &active.made.translated.heads {
                control[head.index as usize] = active.made.translated.words[head.word as usize];
            }
        }
        Ok(Recipe {
            gpu: self.gpu.clone(),
            checked: self.checked,
            calls: self.calls,
            // It is not made again when pages begin to be copied ahead.
            prefetch: self.can_prefetch().then(|| self.prefetch.kept()),
            control,
            runs: self.code_runs(),
            start,
            most: self.translation.most,
            store: self.translation.store.clone(),
            ahead: self.translation.mode == Translate::Auto,
            shared: self.translation.shared.clone(),
            have: self.translation.version(),
        })
    }
}

/// The control word of the instruction at an address.
pub(in crate::machine) fn index_of(runs: &[Run], pc: u64) -> Option<u32> {
    runs.iter().find_map(|run| {
        let distance = pc.wrapping_sub(run.delta);
        let inside = (u64::from(run.first)..u64::from(run.end)).contains(&(distance / 4));
        (distance % 4 == 0 && inside).then_some((distance / 4) as u32)
    })
}

fn on_a_thread<T: Send>(work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("translate".to_owned()).stack_size(STACK);
        let thread = thread.spawn_scoped(scope, work).map_err(|error| failed(&error.to_string()))?;
        thread.join().unwrap_or_else(|_| Err(failed("the translator panicked")))
    })
}

pub(in crate::machine) fn failed(message: &str) -> Error {
    gpu::Error::Internal { what: "translating".to_owned(), message: message.to_owned() }.into()
}

fn word_buffer(gpu: &Gpu, words: &[[u32; 4]]) -> Result<Buffer, Error> {
    let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
    let buffer = gpu.buffer("translated_words", (words.len().max(1) * 16) as u64, usage)?;
    gpu.upload(&buffer, 0, bytemuck::cast_slice(words));
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_unless_asked_depends_on_the_adapter() {
        for adapter in [DeviceType::DiscreteGpu, DeviceType::IntegratedGpu, DeviceType::VirtualGpu] {
            assert_eq!(Translate::AutoOnGpu.on(adapter), Translate::Auto);
        }
        assert_eq!(Translate::AutoOnGpu.on(DeviceType::Cpu), Translate::Off);
        for asked in [Translate::Off, Translate::All, Translate::Auto] {
            assert_eq!(asked.on(DeviceType::Cpu), asked);
        }
    }
}
