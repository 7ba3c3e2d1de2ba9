//! Bursts on the GPU: many in a submission, the sizes of their passes set by the GPU itself.

use super::{Device, MOST_BURSTS, dispatch};
use crate::burst::Error;
use crate::burst::constants::*;
use crate::gpu::{Bound, Encode};
use rayon::prelude::*;
use std::time::{Duration, Instant};
use wgpu::BufferUsages;

/// How long a submission should take, so that no display's watchdog ends it.
const SUBMISSION_TARGET: Duration = Duration::from_millis(50);
/// Spikes that are read along with the status, so that a quiet burst needs one transfer.
const SPIKES_AT_ONCE: u32 = 2048;

/// What was recorded in some bursts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::burst) struct Record {
    /// Neurons that fired in each burst.
    pub counts: Vec<u32>,
    /// Their indices, burst after burst, rising in each; empty unless asked for.
    pub spikes: Vec<u32>,
}

impl Device {
    /// Some bursts, at least one of the `most`: as many as fit a submission and the raster. Injections, by index, each
    /// neuron once, go into the first.
    pub fn bursts(&mut self, injected: &[(u32, i32)], most: u32, spikes: bool) -> Result<Record, Error> {
        let asked = most.clamp(1, self.batch.min(MOST_BURSTS));
        self.params.raster_capacity = if spikes { self.raster_words } else { 0 };
        self.sync_params();
        let gpu = self.gpu.clone();
        let injection = self.injection(injected)?;
        let (passes, ledgers) = (&self.passes, &self.buffers.ledgers);
        let first = self.ledger;
        let threads = self.params.neurons.div_ceil(self.pipelines.variant.neurons_each()).into();
        let begun = Instant::now();
        let commands = gpu.guard("encoding bursts", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            let recorded = 4 * u64::from(LEDGER_RECORDED);
            encoder.clear(&ledgers[first], recorded..recorded + 16);
            let mut pass = encoder.begin_compute_pass(&Default::default());
            if let Some(bound) = &injection {
                dispatch(&mut pass, bound, injected.len() as u64);
            }
            if self.resend {
                dispatch(&mut pass, &passes.resend[first], self.params.neurons.into());
            }
            for burst in 0..asked as usize {
                let last = (first + burst) % 2;
                for (index, chunk) in self.chunks.iter().enumerate() {
                    chunk.propagation[last].set(&mut pass);
                    let entry = LEDGER_CHUNKS + LEDGER_ENTRY * index as u32;
                    ledgers[last].dispatch_indirect(&mut pass, 4 * u64::from(entry + LEDGER_GRID));
                }
                dispatch(&mut pass, &passes.dynamics[last], threads);
            }
            drop(pass);
            encoder.finish()
        })?;
        gpu.guard("submitting bursts", |_| gpu.queue().submit([commands]))?;
        self.resend = false;
        self.ledger = (first + asked as usize) % 2;

        let (ledger, counts, raster) = (&self.buffers.ledgers[self.ledger], &self.buffers.counts, &self.buffers.raster);
        let at_once = if spikes { SPIKES_AT_ONCE.min(self.raster_words) } else { 0 };
        let ranges = [
            (ledger, 0..4 * u64::from(LEDGER_CHUNKS)),
            (counts, 0..4 * u64::from(asked)),
            (raster, 0..4 * u64::from(at_once)),
        ];
        let bytes = gpu.download(&ranges)?;
        let ledger: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes[0]);
        let ran = ledger[LEDGER_BURSTS as usize];
        let halted = ledger[LEDGER_HALTED as usize] != 0;
        if ran == 0 || ran > asked || (ran < asked && !halted) {
            return Err(Error::BurstsLost { asked, ran });
        }
        let mut counts: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes[1]);
        counts.truncate(ran as usize);
        // The next burst would have noted it.
        counts[ran as usize - 1] = ledger[LEDGER_FIRED as usize];
        let mut list: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes[2]);
        if spikes {
            let used = ledger[LEDGER_RECORDED as usize] + ledger[LEDGER_FIRED as usize];
            if used > at_once {
                let rest = 4 * u64::from(at_once)..4 * u64::from(used);
                let bytes = gpu.download(&[(&self.buffers.raster, rest)])?;
                list.extend(bytemuck::pod_collect_to_vec::<u8, u32>(&bytes[0]));
            }
            list.truncate(used as usize);
            sort_each(&mut list, &counts);
        }
        self.adapt(asked, ran, begun.elapsed());
        Ok(Record { counts, spikes: list })
    }

    /// Towards the target time, at most four times longer than before. A shorter submission than was possible says
    /// little.
    fn adapt(&mut self, asked: u32, ran: u32, elapsed: Duration) {
        if asked == self.batch || elapsed > SUBMISSION_TARGET {
            let fits = SUBMISSION_TARGET.as_secs_f64() * f64::from(ran) / elapsed.as_secs_f64().max(1e-6);
            self.batch = (fits as u32).clamp(1, (4 * asked).min(MOST_BURSTS));
        }
    }

    fn injection(&self, injected: &[(u32, i32)]) -> Result<Option<Bound>, Error> {
        if injected.is_empty() {
            return Ok(None);
        }
        let words: Vec<u32> = injected.iter().flat_map(|(neuron, amount)| [*neuron, *amount as u32]).collect();
        let list =
            self.gpu.buffer("injected", 4 * words.len() as u64, BufferUsages::STORAGE | BufferUsages::COPY_DST)?;
        self.gpu.upload(&list, 0, bytemuck::cast_slice(&words));
        let count = self.uniform("injections", bytemuck::bytes_of(&(injected.len() as u32)))?;
        let own = [("injections", &count), ("injected", &list)];
        Ok(Some(self.buffers.bind(&self.gpu, &self.pipelines.inject, &own)?))
    }
}

/// Sorts each burst's part: the GPU writes them in any order.
fn sort_each(list: &mut [u32], counts: &[u32]) {
    let mut parts = Vec::with_capacity(counts.len());
    let mut rest = list;
    for count in counts {
        let (part, after) = rest.split_at_mut((*count as usize).min(rest.len()));
        parts.push(part);
        rest = after;
    }
    parts.into_par_iter().for_each(|part| part.sort_unstable());
}
