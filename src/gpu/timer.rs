//! How long passes took on the GPU itself.

use std::time::Duration;

use wgpu::{
    BufferUsages, CommandEncoder, ComputePassTimestampWrites, Features, QUERY_SET_MAX_QUERIES, QUERY_SIZE, QuerySet,
    QuerySetDescriptor, QueryType,
};

use super::{Buffer, Error, Gpu};

/// Timestamps at the beginning and the end of compute passes.
#[derive(Debug)]
pub struct Timer {
    queries: QuerySet,
    resolved: Buffer,
    passes: u32,
    /// Nanoseconds of a tick.
    period: f32,
}

impl Timer {
    /// The passes that one timer can hold.
    pub const MAX_PASSES: u32 = QUERY_SET_MAX_QUERIES / 2;

    /// A timer for up to `passes` passes, at most [`Timer::MAX_PASSES`]; `None` where the device has no timestamps.
    /// Callers keep a wall clock as well: some drivers offer timestamps and return zeros.
    pub fn new(gpu: &Gpu, passes: u32) -> Result<Option<Timer>, Error> {
        if !gpu.features().contains(Features::TIMESTAMP_QUERY) {
            return Ok(None);
        }
        let passes = passes.clamp(1, Timer::MAX_PASSES);
        let queries = gpu.guard("making a timer", |device| {
            device.create_query_set(&QuerySetDescriptor {
                label: Some("timer"),
                ty: QueryType::Timestamp,
                count: 2 * passes,
            })
        })?;
        let size = u64::from(2 * passes * QUERY_SIZE);
        let resolved = gpu.buffer("timer", size, BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC)?;
        Ok(Some(Timer { queries, resolved, passes, period: gpu.queue().get_timestamp_period() }))
    }

    /// What to put into the descriptor of pass number `pass`; `None` for a pass that the timer has no room for.
    pub fn writes(&self, pass: u32) -> Option<ComputePassTimestampWrites<'_>> {
        (pass < self.passes).then(|| ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(2 * pass),
            end_of_pass_write_index: Some(2 * pass + 1),
        })
    }

    /// The same for work of two passes: for the first of them.
    pub fn begins(&self, pass: u32) -> Option<ComputePassTimestampWrites<'_>> {
        self.writes(pass).map(|writes| ComputePassTimestampWrites { end_of_pass_write_index: None, ..writes })
    }

    /// For the second of them.
    pub fn ends(&self, pass: u32) -> Option<ComputePassTimestampWrites<'_>> {
        self.writes(pass).map(|writes| ComputePassTimestampWrites { beginning_of_pass_write_index: None, ..writes })
    }

    /// Collects the timestamps of the first `passes` passes; to be encoded after them.
    pub fn resolve(&self, encoder: &mut CommandEncoder, passes: u32) {
        let passes = passes.min(self.passes);
        if passes > 0 {
            let resolved = self.resolved.place();
            encoder.resolve_query_set(&self.queries, 0..2 * passes, &resolved.block.raw, resolved.offset);
        }
    }

    /// The time from the beginning of pass 0 to the end of pass `passes - 1`, after they were submitted. `None` where
    /// the driver's timestamps make no sense.
    pub fn read(&self, gpu: &Gpu, passes: u32) -> Result<Option<Duration>, Error> {
        let ticks = self.ticks(gpu, passes)?;
        let ends = ticks.first().zip(ticks.last());
        Ok(ends.and_then(|(begin, end)| elapsed(*begin, *end, self.period)))
    }

    /// The times of passes 0 to `passes - 1` together, without what was between them, likewise.
    pub fn sum(&self, gpu: &Gpu, passes: u32) -> Result<Option<Duration>, Error> {
        let ticks = self.ticks(gpu, passes)?;
        let each = ticks.chunks_exact(2).map(|pass| elapsed(pass[0], pass[1], self.period));
        Ok(each.reduce(|sum, pass| Some(sum? + pass?)).flatten())
    }

    fn ticks(&self, gpu: &Gpu, passes: u32) -> Result<Vec<u64>, Error> {
        let passes = passes.min(self.passes);
        if passes == 0 {
            return Ok(Vec::new());
        }
        let bytes = gpu.download(&[(&self.resolved, 0..u64::from(2 * passes * QUERY_SIZE))])?.swap_remove(0);
        Ok(bytes.chunks_exact(8).map(|chunk| u64::from_le_bytes(chunk.try_into().expect("8"))).collect())
    }
}

fn elapsed(begin: u64, end: u64, period: f32) -> Option<Duration> {
    let ticks = end.checked_sub(begin).filter(|&ticks| begin != 0 && ticks != 0)?;
    Some(Duration::from_secs_f64(ticks as f64 * f64::from(period) * 1e-9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senseless_timestamps_give_no_time() {
        assert_eq!(elapsed(100, 1100, 2.0), Some(Duration::from_micros(2)));
        for (begin, end) in [(0, 0), (0, 5), (7, 7), (9, 8)] {
            assert_eq!(elapsed(begin, end, 1.0), None, "{begin}..{end}");
        }
    }
}
