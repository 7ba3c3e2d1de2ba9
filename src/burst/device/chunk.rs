//! Synapses on the GPU, in chunks of what one binding holds.

use super::{Device, dispatch};
use crate::burst::Error;
use crate::burst::network::Network;
use crate::gpu::{Bound, Buffer, Encode};
use bytemuck::{Pod, Zeroable};
use std::collections::BTreeMap;
use std::ops::Range;
use wgpu::BufferUsages;

/// As `Chunk` in `wgsl/burst/chunk.wgsl`.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
struct ChunkParams {
    index: u32,
    synapses: u32,
    updates: u32,
    unused: u32,
}

/// A run of the network's synapses.
#[derive(Debug)]
pub(super) struct Chunk {
    /// Which synapses.
    range: Range<usize>,
    /// Target and strength of each, by source.
    records: Buffer,
    /// Where each of them is in `records`.
    place: Buffer,
    /// By the ledger that the last burst left.
    pub propagation: [Bound; 2],
}

impl Device {
    /// Uploads synapses and orders them by source.
    pub(super) fn build(&self, network: &Network, index: u32, range: Range<usize>) -> Result<Chunk, Error> {
        let gpu = &self.gpu;
        let synapses = range.len() as u64;
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let records = gpu.buffer("records", 8 * synapses.max(1), usage)?;
        let [place, targets, strengths] =
            ["place", "targets", "strengths"].map(|label| gpu.buffer(label, 4 * synapses, usage));
        let (place, targets, strengths) = (place?, targets?, strengths?);
        gpu.upload(&place, 0, bytemuck::cast_slice(&network.synapses.sources[range.clone()]));
        gpu.upload(&targets, 0, bytemuck::cast_slice(&network.synapses.targets[range.clone()]));
        gpu.upload(&strengths, 0, bytemuck::cast_slice(&network.synapses.strengths[range.clone()]));
        let params = ChunkParams { index, synapses: synapses as u32, ..ChunkParams::zeroed() };
        let params = self.uniform("chunk", bytemuck::bytes_of(&params))?;
        let own = [
            ("chunk", &params),
            ("records", &records),
            ("place", &place),
            ("targets", &targets),
            ("strengths", &strengths),
        ];
        let bind = |pipeline| self.buffers.bind(gpu, pipeline, &own);
        let steps = &self.pipelines;
        let (count, scan, scatter) =
            (bind(&steps.synapse_count)?, bind(&steps.synapse_scan)?, bind(&steps.synapse_scatter)?);
        self.pass("ordering synapses", |pass| {
            dispatch(pass, &count, synapses);
            scan.set(pass);
            pass.dispatch_workgroups(1, 1, 1);
            dispatch(pass, &scatter, synapses);
        })?;
        gpu.wait()?;
        let [first, second] = &self.buffers.ledgers;
        let propagation = |last, next| {
            let own = [&own[..], &[("last", last), ("next", next)]].concat();
            self.buffers.bind(gpu, &steps.synaptic_propagation, &own)
        };
        let propagation = [propagation(first, second)?, propagation(second, first)?];
        Ok(Chunk { range, records, place, propagation })
    }

    /// Follows synapses that were added, if there is room: all that were added since the upload are a chunk of their
    /// own, which is built anew.
    pub fn add_synapses(&mut self, network: &Network) -> Result<bool, Error> {
        let range = self.first_added..network.synapses.len();
        if range.len() > self.tail_room
            || Device::variant(network, self.pipelines.variant.grouped) != self.pipelines.variant
        {
            return Ok(false);
        }
        // A chunk of none stays, as the first.
        self.chunks.retain(|chunk| chunk.range.end <= range.start);
        let index = self.chunks.len() as u32;
        let bytes = 8 * u64::from(self.params.slots);
        let counts = u64::from(index) * bytes;
        self.gpu.guard("clearing counts", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            encoder.clear(&self.buffers.spans, counts..counts + bytes);
            self.gpu.queue().submit([encoder.finish()])
        })?;
        self.params.chunks = index + 1;
        self.sync_params();
        let chunk = self.build(network, index, range)?;
        self.chunks.push(chunk);
        // What fired last sends along the new synapses too.
        self.forget_items();
        Ok(true)
    }

    /// Gives synapses the strengths that the network has for them now.
    pub fn update_strengths(&self, network: &Network, synapses: impl Iterator<Item = u32>) -> Result<(), Error> {
        let mut updates: BTreeMap<usize, Vec<[u32; 2]>> = BTreeMap::new();
        for synapse in synapses {
            let at = synapse as usize;
            let chunk = self.chunks.partition_point(|chunk| chunk.range.end <= at);
            let within = (at - self.chunks[chunk].range.start) as u32;
            updates.entry(chunk).or_default().push([within, network.synapses.strengths[at].0]);
        }
        let pipeline = &self.pipelines.synapse_update;
        for (index, updates) in updates {
            let Chunk { records, place, range, .. } = &self.chunks[index];
            let params = ChunkParams {
                index: index as u32,
                synapses: range.len() as u32,
                updates: updates.len() as u32,
                unused: 0,
            };
            let params = self.uniform("chunk", bytemuck::bytes_of(&params))?;
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
            let list = self.gpu.buffer("updates", 8 * updates.len() as u64, usage)?;
            self.gpu.upload(&list, 0, bytemuck::cast_slice(&updates));
            let own = [("chunk", &params), ("records", records), ("place", place), ("updates", &list)];
            let bound = self.buffers.bind(&self.gpu, pipeline, &own)?;
            self.pass("updating synapses", |pass| dispatch(pass, &bound, updates.len() as u64))?;
        }
        Ok(())
    }
}
