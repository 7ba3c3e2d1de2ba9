//! Translated programs do what interpreted ones do, to the bit: at their end, and wherever they are stopped.

use kvrm::linux::Command;
use kvrm::machine::{Machine, MachineBuilder, Stop, Translate};
use std::fs;
use std::path::Path;

fn elf(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/elf").join(name)).unwrap()
}

/// All that a lane is after a number of instructions.
#[derive(Clone, Debug, PartialEq)]
struct State {
    stop: Stop,
    registers: Vec<u64>,
    nzcv: u8,
    last_instruction: u32,
    stack: Vec<u8>,
}

/// Lane 0 after each of `cuts` instructions.
fn states(builder: MachineBuilder, program: &str, cuts: &[u64]) -> Vec<State> {
    let mut process = Command::new(program)
        .stdin(std::io::empty())
        .start(builder.build().expect("an adapter"), &elf(program))
        .unwrap();
    cuts.iter()
        .map(|&cut| {
            process.run(cut).unwrap();
            let stop = *process.stop(0);
            let machine = process.machine_mut();
            let registers: Vec<_> = (0..32).map(|n| machine.register(0, n).unwrap()).collect();
            let mut stack = vec![0; 4096];
            machine.read_memory(0, registers[31] & !4095, &mut stack).unwrap();
            State {
                stop,
                nzcv: machine.nzcv(0).unwrap(),
                last_instruction: machine.last_instruction(0).unwrap(),
                registers,
                stack,
            }
        })
        .collect()
}

#[test]
fn states_at_any_cut_are_the_interpreters() {
    let program = std::env::var("P").unwrap_or("hello.O2.elf".into());
    let step: u64 = std::env::var("S").ok().map_or(7, |s| s.parse().unwrap());
    let from: u64 = std::env::var("F").ok().map_or(1, |s| s.parse().unwrap());
    let cuts: Vec<u64> = (0..60).map(|n| from + n * step).collect();
    let interpreted = states(Machine::builder(), &program, &cuts);
    let translated = states(Machine::builder().translate(Translate::All), &program, &cuts);
    for ((cut, a), b) in cuts.iter().zip(&interpreted).zip(&translated) {
        if a == b {
            continue;
        }
        for n in 0..32 {
            if a.registers[n] != b.registers[n] {
                eprintln!("x{n} {:x} translated {:x}", a.registers[n], b.registers[n]);
            }
        }
        panic!(
            "{cut}: {:?} {} {:x} translated {:?} {} {:x}",
            a.stop, a.nzcv, a.last_instruction, b.stop, b.nzcv, b.last_instruction
        );
    }
}
