//! The descriptor table of one lane's process, and the calls that change it. What is open are the three standard streams.

use std::collections::BTreeMap;

use super::limits::Resource;
use super::{Call, Errno, Result};

const F_DUPFD: i32 = 0;
const F_GETFD: i32 = 1;
const F_SETFD: i32 = 2;
const F_GETFL: i32 = 3;
const F_SETFL: i32 = 4;
const F_DUPFD_CLOEXEC: i32 = 1030;
const O_WRONLY: u32 = 1;
const O_CLOEXEC: i32 = 0o2_000_000;
/// The status flags that may be changed on an open pipe: append, non-blocking, asynchronous, packets, no access time. None
/// changes what is done here: a transfer never waits for another process.
const STATUS_FLAGS: u32 = 0o2_000 | 0o4_000 | 0o20_000 | 0o200_000 | 0o1_000_000;

/// One of the standard streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Input,
    Output,
    Error,
}

impl Stream {
    /// Index into [`super::Lane::outputs`] and [`super::Host::streams`].
    pub fn output(self) -> Option<usize> {
        match self {
            Self::Input => None,
            Self::Output => Some(0),
            Self::Error => Some(1),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Descriptor {
    stream: Stream,
    close_on_exec: bool,
}

/// The descriptor table.
#[derive(Debug, Clone, Default)]
pub struct Descriptors {
    /// By number; `None` while it is as at first, which most lanes never change.
    open: Option<BTreeMap<u32, Descriptor>>,
    /// Status flags of each stream, which all its descriptors share.
    flags: [u32; 3],
}

const FIRST: [Stream; 3] = [Stream::Input, Stream::Output, Stream::Error];

impl Descriptors {
    /// What is open under a descriptor, given as a register: its upper half does not count.
    pub fn get(&self, descriptor: u64) -> Option<Stream> {
        match &self.open {
            Some(open) => open.get(&(descriptor as u32)).map(|descriptor| descriptor.stream),
            None => FIRST.get(descriptor as u32 as usize).copied(),
        }
    }

    /// Whether standard input, output and error are where they are at first, and nothing else is open.
    pub fn are_plain(&self) -> bool {
        self.open.as_ref().is_none_or(|open| {
            let streams = open.iter().map(|(number, descriptor)| (*number, descriptor.stream));
            streams.eq((0..).zip(FIRST))
        })
    }

    fn open_mut(&mut self) -> &mut BTreeMap<u32, Descriptor> {
        let first = || FIRST.map(|stream| Descriptor { stream, close_on_exec: false });
        self.open.get_or_insert_with(|| (0..).zip(first()).collect())
    }

    fn set(&mut self, descriptor: u32, stream: Stream, close_on_exec: bool) {
        self.open_mut().insert(descriptor, Descriptor { stream, close_on_exec });
    }

    fn closes_on_exec(&self, descriptor: u32) -> bool {
        let found = self.open.as_ref().and_then(|open| open.get(&descriptor));
        found.is_some_and(|descriptor| descriptor.close_on_exec)
    }

    /// Opens `stream` again under the first free descriptor from `lowest` on and below `limit`.
    fn duplicate(&mut self, stream: Stream, lowest: u32, limit: u32, close_on_exec: bool) -> Result {
        let open = self.open_mut();
        // Descriptors from `lowest` on that follow each other without a gap are taken.
        let taken = open.range(lowest..).zip(lowest..).take_while(|((number, _), at)| **number == *at).count();
        let descriptor = lowest.saturating_add(taken as u32);
        if descriptor >= limit {
            return Err(Errno::EMFILE.into());
        }
        self.set(descriptor, stream, close_on_exec);
        Ok(descriptor.into())
    }
}

impl Call<'_> {
    /// What is open under the descriptor that is the first argument.
    pub(super) fn open_stream(&self) -> Result<Stream> {
        self.lane.descriptors.get(self.arguments[0]).ok_or_else(|| Errno::EBADF.into())
    }

    /// The first descriptor that may not be opened.
    fn descriptor_limit(&self) -> u32 {
        let [soft, _] = self.limit(Resource::NOFILE);
        soft.min(u64::from(u32::MAX)) as u32
    }
}

pub fn close(call: &mut Call<'_>) -> Result {
    call.open_stream()?;
    call.lane.descriptors.open_mut().remove(&(call.arguments[0] as u32));
    Ok(0)
}

pub fn dup(call: &mut Call<'_>) -> Result {
    let (stream, limit) = (call.open_stream()?, call.descriptor_limit());
    call.lane.descriptors.duplicate(stream, 0, limit, false)
}

pub fn dup3(call: &mut Call<'_>) -> Result {
    let (target, flags) = (call.arguments[1] as u32, call.int(2));
    if flags & !O_CLOEXEC != 0 || call.arguments[0] as u32 == target {
        return Err(Errno::EINVAL.into());
    }
    if target >= call.descriptor_limit() {
        return Err(Errno::EBADF.into());
    }
    let stream = call.open_stream()?;
    call.lane.descriptors.set(target, stream, flags & O_CLOEXEC != 0);
    Ok(target.into())
}

pub fn fcntl(call: &mut Call<'_>) -> Result {
    let (stream, limit) = (call.open_stream()?, call.descriptor_limit());
    let (descriptor, command, argument) = (call.arguments[0] as u32, call.int(1), call.arguments[2]);
    let descriptors = &mut call.lane.descriptors;
    match command {
        F_DUPFD | F_DUPFD_CLOEXEC => {
            let lowest = u32::try_from(argument).ok().filter(|&lowest| lowest < limit).ok_or(Errno::EINVAL)?;
            descriptors.duplicate(stream, lowest, limit, command == F_DUPFD_CLOEXEC)
        }
        F_GETFD => Ok(descriptors.closes_on_exec(descriptor).into()),
        F_SETFD => {
            descriptors.set(descriptor, stream, argument & 1 != 0);
            Ok(0)
        }
        F_GETFL => {
            let access = if stream == Stream::Input { 0 } else { O_WRONLY };
            Ok((access | descriptors.flags[stream as usize]).into())
        }
        F_SETFL => {
            descriptors.flags[stream as usize] = argument as u32 & STATUS_FLAGS;
            Ok(0)
        }
        _ => Err(Errno::EINVAL.into()),
    }
}
