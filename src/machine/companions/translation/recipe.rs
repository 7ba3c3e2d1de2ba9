//! How a translation is made, on any thread, and how machines share it.

use crate::gpu::{self, Gpu, Pipeline};
use crate::machine::Error;
use crate::machine::companions::background::{failed, run_on_nothing, warm_up};
use crate::machine::options::Kept;
use crate::machine::personality::Personality;
use crate::machine::shaders::{self, Variant};
use crate::translate::{self, Bounds, Interpreter, Key, Limit, Progress, Run, Stage, Start, Store, Translated};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use wgpu::DeviceType;

/// Evaluation nests as deeply as the interpreter's functions, writing as deeply as expressions and loops.
pub const STACK: usize = 256 << 20;

/// What was translated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TranslationReport {
    /// Straight runs of instructions.
    pub blocks: usize,
    /// Instructions in them.
    pub instructions: usize,
    /// Time to make the WGSL.
    pub translate: Duration,
    /// Time that the driver took for it, also of those that compile at the first dispatch only.
    pub compile: Duration,
    /// Why there is no more of it; the rest is interpreted.
    pub limit: Option<Limit>,
}

/// Translations that threads are making.
static UNDER_WAY: AtomicU32 = AtomicU32::new(0);

/// Whether a machine of this process has a translation made by a thread that nobody waits for any more, or not yet. A
/// driver's compiler does not bear that a process ends around it as usual: it has to be `_exit` then.
pub fn is_translating() -> bool {
    UNDER_WAY.load(Ordering::Acquire) != 0
}

/// One of [`UNDER_WAY`], as long as there is this.
pub struct UnderWay;

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
    pub fn version(&self) -> u32 {
        self.shared.version.load(Ordering::Acquire)
    }

    fn latest(&self) -> MutexGuard<'_, Option<Published>> {
        // What is there is whole, also where a thread panicked.
        self.shared.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All that it takes to make a translation, on any thread.
pub struct Recipe {
    pub gpu: Gpu,
    pub checked: bool,
    pub personality: Personality,
    pub prefetch: Option<Kept>,
    pub vectors: bool,
    pub control: Vec<[u32; 4]>,
    pub runs: Vec<Run>,
    pub start: Start,
    pub bounds: Bounds,
    pub progress: Progress,
    pub store: Option<Store>,
    /// The places that it starts from are those that the store had.
    pub remembered: bool,
    /// Slices may run meanwhile.
    pub ahead: bool,
    pub shared: Translations,
    /// Which of the shared translations there is already.
    pub have: u32,
}

/// A translation with its pipeline.
pub struct Made {
    pub pipeline: Pipeline,
    pub translated: Arc<Translated>,
    /// What is not translated may be floating point or SIMD.
    pub vectors: bool,
    /// Which of the shared ones it is.
    pub version: u32,
    pub report: TranslationReport,
}

impl Recipe {
    pub fn make(&self) -> Result<Made, Error> {
        let made = self.make_all();
        self.progress.set(Stage::Idle);
        made
    }

    fn make_all(&self) -> Result<Made, Error> {
        let key = self.key();
        let mut latest = self.shared.latest();
        let started = Instant::now();
        let other = latest.clone().filter(|other| other.key == key && other.version > self.have);
        let is_new = other.is_none();
        let (translated, version) = match other {
            Some(other) => (other.translated, other.version),
            None => (Arc::new(self.translate()?), self.shared.version() + 1),
        };
        let translate = started.elapsed();
        let started = Instant::now();
        self.progress.set(Stage::Compiling { instructions: translated.instructions });
        let shader = shaders::translated(self.personality, self.prefetch, self.vectors, translated.wgsl.clone());
        let late = self.gpu.info().device_type == DeviceType::Cpu;
        if late && self.ahead {
            warm_up(&self.gpu, &shader, self.checked)?;
        }
        let pipeline = self.pipeline(&shader)?;
        if late && !self.ahead {
            run_on_nothing(&self.gpu, &pipeline)?;
        }
        let report = TranslationReport {
            blocks: translated.blocks,
            instructions: translated.instructions,
            translate,
            compile: started.elapsed(),
            limit: translated.limit,
        };
        log::debug!("translated: {report:?}");
        if let (true, false, Start::Seen(seen), Some(store)) = (is_new, self.remembered, &self.start, &self.store) {
            store.save_places(Key::of_code(&self.control, &self.runs, ""), seen);
        }
        *latest = Some(Published { key, version, translated: translated.clone() });
        self.shared.shared.version.store(version, Ordering::Release);
        Ok(Made { pipeline, translated, vectors: self.vectors, version, report })
    }

    /// Compiles it, by what the driver has kept of it, if it gives that away.
    fn pipeline(&self, shader: &gpu::Shader) -> Result<Pipeline, Error> {
        let key = Key::of_pipeline(&shader.source(), self.checked, self.gpu.info());
        let (Some(store), Some(key)) = (&self.store, key) else { return Ok(self.gpu.pipeline(shader, self.checked)?) };
        let kept = store.load_pipeline(key);
        // SAFETY: files are named by a hash of wgpu's key for the adapter, its name and its driver, so what this one has is
        // what a call of this function on an adapter and driver alike was given here; and by a checksum it is whole. The
        // folder is this user's alone: who writes other files there can as well replace programs of this user.
        let (pipeline, data) = unsafe { self.gpu.pipeline_by(shader, self.checked, kept.as_deref())? };
        if let Some(data) = data.filter(|data| kept.as_ref() != Some(data)) {
            store.save_pipeline(key, &data);
        }
        Ok(pipeline)
    }

    /// What machines that share a translation have to have in common.
    fn key(&self) -> Key {
        let kind = match &self.start {
            Start::Entries(entries) => format!("{:?} from {entries:?}", self.bounds),
            Start::Seen(_) => format!("{:?} seen", self.bounds),
        };
        Key::of_code(
            &self.control,
            &self.runs,
            &format!("{kind} {} {:?} {}", self.personality.name, self.prefetch, self.vectors),
        )
    }

    /// Makes the WGSL. Wants a deep stack.
    pub fn translate(&self) -> Result<Translated, Error> {
        if matches!(&self.start, Start::Seen(seen) if seen.is_empty()) {
            return Err(failed("what was to be taken over is of another program"));
        }
        let interpreter = Interpreter::new(&shaders::interpreter(Variant::default()))?;
        Ok(translate::translate(&interpreter, &self.control, &self.runs, &self.start, self.bounds, &self.progress))
    }
}

pub fn on_a_thread<T: Send>(work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("translate".to_owned()).stack_size(STACK);
        let thread = thread.spawn_scoped(scope, work).map_err(|error| failed(&error.to_string()))?;
        thread.join().unwrap_or_else(|_| Err(failed("the translator panicked")))
    })
}
