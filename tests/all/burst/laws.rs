//! What must hold of the model itself.

use super::{device, host};
use kvrm::burst::{Burst, Neuron, Neurons, Strength, Synapses, potential_value};

/// Never fires, never leaks: a vessel for what reaches it.
fn vessel() -> Neuron {
    Neuron { threshold: 8_388_607.0, ..Neuron::default() }
}

fn both(neurons: &Neurons, synapses: &Synapses, check: impl Fn(&mut Burst, &str)) {
    for (mut burst, name) in [(host(9), "host"), (device(9), "GPU")] {
        burst.initialize_persistent_data(neurons, synapses).unwrap();
        check(&mut burst, name);
    }
}

#[test]
fn nothing_is_lost_and_nothing_comes_from_nowhere() {
    // Every third neuron fires when told; the others only take. Without leak what all of them hold is what was sent.
    let mut neurons = Neurons::new();
    for id in 0..300 {
        let neuron = if id % 3 == 0 { Neuron { threshold: 1e6, ..Neuron::default() } } else { vessel() };
        neurons.push(id, neuron);
    }
    let mut synapses = Synapses::new();
    let mut sent = vec![0i64; 300];
    for n in 0..9_000u32 {
        let (source, target) = (n * 7 % 100 * 3, n * 11 % 100 * 3 + 1 + n % 2);
        let strength = Strength::new(n as u8, (n / 3 % 5) as u8, n % 4 == 0);
        synapses.push(source, target, strength);
        sent[source as usize] += i64::from(strength.amount());
    }
    both(&neurons, &synapses, |burst, name| {
        let mut expected = 0;
        for round in 0..40u32 {
            let firing: Vec<u32> = (0..100).filter(|n| (n + round) % 7 == 0).map(|n| 3 * n).collect();
            let injected: Vec<_> = firing.iter().map(|id| (*id, 1_000_000)).collect();
            assert_eq!(burst.process_burst(&injected).unwrap(), firing, "{name}");
            assert!(burst.process_burst(&[]).unwrap().is_empty(), "{name}");
            expected += firing.iter().map(|id| sent[*id as usize]).sum::<i64>();
            let held: f64 = burst.potentials().unwrap().iter().map(|v| potential_value(*v)).sum();
            assert_eq!(held, expected as f64, "{name}: round {round}");
        }
    });
}

#[test]
fn the_order_of_operations_is_kept() {
    // Leak comes before input, and both before the threshold; a refractory neuron leaks and integrates too.
    let neuron =
        Neuron { threshold: 100.0, rest: 10.0, potential: 50.0, leak: 0.5, refractory: 2, ..Neuron::default() };
    both(&Neurons::uniform(1, neuron), &Synapses::new(), |burst, name| {
        let mut step = |amount: i32| {
            let fired = !burst.process_burst(&[(0, amount)]).unwrap().is_empty();
            (fired, potential_value(burst.potentials().unwrap()[0]))
        };
        assert_eq!(step(0), (false, 30.0), "{name}: half of the way to rest");
        assert_eq!(step(79), (false, 99.0), "{name}: leak to 20 first, then input");
        assert_eq!(step(46), (true, 10.0), "{name}: 54.5 + 46 reaches the threshold; back to rest");
        assert_eq!(step(500), (false, 510.0), "{name}: refractory, but it integrates");
        assert_eq!(step(0), (false, 260.0), "{name}: the second refractory burst");
        assert_eq!(step(0), (true, 10.0), "{name}: 135 is above the threshold, and nothing hinders now");
    });
}

#[test]
fn consecutive_fires_are_limited_and_the_count_is_cleared_after_the_snooze() {
    let neuron = Neuron { threshold: 0.0, refractory: 1, fire_limit: 3, snooze: 4, ..Neuron::default() };
    both(&Neurons::uniform(1, neuron), &Synapses::new(), |burst, name| {
        let counts = burst.run_counts(24).unwrap();
        // Every other burst, three times; then 1 + 4 bursts of silence.
        let period = [1, 0, 1, 0, 1, 0, 0, 0, 0, 0];
        let expected: Vec<u32> = (0..24).map(|n| period[n % 10]).collect();
        assert_eq!(counts, expected, "{name}");
    });
}

#[test]
fn potentials_and_inputs_saturate() {
    let most = (f64::from(1 << 23)) - 1.0 / 256.0;
    let neurons = Neurons::uniform(1, Neuron { threshold: 8_388_607.5, excitability: 0.0, ..Neuron::default() });
    both(&neurons, &Synapses::new(), |burst, name| {
        let mut after = |amount: i32| {
            burst.process_burst(&[(0, amount)]).unwrap();
            potential_value(burst.potentials().unwrap()[0])
        };
        assert_eq!(after(i32::MAX), 8_388_607.0, "{name}: the input's limit");
        assert_eq!(after(i32::MAX), most, "{name}: the potential's limit");
        assert_eq!(after(-1), most - 1.0, "{name}");
        for _ in 0..3 {
            after(i32::MIN);
        }
        assert_eq!(after(0), -8_388_608.0, "{name}: the other limit");
    });
}

#[test]
fn excitability_is_a_probability() {
    let neurons = Neurons::uniform(5_000, Neuron { threshold: 0.0, excitability: 0.2, ..Neuron::default() });
    both(&neurons, &Synapses::new(), |burst, name| {
        let spikes: u32 = burst.run_counts(100).unwrap().iter().sum();
        // Five deviations of 500,000 draws.
        assert!((98_586..101_414).contains(&spikes), "{name}: {spikes}");
    });
}

#[test]
fn an_empty_network_runs() {
    both(&Neurons::new(), &Synapses::new(), |burst, name| {
        assert_eq!(burst.run_counts(5).unwrap(), [0; 5], "{name}");
        assert_eq!(burst.step(), 5, "{name}");
    });
}
