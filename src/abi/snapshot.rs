//! Words of a snapshot of one lane: where each buffer's part begins.

use super::registers::{Place, REGISTER_FILE, REGISTER_ROWS, Register, RegisterFile};
use super::rows;
use super::totals::LANE_FIELDS;

rows! {
    SNAPSHOT from 0;
    SNAPSHOT_REGISTERS: 2 * REGISTER_ROWS;
    SNAPSHOT_PC: 4;
    SNAPSHOT_OUT: 8;
    SNAPSHOT_HANDLED: 4;
    SNAPSHOT_INST;
    SNAPSHOT_PREDICTION;
    /// The lane's rows of `lane_state`.
    SNAPSHOT_STATE: LANE_FIELDS;
    SNAPSHOT_WORDS: 0;
}

/// The registers of a snapshot.
pub(crate) fn snapshot_registers(words: &[u32]) -> RegisterFile {
    let mut file = RegisterFile::default();
    for register in REGISTER_FILE {
        let first = match register.place {
            Place::Row(row) => SNAPSHOT_REGISTERS + 2 * row,
            Place::Counter(word) => SNAPSHOT_PC + word,
            Place::State(row) => SNAPSHOT_STATE + row,
        };
        file.set(register, Register::join(words[first as usize..][..register.words as usize].iter().copied()));
    }
    file
}
