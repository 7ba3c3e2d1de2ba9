//! In which order the networks that look at loops see their examples.

use super::networks::accumulate;
use super::sample::Sample;
use crate::adam::{ClippedAdam, rate};
use crate::linear::{Weights, add};
use crate::rng::Rng;
use kvrm::neural::LoopNetwork;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Examples of a step. They are taken in parts of one length, each part's gradient on its own and all in order, so that
/// the number of threads changes no bit.
const BATCH: usize = 256;
const PART: usize = 32;
const PEAK: f32 = 1.5e-3;

/// Parameters to begin with: drawn evenly from plus and minus 1 / sqrt(inputs); norms leave what they are given; an LSTM
/// forgets little.
pub fn beginning(network: LoopNetwork, rng: &mut Rng) -> Vec<f32> {
    let mut values = vec![0.0; network.parameters()];
    for (tensor, start) in network.offsets() {
        let part = &mut values[start..start + tensor.len()];
        match *tensor.shape {
            [_, inputs] => part.fill_with(|| rng.uniform() / (inputs as f32).sqrt()),
            _ if tensor.name.ends_with(".1.weight") || tensor.name == "pool_norm.weight" => part.fill(1.0),
            _ if tensor.name.contains("bias_ih") => part[128..256].fill(1.0),
            _ => {}
        }
    }
    values
}

/// What part of a batch comes to.
#[derive(Default)]
struct Part {
    loss: f32,
    gradient: Vec<f32>,
}

/// Trains on `samples` for so many steps.
pub fn train(network: LoopNetwork, samples: &[&Sample], steps: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed);
    let mut weights = Weights::new(network.offsets(), beginning(network, &mut rng));
    let count = weights.values.len();
    let mut adam = ClippedAdam::new(count);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut losses = 0.0;
    for step in 0..steps {
        let mut batch: Vec<Sample> = (0..BATCH)
            .map(|_| {
                let sample = samples[rng.below(samples.len())];
                // Half of them with the registers that compilers are used to.
                if rng.below(2) == 0 { sample.clone() } else { sample.renamed(&mut rng) }
            })
            .collect();
        batch.sort_by_key(|sample| sample.words.len());
        let parts: Vec<Vec<&Sample>> = batch
            .chunk_by(|a, b| a.words.len() == b.words.len())
            .flat_map(|same| same.chunks(PART))
            .map(|part| part.iter().collect())
            .collect();
        let results: Vec<Mutex<Part>> = parts.iter().map(|_| Mutex::default()).collect();
        // The longest first, so that no thread is left with one at the end.
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(parts[*at].len() * parts[*at][0].words.len()));
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..threads.min(parts.len()) {
                scope.spawn(|| {
                    while let Some(&at) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let mut gradient = vec![0.0; count];
                        let loss = accumulate(network, &weights, &parts[at], BATCH as f32, &mut gradient);
                        *results[at].lock().expect("no thread panics with it") = Part { loss, gradient };
                    }
                });
            }
        });
        let mut gradient = vec![0.0f32; count];
        for result in results {
            let part = result.into_inner().expect("no thread panicked");
            losses += part.loss;
            add(&mut gradient, &part.gradient);
        }
        adam.step(&mut weights.values, &gradient, rate(PEAK, step as f32 / 100.0, step, steps));
        weights.refresh();
        if (step + 1) % 100 == 0 {
            println!("{} step {}: loss {:.4}", network.name(), step + 1, losses / 100.0);
            losses = 0.0;
        }
    }
    weights.values
}
