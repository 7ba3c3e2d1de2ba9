//! Words of a snapshot of one lane: where each buffer's part begins.

use super::lanes::REGISTERS;
use super::rows;
use super::totals::LANE_FIELDS;

rows! {
    SNAPSHOT from 0;
    SNAPSHOT_REGISTERS: 2 * REGISTERS;
    SNAPSHOT_PC: 4;
    SNAPSHOT_OUT: 8;
    SNAPSHOT_HANDLED: 4;
    SNAPSHOT_INST;
    SNAPSHOT_PREDICTION;
    /// The lane's rows of `lane_state`.
    SNAPSHOT_STATE: LANE_FIELDS;
    SNAPSHOT_WORDS: 0;
}
