//! Standard streams and their descriptors; files, of which there are none.

use super::*;

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
