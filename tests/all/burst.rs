//! Spiking networks: the GPU against the host against a model of a few lines, networks of all shapes; changes, files,
//! and what is refused.

mod bad_input;
mod equality;
mod files;
mod laws;
mod naive;
mod networks;
mod updates;

use crate::support;
use kvrm::burst::{Backend, Burst, Config, Drive};
use kvrm::gpu::Gpu;
use std::sync::LazyLock;

static GPU: LazyLock<Gpu> = LazyLock::new(support::gpu);

/// Two drives for the neurons that want one.
fn drives() -> Vec<Drive> {
    vec![Drive { mean: 2.0, event: 40, constant: -3 }, Drive { mean: 0.5, event: -65_025, constant: 4_000_000 }]
}

fn config(backend: Backend, seed: u64) -> Config {
    Config { seed, backend, drives: drives(), gpu: Some(GPU.clone()), ..Config::default() }
}

fn host(seed: u64) -> Burst {
    Burst::new(config(Backend::Host, seed)).unwrap()
}

fn device(seed: u64) -> Burst {
    Burst::new(config(Backend::Gpu, seed)).unwrap()
}
