//! Buffers and the way of data into them.

use std::ops::Range;
use std::sync::{Arc, Mutex, Weak};

use wgpu::{BufferDescriptor, BufferUsages, COPY_BUFFER_ALIGNMENT, CommandEncoder, ComputePass, Features};

use super::device::lock;
use super::{Error, Gpu};

/// wgpu keeps a copy of what is written until it is submitted; larger uploads go in pieces of this size (small ones
/// in tests, which are to see more than one).
pub(super) const UPLOAD_PIECE: usize = if cfg!(test) { 64 << 10 } else { 64 << 20 };

/// Where buffers begin that share a block: what a binding's offset is a multiple of, and whole elements of any buffer.
const ALIGNMENT: u64 = 256;

/// A buffer on a device. Clones are the same buffer.
///
/// Where bindings are scarce ([`Gpu::packs`]) it may be moved next to others when it is bound, by [`super::Pipeline::bind`]:
/// so commands that use it are encoded after all that is submitted with them was bound.
#[derive(Clone, Debug)]
pub struct Buffer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    label: String,
    size: u64,
    usage: BufferUsages,
    place: Mutex<Place>,
}

/// Where a buffer is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub block: Arc<Block>,
    pub offset: u64,
}

/// A buffer of wgpu's, which holds one of ours, or several.
#[derive(Debug)]
pub(super) struct Block {
    pub raw: wgpu::Buffer,
    members: Vec<Weak<Shared>>,
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Buffer) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl Eq for Buffer {}

impl Buffer {
    /// What it is called.
    pub fn label(&self) -> &str {
        &self.shared.label
    }

    /// Bytes.
    pub fn size(&self) -> u64 {
        self.shared.size
    }

    /// What it may be used for.
    pub fn usage(&self) -> BufferUsages {
        self.shared.usage
    }

    pub(super) fn place(&self) -> Place {
        lock(&self.shared.place).clone()
    }

    /// Dispatches as many workgroups as the three words at byte `offset` say.
    pub fn dispatch_indirect(&self, pass: &mut ComputePass, offset: u64) {
        let place = self.place();
        pass.dispatch_workgroups_indirect(&place.block.raw, place.offset + offset);
    }
}

/// Commands on [`Buffer`]s.
pub trait Encode {
    /// Copies `bytes` bytes from one buffer, from byte `start` on, to another, to byte `at`. All are multiples of 4.
    fn copy(&mut self, from: &Buffer, start: u64, to: &Buffer, at: u64, bytes: u64);

    /// Makes the bytes of the range zero. Its ends are multiples of 4.
    fn clear(&mut self, buffer: &Buffer, range: Range<u64>);
}

impl Encode for CommandEncoder {
    fn copy(&mut self, from: &Buffer, start: u64, to: &Buffer, at: u64, bytes: u64) {
        let (from, to) = (from.place(), to.place());
        self.copy_buffer_to_buffer(&from.block.raw, from.offset + start, &to.block.raw, to.offset + at, bytes);
    }

    fn clear(&mut self, buffer: &Buffer, range: Range<u64>) {
        let place = buffer.place();
        self.clear_buffer(&place.block.raw, place.offset + range.start, Some(range.end - range.start));
    }
}

impl Gpu {
    /// Makes a buffer of zeros. The size is rounded up to whole words, and to at least one. A size over the device's
    /// limits is refused before the driver sees it.
    pub fn buffer(&self, label: &str, size: u64, usage: BufferUsages) -> Result<Buffer, Error> {
        let limits = self.limits();
        let refuse = |limit, offered| Err(Error::BufferTooLarge { label: label.to_owned(), size, limit, offered });
        if size > limits.max_buffer_size {
            return refuse("max_buffer_size", limits.max_buffer_size);
        }
        if usage.contains(BufferUsages::STORAGE) && size > limits.max_storage_buffer_binding_size {
            return refuse("max_storage_buffer_binding_size", limits.max_storage_buffer_binding_size);
        }
        if usage.contains(BufferUsages::UNIFORM) && size > limits.max_uniform_buffer_binding_size {
            return refuse("max_uniform_buffer_binding_size", limits.max_uniform_buffer_binding_size);
        }
        let size = size.next_multiple_of(COPY_BUFFER_ALIGNMENT).max(COPY_BUFFER_ALIGNMENT);
        // What may be moved is copied then.
        let moved = self.packs() && usage.contains(BufferUsages::STORAGE);
        let copied = if moved { BufferUsages::COPY_SRC | BufferUsages::COPY_DST } else { BufferUsages::empty() };
        let raw = self.raw_buffer(label, size, usage | copied)?;
        let place = Place { block: Arc::new(Block { raw, members: Vec::new() }), offset: 0 };
        let shared = Shared { label: label.to_owned(), size, usage, place: Mutex::new(place) };
        Ok(Buffer { shared: Arc::new(shared) })
    }

    fn raw_buffer(&self, label: &str, size: u64, usage: BufferUsages) -> Result<wgpu::Buffer, Error> {
        self.guard(&format!("making buffer {label} of {size} bytes"), |device| {
            device.create_buffer(&BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
        })
    }

    /// Moves buffers into one block, unless they are in one, with all that is beside any of them now.
    pub(super) fn unite(&self, label: &str, wanted: &[&Buffer]) -> Result<(), Error> {
        let _moving = self.moving();
        let places: Vec<Place> = wanted.iter().map(|buffer| buffer.place()).collect();
        if places.windows(2).all(|pair| Arc::ptr_eq(&pair[0].block, &pair[1].block)) {
            return Ok(());
        }
        let beside = places.iter().flat_map(|place| place.block.members.iter().filter_map(Weak::upgrade));
        let mut all: Vec<Arc<Shared>> = Vec::new();
        for shared in wanted.iter().map(|buffer| buffer.shared.clone()).chain(beside) {
            if !all.iter().any(|other| Arc::ptr_eq(other, &shared)) {
                all.push(shared);
            }
        }
        let mut size = 0;
        let mut usage = BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
        let mut offsets = Vec::with_capacity(all.len());
        for shared in &all {
            offsets.push(size);
            size += shared.size.next_multiple_of(ALIGNMENT);
            usage |= shared.usage;
        }
        let limits = self.limits();
        let most = limits.max_storage_buffer_binding_size;
        if size > most.min(limits.max_buffer_size) {
            let limit =
                if most < limits.max_buffer_size { "max_storage_buffer_binding_size" } else { "max_buffer_size" };
            let offered = most.min(limits.max_buffer_size);
            let names: Vec<&str> = all.iter().map(|shared| shared.label.as_str()).collect();
            let label = format!("{label} ({})", names.join(", "));
            return Err(Error::BufferTooLarge { label, size, limit, offered });
        }
        let raw = self.raw_buffer(label, size, usage)?;
        self.guard(&format!("moving buffers into {label}"), |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            for (shared, to) in all.iter().zip(&offsets) {
                let from = lock(&shared.place).clone();
                encoder.copy_buffer_to_buffer(&from.block.raw, from.offset, &raw, *to, shared.size);
            }
            self.queue().submit([encoder.finish()])
        })?;
        let block = Arc::new(Block { raw, members: all.iter().map(Arc::downgrade).collect() });
        for (shared, offset) in all.iter().zip(offsets) {
            *lock(&shared.place) = Place { block: block.clone(), offset };
        }
        Ok(())
    }

    /// The usages of a buffer that is to be [downloaded](Gpu::download) often: mapped in place where the host and the
    /// GPU use one memory, else copied.
    pub fn readable(&self) -> BufferUsages {
        // What shares a block with others is not mapped under them.
        if self.features().contains(Features::MAPPABLE_PRIMARY_BUFFERS) && !self.packs() {
            BufferUsages::COPY_SRC | BufferUsages::MAP_READ
        } else {
            BufferUsages::COPY_SRC
        }
    }

    /// Writes `bytes` before any later submission reads them. Offset and length are multiples of 4. A failure comes
    /// back from the next call that returns a `Result`.
    pub fn upload(&self, buffer: &Buffer, offset: u64, bytes: &[u8]) {
        let place = buffer.place();
        let mut offset = place.offset + offset;
        for piece in bytes.chunks(UPLOAD_PIECE) {
            self.queue().write_buffer(&place.block.raw, offset, piece);
            offset += piece.len() as u64;
            if piece.len() == UPLOAD_PIECE {
                self.queue().submit([]);
                if let Err(error) = self.wait() {
                    self.record(error);
                    return;
                }
            }
        }
    }
}
