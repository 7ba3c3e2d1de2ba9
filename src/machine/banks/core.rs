//! All lanes with what is theirs, and the GPU that they are on: what the rest of the machine works with.

use super::bank::Bank;
use super::budget::{Budget, Peak};
use super::passes::Passes;
use crate::gpu::{Buffer, Gpu};
use crate::machine::Error;
use crate::machine::code::dispatch::Networks;
use crate::machine::memory::image::Image;
use crate::machine::memory::spaces::Layouts;
use crate::machine::personality::Personality;
use crate::machine::state::io::IoSize;
use crate::machine::state::stop::StopReason;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Lanes, their memory and their code. What is public here and not documented is so as of
/// [`Machine`](crate::machine::Machine).
pub struct Core {
    pub gpu: Gpu,
    pub shape: Shape,
    /// All lanes, in order. Their memory is made when it is first needed: it begins with the image.
    pub banks: Vec<Bank>,
    pub room: Room,
    pub layouts: Layouts,
    pub program: Program,
    pub networks: Networks,
    pub passes: Passes,
    pub serving: Serving,
    pub standing: Standing,
    /// Ends executes early when it is true.
    pub interrupt: Option<Arc<AtomicBool>>,
    /// Own copies to be dropped.
    pub discards: Vec<Discard>,
}

/// Pages of a lane, by number: from the first up to the one behind the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Discard {
    pub lane: u32,
    pub first: u64,
    pub end: u64,
}

/// What is settled when a machine is made.
#[derive(Clone, Copy)]
pub struct Shape {
    pub lanes: u32,
    /// log2 of the lanes in a group.
    pub group_shift: u32,
    /// Bytes that a lane may have.
    pub memory_size: u64,
    /// Shaders check their own indices.
    pub checked: bool,
}

/// How much memory there may be, and was.
pub struct Room {
    pub budget: Budget,
    pub peak: Peak,
}

/// What all lanes began with.
#[derive(Default)]
pub struct Program {
    pub image: Arc<Image>,
    /// Counts the images that there were: what was made of one is of no use for the next.
    pub number: u64,
    /// Where [`Core::restore`] takes lanes back to.
    pub start: Option<Start>,
}

/// Who answers traps, and what room it and coverage have in each lane.
#[derive(Default)]
pub struct Serving {
    pub personality: Personality,
    pub io_size: IoSize,
}

/// How lanes stand, as far as the host knows without looking.
#[derive(Default)]
pub struct Standing {
    /// Retired by all lanes, if known.
    pub retired: Option<u64>,
    /// Some lane has come to floating point or SIMD.
    pub vectors: bool,
    /// Why the host ended lanes.
    pub host_reasons: HashMap<u32, StopReason>,
}

/// Where lanes go back to.
pub(in crate::machine) struct Start {
    /// (SNAPSHOT_WORDS), on the GPU.
    pub words: Buffer,
    pub host_reason: Option<StopReason>,
    /// What a lane has retired there.
    pub retired: u64,
}

impl Start {
    pub fn host_reason(&self) -> Option<&StopReason> {
        self.host_reason.as_ref()
    }
}

impl Core {
    /// Whether executes are to end early.
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    pub fn lanes(&self) -> u32 {
        self.shape.lanes
    }

    pub fn prepare_restarts(&mut self) -> Result<(), Error> {
        self.passes.prepare(&self.gpu.clone())
    }

    pub fn check_lane(&self, lane: u32) -> Result<(), Error> {
        let lanes = self.lanes();
        if lane < lanes { Ok(()) } else { Err(Error::NoSuchLane { lane, lanes }) }
    }

    /// The bank that a lane is in, and its number there.
    pub fn bank_of(&self, lane: u32) -> (usize, u32) {
        let index = self.banks.partition_point(|bank| bank.first <= lane) - 1;
        (index, lane - self.banks[index].first)
    }

    pub fn has_memory(&self) -> bool {
        self.banks[0].memory.is_some()
    }

    /// There is another image: nobody has coverage of it yet.
    pub fn new_program(&mut self) {
        self.program.number += 1;
        self.serving.io_size.cover_words = 0;
        // A driver for a CPU takes long to compile, and a program that has vectors comes to one soon. On a GPU the shorter
        // interpreter is faster, for as long as it will do.
        let compiles_slowly = self.gpu.info().device_type == wgpu::DeviceType::Cpu;
        self.standing.vectors = compiles_slowly && self.program.image.has_vectors();
    }
}
