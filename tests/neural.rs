//! The dispatch networks: their predictions against the encoding table and against a reference, and that no prediction
//! changes a result.

use kvrm::gpu::{Gpu, Options};
use kvrm::linux::Command;
use kvrm::machine::{Dispatch, DispatchMode, Machine, Stop};
use kvrm::neural::{DispatchWeights, Inference, Network, inputs, verify};
use std::path::Path;
use std::sync::OnceLock;

const MODES: [DispatchMode; 3] = [DispatchMode::Opcode, DispatchMode::Hybrid, DispatchMode::Embedded];

fn gpu() -> Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| Gpu::open(&Options::default()).expect("the tests need a GPU adapter")).clone()
}

/// SplitMix64.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn weights(&mut self, network: Network) -> Vec<f32> {
        (0..network.parameters()).map(|_| (self.next() >> 40) as f32 / (1 << 23) as f32 - 1.0).collect()
    }
}

/// The networks in plain float64.
fn reference(network: Network, weights: &[f32], word: u32) -> Vec<f64> {
    let bits = |input: u32, count: u32| (0..count).map(move |n| f64::from(input >> n & 1));
    let mut values: Vec<f64> = match network {
        Network::Simple => bits(inputs::simple_input(word), 8).collect(),
        Network::Embedding => {
            let row = (word >> 24) as usize * 32;
            let embedding = weights[row..row + 32].iter().map(|weight| f64::from(*weight));
            embedding.chain(bits(inputs::embedding_input(word), 12)).collect()
        }
    };
    let layers: Vec<_> = network.places().filter(|(tensor, _)| tensor.name.starts_with("fc")).collect();
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

#[test]
fn inference_agrees_with_float64() {
    let mut rng = Rng(11);
    let mut random = DispatchWeights::zeros();
    for network in Network::ALL {
        // As large as trained ones.
        let weights: Vec<f32> = rng.weights(network).iter().map(|weight| weight * 0.3).collect();
        random.load(network, &weights).unwrap();
    }
    let words: Vec<u32> = (0..5000).map(|_| rng.next() as u32).collect();
    for weights in [&random, &DispatchWeights::built_in().unwrap()] {
        for network in Network::ALL {
            let (logits, _) = Inference::new(&gpu(), network, weights).unwrap().run(&words).unwrap();
            for (word, logits) in words.iter().zip(logits) {
                let wanted = reference(network, weights.of(network), *word);
                // What is rounded is as large as the largest logit.
                let scale = wanted.iter().fold(1.0f64, |scale, logit| scale.max(logit.abs()));
                for (got, want) in logits.iter().zip(wanted) {
                    let error = (f64::from(*got) - want).abs() / scale;
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
    let weights = DispatchWeights::built_in().unwrap();
    let result = verify(&gpu(), Network::Embedding, &weights).unwrap();
    let wrong: Vec<_> = result.encodings.iter().filter(|(_, right, words)| right != words).map(|e| e.0.name).collect();
    assert!(wrong.is_empty(), "retrain the embedding network (docs/NEURAL.md); it mistakes {wrong:?}");
    assert!(result.encodings.iter().all(|(encoding, _, words)| *words > 0 || panic!("{} has no words", encoding.name)));
    assert!(result.smallest_margin >= 1e-2, "retrain: the smallest margin is {}", result.smallest_margin);
}

#[test]
fn the_simple_network_is_as_good_as_documented() {
    let result = verify(&gpu(), Network::Simple, &DispatchWeights::built_in().unwrap()).unwrap();
    assert!(result.balanced() > 0.95, "{}", result.balanced());
}

/// Everything that a program leaves behind.
#[derive(Debug, PartialEq)]
struct Outcome {
    stop: Stop,
    registers: Vec<u64>,
    nzcv: u8,
    output: Vec<u8>,
}

fn run(machine: Machine, program: &str) -> (Machine, Outcome) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/elf").join(program);
    let mut process = Command::new(program).start(machine, &std::fs::read(path).unwrap()).unwrap();
    process.run(20_000_000).unwrap();
    let stop = *process.stop(0);
    let output = process.stdout(0).bytes().to_vec();
    let mut machine = process.into_machine();
    let registers = (0..32).map(|n| machine.register(0, n).unwrap()).collect();
    let nzcv = machine.nzcv(0).unwrap();
    (machine, Outcome { stop, registers, nzcv, output })
}

/// Trained, random, constant, extreme and no weights.
fn weight_sets() -> Vec<(&'static str, Option<[Vec<f32>; 2]>)> {
    let mut rng = Rng(5);
    let constant = |value: f32| Some(Network::ALL.map(|network| vec![value; network.parameters()]));
    vec![
        ("trained", None),
        ("random", Some(Network::ALL.map(|network| rng.weights(network)))),
        ("constant", constant(0.25)),
        ("extreme", constant(f32::MAX)),
        ("zero", constant(0.0)),
    ]
}

#[test]
fn no_prediction_changes_a_result() {
    const PROGRAMS: [&str; 4] = ["arithmetic.O2.elf", "jit.O2.elf", "lse.O2.elf", "addressing.elf"];
    let machine = |mode, per_instruction| {
        let builder = Machine::builder().gpu(gpu()).dispatch(Dispatch { mode, per_instruction });
        builder.build().unwrap()
    };
    let mut reference = machine(DispatchMode::Opcode, false);
    let mut expected = Vec::new();
    for program in PROGRAMS {
        let outcome;
        (reference, outcome) = run(reference, program);
        assert!(reference.dispatched(0).unwrap().is_none());
        expected.push(outcome);
    }
    for mode in MODES {
        for per_instruction in [false, true] {
            let mut machine = machine(mode, per_instruction);
            let unused = mode == DispatchMode::Opcode;
            for (name, weights) in weight_sets().into_iter().take(if unused { 1 } else { usize::MAX }) {
                if let Some([simple, embedding]) = &weights {
                    machine.load_dispatch_weights(simple).unwrap();
                    machine.load_embedding_weights(embedding).unwrap();
                }
                for (program, expected) in PROGRAMS.iter().zip(&expected) {
                    let outcome;
                    (machine, outcome) = run(machine, program);
                    assert_eq!(&outcome, expected, "{program}, {mode:?}, per instruction {per_instruction}, {name}");
                }
                if mode != DispatchMode::Opcode {
                    let dispatched = machine.dispatched(0).unwrap().expect("a prediction");
                    if mode == DispatchMode::Embedded && name == "trained" {
                        assert!(dispatched.owned && dispatched.rescues == 0, "{dispatched:?}");
                    }
                    if name == "constant" && per_instruction {
                        assert!(dispatched.rescues > 0, "one kernel cannot own everything");
                    }
                }
            }
        }
    }
}

#[test]
fn predictions_of_code_are_counted() {
    let dispatch = Dispatch { mode: DispatchMode::Embedded, per_instruction: false };
    // nop ; add x0, x0, #1 ; hlt #0
    let code: Vec<u8> =
        [0xd503_201f_u32, 0x9100_0400, 0xd440_0000].iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut machine = Machine::builder().gpu(gpu()).dispatch(dispatch).memory_size(1 << 20).build().unwrap();
    machine.load_program(&code, 0x1000).unwrap();
    machine.set_pc(0, 0x1000).unwrap();
    machine.execute(100).unwrap();
    let predictions = machine.predictions().unwrap();
    assert_eq!((predictions.words, predictions.rescued), (1024, 0), "words of zeros are UDF, which SYSTEM owns");
    // Fall back to the simple network, which predicts ARITHMETIC for everything when it is all zeros.
    machine.load_embedding_weights(&vec![0.0; Network::Embedding.parameters()]).unwrap();
    machine.load_dispatch_weights(&vec![0.0; Network::Simple.parameters()]).unwrap();
    assert_eq!(machine.predictions().unwrap().rescued, 1023);
    assert!(machine.load_dispatch_weights(&[1.0; 134]).unwrap_err().to_string().contains("135 weights, found 134"));
}
