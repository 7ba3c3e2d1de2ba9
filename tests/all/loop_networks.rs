//! The networks that look at loops: on the GPU they give what double precision on the host gives.

use crate::support::gpu;
use crate::support::rng::Rng;
use kvrm::neural::{LoopInference, LoopNetwork, Weights, loop_reference};

fn random_weights(network: LoopNetwork, rng: &mut Rng) -> Vec<f32> {
    let mut weights = Vec::new();
    for (tensor, _) in network.offsets() {
        // As PyTorch begins: within one over the root of the inputs; scales of norms around one.
        let inputs = if tensor.shape.len() == 2 { tensor.shape[1] } else { 128 };
        let width = 1.0 / (inputs as f32).sqrt();
        let norm = tensor.shape.len() == 1 && tensor.name.ends_with("1.weight") || tensor.name == "pool_norm.weight";
        let around = if norm { 1.0 } else { 0.0 };
        let uniform = |rng: &mut Rng| rng.bits() as u32 as f32 / u32::MAX as f32 * 2.0 - 1.0;
        weights.extend((0..tensor.len()).map(|_| around + width * uniform(rng)));
    }
    weights
}

fn random_input(network: LoopNetwork, length: u32, rng: &mut Rng) -> Vec<u32> {
    let mut input = vec![length];
    input.extend((0..32).map(|_| rng.bits() as u32));
    if network == LoopNetwork::Detector {
        let values: Vec<u64> = (0..32).map(|_| rng.value()).collect();
        input.extend(values.iter().flat_map(|v| [*v as u32, (*v >> 32) as u32]));
    }
    input
}

#[test]
fn the_networks_agree_with_double_precision() {
    let gpu = gpu();
    for network in LoopNetwork::ALL {
        let mut rng = Rng::new(9, network.name());
        let weights = random_weights(network, &mut rng);
        let inputs: Vec<u32> = [1, 2, 5, 31, 32].iter().flat_map(|n| random_input(network, *n, &mut rng)).collect();
        let found = LoopInference::new(&gpu, network, &Weights::built_in().with(network, &weights).unwrap())
            .unwrap()
            .run(&inputs)
            .unwrap();
        let rows = inputs.chunks_exact(network.input_words()).zip(found.chunks_exact(network.outputs()));
        assert_eq!(rows.len(), 5);
        for (input, found) in rows {
            let expected = loop_reference(network, &weights, input);
            assert_eq!(expected.len(), found.len());
            let spread = expected.iter().copied().fold(0.0f64, |most, value| most.max(value.abs()));
            assert!(spread > 0.05, "{}: the outputs say nothing", network.name());
            for (n, (expected, found)) in expected.iter().zip(found).enumerate() {
                let off = (expected - f64::from(*found)).abs();
                assert!(off < 1e-4, "{} of length {}: output {n} is {found}, not {expected}", network.name(), input[0]);
            }
        }
    }
}

#[test]
fn wrong_numbers_of_weights_are_refused() {
    let error = Weights::built_in().with(LoopNetwork::Recognizer, &[0.0; 7]).expect_err("seven weights were taken");
    assert!(error.to_string().contains("508161 weights, found 7"), "{error}");
}
