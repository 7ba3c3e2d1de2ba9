//! What became of one input.

use std::borrow::Cow;

use crate::linux::{self, End, Signal};
use crate::machine::{FaultCause, Stop, StopReason, describe_undefined};

/// How a run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Ending {
    /// The program exited; the record has its status.
    Exited,
    /// A signal that the program sent itself ended it.
    Killed,
    /// It waits on a futex that nobody will wake.
    Deadlock,
    /// It retired as many instructions as it was allowed.
    CycleLimit,
    /// A load, store or fetch was refused.
    MemoryFault,
    /// An instruction that is unallocated or not implemented.
    Undefined,
    /// BRK.
    Breakpoint,
    /// HLT.
    Halt,
    /// The program counter is no multiple of 4.
    PcAlignment,
    /// There was no memory left for it, though it ran alone.
    OutOfMemory,
    /// The input could not be read; nothing was run.
    InputError,
}

impl Ending {
    /// All of them.
    pub const ALL: [Ending; 11] = [
        Ending::Exited,
        Ending::Killed,
        Ending::Deadlock,
        Ending::CycleLimit,
        Ending::MemoryFault,
        Ending::Undefined,
        Ending::Breakpoint,
        Ending::Halt,
        Ending::PcAlignment,
        Ending::OutOfMemory,
        Ending::InputError,
    ];

    /// Whether a signal would have ended it: not an exit, a limit of the sweep's or an input that was not run.
    pub fn is_crash(self) -> bool {
        !matches!(self, Ending::Exited | Ending::CycleLimit | Ending::InputError)
    }

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Ending::Exited => "exited",
            Ending::Killed => "killed",
            Ending::Deadlock => "deadlock",
            Ending::CycleLimit => "cycle_limit",
            Ending::MemoryFault => "memory_fault",
            Ending::Undefined => "undefined",
            Ending::Breakpoint => "breakpoint",
            Ending::Halt => "halt",
            Ending::PcAlignment => "pc_alignment",
            Ending::OutOfMemory => "out_of_memory",
            Ending::InputError => "input_error",
        }
    }
}

/// One input and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The input's name.
    pub input: Cow<'a, str>,
    /// How the run ended.
    pub stop: Ending,
    /// Exit status, 0 to 255, where the program exited.
    pub status: Option<i32>,
    /// The signal that ended the program, or with which Linux would have ended it.
    pub signal: Option<i32>,
    /// Instructions retired.
    pub instructions: u64,
    /// Where it stopped, where it did not exit.
    pub pc: Option<u64>,
    /// The symbol that this is in, and the distance from it.
    pub place: Option<Place<'a>>,
    /// Where the calls stand that a run was in when it crashed, innermost first: symbol and distance, or the address where
    /// there is no symbol. As far as frame records tell, eight at the most.
    pub callers: Cow<'a, [String]>,
    /// Of a memory fault: `read`, `write` or `execute`.
    pub access: Option<&'static str>,
    /// Of a memory fault: the first byte that was refused.
    pub address: Option<u64>,
    /// What else there is to say.
    pub detail: Option<Cow<'a, str>>,
    /// What it wrote to standard output.
    pub stdout: Written<'a>,
    /// What it wrote to standard error.
    pub stderr: Written<'a>,
    /// Edges that it covered and no input of the sweep before it, ascending: bits of a map of
    /// [`EDGE_BITS`](super::EDGE_BITS). Empty unless the sweep keeps coverage.
    pub new_edges: Cow<'a, [u32]>,
}

/// A symbol and a distance from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place<'a> {
    pub symbol: Cow<'a, str>,
    pub offset: u64,
}

/// What a run wrote to one of its streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written<'a> {
    /// How much.
    pub bytes: u64,
    /// XXH3's 128 bits of all of it; 0 where nothing was written.
    pub hash: u128,
    /// The bytes themselves, as far as they were to be kept.
    pub kept: Option<Cow<'a, [u8]>>,
}

impl Record<'_> {
    /// The same, owning all that it has.
    pub fn into_owned(self) -> Record<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Record {
            input: owned(self.input),
            place: self.place.map(|place| Place { symbol: owned(place.symbol), offset: place.offset }),
            callers: Cow::Owned(self.callers.into_owned()),
            detail: self.detail.map(owned),
            stdout: self.stdout.into_owned(),
            stderr: self.stderr.into_owned(),
            new_edges: Cow::Owned(self.new_edges.into_owned()),
            ..self
        }
    }
}

impl Written<'_> {
    fn into_owned(self) -> Written<'static> {
        Written { kept: self.kept.map(|bytes| Cow::Owned(bytes.into_owned())), ..self }
    }
}

impl<'a> Record<'a> {
    /// Of an input that could not be read.
    pub(super) fn unreadable(input: Cow<'a, str>, why: &'a str) -> Record<'a> {
        Record {
            input,
            stop: Ending::InputError,
            status: None,
            signal: None,
            instructions: 0,
            pc: None,
            place: None,
            callers: Cow::default(),
            access: None,
            address: None,
            detail: Some(Cow::Borrowed(why)),
            stdout: Written::default(),
            stderr: Written::default(),
            new_edges: Cow::default(),
        }
    }

    /// Of a run that stopped so.
    pub(super) fn new(input: Cow<'a, str>, stop: &Stop, deadlock: bool) -> Record<'a> {
        let mut record = Record {
            input,
            stop: Ending::Exited,
            status: None,
            signal: linux::signal(&stop.reason).map(|Signal(number)| number),
            instructions: stop.retired,
            pc: Some(stop.pc),
            place: None,
            callers: Cow::default(),
            access: None,
            address: None,
            detail: None,
            stdout: Written::default(),
            stderr: Written::default(),
            new_edges: Cow::default(),
        };
        record.stop = match stop.reason {
            StopReason::Ended { .. } => match End::of(&stop.reason) {
                Some(End::Exited { status }) => {
                    record.status = Some(status & 0xff);
                    record.pc = None;
                    Ending::Exited
                }
                _ if deadlock => Ending::Deadlock,
                _ => Ending::Killed,
            },
            StopReason::NotStarted
            | StopReason::CycleLimit
            | StopReason::SupervisorCall { .. }
            | StopReason::OutputFull => Ending::CycleLimit,
            StopReason::MemoryFault { address, access, cause } => {
                record.address = Some(address);
                record.access = Some(match access {
                    crate::machine::Access::Read => "read",
                    crate::machine::Access::Write => "write",
                    crate::machine::Access::Execute => "execute",
                });
                record.detail = Some(Cow::Borrowed(match cause {
                    FaultCause::Unmapped => "unmapped",
                    FaultCause::NotPermitted => "not permitted",
                    FaultCause::Unaligned => "not aligned",
                }));
                Ending::MemoryFault
            }
            StopReason::Undefined { word, .. } => {
                record.detail = Some(Cow::Owned(format!("{word:#010x} {}", describe_undefined(word))));
                Ending::Undefined
            }
            StopReason::Breakpoint { immediate } => {
                record.detail = Some(Cow::Owned(format!("brk #{immediate:#x}")));
                Ending::Breakpoint
            }
            StopReason::Halt { immediate } => {
                record.detail = Some(Cow::Owned(format!("hlt #{immediate:#x}")));
                Ending::Halt
            }
            StopReason::PcAlignment => Ending::PcAlignment,
            StopReason::PoolExhausted { .. } => Ending::OutOfMemory,
        };
        record
    }
}
