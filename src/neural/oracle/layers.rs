//! The memory oracle's layers as steps for `wgsl/neural/memory_oracle.wgsl`, and its weights as these steps read them.

use super::shapes::*;
use crate::abi::NONE;
use crate::neural::network::Tensor;
use bytemuck::{Pod, Zeroable};

/// `LayerStep` of the shader.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(super) struct LayerStep {
    operation: u32,
    rows: u32,
    fours: u32,
    weights: u32,
    biases: u32,
    from_at: u32,
    from_each: u32,
    from_turn: u32,
    from_call: u32,
    to_at: u32,
    to_each: u32,
    beside: u32,
}

/// Rows of weights, and what is added to each if they are not added to what is there.
struct Matrix {
    rows: Vec<Vec<f32>>,
    biases: Option<Vec<f32>>,
}

struct Arranger<'a> {
    given: &'a [f32],
    weights: Vec<f32>,
    steps: Vec<LayerStep>,
}

/// The weights, given in file order, as the shader has them, and its steps.
pub(super) fn arrange(weights: &[f32]) -> (Vec<f32>, Vec<LayerStep>) {
    let mut all = Arranger { given: weights, weights: Vec::new(), steps: Vec::new() };
    for operation in [ORACLE_LINKS, ORACLE_FORETOLD, ORACLE_FEATURES_OF] {
        all.steps.push(LayerStep { operation, ..LayerStep::default() });
    }
    let rows = LayerStep { operation: ORACLE_ROWS, ..LayerStep::default() };
    let rows_of_chunk = LayerStep { operation: ORACLE_ROWS_OF_CHUNK, ..LayerStep::default() };
    // Of 64 rows of four events, or of 256 of one.
    let relu = LayerStep { operation: ORACLE_RELU, fours: 64, to_at: ORACLE_ENCODED_AT, ..LayerStep::default() };
    all.push(
        all.linear(&["feature_encoder.0"]),
        LayerStep {
            from_each: ORACLE_FEATURE_FOURS,
            from_call: ORACLE_FEATURE_FOURS,
            to_each: ORACLE_ENCODED,
            ..rows_of_chunk
        },
    );
    all.steps.push(relu);
    // Where h is, and how far it is from one event to the next.
    let hidden = [(ORACLE_FIRST_AT, ORACLE_UNIT_FOURS), (ORACLE_SECOND_AT, 0)];
    let inputs = [(all.first_inputs(), (ORACLE_ENCODED_AT, ORACLE_ENCODED_FOURS)), (all.inputs(1), hidden[0])];
    for (layer, (matrix, (from_at, from_each))) in inputs.into_iter().enumerate() {
        let to_each = 4 * ORACLE_UNITS;
        all.push(matrix, LayerStep { from_at, from_each, to_each, ..rows_of_chunk });
        let (h_at, h_each) = hidden[layer];
        let recurrent = Matrix { rows: all.rows(&format!("lstm.weight_hh_l{layer}")), biases: None };
        // What the event before left.
        let before = LayerStep { from_at: h_at, from_each: h_each, from_turn: ORACLE_CHUNK - 1, to_each, ..rows };
        all.push(recurrent, before);
        let cells = ORACLE_CELLS_AT + layer as u32 * ORACLE_UNIT_FOURS;
        let lstm =
            LayerStep { operation: ORACLE_LSTM, from_at: cells, to_at: h_at, to_each: h_each, ..LayerStep::default() };
        all.steps.push(lstm);
    }
    let heads = all.linear(&["delta_head.0", "confidence_head.0", "pattern_head.0"]);
    all.push(heads, LayerStep { from_at: ORACLE_SECOND_AT, ..rows });
    all.steps.push(relu);
    for (n, (name, at)) in (0..).zip([("delta_head.2", 0), ("confidence_head.2", 128), ("pattern_head.2", 192)]) {
        let (from_at, to_at) = (ORACLE_ENCODED_AT + at / 4, n * ORACLE_AHEAD);
        all.push(all.linear(&[name]), LayerStep { from_at, to_at, beside: 2 - n, ..rows });
    }
    all.steps.push(LayerStep { operation: ORACLE_PREDICT, ..LayerStep::default() });
    assert_eq!(all.steps.len(), ORACLE_STEPS as usize);
    (all.weights, all.steps)
}

impl<'a> Arranger<'a> {
    fn tensor(&self, name: &str) -> (Tensor, &'a [f32]) {
        let (tensor, start) = MEMORY_ORACLE.tensor(name);
        (tensor, &self.given[start..start + tensor.len()])
    }

    fn rows(&self, name: &str) -> Vec<Vec<f32>> {
        let (tensor, weights) = self.tensor(name);
        weights.chunks_exact(tensor.shape[1]).map(<[f32]>::to_vec).collect()
    }

    /// Layers that read the same, one below the other.
    fn linear(&self, layers: &[&str]) -> Matrix {
        let rows = layers.iter().flat_map(|layer| self.rows(&format!("{layer}.weight"))).collect();
        let biases = layers.iter().flat_map(|layer| self.tensor(&format!("{layer}.bias")).1).copied().collect();
        Matrix { rows, biases: Some(biases) }
    }

    /// What an LSTM layer does with what it is given.
    fn inputs(&self, layer: u32) -> Matrix {
        let [inner, recurrent] = ["ih", "hh"].map(|kind| self.tensor(&format!("lstm.bias_{kind}_l{layer}")).1);
        let biases = inner.iter().zip(recurrent).map(|(a, b)| a + b).collect();
        Matrix { rows: self.rows(&format!("lstm.weight_ih_l{layer}")), biases: Some(biases) }
    }

    /// The same of the first layer, of what the encoder's first layer gives: its second one, which ends with nothing
    /// that bends, is a factor.
    fn first_inputs(&self) -> Matrix {
        let encoder = self.linear(&["feature_encoder.2"]);
        let inputs = self.inputs(0);
        let dot = |row: &[f32], column: &mut dyn Iterator<Item = f32>| -> f64 {
            row.iter().zip(column).map(|(a, b)| f64::from(*a) * f64::from(b)).sum()
        };
        let encoded = encoder.biases.expect("a layer with biases");
        let biases = inputs.rows.iter().zip(inputs.biases.expect("likewise"));
        let biases = biases.map(|(row, bias)| (dot(row, &mut encoded.iter().copied()) + f64::from(bias)) as f32);
        let columns = 0..ORACLE_ENCODED as usize;
        let product = |row: &Vec<f32>| -> Vec<f32> {
            columns.clone().map(|k| dot(row, &mut encoder.rows.iter().map(|row| row[k])) as f32).collect()
        };
        Matrix { rows: inputs.rows.iter().map(product).collect(), biases: Some(biases.collect()) }
    }

    /// A step of these rows: fours of their columns, one row after the other. Columns are filled up with zeros, as the
    /// shader takes 16 at a time.
    fn push(&mut self, matrix: Matrix, step: LayerStep) {
        let fours = matrix.rows[0].len().next_multiple_of(16) / 4;
        let weights = self.weights.len() as u32 / 4;
        for four in 0..fours {
            for row in &matrix.rows {
                let columns = 4 * four..4 * four + 4;
                self.weights.extend(columns.map(|column| row.get(column).copied().unwrap_or(0.0)));
            }
        }
        let biases = if matrix.biases.is_some() { self.weights.len() as u32 } else { NONE };
        self.weights.extend(matrix.biases.iter().flatten());
        // Steps begin with a four.
        self.weights.resize(self.weights.len().next_multiple_of(4), 0.0);
        self.steps.push(LayerStep { rows: matrix.rows.len() as u32, fours: fours as u32, weights, biases, ..step });
    }
}
