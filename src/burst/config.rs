//! How an engine is set up.

use super::Error;
use super::drive::{Drive, DriveTable};
use crate::gpu::Gpu;

/// Where bursts are computed. The results are the same to the bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// Whichever was faster when both were timed on this network; the host where there is no adapter.
    #[default]
    Auto,
    /// The processor, all its cores.
    Host,
    /// The GPU.
    Gpu,
}

/// How an engine is set up. `Config::default()` has seed 0, no drives, and chooses everything else by itself.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Of all draws. The same network with the same seed does the same.
    pub seed: u64,
    /// Where bursts are computed.
    pub backend: Backend,
    /// Input from outside; [`Neuron::drive`](super::Neuron::drive) 1 is the first of them. At most 255.
    pub drives: Vec<Drive>,
    /// Part of the adapter's name, as in [`gpu::Options`](crate::gpu::Options).
    pub adapter: Option<String>,
    /// An open device to use instead.
    pub gpu: Option<Gpu>,
    /// Leaves out the bounds checks of the shaders. What they index is checked when it is uploaded.
    pub unchecked: bool,
    /// Most synapses in a chunk; `None` for as many as the adapter binds at once.
    pub chunk_synapses: Option<u32>,
    /// Whether workgroups collect what fired before they make work of it, or every thread does so itself; `None` for what
    /// is faster on the adapter. The results are the same.
    pub grouped: Option<bool>,
    /// Spikes that are recorded on the GPU before the host reads them, beyond one for each neuron; `None` for four
    /// million.
    pub raster_room: Option<u32>,
}

/// What of the configuration the arithmetic needs.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub seed: u64,
    pub drives: Vec<DriveTable>,
}

impl Setup {
    pub fn new(config: &Config) -> Result<Setup, Error> {
        if config.drives.len() > 255 {
            let (wanted, reason) = (config.drives.len() as u64, "a neuron's 8 bits for it".to_owned());
            return Err(Error::TooMany { what: "drives", wanted, most: 255, reason });
        }
        let drives = config.drives.iter().enumerate().map(|(index, drive)| DriveTable::new(index, drive));
        Ok(Setup { seed: config.seed, drives: drives.collect::<Result<_, _>>()? })
    }
}
