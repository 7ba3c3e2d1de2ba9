//! Spikes that were recorded, and what they say.

use std::collections::HashMap;

/// Who fired in some bursts that followed each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raster {
    /// Number of the first burst.
    pub first: u64,
    /// Neurons that fired in each burst.
    pub counts: Vec<u32>,
    /// Their ids, burst after burst, in each in the order in which the neurons were given.
    pub ids: Vec<u32>,
}

impl Raster {
    /// Bursts that were recorded.
    pub fn bursts(&self) -> usize {
        self.counts.len()
    }

    /// Burst and id of every spike.
    pub fn spikes(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        let bursts = self.counts.iter().zip(self.first..);
        let steps = bursts.flat_map(|(count, step)| std::iter::repeat_n(step, *count as usize));
        steps.zip(self.ids.iter().copied())
    }

    /// Adds the bursts that follow.
    pub fn append(&mut self, later: &Raster) {
        if self.counts.is_empty() {
            self.first = later.first;
        }
        self.counts.extend_from_slice(&later.counts);
        self.ids.extend_from_slice(&later.ids);
    }

    /// Firing rate and irregularity of the neurons that `chosen` picks, of which there are `neurons`, from burst
    /// `from` on.
    pub fn statistics(&self, neurons: usize, from: u64, chosen: impl Fn(u32) -> bool) -> Statistics {
        let mut last: HashMap<u32, u64> = HashMap::new();
        // Of the intervals between a neuron's spikes: how many, sum, sum of squares.
        let mut intervals: HashMap<u32, (u32, f64, f64)> = HashMap::new();
        let mut spikes = 0u64;
        for (step, id) in self.spikes().filter(|(step, id)| *step >= from && chosen(*id)) {
            spikes += 1;
            if let Some(before) = last.insert(id, step) {
                let interval = (step - before) as f64;
                let (count, sum, squares) = intervals.entry(id).or_default();
                *count += 1;
                *sum += interval;
                *squares += interval * interval;
            }
        }
        let mut variations = Vec::new();
        for (count, sum, squares) in intervals.into_values().filter(|(count, ..)| *count >= ENOUGH_INTERVALS) {
            let mean = sum / f64::from(count);
            variations.push((squares / f64::from(count) - mean * mean).max(0.0).sqrt() / mean);
        }
        let end = self.first + self.counts.len() as u64;
        let bursts = end.saturating_sub(from.max(self.first));
        let cells = bursts as f64 * neurons as f64;
        Statistics {
            spikes,
            rate: if cells > 0.0 { spikes as f64 / cells } else { 0.0 },
            cv: (!variations.is_empty()).then(|| variations.iter().sum::<f64>() / variations.len() as f64),
            cv_neurons: variations.len(),
        }
    }
}

/// Intervals of a neuron that say something of its irregularity.
const ENOUGH_INTERVALS: u32 = 5;

/// Firing rate and irregularity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistics {
    /// Spikes counted.
    pub spikes: u64,
    /// Spikes of a neuron in a burst.
    pub rate: f64,
    /// Deviation of the intervals between a neuron's spikes over their mean, averaged over the neurons with at least
    /// five intervals: 0 for a clock, 1 for a Poisson process. `None` where there is no such neuron.
    pub cv: Option<f64>,
    /// How many neurons that were.
    pub cv_neurons: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raster(spikes: &[(u64, u32)], bursts: usize) -> Raster {
        let count = |step| spikes.iter().filter(|(s, _)| *s == step as u64).count() as u32;
        Raster { first: 0, counts: (0..bursts).map(count).collect(), ids: spikes.iter().map(|(_, id)| *id).collect() }
    }

    #[test]
    fn spikes_have_their_bursts() {
        let spikes = [(0, 7), (0, 3), (2, 7), (3, 1)];
        let mut all = raster(&spikes, 4);
        assert_eq!(all.spikes().collect::<Vec<_>>(), spikes);
        all.append(&Raster { first: 4, counts: vec![0, 1], ids: vec![9] });
        assert_eq!(all.spikes().last(), Some((5, 9)));
    }

    #[test]
    fn a_clock_has_no_variation_and_alternating_intervals_have_a_third() {
        let clock: Vec<_> = (0..10).map(|n| (n * 10, 1)).collect();
        let statistics = raster(&clock, 100).statistics(2, 0, |_| true);
        assert_eq!((statistics.spikes, statistics.rate, statistics.cv), (10, 0.05, Some(0.0)));
        // Intervals 10 and 20 in turn: mean 15, deviation 5.
        let uneven: Vec<_> = (0..11u64).map(|n| (n / 2 * 30 + n % 2 * 10, 1)).collect();
        let statistics = raster(&uneven, 200).statistics(1, 0, |_| true);
        assert!((statistics.cv.unwrap() - 1.0 / 3.0).abs() < 1e-12, "{statistics:?}");
        let late = raster(&clock, 100).statistics(2, 50, |_| true);
        assert_eq!((late.spikes, late.rate, late.cv), (5, 0.05, None));
        assert_eq!(raster(&clock, 100).statistics(2, 0, |id| id == 2).spikes, 0);
    }
}
