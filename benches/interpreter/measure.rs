//! How fast lanes run a program on the GPU, and how many instructions it has.

use std::time::Duration;

use anyhow::ensure;
use kvrm::gpu::Gpu;
use kvrm::linux::{Command, End};
use kvrm::machine::{Coverage, Machine, StopReason, Translate};

use crate::program::{FOREVER, Program};

/// Billions of instructions a second, retired by all lanes.
pub struct Figure {
    /// From the call of `execute` to its return.
    pub gips: f64,
    /// By the GPU's own clock.
    pub gpu_gips: Option<f64>,
    /// Lanes that ran; the others found no frame for a page that they wrote.
    pub running: u32,
}

/// Whether the shaders check their own indices, and what lanes keep maps of.
pub type Kind = (bool, Option<Coverage>);

/// Bits of a lane's map of edges, as AFL has them.
const EDGE_BITS: u32 = 1 << 16;

/// The median of three runs of about `seconds` each.
pub fn measure(
    gpu: &Gpu,
    program: &Program,
    lanes: u32,
    (checked, coverage): Kind,
    translate: Translate,
    seconds: f64,
) -> anyhow::Result<Figure> {
    let builder = Machine::builder().gpu(gpu.clone()).lanes(lanes).checked(checked).translate(translate);
    let machine = builder.timestamps(true).build()?;
    let command = Command::new(program.name).argument(Program::argument(FOREVER));
    let mut process = command.start(machine, program.elf)?;
    let machine = process.machine_mut();
    if coverage.is_some() {
        machine.set_coverage(coverage, EDGE_BITS)?;
    }
    // Compiles, copies pages, finds the length of a slice.
    let stops = machine.execute(program.start)?.stops;
    let running = stops.iter().filter(|stop| stop.reason == StopReason::CycleLimit).count() as u32;
    let unexpected = |reason| !matches!(reason, StopReason::CycleLimit | StopReason::PoolExhausted { .. });
    if let Some(lane) = stops.iter().position(|stop| unexpected(stop.reason)) {
        anyhow::bail!("lane {lane}: {}", stops[lane]);
    }
    if running == 0 {
        return Ok(Figure { gips: 0.0, gpu_gips: None, running });
    }
    let mut cycles = 10_000;
    loop {
        let wall = machine.execute(cycles)?.wall.as_secs_f64();
        if wall >= seconds / 4.0 {
            cycles = (cycles as f64 * seconds / wall) as u64;
            break;
        }
        cycles *= 4;
    }
    let mut runs = Vec::new();
    for _ in 0..3 {
        let report = machine.execute(cycles)?;
        ensure!(report.cycles == cycles * u64::from(running), "lanes stopped in the middle of a run");
        let rate = |time: Duration| report.cycles as f64 / time.as_secs_f64() / 1e9;
        runs.push((rate(report.wall), report.gpu.map(rate)));
    }
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(Figure { gips: runs[1].0, gpu_gips: runs[1].1, running })
}

/// Instructions that the whole program retires when it is asked for `units` of work.
pub fn instructions(gpu: &Gpu, program: &Program, units: u64) -> anyhow::Result<u64> {
    let machine = Machine::builder().gpu(gpu.clone()).build()?;
    let mut process = Command::new(program.name).argument(Program::argument(units)).start(machine, program.elf)?;
    let retired = process.run(u64::MAX)?.retired;
    ensure!(
        matches!(End::of(&process.stop(0).reason), Some(End::Exited { .. })),
        "{}: {}",
        program.name,
        process.describe(0)
    );
    Ok(retired)
}
