//! A burst on the host, in plain Rust: what the shaders must equal to the bit, and the host backend.
//!
//! Sums are 64-bit integers, so the order of additions does not matter, and products of 64 bits are at hand; nothing
//! here is shared with the shaders but the model.

use super::config::Setup;
use super::constants::{INPUT_LIMIT, UNIT_BITS};
use super::draw::draw;
use super::network::Network;
use super::state::State;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// Neurons that one task takes.
const NEURONS_PER_TASK: usize = 4096;
/// Synapses that one task takes at most.
const SYNAPSES_PER_TASK: usize = 8192;
/// Fewer events than this are sent by one thread.
const EVENTS_WORTH_TASKS: usize = 16_384;

/// Synapses by source.
#[derive(Debug)]
struct Fans {
    /// Those of neuron `n` are at `starts[n]..starts[n + 1]`.
    starts: Vec<u32>,
    /// Target and amount.
    records: Vec<(u32, i32)>,
    /// Where each of the network's synapses is; `None` where they came in this order.
    places: Option<Vec<u32>>,
    /// Which of the network's synapses these are.
    range: Range<usize>,
}

impl Fans {
    fn new(network: &Network, range: Range<usize>) -> Fans {
        let index = |id: &u32| network.index(*id).expect("checked");
        let synapses = &network.synapses;
        let sources: Vec<u32> = synapses.sources[range.clone()].par_iter().map(index).collect();
        let mut starts = vec![0u32; network.len() + 1];
        for source in &sources {
            starts[*source as usize + 1] += 1;
        }
        for n in 0..network.len() {
            starts[n + 1] += starts[n];
        }
        let record = |synapse: usize| (index(&synapses.targets[synapse]), synapses.strengths[synapse].amount());
        if sources.is_sorted() {
            let records = range.clone().into_par_iter().map(record).collect();
            return Fans { starts, records, places: None, range };
        }
        let mut next = starts.clone();
        let mut records = vec![(0, 0); range.len()];
        let mut places = Vec::with_capacity(range.len());
        for (synapse, source) in range.clone().zip(&sources) {
            let place = next[*source as usize];
            next[*source as usize] += 1;
            records[place as usize] = record(synapse);
            places.push(place);
        }
        Fans { starts, records, places: Some(places), range }
    }

    fn of(&self, neuron: u32) -> &[(u32, i32)] {
        // Neurons that came later have none here.
        let Some(end) = self.starts.get(neuron as usize + 1) else { return &[] };
        &self.records[self.starts[neuron as usize] as usize..*end as usize]
    }
}

/// The network as the host runs it.
#[derive(Debug)]
pub(crate) struct Host {
    /// All synapses as of when this was made, then those that were added since.
    fans: Vec<Fans>,
    input: Vec<AtomicI64>,
}

impl Host {
    pub fn new(network: &Network) -> Host {
        let fans = vec![Fans::new(network, 0..network.synapses.len())];
        Host { fans, input: (0..network.len()).map(|_| AtomicI64::new(0)).collect() }
    }

    /// Follows neurons and synapses that were added to the network.
    pub fn grow(&mut self, network: &Network) {
        self.input.resize_with(network.len(), || AtomicI64::new(0));
        self.fans.truncate(1);
        let known = self.fans[0].range.end;
        if network.synapses.len() - known > known / 4 {
            self.fans = vec![Fans::new(network, 0..network.synapses.len())];
        } else if network.synapses.len() > known {
            self.fans.push(Fans::new(network, known..network.synapses.len()));
        }
    }

    /// Follows new strengths of these synapses.
    pub fn update(&mut self, network: &Network, synapses: impl Iterator<Item = u32>) {
        for synapse in synapses {
            let synapse = synapse as usize;
            let fans = self.fans.iter_mut().find(|fans| fans.range.contains(&synapse)).expect("grown with the network");
            let within = synapse - fans.range.start;
            let place = fans.places.as_ref().map_or(within, |places| places[within] as usize);
            fans.records[place].1 = network.synapses.strengths[synapse].amount();
        }
    }

    /// Synapses along which the neurons that fired send.
    pub fn events(&self, fired: &[u32]) -> usize {
        let of = |neuron: &u32| self.fans.iter().map(|fans| fans.of(*neuron).len()).sum::<usize>();
        fired.iter().map(of).sum()
    }

    /// One burst. `injected` is by index.
    pub fn burst(&mut self, network: &Network, setup: &Setup, state: &mut State, injected: &[(u32, i32)]) {
        for (neuron, amount) in injected {
            self.input[*neuron as usize].fetch_add(i64::from(*amount), Relaxed);
        }
        self.propagate(&state.fired);
        state.fired = self.dynamics(network, setup, state);
        state.step += 1;
    }

    fn propagate(&self, fired: &[u32]) {
        if self.events(fired) < EVENTS_WORTH_TASKS {
            for (target, amount) in fired.iter().flat_map(|n| self.fans.iter().flat_map(|fans| fans.of(*n))) {
                let input = &self.input[*target as usize];
                input.store(input.load(Relaxed) + i64::from(*amount), Relaxed);
            }
            return;
        }
        fired.par_iter().for_each(|neuron| {
            for fans in &self.fans {
                fans.of(*neuron).par_chunks(SYNAPSES_PER_TASK).for_each(|records| {
                    for (target, amount) in records {
                        self.input[*target as usize].fetch_add(i64::from(*amount), Relaxed);
                    }
                });
            }
        });
    }

    fn dynamics(&mut self, network: &Network, setup: &Setup, state: &mut State) -> Vec<u32> {
        let step = state.step;
        let tasks = self.input.par_chunks_mut(NEURONS_PER_TASK).zip(state.potential.par_chunks_mut(NEURONS_PER_TASK));
        let states = state.countdown.par_chunks_mut(NEURONS_PER_TASK).zip(state.fires.par_chunks_mut(NEURONS_PER_TASK));
        let fired = tasks.zip(states).enumerate().map(|(task, ((input, potential), (countdown, fires)))| {
            let first = task * NEURONS_PER_TASK;
            let mut fired = Vec::new();
            for i in 0..input.len() {
                let input = std::mem::take(input[i].get_mut());
                if neuron(network, setup, step, first + i, input, &mut potential[i], &mut countdown[i], &mut fires[i]) {
                    fired.push((first + i) as u32);
                }
            }
            fired
        });
        fired.collect::<Vec<Vec<u32>>>().concat()
    }
}

/// One burst of one neuron; whether it fires.
#[allow(clippy::too_many_arguments, reason = "its state is in columns, which threads share by parts")]
fn neuron(
    network: &Network,
    setup: &Setup,
    step: u64,
    n: usize,
    input: i64,
    potential: &mut i32,
    countdown: &mut u16,
    fires: &mut u16,
) -> bool {
    if !network.valid.get(n) {
        return false;
    }
    let bits = draw(setup.seed, network.ids[n], step);
    let driven = match network.drive[n] {
        0 => 0,
        drive => setup.drives[usize::from(drive) - 1].amount(bits[1]),
    };
    let limit = i64::from(INPUT_LIMIT);
    let input = (input + i64::from(driven)).clamp(-limit, limit);

    let rest = network.rest[n];
    let distance = i64::from(rest) - i64::from(*potential);
    // Division rounds towards zero.
    let v = i64::from(*potential) + distance * i64::from(network.leak[n]) / (1 << UNIT_BITS);
    let v = (v + input * 256).clamp(i32::MIN.into(), i32::MAX.into()) as i32;
    *potential = v;

    let fire_limit = network.fire_limit[n];
    if *countdown > 0 {
        *countdown -= 1;
        if *countdown == 0 && fire_limit > 0 && *fires >= fire_limit {
            *fires = 0;
        }
        return false;
    }
    if v < network.threshold[n] || bits[0] >> (32 - UNIT_BITS) >= network.excitability[n] {
        return false;
    }
    *potential = rest;
    *fires = fires.saturating_add(1);
    *countdown = network.refractory[n];
    if fire_limit > 0 && *fires >= fire_limit {
        *countdown = countdown.saturating_add(network.snooze[n]);
    }
    true
}
