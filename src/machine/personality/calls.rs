//! System calls on the GPU, as far as the machine knows of them: a text that serves them, standard input and rings for
//! output of each lane, and rows of kernel state. What they mean is [`crate::linux`]'s.

use crate::abi::*;
use crate::gpu::{Buffer, Encode, Gpu};
use crate::machine::shaders::CallText;
use crate::machine::{Error, Machine};
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
    fn ring_row(&self, lanes: u32, row: u32) -> u64 {
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

impl Machine {
    /// Has system calls served by `text`, with rings of so many words. Drops inputs, and outputs not taken.
    pub(crate) fn serve_calls(&mut self, text: CallText, ring_words: u32) -> Result<(), Error> {
        // There is one text.
        if self.calls.replace(text).is_none() {
            self.pipelines.forget_interpreter();
        }
        self.set_io_size(IoSize { input_words: 0, ring_words, ..self.io_size })
    }

    /// Most words that every lane can have in a buffer that takes a part of `divisor` of what can be bound.
    pub(crate) fn lane_words(&self, divisor: u64) -> u32 {
        let limits = self.gpu.limits();
        let most = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        (most / divisor / 4 / u64::from(self.lanes())).min(1 << 24) as u32
    }

    /// Bytes of standard input that a lane can have on the GPU.
    pub(crate) fn input_bytes(&self) -> usize {
        self.io_size.input_words as usize * 4
    }

    pub(in crate::machine) fn set_io_size(&mut self, size: IoSize) -> Result<(), Error> {
        self.io_size = size;
        for bank in &mut self.banks {
            bank.lanes.io = Io::new(&self.gpu, bank.lanes.count, size)?;
            bank.binding = None;
        }
        Ok(())
    }

    /// Gives each of the first lanes its standard input. Inputs longer than `most_words` are left out; the rest of the
    /// lanes have none. Rings have to be empty.
    pub(crate) fn set_inputs(&mut self, inputs: &[Vec<u8>], most_words: u32) -> Result<(), Error> {
        let words = |input: &Vec<u8>| input.len().div_ceil(4);
        let longest = inputs.iter().map(words).filter(|words| *words <= most_words as usize).max().unwrap_or(0) as u32;
        if longest > self.io_size.input_words {
            self.set_io_size(IoSize { input_words: longest.next_power_of_two().min(most_words), ..self.io_size })?;
        }
        let stride = self.io_size.input_words as usize * 4;
        for bank in &mut self.banks {
            let range = bank.range();
            let inputs = &inputs[inputs.len().min(range.start as usize)..inputs.len().min(range.end as usize)];
            if stride == 0 || inputs.is_empty() {
                continue;
            }
            let mut bytes = vec![0; stride * inputs.len()];
            for (row, input) in bytes.chunks_exact_mut(stride).zip(inputs) {
                if input.len() <= stride {
                    row[..input.len()].copy_from_slice(input);
                }
            }
            self.gpu.upload(&bank.lanes.io.buffer, 0, &bytes);
        }
        Ok(())
    }

    /// A field of a lane's kernel state, or of coverage.
    pub(crate) fn call_field(&mut self, lane: u32, field: u32) -> Result<u32, Error> {
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.call_field(&self.gpu, own, field)
    }

    pub(crate) fn set_call_field(&mut self, lane: u32, field: u32, value: u32) -> Result<(), Error> {
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.set_call_field(&self.gpu, own, field, value)
    }

    /// The same field of all lanes.
    pub(crate) fn set_call_fields(&mut self, field: u32, value: impl Fn(u32) -> u32) {
        for bank in &mut self.banks {
            let values = bank.range().map(&value).collect();
            bank.lanes.set_call_fields(field, values);
        }
    }

    /// Takes what lanes have written out of their rings: lane, stream and bytes, in each lane's order.
    pub(crate) fn take_output(&mut self, mut take: impl FnMut(u32, usize, &[u8])) -> Result<(), Error> {
        let gpu = self.gpu.clone();
        for bank in self.banks.iter_mut().filter(|bank| bank.ring_used > 0) {
            let lanes = &mut bank.lanes;
            let count = lanes.count as usize;
            let rows = lanes.io.ring_row(lanes.count, 0)..lanes.io.ring_row(lanes.count, bank.ring_used);
            let data = gpu.download(&[(&lanes.io.buffer, rows)])?;
            let ring: &[u32] = bytemuck::cast_slice(&data[0]);
            let mut bytes = Vec::new();
            for own in 0..lanes.count {
                let used = lanes.call_field(&gpu, own, LANE_RING_USED)?;
                let mut row = 0;
                while row < used {
                    let word = |row: u32| ring[row as usize * count + own as usize];
                    let (length, stream) = (word(row) & ((1 << RING_STREAM_SHIFT) - 1), word(row) >> RING_STREAM_SHIFT);
                    let words = length.div_ceil(4);
                    bytes.clear();
                    bytes.extend((row + 1..row + 1 + words).flat_map(|row| word(row).to_le_bytes()));
                    take(bank.first + own, stream as usize, &bytes[..length as usize]);
                    row += 1 + words;
                }
            }
            lanes.set_call_fields(LANE_RING_USED, vec![0; count]);
            bank.ring_used = 0;
            bank.clear_status(&gpu, &[STATUS_RING_USED]);
        }
        Ok(())
    }
}
