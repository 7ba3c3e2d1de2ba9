//! System calls that the GPU serves.

use super::shared_constants;

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
