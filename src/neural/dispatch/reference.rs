//! The dispatch networks in double precision on the host: what the shaders are compared with.

use super::inputs;
use super::shapes::DispatchNetwork;

/// The logits of a word, one for each kernel.
///
/// # Panics
/// If there are not as many weights as the network has.
pub fn reference(network: DispatchNetwork, weights: &[f32], word: u32) -> Vec<f64> {
    assert_eq!(weights.len(), network.parameters());
    let bits = |input: u32, count: u32| (0..count).map(move |n| f64::from(input >> n & 1));
    let mut values: Vec<f64> = match network {
        DispatchNetwork::Simple => bits(inputs::simple_input(word), 8).collect(),
        DispatchNetwork::Embedding => {
            let row = (word >> 24) as usize * 32;
            let embedding = weights[row..row + 32].iter().map(|weight| f64::from(*weight));
            embedding.chain(bits(inputs::embedding_input(word), 12)).collect()
        }
    };
    let layers: Vec<_> = network.offsets().filter(|(tensor, _)| tensor.name.starts_with("fc")).collect();
    for (n, layer) in layers.chunks(2).enumerate() {
        let ((weight, at), (bias, bias_at)) = (layer[0], layer[1]);
        let row = |o: usize| &weights[at + o * weight.shape[1]..at + (o + 1) * weight.shape[1]];
        let dot = |o: usize| row(o).iter().zip(&values).map(|(w, v)| f64::from(*w) * v).sum::<f64>();
        let outputs = (0..bias.len()).map(|o| dot(o) + f64::from(weights[bias_at + o]));
        let last = (n + 1) * 2 == layers.len();
        values = outputs.map(|value| if last { value } else { value.max(0.0) }).collect();
    }
    values
}
