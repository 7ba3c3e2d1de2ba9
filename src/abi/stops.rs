//! What keeps an instruction from completing, and why lanes stop.

use super::shared_constants;

shared_constants! {
    // What keeps an instruction from completing.
    EVENT_MISS = 1;
    EVENT_STOP = 2;
    EVENT_JUMP = 3;
    EVENT_GENERAL = 4;
    EVENT_CALL = 5;
    EVENT_TRANSLATED = 6;
    EVENT_LOOP = 7;

    // Stop reasons; those up to REASON_RESUMABLE go on at the next execute.
    REASON_RUNNING = 0;
    REASON_CYCLE_LIMIT = 1;
    REASON_SYSCALL = 2;
    REASON_POOL = 3;
    /// The output does not fit into what the ring has left.
    REASON_OUTPUT = 4;
    REASON_RESUMABLE = 4;
    REASON_BREAKPOINT = 5;
    REASON_HALT = 6;
    REASON_UNDEFINED = 7;
    REASON_FAULT = 8;
    REASON_PC_ALIGNMENT = 9;
    /// The host ended the lane.
    REASON_HOST = 10;
    REASON_EXITED = 11;
    FAULT_CAUSE_SHIFT = 8;
    FAULT_UNMAPPED = 0;
    FAULT_PERMISSION = 1;
    FAULT_ALIGNMENT = 2;
}
