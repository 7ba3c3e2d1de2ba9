//! Lanes that run A64 programs on a GPU.
//!
//! A [`Machine`] has a number of lanes, each a CPU with registers and memory of its own. They share one program image;
//! a lane that writes to a page gets its own copy of it. [`Machine::execute`] runs them all, on the GPU alone.

mod builder;
mod code;
mod constants;
mod dispatch;
mod error;
mod image;
mod lanes;
mod layout;
mod layouts;
mod memory;
mod rows;
mod run;
mod shaders;
mod snapshot;
mod stop;
mod transfer;

pub use builder::MachineBuilder;
pub use dispatch::{Dispatch, DispatchMode, Dispatched, Predictions};
pub use error::Error;
pub use image::Segment;
pub use layout::{ADDRESS_END, Layout, PAGE_SIZE, Permissions, Region};
pub use run::{MemoryUse, Report};
pub use shaders::shaders;
pub use snapshot::{LaneSet, Snapshot};
pub use stop::{Access, FaultCause, Stop, StopReason};
pub use transfer::Checks;

use crate::gpu::{Gpu, Pipeline};
use constants::*;
use dispatch::Networks;
use image::Image;
use lanes::Lanes;
use layouts::Layouts;
use memory::Memory;
use snapshot::Start;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Lanes, their memory and the GPU that runs them.
pub struct Machine {
    gpu: Gpu,
    checked: bool,
    memory_size: u64,
    group_shift: u32,
    lanes: Lanes,
    layouts: Layouts,
    image: Arc<Image>,
    /// Where [`Machine::restore`] takes lanes back to.
    start: Option<Start>,
    networks: Networks,
    /// Made when it is first needed: its size depends on the image.
    memory: Option<Memory>,
    /// Lane, first page, pages: own copies to be dropped.
    discards: Vec<[u32; 4]>,
    host_reasons: HashMap<u32, StopReason>,
    pipelines: Pipelines,
    slice_cycles: u32,
    adapt_slices: bool,
    slice_time: Duration,
    warm: bool,
    epoch: u32,
    timestamps: bool,
}

/// Pipelines, each made when it is first needed.
#[derive(Default)]
struct Pipelines {
    interpreter: Option<Pipeline>,
    predict_lanes: Option<Pipeline>,
    transfer: Option<Pipeline>,
    discard: Option<Pipeline>,
    capture: Option<Pipeline>,
    restore: Option<Pipeline>,
    release: Option<Pipeline>,
    write_rows: Option<Pipeline>,
}

impl Pipelines {
    fn interpreter(&mut self, gpu: &Gpu, checked: bool, dispatch: Dispatch) -> Result<&Pipeline, Error> {
        make(&mut self.interpreter, || Ok(gpu.pipeline(&shaders::interpreter(dispatch), checked)?))
    }

    fn transfer(&mut self, gpu: &Gpu) -> Result<&Pipeline, Error> {
        make(&mut self.transfer, || Ok(gpu.pipeline(&shaders::transfer(), true)?))
    }

    fn discard(&mut self, gpu: &Gpu) -> Result<&Pipeline, Error> {
        make(&mut self.discard, || Ok(gpu.pipeline(&shaders::discard(), true)?))
    }

    fn capture(&mut self, gpu: &Gpu) -> Result<&Pipeline, Error> {
        make(&mut self.capture, || Ok(gpu.pipeline(&shaders::capture(), true)?))
    }

    fn restore(&mut self, gpu: &Gpu) -> Result<&Pipeline, Error> {
        make(&mut self.restore, || Ok(gpu.pipeline(&shaders::restore(), true)?))
    }

    fn release(&mut self, gpu: &Gpu) -> Result<&Pipeline, Error> {
        make(&mut self.release, || Ok(gpu.pipeline(&shaders::release(), true)?))
    }

    fn write_rows(&mut self, gpu: &Gpu) -> Result<&Pipeline, Error> {
        make(&mut self.write_rows, || Ok(gpu.pipeline(&shaders::write_rows(), true)?))
    }
}

fn make(slot: &mut Option<Pipeline>, new: impl FnOnce() -> Result<Pipeline, Error>) -> Result<&Pipeline, Error> {
    Ok(match slot {
        Some(pipeline) => pipeline,
        None => slot.insert(new()?),
    })
}

impl Machine {
    /// Sets up a machine.
    pub fn builder() -> MachineBuilder {
        MachineBuilder::default()
    }

    /// Number of lanes.
    pub fn lanes(&self) -> u32 {
        self.lanes.count
    }

    /// Bytes of memory that a lane may have.
    pub fn memory_size(&self) -> u64 {
        self.memory_size
    }

    /// The adapter that runs the lanes.
    pub fn adapter(&self) -> &wgpu::AdapterInfo {
        self.gpu.info()
    }

    /// Loads raw code or data at `address` for all lanes, readable, writable and executable. Before anything has run
    /// the bytes are shared by all lanes; afterwards every lane gets them written.
    pub fn load_program(&mut self, bytes: &[u8], address: u64) -> Result<(), Error> {
        let segment = Segment { address, bytes, memory_size: bytes.len() as u64, permissions: Permissions::ALL };
        let mut layout = self.layouts.of(0).clone();
        if self.memory.is_none() {
            Arc::make_mut(&mut self.image).add(&mut layout, &segment)?;
            self.set_all_layouts(layout);
            return Ok(());
        }
        let length = bytes.len() as u64;
        let end = address.checked_add(length).filter(|end| *end <= ADDRESS_END);
        let end = end.ok_or(Error::OutsideAddressSpace { address, length })?;
        for lane in 0..self.lanes() {
            let mut layout = self.layouts.of(lane).clone();
            let mut page = address / PAGE_SIZE * PAGE_SIZE;
            while page < end {
                if !layout.protect(page, page + PAGE_SIZE, Permissions::ALL) {
                    layout.map(page, page + PAGE_SIZE, Permissions::ALL);
                }
                page += PAGE_SIZE;
            }
            self.set_layout(lane, layout, &[])?;
        }
        let writes: Vec<_> = (0..self.lanes()).map(|lane| (lane, address, bytes)).collect();
        self.write_many(&writes, Checks::Host)?;
        Ok(())
    }

    /// Loads a program's segments as an image that all lanes share, and gives every lane an address space of these and
    /// of the regions of `extra`. All that there was before is dropped: memory, registers, stops, counts.
    pub fn load_segments(&mut self, segments: &[Segment], extra: &Layout) -> Result<(), Error> {
        let mut image = Image::default();
        let mut layout = extra.clone();
        // What can be executed comes first: only it has control words.
        let mut ordered: Vec<_> = segments.iter().collect();
        ordered.sort_by_key(|segment| !segment.permissions.contains(Permissions::EXECUTE));
        for segment in ordered {
            image.add(&mut layout, segment)?;
        }
        self.image = Arc::new(image);
        self.memory = None;
        self.start = None;
        self.lanes = Lanes::new(&self.gpu, self.lanes())?;
        self.host_reasons.clear();
        self.discards.clear();
        self.set_all_layouts(layout);
        Ok(())
    }

    fn set_all_layouts(&mut self, layout: Layout) {
        let place = self.layouts.set_all(layout);
        self.lanes.set_all_layouts(place);
    }

    /// The lane's address space.
    ///
    /// # Panics
    /// If there is no such lane.
    pub fn layout(&self, lane: u32) -> &Layout {
        self.layouts.of(lane)
    }

    /// Changes the lane's address space. Its own copies of the pages in `discard` are dropped: it reads the image
    /// there, or zeros.
    pub fn set_layout(&mut self, lane: u32, layout: Layout, discard: &[Range<u64>]) -> Result<(), Error> {
        self.check_lane(lane)?;
        let place = self.layouts.set(lane, layout);
        self.lanes.set_layout(&self.gpu, lane, place)?;
        if self.memory.is_some() {
            for range in discard {
                let first = range.start / PAGE_SIZE;
                let pages = range.end.min(ADDRESS_END).div_ceil(PAGE_SIZE).saturating_sub(first);
                self.discards.push([lane, first as u32, (first >> 32) as u32, pages.min(u64::from(u32::MAX)) as u32]);
            }
        }
        Ok(())
    }

    /// A register: 0 to 30 are X0 to X30, 31 is SP.
    pub fn register(&mut self, lane: u32, n: u32) -> Result<u64, Error> {
        self.check_register(lane, n)?;
        self.lanes.register(&self.gpu, lane, n)
    }

    /// Sets a register: 0 to 30 are X0 to X30, 31 is SP.
    pub fn set_register(&mut self, lane: u32, n: u32, value: u64) -> Result<(), Error> {
        self.check_register(lane, n)?;
        self.lanes.set_register(&self.gpu, lane, n, value)
    }

    /// The instruction that is next.
    pub fn pc(&mut self, lane: u32) -> Result<u64, Error> {
        self.check_lane(lane)?;
        Ok(self.lanes.counter(&self.gpu, lane)?.0)
    }

    /// Lets the lane go on at `pc`, whatever stopped it. As in a branch, the top byte becomes a copy of bit 55.
    pub fn set_pc(&mut self, lane: u32, pc: u64) -> Result<(), Error> {
        self.check_lane(lane)?;
        let pc = ((pc << 8) as i64 >> 8) as u64;
        let nzcv = self.lanes.counter(&self.gpu, lane)?.1;
        self.lanes.set_counter(&self.gpu, lane, pc, nzcv)?;
        self.lanes.set_reason(&self.gpu, lane, REASON_RUNNING)
    }

    /// The flags: N is 8, Z 4, C 2, V 1.
    pub fn nzcv(&mut self, lane: u32) -> Result<u8, Error> {
        self.check_lane(lane)?;
        Ok(self.lanes.counter(&self.gpu, lane)?.1)
    }

    /// Sets the flags: N is 8, Z 4, C 2, V 1.
    pub fn set_nzcv(&mut self, lane: u32, nzcv: u8) -> Result<(), Error> {
        self.check_lane(lane)?;
        if nzcv > 15 {
            return Err(Error::Flags { value: nzcv });
        }
        let pc = self.lanes.counter(&self.gpu, lane)?.0;
        self.lanes.set_counter(&self.gpu, lane, pc, nzcv)
    }

    /// The instruction word that the lane fetched last (buffer 3).
    pub fn last_instruction(&mut self, lane: u32) -> Result<u32, Error> {
        self.check_lane(lane)?;
        self.lanes.inst(&self.gpu, lane)
    }

    /// Ends a lane for a reason of the host's: it does not go on until [`Machine::set_pc`].
    pub fn set_stop(&mut self, lane: u32, reason: StopReason) -> Result<(), Error> {
        self.check_lane(lane)?;
        self.host_reasons.insert(lane, reason);
        self.lanes.set_reason(&self.gpu, lane, REASON_HOST)
    }

    fn check_lane(&self, lane: u32) -> Result<(), Error> {
        let lanes = self.lanes();
        if lane < lanes { Ok(()) } else { Err(Error::NoSuchLane { lane, lanes }) }
    }

    fn check_register(&self, lane: u32, register: u32) -> Result<(), Error> {
        self.check_lane(lane)?;
        if register < lanes::REGISTERS { Ok(()) } else { Err(Error::NoSuchRegister { register }) }
    }

    /// Brings the GPU up to date with what the host has changed.
    fn flush(&mut self) -> Result<(), Error> {
        if self.memory.is_none() {
            self.make_memory()?;
        }
        self.layouts.flush(&self.gpu)?;
        self.lanes.flush(&self.gpu);
        self.apply_discards()
    }

    fn make_memory(&mut self) -> Result<(), Error> {
        let status = vec![0u32; STATUS_WORDS as usize];
        self.gpu.upload(&self.lanes.status, 0, bytemuck::cast_slice(&status));
        self.epoch = 0;
        let runs = code::runs(self.layouts.of(0), self.image.code_pages());
        self.layouts.set_runs(&runs);
        self.lanes.set_all_layouts(self.layouts.base_place());
        for (lane, place) in self.layouts.own_places() {
            self.lanes.set_layout(&self.gpu, lane, place)?;
        }
        self.lanes.forget_written_code(&self.gpu);
        let (lanes, size) = (self.lanes.count, self.memory_size);
        self.memory = Some(Memory::new(&self.gpu, &self.image, &runs, lanes, self.group_shift, size, &self.networks)?);
        Ok(())
    }

    fn apply_discards(&mut self) -> Result<(), Error> {
        if self.discards.is_empty() {
            return Ok(());
        }
        let gpu = self.gpu.clone();
        let pipeline = self.pipelines.discard(&gpu)?.clone();
        let memory = self.memory.as_ref().expect("discards are of memory that exists");
        let items = std::mem::take(&mut self.discards);
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
        let item_buffer = gpu.buffer("items", items.len() as u64 * 16, usage)?;
        gpu.upload(&item_buffer, 0, bytemuck::cast_slice(&items));
        let params = memory::uniform(&gpu, &memory::Params { items: items.len() as u32, ..memory.params })?;
        let buffers = [
            (1, 0, &params),
            (1, 3, &memory.slots),
            (1, 4, &self.lanes.state),
            (1, 5, &self.lanes.status),
            (1, 8, &item_buffer),
        ];
        let groups = pipeline.bind(&gpu, &buffers)?;
        memory::dispatch(&gpu, &pipeline, &groups, items.len() as u32)
    }
}
