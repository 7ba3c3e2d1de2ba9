//! Signals: what a process says about them is checked and kept. Handlers are not run; a signal whose action is not to
//! be ignored ends the lane once it is not blocked.

use std::fmt;

use super::{Call, End, Errno, Interrupt, Result, identity};

/// The size of the kernel's `sigset_t`.
const SET_SIZE: u64 = 8;
const COUNT: u64 = 64;
const DEFAULT: u64 = 0;
const IGNORE: u64 = 1;

/// A Linux signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signal(pub i32);

impl Signal {
    /// Undefined instruction.
    pub const ILL: Self = Self(4);
    /// Breakpoint.
    pub const TRAP: Self = Self(5);
    /// `abort`.
    pub const ABRT: Self = Self(6);
    /// Misaligned program counter.
    pub const BUS: Self = Self(7);
    /// Cannot be blocked; here also: out of memory.
    pub const KILL: Self = Self(9);
    /// Memory fault.
    pub const SEGV: Self = Self(11);
    /// Nobody reads the output.
    pub const PIPE: Self = Self(13);
    const CHLD: Self = Self(17);
    const CONT: Self = Self(18);
    const STOP: Self = Self(19);
    const URG: Self = Self(23);
    const WINCH: Self = Self(28);

    fn new(number: u64) -> Option<Self> {
        (1..=COUNT).contains(&number).then_some(Self(number as i32))
    }

    fn bit(self) -> u64 {
        1 << (self.0 - 1)
    }

    fn index(self) -> usize {
        (self.0 - 1) as usize
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 31] = [
            "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
            "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
            "WINCH", "IO", "PWR", "SYS",
        ];
        match usize::try_from(self.0 - 1).ok().and_then(|index| NAMES.get(index)) {
            Some(name) => write!(f, "SIG{name}"),
            None => write!(f, "signal {}", self.0),
        }
    }
}

/// The kernel's `struct sigaction`: handler, flags, restorer, mask.
type Action = [u64; 4];

/// A process' signal state.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    blocked: u64,
    pending: u64,
    /// Allocated once the first action is set.
    actions: Option<Box<[Action; COUNT as usize]>>,
    alternate: Alternate,
}

/// The alternate stack.
#[derive(Debug, Clone, Copy)]
struct Alternate {
    address: u64,
    flags: u32,
    size: u64,
}

impl Default for Alternate {
    fn default() -> Self {
        Self { address: 0, flags: DISABLE, size: 0 }
    }
}

const DISABLE: u32 = 2;

impl Signals {
    fn action(&self, signal: Signal) -> Action {
        self.actions.as_ref().map_or([DEFAULT, 0, 0, 0], |actions| actions[signal.index()])
    }

    /// Sends the process a signal: `Some` if that ends it.
    pub fn raise(&mut self, signal: Signal) -> Option<End> {
        self.pending |= signal.bit();
        self.deliver()
    }

    /// Takes the lowest pending signal that is not blocked and does something.
    fn deliver(&mut self) -> Option<End> {
        const KILLABLE: u64 = !(1 << (Signal::KILL.0 - 1));
        loop {
            let ready = self.pending & !(self.blocked & KILLABLE);
            if ready == 0 {
                return None;
            }
            let signal = Signal(ready.trailing_zeros() as i32 + 1);
            self.pending &= !signal.bit();
            let harmless = matches!(signal, Signal::CHLD | Signal::CONT | Signal::URG | Signal::WINCH);
            match self.action(signal)[0] {
                IGNORE => {}
                DEFAULT if harmless => {}
                DEFAULT => return Some(End::Killed { signal }),
                handler => {
                    log::warn!("{signal} has a handler at {handler:#x}; handlers are not run, the lane ends");
                    return Some(End::Killed { signal });
                }
            }
        }
    }
}

fn ended(end: Option<End>) -> Result {
    end.map_or(Ok(0), |end| Err(Interrupt::End(end)))
}

pub fn rt_sigaction(call: &mut Call<'_>) -> Result {
    let [number, new, old, size, ..] = call.arguments;
    let signal = Signal::new(number & 0xffff_ffff).ok_or(Errno::EINVAL)?;
    if size != SET_SIZE || (new != 0 && matches!(signal, Signal::KILL | Signal::STOP)) {
        return Err(Errno::EINVAL.into());
    }
    let action = if new == 0 { None } else { Some(call.memory.read_words(new)?) };
    if old != 0 {
        let previous = call.lane.signals.action(signal);
        call.memory.write_words(old, &previous)?;
    }
    if let Some(action) = action {
        let actions = &mut call.lane.signals.actions;
        actions.get_or_insert_with(|| Box::new([[0; 4]; COUNT as usize]))[signal.index()] = action;
    }
    Ok(0)
}

pub fn rt_sigprocmask(call: &mut Call<'_>) -> Result {
    const BLOCK: i32 = 0;
    const UNBLOCK: i32 = 1;
    const SET: i32 = 2;
    let [_, new, old, size, ..] = call.arguments;
    if size != SET_SIZE {
        return Err(Errno::EINVAL.into());
    }
    let before = call.lane.signals.blocked;
    let after = if new == 0 {
        before
    } else {
        let set = call.memory.read_u64(new)?;
        match call.int(0) {
            BLOCK => before | set,
            UNBLOCK => before & !set,
            SET => set,
            _ => return Err(Errno::EINVAL.into()),
        }
    };
    if old != 0 {
        call.memory.write_words(old, &[before])?;
    }
    call.lane.signals.blocked = after & !(Signal::KILL.bit() | Signal::STOP.bit());
    ended(call.lane.signals.deliver())
}

pub fn rt_sigpending(call: &mut Call<'_>) -> Result {
    let [set, size, ..] = call.arguments;
    if size > SET_SIZE {
        return Err(Errno::EINVAL.into());
    }
    let bytes = call.lane.signals.pending.to_le_bytes();
    call.memory.write(set, &bytes[..size as usize])?;
    Ok(0)
}

pub fn sigaltstack(call: &mut Call<'_>) -> Result {
    const SMALLEST: u64 = 5120;
    let [new, old, ..] = call.arguments;
    let before = call.lane.signals.alternate;
    let mut after = before;
    if new != 0 {
        let [address, flags, size] = call.memory.read_words(new)?;
        let flags = flags as u32;
        if flags & !DISABLE != 0 {
            return Err(Errno::EINVAL.into());
        }
        if flags & DISABLE == 0 && size < SMALLEST {
            return Err(Errno::ENOMEM.into());
        }
        after = if flags & DISABLE == 0 { Alternate { address, flags, size } } else { Alternate::default() };
    }
    if old != 0 {
        call.memory.write_words(old, &[before.address, before.flags.into(), before.size])?;
    }
    call.lane.signals.alternate = after;
    Ok(0)
}

/// Signal 0 only asks whether the process is there.
fn send(call: &mut Call<'_>, number: u64) -> Result {
    match number & 0xffff_ffff {
        0 => Ok(0),
        number => {
            let signal = Signal::new(number).ok_or(Errno::EINVAL)?;
            ended(call.lane.signals.raise(signal))
        }
    }
}

/// To itself, to its group or to everyone: there is only one process.
pub fn kill(call: &mut Call<'_>) -> Result {
    if !matches!(call.int(0), identity::PROCESS | 0) && call.int(0) != -identity::PROCESS {
        return Err(Errno::ESRCH.into());
    }
    send(call, call.arguments[1])
}

pub fn tkill(call: &mut Call<'_>) -> Result {
    match call.int(0) {
        identity::PROCESS => send(call, call.arguments[1]),
        ..=0 => Err(Errno::EINVAL.into()),
        _ => Err(Errno::ESRCH.into()),
    }
}

pub fn tgkill(call: &mut Call<'_>) -> Result {
    match (call.int(0), call.int(1)) {
        (identity::PROCESS, identity::PROCESS) => send(call, call.arguments[2]),
        (..=0, _) | (_, ..=0) => Err(Errno::EINVAL.into()),
        _ => Err(Errno::ESRCH.into()),
    }
}
