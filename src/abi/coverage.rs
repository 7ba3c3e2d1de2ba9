//! Maps of what lanes have covered.

use super::{loops, rows, shared_constants};

shared_constants! {
    // A block's name is a hash of its address, and the upper bits of two names are an edge's bit.
    COVER_MIX_LOW = 0x9e37_79b1;
    COVER_MIX_HIGH = 0x85eb_ca6b;
    COVER_MIX_LAST = 0x2c1b_3c6d;
    COVER_SHIFT = 7;
    /// Workgroups that join maps, at most.
    JOIN_GROUPS = 0x8000;
}

rows! {
    /// The host writes these too, and whatever stands behind them.
    LANE from loops::LANE.end();
    /// What coverage knows of a lane: 1 in a block, 0 between two; and the name of the block that began last.
    LANE_IN_BLOCK;
    LANE_LAST_BLOCK;
}
