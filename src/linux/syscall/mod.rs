//! System calls as functions of a lane's state, its arguments and its memory. None of them reaches the GPU or a host
//! file: [`Process`](super::Process) gathers what they need and applies what they decide.

pub(super) mod errno;
pub(super) mod memory;
pub(super) mod trace;

mod clock;
mod descriptors;
mod futex;
mod identity;
mod limits;
pub(in crate::linux) mod mapping;
mod names;
mod poll;
mod signal;
mod stream;
mod table;

#[cfg(test)]
mod tests;

pub(super) use clock::{Clock, EPOCH, SECOND};
pub(super) use descriptors::Descriptors;
pub(super) use errno::Errno;
pub(super) use identity::{START_STREAM, random, random_key};
pub(super) use limits::Limits;
pub(super) use memory::{Memory, Span};
pub(super) use signal::Signals;
pub(super) use stream::{Input, PIPE_SIZE};
pub(super) use table::{argument_count, number};

pub use signal::Signal;
pub use stream::Output;

use std::collections::BTreeSet;
use std::io::Write;

/// What one lane's process has in its kernel, beside its address space.
#[derive(Debug, Clone, Default)]
pub(super) struct Lane {
    /// The lane's number.
    pub index: u32,
    /// End of the heap.
    pub brk: u64,
    /// Time slept.
    pub clock: Clock,
    /// Open files, all of them standard streams.
    pub descriptors: Descriptors,
    /// Limits that the process has changed.
    pub limits: Limits,
    /// Its own standard input, in place of the one that lanes share.
    pub stdin: Option<Vec<u8>>,
    /// Bytes of standard input read so far.
    pub input_position: u64,
    /// What the lane wrote to standard output and standard error.
    pub outputs: [Output; 2],
    /// Seed of its random bytes, and which of the seed's streams it draws from.
    pub seed: u64,
    pub stream: u64,
    /// Random bytes drawn so far.
    pub random_position: u64,
    /// Masks, actions, pending signals.
    pub signals: Signals,
}

/// What all lanes of a process share.
pub(super) struct Host {
    /// Bytes that one lane may have mapped.
    pub memory_size: u64,
    /// Bytes of its stack.
    pub stack_size: u64,
    /// Where every lane's heap begins.
    pub heap_start: u64,
    /// Path of the program as the program sees it.
    pub executable: Vec<u8>,
    /// Standard input, shared.
    pub input: Input,
    /// Where lane 0's standard output and standard error go while the program runs.
    pub streams: [Option<Box<dyn Write>>; 2],
    /// Bytes of each output that are kept per lane.
    pub output_limit: usize,
    /// Whether the GPU serves what it can.
    pub gpu_calls: bool,
    /// Numbers of the calls that were already named in the log as not implemented.
    pub unimplemented: BTreeSet<u64>,
}

/// Why a system call does not return a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Interrupt {
    /// It returns an error.
    Errno(Errno),
    /// It goes on when these bytes of the lane's memory are known.
    Needs(Vec<Span>),
    /// It does not return: the lane has ended.
    End(End),
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It exits.
    Exited {
        /// Of 8 bits.
        status: i32,
    },
    /// A signal ends it.
    Killed { signal: Signal },
    /// It waits on a futex without a time limit, and there is no other thread to wake it.
    Deadlock,
}

impl From<Errno> for Interrupt {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

type Result<T = u64> = std::result::Result<T, Interrupt>;

/// One system call of one lane.
pub(super) struct Call<'a> {
    /// X8.
    pub number: u64,
    /// X0 to X5.
    pub arguments: [u64; 6],
    /// Instructions that the lane has retired.
    pub retired: u64,
    pub lane: &'a mut Lane,
    pub host: &'a mut Host,
    pub memory: Memory<'a>,
}

impl Call<'_> {
    /// Serves the call. On [`Interrupt::Needs`] nothing has changed yet.
    pub fn serve(&mut self) -> Result {
        let entry = table::find(self.number);
        if let Some(serve) = entry.and_then(|entry| entry.serve) {
            return serve(self);
        }
        // Of the numbers that no call has, which are many, the first stands for all.
        let number = if entry.is_some() { self.number } else { u64::MAX };
        if self.host.unimplemented.insert(number) {
            let name = entry.map_or("unknown", |entry| entry.name);
            log::warn!("system call {name} ({}) is not implemented: ENOSYS", self.number);
        }
        Err(Errno::ENOSYS.into())
    }

    /// Argument `n` where the kernel takes an `int`: its upper half is ignored.
    fn int(&self, n: usize) -> i32 {
        self.arguments[n] as i32
    }
}
