//! What the host has changed comes to the GPU before anything runs there.

use super::bank::{Frames, Memory};
use super::core::{Core, Discard};
use crate::machine::code::control_words::{self, Code};
use crate::machine::memory::address_space::PAGE_SIZE;
use crate::machine::memory::code_runs;
use crate::machine::memory::frames::{self, capacity_for};
use crate::machine::shaders::Pass;
use crate::machine::{Error, pass};

use std::sync::Arc;

impl Core {
    /// Brings the GPU up to date with what the host has changed.
    pub fn flush(&mut self) -> Result<(), Error> {
        if !self.has_memory() {
            self.make_memory()?;
        }
        self.layouts.flush(&self.gpu);
        for bank in &mut self.banks {
            bank.lanes.flush(&self.gpu);
        }
        self.apply_discards()
    }

    /// Makes the banks' memory, small at first, of as many banks as that takes.
    fn make_memory(&mut self) -> Result<(), Error> {
        let most = self.most_capacity();
        let (frame_bytes, most_bytes) = (self.frame_bytes(), self.room.budget.bank.min(self.room.budget.gpu));
        let fixed = frames::fixed_bytes(self.program.image.len());
        if fixed + 4 * frame_bytes > most_bytes {
            return Err(Error::ImageTooLarge { bytes: fixed, most: most_bytes });
        }
        let most_pages = control_words::most_pages(&self.gpu, self.shape.lanes);
        Arc::make_mut(&mut self.program.image).limit_code(most_pages);
        let (decoded, all) = (self.program.image.code_pages(), self.program.image.executable_pages());
        if decoded < all {
            log::warn!(
                "code behind the first {} MiB runs slowly, as this adapter binds no more control words (max_storage_buffer_binding_size)",
                (u64::from(decoded) * PAGE_SIZE) >> 20
            );
        }
        let runs = code_runs::runs(self.layouts.of(0), decoded);
        self.layouts.set_runs(&runs);
        self.part_banks(frames::limit(most))?;
        for index in 0..self.banks.len() {
            let bank = &mut self.banks[index];
            bank.reset_status(&self.gpu);
            bank.lanes.forget_written_code();
            bank.lanes.set_all_layouts(self.layouts.base_place());
            let groups = bank.groups(self.shape.group_shift);
            let capacity = capacity_for(self.first_frames(u64::from(groups.end - groups.start)), most);
            let Some(pool) = self.allocate_first(capacity, index)? else {
                let (lane, capacity) = (self.banks[index].first, self.gpu_bytes());
                return Err(Error::PoolExhausted { lane, capacity });
            };
            self.gpu.upload(&pool.memory, PAGE_SIZE, &self.program.image.bytes());
            let bank = &mut self.banks[index];
            let code = Code::new(&self.gpu, &self.program.image, &runs, bank.lanes.count)?;
            let params = bank.params_with(&code, &pool, self.shape.group_shift);
            code.predecode(&self.gpu, &params, &pool.memory, &self.program.image, &self.networks)?;
            bank.memory = Some(Memory { code, frames: Frames::Here(pool) });
            bank.bound.clear();
        }
        let places: Vec<_> = self.layouts.own_places().collect();
        for (lane, place) in places {
            let (index, own) = self.bank_of(lane);
            self.banks[index].lanes.set_layout(&self.gpu, own, place)?;
        }
        Ok(())
    }

    /// Parts the lanes so that no bank has more groups than it has frames for at first.
    fn part_banks(&mut self, frames: u32) -> Result<(), Error> {
        let mut index = 0;
        while index < self.banks.len() {
            self.banks[index].lanes.flush(&self.gpu);
            let bank = &self.banks[index];
            let groups = u64::from(bank.lanes.count.div_ceil(1 << self.shape.group_shift));
            let count = self.first_frames(groups).div_ceil(u64::from(frames).max(1)).min(groups);
            let lanes = (groups.div_ceil(count) as u32) << self.shape.group_shift;
            let firsts = (0..bank.lanes.count).step_by(lanes as usize);
            if count > 1 {
                let part = |first: u32| bank.part(&self.gpu, first..(first + lanes).min(bank.lanes.count));
                let parts = firsts.map(part).collect::<Result<Vec<_>, _>>()?;
                index += parts.len() - 1;
                self.banks.splice(index + 1 - parts.len()..=index + 1 - parts.len(), parts);
            }
            index += 1;
        }
        Ok(())
    }

    fn apply_discards(&mut self) -> Result<(), Error> {
        if self.discards.is_empty() {
            return Ok(());
        }
        let gpu = self.gpu.clone();
        let pipeline = self.passes.pass(&gpu, Pass::Discard)?;
        let discards = joined(std::mem::take(&mut self.discards));
        let mut left = &discards[..];
        while let Some(first) = left.first() {
            let (index, _) = self.bring_lane(first.lane)?;
            let bank = &self.banks[index];
            let range = bank.range();
            let (here, others) = left.split_at(left.partition_point(|discard| discard.lane < range.end));
            left = others;
            let items: Vec<_> = here.iter().map(|discard| discard_words(discard, range.start)).collect();
            let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
            let item_buffer = gpu.buffer("items", items.len() as u64 * 16, usage)?;
            gpu.upload(&item_buffer, 0, bytemuck::cast_slice(&items));
            let params = bank.uniform(&gpu, self.shape.group_shift, items.len() as u32, 0)?;
            let buffers = [("params", &params), ("slots", &bank.pool().slots), ("items", &item_buffer)];
            let bound = pipeline.bind(&gpu, &buffers)?;
            pass::dispatch(&gpu, &bound, bank.pool().capacity)?;
        }
        Ok(())
    }
}

/// In order, those that overlap in one.
fn joined(mut discards: Vec<Discard>) -> Vec<Discard> {
    discards.sort_unstable();
    discards.dedup_by(|next, last| {
        let joins = next.lane == last.lane && next.first <= last.end;
        if joins {
            last.end = last.end.max(next.end);
        }
        joins
    });
    discards
}

/// As `wgsl/machine/discard.wgsl` reads it, for a bank that begins with `first_lane`.
fn discard_words(discard: &Discard, first_lane: u32) -> [u32; 4] {
    let Discard { lane, first, end } = *discard;
    [lane - first_lane, first as u32, end as u32, (first >> 32) as u32 | ((end >> 32) as u32) << 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discards_are_joined_lane_by_lane() {
        let discard = |(lane, first, end)| Discard { lane, first, end };
        let given = [(1, 5, 9), (0, 7, 8), (1, 1, 2), (0, 1, 6), (0, 2, 4), (1, 9, 1 << 36), (0, 6, 6)];
        let expected = [(0, 1, 6), (0, 7, 8), (1, 1, 2), (1, 5, 1 << 36)];
        assert_eq!(joined(given.map(discard).to_vec()), expected.map(discard));
        assert_eq!(discard_words(&discard((9, 0x3_0000_0001, 1 << 36)), 8), [1, 1, 0, 0x1003]);
    }
}
