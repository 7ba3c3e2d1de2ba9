//! The layer on a real device: whatever adapter the environment chooses.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use wgpu::naga::valid::Capabilities;
use wgpu::{BufferUsages, ComputePassDescriptor};

use super::*;

/// What a buffer holds before a dispatch, so that a word that is not written shows.
const POISON: u32 = u32::MAX;

fn shared() -> &'static Gpu {
    static SHARED: OnceLock<Gpu> = OnceLock::new();
    SHARED.get_or_init(|| Gpu::open(&Options::default()).expect("the tests need a GPU adapter"))
}

fn shader(text: &'static str) -> Shader {
    Shader { name: "test", chunks: vec![("test.wgsl", Cow::Borrowed(text))], shares: &[] }
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect()
}

fn poisoned(gpu: &Gpu, label: &str, length: u64) -> Buffer {
    let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
    let buffer = gpu.buffer(label, 4 * length, usage).unwrap();
    gpu.upload(&buffer, 0, bytemuck::cast_slice(&vec![POISON; length as usize]));
    buffer
}

fn contents(gpu: &Gpu, buffer: &Buffer) -> Vec<u32> {
    words(&gpu.download(&[(buffer, 0..buffer.size())]).unwrap()[0])
}

fn dispatch(gpu: &Gpu, pipeline: &Pipeline, buffers: &[(&str, &Buffer)], groups: u32, timer: Option<&Timer>) {
    let bound = pipeline.bind(gpu, buffers).unwrap();
    let mut encoder = gpu.device().create_command_encoder(&Default::default());
    let timestamp_writes = timer.and_then(|timer| timer.writes(0));
    let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor { label: None, timestamp_writes });
    bound.set(&mut pass);
    pass.dispatch_workgroups(groups, 1, 1);
    drop(pass);
    if let Some(timer) = timer {
        timer.resolve(&mut encoder, 1);
    }
    gpu.submit_and_wait(encoder.finish()).unwrap();
}

/// `output[i] = i * scale` below `length`, with bindings in groups 0 and 2 and one that is not used.
const SCALE: &str = "
struct Parameters { scale: u32, length: u32 }
@group(2) @binding(5) var<uniform> parameters: Parameters;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;
@group(0) @binding(0) var<storage, read> unused: array<u32>;
var<workgroup> sh_first: array<u32, 16>;
@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) ix: u32) {
    sh_first[ix] = id.x;
    workgroupBarrier();
    if id.x < parameters.length { output[id.x] = (sh_first[0] + ix) * parameters.scale; }
}
";

#[test]
fn a_shader_writes_what_it_should_and_no_more() {
    let gpu = shared();
    for checked in [true, false] {
        let pipeline = gpu.pipeline(&shader(SCALE), checked).unwrap();
        assert_eq!(pipeline.workgroup_size(), [16, 1, 1]);
        let output = poisoned(gpu, "output", 64);
        let parameters = gpu.buffer("parameters", 8, BufferUsages::UNIFORM | BufferUsages::COPY_DST).unwrap();
        gpu.upload(&parameters, 0, bytemuck::cast_slice(&[3u32, 40]));
        dispatch(gpu, &pipeline, &[("parameters", &parameters), ("output", &output)], 3, None);
        let expected: Vec<u32> = (0..64).map(|i| if i < 40 { 3 * i } else { POISON }).collect();
        assert_eq!(contents(gpu, &output), expected, "checked: {checked}");
    }
}

#[test]
fn reflection_lists_what_main_uses() {
    let reflection = shader(SCALE).reflect(Capabilities::empty()).unwrap();
    let output = Binding {
        name: "output".into(),
        group: 0,
        binding: 1,
        kind: BindingKind::Storage { read_only: false },
        min_size: 4,
    };
    let parameters =
        Binding { name: "parameters".into(), group: 2, binding: 5, kind: BindingKind::Uniform, min_size: 8 };
    let bindings = vec![output, parameters];
    assert_eq!(reflection, Reflection { bindings, workgroup_size: [16, 1, 1], workgroup_memory: 64 });
}

#[test]
fn a_missing_or_misspelt_buffer_is_named() {
    let gpu = shared();
    let pipeline = gpu.pipeline(&shader(SCALE), true).unwrap();
    let [output, parameters] = ["output", "parameters"].map(|label| poisoned(gpu, label, 64));
    for given in [vec![("output", &output)], vec![("output", &output), ("paramters", &parameters)]] {
        let error = pipeline.bind(gpu, &given).unwrap_err();
        let Error::MissingBinding { shader, binding, given: names } = &error else { panic!("{error}") };
        assert_eq!((shader.as_str(), binding.as_str()), ("test", "parameters"));
        assert!(given.iter().all(|(name, _)| names.iter().any(|listed| listed == name)), "{error}");
    }
}

#[test]
fn a_checked_shader_cannot_reach_its_neighbours() {
    // Writes far beyond the end, also where the byte offset wraps, and past an array in workgroup memory. Some drivers
    // (llvmpipe) check buffers by themselves; workgroup memory is up to naga on all of them.
    let text = "
struct Fixed { words: array<u32, 4>, after: array<u32, 64> }
@group(0) @binding(0) var<storage, read_write> middle: array<u32>;
@group(0) @binding(1) var<storage, read_write> report: array<u32>;
var<workgroup> sh_fixed: Fixed;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) ix: u32) {
    sh_fixed.after[ix] = report[id.x];
    workgroupBarrier();
    middle[64u + id.x] = id.x;
    middle[0x40000000u - 4096u + id.x] = id.x;
    middle[0xffffffffu - id.x] = id.x;
    // The poison, 2^32 - 1, makes this 4 + ix.
    sh_fixed.words[report[id.x] + 5u + ix] = 9u;
    workgroupBarrier();
    report[id.x] = sh_fixed.after[ix];
}
";
    let gpu = shared();
    let pipeline = gpu.pipeline(&shader(text), true).unwrap();
    let [low, middle, high] = ["low", "middle", "high"].map(|label| poisoned(gpu, label, 64));
    let report = poisoned(gpu, "report", 4096);
    dispatch(gpu, &pipeline, &[("middle", &middle), ("report", &report)], 64, None);
    for (name, buffer) in [("low", &low), ("high", &high)] {
        assert!(contents(gpu, buffer).iter().all(|&word| word == POISON), "{name} was overwritten");
    }
    // Where a write out of range goes within its own buffer is the driver's choice.
    assert_eq!(contents(gpu, &middle).len(), 64);
    assert!(contents(gpu, &report).iter().all(|&word| word == POISON), "workgroup memory was overwritten");
}

#[test]
fn oversize_buffers_name_the_limit() {
    let gpu = shared();
    let limits = gpu.limits();
    let cases = [
        (BufferUsages::COPY_DST, limits.max_buffer_size, "max_buffer_size"),
        (BufferUsages::STORAGE, limits.max_storage_buffer_binding_size, "max_storage_buffer_binding_size"),
        (BufferUsages::UNIFORM, limits.max_uniform_buffer_binding_size, "max_uniform_buffer_binding_size"),
    ];
    for (usage, offered, name) in cases {
        let error = gpu.buffer("huge", offered + 1, usage).unwrap_err().to_string();
        // Where a binding may be as large as a buffer, that limit is the one that is named.
        let name = if offered == limits.max_buffer_size { "max_buffer_size" } else { name };
        assert!(error.contains("huge") && error.contains(name), "{error}");
    }
    assert!(gpu.buffer("absurd", u64::MAX, BufferUsages::STORAGE).is_err());
}

#[test]
fn odd_ranges_come_back_exactly() {
    let gpu = shared();
    // Long enough for several pieces in both directions.
    let length = 3 * buffer::UPLOAD_PIECE + 12;
    let data: Vec<u8> = (0..length).map(|i| (i ^ (i >> 8) ^ (i >> 16)) as u8).collect();
    let ends = length as u64;
    for usage in [BufferUsages::COPY_SRC, gpu.readable()] {
        let buffer = gpu.buffer("data", ends, usage | BufferUsages::COPY_DST).unwrap();
        gpu.upload(&buffer, 0, &data);
        let ranges = [0..ends, 0..0, 1..2, 3..9, 5..ends - 3, ends - 1..ends, ends..ends, 8..16];
        let read = gpu.download(&ranges.clone().map(|range| (&buffer, range))).unwrap();
        for (range, read) in ranges.iter().zip(&read) {
            assert!(data[range.start as usize..range.end as usize] == read[..], "{range:?} differs");
        }
        #[expect(clippy::reversed_empty_ranges, reason = "that is the bad input")]
        for bad in [0..ends + 1, 8..4] {
            assert!(matches!(gpu.download(&[(&buffer, bad)]), Err(Error::OutOfRange { .. })));
        }
    }
}

#[test]
fn an_error_outside_a_guard_comes_back_from_the_next_call() {
    // A device of its own: the error belongs to whoever calls next.
    let gpu = Gpu::open(&Options::default()).unwrap();
    let buffer = gpu.buffer("small", 8, BufferUsages::COPY_DST).unwrap();
    gpu.upload(&buffer, 0, &[0; 16]);
    let error = gpu.wait().unwrap_err();
    assert!(matches!(error, Error::Validation { .. }), "{error}");
    gpu.wait().expect("an error is reported once");
}

#[test]
fn a_guard_returns_what_wgpu_refuses() {
    let result = shared().guard("copying backwards", |device| {
        let size = device.limits().max_buffer_size + 4;
        device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size,
            usage: BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    });
    let error = result.unwrap_err();
    assert!(matches!(&error, Error::Validation { what, .. } if what == "copying backwards"), "{error}");
}

#[test]
fn a_lost_device_is_an_error_everywhere() {
    let gpu = Gpu::open(&Options::default()).unwrap();
    let buffer = gpu.buffer("buffer", 64, gpu.readable() | BufferUsages::COPY_DST).unwrap();
    let copied = gpu.buffer("copied", 64, BufferUsages::COPY_SRC).unwrap();
    let commands = gpu.device().create_command_encoder(&Default::default()).finish();
    gpu.device().destroy();
    gpu.upload(&buffer, 0, &[0; 4]);
    let lost = |error: Option<Error>, call: &str| {
        assert!(matches!(error, Some(Error::DeviceLost { .. })), "{call} gave {error:?}");
    };
    lost(gpu.submit_and_wait(commands).err(), "submit_and_wait");
    lost(gpu.buffer("another", 64, BufferUsages::COPY_DST).err(), "buffer");
    lost(gpu.download(&[(&buffer, 0..4)]).err(), "download of a mapped buffer");
    lost(gpu.download(&[(&copied, 0..4)]).err(), "download of a copied buffer");
    lost(gpu.pipeline(&shader(SCALE), true).err(), "pipeline");
    lost(gpu.wait().err(), "wait");
}

#[test]
fn a_timer_measures_or_says_that_it_cannot() {
    let gpu = shared();
    let Some(timer) = Timer::new(gpu, 1).unwrap() else {
        eprintln!("skipped: {} has no timestamps", gpu.info().name);
        return;
    };
    let output = poisoned(gpu, "output", 1 << 16);
    let parameters = gpu.buffer("parameters", 8, BufferUsages::UNIFORM | BufferUsages::COPY_DST).unwrap();
    gpu.upload(&parameters, 0, bytemuck::cast_slice(&[1u32, 1 << 16]));
    let pipeline = gpu.pipeline(&shader(SCALE), true).unwrap();
    dispatch(gpu, &pipeline, &[("output", &output), ("parameters", &parameters)], 1 << 12, Some(&timer));
    assert_eq!(contents(gpu, &output)[65535], 65535);
    println!("{:?}", timer.read(gpu, 1).unwrap());
    assert!(timer.writes(1).is_none(), "there is room for one pass");
    assert_eq!(timer.read(gpu, 0).unwrap(), None);
}

#[test]
fn a_shader_error_names_the_file_and_line() {
    let first = ("lib/first.wgsl", Cow::Borrowed("const one = 1u;\nconst two = 2u;"));
    let second =
        |text| Shader { name: "test", chunks: vec![first.clone(), ("main.wgsl", Cow::Borrowed(text))], shares: &[] };
    let cases = [
        ("\nfn broken( {}\n", 2, "fn broken( {}"),
        ("fn typo() -> u32 {\n    return three;\n}\n", 2, "return three;"),
        ("fn untyped() -> u32 {\n    return 1.5;\n}\n", 2, "return 1.5;"),
        ("fn fine() {}\n\nfn wrong() {\n    return 1u;\n}\n", 4, "return 1u;"),
    ];
    for (text, expected_line, expected_text) in cases {
        let error = second(text).validate(Capabilities::empty()).unwrap_err();
        let Error::Shader { file, line, text, .. } = &error else { panic!("{error}") };
        assert_eq!((file.as_str(), *line, text.as_str()), ("main.wgsl", expected_line, expected_text), "{error}");
    }
    let error = shared().pipeline(&second("fn helper() {}"), true).unwrap_err().to_string();
    assert!(error.contains("no compute entry point `main`"), "{error}");
}

#[test]
fn lines_are_found_in_their_chunks() {
    let chunks = vec![("a", "1\n2\n".into()), ("b", "".into()), ("c", "1".into()), ("d", "1\n2".into())];
    let shader = Shader { name: "test", chunks, shares: &[] };
    assert_eq!(shader.source(), "1\n2\n\n1\n1\n2\n");
    let located: Vec<_> = (1..=6).map(|line| shader.locate(line)).collect();
    assert_eq!(located, [("a", 1), ("a", 2), ("b", 1), ("c", 1), ("d", 1), ("d", 2)]);
}

/// Ten storage buffers, seven of which are in shares: plain words, vectors, floats that are only read, and atomic words;
/// indices that are constant, signed, and out of range.
const MANY: &str = "
struct Parameters { length: u32 }
@group(0) @binding(0) var<storage, read_write> alone: array<u32>;
@group(0) @binding(1) var<storage, read> first: array<u32>;
@group(0) @binding(2) var<storage, read_write> second: array<u32>;
@group(0) @binding(3) var<storage, read_write> third: array<u32>;
@group(1) @binding(0) var<uniform> parameters: Parameters;
@group(1) @binding(1) var<storage, read> scales: array<vec4<f32>>;
@group(1) @binding(2) var<storage, read> offsets: array<vec4<u32>>;
@group(1) @binding(3) var<storage, read_write> counts: array<atomic<u32>>;
@group(1) @binding(4) var<storage, read_write> sums: array<atomic<u32>>;
@group(1) @binding(5) var<storage, read_write> pairs: array<vec2<u32>>;
@group(1) @binding(6) var<storage, read_write> last: array<u32>;
var<private> calls: u32;

fn scaled(i: u32) -> f32 {
    calls++;
    let scale = scales[i];
    return scale.x * 2.0 + scales[i].w;
}

fn bump(i: i32, by: u32) -> u32 {
    loop {
        let old = atomicLoad(&sums[i]);
        let result = atomicCompareExchangeWeak(&sums[i], old, old + by);
        if result.exchanged { break; }
    }
    return atomicLoad(&sums[i]) - by;
}

@compute @workgroup_size(8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= parameters.length { return; }
    alone[i] = first[i] + u32(scaled(i));
    second[i] = offsets[i].y;
    second[i] += offsets[i % 3u].z;
    atomicAdd(&counts[3], 1u);
    let before = bump(i32(i), first[i]);
    pairs[i].x = before;
    pairs[i] = vec2(pairs[i].x, atomicLoad(&sums[i32(i)]));
    switch i {
        case 0u: { third[5] = 77u; }
        case 1u: { third[1000] = 55u; third[i + 0xfffffff0u] = 55u; }
        default: { third[i + 8u] = calls; }
    }
    last[i] = i;
}
";

const MANY_SHARES: &[Share] = &[
    Share { name: "words", writable: true, members: &["first", "second", "third", "elsewhere"] },
    Share { name: "vectors", writable: false, members: &["scales", "offsets"] },
    Share { name: "atomics", writable: true, members: &["counts", "sums"] },
];

fn many() -> Shader {
    Shader { shares: MANY_SHARES, ..shader(MANY) }
}

#[test]
fn buffers_that_share_bindings_give_what_those_of_their_own_give() {
    const LENGTH: u64 = 24;
    let names = ["alone", "first", "second", "third", "scales", "offsets", "counts", "sums", "pairs", "last"];
    let mut results = Vec::new();
    for buffers in [STORAGE_BUFFERS, PACKED_BUFFERS] {
        let gpu = match Gpu::open(&Options { buffers: Some(buffers), ..Options::default() }) {
            Ok(gpu) => gpu,
            Err(error) => {
                eprintln!("skipped, where each has its own: {error}");
                continue;
            }
        };
        assert_eq!(gpu.packs(), buffers == PACKED_BUFFERS);
        let pipeline = gpu.pipeline(&many(), true).unwrap();
        // What is not downloaded is not made for it, and moves all the same.
        let only_read = ["first", "scales", "offsets"];
        let make = |name: &&str| match only_read.contains(name) {
            true => gpu.buffer(name, 16 * LENGTH, BufferUsages::STORAGE | BufferUsages::COPY_DST).unwrap(),
            false => poisoned(&gpu, name, 4 * LENGTH),
        };
        let made: Vec<Buffer> = names.iter().map(make).collect();
        for (seed, buffer) in (0..).zip(&made) {
            let words: Vec<u32> = (0..3 * LENGTH as u32).map(|n| n * 7 + seed).collect();
            gpu.upload(buffer, 0, bytemuck::cast_slice(&words));
        }
        let scales: Vec<f32> = (0..4 * LENGTH).map(|n| n as f32).collect();
        gpu.upload(&made[4], 0, bytemuck::cast_slice(&scales));
        let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
        let parameters = gpu.buffer("parameters", 4, usage).unwrap();
        gpu.upload(&parameters, 0, bytemuck::cast_slice(&[LENGTH as u32]));
        let mut given: Vec<(&str, &Buffer)> = names.into_iter().zip(&made).collect();
        given.push(("parameters", &parameters));
        let bound = pipeline.bind(&gpu, &given).unwrap();
        let more = poisoned(&gpu, "more", 64);
        if gpu.packs() {
            // Another comes to them after they were bound.
            let before = made[1].place();
            assert!(Arc::ptr_eq(&before.block, &made[2].place().block), "bound together");
            gpu.unite("words", &[&made[2], &more]).unwrap();
            assert!(Arc::ptr_eq(&made[1].place().block, &more.place().block), "moved together");
            assert!(!Arc::ptr_eq(&before.block, &more.place().block));
        }
        let mut encoder = gpu.device().create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
        bound.set(&mut pass);
        pass.dispatch_workgroups(4, 1, 1);
        drop(pass);
        gpu.submit_and_wait(encoder.finish()).unwrap();
        assert!(contents(&gpu, &more).iter().all(|word| *word == POISON), "a neighbour was written");
        let written = made.iter().filter(|buffer| buffer.usage().contains(BufferUsages::COPY_SRC));
        let contents: HashMap<String, Vec<u32>> =
            written.map(|buffer| (buffer.label().to_owned(), contents(&gpu, buffer))).collect();
        assert_eq!(contents["last"][..LENGTH as usize], (0..LENGTH as u32).collect::<Vec<_>>(), "it ran");
        assert_eq!(contents["counts"][3], 3 * 7 + 6 + LENGTH as u32, "atomic words are added to");
        results.push((buffers, contents));
    }
    for (buffers, contents) in &results[1..] {
        for (name, words) in contents {
            // Where a write out of range goes within its own buffer is the driver's choice.
            let length = if name == "third" { 32 } else { words.len() };
            assert_eq!(words[..length], results[0].1[name][..length], "{name}, with {buffers} bindings");
        }
    }
}

#[test]
fn what_cannot_share_is_said() {
    let arrange = |shares| Shader { shares, ..shader(MANY) }.arrange(PACKED_BUFFERS, true, Capabilities::empty());
    let arranged = many().arrange(PACKED_BUFFERS, true, Capabilities::empty()).unwrap();
    let names: Vec<&str> = arranged.bound.bindings.iter().map(|binding| binding.name.as_str()).collect();
    assert_eq!(names, ["alone", "words", "parameters", "vectors", "atomics", "pairs", "last", "places_in_shares"]);
    const CASES: [(&[Share], &str); 4] = [
        (&[], "10 storage buffers with shares, of at most 8"),
        (&[Share { name: "a", writable: false, members: &["first", "second", "third"] }], "second is written"),
        (&[Share { name: "a", writable: true, members: &["first", "pairs", "third"] }], "has other elements"),
        (&[Share { name: "a", writable: true, members: &["first", "second", "counts"] }], "has other elements"),
    ];
    for (shares, expected) in CASES {
        let error = arrange(shares).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(many().arrange(STORAGE_BUFFERS, true, Capabilities::empty()).unwrap().bound.bindings.len(), 11);
}
