//! Pipelines of passes, each made when it is first needed.

use crate::gpu::{self, Gpu, Pipeline};
use crate::machine::Error;
use crate::machine::options::DispatchMode;
use crate::machine::shaders::{self, Pass, Variant};
use std::collections::HashMap;
use std::panic::resume_unwind;
use std::thread::ScopedJoinHandle;

/// Pipelines, each made when it is first needed.
#[derive(Default)]
pub struct Passes {
    made: HashMap<Pass, Pipeline>,
    /// The interpreter in the variants that were wanted.
    interpreters: Vec<(Variant, Pipeline)>,
    predict_lanes: Option<Pipeline>,
}

impl Passes {
    pub fn pass(&mut self, gpu: &Gpu, pass: Pass) -> Result<Pipeline, Error> {
        if let Some(pipeline) = self.made.get(&pass) {
            return Ok(pipeline.clone());
        }
        let pipeline = gpu.pipeline(&pass.shader(), true)?;
        Ok(self.made.entry(pass).or_insert(pipeline).clone())
    }

    /// The interpreter in a variant.
    pub fn interpreter(&mut self, gpu: &Gpu, checked: bool, variant: Variant) -> Result<Pipeline, Error> {
        if let Some((_, pipeline)) = self.interpreters.iter().find(|(made, _)| made.is(&variant)) {
            return Ok(pipeline.clone());
        }
        let pipeline = gpu.pipeline(&shaders::interpreter(variant), checked)?;
        self.keep_interpreter(variant, pipeline.clone());
        Ok(pipeline)
    }

    /// Takes an interpreter that another thread has made.
    pub fn keep_interpreter(&mut self, variant: Variant, pipeline: Pipeline) {
        self.interpreters.push((variant, pipeline));
    }

    /// What predicts kernels for what lanes fetched last; there is one mode of a machine.
    pub fn predict_lanes(&mut self, gpu: &Gpu, mode: DispatchMode) -> Result<Pipeline, Error> {
        let made = match self.predict_lanes.take() {
            Some(pipeline) => pipeline,
            None => gpu.pipeline(&shaders::predict_lanes(mode), true)?,
        };
        Ok(self.predict_lanes.insert(made).clone())
    }

    /// Makes those that every restart and its growing memory need, all at once.
    pub fn prepare(&mut self, gpu: &Gpu) -> Result<(), Error> {
        let wanted = [Pass::Capture, Pass::Restore, Pass::Refill, Pass::WriteRows, Pass::Survey, Pass::MoveFrames];
        let missing = wanted.into_iter().filter(|pass| !self.made.contains_key(pass));
        let made = std::thread::scope(|scope| {
            let make = |pass: Pass| (pass, scope.spawn(move || gpu.pipeline(&pass.shader(), true)));
            let threads: Vec<_> = missing.map(make).collect();
            let join = |(pass, thread): (Pass, ScopedJoinHandle<Result<Pipeline, gpu::Error>>)| {
                Ok((pass, thread.join().unwrap_or_else(|panic| resume_unwind(panic))?))
            };
            threads.into_iter().map(join).collect::<Result<Vec<_>, Error>>()
        })?;
        self.made.extend(made);
        Ok(())
    }
}
