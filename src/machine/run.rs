//! The run loop: slices short enough for display watchdogs, each dispatched by what the one before left to do.

use super::constants::*;
use super::dispatch::dispatch_buffers;
use super::layout::PAGE_SIZE;
use super::memory::{self, Params};
use super::snapshot::Start;
use super::stop::{Stop, StopReason};
use super::{Error, Machine};
use crate::gpu::Timer;
use std::time::{Duration, Instant};
use wgpu::BufferUsages;

/// Watchdogs of displays end dispatches of some hundred milliseconds on macOS, of two seconds on Windows.
const SLICE_TARGET: Duration = Duration::from_millis(50);
/// A slice's instructions before anything is known of the adapter.
pub(super) const FIRST_SLICE: u32 = 4096;
const SMALLEST_SLICE: u32 = 256;
const LARGEST_SLICE: u32 = 1 << 26;
/// Slices of one submission once they are as long as they should be: the status is read once for all of them.
const SLICES_PER_BATCH: u32 = 4;

/// What an execute did.
#[derive(Clone, Debug)]
pub struct Report {
    /// Of each lane.
    pub stops: Vec<Stop>,
    /// Instructions retired by all lanes in this call.
    pub cycles: u64,
    /// From the call to its return.
    pub wall: Duration,
    /// Time of the slices on the GPU itself; `None` unless asked for and offered.
    pub gpu: Option<Duration>,
    /// Slices that had work.
    pub slices: u32,
}

/// Frames that lanes have copied pages into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryUse {
    /// Pages of the image, which all lanes share.
    pub image_pages: u32,
    /// Frames in use; a frame is one page for each lane of a group.
    pub frames: u32,
    /// Bytes of these frames.
    pub frame_bytes: u64,
    /// Bytes of all frames that can be in use.
    pub capacity_bytes: u64,
}

/// What the GPU reports after a batch.
struct Status {
    workgroups: u32,
    epoch: u32,
    frames: u32,
}

impl Machine {
    /// Lets every lane that can go on retire at most `max_cycles` instructions. Lanes that stopped at a cycle limit or
    /// a system call go on; others stay stopped until [`Machine::set_pc`].
    pub fn execute(&mut self, max_cycles: u64) -> Result<Report, Error> {
        self.run(max_cycles, FLAG_RELATIVE)
    }

    /// The same with a limit on what each lane has retired in all, so that a program that is served in between can be
    /// stopped exactly.
    pub fn execute_until(&mut self, retired: u64) -> Result<Report, Error> {
        self.run(retired, 0)
    }

    fn run(&mut self, limit: u64, limit_kind: u32) -> Result<Report, Error> {
        let started = Instant::now();
        self.flush()?;
        let before: u64 = self.retired_in_all()?;
        let gpu = self.gpu.clone();
        let checked = self.checked;
        let pipeline = self.pipelines.interpreter(&gpu, checked, self.networks.dispatch)?.clone();
        let memory = self.memory.as_ref().expect("flush made it");
        let params = Params { limit: [limit as u32, (limit >> 32) as u32], ..memory.params };
        let (first_params, next_params) = (memory::uniform(&gpu, &params)?, memory::uniform(&gpu, &params)?);
        let bind = |params: &wgpu::Buffer| {
            let mut buffers = vec![
                (0, 0, &memory.memory),
                (0, 1, &self.lanes.registers),
                (0, 2, &self.lanes.program_counter),
                (0, 3, &self.lanes.inst),
                (0, 4, &self.lanes.pc_out),
                (1, 0, params),
                (1, 1, &memory.control_words),
                (1, 2, &self.layouts.buffer),
                (1, 3, &memory.slots),
                (1, 4, &self.lanes.state),
                (1, 5, &self.lanes.status),
                (1, 6, &memory.lookup),
                (1, 7, &memory.code_runs),
            ];
            buffers.extend(dispatch_buffers(memory, &self.networks));
            pipeline.bind(&gpu, &buffers)
        };
        let groups = [bind(&first_params)?, bind(&next_params)?];
        let arguments = gpu.buffer("dispatch arguments", 12, BufferUsages::INDIRECT | BufferUsages::COPY_DST)?;
        // x is how many workgroups the next slice has; the GPU sets it.
        gpu.upload(&self.lanes.status, 0, bytemuck::cast_slice(&[0u32, 1, 1]));
        let timer = if self.timestamps { Timer::new(&gpu, SLICES_PER_BATCH)? } else { None };

        self.lanes.forget();
        let workgroups = self.lanes.count.div_ceil(WORKGROUP);
        let mut epoch = self.epoch;
        let mut slices = 0;
        let mut gpu_time = timer.as_ref().map(|_| Duration::ZERO);
        let mut first = true;
        loop {
            let batch = if self.slice_time >= SLICE_TARGET / 2 { SLICES_PER_BATCH } else { 1 };
            for (buffer, flags) in [(&first_params, FLAG_FIRST | limit_kind), (&next_params, limit_kind)] {
                let params = Params { slice_cycles: self.slice_cycles, flags, ..params };
                gpu.upload(buffer, 0, bytemuck::bytes_of(&params));
            }
            let submitted = Instant::now();
            let commands = gpu.guard("encoding slices", |device| {
                let mut encoder = device.create_command_encoder(&Default::default());
                for slice in 0..batch {
                    encoder.clear_buffer(&self.lanes.status, 0, Some(4));
                    {
                        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                            label: Some("slice"),
                            timestamp_writes: timer.as_ref().and_then(|timer| timer.writes(slice)),
                        });
                        pass.set_pipeline(pipeline.raw());
                        let direct = first && slice == 0;
                        for (index, group) in groups[usize::from(!direct)].iter().enumerate() {
                            pass.set_bind_group(index as u32, group, &[]);
                        }
                        if direct {
                            pass.dispatch_workgroups(workgroups, 1, 1);
                        } else {
                            pass.dispatch_workgroups_indirect(&arguments, 0);
                        }
                    }
                    encoder.copy_buffer_to_buffer(&self.lanes.status, 0, &arguments, 0, 12);
                }
                if let Some(timer) = &timer {
                    timer.resolve(&mut encoder, batch);
                }
                encoder.finish()
            })?;
            gpu.queue().submit([commands]);
            let status = Status::new(&self.lanes.status(&gpu)?);
            let ran = status.epoch.wrapping_sub(epoch);
            if ran == 0 || ran > batch {
                return Err(Error::SliceLost);
            }
            epoch = status.epoch;
            slices += ran;
            self.epoch = epoch;
            if let (Some(timer), Some(total)) = (&timer, gpu_time) {
                gpu_time = timer.read(&gpu, batch)?.map(|time| total + time);
            }
            // The first slice ever may have waited for the driver's compiler.
            let elapsed = submitted.elapsed() / ran;
            let settled = std::mem::replace(&mut self.warm, true);
            if self.adapt_slices && settled && (status.workgroups != 0 || elapsed > SLICE_TARGET) {
                self.slice_time = elapsed;
                self.slice_cycles = next_slice(self.slice_cycles, elapsed);
            }
            if status.workgroups == 0 {
                break;
            }
            first = false;
        }
        let stops = self.stops()?;
        let cycles = self.retired_in_all()? - before;
        Ok(Report { stops, cycles, wall: started.elapsed(), gpu: gpu_time, slices })
    }

    fn retired_in_all(&mut self) -> Result<u64, Error> {
        let outs = self.lanes.outs(&self.gpu)?;
        Ok(outs.iter().map(|out| u64::from(out[2]) | u64::from(out[3]) << 32).sum())
    }

    /// How every lane stands.
    pub fn stops(&mut self) -> Result<Vec<Stop>, Error> {
        let outs = self.lanes.outs(&self.gpu)?;
        let needed_bytes = needed_bytes(outs, self.group_shift);
        let host = &self.host_reasons;
        let start = self.start.as_ref().and_then(Start::host_reason);
        Ok((0..).zip(outs).map(|(lane, words)| stop(words, host.get(&lane).or(start), needed_bytes)).collect())
    }

    /// How a lane stands.
    pub fn stop(&mut self, lane: u32) -> Result<Stop, Error> {
        self.check_lane(lane)?;
        let outs = self.lanes.outs(&self.gpu)?;
        let words = &outs[lane as usize];
        let needed_bytes = if words[4] == REASON_POOL { needed_bytes(outs, self.group_shift) } else { 0 };
        let start = self.start.as_ref().and_then(Start::host_reason);
        Ok(stop(words, self.host_reasons.get(&lane).or(start), needed_bytes))
    }

    /// Memory in use.
    pub fn memory_use(&mut self) -> Result<MemoryUse, Error> {
        self.flush()?;
        let frames = Status::new(&self.lanes.status(&self.gpu)?).frames;
        let memory = self.memory.as_ref().expect("flush made it");
        let frame_bytes = memory.frame_bytes();
        Ok(MemoryUse {
            image_pages: memory.image_pages,
            frames,
            frame_bytes: u64::from(frames) * frame_bytes,
            capacity_bytes: u64::from(memory.params.frame_limit) * frame_bytes,
        })
    }
}

impl Status {
    fn new(words: &[u32]) -> Status {
        Status {
            workgroups: words[STATUS_WORKGROUPS as usize],
            epoch: words[STATUS_EPOCH as usize],
            frames: words[STATUS_FRAMES as usize],
        }
    }
}

/// Bytes of frames that the lanes which found none need at the least. Lanes of one group may want the same frame.
fn needed_bytes(outs: &[[u32; 8]], group_shift: u32) -> u64 {
    let groups = outs.chunks(1 << group_shift);
    let waiting = groups.filter(|group| group.iter().any(|out| out[4] == REASON_POOL)).count();
    waiting as u64 * (PAGE_SIZE << group_shift)
}

/// A lane's stop from its words of buffer 4, or from the host's reason if the host ended it.
pub(super) fn stop(words: &[u32; 8], host: Option<&StopReason>, needed_bytes: u64) -> Stop {
    let stop = Stop::from_words(words, needed_bytes);
    match host {
        Some(reason) if words[4] == REASON_HOST => Stop { reason: *reason, ..stop },
        _ => stop,
    }
}

/// Towards the target time, at most four times longer than before.
fn next_slice(cycles: u32, elapsed: Duration) -> u32 {
    let ratio = SLICE_TARGET.as_secs_f64() / elapsed.as_secs_f64().max(1e-6);
    let next = f64::from(cycles) * ratio.clamp(0.125, 4.0);
    (next as u32).clamp(SMALLEST_SLICE, LARGEST_SLICE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_approach_the_target() {
        // 100 ns an instruction.
        let mut cycles = FIRST_SLICE;
        for _ in 0..20 {
            cycles = next_slice(cycles, Duration::from_nanos(u64::from(cycles) * 100));
        }
        assert!((450_000..550_000).contains(&cycles), "{cycles}");
        assert_eq!(next_slice(SMALLEST_SLICE, Duration::from_secs(5)), SMALLEST_SLICE);
        assert_eq!(next_slice(LARGEST_SLICE, Duration::ZERO), LARGEST_SLICE);
    }
}
