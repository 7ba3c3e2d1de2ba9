//! What can go wrong with a machine, as opposed to with a guest program.

use crate::{gpu, neural};

/// An error of the machine.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Gpu(#[from] gpu::Error),
    #[error(transparent)]
    Weights(#[from] neural::WeightsError),
    #[error("a machine has at least one lane")]
    NoLanes,
    #[error("{lanes} lanes are too many for this adapter: at most {most} fit ({limit})")]
    TooManyLanes { lanes: u32, most: u32, limit: &'static str },
    #[error("a lane's memory of {bytes} bytes: it is at least one page of 4096 bytes, and at most 2^47 bytes")]
    MemorySize { bytes: u64 },
    #[error("a group of {width} lanes: it is a power of two up to 32")]
    GroupWidth { width: u32 },
    #[error(
        "a kernel chosen for each instruction leaves no buffer to take note of accesses: \
         with `per_instruction` there is no prefetching, counting or tracing of them"
    )]
    DispatchWithPrefetch,
    #[error("there is no lane {lane}: the machine has {lanes}")]
    NoSuchLane { lane: u32, lanes: u32 },
    #[error("there is no register {register}: 0 to 30 are X0 to X30, 31 is SP")]
    NoSuchRegister { register: u32 },
    #[error("NZCV is 4 bits, not {value:#x}")]
    Flags { value: u8 },
    #[error("{length} bytes at {address:#x} do not fit into the 48-bit address space")]
    OutsideAddressSpace { address: u64, length: u64 },
    #[error("lane {lane}: address {address:#x} is not mapped")]
    Unmapped { lane: u32, address: u64 },
    #[error(
        "an image of {bytes} bytes does not fit: this adapter binds at most {most} bytes (max_storage_buffer_binding_size), and frames need room too"
    )]
    ImageTooLarge { bytes: u64, most: u64 },
    #[error("there is no start point to restore lanes to: `mark_start` or `fork` sets one")]
    NoStart,
    #[error("{bytes} bytes are not whole rows of {row_bytes} bytes")]
    Rows { bytes: usize, row_bytes: u32 },
    #[error("no memory frame is left for lane {lane}; {capacity} bytes of frames are in use")]
    PoolExhausted { lane: u32, capacity: u64 },
    #[error(
        "an address space of {regions} regions does not fit beside those of the other lanes: all together have room for {most}"
    )]
    LayoutsFull { regions: usize, most: u32 },
    #[error("frames were lost when they were moved: this is an error of KVRM's own")]
    FramesLost,
    #[error(
        "the GPU did not run what was submitted: its watchdog may have ended a slice; shorter ones may help (`MachineBuilder::slice_cycles`)"
    )]
    SliceLost,
}

impl From<neural::Error> for Error {
    fn from(error: neural::Error) -> Error {
        match error {
            neural::Error::Gpu(error) => error.into(),
            neural::Error::Weights(error) => error.into(),
        }
    }
}
