//! What lanes' memory is made of: address spaces, the image behind them, and the frames of what lanes have written.

pub mod address_space;
pub mod code_runs;
pub mod frames;
pub mod image;
pub mod region_table;
pub mod spaces;
