//! What can go wrong between this program and a GPU.

/// An error of the GPU layer.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No driver offers an adapter at all.
    #[error("no GPU adapter found for {backends}; {advice}")]
    NoAdapter {
        /// The backends that were asked.
        backends: String,
        /// What to install on this operating system.
        advice: &'static str,
    },
    /// Adapters exist, but none has the wanted name.
    #[error("no GPU adapter matches {wanted:?}; there are: {}", .found.join(", "))]
    NoSuchAdapter {
        /// The part of a name that was asked for.
        wanted: String,
        /// The adapters that exist.
        found: Vec<String>,
    },
    /// The adapter is too small for KVRM.
    #[error("adapter {adapter} offers {limit} = {offered}, and KVRM needs {needed}")]
    Limit {
        /// The adapter's name.
        adapter: String,
        /// The limit's name in wgpu.
        limit: &'static str,
        /// What KVRM needs.
        needed: u64,
        /// What the adapter has.
        offered: u64,
    },
    /// The adapter refused to open a device.
    #[error("cannot open a device on {adapter}: {message}")]
    Open {
        /// The adapter's name.
        adapter: String,
        /// What the driver said.
        message: String,
    },
    /// A buffer over one of the device's limits.
    #[error("buffer {label} of {size} bytes is over the adapter's {limit} = {offered}")]
    BufferTooLarge {
        /// The buffer's label.
        label: String,
        /// The size asked for in bytes.
        size: u64,
        /// The limit's name in wgpu.
        limit: &'static str,
        /// What the device has.
        offered: u64,
    },
    /// A number of storage buffers that there is no arrangement for.
    #[error("{given:?} storage buffers: it is 8 or 16 (option `buffers`, environment variable KVRM_BUFFERS)")]
    StorageBuffers {
        /// What was asked for.
        given: String,
    },
    /// A range that does not lie in its buffer.
    #[error("bytes {start}..{end} are outside a buffer of {size} bytes")]
    OutOfRange {
        /// First byte.
        start: u64,
        /// One past the last byte.
        end: u64,
        /// The buffer's size in bytes.
        size: u64,
    },
    /// WGSL that does not parse or validate.
    #[error("{file}:{line}:{column}: {message}\n    {text}\n  (in shader {shader})")]
    Shader {
        /// The shader's name.
        shader: String,
        /// The chunk in which the error lies.
        file: String,
        /// Line in that file, from 1.
        line: u32,
        /// Column in that line, from 1.
        column: u32,
        /// What is wrong.
        message: String,
        /// The line itself.
        text: String,
    },
    /// A binding of a shader for which no buffer was given.
    #[error("shader {shader} binds {binding}, and no buffer of that name was given; there are: {}", .given.join(", "))]
    MissingBinding {
        /// The shader's name.
        shader: String,
        /// The binding's name in WGSL.
        binding: String,
        /// The names that were given.
        given: Vec<String>,
    },
    /// The GPU is out of memory.
    #[error("{what}: the GPU is out of memory")]
    OutOfMemory {
        /// What was attempted.
        what: String,
    },
    /// The device is gone: the driver reset it, the GPU was unplugged, or it was destroyed.
    #[error("{what}: the GPU device was lost: {reason}")]
    DeviceLost {
        /// What was attempted.
        what: String,
        /// The driver's reason.
        reason: String,
    },
    /// wgpu refused a call: a mistake in this crate.
    #[error("{what}: {message}")]
    Validation {
        /// What was attempted.
        what: String,
        /// What wgpu said.
        message: String,
    },
    /// The driver failed for a reason of its own.
    #[error("{what}: the GPU driver failed: {message}")]
    Internal {
        /// What was attempted.
        what: String,
        /// What the driver said.
        message: String,
    },
}

impl Error {
    /// Turns an error that wgpu caught into ours.
    pub(super) fn caught(what: &str, error: wgpu::Error) -> Error {
        let what = what.to_owned();
        match error {
            wgpu::Error::OutOfMemory { .. } => Error::OutOfMemory { what },
            wgpu::Error::Validation { description, .. } => Error::Validation { what, message: description },
            wgpu::Error::Internal { description, .. } => Error::Internal { what, message: description },
        }
    }
}
