//! The memory oracle's layers as steps for `wgsl/neural/memory_oracle.wgsl`.

use super::oracle_shapes::*;
use bytemuck::{Pod, Zeroable};

/// `Step` of the shader.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(super) struct Step {
    weights: [u32; 2],
    from_at: [u32; 2],
    columns: [u32; 2],
    biases: [u32; 2],
    matrices: u32,
    rows: u32,
    gates: u32,
    to_at: u32,
    cell_at: u32,
    each: u32,
    activation: u32,
    /// Of the first step: how many codes of a sign there are.
    unused: u32,
}

fn start(name: &str) -> u32 {
    OracleNetwork::places().find(|(tensor, _)| tensor.name == name).expect("a known tensor").1 as u32
}

fn linear(name: &str, [columns, rows]: [u32; 2], [from_at, to_at]: [u32; 2], activation: u32) -> Step {
    Step {
        weights: [start(&format!("{name}.weight")), 0],
        from_at: [from_at, 0],
        columns: [columns, 0],
        biases: [start(&format!("{name}.bias")), 0],
        matrices: 1,
        rows,
        gates: 1,
        to_at,
        activation,
        ..Step::default()
    }
}

fn lstm(layer: u32, from_at: [u32; 2], columns: u32, to_at: u32) -> Step {
    let both = |kind: &str| [start(&format!("lstm.{kind}_ih_l{layer}")), start(&format!("lstm.{kind}_hh_l{layer}"))];
    Step {
        weights: both("weight"),
        from_at,
        columns: [columns, ORACLE_UNITS],
        biases: both("bias"),
        matrices: 2,
        rows: ORACLE_UNITS,
        gates: 4,
        to_at,
        cell_at: ORACLE_CELLS + layer * ORACLE_UNITS,
        activation: ORACLE_LSTM,
        ..Step::default()
    }
}

/// Those of an even event, of an odd one, of the heads after an even event, after an odd one.
pub(super) fn steps() -> Vec<Step> {
    let encoded = ORACLE_ENCODING + ORACLE_ENCODED;
    let places = [[ORACLE_EVEN, ORACLE_ODD], [ORACLE_ODD, ORACLE_EVEN]];
    let event = |[to, from]: [u32; 2]| {
        let first = [ORACLE_FEATURES, ORACLE_ENCODED];
        let second = [ORACLE_ENCODED, ORACLE_ENCODED];
        let mut encoder = linear("feature_encoder.0", first, [0, ORACLE_ENCODING], ORACLE_RELU);
        (encoder.each, encoder.unused) = (ORACLE_FEATURES, ORACLE_CODES);
        [
            encoder,
            linear("feature_encoder.2", second, [ORACLE_ENCODING, encoded], ORACLE_PLAIN),
            lstm(0, [encoded, from], ORACLE_ENCODED, to),
            lstm(1, [to, from + ORACLE_UNITS], ORACLE_UNITS, to + ORACLE_UNITS),
        ]
    };
    let heads = |[last, _]: [u32; 2]| {
        let [delta, confidence, pattern] = [0, 128, 192].map(|at| ORACLE_HEADS + at);
        let results = [0, 1, 2].map(|n| ORACLE_RESULTS + n * ORACLE_AHEAD);
        let from = last + ORACLE_UNITS;
        [
            linear("delta_head.0", [ORACLE_UNITS, 128], [from, delta], ORACLE_RELU),
            linear("confidence_head.0", [ORACLE_UNITS, 64], [from, confidence], ORACLE_RELU),
            linear("pattern_head.0", [ORACLE_UNITS, 64], [from, pattern], ORACLE_RELU),
            linear("delta_head.2", [128, ORACLE_AHEAD], [delta, results[0]], ORACLE_PLAIN),
            linear("confidence_head.2", [64, ORACLE_AHEAD], [confidence, results[1]], ORACLE_SIGMOID),
            linear("pattern_head.2", [64, ORACLE_PATTERNS], [pattern, results[2]], ORACLE_PLAIN),
        ]
    };
    places.map(event).concat().into_iter().chain(places.map(heads).concat()).collect()
}
