//! Lanes with all that is theirs, parted into banks: their room for frames, and what the host reads and writes of them.

pub mod attached;
pub mod bank;
pub mod budget;
pub mod core;
pub mod flush;
pub mod io;
pub mod kernels;
pub mod layouts;
pub mod moves;
pub mod passes;
pub mod registers;
pub mod room;
pub mod rows;
pub mod snapshot;
pub mod standing;
pub mod transfer;
