//! What the weights of the memory oracle hold, and what it reads and gives.

use super::shapes::Tensor;
use crate::abi::{self, ORACLE_HISTORY, shared_constants};

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
pub(super) fn constants() -> String {
    abi::declare(ALL)
}

const fn tensor(name: &'static str, shape: &'static [usize]) -> Tensor {
    Tensor { name, shape }
}

const TENSORS: &[Tensor] = &[
    tensor("feature_encoder.0.weight", &[64, 10]),
    tensor("feature_encoder.0.bias", &[64]),
    tensor("feature_encoder.2.weight", &[64, 64]),
    tensor("feature_encoder.2.bias", &[64]),
    tensor("lstm.weight_ih_l0", &[512, 64]),
    tensor("lstm.weight_hh_l0", &[512, 128]),
    tensor("lstm.bias_ih_l0", &[512]),
    tensor("lstm.bias_hh_l0", &[512]),
    tensor("lstm.weight_ih_l1", &[512, 128]),
    tensor("lstm.weight_hh_l1", &[512, 128]),
    tensor("lstm.bias_ih_l1", &[512]),
    tensor("lstm.bias_hh_l1", &[512]),
    tensor("delta_head.0.weight", &[128, 128]),
    tensor("delta_head.0.bias", &[128]),
    tensor("delta_head.2.weight", &[8, 128]),
    tensor("delta_head.2.bias", &[8]),
    tensor("confidence_head.0.weight", &[64, 128]),
    tensor("confidence_head.0.bias", &[64]),
    tensor("confidence_head.2.weight", &[8, 64]),
    tensor("confidence_head.2.bias", &[8]),
    tensor("pattern_head.0.weight", &[64, 128]),
    tensor("pattern_head.0.bias", &[64]),
    tensor("pattern_head.2.weight", &[4, 64]),
    tensor("pattern_head.2.bias", &[4]),
];

/// The memory oracle: 271,124 floats, buffer 8. From a history of accesses, which pages come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OracleNetwork;

impl OracleNetwork {
    /// The name that `kvrm infer` takes.
    pub const NAME: &'static str = "memory-oracle";
    /// The file of its weights.
    pub const FILE: &'static str = "memory_oracle_lstm_weights.npy";
    /// Floats that it gives for an event: 8 codes of deltas, 8 confidences, 4 logits of patterns.
    pub const OUTPUTS: usize = ORACLE_OUTPUTS as usize;

    /// Its tensors in file order.
    pub const fn tensors() -> &'static [Tensor] {
        TENSORS
    }

    /// Floats of all its tensors.
    pub fn parameters() -> usize {
        TENSORS.iter().map(Tensor::len).sum()
    }

    /// Each tensor with where it begins.
    pub fn places() -> impl Iterator<Item = (Tensor, usize)> {
        TENSORS.iter().scan(0, |end, tensor| {
            let start = *end;
            *end += tensor.len();
            Some((*tensor, start))
        })
    }

    /// The text beside a weight file: each tensor, its half-open range, its shape.
    pub fn tensor_map() -> String {
        Self::places()
            .map(|(tensor, start)| format!("{} {}..{} {:?}\n", tensor.name, start, start + tensor.len(), tensor.shape))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_places_are_as_promised() {
        assert_eq!(OracleNetwork::parameters(), 271_124);
        let start = |name: &str| OracleNetwork::places().find(|(tensor, _)| tensor.name.starts_with(name)).unwrap().1;
        assert_eq!(["lstm", "delta", "confidence", "pattern"].map(start), [4_864, 236_288, 253_832, 262_608]);
    }

    #[test]
    fn the_tensor_map_is_that_of_the_shapes() {
        assert_eq!(include_str!("../../weights/memory_oracle_lstm_weights.txt"), OracleNetwork::tensor_map());
    }
}
