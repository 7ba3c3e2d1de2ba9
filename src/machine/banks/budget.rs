//! How much memory lanes may take, and have taken.

use crate::gpu::Gpu;

/// How much memory frames may take.
#[derive(Clone, Copy, Debug)]
pub(in crate::machine) struct Budget {
    /// Bytes of one bank's pool.
    pub bank: u64,
    /// Bytes of all pools on the GPU.
    pub gpu: u64,
    /// Bytes in the host's memory.
    pub host: u64,
}

impl Budget {
    pub fn new(gpu: &Gpu, bank: Option<u64>, of_gpu: Option<u64>, host: Option<u64>) -> Budget {
        let limits = gpu.limits();
        // Word indices have 32 bits.
        let binding = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size).min(4 << 32);
        Budget {
            bank: bank.unwrap_or(u64::MAX).min(binding),
            gpu: of_gpu.unwrap_or(u64::MAX),
            host: host.unwrap_or_else(half_of_free_memory),
        }
    }
}

/// Half of what the host has free, as far as it says so.
fn half_of_free_memory() -> u64 {
    const UNKNOWN: u64 = 4 << 30;
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kibibytes.map_or(UNKNOWN, |kibibytes| kibibytes * 1024 / 2)
}

/// The most that there was, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::machine) struct Peak {
    pub frames: u64,
    pub gpu: u64,
    pub spilled: u64,
}
