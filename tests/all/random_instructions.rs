//! Random instructions of every encoding, executed by KVRM and by `qemu-aarch64`, all state compared.
//!
//!     cargo test --test all random_instructions::
//!
//! needs `qemu-aarch64` and `aarch64-linux-gnu-gcc` (Debian: `qemu-user gcc-aarch64-linux-gnu`). Environment:
//! `KVRM_SEED` repeats a run, `KVRM_RANDOM_PER_ENCODING` is how many cases each encoding gets (200), `KVRM_RANDOM_ONLY` keeps
//! the encodings whose name contains it, `KVRM_WRITE_CASES` is a file that the cases are written to, for `kvrm conform`.

use crate::support::oracle::Oracle;
use crate::support::random_instructions as generator;
use crate::support::rng::Rng;
use crate::support::{number, seed, skipped};
use kvrm::conform::{Case, Runner, State, Stop, Summary};
use kvrm::isa::{self, Encoding, Format};
use kvrm::machine::{Dispatch, DispatchMode, RegisterFile};
use kvrm::neural::{DispatchNetwork, Weights};
use std::fmt::Write as _;

const PER_ENCODING: u64 = 200;
/// Mismatches that are printed of one encoding: the first ones tell enough.
const SHOWN_PER_ENCODING: usize = 2;
const SHOWN: usize = 40;

/// Cases of every encoding that is implemented and not left out, and fewer of words that must stop as undefined.
fn generate(seed: u64, count: u64, only: &str) -> Vec<(&'static Encoding, Vec<Case>)> {
    let left_out = |name| generator::LEFT_OUT.iter().any(|(other, _)| *other == name);
    isa::encodings()
        .filter(|encoding| !left_out(encoding.name) && encoding.name.contains(only))
        .map(|encoding| {
            let mut rng = Rng::new(seed, encoding.name);
            if !encoding.implemented() {
                return (
                    encoding,
                    (0..count.div_ceil(10)).filter_map(|_| generator::absent(encoding, &mut rng)).collect(),
                );
            }
            let mut cases: Vec<Case> = (0..count).map(|_| generator::case(encoding, &mut rng)).collect();
            // Of floating point and SIMD what the manual names: at some words beside a line qemu 7.2 aborts.
            let reserved = encoding.format == Some(Format::Vector) && !encoding.rejects.is_empty();
            if generator::cpu(encoding) == generator::CPUS[0] || reserved {
                cases.extend((0..count.div_ceil(10)).filter_map(|_| generator::unallocated(encoding, &mut rng)));
            }
            (encoding, cases)
        })
        .collect()
}

/// Lets the oracle say how each case ends, each on the processor that has the instruction.
fn ask(oracle: &Oracle, generated: Vec<(&'static Encoding, Vec<Case>)>) -> Vec<Case> {
    let mut answered = Vec::new();
    for cpu in generator::CPUS {
        let of_cpu = generated.iter().filter(|(encoding, _)| generator::cpu(encoding) == cpu);
        let mut cases: Vec<Case> = of_cpu.flat_map(|(_, cases)| cases.iter().cloned()).collect();
        oracle.run(cpu, &mut cases);
        for case in &mut cases {
            case.other.insert("cpu".into(), cpu.into());
        }
        answered.extend(cases);
    }
    answered
}

/// The oracle, or why not.
fn oracle() -> Option<&'static Oracle> {
    Oracle::get().map_err(|missing| skipped("random instructions are not compared", missing)).ok()
}

#[test]
fn random_instructions_agree_with_the_oracle() {
    let Some(oracle) = oracle() else { return };
    let seed = seed();
    let count = number("KVRM_RANDOM_PER_ENCODING").unwrap_or(PER_ENCODING);
    let only = std::env::var("KVRM_RANDOM_ONLY").unwrap_or_default();
    eprintln!("KVRM_SEED={seed} KVRM_RANDOM_PER_ENCODING={count}");
    for (name, reason) in generator::LEFT_OUT {
        eprintln!("left out: {name}: {reason}");
    }

    let cases = ask(oracle, generate(seed, count, &only));
    if let Ok(path) = std::env::var("KVRM_WRITE_CASES") {
        let line = |case| serde_json::to_string(case).expect("a case is JSON") + "\n";
        std::fs::write(&path, cases.iter().map(line).collect::<String>()).expect("KVRM_WRITE_CASES can be written");
    }
    let runner = Runner::open(None).expect("an adapter");
    let mismatches = runner.check(&cases).expect("the cases run");

    let mut summary = Summary::default();
    let mut text = String::new();
    let (mut shown, mut of_class) = (0, ("", 0));
    for (case, mismatch) in cases.iter().zip(&mismatches) {
        summary.count(case, mismatch.is_none());
        let Some(mismatch) = mismatch else { continue };
        of_class = if of_class.0 == case.class() { (of_class.0, of_class.1 + 1) } else { (case.class(), 1) };
        if of_class.1 <= SHOWN_PER_ENCODING && shown < SHOWN {
            shown += 1;
            let _ = writeln!(text, "{}", mismatch.describe(case));
        }
    }
    if summary.failed() > 0 {
        let failing: Vec<_> =
            summary.to_string().lines().filter(|line| line.starts_with('*')).map(String::from).collect();
        panic!(
            "{text}{}\n{} passed, {} failed; KVRM_SEED={seed}",
            failing.join("\n"),
            summary.passed(),
            summary.failed()
        );
    }
    println!("{} cases of {} adapters' lanes pass", summary.passed(), runner.adapter().name);
}

/// The networks choose kernels; whatever their weights are, the results are qemu's.
#[test]
fn random_instructions_agree_whatever_the_networks_predict() {
    let Some(oracle) = oracle() else { return };
    const SEED: u64 = 3;
    let cases = ask(oracle, generate(SEED, 8, ""));
    let mut rng = Rng::new(SEED, "weights");
    let mut weights = |value: Option<f32>| {
        let mut all = Weights::built_in();
        for network in DispatchNetwork::ALL {
            let mut random = || (rng.bits() >> 40) as f32 / (1 << 23) as f32 - 1.0;
            let values: Vec<f32> = (0..network.parameters()).map(|_| value.unwrap_or_else(&mut random)).collect();
            all = all.with(network, &values).expect("as many as the network has");
        }
        all
    };
    let sets = [
        ("trained", Weights::built_in()),
        ("random", weights(None)),
        ("constant", weights(Some(0.25))),
        ("largest", weights(Some(f32::MAX))),
        ("smallest", weights(Some(f32::MIN))),
        ("no", weights(Some(0.0))),
    ];
    for mode in [DispatchMode::Opcode, DispatchMode::Hybrid, DispatchMode::Embedded] {
        for per_instruction in [false, true] {
            // The table has no weights.
            let sets = if mode == DispatchMode::Opcode { &sets[..1] } else { &sets[..] };
            for (name, weights) in sets {
                let dispatch = Dispatch { mode, per_instruction };
                let runner = Runner::open(None).expect("an adapter").dispatch(dispatch, weights.clone());
                for (case, mismatch) in cases.iter().zip(runner.check(&cases).expect("the cases run")) {
                    if let Some(mismatch) = mismatch {
                        panic!("{dispatch:?}, {name} weights:\n{}", mismatch.describe(case));
                    }
                }
            }
        }
    }
}

/// What no version of the oracle may be asked about is undefined all the same.
#[test]
fn encodings_that_are_left_out_and_not_implemented_are_undefined() {
    let mut rng = Rng::new(7, "left out");
    let left_out = |encoding: &&Encoding| generator::LEFT_OUT.iter().any(|(name, _)| *name == encoding.name);
    let absent: Vec<_> = isa::encodings().filter(left_out).filter(|encoding| !encoding.implemented()).collect();
    assert!(!absent.is_empty());
    let mut cases: Vec<Case> = absent
        .iter()
        .flat_map(|encoding| (0..20).filter_map(|_| generator::absent(encoding, &mut rng)).collect::<Vec<_>>())
        .collect();
    for case in &mut cases {
        case.expected = State { stop: Some(Stop::Undefined), ..case.init.clone() };
    }
    let runner = Runner::open(None).expect("an adapter");
    for (case, mismatch) in cases.iter().zip(runner.check(&cases).expect("the cases run")) {
        assert!(mismatch.is_none(), "{}", mismatch.map_or(String::new(), |mismatch| mismatch.describe(case)));
    }
}

/// What LUTI2 and LUTI4 leave, which no version of the oracle has: elements of a table by indices of a segment of Vm.
fn looked_up(name: &str, word: u32, registers: &RegisterFile) -> u128 {
    let index_bits = if name.starts_with("LUTI2") { 2 } else { 4 };
    let element_bits = if name.ends_with("_byte") { 8 } else { 16 };
    let elements: u32 = 128 / element_bits;
    let segments = 128 / (elements * index_bits);
    let segment = (word >> 12 & 7) >> (3 - segments.ilog2());
    let (n, m) = (word >> 5 & 31, word >> 16 & 31);
    let indices = registers.v(m as usize) >> (segment * elements * index_bits);
    (0..elements).fold(0, |result, element| {
        let at = (indices >> (element * index_bits)) as u32 % (1 << index_bits);
        let from = registers.v(((n + at / elements) & 31) as usize) >> (at % elements * element_bits);
        result | (from & ((1 << element_bits) - 1)) << (element * element_bits)
    })
}

#[test]
fn lookups_by_packed_indices_are_as_the_manual_says() {
    let seed = seed();
    let lines: Vec<_> = isa::encodings().filter(|encoding| encoding.name.starts_with("LUTI")).collect();
    assert_eq!(lines.len(), 4);
    let mut cases = Vec::new();
    for encoding in lines {
        let mut rng = Rng::new(seed, encoding.name);
        cases.extend((0..PER_ENCODING).map(|_| generator::case(encoding, &mut rng)));
    }
    for case in &mut cases {
        case.expected = case.init.clone();
        let (word, registers) = (case.words[0], &mut case.expected.registers);
        registers
            .set_v((word & 31) as usize, looked_up(case.class.as_deref().unwrap_or(""), word, &case.init.registers));
        registers.set_pc(registers.pc() + 4);
    }
    let runner = Runner::open(None).expect("an adapter");
    for (case, mismatch) in cases.iter().zip(runner.check(&cases).expect("the cases run")) {
        assert!(mismatch.is_none(), "{}", mismatch.map_or(String::new(), |mismatch| mismatch.describe(case)));
    }
}

/// A comparison of faults alone would prove little: most cases of an encoding that executes must run to their end.
#[test]
fn most_cases_run_to_their_end() {
    let Some(oracle) = oracle() else { return };
    let cases = ask(oracle, generate(1, 32, ""));
    for cases in cases.chunk_by(|a, b| a.class == b.class) {
        let class = cases[0].class();
        let ran = cases.iter().filter(|case| case.expected.stop.is_none()).count();
        let implemented = isa::encodings().any(|encoding| encoding.name == class && encoding.implemented());
        let stops = !implemented || ["UDF", "BRK", "HLT"].contains(&class);
        assert!(if stops { ran == 0 } else { 2 * ran > cases.len() }, "{class}: {ran} of {} run", cases.len());
    }
    for stop in [Stop::Undefined, Stop::Breakpoint, Stop::Halt, Stop::Memory, Stop::Alignment] {
        assert!(cases.iter().any(|case| case.expected.stop == Some(stop)), "no case ends as {stop}");
    }
}
