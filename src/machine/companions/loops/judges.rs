//! The networks that say which hot loops are worth a proof, asked by the GPU between two slices.

use crate::abi::*;
use crate::gpu::{Bound, Buffer, Encode, Gpu, Pipeline};
use crate::machine::Error;
use crate::machine::banks::bank::Bank;
use crate::machine::shaders::{self, Pass};
use crate::neural::{LoopNetwork, LoopResults, LoopTables, Weights};
use wgpu::{BufferUsages, CommandEncoder};

/// Both networks and what follows from what they say, made when the first loop is hot.
pub struct Judges {
    networks: [Judging; 2],
    judge: Pipeline,
    /// Of the networks' dispatch: as many workgroups as loops in the queue.
    arguments: Buffer,
}

struct Judging {
    network: LoopNetwork,
    pipeline: Pipeline,
    tables: LoopTables,
    results: LoopResults,
}

/// What asking about the loops of a bank binds.
pub struct Question {
    queue: Buffer,
    networks: [Bound; 2],
    judge: Bound,
}

impl Judges {
    pub fn new(gpu: &Gpu, weights: &Weights) -> Result<Self, Error> {
        let judging = |network: LoopNetwork| -> Result<Judging, Error> {
            let tables = LoopTables::new(gpu, network, weights)?;
            let results = tables.results(gpu, network, LOOP_QUEUE as usize)?;
            Ok(Judging { network, pipeline: gpu.pipeline(&shaders::queued(network), true)?, tables, results })
        };
        let usage = BufferUsages::COPY_DST | BufferUsages::INDIRECT;
        let arguments = gpu.buffer("loop_arguments", 12, usage)?;
        gpu.upload(&arguments, 0, bytemuck::cast_slice(&[0u32, 1, 1]));
        let [detector, recognizer] = LoopNetwork::ALL.map(judging);
        let judge = gpu.pipeline(&Pass::Judge.shader(), true)?;
        Ok(Self { networks: [detector?, recognizer?], judge, arguments })
    }

    pub fn question(&self, gpu: &Gpu, bank: &Bank) -> Result<Question, Error> {
        let code = bank.code();
        let [detector, recognizer] = &self.networks;
        let bind = |judging: &Judging| {
            let mut buffers = judging.tables.buffers(judging.network, &judging.results).to_vec();
            buffers.extend([("bodies", &code.loop_samples), ("nn_queue", &code.loop_queue)]);
            judging.pipeline.bind(gpu, &buffers)
        };
        let judge = [
            ("loop_table", &code.loop_table),
            ("control_words", &code.control_words),
            ("loop_queue", &code.loop_queue),
            ("detected", &detector.results.outputs),
            ("recognized", &recognizer.results.outputs),
        ];
        Ok(Question {
            queue: code.loop_queue.clone(),
            networks: [bind(detector)?, bind(recognizer)?],
            judge: self.judge.bind(gpu, &judge)?,
        })
    }

    /// Asks about all that is in the queue, acts on it, and empties the queue.
    pub fn encode(&self, encoder: &mut CommandEncoder, question: &Question) {
        encoder.copy(&question.queue, 0, &self.arguments, 0, 4);
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            for network in &question.networks {
                network.set(&mut pass);
                self.arguments.dispatch_indirect(&mut pass, 0);
            }
            question.judge.set(&mut pass);
            pass.dispatch_workgroups(1, 1, 1);
        }
        encoder.clear(&question.queue, 0..4);
    }
}
