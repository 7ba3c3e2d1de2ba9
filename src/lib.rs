//! KVRM runs ARM64 programs on a GPU: one program, many lanes, each lane its own CPU with its own registers and memory,
//! the whole fetch-decode-execute loop in WGSL through `wgpu`.
//!
//! A [`Machine`](machine::Machine) is lanes on an adapter. Here four of them add up the numbers from 1 to a number of
//! their own:
//!
//! ```
//! use kvrm::machine::{Machine, StopReason};
//!
//! # fn main() -> Result<(), kvrm::machine::Error> {
//! let program = [
//!     0x8b010000_u32, // loop: add  x0, x0, x1
//!     0xf1000421,     //       subs x1, x1, #1
//!     0x54ffffc1,     //       b.ne loop
//!     0xd4400000,     //       hlt  #0
//! ];
//! let bytes: Vec<u8> = program.iter().flat_map(|word| word.to_le_bytes()).collect();
//!
//! let mut machine = Machine::builder().lanes(4).build()?;
//! machine.load_program(&bytes, 0x1000)?;
//! for lane in 0..machine.lanes() {
//!     machine.set_pc(lane, 0x1000)?;
//!     machine.set_register(lane, 1, 10 * u64::from(lane + 1))?;
//! }
//! let report = machine.execute(1_000_000)?;
//!
//! let mut sums = Vec::new();
//! for lane in 0..machine.lanes() {
//!     assert_eq!(report.stops[lane as usize].reason, StopReason::Halt { immediate: 0 });
//!     sums.push(machine.register(lane, 0)?);
//! }
//! assert_eq!(sums, [55, 210, 465, 820]);
//! assert_eq!(report.cycles, 3 * (10 + 20 + 30 + 40));
//! # Ok(())
//! # }
//! ```
//!
//! - [`machine`]: lanes, their registers, memory and address spaces; execution and why it stops.
//! - [`linux`]: static ELF programs and their system calls, in the lanes of a machine.
//! - [`sweep`]: one program on very many inputs.
//! - [`isa`]: the table of encodings, and what is made from it: look-up, disassembly.
//! - [`conform`]: small cases compared with any other implementation.
//! - [`burst`]: spiking networks, which share [`gpu`] with the machine and nothing else.
//! - [`float`]: the arithmetic of floating-point instructions by itself.
//! - [`files`] and [`escape`]: files that users name, and text from them where it is shown.
//! - [`npy`]: NumPy's files, which weights, traces and inputs are in.
//! - [`gpu`]: adapter, device, shaders. Machines may share an open [`Gpu`](gpu::Gpu).

mod abi;
pub mod burst;
pub mod conform;
pub mod escape;
pub mod files;
pub mod float;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzz;
pub mod gpu;
pub mod isa;
pub mod linux;
pub mod machine;
pub mod neural;
pub mod npy;
pub mod sweep;
pub mod translate;
