//! An execute: slices, and what came of them.

pub mod report;
pub mod slices;
