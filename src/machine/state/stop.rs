//! Why and where a lane stopped.

use crate::abi::*;
use crate::isa;
use std::borrow::Cow;
use std::fmt;

/// Kind of a memory access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
    Execute,
}

/// Why an access faulted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultCause {
    /// Nothing is mapped there.
    Unmapped,
    /// The page's permissions forbid it.
    NotPermitted,
    /// An exclusive, atomic, acquire or release access to an address that is no multiple of its size.
    Unaligned,
}

/// Why a lane stopped. Everything before it is done, nothing after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The lane has not run, or the execute was [interrupted](crate::machine::Machine::set_interrupt) while it did.
    NotStarted,
    /// It retired as many instructions as it was allowed.
    CycleLimit,
    /// SVC: the host is to answer it. The instruction is retired.
    SupervisorCall { immediate: u16 },
    /// It writes more than what its ring has left: it goes on when the host has taken the output.
    OutputFull,
    /// Who answers traps ended the lane. What `value` is depends on `code`.
    Ended { code: u32, value: i32 },
    /// BRK.
    Breakpoint { immediate: u16 },
    /// HLT.
    Halt { immediate: u16 },
    /// An instruction that is unallocated, or one with a name that is not implemented or, as UDF, undefined by its meaning.
    Undefined { word: u32, name: Option<&'static str> },
    /// A load, a store or a fetch that memory refused. `address` is the first byte that was refused.
    MemoryFault { address: u64, access: Access, cause: FaultCause },
    /// The program counter is no multiple of 4.
    PcAlignment,
    /// No frame was left for a page that the lane writes for the first time, or no room for the regions of its address space.
    PoolExhausted {
        /// Bytes that the lanes that stopped so need at the least to go on.
        needed_bytes: u64,
    },
}

/// A lane's state at the end of an execute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    pub reason: StopReason,
    /// The instruction that would be next. For faults, breakpoints and undefined instructions that is the instruction
    /// itself; for [`StopReason::SupervisorCall`] the one behind the SVC.
    pub pc: u64,
    /// Instructions retired since the lane was set up.
    pub retired: u64,
}

impl Stop {
    /// From the lane's words of buffer 4, `pc_out`.
    pub(in crate::machine) fn from_words(words: &[u32; 8], needed_bytes: u64) -> Stop {
        let [pc_low, pc_high, retired_low, retired_high, reason, d0, d1, d2] = *words;
        let wide = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let reason = match reason {
            REASON_CYCLE_LIMIT => StopReason::CycleLimit,
            REASON_TRAP => StopReason::SupervisorCall { immediate: d0 as u16 },
            REASON_POOL => StopReason::PoolExhausted { needed_bytes },
            REASON_OUTPUT => StopReason::OutputFull,
            REASON_ENDED => StopReason::Ended { code: d1, value: d0 as i32 },
            REASON_BREAKPOINT => StopReason::Breakpoint { immediate: d0 as u16 },
            REASON_HALT => StopReason::Halt { immediate: d0 as u16 },
            REASON_UNDEFINED => StopReason::Undefined { word: d0, name: isa::find(d0).map(|encoding| encoding.name) },
            REASON_FAULT => StopReason::MemoryFault {
                address: wide(d0, d1),
                access: match d2 & (ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE) {
                    ACCESS_EXECUTE => Access::Execute,
                    ACCESS_READ => Access::Read,
                    _ => Access::Write,
                },
                cause: match d2 >> FAULT_CAUSE_SHIFT {
                    FAULT_UNMAPPED => FaultCause::Unmapped,
                    FAULT_PERMISSION => FaultCause::NotPermitted,
                    _ => FaultCause::Unaligned,
                },
            },
            REASON_PC_ALIGNMENT => StopReason::PcAlignment,
            _ => StopReason::NotStarted,
        };
        Stop { reason, pc: wide(pc_low, pc_high), retired: wide(retired_low, retired_high) }
    }
}

/// A lane's stop from its words of buffer 4, or from the host's reason if the host ended it.
pub(in crate::machine) fn stop(words: &[u32; 8], host: Option<&StopReason>, needed_bytes: u64) -> Stop {
    let stop = Stop::from_words(words, needed_bytes);
    match host {
        Some(reason) if words[4] == REASON_HOST => Stop { reason: *reason, ..stop },
        _ => stop,
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Access::Read => "read",
            Access::Write => "write",
            Access::Execute => "execute",
        })
    }
}

impl fmt::Display for FaultCause {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            FaultCause::Unmapped => "unmapped",
            FaultCause::NotPermitted => "not permitted",
            FaultCause::Unaligned => "not aligned",
        })
    }
}

/// What an undefined word is, by the table.
pub(crate) fn describe_undefined(word: u32) -> Cow<'static, str> {
    match isa::find(word) {
        None => "unallocated".into(),
        Some(encoding) if encoding.implemented() => encoding.name.into(),
        Some(encoding) => format!("{}, not implemented", encoding.name).into(),
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            StopReason::NotStarted => write!(f, "not started"),
            StopReason::CycleLimit => write!(f, "cycle limit"),
            StopReason::SupervisorCall { immediate } => write!(f, "supervisor call (svc #{immediate:#x})"),
            StopReason::OutputFull => write!(f, "output waits to be taken"),
            StopReason::Ended { code, value } => write!(f, "ended (code {code}, value {value})"),
            StopReason::Breakpoint { immediate } => write!(f, "breakpoint (brk #{immediate:#x})"),
            StopReason::Halt { immediate } => write!(f, "halt (hlt #{immediate:#x})"),
            StopReason::Undefined { word, .. } => {
                write!(f, "undefined instruction {word:#010x} ({})", describe_undefined(*word))
            }
            StopReason::MemoryFault { address, access, cause } => {
                write!(f, "memory fault: {access} of {address:#x} ({cause})")
            }
            StopReason::PcAlignment => write!(f, "program counter not aligned"),
            StopReason::PoolExhausted { needed_bytes } => {
                write!(f, "out of memory frames: at least {needed_bytes} bytes more were needed")
            }
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} at pc {:#x}", self.reason, self.pc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_implemented_is_said_to_be() {
        // UDF #0, an addition of SVE, and a word that no line has.
        for (word, text) in [
            (0x0000_0000, "undefined instruction 0x00000000 (UDF)"),
            (0x0420_0000, "not implemented)"),
            (0xffff_ffff, "undefined instruction 0xffffffff (unallocated)"),
        ] {
            let stop = StopReason::Undefined { word, name: isa::find(word).map(|encoding| encoding.name) };
            assert!(stop.to_string().contains(text), "{stop}");
        }
    }
}
