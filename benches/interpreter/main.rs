//! Instructions a second of the interpreter, by program and number of lanes, beside qemu's on the same machine.
//!
//!     cargo bench --bench interpreter -- [LANES...] [--programs NAMES] [--unchecked] [--seconds S] [--no-qemu] [--json]
//!
//! A figure is the median of three runs, all of them in the middle of the program: start, end and the driver's compiler
//! are left out. The binary holds its programs, so it can be carried to another machine alone.

mod measure;
mod program;
mod qemu;
mod row;

use clap::Parser;
use kvrm::gpu::{Gpu, Options};
use program::{PROGRAMS, Program};
use qemu::Qemu;
use row::Row;

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
    /// How long a run is
    #[arg(long, default_value_t = 1.0, value_parser = parse_seconds)]
    seconds: f64,
    /// Do not run qemu-aarch64, which otherwise is looked for in KVRM_QEMU, beside this binary and in PATH
    #[arg(long)]
    no_qemu: bool,
    /// Print a JSON object for each figure instead of the table
    #[arg(long)]
    json: bool,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    env_logger::init();
    let arguments = Arguments::parse();
    let gpu = Gpu::open(&Options::default())?;
    let cores = std::thread::available_parallelism()?.get();
    let qemu = if arguments.no_qemu { None } else { Qemu::find() };
    if !arguments.json {
        let checks = if arguments.unchecked { "unchecked" } else { "checked" };
        println!("adapter: {}, {}, {checks}", gpu.info().name, gpu.info().driver_info);
        match &qemu {
            Some(qemu) => println!("qemu: {}, {cores} cores", qemu.version()),
            None => println!("qemu: not {}", if arguments.no_qemu { "asked for" } else { "found" }),
        }
        println!("\n{}", Row::header());
    }
    let programs = if arguments.programs.is_empty() { PROGRAMS.iter().collect() } else { arguments.programs };
    let mut failed = false;
    for program in programs {
        let peer = match &qemu {
            Some(qemu) => Some(qemu.prepare(&gpu, program, arguments.seconds)?),
            None => None,
        };
        // Both are measured when the first row wants them.
        let (mut one, mut all) = (None, None);
        for &lanes in &arguments.lanes {
            let gpu_figure = measure::measure(&gpu, program, lanes, !arguments.unchecked, arguments.seconds);
            failed |= gpu_figure.is_err();
            let processes = if lanes == 1 { 1 } else { cores };
            let slot = if lanes == 1 { &mut one } else { &mut all };
            if let (None, Some(peer)) = (&slot, &peer) {
                *slot = Some(peer.measure(processes)?);
            }
            let row = Row { program: program.name, lanes, gpu: gpu_figure, qemu: slot.map(|gips| (gips, processes)) };
            if arguments.json {
                println!("{}", row.json(gpu.info(), !arguments.unchecked, arguments.seconds));
            } else {
                println!("{row}");
            }
        }
    }
    anyhow::ensure!(!failed, "some rows could not be measured");
    Ok(())
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|seconds| (0.01..=60.0).contains(seconds)).ok_or("not between 0.01 and 60".to_owned())
}
