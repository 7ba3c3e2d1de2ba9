//! The run loop: slices short enough for display watchdogs, each dispatched by what the one before left to do.

use super::report::Advance;
use crate::abi::*;
use crate::gpu::{Bound, Buffer, Encode, Gpu, Timer};
use crate::machine::Error;
use crate::machine::banks::bank::{Bank, Next};
use crate::machine::banks::core::Core;
use crate::machine::code::control_words::dispatch_buffers;
use crate::machine::companions::Companions;
use crate::machine::companions::companion::{Batch, Counted, MOST_SLICES, Setting, Wish};
use crate::machine::pass::Params;
use crate::machine::state::lanes::Lanes;
use std::time::{Duration, Instant};

/// Watchdogs of displays end dispatches of some hundred milliseconds on macOS, of two seconds on Windows.
const SLICE_TARGET: Duration = Duration::from_millis(50);
/// A slice's instructions before anything is known of the adapter.
const FIRST_SLICE: u32 = 4096;
const SMALLEST_SLICE: u32 = 256;
const LARGEST_SLICE: u32 = 1 << 26;
/// Slices of one submission once they are as long as they should be: the status is read once for all of them.
const SLICES_PER_BATCH: u32 = 3;
/// Slices of the first submission of an execute in which lanes may end them early: the first up to where that is, the second
/// behind it.
const FIRST_SLICES: u32 = 2;

/// How slices are cut.
pub struct Slices {
    /// Instructions of the next one.
    cycles: u32,
    /// In eighths of the slice before.
    growth: u32,
    adapts: bool,
    time: Duration,
    /// One has run before.
    pub warm: bool,
    /// The last execute was over after its first submission.
    pub ends_at_once: bool,
    /// The GPU's own time is wanted.
    pub timestamps: bool,
}

/// What one execute goes by, and what it has come to.
#[derive(Default)]
struct Execute {
    limit: u64,
    limit_kind: u32,
    /// Whether the next status comes with how every lane stands.
    ahead: bool,
    /// Submissions.
    batches: u32,
    slices: u32,
    traps: u64,
    translated: u64,
    gpu: Option<Duration>,
    longest: Duration,
}

/// What slices of a bank have bound.
struct SliceBound {
    /// Parameters of a first slice and of any other.
    params: [Buffer; 2],
    slices: [Bound; 2],
    /// The layouts are in a buffer that is replaced when it is full.
    layouts: Buffer,
}

/// Of slices, and of the passes before them, two each.
struct Timers {
    slices: Timer,
    passes: Timer,
}

impl Timers {
    fn new(gpu: &Gpu) -> Result<Option<Timers>, Error> {
        let slices = Timer::new(gpu, MOST_SLICES)?;
        Ok(slices.zip(Timer::new(gpu, 2 * MOST_SLICES)?).map(|(slices, passes)| Timers { slices, passes }))
    }
}

/// What the GPU reports after a batch.
struct Status {
    words: Vec<u32>,
}

impl Status {
    fn word(&self, word: u32) -> u32 {
        self.words[word as usize]
    }

    /// There are lanes that go on.
    fn more(&self) -> bool {
        self.word(STATUS_WORKGROUPS) != 0
    }

    /// A lane came to what the interpreter has not.
    fn met_vectors(&self) -> bool {
        self.word(STATUS_VECTOR) != 0
    }

    /// A lane found no frame.
    fn dry(&self) -> bool {
        self.word(STATUS_DRY) != 0
    }
}

impl Slices {
    /// `cycles`: instructions of every slice, if they are not to be chosen.
    pub fn new(cycles: Option<u32>, timestamps: bool) -> Slices {
        Slices {
            cycles: cycles.unwrap_or(FIRST_SLICE).max(1),
            growth: 8,
            adapts: cycles.is_none(),
            time: Duration::ZERO,
            warm: false,
            ends_at_once: false,
            timestamps,
        }
    }

    /// Lets lanes go on up to a limit, of what they have retired in all or, with FLAG_RELATIVE in `limit_kind`, of what they
    /// retire now. `stops` says that the caller asks how every lane stands next.
    pub fn run(
        &mut self,
        core: &mut Core,
        companions: &mut Companions,
        (limit, limit_kind): (u64, u32),
        stops: bool,
    ) -> Result<Advance, Error> {
        let started = Instant::now();
        core.flush()?;
        for n in 0..companions.all().len() {
            let setting = companions.setting(core, self.warm);
            companions.all_mut()[n].begin(core, &setting)?;
        }
        if !self.warm && core.is_interrupted() && companions.translation.is_left() {
            // No lane was ever on its way, and nobody waits for what the first slice would have to compile instead.
            let (wall, longest) = (started.elapsed(), Duration::ZERO);
            return Ok(Advance { cycles: 0, waiting: 0, wall, gpu: None, slices: 0, traps: 0, translated: 0, longest });
        }
        let before = match core.standing.retired.take() {
            Some(retired) => retired,
            None => core.tally()?.0,
        };
        for bank in &mut core.banks {
            bank.lanes.forget();
            (bank.next, bank.full) = (Next::Start, false);
        }
        // Each download is a round trip. What ended in its first slices last time probably does again.
        let ahead = stops && self.ends_at_once;
        let mut execute = Execute { limit, limit_kind, ahead, ..Execute::default() };
        let result = self.run_banks(core, companions, &mut execute);
        core.banks.iter_mut().for_each(|bank| bank.next = Next::Nothing);
        result?;
        self.ends_at_once = execute.batches <= 1;
        if stops {
            for bank in &mut core.banks {
                bank.lanes.outs(&core.gpu)?;
            }
        }
        let (retired, waiting) = core.tally()?;
        core.standing.retired = Some(retired);
        let (cycles, Execute { slices, traps, translated, gpu, longest, .. }) = (retired - before, execute);
        Ok(Advance { cycles, waiting, wall: started.elapsed(), gpu, slices, traps, translated, longest })
    }

    /// Runs all banks until none has a lane that can go on.
    fn run_banks(&mut self, core: &mut Core, companions: &mut Companions, execute: &mut Execute) -> Result<(), Error> {
        let gpu = core.gpu.clone();
        let timers = if self.timestamps { Timers::new(&gpu)? } else { None };
        execute.gpu = timers.as_ref().map(|_| Duration::ZERO);
        loop {
            core.take_turns()?;
            let can_go = |bank: &Bank| bank.next != Next::Nothing && bank.here().is_some();
            let active: Vec<usize> = (0..core.banks.len()).filter(|index| can_go(&core.banks[*index])).collect();
            // Not before every bank has had a slice: a lane whose trap was answered is behind it then.
            let begun = core.banks.iter().all(|bank| bank.next != Next::Start);
            if active.is_empty() || (begun && core.is_interrupted()) {
                return Ok(());
            }
            let setting = companions.setting(core, self.warm);
            for index in &active {
                bind(core, companions, &setting, *index)?;
            }
            for companion in companions.all_mut() {
                companion.before(core, &active)?;
            }
            let wish = companions.wish(core, &setting, &active);
            let slices = self.slices(&wish, active.len(), execute.batches);
            let submitted = Instant::now();
            let preceded = self.submit(core, companions, &active, slices, &wish, execute, timers.as_ref())?;
            let statuses = statuses(core, &active, execute.ahead)?;
            execute.batches += 1;
            execute.ahead = false;
            let (most_ran, taken) = take_statuses(core, &active, &statuses, slices, execute)?;
            let mut counted = Counted { length: wish.length, ..Counted::default() };
            for companion in companions.all_mut() {
                for (index, status) in active.iter().zip(&statuses) {
                    companion.counted(core, &setting, *index, &status.words, &mut counted)?;
                }
            }
            execute.slices += most_ran;
            execute.translated += counted.translated;
            let mut before = None;
            if let (Some(timers), Some(total)) = (&timers, execute.gpu) {
                execute.gpu = timers.slices.read(&gpu, slices)?.map(|time| total + time);
                before = if preceded { timers.passes.sum(&gpu, 2 * slices)? } else { None };
            }
            if !core.standing.vectors && statuses.iter().any(Status::met_vectors) {
                core.standing.vectors = true;
                core.banks.iter_mut().for_each(|bank| bank.bound.clear());
                // What they run from now on may have to be compiled.
                self.warm = false;
            }
            // The first slice ever may have waited for the driver's compiler.
            let elapsed = submitted.elapsed() / most_ran;
            let settled = std::mem::replace(&mut self.warm, true);
            let ran = if settled { elapsed * most_ran } else { Duration::ZERO };
            execute.longest = execute.longest.max(ran);
            let more = statuses.iter().any(Status::more);
            // Slices that ended early say nothing about the time of whole ones.
            let whole = more && !counted.cut && counted.left * 2 <= most_ran;
            if self.adapts && settled && wish.look.is_none() && (whole || elapsed > SLICE_TARGET) {
                self.adapt(elapsed, counted.length.unwrap_or(SLICE_TARGET));
            }
            let groups = active.iter().map(|index| core.banks[*index].groups(core.shape.group_shift));
            let groups: u32 = groups.map(|groups| groups.end - groups.start).sum();
            let frames = f64::from(taken) / f64::from(groups);
            let batch =
                Batch { active: &active, slices, ran, more, leaves: wish.leaves, counted, frames, preceded, before };
            for n in 0..companions.all().len() {
                let setting = companions.setting(core, self.warm);
                companions.all_mut()[n].after(core, &setting, &batch)?;
            }
            // From behind: a bank that is split moves those behind it.
            for (index, _) in active.iter().zip(&statuses).filter(|(_, status)| status.dry()).rev() {
                relieve(core, *index)?;
            }
        }
    }

    /// Slices of the next submission, of so many banks; `batches` were before it.
    fn slices(&mut self, wish: &Wish, banks: usize, batches: u32) -> u32 {
        if let Some((_, longest)) = wish.many
            && self.adapts
            && self.time > longest * 2
        {
            self.cycles = next_slice(self.cycles, self.time, longest);
            self.time = longest;
        }
        // A second slice in one submission would wait, bank by bank, for all of the first.
        let long = self.time >= SLICE_TARGET / 2 && banks == 1;
        let cut_short = wish.cut_short && banks == 1;
        match wish.many {
            _ if wish.alone => 1,
            Some((slices, _)) if batches > 0 => slices,
            _ if cut_short && !wish.leaves && !long && batches == 0 => FIRST_SLICES,
            _ if wish.leaves || long || cut_short => SLICES_PER_BATCH,
            _ => 1,
        }
    }

    /// A slice took so long, and should so long.
    fn adapt(&mut self, elapsed: Duration, target: Duration) {
        self.time = elapsed;
        let next = next_slice(self.cycles, elapsed, target);
        self.growth = (u64::from(next) * 8 / u64::from(self.cycles)).clamp(1, 64) as u32;
        self.cycles = next;
    }

    /// Submits slices of some banks. No slice of one touches what another's writes, so that they may run at once. Returns
    /// whether passes were before them.
    #[expect(clippy::too_many_arguments, reason = "all that a submission is made of")]
    fn submit(
        &self,
        core: &Core,
        companions: &Companions,
        active: &[usize],
        slices: u32,
        wish: &Wish,
        execute: &Execute,
        timers: Option<&Timers>,
    ) -> Result<bool, Error> {
        let gpu = &core.gpu;
        let limit = [execute.limit as u32, (execute.limit >> 32) as u32];
        let breakpoint = companions.breakpoint.words();
        // Where lanes leave slices it is said by what they came to.
        let growth = if wish.leaves { 8 } else { self.growth };
        let every = execute.limit_kind | wish.flags | growth << FLAG_GROWTH_SHIFT;
        let mut bound = Vec::with_capacity(active.len());
        for index in active {
            let bank = &core.banks[*index];
            let binding: &SliceBound = bank.bound.get().expect("the caller bound it");
            let first = match bank.next {
                Next::Start => FLAG_FIRST,
                Next::Resume => FLAG_POOL,
                Next::Go | Next::Nothing => 0,
            };
            for (buffer, flags) in binding.params.iter().zip([first | every, every]) {
                let slice_cycles = wish.look.unwrap_or(self.cycles);
                let items = core.ahead_limit(*index);
                let params =
                    Params { slice_cycles, flags, limit, items, breakpoint, ..bank.params(core.shape.group_shift) };
                gpu.upload(buffer, 0, bytemuck::bytes_of(&params));
            }
            // Not in the encoder: between two banks' dispatches there would be a barrier then, and the driver would
            // let the second wait for the first.
            bank.clear_status(gpu, &[STATUS_WORKGROUPS]);
            bound.push((&bank.lanes, binding));
        }
        let preceding: Vec<_> = companions.all().into_iter().filter(|one| one.precedes(core, active)).collect();
        let following: Vec<_> = companions.all().into_iter().filter(|one| one.follows(wish.flags)).collect();
        let slice_timer = timers.map(|timers| &timers.slices);
        let commands = gpu.guard("encoding slices", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            for slice in 0..slices {
                if slice > 0 {
                    for (lanes, _) in &bound {
                        encoder.copy(&lanes.status, 0, &lanes.arguments, 0, 12);
                        encoder.clear(&lanes.status, 0..4);
                    }
                }
                for companion in &preceding {
                    let timer = timers.map(|timers| &timers.passes);
                    companion.encode_before(core, active, &mut encoder, timer, slice);
                }
                {
                    let timestamps = match following.is_empty() {
                        true => slice_timer.and_then(|timer| timer.writes(slice)),
                        false => slice_timer.and_then(|timer| timer.begins(slice)),
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
                for companion in &following {
                    for (lanes, _) in &bound {
                        encoder.copy(&lanes.status, 0, &lanes.arguments, 0, 12);
                    }
                    companion.encode_behind(core, active, &mut encoder, slice_timer, slice);
                }
            }
            if let Some(timers) = timers {
                timers.slices.resolve(&mut encoder, slices);
                if !preceding.is_empty() {
                    timers.passes.resolve(&mut encoder, 2 * slices);
                }
            }
            encoder.finish()
        })?;
        gpu.queue().submit([commands]);
        Ok(!preceding.is_empty())
    }
}

/// The status words of some banks.
fn statuses(core: &mut Core, active: &[usize], ahead: bool) -> Result<Vec<Status>, Error> {
    let Core { gpu, banks, .. } = core;
    let banks = banks.iter_mut().enumerate().filter(|(index, _)| active.contains(index));
    let words = Lanes::status(gpu, banks.map(|(_, bank)| &mut bank.lanes), ahead)?;
    Ok(words.into_iter().map(|words| Status { words }).collect())
}

/// Takes notice of how banks stand. Returns the most slices that one of them ran, and how many frames they took.
fn take_statuses(
    core: &mut Core,
    active: &[usize],
    statuses: &[Status],
    slices: u32,
    execute: &mut Execute,
) -> Result<(u32, u32), Error> {
    let (mut most_ran, mut taken, mut frames) = (0, 0, 0);
    for (index, status) in active.iter().zip(statuses) {
        let bank = &mut core.banks[*index];
        let ran = status.word(STATUS_EPOCH).wrapping_sub(bank.epoch);
        if ran == 0 || ran > slices {
            return Err(Error::SliceLost);
        }
        bank.epoch = status.word(STATUS_EPOCH);
        execute.traps += u64::from(status.word(STATUS_TRAPS).wrapping_sub(bank.traps));
        bank.traps = status.word(STATUS_TRAPS);
        // A bank that was parted knows of output that its new status does not.
        bank.ring_used = bank.ring_used.max(status.word(STATUS_RING_USED));
        taken += status.word(STATUS_FRAMES).saturating_sub(bank.frames);
        bank.frames = status.word(STATUS_FRAMES);
        bank.next = if status.more() { Next::Go } else { Next::Nothing };
        frames += u64::from(bank.frames);
        most_ran = most_ran.max(ran);
    }
    core.room.peak.frames = core.room.peak.frames.max(frames * core.frame_bytes());
    Ok((most_ran, taken))
}

/// Lets lanes of a bank go on that found no frame, if there is a way to more.
fn relieve(core: &mut Core, index: usize) -> Result<(), Error> {
    core.banks[index].clear_status(&core.gpu, &[STATUS_DRY]);
    if core.banks[index].full {
        return Ok(());
    }
    // For the sake of another bank it may have been put away meanwhile.
    if core.banks[index].spilled_bytes().is_some() {
        core.banks[index].next = Next::Resume;
        return Ok(());
    }
    let range = core.banks[index].range();
    let relieved = core.make_room(index)?;
    for bank in core.banks.iter_mut().filter(|bank| range.contains(&bank.first)) {
        if relieved {
            bank.next = Next::Resume;
        } else {
            bank.full = true;
        }
    }
    Ok(())
}

/// Makes what a bank's slices bind, unless what it has is right.
fn bind(core: &mut Core, companions: &mut Companions, setting: &Setting, index: usize) -> Result<(), Error> {
    let bound: Option<&SliceBound> = core.banks[index].bound.get();
    if bound.is_some_and(|bound| bound.layouts == core.layouts.buffer) {
        return Ok(());
    }
    let pipeline = companions.pipeline(core, setting)?;
    for companion in companions.all_mut() {
        companion.prepare(core, setting, index)?;
    }
    let Core { gpu, shape, layouts, networks, .. } = &*core;
    let bank = &core.banks[index];
    let (lanes, code, pool) = (&bank.lanes, bank.code(), bank.pool());
    let params = [bank.uniform(gpu, shape.group_shift, 0, 0)?, bank.uniform(gpu, shape.group_shift, 0, 0)?];
    let bind = |params: &Buffer| {
        let mut buffers = vec![
            ("memory", &pool.memory),
            ("registers", &lanes.registers),
            ("program_counter", &lanes.program_counter),
            ("inst", &lanes.inst),
            ("pc_out", &lanes.pc_out),
            ("params", params),
            ("control_words", &code.control_words),
            ("layouts", &layouts.buffer),
            ("slots", &pool.slots),
            ("lane_state", &lanes.state),
            ("status", &lanes.status),
            ("isa_lookup", &code.lookup),
            ("lane_io", &lanes.io.buffer),
        ];
        buffers.extend(dispatch_buffers(code, networks));
        buffers.extend(companions.all().into_iter().filter_map(|companion| companion.buffers(bank)));
        pipeline.bind(gpu, &buffers)
    };
    let slices = [bind(&params[0])?, bind(&params[1])?];
    for companion in companions.all_mut() {
        companion.bind(core, setting, index, &params[1])?;
    }
    let layouts = core.layouts.buffer.clone();
    core.banks[index].bound.set(SliceBound { params, slices, layouts });
    Ok(())
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
