//! Words of a bank's status buffer. These are the machine's own; others declare theirs behind them.

use super::rows;

rows! {
    STATUS from 0;
    /// Arguments of an indirect dispatch.
    STATUS_WORKGROUPS: 3;
    /// Counts the slices that ran.
    STATUS_EPOCH;
    /// Frames in use.
    STATUS_FRAMES;
    /// 1 when a lane found no frame.
    STATUS_DRY;
    /// 1 when a lane met floating point or SIMD in an interpreter without.
    STATUS_VECTOR;
    /// What a survey counts.
    STATUS_LIVE_LOW;
    STATUS_LIVE_HIGH;
    STATUS_PAGES;
    /// Frames that found no place where they were moved to, which never happens.
    STATUS_LOST;
}
