//! Instructions a second of the interpreter, by program and number of lanes, beside qemu's on the same machine.
//!
//!     cargo bench --bench interpreter -- [LANES...] [--programs NAMES] [--unchecked] [--translate] [--coverage KIND]
//!     [--seconds S] [--no-qemu] [--json] [--save FILE]
//!
//! A figure is the median of three runs, all of them in the middle of the program: start, end and the driver's compiler
//! are left out. `--save` writes a result file (`benches/results/README.md`). The binary holds its programs, so it can be carried to another machine alone.

mod measure;
mod program;
mod qemu;
mod row;

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use kvrm::gpu::{Gpu, Options};
use kvrm::machine::{Coverage, Translate};
use program::{PROGRAMS, Program};
use qemu::Qemu;
use row::Row;
use xtask::measurement::Measurement;

#[derive(Parser)]
struct Arguments {
    /// Numbers of lanes
    #[arg(default_values_t = [1, 128, 1024])]
    lanes: Vec<u32>,
    /// Programs to run, by name; all of them unless given
    #[arg(long, value_delimiter = ',', value_parser = Program::named)]
    programs: Vec<&'static Program>,
    /// Leave out the bounds checks of the shaders
    #[arg(long)]
    unchecked: bool,
    /// Translate the programs
    #[arg(long)]
    translate: bool,
    /// Keep maps of what lanes cover: of edges or of blocks
    #[arg(long, value_parser = parse_coverage)]
    coverage: Option<Coverage>,
    /// How long a run is
    #[arg(long, default_value_t = 1.0, value_parser = parse_seconds)]
    seconds: f64,
    /// Do not run qemu-aarch64, which otherwise is looked for in KVRM_QEMU, beside this binary and in PATH
    #[arg(long)]
    no_qemu: bool,
    /// Print a JSON object for each figure instead of the table
    #[arg(long)]
    json: bool,
    /// Write a result file
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    env_logger::init();
    let arguments = Arguments::parse();
    let gpu = Gpu::open(&Options::default())?;
    let cores = std::thread::available_parallelism()?.get();
    let qemu = if arguments.no_qemu { None } else { Qemu::find() };
    if !arguments.json {
        let checks = if arguments.unchecked { "unchecked" } else { "checked" };
        let covered = arguments.coverage.map_or(String::new(), |kind| format!(", coverage of {kind:?}"));
        println!("adapter: {}, {}, {checks}{covered}", gpu.info().name, gpu.info().driver_info);
        match &qemu {
            Some(qemu) => println!("qemu: {}, {cores} cores", qemu.version()),
            None => println!("qemu: not {}", if arguments.no_qemu { "asked for" } else { "found" }),
        }
        println!("\n{}", Row::header());
    }
    let programs = if arguments.programs.is_empty() { PROGRAMS.iter().collect() } else { arguments.programs };
    let adapter = (gpu.info().name.as_str(), gpu.info().driver_info.as_str());
    let title = format!("The interpreter on {}", adapter.0);
    let mut measurement = Measurement::begin(&title, "interpreter", adapter, &Row::COLUMNS);
    measurement.notes.extend(qemu.as_ref().map(|qemu| format!("{}, {cores} cores.", qemu.version())));
    let mut exit = ExitCode::SUCCESS;
    let kind = (!arguments.unchecked, arguments.coverage);
    for program in programs {
        let peer = qemu.as_ref().and_then(|qemu| or_say(qemu.prepare(&gpu, program, arguments.seconds)));
        // One process for one lane, one for each core for many: both are measured when a row first wants them.
        let mut speeds = HashMap::new();
        let translate = if arguments.translate { Translate::All } else { Translate::Off };
        for &lanes in &arguments.lanes {
            let figure = measure::measure(&gpu, program, lanes, kind, translate, arguments.seconds);
            if figure.is_err() {
                exit = ExitCode::FAILURE;
            }
            let processes = if lanes == 1 { 1 } else { cores };
            let speed = speeds.entry(processes);
            let speed = *speed.or_insert_with(|| peer.as_ref().and_then(|peer| or_say(peer.measure(processes))));
            let row = Row { program: program.name, lanes, figure, qemu: speed.map(|gips| (gips, processes)) };
            if arguments.json {
                println!("{}", row.json(gpu.info(), kind, arguments.seconds));
            } else {
                println!("{row}");
            }
            measurement.row(row.cells());
            measurement.notes.extend(row.note().map(|note| format!("`{}` on {lanes} lanes: {note}.", program.name)));
        }
    }
    if let Some(file) = &arguments.save {
        measurement.save(file)?;
    }
    Ok(exit)
}

/// The table is worth having without qemu's figures.
fn or_say<T>(result: anyhow::Result<T>) -> Option<T> {
    result.map_err(|error| eprintln!("qemu: {error:#}")).ok()
}

fn parse_coverage(text: &str) -> Result<Coverage, String> {
    match text {
        "edges" => Ok(Coverage::Edges),
        "blocks" => Ok(Coverage::Blocks),
        _ => Err("neither edges nor blocks".to_owned()),
    }
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|seconds| (0.01..=60.0).contains(seconds)).ok_or("not between 0.01 and 60".to_owned())
}
