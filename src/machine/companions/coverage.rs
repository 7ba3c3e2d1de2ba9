//! What of a program lanes have executed: a map of bits for each of them, which the interpreter keeps on demand.

use super::companion::{Companion, Setting};
use crate::abi::*;
use crate::gpu::Encode;
use crate::machine::banks::core::Core;
use crate::machine::options::Coverage;
use crate::machine::shaders::{Pass, Variant};
use crate::machine::state::io::{Io, IoSize};
use crate::machine::{Error, pass};
use wgpu::BufferUsages;

/// Bits of a map of edges.
const EDGE_BITS: std::ops::RangeInclusive<u32> = 1 << 5..=1 << 22;

/// The maps of all lanes in one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// For each bit of the maps, the lowest lane that has it.
    pub first_lanes: Vec<Option<u32>>,
}

impl Joined {
    /// Bits that some lane has.
    pub fn count(&self) -> usize {
        self.first_lanes.iter().flatten().count()
    }

    /// The maps' union, as [`Machine::coverage`](crate::machine::Machine::coverage) has those of lanes.
    pub fn union(&self) -> Vec<u32> {
        let word = |bits: &[Option<u32>]| (0..).zip(bits).map(|(n, lane)| u32::from(lane.is_some()) << n).sum();
        self.first_lanes.chunks(32).map(word).collect()
    }

    /// Takes bits that are not in `known` into it, and returns them: each with the lowest lane that has it.
    pub fn add_to(&self, known: &mut Vec<u32>) -> Vec<(u32, u32)> {
        let words = self.first_lanes.len() / 32;
        known.resize(known.len().max(words), 0);
        let mut fresh = Vec::new();
        for (bit, lane) in (0_u32..).zip(&self.first_lanes) {
            let word = &mut known[bit as usize / 32];
            if let Some(lane) = lane
                && *word >> (bit % 32) & 1 == 0
            {
                *word |= 1 << (bit % 32);
                fresh.push((bit, *lane));
            }
        }
        fresh
    }
}

/// The bit of the step from the block at `from` to the one at `to`, in a map of `bits` bits, a power of two. Nothing is
/// before a lane's first block.
pub fn edge_bit(from: Option<u64>, to: u64, bits: u32) -> u32 {
    let name = |pc: u64| {
        let mixed = (pc as u32 >> 2).wrapping_mul(COVER_MIX_LOW) ^ ((pc >> 32) as u32).wrapping_mul(COVER_MIX_HIGH);
        (mixed ^ mixed >> 15).wrapping_mul(COVER_MIX_LAST)
    };
    (name(to) ^ from.map_or(0, name) >> 1) >> COVER_SHIFT & (bits - 1)
}

/// Maps of what lanes cover.
#[derive(Default)]
pub struct CoverageMaps {
    kind: Option<Coverage>,
    /// Of which program.
    program: u64,
}

impl Companion for CoverageMaps {
    fn add_text(&self, setting: &Setting, text: &mut Variant) {
        text.coverage = setting.coverage;
    }
}

impl CoverageMaps {
    /// What maps are kept of: none of a program that came after.
    pub fn kind(&self, core: &Core) -> Option<Coverage> {
        self.kind.filter(|_| self.program == core.program.number)
    }

    /// Has the interpreter keep maps from now on, or, with `None`, no longer. A map of edges has `bits` bits, rounded up to a
    /// power of two from 32 to 2^22; one of blocks has as many as the code has words. Maps are empty now.
    pub fn set(&mut self, core: &mut Core, coverage: Option<Coverage>, bits: u32) -> Result<(), Error> {
        core.flush()?;
        let cover_words = match coverage {
            None => 0,
            Some(Coverage::Edges) => bits.clamp(*EDGE_BITS.start(), *EDGE_BITS.end()).next_power_of_two() / 32,
            Some(Coverage::Blocks) => core.banks[0].code().lane_code.div_ceil(32).max(1),
        };
        let size = IoSize { cover_words, ..core.serving.io_size };
        // Maps stand behind inputs and outputs, so that these keep their places.
        let kept = (u64::from(size.input_words) + u64::from(size.ring_words)) * 4;
        for index in 0..core.banks.len() {
            let lanes = &core.banks[index].lanes;
            let io = Io::new(&core.gpu, lanes.count, size)?;
            let commands = core.gpu.guard("copying inputs and outputs", |device| {
                let mut encoder = device.create_command_encoder(&Default::default());
                let bytes = kept * u64::from(lanes.count);
                if bytes > 0 {
                    encoder.copy(&lanes.io.buffer, 0, &io.buffer, 0, bytes);
                }
                encoder.finish()
            })?;
            core.gpu.queue().submit([commands]);
            let bank = &mut core.banks[index];
            bank.lanes.io = io;
            bank.bound.clear();
        }
        core.set_lane_rows(LANE_IN_BLOCK, |_| 0);
        core.set_lane_rows(LANE_LAST_BLOCK, |_| 0);
        core.serving.io_size = size;
        (self.kind, self.program) = (coverage, core.program.number);
        Ok(())
    }

    /// What maps are kept of, and the bits of each.
    pub fn kept(&self, core: &Core) -> Option<(Coverage, u32)> {
        self.kind(core).map(|coverage| (coverage, core.serving.io_size.cover_words * 32))
    }

    /// The lane's map, bit 0 the lowest of the first word; empty if none is kept.
    pub fn coverage(&self, core: &Core, lane: u32) -> Result<Vec<u32>, Error> {
        core.check_lane(lane)?;
        let (index, own) = core.bank_of(lane);
        let lanes = &core.banks[index].lanes;
        let words = (0..core.serving.io_size.cover_words).map(|row| {
            let start = lanes.io.cover_row(lanes.count, row) + u64::from(own) * 4;
            (&lanes.io.buffer, start..start + 4)
        });
        let data = core.gpu.download(&words.collect::<Vec<_>>())?;
        Ok(data.iter().map(|bytes| bytemuck::pod_read_unaligned(bytes)).collect())
    }

    /// Addresses of the blocks that the lane has begun, ascending; none unless maps of blocks are kept.
    pub fn blocks(&self, core: &Core, lane: u32) -> Result<Vec<u64>, Error> {
        let map = self.coverage(core, lane)?;
        if self.kind(core) != Some(Coverage::Blocks) {
            return Ok(Vec::new());
        }
        let code = core.banks[0].code();
        let set = (0..map.len() as u32 * 32).filter(|bit| map[(bit / 32) as usize] >> (bit % 32) & 1 != 0);
        let mut blocks: Vec<u64> = set.filter_map(|index| code.address_of(index)).collect();
        blocks.sort_unstable();
        Ok(blocks)
    }

    /// Joins the maps of all lanes, on the GPU.
    pub fn joined(&self, core: &mut Core) -> Result<Joined, Error> {
        let gpu = core.gpu.clone();
        let words = core.serving.io_size.cover_words;
        let mut joined = Joined { first_lanes: vec![None; words as usize * 32] };
        if words == 0 {
            return Ok(joined);
        }
        core.flush()?;
        let pipeline = core.passes.pass(&gpu, Pass::JoinCoverage)?;
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC;
        let first_lanes = gpu.buffer("first_lanes", u64::from(words) * 128, usage)?;
        for bank in &core.banks {
            let params = pass::uniform(&gpu, &bank.lane_params())?;
            let bound = pipeline.bind(
                &gpu,
                &[("params", &params), ("lane_io", &bank.lanes.io.buffer), ("first_lanes", &first_lanes)],
            )?;
            pass::dispatch(&gpu, &bound, words.min(JOIN_GROUPS) * WORKGROUP)?;
            let data = gpu.download(&[(&first_lanes, 0..first_lanes.size())])?;
            let found = data[0].as_chunks().0.iter().map(|bytes| u32::from_ne_bytes(*bytes));
            for (first, lane) in joined.first_lanes.iter_mut().zip(found) {
                // Banks ascend.
                *first = first.or((lane != NONE).then_some(lane));
            }
        }
        Ok(joined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_new() {
        let mut first_lanes = vec![None; 64];
        (first_lanes[3], first_lanes[40]) = (Some(7), Some(2));
        let joined = Joined { first_lanes };
        assert_eq!((joined.count(), joined.union()), (2, vec![8, 1 << 8]));
        let mut known = vec![8];
        assert_eq!(joined.add_to(&mut known), [(40, 2)]);
        assert_eq!(known, [8, 1 << 8]);
        assert_eq!(joined.add_to(&mut known), []);
    }
}
