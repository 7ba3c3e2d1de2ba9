//! How lanes stand, and what their memory takes.

use super::bank::Frames;
use super::core::{Core, Start};
use crate::abi::{REASON_POOL, REASON_TRAP};
use crate::machine::Error;
use crate::machine::pass::{self, Params};
use crate::machine::shaders::Pass;
use crate::machine::state::stop::{Stop, stop};
use rayon::prelude::*;

/// Partial sums of a bank's tally.
const TALLIES: u32 = 4096;
/// Lanes that a thread of the host looks at at a time.
const PART: usize = 1 << 13;

/// What the lanes' memory takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MemoryUse {
    /// Pages of the image, which all lanes share.
    pub shared_pages: u32,
    /// Pages that lanes have copied and still have.
    pub copied_pages: u64,
    /// Frames in use; a frame is one page for each lane of a group.
    pub frames: u64,
    /// Bytes of these frames.
    pub frame_bytes: u64,
    /// The most bytes of frames that were in use at the end of a slice.
    pub peak_frame_bytes: u64,
    /// Bytes of all frames on the GPU that can be in use as it is.
    pub capacity_bytes: u64,
    /// Bytes on the GPU: image, frames, and the lanes' registers and tables.
    pub gpu_bytes: u64,
    /// The most that was.
    pub peak_gpu_bytes: u64,
    /// Parts that the lanes are in, each with memory of its own.
    pub banks: u32,
    /// Bytes of frames in the host's memory.
    pub spilled_bytes: u64,
    /// The most that was.
    pub peak_spilled_bytes: u64,
}

impl Core {
    pub fn stops(&mut self) -> Result<Vec<Stop>, Error> {
        let needed_bytes = self.needed_bytes()?;
        let mut stops = Vec::with_capacity(self.shape.lanes as usize);
        let start = self.program.start.as_ref().and_then(Start::host_reason);
        let host_reasons = &self.standing.host_reasons;
        for bank in &mut self.banks {
            let outs = bank.lanes.outs(&self.gpu)?.par_iter().enumerate().with_min_len(PART);
            let host = |own: usize| host_reasons.get(&(bank.first + own as u32)).or(start);
            stops.par_extend(outs.map(|(own, words)| stop(words, host(own), needed_bytes)));
        }
        Ok(stops)
    }

    pub fn stop(&mut self, lane: u32) -> Result<Stop, Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        let words = self.banks[index].lanes.outs(&self.gpu)?[own as usize];
        let needed_bytes = if words[4] == REASON_POOL { self.needed_bytes()? } else { 0 };
        let start = self.program.start.as_ref().and_then(Start::host_reason);
        Ok(stop(&words, self.standing.host_reasons.get(&lane).or(start), needed_bytes))
    }

    /// Bytes of frames that the lanes which found none need at the least. Lanes of one group may want the same frame.
    fn needed_bytes(&mut self) -> Result<u64, Error> {
        let mut waiting = 0;
        for bank in &mut self.banks {
            let groups = bank.lanes.outs(&self.gpu)?.par_chunks(1 << self.shape.group_shift).with_min_len(PART / 32);
            waiting += groups.filter(|group| group.iter().any(|out| out[4] == REASON_POOL)).count();
        }
        Ok(waiting as u64 * self.frame_bytes())
    }

    pub fn memory_use(&mut self) -> Result<MemoryUse, Error> {
        self.flush()?;
        let frame_bytes = self.frame_bytes();
        let (mut frames, mut pages, mut capacity, mut spilled) = (0, 0, 0, 0);
        for index in 0..self.banks.len() {
            match &self.banks[index].memory().frames {
                Frames::Here(pool) => {
                    capacity += u64::from(pool.limit());
                    let survey = self.survey(index, 0)?;
                    frames += survey.above;
                    pages += survey.pages;
                }
                Frames::Spilled(here) => {
                    frames += here.slots.len() as u64;
                    pages += here.slots.iter().map(|slot| u64::from(slot[2].count_ones())).sum::<u64>();
                    spilled += here.bytes();
                }
            }
        }
        let tables: u64 = self.banks.iter().map(|bank| bank.lanes.bytes() + bank.code().bytes()).sum();
        Ok(MemoryUse {
            shared_pages: self.program.image.len(),
            copied_pages: pages,
            frames,
            frame_bytes: frames * frame_bytes,
            peak_frame_bytes: self.room.peak.frames.max(frames * frame_bytes),
            capacity_bytes: capacity * frame_bytes,
            gpu_bytes: self.gpu_bytes() + tables,
            peak_gpu_bytes: self.room.peak.gpu + tables,
            banks: self.banks.len() as u32,
            spilled_bytes: spilled,
            peak_spilled_bytes: self.room.peak.spilled,
        })
    }

    pub fn tally(&mut self) -> Result<(u64, u32), Error> {
        let (mut retired, mut waiting) = (0u64, 0);
        let gpu = self.gpu.clone();
        let mut work = Vec::new();
        for bank in &self.banks {
            if let Some(outs) = bank.lanes.known_outs() {
                let outs = outs.par_iter().with_min_len(PART);
                let each = outs.clone().map(|out| u64::from(out[2]) | u64::from(out[3]) << 32);
                retired = retired.saturating_add(each.reduce(|| 0, u64::saturating_add));
                waiting += outs.filter(|out| out[4] == REASON_TRAP).count() as u32;
                continue;
            }
            let items = bank.lanes.count.min(TALLIES);
            let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
            let tallies = gpu.buffer("tallies", u64::from(items) * 16, usage)?;
            let params = Params { lanes: bank.lanes.count, items, ..Params::default() };
            let params = pass::uniform(&gpu, &params)?;
            let pipeline = self.passes.pass(&gpu, Pass::Tally)?;
            let bound =
                pipeline.bind(&gpu, &[("pc_out", &bank.lanes.pc_out), ("params", &params), ("tallies", &tallies)])?;
            work.push((tallies, bound, items));
        }
        if work.is_empty() {
            return Ok((retired, waiting));
        }
        let commands = gpu.guard("summing up", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            for (_, bound, items) in &work {
                pass::encode(&mut encoder, bound, *items);
            }
            encoder.finish()
        })?;
        gpu.queue().submit([commands]);
        let ranges: Vec<_> = work.iter().map(|(tallies, ..)| (tallies, 0..tallies.size())).collect();
        for bytes in gpu.download(&ranges)? {
            let tallies: Vec<[u32; 4]> = bytemuck::pod_collect_to_vec(&bytes);
            let each = tallies.iter().map(|tally| u64::from(tally[0]) | u64::from(tally[1]) << 32);
            retired = each.fold(retired, u64::saturating_add);
            waiting += tallies.iter().map(|tally| tally[2]).sum::<u32>();
        }
        Ok((retired, waiting))
    }
}
