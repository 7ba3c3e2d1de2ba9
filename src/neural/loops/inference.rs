//! Inference of the networks that look at loops: the counterpart of `wgsl/neural/loop_detector.wgsl` and
//! `pattern_recognizer.wgsl`.

use super::layers::Layers;
use super::shapes::LoopNetwork;
use crate::gpu::{Buffer, Gpu, Pipeline, Shader};
use crate::neural::dispatch::inference::Error;
use crate::neural::weights::Weights;
use std::borrow::Cow;
use wgpu::BufferUsages;

/// Bodies of one pass.
const BATCH: usize = 64;

/// One of the networks on a GPU.
pub struct LoopInference {
    gpu: Gpu,
    network: LoopNetwork,
    pipeline: Pipeline,
    tables: LoopTables,
}

/// What a network reads besides bodies.
pub(crate) struct LoopTables {
    weights: Buffer,
    steps: Buffer,
    /// Floats between layers, of one body.
    scratch: u32,
}

/// What a network writes, for some bodies.
pub(crate) struct LoopResults {
    pub outputs: Buffer,
    scratch: Buffer,
}

impl LoopTables {
    /// Uploads the network's weights.
    pub fn new(gpu: &Gpu, network: LoopNetwork, weights: &Weights) -> Result<Self, Error> {
        let weights = weights.of(network)?;
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let buffer = gpu.buffer(network.name(), weights.len().next_multiple_of(4) as u64 * 4, usage)?;
        gpu.upload(&buffer, 0, bytemuck::cast_slice(&weights));
        let layers = Layers::new(network);
        let steps = gpu.buffer("steps", size_of_val(&layers.steps[..]) as u64, usage)?;
        gpu.upload(&steps, 0, bytemuck::cast_slice(&layers.steps));
        Ok(Self { weights: buffer, steps, scratch: layers.scratch })
    }

    pub fn results(&self, gpu: &Gpu, network: LoopNetwork, count: usize) -> Result<LoopResults, Error> {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC;
        Ok(LoopResults {
            outputs: gpu.buffer("outputs", (count * network.outputs() * 4) as u64, usage)?,
            scratch: gpu.buffer("scratch", count as u64 * u64::from(self.scratch) * 4, usage)?,
        })
    }

    /// What the network binds, but for where bodies are.
    pub fn buffers<'a>(&'a self, network: LoopNetwork, results: &'a LoopResults) -> [(&'static str, &'a Buffer); 4] {
        let weights = match network {
            LoopNetwork::Detector => ("loop_weights", &self.weights),
            LoopNetwork::Recognizer => ("pattern_weights", &self.weights),
        };
        [weights, ("outputs", &results.outputs), ("scratch", &results.scratch), ("steps", &self.steps)]
    }
}

/// A network as a shader that is given bodies side by side.
pub(in crate::neural) fn shader(network: LoopNetwork) -> Shader {
    let given = "const NN_MOST = 0xffffffffu;\nfn nn_body(group: u32) -> u32 { return group * NN_INPUT; }\n";
    shader_given(network, ("generated place of bodies", given.into()))
}

/// A network as a shader, with the text that says where bodies are.
pub(crate) fn shader_given(network: LoopNetwork, given: (&'static str, Cow<'static, str>)) -> Shader {
    let (name, file, text) = match network {
        LoopNetwork::Detector => {
            ("loop_detector", "neural/loop_detector.wgsl", include_str!("../../../wgsl/neural/loop_detector.wgsl"))
        }
        LoopNetwork::Recognizer => (
            "pattern_recognizer",
            "neural/pattern_recognizer.wgsl",
            include_str!("../../../wgsl/neural/pattern_recognizer.wgsl"),
        ),
    };
    let chunks = vec![
        ("generated network constants", Layers::new(network).wgsl().into()),
        (file, text.into()),
        given,
        ("lib/nn_sequence.wgsl", include_str!("../../../wgsl/lib/nn_sequence.wgsl").into()),
    ];
    Shader { name, chunks, shares: &[] }
}

impl LoopInference {
    /// Compiles the network and uploads its weights.
    pub fn new(gpu: &Gpu, network: LoopNetwork, weights: &Weights) -> Result<Self, Error> {
        let tables = LoopTables::new(gpu, network, weights)?;
        let pipeline = gpu.pipeline(&shader(network), true)?;
        Ok(Self { gpu: gpu.clone(), network, pipeline, tables })
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
        let results = self.tables.results(gpu, self.network, count)?;
        let mut buffers = self.tables.buffers(self.network, &results).to_vec();
        buffers.push(("bodies", &bodies));
        let bound = self.pipeline.bind(gpu, &buffers)?;
        let commands = gpu.guard("inference", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            {
                let mut pass = encoder.begin_compute_pass(&Default::default());
                bound.set(&mut pass);
                pass.dispatch_workgroups(count as u32, 1, 1);
            }
            encoder.finish()
        })?;
        gpu.submit_and_wait(commands)?;
        let data = gpu.download(&[(&results.outputs, 0..bytes)])?;
        Ok(bytemuck::pod_collect_to_vec(&data[0]))
    }
}
