//! An open device, and how its errors come back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wgpu::{AdapterInfo, DeviceType, ErrorFilter, Features, Limits, PollType};

use super::{Error, adapter, readback::Staging};

/// Storage buffers that a shader may bind where each buffer has a binding of its own.
pub const STORAGE_BUFFERS: u32 = 16;

/// Storage buffers that a shader may bind on any WebGPU adapter. Where there are fewer than [`STORAGE_BUFFERS`], buffers
/// share bindings so that these are enough.
pub const PACKED_BUFFERS: u32 = 8;

/// Environment variable for [`Options::buffers`].
pub const BUFFERS_VARIABLE: &str = "KVRM_BUFFERS";

/// The optional features that make KVRM faster or more informative where an adapter offers them. None is required.
pub const USEFUL_FEATURES: Features =
    Features::TIMESTAMP_QUERY.union(Features::MAPPABLE_PRIMARY_BUFFERS).union(Features::PIPELINE_CACHE);

/// How to open a [`Gpu`].
#[derive(Clone, Debug)]
pub struct Options {
    /// Part of the adapter's name in any case, or `software`. `None`: the environment variable `KVRM_ADAPTER`, else
    /// the best adapter.
    pub adapter: Option<String>,
    /// Features to switch on where the adapter offers them.
    pub features: Features,
    /// Storage buffers that a shader binds at the most: [`STORAGE_BUFFERS`], or [`PACKED_BUFFERS`], with which buffers
    /// share bindings. `None`: the environment variable `KVRM_BUFFERS`, else the first where the adapter offers as many.
    pub buffers: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Options { adapter: None, features: USEFUL_FEATURES, buffers: None }
    }
}

/// An open device with its queue. Cheap to clone; clones share the device.
#[derive(Clone, Debug)]
pub struct Gpu {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    device: wgpu::Device,
    queue: wgpu::Queue,
    info: AdapterInfo,
    limits: Limits,
    features: Features,
    faults: Arc<Faults>,
    staging: Mutex<Staging>,
    /// Held while buffers are moved.
    moving: Mutex<()>,
}

/// What wgpu reported outside any call of ours.
#[derive(Debug, Default)]
struct Faults {
    lost: Mutex<Option<String>>,
    uncaptured: Mutex<Option<Error>>,
}

impl Gpu {
    /// Opens the adapter that the options, the environment or its speed choose.
    pub fn open(options: &Options) -> Result<Gpu, Error> {
        let mut candidates = adapter::candidates()?;
        let infos: Vec<AdapterInfo> = candidates.iter().map(|candidate| candidate.info.clone()).collect();
        let wanted = adapter::wanted_adapter(options.adapter.as_deref());
        let chosen = candidates.swap_remove(adapter::choose(&infos, wanted.as_deref())?);
        Gpu::open_adapter(&chosen.adapter, options)
    }

    /// Opens this adapter, with those of the options' features that it offers. Their adapter counts for nothing.
    pub fn open_adapter(adapter: &wgpu::Adapter, options: &Options) -> Result<Gpu, Error> {
        let info = adapter.get_info();
        let features = usable_features(adapter.features(), &info) & options.features;
        let limits =
            required_limits(&adapter.limits(), &info.name, storage_buffers(&adapter.limits(), options.buffers)?)?;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("kvrm"),
            required_features: features,
            required_limits: limits.clone(),
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|error| Error::Open { adapter: info.name.clone(), message: error.to_string() })?;
        Ok(Gpu::from_device(device, queue, info, limits, features))
    }

    fn from_device(
        device: wgpu::Device,
        queue: wgpu::Queue,
        info: AdapterInfo,
        limits: Limits,
        features: Features,
    ) -> Gpu {
        let faults = Arc::new(Faults::default());
        let sink = Arc::clone(&faults);
        device.set_device_lost_callback(move |reason, message| {
            let reason = if message.is_empty() { format!("{reason:?}") } else { message };
            lock(&sink.lost).get_or_insert(reason);
        });
        // wgpu's default handler panics.
        let sink = Arc::clone(&faults);
        device.on_uncaptured_error(Arc::new(move |error| {
            log::error!("{error}");
            lock(&sink.uncaptured).get_or_insert(Error::caught("an earlier GPU call", error));
        }));
        Gpu {
            shared: Arc::new(Shared {
                device,
                queue,
                info,
                limits,
                features,
                faults,
                staging: Mutex::default(),
                moving: Mutex::default(),
            }),
        }
    }

    /// wgpu's device, for what this layer does not wrap.
    pub fn device(&self) -> &wgpu::Device {
        &self.shared.device
    }

    /// wgpu's queue.
    pub fn queue(&self) -> &wgpu::Queue {
        &self.shared.queue
    }

    /// The adapter's name, type, backend and driver.
    pub fn info(&self) -> &AdapterInfo {
        &self.shared.info
    }

    /// The limits that hold on this device.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// The features that are on.
    pub fn features(&self) -> Features {
        self.shared.features
    }

    /// Storage buffers that a shader binds at the most: [`STORAGE_BUFFERS`] or [`PACKED_BUFFERS`].
    pub fn storage_buffers(&self) -> u32 {
        self.limits().max_storage_buffers_per_shader_stage
    }

    /// Whether buffers share bindings.
    pub fn packs(&self) -> bool {
        self.storage_buffers() < STORAGE_BUFFERS
    }

    pub(super) fn moving(&self) -> MutexGuard<'_, ()> {
        lock(&self.shared.moving)
    }

    pub(super) fn staging(&self) -> MutexGuard<'_, Staging> {
        lock(&self.shared.staging)
    }

    /// Does `work` and returns its result, or the first error that wgpu or the driver reported during it, or one that
    /// was reported earlier outside any guard. `what` says what was attempted.
    pub fn guard<T>(&self, what: &str, work: impl FnOnce(&wgpu::Device) -> T) -> Result<T, Error> {
        self.check(what)?;
        let device = self.device();
        let filters = [ErrorFilter::Internal, ErrorFilter::OutOfMemory, ErrorFilter::Validation];
        let mut scopes = filters.map(|filter| Some(device.push_error_scope(filter)));
        let result = work(device);
        let mut first = None;
        for scope in scopes.iter_mut().rev().filter_map(Option::take) {
            let error = pollster::block_on(scope.pop());
            first = first.or(error);
        }
        // A lost device reports nothing to error scopes. Polling is what makes it call back.
        self.poll(what, PollType::Poll)?;
        match first {
            Some(error) => Err(Error::caught(what, error)),
            None => Ok(result),
        }
    }

    /// Submits the commands and waits until the GPU has done them.
    pub fn submit_and_wait(&self, commands: wgpu::CommandBuffer) -> Result<(), Error> {
        self.guard("submitting commands", |_| self.queue().submit([commands]))?;
        self.wait()
    }

    /// Waits until the GPU has done everything submitted.
    pub fn wait(&self) -> Result<(), Error> {
        self.poll("waiting for the GPU", PollType::wait_indefinitely())
    }

    fn poll(&self, what: &str, poll: PollType) -> Result<(), Error> {
        // wgpu 30 panics in `poll` when the driver reports the device lost while it waits; by then it has told our
        // callback. wgpu holds no lock of ours, and after a loss nothing of the device is used again.
        let polled = catch_unwind(AssertUnwindSafe(|| self.device().poll(poll)));
        self.check(what)?;
        match polled {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Error::Internal { what: what.to_owned(), message: error.to_string() }),
            Err(_) => Err(Error::DeviceLost { what: what.to_owned(), reason: "the driver gave none".to_owned() }),
        }
    }

    /// Keeps an error for the next call that can return it.
    pub(super) fn record(&self, error: Error) {
        lock(&self.shared.faults.uncaptured).get_or_insert(error);
    }

    /// A lost device stays lost; an error that nobody caught is reported once.
    pub(super) fn check(&self, what: &str) -> Result<(), Error> {
        let faults = &self.shared.faults;
        if let Some(reason) = lock(&faults.lost).clone() {
            return Err(Error::DeviceLost { what: what.to_owned(), reason });
        }
        lock(&faults.uncaptured).take().map_or(Ok(()), Err)
    }
}

/// The features of an adapter that are worth switching on. Mapping buffers that the GPU works in is only good where
/// both use one memory: elsewhere it moves them to the slow side of the bus.
pub fn usable_features(offered: Features, info: &AdapterInfo) -> Features {
    let unified = matches!(info.device_type, DeviceType::IntegratedGpu | DeviceType::Cpu);
    if unified { offered } else { offered - Features::MAPPABLE_PRIMARY_BUFFERS }
}

/// The storage buffers that the user asked for: `option`, else the environment variable `KVRM_BUFFERS`.
fn wanted_buffers(option: Option<u32>) -> Result<Option<u32>, Error> {
    let given = option.map(|buffers| buffers.to_string()).or_else(|| std::env::var(BUFFERS_VARIABLE).ok());
    parse_buffers(given.as_deref())
}

fn parse_buffers(given: Option<&str>) -> Result<Option<u32>, Error> {
    let Some(given) = given.map(str::trim).filter(|given| !given.is_empty()) else { return Ok(None) };
    let buffers = given.parse().ok().filter(|buffers| [PACKED_BUFFERS, STORAGE_BUFFERS].contains(buffers));
    buffers.map(Some).ok_or_else(|| Error::StorageBuffers { given: given.to_owned() })
}

/// The storage buffers that shaders bind at the most on an adapter that offers these limits: what `option` asks for, else the
/// environment variable `KVRM_BUFFERS`, else as many as there are of use.
pub fn storage_buffers(offered: &Limits, option: Option<u32>) -> Result<u32, Error> {
    let enough = offered.max_storage_buffers_per_shader_stage >= STORAGE_BUFFERS;
    Ok(wanted_buffers(option)?.unwrap_or(if enough { STORAGE_BUFFERS } else { PACKED_BUFFERS }))
}

/// Baseline WebGPU with the adapter's own maxima where KVRM profits, or the limit that the adapter misses.
fn required_limits(offered: &Limits, adapter: &str, buffers: u32) -> Result<Limits, Error> {
    let needed = Limits { max_storage_buffers_per_shader_stage: buffers, ..Limits::default() };
    let mut missing = None;
    needed.check_limits_with_fail_fn(offered, false, |limit, needed, offered| {
        missing.get_or_insert(Error::Limit { adapter: adapter.to_owned(), limit, needed, offered });
    });
    missing.map_or(Ok(()), Err)?;
    Ok(Limits {
        max_buffer_size: offered.max_buffer_size,
        max_storage_buffer_binding_size: offered.max_storage_buffer_binding_size,
        max_uniform_buffer_binding_size: offered.max_uniform_buffer_binding_size,
        max_compute_workgroups_per_dimension: offered.max_compute_workgroups_per_dimension,
        ..needed
    })
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The data behind these locks is whole at every step, also where a thread panicked.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_limit_is_named() {
        let few = Limits {
            max_compute_invocations_per_workgroup: 128,
            max_storage_buffers_per_shader_stage: 16,
            ..Limits::default()
        };
        let error = required_limits(&few, "toy", 16).unwrap_err().to_string();
        assert_eq!(error, "adapter toy offers max_compute_invocations_per_workgroup = 128, and KVRM needs 256");
        let error = required_limits(&Limits::default(), "toy", 16).unwrap_err().to_string();
        assert_eq!(error, "adapter toy offers max_storage_buffers_per_shader_stage = 8, and KVRM needs 16");
    }

    #[test]
    fn buffers_share_bindings_where_there_are_few() {
        // The variable would be asked where none is given.
        let alone = std::env::var_os(BUFFERS_VARIABLE).is_none();
        let of_the_adapter = [(8, None, 8), (10, None, 8), (15, None, 8), (16, None, 16), (200, None, 16)];
        let asked = [(200, Some(8), 8), (16, Some(16), 16)];
        for (offered, asked, expected) in of_the_adapter.into_iter().filter(|_| alone).chain(asked) {
            let limits = Limits { max_storage_buffers_per_shader_stage: offered, ..Limits::default() };
            let taken = required_limits(&limits, "toy", storage_buffers(&limits, asked).unwrap()).unwrap();
            assert_eq!(taken.max_storage_buffers_per_shader_stage, expected, "{offered}, {asked:?}");
        }
        let limits = Limits { max_storage_buffers_per_shader_stage: 4, ..Limits::default() };
        assert!(required_limits(&limits, "toy", PACKED_BUFFERS).is_err());
    }

    #[test]
    fn a_number_of_buffers_is_8_or_16() {
        assert_eq!(parse_buffers(None).unwrap(), None);
        assert_eq!(parse_buffers(Some(" 8 ")).unwrap(), Some(8));
        assert_eq!(parse_buffers(Some("16")).unwrap(), Some(16));
        for bad in ["0", "9", "-8", "eight", "99999999999999999999"] {
            let error = parse_buffers(Some(bad)).unwrap_err().to_string();
            assert!(error.contains(bad) && error.contains("8 or 16"), "{error}");
        }
    }

    #[test]
    fn large_buffers_are_asked_for_and_small_workgroups_kept() {
        let offered = Limits {
            max_buffer_size: 1 << 40,
            max_storage_buffer_binding_size: 1 << 31,
            max_compute_workgroup_size_x: 1024,
            max_storage_buffers_per_shader_stage: 64,
            ..Limits::default()
        };
        let limits = required_limits(&offered, "toy", 16).unwrap();
        assert_eq!(limits.max_buffer_size, 1 << 40);
        assert_eq!(limits.max_storage_buffer_binding_size, 1 << 31);
        assert_eq!(limits.max_compute_workgroup_size_x, 256, "what runs here is to run everywhere");
        assert_eq!(limits.max_storage_buffers_per_shader_stage, STORAGE_BUFFERS);
    }

    #[test]
    fn buffers_are_mapped_in_place_only_on_unified_memory() {
        for (device_type, expected) in [
            (DeviceType::DiscreteGpu, false),
            (DeviceType::VirtualGpu, false),
            (DeviceType::IntegratedGpu, true),
            (DeviceType::Cpu, true),
        ] {
            let info = AdapterInfo::new(device_type, wgpu::Backend::Vulkan);
            let features = usable_features(USEFUL_FEATURES, &info);
            assert_eq!(features.contains(Features::MAPPABLE_PRIMARY_BUFFERS), expected, "{device_type:?}");
            assert!(features.contains(Features::TIMESTAMP_QUERY));
        }
    }
}
