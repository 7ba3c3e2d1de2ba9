//! The oracle forward and backward over chunks of sequences side by side. Rows are step by step, each step the sequences
//! in order.

use super::traces::{AHEAD, FEATURES, MOST, PATTERNS, Target};
use crate::linear::{Linear, Weights, add, mask, relu, sigmoid};

pub const UNITS: usize = 128;
const GATES: usize = 4 * UNITS;
/// How sharply codes are told apart.
const SHARPNESS: f32 = 1.0;

/// h and c of both layers, of some sequences.
#[derive(Clone)]
pub struct State {
    pub hidden: [Vec<f32>; 2],
    pub cells: [Vec<f32>; 2],
}

impl State {
    pub fn new(sequences: usize) -> Self {
        let zeros = || [(); 2].map(|()| vec![0.0; sequences * UNITS]);
        Self { hidden: zeros(), cells: zeros() }
    }

    /// Begins one sequence anew.
    pub fn reset(&mut self, sequence: usize) {
        for part in self.hidden.iter_mut().chain(&mut self.cells) {
            part[sequence * UNITS..(sequence + 1) * UNITS].fill(0.0);
        }
    }
}

fn lstm(w: &Weights, kind: &str, layer: usize) -> Linear {
    w.linear_of(&format!("lstm.weight_{kind}_l{layer}"), &format!("lstm.bias_{kind}_l{layer}"))
}

/// What an LSTM layer did: gates as they work, cells and their tangents, h, and h and c before each step.
struct Layer {
    gates: Vec<f32>,
    tangents: Vec<f32>,
    hidden: Vec<f32>,
    hidden_before: Vec<f32>,
    cells_before: Vec<f32>,
}

fn lstm_forward(w: &Weights, layer: usize, x: &[f32], hidden: &mut [f32], cells: &mut [f32]) -> Layer {
    let sequences = hidden.len() / UNITS;
    let mut gates = lstm(w, "ih", layer).forward(w, x);
    let recurrent = lstm(w, "hh", layer);
    let bias = &w.values[recurrent.bias..recurrent.bias + GATES];
    let empty = || Vec::with_capacity(gates.len() / 4);
    let (mut tangents, mut all, mut hidden_before, mut cells_before) = (empty(), empty(), empty(), empty());
    for step in gates.chunks_exact_mut(sequences * GATES) {
        hidden_before.extend_from_slice(hidden);
        cells_before.extend_from_slice(cells);
        step.chunks_exact_mut(GATES).for_each(|row| add(row, bias));
        recurrent.add(w, hidden, step);
        for (n, row) in step.chunks_exact_mut(GATES).enumerate() {
            for unit in 0..UNITS {
                let at = n * UNITS + unit;
                let [i, f, g, o] = [0, 1, 2, 3].map(|gate| gate * UNITS + unit);
                (row[i], row[f], row[g], row[o]) = (sigmoid(row[i]), sigmoid(row[f]), row[g].tanh(), sigmoid(row[o]));
                cells[at] = row[f] * cells[at] + row[i] * row[g];
                let tangent = cells[at].tanh();
                tangents.push(tangent);
                hidden[at] = row[o] * tangent;
            }
        }
        all.extend_from_slice(hidden);
    }
    Layer { gates, tangents, hidden: all, hidden_before, cells_before }
}

/// From the gradient of h to that of what the layer read.
fn lstm_backward(
    w: &Weights,
    layer: usize,
    x: &[f32],
    trace: &Layer,
    dh: &[f32],
    sequences: usize,
    gradient: &mut [f32],
) -> Vec<f32> {
    let width = sequences * UNITS;
    let (inner, recurrent) = (lstm(w, "ih", layer), lstm(w, "hh", layer));
    let mut dgates = vec![0.0; trace.gates.len()];
    let (mut dhidden, mut dcells) = (vec![0.0; width], vec![0.0; width]);
    for t in (0..dh.len() / width).rev() {
        add(&mut dhidden, &dh[t * width..]);
        for at in 0..width {
            let (n, unit) = (at / UNITS, at % UNITS);
            let row = t * sequences * GATES + n * GATES + unit;
            let [i, f, g, o] = [0, 1, 2, 3].map(|gate| trace.gates[row + gate * UNITS]);
            let tangent = trace.tangents[t * width + at];
            let dc = dcells[at] + dhidden[at] * o * (1.0 - tangent * tangent);
            dgates[row] = dc * g * i * (1.0 - i);
            dgates[row + UNITS] = dc * trace.cells_before[t * width + at] * f * (1.0 - f);
            dgates[row + 2 * UNITS] = dc * i * (1.0 - g * g);
            dgates[row + 3 * UNITS] = dhidden[at] * tangent * o * (1.0 - o);
            dcells[at] = dc * f;
        }
        dhidden.fill(0.0);
        recurrent.back(w, &dgates[t * sequences * GATES..(t + 1) * sequences * GATES], &mut dhidden);
    }
    recurrent.gradient(&trace.hidden_before, &dgates, gradient);
    inner.backward(w, x, &dgates, gradient)
}

/// What the heads say of each row: codes, confidences, logits of patterns.
pub struct Outputs {
    pub deltas: Vec<f32>,
    pub confidences: Vec<f32>,
    pub patterns: Vec<f32>,
}

struct Traced {
    first: Vec<f32>,
    encoded: Vec<f32>,
    layers: [Layer; 2],
    heads: [Vec<f32>; 3],
}

const HEADS: [&str; 3] = ["delta_head", "confidence_head", "pattern_head"];

fn run(w: &Weights, x: &[f32], state: &mut State) -> (Outputs, Traced) {
    let first = relu(w.linear("feature_encoder.0").forward(w, x));
    let encoded = w.linear("feature_encoder.2").forward(w, &first);
    let below = lstm_forward(w, 0, &encoded, &mut state.hidden[0], &mut state.cells[0]);
    let above = lstm_forward(w, 1, &below.hidden, &mut state.hidden[1], &mut state.cells[1]);
    let heads = HEADS.map(|head| relu(w.linear(&format!("{head}.0")).forward(w, &above.hidden)));
    let [deltas, confidences, patterns] = [0, 1, 2].map(|n| w.linear(&format!("{}.2", HEADS[n])).forward(w, &heads[n]));
    let confidences = confidences.into_iter().map(sigmoid).collect();
    (Outputs { deltas, confidences, patterns }, Traced { first, encoded, layers: [below, above], heads })
}

/// The outputs of some steps; the state goes on.
pub fn forward(w: &Weights, x: &[f32], state: &mut State) -> Outputs {
    run(w, x, state).0
}

/// The code that an output means.
pub fn code(output: f32) -> i32 {
    kvrm::neural::OracleCandidates::code(f64::from(output))
}

/// Adds to the gradient what these steps give, each example with 1 / `count`; returns their loss. Nothing goes back beyond
/// the first step.
pub fn accumulate(
    w: &Weights,
    x: &[f32],
    targets: &[Target],
    state: &mut State,
    count: f32,
    gradient: &mut [f32],
) -> f32 {
    let sequences = state.hidden[0].len() / UNITS;
    let (outputs, traced) = run(w, x, state);
    let mut loss = 0.0;
    let mut dheads =
        [vec![0.0; outputs.deltas.len()], vec![0.0; outputs.confidences.len()], vec![0.0; outputs.patterns.len()]];
    let one = 1.0 / count;
    for (n, target) in targets.iter().enumerate() {
        for k in 0..AHEAD {
            let at = n * AHEAD + k;
            // Where nothing gives the very page, one of the next will do.
            let (mask, weight) = if target.exact[k] != 0 { (target.exact[k], 1.0) } else { (target.soon[k], 0.25) };
            if mask != 0 {
                let (lost, slope) = code_loss(outputs.deltas[at], mask);
                loss += 0.25 * one * weight * lost;
                dheads[0][at] = 0.25 * one * weight * slope;
            }
            let hit = (target.soon[k] >> (code(outputs.deltas[at]) + MOST)) & 1;
            let given = outputs.confidences[at];
            loss -= 0.25 * one * if hit == 1 { given } else { 1.0 - given }.max(1e-9).ln();
            dheads[1][at] = 0.25 * one * (given - hit as f32);
        }
        let logits = &outputs.patterns[n * PATTERNS..(n + 1) * PATTERNS];
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let total: f32 = logits.iter().map(|logit| (logit - highest).exp()).sum();
        for (class, logit) in logits.iter().enumerate() {
            let share = (logit - highest).exp() / total;
            let right = class == usize::from(target.pattern);
            dheads[2][n * PATTERNS + class] = 0.5 * one * (share - f32::from(u8::from(right)));
            loss -= if right { 0.5 * one * share.max(1e-9).ln() } else { 0.0 };
        }
    }
    let above = &traced.layers[1].hidden;
    let mut dh = vec![0.0; above.len()];
    for (n, head) in HEADS.iter().enumerate() {
        let mut dhidden = w.linear(&format!("{head}.2")).backward(w, &traced.heads[n], &dheads[n], gradient);
        mask(&mut dhidden, &traced.heads[n]);
        let first = w.linear(&format!("{head}.0"));
        first.gradient(above, &dhidden, gradient);
        first.back(w, &dhidden, &mut dh);
    }
    let below = &traced.layers[0].hidden;
    let dbelow = lstm_backward(w, 1, below, &traced.layers[1], &dh, sequences, gradient);
    let dencoded = lstm_backward(w, 0, &traced.encoded, &traced.layers[0], &dbelow, sequences, gradient);
    let mut dfirst = w.linear("feature_encoder.2").backward(w, &traced.first, &dencoded, gradient);
    mask(&mut dfirst, &traced.first);
    w.linear("feature_encoder.0").gradient(x, &dfirst, gradient);
    debug_assert_eq!(x.len() / FEATURES, targets.len());
    loss
}

/// How unlikely the right codes are when the odds of a code fall with the square of its distance; and the slope of that.
fn code_loss(output: f32, right: u32) -> (f32, f32) {
    let codes: [f32; 2 * MOST as usize + 1] = std::array::from_fn(|n| n as f32 - MOST as f32);
    let logits = codes.map(|code| -SHARPNESS * (output - code) * (output - code));
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let odds = logits.map(|logit| (logit - highest).exp());
    let is_right = |n: usize| right >> n & 1 == 1;
    let all: f32 = odds.iter().sum();
    let best = (0..odds.len()).filter(|n| is_right(*n)).map(|n| logits[n]).fold(f32::NEG_INFINITY, f32::max);
    let right_odds: f32 = (0..odds.len()).filter(|n| is_right(*n)).map(|n| (logits[n] - best).exp()).sum();
    let mut slope = 0.0;
    for n in 0..odds.len() {
        let wanted = if is_right(n) { (logits[n] - best).exp() / right_odds } else { 0.0 };
        slope += (odds[n] / all - wanted) * -2.0 * SHARPNESS * (output - codes[n]);
    }
    ((highest + all.ln()) - (best + right_odds.ln()), slope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::schedule::beginning;
    use crate::rng::Rng;
    use kvrm::neural::MEMORY_ORACLE;

    #[test]
    fn gradients_are_finite_differences() {
        let mut rng = Rng::new(9);
        let (sequences, steps) = (2, 3);
        let rows = sequences * steps;
        let x: Vec<f32> = (0..rows * FEATURES).map(|_| rng.uniform()).collect();
        let targets: Vec<Target> = (0..rows)
            .map(|_| Target {
                exact: std::array::from_fn(|_| rng.next() as u32 & rng.next() as u32 & 0x1_ffff),
                // All or nothing: a code that rounds otherwise is a step that no difference sees.
                soon: if rng.below(2) == 0 { [0x1_ffff; AHEAD] } else { [0; AHEAD] },
                pattern: rng.below(PATTERNS) as u8,
            })
            .collect();
        let mut start = State::new(sequences);
        for part in start.hidden.iter_mut().chain(&mut start.cells) {
            part.iter_mut().for_each(|value| *value = rng.uniform());
        }
        let mut w = Weights::new(MEMORY_ORACLE.offsets(), beginning(&mut rng));
        let mut gradient = vec![0.0; w.values.len()];
        accumulate(&w, &x, &targets, &mut start.clone(), rows as f32, &mut gradient);
        for (tensor, at) in MEMORY_ORACLE.offsets() {
            let range = at..at + tensor.len();
            let square: f32 = gradient[range.clone()].iter().map(|g| g * g).sum();
            assert!(square > 1e-9, "{} has no gradient", tensor.name);
            // Long enough to be seen in a loss of single precision.
            let step = 1e-2 / square.sqrt();
            let saved = w.values.clone();
            let mut sides = [0.0f64; 2];
            for (side, by) in [(0, step), (1, -step)] {
                range.clone().for_each(|at| w.values[at] = saved[at] + by * gradient[at]);
                w.refresh();
                let mut ignored = vec![0.0; saved.len()];
                sides[side] = f64::from(accumulate(&w, &x, &targets, &mut start.clone(), rows as f32, &mut ignored));
            }
            w.values = saved;
            let slope = (sides[0] - sides[1]) / f64::from(2.0 * step);
            let off = (slope - f64::from(square)).abs() / f64::from(square);
            assert!(off < 0.1, "{}: {slope} instead of {square}", tensor.name);
        }
    }
}
