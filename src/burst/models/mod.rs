//! Networks that are ready to run.

mod brunel;
mod edges;
mod parameters;
mod random;
mod vogels_abbott;

pub use brunel::Brunel;
pub use edges::parse_edges;
pub use parameters::{Input, Parameters};
pub use random::{Random, bernoulli};
pub use vogels_abbott::VogelsAbbott;

use super::{Drive, Neurons, Stream, Synapses};

/// A network with what it needs of the configuration.
#[derive(Clone, Debug)]
pub struct Model {
    /// The neurons, those that excite first.
    pub neurons: Neurons,
    /// The synapses, in the order of their sources.
    pub synapses: Synapses,
    /// For [`Config::drives`](super::Config::drives).
    pub drives: Vec<Drive>,
    /// How many of the neurons excite.
    pub excitatory: u32,
    /// Milliseconds of a burst, where the model says.
    pub milliseconds: Option<f64>,
}

/// Number of synapses between a source and any target: each pair is joined with the same probability, by drawing how
/// far it is to the next one that is.
fn targets(stream: &mut Stream, probability: f64, neurons: u32, mut joined: impl FnMut(u32)) {
    if probability <= 0.0 {
        return;
    }
    let scale = (1.0 - probability).ln();
    let mut at = -1.0;
    loop {
        // With certainty the logarithm is infinite, and every step is 1.
        at += 1.0 + ((1.0 - stream.unit()).ln() / scale).floor();
        if at >= f64::from(neurons) {
            return;
        }
        joined(at as u32);
    }
}
