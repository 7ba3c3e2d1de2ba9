//! A bank: some neighbouring lanes with all the buffers that are theirs, so that nothing that a slice of one bank writes
//! belongs to another, and the GPU may run them at once.

use super::attached::Attached;
use crate::abi::*;
use crate::gpu::{Buffer, Encode, Gpu};
use crate::machine::Error;
use crate::machine::code::control_words::Code;
use crate::machine::memory::frames::{Pool, Spilled};
use crate::machine::pass::{self, Params};
use crate::machine::state::io::IoSize;
use crate::machine::state::lanes::Lanes;
use std::ops::Range;

/// What a bank is to do in the next slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::machine) enum Next {
    /// The first slice of an execute.
    Start,
    /// Lanes that found no frame go on, there are more now.
    Resume,
    /// As it stands.
    Go,
    /// No lane can go on.
    Nothing,
}

/// A bank's frames.
pub(in crate::machine) enum Frames {
    Here(Pool),
    /// In the host's memory.
    Spilled(Spilled),
}

/// What exists once the image is known.
pub(in crate::machine) struct Memory {
    pub code: Code,
    pub frames: Frames,
}

pub(in crate::machine) struct Bank {
    /// Its first lane, a multiple of the lanes in a group.
    pub first: u32,
    pub lanes: Lanes,
    pub memory: Option<Memory>,
    pub next: Next,
    /// Slices that ran.
    pub epoch: u32,
    /// There is no way to more frames in this execute.
    pub full: bool,
    /// Traps that the GPU has served, and words in the fullest ring, as of the last slice.
    pub traps: u32,
    pub ring_used: u32,
    /// Frames in use after the last batch.
    pub frames: u32,
    /// What companions keep of it.
    pub notes: Attached,
    /// What was bound of its present buffers; dropped with them.
    pub bound: Attached,
}

impl Bank {
    pub fn new(first: u32, lanes: Lanes) -> Bank {
        Bank {
            first,
            lanes,
            memory: None,
            next: Next::Nothing,
            epoch: 0,
            full: false,
            traps: 0,
            ring_used: 0,
            frames: 0,
            notes: Attached::default(),
            bound: Attached::default(),
        }
    }

    /// Its lanes, as the machine counts them.
    pub fn range(&self) -> Range<u32> {
        self.first..self.first + self.lanes.count
    }

    /// Its groups, as the machine counts them.
    pub fn groups(&self, group_shift: u32) -> Range<u32> {
        self.first >> group_shift..(self.first + self.lanes.count).div_ceil(1 << group_shift)
    }

    pub fn memory(&self) -> &Memory {
        self.memory.as_ref().expect("flush made it")
    }

    pub fn code(&self) -> &Code {
        &self.memory().code
    }

    /// Its frames, if they are on the GPU.
    pub fn here(&self) -> Option<&Pool> {
        match &self.memory {
            Some(Memory { frames: Frames::Here(pool), .. }) => Some(pool),
            _ => None,
        }
    }

    /// Its frames, which are on the GPU.
    pub fn pool(&self) -> &Pool {
        self.here().expect("the caller brought it")
    }

    pub fn spilled_bytes(&self) -> Option<u64> {
        match &self.memory {
            Some(Memory { frames: Frames::Spilled(spilled), .. }) => Some(spilled.bytes()),
            _ => None,
        }
    }

    /// Gives it other frames.
    pub fn set_frames(&mut self, frames: Frames) {
        self.take_frames(frames);
    }

    /// Takes its frames away, and leaves it others.
    pub fn take_frames(&mut self, others: Frames) -> Frames {
        self.bound.clear();
        match &mut self.memory {
            Some(memory) => std::mem::replace(&mut memory.frames, others),
            None => others,
        }
    }

    /// What shaders are told that ask nothing of its memory.
    pub fn lane_params(&self) -> Params {
        let IoSize { input_words, ring_words, cover_words } = self.lanes.io.size;
        let (lanes, first_lane) = (self.lanes.count, self.first);
        Params { lanes, first_lane, input_words, ring_words, cover_words, ..Params::default() }
    }

    /// What its shaders are told when its frames are in `pool`.
    pub fn params_with(&self, code: &Code, pool: &Pool, group_shift: u32) -> Params {
        Params {
            group_shift,
            frames_at: pool.frames_at,
            frame_capacity: pool.capacity,
            frame_limit: pool.limit(),
            code_pages: code.pages,
            lane_code: code.lane_code,
            ..self.lane_params()
        }
    }

    pub fn params(&self, group_shift: u32) -> Params {
        self.params_with(self.code(), self.pool(), group_shift)
    }

    pub fn uniform(&self, gpu: &Gpu, group_shift: u32, items: u32, flags: u32) -> Result<Buffer, Error> {
        pass::uniform(gpu, &Params { items, flags, ..self.params(group_shift) })
    }

    /// A bank of some of the lanes, counted from this bank's first one. It has no memory yet.
    pub fn part(&self, gpu: &Gpu, lanes: Range<u32>) -> Result<Bank, Error> {
        let part = self.lanes.part(gpu, lanes.clone())?;
        Ok(Bank { next: self.next, ring_used: self.ring_used, ..Bank::new(self.first + lanes.start, part) })
    }

    /// Copies what dispatch has left of these lanes from `from`.
    pub fn copy_dispatch(&self, gpu: &Gpu, from: &Code, lanes: Range<u32>) -> Result<(), Error> {
        let (start, count) = (u64::from(lanes.start), u64::from(lanes.end - lanes.start));
        let to = self.code();
        let commands = gpu.guard("copying dispatch", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            encoder.copy(&from.handled_out, start * 16, &to.handled_out, 0, count * 16);
            encoder.copy(&from.kernel_prediction, start * 4, &to.kernel_prediction, 0, count * 4);
            encoder.finish()
        })?;
        gpu.queue().submit([commands]);
        Ok(())
    }

    /// Sets words of the status buffer.
    pub fn clear_status(&self, gpu: &Gpu, words: &[u32]) {
        for word in words {
            gpu.upload(&self.lanes.status, u64::from(*word) * 4, &[0; 4]);
        }
    }

    /// Starts the status anew, for memory that is new.
    pub fn reset_status(&mut self, gpu: &Gpu) {
        let words: Vec<u32> = (0..STATUS_WORDS).map(|word| u32::from(word == 1 || word == 2)).collect();
        gpu.upload(&self.lanes.status, 0, bytemuck::cast_slice(&words));
        (self.epoch, self.traps) = (0, 0);
        self.notes.clear();
    }
}
