//! What keeps an instruction from completing, and why lanes stop.

use super::{rows, shared_constants};

rows! {
    /// The machine's own; others declare theirs behind them.
    EVENT from 1;
    EVENT_MISS;
    EVENT_STOP;
    EVENT_JUMP;
    EVENT_GENERAL;
}

rows! {
    REASON from 0;
    REASON_RUNNING;
    REASON_CYCLE_LIMIT;
    REASON_TRAP;
    REASON_POOL;
    /// The output does not fit into what the ring has left.
    REASON_OUTPUT;
    REASON_BREAKPOINT;
    REASON_HALT;
    REASON_UNDEFINED;
    REASON_FAULT;
    REASON_PC_ALIGNMENT;
    /// The host ended the lane.
    REASON_HOST;
    /// The personality ended the lane: a value of its own, and a code that says what the value is.
    REASON_ENDED;
}

rows! {
    /// Upper bits of a fault's detail.
    FAULT from 0;
    FAULT_UNMAPPED;
    FAULT_PERMISSION;
    FAULT_ALIGNMENT;
}

shared_constants! {
    /// Lanes that stopped for a reason up to this one go on at the next execute.
    REASON_RESUMABLE = REASON_OUTPUT;
    FAULT_CAUSE_SHIFT = 8;
}
