//! Brunel's network of sparsely connected excitatory and inhibitory neurons (Journal of Computational Neuroscience 8,
//! 183-208, 2000), model A.

use super::{Model, targets};
use crate::burst::{Drive, Error, Neuron, Neurons, Stream, Strength, Synapses};

/// Millivolts of a synapse's `weight * psp` of 1.
const MILLIVOLT: f64 = 1_000.0;
/// Milliseconds of a burst.
const BURST: f64 = 0.1;
const TAU: f64 = 20.0;
const THRESHOLD: f64 = 20.0;
const RESET: f64 = 10.0;
/// A synapse's largest `weight * psp`.
const STRONGEST: f64 = 65_025.0;

/// The network's parameters. A neuron's time constant is 20 ms, its threshold 20 mV over the resting potential, its
/// reset 10 mV. A burst is 0.1 ms, and so is the delay.
#[derive(Clone, Copy, Debug)]
pub struct Brunel {
    /// How many neurons; four fifths excite.
    pub neurons: u32,
    /// Excitatory synapses at each neuron, on average; inhibitory ones are a quarter of that. Brunel has 1,000.
    pub fan_in: u32,
    /// Strength of an inhibitory synapse, of an excitatory one's. Brunel has 3 to 8.
    pub g: f64,
    /// Rate of the input from outside, of what would just bring a neuron to its threshold; 0 for none.
    pub eta: f64,
    /// Strength of an excitatory synapse, and of an event from outside, in millivolts, up to 65.025. Brunel has 0.1. A
    /// synapse's `weight * psp` is the nearest number of microvolts that is a product of two bytes.
    pub weight: f64,
    /// Bursts that a neuron is refractory. Brunel has 20.
    pub refractory: u16,
    /// Of synapses and first potentials.
    pub seed: u64,
}

impl Default for Brunel {
    fn default() -> Brunel {
        Brunel { neurons: 12_500, fan_in: 1_000, g: 5.0, eta: 2.0, weight: 0.1, refractory: 20, seed: 0 }
    }
}

impl Brunel {
    /// Makes the network.
    ///
    /// # Errors
    /// If `g`, `eta` or `weight` is below 0 or no number, a synapse would be stronger than 65.025 mV, or there would be
    /// more than 20 events from outside in a burst.
    pub fn build(&self) -> Result<Model, Error> {
        let check = |what, value: f64, fits: bool, allowed| {
            if fits { Ok(value) } else { Err(Error::OutOfRange { what, value, allowed }) }
        };
        let most = STRONGEST / MILLIVOLT;
        let weight =
            check("weight", self.weight, self.weight > 0.0 && self.weight <= most, "above 0, up to 65.025 mV")?;
        let inhibitory = self.g * weight;
        check("g", self.g, (0.0..=most).contains(&inhibitory), "from 0 up to where g * weight is 65.025 mV")?;
        let excitatory = self.neurons - self.neurons / 5;
        let mut stream = Stream::new(self.seed, u32::MAX);
        let leak = 1.0 - (-BURST / TAU).exp();
        // The leak draws a potential to `rest`, which is the reset; the drive's constant draws it on to 0.
        let constant = -(leak * RESET * MILLIVOLT).round() as i32;
        // As many events of one excitatory synapse as reach the threshold in the mean, times `eta`.
        let unit = weight * MILLIVOLT;
        let mean = self.eta * leak * THRESHOLD * MILLIVOLT / unit;
        check(
            "eta",
            self.eta,
            (0.0..=20.0).contains(&mean),
            "from 0 up to where 20 events of a weight come in a burst",
        )?;
        let drives = vec![Drive { mean, event: unit.round() as i32, constant }];
        let mut neurons = Neurons::new();
        for id in 0..self.neurons {
            neurons.push(
                id,
                Neuron {
                    threshold: (THRESHOLD * MILLIVOLT) as f32,
                    rest: (RESET * MILLIVOLT) as f32,
                    potential: (stream.unit() * THRESHOLD * MILLIVOLT) as f32,
                    leak: leak as f32,
                    refractory: self.refractory,
                    drive: 1,
                    ..Neuron::default()
                },
            );
        }
        let excites = strength(weight, false);
        let inhibits = strength(inhibitory, true);
        let probability = f64::from(self.fan_in) / f64::from(excitatory.max(1));
        let mut synapses = Synapses::new();
        for source in 0..self.neurons {
            let mut stream = Stream::new(self.seed, source);
            let strength = if source < excitatory { excites } else { inhibits };
            targets(&mut stream, probability.min(1.0), self.neurons, |target| synapses.push(source, target, strength));
        }
        Ok(Model { neurons, synapses, drives, excitatory, milliseconds: Some(BURST) })
    }
}

/// The product of two bytes that is nearest to so many millivolts.
fn strength(millivolts: f64, inhibitory: bool) -> Strength {
    let wanted = millivolts * MILLIVOLT;
    let weight = |psp: u8| (wanted / f64::from(psp)).round().min(255.0) as u8;
    let off = |psp: u8| (f64::from(weight(psp)) * f64::from(psp) - wanted).abs();
    let psp = (1..=255).min_by(|a, b| off(*a).total_cmp(&off(*b))).unwrap_or(1);
    Strength::new(weight(psp), psp, inhibitory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_are_the_nearest_products() {
        for (millivolts, product) in [(0.1, 100), (0.5, 500), (2.5, 2500), (0.451, 451), (65.025, 65_025), (0.0, 0)] {
            assert_eq!(strength(millivolts, false).amount(), product, "{millivolts} mV");
            assert_eq!(strength(millivolts, true).amount(), -product, "{millivolts} mV");
        }
        // 257 is prime, and larger than a byte.
        assert_eq!((strength(0.257, false).amount() - 257).abs(), 1);
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        let base = Brunel { neurons: 10, fan_in: 4, ..Brunel::default() };
        for (bad, what) in [
            (Brunel { g: -1.0, ..base }, "g is -1"),
            (Brunel { g: f64::NAN, ..base }, "g is NaN"),
            (Brunel { g: 651.0, ..base }, "g is 651"),
            (Brunel { eta: -0.1, ..base }, "eta is -0.1"),
            (Brunel { eta: 21.0, ..base }, "eta is 21"),
            (Brunel { weight: 0.0, ..base }, "weight is 0"),
            (Brunel { weight: 66.0, ..base }, "weight is 66"),
        ] {
            let error = bad.build().unwrap_err().to_string();
            assert!(error.starts_with(what), "{error}");
        }
        let silent = Brunel { eta: 0.0, ..base }.build().unwrap();
        assert_eq!(silent.drives[0].mean, 0.0);
    }
}
