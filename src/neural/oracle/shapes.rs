//! What the weights of the memory oracle hold, and what it reads and gives.

use crate::abi::{self, ORACLE_HISTORY, shared_constants};
use crate::neural::network::{Network, Tensor};

shared_constants! {
    /// Features of an event.
    ORACLE_FEATURES = 10;
    /// Width of the encoder, of an LSTM layer.
    ORACLE_ENCODED = 64;
    ORACLE_UNITS = 128;
    /// Events ahead that are predicted.
    ORACLE_AHEAD = 8;
    /// Codes of a delta are from minus this to this.
    ORACLE_CODES = 8;
    ORACLE_PATTERNS = 4;
    // A stream's state: h and c of both layers, then the outputs of the last event.
    ORACLE_OUTPUTS_AT = 4 * ORACLE_UNITS;
    ORACLE_OUTPUTS = 2 * ORACLE_AHEAD + ORACLE_PATTERNS;
    ORACLE_STATE = ORACLE_OUTPUTS_AT + ORACLE_OUTPUTS;
    ORACLE_INVOCATIONS = 256;
    // Events that go through a layer together.
    ORACLE_CHUNK = 4;
    // Fours of floats that layers read: features of all events, what the encoder or the heads' first layers gave, h of the first layer after each event of a chunk, h of the second, c of both.
    ORACLE_FEATURE_FOURS = 4;
    ORACLE_ENCODED_FOURS = ORACLE_ENCODED / 4;
    ORACLE_UNIT_FOURS = ORACLE_UNITS / 4;
    ORACLE_ENCODED_AT = ORACLE_HISTORY * ORACLE_FEATURE_FOURS;
    ORACLE_FIRST_AT = ORACLE_ENCODED_AT + ORACLE_CHUNK * ORACLE_ENCODED_FOURS;
    ORACLE_SECOND_AT = ORACLE_FIRST_AT + ORACLE_CHUNK * ORACLE_UNIT_FOURS;
    ORACLE_CELLS_AT = ORACLE_SECOND_AT + ORACLE_UNIT_FOURS;
    ORACLE_VALUES = ORACLE_CELLS_AT + 2 * ORACLE_UNIT_FOURS;
    // What a step does.
    ORACLE_LINKS = 0;
    ORACLE_FORETOLD = 1;
    ORACLE_FEATURES_OF = 2;
    ORACLE_ROWS = 3;
    ORACLE_ROWS_OF_CHUNK = 4;
    ORACLE_RELU = 5;
    ORACLE_LSTM = 6;
    ORACLE_PREDICT = 7;
    // The step that a chunk begins with, that it ends with, how many there are.
    ORACLE_CHUNK_BEGIN = 3;
    ORACLE_CHUNK_END = 10;
    ORACLE_STEPS = 17;
    /// Pages that a stride spans, at most.
    ORACLE_NEAR = 1 << 24;
}

// An invocation for each event and code.
const _: () = assert!(ORACLE_INVOCATIONS == ORACLE_HISTORY * ORACLE_CODES);

/// Its constants as WGSL.
pub(in crate::neural) fn constants() -> String {
    abi::declare(ALL)
}

/// The memory oracle: 271,124 floats, buffer 8. From a history of accesses, which pages come next.
pub static MEMORY_ORACLE: Network = Network {
    name: "memory-oracle",
    file: "memory_oracle_lstm_weights.npy",
    tensors: &[
        Tensor::new("feature_encoder.0.weight", &[64, 10]),
        Tensor::new("feature_encoder.0.bias", &[64]),
        Tensor::new("feature_encoder.2.weight", &[64, 64]),
        Tensor::new("feature_encoder.2.bias", &[64]),
        Tensor::new("lstm.weight_ih_l0", &[512, 64]),
        Tensor::new("lstm.weight_hh_l0", &[512, 128]),
        Tensor::new("lstm.bias_ih_l0", &[512]),
        Tensor::new("lstm.bias_hh_l0", &[512]),
        Tensor::new("lstm.weight_ih_l1", &[512, 128]),
        Tensor::new("lstm.weight_hh_l1", &[512, 128]),
        Tensor::new("lstm.bias_ih_l1", &[512]),
        Tensor::new("lstm.bias_hh_l1", &[512]),
        Tensor::new("delta_head.0.weight", &[128, 128]),
        Tensor::new("delta_head.0.bias", &[128]),
        Tensor::new("delta_head.2.weight", &[8, 128]),
        Tensor::new("delta_head.2.bias", &[8]),
        Tensor::new("confidence_head.0.weight", &[64, 128]),
        Tensor::new("confidence_head.0.bias", &[64]),
        Tensor::new("confidence_head.2.weight", &[8, 64]),
        Tensor::new("confidence_head.2.bias", &[8]),
        Tensor::new("pattern_head.0.weight", &[64, 128]),
        Tensor::new("pattern_head.0.bias", &[64]),
        Tensor::new("pattern_head.2.weight", &[4, 64]),
        Tensor::new("pattern_head.2.bias", &[4]),
    ],
    built_in: include_bytes!("../../../weights/memory_oracle_lstm_weights.npy"),
};
