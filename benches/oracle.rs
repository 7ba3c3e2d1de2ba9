//! How long the memory oracle takes for a call: microseconds, by the number of streams and of new events of each.
//!
//!     cargo bench --bench oracle -- [CALLS] [--save FILE]
//!
//! Each figure is the median of five submissions of `CALLS` calls (200 unless said), by the adapter's clock and, what is between calls
//! counted in, by that on the wall.

use clap::Parser;
use kvrm::gpu::{Gpu, Options};
use kvrm::neural::{OracleEvent, OracleInference, Weights};
use std::path::PathBuf;
use std::time::Duration;
use xtask::measurement::{Cell, Measurement};

const SUBMISSIONS: usize = 5;
const COLUMNS: [&str; 4] = ["streams", "events of each", "its clock, µs", "wall, µs"];

#[derive(Parser)]
struct Arguments {
    /// Calls in a submission
    #[arg(default_value_t = 200)]
    calls: u32,
    /// Write a result file
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let gpu = Gpu::open(&Options::default())?;
    let adapter = (gpu.info().name.as_str(), gpu.info().driver_info.as_str());
    let title = format!("One call of the memory oracle on {}", adapter.0);
    let mut measurement = Measurement::begin(&title, "oracle", adapter, &COLUMNS);
    println!("{}", gpu.info().name);
    let oracle = OracleInference::new(&gpu, &Weights::built_in())?;
    println!("streams events its clock, us  wall, us");
    for streams in [1, 64] {
        for events in [1, 4, 8, 32] {
            // Three walks by turns.
            let events: Vec<OracleEvent> = (0..events)
                .map(|n| OracleEvent {
                    address: (n % 3 * 4096 + n * (n % 3 + 1)) << 12,
                    pc: n as u32 % 3 * 4,
                    kind: 11,
                })
                .collect();
            let times = (0..SUBMISSIONS).map(|_| oracle.time(&events, streams, arguments.calls));
            let (wall, device): (Vec<_>, Vec<_>) = times.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
            let device = device.into_iter().collect::<Option<Vec<_>>>().map(median);
            let wall = median(wall);
            let shown = device.map_or("none".to_owned(), |device| format!("{device:.1}"));
            println!("{streams:7} {:6} {shown:>13} {wall:>9.1}", events.len());
            measurement.row([
                Cell::Count(streams.into()),
                Cell::Count(events.len() as u64),
                device.map_or(Cell::None, Cell::Figure),
                Cell::Figure(wall),
            ]);
        }
    }
    arguments.save.map_or(Ok(()), |file| measurement.save(&file))
}

/// In microseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e6
}
