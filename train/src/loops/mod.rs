//! Training of the networks that look at loops.

pub mod c_loops;
pub mod evaluate;
pub mod harvest;
pub mod layers;
pub mod networks;
pub mod sample;
pub mod schedule;
