//! Inference of the networks that look at loops: the counterpart of `wgsl/neural/loop_detector.wgsl` and
//! `pattern_recognizer.wgsl`.

use super::inference::Error;
use super::loop_shapes::LoopNetwork;
use super::loop_steps::Program;
use super::weights::WeightsError;
use crate::gpu::{Buffer, Gpu, Pipeline, Shader};
use crate::npy;
use std::borrow::Cow;
use std::path::Path;
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
    /// Uploads the weights, of which there must be as many as the network has.
    pub fn new(gpu: &Gpu, network: LoopNetwork, weights: &[f32]) -> Result<Self, Error> {
        check(network, "the weights given", weights)?;
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let buffer = gpu.buffer(network.name(), weights.len().next_multiple_of(4) as u64 * 4, usage)?;
        gpu.upload(&buffer, 0, bytemuck::cast_slice(weights));
        let program = Program::new(network);
        let steps = gpu.buffer("steps", size_of_val(&program.steps[..]) as u64, usage)?;
        gpu.upload(&steps, 0, bytemuck::cast_slice(&program.steps));
        Ok(Self { weights: buffer, steps, scratch: program.scratch })
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

/// The trained weights of both networks that look at loops, or others.
#[derive(Clone, Debug, PartialEq)]
pub struct LoopWeights {
    pub(crate) detector: Vec<f32>,
    pub(crate) recognizer: Vec<f32>,
}

impl LoopWeights {
    /// The trained weights that come with the crate.
    pub fn built_in() -> Result<Self, WeightsError> {
        let detector: &[u8] = include_bytes!("../../weights/loop_detector_v2_weights.npy");
        let recognizer: &[u8] = include_bytes!("../../weights/pattern_recognizer_weights.npy");
        let read = |bytes| Ok::<_, WeightsError>(npy::parse("built in", bytes)?.values);
        Self::new(read(detector)?, read(recognizer)?)
    }

    /// Those in a folder, under the names that [`LoopNetwork::file`] gives.
    ///
    /// # Errors
    /// If a file is not there, is no `.npy` file of floats, or does not hold as many as the network has.
    pub fn read(directory: &Path) -> Result<Self, WeightsError> {
        let [detector, recognizer] =
            LoopNetwork::ALL.map(|network| read_loop_weights(network, &directory.join(network.file())));
        Self::new(detector?, recognizer?)
    }

    /// Weights of the caller's.
    pub fn new(detector: Vec<f32>, recognizer: Vec<f32>) -> Result<Self, WeightsError> {
        check(LoopNetwork::Detector, "the weights given", &detector)?;
        check(LoopNetwork::Recognizer, "the weights given", &recognizer)?;
        Ok(Self { detector, recognizer })
    }

    /// Those of one network.
    pub fn of(&self, network: LoopNetwork) -> &[f32] {
        match network {
            LoopNetwork::Detector => &self.detector,
            LoopNetwork::Recognizer => &self.recognizer,
        }
    }
}

/// The weights of a network from a `.npy` file of as many floats as it has.
pub fn read_loop_weights(network: LoopNetwork, path: &Path) -> Result<Vec<f32>, WeightsError> {
    let name = path.display().to_string();
    let weights = npy::read(path)?.into_vector().map_err(|reason| reason.of(&name))?;
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

/// A network as a shader that is given bodies side by side.
pub(super) fn shader(network: LoopNetwork) -> Shader {
    let given = "const NN_MOST = 0xffffffffu;\nfn nn_body(group: u32) -> u32 { return group * NN_INPUT; }\n";
    shader_given(network, ("generated place of bodies", given.into()))
}

/// A network as a shader, with the text that says where bodies are.
pub(crate) fn shader_given(network: LoopNetwork, given: (&'static str, Cow<'static, str>)) -> Shader {
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
        given,
        ("lib/nn_sequence.wgsl", include_str!("../../wgsl/lib/nn_sequence.wgsl").into()),
    ];
    Shader { name, chunks, shares: &[] }
}

impl LoopInference {
    /// Compiles the network and uploads its weights, of which there must be as many as it has.
    pub fn new(gpu: &Gpu, network: LoopNetwork, weights: &[f32]) -> Result<Self, Error> {
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
