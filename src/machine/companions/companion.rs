//! What all that looks on between slices has in common.

use crate::gpu::{Buffer, Pipeline, Timer};
use crate::machine::Error;
use crate::machine::banks::bank::Bank;
use crate::machine::banks::core::Core;
use crate::machine::options::{Coverage, Dispatch, Loops, Prefetch, Translate};
use crate::machine::personality::Personality;
use crate::machine::shaders::{Variant, Watch};
use std::time::Duration;
use wgpu::CommandEncoder;

/// What is asked for of all companions, and how they stand to each other.
#[derive(Clone, Copy)]
pub struct Setting {
    pub dispatch: Dispatch,
    pub translate: Translate,
    pub loops: Loops,
    pub prefetch: Prefetch,
    pub coverage: Option<Coverage>,
    /// Lanes have come to floating point or SIMD.
    pub vectors: bool,
    /// There is translated code.
    pub translated: bool,
    /// A slice has run before.
    pub warm: bool,
}

/// Slices of one submission, at most.
pub const MOST_SLICES: u32 = 8;

impl Setting {
    /// The interpreter that companions add to.
    pub fn text(&self, personality: Personality) -> Variant {
        let Dispatch { mode, per_instruction } = self.dispatch;
        let watch = if per_instruction { Watch::Kernels(mode) } else { Watch::default() };
        Variant { watch, personality, vectors: self.vectors, ..Variant::default() }
    }

    /// Whether slices may notice hot loops. Translated code closes its loops itself, and a choice of a kernel for each
    /// instruction is to be counted for each.
    pub fn can_notice_loops(&self) -> bool {
        let translated = self.translated && self.coverage.is_none();
        self.loops != Loops::Off && !translated && !self.dispatch.per_instruction
    }

    /// Whether the interpreter can take notice of accesses. With a kernel chosen for each instruction it has no buffer left
    /// for it.
    pub fn can_prefetch(&self) -> bool {
        self.prefetch != Prefetch::Off && !self.dispatch.per_instruction
    }

    /// Whether what runs can be translated as it is. Loops that are to be run as a whole are not, unless all code is.
    pub fn can_translate(&self) -> bool {
        let loops = self.loops != Loops::Off && self.translate != Translate::All;
        let traces = self.prefetch == Prefetch::Trace;
        !self.dispatch.per_instruction && self.coverage.is_none() && !loops && !traces
    }
}

/// What is wanted of the next submission.
#[derive(Clone, Copy, Default)]
pub struct Wish {
    /// Instructions of a slice that is for a look at the lanes, which is one of its own.
    pub look: Option<u32>,
    /// A submission has one slice, for what it says is to be seen soon.
    pub alone: bool,
    /// Lanes may end slices early, where something is done for all that did: there are to be several.
    pub cut_short: bool,
    /// Lanes may leave slices at pages that they have to copy.
    pub leaves: bool,
    /// They do: so many slices from the second submission on, none longer than this.
    pub many: Option<(u32, Duration)>,
    /// Of the slices' parameters.
    pub flags: u32,
    /// How long slices are to be, unless as ever.
    pub length: Option<Duration>,
}

/// What came of a submission, as far as companions count it.
#[derive(Clone, Copy, Default)]
pub struct Counted {
    /// Slices that lanes left at pages that they had to copy.
    pub left: u32,
    /// Lanes ended a slice early: it says nothing of how long a whole one is.
    pub cut: bool,
    /// Instructions that ran translated.
    pub translated: u64,
    /// How long slices are to be now, unless as ever.
    pub length: Option<Duration>,
}

/// A submission that is over.
pub struct Batch<'a> {
    /// The banks that it ran.
    pub active: &'a [usize],
    pub slices: u32,
    /// Its time; none if the driver compiled meanwhile.
    pub ran: Duration,
    /// There are slices to come.
    pub more: bool,
    /// Lanes might leave its slices.
    pub leaves: bool,
    pub counted: Counted,
    /// Frames that each group of lanes took.
    pub frames: f64,
    /// There were passes before its slices; and their time, if that was measured.
    pub preceded: bool,
    pub before: Option<Duration>,
}

/// Something that looks on between slices. It does what it does in this order: `begin` once for each execute; for each
/// submission `prepare` and `bind` for banks that are to be bound, `before`, `wish`, the `encode_...` of each slice; and
/// when it is over `counted` for each bank and `after`.
pub trait Companion {
    /// What it adds to the interpreter's text.
    fn add_text(&self, _setting: &Setting, _text: &mut Variant) {}

    /// What slices run in place of the interpreter.
    fn replacement(&self, _setting: &Setting) -> Option<Pipeline> {
        None
    }

    /// Before an execute, with all that the host changed on the GPU.
    fn begin(&mut self, _core: &mut Core, _setting: &Setting) -> Result<(), Error> {
        Ok(())
    }

    /// Adds what it wants of the next submission, of these banks, to what those before it want.
    fn wish(&self, _core: &Core, _setting: &Setting, _active: &[usize], _wish: &mut Wish) {}

    /// Makes what slices of a bank bind for it.
    fn prepare(&mut self, _core: &mut Core, _setting: &Setting, _bank: usize) -> Result<(), Error> {
        Ok(())
    }

    /// What slices of a bank bind for it.
    fn buffers<'a>(&'a self, _bank: &'a Bank) -> Option<(&'a str, &'a Buffer)> {
        None
    }

    /// Binds what its own passes need of a bank, into [`Bank::bound`].
    fn bind(&mut self, _core: &mut Core, _setting: &Setting, _bank: usize, _params: &Buffer) -> Result<(), Error> {
        Ok(())
    }

    /// Before a submission.
    fn before(&mut self, _core: &mut Core, _active: &[usize]) -> Result<(), Error> {
        Ok(())
    }

    /// Whether it has passes before slices of a submission of these banks.
    fn precedes(&self, _core: &Core, _active: &[usize]) -> bool {
        false
    }

    /// Adds its passes before a slice, with two timestamps each slice.
    fn encode_before(&self, _: &Core, _active: &[usize], _: &mut CommandEncoder, _: Option<&Timer>, _slice: u32) {}

    /// Whether it has a pass behind slices, in a submission with these flags.
    fn follows(&self, _flags: u32) -> bool {
        false
    }

    /// Adds its pass behind a slice. The arguments of the next slice's dispatch are at hand; the slice's time ends with it.
    fn encode_behind(&self, _: &Core, _active: &[usize], _: &mut CommandEncoder, _: Option<&Timer>, _slice: u32) {}

    /// Takes notice of a bank's status words.
    fn counted(
        &mut self,
        _core: &mut Core,
        _setting: &Setting,
        _bank: usize,
        _status: &[u32],
        _counted: &mut Counted,
    ) -> Result<(), Error> {
        Ok(())
    }

    /// Behind a submission.
    fn after(&mut self, _core: &mut Core, _setting: &Setting, _batch: &Batch) -> Result<(), Error> {
        Ok(())
    }
}
