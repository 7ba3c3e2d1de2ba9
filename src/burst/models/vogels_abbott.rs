//! The network of Vogels and Abbott (Journal of Neuroscience 25, 10786-10795, 2005) with currents for synapses, as
//! Brette and others have it for comparing simulators (Journal of Computational Neuroscience 23, 349-398, 2007,
//! benchmark 2), adapted to this neuron: a synapse's current arrives at once, as its whole charge.

use super::{Model, targets};
use crate::burst::{Drive, Neuron, Neurons, Stream, Strength, Synapses};

const MILLIVOLT: f64 = 1_000.0;
const BURST: f64 = 0.1;
const TAU: f64 = 20.0;
const RESET: f64 = -60.0;
const THRESHOLD: f64 = -50.0;
/// Where a neuron without input goes: over its threshold, so that it fires by itself.
const REST: f64 = -49.0;
const PROBABILITY: f64 = 0.02;

/// The network's size; everything else is as published.
#[derive(Clone, Copy, Debug)]
pub struct VogelsAbbott {
    /// How many neurons; four fifths excite. Published with 4,000, and 10,000.
    pub neurons: u32,
    /// Of synapses and first potentials.
    pub seed: u64,
}

impl Default for VogelsAbbott {
    fn default() -> VogelsAbbott {
        VogelsAbbott { neurons: 4_000, seed: 0 }
    }
}

impl VogelsAbbott {
    /// Makes the network. Above 4,000 neurons two are joined less often, so that a neuron has as many synapses.
    pub fn build(&self) -> Model {
        let excitatory = self.neurons - self.neurons / 5;
        let mut stream = Stream::new(self.seed, u32::MAX);
        let leak = 1.0 - (-BURST / TAU).exp();
        let constant = (leak * (REST - RESET) * MILLIVOLT).round() as i32;
        let drives = vec![Drive { mean: 0.0, event: 0, constant }];
        let mut neurons = Neurons::new();
        for id in 0..self.neurons {
            neurons.push(
                id,
                Neuron {
                    threshold: (THRESHOLD * MILLIVOLT) as f32,
                    rest: (RESET * MILLIVOLT) as f32,
                    potential: ((RESET + stream.unit() * (THRESHOLD - RESET)) * MILLIVOLT) as f32,
                    leak: leak as f32,
                    refractory: 50,
                    drive: 1,
                    ..Neuron::default()
                },
            );
        }
        // A current that begins at 1.62 mV and decays in 5 ms moves the potential by 1.62 * 5 / 20 = 0.405 mV; one of
        // 9 mV and 10 ms by 4.5 mV.
        let excites = Strength::new(81, 5, false);
        let inhibits = Strength::new(250, 18, true);
        let probability = PROBABILITY * (4_000.0 / f64::from(self.neurons.max(1))).min(1.0);
        let mut synapses = Synapses::new();
        for source in 0..self.neurons {
            let mut stream = Stream::new(self.seed, source);
            let strength = if source < excitatory { excites } else { inhibits };
            targets(&mut stream, probability, self.neurons, |target| synapses.push(source, target, strength));
        }
        Model { neurons, synapses, drives, excitatory, milliseconds: Some(BURST) }
    }
}
