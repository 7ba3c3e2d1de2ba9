//! What is remembered of lanes' accesses, and what is copied ahead for it.

use super::shared_constants;

shared_constants! {
    // The history of a stream, which is a lane group's: accesses of one of its lanes that missed the translation cache, and
    // those of them that were the first to write to their pages.
    /// Streams of a bank, at most; groups behind have none.
    STREAMS = 1 << 12;
    /// Accesses of each kind that a stream remembers: access n stands at n modulo this.
    ORACLE_HISTORY = 32;
    HISTORY_HEADER = 9;
    HISTORY_FIRSTS = HISTORY_HEADER + ORACLE_HISTORY * HISTORY_ENTRY_WORDS;
    HISTORY_WORDS = HISTORY_FIRSTS + ORACLE_HISTORY * HISTORY_ENTRY_WORDS;
    /// Accesses so far, counted where a network reads them, then first writes.
    HISTORY_COUNT = 0;
    HISTORY_FIRST_COUNT = 1;
    /// How many accesses the network has been given, and how many first writes were used for copying ahead.
    HISTORY_INFERRED = 2;
    HISTORY_SEEN = 3;
    /// Which lane of the group is looked at.
    HISTORY_COLUMN = 4;
    /// Whether lanes of the group leave the slice at a page that they have to copy, so that those behind it are copied for
    /// them: at the third of a slice when nothing is known of what they write; at the first; or not. And 1 when the lane that
    /// is looked at did.
    HISTORY_LEAVE = 5;
    LEAVE_UNKNOWN = 0;
    LEAVE_AT_ONCE = 1;
    LEAVE_NEVER = 2;
    LEAVE_AFTER = 3;
    HISTORY_LEFT = 6;
    /// 1 when the network is to be asked.
    HISTORY_ASKED = 7;
    /// Pages that the lane that is looked at had to copy in this slice.
    HISTORY_STALLS = 8;
    // An access: address, address of its instruction (low word), kind.
    HISTORY_ENTRY_WORDS = 4;
    HISTORY_LOW = 0;
    HISTORY_HIGH = 1;
    HISTORY_PC = 2;
    HISTORY_KIND = 3;
    /// log2 of its bytes.
    HISTORY_SIZE = 7;
    HISTORY_STORES = 8;
    /// It was the first to write to its page, and the lane copied the page, or found it copied ahead.
    HISTORY_STALLED = 16;
    HISTORY_AHEAD = 32;

    /// Accesses that are kept for `kvrm trace` until the host takes them.
    TRACE_EVENTS = 1 << 16;

    // Buffer 11: predictions of a stream. A prediction: address (low, high), confidence as a float, fate and pattern.
    STREAM_PREDICTIONS = 8;
    STREAM_PREDICTION_WORDS = 4;
    FATE_MASK = 7;
    FATE_NONE = 0;
    /// Not yet known.
    FATE_PENDING = 1;
    /// Its page was copied ahead and then written.
    FATE_USED = 2;
    /// The lane had been there before.
    FATE_LATE = 3;
    /// Not written when the next prediction took its place.
    FATE_WRONG = 4;
    /// Not acted upon: unlikely, not mapped, not writable, code, or no frame.
    FATE_DROPPED = 5;
    PATTERN_SHIFT = 8;
    PATTERN_RANDOM = 0;
    PATTERN_SEQUENTIAL = 1;
    PATTERN_STRIDED = 2;
    PATTERN_CHASE = 3;

    // What is known of a stream: how many predictions there were, and a table found by the instruction's address.
    STREAM_HEADER = 5;
    STREAM_ISSUED = 0;
    /// What leaving slices has brought, in pages that were copied ahead and used, less what it cost; a signed number.
    STREAM_BALANCE = 1;
    /// Pages that the network might have foreseen, or did, since it was asked last; how many there have to be until it is
    /// asked; and which of them it did.
    STREAM_CREDIT = 2;
    STREAM_PRICE = 3;
    STREAM_WON = 4;
    /// How many times the least price it may be.
    PRICE_MOST = 64;
    /// What leaving a slice costs, what may be lost, and the most that is remembered of what was won.
    LEAVE_PRICE = 4;
    LEAVE_START = 24;
    LEAVE_MOST = 64;
    STRIDES = 256;
    STRIDE_WORDS = 14;
    STREAM_WORDS = STREAM_HEADER + STRIDES * STRIDE_WORDS;
    STRIDE_PC = 0;
    STRIDE_LAST_LOW = 1;
    STRIDE_LAST_HIGH = 2;
    /// Bytes, as a signed number; 0 if not known.
    STRIDE_BYTES = 3;
    /// How often in a row it came true.
    STRIDE_HITS = 4;
    /// How many strides ahead of the lane to copy.
    STRIDE_WINDOW = 5;
    /// The address that was copied ahead last.
    STRIDE_ISSUED_LOW = 6;
    STRIDE_ISSUED_HIGH = 7;
    /// Pages that were written first since the last pass, and of these what the lane had to copy.
    STRIDE_FRESH = 8;
    STRIDE_STALLED = 9;
    /// 1 when the lane had to copy the last of them.
    STRIDE_BEHIND = 10;
    /// The last distance, and how often it came again.
    STRIDE_DISTANCE = 11;
    STRIDE_SAME = 12;
    WINDOW_LEAST = 4;
    WINDOW_MOST = 2048;
    /// The same where lanes leave slices: who comes to the end gets more at once.
    WINDOW_LEAVE = 128;
    /// Bytes of a stride that is followed, at most.
    STRIDE_MOST = 1 << 24;

    // Pages to be copied ahead. Words 1 to 3 are the arguments of the dispatch: jobs, pages of a job, 1.
    JOB_TAKEN = 0;
    JOB_COUNT = 1;
    /// Frames in use before.
    JOB_FRAMES = 4;
    JOB_HEADER = 8;
    JOBS = 1 << 14;
    JOB_WORDS = 8;
    JOB_PAGES = 8;
    JOB_STREAM = 0;
    JOB_LOW = 1;
    JOB_HIGH = 2;
    JOB_STRIDE = 3;
    JOB_LENGTH = 4;
    /// Lanes of the group.
    JOB_LANES = 5;
    /// The prediction that it acts on first, or NONE.
    JOB_PREDICTION = 6;
}
