//! Hot loops that run as a whole.

pub mod judges;
pub mod table;
pub mod watch;
