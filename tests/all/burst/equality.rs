//! The same bits everywhere.

use super::naive::Naive;
use super::networks::{Ids, KINDS, Kind, Shape, network};
use super::{GPU, config, device, host};
use crate::support::seed;
use kvrm::burst::{Backend, Burst, Config, Stream};

/// Runs both, with injections and several bursts at once in between, and compares everything after each step.
fn compare(host: &mut Burst, device: &mut Burst, bursts: u32, seed: u64, what: &str) -> u64 {
    let mut stream = Stream::new(seed, 2);
    let ids = host.ids().to_vec();
    let mut spikes = 0;
    let end = host.step() + u64::from(bursts);
    while host.step() < end {
        let step = host.step();
        if stream.below(3) == 0 || ids.is_empty() {
            let many = 1 + stream.below(30);
            let (of_host, of_device) = (host.run(many).unwrap(), device.run(many).unwrap());
            assert_eq!(of_host, of_device, "{what}: bursts {step} to {}", host.step());
            spikes += of_host.ids.len() as u64;
        } else {
            let mut injected = Vec::new();
            for _ in 0..stream.below(6) {
                let amount = [stream.bits() as i32, stream.below(5_000) as i32, i32::MIN][stream.below(3) as usize];
                injected.push((ids[stream.below(ids.len() as u32) as usize], amount));
            }
            let (of_host, of_device) =
                (host.process_burst(&injected).unwrap(), device.process_burst(&injected).unwrap());
            assert_eq!(of_host, of_device, "{what}: burst {step} with {injected:?}");
            assert_eq!(host.fired().unwrap(), of_host, "{what}: burst {step}");
            spikes += of_host.len() as u64;
        }
        assert_eq!(device.fired().unwrap(), host.fired().unwrap(), "{what}: burst {step}");
        let (of_host, of_device) = (host.potentials().unwrap(), device.potentials().unwrap());
        let differs = of_host.iter().zip(&of_device).position(|(a, b)| a != b);
        assert!(of_host.len() == of_device.len() && differs.is_none(), "{what}: burst {step}, neuron {differs:?}");
    }
    spikes
}

fn shapes() -> Vec<Shape> {
    let mut shapes = Vec::new();
    for (neurons, synapses) in [(0, 0), (1, 0), (1, 5), (2, 3), (31, 200), (33, 500), (700, 9_000), (3_000, 20_000)] {
        for ids in [Ids::FromZero, Ids::Shuffled, Ids::Sparse] {
            shapes.push(Shape { neurons, synapses, ids, kind: Kind::Mixed, chance: true });
        }
    }
    for kind in KINDS {
        for ids in [Ids::FromZero, Ids::Sparse] {
            shapes.push(Shape { neurons: 900, synapses: 12_000, ids, kind, chance: true });
        }
    }
    shapes
}

#[test]
fn gpu_and_host_agree_on_networks_of_all_shapes() {
    agree_on_networks_of_all_shapes(true);
}

#[test]
fn gpu_and_host_agree_where_threads_emit_alone() {
    agree_on_networks_of_all_shapes(false);
}

fn agree_on_networks_of_all_shapes(grouped: bool) {
    let seed = seed();
    let config = Config { grouped: Some(grouped), ..config(Backend::Gpu, seed) };
    let (mut host, mut device) = (host(seed), Burst::new(config).unwrap());
    for shape in shapes() {
        let (neurons, synapses) = network(shape, seed);
        host.initialize_persistent_data(&neurons, &synapses).unwrap();
        device.initialize_persistent_data(&neurons, &synapses).unwrap();
        let spikes = compare(&mut host, &mut device, 300, seed, &format!("{shape:?}"));
        assert!(device.on_gpu() && !host.on_gpu());
        let active = shape.neurons >= 700 && !matches!(shape.kind, Kind::AllInhibitory);
        assert!(!active || spikes > 1_000, "{shape:?}: only {spikes} spikes");
    }
}

#[test]
fn the_host_agrees_with_the_model_as_it_is_written_down() {
    let seed = seed();
    let mut host = host(seed);
    for kind in KINDS {
        for ids in [Ids::Shuffled, Ids::Sparse] {
            let shape = Shape { neurons: 150, synapses: 3_000, ids, kind, chance: false };
            let (mut neurons, synapses) = network(shape, seed);
            host.initialize_persistent_data(&neurons, &synapses).unwrap();
            let mut naive = Naive::new(&mut neurons, &synapses);
            for step in 0..300 {
                assert_eq!(host.process_burst(&[]).unwrap(), naive.burst(), "{shape:?}: burst {step}");
                let v: Vec<i64> = host.potentials().unwrap().into_iter().map(i64::from).collect();
                assert_eq!(v, naive.v, "{shape:?}: burst {step}");
            }
        }
    }
}

#[test]
fn a_neuron_of_a_million_synapses_beside_thousands_of_ten() {
    let seed = seed();
    let neurons = kvrm::burst::Neurons::uniform(
        4_000,
        kvrm::burst::Neuron { threshold: 900.0, leak: 0.1, drive: 1, ..Default::default() },
    );
    let mut stream = Stream::new(seed, 3);
    let mut synapses = kvrm::burst::Synapses::new();
    for n in 0..1_040_000 {
        let source = if n < 1_000_000 { 17 } else { n % 4_000 };
        let strength = kvrm::burst::Strength::new(stream.bits() as u8, 3, stream.below(2) == 0);
        synapses.push(source, stream.below(4_000), strength);
    }
    let mut host = host(seed);
    host.initialize_persistent_data(&neurons, &synapses).unwrap();
    let devices = [true, false].map(|grouped| {
        let config = Config { grouped: Some(grouped), ..config(Backend::Gpu, seed) };
        let mut device = Burst::new(config).unwrap();
        device.initialize_persistent_data(&neurons, &synapses).unwrap();
        device
    });
    let [mut grouped, mut alone] = devices;
    for step in 0..20 {
        let injected = [(17, 1 << 20)];
        let fired = host.process_burst(&injected).unwrap();
        assert!(fired.contains(&17), "burst {step}");
        for device in [&mut grouped, &mut alone] {
            assert_eq!(device.process_burst(&injected).unwrap(), fired, "burst {step}");
            assert_eq!(device.potentials().unwrap(), host.potentials().unwrap(), "burst {step}");
        }
    }
}

#[test]
fn chunks_checks_and_room_for_spikes_change_nothing() {
    let seed = seed();
    let shape = Shape { neurons: 2_000, synapses: 30_000, ids: Ids::Shuffled, kind: Kind::Skewed, chance: true };
    let (neurons, synapses) = network(shape, seed);
    let gpu = |change: fn(&mut Config)| {
        let mut config = config(Backend::Gpu, seed);
        change(&mut config);
        Burst::new(config).unwrap()
    };
    let variants = [
        gpu(|_| ()),
        gpu(|config| config.chunk_synapses = Some(1_000)),
        gpu(|config| config.chunk_synapses = Some(29_999)),
        gpu(|config| config.unchecked = true),
        // Every submission ends after one burst or a few.
        gpu(|config| config.raster_room = Some(0)),
        gpu(|config| config.raster_room = Some(5_000)),
        gpu(|config| (config.grouped, config.chunk_synapses) = (Some(true), Some(1_000))),
        gpu(|config| (config.grouped, config.raster_room) = (Some(true), Some(5_000))),
        gpu(|config| (config.grouped, config.chunk_synapses) = (Some(false), Some(1_000))),
        gpu(|config| (config.grouped, config.raster_room) = (Some(false), Some(5_000))),
    ];
    for (number, mut device) in variants.into_iter().enumerate() {
        let mut host = host(seed);
        host.initialize_persistent_data(&neurons, &synapses).unwrap();
        device.initialize_persistent_data(&neurons, &synapses).unwrap();
        compare(&mut host, &mut device, 200, seed, &format!("variant {number}"));
        let (of_host, of_device) = (host.run(300).unwrap(), device.run(300).unwrap());
        assert_eq!(of_host, of_device, "variant {number}");
        assert_eq!(host.run_counts(100).unwrap(), device.run_counts(100).unwrap(), "variant {number}");
        assert_eq!(host.potentials().unwrap(), device.potentials().unwrap(), "variant {number}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let seed = seed();
    let shape = Shape { neurons: 9_000, synapses: 200_000, ids: Ids::FromZero, kind: Kind::Mixed, chance: true };
    let (neurons, synapses) = network(shape, seed);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut host = host(seed);
            host.initialize_persistent_data(&neurons, &synapses).unwrap();
            (host.run(60).unwrap(), host.potentials().unwrap())
        })
    };
    let alone = run(1);
    assert!(alone.0.ids.len() > 10_000);
    for threads in [2, 5] {
        assert!(run(threads) == alone, "{threads} threads");
    }
}

#[test]
fn going_between_the_backends_in_the_middle_changes_nothing() {
    let seed = seed();
    for ids in [Ids::FromZero, Ids::Sparse] {
        let shape = Shape { neurons: 600, synapses: 8_000, ids, kind: Kind::Mixed, chance: true };
        let (neurons, synapses) = network(shape, seed);
        let (mut reference, mut wandering) = (host(seed), device(seed));
        reference.initialize_persistent_data(&neurons, &synapses).unwrap();
        wandering.initialize_persistent_data(&neurons, &synapses).unwrap();
        for round in 0..6 {
            if round % 2 == 0 {
                wandering.force_gpu()
            } else {
                wandering.force_host()
            }
            assert_eq!(wandering.run(17).unwrap(), reference.run(17).unwrap(), "round {round}");
            assert_eq!(wandering.on_gpu(), round % 2 == 0);
            assert_eq!(wandering.fired().unwrap(), reference.fired().unwrap(), "round {round}");
            assert_eq!(wandering.potentials().unwrap(), reference.potentials().unwrap(), "round {round}");
        }
        assert_eq!(wandering.uploads(), 1, "only the state goes back and forth");
    }
}

#[test]
fn auto_tries_both_and_changes_nothing() {
    let seed = seed();
    let shape = Shape { neurons: 600, synapses: 8_000, ids: Ids::FromZero, kind: Kind::Mixed, chance: true };
    let (neurons, synapses) = network(shape, seed);
    let mut auto = Burst::new(Config { gpu: Some(GPU.clone()), ..config(Backend::Auto, seed) }).unwrap();
    let mut reference = host(seed);
    auto.initialize_persistent_data(&neurons, &synapses).unwrap();
    reference.initialize_persistent_data(&neurons, &synapses).unwrap();
    for round in 0..40 {
        assert_eq!(auto.process_burst(&[]).unwrap(), reference.process_burst(&[]).unwrap(), "burst {round}");
        assert_eq!(auto.run(20).unwrap(), reference.run(20).unwrap(), "round {round}");
    }
    assert_eq!(auto.uploads(), 1, "the GPU was tried once");
    assert_eq!(auto.potentials().unwrap(), reference.potentials().unwrap());
}

#[test]
fn auto_stays_on_the_host_where_there_is_no_such_adapter() {
    let mut auto = Burst::new(Config { adapter: Some("no such adapter".to_owned()), ..Config::default() }).unwrap();
    let shape = Shape { neurons: 50, synapses: 100, ids: Ids::FromZero, kind: Kind::Mixed, chance: false };
    let (neurons, synapses) = network(shape, 1);
    auto.initialize_persistent_data(&neurons, &synapses).unwrap();
    assert_eq!(auto.run(300).unwrap().bursts(), 300);
    assert!(!auto.on_gpu());
    auto.force_gpu();
    assert!(auto.run(1).unwrap_err().to_string().contains("no such adapter"));
}
