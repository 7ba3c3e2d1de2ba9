//! How long the memory oracle takes for a call: microseconds, by the number of streams and of new events of each.
//!
//!     cargo bench --bench oracle -- [CALLS]
//!
//! Each figure is the median of five submissions of `CALLS` calls (200 unless said), by the adapter's clock and, what is between calls
//! counted in, by that on the wall.

use kvrm::gpu::{Gpu, Options};
use kvrm::neural::{OracleEvent, OracleInference, Weights};
use std::time::Duration;

const SUBMISSIONS: usize = 5;

fn main() -> anyhow::Result<()> {
    let calls = std::env::args().skip(1).find(|argument| argument != "--bench");
    let calls = calls.map_or(Ok(200), |calls| calls.parse())?;
    let gpu = Gpu::open(&Options::default())?;
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
            let times = (0..SUBMISSIONS).map(|_| oracle.time(&events, streams, calls));
            let (wall, device): (Vec<_>, Vec<_>) = times.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
            let device = device.into_iter().collect::<Option<Vec<_>>>().map_or("none".to_owned(), median);
            println!("{streams:7} {:6} {device:>13} {:>9}", events.len(), median(wall));
        }
    }
    Ok(())
}

/// In microseconds.
fn median(mut times: Vec<Duration>) -> String {
    times.sort();
    format!("{:.1}", times[times.len() / 2].as_secs_f64() * 1e6)
}
