//! Constants of the machine that Rust and WGSL share.

use crate::constants::{self, shared_constants};

shared_constants! {
    /// Invocations of a workgroup; each is a lane.
    WORKGROUP = 64;
    /// No index.
    NONE = 0xffff_ffff;
    /// Upper address word that no canonical or untagged address has.
    NO_PAGE = 0x0100_0000;
    /// Entries of a lane's translation cache, a power of two.
    CACHE_ENTRIES = 64;
    /// Words of a frame slot: two of key, the lanes that have a copy, and of these the lanes whose copy was made ahead and
    /// not written yet.
    SLOT_WORDS = 4;

    // Buffer 9: a kernel was predicted, and it owned the instruction.
    PREDICTION_OWNED = 1 << 3;
    PREDICTION_MADE = 1 << 4;
    /// Choices of a network that the lanes of a workgroup remember together, a power of two. More workgroup memory is less
    /// of the cache that lanes' registers are in.
    CHOICES = 1024;
    /// Leaves the upper bits of a hash as a place among them.
    CHOICE_SHIFT = 32 - CHOICES.trailing_zeros();
    /// Places where a choice can be.
    CHOICE_PROBES = 8;

    // What keeps an instruction from completing.
    EVENT_MISS = 1;
    EVENT_STOP = 2;
    EVENT_JUMP = 3;
    EVENT_GENERAL = 4;
    EVENT_CALL = 5;
    EVENT_TRANSLATED = 6;
    EVENT_LOOP = 7;

    // What becomes of a system call: the host serves it, it is done, or it is tried again.
    CALL_HOST = 0;
    CALL_DONE = 1;
    CALL_WAITS = 2;
    // Kinds of calls that the GPU may serve for a lane, in LANE_CALLS.
    CALLS_SERVED = 1;
    CALLS_WRITE = 2;
    CALLS_READ = 4;
    CALLS_RANDOM = 8;
    CALLS_MEMORY = 16;
    /// The first word of an output in a ring has the stream in the bits from here on, its bytes below.
    RING_STREAM_SHIFT = 30;

    // Access kinds, which are also a region's permissions.
    ACCESS_READ = 1;
    ACCESS_WRITE = 2;
    ACCESS_EXECUTE = 4;
    REGION_PERMISSION_SHIFT = 16;

    // Stop reasons; those up to REASON_RESUMABLE go on at the next execute.
    REASON_RUNNING = 0;
    REASON_CYCLE_LIMIT = 1;
    REASON_SYSCALL = 2;
    REASON_POOL = 3;
    /// The output does not fit into what the ring has left.
    REASON_OUTPUT = 4;
    REASON_RESUMABLE = 4;
    REASON_BREAKPOINT = 5;
    REASON_HALT = 6;
    REASON_UNDEFINED = 7;
    REASON_FAULT = 8;
    REASON_PC_ALIGNMENT = 9;
    /// The host ended the lane.
    REASON_HOST = 10;
    REASON_EXITED = 11;
    FAULT_CAUSE_SHIFT = 8;
    FAULT_UNMAPPED = 0;
    FAULT_PERMISSION = 1;
    FAULT_ALIGNMENT = 2;

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
    /// Workgroups side by side of a dispatch with more than one dimension can count.
    MOVE_ROW = 0x8000;

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

    // A block's name is a hash of its address, and the upper bits of two names are an edge's bit.
    COVER_MIX_LOW = 0x9e37_79b1;
    COVER_MIX_HIGH = 0x85eb_ca6b;
    COVER_MIX_LAST = 0x2c1b_3c6d;
    COVER_SHIFT = 7;
    /// Workgroups that join maps, at most.
    JOIN_GROUPS = 0x8000;
    LANE_FIELDS = 42;

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

    // Bits of `params.flags`.
    /// First slice of an execute: resumable lanes go on, limits are set.
    FLAG_FIRST = 1;
    /// The limit counts from what a lane has retired.
    FLAG_RELATIVE = 2;
    /// Lanes that found no frame go on.
    FLAG_POOL = 16;
    /// A transfer that permissions do not hinder.
    FLAG_HOST = 4;
    /// A transfer to the guest.
    FLAG_WRITE = 8;
    /// Hot loops are noticed.
    FLAG_LOOPS = 32;
    /// Loops are proved, and run as before.
    FLAG_PROVE_ONLY = 64;
    /// Loops are proved only if the networks say that it is worth it.
    FLAG_ASK = 128;
    /// Lanes may leave the slice at a page that they have to copy.
    FLAG_LEAVE = 256;
    /// Bits from here on: a slice's instructions, in eighths of the slice's before.
    FLAG_GROWTH_SHIFT = 16;

    /// Instructions of a loop's body, at most.
    LOOP_LENGTH = 32;
    /// Instructions from one look at backward branches to the next.
    LOOP_SAMPLE = 256;
    /// Looks in a row that find the same branch before a loop counts as hot.
    LOOP_HITS = 2;
    /// Iterations of a loop over memory that one pass runs, at most.
    LOOP_BULK = 1 << 16;
    /// Visits after which a loop that brings little is left alone: so many instructions each are enough.
    LOOP_TRIALS = 16;
    LOOP_GAIN = 2048;
    /// Loads and stores of a body, at most; a pair counts twice.
    LOOP_STREAMS = 8;
    LOOP_FOLDS = 4;
    LOOP_EXITS = 4;
    /// Values of a body that may not wrap, at most.
    LOOP_RANGES = 64;

    // The loop table: entries found by the closing branch's control word.
    LOOP_ENTRIES = 256;
    LOOP_ENTRY_WORDS = 16;
    /// The branch's control word and 1, or 0.
    LOOP_BRANCH = 0;
    /// Address of the head.
    LOOP_PC_LOW = 1;
    LOOP_PC_HIGH = 2;
    /// Instructions of the body.
    LOOP_BODY = 3;
    /// Times that a lane came with the loop hot.
    LOOP_VISITS = 4;
    /// Times that it was proved, and times that it was not, with the last reason.
    LOOP_PROVED = 5;
    LOOP_REFUSED = 6;
    LOOP_REASON = 7;
    /// Instructions that lanes did not have to interpret.
    LOOP_SKIPPED_LOW = 8;
    LOOP_SKIPPED_HIGH = 9;
    /// 1 when it is not watched any more.
    LOOP_RETIRED = 10;
    /// LOOP_NEW and so on.
    LOOP_STATE = 11;
    LOOP_NEW = 0;
    /// Its sample is written; the networks have not been asked, or not yet answered.
    LOOP_SEEN = 1;
    LOOP_WORTH = 2;
    LOOP_NOT_WORTH = 3;
    /// What it has brought, as far as that matters to whether it goes on being watched: of a visit at most LOOP_GAIN_MOST, and
    /// no more once it is LOOP_GAIN_ENOUGH. One word, for two are not read at once.
    LOOP_GAINED = 12;
    LOOP_GAIN_MOST = 1 << 16;
    LOOP_GAIN_ENOUGH = 1 << 30;

    // The sample of an entry, of the lane that came first: what the networks read, and what the proof made of it.
    SAMPLE_WORDS = 112;
    /// Instructions of the body.
    SAMPLE_LENGTH = 0;
    /// LOOP_LENGTH of them.
    SAMPLE_BODY = 1;
    /// X0 to X30 and SP, low and high words.
    SAMPLE_REGISTERS = 33;
    /// 1 when the proof has filled in the rest.
    SAMPLE_PROVED = 97;
    SAMPLE_CLASS = 98;
    SAMPLE_TYPE = 99;
    SAMPLE_COUNTER = 100;
    /// Iterations until the loop is left.
    SAMPLE_COUNT_LOW = 101;
    SAMPLE_COUNT_HIGH = 102;
    /// Registers that addresses are made of, or NONE.
    SAMPLE_DESTINATION = 103;
    SAMPLE_SOURCE = 104;
    /// log2 of an element's bytes, or NONE.
    SAMPLE_SIZE = 105;

    /// Loops that the networks are asked about at once.
    LOOP_QUEUE = 8;

    // Why a loop was not run as a whole.
    LOOP_OK = 0;
    /// An instruction that the proof does not know.
    LOOP_INSTRUCTION = 1;
    /// A branch to within the body, or one that leaves for good.
    LOOP_INNER_BRANCH = 2;
    /// Flags that are read come from the iteration before, or are not known.
    LOOP_FLAGS = 3;
    /// Reasons up to this one are of the code alone: no lane's state helps.
    LOOP_STATIC = 3;
    /// An address that does not advance by a constant.
    LOOP_ADDRESS = 4;
    /// Too many loads and stores, folds or exits.
    LOOP_SIZE = 5;
    /// A register that is carried from one iteration to the next in a way that is not known.
    LOOP_RECURRENCE = 6;
    /// A condition that is not known.
    LOOP_CONDITION = 7;
    /// A stored value that is not known.
    LOOP_VALUE = 8;
    /// Loads may read what stores have written.
    LOOP_ALIAS = 9;
    /// An address that is not a multiple of the size, or out of range.
    LOOP_ALIGNMENT = 10;
    /// A page that is not mapped, not permitted, or holds code.
    LOOP_PAGE = 11;
    /// Too few iterations are left.
    LOOP_SHORT = 12;
    /// The networks say that it is not worth a proof.
    LOOP_DECLINED = 13;
    LOOP_REASONS = 14;

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

    /// AHP, DN, FZ, RMode.
    FPCR_MASK = 0x07c0_0000;
    /// Condition flags, QC, and the cumulative exception bits.
    FPSR_MASK = 0xf800_009f;
}

/// The constants as WGSL declarations.
pub(crate) fn wgsl() -> String {
    constants::wgsl(ALL)
}
