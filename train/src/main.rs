//! Trains the dispatch networks, evaluates weights, and writes them as `.npy` files. See docs/NEURAL.md.

mod data;
mod model;
mod rng;
mod schedule;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand, ValueEnum};
use kvrm::neural::{DispatchWeights, Network, write_npy};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Trains the neural networks of KVRM.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train a network and write its weights
    Train {
        network: Choice,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Keep this part of the inputs out of training, and say how the network does on them
        #[arg(long, default_value_t = 0.0)]
        held_out: f32,
        /// Where the weights go
        #[arg(long, default_value = "weights")]
        out: PathBuf,
        /// Folder of ELF files whose instructions say how often each input is met
        #[arg(long, default_value = "tests/programs/elf")]
        programs: PathBuf,
    },
    /// Say how accurate the weights in a folder are
    Evaluate {
        network: Choice,
        #[arg(long, default_value = "weights")]
        weights: PathBuf,
        #[arg(long, default_value = "tests/programs/elf")]
        programs: PathBuf,
    },
    /// Write the tensor map of a network and its weights, from one folder to another
    Export {
        network: Choice,
        #[arg(long, default_value = "weights")]
        weights: PathBuf,
        out: PathBuf,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Choice {
    Simple,
    Embedding,
}

impl From<Choice> for Network {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Simple => Network::Simple,
            Choice::Embedding => Network::Embedding,
        }
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kvrm-train: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Train { network, seed, held_out, out, programs } => {
            if !(0.0..1.0).contains(&held_out) {
                bail!("--held-out is a part, from 0 to less than 1");
            }
            // To be evaluated with, which is no time to learn that there are none.
            data::program_words(&programs)?;
            let parameters = match network {
                Choice::Simple => schedule::simple(&data::simple(&programs)?, seed),
                Choice::Embedding => schedule::embedding(data::embedding()?, seed, held_out),
            };
            let mut model = model::Model::with(network.into(), parameters);
            model.scale_logits();
            export(network.into(), &model.parameters, &out)?;
            evaluate(network.into(), &model.parameters, &programs)
        }
        Command::Evaluate { network, weights, programs } => {
            evaluate(network.into(), DispatchWeights::read(&weights)?.of(network.into()), &programs)
        }
        Command::Export { network, weights, out } => {
            export(network.into(), DispatchWeights::read(&weights)?.of(network.into()), &out)
        }
    }
}

fn evaluate(network: Network, parameters: &[f32], programs: &Path) -> Result<()> {
    let model = model::Model::with(network, parameters.to_vec());
    let examples = match network {
        Network::Simple => data::simple(programs)?,
        Network::Embedding => data::embedding()?,
    };
    let (mut right, mut all, mut smallest) = (0.0, 0.0, f32::INFINITY);
    for example in &examples {
        let margin = model::margin(&model.logits(example.input), example.class);
        all += f64::from(example.weight);
        right += if margin > 0.0 { f64::from(example.weight) } else { 0.0 };
        smallest = smallest.min(margin);
    }
    println!("{}: {:.4} % of the weight of {} examples", network.name(), 100.0 * right / all, examples.len());
    if network == Network::Embedding {
        println!("smallest margin {smallest}");
    }
    let words = data::program_words(programs)?;
    let labelled: Vec<_> = words.iter().filter_map(|word| Some((*word, kvrm::isa::find(*word)?.kernel))).collect();
    let input = match network {
        Network::Simple => kvrm::neural::inputs::simple_input,
        Network::Embedding => kvrm::neural::inputs::embedding_input,
    };
    let hits = labelled.iter().filter(|(word, kernel)| model::margin(&model.logits(input(*word)), *kernel as u8) > 0.0);
    println!("{:.3} % of {} words of programs", 100.0 * hits.count() as f64 / labelled.len() as f64, labelled.len());
    Ok(())
}

fn export(network: Network, parameters: &[f32], folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let path = folder.join(network.file());
    write_npy(&path, &[parameters.len() as u64], parameters)?;
    std::fs::write(path.with_extension("txt"), network.tensor_map())?;
    println!("wrote {}", path.display());
    Ok(())
}
