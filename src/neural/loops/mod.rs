//! The networks that look at the body of a hot loop: the loop detector, what kind of loop it is and how long it runs; the
//! pattern recognizer, what it does to memory.

pub mod inference;
mod layers;
pub mod reference;
pub mod shapes;
