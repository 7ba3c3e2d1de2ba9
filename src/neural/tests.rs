use super::*;
use crate::npy;
use std::path::Path;

#[test]
fn parameters_are_as_many_as_promised() {
    assert_eq!(NETWORKS.map(Network::parameters), [135, 10_279, 1_083_397, 508_161, 271_124]);
    let starts = |network: &Network, parts: &[&str]| -> Vec<usize> {
        let start = |part: &&str| network.offsets().find(|(tensor, _)| tensor.name.starts_with(*part)).unwrap().1;
        parts.iter().map(start).collect()
    };
    let all: Vec<_> = EMBEDDING.offsets().map(|(_, start)| start).collect();
    assert_eq!(all, [0, 8192, 9600, 9632, 10144, 10160, 10272]);
    let parts = ["reg_field", "seq_enc", "reg_embed", "cross", "type", "counter", "iter"];
    assert_eq!(starts(&LOOP_DETECTOR, &parts), [20_992, 24_160, 683_616, 708_704, 971_872, 1_021_668, 1_029_892]);
    let parts = ["encoder", "pool", "class", "operand", "size", "confidence"];
    assert_eq!(starts(&PATTERN_RECOGNIZER, &parts), [20_992, 285_184, 285_696, 436_348, 461_020, 507_904]);
    let parts = ["lstm", "delta", "confidence", "pattern"];
    assert_eq!(starts(&MEMORY_ORACLE, &parts), [4_864, 236_288, 253_832, 262_608]);
}

/// The shaders of the other networks read four floats at once, the oracle's arrange its own.
#[test]
fn tensors_begin_at_multiples_of_four() {
    for network in &NETWORKS[..4] {
        assert!(network.offsets().all(|(_, start)| start % 4 == 0), "{}", network.name());
    }
    for network in DispatchNetwork::ALL {
        assert!(network.tensors().iter().all(|tensor| tensor.shape.len() == 1 || tensor.shape[1] % 4 == 0));
    }
}

#[test]
fn the_weights_that_ship_have_the_maps_that_ship() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights");
    for network in NETWORKS {
        let map = std::fs::read_to_string(folder.join(network.file()).with_extension("txt")).unwrap();
        assert_eq!(map, network.tensor_map(), "{}", network.name());
        let values = Weights::built_in().of(network).unwrap();
        assert_eq!(npy::read::<f32>(&folder.join(network.file())).unwrap().values, *values);
    }
}

/// A folder that is removed again.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("kvrm-weights-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_is_written_is_read_and_nothing_is_overwritten_unasked() {
    let folder = Folder::new("write");
    let inner = folder.0.join("inner");
    let half = Weights::built_in().with(&SIMPLE, &[0.5; 135]).unwrap();
    let file = half.write(&SIMPLE, &inner, false).unwrap();
    assert_eq!(file, inner.join("dispatch_weights_trained.npy"));
    assert_eq!(
        Weights::read(&inner, &DispatchNetwork::TABLES).unwrap(),
        half,
        "the other network has what is built in"
    );
    assert_eq!(Weights::read(&file, &DispatchNetwork::TABLES).unwrap(), half, "a file is of the network that it fits");
    assert_eq!(std::fs::read_to_string(file.with_extension("txt")).unwrap(), SIMPLE.tensor_map());
    let zeros = Weights::built_in().with_zeros(&SIMPLE);
    for there in ["npy", "txt"] {
        let other = file.with_extension(if there == "npy" { "txt" } else { "npy" });
        let _ = std::fs::remove_file(&other);
        let error = zeros.write(&SIMPLE, &inner, false).unwrap_err().to_string();
        assert!(error.contains(&format!("trained.{there} exists")), "{error}");
        half.write(&SIMPLE, &inner, true).unwrap();
    }
    assert_eq!(Weights::read(&inner, &[&SIMPLE]).unwrap(), half);
    zeros.write(&SIMPLE, &inner, true).unwrap();
    assert_eq!(Weights::read(&inner, &[&SIMPLE]).unwrap(), zeros);
    // What is built in is written as it is in the repository.
    let file = Weights::built_in().write(&EMBEDDING, &inner, false).unwrap();
    assert_eq!(std::fs::read(file).unwrap(), EMBEDDING.built_in);
}

#[test]
fn what_is_wrong_with_weights_is_said() {
    let folder = Folder::new("wrong");
    let path = folder.0.join("some.npy");
    let complaint = |path: &Path, networks: &[&'static Network]| {
        let error = Weights::read(path, networks).unwrap_err().to_string();
        assert!(error.starts_with(&folder.0.display().to_string()), "{error}");
        error
    };
    let write = |shape: &[u64], values: &[f32]| npy::write(&path, shape, values).unwrap();
    let both = DispatchNetwork::TABLES;
    write(&[134], &[0.5; 134]);
    assert!(complaint(&path, &[&SIMPLE]).ends_with("the simple network has 135 weights, found 134"));
    assert!(complaint(&path, &both).ends_with("none of the networks simple (135), embedding (10279)"));
    write(&[5, 27], &[0.5; 135]);
    assert!(complaint(&path, &both).contains("one dimension, found shape [5, 27]"));
    for value in [f32::NAN, f32::INFINITY] {
        let mut values = [0.5; 135];
        values[7] = value;
        write(&[135], &values);
        assert!(complaint(&path, &both).contains(&format!("weight 7 is {value}, expected a finite number")));
    }
    npy::write(&path, &[135], &[1i64; 135]).unwrap();
    assert!(complaint(&path, &both).ends_with("expected elements of type <f4, found <i8"));
    let files = "dispatch_weights_trained.npy, dispatch_weights_embedding_100pct.npy";
    assert!(complaint(&folder.0, &both).ends_with(&format!("no weight file in this directory, expected {files}")));
    assert!(complaint(&folder.0.join("none"), &both).contains("No such file"));
    std::fs::rename(&path, folder.0.join(EMBEDDING.file())).unwrap();
    assert!(complaint(&folder.0, &both).contains("embedding_100pct.npy: expected elements of type <f4"));
    let error = Weights::built_in().with(&MEMORY_ORACLE, &[0.0; 3]).unwrap_err().to_string();
    assert_eq!(error, "the weights given: the memory-oracle network has 271124 weights, found 3");
}
