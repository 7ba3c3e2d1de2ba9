//! What the machine knows of an operating system: that its text is served in the loop, and has rows and buffers of its own.

pub mod calls;
