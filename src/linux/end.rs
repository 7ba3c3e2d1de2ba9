//! How processes end, and what a lane's stop means for the process in it.

use super::rows::{ENDED_EXIT, ENDED_SIGNAL};
use super::syscall::{End, Signal};
use crate::machine::{FaultCause, StopReason};

impl End {
    /// The end that a lane's stop is; `None` when the process could go on, or the processor stopped it. A deadlock is told
    /// as [`Signal::KILL`].
    pub fn of(reason: &StopReason) -> Option<End> {
        match *reason {
            StopReason::Ended { code: ENDED_EXIT, value } => Some(End::Exited { status: value }),
            StopReason::Ended { code: ENDED_SIGNAL, value } => Some(End::Killed { signal: Signal(value) }),
            _ => None,
        }
    }
}

impl From<End> for StopReason {
    fn from(end: End) -> StopReason {
        match end {
            End::Exited { status } => StopReason::Ended { code: ENDED_EXIT, value: status },
            End::Killed { signal } => StopReason::Ended { code: ENDED_SIGNAL, value: signal.0 },
            End::Deadlock => StopReason::Ended { code: ENDED_SIGNAL, value: Signal::KILL.0 },
        }
    }
}

/// The signal that Linux sends for a stop that the program did not ask for.
pub fn signal(reason: &StopReason) -> Option<Signal> {
    Some(match reason {
        StopReason::MemoryFault { cause: FaultCause::Unaligned, .. } => Signal::BUS,
        StopReason::MemoryFault { .. } => Signal::SEGV,
        StopReason::Undefined { .. } | StopReason::Halt { .. } => Signal::ILL,
        StopReason::Breakpoint { .. } => Signal::TRAP,
        StopReason::PcAlignment => Signal::BUS,
        // As when Linux runs out of memory.
        StopReason::PoolExhausted { .. } => Signal::KILL,
        StopReason::Ended { .. } => match End::of(reason) {
            Some(End::Killed { signal }) => signal,
            _ => return None,
        },
        StopReason::CycleLimit
        | StopReason::SupervisorCall { .. }
        | StopReason::OutputFull
        | StopReason::NotStarted => return None,
    })
}

/// The exit status that a shell would show: the program's own, 128 and the signal, or 124 where the cycles ran out, as
/// `timeout` does.
pub fn exit_status(reason: &StopReason) -> u8 {
    match (End::of(reason), signal(reason)) {
        (Some(End::Exited { status }), _) => status as u8,
        (_, Some(signal)) => 128_u8.wrapping_add(signal.0 as u8),
        (_, None) => 124,
    }
}

/// A reason to stop in Linux's words.
pub fn in_words(reason: &StopReason) -> String {
    match (End::of(reason), reason) {
        (Some(End::Exited { status }), _) => format!("exited with status {status}"),
        (Some(End::Killed { signal }), _) => format!("killed by signal {}", signal.0),
        (_, StopReason::SupervisorCall { immediate }) => format!("system call (svc #{immediate:#x})"),
        _ => reason.to_string(),
    }
}
