//! The two networks: what they make of examples of one length, the loss, and its gradient.

use super::layers::*;
use super::sample::Sample;
use crate::linear::{Linear, Weights, add, mask, relu, sigmoid};
use kvrm::neural::LoopNetwork;

/// Loss of examples of one length, its gradient added. Each example counts `1 / scale`.
pub fn accumulate(
    network: LoopNetwork,
    weights: &Weights,
    samples: &[&Sample],
    scale: f32,
    gradient: &mut [f32],
) -> f32 {
    match network {
        LoopNetwork::Detector => detector(weights, samples, scale, gradient),
        LoopNetwork::Recognizer => recognizer(weights, samples, scale, gradient),
    }
}

/// Instruction bits, step by step.
fn bits(samples: &[&Sample]) -> Vec<f32> {
    let steps = samples[0].words.len();
    let words = (0..steps).flat_map(|t| samples.iter().map(move |sample| sample.words[t]));
    words.flat_map(|word| (0..32).map(move |bit| (word >> bit & 1) as f32)).collect()
}

/// Four heads of 64 over rows of 256, one query for each example.
struct Attention {
    shares: Vec<f32>,
    mixed: Vec<f32>,
}

const HEADS: usize = 4;
const HEAD: usize = 64;

fn attend(query: &[f32], keys: &[f32], values: &[f32], batch: usize) -> Attention {
    let steps = keys.len() / 256 / batch;
    let mut shares = Vec::with_capacity(batch * HEADS * steps);
    let mut mixed = vec![0.0; batch * 256];
    for b in 0..batch {
        for head in 0..HEADS {
            let from =
                |rows: &'_ [f32], row: usize| row * 256 + head * HEAD..(row * 256 + head * HEAD + HEAD).min(rows.len());
            let q = &query[from(query, b)];
            let scores: Vec<f32> = (0..steps)
                .map(|t| q.iter().zip(&keys[from(keys, t * batch + b)]).map(|(q, k)| q * k).sum::<f32>() / 8.0)
                .collect();
            let of_head = softmax(&scores);
            for (t, share) in of_head.iter().enumerate() {
                let to = &mut mixed[b * 256 + head * HEAD..][..HEAD];
                to.iter_mut().zip(&values[from(values, t * batch + b)]).for_each(|(to, v)| *to += share * v);
            }
            shares.extend(of_head);
        }
    }
    Attention { shares, mixed }
}

/// Gradients of the query, the keys and the values.
fn attend_backward(
    trace: &Attention,
    [query, keys, values]: [&[f32]; 3],
    dmixed: &[f32],
    batch: usize,
) -> [Vec<f32>; 3] {
    let steps = keys.len() / 256 / batch;
    let mut d = [vec![0.0; query.len()], vec![0.0; keys.len()], vec![0.0; values.len()]];
    for b in 0..batch {
        for head in 0..HEADS {
            let shares = &trace.shares[(b * HEADS + head) * steps..][..steps];
            let own = b * 256 + head * HEAD;
            let row = |t: usize| (t * batch + b) * 256 + head * HEAD;
            let dshares: Vec<f32> = (0..steps)
                .map(|t| dmixed[own..own + HEAD].iter().zip(&values[row(t)..]).map(|(d, v)| d * v).sum())
                .collect();
            let dscores = softmax_backward(shares, &dshares);
            for t in 0..steps {
                for n in 0..HEAD {
                    d[2][row(t) + n] += shares[t] * dmixed[own + n];
                    d[0][own + n] += dscores[t] / 8.0 * keys[row(t) + n];
                    d[1][row(t) + n] += dscores[t] / 8.0 * query[own + n];
                }
            }
        }
    }
    d
}

fn detector(w: &Weights, samples: &[&Sample], scale: f32, gradient: &mut [f32]) -> f32 {
    let batch = samples.len();
    let steps = samples[0].words.len();
    let one = 1.0 / scale;
    let embed = Embed::new(w, "inst_embed");
    let fields = w.linear("reg_field_extract");
    let layers = [Lstm::pair(w, "seq_encoder", 0), Lstm::pair(w, "seq_encoder", 1)];
    let register = Embed::new(w, "reg_embed");
    let projected = w.linear_of("cross_attn.in_proj_weight", "cross_attn.in_proj_bias");
    let project = |part: usize| Linear {
        weight: projected.weight + part * 256 * 256,
        bias: projected.bias + part * 256,
        outputs: 256,
        ..projected
    };
    let [project_query, project_keys, project_values] = [0, 1, 2].map(project);
    let out = w.linear("cross_attn.out_proj");
    let [types, types_last] = [w.linear("type_head.0"), w.linear("type_head.2")];
    let counter = w.linear("counter_attn");
    let [count, count_last] = [w.linear("iter_head.0"), w.linear("iter_head.2")];

    let bits = bits(samples);
    let field_logits = fields.forward(w, &bits);
    let (embedded, embed_trace) = embed.forward(w, &bits);
    let (first, first_trace) = both(&layers[0], w, &embedded, batch);
    let (encoded, encoded_trace) = both(&layers[1], w, &first, batch);
    let features: Vec<f32> = samples.iter().flat_map(|sample| sample.features()).collect();
    let (registers, register_trace) = register.forward(w, &features);
    let last = &embedded[(steps - 1) * batch * 128..];
    let query = join(&registers, 128, last, 128);
    let q = project_query.forward(w, &query);
    let keys = project_keys.forward(w, &encoded);
    let values = project_values.forward(w, &encoded);
    let attention = attend(&q, &keys, &values, batch);
    let attended = out.forward(w, &attention.mixed);
    let counters = counter.forward(w, &attended);
    let joined = join(&attended, 256, &registers, 128);
    let type_hidden = relu(types.forward(w, &joined));
    let type_logits = types_last.forward(w, &type_hidden);
    let shares: Vec<f32> = counters.chunks_exact(32).flat_map(softmax).collect();
    let with_counter = join(&joined, 384, &shares, 32);
    let count_hidden = relu(count.forward(w, &with_counter));
    let counts = count_last.forward(w, &count_hidden);

    let mut loss = 0.0;
    let mut dtypes = vec![0.0; type_logits.len()];
    let mut dcounters = vec![0.0; counters.len()];
    let mut dcounts = vec![0.0; batch];
    let mut dfields = vec![0.0; field_logits.len()];
    for (b, sample) in samples.iter().enumerate() {
        loss += cross_entropy(&type_logits[b * 4..][..4], sample.kind, one, &mut dtypes[b * 4..][..4]);
        loss += cross_entropy(&counters[b * 32..][..32], sample.counter, one, &mut dcounters[b * 32..][..32]);
        if let Some(iterations) = sample.iterations {
            // Huber's: square near, straight far off.
            let off = counts[b] - iterations;
            loss += one * if off.abs() < 1.0 { 0.5 * off * off } else { off.abs() - 0.5 };
            dcounts[b] = one * off.clamp(-1.0, 1.0);
        }
        for (t, word) in sample.words.iter().enumerate() {
            for (group, low) in [0, 5, 16].into_iter().enumerate() {
                let at = (t * batch + b) * 96 + group * 32;
                let field = Some((word >> low & 31) as u8);
                loss += cross_entropy(&field_logits[at..at + 32], field, 0.1 * one, &mut dfields[at..at + 32]);
            }
        }
    }

    fields.gradient(&bits, &dfields, gradient);
    let mut dcount_hidden = count_last.backward(w, &count_hidden, &dcounts, gradient);
    mask(&mut dcount_hidden, &count_hidden);
    let dwith = count.backward(w, &with_counter, &dcount_hidden, gradient);
    let mut djoined = part(&dwith, 416, 0, 384);
    for (b, d) in dwith.chunks_exact(416).enumerate() {
        add(&mut dcounters[b * 32..][..32], &softmax_backward(&shares[b * 32..][..32], &d[384..]));
    }
    let mut dtype_hidden = types_last.backward(w, &type_hidden, &dtypes, gradient);
    mask(&mut dtype_hidden, &type_hidden);
    add(&mut djoined, &types.backward(w, &joined, &dtype_hidden, gradient));
    let mut dattended = part(&djoined, 384, 0, 256);
    let mut dregisters = part(&djoined, 384, 256, 384);
    add(&mut dattended, &counter.backward(w, &attended, &dcounters, gradient));
    let dmixed = out.backward(w, &attention.mixed, &dattended, gradient);
    let [dq, dkeys, dvalues] = attend_backward(&attention, [&q, &keys, &values], &dmixed, batch);
    let mut dencoded = project_keys.backward(w, &encoded, &dkeys, gradient);
    add(&mut dencoded, &project_values.backward(w, &encoded, &dvalues, gradient));
    let dquery = project_query.backward(w, &query, &dq, gradient);
    add(&mut dregisters, &part(&dquery, 256, 0, 128));
    register.gradient(w, &register_trace, &features, &dregisters, gradient);
    let dfirst = both_backward(&layers[1], w, &encoded_trace, &first, batch, &dencoded, gradient);
    let mut dembedded = both_backward(&layers[0], w, &first_trace, &embedded, batch, &dfirst, gradient);
    add(&mut dembedded[(steps - 1) * batch * 128..], &part(&dquery, 256, 128, 256));
    embed.gradient(w, &embed_trace, &bits, &dembedded, gradient);
    loss
}

fn recognizer(w: &Weights, samples: &[&Sample], scale: f32, gradient: &mut [f32]) -> f32 {
    let batch = samples.len();
    let steps = samples[0].words.len();
    let one = 1.0 / scale;
    let embed = Embed::new(w, "inst_embed");
    let layer = Lstm::pair(w, "encoder", 0);
    let norm = Norm::new(w, "pool_norm");
    let [class, class_last] = [w.linear("class_head.0"), w.linear("class_head.2")];
    let operand = w.linear("operand_head");
    let [size, size_last] = [w.linear("size_head.0"), w.linear("size_head.2")];
    let confidence = w.linear("confidence_head");

    let bits = bits(samples);
    let (embedded, embed_trace) = embed.forward(w, &bits);
    let (encoded, encoded_trace) = both(&layer, w, &embedded, batch);
    let mut mean = vec![0.0; batch * 256];
    for row in encoded.chunks_exact(batch * 256) {
        mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / steps as f32);
    }
    let (pooled, norm_trace) = norm.forward(w, &mean);
    let class_hidden = relu(class.forward(w, &pooled));
    let classes = class_last.forward(w, &class_hidden);
    let operands = operand.forward(w, &pooled);
    let shares: Vec<f32> = operands.chunks_exact(96).flat_map(|row| softmax(&row[64..])).collect();
    let joined = join(&pooled, 256, &shares, 32);
    let size_hidden = relu(size.forward(w, &joined));
    let sizes = size_last.forward(w, &size_hidden);
    let logits = confidence.forward(w, &pooled);

    let mut loss = 0.0;
    let mut dclasses = vec![0.0; classes.len()];
    let mut doperands = vec![0.0; operands.len()];
    let mut dsizes = vec![0.0; sizes.len()];
    let mut dlogits = vec![0.0; batch];
    for (b, sample) in samples.iter().enumerate() {
        loss += cross_entropy(&classes[b * 12..][..12], sample.class, one, &mut dclasses[b * 12..][..12]);
        for (group, register) in sample.operands.iter().enumerate() {
            let at = b * 96 + group * 32;
            loss += cross_entropy(&operands[at..at + 32], *register, 0.5 * one, &mut doperands[at..at + 32]);
        }
        loss += cross_entropy(&sizes[b * 4..][..4], sample.size, 0.5 * one, &mut dsizes[b * 4..][..4]);
        if let Some(provable) = sample.provable {
            let target = if provable { 1.0 } else { 0.0 };
            let given = sigmoid(logits[b]);
            loss -= one * (target * given.max(1e-12).ln() + (1.0 - target) * (1.0 - given).max(1e-12).ln());
            dlogits[b] = one * (given - target);
        }
    }

    let mut dpooled = confidence.backward(w, &pooled, &dlogits, gradient);
    let mut dsize_hidden = size_last.backward(w, &size_hidden, &dsizes, gradient);
    mask(&mut dsize_hidden, &size_hidden);
    let djoined = size.backward(w, &joined, &dsize_hidden, gradient);
    add(&mut dpooled, &part(&djoined, 288, 0, 256));
    for (b, d) in djoined.chunks_exact(288).enumerate() {
        add(&mut doperands[b * 96 + 64..][..32], &softmax_backward(&shares[b * 32..][..32], &d[256..]));
    }
    add(&mut dpooled, &operand.backward(w, &pooled, &doperands, gradient));
    let mut dclass_hidden = class_last.backward(w, &class_hidden, &dclasses, gradient);
    mask(&mut dclass_hidden, &class_hidden);
    add(&mut dpooled, &class.backward(w, &pooled, &dclass_hidden, gradient));
    let dmean = norm.backward(w, &norm_trace, &dpooled, gradient);
    let share: Vec<f32> = dmean.iter().map(|d| d / steps as f32).collect();
    let dencoded = share.repeat(steps);
    let dembedded = both_backward(&layer, w, &encoded_trace, &embedded, batch, &dencoded, gradient);
    embed.gradient(w, &embed_trace, &bits, &dembedded, gradient);
    loss
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loops::schedule::beginning;
    use crate::rng::Rng;

    fn sample(rng: &mut Rng, length: usize) -> Sample {
        Sample {
            words: (0..length).map(|_| rng.next() as u32).collect(),
            registers: std::array::from_fn(|_| rng.next() >> rng.below(60)),
            kind: Some(rng.below(4) as u8),
            counter: Some(rng.below(32) as u8),
            iterations: Some(rng.uniform() * 3.0),
            class: Some(rng.below(12) as u8),
            operands: [Some(rng.below(32) as u8), None, Some(rng.below(32) as u8)],
            size: Some(rng.below(4) as u8),
            provable: Some(rng.below(2) == 0),
            worth: false,
            part: super::super::sample::Part::Training,
        }
    }

    #[test]
    fn gradients_are_finite_differences() {
        for network in LoopNetwork::ALL {
            let mut rng = Rng::new(9);
            let samples: Vec<Sample> = (0..3).map(|_| sample(&mut rng, 4)).collect();
            let samples: Vec<&Sample> = samples.iter().collect();
            let mut weights = Weights::new(network.offsets(), beginning(network, &mut rng));
            let mut gradient = vec![0.0; weights.values.len()];
            accumulate(network, &weights, &samples, 3.0, &mut gradient);
            // Along the gradient of one tensor after the other, the loss changes by its square.
            for (tensor, start) in network.offsets() {
                let range = start..start + tensor.len();
                let square: f32 = gradient[range.clone()].iter().map(|g| g * g).sum();
                if square < 1e-7 {
                    continue;
                }
                let step = 2e-2 / square.sqrt();
                let saved = weights.values.clone();
                let mut sides = [0.0f64; 2];
                for (side, by) in [(0, step), (1, -step)] {
                    for at in range.clone() {
                        weights.values[at] = saved[at] + by * gradient[at];
                    }
                    weights.refresh();
                    let mut ignored = vec![0.0; saved.len()];
                    sides[side] = f64::from(accumulate(network, &weights, &samples, 3.0, &mut ignored));
                }
                weights.values = saved;
                weights.refresh();
                let slope = (sides[0] - sides[1]) / f64::from(2.0 * step);
                let off = (slope - f64::from(square)).abs() / f64::from(square);
                assert!(off < 0.07, "{network:?} {}: {slope} instead of {square}", tensor.name);
            }
        }
    }
}
