//! Files: the three standard streams, which behave as pipes do, and an empty read-only file system around them.

use std::io::{self, ErrorKind, Read};

use twox_hash::XxHash3_128;

use super::descriptors::Stream;
use super::memory::MAX_TRANSFER;
use super::{Call, Errno, Interrupt, Memory, Result, Signal, Span};
use crate::machine::Permissions;

/// What one read of a pipe returns at most: a full pipe.
pub const PIPE_SIZE: usize = 64 << 10;
const VECTORS_MAX: u64 = 1024;

const O_CREAT: i32 = 0o100;
const AT_EMPTY_PATH: i32 = 0x1000;

/// What a lane wrote to one of its streams.
#[derive(Clone, Default)]
pub struct Output {
    bytes: Vec<u8>,
    written: u64,
    /// Of all that was written, once more was than is kept.
    hash: Option<Box<XxHash3_128>>,
}

impl PartialEq for Output {
    fn eq(&self, other: &Self) -> bool {
        (self.written, &self.bytes, self.hash()) == (other.written, &other.bytes, other.hash())
    }
}

impl Eq for Output {}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\" of {} bytes", self.bytes.escape_ascii(), self.written)
    }
}

impl Output {
    /// The bytes, up to the limit that was set for keeping them.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes were written, kept or not.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// XXH3's 128 bits of all that was written, kept or not.
    pub fn hash(&self) -> u128 {
        self.hash.as_ref().map_or_else(|| XxHash3_128::oneshot(&self.bytes), |hash| hash.finish_128())
    }

    pub fn push(&mut self, bytes: &[u8], limit: usize) {
        let room = limit.saturating_sub(self.bytes.len()).min(bytes.len());
        if room < bytes.len() && self.hash.is_none() {
            let mut hash = Box::new(XxHash3_128::new());
            hash.write(&self.bytes);
            self.hash = Some(hash);
        }
        if let Some(hash) = &mut self.hash {
            hash.write(bytes);
        }
        self.bytes.extend_from_slice(&bytes[..room]);
        self.written += bytes.len() as u64;
    }
}

/// Standard input: read from the host once, when the first lane wants it, and the same for every lane.
pub struct Input {
    reader: Box<dyn Read>,
    /// What was read and some lane may still want.
    bytes: Vec<u8>,
    /// Position in the input of the first of `bytes`.
    start: u64,
    /// Where each read of the host ended: no lane's read crosses these, so that all lanes see the same pieces.
    ends: Vec<u64>,
    ended: bool,
}

impl Input {
    pub fn new(reader: Box<dyn Read>) -> Self {
        Self { reader, bytes: Vec::new(), start: 0, ends: Vec::new(), ended: false }
    }

    /// Up to `length` bytes from `position` on; none at the end of the input. Waits for the host where it must.
    fn read(&mut self, position: u64, length: usize) -> io::Result<&[u8]> {
        let offset = (position - self.start) as usize;
        if offset == self.bytes.len() && !self.ended {
            let mut piece = vec![0; PIPE_SIZE];
            let count = loop {
                match self.reader.read(&mut piece) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    other => break other?,
                }
            };
            self.ended = count == 0;
            self.bytes.extend_from_slice(&piece[..count]);
            self.ends.push(position + count as u64);
        }
        let next = self.ends.partition_point(|&end| end <= position);
        let end = self.ends.get(next).map_or(self.bytes.len(), |end| (end - self.start) as usize);
        Ok(&self.bytes[offset..end.min(offset.saturating_add(length))])
    }

    /// Forgets what lies before `position`, once it is worth moving the rest.
    pub fn forget(&mut self, position: u64) {
        let passed = position.saturating_sub(self.start) as usize;
        if passed >= PIPE_SIZE && passed * 2 >= self.bytes.len() {
            self.bytes.drain(..passed);
            self.start = position;
            self.ends.retain(|&end| end > position);
        }
    }
}

/// Up to `length` bytes of an input that is there as a whole, in the pieces in which [`Input`] would read it.
fn piece(input: &[u8], position: u64, length: usize) -> &[u8] {
    let rest = &input[position as usize..];
    let piece = PIPE_SIZE - position as usize % PIPE_SIZE;
    &rest[..rest.len().min(length).min(piece)]
}

/// The buffers of a vectored transfer, each as far as `permissions` reach. Ends at the first that cannot be used whole.
fn vectors(call: &Call<'_>, permissions: Permissions) -> Result<Vec<Span>> {
    let [_, address, count, ..] = call.arguments;
    if count > VECTORS_MAX {
        return Err(Errno::EINVAL.into());
    }
    let table = call.memory.read(address, 16 * count as u32)?;
    let words = |bytes: &[u8; 16]| {
        let (low, high) = bytes.split_at(8);
        [low, high].map(|half| u64::from_le_bytes(half.try_into().unwrap_or_default()))
    };
    let vectors: Vec<[u64; 2]> = table.as_chunks().0.iter().map(words).collect();
    if vectors.iter().any(|&[_, length]| length > i64::MAX as u64) {
        return Err(Errno::EINVAL.into());
    }
    transfer(&call.memory, &vectors, permissions)
}

fn transfer(memory: &Memory<'_>, vectors: &[[u64; 2]], permissions: Permissions) -> Result<Vec<Span>> {
    let mut spans = Vec::new();
    let mut total = 0;
    for &[address, length] in vectors.iter().filter(|[_, length]| *length > 0) {
        let wanted = length.min(MAX_TRANSFER - total);
        let reach = memory.reach(address, wanted, permissions);
        if reach > 0 {
            spans.push(Span { address, length: reach as u32 });
        } else if total == 0 && wanted > 0 {
            return Err(Errno::EFAULT.into());
        }
        total += reach;
        if reach < length {
            break;
        }
    }
    Ok(spans)
}

fn write_spans(call: &mut Call<'_>, spans: &[Span]) -> Result {
    let output = call.lane.descriptors.get(call.arguments[0]).and_then(Stream::output).ok_or(Errno::EBADF)?;
    call.memory.fetch(spans)?;
    let mut written = 0;
    for &span in spans {
        let bytes = call.memory.bytes(span)?;
        if call.lane.index == 0
            && let Some(stream) = &mut call.host.streams[output]
            && let Err(error) = stream.write_all(bytes).and_then(|()| stream.flush())
        {
            if error.kind() == ErrorKind::BrokenPipe {
                return match call.lane.signals.raise(Signal::PIPE) {
                    Some(end) => Err(Interrupt::End(end)),
                    None => Err(Errno::EPIPE.into()),
                };
            }
            log::error!("writing the program's output: {error}");
            return Err(Errno::EIO.into());
        }
        call.lane.outputs[output].push(bytes, call.host.output_limit);
        written += bytes.len() as u64;
    }
    Ok(written)
}

fn read_spans(call: &mut Call<'_>, spans: &[Span]) -> Result {
    if call.lane.descriptors.get(call.arguments[0]) != Some(Stream::Input) {
        return Err(Errno::EBADF.into());
    }
    let wanted: usize = spans.iter().map(|span| span.length as usize).sum();
    if wanted == 0 {
        return Ok(0);
    }
    let mut bytes = match &call.lane.stdin {
        Some(own) => piece(own, call.lane.input_position, wanted),
        None => match call.host.input.read(call.lane.input_position, wanted) {
            Ok(bytes) => bytes,
            Err(error) => {
                log::error!("reading standard input: {error}");
                return Err(Errno::EIO.into());
            }
        },
    };
    let count = bytes.len() as u64;
    for span in spans {
        let (now, later) = bytes.split_at(bytes.len().min(span.length as usize));
        if !now.is_empty() {
            call.memory.write(span.address, now)?;
        }
        bytes = later;
    }
    call.lane.input_position += count;
    Ok(count)
}

pub fn write(call: &mut Call<'_>) -> Result {
    call.open_stream()?;
    let spans = transfer(&call.memory, &[[call.arguments[1], call.arguments[2]]], Permissions::READ)?;
    write_spans(call, &spans)
}

pub fn writev(call: &mut Call<'_>) -> Result {
    call.open_stream()?;
    let spans = vectors(call, Permissions::READ)?;
    write_spans(call, &spans)
}

pub fn read(call: &mut Call<'_>) -> Result {
    call.open_stream()?;
    let spans = transfer(&call.memory, &[[call.arguments[1], call.arguments[2]]], Permissions::WRITE)?;
    read_spans(call, &spans)
}

pub fn readv(call: &mut Call<'_>) -> Result {
    call.open_stream()?;
    let spans = vectors(call, Permissions::WRITE)?;
    read_spans(call, &spans)
}

/// `lseek`, `pread64`, `pwrite64` and their like: pipes have no position.
pub fn seek(call: &mut Call<'_>) -> Result {
    call.open_stream()?;
    Err(Errno::ESPIPE.into())
}

/// No stream is a terminal.
pub fn ioctl(call: &mut Call<'_>) -> Result {
    call.open_stream()?;
    Err(Errno::ENOTTY.into())
}

/// Writes the `struct stat` of a pipe.
fn write_stat(call: &mut Call<'_>, stream: Stream, address: u64) -> Result {
    const FIFO_0600: u64 = 0o010_600;
    const LINKS: u64 = 1;
    const BLOCK_SIZE: u64 = 4096;
    let user = u64::from(crate::linux::stack::USER as u32);
    let mut stat = [0; 16];
    stat[1] = stream as u64 + 1;
    stat[2] = FIFO_0600 | LINKS << 32;
    stat[3] = user | user << 32;
    stat[7] = BLOCK_SIZE;
    call.memory.write_words(address, &stat)?;
    Ok(0)
}

pub fn fstat(call: &mut Call<'_>) -> Result {
    let stream = call.open_stream()?;
    write_stat(call, stream, call.arguments[1])
}

pub fn newfstatat(call: &mut Call<'_>) -> Result {
    let path = call.memory.read_path(call.arguments[1])?;
    if path.is_empty() && call.int(3) & AT_EMPTY_PATH != 0 {
        let stream = call.open_stream()?;
        return write_stat(call, stream, call.arguments[2]);
    }
    Err(Errno::ENOENT.into())
}

pub fn openat(call: &mut Call<'_>) -> Result {
    call.memory.read_path(call.arguments[1])?;
    Err(if call.int(2) & O_CREAT != 0 { Errno::EROFS } else { Errno::ENOENT }.into())
}

/// Every call on a path (its second argument) that no file has.
pub fn absent_path(call: &mut Call<'_>) -> Result {
    call.memory.read_path(call.arguments[1])?;
    Err(Errno::ENOENT.into())
}

pub fn readlinkat(call: &mut Call<'_>) -> Result {
    let [_, path, address, size, ..] = call.arguments;
    if call.int(3) <= 0 {
        return Err(Errno::EINVAL.into());
    }
    if call.memory.read_path(path)? != b"/proc/self/exe" {
        return Err(Errno::ENOENT.into());
    }
    // Programs take it for a full path. Everything is in the root.
    let executable = &call.host.executable[..];
    let path = match executable.strip_prefix(b"./").unwrap_or(executable) {
        path if path.starts_with(b"/") => path.to_vec(),
        path => [b"/", path].concat(),
    };
    let length = path.len().min(size as u32 as usize);
    call.memory.write(address, &path[..length])?;
    Ok(length as u64)
}
