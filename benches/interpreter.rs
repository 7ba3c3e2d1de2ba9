//! Instructions a second of the interpreter, by program and number of lanes.
//!
//! `cargo bench --bench interpreter -- [LANES...] [--unchecked] [--seconds S]`; each figure is the median of three runs.

use kvrm::machine::Machine;
use std::time::Duration;

const CODE: u64 = 0x1000;
const DATA: u64 = 0x8000;
// add x0,x0,#1 ; str x0,[x1] ; eor x3,x3,x0 ; subs x2,x2,#1 ; b.ne -16
const STORE: [u32; 5] = [0x91000400, 0xf9000020, 0xca000063, 0xf1000442, 0x54ffff81];
// The same with sub x4,x4,x0 in place of the store.
const NO_STORE: [u32; 5] = [0x91000400, 0xcb000084, 0xca000063, 0xf1000442, 0x54ffff81];

struct Figure {
    gips: f64,
    gpu_gips: Option<f64>,
}

fn measure(words: &[u32], lanes: u32, checked: bool, seconds: f64) -> anyhow::Result<Figure> {
    let mut machine = Machine::builder().lanes(lanes).checked(checked).timestamps(true).build()?;
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    machine.load_program(&bytes, CODE)?;
    for lane in 0..lanes {
        machine.set_pc(lane, CODE)?;
        machine.set_register(lane, 1, DATA)?;
        machine.set_register(lane, 2, u64::MAX)?;
    }
    // Compile, copy pages, find the slice length.
    let mut cycles = 20_000;
    machine.execute(cycles)?;
    loop {
        let report = machine.execute(cycles)?;
        if report.wall.as_secs_f64() >= seconds / 4.0 {
            cycles = (cycles as f64 * seconds / report.wall.as_secs_f64()) as u64;
            break;
        }
        cycles *= 4;
    }
    let mut runs = Vec::new();
    for _ in 0..3 {
        let report = machine.execute(cycles)?;
        let rate = |time: Duration| report.cycles as f64 / time.as_secs_f64() / 1e9;
        runs.push((rate(report.wall), report.gpu.map(rate)));
    }
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(Figure { gips: runs[1].0, gpu_gips: runs[1].1 })
}

fn main() -> anyhow::Result<()> {
    env_logger::init();
    let mut lanes = Vec::new();
    let (mut checked, mut seconds) = (true, 1.0);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--unchecked" => checked = false,
            "--seconds" => seconds = arguments.next().unwrap_or_default().parse()?,
            "--bench" => {}
            number => lanes.push(number.parse()?),
        }
    }
    if lanes.is_empty() {
        lanes = vec![1, 128, 1024];
    }
    println!(
        "adapter: {}, {}",
        Machine::builder().build()?.adapter().name,
        if checked { "checked" } else { "unchecked" }
    );
    for lanes in lanes {
        for (name, words) in [("store", &STORE), ("no store", &NO_STORE)] {
            let figure = measure(words, lanes, checked, seconds)?;
            let gpu = figure.gpu_gips.map_or(String::new(), |gips| format!(", {gips:.4} by GPU timestamps"));
            println!("{name:9} {lanes:8} lanes {:10.4} GIPS{gpu}", figure.gips);
        }
    }
    Ok(())
}
