//! Spiking networks: leaky integrate-and-fire neurons, burst by burst, on the GPU or on the host.
//!
//! A burst is one time step. What fired in the last one sends along its synapses; then every neuron leaks, takes its
//! input, and perhaps fires. Both backends give the same fired neurons and the same potentials to the bit; `BURST.md`
//! in the documentation has the model, the order of operations and the ranges of all numbers.
//!
//! Three neurons in a ring, one of them set going from outside:
//!
//! ```
//! use kvrm::burst::{Backend, Burst, Config, Neuron, Neurons, Strength, Synapses};
//!
//! # fn main() -> Result<(), kvrm::burst::Error> {
//! let neurons = Neurons::uniform(3, Neuron { threshold: 10.0, ..Neuron::default() });
//! let mut synapses = Synapses::new();
//! for n in 0..3 {
//!     synapses.push(n, (n + 1) % 3, Strength::new(5, 2, false));
//! }
//! let mut burst = Burst::new(Config { backend: Backend::Host, ..Config::default() })?;
//! burst.initialize_persistent_data(&neurons, &synapses)?;
//! assert_eq!(burst.process_burst(&[(2, 10)])?, [2]);
//! let raster = burst.run(4)?;
//! assert_eq!(raster.ids, [0, 1, 2, 0]);
//! # Ok(())
//! # }
//! ```

mod config;
mod constants;
mod crossover;
mod device;
mod draw;
mod drive;
mod error;
mod fixed;
mod ids;
mod mask;
pub mod models;
mod network;
#[cfg(feature = "plot")]
mod plot;
mod raster;
pub(crate) mod reference;
mod save;
mod shaders;
mod state;
mod update;

pub use config::{Backend, Config};
pub use draw::Stream;
pub use drive::Drive;
pub use error::Error;
pub use fixed::{potential_from, potential_value};
pub use network::{Neuron, Neurons, Strength, Synapses};
#[cfg(feature = "plot")]
pub use plot::{Labels, plot};
pub use raster::{Raster, Statistics};
pub use shaders::shaders;

use crate::gpu::{self, Gpu};
use config::Setup;
use crossover::{Calls, Crossover, Processor};
use device::{Device, INJECTION_LIMIT, Pipelines};
use network::Network;
use reference::Host;
use state::State;
use std::collections::BTreeMap;
use std::time::Instant;
use wgpu::DeviceType;

/// With more synapses than this, `Backend::Auto` does not try the host, whose copy alone would take a gigabyte.
const MOST_TO_TRY_ON_HOST: usize = 1 << 27;

/// A spiking network and its state.
#[derive(Debug)]
pub struct Burst {
    config: Config,
    setup: Setup,
    network: Option<Network>,
    /// Current where `place` says; `step` always is.
    state: State,
    place: Processor,
    host: Option<Host>,
    device: Option<Device>,
    gpu: Option<Gpu>,
    pipelines: Option<Pipelines>,
    crossover: Crossover,
    /// Set when `Backend::Auto` found that there is no GPU for this network.
    no_gpu: bool,
    uploads: u64,
}

impl Burst {
    /// An engine without a network. No adapter is opened before it is needed.
    pub fn new(config: Config) -> Result<Burst, Error> {
        let setup = Setup::new(&config)?;
        Ok(Burst {
            gpu: config.gpu.clone(),
            config,
            setup,
            network: None,
            state: State::default(),
            place: Processor::Host,
            host: None,
            device: None,
            pipelines: None,
            crossover: Crossover::default(),
            no_gpu: false,
            uploads: 0,
        })
    }

    /// Gives the engine its network, in place of any other, at burst 0. Both are copied.
    pub fn initialize_persistent_data(&mut self, neurons: &Neurons, synapses: &Synapses) -> Result<(), Error> {
        self.initialize_owned(neurons, synapses.clone())
    }

    /// The same without a copy of the synapses.
    pub fn initialize_owned(&mut self, neurons: &Neurons, synapses: Synapses) -> Result<(), Error> {
        let (network, potential) = Network::new(neurons, synapses, self.setup.drives.len())?;
        self.set_network(network, State::new(potential));
        Ok(())
    }

    fn set_network(&mut self, network: Network, state: State) {
        self.forget();
        self.network = Some(network);
        self.state = state;
        self.place = Processor::Host;
    }

    /// Drops what backends have made of the network.
    fn forget(&mut self) {
        self.device = None;
        self.host = None;
        self.crossover = Crossover::default();
        self.no_gpu = false;
    }

    /// One burst, with amounts added to the inputs of neurons by id. Returns the ids of those that fired, in the order
    /// in which the neurons were given. What several entries give one neuron is added up and saturated to ±(2^30 - 1).
    pub fn process_burst(&mut self, injected: &[(u32, i32)]) -> Result<Vec<u32>, Error> {
        let network = self.network.as_ref().ok_or(Error::NoNetwork)?;
        let mut sums: BTreeMap<u32, i64> = BTreeMap::new();
        for (index, (id, amount)) in injected.iter().enumerate() {
            let neuron = network.index(*id).ok_or(Error::NoSuchNeuron { index, id: *id })?;
            *sums.entry(neuron).or_default() += i64::from(*amount);
        }
        let saturated = |amount: i64| amount.clamp(-INJECTION_LIMIT, INJECTION_LIMIT) as i32;
        let injected: Vec<_> = sums.into_iter().map(|(neuron, amount)| (neuron, saturated(amount))).collect();
        let raster = self.bursts(&injected, 1, Calls::Single, true)?;
        Ok(raster.ids)
    }

    /// That many bursts with nothing injected, and who fired in them.
    pub fn run(&mut self, bursts: u32) -> Result<Raster, Error> {
        self.run_recording(bursts, true)
    }

    /// That many bursts with nothing injected, and how many neurons fired in each.
    pub fn run_counts(&mut self, bursts: u32) -> Result<Vec<u32>, Error> {
        Ok(self.run_recording(bursts, false)?.counts)
    }

    fn run_recording(&mut self, bursts: u32, spikes: bool) -> Result<Raster, Error> {
        self.network.as_ref().ok_or(Error::NoNetwork)?;
        let mut raster = Raster { first: self.state.step, ..Raster::default() };
        while raster.counts.len() < bursts as usize {
            let left = bursts - raster.counts.len() as u32;
            raster.append(&self.bursts(&[], left, Calls::Many, spikes)?);
        }
        Ok(raster)
    }

    /// At least one burst, at most `most`.
    fn bursts(&mut self, injected: &[(u32, i32)], most: u32, calls: Calls, spikes: bool) -> Result<Raster, Error> {
        let (place, most) = self.choose(calls, most)?;
        let first = self.state.step;
        let network = self.network.as_ref().ok_or(Error::NoNetwork)?;
        let begun = Instant::now();
        let raster = match (place, &mut self.device) {
            (Processor::Gpu, Some(device)) => {
                let record = device.bursts(injected, most, spikes)?;
                self.state.step += record.counts.len() as u64;
                let ids = record.spikes.iter().map(|neuron| network.ids[*neuron as usize]).collect();
                Raster { first, counts: record.counts, ids }
            }
            _ => {
                let host = self.host.get_or_insert_with(|| Host::new(network));
                host.burst(network, &self.setup, &mut self.state, injected);
                let fired = &self.state.fired;
                let ids = if spikes { fired.iter().map(|n| network.ids[*n as usize]).collect() } else { Vec::new() };
                Raster { first, counts: vec![fired.len() as u32], ids }
            }
        };
        let fired = raster.counts.iter().map(|count| u64::from(*count)).sum();
        self.crossover.record(calls, place, raster.counts.len() as u32, begun.elapsed().as_secs_f64(), fired);
        Ok(raster)
    }

    /// Where the next bursts are computed and how many of them at most; the state is there afterwards.
    fn choose(&mut self, calls: Calls, most: u32) -> Result<(Processor, u32), Error> {
        let synapses = self.network.as_ref().ok_or(Error::NoNetwork)?.synapses.len();
        match self.config.backend {
            Backend::Host => self.go_to_host().map(|()| (Processor::Host, most)),
            Backend::Gpu => self.go_to_gpu().map(|()| (Processor::Gpu, most)),
            Backend::Auto => {
                let untried = synapses > MOST_TO_TRY_ON_HOST;
                let most = if untried || self.no_gpu { most } else { most.min(self.crossover.most(calls)) };
                if !self.no_gpu && (untried || self.crossover.next(calls) == Processor::Gpu) {
                    match self.go_to_gpu() {
                        Ok(()) => return Ok((Processor::Gpu, most)),
                        // What the state was on is gone with the device.
                        Err(error) if self.place == Processor::Gpu => return Err(error),
                        Err(error) => {
                            log::warn!("bursts stay on the host: {error}");
                            self.no_gpu = true;
                        }
                    }
                }
                self.go_to_host()?;
                Ok((Processor::Host, most))
            }
        }
    }

    fn go_to_host(&mut self) -> Result<(), Error> {
        if self.place == Processor::Gpu {
            if let Some(device) = &self.device {
                device.download_state(&mut self.state)?;
            }
            self.place = Processor::Host;
        }
        Ok(())
    }

    fn go_to_gpu(&mut self) -> Result<(), Error> {
        let network = self.network.as_ref().ok_or(Error::NoNetwork)?;
        if self.place == Processor::Gpu && self.device.is_some() {
            return Ok(());
        }
        match &mut self.device {
            Some(device) => device.upload_whole_state(&self.state),
            None => {
                let gpu = match &self.gpu {
                    Some(gpu) => gpu.clone(),
                    None => {
                        let adapter = self.config.adapter.clone();
                        Gpu::open(&gpu::Options { adapter, ..gpu::Options::default() })?
                    }
                };
                self.gpu = Some(gpu.clone());
                // Software adapters pay dearly for barriers.
                let grouped = self.config.grouped.unwrap_or(gpu.info().device_type != DeviceType::Cpu);
                let variant = Device::variant(network, grouped);
                let pipelines = match self.pipelines.take().filter(|pipelines| pipelines.variant == variant) {
                    Some(pipelines) => pipelines,
                    None => Pipelines::new(&gpu, variant, !self.config.unchecked)?,
                };
                self.pipelines = Some(pipelines.clone());
                let device = Device::new(&gpu, pipelines, &self.config, &self.setup, network, &self.state)?;
                self.device = Some(device);
                self.uploads += 1;
            }
        }
        self.place = Processor::Gpu;
        Ok(())
    }

    /// The network has been changed by other means, or is not needed for a while: keeps the state, drops everything on
    /// the GPU. The next burst there uploads again.
    pub fn on_genome_change(&mut self) -> Result<(), Error> {
        self.go_to_host()?;
        self.forget();
        Ok(())
    }

    /// From now on the host computes.
    pub fn force_host(&mut self) {
        self.config.backend = Backend::Host;
    }

    /// From now on the GPU computes.
    pub fn force_gpu(&mut self) {
        self.config.backend = Backend::Gpu;
    }

    /// Bursts so far.
    pub fn step(&self) -> u64 {
        self.state.step
    }

    /// How many neurons there are, invalid ones included.
    pub fn neurons(&self) -> usize {
        self.network.as_ref().map_or(0, Network::len)
    }

    /// How many synapses there are, invalid ones included.
    pub fn synapses(&self) -> usize {
        self.network.as_ref().map_or(0, |network| network.synapses.len())
    }

    /// The neurons' ids in their order.
    pub fn ids(&self) -> &[u32] {
        self.network.as_ref().map_or(&[], |network| &network.ids)
    }

    /// The potentials in the order of the neurons, in steps of 1/256; [`potential_value`] makes numbers of them.
    pub fn potentials(&self) -> Result<Vec<i32>, Error> {
        match &self.device {
            Some(device) if self.place == Processor::Gpu => device.potentials(),
            _ => Ok(self.state.potential.clone()),
        }
    }

    /// The ids of the neurons that fired in the last burst.
    pub fn fired(&self) -> Result<Vec<u32>, Error> {
        let Some(network) = &self.network else { return Ok(Vec::new()) };
        let id = |neuron: &u32| network.ids[*neuron as usize];
        match &self.device {
            Some(device) if self.place == Processor::Gpu => Ok(device.fired()?.iter().map(id).collect()),
            _ => Ok(self.state.fired.iter().map(id).collect()),
        }
    }

    /// Whether the last burst was computed on the GPU.
    pub fn on_gpu(&self) -> bool {
        self.place == Processor::Gpu
    }

    /// How often the whole network went to a GPU.
    pub fn uploads(&self) -> u64 {
        self.uploads
    }
}
