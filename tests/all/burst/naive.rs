//! The model once more, as the documentation has it, one neuron after the other. Only the draws are not repeated: both
//! chances are taken out of its networks (excitability 1, no drive).

use kvrm::burst::{Neuron, Neurons, Synapses, potential_from};

/// Neurons by their order, synapses by index.
pub struct Naive {
    ids: Vec<u32>,
    neurons: Vec<Neuron>,
    synapses: Vec<(usize, usize, i32)>,
    pub v: Vec<i64>,
    countdown: Vec<u32>,
    fires: Vec<u32>,
    pub fired: Vec<u32>,
}

impl Naive {
    pub fn new(neurons: &mut Neurons, synapses: &Synapses) -> Naive {
        let ids = neurons.ids().to_vec();
        let cells = neurons.neurons_mut().to_vec();
        let index = |id| ids.iter().position(|i| *i == id).unwrap();
        let synapses = synapses.iter().map(|(source, target, strength)| {
            let amount = i32::from(strength.weight()) * i32::from(strength.psp());
            let sign = if strength.inhibitory() { -1 } else { 1 };
            (index(source), index(target), if strength.valid() { sign * amount } else { 0 })
        });
        let v = cells.iter().map(|neuron| i64::from(potential_from(neuron.potential).unwrap())).collect();
        Naive {
            synapses: synapses.collect(),
            v,
            countdown: vec![0; ids.len()],
            fires: vec![0; ids.len()],
            fired: Vec::new(),
            neurons: cells,
            ids,
        }
    }

    /// One burst; the ids that fired.
    pub fn burst(&mut self) -> Vec<u32> {
        let mut input = vec![0i64; self.ids.len()];
        for (source, target, amount) in &self.synapses {
            if self.fired.contains(&self.ids[*source]) {
                input[*target] += i64::from(*amount);
            }
        }
        self.fired.clear();
        for (n, neuron) in self.neurons.iter().enumerate().filter(|(_, neuron)| neuron.valid) {
            let rest = i64::from(potential_from(neuron.rest).unwrap());
            let leak = (f64::from(neuron.leak) * 16_777_216.0).round() as i64;
            let lost = ((rest - self.v[n]).abs() * leak) >> 24;
            self.v[n] += if rest > self.v[n] { lost } else { -lost };
            self.v[n] += 256 * input[n].clamp(-8_388_607, 8_388_607);
            self.v[n] = self.v[n].clamp(-(1 << 31), (1 << 31) - 1);
            let extended = neuron.fire_limit > 0 && self.fires[n] >= neuron.fire_limit.into();
            if self.countdown[n] > 0 {
                self.countdown[n] -= 1;
                if self.countdown[n] == 0 && extended {
                    self.fires[n] = 0;
                }
            } else if self.v[n] >= i64::from(potential_from(neuron.threshold).unwrap()) {
                self.v[n] = rest;
                self.fires[n] = 65_535.min(self.fires[n] + 1);
                let extended = neuron.fire_limit > 0 && self.fires[n] >= neuron.fire_limit.into();
                self.countdown[n] = u32::from(neuron.refractory) + if extended { u32::from(neuron.snooze) } else { 0 };
                self.countdown[n] = self.countdown[n].min(65_535);
                self.fired.push(self.ids[n]);
            }
        }
        self.fired.clone()
    }
}
