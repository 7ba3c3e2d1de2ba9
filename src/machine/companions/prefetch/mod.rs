//! Pages copied ahead of the lanes that write them.

pub mod passes;
pub mod watch;
pub mod work;
