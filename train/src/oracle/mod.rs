//! The memory oracle: traces of programs, training, and how often it is right.

pub mod evaluate;
mod network;
pub mod schedule;
pub mod traces;
