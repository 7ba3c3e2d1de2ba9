//! How a figure is printed.

use std::fmt;

use serde_json::{Value, json};
use xtask::measurement::Cell;

use crate::measure::{Figure, Kind};

/// A program on a number of lanes.
pub struct Row {
    pub program: &'static str,
    pub lanes: u32,
    pub figure: anyhow::Result<Figure>,
    /// Its speed and how many processes ran together.
    pub qemu: Option<(f64, usize)>,
}

impl Row {
    pub const COLUMNS: [&str; 6] = ["program", "lanes", "GIPS", "GIPS by adapter", "GIPS of qemu", "processes"];

    /// The names of the columns.
    pub fn header() -> String {
        let [program, lanes, gips, gpu, qemu, processes] = Row::COLUMNS;
        format!("{program:12} {lanes:>8} {gips:>10} {gpu:>15} {qemu:>13} {processes:>10}")
    }

    /// What is to be said besides the figures.
    pub fn note(&self) -> Option<String> {
        match &self.figure {
            Err(error) => Some(format!("failed: {error:#}")),
            Ok(Figure { running, .. }) if *running < self.lanes => {
                Some(format!("frames ran out: {running} of {} lanes ran", self.lanes))
            }
            Ok(_) => None,
        }
    }

    /// The row as it stands in a result file.
    pub fn cells(&self) -> [Cell; 6] {
        let figure = self.figure.as_ref().ok().filter(|figure| figure.running > 0);
        let rate = |gips: Option<f64>| gips.map_or(Cell::None, Cell::Figure);
        [
            Cell::Text(self.program.to_owned()),
            Cell::Count(self.lanes.into()),
            rate(figure.map(|figure| figure.gips)),
            rate(figure.and_then(|figure| figure.gpu_gips)),
            rate(self.qemu.map(|(gips, _)| gips)),
            self.qemu.map_or(Cell::None, |(_, processes)| Cell::Count(processes as u64)),
        ]
    }

    /// The row by itself, for programs.
    pub fn json(&self, adapter: &wgpu::AdapterInfo, (checked, coverage): Kind, seconds: f64) -> Value {
        let figure = self.figure.as_ref().ok();
        json!({
            "adapter": adapter.name,
            "driver": adapter.driver_info,
            "checked": checked,
            "coverage": coverage.map(|kind| format!("{kind:?}").to_lowercase()),
            "seconds": seconds,
            "program": self.program,
            "lanes": self.lanes,
            "lanes_running": figure.map(|figure| figure.running),
            "gips": figure.map(|figure| figure.gips),
            "gpu_gips": figure.and_then(|figure| figure.gpu_gips),
            "qemu_gips": self.qemu.map(|(gips, _)| gips),
            "qemu_processes": self.qemu.map(|(_, processes)| processes),
            "note": self.note(),
        })
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = |gips: Option<f64>| gips.map_or("-".to_owned(), |gips| format!("{gips:.4}"));
        let figure = self.figure.as_ref().ok().filter(|figure| figure.running > 0);
        let gips = rate(figure.map(|figure| figure.gips));
        let gpu_gips = rate(figure.and_then(|figure| figure.gpu_gips));
        let qemu = rate(self.qemu.map(|(gips, _)| gips));
        let processes = self.qemu.map_or("-".to_owned(), |(_, processes)| processes.to_string());
        write!(f, "{:12} {:8} {gips:>10} {gpu_gips:>15} {qemu:>13} {processes:>10}", self.program, self.lanes)?;
        self.note().map_or(Ok(()), |note| write!(f, "  {note}"))
    }
}
