//! System calls that the GPU serves: the text that does, `wgsl/linux/calls.wgsl`, and the rows of kernel state that it
//! shares with the host, which serves the others.

use super::process::{Error, Process};
use super::restart::LaneInputs;
use super::rows::*;
use super::syscall::mapping::{self, Room};
use super::syscall::{self, EPOCH, Lane, PIPE_SIZE, SECOND};
use crate::abi::{
    self, LANE_DOWN_END, LANE_DOWN_FIRST, LANE_INPUT_AT, LANE_INPUT_LENGTH, LANE_RING_USED, LANE_UP_END, LANE_UP_FIRST,
};
use crate::gpu::Shader;
use crate::machine::{Machine, Personality};
use std::borrow::Cow;

/// The part of what can be bound that rings take, and inputs: one in so many.
const RING_PART: u64 = 8;
pub(super) const INPUT_PART: u64 = 4;
/// Words of a ring: a page of output, at the least what a line takes.
const RING_WORDS: std::ops::RangeInclusive<u32> = 64..=4096;

/// The calls that `calls.wgsl` knows.
const SERVED: [&str; 8] = ["exit", "exit_group", "read", "write", "brk", "mmap", "clock_gettime", "getrandom"];

/// Words of a ring for each of the machine's lanes.
pub(super) fn ring_words(machine: &Machine) -> u32 {
    machine.lane_words(RING_PART).clamp(*RING_WORDS.start(), *RING_WORDS.end())
}

/// Linux, as the machine knows of it.
pub(super) const PERSONALITY: Personality = Personality::new("linux", &LANE, text);

/// What the interpreter needs to serve calls.
fn text() -> Vec<(&'static str, Cow<'static, str>)> {
    let numbers = SERVED.iter().filter_map(|name| {
        let number = syscall::number(name)?;
        Some(format!("const NUMBER_{} = {number}u;\n", name.to_uppercase()))
    });
    let mut constants: String = numbers.collect();
    constants += &abi::declare(LANE.names);
    constants += &abi::declare(ALL);
    let epoch = EPOCH * SECOND;
    for (name, value) in [
        ("PIPE_SIZE", PIPE_SIZE as u64),
        ("EPOCH_LOW", epoch & 0xffff_ffff),
        ("EPOCH_HIGH", epoch >> 32),
        ("PROT_READ", mapping::PROT_READ),
        ("PROT_WRITE", mapping::PROT_WRITE),
        ("MAP_TYPE", mapping::MAP_TYPE),
        ("MAP_PRIVATE", mapping::MAP_PRIVATE),
        ("MAP_ANONYMOUS", mapping::MAP_ANONYMOUS),
        ("MAP_NOT_PLAIN", mapping::MAP_NOT_PLAIN),
    ] {
        constants += &format!("const {name} = {value}u;\n");
    }
    vec![
        ("generated system call constants", constants.into()),
        ("linux/calls.wgsl", include_str!("../../wgsl/linux/calls.wgsl").into()),
    ]
}

/// The interpreter as processes run in it, in all variants.
pub fn shaders() -> Vec<Shader> {
    crate::machine::interpreters(PERSONALITY)
}

impl Process {
    /// Whether lane 0 is traced, or its output goes somewhere as it is written.
    pub(super) fn is_shown(&self) -> bool {
        self.trace.is_some() || self.host.streams.iter().any(Option::is_some)
    }

    /// The kinds of calls that the GPU may serve for a lane.
    fn calls_served(&self, lane: u32) -> u32 {
        let Lane { descriptors, stdin, random_position, .. } = &self.lanes[lane as usize];
        // What lane 0 does may have to be seen.
        if !self.host.gpu_calls || (lane == 0 && self.trace.is_some()) {
            return 0;
        }
        let mut kinds = CALLS_SERVED | CALLS_MEMORY;
        let shown = lane == 0 && self.host.streams.iter().any(Option::is_some);
        if descriptors.are_plain() && !shown {
            kinds |= CALLS_WRITE;
        }
        let longest = self.machine.input_bytes();
        if descriptors.are_plain() && stdin.as_ref().is_some_and(|stdin| stdin.len() <= longest) {
            kinds |= CALLS_READ;
        }
        if u32::try_from(random_position / 4).is_ok() {
            kinds |= CALLS_RANDOM;
        }
        kinds
    }

    /// Makes the kernel state of a lane without inputs of its own a part of the machine's start point.
    pub(super) fn mark_kernel_state(&mut self) -> Result<(), Error> {
        let (seed, stdin) = (self.lanes[0].seed, self.lanes[0].stdin.take());
        self.lanes[0].seed = self.template.seed();
        self.set_kernel_state();
        self.machine.mark_start()?;
        (self.lanes[0].seed, self.lanes[0].stdin) = (seed, stdin);
        self.marked = true;
        Ok(())
    }

    /// Tells the GPU in what the lanes' kernel state differs from that of the start point.
    pub(super) fn set_inputs_state(&mut self, inputs: &LaneInputs<'_>) {
        // What lane 0 does may be seen, and then it differs from the others.
        if self.is_shown() {
            return self.set_kernel_state();
        }
        if !inputs.stdin.is_empty() {
            let kinds: Vec<u32> = (0..self.machine.lanes()).map(|lane| self.calls_served(lane)).collect();
            self.machine.set_lane_rows(LANE_CALLS, |lane| kinds[lane as usize]);
            let length = |lane: u32| inputs.stdin.get(lane as usize).map_or(0, Vec::len) as u32;
            self.machine.set_lane_rows(LANE_INPUT_LENGTH, length);
        }
        if !inputs.seeds.is_empty() {
            self.set_random_keys();
        }
    }

    /// Tells the GPU of all lanes' kernel state.
    pub(super) fn set_kernel_state(&mut self) {
        let kinds: Vec<u32> = (0..self.machine.lanes()).map(|lane| self.calls_served(lane)).collect();
        let lanes = &self.lanes;
        let of = |lane: u32| &lanes[lane as usize];
        let machine = &mut self.machine;
        machine.set_lane_rows(LANE_CALLS, |lane| kinds[lane as usize]);
        machine.set_lane_rows(LANE_RING_USED, |_| 0);
        let length = |lane: u32| of(lane).stdin.as_ref().map_or(0, Vec::len) as u32;
        machine.set_lane_rows(LANE_INPUT_LENGTH, length);
        machine.set_lane_rows(LANE_INPUT_AT, |_| 0);
        machine.set_lane_rows(LANE_SLEPT_LOW, |lane| of(lane).clock.slept() as u32);
        machine.set_lane_rows(LANE_SLEPT_HIGH, |lane| (of(lane).clock.slept() >> 32) as u32);
        machine.set_lane_rows(LANE_RANDOM_AT, |lane| (of(lane).random_position / 4) as u32);
        machine.set_lane_rows(LANE_RANDOM_STREAM, |lane| of(lane).stream as u32);
        self.set_random_keys();
        self.set_rooms();
    }

    /// What the GPU has to know of a lane's address space.
    fn room(&mut self, lane: u32) -> Result<Room, Error> {
        let layout = self.machine.layout(lane)?;
        Ok(Room::new(layout, &self.lanes[lane as usize], &self.host))
    }

    /// Tells the GPU of all lanes' address spaces. They have their first one, all the same.
    fn set_rooms(&mut self) {
        let brk = self.lanes[0].brk;
        let room = Room::new(self.machine.first_layout(), &self.lanes[0], &self.host);
        for (field, value) in room_fields(&room, brk) {
            self.machine.set_lane_rows(field, |_| value);
        }
    }

    fn set_random_keys(&mut self) {
        let lanes = &self.lanes;
        let machine = &mut self.machine;
        // Most often all lanes have one seed.
        let first = lanes[0].seed;
        let common = syscall::random_key(first);
        let differ = lanes.iter().any(|lane| lane.seed != first);
        let keys: Vec<[u32; 8]> = match differ {
            true => lanes.iter().map(|lane| syscall::random_key(lane.seed)).collect(),
            false => Vec::new(),
        };
        for word in 0..8 {
            let key = |lane: u32| keys.get(lane as usize).unwrap_or(&common)[word as usize];
            machine.set_lane_rows(LANE_RANDOM_KEY + word, key);
        }
    }

    /// Learns what the GPU has done for a lane that waits.
    pub(super) fn fetch_kernel_state(&mut self, lane: u32) -> Result<(), Error> {
        let kinds = self.calls_served(lane);
        if kinds & CALLS_READ != 0 {
            self.lanes[lane as usize].input_position = self.machine.lane_row(lane, LANE_INPUT_AT)?.into();
        }
        if kinds & CALLS_RANDOM != 0 {
            let words = u64::from(self.machine.lane_row(lane, LANE_RANDOM_AT)?);
            self.lanes[lane as usize].random_position = words * 4;
        }
        if kinds & CALLS_MEMORY != 0 {
            let low = self.machine.lane_row(lane, LANE_BRK_LOW)?;
            let high = self.machine.lane_row(lane, LANE_BRK_HIGH)?;
            self.lanes[lane as usize].brk = u64::from(low) | u64::from(high) << 32;
        }
        Ok(())
    }

    /// Tells the GPU what the host has done for a lane.
    pub(super) fn store_kernel_state(&mut self, lane: u32) -> Result<(), Error> {
        let kinds = self.calls_served(lane);
        let Lane { input_position, random_position, clock, .. } = &self.lanes[lane as usize];
        let (slept, input, random) = (clock.slept(), *input_position, *random_position);
        let machine = &mut self.machine;
        machine.set_lane_row(lane, LANE_CALLS, kinds)?;
        machine.set_lane_row(lane, LANE_SLEPT_LOW, slept as u32)?;
        machine.set_lane_row(lane, LANE_SLEPT_HIGH, (slept >> 32) as u32)?;
        if kinds & CALLS_READ != 0 {
            machine.set_lane_row(lane, LANE_INPUT_AT, input as u32)?;
        }
        if kinds & CALLS_RANDOM != 0 {
            machine.set_lane_row(lane, LANE_RANDOM_AT, (random / 4) as u32)?;
        }
        if kinds & CALLS_MEMORY != 0 {
            let (room, brk) = (self.room(lane)?, self.lanes[lane as usize].brk);
            for (field, value) in room_fields(&room, brk) {
                self.machine.set_lane_row(lane, field, value)?;
            }
        }
        Ok(())
    }
}

/// The rows that hold it; nothing is mapped that the layout does not have.
fn room_fields(room: &Room, brk: u64) -> [(u32, u32); 9] {
    [
        (LANE_UP_FIRST, room.heap_end),
        (LANE_UP_END, room.heap_end),
        (LANE_DOWN_FIRST, room.map_end),
        (LANE_DOWN_END, room.map_end),
        (LANE_BRK_LOW, brk as u32),
        (LANE_BRK_HIGH, (brk >> 32) as u32),
        (LANE_HEAP_LIMIT, room.heap_limit),
        (LANE_MAP_FLOOR, room.map_floor),
        (LANE_ROOM, room.pages),
    ]
}
