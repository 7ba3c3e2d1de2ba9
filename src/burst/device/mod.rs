//! A network on the GPU: its buffers, made once and kept.

mod chunk;
mod pipelines;
mod run;

pub(super) use pipelines::Pipelines;

use super::config::{Config, Setup};
use super::constants::*;
use super::network::Network;
use super::shaders::Variant;
use super::state::State;
use super::{Error, mask::Mask};
use crate::gpu::{self, Bound, Buffer, Gpu, Pipeline};
use bytemuck::{Pod, Zeroable};
use chunk::Chunk;
use std::ops::Range;
use wgpu::{BufferUsages, ComputePass};

/// With at most so many synapses at each neuron one word holds any sum: they add up to less than 2^30 - 2^23, an
/// injection is below 2^30, and a drive below 2^23.
pub(super) const NARROW_FAN_IN: u32 = 16_383;
/// Injected amounts are saturated to this, in either direction.
pub(super) const INJECTION_LIMIT: i64 = (1 << 30) - 1;
const _: () = assert!(NARROW_FAN_IN as i64 * 255 * 255 + INJECTION_LIMIT + (1 << 23) <= i32::MAX as i64);

const DEFAULT_RASTER_ROOM: u32 = 4 << 20;
/// Bursts of a submission at most.
const MOST_BURSTS: u32 = 1024;

/// As `BurstParams` in `wgsl/burst/params.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
struct BurstParams {
    neurons: u32,
    capacity: u32,
    slots: u32,
    chunks: u32,
    raster_capacity: u32,
    seed_low: u32,
    seed_high: u32,
    unused: u32,
    items_at: [u32; MAX_CHUNKS as usize],
}

/// A network on the GPU.
#[derive(Debug)]
pub(super) struct Device {
    gpu: Gpu,
    pipelines: Pipelines,
    params: BurstParams,
    /// What the GPU has of `params`.
    uploaded: Option<BurstParams>,
    /// Words of the raster buffer.
    raster_words: u32,
    /// Synapses that the last chunk, of those that were added, has room for.
    tail_room: usize,
    /// Synapses that came with the upload.
    first_added: usize,
    chunks: Vec<Chunk>,
    /// Whether items have to be made of the neurons that fired last.
    resend: bool,
    /// Bursts in the next submission of a long run.
    batch: u32,
    /// Which ledger the last burst left.
    ledger: usize,
    buffers: Buffers,
    passes: Passes,
}

/// By the bindings' names.
#[derive(Debug)]
struct Buffers {
    params: Buffer,
    potential: Buffer,
    input: Buffer,
    planes: Buffer,
    refractory: Buffer,
    valid: Buffer,
    fired: Buffer,
    ids: Buffer,
    keys: Buffer,
    values: Buffer,
    spans: Buffer,
    items: Buffer,
    /// The one that the last burst left is at `Device::ledger`.
    ledgers: [Buffer; 2],
    raster: Buffer,
    drives: Buffer,
    counts: Buffer,
}

impl Buffers {
    /// Those that every pass may use. Ledgers are bound apart.
    fn shared(&self) -> [(&str, &Buffer); 15] {
        [
            ("params", &self.params),
            ("potential", &self.potential),
            ("input", &self.input),
            ("planes", &self.planes),
            ("refractory", &self.refractory),
            ("valid", &self.valid),
            ("fired", &self.fired),
            ("ids", &self.ids),
            ("keys", &self.keys),
            ("values", &self.values),
            ("spans", &self.spans),
            ("items", &self.items),
            ("raster", &self.raster),
            ("drives", &self.drives),
            ("counts", &self.counts),
        ]
    }

    fn bind(&self, gpu: &Gpu, pipeline: &Pipeline, own: &[(&str, &Buffer)]) -> Result<Bound, gpu::Error> {
        pipeline.bind(gpu, &[&self.shared(), own].concat())
    }
}

/// Bind groups that stay the same, by the ledger that the last burst left.
#[derive(Debug)]
struct Passes {
    dynamics: [Bound; 2],
    resend: [Bound; 2],
}

impl Device {
    /// The variant that a network needs.
    pub fn variant(network: &Network, grouped: bool) -> Variant {
        let sparse = network.map.dense_length().is_none();
        Variant { sparse, wide: network.greatest_fan_in() > NARROW_FAN_IN, grouped }
    }

    /// Uploads everything and builds the table and the chunks.
    pub fn new(
        gpu: &Gpu,
        pipelines: Pipelines,
        config: &Config,
        setup: &Setup,
        network: &Network,
        state: &State,
    ) -> Result<Device, Error> {
        let most_bytes = gpu.limits().max_storage_buffer_binding_size.min(gpu.limits().max_buffer_size);
        let neurons = network.len();
        let capacity = (neurons + (neurons / 8).max(256)).next_multiple_of(WORKGROUP as usize);
        let slots = match network.map.dense_length() {
            Some(length) => length.max(neurons) + (capacity - neurons),
            None => (2 * capacity).next_power_of_two(),
        };
        let most_neurons = most_bytes / (4 * u64::from(PLANES));
        if capacity as u64 > most_neurons {
            let reason = format!("a binding of {most_bytes} bytes");
            return Err(Error::TooMany { what: "neurons", wanted: neurons as u64, most: most_neurons, reason });
        }
        // Eight bytes of each synapse are in one buffer.
        let most_in_chunk = config.chunk_synapses.map_or(u64::MAX, u64::from).min(most_bytes / 8).max(1) as usize;
        let synapses = network.synapses.len();
        let tail_room = (synapses / 8).max(4096).min(most_in_chunk);
        let mut ranges: Vec<Range<usize>> =
            (0..synapses).step_by(most_in_chunk).map(|at| at..synapses.min(at + most_in_chunk)).collect();
        if ranges.is_empty() {
            // The first chunk's propagation is what begins a burst.
            ranges.push(0..0);
        }
        if ranges.len() >= MAX_CHUNKS as usize {
            let most = (u64::from(MAX_CHUNKS) - 1) * most_in_chunk as u64;
            let reason = format!("{} chunks of {most_in_chunk}", MAX_CHUNKS - 1);
            return Err(Error::TooMany { what: "synapses", wanted: synapses as u64, most, reason });
        }

        let mut params = BurstParams {
            neurons: neurons as u32,
            capacity: capacity as u32,
            slots: slots as u32,
            chunks: ranges.len() as u32,
            seed_low: setup.seed as u32,
            seed_high: (setup.seed >> 32) as u32,
            ..BurstParams::zeroed()
        };
        let mut items = 0u64;
        let rooms = ranges.iter().map(|range| range.len()).chain([tail_room]);
        for (at, room) in params.items_at.iter_mut().zip(rooms) {
            *at = items as u32;
            items += (room.min(capacity) + room / ITEM_SYNAPSES as usize + 1) as u64;
        }
        let chunks = ranges.len() as u64 + 1;
        let raster_room = config.raster_room.unwrap_or(DEFAULT_RASTER_ROOM);
        let raster_words = u64::from(raster_room).min(most_bytes / 4 - capacity as u64) + capacity as u64;

        let fixed = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let read = fixed | gpu.readable();
        let buffer = |label, words: u64, usage| gpu.buffer(label, 4 * words, usage);
        let ledger = |label| buffer(label, LEDGER_WORDS.into(), read | BufferUsages::INDIRECT);
        let capacity = capacity as u64;
        let buffers = Buffers {
            params: gpu.buffer(
                "params",
                size_of::<BurstParams>() as u64,
                BufferUsages::UNIFORM | BufferUsages::COPY_DST,
            )?,
            potential: buffer("potential", capacity, read)?,
            input: buffer("input", capacity * if pipelines.variant.wide { 2 } else { 1 }, fixed)?,
            planes: buffer("planes", capacity * u64::from(PLANES), fixed)?,
            refractory: buffer("refractory", capacity, read)?,
            valid: buffer("valid", capacity / 32, fixed)?,
            fired: buffer("fired", capacity / 32, read)?,
            ids: buffer("ids", capacity, fixed)?,
            keys: buffer("keys", if pipelines.variant.sparse { slots as u64 } else { 1 }, fixed)?,
            values: buffer("values", slots as u64, fixed)?,
            spans: buffer("spans", 2 * slots as u64 * chunks, fixed)?,
            items: buffer("items", 2 * items, fixed)?,
            ledgers: [ledger("ledger 0")?, ledger("ledger 1")?],
            raster: buffer("raster", raster_words, read)?,
            drives: buffer("drives", (setup.drives.len() as u64 * u64::from(DRIVE_WORDS)).max(1), fixed)?,
            counts: buffer("counts", MOST_BURSTS.into(), read)?,
        };
        let words: Vec<u32> = setup.drives.iter().flat_map(|drive| drive.words()).collect();
        gpu.upload(&buffers.drives, 0, bytemuck::cast_slice(&words));
        if pipelines.variant.sparse {
            gpu.upload(&buffers.keys, 0, bytemuck::cast_slice(&vec![NONE; slots]));
        }
        if cfg!(debug_assertions) {
            // What a shader should have written and did not is not to look like a result.
            for buffer in [&buffers.fired, &buffers.counts, &buffers.raster, &buffers.items, &buffers.potential] {
                gpu.upload(buffer, 0, &vec![0xa5; buffer.size() as usize]);
            }
        }
        let [first, second] = &buffers.ledgers;
        let dynamics = |last, next| buffers.bind(gpu, &pipelines.neural_dynamics, &[("last", last), ("next", next)]);
        let resend = |last| buffers.bind(gpu, &pipelines.resend, &[("next", last)]);
        let passes = Passes {
            dynamics: [dynamics(first, second)?, dynamics(second, first)?],
            resend: [resend(first)?, resend(second)?],
        };
        let mut device = Device {
            gpu: gpu.clone(),
            pipelines,
            params,
            uploaded: None,
            raster_words: raster_words as u32,
            tail_room,
            first_added: synapses,
            chunks: Vec::new(),
            resend: true,
            batch: 1,
            ledger: 0,
            buffers,
            passes,
        };
        device.upload_neurons(network, state, 0)?;
        device.upload_state(state);
        for (index, range) in ranges.drain(..).enumerate() {
            let chunk = device.build(network, index as u32, range)?;
            device.chunks.push(chunk);
        }
        Ok(device)
    }

    /// Follows neurons that were added, if there is room.
    pub fn add_neurons(&mut self, network: &Network, state: &State) -> Result<bool, Error> {
        let first = self.params.neurons as usize;
        let new = &network.ids[first..];
        let dense_end = self.params.slots;
        let sparse = self.pipelines.variant.sparse;
        if network.len() > self.params.capacity as usize || !sparse && new.iter().any(|id| *id >= dense_end) {
            return Ok(false);
        }
        self.params.neurons = network.len() as u32;
        self.upload_neurons(network, state, first)?;
        Ok(true)
    }

    /// Follows changes of the neurons' validity.
    pub fn update_validity(&self, valid: &Mask) {
        self.gpu.upload(&self.buffers.valid, 0, bytemuck::cast_slice(valid.words()));
    }

    /// Neurons from index `first` on.
    fn upload_neurons(&mut self, network: &Network, state: &State, first: usize) -> Result<(), Error> {
        self.sync_params();
        let gpu = &self.gpu;
        let at = |plane: u32| 4 * (u64::from(plane) * u64::from(self.params.capacity) + first as u64);
        let put = |plane: u32, values: &[u32]| {
            gpu.upload(&self.buffers.planes, at(plane), bytemuck::cast_slice(values));
        };
        put(PLANE_THRESHOLD, bytemuck::cast_slice(&network.threshold[first..]));
        put(PLANE_REST, bytemuck::cast_slice(&network.rest[first..]));
        put(PLANE_LEAK, &network.leak[first..]);
        put(PLANE_EXCITABILITY, &network.excitability[first..]);
        put(PLANE_PERIODS, &pairs(&network.refractory[first..], &network.snooze[first..]));
        let limits = network.fire_limit[first..].iter().zip(&network.drive[first..]);
        let limits: Vec<u32> = limits.map(|(limit, drive)| u32::from(*limit) | u32::from(*drive) << 16).collect();
        put(PLANE_LIMITS, &limits);
        gpu.upload(&self.buffers.ids, at(0), bytemuck::cast_slice(&network.ids[first..]));
        gpu.upload(&self.buffers.potential, at(0), bytemuck::cast_slice(&state.potential[first..]));
        let refractory = pairs(&state.countdown[first..], &state.fires[first..]);
        gpu.upload(&self.buffers.refractory, at(0), bytemuck::cast_slice(&refractory));
        self.update_validity(&network.valid);

        let range = [first as u32, (network.len() - first) as u32];
        let uniform = self.uniform("range", bytemuck::cast_slice(&range))?;
        let bound = self.buffers.bind(gpu, &self.pipelines.table_insert, &[("range", &uniform)])?;
        self.pass("filling the table", |pass| dispatch(pass, &bound, range[1].into()))
    }

    /// The state of all neurons, as it was downloaded and has changed since.
    pub fn upload_whole_state(&mut self, state: &State) {
        self.gpu.upload(&self.buffers.potential, 0, bytemuck::cast_slice(&state.potential));
        let refractory = pairs(&state.countdown, &state.fires);
        self.gpu.upload(&self.buffers.refractory, 0, bytemuck::cast_slice(&refractory));
        self.upload_state(state);
    }

    /// The burst, and who fired in the last one.
    fn upload_state(&mut self, state: &State) {
        // That of the burst before; the first has none, and what comes after is 0 all the same.
        let step = state.step.wrapping_sub(1);
        let words = [step as u32, (step >> 32) as u32];
        self.gpu.upload(&self.buffers.ledgers[self.ledger], 0, bytemuck::cast_slice(&words));
        self.forget_items();
        let mut fired = vec![0u32; self.params.capacity as usize / 32];
        for neuron in &state.fired {
            fired[*neuron as usize / 32] |= 1 << (neuron % 32);
        }
        self.gpu.upload(&self.buffers.fired, 0, bytemuck::cast_slice(&fired));
    }

    /// Has the items of what fired last made again.
    fn forget_items(&mut self) {
        let mut words = vec![0u32; (LEDGER_ENTRY * self.params.chunks) as usize];
        for entry in words.chunks_exact_mut(LEDGER_ENTRY as usize) {
            entry[LEDGER_GRID as usize..][..3].copy_from_slice(&[0, 1, 1]);
        }
        // The first chunk's propagation opens the next ledger, whatever fired.
        words[LEDGER_GRID as usize] = 1;
        self.gpu.upload(&self.buffers.ledgers[self.ledger], 4 * u64::from(LEDGER_CHUNKS), bytemuck::cast_slice(&words));
        self.resend = true;
    }

    /// Reads potentials and what else changes. `state.step` is the caller's.
    pub fn download_state(&self, state: &mut State) -> Result<(), Error> {
        let neurons = u64::from(self.params.neurons);
        let Buffers { potential, refractory, fired, .. } = &self.buffers;
        let ranges = [(potential, 0..4 * neurons), (refractory, 0..4 * neurons), (fired, 0..4 * neurons.div_ceil(32))];
        let bytes = self.gpu.download(&ranges)?;
        state.potential = bytemuck::pod_collect_to_vec(&bytes[0]);
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes[1]);
        state.countdown = words.iter().map(|word| *word as u16).collect();
        state.fires = words.iter().map(|word| (word >> 16) as u16).collect();
        state.fired = self.bits(&bytes[2]);
        Ok(())
    }

    /// The potentials alone.
    pub fn potentials(&self) -> Result<Vec<i32>, Error> {
        let range = 0..4 * u64::from(self.params.neurons);
        let bytes = self.gpu.download(&[(&self.buffers.potential, range)])?;
        Ok(bytemuck::pod_collect_to_vec(&bytes[0]))
    }

    /// Indices of the neurons that fired in the last burst.
    pub fn fired(&self) -> Result<Vec<u32>, Error> {
        let range = 0..4 * u64::from(self.params.neurons.div_ceil(32));
        let bytes = self.gpu.download(&[(&self.buffers.fired, range)])?;
        Ok(self.bits(&bytes[0]))
    }

    fn bits(&self, bytes: &[u8]) -> Vec<u32> {
        let mask = Mask::from_words(bytemuck::pod_collect_to_vec(bytes), self.params.neurons as usize);
        (0..self.params.neurons).filter(|neuron| mask.get(*neuron as usize)).collect()
    }

    fn sync_params(&mut self) {
        if self.uploaded != Some(self.params) {
            self.gpu.upload(&self.buffers.params, 0, bytemuck::bytes_of(&self.params));
            self.uploaded = Some(self.params);
        }
    }

    fn uniform(&self, label: &str, bytes: &[u8]) -> Result<Buffer, Error> {
        let buffer = self.gpu.buffer(label, bytes.len() as u64, BufferUsages::UNIFORM | BufferUsages::COPY_DST)?;
        self.gpu.upload(&buffer, 0, bytes);
        Ok(buffer)
    }

    /// Submits one pass.
    fn pass(&self, what: &str, encode: impl FnOnce(&mut ComputePass)) -> Result<(), Error> {
        let commands = self.gpu.guard(what, |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            encode(&mut encoder.begin_compute_pass(&Default::default()));
            encoder.finish()
        })?;
        Ok(self.gpu.guard(what, |_| self.gpu.queue().submit([commands])).map(drop)?)
    }
}

/// Pairs of halves, the lower first.
fn pairs(low: &[u16], high: &[u16]) -> Vec<u32> {
    low.iter().zip(high).map(|(low, high)| u32::from(*low) | u32::from(*high) << 16).collect()
}

/// One invocation for each of `count`.
fn dispatch(pass: &mut ComputePass, bound: &Bound, count: u64) {
    bound.set(pass);
    let workgroups = count.div_ceil(u64::from(WORKGROUP)) as u32;
    pass.dispatch_workgroups(workgroups.min(GRID_WIDTH), workgroups.div_ceil(GRID_WIDTH), 1);
}
