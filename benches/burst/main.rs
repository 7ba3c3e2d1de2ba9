//! Spiking networks on the GPU beside the host, in one run: time of a burst, synaptic events a second, crossover.
//!
//!     cargo bench --bench burst -- [--cases NAMES] [--seconds S] [--unchecked]
//!
//! Every neuron fires with the same probability, so that the load is known. A figure is the median of some calls that
//! run many bursts each; the host has all cores. Each row ends with whether both fired alike in its first bursts.

use clap::Parser;
use kvrm::burst::models::bernoulli;
use kvrm::burst::{Backend, Burst, Config};
use kvrm::gpu::{Gpu, Options, Shader};
use std::time::Instant;
use wgpu::BufferUsages;

#[derive(Parser)]
struct Arguments {
    /// Cases to run; all that are not marked `only when asked` unless given
    #[arg(long, value_delimiter = ',')]
    cases: Vec<String>,
    /// How long a figure is measured
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Leave out the bounds checks of the shaders
    #[arg(long)]
    unchecked: bool,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

struct Case {
    name: &'static str,
    neurons: u32,
    fan_out: u32,
    firing: f32,
    /// The host would need too long, or too much memory.
    gpu_only: bool,
    only_when_asked: bool,
}

const fn case(name: &'static str, neurons: u32, fan_out: u32, firing: f32) -> Case {
    Case { name, neurons, fan_out, firing, gpu_only: false, only_when_asked: false }
}

const CASES: &[Case] = &[
    case("tiny", 300, 100, 0.01),
    case("1k", 1_000, 100, 0.01),
    case("3k", 3_000, 100, 0.01),
    case("10k", 10_000, 100, 0.01),
    case("30k", 30_000, 100, 0.01),
    case("100k", 100_000, 100, 0.01),
    case("500k", 500_000, 100, 0.01),
    Case { only_when_asked: true, ..case("500k-200", 500_000, 200, 0.01) },
    Case { only_when_asked: true, ..case("dense", 200_000, 1_000, 0.2) },
    Case { gpu_only: true, only_when_asked: true, ..case("billion", 1_000_000, 1_000, 0.01) },
    Case { gpu_only: true, only_when_asked: true, ..case("billion-5", 1_000_000, 1_000, 0.05) },
    Case { gpu_only: true, only_when_asked: true, ..case("billion-busy", 1_000_000, 1_000, 0.2) },
];

fn main() -> anyhow::Result<()> {
    env_logger::init();
    let arguments = Arguments::parse();
    let gpu = Gpu::open(&Options::default())?;
    let cores = std::thread::available_parallelism()?.get();
    println!("adapter: {}, {}; host: {cores} cores", gpu.info().name, gpu.info().driver_info);
    let bandwidth = copy_bandwidth(&gpu)?;
    println!("copies {:.0} GB/s on the adapter, reads and writes counted", bandwidth / 1e9);
    println!(
        "{:>12} {:>9} {:>11} {:>7} {:>11} {:>11} {:>8} {:>10} {:>6} {:>11} {:>7} {:>6}",
        "case",
        "neurons",
        "synapses",
        "firing",
        "adapter ms",
        "host ms",
        "times",
        "G events/s",
        "of bw",
        "single ms",
        "host",
        "alike"
    );
    for case in CASES {
        let asked = arguments.cases.iter().any(|name| name == case.name);
        if asked || (arguments.cases.is_empty() && !case.only_when_asked) {
            run(case, &arguments, &gpu, bandwidth)?;
        }
    }
    Ok(())
}

fn run(case: &Case, arguments: &Arguments, gpu: &Gpu, bandwidth: f64) -> anyhow::Result<()> {
    let begun = Instant::now();
    let model = bernoulli(case.neurons, case.fan_out, case.firing, 1);
    let made = begun.elapsed();
    let config = |backend| Config {
        seed: 1,
        backend,
        gpu: Some(gpu.clone()),
        unchecked: arguments.unchecked,
        ..Config::default()
    };
    let mut host = None;
    if !case.gpu_only {
        let mut burst = Burst::new(config(Backend::Host))?;
        burst.initialize_persistent_data(&model.neurons, &model.synapses)?;
        host = Some(burst);
    }
    let mut device = Burst::new(config(Backend::Gpu))?;
    let begun = Instant::now();
    device.initialize_owned(&model.neurons, model.synapses)?;
    let mut alike = "-";
    let first = device.run(5)?;
    let uploaded = begun.elapsed();
    if let Some(host) = &mut host {
        let same = host.run(5)? == first && host.potentials()? == device.potentials()?;
        alike = if same { "yes" } else { "NO" };
    }
    let (each, fired) = measure(&mut device, arguments.seconds)?;
    let single = single(&mut device, arguments.seconds / 2.0)?;
    let events = fired * f64::from(case.fan_out) / each;
    // Eight bytes of each synapse, and its target's input read and written.
    let share = events * 16.0 / bandwidth;
    let (mut host_each, mut host_single) = (f64::NAN, f64::NAN);
    if let Some(host) = &mut host {
        host_each = measure(host, arguments.seconds)?.0;
        host_single = self::single(host, arguments.seconds / 2.0)?;
    }
    println!(
        "{:>12} {:>9} {:>11} {:>6.2}% {:>11.4} {:>11.4} {:>8.2} {:>10.2} {:>5.1}% {:>11.4} {:>7.4} {:>6}",
        case.name,
        case.neurons,
        u64::from(case.neurons) * u64::from(case.fan_out),
        100.0 * fired / f64::from(case.neurons),
        each * 1e3,
        host_each * 1e3,
        host_each / each,
        events / 1e9,
        100.0 * share,
        single * 1e3,
        host_single * 1e3,
        alike
    );
    if uploaded.as_secs() + made.as_secs() > 4 {
        println!(
            "{:>12} made in {:.1} s, uploaded and ordered in {:.1} s",
            "",
            made.as_secs_f64(),
            uploaded.as_secs_f64()
        );
    }
    Ok(())
}

/// Seconds of a burst, the median of calls of many bursts, and neurons that fire in one.
fn measure(burst: &mut Burst, seconds: f64) -> anyhow::Result<(f64, f64)> {
    // Warms up, and lets submissions grow.
    let begun = Instant::now();
    let mut warm = 1;
    while begun.elapsed().as_secs_f64() < seconds / 2.0 && warm < 3_000 {
        burst.run_counts(warm)?;
        warm *= 2;
    }
    let begun = Instant::now();
    burst.run_counts(warm.min(64))?;
    let rough = begun.elapsed().as_secs_f64() / f64::from(warm.min(64));
    let bursts = (seconds / 7.0 / rough).clamp(1.0, 5_000.0) as u32;
    let (mut times, mut fired) = (Vec::new(), 0u64);
    for _ in 0..7 {
        let begun = Instant::now();
        let counts = burst.run_counts(bursts)?;
        times.push(begun.elapsed().as_secs_f64() / f64::from(bursts));
        fired += counts.iter().map(|count| u64::from(*count)).sum::<u64>();
    }
    times.sort_by(f64::total_cmp);
    Ok((times[3], fired as f64 / f64::from(7 * bursts)))
}

/// Seconds of one burst by itself with its fired list read, the median.
fn single(burst: &mut Burst, seconds: f64) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let mut times = Vec::new();
    while times.len() < 5 || begun.elapsed().as_secs_f64() < seconds {
        let begun = Instant::now();
        burst.process_burst(&[])?;
        times.push(begun.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// Copies one buffer to another.
const COPY: &str = "
@group(0) @binding(0) var<storage, read> source: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> copy: array<vec4<u32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let at = (group.y * 32768u + group.x) * 256u + local;
    if at < arrayLength(&source) {
        copy[at] = source[at];
    }
}
";

/// Bytes a second that a shader which copies a buffer reads and writes.
fn copy_bandwidth(gpu: &Gpu) -> anyhow::Result<f64> {
    let size = gpu.limits().max_storage_buffer_binding_size.min(1 << 30);
    let (from, to) = (gpu.buffer("from", size, BufferUsages::STORAGE)?, gpu.buffer("to", size, BufferUsages::STORAGE)?);
    let shader = Shader { name: "copy", chunks: vec![("copy.wgsl", COPY.into())], shares: &[] };
    let pipeline = gpu.pipeline(&shader, true)?;
    let bound = pipeline.bind(gpu, &[("source", &from), ("copy", &to)])?;
    let copy = |times: u32| -> anyhow::Result<f64> {
        let commands = gpu.guard("copying", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            {
                let mut pass = encoder.begin_compute_pass(&Default::default());
                bound.set(&mut pass);
                let workgroups = (size / 16).div_ceil(256) as u32;
                (0..times).for_each(|_| pass.dispatch_workgroups(32_768, workgroups.div_ceil(32_768), 1));
            }
            encoder.finish()
        })?;
        let begun = Instant::now();
        gpu.submit_and_wait(commands)?;
        Ok(begun.elapsed().as_secs_f64())
    };
    copy(2)?;
    // The difference leaves out what a submission costs.
    let seconds = copy(21)? - copy(1)?;
    Ok(2.0 * 20.0 * size as f64 / seconds)
}
