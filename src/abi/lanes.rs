//! Rows of `lane_state`: words that each lane has besides its registers.

use super::shared_constants;

shared_constants! {
    // Rows of `lane_state`.
    LANE_LAYOUT = 0;
    LANE_LAYOUT_COUNT = 1;
    /// 1 when the layout has the image's code where the control words have it.
    LANE_LAYOUT_INTACT = 2;
    LANE_THREAD_LOW = 3;
    LANE_THREAD_HIGH = 4;
    LANE_EXCLUSIVE_LOW = 5;
    LANE_EXCLUSIVE_HIGH = 6;
    LANE_FPCR = 7;
    LANE_FPSR = 8;
    LANE_RETIRED_LOW = 9;
    LANE_RETIRED_HIGH = 10;
    LANE_LIMIT_LOW = 11;
    LANE_LIMIT_HIGH = 12;
    /// 1 when the lane has written to a page that has control words.
    LANE_CODE_WRITTEN = 13;
    /// 0, or 1 and the control word of the backward branch that brought the lane to the head of a hot loop.
    LANE_LOOP = 41;
    /// The kernel's state that system calls on the GPU go by: CALLS_*.
    LANE_CALLS = 14;
    LANE_RING_USED = 15;
    /// Bytes of standard input.
    LANE_INPUT_LENGTH = 16;
    LANE_INPUT_AT = 17;
    /// Nanoseconds slept.
    LANE_SLEPT_LOW = 18;
    LANE_SLEPT_HIGH = 19;
    /// Words drawn from the lane's random stream.
    LANE_RANDOM_AT = 20;
    LANE_RANDOM_STREAM = 21;
    /// Eight words.
    LANE_RANDOM_KEY = 22;
    /// What coverage knows of a lane: 1 in a block, 0 between two; and the name of the block that began last.
    LANE_IN_BLOCK = 30;
    LANE_LAST_BLOCK = 31;
    /// Pages of zeros that system calls on the GPU have mapped since the lane has its layout: first and end page of the
    /// heap's, and of mappings below each other.
    LANE_HEAP_FIRST = 32;
    LANE_HEAP_END = 33;
    LANE_MAP_FIRST = 34;
    LANE_MAP_END = 35;
    /// Where the heap ends, in bytes.
    LANE_BRK_LOW = 36;
    LANE_BRK_HIGH = 37;
    /// The page that the heap may grow to, and the one that mappings may reach down to.
    LANE_HEAP_LIMIT = 38;
    LANE_MAP_FLOOR = 39;
    /// Pages that the lane may still map.
    LANE_ROOM = 40;

    LANE_FIELDS = 42;

    /// AHP, DN, FZ, RMode.
    FPCR_MASK = 0x07c0_0000;
    /// Condition flags, QC, and the cumulative exception bits.
    FPSR_MASK = 0xf800_009f;
}
