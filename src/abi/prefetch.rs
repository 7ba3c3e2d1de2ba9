//! What is remembered of lanes' accesses, and what is copied ahead for it.

use super::{loops, rows, shared_constants};

shared_constants! {
    // The history of a stream, which is a lane group's: accesses of one of its lanes that missed the translation cache, and
    // those of them that were the first to write to their pages.
    /// Streams of a bank, at most; groups behind have none.
    STREAMS = 1 << 12;
    /// Accesses of each kind that a stream remembers: access n stands at n modulo this.
    ORACLE_HISTORY = 32;
    HISTORY_HEADER = HISTORY.end();
    HISTORY_FIRSTS = HISTORY_HEADER + ORACLE_HISTORY * HISTORY_ENTRY_WORDS;
    HISTORY_WORDS = HISTORY_FIRSTS + ORACLE_HISTORY * HISTORY_ENTRY_WORDS;
    // An access: address, address of its instruction (low word), kind.
    HISTORY_ENTRY_WORDS = ACCESS.end();
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
    PATTERN_SHIFT = 8;

    // What is known of a stream: how many predictions there were, and a table found by the instruction's address.
    STREAM_HEADER = STREAM.end();
    /// How many times the least price it may be.
    PRICE_MOST = 64;
    /// What leaving a slice costs, what may be lost, and the most that is remembered of what was won.
    LEAVE_PRICE = 4;
    LEAVE_START = 24;
    LEAVE_MOST = 64;
    STRIDES = 256;
    STRIDE_WORDS = 14;
    STREAM_WORDS = STREAM_HEADER + STRIDES * STRIDE_WORDS;
    WINDOW_LEAST = 4;
    WINDOW_MOST = 2048;
    /// The same where lanes leave slices: who comes to the end gets more at once.
    WINDOW_LEAVE = 128;
    /// Bytes of a stride that is followed, at most.
    STRIDE_MOST = 1 << 24;

    // Pages to be copied ahead. Words 1 to 3 are the arguments of the dispatch: jobs, pages of a job, 1.
    JOB_HEADER = 8;
    JOBS = 1 << 14;
    JOB_WORDS = 8;
    JOB_PAGES = 8;
}

rows! {
    /// The first words of a history.
    HISTORY from 0;
    /// Accesses so far, counted where a network reads them, then first writes.
    HISTORY_COUNT;
    HISTORY_FIRST_COUNT;
    /// How many accesses the network has been given, and how many first writes were used for copying ahead.
    HISTORY_INFERRED;
    HISTORY_SEEN;
    /// Which lane of the group is looked at.
    HISTORY_COLUMN;
    /// Whether lanes of the group leave the slice at a page that they have to copy, so that those behind it are copied for
    /// them: at the third of a slice when nothing is known of what they write; at the first; or not. And 1 when the lane that
    /// is looked at did.
    HISTORY_LEAVE;
    HISTORY_LEFT;
    /// 1 when the network is to be asked.
    HISTORY_ASKED;
    /// Pages that the lane that is looked at had to copy in this slice.
    HISTORY_STALLS;
}

rows! {
    /// What HISTORY_LEAVE says.
    LEAVE from 0;
    LEAVE_UNKNOWN;
    LEAVE_AT_ONCE;
    LEAVE_NEVER;
    LEAVE_AFTER;
}

rows! {
    /// An access of a history.
    ACCESS from 0;
    HISTORY_LOW;
    HISTORY_HIGH;
    HISTORY_PC;
    HISTORY_KIND;
}

rows! {
    /// What became of a prediction.
    FATE from 0;
    FATE_NONE;
    /// Not yet known.
    FATE_PENDING;
    /// Its page was copied ahead and then written.
    FATE_USED;
    /// The lane had been there before.
    FATE_LATE;
    /// Not written when the next prediction took its place.
    FATE_WRONG;
    /// Not acted upon: unlikely, not mapped, not writable, code, or no frame.
    FATE_DROPPED;
}

rows! {
    PATTERN from 0;
    PATTERN_RANDOM;
    PATTERN_SEQUENTIAL;
    PATTERN_STRIDED;
    PATTERN_CHASE;
}

rows! {
    /// The first words of what is known of a stream.
    STREAM from 0;
    STREAM_ISSUED;
    /// What leaving slices has brought, in pages that were copied ahead and used, less what it cost; a signed number.
    STREAM_BALANCE;
    /// Pages that the network might have foreseen, or did, since it was asked last; how many there have to be until it is
    /// asked; and which of them it did.
    STREAM_CREDIT;
    STREAM_PRICE;
    STREAM_WON;
}

rows! {
    /// A row of its table.
    STRIDE from 0;
    STRIDE_PC;
    STRIDE_LAST_LOW;
    STRIDE_LAST_HIGH;
    /// Bytes, as a signed number; 0 if not known.
    STRIDE_BYTES;
    /// How often in a row it came true.
    STRIDE_HITS;
    /// How many strides ahead of the lane to copy.
    STRIDE_WINDOW;
    /// The address that was copied ahead last.
    STRIDE_ISSUED_LOW;
    STRIDE_ISSUED_HIGH;
    /// Pages that were written first since the last pass, and of these what the lane had to copy.
    STRIDE_FRESH;
    STRIDE_STALLED;
    /// 1 when the lane had to copy the last of them.
    STRIDE_BEHIND;
    /// The last distance, and how often it came again.
    STRIDE_DISTANCE;
    STRIDE_SAME;
}

rows! {
    /// Before the jobs.
    JOBS_HEADER from 0;
    JOB_TAKEN;
    JOB_COUNT: 3;
    /// Frames in use before.
    JOB_FRAMES;
}

rows! {
    /// A job.
    JOB from 0;
    JOB_STREAM;
    JOB_LOW;
    JOB_HIGH;
    JOB_STRIDE;
    JOB_LENGTH;
    /// Lanes of the group.
    JOB_LANES;
    /// The prediction that it acts on first, or NONE.
    JOB_PREDICTION;
}

const _: () = assert!(STRIDE.end() <= STRIDE_WORDS && JOBS_HEADER.end() <= JOB_HEADER && JOB.end() <= JOB_WORDS);

rows! {
    STATUS from loops::STATUS.end();
    /// Accesses that missed the translation cache.
    STATUS_MISSES;
    /// Pages that lanes copied themselves, pages copied ahead, and of these the ones that were written.
    STATUS_STALLS;
    STATUS_AHEAD;
    STATUS_AHEAD_USED;
    /// Predictions that came to FATE_USED, and to the fates behind it.
    STATUS_FATES: FATE.end() - FATE_USED;
    /// Pages that were not copied ahead as there was no frame for them.
    STATUS_CRAMPED;
    /// Slices that lanes left at a page they had to copy.
    STATUS_LEAVES;
    /// Lanes of the slice before that left it, and those of them and others that go on.
    STATUS_LEFT;
    STATUS_GOING;
    /// Not 0 when there was a slice that some left and others did not: nobody leaves then.
    STATUS_PARTED;
    /// Streams that the network was asked about.
    STATUS_ORACLE_ASKED;
}
