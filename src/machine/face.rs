//! The machine's face: what its lanes offer. Each is done below.

use super::banks::snapshot::Snapshot;
use super::banks::standing::MemoryUse;
use super::banks::transfer::Checks;
use super::builder::MachineBuilder;
use super::code::dispatch::{Dispatched, Predictions};
use super::companions::companion::Setting;
use super::companions::coverage::Joined;
use super::companions::loops::table::{HotLoop, LoopSample};
use super::companions::prefetch::work::{Foreseen, MemoryWork};
use super::companions::translation::recipe::TranslationReport;
use super::lane_set::LaneSet;
use super::memory::address_space::Layout;
use super::memory::image::Segment;
use super::options::{Coverage, Dispatch, Loops, Prefetch};
use super::personality::Personality;
use super::run::report::{Advance, Report};
use super::state::stop::{Stop, StopReason};
use super::{Error, Machine};
use crate::abi::{FLAG_RELATIVE, RegisterFile};
use crate::neural::OracleEvent;
use crate::translate::Progress;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

impl Machine {
    /// Sets up a machine.
    pub fn builder() -> MachineBuilder {
        MachineBuilder::default()
    }

    /// Number of lanes.
    pub fn lanes(&self) -> u32 {
        self.core.lanes()
    }

    /// Bytes of memory that a lane may have.
    pub fn memory_size(&self) -> u64 {
        self.core.shape.memory_size
    }

    /// Whether [`Report::gpu`] and [`MemoryWork::pass_nanoseconds`] are wanted from now on; see
    /// [`MachineBuilder::timestamps`].
    pub fn set_timestamps(&mut self, timestamps: bool) {
        self.slices.timestamps = timestamps;
    }

    /// The adapter that runs the lanes.
    pub fn adapter(&self) -> &wgpu::AdapterInfo {
        self.core.gpu.info()
    }

    /// Loads raw code or data at `address` for all lanes, readable, writable and executable. Before anything has run
    /// the bytes are shared by all lanes; afterwards every lane gets them written.
    pub fn load_program(&mut self, bytes: &[u8], address: u64) -> Result<(), Error> {
        self.core.load_program(bytes, address)
    }

    /// Loads a program's segments as an image that all lanes share, and gives every lane an address space of these and
    /// of the regions of `extra`, on which a segment may lie that is no part of a file, as a stack's first contents are. All
    /// that there was before is dropped: memory, registers, stops, counts.
    pub fn load_segments(&mut self, segments: &[Segment], extra: &Layout) -> Result<(), Error> {
        self.core.load_segments(segments, extra)
    }

    /// The lane's address space.
    pub fn layout(&mut self, lane: u32) -> Result<&Layout, Error> {
        self.core.layout(lane)
    }

    /// The address space that lanes begin with.
    pub(crate) fn first_layout(&self) -> &Layout {
        self.core.first_layout()
    }

    /// Changes the lane's address space. Its own copies of the pages in `discard` are dropped: it reads the image
    /// there, or zeros, as the layout says. [`Layout::drop_contents`] is for memory that stays mapped.
    pub fn set_layout(&mut self, lane: u32, layout: Layout, discard: &[Range<u64>]) -> Result<(), Error> {
        self.core.set_layout(lane, layout, discard)
    }

    /// Moves the lane's own copies of pages to `to` on, which has none: what [`Layout::move_pages`] did to its address space.
    /// All addresses are multiples of the page size; no page is in both ranges.
    pub fn move_pages(&mut self, lane: u32, from: Range<u64>, to: u64) -> Result<(), Error> {
        self.core.move_pages(lane, from, to)
    }

    /// Leaves room for so many regions of all lanes' address spaces together.
    #[cfg(test)]
    pub(crate) fn limit_layouts(&mut self, most: u32) {
        self.core.layouts.limit(most);
    }

    /// A register: 0 to 30 are X0 to X30, 31 is SP.
    pub fn register(&mut self, lane: u32, n: u32) -> Result<u64, Error> {
        self.core.register(lane, n)
    }

    /// All registers of a lane, in one round trip.
    pub fn registers(&mut self, lane: u32) -> Result<RegisterFile, Error> {
        self.core.registers(lane)
    }

    /// Sets all registers of a lane, which goes on at their program counter, as [`Machine::set_pc`] has it.
    pub fn set_all_registers(&mut self, lane: u32, registers: &RegisterFile) -> Result<(), Error> {
        self.core.set_all_registers(lane, registers)
    }

    /// Sets a register: 0 to 30 are X0 to X30, 31 is SP.
    pub fn set_register(&mut self, lane: u32, n: u32, value: u64) -> Result<(), Error> {
        self.core.set_register(lane, n, value)
    }

    /// Sets a register of neighbouring lanes at once.
    pub fn set_registers(&mut self, n: u32, first_lane: u32, values: &[u64]) -> Result<(), Error> {
        self.core.set_registers(n, first_lane, values)
    }

    /// The instruction that is next.
    pub fn pc(&mut self, lane: u32) -> Result<u64, Error> {
        self.core.pc(lane)
    }

    /// Lets the lane go on at `pc`, whatever stopped it. As in a branch, the top byte becomes a copy of bit 55.
    pub fn set_pc(&mut self, lane: u32, pc: u64) -> Result<(), Error> {
        self.core.set_pc(lane, pc)
    }

    /// The flags: N is 8, Z 4, C 2, V 1.
    pub fn nzcv(&mut self, lane: u32) -> Result<u8, Error> {
        self.core.nzcv(lane)
    }

    /// Compiles what restarts need at once rather than one after the other when they come.
    pub(crate) fn prepare_restarts(&mut self) -> Result<(), Error> {
        self.core.prepare_restarts()
    }

    /// Sets the flags: N is 8, Z 4, C 2, V 1.
    pub fn set_nzcv(&mut self, lane: u32, nzcv: u8) -> Result<(), Error> {
        self.core.set_nzcv(lane, nzcv)
    }

    /// The instruction word that the lane fetched last (buffer 3).
    pub fn last_instruction(&mut self, lane: u32) -> Result<u32, Error> {
        self.core.last_instruction(lane)
    }

    /// Ends a lane for a reason of the host's: it does not go on until [`Machine::set_pc`].
    pub fn set_stop(&mut self, lane: u32, reason: StopReason) -> Result<(), Error> {
        self.core.set_stop(lane, reason)
    }

    /// Reads `length` bytes at `address` of `lane` for each span, all in one GPU pass or few. A result is shorter than
    /// asked where memory refused.
    pub fn read_many(&mut self, spans: &[(u32, u64, u32)], checks: Checks) -> Result<Vec<Vec<u8>>, Error> {
        self.core.read_many(spans, checks)
    }

    /// Writes bytes at addresses of lanes, in order. Returns how many bytes of each were written before memory refused.
    pub fn write_many(&mut self, writes: &[(u32, u64, &[u8])], checks: Checks) -> Result<Vec<u32>, Error> {
        self.core.write_many(writes, checks)
    }

    /// Reads memory of one lane, whatever its permissions.
    pub fn read_memory(&mut self, lane: u32, address: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.core.read_memory(lane, address, buffer)
    }

    /// Writes memory of one lane, whatever its permissions.
    pub fn write_memory(&mut self, lane: u32, address: u64, bytes: &[u8]) -> Result<(), Error> {
        self.core.write_memory(lane, address, bytes)
    }

    /// Writes row `i` of `rows`, each `row_bytes` long, at `address` of lane `first_lane + i`, whatever the lane's
    /// permissions. What no page is mapped for is [`Error::Unmapped`], of the lowest such lane; other lanes have their
    /// rows then.
    pub fn write_rows(&mut self, address: u64, row_bytes: u32, rows: &[u8], first_lane: u32) -> Result<(), Error> {
        self.core.write_rows(address, row_bytes, rows, first_lane)
    }

    /// Takes a snapshot of a lane, which stays as it is.
    pub fn snapshot(&mut self, lane: u32) -> Result<Snapshot, Error> {
        self.core.snapshot(lane)
    }

    /// Makes every lane what the snapshot's was, and that the start point for [`Machine::restore`]. The snapshot's pages
    /// become the image, which all lanes share.
    pub fn fork(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        self.core.fork(snapshot)
    }

    /// Makes every lane what lane 0 is, and that the start point for [`Machine::restore`].
    pub fn mark_start(&mut self) -> Result<(), Error> {
        self.core.mark_start()
    }

    /// Takes these lanes back to the start point: their registers, their counts, their memory. What they have written is
    /// free for others. Takes no part of the host that grows with what the lanes have done.
    pub fn restore(&mut self, lanes: &LaneSet) -> Result<(), Error> {
        self.core.restore(lanes)
    }

    /// [`Machine::restore`] of all lanes, which are expected to write to the pages that most of them wrote to since the
    /// last one: each gets its own copy of these again at once, so that none stops for it when it comes there. Does not
    /// wait for the GPU.
    pub fn restore_ahead(&mut self) -> Result<(), Error> {
        self.core.restore_ahead()
    }

    /// Has traps answered by `personality`, with rings of so many words. Drops inputs, and outputs not taken.
    pub(crate) fn set_personality(&mut self, personality: Personality, ring_words: u32) -> Result<(), Error> {
        self.core.set_personality(personality, ring_words)
    }

    /// Most words that every lane can have in a buffer that takes a part of `divisor` of what can be bound.
    pub(crate) fn lane_words(&self, divisor: u64) -> u32 {
        self.core.lane_words(divisor)
    }

    /// Bytes of input that a lane can have on the GPU.
    pub(crate) fn input_bytes(&self) -> usize {
        self.core.input_bytes()
    }

    /// Gives each of the first lanes its input. Inputs longer than `most_words` are left out; the rest of the
    /// lanes have none. Rings have to be empty.
    pub(crate) fn set_inputs(&mut self, inputs: &[Vec<u8>], most_words: u32) -> Result<(), Error> {
        self.core.set_inputs(inputs, most_words)
    }

    /// A row of `lane_state` of a lane that the host and the GPU change.
    pub(crate) fn lane_row(&mut self, lane: u32, field: u32) -> Result<u32, Error> {
        self.core.lane_row(lane, field)
    }

    pub(crate) fn set_lane_row(&mut self, lane: u32, field: u32, value: u32) -> Result<(), Error> {
        self.core.set_lane_row(lane, field, value)
    }

    /// The same field of all lanes.
    pub(crate) fn set_lane_rows(&mut self, field: u32, value: impl Fn(u32) -> u32) {
        self.core.set_lane_rows(field, value)
    }

    /// Takes what lanes have written out of their rings: lane, stream and bytes, in each lane's order.
    pub(crate) fn take_output(&mut self, take: impl FnMut(u32, usize, &[u8])) -> Result<(), Error> {
        self.core.take_output(take)
    }

    /// How every lane stands.
    pub fn stops(&mut self) -> Result<Vec<Stop>, Error> {
        self.core.stops()
    }

    /// How a lane stands.
    pub fn stop(&mut self, lane: u32) -> Result<Stop, Error> {
        self.core.stop(lane)
    }

    /// Memory in use.
    pub fn memory_use(&mut self) -> Result<MemoryUse, Error> {
        self.core.memory_use()
    }

    /// How instructions find their kernels.
    pub fn dispatch(&self) -> Dispatch {
        self.core.dispatch()
    }

    /// Replaces the simple network's 135 weights (buffer 6).
    pub fn load_dispatch_weights(&mut self, weights: &[f32]) -> Result<(), Error> {
        self.core.load_dispatch_weights(weights)
    }

    /// Replaces the embedding network's 10,279 weights (buffer 12).
    pub fn load_embedding_weights(&mut self, weights: &[f32]) -> Result<(), Error> {
        self.core.load_embedding_weights(weights)
    }

    /// What dispatch did with the instruction word that the lane fetched last; `None` in mode
    /// [`DispatchMode::Opcode`](super::DispatchMode::Opcode) and before the lane has run.
    pub fn dispatched(&mut self, lane: u32) -> Result<Option<Dispatched>, Error> {
        self.core.dispatched(lane)
    }

    /// How the network did on the image's code; nothing where dispatch is per instruction or by the table alone.
    pub fn predictions(&mut self) -> Result<Predictions, Error> {
        self.core.predictions()
    }

    /// How often the table's kernel took over from the one predicted, of all lanes; 0 unless dispatch is per instruction. An
    /// instruction that had to wait for a page counts each time that it was begun.
    pub fn rescues(&mut self) -> Result<u64, Error> {
        self.core.rescues()
    }

    /// Lets every lane that can go on retire at most `max_cycles` instructions. Lanes that stopped at a cycle limit or
    /// a trap go on; others stay stopped until [`Machine::set_pc`].
    pub fn execute(&mut self, max_cycles: u64) -> Result<Report, Error> {
        let advance = self.advance(max_cycles, FLAG_RELATIVE, true)?;
        self.report(advance)
    }

    /// The same with a limit on what each lane has retired in all, so that a program that is served in between can be
    /// stopped exactly.
    pub fn execute_until(&mut self, retired: u64) -> Result<Report, Error> {
        let advance = self.advance(retired, 0, true)?;
        self.report(advance)
    }

    /// The same, for those who do not ask how every lane stands: the host does nothing that grows with their number.
    pub fn advance_until(&mut self, retired: u64) -> Result<Advance, Error> {
        self.advance(retired, 0, false)
    }

    /// Compiles what lanes run at first, where that is not done yet, and returns how long it took. Otherwise the next execute
    /// does it. No lane goes on.
    pub fn prepare(&mut self) -> Result<Duration, Error> {
        let started = Instant::now();
        if !self.slices.warm {
            // Some drivers compile when a pipeline is first used. The slice is one of no instructions.
            self.advance(0, FLAG_RELATIVE, false)?;
            self.slices.ends_at_once = false;
        }
        Ok(started.elapsed())
    }

    /// Lets `flag` end executes early: once it is true no further slice begins, and no translation is waited for. Lanes that were on their way then read as
    /// [`StopReason::NotStarted`], with where they are, and go on with the next execute after it is false again.
    pub fn set_interrupt(&mut self, flag: Option<Arc<AtomicBool>>) {
        self.core.interrupt = flag;
    }

    /// Whether executes are to end early.
    pub fn is_interrupted(&self) -> bool {
        self.core.is_interrupted()
    }

    fn advance(&mut self, limit: u64, limit_kind: u32, stops: bool) -> Result<Advance, Error> {
        self.slices.run(&mut self.core, &mut self.companions, (limit, limit_kind), stops)
    }

    fn report(&mut self, advance: Advance) -> Result<Report, Error> {
        let started = Instant::now();
        let stops = self.stops()?;
        let Advance { cycles, wall, gpu, slices, traps, translated, longest, .. } = advance;
        Ok(Report { stops, cycles, wall: wall + started.elapsed(), gpu, slices, traps, translated, longest })
    }

    fn setting(&self) -> Setting {
        self.companions.setting(&self.core, self.slices.warm)
    }

    /// What is translated now.
    pub fn translation(&self) -> Option<TranslationReport> {
        self.companions.translation.report()
    }

    /// How far the translation is that is being made, to be looked at from other threads.
    pub fn translation_progress(&self) -> Progress {
        self.companions.translation.progress()
    }

    /// Whether a translation is being made. To drop the machine is to wait for it.
    pub fn is_translating(&self) -> bool {
        self.companions.translation.is_translating()
    }

    /// The WGSL functions that the code reached from the lanes' program counters is translated to.
    pub fn translated_wgsl(&mut self) -> Result<String, Error> {
        let setting = self.setting();
        self.companions.translation.wgsl(&mut self.core, &setting)
    }

    /// Lets nothing be translated for now, or lets it again.
    pub(crate) fn hold_translation(&mut self, hold: bool) {
        self.companions.translation.hold(hold);
    }

    /// Does not wait for a translation that is being made when the machine is dropped. See [`super::is_translating`].
    pub(crate) fn abandon_translation(&mut self) {
        self.companions.translation.abandon();
    }

    /// Has lanes stop before they execute the instruction at an address, as at a `BRK`, from now on; or, with `None`, no
    /// longer. Lanes see nothing of it, and may write there. One that stands there goes on only once there is none.
    ///
    /// As long as there is one, nothing runs translated, hot loops are not noticed, and kernels are chosen by the table.
    pub fn set_breakpoint(&mut self, address: Option<u64>) {
        self.companions.breakpoint.set(&mut self.core, address);
        // What runs now may have to be compiled.
        self.slices.warm = false;
    }

    /// What becomes of hot loops.
    pub fn loops(&self) -> Loops {
        self.companions.loops.mode()
    }

    /// Whether what runs hot loops is being compiled. To drop the machine is to wait for it.
    pub fn is_preparing_loops(&self) -> bool {
        self.companions.loops.is_preparing()
    }

    /// Whether it has come to hot loops being noticed, at least now and then.
    pub fn notices_loops(&self) -> bool {
        self.companions.loops.notices_any(&self.setting())
    }

    /// How long the lanes waited for the networks that judge loops.
    pub fn loop_inference(&self) -> Duration {
        self.companions.loops.inference()
    }

    /// The loops that were found hot since the image was loaded, those first of which most was skipped.
    pub fn hot_loops(&mut self) -> Result<Vec<HotLoop>, Error> {
        self.companions.loops.hot_loops(&self.core)
    }

    /// The samples of the loops that were found hot, by address; of each bank its own.
    pub fn loop_samples(&mut self) -> Result<Vec<LoopSample>, Error> {
        self.companions.loops.samples(&self.core)
    }

    /// Who guesses which pages lanes write next.
    pub fn prefetch(&self) -> Prefetch {
        self.companions.prefetch.mode()
    }

    /// Whether what copies pages ahead is being compiled. To drop the machine is to wait for it.
    pub fn is_preparing_prefetch(&self) -> bool {
        self.companions.prefetch.is_preparing()
    }

    /// What lanes had to do for their memory, and what was done for them, since the machine was made.
    pub fn memory_work(&self) -> MemoryWork {
        self.companions.prefetch.counts()
    }

    /// The last predictions for the group that a lane is in, at most eight, in no order.
    pub fn foreseen(&mut self, lane: u32) -> Result<Vec<Foreseen>, Error> {
        self.companions.prefetch.foreseen(&self.core, lane)
    }

    /// The accesses of lane 0 that missed its translation cache since this was last asked, none left out: with
    /// [`Prefetch::Trace`], and a machine of one lane.
    pub fn take_trace(&mut self) -> Vec<OracleEvent> {
        self.companions.prefetch.take_trace()
    }

    /// Has the interpreter keep maps of what lanes cover from now on, or, with `None`, no longer. A map of edges has
    /// `bits` bits, rounded up to a power of two from 32 to 2^22; one of blocks has as many as the code has words.
    /// Maps are empty now and after [`Machine::restore`]. A program that is loaded, or forked from another image, has
    /// none.
    pub fn set_coverage(&mut self, coverage: Option<Coverage>, bits: u32) -> Result<(), Error> {
        self.companions.coverage.set(&mut self.core, coverage, bits)
    }

    /// What maps are kept of, and the bits of each.
    pub fn kept_coverage(&self) -> Option<(Coverage, u32)> {
        self.companions.coverage.kept(&self.core)
    }

    /// The lane's map, bit 0 the lowest of the first word; empty if none is kept.
    pub fn coverage(&mut self, lane: u32) -> Result<Vec<u32>, Error> {
        self.companions.coverage.coverage(&self.core, lane)
    }

    /// Addresses of the blocks that the lane has begun, ascending; none unless maps of blocks are kept.
    pub fn blocks(&mut self, lane: u32) -> Result<Vec<u64>, Error> {
        self.companions.coverage.blocks(&self.core, lane)
    }

    /// Joins the maps of all lanes, on the GPU.
    pub fn joined_coverage(&mut self) -> Result<Joined, Error> {
        self.companions.coverage.joined(&mut self.core)
    }
}
