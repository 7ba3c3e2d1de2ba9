//! The networks that look at loops, in double precision on the host: what the shaders are compared with.

use super::shapes::{BODY_WORDS, LoopNetwork};

/// The outputs for one input of [`LoopNetwork::input_words`] words.
///
/// # Panics
/// If the lengths are not those of the network.
pub fn reference(network: LoopNetwork, weights: &[f32], input: &[u32]) -> Vec<f64> {
    assert_eq!((weights.len(), input.len()), (network.parameters(), network.input_words()));
    let net = Net { network, weights };
    let length = (input[0] as usize).clamp(1, BODY_WORDS);
    let words = &input[1..1 + length];
    match network {
        LoopNetwork::Detector => net.detector(words, &input[1 + BODY_WORDS..]),
        LoopNetwork::Recognizer => net.recognizer(words),
    }
}

struct Net<'a> {
    network: LoopNetwork,
    weights: &'a [f32],
}

impl Net<'_> {
    fn tensor(&self, name: &str) -> &[f32] {
        let (tensor, start) = self.network.tensor(name);
        &self.weights[start..start + tensor.len()]
    }

    fn linear(&self, name: &str, input: &[f64]) -> Vec<f64> {
        self.affine(&format!("{name}.weight"), &format!("{name}.bias"), input)
    }

    fn affine(&self, weight: &str, bias: &str, input: &[f64]) -> Vec<f64> {
        let rows = self.tensor(weight).chunks_exact(input.len());
        rows.zip(self.tensor(bias)).map(|(row, bias)| dot(row, input) + f64::from(*bias)).collect()
    }

    fn norm(&self, name: &str, input: &[f64]) -> Vec<f64> {
        let count = input.len() as f64;
        let mean = input.iter().sum::<f64>() / count;
        let variance = input.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        let (scale, bias) = (self.tensor(&format!("{name}.weight")), self.tensor(&format!("{name}.bias")));
        let normal = input.iter().map(|value| (value - mean) / (variance + 1e-5).sqrt());
        normal.zip(scale.iter().zip(bias)).map(|(v, (s, b))| v * f64::from(*s) + f64::from(*b)).collect()
    }

    fn embed(&self, name: &str, input: &[f64]) -> Vec<f64> {
        let first = self.linear(&format!("{name}.0"), input);
        let normal = relu(self.norm(&format!("{name}.1"), &first));
        self.linear(&format!("{name}.3"), &normal)
    }

    fn lstm(&self, name: &str, layer: usize, rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut out = vec![Vec::new(); rows.len()];
        for suffix in ["", "_reverse"] {
            let part = |kind: &str| format!("{name}.{kind}_l{layer}{suffix}");
            let (mut hidden, mut cell) = (vec![0.0; 128], vec![0.0; 128]);
            let order: Vec<usize> =
                if suffix.is_empty() { (0..rows.len()).collect() } else { (0..rows.len()).rev().collect() };
            for t in order {
                let inner = self.affine(&part("weight_ih"), &part("bias_ih"), &rows[t]);
                let recurrent = self.affine(&part("weight_hh"), &part("bias_hh"), &hidden);
                let gates: Vec<f64> = inner.iter().zip(recurrent).map(|(a, b)| a + b).collect();
                for j in 0..128 {
                    let [input, forget, value, output] = [0, 1, 2, 3].map(|gate| gates[gate * 128 + j]);
                    cell[j] = sigmoid(forget) * cell[j] + sigmoid(input) * value.tanh();
                    hidden[j] = sigmoid(output) * cell[j].tanh();
                }
                out[t].extend(&hidden);
            }
        }
        out
    }

    fn detector(&self, words: &[u32], registers: &[u32]) -> Vec<f64> {
        let bits: Vec<Vec<f64>> = words.iter().map(|word| bits(*word)).collect();
        let embedded: Vec<_> = bits.iter().map(|bits| self.embed("inst_embed", bits)).collect();
        let encoded = self.lstm("seq_encoder", 1, &self.lstm("seq_encoder", 0, &embedded));
        let values: Vec<i64> =
            registers.chunks_exact(2).map(|pair| (u64::from(pair[0]) | u64::from(pair[1]) << 32) as i64).collect();
        let size = |v: &i64| (1.0 + v.unsigned_abs() as f64).log10() / 10.0;
        let sizes = values.iter().map(|v| if *v < 0 { -size(v) } else { size(v) });
        let features: Vec<f64> = sizes.chain(values.iter().map(|v| f64::from(u8::from(*v != 0)))).collect();
        let register = self.embed("reg_embed", &features);
        let query = [register.clone(), embedded.last().cloned().unwrap_or_default()].concat();
        let attended = self.attention(&query, &encoded);
        let counter = self.linear("counter_attn", &attended);
        let joined = [attended, register].concat();
        let types = self.linear("type_head.2", &relu(self.linear("type_head.0", &joined)));
        let with_counter = [joined, softmax(&counter)].concat();
        let count = self.linear("iter_head.2", &relu(self.linear("iter_head.0", &with_counter)));
        let mut fields: Vec<f64> = bits.iter().flat_map(|bits| self.linear("reg_field_extract", bits)).collect();
        fields.resize(BODY_WORDS * 96, 0.0);
        [types, counter, vec![count[0].clamp(-1.0, 6.0)], fields].concat()
    }

    /// Four heads of 64.
    fn attention(&self, query: &[f64], rows: &[Vec<f64>]) -> Vec<f64> {
        let (weight, bias) = (self.tensor("cross_attn.in_proj_weight"), self.tensor("cross_attn.in_proj_bias"));
        let project = |part: usize, input: &[f64]| -> Vec<f64> {
            let rows = part * 256..(part + 1) * 256;
            rows.map(|row| dot(&weight[row * 256..(row + 1) * 256], input) + f64::from(bias[row])).collect()
        };
        let query = project(0, query);
        let keys: Vec<_> = rows.iter().map(|row| project(1, row)).collect();
        let values: Vec<_> = rows.iter().map(|row| project(2, row)).collect();
        let mut heads = Vec::new();
        for head in 0..4 {
            let part = head * 64..(head + 1) * 64;
            let score =
                |key: &Vec<f64>| query[part.clone()].iter().zip(&key[part.clone()]).map(|(a, b)| a * b).sum::<f64>();
            let shares = softmax(&keys.iter().map(|key| score(key) / 8.0).collect::<Vec<_>>());
            heads.extend(part.clone().map(|n| shares.iter().zip(&values).map(|(s, v)| s * v[n]).sum::<f64>()));
        }
        self.linear("cross_attn.out_proj", &heads)
    }

    fn recognizer(&self, words: &[u32]) -> Vec<f64> {
        let embedded: Vec<_> = words.iter().map(|word| self.embed("inst_embed", &bits(*word))).collect();
        let encoded = self.lstm("encoder", 0, &embedded);
        let mean: Vec<f64> =
            (0..256).map(|n| encoded.iter().map(|row| row[n]).sum::<f64>() / encoded.len() as f64).collect();
        let pooled = self.norm("pool_norm", &mean);
        let classes = self.linear("class_head.2", &relu(self.linear("class_head.0", &pooled)));
        let operands = self.linear("operand_head", &pooled);
        let confidence = sigmoid(self.linear("confidence_head", &pooled)[0]);
        let joined = [pooled, softmax(&operands[64..])].concat();
        let sizes = self.linear("size_head.2", &relu(self.linear("size_head.0", &joined)));
        [classes, operands, sizes, vec![confidence]].concat()
    }
}

fn dot(row: &[f32], input: &[f64]) -> f64 {
    row.iter().zip(input).map(|(weight, value)| f64::from(*weight) * value).sum()
}

fn bits(word: u32) -> Vec<f64> {
    (0..32).map(|bit| f64::from(word >> bit & 1)).collect()
}

fn relu(mut values: Vec<f64>) -> Vec<f64> {
    values.iter_mut().for_each(|value| *value = value.max(0.0));
    values
}

fn sigmoid(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

fn softmax(logits: &[f64]) -> Vec<f64> {
    let highest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|logit| (logit - highest).exp()).collect();
    let total: f64 = powers.iter().sum();
    powers.iter().map(|power| power / total).collect()
}
