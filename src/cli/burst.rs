//! `kvrm burst`: a spiking network.

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use kvrm::burst::models::{Input, Model, Parameters};
use kvrm::burst::{Backend, Burst, Config, Labels, Raster, plot};
use kvrm::npy;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// Run a spiking network, and say how fast and how regularly it fires
#[derive(Args)]
pub struct BurstArgs {
    /// `brunel` (unless set), `vogels-abbott`, `random`; a .npy file with a row for each synapse: source, target, signed
    /// weight, psp; or a .json file of a model and parameters, which have the names of the options below with `_` for `-`
    #[arg(long)]
    model: Option<String>,
    /// Bursts to run
    #[arg(long, default_value_t = 10_000)]
    steps: u32,
    /// Of the network and all its draws
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where bursts are computed; the results are the same
    #[arg(long, value_enum, default_value_t = BackendArg::Auto)]
    backend: BackendArg,
    /// Draw who fired when into this file
    #[arg(long, value_name = "PNG")]
    raster: Option<PathBuf>,
    /// Write the spikes to this file, rows of step and neuron: .npy (`<u4`) or .csv
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Use the adapter whose name contains this
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    #[command(flatten)]
    parameters: ParameterArgs,
}

#[derive(Args)]
#[command(next_help_heading = "Parameters of the model (docs/BURST.md says which has which, and what it is else)")]
struct ParameterArgs {
    /// Neurons: brunel, vogels-abbott, random
    #[arg(long, value_name = "N")]
    neurons: Option<u32>,
    /// Excitatory synapses at each neuron: brunel
    #[arg(long, value_name = "N")]
    fan_in: Option<u32>,
    /// Synapses of each neuron: random
    #[arg(long, value_name = "N")]
    fan_out: Option<u32>,
    /// Strength of inhibitory synapses, of the excitatory ones': brunel
    #[arg(long)]
    g: Option<f64>,
    /// Rate of the input from outside, of what just reaches the threshold: brunel
    #[arg(long)]
    eta: Option<f64>,
    /// Strength of excitatory synapses, in millivolts: brunel
    #[arg(long, value_name = "MV")]
    weight: Option<f64>,
    /// Potential at which a neuron fires: random, edges
    #[arg(long, value_name = "V", allow_negative_numbers = true)]
    threshold: Option<f32>,
    /// Potential that a neuron leaks to, begins with and is reset to: random, edges
    #[arg(long, value_name = "V", allow_negative_numbers = true)]
    rest: Option<f32>,
    /// Part of the distance to the rest that is lost in a burst: random, edges
    #[arg(long, value_name = "PART")]
    leak: Option<f32>,
    /// Probability of firing at or over the threshold: random, edges
    #[arg(long, value_name = "P")]
    excitability: Option<f32>,
    /// Bursts after firing in which a neuron does not: brunel, random, edges
    #[arg(long, value_name = "N")]
    refractory: Option<u16>,
    /// Input from outside, `none` or the mean number of events in a burst, what one adds, and what is added besides:
    /// random, edges
    #[arg(long, value_name = "MEAN,EVENT[,CONSTANT]", allow_hyphen_values = true)]
    drive: Option<Input>,
    /// Milliseconds of a burst, for rates in Hz: edges
    #[arg(long, value_name = "MS")]
    milliseconds: Option<f64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum BackendArg {
    Auto,
    Host,
    Gpu,
}

/// How spikes are written.
#[derive(Clone, Copy)]
enum Format {
    Npy,
    Csv,
}

impl Format {
    fn of(path: &Path) -> anyhow::Result<Format> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("npy") => Ok(Format::Npy),
            Some("csv") => Ok(Format::Csv),
            _ => anyhow::bail!("{}: the name must end in .npy or .csv", path.display()),
        }
    }

    fn write(self, to: File, raster: &Raster) -> std::io::Result<()> {
        match self {
            Format::Npy => {
                let rows = raster.spikes().flat_map(|(step, id)| [step as u32, id]);
                npy::write_to(to, &[raster.ids.len() as u64, 2], rows)
            }
            Format::Csv => {
                let mut to = BufWriter::new(to);
                writeln!(to, "step,neuron")?;
                raster.spikes().try_for_each(|(step, id)| writeln!(to, "{step},{id}"))?;
                to.flush()
            }
        }
    }
}

pub fn burst(args: BurstArgs) -> anyhow::Result<()> {
    // Before the network is made, and files that are there are emptied.
    let format = args.out.as_deref().map(Format::of).transpose()?;
    if let Some(path) = &args.raster {
        let png = path.extension().is_some_and(|extension| extension == "png");
        ensure!(png, "{}: the name must end in .png", path.display());
    }
    let given = parameters(args.model, args.parameters)?;
    let name = given.model.clone().unwrap_or_else(|| "brunel".to_owned());
    let (model, described) = given.build(args.seed)?;
    let backend = match args.backend {
        BackendArg::Auto => Backend::Auto,
        BackendArg::Host => Backend::Host,
        BackendArg::Gpu => Backend::Gpu,
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
    let shown = kvrm::escape::name(name.as_bytes());
    println!("{shown}: {} neurons, {} synapses, on the {place}", burst.neurons(), burst.synapses());
    println!("{described}");
    // The start is left out: networks settle.
    let from = raster.first + raster.bursts() as u64 / 5;
    let ids = burst.ids();
    let statistics = raster.statistics(ids.len(), from, |_| true);
    let rate = match milliseconds {
        Some(milliseconds) => format!("{:.2} Hz", statistics.rate * 1000.0 / milliseconds),
        None => format!("{:.4} % of the neurons in a burst", statistics.rate * 100.0),
    };
    let cv = statistics.cv.map_or("too few intervals".to_owned(), |cv| format!("{cv:.3}"));
    println!("{} spikes; from step {from} on {rate}, CV of intervals {cv}", raster.ids.len());
    if let Some(file) = picture {
        let title = format!("{shown}: {} neurons, from step {from} on {rate}, CV {cv}", ids.len());
        let labels = Labels { title: &title, milliseconds, ids, excitatory: excitatory as usize };
        plot(&raster, &labels, BufWriter::new(file)).context("the raster")?;
    }
    if let (Some(file), Some(format)) = (spikes, format) {
        format.write(file, &raster).context("the spikes")?;
    }
    Ok(())
}

/// What is given, those of a model file where the command line has none.
fn parameters(model: Option<String>, args: ParameterArgs) -> anyhow::Result<Parameters> {
    let ParameterArgs {
        neurons,
        fan_in,
        fan_out,
        g,
        eta,
        weight,
        threshold,
        rest,
        leak,
        excitability,
        refractory,
        drive,
        milliseconds,
    } = args;
    let mut given = Parameters {
        model,
        neurons,
        fan_in,
        fan_out,
        g,
        eta,
        weight,
        threshold,
        rest,
        leak,
        excitability,
        refractory,
        drive,
        milliseconds,
    };
    if let Some(file) = given.model.take_if(|model| model.ends_with(".json")) {
        given = given.or(Parameters::read(file.as_ref())?);
    }
    Ok(given)
}
