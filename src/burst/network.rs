//! Neurons and synapses as they are given, and the checked network that both backends are made from.

use super::Error;
use super::constants::{NONE, STRENGTH_INHIBITORY, STRENGTH_PSP_SHIFT, STRENGTH_VALID};
use super::fixed::{potential_from, unit_from};
use super::ids::IdMap;
use super::mask::Mask;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// A leaky integrate-and-fire neuron.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neuron {
    /// It fires at this potential or above. Potentials are kept in steps of 1/256, from -8,388,608 to just below
    /// 8,388,608; one step of a synapse's `weight * psp` is 1.
    pub threshold: f32,
    /// Where the leak draws the potential, and where firing puts it.
    pub rest: f32,
    /// The potential at the start.
    pub potential: f32,
    /// The part of the distance to `rest` that is lost in a burst, from 0 to 1.
    pub leak: f32,
    /// The probability of firing in a burst in which everything else would let it, from 0 to 1.
    pub excitability: f32,
    /// Bursts after firing in which it cannot fire.
    pub refractory: u16,
    /// Fires until the refractory period is extended once; 0 for never.
    pub fire_limit: u16,
    /// Bursts by which it is then extended.
    pub snooze: u16,
    /// Which of the configuration's drives it has, from 1; 0 for none.
    pub drive: u8,
    /// An invalid neuron stays as it is and never fires.
    pub valid: bool,
}

impl Default for Neuron {
    fn default() -> Neuron {
        Neuron {
            threshold: 1.0,
            rest: 0.0,
            potential: 0.0,
            leak: 0.0,
            excitability: 1.0,
            refractory: 0,
            fire_limit: 0,
            snooze: 0,
            drive: 0,
            valid: true,
        }
    }
}

/// Neurons and their ids: any different numbers up to 0xfffffffe, in any order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Neurons {
    pub(crate) ids: Vec<u32>,
    pub(crate) neurons: Vec<Neuron>,
}

impl Neurons {
    /// None yet.
    pub fn new() -> Neurons {
        Neurons::default()
    }

    /// `count` equal neurons with the ids from 0.
    pub fn uniform(count: u32, neuron: Neuron) -> Neurons {
        Neurons { ids: (0..count).collect(), neurons: vec![neuron; count as usize] }
    }

    /// Adds a neuron.
    pub fn push(&mut self, id: u32, neuron: Neuron) {
        self.ids.push(id);
        self.neurons.push(neuron);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Their ids.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// What they are, to be changed.
    pub fn neurons_mut(&mut self) -> &mut [Neuron] {
        &mut self.neurons
    }
}

/// What a spike along a synapse adds to its target: `sign * weight * psp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(transparent)]
pub struct Strength(pub(crate) u32);

impl Strength {
    /// A valid synapse's.
    pub const fn new(weight: u8, psp: u8, inhibitory: bool) -> Strength {
        let sign = if inhibitory { STRENGTH_INHIBITORY } else { 0 };
        Strength(weight as u32 | (psp as u32) << STRENGTH_PSP_SHIFT | sign | STRENGTH_VALID)
    }

    /// The same with another weight.
    pub const fn with_weight(self, weight: u8) -> Strength {
        Strength(self.0 & !0xff | weight as u32)
    }

    /// The same, valid or not. An invalid synapse adds nothing.
    pub const fn with_validity(self, valid: bool) -> Strength {
        Strength(if valid { self.0 | STRENGTH_VALID } else { self.0 & !STRENGTH_VALID })
    }

    /// Its weight.
    pub const fn weight(self) -> u8 {
        self.0 as u8
    }

    /// Its postsynaptic potential.
    pub const fn psp(self) -> u8 {
        (self.0 >> STRENGTH_PSP_SHIFT) as u8
    }

    /// Whether it inhibits.
    pub const fn inhibitory(self) -> bool {
        self.0 & STRENGTH_INHIBITORY != 0
    }

    /// Whether it counts.
    pub const fn valid(self) -> bool {
        self.0 & STRENGTH_VALID != 0
    }

    /// What it adds to its target.
    pub const fn amount(self) -> i32 {
        let size = self.weight() as i32 * self.psp() as i32;
        match (self.valid(), self.inhibitory()) {
            (false, _) => 0,
            (true, false) => size,
            (true, true) => -size,
        }
    }
}

/// Synapses in any order. The same two neurons may have many, and a neuron may have some to itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Synapses {
    pub(crate) sources: Vec<u32>,
    pub(crate) targets: Vec<u32>,
    pub(crate) strengths: Vec<Strength>,
}

impl Synapses {
    /// None yet.
    pub fn new() -> Synapses {
        Synapses::default()
    }

    /// Synapses from the ids of sources and targets, and strengths: three lists of one length.
    pub fn from_parts(sources: Vec<u32>, targets: Vec<u32>, strengths: Vec<Strength>) -> Result<Synapses, Error> {
        if sources.len() != targets.len() || sources.len() != strengths.len() {
            let (sources, targets, strengths) = (sources.len(), targets.len(), strengths.len());
            return Err(Error::Lengths { sources, targets, strengths });
        }
        Ok(Synapses { sources, targets, strengths })
    }

    /// Adds a synapse between two ids.
    pub fn push(&mut self, source: u32, target: u32, strength: Strength) {
        self.sources.push(source);
        self.targets.push(target);
        self.strengths.push(strength);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Source, target and strength of each.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32, Strength)> + '_ {
        self.sources.iter().zip(&self.targets).zip(&self.strengths).map(|((s, t), w)| (*s, *t, *w))
    }

    fn extend(&mut self, more: &Synapses) {
        self.sources.extend_from_slice(&more.sources);
        self.targets.extend_from_slice(&more.targets);
        self.strengths.extend_from_slice(&more.strengths);
    }
}

/// A checked network: what does not change from burst to burst.
#[derive(Clone, Debug, Default)]
pub(crate) struct Network {
    pub ids: Vec<u32>,
    pub map: IdMap,
    pub threshold: Vec<i32>,
    pub rest: Vec<i32>,
    pub leak: Vec<u32>,
    pub excitability: Vec<u32>,
    pub refractory: Vec<u16>,
    pub snooze: Vec<u16>,
    pub fire_limit: Vec<u16>,
    pub drive: Vec<u8>,
    pub valid: Mask,
    pub synapses: Synapses,
    /// Synapses that end at each neuron.
    pub fan_in: Vec<u32>,
}

impl Network {
    /// Checks everything; returns the network and the neurons' potentials.
    pub fn new(neurons: &Neurons, synapses: Synapses, drives: usize) -> Result<(Network, Vec<i32>), Error> {
        let mut network = Network::default();
        let potential = network.add_neurons(neurons, drives)?;
        network.check_synapses(&synapses)?;
        network.count_fan_in(&synapses);
        network.synapses = synapses;
        Ok((network, potential))
    }

    /// Checks what was read from a file, all but ids and synapses being set, and sets the rest.
    pub fn adopt(&mut self, synapses: Synapses, drives: usize) -> Result<(), Error> {
        let unit = 1 << super::constants::UNIT_BITS;
        for (index, &id) in self.ids.iter().enumerate() {
            if id == NONE {
                return Err(Error::IdTooLarge { index, id });
            }
            if usize::from(self.drive[index]) > drives {
                return Err(Error::NoSuchDrive { index, id, drive: self.drive[index], drives });
            }
            for (what, value) in [("leak", self.leak[index]), ("excitability", self.excitability[index])] {
                if value > unit {
                    let value = value as f32 / unit as f32;
                    return Err(Error::Parameter { index, id, what, value, allowed: "from 0 to 1" });
                }
            }
        }
        let map = IdMap::default().extended(&[], &self.ids);
        self.map = map.map_err(|index| Error::DuplicateId { index, id: self.ids[index] })?;
        self.fan_in = vec![0; self.ids.len()];
        self.add_synapses(&synapses)
    }

    /// How many neurons there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// The index of the neuron with this id.
    pub fn index(&self, id: u32) -> Option<u32> {
        self.map.get(id)
    }

    /// Adds neurons, all or none; returns their potentials.
    pub fn add_neurons(&mut self, neurons: &Neurons, drives: usize) -> Result<Vec<i32>, Error> {
        let most = u64::from(NONE);
        let wanted = (self.len() + neurons.len()) as u64;
        if wanted > most {
            let reason = "an index of 32 bits".to_owned();
            return Err(Error::TooMany { what: "neurons", wanted, most, reason });
        }
        let mut potentials = Vec::with_capacity(neurons.len());
        for (index, (&id, neuron)) in neurons.ids.iter().zip(&neurons.neurons).enumerate() {
            if id == NONE {
                return Err(Error::IdTooLarge { index, id });
            }
            if usize::from(neuron.drive) > drives {
                return Err(Error::NoSuchDrive { index, id, drive: neuron.drive, drives });
            }
            potentials.push(check(index, id, neuron)?);
        }
        let map = self.map.extended(&self.ids, &neurons.ids);
        self.map = map.map_err(|index| Error::DuplicateId { index, id: neurons.ids[index] })?;
        self.ids.extend_from_slice(&neurons.ids);
        let fixed = |value| potential_from(value).expect("checked");
        let unit = |value| unit_from(value).expect("checked");
        let all = &neurons.neurons;
        self.threshold.extend(all.iter().map(|neuron| fixed(neuron.threshold)));
        self.rest.extend(all.iter().map(|neuron| fixed(neuron.rest)));
        self.leak.extend(all.iter().map(|neuron| unit(neuron.leak)));
        self.excitability.extend(all.iter().map(|neuron| unit(neuron.excitability)));
        self.refractory.extend(all.iter().map(|neuron| neuron.refractory));
        self.snooze.extend(all.iter().map(|neuron| neuron.snooze));
        self.fire_limit.extend(all.iter().map(|neuron| neuron.fire_limit));
        self.drive.extend(all.iter().map(|neuron| neuron.drive));
        all.iter().for_each(|neuron| self.valid.push(neuron.valid));
        self.fan_in.resize(self.ids.len(), 0);
        Ok(potentials)
    }

    /// Adds synapses, all or none.
    pub fn add_synapses(&mut self, synapses: &Synapses) -> Result<(), Error> {
        let (most, wanted) = (u64::from(NONE), (self.synapses.len() + synapses.len()) as u64);
        if wanted > most {
            let reason = "an index of 32 bits".to_owned();
            return Err(Error::TooMany { what: "synapses", wanted, most, reason });
        }
        self.check_synapses(synapses)?;
        self.count_fan_in(synapses);
        self.synapses.extend(synapses);
        Ok(())
    }

    fn check_synapses(&self, synapses: &Synapses) -> Result<(), Error> {
        let unknown = |ids: &[u32]| ids.par_iter().position_first(|id| self.index(*id).is_none());
        for (end, ids) in [("source", &synapses.sources), ("target", &synapses.targets)] {
            if let Some(index) = unknown(ids) {
                return Err(Error::SynapseEnd { index, end, id: ids[index] });
            }
        }
        Ok(())
    }

    fn count_fan_in(&mut self, synapses: &Synapses) {
        let counts: Vec<AtomicU32> = std::mem::take(&mut self.fan_in).into_iter().map(AtomicU32::new).collect();
        synapses.targets.par_iter().for_each(|id| {
            let index = self.index(*id).expect("checked");
            counts[index as usize].fetch_add(1, Ordering::Relaxed);
        });
        self.fan_in = counts.into_iter().map(AtomicU32::into_inner).collect();
    }

    /// The most synapses that end at one neuron.
    pub fn greatest_fan_in(&self) -> u32 {
        self.fan_in.par_iter().copied().max().unwrap_or(0)
    }
}

/// The neuron's potential, if all its numbers are in range.
fn check(index: usize, id: u32, neuron: &Neuron) -> Result<i32, Error> {
    let wrong = |what, value, allowed| Error::Parameter { index, id, what, value, allowed };
    for (what, value) in [("threshold", neuron.threshold), ("rest", neuron.rest)] {
        potential_from(value).ok_or_else(|| wrong(what, value, POTENTIALS))?;
    }
    for (what, value) in [("leak", neuron.leak), ("excitability", neuron.excitability)] {
        unit_from(value).ok_or_else(|| wrong(what, value, "from 0 to 1"))?;
    }
    potential_from(neuron.potential).ok_or_else(|| wrong("potential", neuron.potential, POTENTIALS))
}

const POTENTIALS: &str = "from -8388608 to below 8388608";
