//! The network of Vogels and Abbott (2005), adapted to a neuron whose synapses have no time constants: rates and
//! irregularity, at the published size and larger, beside those of the published equations on the same synapses.
//!
//!     cargo run --release --example vogels_abbott -- [NEURONS] [SECONDS]

use kvrm::burst::models::{Model, VogelsAbbott};
use kvrm::burst::{Burst, Config, Raster, Stream};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let neurons: u32 = arguments.next().map_or(Ok(4_000), |text| text.parse())?;
    let seconds: f64 = arguments.next().map_or(Ok(2.0), |text| text.parse())?;
    let bursts = (seconds * 10_000.0) as u32;
    let model = VogelsAbbott { neurons, ..VogelsAbbott::default() }.build();
    let published = published(&model, neurons, bursts);
    let excitatory = model.excitatory;
    let mut burst = Burst::new(Config { drives: model.drives, ..Config::default() })?;
    burst.initialize_owned(&model.neurons, model.synapses)?;
    let adapted = burst.run(bursts)?;
    println!("{neurons} neurons, {} synapses, {seconds} s, the first fifth left out", burst.synapses());
    for (equations, raster) in [("adapted", adapted), ("published", published)] {
        for (name, count, excites) in [("excitatory", excitatory, true), ("inhibitory", neurons - excitatory, false)] {
            let chosen = |id| (id < excitatory) == excites;
            let statistics = raster.statistics(count as usize, u64::from(bursts) / 5, chosen);
            let cv = statistics.cv.map_or("too few intervals".to_owned(), |cv| format!("{cv:.2}"));
            println!("{equations}, {name}: {:.2} Hz, CV of intervals {cv}", statistics.rate * 10_000.0);
        }
    }
    Ok(())
}

/// A neuron of the published equations, in mV.
#[derive(Clone, Copy)]
struct Cell {
    potential: f64,
    /// Currents, which decay in 5 and 10 ms.
    excitation: f64,
    inhibition: f64,
    refractory: u32,
}

/// `20 dv/dt = e + i - (v + 49)`, `5 de/dt = -e`, `10 di/dt = -i`, solved exactly in steps of 0.1 ms: benchmark 2 of
/// Brette and others (2007).
fn published(model: &Model, neurons: u32, bursts: u32) -> Raster {
    let mut stream = Stream::new(1, 0);
    let cell = |_| Cell { potential: -60.0 + 10.0 * stream.unit(), excitation: 0.0, inhibition: 0.0, refractory: 0 };
    let mut cells: Vec<Cell> = (0..neurons).map(cell).collect();
    let mut targets: Vec<Vec<u32>> = vec![Vec::new(); neurons as usize];
    model.synapses.iter().for_each(|(source, target, _)| targets[source as usize].push(target));
    let decay = |tau: f64| (-0.1 / tau).exp();
    let (leak, fast, slow) = (decay(20.0), decay(5.0), decay(10.0));
    // What a current of 1 adds to the potential in a step.
    let (of_fast, of_slow) = (5.0 / (5.0 - 20.0) * (fast - leak), 10.0 / (10.0 - 20.0) * (slow - leak));
    let mut raster = Raster::default();
    for _ in 0..bursts {
        let begin = raster.ids.len();
        for (id, cell) in (0..neurons).zip(&mut cells) {
            if cell.refractory > 0 {
                cell.refractory -= 1;
            } else {
                cell.potential = -49.0 + (cell.potential + 49.0) * leak;
                cell.potential += cell.excitation * of_fast + cell.inhibition * of_slow;
            }
            cell.excitation *= fast;
            cell.inhibition *= slow;
            if cell.refractory == 0 && cell.potential > -50.0 {
                (cell.potential, cell.refractory) = (-60.0, 50);
                raster.ids.push(id);
            }
        }
        for source in &raster.ids[begin..] {
            for target in &targets[*source as usize] {
                let cell = &mut cells[*target as usize];
                if *source < model.excitatory { cell.excitation += 1.62 } else { cell.inhibition -= 9.0 }
            }
        }
        raster.counts.push((raster.ids.len() - begin) as u32);
    }
    raster
}
