//! How a machine is to be.

use super::banks::bank::Bank;
use super::banks::budget::{Budget, Peak};
use super::banks::core::{Core, Program, Room, Serving, Shape, Standing};
use super::banks::passes::Passes;
use super::code::dispatch::Networks;
use super::companions::Companions;
use super::companions::breakpoint::Breakpoint;
use super::companions::coverage::CoverageMaps;
use super::companions::loops::watch::LoopWatch;
use super::companions::prefetch::watch::PagesAhead;
use super::companions::translation::recipe::Translations;
use super::companions::translation::watch::Translation;
use super::memory::address_space::{ADDRESS_END, Layout, PAGE_SIZE, Permissions};
use super::memory::spaces::Layouts;
use super::options::{Dispatch, Loops, Prefetch, Translate};
use super::run::slices::Slices;
use super::state::io::IoSize;
use super::state::lanes::Lanes;
use super::{Error, Machine};
use crate::abi::{REGISTER_ROWS, WORKGROUP};
use crate::gpu::{Gpu, Options};
use crate::neural::Weights;
use std::time::Duration;

/// Bytes of memory of a lane where nothing else is asked for. What counts is what is mapped; what costs is what is written.
pub const MEMORY_SIZE: u64 = 4 << 30;
const WIDEST_GROUP: u32 = 32;

/// Choices for a [`Machine`]; see [`Machine::builder`].
#[derive(Clone, Debug)]
pub struct MachineBuilder {
    lanes: u32,
    memory_size: u64,
    adapter: Option<String>,
    storage_buffers: Option<u32>,
    gpu: Option<Gpu>,
    checked: bool,
    slice_cycles: Option<u32>,
    group_width: Option<u32>,
    timestamps: bool,
    bank_memory: Option<u64>,
    gpu_memory: Option<u64>,
    host_memory: Option<u64>,
    dispatch: Dispatch,
    weights: Weights,
    loops: Loops,
    prefetch: Prefetch,
    prefetch_patience: Option<Duration>,
    leave_slices: Option<bool>,
    oracle_price: Option<u32>,
    loop_patience: Option<Duration>,
    translate: Translate,
    translate_most: Option<usize>,
    translate_patience: Option<Duration>,
    translations: Translations,
}

impl Default for MachineBuilder {
    fn default() -> Self {
        MachineBuilder {
            lanes: 1,
            memory_size: MEMORY_SIZE,
            adapter: None,
            storage_buffers: None,
            gpu: None,
            checked: true,
            slice_cycles: None,
            group_width: None,
            timestamps: false,
            bank_memory: None,
            gpu_memory: None,
            host_memory: None,
            dispatch: Dispatch::default(),
            weights: Weights::built_in(),
            loops: Loops::default(),
            prefetch: Prefetch::default(),
            prefetch_patience: None,
            leave_slices: None,
            oracle_price: None,
            loop_patience: None,
            translate: Translate::default(),
            translate_most: None,
            translate_patience: None,
            translations: Translations::default(),
        }
    }
}

impl MachineBuilder {
    /// Number of lanes; 1 unless set.
    pub fn lanes(mut self, lanes: u32) -> Self {
        self.lanes = lanes;
        self
    }

    /// Bytes of memory that a lane may have mapped; [`MEMORY_SIZE`] unless set. A machine without an ELF image maps them from address 0.
    pub fn memory_size(mut self, bytes: u64) -> Self {
        self.memory_size = bytes;
        self
    }

    /// Part of the adapter's name; otherwise `KVRM_ADAPTER`, otherwise the best adapter is taken.
    pub fn adapter(mut self, name: Option<String>) -> Self {
        self.adapter = name;
        self
    }

    /// Storage buffers that shaders bind at the most, 16 or 8; unless set `KVRM_BUFFERS`, otherwise 16 where the adapter has
    /// them. With 8, which every WebGPU adapter has, buffers share bindings, and results are the same. A device that is
    /// open already ([`MachineBuilder::gpu`]) stays as it is.
    pub fn storage_buffers(mut self, buffers: Option<u32>) -> Self {
        self.storage_buffers = buffers;
        self
    }

    /// A device that is open already: machines may share one.
    pub fn gpu(mut self, gpu: Gpu) -> Self {
        self.gpu = Some(gpu);
        self
    }

    /// Whether the shaders check their own indices as well; true unless set.
    pub fn checked(mut self, checked: bool) -> Self {
        self.checked = checked;
        self
    }

    /// Instructions of a slice; unless set they are chosen so that a slice takes about 50 ms.
    pub fn slice_cycles(mut self, cycles: Option<u32>) -> Self {
        self.slice_cycles = cycles;
        self
    }

    /// Lanes whose memory is interleaved, a power of two up to 32, which is the default for as many lanes: 1 suits
    /// lanes that have nothing in common.
    pub fn group_width(mut self, width: Option<u32>) -> Self {
        self.group_width = width;
        self
    }

    /// Whether [`super::Report::gpu`] is wanted; each batch of slices then costs a second read-back.
    pub fn timestamps(mut self, timestamps: bool) -> Self {
        self.timestamps = timestamps;
        self
    }

    /// Bytes of memory that lanes share one binding of, at the most; unless set, what the adapter allows. Lanes that need
    /// more are parted into banks.
    pub fn bank_memory(mut self, bytes: Option<u64>) -> Self {
        self.bank_memory = bytes;
        self
    }

    /// Bytes of memory on the GPU for all lanes' memory together, at the most; unless set, what it has. Lanes that need
    /// more take turns.
    pub fn gpu_memory(mut self, bytes: Option<u64>) -> Self {
        self.gpu_memory = bytes;
        self
    }

    /// Bytes of the host's memory for lanes that wait for their turn, at the most; unless set, half of what is free.
    pub fn host_memory(mut self, bytes: Option<u64>) -> Self {
        self.host_memory = bytes;
        self
    }

    /// How instructions find their kernels.
    pub fn dispatch(mut self, dispatch: Dispatch) -> Self {
        self.dispatch = dispatch;
        self
    }

    /// Weights of some of the networks, in place of the built-in ones or those given before.
    pub fn weights(mut self, weights: Weights) -> Self {
        self.weights = self.weights.with_all(weights);
        self
    }

    /// What becomes of hot loops; [`Loops::Off`] unless set.
    pub fn loops(mut self, loops: Loops) -> Self {
        self.loops = loops;
        self
    }

    /// Whether pages are copied ahead of the lanes that write them; [`Prefetch::Off`] unless set.
    pub fn prefetch(mut self, prefetch: Prefetch) -> Self {
        self.prefetch = prefetch;
        self
    }

    /// How long lanes run before pages are copied ahead, if they copy many by then. What copies them is then compiled
    /// meanwhile; with no patience at all when the first page is copied, and the lanes wait for it. Unless set 1 s, and 10 s
    /// where the driver compiles for the cores that run the lanes. [`Prefetch::Count`] has none.
    pub fn prefetch_patience(mut self, patience: Option<Duration>) -> Self {
        self.prefetch_patience = patience;
        self
    }

    /// Whether lanes end their slice at a page that they have to copy, where the pages behind it are then copied for them;
    /// unless set they do on a GPU, where it pays.
    pub fn leave_slices(mut self, leave: Option<bool>) -> Self {
        self.leave_slices = leave;
        self
    }

    /// How many pages of a group of lanes are first written, none of which the table of strides knew, until the memory
    /// oracle is asked where the group goes on; 0 asks it before each slice. `None`: as many as an answer is worth, which
    /// takes longest where the adapter is the CPU.
    pub fn oracle_price(mut self, pages: Option<u32>) -> Self {
        self.oracle_price = pages;
        self
    }

    /// How long lanes run before hot loops are noticed. What runs them is then compiled meanwhile; with no patience at all
    /// when the first loop is hot, and the lanes wait for it. Unless set it is so long that most programs which run on get
    /// more out of it than it costs, and after that no more than a small part of the time goes into what brings nothing.
    /// [`Loops::ProveOnly`] has none unless set.
    pub fn loop_patience(mut self, patience: Option<Duration>) -> Self {
        self.loop_patience = patience;
        self
    }

    /// Whether code is translated; results are the same.
    pub fn translate(mut self, translate: Translate) -> Self {
        self.translate = translate;
        self
    }

    /// Instructions that are translated at the most, unless set 4,000, on a software adapter 1,000, and with
    /// [`Translate::Auto`] 1,500: what the driver's compiler takes grows with them. Nor is more than 1 MiB of WGSL made, on a
    /// software adapter 512 KiB. What is beyond is interpreted.
    pub fn translate_most(mut self, instructions: usize) -> Self {
        self.translate_most = Some(instructions);
        self
    }

    /// How long a machine with [`Translate::Auto`] runs before it translates; unless set, so long that it is likely to pay.
    pub fn translate_patience(mut self, patience: Option<Duration>) -> Self {
        self.translate_patience = patience;
        self
    }

    /// What other machines that run the same program, on adapters of the same kind, have as well: it is translated once for
    /// all of them.
    pub fn translations(mut self, translations: Translations) -> Self {
        self.translations = translations;
        self
    }

    /// Opens the adapter and makes the machine. Its memory is all zeros, mapped from address 0, readable, writable and
    /// executable.
    pub fn build(self) -> Result<Machine, Error> {
        let MachineBuilder { lanes, memory_size, .. } = self;
        if lanes == 0 {
            return Err(Error::NoLanes);
        }
        if !(PAGE_SIZE..=ADDRESS_END / 2).contains(&memory_size) {
            return Err(Error::MemorySize { bytes: memory_size });
        }
        let width = self.group_width.unwrap_or_else(|| lanes.min(WIDEST_GROUP).next_power_of_two());
        if !width.is_power_of_two() || width > WIDEST_GROUP {
            return Err(Error::GroupWidth { width });
        }
        if self.dispatch.per_instruction && self.prefetch != Prefetch::Off {
            return Err(Error::DispatchWithPrefetch);
        }
        let gpu = match self.gpu {
            Some(gpu) => gpu,
            None => {
                let Self { adapter, storage_buffers: buffers, .. } = self;
                Gpu::open(&Options { adapter, buffers, ..Options::default() })?
            }
        };
        let limits = gpu.limits();
        let by_binding =
            limits.max_storage_buffer_binding_size.min(limits.max_buffer_size) / u64::from(REGISTER_ROWS * 8);
        let by_dispatch = u64::from(limits.max_compute_workgroups_per_dimension) * u64::from(WORKGROUP);
        let (most, limit) = if by_binding < by_dispatch {
            (by_binding, "max_storage_buffer_binding_size")
        } else {
            (by_dispatch, "max_compute_workgroups_per_dimension")
        };
        if u64::from(lanes) > most {
            return Err(Error::TooManyLanes { lanes, most: most as u32, limit });
        }
        let weights = self.weights;
        let oracle_weights = (self.prefetch == Prefetch::Oracle).then(|| weights.clone());
        let mut core = Core {
            shape: Shape { lanes, group_shift: width.trailing_zeros(), memory_size, checked: self.checked },
            banks: vec![Bank::new(0, Lanes::new(&gpu, lanes, IoSize::default())?)],
            room: Room {
                budget: Budget::new(&gpu, self.bank_memory, self.gpu_memory, self.host_memory),
                peak: Peak::default(),
            },
            layouts: Layouts::new(&gpu)?,
            program: Program::default(),
            networks: Networks::new(&gpu, self.dispatch, weights.clone())?,
            passes: Passes::default(),
            serving: Serving::default(),
            standing: Standing::default(),
            interrupt: None,
            discards: Vec::new(),
            gpu,
        };
        let mut layout = Layout::default();
        layout.map(0, memory_size, Permissions::ALL);
        core.set_all_layouts(layout)?;
        let gpu = &core.gpu;
        let companions = Companions {
            translation: Translation::new(
                self.translate.on(gpu.info().device_type),
                self.translate_most,
                self.translate_patience,
                self.translations,
            ),
            loops: LoopWatch::new(gpu, self.loops, self.loop_patience, weights),
            prefetch: PagesAhead::new(
                gpu,
                self.prefetch,
                self.prefetch_patience,
                self.leave_slices,
                self.oracle_price,
                oracle_weights,
            ),
            coverage: CoverageMaps::default(),
            breakpoint: Breakpoint::default(),
        };
        Ok(Machine { core, companions, slices: Slices::new(self.slice_cycles, self.timestamps) })
    }
}
