//! Inference of the memory oracle: the counterpart of `wgsl/neural/memory_oracle.wgsl`.

use super::events::OracleEvent;
use super::layers::arrange;
use super::reference::OracleOutput;
use super::shapes::{self, MEMORY_ORACLE, ORACLE_OUTPUTS_AT, ORACLE_STATE};
use crate::abi::{
    self, HISTORY_ASKED, HISTORY_COUNT, HISTORY_ENTRY_WORDS, HISTORY_HEADER, HISTORY_WORDS, ORACLE_HISTORY,
    STREAM_PREDICTION_WORDS, STREAM_PREDICTIONS, STREAMS,
};
use crate::gpu::{self, Buffer, Encode, Gpu, Pipeline, Shader, Timer};
use crate::neural::dispatch::inference::Error;
use crate::neural::weights::Weights;
use std::time::{Duration, Instant};
use wgpu::{BufferUsages, ComputePassDescriptor};

/// Calls of one submission.
const BATCH: usize = 256;

/// What the oracle keeps on the GPU: its weights, and the state of some streams, which begins with zeros.
#[derive(Clone)]
pub(crate) struct OracleTables {
    weights: Buffer,
    state: Buffer,
    steps: Buffer,
}

impl OracleTables {
    pub fn new(gpu: &Gpu, weights: &Weights, streams: u32) -> Result<Self, Error> {
        let (weights, steps) = arrange(&weights.of(&MEMORY_ORACLE)?);
        let make = |name, bytes: &[u8], usage| -> Result<Buffer, gpu::Error> {
            let buffer = gpu.buffer(name, bytes.len() as u64, usage | BufferUsages::COPY_DST)?;
            gpu.upload(&buffer, 0, bytes);
            Ok(buffer)
        };
        Ok(Self {
            weights: make("oracle_weights", bytemuck::cast_slice(&weights), BufferUsages::STORAGE)?,
            state: Self::state(gpu, streams)?,
            steps: make("oracle_steps", bytemuck::cast_slice(&steps), BufferUsages::UNIFORM)?,
        })
    }

    /// The same network for other streams. To arrange its weights takes milliseconds.
    pub fn of_streams(&self, gpu: &Gpu, streams: u32) -> Result<Self, gpu::Error> {
        Ok(Self { state: Self::state(gpu, streams)?, ..self.clone() })
    }

    fn state(gpu: &Gpu, streams: u32) -> Result<Buffer, gpu::Error> {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
        gpu.buffer("oracle_state", u64::from(streams) * u64::from(ORACLE_STATE) * 4, usage)
    }

    /// What the shader binds besides the history (1, 8) and the predictions (0, 11).
    pub fn buffers(&self) -> [(&'static str, &Buffer); 3] {
        [("oracle_weights", &self.weights), ("oracle_state", &self.state), ("oracle_steps", &self.steps)]
    }
}

/// The oracle over the histories of streams: a workgroup for each.
pub(crate) fn shader() -> Shader {
    let generated = format!("{}{}", abi::machine(), shapes::constants());
    let chunks = vec![
        ("generated constants of the oracle", generated.into()),
        ("lib/u64.wgsl", include_str!("../../../wgsl/lib/u64.wgsl").into()),
        ("neural/memory_oracle.wgsl", include_str!("../../../wgsl/neural/memory_oracle.wgsl").into()),
    ];
    Shader { name: "memory_oracle", chunks, shares: &[] }
}

/// What the oracle gave at the end of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct OracleRow {
    /// 8 codes of deltas, not yet rounded; 8 confidences; 4 logits of patterns.
    pub outputs: [f32; OracleOutput::LEN],
    /// Buffer 11: address (low, high), confidence as a float's bits, fate and pattern.
    pub predictions: [[u32; STREAM_PREDICTION_WORDS as usize]; STREAM_PREDICTIONS as usize],
}

/// The oracle on a GPU, for one stream after the other.
pub struct OracleInference {
    gpu: Gpu,
    pipeline: Pipeline,
    weights: Weights,
}

impl OracleInference {
    /// Compiles the network.
    pub fn new(gpu: &Gpu, weights: &Weights) -> Result<Self, Error> {
        Ok(Self { gpu: gpu.clone(), pipeline: gpu.pipeline(&shader(), true)?, weights: weights.clone() })
    }

    /// Gives the oracle a stream of events, as many at a call as `calls` says one after the other. It sees the last 32 of
    /// each call. A call of no events gives what the one before gave.
    pub fn run(&self, events: &[OracleEvent], calls: &[usize]) -> Result<Vec<OracleRow>, Error> {
        let gpu = &self.gpu;
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let tables = OracleTables::new(gpu, &self.weights, 1)?;
        let history = gpu.buffer("history", u64::from(HISTORY_WORDS) * 4, usage)?;
        gpu.upload(&history, u64::from(HISTORY_ASKED) * 4, bytemuck::cast_slice(&[1u32]));
        let predicted = u64::from(STREAM_PREDICTIONS * STREAM_PREDICTION_WORDS) * 4;
        let predictions = gpu.buffer("predictions", predicted, usage)?;
        // So that nobody takes for a prediction what was never written.
        gpu.upload(&predictions, 0, &vec![0xff; predicted as usize]);
        let mut buffers = tables.buffers().to_vec();
        buffers.extend([("history", &history), ("predictions", &predictions)]);
        let bound = self.pipeline.bind(gpu, &buffers)?;
        let mut rows = Vec::with_capacity(calls.len());
        let mut count = 0;
        for calls in calls.chunks(BATCH) {
            let mut counts = Vec::new();
            for call in calls {
                count += call;
                counts.push(count);
            }
            // The host plays the interpreter: all of a history but for how far the oracle got.
            let words: Vec<u32> = counts.iter().flat_map(|count| ring(events, *count)).collect();
            let source = gpu.buffer("histories", words.len() as u64 * 4, usage)?;
            gpu.upload(&source, 0, bytemuck::cast_slice(&words));
            let row = u64::from(shapes::ORACLE_OUTPUTS) * 4;
            let results = gpu.buffer("results", calls.len() as u64 * (row + predicted), usage)?;
            let commands = gpu.guard("inference", |device| {
                let mut encoder = device.create_command_encoder(&Default::default());
                for n in 0..calls.len() as u64 {
                    let from = n * u64::from(RING_WORDS) * 4;
                    let header = u64::from(HISTORY_HEADER) * 4;
                    encoder.copy(&source, from, &history, u64::from(HISTORY_COUNT) * 4, 4);
                    let bytes = u64::from(RING_WORDS - 1) * 4;
                    encoder.copy(&source, from + 4, &history, header, bytes);
                    {
                        let mut pass = encoder.begin_compute_pass(&Default::default());
                        bound.set(&mut pass);
                        pass.dispatch_workgroups(1, 1, 1);
                    }
                    let to = n * (row + predicted);
                    encoder.copy(&tables.state, u64::from(ORACLE_OUTPUTS_AT) * 4, &results, to, row);
                    encoder.copy(&predictions, 0, &results, to + row, predicted);
                }
                encoder.finish()
            })?;
            gpu.submit_and_wait(commands)?;
            let data = gpu.download(&[(&results, 0..results.size())])?;
            let words: Vec<u32> = bytemuck::pod_collect_to_vec(&data[0]);
            rows.extend(words.chunks_exact((row + predicted) as usize / 4).map(|row| {
                let (outputs, predictions) = row.split_at(OracleOutput::LEN);
                let words = STREAM_PREDICTION_WORDS as usize;
                OracleRow {
                    outputs: std::array::from_fn(|n| f32::from_bits(outputs[n])),
                    predictions: std::array::from_fn(|n| std::array::from_fn(|k| predictions[n * words + k])),
                }
            }));
        }
        Ok(rows)
    }

    /// How long a call takes in which each of `streams` streams, 4,096 at most, is given these events, of which the last
    /// 32 count: the mean of `calls` in one submission, 2,048 at most, by the clock on the wall, and by the GPU's without
    /// what is between calls, if it has one.
    pub fn time(
        &self,
        events: &[OracleEvent],
        streams: u32,
        calls: u32,
    ) -> Result<(Duration, Option<Duration>), Error> {
        let gpu = &self.gpu;
        let (streams, calls) = (streams.clamp(1, STREAMS), calls.clamp(1, Timer::MAX_PASSES));
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let tables = OracleTables::new(gpu, &self.weights, streams)?;
        let [count, entries @ ..] = ring(events, events.len());
        let mut words = vec![0; HISTORY_WORDS as usize];
        words[HISTORY_COUNT as usize] = count;
        words[HISTORY_ASKED as usize] = 1;
        words[HISTORY_HEADER as usize..][..entries.len()].copy_from_slice(&entries);
        let words = words.repeat(streams as usize);
        let [source, history] = ["histories", "history"].map(|name| gpu.buffer(name, words.len() as u64 * 4, usage));
        let (source, history) = (source?, history?);
        gpu.upload(&source, 0, bytemuck::cast_slice(&words));
        let predicted = u64::from(streams * STREAM_PREDICTIONS * STREAM_PREDICTION_WORDS) * 4;
        let predictions = gpu.buffer("predictions", predicted, usage)?;
        let mut buffers = tables.buffers().to_vec();
        buffers.extend([("history", &history), ("predictions", &predictions)]);
        let bound = self.pipeline.bind(gpu, &buffers)?;
        let timer = Timer::new(gpu, calls)?;
        let submit = |calls: u32| -> Result<Duration, gpu::Error> {
            let commands = gpu.guard("inference", |device| {
                let mut encoder = device.create_command_encoder(&Default::default());
                for call in 0..calls {
                    // All of them are new again.
                    encoder.copy(&source, 0, &history, 0, source.size());
                    let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
                        label: Some("oracle"),
                        timestamp_writes: timer.as_ref().and_then(|timer| timer.writes(call)),
                    });
                    bound.set(&mut pass);
                    pass.dispatch_workgroups(streams, 1, 1);
                }
                if let Some(timer) = &timer {
                    timer.resolve(&mut encoder, calls);
                }
                encoder.finish()
            })?;
            let begin = Instant::now();
            gpu.submit_and_wait(commands)?;
            Ok(begin.elapsed())
        };
        // Drivers compile when a pipeline is first used.
        submit(1)?;
        let wall = submit(calls)?;
        let device = timer.map(|timer| timer.sum(gpu, calls)).transpose()?.flatten();
        Ok((wall / calls, device.map(|device| device / calls)))
    }
}

/// A count of events, and the ring of the last of them.
const RING_WORDS: u32 = 1 + ORACLE_HISTORY * HISTORY_ENTRY_WORDS;

fn ring(events: &[OracleEvent], count: usize) -> [u32; RING_WORDS as usize] {
    let count = count.min(events.len());
    let mut words = [0; RING_WORDS as usize];
    words[0] = count as u32;
    let first = count.saturating_sub(ORACLE_HISTORY as usize);
    for (n, event) in (first..count).zip(&events[first..count]) {
        let at = 1 + n % ORACLE_HISTORY as usize * HISTORY_ENTRY_WORDS as usize;
        words[at..at + HISTORY_ENTRY_WORDS as usize].copy_from_slice(&event.to_words());
    }
    words
}
