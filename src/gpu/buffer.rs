//! Buffers and the way of data into them.

use wgpu::{Buffer, BufferDescriptor, BufferUsages, COPY_BUFFER_ALIGNMENT, Features};

use super::{Error, Gpu};

/// wgpu keeps a copy of what is written until it is submitted; larger uploads go in pieces of this size (small ones
/// in tests, which are to see more than one).
pub(super) const UPLOAD_PIECE: usize = if cfg!(test) { 64 << 10 } else { 64 << 20 };

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
        self.guard(&format!("making buffer {label} of {size} bytes"), |device| {
            device.create_buffer(&BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
        })
    }

    /// The usages of a buffer that is to be [downloaded](Gpu::download) often: mapped in place where the host and the
    /// GPU use one memory, else copied.
    pub fn readable(&self) -> BufferUsages {
        if self.features().contains(Features::MAPPABLE_PRIMARY_BUFFERS) {
            BufferUsages::COPY_SRC | BufferUsages::MAP_READ
        } else {
            BufferUsages::COPY_SRC
        }
    }

    /// Writes `bytes` before any later submission reads them. Offset and length are multiples of 4. A failure comes
    /// back from the next call that returns a `Result`.
    pub fn upload(&self, buffer: &Buffer, offset: u64, bytes: &[u8]) {
        let mut offset = offset;
        for piece in bytes.chunks(UPLOAD_PIECE) {
            self.queue().write_buffer(buffer, offset, piece);
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
