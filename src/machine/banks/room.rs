//! Room for frames: pools that grow, banks that are split when a pool is as large as one binding, and banks that wait in
//! the host's memory while others have the GPU's.

use super::core::Core;
use crate::abi::*;
use crate::gpu;
use crate::machine::Error;
use crate::machine::banks::bank::{Bank, Frames, Memory, Next};
use crate::machine::code::control_words::Code;
use crate::machine::memory::address_space::PAGE_SIZE;
use crate::machine::memory::frames::{self, Mover, Pool, Spilled, capacity_for, fixed_bytes, largest_prime};
use crate::machine::pass::{self, Params};
use crate::machine::shaders::Pass;

/// Frames of a group that a pool has room for at first, and bytes of some more for all.
const FIRST_FRAMES: u64 = 2;
const FIRST_BYTES: u64 = 1 << 20;

/// Lanes, at most, whose pools grow before lanes need it: with more of them new memory costs more time than what is copied
/// ahead into it brings.
const GROWN_AHEAD: u32 = 8;

/// What lanes of a bank have copied.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::machine) struct Survey {
    /// Frames of groups below the one asked for, and of the others.
    pub below: u64,
    pub above: u64,
    pub pages: u64,
}

/// Which banks may be put away for another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Victims {
    /// Those that have nothing to do.
    Idle,
    All,
}

impl Core {
    /// Bytes of one frame.
    pub fn frame_bytes(&self) -> u64 {
        PAGE_SIZE << self.shape.group_shift
    }

    /// The largest capacity of a pool.
    pub fn most_capacity(&self) -> u32 {
        let bytes =
            self.room.budget.bank.min(self.room.budget.gpu).saturating_sub(fixed_bytes(self.program.image.len()));
        let slot_bytes = u64::from(SLOT_WORDS) * 4;
        let most = (bytes / (self.frame_bytes() + slot_bytes)).min(self.room.budget.bank / slot_bytes);
        frames::largest_prime(most.min(u64::from(u32::MAX)) as u32)
    }

    /// Bytes of all pools on the GPU.
    pub fn gpu_bytes(&self) -> u64 {
        self.banks.iter().filter_map(Bank::here).map(Pool::bytes).sum()
    }

    pub fn spilled_bytes(&self) -> u64 {
        self.banks.iter().filter_map(Bank::spilled_bytes).sum()
    }

    /// Frames that a bank of so many groups has room for at first.
    pub fn first_frames(&self, groups: u64) -> u64 {
        groups * FIRST_FRAMES + FIRST_BYTES / self.frame_bytes()
    }

    /// Counts the frames that lanes of a bank have copies in, below group `middle` and from it on.
    pub fn survey(&mut self, index: usize, middle: u32) -> Result<Survey, Error> {
        let gpu = self.gpu.clone();
        let pipeline = self.passes.pass(&gpu, Pass::Survey)?;
        let bank = &self.banks[index];
        bank.clear_status(&gpu, &[STATUS_LIVE_LOW, STATUS_LIVE_HIGH, STATUS_PAGES]);
        let params = bank.uniform(&gpu, self.shape.group_shift, middle, 0)?;
        let buffers = [("params", &params), ("slots", &bank.pool().slots), ("status", &bank.lanes.status)];
        let bound = pipeline.bind(&gpu, &buffers)?;
        pass::dispatch(&gpu, &bound, bank.pool().capacity)?;
        let bytes = gpu.download(&[(&bank.lanes.status, 0..u64::from(STATUS_WORDS) * 4)])?;
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes[0]);
        let word = |n: u32| u64::from(words[n as usize]);
        Ok(Survey { below: word(STATUS_LIVE_LOW), above: word(STATUS_LIVE_HIGH), pages: word(STATUS_PAGES) })
    }

    /// Gives a bank that is dry more frames, by whatever way there is. Banks behind it may get another index, and it may
    /// be spilled afterwards. Returns false when there is no way.
    pub fn make_room(&mut self, index: usize) -> Result<bool, Error> {
        self.banks[index].lanes.flush(&self.gpu);
        let most = self.most_capacity();
        let groups = self.banks[index].groups(self.shape.group_shift);
        let middle = groups.start + (groups.end - groups.start).div_ceil(2);
        let survey = self.survey(index, middle)?;
        let live = survey.below + survey.above;
        let now = self.banks[index].pool().capacity;
        // Slots that nobody uses any more are dropped on the way.
        let half_empty = live * 2 <= u64::from(frames::limit(now));
        let target = if half_empty { now } else { frames::largest_prime(now.saturating_mul(2).min(most).max(now)) };
        let gained = u64::from(frames::limit(target)).saturating_sub(live);
        log::debug!("bank {index}: {live} of {now} frames in use, wants {target}, {groups:?}");
        if gained > live / 4 || (groups.end - groups.start == 1 && gained > 0) {
            return self.rebuild(index, target);
        }
        if groups.end - groups.start == 1 {
            return Ok(false);
        }
        self.split(index, middle, survey)
    }

    /// Gives a bank of few lanes a pool of four times the size, or of twice, if there is room for it beside all others.
    pub fn grow_ahead(&mut self, index: usize) -> Result<(), Error> {
        let now = self.banks[index].pool().capacity;
        if self.lanes() > GROWN_AHEAD {
            return Ok(());
        }
        // Not so large that it could not be moved or parted again when it is dry.
        let ample = self.grown(index, 2).filter(|grown| self.has_room(3 * u128::from(self.pool_bytes(*grown))));
        if let Some(capacity) = ample.or_else(|| self.grown(index, 1))
            && let Some(pool) = self.try_pool(capacity)?
        {
            log::debug!("bank {index}: {now} frames become {capacity}");
            self.room.peak.gpu = self.room.peak.gpu.max(self.gpu_bytes() + pool.bytes());
            self.banks[index].lanes.flush(&self.gpu);
            self.move_all(index, &pool)?;
            self.banks[index].set_frames(Frames::Here(pool));
        }
        Ok(())
    }

    /// Whether so many bytes fit beside all pools.
    fn has_room(&self, bytes: u128) -> bool {
        self.room.peak.spilled == 0 && u128::from(self.gpu_bytes()) + bytes <= u128::from(self.room.budget.gpu)
    }

    /// Whether a bank can be parted in two, with room to spare.
    fn can_part(&self, index: usize) -> bool {
        let groups = self.banks[index].groups(self.shape.group_shift);
        groups.end - groups.start > 1 && self.has_room(3 * u128::from(self.banks[index].pool().bytes()))
    }

    /// The capacity of a pool that is doubled so often, if it and the present one fit beside all others.
    fn grown(&self, index: usize, times: u32) -> Option<u32> {
        self.grown_from(self.banks[index].pool().capacity, times, self.gpu_bytes())
    }

    /// The same for a pool of this capacity where pools take so many bytes.
    fn grown_from(&self, now: u32, times: u32, bytes: u64) -> Option<u32> {
        let most = self.most_capacity();
        // By the sizes that there would be without: another order of them may end sooner.
        let twice = |capacity: u32| largest_prime(capacity.saturating_mul(2).min(most).max(capacity));
        let grown = (0..times).fold(now, |capacity, _| twice(capacity));
        let fits = self.room.peak.spilled == 0 && bytes + self.pool_bytes(grown) <= self.room.budget.gpu;
        (fits && grown / 2 >= now / 4 * 3).then_some(grown)
    }

    /// Moves a bank's frames into a pool of this capacity.
    fn rebuild(&mut self, index: usize, capacity: u32) -> Result<bool, Error> {
        if let Some(pool) = self.allocate(capacity, index, Victims::All)? {
            self.move_all(index, &pool)?;
            self.banks[index].set_frames(Frames::Here(pool));
            return Ok(true);
        }
        // The old and the new do not fit together.
        if !self.spill(index)? {
            return Ok(false);
        }
        Ok(self.bring_with(index, capacity, Victims::All)? || self.bring_if(index, Victims::All)?)
    }

    fn move_all(&mut self, index: usize, pool: &Pool) -> Result<(), Error> {
        let gpu = self.gpu.clone();
        let pipeline = self.passes.pass(&gpu, Pass::MoveFrames)?;
        let bank = &self.banks[index];
        bank.clear_status(&gpu, &[STATUS_FRAMES, STATUS_DRY]);
        // What was copied ahead comes along where there is room: where it will not keep lanes from frames.
        let bytes = self.gpu_bytes() - bank.pool().bytes() + pool.bytes();
        let room = pool.capacity > bank.pool().capacity && self.grown_from(pool.capacity, 1, bytes).is_some();
        let items = u32::from(room);
        let params = Params { items, ..bank.params_with(bank.code(), pool, self.shape.group_shift) };
        pool.copy_image(&gpu, bank.pool())?;
        let mover = Mover { gpu: &gpu, pipeline: &pipeline, params: &params, status: &bank.lanes.status };
        pool.take(&mover, bank.pool(), bank.groups(self.shape.group_shift))
    }

    /// Makes two banks of one: the groups below `middle`, and the others.
    fn split(&mut self, index: usize, middle: u32, survey: Survey) -> Result<bool, Error> {
        let gpu = self.gpu.clone();
        let most = self.most_capacity();
        let groups = self.banks[index].groups(self.shape.group_shift);
        let frames = |groups: u32, live: u64| (live + live / 2).max(self.first_frames(u64::from(groups)));
        let below = capacity_for(frames(middle - groups.start, survey.below), most);
        let above = capacity_for(frames(groups.end - middle, survey.above), most);
        // While the old pool is there as well; in the host's memory it would be cut in two at any time.
        let lower_pool = self.allocate(below, index, Victims::All)?;
        let room = self.gpu_bytes() + lower_pool.as_ref().map_or(0, Pool::bytes) + self.pool_bytes(above);
        let upper_pool = match &lower_pool {
            Some(_) if room <= self.room.budget.gpu => self.try_pool(above)?,
            _ => None,
        };
        let (Some(lower_pool), Some(upper_pool)) = (lower_pool, upper_pool) else {
            return Ok(self.spill(index)? && self.split_spilled(index, middle)?);
        };
        let pipeline = self.passes.pass(&gpu, Pass::MoveFrames)?;
        let old = &self.banks[index];
        let mut parts = self.parts(old, middle)?;
        for (bank, pool) in parts.iter_mut().zip([lower_pool, upper_pool]) {
            pool.copy_image(&gpu, old.pool())?;
            self.give_code(bank, old, &pool)?;
            let params = bank.params_with(bank.code(), &pool, self.shape.group_shift);
            let mover = Mover { gpu: &gpu, pipeline: &pipeline, params: &params, status: &bank.lanes.status };
            pool.take(&mover, old.pool(), bank.groups(self.shape.group_shift))?;
            bank.set_frames(Frames::Here(pool));
        }
        self.banks.splice(index..=index, parts);
        Ok(true)
    }

    /// The same for a bank that is spilled; the two are then spilled too.
    fn split_spilled(&mut self, index: usize, middle: u32) -> Result<bool, Error> {
        // Code is made from an image on the GPU.
        let pool = self.image_pool()?;
        let old = &self.banks[index];
        let mut parts = self.parts(old, middle)?;
        for bank in &mut parts {
            self.give_code(bank, old, &pool)?;
        }
        let empty = Frames::Spilled(Spilled::empty(self.frame_bytes()));
        let mut frames = self.banks[index].take_frames(empty);
        if let Frames::Spilled(spilled) = &mut frames {
            parts[1].set_frames(Frames::Spilled(spilled.split_off(middle)));
        }
        parts[0].set_frames(frames);
        self.banks.splice(index..=index, parts);
        Ok(true)
    }

    fn parts(&self, old: &Bank, middle: u32) -> Result<[Bank; 2], Error> {
        let lanes = (middle << self.shape.group_shift) - old.first;
        let gpu = &self.gpu;
        let mut parts = [old.part(gpu, 0..lanes)?, old.part(gpu, lanes..old.lanes.count)?];
        parts.iter_mut().for_each(|part| part.reset_status(gpu));
        Ok(parts)
    }

    /// Makes the control words of a part of `old` with the image that `pool` has, and copies what dispatch has left. Its
    /// frames are still to be set.
    fn give_code(&self, bank: &mut Bank, old: &Bank, pool: &Pool) -> Result<(), Error> {
        let code = Code::new(&self.gpu, &self.program.image, self.layouts.runs(), bank.lanes.count)?;
        let params = bank.params_with(&code, pool, self.shape.group_shift);
        code.predecode(&self.gpu, &params, &pool.memory, &self.program.image, &self.networks)?;
        bank.memory = Some(Memory { code, frames: Frames::Spilled(Spilled::empty(self.frame_bytes())) });
        let start = bank.first - old.first;
        bank.copy_dispatch(&self.gpu, old.code(), start..start + bank.lanes.count)
    }

    /// A pool of hardly a frame, with the image.
    fn image_pool(&self) -> Result<Pool, Error> {
        let pool = Pool::new(&self.gpu, self.program.image.len(), 2, self.frame_bytes())?;
        self.gpu.upload(&pool.memory, PAGE_SIZE, &self.program.image.bytes());
        Ok(pool)
    }

    fn pool_bytes(&self, capacity: u32) -> u64 {
        fixed_bytes(self.program.image.len()) + u64::from(capacity) * (self.frame_bytes() + u64::from(SLOT_WORDS) * 4)
    }

    /// A pool, unless the GPU has no memory for it.
    fn try_pool(&mut self, capacity: u32) -> Result<Option<Pool>, Error> {
        match Pool::new(&self.gpu, self.program.image.len(), capacity, self.frame_bytes()) {
            Ok(pool) => Ok(Some(pool)),
            Err(Error::Gpu(gpu::Error::OutOfMemory { .. })) => {
                // It has less than it seemed.
                self.room.budget.gpu = self.gpu_bytes() + self.pool_bytes(capacity) / 2;
                log::info!("the GPU is out of memory: frames are kept under {} bytes", self.room.budget.gpu);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// A pool, for which others but `keep`'s may have to make room. `None` when they cannot.
    fn allocate(&mut self, capacity: u32, keep: usize, victims: Victims) -> Result<Option<Pool>, Error> {
        let bytes = self.pool_bytes(capacity);
        loop {
            if self.gpu_bytes() + bytes <= self.room.budget.gpu
                && let Some(pool) = self.try_pool(capacity)?
            {
                self.room.peak.gpu = self.room.peak.gpu.max(self.gpu_bytes() + bytes);
                return Ok(Some(pool));
            }
            let may_go = |(index, bank): &(usize, &Bank)| {
                *index != keep && bank.here().is_some() && (bank.next == Next::Nothing || victims == Victims::All)
            };
            let candidates = self.banks.iter().enumerate().filter(may_go);
            let victim = candidates.max_by_key(|(index, bank)| (bank.next == Next::Nothing, *index));
            let Some((victim, _)) = victim else { return Ok(None) };
            if !self.spill(victim)? {
                return Ok(None);
            }
        }
    }

    /// The first pool of a bank, smaller where the GPU has less.
    pub fn allocate_first(&mut self, capacity: u32, index: usize) -> Result<Option<Pool>, Error> {
        let mut capacity = capacity;
        loop {
            let pool = self.allocate(capacity, index, Victims::All)?;
            if pool.is_some() || capacity <= 3 {
                return Ok(pool);
            }
            capacity = frames::largest_prime(capacity / 2);
        }
    }

    /// Puts a bank's frames away. Returns false when the host has no room for them.
    fn spill(&mut self, index: usize) -> Result<bool, Error> {
        let most = self.room.budget.host.saturating_sub(self.spilled_bytes());
        let Some(spilled) = self.banks[index].pool().spill(&self.gpu, most)? else { return Ok(false) };
        log::debug!("bank {index}: {} bytes go to the host", spilled.bytes());
        self.banks[index].set_frames(Frames::Spilled(spilled));
        self.room.peak.spilled = self.room.peak.spilled.max(self.spilled_bytes());
        Ok(true)
    }

    /// Sees to it that a bank's frames are on the GPU, for the host's sake.
    pub fn bring(&mut self, index: usize) -> Result<(), Error> {
        if self.banks[index].spilled_bytes().is_some() && !self.bring_if(index, Victims::All)? {
            let lane = self.banks[index].first;
            return Err(Error::PoolExhausted { lane, capacity: self.gpu_bytes() });
        }
        Ok(())
    }

    /// The bank of a lane, whose frames are on the GPU then, and the lane's number in it.
    pub fn bring_lane(&mut self, lane: u32) -> Result<(usize, u32), Error> {
        loop {
            let (index, own) = self.bank_of(lane);
            if self.banks[index].here().is_some() {
                return Ok((index, own));
            }
            // It may be parted on the way, and the lane be in the other part.
            self.bring(index)?;
        }
    }

    /// Brings banks back that have something to do, as long as that puts away none that has; one at the least if none
    /// that is here has anything to do.
    pub fn take_turns(&mut self) -> Result<(), Error> {
        let mut index = 0;
        while index < self.banks.len() {
            let bank = &self.banks[index];
            if bank.next != Next::Nothing && bank.spilled_bytes().is_some() && !self.bring_if(index, Victims::Idle)? {
                break;
            }
            index += 1;
        }
        let waits = |bank: &Bank| bank.next != Next::Nothing;
        if self.banks.iter().any(|bank| waits(bank) && bank.here().is_some()) {
            return Ok(());
        }
        // A bank that has something to do and cannot be brought has to be cut: its first part is brought.
        if let Some(index) = self.banks.iter().position(waits) {
            self.bring(index)?;
        }
        Ok(())
    }

    fn bring_if(&mut self, index: usize, victims: Victims) -> Result<bool, Error> {
        let groups = self.banks[index].groups(self.shape.group_shift);
        let Some(Frames::Spilled(spilled)) = self.banks[index].memory.as_ref().map(|memory| &memory.frames) else {
            return Ok(true);
        };
        let live = spilled.slots.iter().filter(|slot| slot[2] != 0).count() as u64;
        let most = self.most_capacity();
        if live >= u64::from(frames::limit(most)) && groups.end - groups.start > 1 {
            let middle = groups.start + (groups.end - groups.start).div_ceil(2);
            self.split_spilled(index, middle)?;
            return self.bring_if(index, victims);
        }
        let frames = (live + live / 2).max(self.first_frames(u64::from(groups.end - groups.start)));
        self.bring_with(index, capacity_for(frames, most), victims)
    }

    /// Brings a spilled bank into a pool of this capacity.
    fn bring_with(&mut self, index: usize, capacity: u32, victims: Victims) -> Result<bool, Error> {
        let Some(pool) = self.allocate(capacity, index, victims)? else { return Ok(false) };
        let gpu = self.gpu.clone();
        let pipeline = self.passes.pass(&gpu, Pass::MoveFrames)?;
        let bank = &self.banks[index];
        gpu.upload(&pool.memory, PAGE_SIZE, &self.program.image.bytes());
        bank.clear_status(&gpu, &[STATUS_FRAMES, STATUS_DRY]);
        let params = bank.params_with(bank.code(), &pool, self.shape.group_shift);
        let mover = Mover { gpu: &gpu, pipeline: &pipeline, params: &params, status: &bank.lanes.status };
        if let Frames::Spilled(spilled) = &bank.memory().frames {
            pool.fill(&mover, spilled)?;
        }
        self.banks[index].set_frames(Frames::Here(pool));
        Ok(true)
    }

    /// The frames in use from which on a bank's pages are copied ahead only into frames that are in use anyway: an eighth
    /// is left to the lanes, and all of a pool that can neither grow nor be parted.
    pub fn ahead_limit(&self, index: usize) -> u32 {
        let limit = self.banks[index].pool().limit();
        if self.grown(index, 1).is_some() || self.can_part(index) { limit - limit / 8 } else { 0 }
    }
}
