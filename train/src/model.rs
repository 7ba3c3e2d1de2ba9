//! A multilayer perceptron, with an embedding of the opcode byte before it or not: outputs, gradients, and Adam.

use crate::rng::Rng;
use kvrm::neural::DispatchNetwork;

const CLASSES: usize = 7;
const WIDEST: usize = 44;

/// A linear layer: where its weight `[outputs][inputs]` and its bias stand among the parameters.
#[derive(Clone, Copy)]
struct Layer {
    weight: usize,
    bias: usize,
    inputs: usize,
    outputs: usize,
}

/// A network in training.
pub struct Model {
    network: DispatchNetwork,
    layers: Vec<Layer>,
    pub parameters: Vec<f32>,
    /// The layers' weights as `[inputs][outputs]`: sums over rows are what compilers make vector code of.
    transposed: Vec<Vec<f32>>,
}

/// What a layer was given and what came out, of all layers.
struct Trace {
    values: [[f32; WIDEST]; 4],
}

/// An example: an input of the network, the class that it should have, and how much it counts.
#[derive(Clone, Copy)]
pub struct Example {
    pub input: u32,
    pub class: u8,
    pub weight: f32,
}

/// How far the right class is to be ahead of each other one, and the loss of falling short: the square of what is missing.
pub const MARGIN_WANTED: f32 = 4.0;

/// What the last layer is multiplied by when training is done. A network chooses the same, and its logits are exactly so much
/// smaller, for this is a power of two. It sets the unit in which rounding (below 1e-5) and margins (above 1e-2) are stated.
pub const LOGIT_SCALE: f32 = 1.0 / 16.0;

impl Model {
    /// Parameters drawn evenly from plus and minus the square root of 6 / inputs (He and others, 2015); biases zero.
    pub fn new(network: DispatchNetwork, rng: &mut Rng) -> Self {
        let mut model = Self::with(network, vec![0.0; network.parameters()]);
        for (tensor, start) in network.offsets() {
            if let [_, inputs] = *tensor.shape {
                let embedding = tensor.name.starts_with("embedding");
                let bound = if embedding { 0.5 } else { (6.0 / inputs as f32).sqrt() };
                model.parameters[start..start + tensor.len()].fill_with(|| rng.uniform() * bound);
            }
        }
        model.refresh();
        model
    }

    pub fn with(network: DispatchNetwork, parameters: Vec<f32>) -> Self {
        assert_eq!(parameters.len(), network.parameters());
        let tensors: Vec<_> = network.offsets().filter(|(tensor, _)| tensor.name.starts_with("fc")).collect();
        let layers = tensors.chunks(2).map(|pair| Layer {
            weight: pair[0].1,
            bias: pair[1].1,
            inputs: pair[0].0.shape[1],
            outputs: pair[0].0.shape[0],
        });
        let mut model = Self { network, layers: layers.collect(), parameters, transposed: Vec::new() };
        model.refresh();
        model
    }

    /// To be called when the parameters have changed.
    pub fn refresh(&mut self) {
        self.transposed = self
            .layers
            .iter()
            .map(|layer| {
                let weight = &self.parameters[layer.weight..];
                (0..layer.inputs).flat_map(|i| (0..layer.outputs).map(move |o| weight[o * layer.inputs + i])).collect()
            })
            .collect();
    }

    /// Multiplies the last layer by [`LOGIT_SCALE`].
    pub fn scale_logits(&mut self) {
        let last = self.layers[self.layers.len() - 1];
        for (start, length) in [(last.weight, last.inputs * last.outputs), (last.bias, last.outputs)] {
            self.parameters[start..start + length].iter_mut().for_each(|parameter| *parameter *= LOGIT_SCALE);
        }
        self.refresh();
    }

    fn embedding(&self, input: u32) -> usize {
        (input >> 12) as usize * 32
    }

    fn forward(&self, input: u32, trace: &mut Trace) {
        let bit = |n: usize| (input >> n & 1) as f32;
        match self.network {
            DispatchNetwork::Simple => (0..8).for_each(|n| trace.values[0][n] = bit(n)),
            DispatchNetwork::Embedding => {
                let row = self.embedding(input);
                trace.values[0][..32].copy_from_slice(&self.parameters[row..row + 32]);
                (0..12).for_each(|n| trace.values[0][32 + n] = bit(n));
            }
        }
        for (n, layer) in self.layers.iter().enumerate() {
            let (given, rest) = trace.values[n..].split_at_mut(1);
            let out = &mut rest[0][..layer.outputs];
            out.copy_from_slice(&self.parameters[layer.bias..layer.bias + layer.outputs]);
            for (value, row) in given[0].iter().zip(self.transposed[n].chunks_exact(layer.outputs)) {
                for (out, weight) in out.iter_mut().zip(row) {
                    *out += value * weight;
                }
            }
            if n + 1 < self.layers.len() {
                out.iter_mut().for_each(|value| *value = value.max(0.0));
            }
        }
    }

    /// The logits of an input.
    pub fn logits(&self, input: u32) -> [f32; CLASSES] {
        let mut trace = Trace { values: [[0.0; WIDEST]; 4] };
        self.forward(input, &mut trace);
        std::array::from_fn(|n| trace.values[self.layers.len()][n])
    }

    /// Adds the loss of the examples and its gradient.
    fn accumulate(&self, examples: &[Example], gradient: &mut [f32]) -> f32 {
        let mut trace = Trace { values: [[0.0; WIDEST]; 4] };
        let mut total = 0.0;
        for example in examples {
            self.forward(example.input, &mut trace);
            let mut delta = [0.0; WIDEST];
            let logits = &trace.values[self.layers.len()];
            let right = example.class as usize;
            for other in (0..CLASSES).filter(|other| *other != right) {
                let missing = (MARGIN_WANTED - (logits[right] - logits[other])).max(0.0);
                total += example.weight * missing * missing;
                delta[other] += 2.0 * example.weight * missing;
                delta[right] -= 2.0 * example.weight * missing;
            }
            if delta[right] == 0.0 {
                continue;
            }
            for (n, layer) in self.layers.iter().enumerate().rev() {
                let given = &trace.values[n][..layer.inputs];
                let mut before = [0.0; WIDEST];
                for (o, delta) in delta[..layer.outputs].iter().enumerate().filter(|(_, delta)| **delta != 0.0) {
                    let row = layer.weight + o * layer.inputs..layer.weight + (o + 1) * layer.inputs;
                    gradient[layer.bias + o] += delta;
                    for (gradient, value) in gradient[row.clone()].iter_mut().zip(given) {
                        *gradient += delta * value;
                    }
                    for (before, weight) in before.iter_mut().zip(&self.parameters[row]) {
                        *before += delta * weight;
                    }
                }
                if n > 0 {
                    before.iter_mut().zip(given).filter(|(_, value)| **value <= 0.0).for_each(|(b, _)| *b = 0.0);
                }
                delta = before;
            }
            if self.network == DispatchNetwork::Embedding {
                let row = self.embedding(example.input);
                gradient[row..row + 32].iter_mut().zip(&delta).for_each(|(gradient, delta)| *gradient += delta);
            }
        }
        total
    }

    /// The loss of the examples and its gradient. The parts are the same on every machine, so the sums are too.
    pub fn gradient(&self, examples: &[Example]) -> (f32, Vec<f32>) {
        const PARTS: usize = 4;
        let parts: Vec<_> = std::thread::scope(|scope| {
            let chunks = examples.chunks(examples.len().div_ceil(PARTS).max(1));
            let threads: Vec<_> = chunks
                .map(|chunk| {
                    scope.spawn(move || {
                        let mut gradient = vec![0.0; self.parameters.len()];
                        (self.accumulate(chunk, &mut gradient), gradient)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic in arithmetic")).collect()
        });
        let mut gradient = vec![0.0; self.parameters.len()];
        for (_, part) in &parts {
            gradient.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        (parts.iter().map(|(loss, _)| loss).sum(), gradient)
    }
}

/// How far the class is ahead of the best other one.
pub fn margin(logits: &[f32; CLASSES], class: u8) -> f32 {
    let others = logits.iter().enumerate().filter(|(n, _)| *n != class as usize);
    logits[class as usize] - others.map(|(_, logit)| *logit).fold(f32::NEG_INFINITY, f32::max)
}

/// Adam (Kingma and Ba, 2015).
pub struct Adam {
    first: Vec<f32>,
    second: Vec<f32>,
    steps: i32,
}

impl Adam {
    pub fn new(parameters: usize) -> Self {
        Self { first: vec![0.0; parameters], second: vec![0.0; parameters], steps: 0 }
    }

    pub fn step(&mut self, model: &mut Model, gradient: &[f32], rate: f32) {
        const BETA: (f32, f32) = (0.9, 0.999);
        self.steps += 1;
        let (unbias1, unbias2) = (1.0 - BETA.0.powi(self.steps), 1.0 - BETA.1.powi(self.steps));
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((parameter, gradient), (first, second)) in model.parameters.iter_mut().zip(gradient).zip(moments) {
            *first += (1.0 - BETA.0) * (gradient - *first);
            *second += (1.0 - BETA.1) * (gradient * gradient - *second);
            *parameter -= rate * (*first / unbias1) / ((*second / unbias2).sqrt() + 1e-8);
        }
        model.refresh();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_the_finite_differences() {
        for network in DispatchNetwork::ALL {
            let mut rng = Rng::new(8);
            let mut model = Model::new(network, &mut rng);
            let inputs = if network == DispatchNetwork::Simple { 1 << 8 } else { 1 << 20 };
            let examples: Vec<_> =
                (0..20).map(|n| Example { input: rng.below(inputs) as u32, class: n % 7, weight: 0.1 }).collect();
            let (_, gradient) = model.gradient(&examples);
            let row = model.embedding(examples[3].input);
            for at in (0..20)
                .map(|_| rng.below(network.parameters()))
                .chain(row..row + 4)
                .chain(network.parameters() - 20..network.parameters())
            {
                let original = model.parameters[at];
                let mut loss = |value: f32| {
                    model.parameters[at] = value;
                    model.refresh();
                    model.gradient(&examples).0
                };
                // A kink of ReLU within the step puts a slope off, so some step has to agree; the seed has no kink nearer.
                let slopes = [3e-2, 1e-2, 3e-3].map(|h| (loss(original + h) - loss(original - h)) / (2.0 * h));
                loss(original);
                let agree = |slope: &f32| (slope - gradient[at]).abs() < 0.03 * slope.abs().max(1.0);
                assert!(slopes.iter().any(agree), "{network:?} {at}: {slopes:?} {}", gradient[at]);
            }
        }
    }

    #[test]
    fn scaled_logits_are_exactly_so_much_smaller() {
        for network in DispatchNetwork::ALL {
            let mut model = Model::new(network, &mut Rng::new(4));
            let before: Vec<_> = (0..256).map(|input| model.logits(input * 0x101).map(|l| l * LOGIT_SCALE)).collect();
            model.scale_logits();
            let after: Vec<_> = (0..256).map(|input| model.logits(input * 0x101)).collect();
            assert_eq!(before, after);
            assert!(after.iter().flatten().any(|logit| *logit != 0.0));
        }
    }

    #[test]
    fn adam_goes_down() {
        let mut rng = Rng::new(3);
        let mut model = Model::new(DispatchNetwork::Simple, &mut rng);
        let mut adam = Adam::new(model.parameters.len());
        let examples: Vec<_> = (0..7).map(|n| Example { input: 1 << n, class: n, weight: 1.0 }).collect();
        let first = model.gradient(&examples).0;
        for _ in 0..500 {
            let (_, gradient) = model.gradient(&examples);
            adam.step(&mut model, &gradient, 1e-2);
        }
        assert!(model.gradient(&examples).0 < first / 100.0);
    }
}
