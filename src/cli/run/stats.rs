//! What `kvrm run --stats` prints.

use std::fmt;

use crate::cli::dispatch::DispatchStats;
use kvrm::linux::{Outcome, Process};
use kvrm::machine::{HotLoop, Loops, MemoryUse, MemoryWork, Prefetch, Refusal};
use serde::Serialize;

/// What `--stats` prints.
#[derive(Serialize)]
pub struct Stats {
    adapter: String,
    backend: String,
    lanes: u32,
    /// Retired by lane 0.
    lane_instructions: u64,
    /// Retired by all lanes.
    instructions: u64,
    system_calls: u64,
    gpu_system_calls: u64,
    stop: String,
    exit_status: u8,
    /// What compiling the first shaders took, before the program's first instruction.
    compile_seconds: f64,
    /// From its first instruction on.
    wall_seconds: f64,
    /// The longest time that the GPU worked without the host looking.
    longest_frame_seconds: f64,
    mips: f64,
    /// Blocks that were translated, and the instructions in them; 0 if nothing was.
    translated_blocks: usize,
    translated_instructions: usize,
    /// Of the instructions retired, those that ran translated.
    translated_share: f64,
    /// Why no more were; the rest is interpreted.
    translated_limit: Option<String>,
    /// What making and compiling them took.
    translate_seconds: f64,
    memory: MemoryUse,
    /// Not interpreted one by one, of all lanes.
    instructions_skipped: u64,
    /// Whether hot loops were noticed in the end; not with `--loops off`, and not in programs that end too soon.
    loops_noticed: bool,
    loops_wanted: bool,
    /// What asking the networks about them took.
    inference_seconds: f64,
    loops: Vec<LoopStats>,
    /// What lanes had to do for their memory; none unless it is counted.
    memory_work: Option<MemoryWork>,
    dispatch: DispatchStats,
}

/// A loop that was hot.
#[derive(Serialize)]
struct LoopStats {
    head: String,
    length: u32,
    visits: u32,
    proved: u32,
    refused: u32,
    refusal: Option<&'static str>,
    skipped: u64,
    retired: bool,
}

impl From<HotLoop> for LoopStats {
    fn from(hot: HotLoop) -> Self {
        Self {
            head: format!("{:#x}", hot.head),
            length: hot.length,
            visits: hot.visits,
            proved: hot.proved,
            refused: hot.refused,
            refusal: hot.refusal.map(Refusal::text),
            skipped: hot.skipped,
            retired: hot.retired,
        }
    }
}

impl Stats {
    pub fn new(process: &mut Process, outcome: &Outcome) -> anyhow::Result<Self> {
        let loops: Vec<_> = process.machine_mut().hot_loops()?.into_iter().map(LoopStats::from).collect();
        let memory = process.machine_mut().memory_use()?;
        let dispatch = DispatchStats::new(process.machine_mut(), outcome.retired)?;
        let adapter = process.machine().adapter();
        let wall_seconds = outcome.wall.as_secs_f64();
        let translation = process.machine().translation().unwrap_or_default();
        Ok(Self {
            adapter: adapter.name.clone(),
            backend: adapter.backend.to_string(),
            lanes: process.lanes(),
            lane_instructions: process.stop(0).retired,
            instructions: outcome.retired,
            system_calls: outcome.system_calls,
            gpu_system_calls: outcome.gpu_system_calls,
            stop: if outcome.interrupted {
                process.describe(0)
            } else {
                kvrm::linux::in_words(&process.stop(0).reason)
            },
            exit_status: super::status(process, outcome),
            compile_seconds: outcome.compile.as_secs_f64(),
            wall_seconds,
            longest_frame_seconds: outcome.longest.as_secs_f64(),
            mips: outcome.retired as f64 / wall_seconds.max(1e-9) / 1e6,
            instructions_skipped: loops.iter().map(|hot| hot.skipped).sum(),
            loops_noticed: process.machine().notices_loops(),
            loops_wanted: process.machine().loops() != Loops::Off,
            dispatch,
            inference_seconds: process.machine().loop_inference().as_secs_f64(),
            loops,
            translated_blocks: translation.blocks,
            translated_instructions: translation.instructions,
            translated_limit: translation.limit.map(|limit| limit.to_string()),
            translated_share: outcome.translated as f64 / outcome.retired.max(1) as f64,
            memory_work: (process.machine().prefetch() != Prefetch::Off).then(|| process.machine().memory_work()),
            translate_seconds: (translation.translate + translation.compile).as_secs_f64(),
            memory,
        })
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "adapter       {} ({})", self.adapter, self.backend)?;
        writeln!(f, "lanes         {}", self.lanes)?;
        writeln!(f, "instructions  {} in lane 0, {} in all", self.lane_instructions, self.instructions)?;
        writeln!(f, "system calls  {}, {} of them on the GPU", self.system_calls, self.gpu_system_calls)?;
        writeln!(f, "stop          {}", self.stop)?;
        writeln!(f, "compiling     {:.3} s, before the program began", self.compile_seconds)?;
        writeln!(f, "wall time     {:.3} s", self.wall_seconds)?;
        writeln!(f, "longest frame {:.1} ms", self.longest_frame_seconds * 1e3)?;
        if self.translated_blocks != 0 {
            let Stats { translated_blocks, translated_instructions, translated_share, translate_seconds, .. } = self;
            writeln!(
                f,
                "translated    {translated_instructions} instructions in {translated_blocks} blocks, {translate_seconds:.3} s, {:.1} % of what ran",
                translated_share * 100.0
            )?;
            if let Some(limit) = &self.translated_limit {
                writeln!(f, "              the rest is interpreted: no more than {limit} are translated")?;
            }
        }
        writeln!(f, "speed         {:.2} MIPS", self.mips)?;
        let MemoryUse { shared_pages, copied_pages, frames, banks, .. } = self.memory;
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        writeln!(
            f,
            "pages         {shared_pages} shared, {copied_pages} copied, in {frames} frames and {banks} banks"
        )?;
        writeln!(
            f,
            "memory        {:.1} MiB of frames (peak {:.1}), {:.1} MiB on the GPU (peak {:.1}), {:.1} MiB put away (peak {:.1})",
            mib(self.memory.frame_bytes),
            mib(self.memory.peak_frame_bytes),
            mib(self.memory.gpu_bytes),
            mib(self.memory.peak_gpu_bytes),
            mib(self.memory.spilled_bytes),
            mib(self.memory.peak_spilled_bytes)
        )?;
        if let Some(MemoryWork {
            misses, stalls, ahead, ahead_used, leaves, asked, used, late, wrong, dropped, ..
        }) = self.memory_work
        {
            writeln!(
                f,
                "memory work   {misses} misses, {stalls} pages copied by lanes, {ahead} ahead ({ahead_used} used), \
                 {leaves} slices left"
            )?;
            writeln!(
                f,
                "predictions   {used} used, {late} late, {wrong} wrong, {dropped} dropped; network asked {asked} times"
            )?;
        }
        if self.loops_wanted && !self.loops_noticed && self.loops.is_empty() {
            writeln!(
                f,
                "hot loops     not looked for: it ended before that was likely to pay (--loop-patience 0: at once)"
            )?;
        } else if self.loops_wanted {
            let share = self.instructions_skipped as f64 / self.instructions.max(1) as f64 * 100.0;
            writeln!(f, "hot loops     {}, {share:.1} % of the instructions run as a whole", self.loops.len())?;
        }
        writeln!(f, "kernels       {}", self.dispatch)?;
        if self.inference_seconds > 0.0 {
            writeln!(f, "networks      asked for {:.3} s", self.inference_seconds)?;
        }
        for hot in &self.loops {
            let LoopStats { head, length, visits, proved, refused, skipped, .. } = hot;
            write!(f, "  {head}  {length} instructions, {visits} visits, {proved} proved, {skipped} skipped")?;
            if let Some(reason) = hot.refusal {
                write!(f, "; {refused} refused: {reason}")?;
            }
            writeln!(f, "{}", if hot.retired { "; given up" } else { "" })?;
        }
        Ok(())
    }
}
