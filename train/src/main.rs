//! Trains the dispatch networks, those that look at loops and the memory oracle, evaluates weights, and writes them as `.npy` files. See docs/NEURAL.md.

mod adam;
mod data;
mod inputs;
mod linear;
mod loops;
mod matrix;
mod model;
mod oracle;
mod rng;
mod schedule;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use kvrm::neural::{DispatchNetwork, LoopNetwork, MEMORY_ORACLE, Network, Weights};
use loops::evaluate::{evaluate as evaluate_loops, set_confidence};
use loops::harvest::harvest;
use loops::sample::{Part, ROW, Sample};
use loops::schedule::train;
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
        #[command(flatten)]
        output: OutputArguments,
        /// The repository, for the programs that train/inputs/words.txt names
        #[arg(long, default_value = ".")]
        root: PathBuf,
    },
    /// Harvest loops, train both networks that look at them, write their weights, and say how right they are
    Loops(LoopArguments),
    /// Trace programs, train the memory oracle, write its weights, and say how often it is right
    Memory(MemoryArguments),
    /// Say how accurate the weights in a folder are
    Evaluate {
        network: Choice,
        #[arg(long, default_value = "weights")]
        weights: PathBuf,
        /// The repository, for the programs that train/inputs/words.txt names
        #[arg(long, default_value = ".")]
        root: PathBuf,
    },
    /// Write the tensor map of a network and its weights, from one folder to another
    Export {
        network: Choice,
        #[arg(long, default_value = "weights")]
        weights: PathBuf,
        out: PathBuf,
        /// Overwrite what is there
        #[arg(long)]
        force: bool,
    },
}

/// Where weights go.
#[derive(Args)]
struct OutputArguments {
    /// Folder that the weights go to; with --evaluate, where they are
    #[arg(long, default_value = "weights")]
    out: PathBuf,
    /// Overwrite what is there
    #[arg(long)]
    force: bool,
}

impl OutputArguments {
    /// Refuses to train what could not be written: hours later is no time to learn that.
    fn check(&self, network: &Network) -> Result<()> {
        let file = self.out.join(network.file());
        for there in [file.with_extension("txt"), file] {
            if there.exists() && !self.force {
                bail!("{} exists: name another folder by --out, or --force to overwrite it", there.display());
            }
        }
        Ok(())
    }

    fn write(&self, network: &'static Network, values: &[f32]) -> Result<()> {
        let file = Weights::built_in().with(network, values)?.write(network, &self.out, self.force)?;
        println!("wrote {}", file.display());
        Ok(())
    }
}

/// What all training on programs of the repository needs.
#[derive(Args)]
struct CommonArguments {
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    output: OutputArguments,
    /// The repository, for its programs
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

#[derive(Args)]
struct LoopArguments {
    #[command(flatten)]
    common: CommonArguments,
    /// Generated loops, in batches of 128
    #[arg(long, default_value_t = 30)]
    batches: usize,
    /// Generated C programs of 60 loops, each compiled at four levels
    #[arg(long, default_value_t = 36)]
    compiled: usize,
    /// Steps of the detector
    #[arg(long, default_value_t = 1400)]
    detector_steps: usize,
    /// Steps of the recognizer
    #[arg(long, default_value_t = 1500)]
    recognizer_steps: usize,
    /// A file of loops: read instead of harvesting if it is there, written after harvesting if not
    #[arg(long)]
    samples: Option<PathBuf>,
    /// Train only this network
    #[arg(long)]
    only: Option<LoopChoice>,
    /// Only harvest
    #[arg(long)]
    harvest: bool,
    /// Do not train: say how right the weights are that are there
    #[arg(long)]
    evaluate: bool,
}

#[derive(Args)]
struct MemoryArguments {
    #[command(flatten)]
    common: CommonArguments,
    /// Steps of 1,024 events
    #[arg(long, default_value_t = 1800)]
    steps: usize,
    /// Do not train: say how right the weights are that are there
    #[arg(long)]
    evaluate: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum LoopChoice {
    Detector,
    Recognizer,
}

impl From<LoopChoice> for LoopNetwork {
    fn from(choice: LoopChoice) -> Self {
        match choice {
            LoopChoice::Detector => LoopNetwork::Detector,
            LoopChoice::Recognizer => LoopNetwork::Recognizer,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Choice {
    Simple,
    Embedding,
}

impl From<Choice> for DispatchNetwork {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Simple => DispatchNetwork::Simple,
            Choice::Embedding => DispatchNetwork::Embedding,
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
        Command::Train { network, seed, held_out, output, root } => {
            if !(0.0..1.0).contains(&held_out) {
                bail!("--held-out is a part, from 0 to less than 1");
            }
            let network = DispatchNetwork::from(network);
            output.check(&network)?;
            // To be evaluated with, which is no time to learn that there are none.
            data::program_words(&root)?;
            let parameters = match network {
                DispatchNetwork::Simple => schedule::simple(&data::simple(&root)?, seed),
                DispatchNetwork::Embedding => schedule::embedding(data::embedding()?, seed, held_out),
            };
            let mut model = model::Model::with(network, parameters);
            model.scale_logits();
            output.write(network.into(), &model.parameters)?;
            evaluate(network, &model.parameters, &root)
        }
        Command::Loops(arguments) => loops(&arguments),
        Command::Memory(arguments) => memory(&arguments),
        Command::Evaluate { network, weights, root } => {
            let network = DispatchNetwork::from(network);
            evaluate(network, &Weights::read(&weights, &[network.into()])?.of(network)?, &root)
        }
        Command::Export { network, weights, out, force } => {
            let network: &'static Network = DispatchNetwork::from(network).into();
            let values = Weights::read(&weights, &[network])?.of(network)?;
            OutputArguments { out, force }.write(network, &values)
        }
    }
}

fn loops(arguments: &LoopArguments) -> Result<()> {
    let CommonArguments { seed, output, root } = &arguments.common;
    let chosen = |network: LoopNetwork| {
        !arguments.harvest && !arguments.evaluate && arguments.only.is_none_or(|only| network == only.into())
    };
    for network in LoopNetwork::ALL.into_iter().filter(|network| chosen(*network)) {
        output.check(&network)?;
    }
    let samples = match &arguments.samples {
        Some(path) if path.exists() => {
            let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
            let words = bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
            words.collect::<Vec<_>>().chunks_exact(ROW).map(Sample::from_row).collect()
        }
        path => {
            let samples = harvest(root, *seed, arguments.batches, arguments.compiled)?;
            if let Some(path) = path {
                let words = samples.iter().flat_map(Sample::to_row);
                std::fs::write(path, words.flat_map(u32::to_le_bytes).collect::<Vec<_>>())
                    .with_context(|| path.display().to_string())?;
            }
            samples
        }
    };
    let bytes: Vec<u8> = samples.iter().flat_map(Sample::to_row).flat_map(u32::to_le_bytes).collect();
    // FNV-1a.
    let hash =
        bytes.iter().fold(0xcbf29ce484222325u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100000001b3));
    println!("{} examples, hash {hash:016x}", samples.len());
    if arguments.harvest {
        return Ok(());
    }
    let of = |part| samples.iter().filter(move |sample: &&Sample| sample.part == part);
    let [seen, validation, test] =
        [Part::Training, Part::Validation, Part::Test].map(|part| of(part).collect::<Vec<_>>());
    let steps = [arguments.detector_steps, arguments.recognizer_steps];
    for (network, steps) in LoopNetwork::ALL.into_iter().zip(steps) {
        if !chosen(network) {
            continue;
        }
        let mut weights = train(network, &seen, steps, *seed);
        if network == LoopNetwork::Recognizer {
            set_confidence(&mut weights, &validation);
        }
        output.write(network.into(), &weights)?;
    }
    if arguments.only.is_some() {
        return Ok(());
    }
    let [detector, recognizer] =
        LoopNetwork::ALL.map(|network| Weights::read(&output.out, &[network.into()])?.of(network));
    let (detector, recognizer) = (detector?, recognizer?);
    let some: Vec<_> = seen.iter().copied().step_by(seen.len().div_ceil(1000).max(1)).collect();
    evaluate_loops("trained on (some of)", &detector, &recognizer, &some);
    evaluate_loops("that set the confidence", &detector, &recognizer, &validation);
    evaluate_loops("unseen programs", &detector, &recognizer, &test);
    Ok(())
}

fn memory(arguments: &MemoryArguments) -> Result<()> {
    let CommonArguments { seed, output, root } = &arguments.common;
    if !arguments.evaluate {
        output.check(&MEMORY_ORACLE)?;
    }
    let traces = oracle::traces::traces(root)?;
    let (trained, unseen): (Vec<_>, Vec<_>) = traces.iter().partition(|trace| trace.trained);
    let events = |traces: &[&oracle::traces::Trace]| traces.iter().map(|trace| trace.events.len()).sum::<usize>();
    println!("{} traces to train on, {} events; {} unseen", trained.len(), events(&trained), unseen.len());
    if !arguments.evaluate {
        let weights = oracle::schedule::train(&trained, arguments.steps, *seed);
        output.write(&MEMORY_ORACLE, &weights)?;
    }
    let weights = Weights::read(&output.out, &[&MEMORY_ORACLE])?.of(&MEMORY_ORACLE)?;
    oracle::evaluate::evaluate("trained on", &weights, &trained);
    oracle::evaluate::evaluate("unseen programs", &weights, &unseen);
    Ok(())
}

fn evaluate(network: DispatchNetwork, parameters: &[f32], root: &Path) -> Result<()> {
    let model = model::Model::with(network, parameters.to_vec());
    let examples = match network {
        DispatchNetwork::Simple => data::simple(root)?,
        DispatchNetwork::Embedding => data::embedding()?,
    };
    let (mut right, mut all, mut smallest) = (0.0, 0.0, f32::INFINITY);
    for example in &examples {
        let margin = model::margin(&model.logits(example.input), example.class);
        all += f64::from(example.weight);
        right += if margin > 0.0 { f64::from(example.weight) } else { 0.0 };
        smallest = smallest.min(margin);
    }
    println!("{}: {:.4} % of the weight of {} examples", network.name(), 100.0 * right / all, examples.len());
    if network == DispatchNetwork::Embedding {
        println!("smallest margin {smallest}");
    }
    let words = data::program_words(root)?;
    let labelled: Vec<_> = words.iter().filter_map(|word| Some((*word, kvrm::isa::find(*word)?.kernel))).collect();
    let input = match network {
        DispatchNetwork::Simple => kvrm::neural::inputs::simple_input,
        DispatchNetwork::Embedding => kvrm::neural::inputs::embedding_input,
    };
    let hits = labelled.iter().filter(|(word, kernel)| model::margin(&model.logits(input(*word)), *kernel as u8) > 0.0);
    println!("{:.3} % of {} words of programs", 100.0 * hits.count() as f64 / labelled.len() as f64, labelled.len());
    Ok(())
}
