//! `kvrm infer`: a network over a batch.

use clap::{Args, ValueEnum};
use kvrm::gpu::{Gpu, Options};
use kvrm::neural::{
    BODY_WORDS, DispatchInference, DispatchNetwork, LOGITS, LoopInference, LoopNetwork, MEMORY_ORACLE, Network,
    OracleEvent, OracleInference, OracleOutput, Weights,
};
use kvrm::npy;
use std::path::PathBuf;

/// Run a network over a batch: rows of words in, a row of floats for each out
///
/// NETWORK             input, <u4   output, <f4
///
/// simple              (N,)         (N, 7)
/// embedding           (N,)         (N, 7)
/// loop-detector       (N, 97)      (N, 3109)
/// pattern-recognizer  (N, 33)      (N, 113)
/// memory-oracle       (N, 4)       (N, 20)
///
/// simple, embedding: an instruction word; a logit for each kernel.
///
/// loop-detector: how many instructions the loop has (1 to 32), 32 instruction words, X0 to X30 and SP as low and high
/// words; logits of 4 types and of 32 registers that may count, log10 of the iterations left, 32 logits for each of the
/// 3 register fields of each of the 32 words.
///
/// pattern-recognizer: how many instructions, 32 instruction words; logits of 12 classes, of 32 registers for each of 3
/// operands, of 4 sizes, and the confidence.
///
/// memory-oracle: an access as `kvrm trace` writes it, in the order in which they happened; 8 codes of deltas, 8
/// confidences, 4 logits of patterns.
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct InferArgs {
    network: Name,
    /// What it is given: a `.npy` file of `<u4`, in the network's shape (`kvrm infer --help` has them)
    input: PathBuf,
    /// Where its outputs go: a `.npy` file of `<f4`, in the network's shape
    output: PathBuf,
    /// Take the weights from this folder or file
    #[arg(long, value_name = "PATH")]
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
    let input = npy::read(&args.input)?;
    match args.network {
        Name::Simple => infer_dispatch(&args, DispatchNetwork::Simple, input),
        Name::Embedding => infer_dispatch(&args, DispatchNetwork::Embedding, input),
        Name::LoopDetector => infer_loops(&args, LoopNetwork::Detector, &input),
        Name::PatternRecognizer => infer_loops(&args, LoopNetwork::Recognizer, &input),
        Name::MemoryOracle => infer_oracle(&args, &input),
    }
}

impl InferArgs {
    fn gpu(&self) -> anyhow::Result<Gpu> {
        Ok(Gpu::open(&Options { adapter: self.adapter.clone(), ..Options::default() })?)
    }

    fn weights(&self, network: &'static Network) -> anyhow::Result<Weights> {
        Ok(match &self.weights {
            Some(path) => Weights::read(path, &[network])?,
            None => Weights::built_in(),
        })
    }

    /// Refuses an input that does not consist of rows of so many words.
    fn check_rows(&self, input: &npy::Array<u32>, words: usize, network: &str) -> anyhow::Result<()> {
        let (file, shape) = (self.input.display(), &input.shape);
        anyhow::ensure!(
            matches!(shape[..], [_, row] if row == words as u64),
            "{file}: shape {shape:?}, expected rows of {words} for {network}"
        );
        Ok(())
    }
}

/// Instruction words.
fn infer_dispatch(args: &InferArgs, network: DispatchNetwork, input: npy::Array<u32>) -> anyhow::Result<()> {
    let words = input.into_vector().map_err(|reason| reason.of(args.input.display()))?;
    let weights = args.weights(network.into())?;
    let (logits, _) = DispatchInference::new(&args.gpu()?, network, &weights)?.run(&words)?;
    npy::write(&args.output, &[words.len() as u64, LOGITS as u64], logits.as_flattened())?;
    Ok(())
}

/// A trace, an event at a time.
fn infer_oracle(args: &InferArgs, input: &npy::Array<u32>) -> anyhow::Result<()> {
    args.check_rows(input, 4, MEMORY_ORACLE.name())?;
    let rows = input.values.chunks_exact(4);
    let events: Vec<_> = rows.map(|row| OracleEvent::from_words(std::array::from_fn(|n| row[n]))).collect();
    let weights = args.weights(&MEMORY_ORACLE)?;
    let rows = OracleInference::new(&args.gpu()?, &weights)?.run(&events, &vec![1; events.len()])?;
    let outputs: Vec<f32> = rows.iter().flat_map(|row| row.outputs).collect();
    npy::write(&args.output, &[rows.len() as u64, OracleOutput::LEN as u64], &outputs)?;
    Ok(())
}

/// Rows of inputs, one for each body.
fn infer_loops(args: &InferArgs, network: LoopNetwork, input: &npy::Array<u32>) -> anyhow::Result<()> {
    let size = network.input_words();
    args.check_rows(input, size, network.name())?;
    let lengths = input.values.chunks_exact(size).map(|row| row[0]);
    if let Some((row, length)) = lengths.enumerate().find(|(_, length)| !(1..=BODY_WORDS as u32).contains(length)) {
        anyhow::bail!("{}: row {row} says {length} instructions, expected 1 to {BODY_WORDS}", args.input.display());
    }
    let weights = args.weights(network.into())?;
    let outputs = LoopInference::new(&args.gpu()?, network, &weights)?.run(&input.values)?;
    npy::write(&args.output, &[input.shape[0], network.outputs() as u64], &outputs)?;
    Ok(())
}
