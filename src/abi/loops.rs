//! The loop table, its samples, and why a loop is not run as a whole.

use super::shared_constants;

shared_constants! {
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
}
