//! All integration tests in one binary, which links once: a module for each subject.
//!
//!     cargo test --test all memory::
//!
//! runs one subject. `support` has what several of them use.

// What only the command's tests use is still there where they are not.
#![cfg_attr(
    not(feature = "cli"),
    allow(dead_code, unused_imports, reason = "some helpers serve tests of the command alone")
)]

mod bad_input;
mod burst;
#[cfg(feature = "cli")]
mod burst_command;
mod calls;
#[cfg(feature = "cli")]
mod cli;
mod conform;
mod coverage;
mod determinism;
mod disassembly;
mod dispatch_modes;
mod documents;
mod elf;
mod float;
mod golden;
mod layers;
mod linux;
mod loop_networks;
mod loops;
mod machine;
mod memory;
mod memory_oracle;
mod neural;
mod ordinary;
mod prefetch;
mod programs;
mod random_instructions;
mod shaders;
mod snapshot;
mod support;
mod sweep;
mod system_registers;
mod translate;
