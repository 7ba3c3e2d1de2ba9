//! `kvrm burst` as a shell sees it: what it prints and writes, and what it refuses.

use crate::support::folder::Folder;
use crate::support::{self, errors, kvrm, text};
use kvrm::burst::models::{Brunel, Model, Random, VogelsAbbott, parse_edges};
use kvrm::burst::{Backend, Burst, Config, Drive, Neuron, Raster, Stream};

/// What it prints, if all went well.
fn printed(arguments: &[&str]) -> String {
    let output = kvrm("burst", arguments);
    assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn npy(descr: &str, fortran_order: &str, shape: &str, words: &[i32]) -> Vec<u8> {
    support::npy(descr, fortran_order, shape, bytemuck::cast_slice(words))
}

/// Spikes as they were written: burst and id.
fn spikes(file: &str) -> Vec<(u64, u32)> {
    let bytes = std::fs::read(file).unwrap();
    let array = npyz::NpyFile::new(bytes.as_slice()).unwrap();
    assert_eq!(array.header().dtype().descr(), "'<u4'");
    assert!(matches!(array.header().shape(), [_, 2]) && array.header().order() == npyz::Order::C);
    let words: Vec<u32> = array.into_vec().unwrap();
    words.chunks_exact(2).map(|row| (row[0].into(), row[1])).collect()
}

/// The same run through the library, on the host.
fn run(model: Model, seed: u64, bursts: u32) -> Raster {
    let config = Config { seed, backend: Backend::Host, drives: model.drives, ..Config::default() };
    let mut burst = Burst::new(config).unwrap();
    burst.initialize_owned(&model.neurons, model.synapses).unwrap();
    burst.run(bursts).unwrap()
}

/// 200 neurons with ids in steps of three, 4,000 synapses.
fn edges() -> Vec<u8> {
    let mut stream = Stream::new(5, 0);
    let row = |s: &mut Stream| [3 * s.below(200) as i32, 3 * s.below(200) as i32, s.below(80) as i32 - 20, 20];
    let rows: Vec<i32> = (0..4_000).flat_map(|_| row(&mut stream)).collect();
    npy("<i4", "False", "(4000, 4)", &rows)
}

fn of_edges(bytes: &[u8]) -> Model {
    // As the command line has it.
    let drive = Drive { mean: 2.0, event: 100, constant: 0 };
    let neuron = Neuron { threshold: 5_000.0, leak: 0.02, refractory: 5, drive: 1, ..Neuron::default() };
    parse_edges("edges", bytes, neuron, vec![drive]).unwrap()
}

#[test]
fn every_model_writes_the_spikes_of_the_library_on_every_backend() {
    let folder = Folder::new();
    let bytes = edges();
    let file = text(&folder.file("edges.npy", &bytes));
    let models = [
        ("brunel", Some("600"), Brunel { neurons: 600, seed: 9, ..Brunel::default() }.build().unwrap()),
        ("vogels-abbott", Some("500"), VogelsAbbott { neurons: 500, seed: 9 }.build()),
        ("random", Some("400"), Random { neurons: 400, fan_out: 100, seed: 9 }.build()),
        (&file, None, of_edges(&bytes)),
    ];
    for (name, neurons, model) in models {
        let size = format!("{} neurons, {} synapses, on the ", model.neurons.len(), model.synapses.len());
        let expected: Vec<_> = run(model, 9, 600).spikes().collect();
        assert!(expected.len() > 100, "{name}: {} spikes", expected.len());
        for backend in ["host", "gpu", "auto"] {
            let out = text(&folder.path("spikes.npy"));
            let mut arguments =
                vec!["--model", name, "--steps", "600", "--seed", "9", "--backend", backend, "--out", &out];
            arguments.extend(neurons.iter().flat_map(|neurons| ["--neurons", neurons]));
            let text = printed(&arguments);
            assert!(spikes(&out) == expected, "{name} on {backend}");
            let place = if backend == "gpu" { "GPU" } else { "host" };
            assert!(text.starts_with(&format!("{name}: {size}")), "{text}");
            assert!(backend == "auto" || text.lines().next().unwrap().ends_with(place), "{text}");
            assert!(text.contains(&format!("\n{} spikes; from step ", expected.len())), "{text}");
        }
    }
}

#[test]
fn a_seed_is_a_network_and_its_draws() {
    let folder = Folder::new();
    let run = |seed: &str, name: &str| {
        let out = text(&folder.path(name));
        let text = printed(&["--model", "random", "--neurons", "300", "--steps", "300", "--seed", seed, "--out", &out]);
        (text, spikes(&out))
    };
    let first = run("1", "a.npy");
    assert_eq!(first, run("1", "b.npy"));
    assert_ne!(first.1, run("2", "c.npy").1);
    assert_ne!(first.1, run("4294967297", "d.npy").1, "all 64 bits count");
}

#[test]
fn the_picture_has_a_dot_for_every_spike_and_none_else() {
    let folder = Folder::new();
    let (picture, out) = (text(&folder.path("raster.png")), text(&folder.path("spikes.npy")));
    let arguments = ["--model", "vogels-abbott", "--neurons", "200", "--steps", "1000", "--seed", "4"];
    printed(&[&arguments[..], &["--raster", &picture, "--out", &out]].concat());
    let file = std::io::BufReader::new(std::fs::File::open(&picture).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((frame.width, frame.height, frame.color_type), (1600, 1000, png::ColorType::Rgb));
    // The raster's corners in pixels, as `plot` has them.
    let (left, right, top, bottom) = (130, 1560, 70, 690);
    let spikes = spikes(&out);
    let place = |(step, id): (u64, u32)| {
        let y = bottom as f64 - f64::from(id + 1) / 200.0 * (bottom - top) as f64;
        (left + (step as usize * (right - left)) / 1_000, (y as usize).min(bottom - 1))
    };
    let places: std::collections::BTreeSet<_> = spikes.iter().map(|spike| place(*spike)).collect();
    assert!(places.len() > 300, "{} places", places.len());
    let mut dots = std::collections::BTreeSet::new();
    for y in top..bottom {
        for x in left..right {
            // Paper and grid are grey or nearly so.
            let pixel = &pixels[3 * (1_600 * y + x)..][..3];
            if pixel.iter().max().unwrap() - pixel.iter().min().unwrap() > 30 {
                dots.insert((x, y));
            }
        }
    }
    let differ = |(x, y): &&(usize, usize)| !dots.iter().any(|(u, v)| x.abs_diff(*u) <= 1 && y.abs_diff(*v) <= 1);
    assert_eq!(places.iter().find(differ), None, "a spike without a dot");
    assert!(dots.len() <= places.len(), "{} dots for {} places", dots.len(), places.len());
}

#[test]
fn little_or_nothing_runs_too() {
    let folder = Folder::new();
    let none = text(&folder.file("none.npy", &npy("<i4", "False", "(0, 2)", &[])));
    let (out, picture) = (text(&folder.path("out.npy")), text(&folder.path("out.png")));
    let cases: [&[&str]; 5] = [
        &["--model", &none, "--steps", "3"],
        &["--model", "random", "--neurons", "0", "--steps", "3"],
        &["--model", "brunel", "--neurons", "1", "--steps", "3"],
        &["--model", "vogels-abbott", "--neurons", "3", "--steps", "1"],
        &["--model", "random", "--neurons", "5", "--steps", "0"],
    ];
    for arguments in cases {
        for backend in ["host", "gpu"] {
            let text = printed(&[arguments, &["--backend", backend, "--out", &out, "--raster", &picture]].concat());
            assert!(text.contains(&format!("\n{} spikes; from step ", spikes(&out).len())), "{arguments:?}: {text}");
            assert!(std::fs::metadata(&picture).unwrap().len() > 1_000, "{arguments:?}");
        }
    }
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let folder = Folder::new();
    let rows = [1, 2, 3, 4, 5, 6];
    let files = [
        ("short.npy", npy("<i4", "False", "(4, 2)", &rows), "bytes for shape [4, 2] of <i4, found"),
        ("shape.npy", npy("<i4", "False", "(6,)", &rows), "rows of 2 to 4 numbers, found shape [6]"),
        ("float.npy", npy("<f4", "False", "(3, 2)", &rows), "found <f4"),
        ("huge.npy", npy("<i4", "False", "(4294967296, 4294967296)", &[]), "out of range"),
        ("id.npy", npy("<i4", "False", "(3, 2)", &[1, 2, 3, -4, 5, 6]), "synapse 1: ids 3 and -4"),
        ("weight.npy", npy("<i4", "False", "(2, 3)", &[1, 2, 255, 1, 2, 256]), "synapse 1: weight 256"),
        ("psp.npy", npy("<i4", "False", "(1, 4)", &[1, 2, 3, -1]), "synapse 0: weight 3, psp -1"),
        ("text.npy", b"1 2\n".to_vec(), "not a .npy file"),
    ];
    for (name, bytes, part) in files {
        let file = text(&folder.file(name, &bytes));
        let output = kvrm("burst", &["--model", &file, "--steps", "5"]);
        let text = errors(&output);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(125), 0), "{name}: {text}");
        assert!(text.starts_with(&format!("kvrm: {file}: ")) && text.contains(part), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    let good = text(&folder.file("good.npy", &edges()));
    let good_text = text(&folder.file("notes.txt", b"kept"));
    let cases: [(&[&str], i32, &str); 21] = [
        (
            &["--model", "brunell"],
            125,
            "brunell: No such file or directory (os error 2); it is neither a file nor brunel, vogels-abbott or random",
        ),
        (&["--model", &good, "--neurons", "7"], 125, "neurons is no parameter of"),
        (&["--model", &good, "--steps", "9", "--out", "/no/such/folder/x.npy"], 125, "/no/such/folder/x.npy: "),
        (&["--model", &good, "--steps", "9", "--raster", "/no/such/folder/x.png"], 125, "/no/such/folder/x.png: "),
        (&["--backend", "gpu", "--adapter", "no such adapter", "--steps", "1"], 125, "no such adapter"),
        (&["--backend", "cuda"], 2, "[possible values: auto, host, gpu]"),
        (&["--steps", "many"], 2, "'many'"),
        (&["--seed", "-1"], 2, "'-1'"),
        (&["--neurons", "4294967296"], 2, "4294967296"),
        // Nothing is made, and nothing that is there is emptied.
        (&["--model", &good, "--out", &good_text], 125, "must end in .npy or .csv"),
        (&["--model", &good, "--raster", &good_text], 125, "must end in .png"),
        (&["--model", "vogels-abbott", "--g", "4"], 125, "g is no parameter of vogels-abbott, which has neurons"),
        (&["--model", &good, "--eta", "4"], 125, "eta is no parameter of"),
        (&["--model", "brunel", "--drive", "none"], 125, "drive is no parameter of brunel"),
        (&["--g", "-3"], 2, "'-3'"),
        (&["--g", "1e9"], 125, "g is 1000000000, and must be from 0"),
        (&["--eta", "50"], 125, "eta is 50, and must be from 0"),
        (&["--model", &good, "--drive", "2"], 2, "expected none, or MEAN,EVENT[,CONSTANT]"),
        (&["--model", &good, "--drive", "99,1"], 125, "drive 0: mean is 99, and must be from 0 to 20"),
        (&["--model", &good, "--leak", "1.5"], 125, "leak is 1.5"),
        (&["--model", &good, "--milliseconds", "0"], 125, "milliseconds is 0, and must be above 0"),
    ];
    for (arguments, status, part) in cases {
        let output = kvrm("burst", arguments);
        let text = errors(&output);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
        assert!(text.contains(part), "{arguments:?}: {text}");
    }
    assert_eq!(std::fs::read(&good_text).unwrap(), b"kept");
}

/// Parameters that are given reach the network, from the command line and from a model file, on both backends.
#[test]
fn parameters_are_those_of_the_library() {
    let folder = Folder::new();
    let bytes = edges();
    let file = text(&folder.file("edges.npy", &bytes));
    let edges_with = |neuron: Neuron, drives: Vec<Drive>| parse_edges("edges", &bytes, neuron, drives).unwrap();
    let drive = Drive { mean: 0.5, event: 900, constant: 40 };
    let neuron = Neuron {
        threshold: 800.0,
        rest: -50.0,
        potential: -50.0,
        leak: 0.05,
        excitability: 0.5,
        refractory: 3,
        drive: 1,
        ..Neuron::default()
    };
    let given = ["--threshold", "800", "--rest", "-50", "--leak", "0.05", "--excitability", "0.5", "--refractory", "3"];
    let of_edges = [&["--model", &file, "--drive", "0.5,900,40"][..], &given].concat();
    let of_random = [&["--model", "random", "--neurons", "300", "--fan-out", "40"][..], &given].concat();
    let json = br#"{"model": "edges.npy", "threshold": 800, "rest": -50, "leak": 0.05, "excitability": 0.5,
        "refractory": 3, "drive": "0.5,900,40", "milliseconds": 0.5}"#;
    let json = text(&folder.file("net.json", json));
    let brunel = Brunel { neurons: 300, fan_in: 60, g: 4.5, eta: 0.9, weight: 1.0, refractory: 7, seed: 3 };
    let of_brunel =
        ["--neurons", "300", "--fan-in", "60", "--g", "4.5", "--eta", "0.9", "--weight", "1", "--refractory", "7"];
    let usual = Drive { mean: 2.0, event: 100, constant: 0 };
    let cases: [(&[&str], Model); 4] = [
        (&of_edges, edges_with(neuron, vec![drive])),
        (&of_random, Random { neurons: 300, fan_out: 40, seed: 3 }.build_with(neuron, vec![usual])),
        (&of_brunel, brunel.build().unwrap()),
        (&["--model", &json], edges_with(neuron, vec![drive])),
    ];
    for (arguments, model) in cases {
        let expected: Vec<_> = run(model, 3, 400).spikes().collect();
        assert!(expected.len() > 100, "{arguments:?}: {} spikes", expected.len());
        for backend in ["host", "gpu"] {
            let out = text(&folder.path("spikes.csv"));
            let rest = ["--steps", "400", "--seed", "3", "--backend", backend, "--out", &out];
            let printed = printed(&[arguments, &rest].concat());
            let lines: Vec<String> = std::iter::once("step,neuron".to_owned())
                .chain(expected.iter().map(|(step, id)| format!("{step},{id}")))
                .collect();
            let written = std::fs::read_to_string(&out).unwrap();
            assert!(written.lines().eq(lines.iter().map(String::as_str)), "{arguments:?} on {backend}");
            assert!(printed.contains("\n") && printed.contains("from step 80 on "), "{printed}");
            assert_eq!(printed.contains(" Hz, "), arguments.contains(&"--g") || arguments.contains(&json.as_str()));
        }
    }
    let silent = printed(&["--model", &file, "--steps", "200", "--drive", "none"]);
    assert!(silent.contains("drive none\n0 spikes; "), "nothing comes from outside: {silent}");
    // The command line counts where both have something.
    let out = text(&folder.path("spikes.npy"));
    let other = printed(&["--model", &json, "--drive", "none", "--steps", "200", "--out", &out]);
    assert!(
        other.contains("threshold 800, rest -50, leak 0.05, excitability 0.5, refractory 3, drive none\n"),
        "{other}"
    );
    assert_eq!(spikes(&out), []);
}

#[test]
fn model_files_that_are_none_are_refused() {
    let folder = Folder::new();
    let long = "x".repeat(60_000);
    for (name, contents, part) in [
        ("text.json", "brunel".to_owned(), "not a model file: expected a JSON object"),
        ("list.json", r#"["brunel"]"#.to_owned(), "not a model file: expected a JSON object"),
        ("nothing.json", "{}".to_owned(), "not a model file: no model"),
        ("field.json", format!(r#"{{"model": "brunel", "{long}": 1}}"#), "not a model file: unknown field `xxx"),
        ("type.json", r#"{"model": "brunel", "g": "5"}"#.to_owned(), "invalid type: string"),
        ("drive.json", r#"{"model": "random", "drive": "much"}"#.to_owned(), "expected none, or MEAN,EVENT"),
        ("other.json", r#"{"model": "brunel", "threshold": 5}"#.to_owned(), "threshold is no parameter of brunel"),
        ("edges.json", r#"{"model": "none.npy"}"#.to_owned(), "none.npy: No such file"),
        ("large.json", " ".repeat(70_000), "more than the 65536 bytes"),
    ] {
        let file = text(&folder.file(name, contents.as_bytes()));
        let output = kvrm("burst", &["--model", &file, "--steps", "5"]);
        let text = errors(&output);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(125), 0), "{name}: {text}");
        assert!(text.contains(part) && text.len() < 500, "{name}: {text}");
    }
}
