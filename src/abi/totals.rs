//! How many words the blocks of all owners make.

use super::{calls, shared_constants};

shared_constants! {
    /// Rows of `lane_state`.
    LANE_FIELDS = calls::LANE.end();
    /// Words of a bank's status buffer.
    STATUS_WORDS = calls::STATUS.end();
}
