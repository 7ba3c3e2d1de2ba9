//! Floating point as the Arm manual defines it, to the bit, without any of the adapter's own: the functions of
//! `wgsl/lib/float.wgsl` by themselves, applied to a list of operations. Programs reach them through the instructions
//! that call them; here they are tested and measured.

mod each;

pub use crate::abi::float as operation;
pub use each::{Asked, Each, Outcome};

use std::borrow::Cow;

use crate::abi;
use crate::gpu::Shader;

type File = (&'static str, &'static str);

macro_rules! files {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../../wgsl/", $file)))),*]
    };
}

/// What the functions consist of, behind `lib/u64.wgsl` and the constants of `abi::float`.
pub(crate) const FILES: &[File] = files![
    "lib/u128.wgsl",
    "lib/float.wgsl",
    "lib/float_multiply_add.wgsl",
    "lib/float_divide.wgsl",
    "lib/float_compare.wgsl",
    "lib/float_integer.wgsl",
    "lib/float_estimate.wgsl",
    "lib/float_brain.wgsl",
];
/// The short text for sums and products, which needs them.
pub(crate) const PLAIN: File = ("lib/float_plain.wgsl", include_str!("../../wgsl/lib/float_plain.wgsl"));
/// Short texts for each operation, which need both.
pub(crate) const SHORT: File = ("lib/float_short.wgsl", include_str!("../../wgsl/lib/float_short.wgsl"));

/// Which functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// `float_execute`: all operations, of all operands.
    Whole,
    /// `float_plain`: sums and products of normal S and D, in a text that is short as a whole.
    Plain,
    /// `float_short`: normal operands and results of S and D, in a text that is short once the operation is a constant.
    Short,
}

impl Text {
    /// All of them.
    pub const ALL: [Text; 3] = [Text::Whole, Text::Plain, Text::Short];
}

/// All functions, with the constants that they need: file names and text.
pub fn chunks() -> Vec<(&'static str, Cow<'static, str>)> {
    let mut chunks = vec![("generated constants", abi::declare(abi::float::ALL).into())];
    chunks.push(("lib/u64.wgsl", include_str!("../../wgsl/lib/u64.wgsl").into()));
    chunks.extend(FILES.iter().chain([&PLAIN, &SHORT]).map(|(file, text)| (*file, (*text).into())));
    chunks
}

/// A list of operations, each by an invocation.
fn shader(text: Text) -> Shader {
    let mut chosen = String::new();
    for (name, each) in [("TEXT_WHOLE", Text::Whole), ("TEXT_PLAIN", Text::Plain), ("TEXT", text)] {
        chosen += &format!("const {name} = {}u;\n", each as u32);
    }
    let mut chunks = chunks();
    chunks.push(("generated choice of a text", chosen.into()));
    chunks.push(("lib/float_each.wgsl", include_str!("../../wgsl/lib/float_each.wgsl").into()));
    Shader { name: "float_each", chunks, shares: &[] }
}

/// Its shaders.
pub fn shaders() -> Vec<Shader> {
    Text::ALL.map(shader).into()
}
