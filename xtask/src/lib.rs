//! What tests and benches share with `cargo xtask`: result files of the benches, the pages made from them, links.

pub mod links;
pub mod measurement;
pub mod pages;
pub mod record;
