//! Translated code of a machine: when it is made, and how the lanes come by it.

use super::code::CodeMap;
use super::shaders::Variant;
use super::{Error, Machine, shaders};
use crate::gpu::{self, Gpu, Pipeline};
use crate::isa::control::{OPERATION_SHIFT, SYSTEM, SYSTEM_TRANSLATED};
use crate::translate::{self, Head, Interpreter, Run, Translated};
use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};
use wgpu::BufferUsages;

/// Instructions that are translated unless another number is asked for.
pub(super) const MOST_INSTRUCTIONS: usize = 20_000;
const STACK: usize = 256 << 20;

/// Whether code is translated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Translate {
    /// Everything is interpreted.
    #[default]
    Off,
    /// What can be reached from the lanes' program counters is translated before anything runs.
    All,
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

/// The translation of the image's code.
pub(super) struct Translation {
    mode: Translate,
    most: usize,
    active: Option<Active>,
}

struct Active {
    pipeline: Pipeline,
    words: wgpu::Buffer,
    /// Each head with the control word that was there.
    heads: Vec<(Head, [u32; 4])>,
    report: TranslationReport,
}

impl Translation {
    pub fn new(mode: Translate, most: usize) -> Translation {
        Translation { mode, most, active: None }
    }

    /// Whether there is translated code.
    pub fn active(&self) -> bool {
        self.active.is_some()
    }

    /// There is other code.
    pub fn forget(&mut self) {
        self.active = None;
    }

    /// What a pipeline with translated code binds besides the interpreter's buffers.
    pub fn buffers(&self) -> Option<(u32, u32, &wgpu::Buffer)> {
        self.active.as_ref().map(|active| (1, 9, &active.words))
    }

    /// Puts the heads of blocks in place of the instructions there, or the instructions back.
    pub fn place_heads(&self, gpu: &Gpu, control_words: &wgpu::Buffer, translated: bool) {
        for (head, own) in self.active.iter().flat_map(|active| &active.heads) {
            let begin = SYSTEM | SYSTEM_TRANSLATED << OPERATION_SHIFT;
            let word = if translated { [begin, head.word, head.block, u32::from(head.flags)] } else { *own };
            gpu.upload(control_words, u64::from(head.index) * 16, bytemuck::cast_slice(&word));
        }
    }
}

impl Machine {
    /// What is translated now.
    pub fn translation(&self) -> Option<TranslationReport> {
        self.translation.active.as_ref().map(|active| active.report)
    }

    /// The WGSL function that the code reached from the lanes' program counters is translated to.
    pub fn translated_wgsl(&mut self) -> Result<String, Error> {
        self.flush()?;
        Ok(self.make_translation()?.wgsl)
    }

    /// The pipeline that slices run.
    pub(super) fn slice_pipeline(&mut self) -> Result<Pipeline, Error> {
        match &self.translation.active {
            Some(active) if self.coverage.is_none() => Ok(active.pipeline.clone()),
            _ => {
                let (dispatch, calls, coverage) = (self.networks.dispatch, self.calls, self.coverage);
                let variant = Variant { dispatch, calls, coverage, loops: self.loop_flags() != 0 };
                Ok(self.pipelines.interpreter(&self.gpu, self.checked, variant)?.clone())
            }
        }
    }

    /// Translates the code, if that is wanted and not done.
    pub(super) fn translate(&mut self) -> Result<(), Error> {
        if self.translation.mode == Translate::Off
            || self.networks.dispatch.per_instruction
            || self.coverage.is_some()
            || self.translation.active.is_some()
        {
            return Ok(());
        }
        let started = Instant::now();
        let translated = self.make_translation()?;
        let translate = started.elapsed();
        let started = Instant::now();
        let shader = shaders::translated(self.networks.dispatch, self.calls, translated.wgsl.clone());
        let pipeline = self.gpu.pipeline(&shader, self.checked)?;
        let report = TranslationReport {
            blocks: translated.blocks,
            instructions: translated.instructions,
            translate,
            compile: started.elapsed(),
        };
        log::debug!("translated: {report:?}");
        let own = |head: &Head| translated.words[head.word as usize];
        let heads = translated.heads.iter().map(|head| (*head, own(head))).collect();
        let words = word_buffer(&self.gpu, &translated.words)?;
        self.translation.active = Some(Active { pipeline, words, heads, report });
        for bank in &mut self.banks {
            bank.binding = None;
        }
        Ok(())
    }

    fn make_translation(&mut self) -> Result<Translated, Error> {
        let interpreter = Interpreter::new(&shaders::interpreter(Variant::default()))?;
        let map = CodeMap::new(self.layouts.runs(), self.image.code_pages());
        let runs: Vec<Run> = map.runs.iter().map(|&(first, end, delta)| Run { first, end, delta }).collect();
        let index = |pc: u64| {
            runs.iter().find_map(|run| {
                let distance = pc.wrapping_sub(run.delta);
                let inside = (u64::from(run.first)..u64::from(run.end)).contains(&(distance / 4));
                (distance % 4 == 0 && inside).then_some((distance / 4) as u32)
            })
        };
        let mut entries = BTreeSet::new();
        for lane in 0..self.lanes() {
            entries.insert(self.pc(lane)?);
        }
        let entries: Vec<u32> = entries.into_iter().filter_map(index).collect();
        let code = self.banks[0].code();
        let data = self.gpu.download(&[(&code.control_words, 0..u64::from(code.lane_code) * 16)])?;
        let control: Vec<[u32; 4]> = bytemuck::pod_collect_to_vec(&data[0]);
        let most = self.translation.most;
        // Evaluation nests as deeply as the interpreter's functions, writing as deeply as expressions and loops.
        thread::scope(|scope| {
            let work = || translate::translate(&interpreter, &control, &runs, &entries, most);
            let thread = thread::Builder::new().name("translate".to_owned()).stack_size(STACK);
            let thread = thread.spawn_scoped(scope, work).map_err(|error| failed(&error.to_string()))?;
            thread.join().map_err(|_| failed("the translator panicked"))
        })
    }
}

fn failed(message: &str) -> Error {
    gpu::Error::Internal { what: "translating".to_owned(), message: message.to_owned() }.into()
}

fn word_buffer(gpu: &Gpu, words: &[[u32; 4]]) -> Result<wgpu::Buffer, Error> {
    let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
    let buffer = gpu.buffer("translated_words", (words.len().max(1) * 16) as u64, usage)?;
    gpu.upload(&buffer, 0, bytemuck::cast_slice(words));
    Ok(buffer)
}
