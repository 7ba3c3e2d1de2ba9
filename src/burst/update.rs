//! Changes of a network that is in use.

use super::crossover::Processor;
use super::network::{Neurons, Strength, Synapses};
use super::{Burst, Error};

impl Burst {
    /// Gives synapses new weights. A synapse is named by its index in the order in which they were given.
    pub fn set_weights(&mut self, weights: &[(u32, u8)]) -> Result<(), Error> {
        self.change(weights, |old, weight| old.with_weight(weight))
    }

    /// Gives synapses new strengths.
    pub fn set_strengths(&mut self, strengths: &[(u32, Strength)]) -> Result<(), Error> {
        self.change(strengths, |_, strength| strength)
    }

    /// Makes synapses invalid. The others keep their indices.
    pub fn remove_synapses(&mut self, synapses: &[u32]) -> Result<(), Error> {
        let removed: Vec<_> = synapses.iter().map(|synapse| (*synapse, ())).collect();
        self.change(&removed, |old, ()| old.with_validity(false))
    }

    fn change<T: Copy>(&mut self, changes: &[(u32, T)], apply: impl Fn(Strength, T) -> Strength) -> Result<(), Error> {
        let network = self.network.as_mut().ok_or(Error::NoNetwork)?;
        let synapses = network.synapses.len();
        if let Some(index) = changes.iter().position(|(synapse, _)| *synapse as usize >= synapses) {
            return Err(Error::NoSuchSynapse { index, synapse: changes[index].0, synapses });
        }
        for (synapse, value) in changes {
            let strength = &mut network.synapses.strengths[*synapse as usize];
            *strength = apply(*strength, *value);
        }
        let changed = || changes.iter().map(|(synapse, _)| *synapse);
        if let Some(host) = &mut self.host {
            host.update(network, changed());
        }
        if let Some(device) = &self.device {
            device.update_strengths(network, changed())?;
        }
        Ok(())
    }

    /// Adds synapses behind the others. A neuron that fired in the last burst sends along its new ones too.
    pub fn add_synapses(&mut self, synapses: &Synapses) -> Result<(), Error> {
        let network = self.network.as_mut().ok_or(Error::NoNetwork)?;
        network.add_synapses(synapses)?;
        if let Some(host) = &mut self.host {
            host.grow(network);
        }
        let fits = match &mut self.device {
            Some(device) if !synapses.is_empty() => device.add_synapses(network)?,
            _ => true,
        };
        self.keep_if(fits)
    }

    /// Adds neurons behind the others.
    pub fn add_neurons(&mut self, neurons: &Neurons) -> Result<(), Error> {
        let drives = self.setup.drives.len();
        // What the GPU has of the state of the others must be at hand if it has to be uploaded again.
        let network = self.network.as_mut().ok_or(Error::NoNetwork)?;
        let potential = network.add_neurons(neurons, drives)?;
        let before = self.state.potential.len();
        self.state.extend(potential);
        if let Some(host) = &mut self.host {
            host.grow(network);
        }
        let fits = match &mut self.device {
            Some(device) if !neurons.is_empty() => {
                if device.add_neurons(network, &self.state)? {
                    true
                } else {
                    let added = self.state.potential.split_off(before);
                    if self.place == Processor::Gpu {
                        device.download_state(&mut self.state)?;
                    }
                    self.state.potential.truncate(before);
                    self.state.countdown.truncate(before);
                    self.state.fires.truncate(before);
                    self.state.extend(added);
                    self.place = Processor::Host;
                    false
                }
            }
            _ => true,
        };
        self.keep_if(fits)
    }

    /// Makes neurons invalid, by id: they stay as they are, never fire again, and their ids stay taken. What fired in
    /// the last burst has been sent and arrives.
    pub fn remove_neurons(&mut self, ids: &[u32]) -> Result<(), Error> {
        let network = self.network.as_mut().ok_or(Error::NoNetwork)?;
        let index = |(index, id): (usize, &u32)| network.index(*id).ok_or(Error::NoSuchNeuron { index, id: *id });
        let neurons = ids.iter().enumerate().map(index).collect::<Result<Vec<u32>, _>>()?;
        for neuron in neurons {
            network.valid.set(neuron as usize, false);
        }
        if let Some(device) = &self.device {
            device.update_validity(&network.valid);
        }
        Ok(())
    }

    /// What does not fit the buffers on the GPU goes there as a whole before the next burst.
    fn keep_if(&mut self, fits: bool) -> Result<(), Error> {
        if !fits {
            self.go_to_host()?;
            self.device = None;
        }
        Ok(())
    }
}
