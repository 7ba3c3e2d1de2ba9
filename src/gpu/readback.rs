//! The way of data back from the GPU.

use std::ops::Range;

use wgpu::{BufferUsages, COPY_BUFFER_ALIGNMENT, MAP_ALIGNMENT, MapMode};

use super::{Buffer, Encode, Error, Gpu};

/// One submission downloads at most this much, so that the staging buffer stays small beside the data (smaller in
/// tests, which are to see more than one).
const STAGING_LIMIT: u64 = if cfg!(test) { 64 << 10 } else { 128 << 20 };

/// The buffer through which downloads go; kept, and replaced by a larger one when needed.
#[derive(Debug, Default)]
pub(super) struct Staging {
    buffer: Option<Buffer>,
}

/// A piece of a range on its way through the staging buffer.
struct Piece<'a> {
    source: &'a Buffer,
    /// Whole words around the bytes that are wanted.
    words: Range<u64>,
    /// Where they are put in the staging buffer.
    staged: u64,
    /// The bytes that are wanted, from the start of `words`.
    wanted: Range<usize>,
    /// Which of the caller's ranges this belongs to.
    output: usize,
}

impl Gpu {
    /// Reads the ranges, all in one submission as long as they fit into 128 MiB, after everything submitted so far.
    /// A buffer with `MAP_READ` is mapped in place, others need `COPY_SRC`.
    pub fn download(&self, ranges: &[(&Buffer, Range<u64>)]) -> Result<Vec<Vec<u8>>, Error> {
        let mut outputs = Vec::with_capacity(ranges.len());
        let mut pieces = Vec::new();
        for (output, (buffer, range)) in ranges.iter().enumerate() {
            if range.start > range.end || range.end > buffer.size() {
                return Err(Error::OutOfRange { start: range.start, end: range.end, size: buffer.size() });
            }
            outputs.push(Vec::with_capacity((range.end - range.start) as usize));
            if buffer.usage().contains(BufferUsages::MAP_READ) {
                let read = |bytes: &[u8]| outputs[output].extend_from_slice(bytes);
                self.read_mapped(buffer, range.clone(), read)?;
            } else {
                split(buffer, range.clone(), output, &mut pieces);
            }
        }

        let mut batch = Vec::new();
        let mut used = 0;
        for mut piece in pieces {
            let length = piece.words.end - piece.words.start;
            if used + length > STAGING_LIMIT {
                self.download_batch(&batch, used, &mut outputs)?;
                batch.clear();
                used = 0;
            }
            piece.staged = used;
            used += length;
            batch.push(piece);
        }
        if used > 0 {
            self.download_batch(&batch, used, &mut outputs)?;
        }
        Ok(outputs)
    }

    fn download_batch(&self, batch: &[Piece], size: u64, outputs: &mut [Vec<u8>]) -> Result<(), Error> {
        // Held until the data is out: another thread's download would overwrite it.
        let mut staging = self.staging();
        let staging = staging.at_least(self, size)?;
        self.guard("copying to the staging buffer", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            for Piece { source, words, staged, .. } in batch {
                encoder.copy(source, words.start, staging, *staged, words.end - words.start);
            }
            self.queue().submit([encoder.finish()])
        })?;
        self.read_mapped(staging, 0..size, |bytes| {
            for Piece { staged, wanted, output, .. } in batch {
                let staged = &bytes[*staged as usize..];
                outputs[*output].extend_from_slice(&staged[wanted.clone()]);
            }
        })
    }

    /// Maps the range for as long as `read` runs, after all submitted work that touches the buffer.
    fn read_mapped(&self, buffer: &Buffer, range: Range<u64>, read: impl FnOnce(&[u8])) -> Result<(), Error> {
        const WHAT: &str = "mapping a buffer";
        if range.is_empty() {
            return Ok(());
        }
        let start = range.start - range.start % MAP_ALIGNMENT;
        // What can be mapped shares its block with nobody.
        let raw = buffer.place().block.raw.clone();
        let slice = raw.slice(start..range.end.next_multiple_of(COPY_BUFFER_ALIGNMENT));
        self.guard(WHAT, |_| slice.map_async(MapMode::Read, |_| ()))?;
        let mapped = self.wait().and_then(|()| {
            let failed = |error: wgpu::MapRangeError| Error::Internal { what: WHAT.into(), message: error.to_string() };
            slice.get_mapped_range().map_err(failed)
        });
        let result = mapped.map(|view| {
            let skipped = (range.start - start) as usize;
            read(&view[skipped..skipped + (range.end - range.start) as usize]);
        });
        raw.unmap();
        result
    }
}

impl Staging {
    fn at_least(&mut self, gpu: &Gpu, size: u64) -> Result<&Buffer, Error> {
        if self.buffer.as_ref().is_none_or(|buffer| buffer.size() < size) {
            // The old one goes first: the two need not fit together.
            self.buffer = None;
            let usage = BufferUsages::COPY_DST | BufferUsages::MAP_READ;
            self.buffer = Some(gpu.buffer("staging", size.next_power_of_two(), usage)?);
        }
        Ok(self.buffer.as_ref().expect("made above"))
    }
}

/// Cuts a range into pieces that fit the staging buffer.
fn split<'a>(source: &'a Buffer, range: Range<u64>, output: usize, pieces: &mut Vec<Piece<'a>>) {
    let mut start = range.start;
    while start < range.end {
        let first = start - start % COPY_BUFFER_ALIGNMENT;
        let end = range.end.min(first + STAGING_LIMIT);
        let words = first..end.next_multiple_of(COPY_BUFFER_ALIGNMENT);
        let wanted = (start - first) as usize..(end - first) as usize;
        pieces.push(Piece { source, words, staged: 0, wanted, output });
        start = end;
    }
}
