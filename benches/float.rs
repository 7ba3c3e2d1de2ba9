//! Floating-point operations a second, each waiting for the one before: the functions of `kvrm::float` by themselves.
//!
//!     cargo bench --bench float -- [LANES...] [--only NAME] [--seconds S] [--json]
//!
//! "whole" is the interpreter's: the operation is not known when the shader is made. In the others it is a constant, as in
//! translated code: "constant" is the same function, "short" the short text with that behind it, and "plain" (of an
//! operation that is not known) what the interpreter's loop has of sums and products, with that behind it.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Parser;
use kvrm::float::operation::*;
use kvrm::gpu::{Gpu, Options, Shader, Timer};
use wgpu::{BufferUsages, ComputePassDescriptor};

/// Name, operation, and what the operands are exclusive-ored with after each, so that they stay normal: of f64, whose
/// exponents begin at bit 52.
const OPERATIONS: [(&str, u32, [u64; 2]); 5] = [
    ("add", FLOAT_ADD, [0, 1 << 63]),
    ("multiply", FLOAT_MULTIPLY, [0, 1 << 52]),
    ("multiply-add", FLOAT_MULTIPLY_ADD, [1, 0]),
    ("divide", FLOAT_DIVIDE, [0, 1 << 52]),
    ("root", FLOAT_ROOT, [1 << 52, 0]),
];
const TEXTS: [(&str, &str); 4] = [
    ("whole", "whole(GIVEN, a, b, c)"),
    ("plain", "select_plain(float_plain(GIVEN, a, b, given.y), GIVEN, a, b, c)"),
    ("constant", "whole(CONSTANT, a, b, c)"),
    ("short", "select_plain(float_short(CONSTANT, a, b, c, given.y), CONSTANT, a, b, c)"),
];
const GROUP: u32 = 64;

const MAIN: &str = "
@group(0) @binding(0) var<storage, read> operands: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read_write> results: array<vec4<u32>>;
// The operation word, FPCR, lanes, how often; what operands are exclusive-ored with.
@group(0) @binding(2) var<uniform> parameters: array<vec4<u32>, 2>;

var<private> given: vec4<u32>;

fn whole(operation: u32, a: vec2<u32>, b: vec2<u32>, c: vec2<u32>) -> Float {
    return float_execute(operation, a, b, c, given.y);
}

fn select_plain(p: Plain, operation: u32, a: vec2<u32>, b: vec2<u32>, c: vec2<u32>) -> Float {
    if (p.done) {
        return Float(p.value, p.flags);
    }
    return whole(operation, a, b, c);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    given = parameters[0];
    let lanes = given.z;
    var a = operands[id.x];
    var b = operands[lanes + id.x];
    let c = operands[2u * lanes + id.x];
    var flags = 0u;
    for (var n = 0u; n < given.w; n += 1u) {
        let r = CALL;
        flags |= r.flags;
        a = r.value ^ parameters[1].xy;
        b ^= parameters[1].zw;
    }
    results[id.x] = vec4<u32>(a, flags, 1u);
}
";

#[derive(Parser)]
struct Arguments {
    /// Numbers of lanes, multiples of 64
    #[arg(default_values_t = [65_536])]
    lanes: Vec<u32>,
    /// Only operations with this in their name
    #[arg(long)]
    only: Option<String>,
    /// How long a measurement takes
    #[arg(long, default_value_t = 0.2)]
    seconds: f64,
    /// Print a JSON object for each row instead of the table
    #[arg(long)]
    json: bool,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    env_logger::init();
    let arguments = Arguments::parse();
    for lanes in &arguments.lanes {
        ensure!(*lanes > 0 && lanes % GROUP == 0, "{lanes} lanes: give a multiple of {GROUP}");
    }
    let gpu = Gpu::open(&Options::default())?;
    if !arguments.json {
        println!("adapter: {}, {}", gpu.info().name, gpu.info().driver_info);
        println!("G operations a second\n\n   lanes  format  operation     text      G/s");
    }
    for (name, op, xors) in OPERATIONS {
        if arguments.only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        for (format, size) in [("f64", FLOAT_D), ("f32", FLOAT_S)] {
            let word = op | size << FLOAT_OPERANDS_SHIFT | size << FLOAT_RESULT_SHIFT;
            for (text, call) in TEXTS {
                if text == "plain" && op > FLOAT_MULTIPLY {
                    continue;
                }
                let xors = xors.map(|xor| if size == FLOAT_D { xor } else { of_single(xor) });
                let call = call.replace("GIVEN", "given.x").replace("CONSTANT", &format!("{word}u"));
                for lanes in &arguments.lanes {
                    let rate = measure(&gpu, &call, word, xors, *lanes, arguments.seconds)?;
                    if arguments.json {
                        let row = serde_json::json!({
                            "adapter": gpu.info().name, "lanes": lanes, "format": format, "operation": name,
                            "text": text, "operations_per_second": rate,
                        });
                        println!("{row}");
                    } else {
                        println!("{lanes:>8}  {format}     {name:<13} {text:<9} {:.4}", rate / 1e9);
                    }
                }
            }
        }
    }
    Ok(())
}

/// The same bit of an f32: the sign, the exponent's lowest or the lowest of all.
fn of_single(bit: u64) -> u64 {
    match bit.trailing_zeros() {
        63 => 1 << 31,
        52 => 1 << 23,
        _ => bit,
    }
}

/// Operands near one, of any fraction: the first two from half to two, the addend of many sizes.
fn operands(op: u32, size: u32, lanes: u32) -> Vec<u64> {
    let mut state = 5u64;
    let mut unit = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        1.0 + (state >> 12) as f64 / (1u64 << 52) as f64
    };
    let power = |n: u32| f64::powi(2.0, (n % 13) as i32 - 6);
    let bits = |v: f64| if size == FLOAT_D { v.to_bits() } else { u64::from((v as f32).to_bits()) };
    let mut all: Vec<u64> = (0..lanes).map(|_| bits(unit())).collect();
    all.extend((0..lanes).map(|n| {
        bits(match op {
            FLOAT_ADD => unit() * power(n),
            FLOAT_MULTIPLY_ADD => unit() / 2.0,
            // So that a product with it, then with half of it, changes little.
            _ => std::f64::consts::SQRT_2 * (1.0 + (unit() - 1.5) / 4096.0),
        })
    }));
    all.extend((0..lanes).map(|n| bits(unit() * power(n))));
    all
}

/// Operations a second, by the GPU's time where it tells it.
fn measure(gpu: &Gpu, call: &str, word: u32, xors: [u64; 2], lanes: u32, seconds: f64) -> anyhow::Result<f64> {
    let mut chunks = kvrm::float::chunks();
    chunks.push(("bench.wgsl", Cow::Owned(MAIN.replace("CALL", call))));
    let pipeline = gpu.pipeline(&Shader { name: "float bench", chunks, shares: &[] }, true)?;
    let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
    let given = operands(word & FLOAT_OPERATION_BITS, word >> FLOAT_RESULT_SHIFT & 3, lanes);
    let input = gpu.buffer("operands", given.len() as u64 * 8, usage)?;
    gpu.upload(&input, 0, bytemuck::cast_slice(&given));
    let results = gpu.buffer("results", u64::from(lanes) * 16, usage)?;
    let parameters = gpu.buffer("parameters", 32, BufferUsages::UNIFORM | BufferUsages::COPY_DST)?;
    let bound = pipeline.bind(gpu, &[("operands", &input), ("results", &results), ("parameters", &parameters)])?;
    let timer = Timer::new(gpu, 1)?;
    let run = |times: u32| -> anyhow::Result<Duration> {
        let [a, b] = xors.map(|xor| [xor as u32, (xor >> 32) as u32]);
        gpu.upload(&parameters, 0, bytemuck::cast_slice(&[word, 0, lanes, times, a[0], a[1], b[0], b[1]]));
        let mut encoder = gpu.device().create_command_encoder(&Default::default());
        let timestamp_writes = timer.as_ref().and_then(|timer| timer.writes(0));
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor { label: None, timestamp_writes });
        bound.set(&mut pass);
        pass.dispatch_workgroups(lanes / GROUP, 1, 1);
        drop(pass);
        if let Some(timer) = &timer {
            timer.resolve(&mut encoder, 1);
        }
        let begin = Instant::now();
        gpu.submit_and_wait(encoder.finish())?;
        let wall = begin.elapsed();
        let by_gpu = match &timer {
            Some(timer) => timer.read(gpu, 1)?,
            None => None,
        };
        Ok(by_gpu.unwrap_or(wall))
    };
    // The first compiles on some drivers.
    run(1)?;
    let mut times = 16u32;
    loop {
        let taken = run(times)?.as_secs_f64();
        if taken >= seconds / 2.0 || times >= 1 << 24 {
            let written = gpu.download(&[(&results, 0..u64::from(lanes) * 16)])?.remove(0);
            ensure!(written.chunks_exact(16).all(|lane| lane[12] == 1), "a lane has written nothing");
            return Ok(f64::from(lanes) * f64::from(times) / taken);
        }
        times *= 2;
    }
}
