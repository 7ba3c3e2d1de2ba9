//! The translator: the interpreter specialised to a program.
//!
//! An instruction is translated by evaluating the interpreter's own `execute` (`wgsl/machine/interpreter.wgsl` and the
//! kernels that it calls) on its control word: what depends on the control word alone folds away, what is left is
//! written as WGSL. So there is no second description of any instruction. `docs/TRANSLATOR.md` follows an example.

mod access;
mod block;
mod emit;
mod evaluate;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod folding;
mod graph;
mod guide;
mod instruction;
mod region;
mod store;
mod straight;
mod structure;

pub use emit::{Head, Translated};
pub use instruction::Interpreter;
pub use region::{Run, Start};
#[cfg(test)]
pub(crate) use store::examples as fuzz_stores;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use store::fuzz as fuzz_store;
pub use store::{Key, Store};

/// Translates what can be reached from control words, nearest first, up to `most` instructions.
pub fn translate(
    interpreter: &Interpreter,
    control: &[[u32; 4]],
    runs: &[Run],
    start: &Start,
    most: usize,
) -> Translated {
    let outlines = region::outline(interpreter, control, runs, start, most);
    emit::emit(interpreter, control, &outlines)
}
