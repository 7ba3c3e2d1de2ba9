//! Code as lanes execute it: control words, and who chooses the kernel of each.

pub mod control_words;
pub mod dispatch;
