//! What looks on between slices: translation, hot loops, pages ahead, coverage.

pub mod coverage;
pub mod loops;
pub mod prefetch;
pub mod translation;
