//! In which order the oracle sees traces.

use super::network::{State, UNITS, accumulate};
use super::traces::{FEATURES, Target, Trace};
use crate::adam::{ClippedAdam, rate};
use crate::linear::{Weights, add};
use crate::rng::Rng;
use kvrm::neural::MEMORY_ORACLE;

/// Traces that are followed side by side, in parts whose gradients are made on their own and added in order; steps after
/// which a gradient is cut off.
const SEQUENCES: usize = 32;
const PART: usize = 8;
const STEPS: usize = 32;
const PEAK: f32 = 2e-3;

/// Parameters to begin with: drawn evenly from plus and minus 1 / sqrt(inputs); the LSTM forgets little.
pub fn beginning(rng: &mut Rng) -> Vec<f32> {
    let mut values = Vec::with_capacity(MEMORY_ORACLE.parameters());
    for (tensor, _) in MEMORY_ORACLE.offsets() {
        let inputs = if tensor.shape.len() == 2 { tensor.shape[1] } else { UNITS };
        let forget = tensor.name.starts_with("lstm.bias_ih");
        values.extend((0..tensor.len()).map(|n| {
            let drawn = rng.uniform() / (inputs as f32).sqrt();
            if forget && n / UNITS == 1 { 1.0 } else { drawn }
        }));
    }
    values
}

/// Where a sequence stands.
struct Walk {
    trace: usize,
    at: usize,
}

/// A part's sequences with their state, and what they come to.
struct Part {
    walks: Vec<Walk>,
    state: State,
    x: Vec<f32>,
    targets: Vec<Target>,
    gradient: Vec<f32>,
    loss: f32,
}

/// Trains on these traces for so many steps of 32 events of 32 sequences.
pub fn train(traces: &[&Trace], steps: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed);
    let mut weights = Weights::new(MEMORY_ORACLE.offsets(), beginning(&mut rng));
    let count = weights.values.len();
    let mut adam = ClippedAdam::new(count);
    let mut parts: Vec<Part> = (0..SEQUENCES / PART)
        .map(|_| Part {
            walks: (0..PART).map(|_| Walk { trace: 0, at: usize::MAX }).collect(),
            state: State::new(PART),
            x: Vec::new(),
            targets: Vec::new(),
            gradient: vec![0.0; count],
            loss: 0.0,
        })
        .collect();
    let mut losses = 0.0;
    for step in 0..steps {
        for part in &mut parts {
            part.draw(traces, &mut rng);
        }
        std::thread::scope(|scope| {
            for pair in parts.chunks_mut(SEQUENCES / PART / 2) {
                let weights = &weights;
                scope.spawn(move || {
                    for part in pair {
                        part.gradient.fill(0.0);
                        let count = (SEQUENCES * STEPS) as f32;
                        part.loss =
                            accumulate(weights, &part.x, &part.targets, &mut part.state, count, &mut part.gradient);
                    }
                });
            }
        });
        let mut gradient = vec![0.0f32; count];
        for part in &parts {
            losses += part.loss;
            add(&mut gradient, &part.gradient);
        }
        adam.step(&mut weights.values, &gradient, rate(PEAK, (step + 1) as f32 / 50.0, step, steps));
        weights.refresh();
        if (step + 1) % 50 == 0 {
            println!("memory-oracle step {}: loss {:.4}", step + 1, losses / 50.0);
            losses = 0.0;
        }
    }
    weights.values
}

impl Part {
    /// The next steps of each sequence; one at its trace's end goes to another trace, and begins anew.
    fn draw(&mut self, traces: &[&Trace], rng: &mut Rng) {
        let sequences = self.walks.len();
        self.x = vec![0.0; STEPS * sequences * FEATURES];
        self.targets = vec![Target::default(); STEPS * sequences];
        for (n, walk) in self.walks.iter_mut().enumerate() {
            if walk.at == usize::MAX || walk.at + STEPS > traces[walk.trace].events.len() {
                walk.trace = rng.below(traces.len());
                walk.at = rng.below(traces[walk.trace].events.len() - STEPS + 1);
                self.state.reset(n);
            }
            let trace = traces[walk.trace];
            for t in 0..STEPS {
                let row = t * sequences + n;
                self.x[row * FEATURES..(row + 1) * FEATURES].copy_from_slice(&trace.features[walk.at + t]);
                self.targets[row] = trace.targets[walk.at + t];
            }
            walk.at += STEPS;
        }
    }
}
