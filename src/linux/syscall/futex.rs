//! Futexes and thread bookkeeping, for a process of one thread.

use super::clock::read_timespec;
use super::{Call, End, Errno, Interrupt, Result};

const WAIT: i32 = 0;
const WAKE: i32 = 1;
const WAIT_BITSET: i32 = 9;
const WAKE_BITSET: i32 = 10;
const PRIVATE_FLAG: i32 = 128;
const REALTIME_FLAG: i32 = 256;

/// Waiting ends by its time limit or never: nobody else can wake the thread.
pub fn futex(call: &mut Call<'_>) -> Result {
    let [address, _, value, timeout, _, bits] = call.arguments;
    if !address.is_multiple_of(4) {
        return Err(Errno::EINVAL.into());
    }
    let operation = call.int(1) & !(PRIVATE_FLAG | REALTIME_FLAG);
    match operation {
        WAIT | WAIT_BITSET => {
            if operation == WAIT_BITSET && bits as u32 == 0 {
                return Err(Errno::EINVAL.into());
            }
            let limit = if timeout == 0 { None } else { Some(read_timespec(call, timeout)?) };
            if call.memory.read_u32(address)? != value as u32 {
                return Err(Errno::EAGAIN.into());
            }
            let Some(limit) = limit else { return Err(Interrupt::End(End::Deadlock)) };
            if operation == WAIT {
                call.lane.clock.sleep(limit);
            } else {
                let clock = i32::from(call.int(1) & REALTIME_FLAG == 0);
                call.lane.clock.sleep_until(clock, limit, call.retired)?;
            }
            Err(Errno::ETIMEDOUT.into())
        }
        WAKE => Ok(0),
        WAKE_BITSET if bits as u32 != 0 => Ok(0),
        WAKE_BITSET => Err(Errno::EINVAL.into()),
        _ => Err(Errno::ENOSYS.into()),
    }
}

/// The address would be cleared for a joining thread; there is none.
pub fn set_tid_address(call: &mut Call<'_>) -> Result {
    super::identity::thread_id(call)
}

/// The list is read when a thread dies holding a lock that others wait for; there are none.
pub fn set_robust_list(call: &mut Call<'_>) -> Result {
    const HEAD_SIZE: u64 = 24;
    if call.arguments[1] == HEAD_SIZE { Ok(0) } else { Err(Errno::EINVAL.into()) }
}
