//! How far a translation is, and how far one may go.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// How far one may go: what is beyond is left to the interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Instructions that are translated.
    pub instructions: usize,
    /// Bytes of WGSL: what a driver takes for them, in time and in memory, is beyond us.
    pub text: usize,
}

/// Which bound was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many instructions are translated at the most.
    Instructions(usize),
    /// So many bytes of WGSL are made at the most.
    Text(usize),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Instructions(most) => write!(f, "{most} instructions"),
            Limit::Text(most) => write!(f, "{} KiB of WGSL", most >> 10),
        }
    }
}

/// What a translation is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing is being made.
    #[default]
    Idle,
    /// Instructions that are made into WGSL, of those that will be.
    Translating { done: usize, of: usize },
    /// The driver compiles what these instructions have become.
    Compiling { instructions: usize },
}

/// How far a translation is, for whoever shows it while it is made. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Mutex<Stage>>);

impl Progress {
    /// What it is at now.
    pub fn stage(&self) -> Stage {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, stage: Stage) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }
}
