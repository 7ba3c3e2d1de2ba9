//! Translated code does what the interpreter does, to the bit: at its end, and wherever it is stopped.
//!
//! Random programs and cuts print their seed; `KVRM_SEED` repeats them. What is translated is kept short where a
//! software adapter would compile for long.

#[path = "random/rng.rs"]
#[allow(dead_code, reason = "this file uses a part of what it shares with others")]
mod rng;

use kvrm::isa::{self, Kernel};
use kvrm::linux::Command;
use kvrm::machine::{Machine, MachineBuilder, Stop, StopReason, Translate};
use rng::Rng;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

fn seed() -> u64 {
    let time = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64;
    let seed = std::env::var("KVRM_SEED").map_or_else(|_| time(), |text| text.parse().expect("a number"));
    println!("KVRM_SEED={seed}");
    seed
}

fn elf(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/elf").join(name)).unwrap()
}

/// All that a lane is.
#[derive(Clone, Debug, PartialEq)]
struct State {
    stop: Stop,
    registers: Vec<u64>,
    nzcv: u8,
    last_instruction: u32,
    memory: Vec<u8>,
}

fn state(machine: &mut Machine, lane: u32, address: Option<u64>) -> State {
    let registers: Vec<u64> = (0..32).map(|n| machine.register(lane, n).unwrap()).collect();
    let mut memory = vec![0; 4096];
    machine.read_memory(lane, address.unwrap_or(registers[31] & !4095), &mut memory).unwrap();
    State {
        stop: machine.stop(lane).unwrap(),
        nzcv: machine.nzcv(lane).unwrap(),
        last_instruction: machine.last_instruction(lane).unwrap(),
        registers,
        memory,
    }
}

/// Lane 0 of a program after each of `cuts` instructions, and what it wrote.
fn states(builder: MachineBuilder, program: &str, cuts: &[u64]) -> (Vec<State>, Vec<u8>, Machine) {
    let machine = builder.build().expect("an adapter");
    let mut process =
        Command::new(program).argument("400").stdin(std::io::empty()).start(machine, &elf(program)).unwrap();
    let mut states = Vec::new();
    for &cut in cuts {
        process.run(cut).unwrap();
        let stop = *process.stop(0);
        states.push(State { stop, ..state(process.machine_mut(), 0, None) });
    }
    let output = process.stdout(0).bytes().to_vec();
    (states, output, process.into_machine())
}

/// A loop, conditions of all kinds, calls and data, a fault, code made at run time.
const PROGRAMS: [(&str, usize); 5] = [
    ("bench_loop.elf", 1000),
    ("conditions.elf", 1000),
    ("quicksort.O2.elf", 120),
    ("null_read.O2.elf", 60),
    ("jit.O2.elf", 100),
];

#[test]
fn states_at_any_cut_are_the_interpreters() {
    let seed = seed();
    for (program, most) in PROGRAMS {
        let mut rng = Rng::new(seed, program);
        let mut cuts: Vec<u64> = (0..40).map(|n| rng.bits() % if n < 20 { 300 } else { 3000 }).collect();
        cuts.sort_unstable();
        cuts.push(u64::MAX);
        let (interpreted, output, _) = states(Machine::builder(), program, &cuts);
        let builder = Machine::builder().translate(Translate::All).translate_most(most);
        let (translated, translated_output, machine) = states(builder, program, &cuts);
        assert!(machine.translation().is_some_and(|report| report.instructions > 10), "{program} was not translated");
        for ((cut, a), b) in cuts.iter().zip(&interpreted).zip(&translated) {
            compare(&format!("{program} after {cut}"), a, b);
        }
        assert_eq!(output, translated_output, "{program}");
    }
}

/// The last instruction that the limit allows jumps out of translated code: the slice ends before anybody looks where to.
#[test]
fn a_limit_at_a_jump_out_of_translated_code() {
    let cuts: Vec<u64> = (60..120).collect();
    let (interpreted, ..) = states(Machine::builder(), "jit.O2.elf", &cuts);
    let blr = interpreted.iter().find(|state| state.last_instruction & 0xffff_fc1f == 0xd63f_0000);
    let blr = blr.expect("what was made at run time is called");
    let cut = blr.stop.retired;
    let builder = Machine::builder().translate(Translate::All).translate_most(100);
    let (translated, ..) = states(builder, "jit.O2.elf", &[cut]);
    compare(&format!("jit.O2.elf after {cut}"), blr, &translated[0]);
}

fn compare(what: &str, interpreted: &State, translated: &State) {
    let differ = |n: &usize| interpreted.registers[*n] != translated.registers[*n];
    let registers: Vec<String> = (0..32)
        .filter(differ)
        .map(|n| format!("x{n} is {:#x}, not {:#x}", translated.registers[n], interpreted.registers[n]))
        .collect();
    let same = interpreted == translated;
    let rest = |state: &State| format!("{:?}, flags {}, last {:#x}", state.stop, state.nzcv, state.last_instruction);
    assert!(same, "{what}: {registers:?}\n  interpreted {}\n  translated  {}", rest(interpreted), rest(translated));
}

const CODE: u64 = 0x1_0000;
const DATA: u64 = 0x2_0000;
/// Registers that random instructions leave alone: where data is, and how often the loop still runs.
const BASE: u32 = 28;
const ROUNDS: u32 = 29;

/// A random instruction that computes, or accesses the data; `None` if the word is of no use.
fn random_word(rng: &mut Rng, encodings: &[&isa::Encoding]) -> Option<u32> {
    if rng.bits().is_multiple_of(4) {
        // LDR or STR of any size, and LDRS*, at a multiple of the size from x28.
        let (size, kind) = (rng.bits() as u32 % 4, rng.bits() as u32 % 3);
        let kind = if size == 3 { kind % 2 } else { kind };
        let register = rng.bits() as u32 % 28;
        return Some(0x3900_0000 | size << 30 | kind << 22 | (rng.bits() as u32 % 64) << 10 | BASE << 5 | register);
    }
    let encoding = encodings[rng.bits() as usize % encodings.len()];
    let word = encoding.pattern.value | rng.bits() as u32 & !encoding.pattern.mask;
    let found = isa::find(word).is_some_and(|found| found.name == encoding.name);
    (found && ![BASE, ROUNDS].contains(&(word & 31))).then_some(word)
}

/// Straight instructions with branches forward, in a loop that runs three times.
fn random_program(rng: &mut Rng, length: usize) -> Vec<u32> {
    let computes = |encoding: &&isa::Encoding| {
        let kernels = [Kernel::Arithmetic, Kernel::Logical, Kernel::MulDiv, Kernel::ExtendShift];
        encoding.implemented() && kernels.contains(&encoding.kernel)
    };
    let encodings: Vec<_> = isa::encodings().filter(computes).collect();
    let mut words = Vec::new();
    while words.len() < length {
        let ahead = (2 + rng.bits() as usize % 6).min(length - words.len()) as u32;
        if rng.bits().is_multiple_of(6) {
            let register = rng.bits() as u32 % 28;
            words.push(match rng.bits() % 3 {
                0 => 0x5400_0000 | ahead << 5 | (rng.bits() as u32 % 16),
                1 => 0x3400_0000 | (rng.bits() as u32 & 0x8100_0000) | ahead << 5 | register,
                _ => 0x3600_0000 | (rng.bits() as u32 & 0x81f8_0000) | ahead << 5 | register,
            });
        } else if let Some(word) = random_word(rng, &encodings) {
            words.push(word);
        }
    }
    // The last branches go here at the furthest.
    words.push(0xd100_0400 | ROUNDS << 5 | ROUNDS);
    words.push(0xb500_0000 | (-(words.len() as i32) as u32 & 0x7_ffff) << 5 | ROUNDS);
    words.push(0xd440_0000);
    words
}

/// Every lane of a program of words after each of `cuts` instructions.
fn lanes_after(translate: Translate, words: &[u32], seed: u64, lanes: u32, cuts: &[u64]) -> Vec<Vec<State>> {
    let mut machine = Machine::builder().lanes(lanes).translate(translate).build().expect("an adapter");
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    machine.load_program(&bytes, CODE).unwrap();
    let mut rng = Rng::new(seed, "registers");
    for lane in 0..lanes {
        machine.set_pc(lane, CODE).unwrap();
        for n in 0..31 {
            let value = rng.bits();
            machine.set_register(lane, n, if value.is_multiple_of(4) { value >> 32 & 3 } else { value }).unwrap();
        }
        machine.set_register(lane, BASE, DATA).unwrap();
        machine.set_register(lane, ROUNDS, 3).unwrap();
        machine.set_nzcv(lane, (rng.bits() % 16) as u8).unwrap();
    }
    let at = |machine: &mut Machine, cut: &u64| {
        machine.execute_until(*cut).unwrap();
        (0..lanes).map(|lane| state(machine, lane, Some(DATA))).collect()
    };
    let states = cuts.iter().map(|cut| at(&mut machine, cut)).collect();
    assert_eq!(machine.translation().is_some(), translate == Translate::All);
    states
}

/// Random programs, whose lanes branch apart, interpreted and translated.
#[test]
fn random_programs_do_the_same() {
    let seed = seed();
    let (programs, lanes) = (1, 11);
    for number in 0..programs {
        let mut rng = Rng::new(seed, &format!("program {number}"));
        let words = random_program(&mut rng, 90);
        let mut cuts: Vec<u64> = (0..6).map(|_| rng.bits() % 240).collect();
        cuts.sort_unstable();
        cuts.push(u64::MAX);
        let interpreted = lanes_after(Translate::Off, &words, seed, lanes, &cuts);
        let translated = lanes_after(Translate::All, &words, seed, lanes, &cuts);
        for ((cut, a), b) in cuts.iter().zip(&interpreted).zip(&translated) {
            for (lane, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("program {number}, lane {lane} after {cut}"), a, b);
            }
        }
        let halted = |state: &State| matches!(state.stop.reason, StopReason::Halt { .. });
        assert!(interpreted.last().unwrap().iter().all(halted), "program {number} does not end");
    }
}
