//! Which backend is faster, by trying both on the network at hand.

/// How bursts are asked for: each with a result of its own, or many at once, which spares the GPU the transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Calls {
    Single,
    Many,
}

/// Where a burst is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Processor {
    Host,
    Gpu,
}

/// Bursts on the host that are timed.
const HOST_TRIAL: u32 = 8;
/// Bursts on the GPU that are timed. Of many at once the first submissions are short, so more of them.
const GPU_TRIAL: [u32; 2] = [8, 160];
/// Both are tried again once this many times more, or less, neurons fire.
const ACTIVITY_FACTOR: f64 = 4.0;

#[derive(Clone, Copy, Debug, Default)]
struct Timing {
    bursts: u32,
    /// Seconds of a burst in the fastest call. The first calls wait for compilers.
    best: Option<f64>,
}

/// What was measured of one network.
#[derive(Clone, Debug, Default)]
pub(super) struct Crossover {
    /// By calls, then by place.
    timings: [[Timing; 2]; 2],
    /// Neurons that fire in a burst, a running mean, now and when the trial ended.
    activity: f64,
    activity_then: [Option<f64>; 2],
}

impl Crossover {
    /// Where the next burst goes.
    pub fn next(&self, calls: Calls) -> Processor {
        let [host, gpu] = self.timings[calls as usize];
        if host.bursts < HOST_TRIAL {
            return Processor::Host;
        }
        if gpu.bursts < GPU_TRIAL[calls as usize] {
            return Processor::Gpu;
        }
        if host.best < gpu.best { Processor::Host } else { Processor::Gpu }
    }

    /// Bursts that may be asked for at once: few while both are tried.
    pub fn most(&self, calls: Calls) -> u32 {
        let [host, gpu] = self.timings[calls as usize];
        if host.bursts < HOST_TRIAL {
            1
        } else if gpu.bursts < GPU_TRIAL[calls as usize] {
            64
        } else {
            u32::MAX
        }
    }

    /// Takes note of some bursts.
    pub fn record(&mut self, calls: Calls, place: Processor, bursts: u32, seconds: f64, fired: u64) {
        let timing = &mut self.timings[calls as usize][place as usize];
        timing.bursts = timing.bursts.saturating_add(bursts);
        let each = seconds / f64::from(bursts.max(1));
        timing.best = Some(timing.best.map_or(each, |best| best.min(each)));

        let fired = fired as f64 / f64::from(bursts.max(1));
        let weight = (f64::from(bursts) / 64.0).min(1.0);
        self.activity += weight * (fired - self.activity);
        if self.most(calls) != u32::MAX {
            return;
        }
        let then = *self.activity_then[calls as usize].get_or_insert(self.activity);
        // A few neurons more or less change nothing.
        let ratio = (self.activity + 100.0) / (then + 100.0);
        if !(1.0 / ACTIVITY_FACTOR..=ACTIVITY_FACTOR).contains(&ratio) {
            self.timings[calls as usize] = Default::default();
            self.activity_then[calls as usize] = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(host: f64, gpu: f64) -> Crossover {
        let mut crossover = Crossover::default();
        for _ in 0..400 {
            let place = crossover.next(Calls::Many);
            let each = if place == Processor::Host { host } else { gpu };
            let bursts = crossover.most(Calls::Many).min(10);
            crossover.record(Calls::Many, place, bursts, each * f64::from(bursts), u64::from(bursts) * 1000);
        }
        crossover
    }

    #[test]
    fn the_faster_one_is_taken() {
        assert_eq!(tried(1.0, 2.0).next(Calls::Many), Processor::Host);
        assert_eq!(tried(2.0, 1.0).next(Calls::Many), Processor::Gpu);
        assert_eq!(tried(1.0, 2.0).next(Calls::Single), Processor::Host, "not tried yet, so the host's turn");
    }

    #[test]
    fn both_are_tried_again_when_activity_has_changed() {
        let mut crossover = tried(2.0, 1.0);
        crossover.record(Calls::Many, Processor::Gpu, 64, 64.0, 64 * 3000);
        assert_eq!(crossover.next(Calls::Many), Processor::Gpu, "three times as much is not enough");
        crossover.record(Calls::Many, Processor::Gpu, 64, 64.0, 64 * 5000);
        assert_eq!((crossover.next(Calls::Many), crossover.most(Calls::Many)), (Processor::Host, 1));
    }
}
