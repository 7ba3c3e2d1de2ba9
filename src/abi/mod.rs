//! What Rust and WGSL share: written once, in Rust, and printed as WGSL. One file a subject; who needs several names takes
//! them from here.

mod calls;
mod coverage;
mod dispatch;
mod lanes;
mod loops;
mod memory;
mod pass;
mod prefetch;
mod snapshot;
mod status;
mod stops;

pub use calls::*;
pub use coverage::*;
pub use dispatch::*;
pub use lanes::*;
pub use loops::*;
pub use memory::*;
pub use pass::*;
pub use prefetch::*;
pub use snapshot::*;
pub use status::*;
pub use stops::*;

/// Defines `u32` constants, and `ALL` with their names and values.
macro_rules! shared_constants {
    ($($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$doc])* pub const $name: u32 = $value;)*
        pub(crate) const ALL: &[(&str, u32)] = &[$((stringify!($name), $name)),*];
    };
}

/// Constants as WGSL declarations.
pub(crate) fn declare(constants: &[(&str, u32)]) -> String {
    constants.iter().map(|(name, value)| format!("const {name} = {value:#x}u;\n")).collect()
}

/// What the machine's shaders share with the host, as WGSL declarations.
pub(crate) fn machine() -> String {
    let all = [
        calls::ALL,
        coverage::ALL,
        dispatch::ALL,
        lanes::ALL,
        loops::ALL,
        memory::ALL,
        pass::ALL,
        prefetch::ALL,
        snapshot::ALL,
        status::ALL,
        stops::ALL,
    ];
    all.into_iter().map(declare).collect()
}

pub(crate) use shared_constants;
