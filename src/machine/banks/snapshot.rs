//! Snapshots of a lane, and the point that lanes go back to: all on the GPU but for the snapshot's own pages.

use crate::abi::*;
use crate::gpu::{Buffer, Encode};
use crate::machine::banks::bank::{Bank, Frames, Memory};
use crate::machine::code::dispatch::dispatch_buffers;
use crate::machine::memory::address_space::{Layout, PAGE_SIZE};
use crate::machine::memory::frames::{Spilled, own_copies, slot_page};
use crate::machine::memory::image::{Image, PageBytes};
use crate::machine::pass;
use crate::machine::shaders::Pass;
use crate::machine::state::lanes::Lanes;
use crate::machine::state::stop::{Stop, StopReason};
use crate::machine::{Checks, Error, Machine};
use std::ops::Range;
use std::sync::Arc;
use wgpu::BufferUsages;

/// Everything of one lane at one point: registers, program counter, flags, what it has retired, its address space and
/// what stands there. It does not depend on the machine that it was taken of.
#[derive(Clone)]
pub struct Snapshot {
    /// (SNAPSHOT_WORDS)
    words: Vec<u32>,
    host_reason: Option<StopReason>,
    layout: Layout,
    image: Arc<Image>,
    /// Pages that the lane has written, by ascending address.
    pages: Vec<(u64, Arc<PageBytes>)>,
}

impl Snapshot {
    /// A register: 0 to 30 are X0 to X30, 31 is SP; `None` for any other number.
    pub fn register(&self, n: u32) -> Option<u64> {
        (n < REGISTERS).then(|| self.wide(SNAPSHOT_REGISTERS + 2 * n))
    }

    /// The instruction that is next.
    pub fn pc(&self) -> u64 {
        self.wide(SNAPSHOT_PC)
    }

    /// How the lane stood.
    pub fn stop(&self) -> Stop {
        let out = SNAPSHOT_OUT as usize;
        let words: [u32; 8] = std::array::from_fn(|n| self.words[out + n]);
        crate::machine::run::report::stop(&words, self.host_reason.as_ref(), 0)
    }

    /// The lane's address space.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Addresses of the pages that the lane had written.
    pub fn written_pages(&self) -> impl Iterator<Item = u64> {
        self.pages.iter().map(|(address, _)| *address)
    }

    fn wide(&self, at: u32) -> u64 {
        u64::from(self.words[at as usize]) | u64::from(self.words[at as usize + 1]) << 32
    }
}

/// Some lanes of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneSet {
    /// A bit for each lane; `None` has them all.
    words: Option<Vec<u32>>,
}

impl LaneSet {
    /// Every lane, however many there are.
    pub fn all() -> Self {
        LaneSet { words: None }
    }

    /// Whether the lane is one of them.
    pub fn contains(&self, lane: u32) -> bool {
        let word = |words: &Vec<u32>| words.get(lane as usize / 32).copied().unwrap_or(0);
        self.words.as_ref().is_none_or(|words| word(words) >> (lane % 32) & 1 != 0)
    }

    fn last(&self) -> Option<u32> {
        let words = self.words.as_ref()?;
        let last = words.iter().rposition(|word| *word != 0)?;
        Some(last as u32 * 32 + 31 - words[last].leading_zeros())
    }

    /// A bit for each of `lanes` lanes.
    fn bits(&self, lanes: u32) -> Vec<u32> {
        let mut bits = self.words.clone().unwrap_or_else(|| vec![u32::MAX; lanes.div_ceil(32) as usize]);
        bits.resize(lanes.div_ceil(32) as usize, 0);
        bits
    }
}

impl FromIterator<u32> for LaneSet {
    fn from_iter<I: IntoIterator<Item = u32>>(lanes: I) -> Self {
        let mut words = Vec::new();
        for lane in lanes {
            let word = lane as usize / 32;
            if word >= words.len() {
                words.resize(word + 1, 0);
            }
            words[word] |= 1 << (lane % 32);
        }
        LaneSet { words: Some(words) }
    }
}

impl From<Range<u32>> for LaneSet {
    fn from(lanes: Range<u32>) -> Self {
        lanes.collect()
    }
}

/// What becomes of lanes' own copies of pages when they go back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Copies {
    Drop,
    /// Those that most lanes of a group had are made again.
    Refill,
}

/// Where lanes go back to.
pub(in crate::machine) struct Start {
    /// (SNAPSHOT_WORDS), on the GPU.
    words: Buffer,
    host_reason: Option<StopReason>,
    /// What a lane has retired there.
    retired: u64,
}

impl Start {
    pub fn host_reason(&self) -> Option<&StopReason> {
        self.host_reason.as_ref()
    }
}

impl Machine {
    /// Takes a snapshot of a lane, which stays as it is.
    pub fn snapshot(&mut self, lane: u32) -> Result<Snapshot, Error> {
        self.settle_layout(lane)?;
        self.flush()?;
        let gpu = self.gpu.clone();
        let words = snapshot_buffer(self)?;
        let pipeline = self.pipelines.pass(&gpu, Pass::Capture)?;
        self.bring(self.bank_of(lane).0)?;
        let (index, own) = self.bank_of(lane);
        let bank = &self.banks[index];
        let params = bank.uniform(&gpu, self.group_shift, own, 0)?;
        let bound = pipeline.bind(&gpu, &self.state_buffers(bank, &params, &words))?;
        pass::dispatch(&gpu, &bound, 1)?;
        let slots = &bank.pool().slots;
        let data = gpu.download(&[(&words, 0..u64::from(SNAPSHOT_WORDS) * 4), (slots, 0..slots.size())])?;
        let slots = own_copies(&data[1]);

        let layout = self.layouts.of(lane).clone();
        let (group, bit) = (lane >> self.group_shift, 1 << (lane & ((1 << self.group_shift) - 1)));
        let own = slots.iter().filter(|slot| slot[2] & bit != 0).map(slot_page);
        let mut addresses: Vec<u64> = own.filter(|page| page.0 == group).map(|(_, page)| page * PAGE_SIZE).collect();
        addresses.retain(|address| layout.find(*address).is_some());
        addresses.sort_unstable();
        let spans: Vec<_> = addresses.iter().map(|address| (lane, *address, PAGE_SIZE as u32)).collect();
        let contents = self.read_many(&spans, Checks::Host)?;
        let pages = addresses.into_iter().zip(contents).map(|(address, bytes)| {
            let mut page = [0; PAGE_SIZE as usize];
            page[..bytes.len()].copy_from_slice(&bytes);
            (address, Arc::new(page))
        });
        let start = self.start.as_ref().and_then(Start::host_reason);
        Ok(Snapshot {
            words: bytemuck::pod_collect_to_vec(&data[0]),
            host_reason: self.host_reasons.get(&lane).or(start).copied(),
            layout,
            image: self.image.clone(),
            pages: pages.collect(),
        })
    }

    /// Makes every lane what the snapshot's was, and that the start point for [`Machine::restore`]. The snapshot's pages
    /// become the image, which all lanes share.
    pub fn fork(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        self.discards.clear();
        self.host_reasons.clear();
        let mut layout = snapshot.layout.clone();
        let same_image = self.has_memory() && Arc::ptr_eq(&self.image, &snapshot.image) && snapshot.pages.is_empty();
        if !same_image {
            let mut image = (*snapshot.image).clone();
            for (address, bytes) in &snapshot.pages {
                image.set_page(&mut layout, *address, bytes);
            }
            self.image = Arc::new(image);
            self.drop_coverage();
            self.banks = vec![Bank::new(0, Lanes::new(&self.gpu, self.lane_count, self.io_size)?)];
            self.retired = None;
        }
        self.set_all_layouts(layout);
        self.flush()?;
        let mut words = snapshot.words.clone();
        let place = self.layouts.base_place();
        let state = [
            (LANE_LAYOUT, place.first),
            (LANE_LAYOUT_COUNT, place.count),
            (LANE_LAYOUT_INTACT, place.intact.into()),
            (LANE_CODE_WRITTEN, 0),
        ];
        for (field, value) in state {
            words[(SNAPSHOT_STATE + field) as usize] = value;
        }
        let buffer = snapshot_buffer(self)?;
        self.gpu.upload(&buffer, 0, bytemuck::cast_slice(&words));
        let retired = snapshot.stop().retired;
        self.start = Some(Start { words: buffer, host_reason: snapshot.host_reason, retired });
        self.restore(&LaneSet::all())
    }

    /// Makes every lane what lane 0 is, and that the start point for [`Machine::restore`].
    pub fn mark_start(&mut self) -> Result<(), Error> {
        let snapshot = self.snapshot(0)?;
        self.fork(&snapshot)
    }

    /// Takes these lanes back to the start point: their registers, their counts, their memory. What they have written is
    /// free for others. Takes no part of the host that grows with what the lanes have done.
    pub fn restore(&mut self, lanes: &LaneSet) -> Result<(), Error> {
        self.restore_with(lanes, Copies::Drop)?;
        Ok(self.gpu.wait()?)
    }

    /// [`Machine::restore`] of all lanes, which are expected to write to the pages that most of them wrote to since the
    /// last one: each gets its own copy of these again at once, so that none stops for it when it comes there. Does not
    /// wait for the GPU.
    pub fn restore_ahead(&mut self) -> Result<(), Error> {
        self.restore_with(&LaneSet::all(), Copies::Refill)
    }

    fn restore_with(&mut self, lanes: &LaneSet, copies: Copies) -> Result<(), Error> {
        if let Some(last) = lanes.last() {
            self.check_lane(last)?;
        }
        let Some(start) = &self.start else { return Err(Error::NoStart) };
        let (snapshot, retired) = (start.words.clone(), start.retired);
        self.flush()?;
        self.layouts.reset(lanes);
        self.host_reasons.retain(|lane, _| !lanes.contains(*lane));

        let gpu = self.gpu.clone();
        let restore = self.pipelines.pass(&gpu, Pass::Restore)?;
        let all = lanes.words.is_none();
        let on_slots = match copies {
            Copies::Refill => Some(self.pipelines.pass(&gpu, Pass::Refill)?),
            Copies::Drop if all => None,
            Copies::Drop => Some(self.pipelines.pass(&gpu, Pass::Release)?),
        };
        let bits = lanes.bits(self.lane_count);
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let lane_set = gpu.buffer("lane_set", bits.len() as u64 * 4, usage)?;
        gpu.upload(&lane_set, 0, bytemuck::cast_slice(&bits));
        self.release_spilled(all, &bits);
        let mut work = Vec::with_capacity(self.banks.len());
        for bank in &self.banks {
            // Restoring lanes asks nothing of their frames.
            let params = pass::uniform(&gpu, &bank.lane_params())?;
            let mut buffers = self.state_buffers(bank, &params, &snapshot);
            buffers.push(("lane_io", &bank.lanes.io.buffer));
            buffers.push(("lane_set", &lane_set));
            let restoring = restore.bind(&gpu, &buffers)?;
            let after = match (bank.here(), &on_slots) {
                (Some(pool), Some(pipeline)) => {
                    let params = bank.uniform(&gpu, self.group_shift, 0, 0)?;
                    let mut buffers = vec![("params", &params), ("slots", &pool.slots)];
                    match copies {
                        Copies::Drop => buffers.push(("lane_set", &lane_set)),
                        Copies::Refill => buffers.extend([
                            ("memory", &pool.memory),
                            ("layouts", &self.layouts.buffer),
                            ("lane_state", &bank.lanes.state),
                        ]),
                    }
                    Some((pool, pipeline.bind(&gpu, &buffers)?))
                }
                _ => None,
            };
            work.push((bank, restoring, after));
        }
        let commands = gpu.guard("restoring lanes", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            for (bank, restoring, after) in &work {
                pass::encode(&mut encoder, restoring, bank.lanes.count);
                match (copies, after) {
                    (Copies::Refill, Some((pool, refill))) => pass::encode_slots(&mut encoder, refill, pool.capacity),
                    (Copies::Drop, Some((pool, release))) => pass::encode(&mut encoder, release, pool.capacity),
                    (_, None) => {
                        let Some(pool) = bank.here() else { continue };
                        encoder.clear(&pool.slots, 0..pool.slots.size());
                        let frames = u64::from(STATUS_FRAMES) * 4;
                        encoder.clear(&bank.lanes.status, frames..frames + 4);
                    }
                }
            }
            encoder.finish()
        })?;
        gpu.queue().submit([commands]);
        self.banks.iter_mut().for_each(|bank| bank.lanes.forget_all());
        self.retired = all.then(|| retired.wrapping_mul(self.lane_count.into()));
        Ok(())
    }

    /// The same for the frames that are in the host's memory.
    fn release_spilled(&mut self, all: bool, bits: &[u32]) {
        let frame_bytes = self.frame_bytes();
        let shift = self.group_shift;
        for bank in &mut self.banks {
            let Some(Memory { frames: Frames::Spilled(spilled), .. }) = &mut bank.memory else { continue };
            if all {
                *spilled = Spilled::empty(frame_bytes);
            } else {
                // Of neighbouring groups in one word too: a slot has no bits but its own group's.
                let of_group = |group: u32| bits[(group << shift) as usize / 32] >> ((group << shift) % 32);
                spilled.release(of_group);
            }
        }
    }

    /// What `capture` and `restore` bind.
    fn state_buffers<'a>(
        &'a self,
        bank: &'a Bank,
        params: &'a Buffer,
        snapshot: &'a Buffer,
    ) -> Vec<(&'static str, &'a Buffer)> {
        let mut buffers = vec![
            ("registers", &bank.lanes.registers),
            ("program_counter", &bank.lanes.program_counter),
            ("inst", &bank.lanes.inst),
            ("pc_out", &bank.lanes.pc_out),
            ("params", params),
            ("lane_state", &bank.lanes.state),
            ("snapshot", snapshot),
        ];
        buffers.extend(dispatch_buffers(bank.code(), &self.networks));
        buffers
    }
}

fn snapshot_buffer(machine: &Machine) -> Result<Buffer, Error> {
    let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
    Ok(machine.gpu.buffer("snapshot", u64::from(SNAPSHOT_WORDS) * 4, usage)?)
}
