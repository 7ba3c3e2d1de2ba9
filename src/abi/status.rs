//! Words of a bank's status buffer.

use super::shared_constants;

shared_constants! {
    // Words of the status buffer. The first three are arguments of an indirect dispatch.
    STATUS_WORKGROUPS = 0;
    /// Counts the slices that ran.
    STATUS_EPOCH = 3;
    /// Frames in use.
    STATUS_FRAMES = 4;
    /// 1 when a lane found no frame.
    STATUS_DRY = 5;
    /// What a survey counts.
    STATUS_LIVE_LOW = 6;
    STATUS_LIVE_HIGH = 7;
    STATUS_PAGES = 8;
    /// Frames that found no place where they were moved to, which never happens.
    STATUS_LOST = 9;
    /// Not 0 when a lane ended its slice early, at a hot loop.
    STATUS_CUT = 14;
    /// Not 0 when there are loops that the networks are to be asked about.
    STATUS_ASKED = 15;
    /// Not 0 when running a loop as a whole brought LOOP_GAIN instructions.
    STATUS_GAINED = 16;
    /// System calls that the GPU has served.
    STATUS_CALLS = 10;
    /// Words in the fullest ring.
    STATUS_RING_USED = 11;
    /// Instructions that ran translated.
    STATUS_TRANSLATED_LOW = 12;
    STATUS_TRANSLATED_HIGH = 13;
    // Of prefetching: accesses that missed the translation cache, pages that lanes copied themselves, pages copied ahead,
    // and of these the ones that were written.
    STATUS_MISSES = 17;
    STATUS_STALLS = 18;
    STATUS_AHEAD = 19;
    STATUS_AHEAD_USED = 20;
    /// Predictions that came to FATE_USED, and so on.
    STATUS_FATES = 21;
    /// Pages that were not copied ahead as there was no frame for them.
    STATUS_CRAMPED = 25;
    /// Slices that lanes left at a page they had to copy.
    STATUS_LEAVES = 26;
    /// Lanes of the slice before that left it, and those of them and others that go on.
    STATUS_LEFT = 27;
    STATUS_GOING = 28;
    /// Not 0 when there was a slice that some left and others did not: nobody leaves then.
    STATUS_PARTED = 29;
    /// Streams that the network was asked about.
    STATUS_ORACLE_ASKED = 30;
    STATUS_WORDS = 31;
}
