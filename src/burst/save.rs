//! Networks with their state in files.
//!
//! A file is a header of four times eight bytes (magic, version, length and checksum of what follows), then lists: a
//! length in eight bytes, then the elements, all little-endian.

use super::config::{Backend, Config};
use super::drive::Drive;
use super::mask::Mask;
use super::network::{Network, Strength, Synapses};
use super::state::State;
use super::{Burst, Error};
use crate::files;
use bytemuck::Pod;
use std::path::Path;

const MAGIC: &[u8; 8] = b"KVRMBRST";
const VERSION: u32 = 1;
const HEADER: usize = 32;

impl Burst {
    /// Writes network, state, seed and drives. Where bursts are computed is not part of it.
    pub fn save(&mut self, path: &Path) -> Result<(), Error> {
        if self.place == super::Processor::Gpu
            && let Some(device) = &self.device
        {
            device.download_state(&mut self.state)?;
        }
        let network = self.network.as_ref().ok_or(Error::NoNetwork)?;
        let state = &self.state;
        let mut body = Vec::new();
        put(&mut body, &[self.setup.seed, state.step]);
        let means: Vec<u64> = self.config.drives.iter().map(|drive| drive.mean.to_bits()).collect();
        let amounts: Vec<i32> = self.config.drives.iter().flat_map(|drive| [drive.event, drive.constant]).collect();
        put(&mut body, &means);
        put(&mut body, &amounts);
        put(&mut body, &network.ids);
        put(&mut body, &network.threshold);
        put(&mut body, &network.rest);
        put(&mut body, &network.leak);
        put(&mut body, &network.excitability);
        put(&mut body, &network.refractory);
        put(&mut body, &network.snooze);
        put(&mut body, &network.fire_limit);
        put(&mut body, &network.drive);
        put(&mut body, network.valid.words());
        put(&mut body, &network.synapses.sources);
        put(&mut body, &network.synapses.targets);
        put(&mut body, &network.synapses.strengths);
        put(&mut body, &state.potential);
        put(&mut body, &state.countdown);
        put(&mut body, &state.fires);
        put(&mut body, &state.fired);
        let mut file = Vec::with_capacity(HEADER + body.len());
        file.extend_from_slice(MAGIC);
        file.extend_from_slice(&u64::from(VERSION).to_le_bytes());
        file.extend_from_slice(&(body.len() as u64).to_le_bytes());
        file.extend_from_slice(&checksum(&body).to_le_bytes());
        file.append(&mut body);
        let failed = |error| Error::Io { file: path.display().to_string(), error };
        std::fs::write(path, file).map_err(failed)
    }

    /// Reads what [`Burst::save`] wrote. Seed and drives are the file's, everything else is as `config` says.
    pub fn restore(path: &Path, config: Config) -> Result<Burst, Error> {
        let name = path.display().to_string();
        let bytes = files::read(path, files::ARRAY).map_err(|error| Error::Io { file: name.clone(), error })?;
        parse(&bytes, config).map_err(|message| Error::File { file: name, message })
    }

    /// Where bursts are to be computed.
    pub fn backend(&self) -> Backend {
        self.config.backend
    }
}

fn put<T: Pod>(body: &mut Vec<u8>, list: &[T]) {
    body.extend_from_slice(&(list.len() as u64).to_le_bytes());
    body.extend_from_slice(bytemuck::cast_slice(list));
}

/// The lists of a file, one after the other.
struct Lists<'a>(&'a [u8]);

impl Lists<'_> {
    fn take<T: Pod>(&mut self, what: &str) -> Result<Vec<T>, String> {
        let broken = || format!("the list of {what} is cut off");
        let (length, rest) = self.0.split_at_checked(8).ok_or_else(broken)?;
        let length = u64::from_le_bytes(length.try_into().expect("8"));
        let bytes = length.checked_mul(size_of::<T>() as u64).and_then(|bytes| usize::try_from(bytes).ok());
        let (list, rest) = bytes.and_then(|bytes| rest.split_at_checked(bytes)).ok_or_else(broken)?;
        self.0 = rest;
        Ok(bytemuck::pod_collect_to_vec(list))
    }

    fn exactly<T: Pod>(&mut self, what: &str, length: usize) -> Result<Vec<T>, String> {
        let list = self.take(what)?;
        if list.len() != length {
            return Err(format!("{} entries in the list of {what}, and not {length}", list.len()));
        }
        Ok(list)
    }
}

fn parse(bytes: &[u8], config: Config) -> Result<Burst, String> {
    let Some((header, body)) = bytes.split_at_checked(HEADER) else {
        return Err("not a saved network: shorter than its header".to_owned());
    };
    if &header[..8] != MAGIC {
        return Err("not a saved network".to_owned());
    }
    let word = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().expect("8"));
    if word(8) != u64::from(VERSION) {
        return Err(format!("version {}; this program reads version {VERSION}", word(8)));
    }
    if word(16) != body.len() as u64 {
        return Err(format!("{} bytes after the header, and not {}: cut off?", body.len(), word(16)));
    }
    if word(24) != checksum(body) {
        return Err("damaged: the checksum differs".to_owned());
    }
    let mut lists = Lists(body);
    let [seed, step] = lists.exactly::<u64>("seed and burst", 2)?[..] else { unreachable!("two were asked for") };
    let means = lists.take::<u64>("means of drives")?;
    let amounts = lists.exactly::<i32>("amounts of drives", 2 * means.len())?;
    let drive = |(mean, amounts): (&u64, &[i32])| Drive {
        mean: f64::from_bits(*mean),
        event: amounts[0],
        constant: amounts[1],
    };
    let drives = means.iter().zip(amounts.chunks_exact(2)).map(drive).collect();
    let ids = lists.take::<u32>("ids")?;
    let n = ids.len();
    let mut network = Network {
        threshold: lists.exactly("thresholds", n)?,
        rest: lists.exactly("resting potentials", n)?,
        leak: lists.exactly("leaks", n)?,
        excitability: lists.exactly("excitabilities", n)?,
        refractory: lists.exactly("refractory periods", n)?,
        snooze: lists.exactly("snooze periods", n)?,
        fire_limit: lists.exactly("fire limits", n)?,
        drive: lists.exactly("drives of neurons", n)?,
        valid: Mask::from_words(lists.exactly("valid bits", n.div_ceil(32))?, n),
        ids,
        ..Network::default()
    };
    let sources = lists.take::<u32>("sources")?;
    let synapses = Synapses {
        targets: lists.exactly("targets", sources.len())?,
        strengths: lists.exactly::<Strength>("strengths", sources.len())?,
        sources,
    };
    let state = State {
        step,
        potential: lists.exactly("potentials", n)?,
        countdown: lists.exactly("countdowns", n)?,
        fires: lists.exactly("fire counts", n)?,
        fired: lists.take("neurons that fired")?,
    };
    if !lists.0.is_empty() {
        return Err(format!("{} bytes too many", lists.0.len()));
    }
    let rising = state.fired.windows(2).all(|pair| pair[0] < pair[1]);
    if !rising || state.fired.last().is_some_and(|neuron| *neuron as usize >= n) {
        return Err("the neurons that fired are not in order, or not in the network".to_owned());
    }
    let mut burst = Burst::new(Config { seed, drives, ..config }).map_err(|error| error.to_string())?;
    network.adopt(synapses, burst.setup.drives.len()).map_err(|error| error.to_string())?;
    burst.set_network(network, state);
    Ok(burst)
}

/// As FNV-1a, but over words of eight bytes, the last one filled up with zeros, and turned so that high bits count too.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(0xcbf2_9ce4_8422_2325, |sum, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        (sum ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
    })
}
