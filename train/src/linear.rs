//! Linear layers over rows of floats, forward and backward, and what stands between them. A layer knows where its tensors
//! stand among the parameters.

use crate::matrix::{add_product, transpose};
use kvrm::neural::Tensor;

/// Parameters, and every matrix among them transposed, which is what going forward needs.
pub struct Weights {
    places: Vec<(Tensor, usize)>,
    pub values: Vec<f32>,
    transposed: Vec<f32>,
}

impl Weights {
    /// Of a network that has these tensors at these places.
    pub fn new(places: impl Iterator<Item = (Tensor, usize)>, values: Vec<f32>) -> Self {
        let mut weights = Self { places: places.collect(), values, transposed: Vec::new() };
        weights.refresh();
        weights
    }

    /// To be called when the values have changed.
    pub fn refresh(&mut self) {
        self.transposed = self.values.clone();
        for (tensor, start) in &self.places {
            if let [rows, columns] = *tensor.shape {
                // The three projections of attention are in one tensor, and each is a matrix of its own.
                let parts = if tensor.name.ends_with("in_proj_weight") { 3 } else { 1 };
                let size = tensor.len() / parts;
                for from in (0..parts).map(|part| start + part * size) {
                    let turned = transpose(&self.values[from..from + size], rows / parts, columns);
                    self.transposed[from..from + size].copy_from_slice(&turned);
                }
            }
        }
    }

    pub fn linear(&self, name: &str) -> Linear {
        self.linear_of(&format!("{name}.weight"), &format!("{name}.bias"))
    }

    pub fn linear_of(&self, weight: &str, bias: &str) -> Linear {
        let (tensor, at) = self.find(weight);
        let [outputs, inputs] = *tensor.shape else { panic!("{weight} is no matrix") };
        Linear { weight: at, bias: self.find(bias).1, inputs, outputs }
    }

    pub fn find(&self, name: &str) -> (Tensor, usize) {
        *self.places.iter().find(|(tensor, _)| tensor.name == name).unwrap_or_else(|| panic!("no tensor {name}"))
    }
}

#[derive(Clone, Copy)]
pub struct Linear {
    pub weight: usize,
    pub bias: usize,
    pub inputs: usize,
    pub outputs: usize,
}

impl Linear {
    pub fn forward(&self, weights: &Weights, x: &[f32]) -> Vec<f32> {
        let mut y = weights.values[self.bias..self.bias + self.outputs].repeat(x.len() / self.inputs);
        self.add(weights, x, &mut y);
        y
    }

    /// Adds to `y` what the matrix makes of `x`, and no bias.
    pub fn add(&self, weights: &Weights, x: &[f32], y: &mut [f32]) {
        let sizes = [x.len() / self.inputs, self.inputs, self.outputs];
        add_product(x, &weights.transposed[self.weight..], y, sizes, self.outputs);
    }

    /// Adds to the gradient, and gives that of the input.
    pub fn backward(&self, weights: &Weights, x: &[f32], dy: &[f32], gradient: &mut [f32]) -> Vec<f32> {
        self.gradient(x, dy, gradient);
        let mut dx = vec![0.0; x.len()];
        self.back(weights, dy, &mut dx);
        dx
    }

    /// Adds to the gradient of the parameters.
    pub fn gradient(&self, x: &[f32], dy: &[f32], gradient: &mut [f32]) {
        let rows = x.len() / self.inputs;
        let turned = transpose(dy, rows, self.outputs);
        let to = &mut gradient[self.weight..self.weight + self.outputs * self.inputs];
        add_product(&turned, x, to, [self.outputs, rows, self.inputs], self.inputs);
        for row in dy.chunks_exact(self.outputs) {
            add(&mut gradient[self.bias..self.bias + self.outputs], row);
        }
    }

    /// Adds to `dx`, the gradient of the input.
    pub fn back(&self, weights: &Weights, dy: &[f32], dx: &mut [f32]) {
        let sizes = [dy.len() / self.outputs, self.outputs, self.inputs];
        add_product(dy, &weights.values[self.weight..], dx, sizes, self.inputs);
    }
}

pub fn add(to: &mut [f32], from: &[f32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
}

pub fn relu(mut values: Vec<f32>) -> Vec<f32> {
    values.iter_mut().for_each(|value| *value = value.max(0.0));
    values
}

/// The gradient before a ReLU, from that behind it.
pub fn mask(gradient: &mut [f32], active: &[f32]) {
    gradient.iter_mut().zip(active).filter(|(_, value)| **value <= 0.0).for_each(|(d, _)| *d = 0.0);
}

pub fn sigmoid(value: f32) -> f32 {
    1.0 / (1.0 + (-value).exp())
}
