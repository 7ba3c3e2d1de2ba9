//! Constants that Rust and WGSL share: written once, in Rust, and printed as WGSL.

/// Defines `u32` constants, and `ALL` with their names and values.
macro_rules! shared_constants {
    ($($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$doc])* pub const $name: u32 = $value;)*
        const ALL: &[(&str, u32)] = &[$((stringify!($name), $name)),*];
    };
}

/// The constants as WGSL declarations.
pub(crate) fn wgsl(constants: &[(&str, u32)]) -> String {
    constants.iter().map(|(name, value)| format!("const {name} = {value:#x}u;\n")).collect()
}

pub(crate) use shared_constants;
