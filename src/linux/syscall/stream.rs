//! Files: the three standard streams, which behave as pipes do, and an empty read-only file system around them.

use std::io::{self, ErrorKind, Read};

use twox_hash::XxHash3_128;

use super::memory::MAX_TRANSFER;
use super::{Call, Errno, Interrupt, Memory, Result, Signal, Span};
use crate::machine::Permissions;

/// Descriptors that a process may have open.
pub const DESCRIPTORS: usize = 16;
/// What one read of a pipe returns at most: a full pipe.
pub const PIPE_SIZE: usize = 64 << 10;
const VECTORS_MAX: u64 = 1024;

const F_DUPFD: i32 = 0;
const F_GETFD: i32 = 1;
const F_SETFD: i32 = 2;
const F_GETFL: i32 = 3;
const F_SETFL: i32 = 4;
const F_DUPFD_CLOEXEC: i32 = 1030;
const O_WRONLY: u64 = 1;
const O_CREAT: i32 = 0o100;
const O_CLOEXEC: i32 = 0o2_000_000;
const AT_EMPTY_PATH: i32 = 0x1000;

/// One of the standard streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Input,
    Output,
    Error,
}

impl Stream {
    /// Index into [`super::Lane::outputs`] and [`super::Host::streams`].
    fn output(self) -> Option<usize> {
        match self {
            Self::Input => None,
            Self::Output => Some(0),
            Self::Error => Some(1),
        }
    }
}

/// The descriptor table.
#[derive(Debug, Clone)]
pub struct Descriptors {
    streams: [Option<Stream>; DESCRIPTORS],
    /// One bit per descriptor: close on exec.
    close_on_exec: u16,
}

impl Default for Descriptors {
    fn default() -> Self {
        let mut streams = [None; DESCRIPTORS];
        streams[..3].copy_from_slice(&[Some(Stream::Input), Some(Stream::Output), Some(Stream::Error)]);
        Self { streams, close_on_exec: 0 }
    }
}

impl Descriptors {
    /// What is open under a descriptor, given as a register: its upper half does not count.
    pub fn get(&self, descriptor: u64) -> Option<Stream> {
        *self.streams.get((descriptor & 0xffff_ffff) as usize)?
    }

    /// Whether standard input, output and error are where they are at first, and nothing else is open.
    pub fn are_plain(&self) -> bool {
        self.streams == Self::default().streams
    }

    fn set(&mut self, descriptor: usize, stream: Option<Stream>, close_on_exec: bool) {
        self.streams[descriptor] = stream;
        self.close_on_exec &= !(1 << descriptor);
        self.close_on_exec |= u16::from(close_on_exec) << descriptor;
    }

    /// Opens `stream` again under the first free descriptor from `lowest` on.
    fn duplicate(&mut self, stream: Stream, lowest: usize, close_on_exec: bool) -> Result {
        let free = (lowest..DESCRIPTORS).find(|&descriptor| self.streams[descriptor].is_none());
        let descriptor = free.ok_or(Errno::EMFILE)?;
        self.set(descriptor, Some(stream), close_on_exec);
        Ok(descriptor as u64)
    }
}

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

fn open_stream(call: &Call<'_>) -> Result<Stream> {
    call.lane.descriptors.get(call.arguments[0]).ok_or_else(|| Errno::EBADF.into())
}

pub fn write(call: &mut Call<'_>) -> Result {
    open_stream(call)?;
    let spans = transfer(&call.memory, &[[call.arguments[1], call.arguments[2]]], Permissions::READ)?;
    write_spans(call, &spans)
}

pub fn writev(call: &mut Call<'_>) -> Result {
    open_stream(call)?;
    let spans = vectors(call, Permissions::READ)?;
    write_spans(call, &spans)
}

pub fn read(call: &mut Call<'_>) -> Result {
    open_stream(call)?;
    let spans = transfer(&call.memory, &[[call.arguments[1], call.arguments[2]]], Permissions::WRITE)?;
    read_spans(call, &spans)
}

pub fn readv(call: &mut Call<'_>) -> Result {
    open_stream(call)?;
    let spans = vectors(call, Permissions::WRITE)?;
    read_spans(call, &spans)
}

/// `lseek`, `pread64`, `pwrite64` and their like: pipes have no position.
pub fn seek(call: &mut Call<'_>) -> Result {
    open_stream(call)?;
    Err(Errno::ESPIPE.into())
}

pub fn close(call: &mut Call<'_>) -> Result {
    open_stream(call)?;
    call.lane.descriptors.set(call.arguments[0] as u32 as usize, None, false);
    Ok(0)
}

pub fn dup(call: &mut Call<'_>) -> Result {
    let stream = open_stream(call)?;
    call.lane.descriptors.duplicate(stream, 0, false)
}

pub fn dup3(call: &mut Call<'_>) -> Result {
    let stream = open_stream(call)?;
    let (target, flags) = (call.arguments[1] as u32 as usize, call.int(2));
    if flags & !O_CLOEXEC != 0 || call.arguments[0] as u32 as usize == target {
        return Err(Errno::EINVAL.into());
    }
    if target >= DESCRIPTORS {
        return Err(Errno::EBADF.into());
    }
    call.lane.descriptors.set(target, Some(stream), flags & O_CLOEXEC != 0);
    Ok(target as u64)
}

pub fn fcntl(call: &mut Call<'_>) -> Result {
    let stream = open_stream(call)?;
    let (descriptor, command, argument) = (call.arguments[0] as u32 as usize, call.int(1), call.arguments[2]);
    let descriptors = &mut call.lane.descriptors;
    match command {
        F_DUPFD | F_DUPFD_CLOEXEC => {
            let lowest = usize::try_from(argument).ok().filter(|&lowest| lowest < DESCRIPTORS).ok_or(Errno::EINVAL)?;
            descriptors.duplicate(stream, lowest, command == F_DUPFD_CLOEXEC)
        }
        F_GETFD => Ok((descriptors.close_on_exec >> descriptor & 1).into()),
        F_SETFD => {
            descriptors.set(descriptor, Some(stream), argument & 1 != 0);
            Ok(0)
        }
        F_GETFL => Ok(if stream == Stream::Input { 0 } else { O_WRONLY }),
        // Non-blocking and asynchronous modes: a transfer never waits for another process here.
        F_SETFL => Ok(0),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// No stream is a terminal.
pub fn ioctl(call: &mut Call<'_>) -> Result {
    open_stream(call)?;
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
    let stream = open_stream(call)?;
    write_stat(call, stream, call.arguments[1])
}

pub fn newfstatat(call: &mut Call<'_>) -> Result {
    let path = call.memory.read_path(call.arguments[1])?;
    if path.is_empty() && call.int(3) & AT_EMPTY_PATH != 0 {
        let stream = open_stream(call)?;
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
    let length = call.host.executable.len().min(size as u32 as usize);
    call.memory.write(address, &call.host.executable[..length])?;
    Ok(length as u64)
}
