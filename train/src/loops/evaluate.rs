//! How right the networks are.

use super::sample::Sample;
use kvrm::machine::{JUDGE_CONFIDENCE, JUDGE_INSTRUCTIONS};
use kvrm::neural::{LoopNetwork, loop_reference};

/// Of how many, how many.
#[derive(Default)]
struct Share {
    hits: usize,
    all: usize,
}

impl Share {
    fn note(&mut self, hit: bool) {
        self.all += 1;
        self.hits += usize::from(hit);
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} % ({} of {})", 100.0 * self.hits as f64 / self.all.max(1) as f64, self.hits, self.all)
    }
}

fn best(logits: &[f64]) -> u8 {
    (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap_or(0) as u8
}

fn input(network: LoopNetwork, sample: &Sample) -> Vec<u32> {
    let mut words = vec![sample.words.len() as u32];
    words.extend(&sample.words);
    words.resize(33, 0);
    if network == LoopNetwork::Detector {
        words.extend(sample.registers.iter().flat_map(|value| [*value as u32, (*value >> 32) as u32]));
    }
    words
}

/// Of the loops whose code is provable, so many are to be found: a proof in vain costs less than a loop that is missed.
const RECALL_WANTED: f64 = 0.95;

/// Moves the bias of the recognizer's confidence so that JUDGE_CONFIDENCE is where the wanted part of the loops in
/// `samples` whose code is provable lie above.
pub fn set_confidence(recognizer: &mut [f32], samples: &[&Sample]) {
    let odds = |sample: &Sample| {
        let outputs = loop_reference(LoopNetwork::Recognizer, recognizer, &input(LoopNetwork::Recognizer, sample));
        let confidence = outputs[112].clamp(1e-9, 1.0 - 1e-9);
        (confidence / (1.0 - confidence)).ln()
    };
    let provable = samples.iter().filter(|sample| sample.provable == Some(true));
    let mut provable: Vec<f64> = provable.map(|sample| odds(sample)).collect();
    provable.sort_by(f64::total_cmp);
    let missed = ((1.0 - RECALL_WANTED) * provable.len() as f64) as usize;
    let Some(lowest) = provable.get(missed) else { return };
    let judged = f64::from(JUDGE_CONFIDENCE);
    // A little below, so that it is not just that loop which decides.
    let shift = (judged / (1.0 - judged)).ln() - (lowest - 0.1);
    println!(
        "{} loops set the confidence, {} of them provable: {shift:+.3} to its bias",
        samples.len(),
        provable.len()
    );
    let bias = recognizer.last_mut().expect("the confidence's bias is the last of the weights");
    *bias = (f64::from(*bias) + shift) as f32;
}

/// Prints how right both networks are on `samples`.
pub fn evaluate(name: &str, detector: &[f32], recognizer: &[f32], samples: &[&Sample]) {
    let [mut kind, mut counter, mut class, mut operands, mut size] = [(); 5].map(|()| Share::default());
    let [mut precision, mut recall, mut right, mut found_all] = [(); 4].map(|()| Share::default());
    let mut errors = Vec::new();
    for sample in samples {
        let found = loop_reference(LoopNetwork::Detector, detector, &input(LoopNetwork::Detector, sample));
        if let Some(right) = sample.kind {
            kind.note(best(&found[..4]) == right);
        }
        if let Some(right) = sample.counter {
            counter.note(best(&found[4..36]) == right);
        }
        if let Some(right) = sample.iterations {
            errors.push((found[36] - f64::from(right)).abs());
        }
        let seen = loop_reference(LoopNetwork::Recognizer, recognizer, &input(LoopNetwork::Recognizer, sample));
        if let Some(right) = sample.class {
            class.note(best(&seen[..12]) == right);
        }
        for (n, right) in sample.operands.iter().enumerate() {
            if let Some(right) = right {
                operands.note(best(&seen[12 + 32 * n..][..32]) == *right);
            }
        }
        if let Some(right) = sample.size {
            size.note(best(&seen[108..112]) == right);
        }
        let sure = seen[112] >= f64::from(JUDGE_CONFIDENCE);
        if let Some(provable) = sample.provable {
            if sure {
                right.note(provable);
            }
            if provable {
                found_all.note(sure);
            }
        }
        // As the engine judges: wgsl/companions/loops/judge.wgsl.
        let long = found[36] + (sample.words.len() as f64).log10() >= f64::from(JUDGE_INSTRUCTIONS);
        let judged = sure && long;
        if judged {
            precision.note(sample.worth);
        }
        if sample.worth {
            recall.note(judged);
        }
    }
    errors.sort_by(f64::total_cmp);
    let count = |wanted: fn(&Sample) -> bool| samples.iter().filter(|sample| wanted(sample)).count();
    let [provable, worth] = [count(|sample| sample.provable == Some(true)), count(|sample| sample.worth)];
    println!("{name}: {} loops, {provable} provable, {worth} worth a proof", samples.len());
    println!("  type {kind}, counter {counter}");
    let mean = errors.iter().sum::<f64>() / errors.len().max(1) as f64;
    let median = errors.get(errors.len() / 2).copied().unwrap_or(f64::NAN);
    println!("  iterations, error of log10: mean {mean:.3}, median {median:.3}, of {}", errors.len());
    println!("  class {class}, operands {operands}, element {size}");
    println!("  provable: precision {right}, recall {found_all}");
    println!("  worth a proof, as the engine judges: precision {precision}, recall {recall}");
}
