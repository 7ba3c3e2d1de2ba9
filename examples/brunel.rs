//! Brunel's network (2000) in its four states, beside what he published and what his theory says of this neuron.
//!
//!     cargo run --release --example brunel                 # 12,500 neurons, 2 seconds of each state
//!     cargo run --release --example brunel -- 100000 1     # another size and time
//!     cargo run --release --example brunel -- 1000000 0.2 asynchronous    # and one state

use kvrm::burst::models::Brunel;
use kvrm::burst::{Burst, Config};

/// State, g, eta; Brunel's simulation and theory in Hz (his table 1, at second hand; none for the first).
type Row = (&'static str, f64, f64, Option<(f64, f64)>);

const STATES: [Row; 4] = [
    ("synchronous regular", 3.0, 2.0, None),
    ("synchronous irregular, fast", 6.0, 4.0, Some((60.7, 55.8))),
    ("asynchronous irregular", 5.0, 2.0, Some((37.7, 38.0))),
    ("synchronous irregular, slow", 4.5, 0.9, Some((5.5, 6.5))),
];

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let neurons: u32 = arguments.next().map_or(Ok(12_500), |text| text.parse())?;
    let seconds: f64 = arguments.next().map_or(Ok(2.0), |text| text.parse())?;
    let wanted = arguments.next().unwrap_or_default();
    println!("{neurons} neurons, {seconds} s; rates in Hz");
    println!(
        "{:<28} {:>9} {:>9} {:>11} {:>11} {:>9} {:>6} {:>7}",
        "state", "published", "theory", "theory 2 ms", "theory 0 ms", "measured", "CV", "bunched"
    );
    for (name, g, eta, published) in STATES.into_iter().filter(|(name, ..)| name.starts_with(&wanted)) {
        let model = Brunel { neurons, g, eta, ..Brunel::default() }.build()?;
        let bursts = (seconds * 10_000.0) as u32;
        let mut burst = Burst::new(Config { drives: model.drives, ..Config::default() })?;
        burst.initialize_owned(&model.neurons, model.synapses)?;
        let raster = burst.run(bursts)?;
        let statistics = raster.statistics(neurons as usize, u64::from(bursts) / 5, |_| true);
        let text = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
        println!(
            "{name:<28} {:>9} {:>9} {:>11.1} {:>11.1} {:>9.1} {:>6} {:>7.2}",
            text(published.map(|(simulated, _)| simulated)),
            text(published.map(|(_, theory)| theory)),
            stationary_rate(g, eta, 0.002),
            stationary_rate(g, eta, 0.0),
            statistics.rate * 10_000.0,
            statistics.cv.map_or("-".to_owned(), |cv| format!("{cv:.2}")),
            synchrony(&raster.counts[bursts as usize / 5..]),
        );
    }
    println!("bunched: variance over mean of the spikes in 1 ms, 1 where neurons fire independently");
    Ok(())
}

/// Variance over mean of the number of spikes in a millisecond.
fn synchrony(counts: &[u32]) -> f64 {
    let sums: Vec<f64> = counts.chunks_exact(10).map(|bin| f64::from(bin.iter().sum::<u32>())).collect();
    let mean = sums.iter().sum::<f64>() / sums.len() as f64;
    sums.iter().map(|sum| (sum - mean).powi(2)).sum::<f64>() / sums.len() as f64 / mean
}

/// The rate at which input from neurons with that rate makes a neuron fire with it: Brunel's equations for 1,000
/// excitatory and 250 inhibitory synapses, and this refractory period in seconds.
fn stationary_rate(g: f64, eta: f64, refractory: f64) -> f64 {
    let (tau, threshold, reset, j, c) = (0.02, 20.0, 10.0, 0.1, 1_000.0);
    let answer = |rate: f64| {
        let outside = eta * threshold;
        let mean = outside + c * j * (1.0 - 0.25 * g) * rate * tau;
        let deviation = (j * outside + c * j * j * (1.0 + 0.25 * g * g) * rate * tau).sqrt();
        let (low, high) = ((reset - mean) / deviation, (threshold - mean) / deviation);
        let steps = 2_000;
        let width = (high - low) / f64::from(steps);
        let sum: f64 = (0..steps).map(|n| integrand(low + (f64::from(n) + 0.5) * width)).sum();
        1.0 / (refractory + tau * std::f64::consts::PI.sqrt() * sum * width)
    };
    // Where inhibition prevails the answer falls with the rate, so the two meet once.
    let (mut low, mut high) = (0.0, 500.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if answer(middle) > middle { low = middle } else { high = middle }
    }
    low
}

/// exp(u^2) (1 + erf u), which is 2 exp(u^2) less the same of -u.
fn integrand(u: f64) -> f64 {
    // exp(x^2) erfc(x) for x of 0 or more, to 2e-7: Abramowitz and Stegun 7.1.26.
    let x = u.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let factors = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    let tail = factors.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    if u < 0.0 { tail } else { 2.0 * (u * u).exp() - tail }
}
