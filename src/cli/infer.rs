//! `kvrm infer`: a network over a batch.

use anyhow::Context;
use clap::{Args, ValueEnum};
use kvrm::files;
use kvrm::gpu::{Gpu, Options};
use kvrm::neural::{
    Inference, LOGITS, LoopInference, LoopNetwork, LoopWeights, Network, OracleEvent, OracleInference, OracleNetwork,
    OracleWeights, read_loop_weights, read_npy, read_npy_vector, write_npy,
};
use std::path::PathBuf;

/// Run a network over a batch: rows of words in, a row of floats for each out
///
/// The dispatch networks take instruction words and give seven logits for each. The loop detector takes rows of 97 words
/// (how many instructions the body has, 32 of them, X0 to X30 and SP as low and high words) and gives rows of 3109: 4
/// types, 32 registers that may count, log10 of the iterations, 32 times 3 times 32 register fields. The pattern
/// recognizer takes rows of 33 words (how many, 32 of them) and gives rows of 113: 12 classes, 3 times 32 operands, 4
/// sizes, confidence. The memory oracle takes a trace (`kvrm trace`), rows of 4, and gives rows of 20: 8 codes of deltas,
/// 8 confidences, 4 patterns.
#[derive(Args)]
pub struct InferArgs {
    network: Name,
    /// Instruction words: a `.npy` file of one dimension, `<u4`
    input: PathBuf,
    /// Where the logits go: a `.npy` file, `<f4`, one row of seven for each word
    output: PathBuf,
    /// Take the weights from this folder
    #[arg(long, value_name = "DIR")]
    weights: Option<PathBuf>,
    /// Use the adapter whose name contains this
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    Simple,
    Embedding,
    LoopDetector,
    PatternRecognizer,
    MemoryOracle,
}

pub fn infer(args: InferArgs) -> anyhow::Result<()> {
    let name = args.input.display().to_string();
    let bytes = files::read(&args.input, files::ARRAY).with_context(|| name.clone())?;
    let network = match args.network {
        Name::Simple => Network::Simple,
        Name::Embedding => Network::Embedding,
        Name::LoopDetector => return infer_loops(&args, LoopNetwork::Detector, &bytes),
        Name::PatternRecognizer => return infer_loops(&args, LoopNetwork::Recognizer, &bytes),
        Name::MemoryOracle => return infer_oracle(&args, &bytes),
    };
    let words = read_npy_vector::<u32>(&name, &bytes, "<u4")?;
    let weights = super::dispatch::weights(args.weights.as_ref())?;
    let gpu = Gpu::open(&Options { adapter: args.adapter, ..Options::default() })?;
    let (logits, _) = Inference::new(&gpu, network, &weights)?.run(&words)?;
    write_npy(&args.output, &[words.len() as u64, LOGITS as u64], logits.as_flattened())?;
    Ok(())
}

/// A trace, an event at a time.
fn infer_oracle(args: &InferArgs, bytes: &[u8]) -> anyhow::Result<()> {
    let name = args.input.display().to_string();
    let (shape, words) = read_npy::<u32>(&name, bytes, "<u4")?;
    anyhow::ensure!(
        matches!(shape[..], [_, 4]),
        "{name}: shape {shape:?}, expected rows of 4, as `kvrm trace` writes them"
    );
    let events = words.chunks_exact(4).map(|row| OracleEvent::from_words(std::array::from_fn(|n| row[n])));
    let events: Vec<OracleEvent> = events.collect();
    let weights = match &args.weights {
        Some(folder) => OracleWeights::read(folder)?,
        None => OracleWeights::built_in()?,
    };
    let gpu = Gpu::open(&Options { adapter: args.adapter.clone(), ..Options::default() })?;
    let rows = OracleInference::new(&gpu, weights)?.run(&events, &vec![1; events.len()])?;
    let outputs: Vec<f32> = rows.iter().flat_map(|row| row.outputs).collect();
    write_npy(&args.output, &[shape[0], OracleNetwork::OUTPUTS as u64], &outputs)?;
    Ok(())
}

/// Rows of inputs, one for each body.
fn infer_loops(args: &InferArgs, network: LoopNetwork, bytes: &[u8]) -> anyhow::Result<()> {
    let name = args.input.display().to_string();
    let (shape, words) = read_npy::<u32>(&name, bytes, "<u4")?;
    let size = network.input_words();
    anyhow::ensure!(
        matches!(shape[..], [_, row] if row == size as u64),
        "{name}: shape {shape:?}, expected rows of {size} for {}",
        network.name()
    );
    if let Some(row) = words.chunks_exact(size).position(|row| !(1..=32).contains(&row[0])) {
        anyhow::bail!("{name}: row {row} says {} instructions, expected 1 to 32", words[row * size]);
    }
    let weights = match &args.weights {
        Some(folder) => read_loop_weights(network, &folder.join(network.file()))?,
        None => LoopWeights::built_in()?.of(network).to_vec(),
    };
    let gpu = Gpu::open(&Options { adapter: args.adapter.clone(), ..Options::default() })?;
    let outputs = LoopInference::new(&gpu, network, &weights)?.run(&words)?;
    write_npy(&args.output, &[shape[0], network.outputs() as u64], &outputs)?;
    Ok(())
}
