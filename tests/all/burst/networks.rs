//! Random networks of all shapes.

use kvrm::burst::{Neuron, Neurons, Stream, Strength, Synapses};

/// What a network looks like.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub neurons: u32,
    pub synapses: u32,
    pub ids: Ids,
    pub kind: Kind,
    /// Draws and drives, which the naive model lacks.
    pub chance: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ids {
    FromZero,
    Shuffled,
    /// Up to and with 2^31.
    Sparse,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Mixed,
    SelfLoops,
    AllInhibitory,
    /// A third of everything is invalid.
    Invalid,
    /// Every synapse many times.
    Duplicates,
    /// Half of all synapses start at one neuron.
    Skewed,
    /// Everything ends at a few neurons, at full strength: sums beyond 32 bits and potentials at their ends.
    Saturating,
}

pub const KINDS: [Kind; 7] = [
    Kind::Mixed,
    Kind::SelfLoops,
    Kind::AllInhibitory,
    Kind::Invalid,
    Kind::Duplicates,
    Kind::Skewed,
    Kind::Saturating,
];

pub fn ids(count: u32, kind: Ids, stream: &mut Stream) -> Vec<u32> {
    let mut ids: Vec<u32> = match kind {
        Ids::FromZero => return (0..count).collect(),
        Ids::Shuffled => (0..count).map(|n| 2 * n + 5).collect(),
        Ids::Sparse => {
            let mut set = std::collections::BTreeSet::from([1 << 31]);
            while set.len() < count as usize {
                set.insert(stream.below(1 << 31));
            }
            set.into_iter().rev().take(count as usize).collect()
        }
    };
    for n in (1..ids.len()).rev() {
        ids.swap(n, stream.below(n as u32 + 1) as usize);
    }
    ids
}

pub fn network(shape: Shape, seed: u64) -> (Neurons, Synapses) {
    let mut stream = Stream::new(seed, 1);
    let s = &mut stream;
    let ids = ids(shape.neurons, shape.ids, s);
    let mut neurons = Neurons::new();
    for id in &ids {
        neurons.push(*id, neuron(shape, s));
    }
    let mut synapses = Synapses::new();
    if ids.is_empty() {
        return (neurons, synapses);
    }
    let any = |s: &mut Stream| ids[s.below(shape.neurons) as usize];
    while synapses.len() < shape.synapses as usize {
        let source = if shape.kind == Kind::Skewed && s.below(2) == 0 { ids[0] } else { any(s) };
        let target = match shape.kind {
            Kind::SelfLoops => source,
            Kind::Saturating => ids[s.below(shape.neurons.min(3)) as usize],
            _ => any(s),
        };
        let inhibitory = shape.kind == Kind::AllInhibitory || s.below(5) == 0;
        let full = shape.kind == Kind::Saturating;
        let mut byte = || if full { 255 } else { s.bits() as u8 };
        let strength = Strength::new(byte(), byte() & if full { 255 } else { 31 }, inhibitory);
        let strength = strength.with_validity(shape.kind != Kind::Invalid || s.below(3) > 0);
        let times = if shape.kind == Kind::Duplicates { 8 } else { 1 };
        for _ in 0..times {
            synapses.push(source, target, strength);
        }
    }
    (neurons, synapses)
}

fn neuron(shape: Shape, s: &mut Stream) -> Neuron {
    let between = |s: &mut Stream, low: f64, high: f64| (low + (high - low) * s.unit()) as f32;
    let rest = between(s, -70.0, 70.0);
    let mut neuron = Neuron {
        rest,
        // Some thresholds are below rest, so that there are always some that fire.
        threshold: rest + between(s, -20.0, 4_000.0),
        potential: between(s, -5_000.0, 5_000.0),
        leak: [0.0, 1.0, 0.5, between(s, 0.0, 0.1)][s.below(4) as usize],
        refractory: s.below(4) as u16,
        fire_limit: s.below(5) as u16,
        snooze: s.below(7) as u16,
        valid: shape.kind != Kind::Invalid || s.below(3) > 0,
        ..Neuron::default()
    };
    if shape.kind == Kind::Saturating {
        neuron.potential = [8_388_607.5, -8_388_608.0, 0.0][s.below(3) as usize];
        neuron.rest = [8_388_607.5, -8_388_608.0, 0.0][s.below(3) as usize];
        neuron.threshold = [8_388_607.5, -8_388_608.0, 100.0][s.below(3) as usize];
    }
    if s.below(50) == 0 {
        (neuron.refractory, neuron.snooze, neuron.fire_limit) = (65_535, 65_535, 1);
    }
    if shape.chance {
        neuron.excitability = [0.0, 1.0, 0.3, 0.9][s.below(4) as usize];
        neuron.drive = s.below(3) as u8;
    }
    neuron
}
