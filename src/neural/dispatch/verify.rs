//! What a dispatch network predicts for every word that the encoding table names.

use super::inference::{DispatchInference, Error, LOGITS};
use super::shapes::DispatchNetwork;
use super::{inputs, labels};
use crate::gpu::Gpu;
use crate::isa::{self, Encoding};
use crate::neural::weights::Weights;
use std::time::Duration;

/// Words that a cell stands for.
const CELL_WORDS: u64 = 1 << 10;

/// What a network does on all words. A cell of 1,024 words of which only some are allocated counts whole: they have one
/// input and one kernel.
pub struct Verification {
    /// Of each kernel: words that are predicted right, words in all.
    pub kernels: [(u64, u64); LOGITS],
    /// Of each encoding, in the table's order.
    pub encodings: Vec<(&'static Encoding, u64, u64)>,
    /// How far the table's kernel is ahead of the best other one where that is least; negative if one is wrong.
    pub smallest_margin: f32,
    /// Time of the network on the GPU, over every distinct input.
    pub time: Duration,
}

impl Verification {
    /// Words that are predicted right.
    pub fn right(&self) -> u64 {
        self.kernels.iter().map(|(right, _)| right).sum()
    }

    /// Words that are allocated.
    pub fn words(&self) -> u64 {
        self.kernels.iter().map(|(_, words)| words).sum()
    }

    /// The mean of the kernels' accuracies.
    pub fn balanced(&self) -> f64 {
        let accuracies = self.kernels.iter().map(|(right, words)| *right as f64 / (*words).max(1) as f64);
        accuracies.sum::<f64>() / LOGITS as f64
    }
}

/// Runs the network on the GPU over every distinct input, and counts over all 2^32 words.
pub fn verify(gpu: &Gpu, network: DispatchNetwork, weights: &Weights) -> Result<Verification, Error> {
    type Convert = fn(u32) -> u32;
    let (count, word, input): (u32, Convert, Convert) = match network {
        DispatchNetwork::Simple => (inputs::SIMPLE_INPUTS, inputs::simple_word, inputs::simple_input),
        DispatchNetwork::Embedding => (inputs::EMBEDDING_INPUTS, inputs::embedding_word, inputs::embedding_input),
    };
    let words: Vec<u32> = (0..count).map(word).collect();
    let (logits, time) = DispatchInference::new(gpu, network, weights)?.run(&words)?;
    let mut result = Verification {
        kernels: [(0, 0); LOGITS],
        encodings: isa::encodings().map(|encoding| (encoding, 0, 0)).collect(),
        smallest_margin: f32::INFINITY,
        time,
    };
    let places: std::collections::HashMap<_, _> =
        isa::encodings().enumerate().map(|(place, encoding)| (encoding.name, place)).collect();
    let mut last = None;
    labels::for_each_encoding(|cell, encoding| {
        let kernel = encoding.kernel as usize;
        let logits = &logits[input(cell << 10) as usize];
        let others = logits.iter().enumerate().filter(|(n, _)| *n != kernel).map(|(_, logit)| *logit);
        let margin = logits[kernel] - others.fold(f32::NEG_INFINITY, f32::max);
        // Also when it is NaN.
        let right = if margin > 0.0 { CELL_WORDS } else { 0 };
        result.smallest_margin = result.smallest_margin.min(margin);
        let of_encoding = &mut result.encodings[places[encoding.name]];
        *of_encoding = (encoding, of_encoding.1 + right, of_encoding.2 + CELL_WORDS);
        if last.replace(cell) != Some(cell) {
            let of_kernel = &mut result.kernels[kernel];
            *of_kernel = (of_kernel.0 + right, of_kernel.1 + CELL_WORDS);
        }
    });
    Ok(result)
}
