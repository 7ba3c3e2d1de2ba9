//! A bank's memory buffer with its table of slots, on the GPU or put away in the host's memory: the counterpart of
//! `wgsl/memory/memory.wgsl`.
//!
//! Words 0..1024 of the buffer are the zero page, then comes the image, then the frames: `capacity` times one page of
//! every lane of a group, word by word side by side.

use crate::abi::*;
use crate::gpu::{Buffer, Encode, Gpu, Pipeline};
use crate::machine::Error;
use crate::machine::memory::address_space::PAGE_SIZE;
use crate::machine::pass::{self, Params};
use std::ops::Range;
use wgpu::BufferUsages;

/// Frames are given out until this part of them is left, so that the hash table stays quick to search.
const SPARE_PART: u32 = 16;
/// Bytes of frames that go to the GPU at once.
const UPLOAD_BYTES: usize = 64 << 20;
/// A slot: two words of key, the lanes that have a copy, and those of them that have not written theirs.
pub(in crate::machine) type Slot = [u32; SLOT_WORDS as usize];

/// Frames and their slots on the GPU.
pub(in crate::machine) struct Pool {
    pub memory: Buffer,
    pub slots: Buffer,
    pub capacity: u32,
    /// First word of the frames.
    pub frames_at: u32,
    frame_bytes: u64,
}

impl Pool {
    /// Makes an empty pool behind an image of so many pages, which is still to be filled in.
    pub fn new(gpu: &Gpu, image_pages: u32, capacity: u32, frame_bytes: u64) -> Result<Pool, Error> {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let fixed = fixed_bytes(image_pages);
        Ok(Pool {
            memory: gpu.buffer("memory", fixed + u64::from(capacity) * frame_bytes, usage)?,
            slots: gpu.buffer("slots", u64::from(capacity) * u64::from(SLOT_WORDS * 4), usage)?,
            capacity,
            frames_at: (fixed / 4) as u32,
            frame_bytes,
        })
    }

    /// Bytes of its buffers.
    pub fn bytes(&self) -> u64 {
        self.memory.size() + self.slots.size()
    }

    /// Frames that are given out.
    pub fn limit(&self) -> u32 {
        limit(self.capacity)
    }

    /// Takes the zero page and the image from another pool.
    pub fn copy_image(&self, gpu: &Gpu, from: &Pool) -> Result<(), Error> {
        let commands = gpu.guard("copying the image", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            encoder.copy(&from.memory, 0, &self.memory, 0, u64::from(self.frames_at) * 4);
            encoder.finish()
        })?;
        gpu.queue().submit([commands]);
        Ok(())
    }

    /// Takes the frames of these groups from another pool. `params` and `status` are of the bank that this pool is for.
    pub fn take(&self, mover: &Mover, from: &Pool, groups: Range<u32>) -> Result<(), Error> {
        let source =
            Source { slots: &from.slots, memory: &from.memory, count: from.capacity, frames_at: from.frames_at };
        mover.run(self, &source, groups)
    }

    /// Takes frames from the host's memory.
    pub fn fill(&self, mover: &Mover, from: &Spilled) -> Result<(), Error> {
        let frame = self.frame_bytes as usize;
        let at_once = (UPLOAD_BYTES / frame).max(1);
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        for (slots, bytes) in from.slots.chunks(at_once).zip(from.bytes.chunks(at_once * frame)) {
            let slot_buffer = mover.gpu.buffer("spilled slots", size_of_val(slots) as u64, usage)?;
            mover.gpu.upload(&slot_buffer, 0, bytemuck::cast_slice(slots));
            let frame_buffer = mover.gpu.buffer("spilled frames", bytes.len() as u64, usage)?;
            mover.gpu.upload(&frame_buffer, 0, bytes);
            let source = Source { slots: &slot_buffer, memory: &frame_buffer, count: slots.len() as u32, frames_at: 0 };
            mover.run(self, &source, 0..u32::MAX)?;
        }
        Ok(())
    }

    /// Copies what lanes have copied to the host's memory. `None` when that would be more than `most` bytes.
    pub fn spill(&self, gpu: &Gpu, most: u64) -> Result<Option<Spilled>, Error> {
        let data = gpu.download(&[(&self.slots, 0..self.slots.size())])?;
        let slots = own_copies(&data[0]);
        let frames_at = u64::from(self.frames_at) * 4;
        let mut spilled = Spilled::empty(self.frame_bytes);
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for (index, slot) in (0..).zip(slots).filter(|(_, slot)| slot[2] != 0) {
            spilled.slots.push(slot);
            let start = frames_at + index * self.frame_bytes;
            match ranges.last_mut() {
                Some(last) if last.end == start => last.end += self.frame_bytes,
                _ => ranges.push(start..start + self.frame_bytes),
            }
        }
        let needed = spilled.slots.len() as u64 * self.frame_bytes;
        let room = usize::try_from(needed).ok().filter(|_| needed <= most);
        if room.is_none_or(|room| spilled.bytes.try_reserve_exact(room).is_err()) {
            return Ok(None);
        }
        // A few at a time: a download makes a copy of its own.
        while !ranges.is_empty() {
            let mut bytes = 0;
            let count = ranges.iter().take_while(|range| {
                bytes += range.end - range.start;
                bytes <= UPLOAD_BYTES as u64
            });
            let count = count.count().max(1);
            let part: Vec<_> = ranges.drain(..count).map(|range| (&self.memory, range)).collect();
            for bytes in gpu.download(&part)? {
                spilled.bytes.extend_from_slice(&bytes);
            }
        }
        Ok(Some(spilled))
    }
}

/// Frames in the host's memory, only those that lanes have copies in.
pub(in crate::machine) struct Spilled {
    pub slots: Vec<Slot>,
    bytes: Vec<u8>,
    frame_bytes: u64,
}

impl Spilled {
    /// No frames.
    pub fn empty(frame_bytes: u64) -> Spilled {
        Spilled { slots: Vec::new(), bytes: Vec::new(), frame_bytes }
    }

    pub fn bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Splits off what groups from `group` on have.
    pub fn split_off(&mut self, group: u32) -> Spilled {
        let frame = self.frame_bytes as usize;
        let mut upper = Spilled::empty(self.frame_bytes);
        let mut lower = Spilled::empty(self.frame_bytes);
        for (slot, bytes) in self.slots.iter().zip(self.bytes.chunks(frame)) {
            let part = if slot_page(slot).0 < group { &mut lower } else { &mut upper };
            part.slots.push(*slot);
            part.bytes.extend_from_slice(bytes);
        }
        *self = lower;
        upper
    }

    /// Clears the lanes' bits: `bits` are those of a group.
    pub fn release(&mut self, bits: impl Fn(u32) -> u32) {
        for slot in &mut self.slots {
            slot[2] &= !bits(slot_page(slot).0);
        }
    }
}

/// Moves frames into a bank's pool.
pub(in crate::machine) struct Mover<'a> {
    pub gpu: &'a Gpu,
    pub pipeline: &'a Pipeline,
    pub params: &'a Params,
    pub status: &'a Buffer,
}

struct Source<'a> {
    slots: &'a Buffer,
    memory: &'a Buffer,
    count: u32,
    frames_at: u32,
}

impl Mover<'_> {
    fn run(&self, to: &Pool, from: &Source, groups: Range<u32>) -> Result<(), Error> {
        let Mover { gpu, pipeline, params, status } = self;
        let params = pass::uniform(gpu, params)?;
        let source = gpu.buffer("source", 16, BufferUsages::STORAGE | BufferUsages::COPY_DST)?;
        let words = [from.count, from.frames_at, groups.start, groups.end];
        gpu.upload(&source, 0, bytemuck::cast_slice(&words));
        let bound = pipeline.bind(
            gpu,
            &[
                ("memory", &to.memory),
                ("params", &params),
                ("slots", &to.slots),
                ("status", status),
                ("source", &source),
                ("source_slots", from.slots),
                ("source_memory", from.memory),
            ],
        )?;
        let commands = gpu.guard("moving frames", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            pass::encode_slots(&mut encoder, &bound, from.count);
            encoder.finish()
        })?;
        gpu.submit_and_wait(commands)?;
        let lost = u64::from(STATUS_LOST) * 4;
        match gpu.download(&[(status, lost..lost + 4)])?[0][..] {
            [0, 0, 0, 0] => Ok(()),
            _ => Err(Error::FramesLost),
        }
    }
}

/// Bytes before the frames.
pub(in crate::machine) fn fixed_bytes(image_pages: u32) -> u64 {
    (u64::from(image_pages) + 1) * PAGE_SIZE
}

/// Frames that are given out of so many.
pub(in crate::machine) fn limit(capacity: u32) -> u32 {
    capacity - (capacity / SPARE_PART).max(1)
}

/// The smallest capacity that is a prime and gives out `frames` frames, or else the largest up to `most`. With a prime
/// number of slots every step of a probe visits all of them.
pub(in crate::machine) fn capacity_for(frames: u64, most: u32) -> u32 {
    let wanted = frames + frames / u64::from(SPARE_PART - 1) + 2;
    let mut capacity = wanted.max(3);
    while capacity <= u64::from(most) {
        if is_prime(capacity as u32) && u64::from(limit(capacity as u32)) >= frames {
            return capacity as u32;
        }
        capacity += 1;
    }
    largest_prime(most)
}

/// The largest prime up to `n`, at least 2.
pub(in crate::machine) fn largest_prime(n: u32) -> u32 {
    (2..=n.max(2)).rev().find(|n| is_prime(*n)).unwrap_or(2)
}

fn is_prime(n: u32) -> bool {
    n >= 2 && (2..).take_while(|d| u64::from(*d) * u64::from(*d) <= u64::from(n)).all(|d| !n.is_multiple_of(d))
}

/// Slots without what was copied ahead and not yet written.
pub(in crate::machine) fn own_copies(bytes: &[u8]) -> Vec<Slot> {
    let slots: Vec<Slot> = bytemuck::pod_collect_to_vec(bytes);
    slots.into_iter().map(|[low, high, copies, ahead]| [low, high, copies & !ahead, 0]).collect()
}

/// Group and page number of a slot in use: the inverse of `slot_key`.
pub(in crate::machine) fn slot_page(slot: &Slot) -> (u32, u64) {
    let [low, high, ..] = *slot;
    let page = u64::from(low & 0xfff_ffff) | u64::from(high & 0xff) << 28;
    ((high & 0x7fff_ffff) >> 8, page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn largest_prime_is_prime_and_not_larger() {
        assert_eq!([0, 2, 4, 100, 1024, 32768].map(largest_prime), [2, 2, 3, 97, 1021, 32749]);
    }

    #[test]
    fn capacities_give_out_what_is_asked() {
        for frames in [0, 1, 2, 3, 15, 16, 100, 1000, 65_536] {
            let capacity = capacity_for(frames, u32::MAX);
            assert!(u64::from(limit(capacity)) >= frames && is_prime(capacity), "{frames}: {capacity}");
            assert!(u64::from(capacity) < frames + frames / 8 + 16, "{frames}: {capacity}");
        }
        assert_eq!(capacity_for(1000, 100), 97);
    }
}
