//! Maps of what lanes have covered.

use super::shared_constants;

shared_constants! {
    // A block's name is a hash of its address, and the upper bits of two names are an edge's bit.
    COVER_MIX_LOW = 0x9e37_79b1;
    COVER_MIX_HIGH = 0x85eb_ca6b;
    COVER_MIX_LAST = 0x2c1b_3c6d;
    COVER_SHIFT = 7;
    /// Workgroups that join maps, at most.
    JOIN_GROUPS = 0x8000;
}
