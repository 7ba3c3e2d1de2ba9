//! Words of a snapshot of one lane.

use super::lanes::LANE_FIELDS;
use super::shared_constants;

shared_constants! {
    // Words of a snapshot of one lane: each is where a buffer's part begins.
    SNAPSHOT_REGISTERS = 0;
    SNAPSHOT_PC = 64;
    SNAPSHOT_OUT = 68;
    SNAPSHOT_HANDLED = 76;
    SNAPSHOT_INST = 80;
    SNAPSHOT_PREDICTION = 81;
    /// The lane's rows of `lane_state`.
    SNAPSHOT_STATE = 82;
    SNAPSHOT_WORDS = SNAPSHOT_STATE + LANE_FIELDS;
}
