//! Brunel's network of sparsely connected excitatory and inhibitory neurons (Journal of Computational Neuroscience 8,
//! 183-208, 2000), model A.

use super::{Model, targets};
use crate::burst::{Drive, Neuron, Neurons, Stream, Strength, Synapses};

/// Millivolts of a synapse's `weight * psp` of 1.
const MILLIVOLT: f64 = 1_000.0;
/// Milliseconds of a burst.
const BURST: f64 = 0.1;
const TAU: f64 = 20.0;
const THRESHOLD: f64 = 20.0;
const RESET: f64 = 10.0;
const EXCITATORY_MILLIVOLTS: f64 = 0.1;

/// The network's parameters. One excitatory synapse is 0.1 mV, a neuron's time constant 20 ms, its threshold 20 mV
/// over the resting potential, its reset 10 mV, its refractory period 2 ms. A burst is 0.1 ms, and so is the delay.
#[derive(Clone, Copy, Debug)]
pub struct Brunel {
    /// How many neurons; four fifths excite.
    pub neurons: u32,
    /// Excitatory synapses at each neuron, on average; inhibitory ones are a quarter of that. Brunel has 1,000.
    pub fan_in: u32,
    /// Strength of an inhibitory synapse, of an excitatory one's, up to 25.
    pub g: f64,
    /// Rate of the input from outside, of what would just bring a neuron to its threshold.
    pub eta: f64,
    /// Bursts that a neuron is refractory. Brunel has 20.
    pub refractory: u16,
    /// Of synapses and first potentials.
    pub seed: u64,
}

impl Default for Brunel {
    fn default() -> Brunel {
        Brunel { neurons: 12_500, fan_in: 1_000, g: 5.0, eta: 2.0, refractory: 20, seed: 0 }
    }
}

impl Brunel {
    /// Makes the network.
    pub fn build(&self) -> Model {
        let excitatory = self.neurons - self.neurons / 5;
        let mut stream = Stream::new(self.seed, u32::MAX);
        let leak = 1.0 - (-BURST / TAU).exp();
        // The leak draws a potential to `rest`, which is the reset; the drive's constant draws it on to 0.
        let constant = -(leak * RESET * MILLIVOLT).round() as i32;
        // As many events of one excitatory synapse as reach the threshold in the mean, times `eta`.
        let unit = EXCITATORY_MILLIVOLTS * MILLIVOLT;
        let mean = self.eta * leak * THRESHOLD * MILLIVOLT / unit;
        let drives = vec![Drive { mean, event: unit as i32, constant }];
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
        // 0.1 mV is 50 * 2; g in steps of a tenth.
        let excites = Strength::new(50, 2, false);
        let inhibits = Strength::new((self.g * 10.0).round().min(255.0) as u8, 10, true);
        let probability = f64::from(self.fan_in) / f64::from(excitatory.max(1));
        let mut synapses = Synapses::new();
        for source in 0..self.neurons {
            let mut stream = Stream::new(self.seed, source);
            let strength = if source < excitatory { excites } else { inhibits };
            targets(&mut stream, probability.min(1.0), self.neurons, |target| synapses.push(source, target, strength));
        }
        Model { neurons, synapses, drives, excitatory, milliseconds: Some(BURST) }
    }
}
