//! `kvrm verify-dispatch`: the dispatch networks over every input that the 2^32 instruction words can give them.

use clap::Args;
use kvrm::gpu::{Gpu, Options};
use kvrm::isa::Kernel;
use kvrm::neural::{DispatchNetwork, Verification, inputs, verify};
use std::path::PathBuf;
use std::process::ExitCode;

/// Prove what the dispatch networks predict, over all inputs there are; the exit status is 1 if the embedding network errs
#[derive(Args)]
pub struct VerifyDispatchArgs {
    /// Take the weights from this folder or file
    #[arg(long, value_name = "PATH")]
    weights: Option<PathBuf>,
    /// Print every encoding, not only those that are mistaken
    #[arg(long)]
    encodings: bool,
    /// Use the adapter whose name contains this
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
}

pub fn verify_dispatch(args: VerifyDispatchArgs) -> anyhow::Result<ExitCode> {
    let weights = super::dispatch::weights(args.weights.as_deref())?;
    let gpu = Gpu::open(&Options { adapter: args.adapter, ..Options::default() })?;
    super::print(&format!("adapter {}\n", gpu.info().name))?;
    let mut exact = true;
    for network in DispatchNetwork::ALL {
        let result = verify(&gpu, network, &weights)?;
        super::print(&describe(network, &result, args.encodings))?;
        exact &= network != DispatchNetwork::Embedding || result.right() == result.words();
    }
    Ok(if exact { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn describe(network: DispatchNetwork, result: &Verification, all: bool) -> String {
    let mut lines = Vec::new();
    let inputs = match network {
        DispatchNetwork::Simple => inputs::SIMPLE_INPUTS,
        DispatchNetwork::Embedding => inputs::EMBEDDING_INPUTS,
    };
    let percent = |right: u64, words: u64| 100.0 * right as f64 / words.max(1) as f64;
    lines.push(format!("\n{} network: {inputs} inputs in {:.3} s", network.name(), result.time.as_secs_f64()));
    for (kernel, (right, words)) in Kernel::ALL.iter().zip(result.kernels) {
        lines.push(format!("  {:12} {:8.4} % of {words} words", kernel.name(), percent(right, words)));
    }
    lines.push(format!("  {:12} {:8.4} % of {} words", "all", percent(result.right(), result.words()), result.words()));
    lines.push(format!("  {:12} {:8.4} %", "by kernel", 100.0 * result.balanced()));
    let whole = result.encodings.iter().filter(|(_, right, words)| right == words).count();
    lines.push(format!("  {whole} of {} encodings are right in all words", result.encodings.len()));
    lines.push(format!("  smallest margin between the table's kernel and the next: {:.6}", result.smallest_margin));
    let listed = result
        .encodings
        .iter()
        .filter(|(_, right, words)| all || network == DispatchNetwork::Embedding && right != words);
    for (encoding, right, words) in listed {
        let implemented = if encoding.implemented() { "" } else { ", not implemented" };
        lines.push(format!(
            "  {:24} {:12} {:8.4} %{implemented}",
            encoding.name,
            encoding.kernel.name(),
            percent(*right, *words)
        ));
    }
    lines.join("\n") + "\n"
}
