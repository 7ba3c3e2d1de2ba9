//! What the kernel remembers of a lane on the GPU: rows of `lane_state` that `wgsl/linux/calls.wgsl` goes by.

use crate::abi::{PERSONALITY_AT, rows, shared_constants};

shared_constants! {
    // Kinds of calls that the GPU may serve for a lane, in LANE_CALLS.
    CALLS_SERVED = 1;
    CALLS_WRITE = 2;
    CALLS_READ = 4;
    CALLS_RANDOM = 8;
    CALLS_MEMORY = 16;
    /// How a lane ended, beside its status.
    ENDED_EXIT = 0;
    /// Beside the number of the signal.
    ENDED_SIGNAL = 1;
}

rows! {
    LANE from PERSONALITY_AT;
    /// What of its calls the GPU may serve: CALLS_*.
    LANE_CALLS;
    /// Nanoseconds slept.
    LANE_SLEPT_LOW;
    LANE_SLEPT_HIGH;
    /// Words drawn from the lane's random stream.
    LANE_RANDOM_AT;
    LANE_RANDOM_STREAM;
    LANE_RANDOM_KEY: 8;
    /// Where the heap ends, in bytes.
    LANE_BRK_LOW;
    LANE_BRK_HIGH;
    /// The page that the heap may grow to, and the one that mappings may reach down to.
    LANE_HEAP_LIMIT;
    LANE_MAP_FLOOR;
    /// Pages that the lane may still map.
    LANE_ROOM;
}
