//! The dispatch networks: their predictions against the encoding table and against a reference, and what the machine
//! reports of them.

use crate::support;
use crate::support::rng::Rng;
use kvrm::gpu::Gpu;
use kvrm::isa::{self, Encoding, Kernel};
use kvrm::machine::{Dispatch, DispatchMode, Machine};
use kvrm::neural::{DispatchInference, DispatchNetwork, LOGITS, Weights, dispatch_reference, inputs, verify};
use std::collections::BTreeSet;
use std::sync::LazyLock;

static GPU: LazyLock<Gpu> = LazyLock::new(support::gpu);

fn random_weights(rng: &mut Rng, network: DispatchNetwork) -> Vec<f32> {
    (0..network.parameters()).map(|_| (rng.bits() >> 40) as f32 / (1 << 23) as f32 - 1.0).collect()
}

#[test]
fn inference_agrees_with_float64_on_every_input() {
    let mut rng = Rng::new(11, "weights");
    let mut random = Weights::built_in();
    for network in DispatchNetwork::ALL {
        let weights: Vec<f32> = random_weights(&mut rng, network).iter().map(|weight| weight * 0.1).collect();
        random = random.with(network, &weights).unwrap();
    }
    let simple: Vec<u32> = (0..inputs::SIMPLE_INPUTS).map(inputs::simple_word).collect();
    let embedding: Vec<u32> = (0..inputs::EMBEDDING_INPUTS).map(inputs::embedding_word).collect();
    for weights in [&random, &Weights::built_in()] {
        for (network, words) in [(DispatchNetwork::Simple, &simple), (DispatchNetwork::Embedding, &embedding)] {
            let (logits, _) = DispatchInference::new(&GPU, network, weights).unwrap().run(words).unwrap();
            let values = weights.of(network).unwrap();
            for (word, logits) in words.iter().zip(logits) {
                for (got, want) in logits.iter().zip(dispatch_reference(network, &values, *word)) {
                    let error = (f64::from(*got) - want).abs();
                    assert!(error < 1e-5, "{network:?} {word:#010x}: {got}, not {want}");
                }
            }
        }
    }
}

/// Fails when an encoding is added that the embedding network does not know:
/// `cargo run --release -p kvrm-train -- train embedding`.
#[test]
fn the_embedding_network_knows_every_word_of_the_table() {
    let weights = Weights::built_in();
    let result = verify(&GPU, DispatchNetwork::Embedding, &weights).unwrap();
    let wrong: Vec<_> = result.encodings.iter().filter(|(_, right, words)| right != words).map(|e| e.0.name).collect();
    assert!(wrong.is_empty(), "retrain the embedding network (docs/NEURAL.md); it mistakes {wrong:?}");
    assert!(result.encodings.iter().all(|(encoding, _, words)| *words > 0 || panic!("{} has no words", encoding.name)));
    assert!(result.smallest_margin >= 1e-2, "retrain: the smallest margin is {}", result.smallest_margin);
}

#[test]
fn the_simple_network_is_as_good_as_documented() {
    let result = verify(&GPU, DispatchNetwork::Simple, &Weights::built_in()).unwrap();
    assert!(result.balanced() > 0.95, "{}", result.balanced());
}

#[test]
fn predictions_of_code_are_counted() {
    let dispatch = Dispatch { mode: DispatchMode::Embedded, per_instruction: false };
    // nop ; add x0, x0, #1 ; hlt #0
    let code: Vec<u8> =
        [0xd503_201f_u32, 0x9100_0400, 0xd440_0000].iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut machine = Machine::builder().gpu(GPU.clone()).dispatch(dispatch).memory_size(1 << 20).build().unwrap();
    machine.load_program(&code, 0x1000).unwrap();
    machine.set_pc(0, 0x1000).unwrap();
    machine.execute(100).unwrap();
    let predictions = machine.predictions().unwrap();
    assert_eq!((predictions.words, predictions.rescued), (1024, 0), "words of zeros are UDF, which SYSTEM owns");
    // Fall back to the simple network, which predicts ARITHMETIC for everything when it is all zeros.
    machine.load_embedding_weights(&vec![0.0; DispatchNetwork::Embedding.parameters()]).unwrap();
    machine.load_dispatch_weights(&vec![0.0; DispatchNetwork::Simple.parameters()]).unwrap();
    assert_eq!(machine.predictions().unwrap().rescued, 1023);
    assert!(machine.load_dispatch_weights(&[1.0; 134]).unwrap_err().to_string().contains("135 weights, found 134"));
}

/// What a network chooses and how far that is ahead of the next.
fn choice(logits: &[f32; LOGITS]) -> (usize, f32) {
    let best = (0..LOGITS).rev().max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap();
    let next = (0..LOGITS).filter(|n| *n != best).map(|n| logits[n]).fold(f32::NEG_INFINITY, f32::max);
    (best, logits[best] - next)
}

/// Lanes of a workgroup share evaluations. What is reported of each is what the networks say of the words that it has executed,
/// by the program that evaluates them one by one; with more inputs than places to remember choices in.
#[test]
fn shared_evaluations_are_those_of_the_words_executed() {
    const SEED: u64 = 7;
    const LANES: u32 = 130;
    const STRIDE: usize = 40;
    let mut rng = Rng::new(SEED, "words");
    let calculates = |encoding: &&Encoding| {
        let kernels = [Kernel::Arithmetic, Kernel::Logical, Kernel::MulDiv, Kernel::ExtendShift];
        encoding.implemented() && kernels.contains(&encoding.kernel)
    };
    let encodings: Vec<_> = isa::encodings().filter(calculates).collect();
    let words: Vec<u32> =
        (0..8000).map(|_| isa::sample(rng.pick(&encodings), || rng.bits() as u32).expect("a word")).collect();
    let random = DispatchNetwork::ALL.map(|network| random_weights(&mut rng, network));
    let zero = DispatchNetwork::ALL.map(|network| vec![0.0; network.parameters()]);
    let trained = Weights::built_in();
    let trained = DispatchNetwork::ALL.map(|network| trained.of(network).unwrap().to_vec());
    for (mode, chooser, [simple, embedding]) in [
        (DispatchMode::Hybrid, DispatchNetwork::Simple, &trained),
        (DispatchMode::Hybrid, DispatchNetwork::Simple, &random),
        (DispatchMode::Embedded, DispatchNetwork::Embedding, &trained),
        (DispatchMode::Embedded, DispatchNetwork::Embedding, &random),
        // Falls back.
        (DispatchMode::Embedded, DispatchNetwork::Simple, &[random[0].clone(), zero[1].clone()]),
    ] {
        let weights = Weights::built_in().with(DispatchNetwork::Simple, simple).unwrap();
        let weights = weights.with(DispatchNetwork::Embedding, embedding).unwrap();
        let (logits, _) = DispatchInference::new(&GPU, chooser, &weights).unwrap().run(&words).unwrap();
        // Where two kernels are as good as equal, another shader may round to the other one.
        let clear = words.iter().zip(logits.iter().map(choice)).filter(|(_, (_, margin))| *margin > 1e-3);
        let mut code: Vec<(u32, usize)> = clear.map(|(word, (kernel, _))| (*word, kernel)).collect();
        assert!(code.len() > 6000, "{mode:?}: {} of {} are clear", code.len(), words.len());
        let inputs: BTreeSet<u32> = code.iter().map(|(word, _)| inputs::embedding_input(*word)).collect();
        assert!(inputs.len() > 2048, "choices must push each other out: {} inputs", inputs.len());
        let halt = 0xd440_0000;
        code.push((
            halt,
            choice(&DispatchInference::new(&GPU, chooser, &weights).unwrap().run(&[halt]).unwrap().0[0]).0,
        ));

        let dispatch = Dispatch { mode, per_instruction: true };
        let builder = Machine::builder().gpu(GPU.clone()).dispatch(dispatch).lanes(LANES).memory_size(1 << 20);
        let mut machine = builder.weights(weights).build().unwrap();
        let bytes: Vec<u8> = code.iter().flat_map(|(word, _)| word.to_le_bytes()).collect();
        machine.load_program(&bytes, 0x1000).unwrap();
        let first = |lane: u32| lane as usize * STRIDE;
        for lane in 0..LANES {
            machine.set_pc(lane, 0x1000 + 4 * first(lane) as u64).unwrap();
        }
        machine.execute(1000).unwrap();
        machine.execute(u64::MAX).unwrap();
        for lane in 0..LANES {
            let executed = &code[first(lane)..];
            assert_eq!(machine.stop(lane).unwrap().pc, 0x1000 + 4 * (code.len() as u64 - 1), "seed {SEED}");
            let owned = |(word, kernel): &(u32, usize)| isa::find(*word).unwrap().kernel as usize == *kernel;
            let rescues = executed.iter().filter(|executed| !owned(executed)).count() as u64;
            let dispatched = machine.dispatched(lane).unwrap().expect("a prediction");
            let last = code.last().unwrap();
            let expected = (last.1, owned(last), rescues);
            let got = (dispatched.predicted as usize, dispatched.owned, dispatched.rescues);
            assert_eq!(got, expected, "{mode:?} by {chooser:?}, lane {lane}, seed {SEED}");
        }
    }
}
