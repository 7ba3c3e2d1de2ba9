//! Inputs, rings for outputs, and maps of what was covered, of each lane.

use crate::gpu::{Buffer, Encode, Gpu};
use crate::machine::Error;
use std::ops::Range;
use wgpu::BufferUsages;

/// Words of each lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct IoSize {
    pub input_words: u32,
    pub ring_words: u32,
    pub cover_words: u32,
}

impl IoSize {
    fn words(self) -> u64 {
        u64::from(self.input_words) + u64::from(self.ring_words) + u64::from(self.cover_words)
    }
}

/// The buffer of inputs and rings.
pub(in crate::machine) struct Io {
    /// (lanes, input_words), then (ring_words, lanes).
    pub buffer: Buffer,
    pub size: IoSize,
}

impl Io {
    pub fn new(gpu: &Gpu, lanes: u32, size: IoSize) -> Result<Io, Error> {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC | gpu.readable();
        let words = u64::from(lanes) * size.words();
        Ok(Io { buffer: gpu.buffer("lane_io", (words * 4).max(4), usage)?, size })
    }

    /// First byte of a row of the maps of what was covered.
    pub fn cover_row(&self, lanes: u32, row: u32) -> u64 {
        self.ring_row(lanes, self.size.ring_words + row)
    }

    /// First byte of a ring's row.
    pub fn ring_row(&self, lanes: u32, row: u32) -> u64 {
        (u64::from(self.size.input_words) + u64::from(row)) * u64::from(lanes) * 4
    }

    /// Copies what is of some of the `count` lanes to a buffer of their own.
    pub fn copy_part(&self, encoder: &mut wgpu::CommandEncoder, count: u32, lanes: Range<u32>, to: &Io) {
        let part = lanes.end - lanes.start;
        let input_bytes = u64::from(self.size.input_words) * 4;
        let start = u64::from(lanes.start);
        if input_bytes > 0 {
            let length = u64::from(part) * input_bytes;
            encoder.copy(&self.buffer, start * input_bytes, &to.buffer, 0, length);
        }
        for row in 0..self.size.ring_words + self.size.cover_words {
            let from = self.ring_row(count, row) + start * 4;
            encoder.copy(&self.buffer, from, &to.buffer, to.ring_row(part, row), u64::from(part) * 4);
        }
    }
}
