//! What is refused, and that it is said where it is.

use super::{config, device, host};
use kvrm::burst::{Backend, Burst, Config, Drive, Error, Neuron, Neurons, Strength, Synapses};

fn refused(neurons: &Neurons, synapses: &Synapses) -> String {
    host(0).initialize_persistent_data(neurons, synapses).unwrap_err().to_string()
}

#[test]
fn parameters_out_of_range_name_the_neuron() {
    let bad = [
        ("threshold", Neuron { threshold: f32::NAN, ..Neuron::default() }),
        ("rest", Neuron { rest: f32::INFINITY, ..Neuron::default() }),
        ("potential", Neuron { potential: -1e7, ..Neuron::default() }),
        ("leak", Neuron { leak: 1.5, ..Neuron::default() }),
        ("leak", Neuron { leak: f32::NAN, ..Neuron::default() }),
        ("excitability", Neuron { excitability: -0.1, ..Neuron::default() }),
        ("no drive 3", Neuron { drive: 3, ..Neuron::default() }),
    ];
    for (what, neuron) in bad {
        let mut neurons = Neurons::uniform(5, Neuron::default());
        neurons.push(77, neuron);
        let message = refused(&neurons, &Synapses::new());
        assert!(message.starts_with("neuron 5 (id 77)") && message.contains(what), "{message}");
    }
}

#[test]
fn ids_are_checked() {
    let mut neurons = Neurons::uniform(5, Neuron::default());
    neurons.push(2, Neuron::default());
    assert_eq!(refused(&neurons, &Synapses::new()), "neuron 5: id 2 is taken already");
    let mut neurons = Neurons::uniform(5, Neuron::default());
    neurons.push(u32::MAX, Neuron::default());
    assert!(refused(&neurons, &Synapses::new()).starts_with("neuron 5: id 0xffffffff is too large"));
}

#[test]
fn synapses_of_unknown_neurons_are_named() {
    let neurons = Neurons::uniform(5, Neuron::default());
    for (source, target, id, end) in [(4, 5, 5u32, "target"), (1 << 31, 0, 1 << 31, "source")] {
        let mut synapses = Synapses::new();
        (0..1_000).for_each(|_| synapses.push(1, 2, Strength::new(1, 1, false)));
        synapses.push(source, target, Strength::new(1, 1, false));
        let expected = format!("synapse 1000: there is no neuron with id {id}, its {end}");
        assert_eq!(refused(&neurons, &synapses), expected);
    }
    assert!(Synapses::from_parts(vec![1], vec![], vec![]).is_err());
}

#[test]
fn a_refused_change_changes_nothing() {
    for mut burst in [host(1), device(1)] {
        assert!(matches!(burst.process_burst(&[]), Err(Error::NoNetwork)));
        assert!(matches!(burst.run(1), Err(Error::NoNetwork)));
        let neurons = Neurons::uniform(5, Neuron { threshold: 5.0, ..Neuron::default() });
        let mut synapses = Synapses::new();
        synapses.push(0, 1, Strength::new(1, 1, false));
        burst.initialize_persistent_data(&neurons, &synapses).unwrap();
        burst.run(1).unwrap();
        assert!(matches!(burst.process_burst(&[(0, 1), (9, 1)]), Err(Error::NoSuchNeuron { index: 1, id: 9 })));
        assert!(matches!(
            burst.set_weights(&[(0, 9), (1, 9)]),
            Err(Error::NoSuchSynapse { index: 1, synapse: 1, synapses: 1 })
        ));
        let mut more = Synapses::new();
        more.push(0, 1, Strength::new(1, 1, false));
        more.push(0, 5, Strength::new(1, 1, false));
        assert!(matches!(burst.add_synapses(&more), Err(Error::SynapseEnd { index: 1, .. })));
        let mut known = Neurons::new();
        known.push(7, Neuron::default());
        known.push(4, Neuron::default());
        assert!(matches!(burst.add_neurons(&known), Err(Error::DuplicateId { index: 1, id: 4 })));
        assert!(matches!(burst.remove_neurons(&[0, 8]), Err(Error::NoSuchNeuron { index: 1, id: 8 })));
        assert_eq!((burst.neurons(), burst.synapses(), burst.step()), (5, 1, 1));
        assert_eq!(burst.process_burst(&[(0, 5)]).unwrap(), [0]);
        burst.process_burst(&[]).unwrap();
        assert_eq!(burst.potentials().unwrap(), [0, 256, 0, 0, 0], "the weight is the old one");
    }
}

#[test]
fn more_than_the_adapter_holds_is_refused() {
    // Chunks of one synapse stand for an adapter that binds little.
    let neurons = Neurons::uniform(2, Neuron::default());
    let mut synapses = Synapses::new();
    (0..200).for_each(|_| synapses.push(0, 1, Strength::new(1, 1, false)));
    let small = Config { chunk_synapses: Some(1), ..config(Backend::Gpu, 0) };
    let mut burst = Burst::new(small.clone()).unwrap();
    burst.initialize_persistent_data(&neurons, &synapses).unwrap();
    let message = burst.run(1).unwrap_err().to_string();
    assert_eq!(message, "200 synapses are too many: 127 chunks of 1 allows 127");
    let mut burst = Burst::new(Config { backend: Backend::Auto, ..small }).unwrap();
    burst.initialize_persistent_data(&neurons, &synapses).unwrap();
    assert_eq!(burst.run(400).unwrap().bursts(), 400, "the host takes it");
}

#[test]
fn drives_are_checked() {
    let drive = Drive { mean: 1.0, event: 1, constant: 0 };
    let config = |drives| Config { drives, ..Config::default() };
    let error = Burst::new(config(vec![drive, Drive { mean: f64::NAN, ..drive }])).unwrap_err();
    assert!(error.to_string().starts_with("drive 1: mean is NaN"), "{error}");
    assert!(Burst::new(config(vec![drive; 256])).is_err());
}
