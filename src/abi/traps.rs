//! Lanes that trap (SVC), and what is the machine's own of the text that answers them: bytes in, a ring of bytes out, and
//! pages of zeros that it adds to a lane's address space.

use super::{coverage, loops, prefetch, rows, shared_constants};

shared_constants! {
    // What becomes of a trap: the host serves it, it is done, or it is tried again.
    TRAP_HOST = 0;
    TRAP_DONE = 1;
    TRAP_WAITS = 2;
    /// The first word of an output in a ring has the stream in the bits from here on, its bytes below.
    RING_STREAM_SHIFT = 30;
}

rows! {
    LANE from coverage::LANE.end();
    LANE_RING_USED;
    /// Bytes of the lane's input.
    LANE_INPUT_LENGTH;
    LANE_INPUT_AT;
    /// Pages of zeros that were added on the GPU since the lane has its layout: first and end page of a range that grows
    /// upwards, and of one that grows downwards.
    LANE_UP_FIRST;
    LANE_UP_END;
    LANE_DOWN_FIRST;
    LANE_DOWN_END;
}

rows! {
    STATUS from prefetch::STATUS.end();
    /// Traps that the GPU has served.
    STATUS_TRAPS;
    /// Words in the fullest ring.
    STATUS_RING_USED;
}

rows! {
    EVENT from loops::EVENT.end();
    /// SVC.
    EVENT_TRAP;
}
