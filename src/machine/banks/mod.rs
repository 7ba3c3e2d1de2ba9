//! Lanes with all that is theirs, parted into banks: their room for frames, and what the host reads and writes of them.

pub mod bank;
pub mod room;
pub mod rows;
pub mod snapshot;
pub mod transfer;
