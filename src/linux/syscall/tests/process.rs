//! Time, limits, signals, threads, and what a process is told of itself.

use super::*;

#[test]
fn time_is_retired_instructions_and_sleep() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.call("clock_gettime", [1, DATA]), Ok(0));
    assert_eq!((fixture.word(DATA), fixture.word(DATA + 8)), (1, 500_000_000));
    fixture.put_words(DATA, &[2, 600_000_000]);
    assert_eq!(fixture.call("nanosleep", [DATA, 0]), Ok(0));
    assert_eq!(fixture.call("clock_gettime", [1, DATA]), Ok(0));
    assert_eq!((fixture.word(DATA), fixture.word(DATA + 8)), (4, 100_000_000));
    assert_eq!(fixture.call("clock_gettime", [2, DATA]), Ok(0));
    assert_eq!(fixture.word(DATA), 1, "sleep takes no processor time");
    assert_eq!(fixture.call("clock_gettime", [0, DATA]), Ok(0));
    let realtime = fixture.word(DATA);
    assert_eq!(fixture.call("gettimeofday", [DATA, 0]), Ok(0));
    assert_eq!((fixture.word(DATA), fixture.word(DATA + 8)), (realtime, 100_000));
    fixture.put_words(DATA, &[10, 0]);
    assert_eq!(fixture.call("clock_nanosleep", [1, 1, DATA, 0]), Ok(0));
    assert_eq!(fixture.call("clock_nanosleep", [1, 1, DATA, 0]), Ok(0), "already past");
    assert_eq!(fixture.call("times", [DATA]), Ok(1000));
    assert_eq!(fixture.word(DATA), 150);
    assert_eq!(fixture.call("clock_getres", [1, DATA]), Ok(0));
    assert_eq!(fixture.word(DATA + 8), 1);
    assert_eq!(fixture.call("getrusage", [0, DATA]), Ok(0));
    assert_eq!(fixture.word(DATA), 1);
}

#[test]
fn times_that_are_refused() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.call("clock_gettime", [99, DATA]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("clock_gettime", [1, CONSTANT]), errno(Errno::EFAULT));
    assert_eq!(fixture.call("getrusage", [5, DATA]), errno(Errno::EINVAL));
    fixture.put_words(DATA, &[1, 1_000_000_000]);
    assert_eq!(fixture.call("nanosleep", [DATA, 0]), errno(Errno::EINVAL));
    fixture.put_words(DATA, &[u64::MAX, 0]);
    assert_eq!(fixture.call("nanosleep", [DATA, 0]), errno(Errno::EINVAL));
    fixture.put_words(DATA, &[i64::MAX as u64, 0]);
    assert_eq!(fixture.call("nanosleep", [DATA, 0]), Ok(0), "time saturates");
    assert_eq!(fixture.call("clock_gettime", [0, DATA]), Ok(0));
    assert_eq!(fixture.call("clock_nanosleep", [3, 0, DATA, 0]), errno(Errno::EINVAL));
}

#[test]
fn random_bytes_are_seeded_per_lane() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.call("getrandom", [DATA, 10, 0]), Ok(10));
    assert_eq!(fixture.call("getrandom", [DATA + 16, 8, 1]), Ok(8));
    let (first, second) = (fixture.get(DATA, 10).to_vec(), fixture.get(DATA + 16, 8).to_vec());
    assert_ne!(first[..8], second[..]);
    let mut again = Fixture::new();
    assert_eq!(again.call("getrandom", [DATA, 10, 0]), Ok(10));
    assert_eq!(again.get(DATA, 10), first);
    let mut other = Fixture::new();
    other.lane.stream = 1;
    assert_eq!(other.call("getrandom", [DATA, 10, 0]), Ok(10));
    assert_ne!(other.get(DATA, 10), first);
    assert_eq!(fixture.call("getrandom", [CONSTANT, 8, 0]), errno(Errno::EFAULT));
    assert_eq!(fixture.call("getrandom", [DATA, 8, 8]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("getrandom", [0, 0, 0]), Ok(0));
}

#[test]
fn identity() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.call("getpid", []), fixture.call("gettid", []));
    assert_eq!(fixture.call("getuid", []), Ok(1000));
    assert_eq!(fixture.call("uname", [DATA]), Ok(0));
    assert_eq!(fixture.get(DATA, 6), b"Linux\0");
    assert_eq!(fixture.get(DATA + 4 * 65, 8), b"aarch64\0");
    assert_eq!(fixture.call("uname", [CONSTANT]), errno(Errno::EFAULT));
    assert_eq!(fixture.call("sysinfo", [DATA]), Ok(0));
    assert_eq!(fixture.word(DATA + 32), 1 << 20);
    assert_eq!(fixture.call("sched_getaffinity", [0, 128, DATA]), Ok(8));
    assert_eq!(fixture.call("sched_getaffinity", [0, 4, DATA]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("sched_getaffinity", [77, 8, DATA]), errno(Errno::ESRCH));
}

#[test]
fn limits_are_lowered_and_kept() {
    let mut fixture = Fixture::new();
    const NEW: u64 = DATA + 0x100;
    assert_eq!(fixture.call("prlimit64", [0, 3, 0, DATA]), Ok(0));
    assert_eq!([fixture.word(DATA), fixture.word(DATA + 8)], [space::STACK_SIZE; 2]);
    assert_eq!(fixture.call("prlimit64", [0, 3, DATA, 0]), Ok(0), "what it is already");
    for resource in 0..16 {
        assert_eq!(fixture.call("getrlimit", [resource, DATA]), Ok(0));
        let [soft, hard] = [fixture.word(DATA), fixture.word(DATA + 8)];
        assert!(soft <= hard, "limit {resource}");
        fixture.put_words(NEW, &[soft / 2, hard]);
        assert_eq!(fixture.call("setrlimit", [resource, NEW]), Ok(0), "limit {resource}");
        assert_eq!(fixture.call("prlimit64", [1, resource, 0, DATA]), Ok(0));
        assert_eq!([fixture.word(DATA), fixture.word(DATA + 8)], [soft / 2, hard], "limit {resource}");
        // What is lowered as a whole cannot be raised again.
        fixture.put_words(NEW, &[soft / 2, soft / 2]);
        assert_eq!(fixture.call("prlimit64", [0, resource, NEW, DATA]), Ok(0), "limit {resource}");
        assert_eq!(fixture.word(DATA + 8), hard, "the limit before");
        if hard > soft / 2 {
            fixture.put_words(NEW, &[soft / 2, hard]);
            assert_eq!(fixture.call("setrlimit", [resource, NEW]), errno(Errno::EPERM), "limit {resource}");
        }
        fixture.put_words(NEW, &[2, 1]);
        assert_eq!(fixture.call("prlimit64", [0, resource, NEW, 0]), errno(Errno::EINVAL), "limit {resource}");
    }
    assert_eq!(fixture.call("getrlimit", [16, DATA]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("setrlimit", [16, DATA]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("prlimit64", [99999, 3, 0, DATA]), errno(Errno::ESRCH));
    assert_eq!(fixture.call("prlimit64", [0, 3, 0, 8]), errno(Errno::EFAULT));
    assert_eq!(fixture.call("prlimit64", [99999, 3, 8, DATA]), errno(Errno::EFAULT), "read before all else");
}

#[test]
fn what_is_over_a_limit_is_refused() {
    const PRIVATE: u64 = 0x22;
    let lowered = |resource: u64, limit: u64| {
        let mut fixture = Fixture::new();
        fixture.put_words(DATA, &[limit, limit]);
        assert_eq!(fixture.call("setrlimit", [resource, DATA]), Ok(0));
        fixture
    };
    // Five pages are mapped, of which four can be written.
    let mut fixture = lowered(9, 8 * PAGE_SIZE);
    assert_eq!(fixture.call("mmap", [0, 4 * PAGE_SIZE, 0, PRIVATE, u64::MAX, 0]), errno(Errno::ENOMEM));
    assert!(fixture.call("mmap", [0, 3 * PAGE_SIZE, 0, PRIVATE, u64::MAX, 0]).is_ok(), "also what cannot be used");
    assert_eq!(fixture.call("brk", [HEAP + 1]), Ok(HEAP));
    let mut fixture = lowered(2, 6 * PAGE_SIZE);
    assert_eq!(fixture.call("brk", [HEAP + 3 * PAGE_SIZE]), Ok(HEAP));
    assert_eq!(fixture.call("brk", [HEAP + PAGE_SIZE]), Ok(HEAP + PAGE_SIZE));
    assert!(fixture.call("mmap", [0, 9 * PAGE_SIZE, 1, PRIVATE, u64::MAX, 0]).is_ok(), "what cannot be written");
    assert_eq!(fixture.call("mmap", [0, 2 * PAGE_SIZE, 3, PRIVATE, u64::MAX, 0]), errno(Errno::ENOMEM));
    assert!(fixture.call("mmap", [0, PAGE_SIZE, 3, PRIVATE, u64::MAX, 0]).is_ok());
    assert_eq!(fixture.call("mprotect", [CONSTANT, PAGE_SIZE, 3]), errno(Errno::ENOMEM));
    let mut fixture = lowered(7, 4);
    assert_eq!(fixture.call("dup", [0]), Ok(3));
    assert_eq!(fixture.call("dup", [0]), errno(Errno::EMFILE));
    assert_eq!(fixture.call("dup3", [0, 4, 0]), errno(Errno::EBADF));
    assert_eq!(fixture.call("fcntl", [0, 0, 4]), errno(Errno::EINVAL));
}

#[test]
fn the_gpu_maps_no_more_than_the_limits_allow() {
    let mut fixture = Fixture::new();
    let room = |fixture: &Fixture| mapping::Room::new(&fixture.layout, &fixture.lane, &fixture.host).pages;
    // The data; of constants nobody has a page of his own.
    assert_eq!(room(&fixture), 256 - 4);
    for (resource, limit, pages) in [(9, 100, 95), (2, 50, 46)] {
        fixture.put_words(DATA, &[limit * PAGE_SIZE; 2]);
        assert_eq!(fixture.call("setrlimit", [resource, DATA]), Ok(0));
        assert_eq!(room(&fixture), pages);
    }
}

#[test]
fn exit_keeps_eight_bits() {
    let mut fixture = Fixture::new();
    for (name, status) in [("exit", 3), ("exit_group", 0x1_0003), ("exit_group", 259)] {
        assert_eq!(fixture.call(name, [status]), Err(Interrupt::End(End::Exited { status: 3 })));
    }
    assert_eq!(fixture.trace, "exit_group(259) = ?");
}

#[test]
fn futexes_of_one_thread() {
    let mut fixture = Fixture::new();
    fixture.put(DATA, &5_u32.to_le_bytes());
    assert_eq!(fixture.call("futex", [DATA, 0, 4, 0]), errno(Errno::EAGAIN));
    assert_eq!(fixture.call("futex", [DATA, 128, 5, 0]), Err(Interrupt::End(End::Deadlock)));
    fixture.put_words(DATA + 16, &[1, 0]);
    assert_eq!(fixture.call("futex", [DATA, 0, 5, DATA + 16]), errno(Errno::ETIMEDOUT));
    fixture.put_words(DATA + 16, &[9, 0]);
    assert_eq!(fixture.call("futex", [DATA, 9, 5, DATA + 16, 0, 1]), errno(Errno::ETIMEDOUT));
    assert_eq!(fixture.call("clock_gettime", [1, DATA + 32]), Ok(0));
    assert_eq!(fixture.word(DATA + 32), 9, "slept until then");
    assert_eq!(fixture.call("futex", [DATA, 1, 1]), Ok(0));
    assert_eq!(fixture.call("futex", [DATA + 1, 1, 1]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("futex", [8, 0, 1, 0]), errno(Errno::EFAULT));
    assert_eq!(fixture.call("futex", [DATA, 6, 1, 0]), errno(Errno::ENOSYS));
    assert_eq!(fixture.call("set_robust_list", [DATA, 24]), Ok(0));
    assert_eq!(fixture.call("set_robust_list", [DATA, 23]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("set_tid_address", [DATA]), Ok(1));
}

#[test]
fn signals_end_the_lane_unless_blocked_or_ignored() {
    let killed = |signal| Err(Interrupt::End(End::Killed { signal: Signal(signal) }));
    let mut fixture = Fixture::new();
    assert_eq!(fixture.call("tgkill", [1, 1, 6]), killed(6));
    assert_eq!(fixture.call("tgkill", [1, 2, 6]), errno(Errno::ESRCH));
    assert_eq!(fixture.call("tgkill", [0, 1, 6]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("kill", [1, 65]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("kill", [1, 0]), Ok(0));
    assert_eq!(fixture.call("kill", [99, 9]), errno(Errno::ESRCH));
    assert_eq!(fixture.call("kill", [0, 17]), Ok(0), "SIGCHLD is ignored by default");

    fixture.put_words(DATA, &[1 << 9]);
    assert_eq!(fixture.call("rt_sigprocmask", [0, DATA, 0, 8]), Ok(0));
    assert_eq!(fixture.call("tkill", [1, 10]), Ok(0));
    assert_eq!(fixture.call("rt_sigpending", [DATA + 8, 8]), Ok(0));
    assert_eq!(fixture.word(DATA + 8), 1 << 9);
    assert_eq!(fixture.call("rt_sigprocmask", [1, DATA, 0, 8]), killed(10), "pending until unblocked");
    assert_eq!(fixture.call("rt_sigprocmask", [0, DATA, 0, 4]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("rt_sigprocmask", [7, DATA, 0, 8]), errno(Errno::EINVAL));
    fixture.put_words(DATA, &[u64::MAX]);
    assert_eq!(fixture.call("rt_sigprocmask", [2, DATA, 0, 8]), Ok(0));
    assert_eq!(fixture.call("kill", [1, 9]), killed(9), "SIGKILL cannot be blocked");
}

#[test]
fn signal_actions_are_kept() {
    let mut fixture = Fixture::new();
    fixture.put_words(DATA, &[0x40_0000, 4, 0x40_1000, 1]);
    assert_eq!(fixture.call("rt_sigaction", [10, DATA, 0, 8]), Ok(0));
    assert_eq!(fixture.call("rt_sigaction", [10, 0, DATA + 64, 8]), Ok(0));
    assert_eq!(fixture.get(DATA, 32), fixture.get(DATA + 64, 32));
    assert_eq!(fixture.call("rt_sigaction", [9, DATA, 0, 8]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("rt_sigaction", [9, 0, DATA, 8]), Ok(0));
    assert_eq!(fixture.call("rt_sigaction", [0, 0, 0, 8]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("rt_sigaction", [65, 0, 0, 8]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("rt_sigaction", [10, 0, 0, 4]), errno(Errno::EINVAL));
    fixture.put_words(DATA, &[DATA, 0, 8192]);
    assert_eq!(fixture.call("sigaltstack", [DATA, DATA + 64]), Ok(0));
    assert_eq!(fixture.word(DATA + 72), 2, "disabled before");
    assert_eq!(fixture.call("sigaltstack", [0, DATA + 64]), Ok(0));
    assert_eq!(fixture.word(DATA + 80), 8192);
    fixture.put_words(DATA, &[DATA, 0, 100]);
    assert_eq!(fixture.call("sigaltstack", [DATA, 0]), errno(Errno::ENOMEM));
}

#[test]
fn all_other_calls_are_named_once() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.call("socket", []), errno(Errno::ENOSYS));
    assert_eq!(fixture.trace, "socket(0x0, 0x0, 0x0, 0x0, 0x0, 0x0) = -1 ENOSYS");
    assert_eq!(fixture.call("socket", []), errno(Errno::ENOSYS));
    assert_eq!(fixture.call_number(u64::MAX, []), errno(Errno::ENOSYS));
    assert_eq!(fixture.host.unimplemented.len(), 2);
    for number in 1_000..2_000 {
        assert_eq!(fixture.call_number(number, []), errno(Errno::ENOSYS));
    }
    assert_eq!(fixture.host.unimplemented.len(), 2, "what is no call is no entry");
    assert_eq!(fixture.call("rseq", []), errno(Errno::ENOSYS));
    assert_eq!(fixture.host.unimplemented.len(), 2, "libraries always try it");
    assert_eq!(Errno::ENOSYS.result() as i64, -38);
}

#[test]
fn hostile_arguments_never_panic() {
    const SEED: u64 = 3;
    let mut fixture = Fixture::with_input(io::repeat(1));
    let values = [0, 1, 2, 8, 0xfff, 0x1000, DATA, DATA + 1, CONSTANT, HEAP, space::END, 1 << 47, 1 << 63, u64::MAX];
    let mut bytes = vec![0; 300_000];
    random(SEED, 0, 0, &mut bytes);
    let mut bytes = bytes.into_iter().map(usize::from);
    let mut pick = || bytes.next().unwrap();
    for round in 0..20 {
        for number in 0..300 {
            let arguments: [u64; 6] = std::array::from_fn(|_| values[pick() % values.len()]);
            let contents: Vec<u8> = (0..32).map(|_| pick() as u8).collect();
            fixture.put(DATA, &contents);
            // The memory that the fixture stands for stays where it is.
            let layout = fixture.layout.clone();
            let result = fixture.call_number(number, arguments);
            assert!(!matches!(result, Err(Interrupt::Needs(_))), "seed {SEED}, round {round}, {}", fixture.trace);
            fixture.layout = layout;
            fixture.lane = Lane { brk: HEAP, ..Lane::default() };
        }
    }
}
