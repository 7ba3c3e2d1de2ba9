//! No prediction changes a result: every guest program of `tests/programs/` in every way to choose kernels, with any
//! weights, leaves behind what it leaves behind when the table alone chooses.

use crate::support;
use crate::support::cases::cases;
use crate::support::rng::Rng;
use kvrm::gpu::Gpu;
use kvrm::machine::{Checks, Dispatch, DispatchMode, Error, Machine, Prefetch, RegisterFile, Stop};
use kvrm::neural::DispatchNetwork;
use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher as _;
use std::path::PathBuf;
use std::sync::{LazyLock, OnceLock};

/// More than any program needs.
const WHOLE: u64 = 20_000_000;
/// Where programs are cut with weights that were not trained, to keep the test short.
const CUT: u64 = 100_000;

fn machine(mode: DispatchMode, per_instruction: bool) -> Machine {
    static GPU: LazyLock<Gpu> = LazyLock::new(support::gpu);
    let gpu = GPU.clone();
    Machine::builder().gpu(gpu).dispatch(Dispatch { mode, per_instruction }).build().unwrap()
}

/// Everything that a program leaves behind.
#[derive(Debug, PartialEq)]
struct Outcome {
    file: PathBuf,
    /// Reason, program counter, instructions retired.
    stop: Stop,
    registers: RegisterFile,
    outputs: [Vec<u8>; 2],
    /// Of all that is mapped: address, bytes, and a hash of them.
    memory: Vec<(u64, usize, u64)>,
}

/// All programs, each ended or cut after so many instructions.
fn run_all(mut machine: Machine, limit: u64) -> (Machine, Vec<Outcome>) {
    let mut outcomes = Vec::new();
    for case in cases() {
        for (_, file) in case.files() {
            let mut process = case.command().start(machine, &std::fs::read(&file).unwrap()).unwrap();
            process.run(limit).unwrap();
            let stop = *process.stop(0);
            let outputs = [process.stdout(0), process.stderr(0)].map(|output| output.bytes().to_vec());
            machine = process.into_machine();
            let registers = machine.registers(0).unwrap();
            let regions = machine.layout(0).unwrap().regions();
            let spans: Vec<_> =
                regions.iter().map(|region| (0, region.start, (region.end - region.start) as u32)).collect();
            let contents = machine.read_many(&spans, Checks::Host).unwrap();
            let memory = spans.iter().zip(contents).map(|((_, start, length), bytes)| {
                assert_eq!(bytes.len(), *length as usize, "all of it can be read");
                let mut hasher = DefaultHasher::new();
                hasher.write(&bytes);
                (*start, bytes.len(), hasher.finish())
            });
            let memory = memory.collect();
            outcomes.push(Outcome { file, stop, registers, outputs, memory });
        }
    }
    (machine, outcomes)
}

/// What the table alone, ahead of time, makes of all programs.
fn expected(limit: u64) -> &'static [Outcome] {
    static WHOLES: OnceLock<Vec<Outcome>> = OnceLock::new();
    static CUTS: OnceLock<Vec<Outcome>> = OnceLock::new();
    let known = if limit == WHOLE { &WHOLES } else { &CUTS };
    known.get_or_init(|| run_all(machine(DispatchMode::Opcode, false), limit).1)
}

fn check(machine: Machine, limit: u64, what: &str) -> Machine {
    let (machine, outcomes) = run_all(machine, limit);
    assert_eq!(outcomes.len(), expected(limit).len());
    for (outcome, expected) in outcomes.iter().zip(expected(limit)) {
        assert_eq!(outcome, expected, "{:?}, {what}", machine.dispatch());
    }
    machine
}

/// Random weights, weights of one value, the largest there are (infinities and NaNs inside), and none.
fn weight_sets() -> Vec<(&'static str, [Vec<f32>; 2])> {
    let mut rng = Rng::new(5, "weights");
    let mut random = || (rng.bits() >> 40) as f32 / (1 << 23) as f32 - 1.0;
    let random = DispatchNetwork::ALL.map(|network| (0..network.parameters()).map(|_| random()).collect());
    let constant = |value: f32| DispatchNetwork::ALL.map(|network| vec![value; network.parameters()]);
    vec![
        ("random weights", random),
        ("weights of 0.25", constant(0.25)),
        ("weights of f32::MAX", constant(f32::MAX)),
        ("weights of f32::MIN", constant(f32::MIN)),
        ("no weights", constant(0.0)),
    ]
}

/// Trained weights with whole programs, then other ones with the programs' beginnings.
fn any_weights(mode: DispatchMode, per_instruction: bool) {
    let mut machine = check(machine(mode, per_instruction), WHOLE, "trained weights");
    let dispatched = machine.dispatched(0).unwrap().expect("a prediction");
    if mode == DispatchMode::Embedded {
        assert!(dispatched.owned && dispatched.rescues == 0, "{dispatched:?}");
    }
    for (name, [simple, embedding]) in weight_sets() {
        machine.load_dispatch_weights(&simple).unwrap();
        machine.load_embedding_weights(&embedding).unwrap();
        machine = check(machine, CUT, name);
        if per_instruction && name != "random weights" {
            let dispatched = machine.dispatched(0).unwrap().expect("a prediction");
            assert!(dispatched.rescues > 0, "one kernel cannot own everything");
        }
    }
}

#[test]
fn the_table_per_instruction() {
    let mut machine = check(machine(DispatchMode::Opcode, true), WHOLE, "no network");
    assert!(machine.dispatched(0).unwrap().is_none());
}

#[test]
fn the_simple_network_ahead_of_time() {
    any_weights(DispatchMode::Hybrid, false);
}

#[test]
fn the_simple_network_per_instruction() {
    any_weights(DispatchMode::Hybrid, true);
}

#[test]
fn the_embedding_network_ahead_of_time() {
    any_weights(DispatchMode::Embedded, false);
}

#[test]
fn the_embedding_network_per_instruction() {
    any_weights(DispatchMode::Embedded, true);
}

#[test]
fn a_kernel_for_each_instruction_leaves_no_buffer_for_accesses() {
    for prefetch in [Prefetch::Count, Prefetch::Trace, Prefetch::NextLine, Prefetch::Stride, Prefetch::Oracle] {
        for mode in [DispatchMode::Opcode, DispatchMode::Hybrid, DispatchMode::Embedded] {
            let dispatch = Dispatch { mode, per_instruction: true };
            let refused = Machine::builder().dispatch(dispatch).prefetch(prefetch).build().err();
            assert!(matches!(refused, Some(Error::DispatchWithPrefetch)), "{prefetch:?}, {mode:?}: {refused:?}");
        }
    }
}
