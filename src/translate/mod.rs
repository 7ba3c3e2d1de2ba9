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
mod nesting;
mod progress;
mod region;
mod store;
mod straight;
mod structure;

pub use emit::{Head, Translated};
pub use instruction::Interpreter;
pub use progress::{Bounds, Limit, Progress, Stage};
pub use region::{Run, Start};
#[cfg(test)]
pub(crate) use store::examples as fuzz_stores;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use store::fuzz as fuzz_store;
pub use store::{Key, Store};

/// Translates what can be reached from control words, nearest first, as far as the bounds allow.
pub fn translate(
    interpreter: &Interpreter,
    control: &[[u32; 4]],
    runs: &[Run],
    start: &Start,
    bounds: Bounds,
    progress: &Progress,
) -> Translated {
    let mut most = bounds.instructions;
    let mut limit = Limit::Instructions(most);
    loop {
        let (outlines, cut) = region::outline(interpreter, control, runs, start, most);
        let translated = emit::emit(interpreter, control, &outlines, progress);
        let text = translated.wgsl.len();
        if text <= bounds.text || most == 0 {
            return Translated { limit: cut.then_some(limit), ..translated };
        }
        // How long the text is, is known when it is written: so many would fit that are like these, less some.
        let fit = translated.instructions as u128 * bounds.text as u128 / text as u128;
        most = (fit as usize * 15 / 16).min(most - 1);
        limit = Limit::Text(bounds.text);
    }
}
