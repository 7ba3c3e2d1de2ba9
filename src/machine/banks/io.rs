//! What a personality reads and writes of lanes: its rows of `lane_state`, bytes in, and rings of bytes out.

use crate::abi::*;
use crate::machine::Error;
use crate::machine::banks::core::Core;
use crate::machine::personality::Personality;
use crate::machine::state::io::{Io, IoSize};

impl Core {
    pub fn set_personality(&mut self, personality: Personality, ring_words: u32) -> Result<(), Error> {
        self.serving.personality = personality;
        self.set_io_size(IoSize { input_words: 0, ring_words, ..self.serving.io_size })
    }

    pub fn lane_words(&self, divisor: u64) -> u32 {
        let limits = self.gpu.limits();
        let most = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        (most / divisor / 4 / u64::from(self.lanes())).min(1 << 24) as u32
    }

    pub fn input_bytes(&self) -> usize {
        self.serving.io_size.input_words as usize * 4
    }

    fn set_io_size(&mut self, size: IoSize) -> Result<(), Error> {
        self.serving.io_size = size;
        for bank in &mut self.banks {
            bank.lanes.io = Io::new(&self.gpu, bank.lanes.count, size)?;
            bank.bound.clear();
        }
        Ok(())
    }

    pub fn set_inputs(&mut self, inputs: &[Vec<u8>], most_words: u32) -> Result<(), Error> {
        let words = |input: &Vec<u8>| input.len().div_ceil(4);
        let longest = inputs.iter().map(words).filter(|words| *words <= most_words as usize).max().unwrap_or(0) as u32;
        if longest > self.serving.io_size.input_words {
            self.set_io_size(IoSize {
                input_words: longest.next_power_of_two().min(most_words),
                ..self.serving.io_size
            })?;
        }
        let stride = self.serving.io_size.input_words as usize * 4;
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

    pub fn lane_row(&mut self, lane: u32, field: u32) -> Result<u32, Error> {
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.lane_row(&self.gpu, own, field)
    }

    pub fn set_lane_row(&mut self, lane: u32, field: u32, value: u32) -> Result<(), Error> {
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.set_lane_row(&self.gpu, own, field, value)
    }

    pub fn set_lane_rows(&mut self, field: u32, value: impl Fn(u32) -> u32) {
        for bank in &mut self.banks {
            let values = bank.range().map(&value).collect();
            bank.lanes.set_lane_rows(field, values);
        }
    }

    pub fn take_output(&mut self, mut take: impl FnMut(u32, usize, &[u8])) -> Result<(), Error> {
        let gpu = self.gpu.clone();
        for bank in self.banks.iter_mut().filter(|bank| bank.ring_used > 0) {
            let lanes = &mut bank.lanes;
            let count = lanes.count as usize;
            let rows = lanes.io.ring_row(lanes.count, 0)..lanes.io.ring_row(lanes.count, bank.ring_used);
            let data = gpu.download(&[(&lanes.io.buffer, rows)])?;
            let ring: &[u32] = bytemuck::cast_slice(&data[0]);
            let mut bytes = Vec::new();
            for own in 0..lanes.count {
                let used = lanes.lane_row(&gpu, own, LANE_RING_USED)?;
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
            lanes.set_lane_rows(LANE_RING_USED, vec![0; count]);
            bank.ring_used = 0;
            bank.clear_status(&gpu, &[STATUS_RING_USED]);
        }
        Ok(())
    }
}
