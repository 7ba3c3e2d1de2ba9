//! Input from outside the network.

use super::Error;
use super::constants::{DRIVE_EVENTS, DRIVE_WORDS};

/// What some neurons get in every burst: a constant, and a random number of equal events, each neuron its own number.
/// It stands for a current, and for many neurons outside the network that fire independently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drive {
    /// Mean number of events in a burst, from 0 to 20. The numbers are Poisson distributed, up to 63.
    pub mean: f64,
    /// What an event adds, from -65025 to 65025, as a synapse's `sign * weight * psp`.
    pub event: i32,
    /// What is added besides, from -4,000,000 to 4,000,000.
    pub constant: i32,
}

/// A drive as both backends have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DriveTable {
    /// Rising. A draw of 32 bits makes as many events as there are thresholds below it.
    pub thresholds: [u32; DRIVE_EVENTS as usize],
    pub event: i32,
    pub constant: i32,
}

const MOST_EVENTS: f64 = 20.0;
const LARGEST_EVENT: i32 = 65_025;
const LARGEST_CONSTANT: i32 = 4_000_000;
// What a sum in one word leaves for drives.
const _: () = assert!((DRIVE_EVENTS as i32 - 1) * LARGEST_EVENT + LARGEST_CONSTANT < 1 << 23);

impl DriveTable {
    /// Checks the drive, which is number `index`.
    pub fn new(index: usize, drive: &Drive) -> Result<DriveTable, Error> {
        let wrong = |what, value, allowed| Err(Error::Drive { index, what, value, allowed });
        let Drive { mean, event, constant } = *drive;
        if !(0.0..=MOST_EVENTS).contains(&mean) {
            return wrong("mean", mean, "from 0 to 20");
        }
        if !(-LARGEST_EVENT..=LARGEST_EVENT).contains(&event) {
            return wrong("event", event.into(), "from -65025 to 65025");
        }
        if !(-LARGEST_CONSTANT..=LARGEST_CONSTANT).contains(&constant) {
            return wrong("constant", constant.into(), "from -4000000 to 4000000");
        }
        // Probability of exactly n events, then of at most n.
        let mut exactly = (-mean).exp();
        let mut at_most = 0.0;
        let mut thresholds = [u32::MAX; DRIVE_EVENTS as usize];
        for (n, threshold) in thresholds[..DRIVE_EVENTS as usize - 1].iter_mut().enumerate() {
            at_most += exactly;
            *threshold = ((at_most * 4_294_967_296.0).round() - 1.0) as u32;
            exactly *= mean / (n + 1) as f64;
        }
        Ok(DriveTable { thresholds, event, constant })
    }

    /// What a draw gives.
    pub fn amount(&self, bits: u32) -> i32 {
        let last = DRIVE_EVENTS as usize - 1;
        let events = self.thresholds[..last].partition_point(|threshold| *threshold < bits);
        events as i32 * self.event + self.constant
    }

    /// As the shaders read it.
    pub fn words(&self) -> [u32; DRIVE_WORDS as usize] {
        let mut words = [0; DRIVE_WORDS as usize];
        words[..DRIVE_EVENTS as usize].copy_from_slice(&self.thresholds);
        words[DRIVE_EVENTS as usize] = self.event as u32;
        words[DRIVE_EVENTS as usize + 1] = self.constant as u32;
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::burst::draw::Stream;

    #[test]
    fn events_are_poisson_distributed() {
        for mean in [0.0, 0.3, 2.0, 20.0] {
            let table = DriveTable::new(0, &Drive { mean, event: 1, constant: 0 }).unwrap();
            let mut stream = Stream::new(5, 0);
            let counts: Vec<f64> = (0..100_000).map(|_| f64::from(table.amount(stream.bits()))).collect();
            let average = counts.iter().sum::<f64>() / 1e5;
            let variance = counts.iter().map(|n| (n - average).powi(2)).sum::<f64>() / 1e5;
            // Five deviations of the average and of the variance.
            let allowed = 5.0 * (mean / 1e5).sqrt();
            assert!((average - mean).abs() <= allowed, "mean {mean}: {average}");
            let allowed = 5.0 * ((mean + 2.0 * mean * mean) / 1e5).sqrt();
            assert!((variance - mean).abs() <= allowed, "mean {mean}: variance {variance}");
        }
    }

    #[test]
    fn the_ends_hold() {
        let table = DriveTable::new(0, &Drive { mean: 20.0, event: -65_025, constant: -4_000_000 }).unwrap();
        let most = table.amount(u32::MAX);
        assert!((-63 * 65_025 - 4_000_000..-40 * 65_025 - 4_000_000).contains(&most), "{most}");
        assert_eq!(table.amount(0), -4_000_000);
        let none = DriveTable::new(0, &Drive { mean: 0.0, event: 1, constant: 0 }).unwrap();
        assert_eq!(none.amount(u32::MAX), 0, "no event without a mean, whatever is drawn");
        for (mean, event, constant) in
            [(f64::NAN, 0, 0), (-0.1, 0, 0), (20.1, 0, 0), (1.0, 65_026, 0), (1.0, 0, -4_000_001)]
        {
            let error = DriveTable::new(3, &Drive { mean, event, constant }).unwrap_err().to_string();
            assert!(error.starts_with("drive 3: "), "{error}");
        }
    }
}
