//! What an execute did.

use crate::machine::state::stop::Stop;
use std::time::Duration;

/// What an execute did.
#[derive(Clone, Debug)]
pub struct Report {
    /// Of each lane.
    pub stops: Vec<Stop>,
    /// Instructions retired by all lanes in this call.
    pub cycles: u64,
    /// From the call to its return.
    pub wall: Duration,
    /// Time of the slices on the GPU itself; `None` unless asked for and offered.
    pub gpu: Option<Duration>,
    /// Slices that had work.
    pub slices: u32,
    /// Traps that the GPU has served.
    pub traps: u64,
    /// Instructions of `cycles` that ran translated.
    pub translated: u64,
    /// The longest time that the GPU worked by itself, between two visits of the host. The machine's very first is
    /// left out: some drivers compile then.
    pub longest: Duration,
}

/// What an execute did, but for how each lane stands.
#[derive(Clone, Copy, Debug)]
pub struct Advance {
    /// Instructions retired by all lanes in this call.
    pub cycles: u64,
    /// Lanes that wait in a trap.
    pub waiting: u32,
    /// From the call to its return.
    pub wall: Duration,
    /// Time of the slices on the GPU itself; `None` unless asked for and offered.
    pub gpu: Option<Duration>,
    /// Slices that had work, of the bank that had most.
    pub slices: u32,
    /// Traps that the GPU has served.
    pub traps: u64,
    /// Instructions of `cycles` that ran translated.
    pub translated: u64,
    /// The longest time that the GPU worked by itself, between two visits of the host. The machine's very first is
    /// left out: some drivers compile then.
    pub longest: Duration,
}
