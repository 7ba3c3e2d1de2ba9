//! Inference of the networks that look at loops: the counterpart of `wgsl/neural/loop_detector.wgsl` and
//! `pattern_recognizer.wgsl`.

use super::inference::Error;
use super::loop_shapes::LoopNetwork;
use super::loop_steps::Program;
use super::npy::{NpyError, read_npy};
use super::weights::WeightsError;
use crate::gpu::{Gpu, Pipeline, Shader};
use std::path::Path;
use wgpu::{Buffer, BufferUsages};

/// Bodies of one pass.
const BATCH: usize = 64;

/// One of the networks on a GPU.
pub struct LoopInference {
    gpu: Gpu,
    network: LoopNetwork,
    pipeline: Pipeline,
    weights: Buffer,
    steps: Buffer,
    /// Floats between layers, of one body.
    scratch: u32,
}

/// The weights of a network from a `.npy` file of as many floats as it has.
pub fn read_loop_weights(network: LoopNetwork, path: &Path) -> Result<Vec<f32>, WeightsError> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| NpyError::Io { file: name.clone(), error })?;
    let (_, weights) = read_npy(&name, &bytes, "<f4")?;
    check(network, &name, &weights)?;
    Ok(weights)
}

fn check(network: LoopNetwork, source: &str, weights: &[f32]) -> Result<(), WeightsError> {
    let source_name = source.to_owned();
    let (expected, found) = (network.parameters(), weights.len());
    if expected != found {
        return Err(WeightsError::Length { source_name, network: network.name(), expected, found });
    }
    match weights.iter().enumerate().find(|(_, weight)| !weight.is_finite()) {
        Some((index, &value)) => Err(WeightsError::NotFinite { source_name, index, value }),
        None => Ok(()),
    }
}

/// A network as a shader.
pub(super) fn shader(network: LoopNetwork) -> Shader {
    let (name, file, text) = match network {
        LoopNetwork::Detector => {
            ("loop_detector", "neural/loop_detector.wgsl", include_str!("../../wgsl/neural/loop_detector.wgsl"))
        }
        LoopNetwork::Recognizer => (
            "pattern_recognizer",
            "neural/pattern_recognizer.wgsl",
            include_str!("../../wgsl/neural/pattern_recognizer.wgsl"),
        ),
    };
    let chunks = vec![
        ("generated network constants", Program::new(network).wgsl().into()),
        (file, text.into()),
        ("lib/nn_sequence.wgsl", include_str!("../../wgsl/lib/nn_sequence.wgsl").into()),
    ];
    Shader { name, chunks }
}

impl LoopInference {
    /// Compiles the network and uploads its weights, of which there must be as many as it has.
    pub fn new(gpu: &Gpu, network: LoopNetwork, weights: &[f32]) -> Result<Self, Error> {
        check(network, "the weights given", weights)?;
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let buffer = gpu.buffer(network.name(), weights.len().next_multiple_of(4) as u64 * 4, usage)?;
        gpu.upload(&buffer, 0, bytemuck::cast_slice(weights));
        let program = Program::new(network);
        let steps = gpu.buffer("steps", size_of_val(&program.steps[..]) as u64, usage)?;
        gpu.upload(&steps, 0, bytemuck::cast_slice(&program.steps));
        let pipeline = gpu.pipeline(&shader(network), true)?;
        Ok(Self { gpu: gpu.clone(), network, pipeline, weights: buffer, steps, scratch: program.scratch })
    }

    /// The outputs, [`LoopNetwork::outputs`] floats for each input of [`LoopNetwork::input_words`] words. Words behind
    /// the last whole input are ignored.
    pub fn run(&self, inputs: &[u32]) -> Result<Vec<f32>, Error> {
        let size = self.network.input_words();
        let whole = inputs.len() / size * size;
        let mut all = Vec::new();
        for batch in inputs[..whole].chunks(BATCH * size) {
            all.extend(self.pass(batch)?);
        }
        Ok(all)
    }

    fn pass(&self, inputs: &[u32]) -> Result<Vec<f32>, Error> {
        let gpu = &self.gpu;
        let count = inputs.len() / self.network.input_words();
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let bytes = (count * self.network.outputs() * 4) as u64;
        let bodies = gpu.buffer("bodies", inputs.len() as u64 * 4, usage)?;
        gpu.upload(&bodies, 0, bytemuck::cast_slice(inputs));
        let outputs = gpu.buffer("outputs", bytes, usage)?;
        let scratch = gpu.buffer("scratch", count as u64 * u64::from(self.scratch) * 4, usage)?;
        let weights = match self.network {
            LoopNetwork::Detector => (0, 7, &self.weights),
            LoopNetwork::Recognizer => (1, 4, &self.weights),
        };
        let groups = self
            .pipeline
            .bind(gpu, &[weights, (1, 1, &bodies), (1, 2, &outputs), (1, 3, &scratch), (1, 5, &self.steps)])?;
        let commands = gpu.guard("inference", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            {
                let mut pass = encoder.begin_compute_pass(&Default::default());
                pass.set_pipeline(self.pipeline.raw());
                for (index, group) in groups.iter().enumerate() {
                    pass.set_bind_group(index as u32, group, &[]);
                }
                pass.dispatch_workgroups(count as u32, 1, 1);
            }
            encoder.finish()
        })?;
        gpu.submit_and_wait(commands)?;
        let data = gpu.download(&[(&outputs, 0..bytes)])?;
        Ok(bytemuck::pod_collect_to_vec(&data[0]))
    }
}
