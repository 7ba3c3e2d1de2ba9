//! What looks on between slices: translation, hot loops, pages ahead, coverage; and a breakpoint.

pub mod background;
pub mod breakpoint;
pub mod companion;
pub mod coverage;
pub mod loops;
pub mod prefetch;
pub mod translation;

use crate::gpu::Pipeline;
use crate::machine::Error;
use crate::machine::banks::core::Core;
use breakpoint::Breakpoint;
use companion::{Companion, Setting, Wish};
use coverage::CoverageMaps;
use loops::watch::LoopWatch;
use prefetch::watch::PagesAhead;
use translation::watch::Translation;

/// All of them. Those behind know what those before them want.
pub struct Companions {
    pub translation: Translation,
    pub loops: LoopWatch,
    pub prefetch: PagesAhead,
    pub coverage: CoverageMaps,
    pub breakpoint: Breakpoint,
}

impl Companions {
    pub fn all(&self) -> [&dyn Companion; 5] {
        let Companions { translation, loops, prefetch, coverage, breakpoint } = self;
        [translation, loops, prefetch, coverage, breakpoint]
    }

    pub fn all_mut(&mut self) -> [&mut dyn Companion; 5] {
        let Companions { translation, loops, prefetch, coverage, breakpoint } = self;
        [translation, loops, prefetch, coverage, breakpoint]
    }

    /// How things stand. `warm`: a slice has run before.
    pub fn setting(&self, core: &Core, warm: bool) -> Setting {
        Setting {
            dispatch: core.networks.dispatch,
            translate: self.translation.mode,
            loops: self.loops.mode(),
            prefetch: self.prefetch.mode(),
            coverage: self.coverage.kind(core),
            vectors: core.standing.vectors,
            translated: self.translation.active(),
            warm,
        }
    }

    /// What slices run.
    pub fn pipeline(&self, core: &mut Core, setting: &Setting) -> Result<Pipeline, Error> {
        // What is put in place of the interpreter knows of no breakpoint.
        if self.breakpoint.address.is_none()
            && let Some(pipeline) = self.all().iter().find_map(|companion| companion.replacement(setting))
        {
            return Ok(pipeline);
        }
        let mut text = setting.text(core.serving.personality);
        self.all().iter().for_each(|companion| companion.add_text(setting, &mut text));
        core.passes.interpreter(&core.gpu, core.shape.checked, text)
    }

    /// What they want of the next submission, of these banks.
    pub fn wish(&self, core: &Core, setting: &Setting, active: &[usize]) -> Wish {
        let mut wish = Wish::default();
        self.all().iter().for_each(|companion| companion.wish(core, setting, active, &mut wish));
        wish
    }
}
