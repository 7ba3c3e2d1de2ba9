//! Pages copied ahead of the lanes that write them: the counterpart of `wgsl/companions/prefetch/`.

use crate::abi::*;
use crate::gpu::{Bound, Buffer, Encode, Gpu, Pipeline, Shader, Timer};
use crate::machine::Error;
use crate::machine::banks::bank::Bank;
use crate::machine::options::{Guess, Prefetch};
use crate::machine::shaders::{self, Pass};
use crate::neural::{OracleTables, oracle_shader};
use wgpu::{BufferUsages, CommandEncoder, ComputePassDescriptor};

/// Of a bank: what was seen of its lanes' accesses, and what follows.
pub struct Ahead {
    /// (streams, HISTORY_WORDS)
    pub history: Buffer,
    /// Buffer 11.
    pub predictions: Buffer,
    /// (streams, STREAM_WORDS)
    streams: Buffer,
    /// JOB_HEADER words, (JOBS, JOB_WORDS)
    jobs: Buffer,
    arguments: Buffer,
    oracle: Option<OracleStreams>,
    count: u32,
}

/// What the oracle keeps of a bank's streams, and what it gave last.
struct OracleStreams {
    tables: OracleTables,
    foreseen: Buffer,
}

impl Ahead {
    /// For so many streams.
    pub fn new(gpu: &Gpu, count: u32, mode: Prefetch, tables: Option<OracleTables>) -> Result<Ahead, Error> {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let make = |name, words: u32| gpu.buffer(name, u64::from(words) * 4, usage);
        let history_words = match mode {
            Prefetch::Trace => HISTORY_HEADER + TRACE_EVENTS * HISTORY_ENTRY_WORDS,
            _ => count * HISTORY_WORDS,
        };
        let (streams, job_words) = match mode.guess() {
            None => (0, 0),
            Some(_) => (count, JOBS * JOB_WORDS),
        };
        let prediction_words = count * STREAM_PREDICTIONS * STREAM_PREDICTION_WORDS;
        let oracle = match tables {
            None => None,
            Some(tables) => Some(OracleStreams { tables, foreseen: make("oracle_predictions", prediction_words)? }),
        };
        let jobs = make("prefetch_jobs", JOB_HEADER + job_words)?;
        gpu.upload(&jobs, u64::from(JOB_COUNT) * 4, bytemuck::cast_slice(&[0, JOB_PAGES, 1]));
        Ok(Ahead {
            history: make("history", history_words)?,
            predictions: make("prefetch_addr", prediction_words)?,
            streams: make("prefetch_streams", streams.max(1) * STREAM_WORDS)?,
            jobs,
            arguments: gpu.buffer("prefetch_arguments", 12, BufferUsages::COPY_DST | BufferUsages::INDIRECT)?,
            oracle,
            count,
        })
    }
}

/// What a bank's passes bind.
pub struct AheadBound {
    infer: Option<Bound>,
    plan: Bound,
    copy: Bound,
}

/// The passes before a slice.
#[derive(Clone)]
pub struct AheadPasses {
    plan: Pipeline,
    copy: Pipeline,
    /// The oracle's.
    infer: Option<Pipeline>,
}

impl AheadPasses {
    /// What a mode that guesses needs; an answer of the network costs as many pages.
    pub fn new(gpu: &Gpu, guess: Guess, price: u32) -> Result<AheadPasses, Error> {
        let [plan, copy] =
            [shaders::plan(guess, price), Pass::CopyAhead.shader()].map(|shader| gpu.pipeline(&shader, true));
        let infer = (guess == Guess::Oracle).then(|| gpu.pipeline(&oracle_shader(), true)).transpose()?;
        Ok(AheadPasses { plan: plan?, copy: copy?, infer })
    }

    /// The shaders of these passes.
    pub fn shaders(guess: Guess, price: u32) -> Vec<Shader> {
        let mut all = vec![shaders::plan(guess, price), Pass::CopyAhead.shader()];
        all.extend((guess == Guess::Oracle).then(oracle_shader));
        all
    }

    pub fn bind(
        &self,
        gpu: &Gpu,
        bank: &Bank,
        ahead: &Ahead,
        layouts: &Buffer,
        params: &Buffer,
    ) -> Result<AheadBound, Error> {
        let (lanes, pool) = (&bank.lanes, bank.pool());
        let mut buffers = vec![
            ("memory", &pool.memory),
            ("pc_out", &lanes.pc_out),
            ("predictions", &ahead.predictions),
            ("params", params),
            ("layouts", layouts),
            ("slots", &pool.slots),
            ("lane_state", &lanes.state),
            ("status", &lanes.status),
            ("history", &ahead.history),
            ("streams", &ahead.streams),
            ("jobs", &ahead.jobs),
        ];
        let mut infer = None;
        if let (Some(pipeline), Some(oracle)) = (&self.infer, &ahead.oracle) {
            buffers.push(("foreseen", &oracle.foreseen));
            let mut own = oracle.tables.buffers().to_vec();
            own.extend([("predictions", &oracle.foreseen), ("history", &ahead.history)]);
            infer = Some(pipeline.bind(gpu, &own)?);
        }
        let (plan, copy) = (self.plan.bind(gpu, &buffers)?, self.copy.bind(gpu, &buffers)?);
        Ok(AheadBound { infer, plan, copy })
    }

    /// Plans for these banks, and copies.
    pub fn encode(encoder: &mut CommandEncoder, banks: &[(&Ahead, &AheadBound)], timer: Option<&Timer>, slice: u32) {
        let pass = |nth| ComputePassDescriptor {
            label: Some("ahead"),
            timestamp_writes: timer.and_then(|timer| timer.writes(2 * slice + nth)),
        };
        for (ahead, _) in banks {
            // JOB_TAKEN and JOB_COUNT.
            encoder.clear(&ahead.jobs, 0..8);
        }
        {
            let mut pass = encoder.begin_compute_pass(&pass(0));
            for (ahead, bound) in banks {
                if let Some(infer) = &bound.infer {
                    infer.set(&mut pass);
                    pass.dispatch_workgroups(ahead.count, 1, 1);
                }
            }
            for (ahead, bound) in banks {
                bound.plan.set(&mut pass);
                pass.dispatch_workgroups(ahead.count.div_ceil(WORKGROUP), 1, 1);
            }
        }
        for (ahead, _) in banks {
            encoder.copy(&ahead.jobs, u64::from(JOB_COUNT) * 4, &ahead.arguments, 0, 12);
        }
        let mut pass = encoder.begin_compute_pass(&pass(1));
        for (ahead, bound) in banks {
            bound.copy.set(&mut pass);
            ahead.arguments.dispatch_indirect(&mut pass, 0);
        }
    }
}
