//! Lanes that run A64 programs on a GPU.
//!
//! A [`Machine`] has a number of lanes, each a CPU with registers and memory of its own. They share one program image;
//! a lane that writes to a page gets its own copy of it. [`Machine::execute`] runs them all, on the GPU alone.

mod banks;
mod builder;
mod code;
mod companions;
mod error;
mod memory;
mod pass;
mod personality;
mod run;
mod shaders;
mod state;

pub use banks::snapshot::{LaneSet, Snapshot};
pub use banks::transfer::Checks;
pub use builder::{MEMORY_SIZE, MachineBuilder};
pub use code::dispatch::{Dispatch, DispatchMode, Dispatched, Predictions};
pub use companions::coverage::{Coverage, Joined, edge_bit};
pub use companions::loops::judges::{JUDGE_CONFIDENCE, JUDGE_INSTRUCTIONS};
pub use companions::loops::{HotLoop, LoopLabel, LoopSample, Loops, Refusal};
pub use companions::prefetch::{Fate, Foreseen, MemoryWork, Prefetch};
pub use companions::translation::{Translate, TranslationReport, Translations, is_translating};
pub use error::Error;
pub use memory::address_space::{ADDRESS_END, Layout, PAGE_SIZE, Permissions, Region};
pub use memory::image::Segment;
pub use run::report::{Advance, MemoryUse, Report};
pub use shaders::shaders;
pub(crate) use shaders::{CallText, interpreters};
pub use state::lanes::Registers;
pub(crate) use state::stop::describe_undefined;
pub use state::stop::{Access, FaultCause, Stop, StopReason};

use crate::abi::*;
use crate::gpu::{self, Gpu, Pipeline};
use crate::neural::{OracleEvent, OracleTables, Weights};
use banks::bank::{Bank, Frames, Memory};
use banks::room::Budget;
use banks::snapshot::Start;
use code::control_words::{self, Code};
use code::dispatch::Networks;
use companions::loops::watch::LoopWatch;
use companions::prefetch::AheadPasses;
use companions::prefetch::watch::AheadWatch;
use companions::translation::Translation;
use memory::frames::{self, capacity_for};
use memory::image::Image;
use memory::spaces::Layouts;
use personality::calls::IoSize;
use run::report::Peak;
use shaders::{Misses, Pass, Variant, Watch};
use state::lanes::Lanes;
use std::collections::HashMap;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::ScopedJoinHandle;
use std::time::Duration;

/// Lanes, their memory and the GPU that runs them.
pub struct Machine {
    gpu: Gpu,
    checked: bool,
    memory_size: u64,
    group_shift: u32,
    lane_count: u32,
    /// All lanes, in order. Their memory is made when it is first needed: it begins with the image.
    banks: Vec<Bank>,
    budget: Budget,
    peak: Peak,
    /// Retired by all lanes, if known.
    retired: Option<u64>,
    layouts: Layouts,
    image: Arc<Image>,
    /// Where [`Machine::restore`] takes lanes back to.
    start: Option<Start>,
    networks: Networks,
    loops: Loops,
    loop_watch: LoopWatch,
    prefetch: Prefetch,
    ahead_watch: AheadWatch,
    memory_work: MemoryWork,
    trace: Vec<OracleEvent>,
    /// Of the network that foretells accesses, if it is asked.
    oracle_weights: Option<Weights>,
    /// Those on the GPU, once they were wanted.
    oracle_tables: Option<OracleTables>,
    translation: Translation,
    /// Lane, first page, pages: own copies to be dropped.
    discards: Vec<[u32; 4]>,
    host_reasons: HashMap<u32, StopReason>,
    pipelines: Pipelines,
    /// How system calls are served on the GPU, if they are, and what room they have.
    calls: Option<CallText>,
    io_size: IoSize,
    coverage: Option<Coverage>,
    slice_cycles: u32,
    /// In eighths of the slice before.
    slice_growth: u32,
    adapt_slices: bool,
    slice_time: Duration,
    warm: bool,
    /// The last execute was over after its first submission.
    ends_at_once: bool,
    /// Ends executes early when it is true.
    interrupt: Option<Arc<AtomicBool>>,
    timestamps: bool,
}

/// Pipelines, each made when it is first needed.
#[derive(Default)]
struct Pipelines {
    interpreter: Option<Pipeline>,
    /// The one that takes notice of accesses.
    noticing: Option<Pipeline>,
    predict_lanes: Option<Pipeline>,
    ahead: Option<AheadPasses>,
    passes: HashMap<Pass, Pipeline>,
}

impl Pipelines {
    fn interpreter(&mut self, gpu: &Gpu, checked: bool, variant: Variant) -> Result<&Pipeline, Error> {
        let notices = matches!(variant.watch, Watch::Lanes { misses: Misses::Kept(_), .. });
        let slot = if notices { &mut self.noticing } else { &mut self.interpreter };
        make(slot, || Ok(gpu.pipeline(&shaders::interpreter(variant), checked)?))
    }

    /// Another text is wanted.
    fn forget_interpreter(&mut self) {
        (self.interpreter, self.noticing) = (None, None);
    }

    fn pass(&mut self, gpu: &Gpu, pass: Pass) -> Result<Pipeline, Error> {
        if let Some(pipeline) = self.passes.get(&pass) {
            return Ok(pipeline.clone());
        }
        let pipeline = gpu.pipeline(&pass.shader(), true)?;
        Ok(self.passes.entry(pass).or_insert(pipeline).clone())
    }

    /// Makes those that every restart and its growing memory need, all at once.
    fn prepare(&mut self, gpu: &Gpu) -> Result<(), Error> {
        let wanted = [Pass::Capture, Pass::Restore, Pass::Refill, Pass::WriteRows, Pass::Survey, Pass::MoveFrames];
        let missing = wanted.into_iter().filter(|pass| !self.passes.contains_key(pass));
        let made = std::thread::scope(|scope| {
            let make = |pass: Pass| (pass, scope.spawn(move || gpu.pipeline(&pass.shader(), true)));
            let threads: Vec<_> = missing.map(make).collect();
            let join = |(pass, thread): (Pass, ScopedJoinHandle<Result<Pipeline, gpu::Error>>)| {
                Ok((pass, thread.join().unwrap_or_else(|panic| resume_unwind(panic))?))
            };
            threads.into_iter().map(join).collect::<Result<Vec<_>, Error>>()
        })?;
        self.passes.extend(made);
        Ok(())
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
        self.lane_count
    }

    /// Bytes of memory that a lane may have.
    pub fn memory_size(&self) -> u64 {
        self.memory_size
    }

    /// Whether [`Report::gpu`] and [`MemoryWork::pass_nanoseconds`] are wanted from now on; see
    /// [`MachineBuilder::timestamps`].
    pub fn set_timestamps(&mut self, timestamps: bool) {
        self.timestamps = timestamps;
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
        if !self.has_memory() {
            Arc::make_mut(&mut self.image).add(&mut layout, &segment)?;
            self.set_all_layouts(layout);
            return Ok(());
        }
        let length = bytes.len() as u64;
        let end = address.checked_add(length).filter(|end| *end <= ADDRESS_END);
        let end = end.ok_or(Error::OutsideAddressSpace { address, length })?;
        for lane in 0..self.lanes() {
            let mut layout = self.layout(lane)?.clone();
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
        self.start = None;
        self.drop_coverage();
        self.banks = vec![Bank::new(0, Lanes::new(&self.gpu, self.lanes(), self.io_size)?)];
        self.peak = Peak::default();
        self.retired = None;
        self.host_reasons.clear();
        self.discards.clear();
        self.set_all_layouts(layout);
        Ok(())
    }

    fn set_all_layouts(&mut self, layout: Layout) {
        let place = self.layouts.set_all(layout);
        self.banks.iter_mut().for_each(|bank| bank.lanes.set_all_layouts(place));
    }

    /// The lane's address space.
    pub fn layout(&mut self, lane: u32) -> Result<&Layout, Error> {
        self.settle_layout(lane)?;
        Ok(self.layouts.of(lane))
    }

    /// The address space that lanes begin with.
    pub(crate) fn first_layout(&self) -> &Layout {
        self.layouts.base()
    }

    /// Makes what system calls on the GPU have mapped a part of the lane's layout.
    fn settle_layout(&mut self, lane: u32) -> Result<(), Error> {
        self.check_lane(lane)?;
        if self.calls.is_none() {
            return Ok(());
        }
        let mut fields = [LANE_HEAP_FIRST, LANE_HEAP_END, LANE_MAP_FIRST, LANE_MAP_END];
        for field in &mut fields {
            *field = self.call_field(lane, *field)?;
        }
        let added = [fields[0]..fields[1], fields[2]..fields[3]];
        if added.iter().all(Range::is_empty) {
            return Ok(());
        }
        let mut layout = self.layouts.of(lane).clone();
        for pages in added.iter().filter(|pages| !pages.is_empty()) {
            let address = |page: u32| u64::from(page) * PAGE_SIZE;
            layout.map(address(pages.start), address(pages.end), Permissions::READ_WRITE);
        }
        self.set_layout(lane, layout, &[])
    }

    /// Changes the lane's address space. Its own copies of the pages in `discard` are dropped: it reads the image
    /// there, or zeros.
    pub fn set_layout(&mut self, lane: u32, layout: Layout, discard: &[Range<u64>]) -> Result<(), Error> {
        self.check_lane(lane)?;
        let place = self.layouts.set(lane, layout);
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.set_layout(&self.gpu, own, place)?;
        if self.calls.is_some() {
            for (field, end) in [(LANE_HEAP_FIRST, LANE_HEAP_END), (LANE_MAP_END, LANE_MAP_FIRST)] {
                let page = self.call_field(lane, end)?;
                self.set_call_field(lane, field, page)?;
            }
        }
        if self.has_memory() {
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
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.register(&self.gpu, own, n)
    }

    /// All registers of a lane, in one round trip.
    pub fn registers(&mut self, lane: u32) -> Result<Registers, Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.all_registers(&self.gpu, own)
    }

    /// Sets a register: 0 to 30 are X0 to X30, 31 is SP.
    pub fn set_register(&mut self, lane: u32, n: u32, value: u64) -> Result<(), Error> {
        self.check_register(lane, n)?;
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.set_register(&self.gpu, own, n, value)
    }

    /// Sets a register of neighbouring lanes at once.
    pub fn set_registers(&mut self, n: u32, first_lane: u32, values: &[u64]) -> Result<(), Error> {
        let (mut lane, mut values) = (first_lane, values);
        self.check_register(first_lane, n)?;
        self.check_lane(
            (u64::from(first_lane) + values.len() as u64).saturating_sub(1).min(u64::from(u32::MAX)) as u32
        )?;
        while !values.is_empty() {
            let (index, own) = self.bank_of(lane);
            let lanes = &mut self.banks[index].lanes;
            let (here, others) = values.split_at(values.len().min((lanes.count - own) as usize));
            lanes.set_registers(&self.gpu, n, own, here)?;
            (lane, values) = (lane + here.len() as u32, others);
        }
        Ok(())
    }

    /// The instruction that is next.
    pub fn pc(&mut self, lane: u32) -> Result<u64, Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        Ok(self.banks[index].lanes.counter(&self.gpu, own)?.0)
    }

    /// Lets the lane go on at `pc`, whatever stopped it. As in a branch, the top byte becomes a copy of bit 55.
    pub fn set_pc(&mut self, lane: u32, pc: u64) -> Result<(), Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        let pc = ((pc << 8) as i64 >> 8) as u64;
        let nzcv = self.banks[index].lanes.counter(&self.gpu, own)?.1;
        self.banks[index].lanes.set_counter(&self.gpu, own, pc, nzcv)?;
        self.banks[index].lanes.set_reason(&self.gpu, own, REASON_RUNNING)
    }

    /// The flags: N is 8, Z 4, C 2, V 1.
    pub fn nzcv(&mut self, lane: u32) -> Result<u8, Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        Ok(self.banks[index].lanes.counter(&self.gpu, own)?.1)
    }

    /// Compiles what restarts need at once rather than one after the other when they come.
    pub(crate) fn prepare_restarts(&mut self) -> Result<(), Error> {
        self.pipelines.prepare(&self.gpu.clone())
    }

    /// Sets the flags: N is 8, Z 4, C 2, V 1.
    pub fn set_nzcv(&mut self, lane: u32, nzcv: u8) -> Result<(), Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        if nzcv > 15 {
            return Err(Error::Flags { value: nzcv });
        }
        let pc = self.banks[index].lanes.counter(&self.gpu, own)?.0;
        self.banks[index].lanes.set_counter(&self.gpu, own, pc, nzcv)
    }

    /// The instruction word that the lane fetched last (buffer 3).
    pub fn last_instruction(&mut self, lane: u32) -> Result<u32, Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.inst(&self.gpu, own)
    }

    /// Ends a lane for a reason of the host's: it does not go on until [`Machine::set_pc`].
    pub fn set_stop(&mut self, lane: u32, reason: StopReason) -> Result<(), Error> {
        self.check_lane(lane)?;
        let (index, own) = self.bank_of(lane);
        self.host_reasons.insert(lane, reason);
        self.banks[index].lanes.set_reason(&self.gpu, own, REASON_HOST)
    }

    fn check_lane(&self, lane: u32) -> Result<(), Error> {
        let lanes = self.lanes();
        if lane < lanes { Ok(()) } else { Err(Error::NoSuchLane { lane, lanes }) }
    }

    fn check_register(&self, lane: u32, register: u32) -> Result<(), Error> {
        self.check_lane(lane)?;
        if register < REGISTERS { Ok(()) } else { Err(Error::NoSuchRegister { register }) }
    }

    /// The bank that a lane is in, and its number there.
    fn bank_of(&self, lane: u32) -> (usize, u32) {
        let index = self.banks.partition_point(|bank| bank.first <= lane) - 1;
        (index, lane - self.banks[index].first)
    }

    fn has_memory(&self) -> bool {
        self.banks[0].memory.is_some()
    }

    /// Brings the GPU up to date with what the host has changed.
    fn flush(&mut self) -> Result<(), Error> {
        if !self.has_memory() {
            self.make_memory()?;
        }
        self.layouts.flush(&self.gpu)?;
        for bank in &mut self.banks {
            bank.lanes.flush(&self.gpu);
        }
        self.apply_discards()
    }

    /// Makes the banks' memory, small at first, of as many banks as that takes.
    fn make_memory(&mut self) -> Result<(), Error> {
        let most = self.most_capacity();
        let (frame_bytes, most_bytes) = (self.frame_bytes(), self.budget.bank.min(self.budget.gpu));
        let fixed = frames::fixed_bytes(self.image.len());
        if fixed + 4 * frame_bytes > most_bytes {
            return Err(Error::ImageTooLarge { bytes: fixed, most: most_bytes });
        }
        self.translation.forget();
        Arc::make_mut(&mut self.image).limit_code(control_words::most_pages(&self.gpu, self.lane_count));
        let (decoded, all) = (self.image.code_pages(), self.image.executable_pages());
        if decoded < all {
            log::warn!(
                "code behind the first {} MiB runs slowly, as this adapter binds no more control words (max_storage_buffer_binding_size)",
                (u64::from(decoded) * PAGE_SIZE) >> 20
            );
        }
        let runs = control_words::runs(self.layouts.of(0), decoded);
        self.layouts.set_runs(&runs);
        self.part_banks(frames::limit(most))?;
        for index in 0..self.banks.len() {
            let bank = &mut self.banks[index];
            bank.reset_status(&self.gpu);
            bank.lanes.forget_written_code(&self.gpu);
            bank.lanes.set_all_layouts(self.layouts.base_place());
            let groups = bank.groups(self.group_shift);
            let capacity = capacity_for(self.first_frames(u64::from(groups.end - groups.start)), most);
            let Some(pool) = self.allocate_first(capacity, index)? else {
                let (lane, capacity) = (self.banks[index].first, self.gpu_bytes());
                return Err(Error::PoolExhausted { lane, capacity });
            };
            self.gpu.upload(&pool.memory, PAGE_SIZE, &self.image.bytes());
            let bank = &mut self.banks[index];
            let code = Code::new(&self.gpu, &self.image, &runs, bank.lanes.count)?;
            let params = bank.params_with(&code, &pool, self.group_shift);
            code.predecode(&self.gpu, &params, &pool.memory, &self.image, &self.networks)?;
            bank.memory = Some(Memory { code, frames: Frames::Here(pool) });
            bank.binding = None;
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
            let groups = u64::from(bank.lanes.count.div_ceil(1 << self.group_shift));
            let count = self.first_frames(groups).div_ceil(u64::from(frames).max(1)).min(groups);
            let lanes = (groups.div_ceil(count) as u32) << self.group_shift;
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
        let pipeline = self.pipelines.pass(&gpu, Pass::Discard)?;
        let mut discards = std::mem::take(&mut self.discards);
        discards.sort_by_key(|discard| discard[0]);
        let mut left = &discards[..];
        while let Some([lane, ..]) = left.first() {
            let (index, _) = self.bank_of(*lane);
            self.bring(index)?;
            let bank = &self.banks[index];
            let range = bank.range();
            let (here, others) = left.split_at(left.partition_point(|item| item[0] < range.end));
            left = others;
            let items: Vec<_> =
                here.iter().map(|&[lane, low, high, pages]| [lane - range.start, low, high, pages]).collect();
            let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
            let item_buffer = gpu.buffer("items", items.len() as u64 * 16, usage)?;
            gpu.upload(&item_buffer, 0, bytemuck::cast_slice(&items));
            let params = bank.uniform(&gpu, self.group_shift, items.len() as u32, 0)?;
            let buffers = [
                ("params", &params),
                ("slots", &bank.pool().slots),
                ("lane_state", &bank.lanes.state),
                ("status", &bank.lanes.status),
                ("items", &item_buffer),
            ];
            let bound = pipeline.bind(&gpu, &buffers)?;
            pass::dispatch(&gpu, &bound, items.len() as u32)?;
        }
        Ok(())
    }
}
