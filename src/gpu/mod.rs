//! The GPU layer: adapter, device, buffers, shaders, pipelines, timing. It knows nothing of machines or networks.
//!
//! Everything here blocks until the GPU has answered, and everything that can go wrong comes back as an [`Error`]:
//! a device that is lost, memory that runs out, a shader that does not compile. Nothing panics on what a driver does.

mod adapter;
mod buffer;
mod device;
mod error;
mod pack;
mod pipeline;
mod readback;
mod shader;
mod timer;

#[cfg(test)]
mod tests;

pub use adapter::{ADAPTER_VARIABLE, ALL, Candidate, SOFTWARE, adapters, candidates, choose, wanted_adapter};
pub use buffer::{Buffer, Encode};
pub use device::{
    BUFFERS_VARIABLE, Gpu, Options, PACKED_BUFFERS, STORAGE_BUFFERS, USEFUL_FEATURES, storage_buffers, usable_features,
};
pub use error::Error;
pub use pack::Share;
pub use pipeline::{Bound, Pipeline};
pub use shader::{Arranged, Binding, BindingKind, Reflection, Shader};
pub use timer::Timer;
