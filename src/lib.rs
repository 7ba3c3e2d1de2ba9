//! KVRM runs ARM64 programs on any GPU: one program, many lanes, each lane its own CPU with its own registers and
//! memory, the whole fetch-decode-execute loop in WGSL through `wgpu`.

mod constants;
pub mod gpu;
pub mod isa;
pub mod linux;
pub mod machine;
