//! Networks without a model behind them.

use super::Model;
use super::parameters::{USUAL_DRIVE, USUAL_NEURON};
use crate::burst::{Drive, Neuron, Neurons, Stream, Strength, Synapses};
use rayon::prelude::*;

/// Neurons, each with the same number of synapses to any others, a fifth of them inhibitory, and driven from outside.
#[derive(Clone, Copy, Debug)]
pub struct Random {
    /// How many neurons.
    pub neurons: u32,
    /// Synapses of each.
    pub fan_out: u32,
    /// Of targets and strengths.
    pub seed: u64,
}

impl Random {
    /// Makes the network.
    pub fn build(&self) -> Model {
        self.build_with(USUAL_NEURON, vec![USUAL_DRIVE])
    }

    /// The same of other neurons, with other drives.
    pub fn build_with(&self, neuron: Neuron, drives: Vec<Drive>) -> Model {
        let neurons = Neurons::uniform(self.neurons, neuron);
        let excitatory = self.neurons - self.neurons / 5;
        // The spikes that a neuron receives excite and inhibit it about equally: four times as many, four times as weak.
        let synapses = synapses(self.neurons, self.fan_out, self.seed, |source, bits| {
            let inhibitory = source >= excitatory;
            Strength::new(1 + (bits % 50) as u8, if inhibitory { 16 } else { 4 }, inhibitory)
        });
        Model { neurons, synapses, drives, excitatory, milliseconds: None }
    }
}

/// Neurons that all fire with the same probability in every burst, whatever they receive: a load of known size.
pub fn bernoulli(neurons: u32, fan_out: u32, probability: f32, seed: u64) -> Model {
    let neuron = Neuron { threshold: -8_388_608.0, excitability: probability, leak: 0.05, ..Neuron::default() };
    let excitatory = neurons - neurons / 5;
    let synapses = synapses(neurons, fan_out, seed, |source, bits| Strength::new(bits as u8, 4, source >= excitatory));
    Model { neurons: Neurons::uniform(neurons, neuron), synapses, drives: Vec::new(), excitatory, milliseconds: None }
}

/// `fan_out` synapses of each neuron, made by all cores.
fn synapses(neurons: u32, fan_out: u32, seed: u64, strength: impl Fn(u32, u32) -> Strength + Sync) -> Synapses {
    let count = neurons as usize * fan_out as usize;
    let (mut sources, mut targets) = (vec![0u32; count], vec![0u32; count]);
    let mut strengths = vec![Strength::new(0, 0, false); count];
    let fan = fan_out.max(1) as usize;
    let ends = sources.par_chunks_mut(fan).zip(targets.par_chunks_mut(fan));
    ends.zip(strengths.par_chunks_mut(fan)).enumerate().for_each(|(source, ((sources, targets), strengths))| {
        let source = source as u32;
        let mut stream = Stream::new(seed, source);
        sources.fill(source);
        for (target, place) in targets.iter_mut().zip(strengths) {
            *target = stream.below(neurons);
            *place = strength(source, stream.bits());
        }
    });
    Synapses { sources, targets, strengths }
}
