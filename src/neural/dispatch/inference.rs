//! Inference over batches of words: the counterpart of `wgsl/neural/infer_dispatch.wgsl`.

use super::shaders;
use super::shapes::DispatchNetwork;
use crate::gpu::{self, Buffer, Gpu, Pipeline};
use crate::neural::weights::{Weights, WeightsError};
use std::time::{Duration, Instant};
use wgpu::BufferUsages;

/// Outputs of a dispatch network, one for each kernel.
pub const LOGITS: usize = 7;
/// Invocations of a workgroup.
pub(super) const WORKGROUP: u32 = 64;
/// Words of one pass.
const BATCH: usize = 1 << 20;

/// Why inference failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Gpu(#[from] gpu::Error),
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

/// A dispatch network on a GPU.
pub struct DispatchInference {
    gpu: Gpu,
    pipeline: Pipeline,
    buffers: [Buffer; 2],
}

/// A buffer of a network's weights, as the shaders bind it: in `vec4`s, zeros behind.
pub(crate) fn weight_buffer(gpu: &Gpu, network: DispatchNetwork, weights: &Weights) -> Result<Buffer, Error> {
    let weights = weights.of(network)?;
    let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
    let buffer = gpu.buffer(network.name(), weights.len().next_multiple_of(4) as u64 * 4, usage)?;
    gpu.upload(&buffer, 0, bytemuck::cast_slice(&weights));
    Ok(buffer)
}

impl DispatchInference {
    /// Compiles the network and uploads its weights.
    pub fn new(gpu: &Gpu, network: DispatchNetwork, weights: &Weights) -> Result<Self, Error> {
        let [simple, embedding] = DispatchNetwork::ALL.map(|network| weight_buffer(gpu, network, weights));
        Ok(Self {
            gpu: gpu.clone(),
            pipeline: gpu.pipeline(&shaders::infer(network), true)?,
            buffers: [simple?, embedding?],
        })
    }

    /// The logits of each word, and the time that the GPU's passes took.
    pub fn run(&self, words: &[u32]) -> Result<(Vec<[f32; LOGITS]>, Duration), Error> {
        let mut all = Vec::with_capacity(words.len());
        let mut time = Duration::ZERO;
        for batch in words.chunks(BATCH) {
            let (logits, took) = self.pass(batch)?;
            all.extend(logits);
            time += took;
        }
        Ok((all, time))
    }

    fn pass(&self, words: &[u32]) -> Result<(Vec<[f32; LOGITS]>, Duration), Error> {
        let gpu = &self.gpu;
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let size = words.len() as u64 * 32;
        let input = gpu.buffer("words", words.len() as u64 * 4, usage)?;
        let output = gpu.buffer("outputs", size, usage)?;
        let params = gpu.buffer("batch", 8, BufferUsages::UNIFORM | BufferUsages::COPY_DST)?;
        gpu.upload(&input, 0, bytemuck::cast_slice(words));
        let count = words.len() as u32;
        let groups = count.div_ceil(WORKGROUP).min(gpu.limits().max_compute_workgroups_per_dimension);
        let row = groups * WORKGROUP;
        gpu.upload(&params, 0, bytemuck::cast_slice(&[count, row]));
        let bound = self.pipeline.bind(
            gpu,
            &[
                ("dispatch_weights", &self.buffers[0]),
                ("embedding_weights", &self.buffers[1]),
                ("batch", &params),
                ("words", &input),
                ("outputs", &output),
            ],
        )?;
        let commands = gpu.guard("inference", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            {
                let mut pass = encoder.begin_compute_pass(&Default::default());
                bound.set(&mut pass);
                pass.dispatch_workgroups(groups, count.div_ceil(row.max(1)), 1);
            }
            encoder.finish()
        })?;
        let started = Instant::now();
        gpu.submit_and_wait(commands)?;
        let took = started.elapsed();
        let bytes = gpu.download(&[(&output, 0..size)])?;
        let rows: Vec<[f32; 8]> = bytemuck::pod_collect_to_vec(&bytes[0]);
        Ok((rows.iter().map(|row| std::array::from_fn(|n| row[n])).collect(), took))
    }
}
