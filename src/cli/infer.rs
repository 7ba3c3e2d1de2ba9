//! `kvrm infer`: a network over a batch.

use anyhow::Context;
use clap::{Args, ValueEnum};
use kvrm::gpu::{Gpu, Options};
use kvrm::neural::{Inference, LOGITS, Network, read_npy_vector, write_npy};
use std::path::PathBuf;

/// Run a network over a batch: instruction words in, one row of seven logits for each out
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
}

pub fn infer(args: InferArgs) -> anyhow::Result<()> {
    let name = args.input.display().to_string();
    let bytes = std::fs::read(&args.input).with_context(|| name.clone())?;
    let words = read_npy_vector::<u32>(&name, &bytes, "<u4")?;
    let network = match args.network {
        Name::Simple => Network::Simple,
        Name::Embedding => Network::Embedding,
    };
    let weights = super::dispatch::weights(args.weights.as_ref())?;
    let gpu = Gpu::open(&Options { adapter: args.adapter, ..Options::default() })?;
    let (logits, _) = Inference::new(&gpu, network, &weights)?.run(&words)?;
    write_npy(&args.output, &[words.len() as u64, LOGITS as u64], logits.as_flattened())?;
    Ok(())
}
