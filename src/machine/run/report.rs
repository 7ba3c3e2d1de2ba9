//! What an execute did, how lanes stand, and what their memory takes.

use crate::abi::*;
use crate::machine::banks::bank::Frames;
use crate::machine::banks::snapshot::Start;
use crate::machine::run::slices::PART;
use crate::machine::state::stop::{Stop, StopReason};
use crate::machine::{Error, Machine};
use rayon::prelude::*;
use std::time::Duration;

/// What an execute did.
#[derive(Clone, Debug)]
pub struct Report {
    /// Of each lane.
    pub stops: Vec<Stop>,
    /// Instructions retired by all lanes in this call.
    pub cycles: u64,
    /// From the call to its return.
    pub wall: Duration,
    /// Time of the slices on the GPU itself; `None` unless asked for and offered.
    pub gpu: Option<Duration>,
    /// Slices that had work.
    pub slices: u32,
    /// System calls that the GPU has served.
    pub calls: u64,
    /// Instructions of `cycles` that ran translated.
    pub translated: u64,
    /// The longest time that the GPU worked by itself, between two visits of the host. The machine's very first is
    /// left out: some drivers compile then.
    pub longest: Duration,
}

/// What an execute did, but for how each lane stands.
#[derive(Clone, Copy, Debug)]
pub struct Advance {
    /// Instructions retired by all lanes in this call.
    pub cycles: u64,
    /// Lanes that wait for a system call.
    pub waiting: u32,
    /// From the call to its return.
    pub wall: Duration,
    /// Time of the slices on the GPU itself; `None` unless asked for and offered.
    pub gpu: Option<Duration>,
    /// Slices that had work, of the bank that had most.
    pub slices: u32,
    /// System calls that the GPU has served.
    pub calls: u64,
    /// Instructions of `cycles` that ran translated.
    pub translated: u64,
    /// The longest time that the GPU worked by itself, between two visits of the host. The machine's very first is
    /// left out: some drivers compile then.
    pub longest: Duration,
}

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

/// The most that there was, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::machine) struct Peak {
    pub frames: u64,
    pub gpu: u64,
    pub spilled: u64,
}

impl Machine {
    /// How every lane stands.
    pub fn stops(&mut self) -> Result<Vec<Stop>, Error> {
        let needed_bytes = self.needed_bytes()?;
        let mut stops = Vec::with_capacity(self.lane_count as usize);
        let start = self.start.as_ref().and_then(Start::host_reason);
        let host_reasons = &self.host_reasons;
        for bank in &mut self.banks {
            let outs = bank.lanes.outs(&self.gpu)?.par_iter().enumerate().with_min_len(PART);
            let host = |own: usize| host_reasons.get(&(bank.first + own as u32)).or(start);
            stops.par_extend(outs.map(|(own, words)| stop(words, host(own), needed_bytes)));
        }
        Ok(stops)
    }

    /// How a lane stands.
    pub fn stop(&mut self, lane: u32) -> Result<Stop, Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        let words = self.banks[index].lanes.outs(&self.gpu)?[own as usize];
        let needed_bytes = if words[4] == REASON_POOL { self.needed_bytes()? } else { 0 };
        let start = self.start.as_ref().and_then(Start::host_reason);
        Ok(stop(&words, self.host_reasons.get(&lane).or(start), needed_bytes))
    }

    /// Bytes of frames that the lanes which found none need at the least. Lanes of one group may want the same frame.
    fn needed_bytes(&mut self) -> Result<u64, Error> {
        let mut waiting = 0;
        for bank in &mut self.banks {
            let groups = bank.lanes.outs(&self.gpu)?.par_chunks(1 << self.group_shift).with_min_len(PART / 32);
            waiting += groups.filter(|group| group.iter().any(|out| out[4] == REASON_POOL)).count();
        }
        Ok(waiting as u64 * self.frame_bytes())
    }

    /// Memory in use.
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
            shared_pages: self.image.len(),
            copied_pages: pages,
            frames,
            frame_bytes: frames * frame_bytes,
            peak_frame_bytes: self.peak.frames.max(frames * frame_bytes),
            capacity_bytes: capacity * frame_bytes,
            gpu_bytes: self.gpu_bytes() + tables,
            peak_gpu_bytes: self.peak.gpu + tables,
            banks: self.banks.len() as u32,
            spilled_bytes: spilled,
            peak_spilled_bytes: self.peak.spilled,
        })
    }
}

/// A lane's stop from its words of buffer 4, or from the host's reason if the host ended it.
pub(in crate::machine) fn stop(words: &[u32; 8], host: Option<&StopReason>, needed_bytes: u64) -> Stop {
    let stop = Stop::from_words(words, needed_bytes);
    match host {
        Some(reason) if words[4] == REASON_HOST => Stop { reason: *reason, ..stop },
        _ => stop,
    }
}
