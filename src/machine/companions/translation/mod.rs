//! Translated code of a machine.

pub mod recipe;
pub mod watch;
