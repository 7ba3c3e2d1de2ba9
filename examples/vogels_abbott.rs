//! The network of Vogels and Abbott (2005), adapted to a neuron whose synapses have no time constants: rates and
//! irregularity, at the published size and larger.
//!
//!     cargo run --release --example vogels_abbott -- [NEURONS] [SECONDS]

use kvrm::burst::models::VogelsAbbott;
use kvrm::burst::{Burst, Config};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let neurons: u32 = arguments.next().map_or(Ok(4_000), |text| text.parse())?;
    let seconds: f64 = arguments.next().map_or(Ok(2.0), |text| text.parse())?;
    let model = VogelsAbbott { neurons, ..VogelsAbbott::default() }.build();
    let excitatory = model.excitatory;
    let mut burst = Burst::new(Config { drives: model.drives, ..Config::default() })?;
    burst.initialize_owned(&model.neurons, model.synapses)?;
    let bursts = (seconds * 10_000.0) as u32;
    let raster = burst.run(bursts)?;
    println!("{neurons} neurons, {} synapses, {seconds} s, the first fifth left out", burst.synapses());
    for (name, count, excites) in [("excitatory", excitatory, true), ("inhibitory", neurons - excitatory, false)] {
        let statistics = raster.statistics(count as usize, u64::from(bursts) / 5, |id| (id < excitatory) == excites);
        let cv = statistics.cv.map_or("too few intervals".to_owned(), |cv| format!("{cv:.2}"));
        println!("{name}: {:.2} Hz, CV of intervals {cv}", statistics.rate * 10_000.0);
    }
    Ok(())
}
