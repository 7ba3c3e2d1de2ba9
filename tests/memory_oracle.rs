//! The memory oracle: on the GPU it gives what double precision on the host gives.

#[path = "random/rng.rs"]
#[allow(dead_code, reason = "this file uses a part of what it shares with others")]
mod rng;

use kvrm::gpu::{Gpu, Options};
use kvrm::machine::{Machine, Prefetch, StopReason};
use kvrm::neural::{OracleCandidates, OracleEvent, OracleInference, OracleNetwork, OracleReference, OracleWeights};
use rng::Rng;

fn random_weights(rng: &mut Rng, scale: f32) -> Vec<f32> {
    let mut weights = Vec::new();
    for (tensor, _) in OracleNetwork::places() {
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
    let gpu = Gpu::open(&Options::default()).expect("an adapter");
    let mut rng = Rng::new(4, "memory oracle");
    let weights = random_weights(&mut rng, 2.0);
    let events = random_events(420, &mut rng);
    // Calls of all sizes; where one is larger than what is remembered, the oracle never sees the first.
    let calls = [1, 1, 2, 0, 5, 31, 32, 33, 64, 0, 3, 100, 1, 17, 32, 32, 32];
    let inference = OracleInference::new(&gpu, OracleWeights::new(weights.clone()).unwrap()).unwrap();
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
    let error = OracleWeights::new(vec![0.0; 7]).unwrap_err().to_string();
    assert!(error.contains("memory-oracle network has 271124 weights, found 7"), "{error}");
    let mut weights = vec![0.0; OracleNetwork::parameters()];
    weights[9] = f32::NAN;
    let error = OracleWeights::new(weights).unwrap_err().to_string();
    assert!(error.contains("weight 9 is NaN"), "{error}");
}

/// Weights that make infinities and NaNs inside may cost time, but no more.
#[test]
fn wild_weights_do_no_harm() {
    let gpu = Gpu::open(&Options::default()).expect("an adapter");
    let events = random_events(64, &mut Rng::new(5, "memory oracle"));
    for scale in [f32::MAX, -f32::MAX, 1e20] {
        let weights = OracleWeights::new(vec![scale; OracleNetwork::parameters()]).unwrap();
        let rows = OracleInference::new(&gpu, weights).unwrap().run(&events, &[1, 32, 31]).unwrap();
        assert!(rows.iter().all(|row| row.predictions.iter().all(|p| p[0] & 4095 == 0)));
    }
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
