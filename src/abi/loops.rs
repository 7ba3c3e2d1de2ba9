//! The loop table, its samples, and why a loop is not run as a whole.

use super::{lanes, registers::REGISTERS, rows, shared_constants, translation};

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
    LOOP_GAIN_MOST = 1 << 16;
    LOOP_GAIN_ENOUGH = 1 << 30;

    // The sample of an entry, of the lane that came first: what the networks read, and what the proof made of it.
    SAMPLE_WORDS = 112;

    /// Loops that the networks are asked about at once.
    LOOP_QUEUE = 8;

    /// Reasons up to this one are of the code alone: no lane's state helps.
    LOOP_STATIC = LOOP_FLAGS;
}

/// The recognizer's confidence from which on a loop is worth a proof. Training sets the confidence so that it is.
pub const JUDGE_CONFIDENCE: f32 = 0.5;
/// log10 of the instructions left, by the detector's iterations, from which on it is.
pub const JUDGE_INSTRUCTIONS: f32 = 2.5;

rows! {
    /// A row of the loop table.
    ENTRY from 0;
    /// The branch's control word and 1, or 0.
    LOOP_BRANCH;
    /// Address of the head.
    LOOP_PC_LOW;
    LOOP_PC_HIGH;
    /// Instructions of the body.
    LOOP_BODY;
    /// Times that a lane came with the loop hot.
    LOOP_VISITS;
    /// Times that it was proved, and times that it was not, with the last reason.
    LOOP_PROVED;
    LOOP_REFUSED;
    LOOP_REASON;
    /// Instructions that lanes did not have to interpret.
    LOOP_SKIPPED_LOW;
    LOOP_SKIPPED_HIGH;
    /// 1 when it is not watched any more.
    LOOP_RETIRED;
    /// LOOP_NEW and so on.
    LOOP_STATE;
    /// What it has brought, as far as that matters to whether it goes on being watched: of a visit at most LOOP_GAIN_MOST, and
    /// no more once it is LOOP_GAIN_ENOUGH. One word, for two are not read at once.
    LOOP_GAINED;
}

rows! {
    /// What LOOP_STATE says.
    STATE from 0;
    LOOP_NEW;
    /// Its sample is written; the networks have not been asked, or not yet answered.
    LOOP_SEEN;
    LOOP_WORTH;
    LOOP_NOT_WORTH;
}

rows! {
    /// A row of the samples.
    SAMPLE from 0;
    /// Instructions of the body.
    SAMPLE_LENGTH;
    SAMPLE_BODY: LOOP_LENGTH;
    /// X0 to X30 and SP, low and high words.
    SAMPLE_REGISTERS: 2 * REGISTERS;
    /// 1 when the proof has filled in the rest.
    SAMPLE_PROVED;
    SAMPLE_CLASS;
    SAMPLE_TYPE;
    SAMPLE_COUNTER;
    /// Iterations until the loop is left.
    SAMPLE_COUNT_LOW;
    SAMPLE_COUNT_HIGH;
    /// Registers that addresses are made of, or NONE.
    SAMPLE_DESTINATION;
    SAMPLE_SOURCE;
    /// log2 of an element's bytes, or NONE.
    SAMPLE_SIZE;
}

const _: () = assert!(ENTRY.end() <= LOOP_ENTRY_WORDS && SAMPLE.end() <= SAMPLE_WORDS);

rows! {
    /// Why a loop was not run as a whole.
    REASON from 0;
    LOOP_OK;
    /// An instruction that the proof does not know.
    LOOP_INSTRUCTION;
    /// A branch to within the body, or one that leaves for good.
    LOOP_INNER_BRANCH;
    /// Flags that are read come from the iteration before, or are not known.
    LOOP_FLAGS;
    /// An address that does not advance by a constant.
    LOOP_ADDRESS;
    /// Too many loads and stores, folds or exits.
    LOOP_SIZE;
    /// A register that is carried from one iteration to the next in a way that is not known.
    LOOP_RECURRENCE;
    /// A condition that is not known.
    LOOP_CONDITION;
    /// A stored value that is not known.
    LOOP_VALUE;
    /// Loads may read what stores have written.
    LOOP_ALIAS;
    /// An address that is not a multiple of the size, or out of range.
    LOOP_ALIGNMENT;
    /// A page that is not mapped, not permitted, or holds code.
    LOOP_PAGE;
    /// Too few iterations are left.
    LOOP_SHORT;
    /// The networks say that it is not worth a proof.
    LOOP_DECLINED;
    LOOP_REASONS;
}

rows! {
    LANE from lanes::LANE.end();
    /// 0, or 1 and the control word of the backward branch that brought the lane to the head of a hot loop.
    LANE_LOOP;
}

rows! {
    STATUS from translation::STATUS.end();
    /// Not 0 when a lane ended its slice early, at a hot loop.
    STATUS_CUT;
    /// Not 0 when there are loops that the networks are to be asked about.
    STATUS_ASKED;
    /// Not 0 when running a loop as a whole brought LOOP_GAIN instructions.
    STATUS_GAINED;
}

rows! {
    EVENT from translation::EVENT.end();
    /// The head of a hot loop.
    EVENT_LOOP;
}
