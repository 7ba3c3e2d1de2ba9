//! Who chose the kernel of an instruction.

use super::shared_constants;

shared_constants! {
    // Buffer 9: a kernel was predicted, and it owned the instruction.
    PREDICTION_OWNED = 1 << 3;
    PREDICTION_MADE = 1 << 4;
    /// Choices of a network that the lanes of a workgroup remember together, a power of two. More workgroup memory is less
    /// of the cache that lanes' registers are in.
    CHOICES = 1024;
    /// Leaves the upper bits of a hash as a place among them.
    CHOICE_SHIFT = 32 - CHOICES.trailing_zeros();
    /// Places where a choice can be.
    CHOICE_PROBES = 8;
}
