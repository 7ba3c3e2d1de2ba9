//! Snapshots of a lane, and the point that lanes go back to: all on the GPU but for the snapshot's own pages.

use super::core::{Core, Start};
use super::transfer::Checks;
use crate::abi::*;
use crate::gpu::{Buffer, Encode};
use crate::machine::Error;
use crate::machine::banks::bank::{Bank, Frames, Memory};
use crate::machine::code::control_words::dispatch_buffers;
use crate::machine::lane_set::LaneSet;
use crate::machine::memory::address_space::{Layout, PAGE_SIZE};
use crate::machine::memory::frames::{Spilled, own_copies, slot_page};
use crate::machine::memory::image::{Image, PageBytes};
use crate::machine::pass;
use crate::machine::shaders::Pass;
use crate::machine::state::lanes::Lanes;
use crate::machine::state::stop::{Stop, StopReason, stop};
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
        (n < REGISTERS).then(|| self.registers().x(n as usize))
    }

    /// The instruction that is next.
    pub fn pc(&self) -> u64 {
        self.registers().pc()
    }

    /// All registers.
    pub fn registers(&self) -> RegisterFile {
        snapshot_registers(&self.words)
    }

    /// How the lane stood.
    pub fn stop(&self) -> Stop {
        let out = SNAPSHOT_OUT as usize;
        let words: [u32; 8] = std::array::from_fn(|n| self.words[out + n]);
        stop(&words, self.host_reason.as_ref(), 0)
    }

    /// The lane's address space.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Addresses of the pages that the lane had written.
    pub fn written_pages(&self) -> impl Iterator<Item = u64> {
        self.pages.iter().map(|(address, _)| *address)
    }
}

/// What becomes of lanes' own copies of pages when they go back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Copies {
    Drop,
    /// Those that most lanes of a group had are made again.
    Refill,
}

impl Core {
    pub fn snapshot(&mut self, lane: u32) -> Result<Snapshot, Error> {
        self.settle_layout(lane)?;
        self.flush()?;
        let gpu = self.gpu.clone();
        let words = snapshot_buffer(self)?;
        let pipeline = self.passes.pass(&gpu, Pass::Capture)?;
        let (index, own) = self.bring_lane(lane)?;
        let bank = &self.banks[index];
        let params = bank.uniform(&gpu, self.shape.group_shift, own, 0)?;
        let bound = pipeline.bind(&gpu, &self.state_buffers(bank, &params, &words))?;
        pass::dispatch(&gpu, &bound, 1)?;
        let slots = &bank.pool().slots;
        let data = gpu.download(&[(&words, 0..u64::from(SNAPSHOT_WORDS) * 4), (slots, 0..slots.size())])?;
        let slots = own_copies(&data[1]);

        let layout = self.layouts.of(lane).clone();
        let (group, bit) = (lane >> self.shape.group_shift, 1 << (lane & ((1 << self.shape.group_shift) - 1)));
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
        let start = self.program.start.as_ref().and_then(Start::host_reason);
        Ok(Snapshot {
            words: bytemuck::pod_collect_to_vec(&data[0]),
            host_reason: self.standing.host_reasons.get(&lane).or(start).copied(),
            layout,
            image: self.program.image.clone(),
            pages: pages.collect(),
        })
    }

    pub fn fork(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        self.discards.clear();
        self.standing.host_reasons.clear();
        let mut layout = snapshot.layout.clone();
        let same_image =
            self.has_memory() && Arc::ptr_eq(&self.program.image, &snapshot.image) && snapshot.pages.is_empty();
        if !same_image {
            let mut image = (*snapshot.image).clone();
            for (address, bytes) in &snapshot.pages {
                image.set_page(&mut layout, *address, bytes);
            }
            self.program.image = Arc::new(image);
            self.new_program();
            self.banks = vec![Bank::new(0, Lanes::new(&self.gpu, self.shape.lanes, self.serving.io_size)?)];
            self.standing.retired = None;
        }
        self.set_all_layouts(layout)?;
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
        self.program.start = Some(Start { words: buffer, host_reason: snapshot.host_reason, retired });
        self.restore(&LaneSet::all())
    }

    pub fn mark_start(&mut self) -> Result<(), Error> {
        let snapshot = self.snapshot(0)?;
        self.fork(&snapshot)
    }

    pub fn restore(&mut self, lanes: &LaneSet) -> Result<(), Error> {
        self.restore_with(lanes, Copies::Drop)?;
        Ok(self.gpu.wait()?)
    }

    pub fn restore_ahead(&mut self) -> Result<(), Error> {
        self.restore_with(&LaneSet::all(), Copies::Refill)
    }

    fn restore_with(&mut self, lanes: &LaneSet, copies: Copies) -> Result<(), Error> {
        if let Some(last) = lanes.last() {
            self.check_lane(last)?;
        }
        let Some(start) = &self.program.start else { return Err(Error::NoStart) };
        let (snapshot, retired) = (start.words.clone(), start.retired);
        self.flush()?;
        self.layouts.reset(lanes);
        self.standing.host_reasons.retain(|lane, _| !lanes.contains(*lane));

        let gpu = self.gpu.clone();
        let restore = self.passes.pass(&gpu, Pass::Restore)?;
        let all = lanes.words.is_none();
        let on_slots = match copies {
            Copies::Refill => Some(self.passes.pass(&gpu, Pass::Refill)?),
            Copies::Drop if all => None,
            Copies::Drop => Some(self.passes.pass(&gpu, Pass::Release)?),
        };
        let bits = lanes.bits(self.shape.lanes);
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
                    let params = bank.uniform(&gpu, self.shape.group_shift, 0, 0)?;
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
        self.standing.retired = all.then(|| retired.wrapping_mul(self.shape.lanes.into()));
        Ok(())
    }

    /// The same for the frames that are in the host's memory.
    fn release_spilled(&mut self, all: bool, bits: &[u32]) {
        let frame_bytes = self.frame_bytes();
        let shift = self.shape.group_shift;
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

fn snapshot_buffer(machine: &Core) -> Result<Buffer, Error> {
    let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
    Ok(machine.gpu.buffer("snapshot", u64::from(SNAPSHOT_WORDS) * 4, usage)?)
}
