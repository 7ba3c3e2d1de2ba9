//! How many words the blocks of all owners make.

use super::{shared_constants, traps};

shared_constants! {
    /// The personality's rows of `lane_state` begin here, behind the machine's.
    PERSONALITY_AT = traps::LANE.end();
    /// As many as a personality may have.
    PERSONALITY_ROWS = 24;
    /// Rows of `lane_state`.
    LANE_FIELDS = PERSONALITY_AT + PERSONALITY_ROWS;
    /// Words of a bank's status buffer.
    STATUS_WORDS = traps::STATUS.end();
}
