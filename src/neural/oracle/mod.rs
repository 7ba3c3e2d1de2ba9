//! The memory oracle: from a history of accesses, which pages come next.

pub mod events;
pub mod inference;
mod layers;
pub mod reference;
pub mod shapes;
