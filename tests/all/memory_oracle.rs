//! The memory oracle: on the GPU it gives what double precision on the host gives.

use crate::support::folder::Folder;
#[cfg(feature = "cli")]
use crate::support::kvrm;
use crate::support::rng::Rng;
use crate::support::{elf_path, errors, gpu, text};
use kvrm::linux::Command;
use kvrm::machine::{Machine, Prefetch, StopReason};
use kvrm::neural::{
    MEMORY_ORACLE, OracleCandidates, OracleEvent, OracleInference, OracleReference, Weights, WeightsError,
};
use kvrm::npy;
use std::path::Path;

/// What the trained oracle reaches at least on the unseen program.
const FIRST: f64 = 0.7;
const WITHIN: f64 = 0.73;

fn oracle(weights: &[f32]) -> Result<Weights, WeightsError> {
    Weights::built_in().with(&MEMORY_ORACLE, weights)
}

fn random_weights(rng: &mut Rng, scale: f32) -> Vec<f32> {
    let mut weights = Vec::new();
    for (tensor, _) in MEMORY_ORACLE.offsets() {
        let inputs = if tensor.shape.len() == 2 { tensor.shape[1] } else { 128 };
        // Codes of all signs and sizes.
        let last = if tensor.name.starts_with("delta_head.2") { 40.0 } else { 1.0 };
        let width = last * scale / (inputs as f32).sqrt();
        let uniform = |rng: &mut Rng| rng.bits() as u32 as f32 / u32::MAX as f32 * 2.0 - 1.0;
        weights.extend((0..tensor.len()).map(|_| width * uniform(rng)));
    }
    weights
}

/// Walks of several strides by turns, with leaps and returns among them.
fn random_events(count: usize, rng: &mut Rng) -> Vec<OracleEvent> {
    let mut walks: Vec<(u64, u64, u32)> = (0..12)
        .map(|_| (rng.bits() >> 16, [1, 1, 2, 7, u64::MAX, 1 << 30][rng.bits() as usize % 6], rng.bits() as u32 & !3))
        .collect();
    let mut events: Vec<OracleEvent> = Vec::new();
    for n in 0..count {
        let turn = if rng.bits().is_multiple_of(8) { rng.bits() as usize } else { n } % walks.len().min(1 + n / 32);
        let (page, stride, pc) = &mut walks[turn];
        *page = page.wrapping_add(*stride);
        let back = rng.bits() as usize % 9;
        let page = if rng.bits().is_multiple_of(8) && back < n { events[n - 1 - back].address >> 12 } else { *page };
        events.push(OracleEvent { address: page << 12 | rng.bits() & 4095, pc: *pc, kind: rng.bits() as u32 % 64 });
    }
    events
}

#[test]
fn the_oracle_agrees_with_double_precision() {
    let gpu = gpu();
    let mut rng = Rng::new(4, "memory oracle");
    let weights = random_weights(&mut rng, 2.0);
    let events = random_events(420, &mut rng);
    // Calls of all sizes; where one is larger than what is remembered, the oracle never sees the first.
    let calls = [1, 1, 2, 0, 5, 31, 32, 33, 64, 0, 3, 100, 1, 17, 32, 32, 32];
    let inference = OracleInference::new(&gpu, &oracle(&weights).unwrap()).unwrap();
    let found = inference.run(&events, &calls).unwrap();
    assert_eq!(found.len(), calls.len());

    let mut reference = OracleReference::new(&weights);
    let (mut count, mut pages_seen, mut codes_seen) = (0, 0, std::collections::BTreeSet::new());
    for (call, found) in calls.iter().zip(&found) {
        let oldest = (count + call).saturating_sub(32);
        for n in count.max(oldest)..count + call {
            reference.take(&events[oldest..=n]);
        }
        count += call;
        let expected = reference.output();
        for (n, (expected, found)) in expected.row().iter().zip(found.outputs).enumerate() {
            let off = (expected - f64::from(found)).abs();
            assert!(off < 1e-4, "after {count} events output {n} is {found}, not {expected}");
        }
        let candidates = OracleCandidates::new(&events[oldest..count]);
        for (n, page) in expected.pages(&candidates).into_iter().enumerate() {
            // A code half way between two may be either.
            if ((expected.deltas[n] + 100.5) % 1.0 - 0.5).abs() > 0.499 {
                continue;
            }
            codes_seen.insert(OracleCandidates::code(expected.deltas[n]));
            let [low, high, confidence, fate] = found.predictions[n];
            let address = u64::from(low) | u64::from(high) << 32;
            match page {
                Some(page) => {
                    assert_eq!(address, (page as u64) << 12, "after {count} events, prediction {n}");
                    assert_eq!(confidence, found.outputs[8 + n].to_bits());
                    let best = (0..4).max_by(|a, b| expected.patterns[*a].total_cmp(&expected.patterns[*b])).unwrap();
                    assert_eq!(fate, 1 | (best as u32) << 8);
                    pages_seen += 1;
                }
                None => assert_eq!(found.predictions[n], [0; 4]),
            }
        }
    }
    assert!(pages_seen > 50 && codes_seen.len() > 8, "{pages_seen} pages, codes {codes_seen:?} say little");
}

#[test]
fn weights_that_are_none_are_refused() {
    let error = oracle(&[0.0; 7]).unwrap_err().to_string();
    assert!(error.contains("memory-oracle network has 271124 weights, found 7"), "{error}");
    let mut weights = vec![0.0; MEMORY_ORACLE.parameters()];
    weights[9] = f32::NAN;
    let error = oracle(&weights).unwrap_err().to_string();
    assert!(error.contains("weight 9 is NaN"), "{error}");
}

/// Weights that make infinities and NaNs inside may cost time, but no more.
#[test]
fn wild_weights_do_no_harm() {
    let gpu = gpu();
    let events = random_events(64, &mut Rng::new(5, "memory oracle"));
    for scale in [f32::MAX, -f32::MAX, 1e20] {
        let weights = oracle(&vec![scale; MEMORY_ORACLE.parameters()]).unwrap();
        let rows = OracleInference::new(&gpu, &weights).unwrap().run(&events, &[1, 32, 31]).unwrap();
        assert!(rows.iter().all(|row| row.predictions.iter().all(|p| p[0] & 4095 == 0)));
    }
}

/// A program that was not trained on: what docs/NEURAL.md says of it, with some room for another compiler's arithmetic.
#[test]
fn the_trained_oracle_foretells_an_unseen_program() {
    let gpu = gpu();
    let path = elf_path("bench_memory.O2.elf");
    let builder = Machine::builder().gpu(gpu.clone()).memory_size(64 << 20);
    let machine = builder.slice_cycles(Some(1 << 22)).prefetch(Prefetch::Trace).build().unwrap();
    let mut process = Command::new("bench_memory").start(machine, &std::fs::read(path).unwrap()).unwrap();
    process.run(1 << 22).unwrap();
    process.run(1 << 23).unwrap();
    let events = process.machine_mut().take_trace();
    assert!(events.len() > 1000, "{} accesses", events.len());

    let weights = Weights::built_in().of(&MEMORY_ORACLE).unwrap();
    let mut reference = OracleReference::new(&weights);
    let (mut first, mut within, mut next_page) = (0, 0, 0);
    for n in 0..events.len() - 1 {
        reference.take(&events[n.saturating_sub(31)..=n]);
        let pages = reference.output().pages(&OracleCandidates::new(&events[n.saturating_sub(31)..=n]));
        let next = Some(events[n + 1].page());
        first += usize::from(pages[0] == next);
        within += usize::from(pages.contains(&next));
        next_page += usize::from(Some(events[n].page() + 1) == next);
    }
    let part = |n: usize| n as f64 / (events.len() - 1) as f64;
    println!("first {:.3}, within 8 {:.3}, next page {:.3}", part(first), part(within), part(next_page));
    assert!(part(first) > FIRST && part(within) > WITHIN, "{} and {}", part(first), part(within));
    assert!(first > 2 * next_page, "{first} against {next_page} of the next page");

    // The same weights on the GPU, with a state that has seen real events.
    let some = &events[..300];
    let rows = OracleInference::new(&gpu, &Weights::built_in()).unwrap().run(some, &[1; 300]).unwrap();
    let mut reference = OracleReference::new(&weights);
    for (n, row) in rows.iter().enumerate() {
        reference.take(&some[n.saturating_sub(31)..=n]);
        for (expected, found) in reference.output().row().iter().zip(row.outputs) {
            assert!((expected - f64::from(found)).abs() < 1e-4, "event {n}: {found}, not {expected}");
        }
    }
}

#[cfg(feature = "cli")]
#[test]
fn the_command_traces_and_foretells() {
    let folder = Folder::new();
    let file = |name: &str| text(&folder.path(name));
    let kvrm = |arguments: &[&str]| {
        let output = kvrm(arguments[0], &arguments[1..]);
        (output.status.success(), errors(&output))
    };
    let elf = &text(&elf_path("bench_memory.O2.elf"));
    let (trace, result) = (file("trace.npy"), file("result.npy"));
    let (done, errors) = kvrm(&["trace", elf, "--memory", &trace, "--max", "60", "--", "fill", "64"]);
    assert!(done, "{errors}");
    let (shape, words) = npy::read::<u32>(Path::new(&trace)).map(|array| (array.shape, array.values)).unwrap();
    assert!(shape.len() == 2 && (1..=60).contains(&shape[0]) && shape[1] == 4, "{shape:?}");
    let (done, errors) = kvrm(&["infer", "memory-oracle", &trace, &result]);
    assert!(done, "{errors}");
    let (outputs, rows) = npy::read::<f32>(Path::new(&result)).map(|array| (array.shape, array.values)).unwrap();
    assert_eq!(outputs, [shape[0], 20]);
    let events: Vec<_> =
        words.chunks_exact(4).map(|row| OracleEvent::from_words([row[0], row[1], row[2], row[3]])).collect();
    let weights = Weights::built_in().of(&MEMORY_ORACLE).unwrap();
    let mut reference = OracleReference::new(&weights);
    for (n, row) in rows.chunks_exact(20).enumerate() {
        reference.take(&events[n.saturating_sub(31)..=n]);
        for (expected, found) in reference.output().row().iter().zip(row) {
            assert!((expected - f64::from(*found)).abs() < 1e-4, "event {n}: {found}, not {expected}");
        }
    }

    let (done, errors) = kvrm(&["infer", "memory-oracle", &result, &trace]);
    assert!(!done && errors.contains("expected elements of type <u4"), "{errors}");
    let weights = file(MEMORY_ORACLE.file());
    npy::write(Path::new(&weights), &[7], &[0.0; 7]).unwrap();
    let (done, errors) = kvrm(&["infer", "memory-oracle", &trace, &result, "--weights", &folder.text()]);
    assert!(!done && errors.contains("271124 weights, found 7"), "{errors}");
    let (done, errors) = kvrm(&["trace", &trace, "--memory", &result]);
    assert!(!done && errors.contains("trace.npy"), "{errors}");
}

/// Stores to 128 pages by turns, 70,000 times: two pages share each entry of the translation cache, so every access misses,
/// and there are more of them than the machine keeps at a time.
#[test]
fn a_trace_leaves_nothing_out() {
    // mov x1,#0x200000 ; mov x2,#70000 ; mov x3,#0 ; and x4,x3,#127 ; lsl x4,x4,#12 ; str x3,[x1,x4] ; add x3,x3,#1 ;
    // cmp x3,x2 ; b.ne -20 ; hlt #0
    let code = [
        0xd2a0_0401u32,
        0xd282_2e02,
        0xf2a0_0022,
        0xd280_0003,
        0x9240_1864,
        0xd374_cc84,
        0xf824_6823,
        0x9100_0463,
        0xeb02_007f,
        0x54ff_ff61,
        0xd440_0000,
    ];
    let mut machine = Machine::builder().prefetch(Prefetch::Trace).build().expect("an adapter");
    let bytes: Vec<u8> = code.iter().flat_map(|word| word.to_le_bytes()).collect();
    machine.load_program(&bytes, 0x1000).unwrap();
    machine.set_pc(0, 0x1000).unwrap();
    let report = machine.execute(1 << 40).unwrap();
    assert_eq!(report.stops[0].reason, StopReason::Halt { immediate: 0 });
    let mut trace = machine.take_trace();
    // An access at which a slice ended misses again in the next one.
    trace.dedup_by_key(|event| event.address);
    assert_eq!(trace.len(), 70_000);
    for (n, event) in (0..).zip(&trace) {
        assert_eq!(event.address, 0x20_0000 + n % 128 * 4096);
        let fresh = if n < 128 { 16 } else { 0 };
        assert_eq!((event.pc, event.kind), (0x1018, 3 | 8 | fresh), "access {n}");
    }
    assert!(machine.take_trace().is_empty());
}
