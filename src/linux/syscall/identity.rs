//! Who and where the process is: identifiers, names, limits, random bytes.

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::{Call, End, Errno, Interrupt, Result};
use crate::linux::stack::USER;
use crate::machine::Permissions;

/// Every lane is a machine of its own with one process, the first.
pub(super) const PROCESS: i32 = 1;

pub fn exit(call: &mut Call<'_>) -> Result {
    Err(Interrupt::End(End::Exited { status: call.int(0) & 0xff }))
}

/// `getpid` and `gettid`: one thread, which bears the process' number.
pub fn thread_id(_: &mut Call<'_>) -> Result {
    Ok(PROCESS as u64)
}

pub fn parent_id(_: &mut Call<'_>) -> Result {
    Ok(0)
}

/// `getuid`, `geteuid`, `getgid`, `getegid`.
pub fn user_id(_: &mut Call<'_>) -> Result {
    Ok(USER)
}

pub fn sched_yield(_: &mut Call<'_>) -> Result {
    Ok(0)
}

/// Calls that libraries try and do without; not worth a line in the log.
pub fn absent(_: &mut Call<'_>) -> Result {
    Err(Errno::ENOSYS.into())
}

pub fn uname(call: &mut Call<'_>) -> Result {
    const FIELD: usize = 65;
    let fields = ["Linux", "kvrm", "6.1.0-kvrm", concat!("KVRM ", env!("CARGO_PKG_VERSION")), "aarch64", "(none)"];
    let mut names = [0; 6 * FIELD];
    for (slot, field) in names.chunks_exact_mut(FIELD).zip(fields) {
        slot[..field.len()].copy_from_slice(field.as_bytes());
    }
    call.memory.write(call.arguments[0], &names)?;
    Ok(0)
}

pub fn sysinfo(call: &mut Call<'_>) -> Result {
    let (total, used) = (call.host.memory_size, call.memory.layout.mapped_bytes());
    let mut info = [0u64; 14];
    info[0] = call.retired / 1_000_000_000;
    info[4] = total;
    info[5] = total.saturating_sub(used);
    // One process; memory counted in bytes.
    info[10] = 1;
    info[13] = 1;
    call.memory.write_words(call.arguments[0], &info)?;
    Ok(0)
}

pub fn getcwd(call: &mut Call<'_>) -> Result {
    let path = b"/\0";
    if call.arguments[1] < path.len() as u64 {
        return Err(Errno::ERANGE.into());
    }
    call.memory.write(call.arguments[0], path)?;
    Ok(path.len() as u64)
}

pub fn sched_getaffinity(call: &mut Call<'_>) -> Result {
    let size = call.arguments[1];
    if !(0..=PROCESS).contains(&call.int(0)) {
        return Err(Errno::ESRCH.into());
    }
    if size < 8 || !size.is_multiple_of(8) {
        return Err(Errno::EINVAL.into());
    }
    call.memory.write_words(call.arguments[2], &[1])?;
    Ok(8)
}

/// The first `bytes.len()` random bytes of a lane's stream, from `position` on.
pub(in crate::linux) fn random(seed: u64, stream: u64, position: u64, bytes: &mut [u8]) {
    let mut generator = ChaCha12Rng::seed_from_u64(seed);
    generator.set_stream(stream);
    generator.set_word_pos(u128::from(position / 4));
    generator.fill_bytes(bytes);
}

/// The key that a seed stands for, as ChaCha takes it.
pub(in crate::linux) fn random_key(seed: u64) -> [u32; 8] {
    let bytes = ChaCha12Rng::seed_from_u64(seed).get_seed();
    std::array::from_fn(|n| u32::from_le_bytes(bytes.as_chunks().0[n]))
}

/// The stream behind `AT_RANDOM`, which all lanes share; lane `n` draws from stream `n`,
/// unless it was started anew with an input: then from stream 0.
pub(in crate::linux) const START_STREAM: u64 = u64::MAX;

pub fn getrandom(call: &mut Call<'_>) -> Result {
    const FLAGS: i32 = 0b111;
    let [address, length, ..] = call.arguments;
    if call.int(2) & !FLAGS != 0 {
        return Err(Errno::EINVAL.into());
    }
    let reach = call.memory.reach(address, length, Permissions::WRITE);
    if reach == 0 && length > 0 {
        return Err(Errno::EFAULT.into());
    }
    let mut bytes = vec![0; reach as usize];
    random(call.lane.seed, call.lane.stream, call.lane.random_position, &mut bytes);
    // Whole words, so that the next draw begins where the generator can be set.
    call.lane.random_position += reach.next_multiple_of(4);
    call.memory.write(address, &bytes)?;
    Ok(reach)
}
