//! Networks in files.

use super::networks::{Ids, Kind, Shape, network};
use super::{config, device, host};
use crate::support::folder::TemporaryFile;
use crate::support::{npy, seed};
use kvrm::burst::models::parse_edges;
use kvrm::burst::{Backend, Burst, Config, Neuron};

#[test]
fn a_restored_network_goes_on_as_the_saved_one() {
    let seed = seed();
    for ids in [Ids::Shuffled, Ids::Sparse] {
        let shape = Shape { neurons: 400, synapses: 5_000, ids, kind: Kind::Invalid, chance: true };
        let (neurons, synapses) = network(shape, seed);
        for (mut saved, other) in [(host(seed), Backend::Gpu), (device(seed), Backend::Host)] {
            saved.initialize_persistent_data(&neurons, &synapses).unwrap();
            saved.run(50).unwrap();
            let file = TemporaryFile::new("saved", b"");
            saved.save(file.path()).unwrap();
            // Seed and drives come from the file.
            let fresh = Config { drives: Vec::new(), ..config(other, seed + 1) };
            let mut restored = Burst::restore(file.path(), fresh).unwrap();
            assert_eq!(restored.step(), 50);
            assert_eq!(restored.fired().unwrap(), saved.fired().unwrap());
            assert_eq!(restored.run(60).unwrap(), saved.run(60).unwrap(), "{ids:?}");
            assert_eq!(restored.potentials().unwrap(), saved.potentials().unwrap(), "{ids:?}");
        }
    }
}

#[test]
fn cut_off_and_damaged_files_are_refused() {
    let shape = Shape { neurons: 20, synapses: 50, ids: Ids::FromZero, kind: Kind::Mixed, chance: true };
    let (neurons, synapses) = network(shape, 3);
    let mut burst = host(3);
    burst.initialize_persistent_data(&neurons, &synapses).unwrap();
    burst.run(5).unwrap();
    let file = TemporaryFile::new("damaged", b"");
    burst.save(file.path()).unwrap();
    let whole = std::fs::read(file.path()).unwrap();
    let refuse = |bytes: &[u8], what: &str| {
        std::fs::write(file.path(), bytes).unwrap();
        let error = Burst::restore(file.path(), Config::default()).expect_err(what).to_string();
        assert!(error.contains("damaged"), "the file is named: {error}");
        error
    };
    for length in 0..whole.len() {
        refuse(&whole[..length], "a file that was cut off");
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        refuse(&bytes, "a file with a wrong bit");
    }
    let mut later = whole.clone();
    later[8] = 2;
    assert!(refuse(&later, "a later version").contains("version 2; this program reads version 1"));
    refuse(&[whole.as_slice(), &[0]].concat(), "a file that is too long");
    assert!(Burst::restore(&file.path().with_extension("none"), Config::default()).is_err());
}

#[test]
fn edge_lists_become_networks() {
    let rows = [[5i64, 9, -20, 3], [9, 5, 255, 255], [1 << 31, 5, 7, 1]];
    let data: Vec<u8> = rows.as_flattened().iter().flat_map(|value| value.to_le_bytes()).collect();
    let model = parse_edges("edges", &npy("<i8", "False", "(3, 4)", &data), Neuron::default(), Vec::new()).unwrap();
    assert_eq!(model.neurons.ids(), [5, 9, 1 << 31]);
    let edges: Vec<_> = model.synapses.iter().map(|(source, target, s)| (source, target, s.amount())).collect();
    assert_eq!(edges, [(5, 9, -60), (9, 5, 65_025), (1 << 31, 5, 7)]);
    let data: Vec<u8> = [1u32, 2, 3, 4].iter().flat_map(|value| value.to_le_bytes()).collect();
    let model = parse_edges("edges", &npy("<u4", "False", "(2, 2)", &data), Neuron::default(), Vec::new()).unwrap();
    let edges: Vec<_> = model.synapses.iter().map(|(source, target, s)| (source, target, s.amount())).collect();
    assert_eq!(edges, [(1, 2, 1), (3, 4, 1)]);
}

#[test]
fn bad_edge_lists_are_refused() {
    let words = |values: &[i32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let cases = [
        (npy("<i4", "False", "(1, 2)", &words(&[-1, 2])), "synapse 0: ids -1 and 2"),
        (npy("<i4", "False", "(2, 3)", &words(&[1, 2, 3, 1, 2, -256])), "synapse 1: weight -256"),
        (npy("<i4", "False", "(1, 4)", &words(&[1, 2, 3, 256])), "synapse 0: weight 3, psp 256"),
        (npy("<i4", "False", "(1, 5)", &words(&[1, 2, 3, 4, 5])), "shape [1, 5]"),
        (npy("<i4", "False", "(4,)", &words(&[1, 2, 3, 4])), "shape [4]"),
        (npy("<f4", "False", "(1, 2)", &words(&[1, 2])), "found <f4"),
        (npy("<i4", "False", "(2, 2)", &words(&[1, 2, 3])), "shape [2, 2] of <i4, found"),
        (b"no array".to_vec(), "not a .npy file"),
    ];
    for (bytes, expected) in cases {
        let error = parse_edges("edges.npy", &bytes, Neuron::default(), Vec::new()).unwrap_err().to_string();
        assert!(error.starts_with("edges.npy: ") && error.contains(expected), "{error}");
    }
}
