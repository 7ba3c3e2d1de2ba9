//! System calls that the GPU serves.

use super::{coverage, loops, prefetch, rows, shared_constants};

shared_constants! {
    // What becomes of a system call: the host serves it, it is done, or it is tried again.
    CALL_HOST = 0;
    CALL_DONE = 1;
    CALL_WAITS = 2;
    // Kinds of calls that the GPU may serve for a lane, in LANE_CALLS.
    CALLS_SERVED = 1;
    CALLS_WRITE = 2;
    CALLS_READ = 4;
    CALLS_RANDOM = 8;
    CALLS_MEMORY = 16;
    /// The first word of an output in a ring has the stream in the bits from here on, its bytes below.
    RING_STREAM_SHIFT = 30;
}

rows! {
    LANE from coverage::LANE.end();
    /// The kernel's state that system calls on the GPU go by: CALLS_*.
    LANE_CALLS;
    LANE_RING_USED;
    /// Bytes of standard input.
    LANE_INPUT_LENGTH;
    LANE_INPUT_AT;
    /// Nanoseconds slept.
    LANE_SLEPT_LOW;
    LANE_SLEPT_HIGH;
    /// Words drawn from the lane's random stream.
    LANE_RANDOM_AT;
    LANE_RANDOM_STREAM;
    LANE_RANDOM_KEY: 8;
    /// Pages of zeros that system calls on the GPU have mapped since the lane has its layout: first and end page of the
    /// heap's, and of mappings below each other.
    LANE_HEAP_FIRST;
    LANE_HEAP_END;
    LANE_MAP_FIRST;
    LANE_MAP_END;
    /// Where the heap ends, in bytes.
    LANE_BRK_LOW;
    LANE_BRK_HIGH;
    /// The page that the heap may grow to, and the one that mappings may reach down to.
    LANE_HEAP_LIMIT;
    LANE_MAP_FLOOR;
    /// Pages that the lane may still map.
    LANE_ROOM;
}

rows! {
    STATUS from prefetch::STATUS.end();
    /// System calls that the GPU has served.
    STATUS_CALLS;
    /// Words in the fullest ring.
    STATUS_RING_USED;
}

rows! {
    EVENT from loops::EVENT.end();
    /// SVC.
    EVENT_CALL;
}
