//! Who chooses the kernel of an instruction: the table, or a network whose choice the table checks.

use crate::gpu::{Buffer, Gpu, Pipeline};
use crate::isa::Kernel;
use crate::machine::options::{Dispatch, DispatchMode};
use crate::machine::{Error, shaders};
use crate::neural::{DispatchNetwork, Weights, weight_buffer};
use std::sync::OnceLock;

/// What dispatch did with a lane's last instruction (buffers 5 and 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispatched {
    /// The kernel that was predicted.
    pub predicted: Kernel,
    /// Whether it owned the instruction.
    pub owned: bool,
    /// How many of the lane's instructions were rescued by the table; 0 unless dispatch is per instruction.
    pub rescues: u64,
}

/// How the network did on the code that was predicted ahead of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Predictions {
    /// Words of code.
    pub words: u64,
    /// Words whose kernel was not the one predicted. Words that are no instruction, or none that is implemented, belong
    /// to SYSTEM, which stops the lane.
    pub rescued: u64,
}

/// The networks' weights on the GPU.
pub(in crate::machine) struct Networks {
    pub dispatch: Dispatch,
    weights: Weights,
    predecode: OnceLock<Pipeline>,
    pub simple: Buffer,
    pub embedding: Buffer,
}

impl Networks {
    pub fn new(gpu: &Gpu, dispatch: Dispatch, weights: Weights) -> Result<Self, Error> {
        let simple = weight_buffer(gpu, DispatchNetwork::Simple, &weights)?;
        let embedding = weight_buffer(gpu, DispatchNetwork::Embedding, &weights)?;
        Ok(Self { dispatch, weights, predecode: OnceLock::new(), simple, embedding })
    }

    /// Replaces the weights of one of them.
    pub fn load(&mut self, gpu: &Gpu, network: DispatchNetwork, weights: &[f32]) -> Result<(), Error> {
        let all = self.weights.clone().with(network, weights)?;
        let predecode = std::mem::take(&mut self.predecode);
        *self = Self { predecode, ..Self::new(gpu, self.dispatch, all)? };
        Ok(())
    }

    /// The pipeline that decodes the code, and predicts its kernels.
    pub fn predecode(&self, gpu: &Gpu) -> Result<&Pipeline, Error> {
        if let Some(pipeline) = self.predecode.get() {
            return Ok(pipeline);
        }
        let Dispatch { mode, per_instruction } = self.dispatch;
        let mode = if per_instruction { DispatchMode::Opcode } else { mode };
        let pipeline = gpu.pipeline(&shaders::predecode(mode), true)?;
        Ok(self.predecode.get_or_init(|| pipeline))
    }
}
