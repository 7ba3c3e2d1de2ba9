//! `kvrm burst`: a spiking network.

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use kvrm::burst::models::{Brunel, Model, Random, VogelsAbbott, read_edges};
use kvrm::burst::{Backend, Burst, Config, Drive, Labels, Neuron, Raster, plot};
use kvrm::files;
use kvrm::npy;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

/// Run a spiking network, and say how fast and how regularly it fires
#[derive(Args)]
pub struct BurstArgs {
    /// `brunel`, `vogels-abbott`, `random`, or a .npy file with a row for each synapse: source, target, signed weight, psp
    #[arg(long, default_value = "brunel")]
    model: String,
    /// Bursts to run
    #[arg(long, default_value_t = 10_000)]
    steps: u32,
    /// Of the network and all its draws
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where bursts are computed; the results are the same
    #[arg(long, value_enum, default_value_t = Place::Auto)]
    backend: Place,
    /// Neurons of a built-in model
    #[arg(long)]
    neurons: Option<u32>,
    /// Draw who fired when into this file
    #[arg(long, value_name = "PNG")]
    raster: Option<PathBuf>,
    /// Write the spikes to this file: rows of step and neuron, `<u4`
    #[arg(long, value_name = "NPY")]
    out: Option<PathBuf>,
    /// Use the adapter whose name contains this
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Place {
    Auto,
    Host,
    Gpu,
}

pub fn burst(args: BurstArgs) -> anyhow::Result<()> {
    let model = model(&args)?;
    let backend = match args.backend {
        Place::Auto => Backend::Auto,
        Place::Host => Backend::Host,
        Place::Gpu => Backend::Gpu,
    };
    // Opened before a long run, which a path that cannot be written would waste.
    let create = |path: &PathBuf| File::create(path).with_context(|| path.display().to_string());
    let picture = args.raster.as_ref().map(create).transpose()?;
    let spikes = args.out.as_ref().map(create).transpose()?;
    let Model { neurons, synapses, drives, excitatory, milliseconds } = model;
    let config = Config { seed: args.seed, backend, drives, adapter: args.adapter, ..Config::default() };
    let mut burst = Burst::new(config)?;
    burst.initialize_owned(&neurons, synapses)?;

    let bar = ProgressBar::new(args.steps.into());
    let style = "{bar:40} {pos}/{len} bursts, {per_sec}, {eta} left";
    bar.set_style(ProgressStyle::with_template(style).context("the progress bar")?);
    let mut raster = Raster::default();
    let at_once = (args.steps / 100).max(100);
    while raster.bursts() < args.steps as usize {
        let left = args.steps - raster.bursts() as u32;
        raster.append(&burst.run(left.min(at_once))?);
        bar.set_position(raster.bursts() as u64);
    }
    bar.finish_and_clear();

    let place = if burst.on_gpu() { "GPU" } else { "host" };
    let name = kvrm::escape::name(args.model.as_bytes());
    println!("{name}: {} neurons, {} synapses, on the {place}", burst.neurons(), burst.synapses());
    // The start is left out: networks settle.
    let from = raster.first + raster.bursts() as u64 / 5;
    let ids = burst.ids();
    let statistics = raster.statistics(ids.len(), from, |_| true);
    let rate = match milliseconds {
        Some(milliseconds) => format!("{:.2} Hz", statistics.rate * 1000.0 / milliseconds),
        None => format!("{:.4} % of the neurons in a burst", statistics.rate * 100.0),
    };
    let cv = statistics.cv.map_or("too few intervals".to_owned(), |cv| format!("{cv:.3}"));
    println!("{} spikes, {rate}, CV of intervals {cv}", raster.ids.len());
    if let Some(file) = picture {
        let title = format!("{}: {} neurons, {rate}, CV {cv}", args.model, ids.len());
        let labels = Labels { title: &title, milliseconds, ids, excitatory: excitatory as usize };
        plot(&raster, &labels, BufWriter::new(file)).context("the raster")?;
    }
    if let Some(file) = spikes {
        let rows = raster.spikes().flat_map(|(step, id)| [step as u32, id]);
        npy::write_to(file, &[raster.ids.len() as u64, 2], rows).context("the spikes")?;
    }
    Ok(())
}

fn model(args: &BurstArgs) -> anyhow::Result<Model> {
    let seed = args.seed;
    let sized = |usual: u32| args.neurons.unwrap_or(usual);
    Ok(match args.model.as_str() {
        "brunel" => Brunel { neurons: sized(12_500), seed, ..Brunel::default() }.build(),
        "vogels-abbott" => VogelsAbbott { neurons: sized(4_000), seed }.build(),
        "random" => Random { neurons: sized(10_000), fan_out: 100, seed }.build(),
        file => {
            if args.neurons.is_some() {
                bail!("--neurons is for built-in models; {file} has as many as it names");
            }
            let bytes = files::read(file.as_ref(), files::ARRAY)
                .with_context(|| format!("{file} is neither a file nor brunel, vogels-abbott or random"))?;
            // Driven from outside, so that something happens.
            let drive = Drive { mean: 2.0, event: 100, constant: 0 };
            let neuron = Neuron { threshold: 5_000.0, leak: 0.02, refractory: 5, drive: 1, ..Neuron::default() };
            read_edges(file, &bytes, neuron, vec![drive])?
        }
    })
}
