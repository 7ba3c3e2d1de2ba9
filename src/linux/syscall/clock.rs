//! Time is virtual: one nanosecond per retired instruction, plus what the lane has slept. So runs repeat exactly.

use super::{Call, Errno, Interrupt, Result};
use crate::linux::stack::CLOCK_TICKS;

/// What `CLOCK_REALTIME` says when the first instruction starts: 2024-01-01T00:00:00Z, in seconds.
pub const EPOCH: u64 = 1_704_067_200;
pub const SECOND: u64 = 1_000_000_000;
/// `TIMER_ABSTIME` of `clock_nanosleep`.
const ABSOLUTE: i32 = 1;

const REALTIME: i32 = 0;
const MONOTONIC: i32 = 1;
const PROCESS_CPUTIME: i32 = 2;
const THREAD_CPUTIME: i32 = 3;
const MONOTONIC_RAW: i32 = 4;
const REALTIME_COARSE: i32 = 5;
const MONOTONIC_COARSE: i32 = 6;
const BOOTTIME: i32 = 7;
const TAI: i32 = 11;

/// How far a lane's time is ahead of its retired instructions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clock {
    slept: u64,
}

impl Clock {
    /// Nanoseconds slept.
    pub fn slept(self) -> u64 {
        self.slept
    }

    /// Nanoseconds since the program's start.
    fn monotonic(self, retired: u64) -> u64 {
        retired.saturating_add(self.slept)
    }

    /// Moves time forward.
    pub fn sleep(&mut self, nanoseconds: u64) {
        self.slept = self.slept.saturating_add(nanoseconds);
    }

    /// Moves time forward to when the clock `id` shows `target` nanoseconds.
    pub fn sleep_until(&mut self, id: i32, target: u64, retired: u64) -> Result<()> {
        let now = self.now(id, retired)?;
        self.sleep(target.saturating_sub(now));
        Ok(())
    }

    /// What the clock `id` shows, in nanoseconds.
    fn now(self, id: i32, retired: u64) -> Result<u64> {
        match id {
            REALTIME | REALTIME_COARSE | TAI => Ok(self.monotonic(retired).saturating_add(EPOCH * SECOND)),
            MONOTONIC | MONOTONIC_RAW | MONOTONIC_COARSE | BOOTTIME => Ok(self.monotonic(retired)),
            PROCESS_CPUTIME | THREAD_CPUTIME => Ok(retired),
            _ => Err(Errno::EINVAL.into()),
        }
    }
}

/// Reads a `struct timespec` as nanoseconds.
pub(super) fn read_timespec(call: &Call<'_>, address: u64) -> Result<u64> {
    let [seconds, nanoseconds] = call.memory.read_words(address)?;
    if seconds as i64 >= 0 && nanoseconds < SECOND {
        Ok(seconds.saturating_mul(SECOND).saturating_add(nanoseconds))
    } else {
        Err(Errno::EINVAL.into())
    }
}

fn timespec(nanoseconds: u64) -> [u64; 2] {
    [nanoseconds / SECOND, nanoseconds % SECOND]
}

fn timeval(nanoseconds: u64) -> [u64; 2] {
    [nanoseconds / SECOND, nanoseconds % SECOND / 1000]
}

pub fn clock_gettime(call: &mut Call<'_>) -> Result {
    let now = call.lane.clock.now(call.int(0), call.retired)?;
    call.memory.write_words(call.arguments[1], &timespec(now))?;
    Ok(0)
}

pub fn clock_getres(call: &mut Call<'_>) -> Result {
    call.lane.clock.now(call.int(0), call.retired)?;
    if call.arguments[1] != 0 {
        call.memory.write_words(call.arguments[1], &timespec(1))?;
    }
    Ok(0)
}

pub fn gettimeofday(call: &mut Call<'_>) -> Result {
    let now = call.lane.clock.now(REALTIME, call.retired)?;
    if call.arguments[0] != 0 {
        call.memory.write_words(call.arguments[0], &timeval(now))?;
    }
    if call.arguments[1] != 0 {
        // struct timezone: UTC, no summer time.
        call.memory.write(call.arguments[1], &[0; 8])?;
    }
    Ok(0)
}

pub fn nanosleep(call: &mut Call<'_>) -> Result {
    let duration = read_timespec(call, call.arguments[0])?;
    call.lane.clock.sleep(duration);
    Ok(0)
}

pub fn clock_nanosleep(call: &mut Call<'_>) -> Result {
    let id = call.int(0);
    // A thread cannot sleep on the time that it computes itself.
    if id == THREAD_CPUTIME {
        return Err(Interrupt::Errno(Errno::EINVAL));
    }
    call.lane.clock.now(id, call.retired)?;
    let time = read_timespec(call, call.arguments[2])?;
    if call.int(1) & ABSOLUTE != 0 {
        call.lane.clock.sleep_until(id, time, call.retired)?;
    } else {
        call.lane.clock.sleep(time);
    }
    Ok(0)
}

pub fn times(call: &mut Call<'_>) -> Result {
    let ticks = |nanoseconds: u64| nanoseconds / (SECOND / CLOCK_TICKS);
    if call.arguments[0] != 0 {
        call.memory.write_words(call.arguments[0], &[ticks(call.retired), 0, 0, 0])?;
    }
    Ok(ticks(call.lane.clock.monotonic(call.retired)))
}

pub fn getrusage(call: &mut Call<'_>) -> Result {
    const SELF: i32 = 0;
    const CHILDREN: i32 = -1;
    const THREAD: i32 = 1;
    let used = match call.int(0) {
        SELF | THREAD => call.retired,
        CHILDREN => 0,
        _ => return Err(Errno::EINVAL.into()),
    };
    let mut usage = [0; 18];
    usage[..2].copy_from_slice(&timeval(used));
    call.memory.write_words(call.arguments[1], &usage)?;
    Ok(0)
}
