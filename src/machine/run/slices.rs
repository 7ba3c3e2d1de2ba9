//! The run loop: slices short enough for display watchdogs, each dispatched by what the one before left to do.

use crate::abi::{prefetch, *};
use crate::gpu::{Buffer, Encode, Gpu, Timer};
use crate::machine::banks::bank::{Bank, Binding, Next};
use crate::machine::code::dispatch::dispatch_buffers;
use crate::machine::companions::loops::{self, Loops};
use crate::machine::companions::prefetch::WorkWords;
use crate::machine::companions::prefetch::watch::{LEAVING_SLICE, LEAVING_SLICES};
use crate::machine::companions::translation::hot::SHORT_SLICE;
use crate::machine::pass::{self, Params};
use crate::machine::run::report::{Advance, Report};
use crate::machine::shaders::Pass;
use crate::machine::state::lanes::Lanes;
use crate::machine::{Error, Machine};
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Watchdogs of displays end dispatches of some hundred milliseconds on macOS, of two seconds on Windows.
const SLICE_TARGET: Duration = Duration::from_millis(50);
/// A slice's instructions before anything is known of the adapter.
pub(in crate::machine) const FIRST_SLICE: u32 = 4096;
const SMALLEST_SLICE: u32 = 256;
const LARGEST_SLICE: u32 = 1 << 26;
/// Slices of one submission once they are as long as they should be: the status is read once for all of them.
const SLICES_PER_BATCH: u32 = 3;

/// Slices of the first submission of an execute that may run loops as a whole: the first up to a loop, the second behind it.
const FIRST_SLICES: u32 = 2;

/// Lanes that a thread of the host looks at at a time.
pub(in crate::machine) const PART: usize = 1 << 13;

/// Partial sums of a bank's tally.
const TALLIES: u32 = 4096;

/// What the GPU reports after a batch.
struct Status {
    workgroups: u32,
    epoch: u32,
    frames: u32,
    dry: bool,
    /// A lane ended its slice at a hot loop.
    cut: bool,
    /// Running a loop as a whole brought something.
    gained: bool,
    /// There are loops that the networks are to be asked about.
    asked: bool,
    calls: u32,
    ring_used: u32,
    translated: u64,
    work: WorkWords,
}

impl Machine {
    /// Lets every lane that can go on retire at most `max_cycles` instructions. Lanes that stopped at a cycle limit or
    /// a system call go on; others stay stopped until [`Machine::set_pc`].
    pub fn execute(&mut self, max_cycles: u64) -> Result<Report, Error> {
        let advance = self.run(max_cycles, FLAG_RELATIVE, true)?;
        self.report(advance)
    }

    /// The same with a limit on what each lane has retired in all, so that a program that is served in between can be
    /// stopped exactly.
    pub fn execute_until(&mut self, retired: u64) -> Result<Report, Error> {
        let advance = self.run(retired, 0, true)?;
        self.report(advance)
    }

    /// The same, for those who do not ask how every lane stands: the host does nothing that grows with their number.
    pub fn advance_until(&mut self, retired: u64) -> Result<Advance, Error> {
        self.run(retired, 0, false)
    }

    /// Compiles what lanes run at first, where that is not done yet, and returns how long it took. Otherwise the next execute
    /// does it. No lane goes on.
    pub fn prepare(&mut self) -> Result<Duration, Error> {
        let started = Instant::now();
        if !self.warm {
            // Some drivers compile when a pipeline is first used. The slice is one of no instructions.
            self.run(0, FLAG_RELATIVE, false)?;
            self.ends_at_once = false;
        }
        Ok(started.elapsed())
    }

    /// Lets `flag` end executes early: once it is true no further slice begins. Lanes that were on their way then read as
    /// [`StopReason::NotStarted`](crate::machine::StopReason::NotStarted), with where they are, and go on with the next
    /// execute after it is false again.
    pub fn set_interrupt(&mut self, flag: Option<Arc<AtomicBool>>) {
        self.interrupt = flag;
    }

    /// Whether executes are to end early.
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    fn report(&mut self, advance: Advance) -> Result<Report, Error> {
        let started = Instant::now();
        let stops = self.stops()?;
        let Advance { cycles, wall, gpu, slices, calls, translated, longest, .. } = advance;
        Ok(Report { stops, cycles, wall: wall + started.elapsed(), gpu, slices, calls, translated, longest })
    }

    /// `stops` says that the caller asks how every lane stands next.
    fn run(&mut self, limit: u64, limit_kind: u32, stops: bool) -> Result<Advance, Error> {
        let started = Instant::now();
        self.flush()?;
        self.translate()?;
        let before = match self.retired.take() {
            Some(retired) => retired,
            None => self.tally()?.0,
        };
        for bank in &mut self.banks {
            bank.lanes.forget();
            (bank.next, bank.full) = (Next::Start, false);
        }
        // Each download is a round trip. What ended in its first slices last time probably does again.
        let ahead = stops && self.ends_at_once;
        let mut run = Run { limit, limit_kind, ahead, ..Run::default() };
        let result = self.run_banks(&mut run);
        self.banks.iter_mut().for_each(|bank| bank.next = Next::Nothing);
        result?;
        self.ends_at_once = run.batches <= 1;
        if stops {
            for bank in &mut self.banks {
                bank.lanes.outs(&self.gpu)?;
            }
        }
        let (retired, waiting) = self.tally()?;
        self.retired = Some(retired);
        let (cycles, Run { slices, calls, translated, gpu, longest, .. }) = (retired - before, run);
        Ok(Advance { cycles, waiting, wall: started.elapsed(), gpu, slices, calls, translated, longest })
    }

    /// Runs all banks until none has a lane that can go on.
    fn run_banks(&mut self, run: &mut Run) -> Result<(), Error> {
        let gpu = self.gpu.clone();
        let timers = if self.timestamps { Timers::new(&gpu)? } else { None };
        run.gpu = timers.as_ref().map(|_| Duration::ZERO);
        loop {
            self.take_turns()?;
            let can_go = |bank: &Bank| bank.next != Next::Nothing && bank.here().is_some();
            let active: Vec<usize> = (0..self.banks.len()).filter(|index| can_go(&self.banks[*index])).collect();
            // Not before every bank has had a slice: a lane that was served a system call is behind it then.
            let begun = self.banks.iter().all(|bank| bank.next != Next::Start);
            if active.is_empty() || (begun && self.is_interrupted()) {
                return Ok(());
            }
            for index in &active {
                self.bind_bank(*index)?;
            }
            // A second slice in one submission would wait, bank by bank, for all of the first.
            let long = self.slice_time >= SLICE_TARGET / 2 && active.len() == 1;
            let cut_short = self.loop_watch.pass().is_some() && self.loop_flags() != 0 && active.len() == 1;
            let for_a_look = self.slice_for_a_look();
            let leaves = for_a_look.is_none() && self.lanes_leave(&active);
            let leaves_often = leaves && self.ahead_watch.leave_often();
            if leaves_often && self.adapt_slices && self.slice_time > LEAVING_SLICE * 2 {
                self.slice_cycles = next_slice(self.slice_cycles, self.slice_time, LEAVING_SLICE);
                self.slice_time = LEAVING_SLICE;
            }
            // Lanes that leave translated code are many times slower, and that is to be seen soon.
            let alone = for_a_look.is_some() || self.translation.active();
            let batch = if alone {
                1
            } else if leaves_often && run.batches > 0 {
                LEAVING_SLICES
            } else if cut_short && !leaves && !long && run.batches == 0 {
                FIRST_SLICES
            } else if leaves || long || cut_short {
                SLICES_PER_BATCH
            } else {
                1
            };
            let submitted = Instant::now();
            let passes = self.submit_slices(&active, batch, leaves, run, timers.as_ref())?;
            let mut index = 0;
            let lanes = self.banks.iter_mut().filter(|_| {
                index += 1;
                active.contains(&(index - 1))
            });
            let statuses = Lanes::status(&gpu, lanes.map(|bank| &mut bank.lanes), run.ahead)?;
            run.batches += 1;
            run.ahead = false;
            let statuses: Vec<Status> = statuses.iter().map(|words| Status::new(words)).collect();
            let (mut most_ran, mut taken) = (0, 0);
            for (index, status) in active.iter().zip(&statuses) {
                let bank = &mut self.banks[*index];
                if status.cut {
                    bank.clear_status(&gpu, &[STATUS_CUT, STATUS_GAINED]);
                }
                if status.asked {
                    bank.clear_status(&gpu, &[STATUS_ASKED]);
                    bank.asks = true;
                }
                let ran = status.epoch.wrapping_sub(bank.epoch);
                if ran == 0 || ran > batch {
                    return Err(Error::SliceLost);
                }
                bank.epoch = status.epoch;
                run.calls += u64::from(status.calls.wrapping_sub(bank.calls));
                run.translated += status.translated.wrapping_sub(bank.translated);
                bank.translated = status.translated;
                bank.calls = status.calls;
                // A bank that was parted knows of output that its new status does not.
                bank.ring_used = bank.ring_used.max(status.ring_used);
                taken += status.frames.saturating_sub(bank.frames);
                bank.frames = status.frames;
                bank.next = if status.workgroups == 0 { Next::Nothing } else { Next::Go };
                most_ran = most_ran.max(ran);
            }
            let mut left = 0;
            for (index, status) in active.iter().zip(&statuses) {
                left += self.note_work(*index, &status.work, status.dry)?;
            }
            run.slices += most_ran;
            let frames: u64 = statuses.iter().map(|status| u64::from(status.frames)).sum();
            self.peak.frames = self.peak.frames.max(frames * self.frame_bytes());
            if passes {
                self.memory_work.passes += u64::from(batch);
            }
            if let (Some(timers), Some(total)) = (&timers, run.gpu) {
                run.gpu = timers.slices.read(&gpu, batch)?.map(|time| total + time);
                if passes && let Some(time) = timers.passes.sum(&gpu, 2 * batch)? {
                    self.memory_work.pass_nanoseconds += time.as_nanos() as u64;
                }
            }
            // The first slice ever may have waited for the driver's compiler.
            let elapsed = submitted.elapsed() / most_ran;
            let settled = std::mem::replace(&mut self.warm, true);
            let ran = if settled { elapsed * most_ran } else { Duration::ZERO };
            run.longest = run.longest.max(ran);
            // Slices that ended early say nothing about the time of whole ones.
            let cut = statuses.iter().any(|status| status.cut);
            let more = statuses.iter().any(|status| status.workgroups != 0);
            let whole = more && !cut && left * 2 <= most_ran;
            if self.adapt_slices && settled && for_a_look.is_none() && (whole || elapsed > SLICE_TARGET) {
                self.slice_time = elapsed;
                let target = if left != 0 { LEAVING_SLICE } else { self.slice_target() };
                let next = next_slice(self.slice_cycles, elapsed, target);
                self.slice_growth = (u64::from(next) * 8 / u64::from(self.slice_cycles)).clamp(1, 64) as u32;
                self.slice_cycles = next;
            }
            if leaves {
                let parted = statuses.iter().any(Status::parted);
                self.ahead_watch.note_leaving(left, parted);
                if parted {
                    active.iter().for_each(|index| self.banks[*index].clear_status(&gpu, &[STATUS_PARTED]));
                }
            }
            if more {
                let groups = active.iter().map(|index| self.banks[*index].groups(self.group_shift));
                let groups: u32 = groups.map(|groups| groups.end - groups.start).sum();
                self.watch_pages(ran, f64::from(taken) / f64::from(groups))?;
            }
            self.watch(&active, ran, more)?;
            if self.loops != Loops::Off {
                let gained = statuses.iter().any(|status| status.gained);
                self.watch_loops(ran, cut, gained)?;
            }
            // From behind: a bank that is split moves those behind it.
            for (index, _) in active.iter().zip(&statuses).filter(|(_, status)| status.dry).rev() {
                self.relieve(*index)?;
            }
        }
    }

    /// How long a slice should be.
    fn slice_target(&self) -> Duration {
        if self.is_looking() { SHORT_SLICE } else { SLICE_TARGET }
    }

    /// Lets lanes of a bank go on that found no frame, if there is a way to more.
    fn relieve(&mut self, index: usize) -> Result<(), Error> {
        self.banks[index].clear_status(&self.gpu, &[STATUS_DRY]);
        if self.banks[index].full {
            return Ok(());
        }
        // For the sake of another bank it may have been put away meanwhile.
        if self.banks[index].spilled_bytes().is_some() {
            self.banks[index].next = Next::Resume;
            return Ok(());
        }
        let range = self.banks[index].range();
        let relieved = self.make_room(index)?;
        for bank in self.banks.iter_mut().filter(|bank| range.contains(&bank.first)) {
            if relieved {
                bank.next = Next::Resume;
            } else {
                bank.full = true;
            }
        }
        Ok(())
    }

    /// Makes what a bank's slices bind, unless what it has is right.
    fn bind_bank(&mut self, index: usize) -> Result<(), Error> {
        let layouts = &self.layouts.buffer;
        if self.banks[index].binding.as_ref().is_some_and(|binding| binding.layouts == *layouts) {
            return Ok(());
        }
        let gpu = self.gpu.clone();
        let pipeline = self.slice_pipeline()?;
        self.prepare_history(index)?;
        let layouts = &self.layouts.buffer;
        let bank = &self.banks[index];
        let (lanes, code, pool) = (&bank.lanes, bank.code(), bank.pool());
        let params = [bank.uniform(&gpu, self.group_shift, 0, 0)?, bank.uniform(&gpu, self.group_shift, 0, 0)?];
        let bind = |params: &Buffer| {
            let mut buffers = vec![
                ("memory", &pool.memory),
                ("registers", &lanes.registers),
                ("program_counter", &lanes.program_counter),
                ("inst", &lanes.inst),
                ("pc_out", &lanes.pc_out),
                ("params", params),
                ("control_words", &code.control_words),
                ("layouts", layouts),
                ("slots", &pool.slots),
                ("lane_state", &lanes.state),
                ("status", &lanes.status),
                ("isa_lookup", &code.lookup),
                ("lane_io", &lanes.io.buffer),
            ];
            buffers.extend(dispatch_buffers(code, &self.networks));
            buffers.extend(self.translation.buffers());
            buffers.extend(bank.ahead.iter().map(|ahead| ("history", &ahead.history)));
            pipeline.bind(&gpu, &buffers)
        };
        let slices = [bind(&params[0])?, bind(&params[1])?];
        self.place_heads(&code.control_words);
        let loops = match self.loop_watch.pass() {
            Some(pipeline) => Some(pipeline.bind(&gpu, &loops::buffers(bank, layouts, &params[1]))?),
            None => None,
        };
        let ahead = match &self.pipelines.ahead {
            Some(passes) => passes.bind(&gpu, bank, layouts, &params[1])?,
            None => None,
        };
        let binding = Binding { params, slices, loops, ahead, layouts: layouts.clone() };
        self.banks[index].binding = Some(binding);
        Ok(())
    }

    /// Submits slices of some banks. No slice of one touches what another's writes, so that they may run at once.
    /// `leaves`: lanes may leave them. Returns whether pages were copied ahead where there were some to copy.
    fn submit_slices(
        &mut self,
        active: &[usize],
        batch: u32,
        leaves: bool,
        run: &Run,
        timers: Option<&Timers>,
    ) -> Result<bool, Error> {
        let gpu = self.gpu.clone();
        let limit = [run.limit as u32, (run.limit >> 32) as u32];
        self.ask(active)?;
        let loops = self.loop_watch.pass().is_some() && self.loop_flags() != 0;
        // Where lanes leave slices it is said by what they came to.
        let (growth, leaving) = if leaves { (8, FLAG_LEAVE) } else { (self.slice_growth, 0) };
        let every = run.limit_kind | self.loop_flags() | leaving | growth << FLAG_GROWTH_SHIFT;
        let passes = self.pipelines.ahead.clone();
        let mut bound = Vec::with_capacity(active.len());
        let mut ahead = Vec::new();
        for index in active {
            let bank = &self.banks[*index];
            let binding = bank.binding.as_ref().expect("the caller bound it");
            let first = match bank.next {
                Next::Start => FLAG_FIRST,
                Next::Resume => FLAG_POOL,
                Next::Go | Next::Nothing => 0,
            };
            for (buffer, flags) in binding.params.iter().zip([first | every, every]) {
                let slice_cycles = self.slice_for_a_look().unwrap_or(self.slice_cycles);
                let items = self.ahead_limit(*index);
                let params = Params { slice_cycles, flags, limit, items, ..bank.params(self.group_shift) };
                gpu.upload(buffer, 0, bytemuck::bytes_of(&params));
            }
            // Not in the encoder: between two banks' dispatches there would be a barrier then, and the driver would
            // let the second wait for the first.
            bank.clear_status(&gpu, &[STATUS_WORKGROUPS]);
            bound.push((&bank.lanes, binding));
            if let (true, Some(state), Some(groups)) = (bank.writes, &bank.ahead, &binding.ahead) {
                ahead.push((state, groups));
            }
        }
        let works = passes.is_some() && !ahead.is_empty();
        let commands = gpu.guard("encoding slices", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            for slice in 0..batch {
                if slice > 0 {
                    for (lanes, _) in &bound {
                        encoder.copy(&lanes.status, 0, &lanes.arguments, 0, 12);
                        encoder.clear(&lanes.status, 0..4);
                    }
                }
                if let (Some(passes), true) = (&passes, works) {
                    passes.encode(&mut encoder, &ahead, timers.map(|timers| &timers.passes), slice);
                }
                {
                    let timestamps = match loops {
                        true => timers.and_then(|timers| timers.slices.begins(slice)),
                        false => timers.and_then(|timers| timers.slices.writes(slice)),
                    };
                    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                        label: Some("slice"),
                        timestamp_writes: timestamps,
                    });
                    for (lanes, binding) in &bound {
                        binding.slices[usize::from(slice > 0)].set(&mut pass);
                        if slice == 0 {
                            pass.dispatch_workgroups(lanes.count.div_ceil(WORKGROUP), 1, 1);
                        } else {
                            lanes.arguments.dispatch_indirect(&mut pass, 0);
                        }
                    }
                }
                if loops {
                    for (lanes, _) in &bound {
                        encoder.copy(&lanes.status, 0, &lanes.arguments, 0, 12);
                    }
                    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                        label: Some("hot loops"),
                        timestamp_writes: timers.and_then(|timers| timers.slices.ends(slice)),
                    });
                    for (lanes, binding) in &bound {
                        if let Some(loops) = &binding.loops {
                            loops.set(&mut pass);
                            lanes.arguments.dispatch_indirect(&mut pass, 0);
                        }
                    }
                }
            }
            if let Some(timers) = timers {
                timers.slices.resolve(&mut encoder, batch);
                if works {
                    timers.passes.resolve(&mut encoder, 2 * batch);
                }
            }
            encoder.finish()
        })?;
        gpu.queue().submit([commands]);
        Ok(works)
    }

    /// Instructions that all lanes have retired, and how many lanes wait for a system call.
    fn tally(&mut self) -> Result<(u64, u32), Error> {
        let (mut retired, mut waiting) = (0u64, 0);
        let gpu = self.gpu.clone();
        let mut work = Vec::new();
        for bank in &self.banks {
            if let Some(outs) = bank.lanes.known_outs() {
                let outs = outs.par_iter().with_min_len(PART);
                let each = outs.clone().map(|out| u64::from(out[2]) | u64::from(out[3]) << 32);
                retired = retired.saturating_add(each.reduce(|| 0, u64::saturating_add));
                waiting += outs.filter(|out| out[4] == REASON_SYSCALL).count() as u32;
                continue;
            }
            let items = bank.lanes.count.min(TALLIES);
            let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
            let tallies = gpu.buffer("tallies", u64::from(items) * 16, usage)?;
            let params = Params { lanes: bank.lanes.count, items, ..Params::default() };
            let params = pass::uniform(&gpu, &params)?;
            let pipeline = self.pipelines.pass(&gpu, Pass::Tally)?;
            let bound =
                pipeline.bind(&gpu, &[("pc_out", &bank.lanes.pc_out), ("params", &params), ("tallies", &tallies)])?;
            work.push((tallies, bound, items));
        }
        if work.is_empty() {
            return Ok((retired, waiting));
        }
        let commands = gpu.guard("summing up", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            for (_, bound, items) in &work {
                pass::encode(&mut encoder, bound, *items);
            }
            encoder.finish()
        })?;
        gpu.queue().submit([commands]);
        let ranges: Vec<_> = work.iter().map(|(tallies, ..)| (tallies, 0..tallies.size())).collect();
        for bytes in gpu.download(&ranges)? {
            let tallies: Vec<[u32; 4]> = bytemuck::pod_collect_to_vec(&bytes);
            let each = tallies.iter().map(|tally| u64::from(tally[0]) | u64::from(tally[1]) << 32);
            retired = each.fold(retired, u64::saturating_add);
            waiting += tallies.iter().map(|tally| tally[2]).sum::<u32>();
        }
        Ok((retired, waiting))
    }
}

/// Of slices, and of the passes before them, two each.
struct Timers {
    slices: Timer,
    passes: Timer,
}

impl Timers {
    fn new(gpu: &Gpu) -> Result<Option<Timers>, Error> {
        let slices = Timer::new(gpu, LEAVING_SLICES)?;
        Ok(slices.zip(Timer::new(gpu, 2 * LEAVING_SLICES)?).map(|(slices, passes)| Timers { slices, passes }))
    }
}

/// What one execute goes by, and what it has come to.
#[derive(Default)]
struct Run {
    limit: u64,
    limit_kind: u32,
    /// Whether the next status comes with how every lane stands.
    ahead: bool,
    /// Submissions.
    batches: u32,
    slices: u32,
    calls: u64,
    translated: u64,
    gpu: Option<Duration>,
    longest: Duration,
}

impl Status {
    /// Lanes of a slice left it, and others did not.
    fn parted(&self) -> bool {
        self.work[(STATUS_PARTED - prefetch::STATUS.first) as usize] != 0
    }

    fn new(words: &[u32]) -> Status {
        Status {
            workgroups: words[STATUS_WORKGROUPS as usize],
            epoch: words[STATUS_EPOCH as usize],
            frames: words[STATUS_FRAMES as usize],
            dry: words[STATUS_DRY as usize] != 0,
            cut: words[STATUS_CUT as usize] != 0,
            gained: words[STATUS_GAINED as usize] != 0,
            asked: words[STATUS_ASKED as usize] != 0,
            calls: words[STATUS_CALLS as usize],
            ring_used: words[STATUS_RING_USED as usize],
            translated: u64::from(words[STATUS_TRANSLATED_LOW as usize])
                | u64::from(words[STATUS_TRANSLATED_HIGH as usize]) << 32,
            work: std::array::from_fn(|n| words[prefetch::STATUS.first as usize + n]),
        }
    }
}

/// Towards a target time, at most four times longer than before.
fn next_slice(cycles: u32, elapsed: Duration, target: Duration) -> u32 {
    let ratio = target.as_secs_f64() / elapsed.as_secs_f64().max(1e-6);
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
            cycles = next_slice(cycles, Duration::from_nanos(u64::from(cycles) * 100), SLICE_TARGET);
        }
        assert!((450_000..550_000).contains(&cycles), "{cycles}");
        assert_eq!(next_slice(SMALLEST_SLICE, Duration::from_secs(5), SLICE_TARGET), SMALLEST_SLICE);
        assert_eq!(next_slice(LARGEST_SLICE, Duration::ZERO, SLICE_TARGET), LARGEST_SLICE);
    }
}
