//! One line per system call that is served.

use std::sync::LazyLock;

use super::{Call, Result, clock, descriptors, futex, identity, limits, mapping, names, poll, signal, stream};

/// A system call with a name.
pub struct Entry {
    pub name: &'static str,
    /// One letter per argument, for traces: `i` signed, `u` unsigned, `x` hexadecimal, `o` octal, `p` pointer, `s` path,
    /// `d` directory or descriptor, `w` buffer that is written out (its length is the next argument), `r` buffer that
    /// is read into.
    pub arguments: &'static str,
    /// `None`: `ENOSYS`.
    pub serve: Option<fn(&mut Call<'_>) -> Result>,
}

/// The system call with this number, if Linux has one.
pub fn find(number: u64) -> Option<&'static Entry> {
    static ENTRIES: LazyLock<Vec<Option<Entry>>> = LazyLock::new(|| (0..END).map(entry).collect());
    ENTRIES.get(usize::try_from(number).ok()?)?.as_ref()
}

/// The number of the system call with this name.
pub fn number(name: &str) -> Option<u64> {
    (0..END).find(|number| names::name(*number) == Some(name))
}

/// How many arguments system call `number` has, at most 6.
pub fn argument_count(number: u64) -> usize {
    find(number).map_or(6, |entry| entry.arguments.len())
}

/// First number that is not used.
const END: u64 = 512;

fn entry(number: u64) -> Option<Entry> {
    let name = names::name(number)?;
    let found = SERVED.iter().find(|(served, ..)| *served == name);
    Some(match found {
        Some(&(name, arguments, serve)) => Entry { name, arguments, serve: Some(serve) },
        None => Entry { name, arguments: "xxxxxx", serve: None },
    })
}

type Served = (&'static str, &'static str, fn(&mut Call<'_>) -> Result);

#[rustfmt::skip]
const SERVED: &[Served] = &[
    // Streams.
    ("read",              "iru",    stream::read),
    ("write",             "iwu",    stream::write),
    ("readv",             "ipu",    stream::readv),
    ("writev",            "ipu",    stream::writev),
    ("pread64",           "ipui",   stream::seek),
    ("pwrite64",          "ipui",   stream::seek),
    ("preadv",            "ipui",   stream::seek),
    ("pwritev",           "ipui",   stream::seek),
    ("lseek",             "iii",    stream::seek),
    ("close",             "i",      descriptors::close),
    ("dup",               "i",      descriptors::dup),
    ("dup3",              "iix",    descriptors::dup3),
    ("fcntl",             "iix",    descriptors::fcntl),
    ("ioctl",             "ixp",    stream::ioctl),
    ("fstat",             "ip",     stream::fstat),
    ("newfstatat",        "dspx",   stream::newfstatat),
    ("openat",            "dsxo",   stream::openat),
    ("faccessat",         "dsx",    stream::absent_path),
    ("faccessat2",        "dsxx",   stream::absent_path),
    ("ppoll",             "pupxu",  poll::ppoll),
    ("readlinkat",        "dsru",   stream::readlinkat),
    ("getcwd",            "ru",     identity::getcwd),
    // Memory.
    ("brk",               "p",      mapping::brk),
    ("mmap",              "puxxiu", mapping::mmap),
    ("munmap",            "pu",     mapping::munmap),
    ("mprotect",          "pux",    mapping::mprotect),
    ("mremap",            "puuxp",  mapping::mremap),
    ("madvise",           "pui",    mapping::madvise),
    // Time.
    ("clock_gettime",     "ip",     clock::clock_gettime),
    ("clock_getres",      "ip",     clock::clock_getres),
    ("gettimeofday",      "pp",     clock::gettimeofday),
    ("nanosleep",         "pp",     clock::nanosleep),
    ("clock_nanosleep",   "ixpp",   clock::clock_nanosleep),
    ("times",             "p",      clock::times),
    ("getrusage",         "ip",     clock::getrusage),
    // The process and what it is told about its surroundings.
    ("exit",              "i",      identity::exit),
    ("exit_group",        "i",      identity::exit),
    ("getpid",            "",       identity::thread_id),
    ("gettid",            "",       identity::thread_id),
    ("getppid",           "",       identity::parent_id),
    ("getuid",            "",       identity::user_id),
    ("geteuid",           "",       identity::user_id),
    ("getgid",            "",       identity::user_id),
    ("getegid",           "",       identity::user_id),
    ("uname",             "p",      identity::uname),
    ("sysinfo",           "p",      identity::sysinfo),
    ("getrlimit",         "ip",     limits::getrlimit),
    ("setrlimit",         "ip",     limits::setrlimit),
    ("prlimit64",         "iipp",   limits::prlimit64),
    ("getrandom",         "rux",    identity::getrandom),
    ("sched_yield",       "",       identity::sched_yield),
    ("sched_getaffinity", "iup",    identity::sched_getaffinity),
    ("rseq",              "puxx",   identity::absent),
    ("membarrier",        "ixi",    identity::absent),
    // Threads.
    ("set_tid_address",   "p",      futex::set_tid_address),
    ("set_robust_list",   "pu",     futex::set_robust_list),
    ("futex",             "piuppu", futex::futex),
    // Signals.
    ("rt_sigaction",      "ippu",   signal::rt_sigaction),
    ("rt_sigprocmask",    "ippu",   signal::rt_sigprocmask),
    ("rt_sigpending",     "pu",     signal::rt_sigpending),
    ("sigaltstack",       "pp",     signal::sigaltstack),
    ("kill",              "ii",     signal::kill),
    ("tkill",             "ii",     signal::tkill),
    ("tgkill",            "iii",    signal::tgkill),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_served_call_has_a_number_and_one_line() {
        let reachable: Vec<&str> = (0..END).filter_map(names::name).collect();
        for (index, (name, arguments, _)) in SERVED.iter().enumerate() {
            assert!(reachable.contains(name), "{name} has no number");
            assert!(!SERVED[..index].iter().any(|(other, ..)| other == name), "{name} is there twice");
            assert!(arguments.len() <= 6 && arguments.chars().all(|letter| "iuxopsdwr".contains(letter)), "{name}");
        }
    }
}
