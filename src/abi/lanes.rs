//! Rows of `lane_state`: words that each lane has besides its general registers. These are the machine's own; others declare theirs
//! behind them.

use super::{rows, shared_constants};

shared_constants! {
    /// AHP, DN, FZ, RMode, FZ16.
    FPCR_MASK = 0x07c8_0000;
    /// Condition flags, QC, and the cumulative exception bits.
    FPSR_MASK = 0xf800_009f;
}

rows! {
    LANE from 0;
    LANE_LAYOUT;
    LANE_LAYOUT_COUNT;
    /// 1 when the layout has the image's code where the control words have it.
    LANE_LAYOUT_INTACT;
    LANE_THREAD_LOW;
    LANE_THREAD_HIGH;
    LANE_EXCLUSIVE_LOW;
    LANE_EXCLUSIVE_HIGH;
    LANE_FPCR;
    LANE_FPSR;
    LANE_RETIRED_LOW;
    LANE_RETIRED_HIGH;
    LANE_LIMIT_LOW;
    LANE_LIMIT_HIGH;
    /// 1 when the lane has written to a page that has control words.
    LANE_CODE_WRITTEN;
}
