//! Conformance: cases of a few instructions with the state before and after, run one to a lane and compared.
//!
//! A case file is JSON Lines, described in `docs/CONFORMANCE.md`; [`parse`] reads it. [`Runner`] executes cases and
//! returns a [`Mismatch`] for each that ends in another state, and [`Summary`] counts them by class.

mod case;
mod hex;
mod report;
mod run;
mod state;

pub use case::{Case, Malformed, parse};
pub use report::Summary;
pub use run::{Error, MemoryDifference, Mismatch, Runner};
pub use state::{State, Stop};
