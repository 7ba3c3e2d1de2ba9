//! Networks that change while they run.

use super::networks::{Ids, Kind, Shape, network};
use super::{device, host};
use crate::support::seed;
use kvrm::burst::{Burst, Neuron, Neurons, Stream, Strength, Synapses};

fn pair(shape: Shape, seed: u64) -> [Burst; 2] {
    let (neurons, synapses) = network(shape, seed);
    [host(seed), device(seed)].map(|mut burst| {
        burst.initialize_persistent_data(&neurons, &synapses).unwrap();
        burst
    })
}

fn same(pair: &mut [Burst; 2], what: &str) {
    let [host, device] = pair;
    assert_eq!(device.run(12).unwrap(), host.run(12).unwrap(), "{what}");
    assert_eq!(device.potentials().unwrap(), host.potentials().unwrap(), "{what}");
}

const SHAPE: Shape = Shape { neurons: 500, synapses: 6_000, ids: Ids::FromZero, kind: Kind::Mixed, chance: true };

#[test]
fn random_changes_are_followed_without_a_full_upload() {
    let seed = seed();
    for ids in [Ids::FromZero, Ids::Sparse] {
        let mut pair = pair(Shape { ids, ..SHAPE }, seed);
        let mut s = Stream::new(seed, 4);
        let mut next_id = if ids == Ids::Sparse { 3_000_000_000 } else { 500 };
        for round in 0..30 {
            same(&mut pair, &format!("{ids:?} before change {round}"));
            let synapses = pair[0].synapses() as u32;
            let known = pair[0].ids().to_vec();
            let some = 1 + s.below(20);
            let any = |s: &mut Stream| known[s.below(known.len() as u32) as usize];
            match s.below(5) {
                0 => {
                    let changes: Vec<_> = (0..some).map(|_| (s.below(synapses), s.bits() as u8)).collect();
                    pair.iter_mut().for_each(|burst| burst.set_weights(&changes).unwrap());
                }
                1 => {
                    let removed: Vec<_> = (0..some).map(|_| s.below(synapses)).collect();
                    pair.iter_mut().for_each(|burst| burst.remove_synapses(&removed).unwrap());
                }
                2 => {
                    let mut added = Synapses::new();
                    for _ in 0..some {
                        added.push(any(&mut s), any(&mut s), Strength::new(200, 9, s.below(3) == 0));
                    }
                    pair.iter_mut().for_each(|burst| burst.add_synapses(&added).unwrap());
                }
                3 => {
                    let mut added = Neurons::new();
                    for _ in 0..4 {
                        added.push(next_id, Neuron { threshold: 5.0, drive: 1, ..Neuron::default() });
                        next_id += 1;
                    }
                    pair.iter_mut().for_each(|burst| burst.add_neurons(&added).unwrap());
                }
                _ => {
                    let removed = [any(&mut s), any(&mut s)];
                    pair.iter_mut().for_each(|burst| burst.remove_neurons(&removed).unwrap());
                }
            }
        }
        same(&mut pair, &format!("{ids:?} at the end"));
        assert_eq!(pair[1].uploads(), 1, "{ids:?}");
    }
}

#[test]
fn a_new_weight_is_what_arrives() {
    let neurons = Neurons::uniform(2, Neuron { threshold: 1e6, ..Neuron::default() });
    let mut synapses = Synapses::new();
    synapses.push(0, 1, Strength::new(2, 3, false));
    synapses.push(1, 0, Strength::new(1, 1, false));
    for mut burst in [host(0), device(0)] {
        burst.initialize_persistent_data(&neurons, &synapses).unwrap();
        let arrives = |burst: &mut Burst| {
            let before = burst.potentials().unwrap()[1];
            burst.process_burst(&[(0, 1_000_000)]).unwrap();
            burst.process_burst(&[]).unwrap();
            (burst.potentials().unwrap()[1] - before) / 256
        };
        assert_eq!(arrives(&mut burst), 6);
        burst.set_weights(&[(0, 200)]).unwrap();
        assert_eq!(arrives(&mut burst), 600);
        burst.set_strengths(&[(0, Strength::new(255, 255, true))]).unwrap();
        assert_eq!(arrives(&mut burst), -65_025);
        let mut more = Synapses::new();
        more.push(0, 1, Strength::new(1, 25, false));
        burst.add_synapses(&more).unwrap();
        assert_eq!(arrives(&mut burst), -65_000);
        burst.remove_synapses(&[0]).unwrap();
        assert_eq!(arrives(&mut burst), 25);
        burst.remove_neurons(&[0]).unwrap();
        assert_eq!(arrives(&mut burst), 0);
    }
}

#[test]
fn what_fired_before_a_change_is_sent_once_along_old_and_new_synapses() {
    let neurons = Neurons::uniform(3, Neuron { threshold: 1e6, ..Neuron::default() });
    let mut synapses = Synapses::new();
    synapses.push(0, 1, Strength::new(7, 1, false));
    let mut more = Synapses::new();
    more.push(0, 2, Strength::new(9, 1, false));
    for mut burst in [host(0), device(0)] {
        burst.initialize_persistent_data(&neurons, &synapses).unwrap();
        assert_eq!(burst.process_burst(&[(0, 1_000_000)]).unwrap(), [0]);
        burst.add_synapses(&more).unwrap();
        burst.remove_neurons(&[0]).unwrap();
        burst.process_burst(&[]).unwrap();
        assert_eq!(burst.potentials().unwrap(), [0, 7 * 256, 9 * 256]);
    }
}

#[test]
fn what_does_not_fit_is_uploaded_again_and_nothing_is_lost() {
    let seed = seed();
    let mut pair = pair(SHAPE, seed);
    same(&mut pair, "before");
    // More neurons than there is room for, then an id that is no longer dense, then sums of 64 bits.
    let mut many = Neurons::new();
    (1_000..2_500).for_each(|id| many.push(id, Neuron { threshold: 3.0, drive: 1, ..Neuron::default() }));
    pair.iter_mut().for_each(|burst| burst.add_neurons(&many).unwrap());
    same(&mut pair, "many neurons");
    let mut far = Neurons::new();
    far.push(1 << 31, Neuron { threshold: 3.0, drive: 1, ..Neuron::default() });
    pair.iter_mut().for_each(|burst| burst.add_neurons(&far).unwrap());
    same(&mut pair, "a distant id");
    let mut synapses = Synapses::new();
    (0..40_000).for_each(|n| synapses.push(n % 500, 1 << 31, Strength::new(255, 255, n % 2 == 0)));
    pair.iter_mut().for_each(|burst| burst.add_synapses(&synapses).unwrap());
    same(&mut pair, "many synapses");
    assert_eq!(pair[1].uploads(), 4);
    pair.iter_mut().for_each(|burst| burst.on_genome_change().unwrap());
    assert!(!pair[1].on_gpu());
    same(&mut pair, "a new genome");
    assert_eq!(pair[1].uploads(), 5);
}
