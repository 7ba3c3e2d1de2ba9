//! Waiting for descriptors. Those that are open are standard streams: a transfer never waits for another process, so what
//! is asked for is there at once, or never.

use super::clock::read_timespec;
use super::descriptors::Stream;
use super::limits::Resource;
use super::{Call, End, Errno, Interrupt, Result};

/// Bytes of a `struct pollfd`: descriptor, events asked for, events found.
const ENTRY: u64 = 8;
const POLLNVAL: u16 = 0x20;
/// POLLIN and POLLRDNORM, POLLOUT and POLLWRNORM.
const READABLE: u16 = 0x41;
const WRITABLE: u16 = 0x104;

pub fn ppoll(call: &mut Call<'_>) -> Result {
    let [entries, count, timeout, ..] = call.arguments;
    // An `unsigned int`.
    let count = u64::from(count as u32);
    let [most, _] = call.limit(Resource::NOFILE);
    if count > most {
        return Err(Errno::EINVAL.into());
    }
    let timeout = if timeout == 0 { None } else { Some(read_timespec(call, timeout)?) };
    let mut bytes = call.memory.read(entries, (count * ENTRY) as u32)?.to_vec();
    let mut ready = 0;
    for entry in bytes.chunks_exact_mut(ENTRY as usize) {
        let descriptor = i32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
        let asked = u16::from_le_bytes([entry[4], entry[5]]);
        let found = match u32::try_from(descriptor) {
            Err(_) => 0,
            Ok(descriptor) => match call.lane.descriptors.get(descriptor.into()) {
                None => POLLNVAL,
                Some(Stream::Input) => asked & READABLE,
                Some(Stream::Output | Stream::Error) => asked & WRITABLE,
            },
        };
        entry[6..8].copy_from_slice(&found.to_le_bytes());
        ready += u64::from(found != 0);
    }
    call.memory.write(entries, &bytes)?;
    if ready == 0 {
        let Some(timeout) = timeout else { return Err(Interrupt::End(End::Deadlock)) };
        call.lane.clock.sleep(timeout);
    }
    Ok(ready)
}
