//! What a lane is besides its memory: registers, program counter, and why it stopped.

pub mod io;
pub mod lanes;
pub mod stop;
