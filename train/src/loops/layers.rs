//! Layers over rows of floats, forward and backward. Rows of sequences are step by step, each step the examples in order.

use crate::linear::{Linear, Weights, add, mask, relu, sigmoid};

/// `LayerNorm`.
#[derive(Clone, Copy)]
pub struct Norm {
    scale: usize,
    bias: usize,
    width: usize,
}

/// Of each row what was normalised, and what it was divided by.
pub struct NormTrace {
    normal: Vec<f32>,
    deviation: Vec<f32>,
}

impl Norm {
    pub fn new(weights: &Weights, name: &str) -> Self {
        let (tensor, scale) = weights.find(&format!("{name}.weight"));
        Self { scale, bias: weights.find(&format!("{name}.bias")).1, width: tensor.len() }
    }

    pub fn forward(&self, weights: &Weights, x: &[f32]) -> (Vec<f32>, NormTrace) {
        let mut trace = NormTrace { normal: Vec::with_capacity(x.len()), deviation: Vec::new() };
        for row in x.chunks_exact(self.width) {
            let mean = row.iter().sum::<f32>() / self.width as f32;
            let variance = row.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / self.width as f32;
            let deviation = (variance + 1e-5).sqrt();
            trace.normal.extend(row.iter().map(|v| (v - mean) / deviation));
            trace.deviation.push(deviation);
        }
        let (scale, bias) = (&weights.values[self.scale..], &weights.values[self.bias..]);
        let y = trace.normal.iter().enumerate().map(|(at, v)| v * scale[at % self.width] + bias[at % self.width]);
        (y.collect(), trace)
    }

    pub fn backward(&self, weights: &Weights, trace: &NormTrace, dy: &[f32], gradient: &mut [f32]) -> Vec<f32> {
        let mut dx = Vec::with_capacity(dy.len());
        let scale = &weights.values[self.scale..self.scale + self.width];
        let rows = dy.chunks_exact(self.width).zip(trace.normal.chunks_exact(self.width));
        for ((dy, normal), deviation) in rows.zip(&trace.deviation) {
            for n in 0..self.width {
                gradient[self.scale + n] += dy[n] * normal[n];
                gradient[self.bias + n] += dy[n];
            }
            let inner: Vec<f32> = dy.iter().zip(scale).map(|(d, s)| d * s).collect();
            let mean = inner.iter().sum::<f32>() / self.width as f32;
            let along = inner.iter().zip(normal).map(|(d, v)| d * v).sum::<f32>() / self.width as f32;
            dx.extend(inner.iter().zip(normal).map(|(d, v)| (d - mean - v * along) / deviation));
        }
        dx
    }
}

/// `Linear`, `LayerNorm`, ReLU, `Linear`.
#[derive(Clone, Copy)]
pub struct Embed {
    first: Linear,
    norm: Norm,
    last: Linear,
}

pub struct EmbedTrace {
    norm: NormTrace,
    active: Vec<f32>,
}

impl Embed {
    pub fn new(weights: &Weights, name: &str) -> Self {
        let part = |n: u32| format!("{name}.{n}");
        Self { first: weights.linear(&part(0)), norm: Norm::new(weights, &part(1)), last: weights.linear(&part(3)) }
    }

    pub fn forward(&self, weights: &Weights, x: &[f32]) -> (Vec<f32>, EmbedTrace) {
        let (normal, norm) = self.norm.forward(weights, &self.first.forward(weights, x));
        let active = relu(normal);
        (self.last.forward(weights, &active), EmbedTrace { norm, active })
    }

    /// What is before it is no parameter.
    pub fn gradient(&self, weights: &Weights, trace: &EmbedTrace, x: &[f32], dy: &[f32], gradient: &mut [f32]) {
        let mut inner = self.last.backward(weights, &trace.active, dy, gradient);
        mask(&mut inner, &trace.active);
        let before = self.norm.backward(weights, &trace.norm, &inner, gradient);
        self.first.gradient(x, &before, gradient);
    }
}

/// An LSTM layer of 128 units in one direction.
#[derive(Clone, Copy)]
pub struct Lstm {
    input: Linear,
    hidden: Linear,
    reverse: bool,
}

const UNITS: usize = 128;
const GATES: usize = 4 * UNITS;

pub struct LstmTrace {
    /// Input, forget, cell and output gates, of each row.
    gates: Vec<f32>,
    cells: Vec<f32>,
    /// The state before each row.
    before: Vec<f32>,
}

impl Lstm {
    /// Both directions of a layer.
    pub fn pair(weights: &Weights, name: &str, layer: u32) -> [Lstm; 2] {
        ["", "_reverse"].map(|suffix| {
            let part = |kind: &str| format!("{name}.{kind}_l{layer}{suffix}");
            Lstm {
                input: weights.linear_of(&part("weight_ih"), &part("bias_ih")),
                hidden: weights.linear_of(&part("weight_hh"), &part("bias_hh")),
                reverse: !suffix.is_empty(),
            }
        })
    }

    fn order(&self, steps: usize) -> Vec<usize> {
        if self.reverse { (0..steps).rev().collect() } else { (0..steps).collect() }
    }

    /// States go to 128 of the 256 floats of each row of `out`.
    pub fn forward(&self, weights: &Weights, x: &[f32], batch: usize, out: &mut [f32]) -> LstmTrace {
        let mut gates = self.input.forward(weights, x);
        let steps = gates.len() / GATES / batch;
        let (mut state, mut cell) = (vec![0.0; batch * UNITS], vec![0.0; batch * UNITS]);
        let mut trace = LstmTrace {
            gates: Vec::new(),
            cells: vec![0.0; steps * batch * UNITS],
            before: vec![0.0; steps * batch * UNITS],
        };
        let side = if self.reverse { UNITS } else { 0 };
        for t in self.order(steps) {
            trace.before[t * batch * UNITS..][..batch * UNITS].copy_from_slice(&state);
            let now = &mut gates[t * batch * GATES..][..batch * GATES];
            let recurrent = self.hidden.forward(weights, &state);
            add(now, &recurrent);
            for (b, gates) in now.chunks_exact_mut(GATES).enumerate() {
                for j in 0..UNITS {
                    gates[j] = sigmoid(gates[j]);
                    gates[UNITS + j] = sigmoid(gates[UNITS + j]);
                    gates[2 * UNITS + j] = gates[2 * UNITS + j].tanh();
                    gates[3 * UNITS + j] = sigmoid(gates[3 * UNITS + j]);
                    let at = b * UNITS + j;
                    cell[at] = gates[UNITS + j] * cell[at] + gates[j] * gates[2 * UNITS + j];
                    state[at] = gates[3 * UNITS + j] * cell[at].tanh();
                    out[(t * batch + b) * 2 * UNITS + side + j] = state[at];
                }
            }
            trace.cells[t * batch * UNITS..][..batch * UNITS].copy_from_slice(&cell);
        }
        trace.gates = gates;
        trace
    }

    /// `dy` has rows of 256, of which 128 are of this direction. Gives the gradient of the input.
    pub fn backward(
        &self,
        weights: &Weights,
        trace: &LstmTrace,
        x: &[f32],
        batch: usize,
        dy: &[f32],
        gradient: &mut [f32],
    ) -> Vec<f32> {
        let steps = trace.gates.len() / GATES / batch;
        let side = if self.reverse { UNITS } else { 0 };
        let mut dgates = vec![0.0; trace.gates.len()];
        let (mut dstate, mut dcell) = (vec![0.0; batch * UNITS], vec![0.0; batch * UNITS]);
        let mut order = self.order(steps);
        order.reverse();
        for (n, &t) in order.iter().enumerate() {
            let earlier = order.get(n + 1);
            for b in 0..batch {
                let row = t * batch + b;
                let gates = &trace.gates[row * GATES..][..GATES];
                let dgates = &mut dgates[row * GATES..][..GATES];
                for j in 0..UNITS {
                    let at = b * UNITS + j;
                    let [input, forget, value, output] = [0, 1, 2, 3].map(|gate| gates[gate * UNITS + j]);
                    let bent = trace.cells[row * UNITS + j].tanh();
                    let d = dy[row * 2 * UNITS + side + j] + dstate[at];
                    let dc = dcell[at] + d * output * (1.0 - bent * bent);
                    let cell_before = earlier.map_or(0.0, |&e| trace.cells[(e * batch + b) * UNITS + j]);
                    dgates[j] = dc * value * input * (1.0 - input);
                    dgates[UNITS + j] = dc * cell_before * forget * (1.0 - forget);
                    dgates[2 * UNITS + j] = dc * input * (1.0 - value * value);
                    dgates[3 * UNITS + j] = d * bent * output * (1.0 - output);
                    dcell[at] = dc * forget;
                }
            }
            dstate.fill(0.0);
            self.hidden.back(weights, &dgates[t * batch * GATES..][..batch * GATES], &mut dstate);
        }
        self.hidden.gradient(&trace.before, &dgates, gradient);
        self.input.backward(weights, x, &dgates, gradient)
    }
}

/// A layer in both directions: rows of 256.
pub fn both(pair: &[Lstm; 2], weights: &Weights, x: &[f32], batch: usize) -> (Vec<f32>, [LstmTrace; 2]) {
    let rows = x.len() / pair[0].input.inputs;
    let mut out = vec![0.0; rows * 2 * UNITS];
    let traces = [0, 1].map(|n| pair[n].forward(weights, x, batch, &mut out));
    (out, traces)
}

pub fn both_backward(
    pair: &[Lstm; 2],
    weights: &Weights,
    traces: &[LstmTrace; 2],
    x: &[f32],
    batch: usize,
    dy: &[f32],
    gradient: &mut [f32],
) -> Vec<f32> {
    let mut dx = pair[0].backward(weights, &traces[0], x, batch, dy, gradient);
    add(&mut dx, &pair[1].backward(weights, &traces[1], x, batch, dy, gradient));
    dx
}

pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| (logit - highest).exp()).collect();
    let total: f32 = powers.iter().sum();
    powers.iter().map(|power| power / total).collect()
}

/// The gradient before a softmax.
pub fn softmax_backward(shares: &[f32], d: &[f32]) -> Vec<f32> {
    let mean: f32 = shares.iter().zip(d).map(|(s, d)| s * d).sum();
    shares.iter().zip(d).map(|(s, d)| s * (d - mean)).collect()
}

/// Cross entropy of the classes that are known, times `weight`; its gradient goes to `d`.
pub fn cross_entropy(logits: &[f32], class: Option<u8>, weight: f32, d: &mut [f32]) -> f32 {
    let Some(class) = class else { return 0.0 };
    let shares = softmax(logits);
    for (n, (d, share)) in d.iter_mut().zip(&shares).enumerate() {
        *d += weight * (share - if n == usize::from(class) { 1.0 } else { 0.0 });
    }
    -weight * shares[usize::from(class)].max(1e-12).ln()
}

/// `rows` of two widths side by side.
pub fn join(left: &[f32], left_width: usize, right: &[f32], right_width: usize) -> Vec<f32> {
    let rows = left.chunks_exact(left_width).zip(right.chunks_exact(right_width));
    rows.flat_map(|(left, right)| left.iter().chain(right).copied()).collect()
}

/// Columns `from..to` of rows.
pub fn part(rows: &[f32], width: usize, from: usize, to: usize) -> Vec<f32> {
    rows.chunks_exact(width).flat_map(|row| row[from..to].iter().copied()).collect()
}
