//! Lanes that run A64 programs on a GPU.
//!
//! A [`Machine`] has a number of lanes, each a CPU with registers and memory of its own. They share one program image;
//! a lane that writes to a page gets its own copy of it. [`Machine::execute`] runs them all, on the GPU alone.
//!
//! Inside, what is lower knows nothing of what is higher: `options`, `personality`, `pass`, `memory`, `code`, `state`, then `banks` with the
//! `Core` that all others work on, `companions`, `run`, and the machine's face.

mod banks;
mod builder;
mod code;
mod companions;
mod error;
mod face;
mod lane_set;
mod memory;
mod options;
mod pass;
mod personality;
mod run;
mod shaders;
mod state;

pub use crate::abi::{
    FPCR, FPSR, JUDGE_CONFIDENCE, JUDGE_INSTRUCTIONS, NZCV, PC, Place, REGISTER_FILE, Register, RegisterFile,
};
pub use crate::translate::{Limit as TranslationLimit, Progress as TranslationProgress, Stage as TranslationStage};
pub use banks::snapshot::Snapshot;
pub use banks::standing::MemoryUse;
pub use banks::transfer::Checks;
pub use builder::{MEMORY_SIZE, MachineBuilder};
pub use code::dispatch::{Dispatched, Predictions};
pub use companions::coverage::{Joined, edge_bit};
pub use companions::loops::table::{HotLoop, LoopLabel, LoopSample, Refusal};
pub use companions::prefetch::work::{Fate, Foreseen, MemoryWork};
pub use companions::translation::recipe::{TranslationReport, Translations, is_translating};
pub use error::Error;
pub use lane_set::LaneSet;
pub use memory::address_space::{ADDRESS_END, Backing, Layout, PAGE_SIZE, Permissions, Region};
pub use memory::image::Segment;
pub(crate) use memory::spaces::REGION_BYTES;
pub use options::{Coverage, Dispatch, DispatchMode, Loops, Prefetch, Translate};
pub(crate) use personality::Personality;
pub use run::report::{Advance, Report};
pub(crate) use shaders::interpreters;
pub use shaders::shaders;
pub(crate) use state::stop::describe_undefined;
pub use state::stop::{Access, FaultCause, Stop, StopReason};

use banks::core::Core;
use companions::Companions;
use run::slices::Slices;

/// Lanes, their memory and the GPU that runs them.
pub struct Machine {
    core: Core,
    companions: Companions,
    slices: Slices,
}
