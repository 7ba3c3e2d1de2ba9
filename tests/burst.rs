//! Spiking networks: the GPU against the host against a model of a few lines, networks of all shapes; changes, files,
//! and what is refused.

#[path = "burst/bad_input.rs"]
mod bad_input;
#[path = "burst/equality.rs"]
mod equality;
#[path = "burst/files.rs"]
mod files;
#[path = "burst/laws.rs"]
mod laws;
#[path = "burst/naive.rs"]
mod naive;
#[path = "burst/networks.rs"]
mod networks;
#[path = "burst/updates.rs"]
mod updates;

use kvrm::burst::{Backend, Burst, Config, Drive};
use kvrm::gpu::{Gpu, Options};
use std::sync::LazyLock;

static GPU: LazyLock<Gpu> = LazyLock::new(|| Gpu::open(&Options::default()).expect("the tests need an adapter"));

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

/// The seed of a random test: KVRM_SEED, or the clock's.
fn seed() -> u64 {
    let given = std::env::var("KVRM_SEED").ok().map(|text| text.parse().expect("KVRM_SEED is a number"));
    let seed = given.unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        now.as_nanos() as u64 % 1_000_000_007
    });
    println!("KVRM_SEED={seed}");
    seed
}
