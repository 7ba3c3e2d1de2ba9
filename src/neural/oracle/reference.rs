//! The memory oracle in double precision on the host: what the shader is compared with.

use super::events::{OracleCandidates, OracleEvent, oracle_features};
use super::shapes::*;

/// What the oracle says after an event.
#[derive(Clone, Debug, PartialEq)]
pub struct OracleOutput {
    /// Codes of the next events' pages, before they are rounded.
    pub deltas: [f64; ORACLE_AHEAD as usize],
    pub confidences: [f64; ORACLE_AHEAD as usize],
    /// Logits: random, sequential, strided, pointer chase.
    pub patterns: [f64; ORACLE_PATTERNS as usize],
}

impl OracleOutput {
    /// Numbers of a [`row`](OracleOutput::row).
    pub const LEN: usize = ORACLE_OUTPUTS as usize;

    /// The outputs as the shader has them.
    pub fn row(&self) -> Vec<f64> {
        [&self.deltas[..], &self.confidences, &self.patterns].concat()
    }

    /// The pages that are meant, the next event's first.
    pub fn pages(&self, candidates: &OracleCandidates<'_>) -> Vec<Option<i64>> {
        let pages = self.deltas.iter().enumerate();
        pages.map(|(n, delta)| candidates.page(n + 1, OracleCandidates::code(*delta))).collect()
    }
}

/// A stream: h and c of both layers.
pub struct OracleReference<'a> {
    weights: &'a [f32],
    hidden: [Vec<f64>; 2],
    cells: [Vec<f64>; 2],
}

impl<'a> OracleReference<'a> {
    /// At the beginning of a stream.
    ///
    /// # Panics
    /// If there are not as many weights as the network has.
    pub fn new(weights: &'a [f32]) -> Self {
        assert_eq!(weights.len(), MEMORY_ORACLE.parameters());
        let zeros = || [(); 2].map(|()| vec![0.0; ORACLE_UNITS as usize]);
        Self { weights, hidden: zeros(), cells: zeros() }
    }

    /// Takes the last of these events.
    pub fn take(&mut self, events: &[OracleEvent]) {
        let features = oracle_features(events).map(f64::from);
        let first: Vec<f64> = self.linear("feature_encoder.0", &features).iter().map(|v| v.max(0.0)).collect();
        let mut input = self.linear("feature_encoder.2", &first);
        for layer in 0..2 {
            let part = |kind: &str| format!("lstm.{kind}_l{layer}");
            let inner = self.affine(&part("weight_ih"), &part("bias_ih"), &input);
            let recurrent = self.affine(&part("weight_hh"), &part("bias_hh"), &self.hidden[layer]);
            let units = ORACLE_UNITS as usize;
            for unit in 0..units {
                let [i, f, g, o] = [0, 1, 2, 3].map(|gate| inner[gate * units + unit] + recurrent[gate * units + unit]);
                let cell = sigmoid(f) * self.cells[layer][unit] + sigmoid(i) * g.tanh();
                self.cells[layer][unit] = cell;
                self.hidden[layer][unit] = sigmoid(o) * cell.tanh();
            }
            input = self.hidden[layer].clone();
        }
    }

    /// What the heads say after the events so far.
    pub fn output(&self) -> OracleOutput {
        let [deltas, mut confidences, patterns] = ["delta_head", "confidence_head", "pattern_head"].map(|head| {
            let hidden: Vec<f64> =
                self.linear(&format!("{head}.0"), &self.hidden[1]).iter().map(|v| v.max(0.0)).collect();
            self.linear(&format!("{head}.2"), &hidden)
        });
        confidences.iter_mut().for_each(|value| *value = sigmoid(*value));
        let eight = |values: Vec<f64>| std::array::from_fn(|n| values[n]);
        OracleOutput {
            deltas: eight(deltas),
            confidences: eight(confidences),
            patterns: std::array::from_fn(|n| patterns[n]),
        }
    }

    fn linear(&self, name: &str, input: &[f64]) -> Vec<f64> {
        self.affine(&format!("{name}.weight"), &format!("{name}.bias"), input)
    }

    fn affine(&self, weight: &str, bias: &str, input: &[f64]) -> Vec<f64> {
        let rows = self.tensor(weight).chunks_exact(input.len());
        let dot = |row: &[f32]| row.iter().zip(input).map(|(weight, value)| f64::from(*weight) * value).sum::<f64>();
        rows.zip(self.tensor(bias)).map(|(row, bias)| dot(row) + f64::from(*bias)).collect()
    }

    fn tensor(&self, name: &str) -> &'a [f32] {
        let (tensor, start) = MEMORY_ORACLE.tensor(name);
        &self.weights[start..start + tensor.len()]
    }
}

fn sigmoid(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}
