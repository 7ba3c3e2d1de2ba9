//! SVE and SME: one line for each of their spaces of the top-level table (Arm ARM, C4.1).

use super::base::absent;
use super::{Encoding, Kernel};
use Kernel::Arithmetic;

/// The scalable extensions.
#[rustfmt::skip] // one line per encoding
pub(super) const SCALABLE: &[Encoding] = &[
    absent("SME", "1 ii 0000 iiiiiiiiiiiiiiiiiiiiiiiii", Arithmetic),
    absent("SVE", "iii 0010 iiiiiiiiiiiiiiiiiiiiiiiii", Arithmetic),
];
