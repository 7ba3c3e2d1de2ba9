//! What a machine may be asked for. No choice changes a result.

use crate::abi::{FLAG_ASK, FLAG_LOOPS, FLAG_PROVE_ONLY};
use wgpu::DeviceType;

/// Who chooses the kernel that executes an instruction. No choice changes a result: a kernel that does not own an
/// instruction hands it back, and the table names the one that does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DispatchMode {
    /// The table alone.
    Opcode,
    /// The simple network predicts and is recorded, the table's kernel executes.
    Hybrid,
    /// The embedding network chooses; the simple network if the embedding network's first weight is zero.
    #[default]
    Embedded,
}

/// How instructions find their kernels. The default is the embedding network, ahead of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dispatch {
    pub mode: DispatchMode,
    /// Each time that an instruction is executed; otherwise once for each word of code, when it is loaded.
    pub per_instruction: bool,
}

/// What a bit of a map stands for. A block begins where a lane starts and behind every branch, taken or not; it is
/// covered as soon as its first instruction is at hand, even if that one faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// The step from one block to the next, hashed as AFL does it ([`edge_bit`](crate::machine::edge_bit)): several may
    /// share a bit.
    Edges,
    /// A block of the image's code, exactly: see [`Machine::blocks`](crate::machine::Machine::blocks). Code elsewhere is in
    /// no map.
    Blocks,
}

/// What becomes of loops that stay hot. No choice changes a result: what is not proved is interpreted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loops {
    /// They are interpreted like any code.
    #[default]
    Off,
    /// Two networks say which loops are worth a proof; what is proved of these is done at once.
    On,
    /// The same with a proof of every loop, without asking the networks.
    All,
    /// All loops are proved, and then interpreted.
    ProveOnly,
}

impl Loops {
    /// The flags of `params`.
    pub(in crate::machine) fn flags(self) -> u32 {
        match self {
            Loops::Off => 0,
            Loops::On => FLAG_LOOPS | FLAG_ASK,
            Loops::All => FLAG_LOOPS,
            Loops::ProveOnly => FLAG_LOOPS | FLAG_PROVE_ONLY,
        }
    }
}

/// Who guesses which pages lanes write next. No choice changes a result: what is copied ahead is as it was until its lane
/// writes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prefetch {
    /// Nobody, and nothing is counted.
    #[default]
    Off,
    /// Nobody; [`Machine::memory_work`](crate::machine::Machine::memory_work) counts.
    Count,
    /// Nobody; all accesses of lane 0 that missed its translation cache are kept for
    /// [`Machine::take_trace`](crate::machine::Machine::take_trace), and only they are counted. Code is not translated.
    Trace,
    /// The pages behind the one written last.
    NextLine,
    /// A table of 256 strides for each group of lanes, found by the instruction's address.
    Stride,
    /// The memory oracle, a network that is asked between two slices.
    Oracle,
}

/// How a mode guesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    Next,
    Stride,
    Oracle,
}

impl Prefetch {
    pub(in crate::machine) fn guess(self) -> Option<Guess> {
        match self {
            Prefetch::Off | Prefetch::Count | Prefetch::Trace => None,
            Prefetch::NextLine => Some(Guess::Next),
            Prefetch::Stride => Some(Guess::Stride),
            Prefetch::Oracle => Some(Guess::Oracle),
        }
    }

    pub(in crate::machine) fn kept(self) -> Kept {
        match self.guess() {
            None => Kept::Nothing,
            Some(Guess::Next | Guess::Stride) => Kept::First,
            Some(Guess::Oracle) => Kept::All,
        }
    }
}

/// Which accesses the interpreter keeps, as whoever guesses wants them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Nothing,
    /// First writes of pages.
    First,
    /// All that missed the translation cache.
    All,
}

/// Whether code is translated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Translate {
    /// Everything is interpreted.
    #[default]
    Off,
    /// What can be reached from the lanes' program counters is translated before anything runs.
    All,
    /// Everything is interpreted at first. Where the lanes are most is translated meanwhile, on another thread, and takes
    /// over between two slices.
    Auto,
    /// [`Translate::Auto`] on a GPU; [`Translate::Off`] on a software adapter, whose compiler takes minutes.
    AutoOnGpu,
}

impl Translate {
    /// What it means on an adapter.
    pub(in crate::machine) fn on(self, adapter: DeviceType) -> Translate {
        match (self, adapter) {
            (Translate::AutoOnGpu, DeviceType::Cpu) => Translate::Off,
            (Translate::AutoOnGpu, _) => Translate::Auto,
            (other, _) => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_unless_asked_depends_on_the_adapter() {
        for adapter in [DeviceType::DiscreteGpu, DeviceType::IntegratedGpu, DeviceType::VirtualGpu] {
            assert_eq!(Translate::AutoOnGpu.on(adapter), Translate::Auto);
        }
        assert_eq!(Translate::AutoOnGpu.on(DeviceType::Cpu), Translate::Off);
        for asked in [Translate::Off, Translate::All, Translate::Auto] {
            assert_eq!(asked.on(DeviceType::Cpu), asked);
        }
    }
}
