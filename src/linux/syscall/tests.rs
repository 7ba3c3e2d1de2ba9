//! Every system call against a lane whose memory is a byte array, without a GPU.

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::rc::Rc;

use super::*;
use crate::linux::space;
use crate::machine::{Layout, PAGE_SIZE, Permissions};

/// Where the lane has readable and writable memory.
const DATA: u64 = 0x10_0000;
const DATA_SIZE: usize = 0x4000;
/// A page that may only be read.
const CONSTANT: u64 = DATA + DATA_SIZE as u64;
const HEAP: u64 = 0x20_0000;

/// One lane, its memory, and the number of times that a call had to wait for bytes.
struct Fixture {
    lane: Lane,
    host: Host,
    layout: Layout,
    memory: Vec<u8>,
    retired: u64,
    rounds: usize,
    /// What the last call dropped.
    discards: Vec<std::ops::Range<u64>>,
    trace: String,
}

impl Fixture {
    fn new() -> Self {
        Self::with_input(io::empty())
    }

    fn with_input(input: impl Read + 'static) -> Self {
        let mut layout = Layout::default();
        layout.map(DATA, CONSTANT, Permissions::READ_WRITE);
        layout.map(CONSTANT, CONSTANT + PAGE_SIZE, Permissions::READ);
        Self {
            lane: Lane { brk: HEAP, seed: 1, ..Lane::default() },
            host: Host {
                gpu_calls: false,
                memory_size: 1 << 20,
                stack_size: space::STACK_SIZE,
                heap_start: HEAP,
                executable: b"./program".to_vec(),
                input: Input::new(Box::new(input)),
                streams: [None, None],
                output_limit: 100,
                unimplemented: BTreeSet::new(),
            },
            layout,
            memory: vec![0; DATA_SIZE + PAGE_SIZE as usize],
            retired: 1_500_000_000,
            rounds: 0,
            discards: Vec::new(),
            trace: String::new(),
        }
    }

    fn put(&mut self, address: u64, bytes: &[u8]) {
        let offset = (address - DATA) as usize;
        self.memory[offset..offset + bytes.len()].copy_from_slice(bytes);
    }

    fn put_words(&mut self, address: u64, words: &[u64]) {
        for (n, word) in (0..).zip(words) {
            self.put(address + 8 * n, &word.to_le_bytes());
        }
    }

    fn get(&self, address: u64, length: usize) -> &[u8] {
        &self.memory[(address - DATA) as usize..][..length]
    }

    fn word(&self, address: u64) -> u64 {
        u64::from_le_bytes(self.get(address, 8).try_into().unwrap())
    }

    /// Serves a call as [`crate::linux::Process`] does: again and again until all bytes that it needs are known.
    fn call<const N: usize>(&mut self, name: &str, arguments: [u64; N]) -> Result {
        let number = (0..500).find(|&number| names::name(number) == Some(name)).expect("a system call");
        self.call_number(number, arguments)
    }

    fn call_number<const N: usize>(&mut self, number: u64, arguments: [u64; N]) -> Result {
        let mut all = [0; 6];
        all[..N].copy_from_slice(&arguments);
        let mut known = Vec::new();
        self.rounds = 0;
        loop {
            let layout = self.layout.clone();
            let mut call = Call {
                number,
                arguments: all,
                retired: self.retired,
                lane: &mut self.lane,
                host: &mut self.host,
                memory: Memory::new(&layout, &known),
            };
            let result = call.serve();
            if let Err(Interrupt::Needs(spans)) = result {
                assert!(call.memory.writes.is_empty() && call.memory.discards.is_empty(), "nothing changed yet");
                for span in spans {
                    let bytes = match span.address.checked_sub(DATA) {
                        Some(_) if span.address < CONSTANT + PAGE_SIZE => {
                            self.get(span.address, span.length as usize).to_vec()
                        }
                        _ => vec![0; span.length as usize],
                    };
                    known.push((span, bytes));
                }
                self.rounds += 1;
                continue;
            }
            self.trace = trace::line(&call, &result);
            let Memory { layout, writes, discards, .. } = call.memory;
            self.discards = discards;
            self.layout = layout.into_owned();
            if result.is_ok() {
                for (address, bytes) in writes {
                    if address < HEAP {
                        self.put(address, &bytes);
                    }
                }
            }
            return result;
        }
    }
}

fn errno(errno: Errno) -> Result {
    Err(errno.into())
}

/// A reader that hands out its pieces one by one, as a pipe does.
struct Pieces(Vec<&'static [u8]>);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Ok(0);
        }
        let piece = self.0.remove(0);
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

#[derive(Clone, Default)]
struct Sink(Rc<RefCell<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn write_reaches_the_lane_and_the_stream() {
    let mut fixture = Fixture::new();
    let sink = Sink::default();
    fixture.host.streams[0] = Some(Box::new(sink.clone()));
    fixture.put(DATA, b"hello, world\n");
    assert_eq!(fixture.call("write", [1, DATA, 13]), Ok(13));
    assert_eq!(fixture.trace, r#"write(1, "hello, world\n", 13) = 13"#);
    assert_eq!(fixture.call("write", [2, DATA, 5]), Ok(5));
    assert_eq!(fixture.lane.outputs[0].bytes(), b"hello, world\n");
    assert_eq!(fixture.lane.outputs[1].bytes(), b"hello");
    assert_eq!(*sink.0.borrow(), b"hello, world\n");
    // Only lane 0 is shown.
    fixture.lane.index = 1;
    assert_eq!(fixture.call("write", [1, DATA, 5]), Ok(5));
    assert_eq!(sink.0.borrow().len(), 13);
}

#[test]
fn write_with_bad_arguments() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.call("write", [3, DATA, 1]), errno(Errno::EBADF));
    assert_eq!(fixture.call("write", [0, DATA, 1]), errno(Errno::EBADF), "the reading end");
    assert_eq!(fixture.call("write", [u64::MAX, DATA, 1]), errno(Errno::EBADF));
    assert_eq!(fixture.call("write", [1, 0, 1]), errno(Errno::EFAULT));
    assert_eq!(fixture.trace, "write(1, NULL, 1) = -1 EFAULT");
    assert_eq!(fixture.call("write", [1, u64::MAX, 1]), errno(Errno::EFAULT));
    assert_eq!(fixture.call("write", [1, 0, 0]), Ok(0));
    // As much as is readable.
    assert_eq!(fixture.call("write", [1, CONSTANT, u64::MAX]), Ok(PAGE_SIZE));
    assert_eq!(fixture.lane.outputs[0].bytes().len(), 100, "no more is kept");
    assert_eq!(fixture.lane.outputs[0].written(), PAGE_SIZE);
}

#[test]
fn writing_to_a_closed_pipe_kills_unless_ignored() {
    let mut fixture = Fixture::new();
    fixture.host.streams[0] = Some(Box::new(Closed));
    let end = End::Killed { signal: Signal::PIPE };
    assert_eq!(fixture.call("write", [1, DATA, 1]), Err(Interrupt::End(end)));
    fixture.put_words(DATA, &[1, 0, 0, 0]);
    assert_eq!(fixture.call("rt_sigaction", [13, DATA, 0, 8]), Ok(0));
    assert_eq!(fixture.call("write", [1, DATA, 1]), errno(Errno::EPIPE));
}

#[test]
fn writev_fetches_all_buffers_together() {
    let mut fixture = Fixture::new();
    fixture.put(DATA, b"abcdef");
    fixture.put_words(DATA + 0x100, &[DATA, 2, 0, 0, DATA + 4, 2, DATA + 2, 2]);
    assert_eq!(fixture.call("writev", [1, DATA + 0x100, 4]), Ok(6));
    assert_eq!(fixture.rounds, 2);
    assert_eq!(fixture.lane.outputs[0].bytes(), b"abefcd");
    assert_eq!(fixture.call("writev", [1, DATA + 0x100, 1025]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("writev", [1, DATA + 0x100, u64::MAX]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("writev", [1, CONSTANT + 0xff8, 1]), errno(Errno::EFAULT));
    fixture.put_words(DATA + 0x100, &[DATA, u64::MAX]);
    assert_eq!(fixture.call("writev", [1, DATA + 0x100, 1]), errno(Errno::EINVAL));
    fixture.put_words(DATA + 0x100, &[DATA, 2, 8, 2]);
    assert_eq!(fixture.call("writev", [1, DATA + 0x100, 2]), Ok(2), "up to the bad buffer");
}

#[test]
fn read_gives_every_lane_the_same_pieces() {
    let mut fixture = Fixture::with_input(Pieces(vec![b"first\n", b"second\n"]));
    assert_eq!(fixture.call("read", [0, DATA, 4]), Ok(4));
    assert_eq!(fixture.get(DATA, 4), b"firs");
    assert_eq!(fixture.call("read", [0, DATA, 100]), Ok(2));
    assert_eq!(fixture.trace, r#"read(0, "t\n", 100) = 2"#);
    assert_eq!(fixture.call("read", [0, DATA, 100]), Ok(7));
    assert_eq!(fixture.call("read", [0, DATA, 100]), Ok(0));
    assert_eq!(fixture.call("read", [0, DATA, 100]), Ok(0));
    fixture.lane = Lane { index: 1, ..Lane::default() };
    assert_eq!(fixture.call("read", [0, DATA, 100]), Ok(6), "not across the pieces");
    assert_eq!(fixture.get(DATA, 6), b"first\n");
    assert_eq!(fixture.call("read", [0, CONSTANT, 100]), errno(Errno::EFAULT));
    assert_eq!(fixture.call("read", [1, DATA, 100]), errno(Errno::EBADF));
    fixture.put_words(DATA + 0x100, &[DATA, 3, DATA + 8, 3]);
    assert_eq!(fixture.call("readv", [0, DATA + 0x100, 2]), Ok(6));
    assert_eq!((fixture.get(DATA, 3), fixture.get(DATA + 8, 3)), (&b"sec"[..], &b"ond"[..]));
}

#[test]
fn input_that_all_lanes_have_passed_is_forgotten() {
    let mut fixture = Fixture::with_input(io::repeat(7).take(300_000));
    let mut total = 0;
    while let Ok(count @ 1..) = fixture.call("read", [0, DATA, DATA_SIZE as u64]) {
        total += count;
        fixture.host.input.forget(total);
    }
    assert_eq!(total, 300_000);
}

#[test]
fn the_streams_are_pipes() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.call("fstat", [1, DATA]), Ok(0));
    assert_eq!(u32::from_le_bytes(fixture.get(DATA + 16, 4).try_into().unwrap()), 0o010_600);
    fixture.put(DATA + 0x200, b"\0");
    assert_eq!(fixture.call("newfstatat", [1, DATA + 0x200, DATA, 0x1000]), Ok(0));
    assert_eq!(fixture.call("fstat", [9, DATA]), errno(Errno::EBADF));
    assert_eq!(fixture.call("fstat", [1, CONSTANT]), errno(Errno::EFAULT));
    assert_eq!(fixture.call("lseek", [1, 0, 0]), errno(Errno::ESPIPE));
    assert_eq!(fixture.call("pread64", [0, DATA, 1, 0]), errno(Errno::ESPIPE));
    assert_eq!(fixture.call("ioctl", [1, 0x5401, DATA]), errno(Errno::ENOTTY));
}

#[test]
fn descriptors_are_duplicated_and_closed() {
    let mut fixture = Fixture::new();
    assert!(fixture.lane.descriptors.are_plain());
    assert_eq!(fixture.call("fcntl", [1, 1030, 5]), Ok(5));
    assert_eq!(fixture.call("fcntl", [5, 1, 0]), Ok(1));
    assert_eq!(fixture.call("fcntl", [5, 2, 0]), Ok(0));
    assert_eq!(fixture.call("fcntl", [5, 1, 0]), Ok(0));
    assert_eq!(fixture.call("fcntl", [0, 0, 20]), Ok(20));
    assert_eq!(fixture.call("fcntl", [0, 0, 20]), Ok(21));
    assert!(!fixture.lane.descriptors.are_plain());
    assert_eq!(fixture.call("dup", [2]), Ok(3));
    assert_eq!(fixture.call("dup3", [2, 1, 0]), Ok(1));
    assert_eq!(fixture.call("dup3", [2, 2, 0]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("dup3", [99, 99, 0]), errno(Errno::EINVAL), "closed or not");
    assert_eq!(fixture.call("dup3", [99, 98, 0]), errno(Errno::EBADF));
    assert_eq!(fixture.call("dup3", [2, 99, 1]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("dup3", [2, 99, 0o2_000_000]), Ok(99));
    assert_eq!(fixture.call("fcntl", [99, 1, 0]), Ok(1));
    assert_eq!(fixture.call("dup3", [2, 1024, 0]), errno(Errno::EBADF));
    fixture.put(DATA, b"x");
    assert_eq!(fixture.call("write", [1, DATA, 1]), Ok(1));
    assert_eq!(fixture.lane.outputs[1].bytes(), b"x", "standard error since dup3");
    assert_eq!(fixture.call("close", [1]), Ok(0));
    assert_eq!(fixture.call("close", [1]), errno(Errno::EBADF));
    assert_eq!(fixture.call("fcntl", [0, 0, 1024]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("fcntl", [0, 0, u64::MAX]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("fcntl", [0, 999, 0]), errno(Errno::EINVAL));
    let opened = (0..2000).take_while(|_| fixture.call("dup", [0]).is_ok()).count();
    // 0, 2, 3, 5, 20, 21 and 99 are taken.
    assert_eq!(opened, 1024 - 7);
    assert_eq!(fixture.call("dup", [0]), errno(Errno::EMFILE));
    assert_eq!(fixture.call("fcntl", [0, 0, 1000]), errno(Errno::EMFILE));
    assert_eq!(fixture.call("close", [0x1_0000_0000 + 700]), Ok(0), "the upper half does not count");
    assert_eq!(fixture.call("dup", [1]), Ok(700));
}

#[test]
fn a_stream_has_its_flags_under_all_its_descriptors() {
    let mut fixture = Fixture::new();
    const APPEND: u64 = 0o2_000;
    const NONBLOCK: u64 = 0o4_000;
    assert_eq!(fixture.call("fcntl", [0, 3, 0]), Ok(0));
    assert_eq!(fixture.call("fcntl", [1, 3, 0]), Ok(1));
    assert_eq!(fixture.call("fcntl", [1, 4, 2 | APPEND | NONBLOCK | 0o100]), Ok(0));
    assert_eq!(fixture.call("fcntl", [1, 0, 7]), Ok(7));
    assert_eq!(fixture.call("fcntl", [7, 3, 0]), Ok(1 | APPEND | NONBLOCK), "the access mode stays");
    assert_eq!(fixture.call("fcntl", [7, 4, 0]), Ok(0));
    assert_eq!(fixture.call("fcntl", [1, 3, 0]), Ok(1));
    assert_eq!(fixture.call("fcntl", [0, 4, NONBLOCK]), Ok(0));
    assert_eq!((fixture.call("fcntl", [0, 3, 0]), fixture.call("fcntl", [2, 3, 0])), (Ok(NONBLOCK), Ok(1)));
}

#[test]
fn no_file_can_be_reached() {
    let mut fixture = Fixture::new();
    let cwd = -100_i64 as u64;
    fixture.put(DATA, b"/etc/passwd\0");
    assert_eq!(fixture.call("openat", [cwd, DATA, 0]), errno(Errno::ENOENT));
    assert_eq!(fixture.trace, r#"openat(AT_FDCWD, "/etc/passwd", 0x0, 0) = -1 ENOENT"#);
    assert_eq!(fixture.call("openat", [cwd, DATA, 0o101]), errno(Errno::EROFS));
    assert_eq!(fixture.call("faccessat", [cwd, DATA, 0]), errno(Errno::ENOENT));
    assert_eq!(fixture.call("newfstatat", [cwd, DATA, DATA + 64, 0]), errno(Errno::ENOENT));
    assert_eq!(fixture.call("openat", [cwd, 8, 0]), errno(Errno::EFAULT));
    fixture.put(DATA, &[b'a'; 5000]);
    assert_eq!(fixture.call("openat", [cwd, DATA, 0]), errno(Errno::ENAMETOOLONG));
    fixture.put(CONSTANT + 0xffc, b"abcd");
    assert_eq!(fixture.call("openat", [cwd, CONSTANT + 0xffc, 0]), errno(Errno::EFAULT), "no end in reach");
    fixture.put(DATA, b"/proc/self/exe\0");
    assert_eq!(fixture.call("readlinkat", [cwd, DATA, DATA + 64, 100]), Ok(8));
    assert_eq!(fixture.get(DATA + 64, 10), b"/programaa", "no terminator, and a full path");
    assert_eq!(fixture.call("readlinkat", [cwd, DATA, DATA + 64, 3]), Ok(3));
    assert_eq!(fixture.call("readlinkat", [cwd, DATA, DATA + 64, 0]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("getcwd", [DATA, 100]), Ok(2));
    assert_eq!(fixture.get(DATA, 2), b"/\0");
    assert_eq!(fixture.call("getcwd", [DATA, 1]), errno(Errno::ERANGE));
}

#[test]
fn heap() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.call("brk", [0]), Ok(HEAP));
    assert_eq!(fixture.call("brk", [HEAP + 100]), Ok(HEAP + 100));
    assert!(fixture.layout.overlaps(HEAP, HEAP + PAGE_SIZE));
    assert_eq!(fixture.call("brk", [HEAP + 0x3001]), Ok(HEAP + 0x3001));
    assert_eq!(fixture.layout.find(HEAP + 0x3000).unwrap().end, HEAP + 0x4000);
    assert_eq!(fixture.call("brk", [HEAP + (2 << 20)]), Ok(HEAP + 0x3001), "more than the lane may have");
    assert_eq!(fixture.call("brk", [u64::MAX]), Ok(HEAP + 0x3001));
    assert_eq!(fixture.call("brk", [HEAP - 1]), Ok(HEAP + 0x3001));
    assert_eq!(fixture.call("brk", [HEAP]), Ok(HEAP));
    assert!(!fixture.layout.overlaps(HEAP, HEAP + 0x10000));
    fixture.layout.map(HEAP + 0x2000, HEAP + 0x3000, Permissions::READ);
    assert_eq!(fixture.call("brk", [HEAP + 0x2000]), Ok(HEAP), "something is in the way");
}

const ANONYMOUS: u64 = 0x22;
const FIXED: u64 = 0x10;
const NO_FILE: u64 = u64::MAX;

#[test]
fn anonymous_mappings() {
    let mut fixture = Fixture::new();
    let top = space::STACK_TOP - space::STACK_SIZE - space::STACK_GUARD;
    let first = fixture.call("mmap", [0, 5000, 3, ANONYMOUS, NO_FILE, 0]).unwrap();
    assert_eq!(first, top - 0x2000);
    let second = fixture.call("mmap", [0, 1, 1, ANONYMOUS, NO_FILE, 0]).unwrap();
    assert_eq!(second, first - 0x1000);
    assert_eq!(fixture.layout.find(second).unwrap().permissions, Permissions::READ);
    assert_eq!(fixture.call("mmap", [0x30_0123, 1, 1, ANONYMOUS, NO_FILE, 0]), Ok(0x30_0000), "a hint that is free");
    assert_eq!(fixture.call("mmap", [first, 1, 1, ANONYMOUS, NO_FILE, 0]), Ok(second - 0x1000), "one that is not");
    assert_eq!(fixture.call("mmap", [first, 1, 0, ANONYMOUS | FIXED, NO_FILE, 0]), Ok(first));
    assert_eq!(fixture.layout.find(first).unwrap().permissions, Permissions::NONE);
    let no_replace = ANONYMOUS | 0x10_0000;
    assert_eq!(fixture.call("mmap", [first, 1, 3, no_replace, NO_FILE, 0]), errno(Errno::EEXIST));
    assert_eq!(fixture.call("munmap", [first, 0x2000]), Ok(0));
    assert!(!fixture.layout.overlaps(first, first + 0x2000));
    assert_eq!(fixture.call("munmap", [first, 0x2000]), Ok(0), "nothing there is no error");
}

#[test]
fn mappings_that_are_refused() {
    let mut fixture = Fixture::new();
    for (arguments, expected) in [
        ([0, 0, 3, ANONYMOUS, NO_FILE, 0], Errno::EINVAL),
        ([0, 1, 3, 0x20, NO_FILE, 0], Errno::EINVAL),
        ([0, 1, 8, ANONYMOUS, NO_FILE, 0], Errno::EINVAL),
        ([0, 1, 3, ANONYMOUS, NO_FILE, 5], Errno::EINVAL),
        ([0x30_0001, 1, 3, ANONYMOUS | FIXED, NO_FILE, 0], Errno::EINVAL),
        ([0x1000, 1, 3, ANONYMOUS | FIXED, NO_FILE, 0], Errno::EPERM),
        ([space::END, 1, 3, ANONYMOUS | FIXED, NO_FILE, 0], Errno::ENOMEM),
        ([0, u64::MAX, 3, ANONYMOUS, NO_FILE, 0], Errno::ENOMEM),
        ([0, 1 << 39, 3, ANONYMOUS, NO_FILE, 0], Errno::ENOMEM),
        ([0, 2 << 20, 3, ANONYMOUS, NO_FILE, 0], Errno::ENOMEM),
        ([0, 1, 3, 2, 0, 0], Errno::ENODEV),
        ([0, 1, 3, 2, 7, 0], Errno::EBADF),
    ] {
        let before = fixture.layout.clone();
        assert_eq!(fixture.call("mmap", arguments), errno(expected), "{}", fixture.trace);
        assert_eq!(fixture.layout, before);
    }
    assert_eq!(fixture.call("munmap", [DATA + 1, 1]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("munmap", [DATA, 0]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("munmap", [DATA, u64::MAX]), errno(Errno::EINVAL));
}

#[test]
fn reserved_addresses_cost_nothing_until_they_are_used() {
    let mut fixture = Fixture::new();
    let start = fixture.call("mmap", [0, 64 << 20, 0, ANONYMOUS, NO_FILE, 0]).unwrap();
    assert_eq!(fixture.call("mprotect", [start, 0x10000, 3]), Ok(0));
    assert_eq!(fixture.call("mprotect", [start, 64 << 20, 3]), errno(Errno::ENOMEM));
    assert_eq!(fixture.call("mprotect", [start, 64 << 20, 1]), Ok(0), "nobody can write there");
    assert_eq!(fixture.call("mprotect", [start - 0x1000, 0x2000, 3]), errno(Errno::ENOMEM));
    let other = fixture.call("mmap", [0, 64 << 20, 1, ANONYMOUS, NO_FILE, 0]).unwrap();
    assert_eq!(fixture.call("mprotect", [other, 1 << 20, 3]), errno(Errno::ENOMEM), "what was written counts");
    assert_eq!(fixture.call("mprotect", [other, (1 << 20) - 0x1_4000, 3]), Ok(0));
    assert_eq!(fixture.call("mprotect", [start + 1, 0x1000, 3]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("mprotect", [start, 0x1000, 64]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("mprotect", [start, 0, 3]), Ok(0));
}

#[test]
fn an_address_space_has_a_limited_number_of_regions() {
    let mut fixture = Fixture::new();
    let page = PAGE_SIZE;
    let start = 1 << 36;
    let whole = start + 2 * space::REGIONS_MAX as u64 * page;
    fixture.layout.map(whole, whole + 0x10 * page, Permissions::NONE);
    let mut at = start;
    while fixture.layout.regions().len() < space::REGIONS_MAX {
        fixture.layout.map(at, at + page, Permissions::NONE);
        at += 2 * page;
    }
    let map = |address| [address, page, 0, ANONYMOUS | FIXED, NO_FILE, 0];
    assert_eq!(fixture.call("mmap", map(at)), errno(Errno::ENOMEM));
    assert_eq!(fixture.call("mmap", map(at - page)), Ok(at - page), "joined to its neighbour");
    assert_eq!(fixture.call("munmap", [whole + page, page]), errno(Errno::ENOMEM), "it would be in two");
    assert_eq!(fixture.call("mprotect", [whole + page, page, 1]), errno(Errno::ENOMEM), "or in three");
    assert_eq!(fixture.call("brk", [HEAP + 1]), Ok(HEAP));
    assert_eq!(fixture.call("munmap", [start, page]), Ok(0));
    assert_eq!(fixture.call("mmap", map(at + page)), Ok(at + page));
    assert_eq!(fixture.call("mmap", map(at + 3 * page)), errno(Errno::ENOMEM));
}

#[test]
fn what_is_mapped_around_gaps_is_changed() {
    let mut fixture = Fixture::new();
    let (page, start) = (PAGE_SIZE, 0x30_0000);
    let permissions = |fixture: &Fixture, n| fixture.layout.find(start + n * page).map(|region| region.permissions);
    for n in [0, 1, 3] {
        fixture.layout.map(start + n * page, start + (n + 1) * page, Permissions::READ_WRITE);
    }
    assert_eq!(fixture.call("mprotect", [start, 4 * page, 1]), errno(Errno::ENOMEM));
    let (read, write) = (Some(Permissions::READ), Some(Permissions::READ_WRITE));
    assert_eq!([0, 1, 2, 3].map(|n| permissions(&fixture, n)), [read, read, None, write], "up to the gap");
    assert_eq!(fixture.call("mprotect", [start + 2 * page, 2 * page, 1]), errno(Errno::ENOMEM));
    assert_eq!(permissions(&fixture, 3), write);
    assert_eq!(fixture.call("madvise", [start, 4 * page, 4]), errno(Errno::ENOMEM));
    let dropped: Vec<u64> = fixture.discards.iter().map(|range| range.start).collect();
    assert_eq!(dropped, [start, start + 3 * page], "on both sides of it");
    fixture.layout.map_shared(start + 2 * page, start + 3 * page, Permissions::READ_WRITE);
    assert_eq!(fixture.call("madvise", [start, 4 * page, 4]), Ok(0));
    assert_eq!(fixture.discards.len(), 2, "shared memory keeps its contents");
}

#[test]
fn mremap_grows_shrinks_and_moves() {
    let mut fixture = Fixture::new();
    let page = PAGE_SIZE;
    let start = fixture.call("mmap", [0x30_0000, 2 * page, 3, ANONYMOUS, NO_FILE, 0]).unwrap();
    assert_eq!(fixture.call("mremap", [start, 2 * page, 4 * page, 0, 0]), Ok(start));
    assert_eq!(fixture.layout.find(start).unwrap().end, start + 4 * page);
    assert_eq!(fixture.call("mremap", [start, 4 * page, page, 0, 0]), Ok(start));
    assert_eq!(fixture.layout.find(start).unwrap().end, start + page);
    fixture.layout.map(start + page, start + 2 * page, Permissions::READ);
    assert_eq!(fixture.call("mremap", [start, page, 3 * page, 0, 0]), errno(Errno::ENOMEM));
    let moved = fixture.call("mremap", [start, page, 3 * page, 1, 0]).unwrap();
    assert!(fixture.layout.find(start).is_none());
    assert_eq!(fixture.layout.find(moved).unwrap().permissions, Permissions::READ_WRITE);
    assert_eq!(fixture.call("mremap", [moved, 3 * page, 3 * page, 3, start]), Ok(start));
    assert_eq!(fixture.call("mremap", [start, 3 * page, 3 * page, 3, start + page]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("mremap", [8 * page, page, page, 0, 0]), errno(Errno::EFAULT));
    assert_eq!(fixture.call("mremap", [start, page, 0, 0, 0]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("mremap", [start, 3 * page, 2 << 20, 1, 0]), errno(Errno::ENOMEM));
    assert!(fixture.layout.find(start).is_some(), "still there");
    assert_eq!(fixture.call("madvise", [start, page, 4]), Ok(0));
    assert_eq!(fixture.call("madvise", [start, page, 99]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("madvise", [start - page, page, 4]), errno(Errno::ENOMEM));
}

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

#[test]
fn streams_are_ready_and_other_descriptors_are_not_open() {
    let mut fixture = Fixture::new();
    let entry = |descriptor: i32, events: u16| {
        let mut entry = descriptor.to_le_bytes().to_vec();
        entry.extend(events.to_le_bytes());
        entry.extend([0xff; 2]);
        entry
    };
    let asked = [entry(0, 1), entry(1, 4), entry(2, 1), entry(7, 1), entry(-1, 5)].concat();
    fixture.put(DATA, &asked);
    fixture.put(DATA + 64, &[0; 16]);
    assert_eq!(fixture.call("ppoll", [DATA, 5, DATA + 64, 0, 0]), Ok(3));
    let found: Vec<u16> =
        fixture.get(DATA, 40).chunks(8).map(|entry| u16::from_le_bytes([entry[6], entry[7]])).collect();
    assert_eq!(found, [1, 4, 0, 0x20, 0]);
    // Nothing is ready: time passes, or none does for ever.
    fixture.put(DATA, &entry(2, 1));
    fixture.put(DATA + 64, &[2, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(fixture.call("ppoll", [DATA, 1, DATA + 64, 0, 0]), Ok(0));
    assert_eq!(fixture.call("ppoll", [DATA, 1, 0, 0, 0]), Err(Interrupt::End(End::Deadlock)));
    assert_eq!(fixture.call("ppoll", [DATA, 1 << 20, 0, 0, 0]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("ppoll", [8, 1, DATA + 64, 0, 0]), errno(Errno::EFAULT));
}
