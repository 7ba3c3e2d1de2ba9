//! What the pages of odd ELF files hold once they run: as Linux maps them.

use crate::support::tiny::{SVC, exit, keep, mov, mov_high};
use kvrm::linux::{Command, End, Process, elf, exit_status};
use kvrm::machine::{Machine, StopReason};

const R: u32 = 4;
const RW: u32 = 6;
const RX: u32 = 5;
const ENTRY: u64 = 0x40_0100;

/// A `PT_LOAD`: flags, offset, address, size in the file and in memory, alignment.
type Load = (u32, u64, u64, u64, u64, u64);

/// An ELF file of this type with its program headers at `headers_at`, and `pieces` of so many bytes in all.
fn file(kind: u16, entry: u64, headers_at: u64, loads: &[Load], pieces: &[(usize, Vec<u8>)], length: usize) -> Vec<u8> {
    let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    file.extend(kind.to_le_bytes());
    file.extend(183_u16.to_le_bytes());
    file.extend(1_u32.to_le_bytes());
    for word in [entry, headers_at, 0] {
        file.extend(word.to_le_bytes());
    }
    file.extend(0_u32.to_le_bytes());
    for half in [64_u16, 56, loads.len() as u16, 64, 0, 0] {
        file.extend(half.to_le_bytes());
    }
    file.resize(headers_at as usize, 0);
    for &(flags, offset, address, file_size, memory_size, align) in loads {
        // No flags and no bytes stand for a header of no type, as a guard.
        file.extend(u32::from(flags != 0).to_le_bytes());
        file.extend(flags.to_le_bytes());
        for word in [offset, address, address, file_size, memory_size, align] {
            file.extend(word.to_le_bytes());
        }
    }
    file.resize(file.len().max(length), 0);
    for (at, bytes) in pieces {
        file[*at..at + bytes.len()].copy_from_slice(bytes);
    }
    file.truncate(length);
    file
}

/// A program at [`ENTRY`], these segments behind its own, and these pieces of data.
fn program(code: &[u32], others: &[Load], data: &[(usize, &[u8])], length: usize) -> Vec<u8> {
    let loads = [&[(RX, 0, 0x40_0000, 0x200, 0x200, 4096)], others].concat();
    let mut pieces = vec![(0x100, words(code))];
    pieces.extend(data.iter().map(|(at, bytes)| (*at, bytes.to_vec())));
    file(2, ENTRY, 64, &loads, &pieces, length)
}

fn words(code: &[u32]) -> Vec<u8> {
    code.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The byte at `address` plus `more` becomes the exit status.
fn show(address: u64, more: u32) -> Vec<u32> {
    let (high, low) = ((address >> 16) as u16, address as u16);
    // ldrb w0, [x1] ; add w0, w0, #more
    vec![mov_high(1, high), keep(1, low), 0x3940_0020, 0x1100_0000 | more << 10, mov(8, 93), SVC]
}

fn run(file: &[u8]) -> Process {
    let machine = Machine::builder().build().expect("an adapter");
    let mut process = Command::new("odd").start(machine, file).unwrap_or_else(|error| panic!("{error}"));
    process.run(100_000).unwrap();
    process
}

fn status(file: &[u8]) -> u8 {
    exit_status(&run(file).stop(0).reason)
}

#[test]
fn bytes_around_a_segment_are_the_files() {
    // Of the page before the segment: the file's second byte.
    let front =
        file(2, ENTRY, 64, &[(RX, 0x100, ENTRY, 0x80, 0x80, 4096)], &[(0x100, words(&show(0x40_0001, 0)))], 0x180);
    assert_eq!(status(&front), b'E');
    let behind = program(&show(0x40_0400, 0), &[], &[(0x400, b"Z")], 0x800);
    assert_eq!(status(&behind), b'Z');
    // But zeros where memory goes on behind the file's part.
    let data = (RW, 0x1000, 0x40_1000, 8, 0x20, 4096);
    for (address, bytes) in [(0x40_1007, b'H'), (0x40_1008, 0), (0x40_1010, 0), (0x40_1fff, 0)] {
        let zeros =
            program(&show(address, 5), &[data], &[(0x1000, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"), (0x1fff, b"Q")], 0x2000);
        assert_eq!(status(&zeros), bytes + 5, "{address:#x}");
    }
}

#[test]
fn a_file_may_end_within_a_segment() {
    let data = (RW, 0x1000, 0x40_1000, 0x3000, 0x3000, 4096);
    let cut = |address, more| program(&show(address, more), &[data], &[(0x1000, b"DATA")], 0x1010);
    assert_eq!(status(&cut(0x40_1001, 0)), b'A');
    assert_eq!(status(&cut(0x40_1ff0, 7)), 7, "zeros up to the page's end");
    // Linux has SIGBUS for what is behind.
    let process = run(&cut(0x40_2000, 0));
    assert!(
        matches!(process.stop(0).reason, StopReason::MemoryFault { address: 0x40_2000, .. }),
        "{}",
        process.stop(0)
    );
}

#[test]
fn the_later_segment_wins() {
    let exits = words(&exit(42));
    let loads =
        [(R, 0, 0x40_0000, 0x158, 0x158, 4096), (RX, 0x1000, 0x40_0000, exits.len() as u64, exits.len() as u64, 4096)];
    assert_eq!(status(&file(2, 0x40_0000, 64, &loads, &[(0x1000, exits.clone())], 0x1000 + exits.len())), 42);
    // A page of which both have a part is the later one's as a whole.
    let shared = program(
        &show(0x40_0800, 0),
        &[(RX, 0x1800, 0x40_0800, 8, 8, 4096)],
        &[(0x1800, b"!"), (0x1100, &words(&exit(7)))],
        0x1808,
    );
    assert_eq!(status(&shared), 7);
}

#[test]
fn odd_headers_run() {
    let ok = &exit(42)[..];
    let no_bytes = (RW, 0x1234, 0x40_3000, 0, 0x40, 4096);
    assert_eq!(status(&program(ok, &[no_bytes], &[], 0x200)), 42);
    assert_eq!(status(&program(ok, &[(0, 0, 0x50_0000, 0, 0x1000, 4096)], &[], 0x200)), 42, "a header of no type");
    let high_first = [(RW, 0x2000, 0x40_2000, 8, 8, 4096), (RX, 0, 0x40_0000, 0x200, 0x200, 4096)];
    let pieces = [(0x100, words(&show(0x40_2000, 0))), (0x2000, b"*".to_vec())];
    assert_eq!(status(&file(2, ENTRY, 64, &high_first, &pieces, 0x2008)), b'*');
    let text = [(RX, 0, 0x40_0000, 0x200, 0x200, 4096)];
    assert_eq!(status(&file(2, ENTRY, 0x4b, &text, &[(0x100, words(ok))], 0x200)), 42, "headers at an odd offset");
    // A gigabyte of zeros costs nothing.
    let huge = (RW, 0x200, 0x50_0200, 0, 0x4000_0000, 4096);
    assert_eq!(status(&program(ok, &[huge], &[], 0x200)), 42);
}

#[test]
fn what_linux_kills_at_once_does_not_run() {
    let ok = words(&exit(42));
    for (load, entry, what) in [
        ((RX, 0, 0x40_0000, 0x200, 0x100, 4096), ENTRY, "larger in the file"),
        ((RX, 0x100, 0x40_0000, 0x80, 0x80, 4096), 0x40_0000, "begins elsewhere in its page"),
    ] {
        let machine = Machine::builder().build().expect("an adapter");
        let file = file(2, entry, 64, &[load], &[(0x100, ok.clone())], 0x200);
        let error = Command::new("odd").start(machine, &file).err().expect("refused").to_string();
        assert!(error.contains(what), "{error}");
    }
    let unexecutable = file(2, ENTRY, 64, &[(RW, 0, 0x40_0000, 0x200, 0x200, 4096)], &[(0x100, ok.clone())], 0x200);
    assert_eq!(status(&unexecutable), 139);
    assert_eq!(status(&file(2, 0x70_0000, 64, &[(RX, 0, 0x40_0000, 0x200, 0x200, 4096)], &[(0x100, ok)], 0x200)), 139);
}

#[test]
fn a_static_pie_finds_itself_aligned() {
    // adr x1, . - 0x100 ; ubfx x0, x1, #12, #9: what is over a multiple of 2 MiB, in pages
    let code = [0x10ff_f801, 0xd34c_5020, mov(8, 93), SVC];
    for (align, pages) in [(4096, 0x50), (0x20_0000, 0), (0x4000_0000, 0)] {
        let loads = [(RX, 0, 0, 0x200, 0x200, 4096), (RW, 0x200, 0x20_0200, 8, 8, align)];
        let process = run(&file(3, 0x100, 64, &loads, &[(0x100, words(&code))], 0x208));
        assert_eq!(process.base() % align, 0);
        assert_eq!(process.stop(0).reason, StopReason::from(End::Exited { status: pages }), "{}", process.stop(0));
    }
}

/// More text than 65,535 workgroups decode, and, where the adapter binds 128 MiB, more than control words are bound for.
#[test]
fn text_of_any_size_runs() {
    const TEXT: u64 = 34 << 20;
    // Each calls the next, from one end to the other and back: bl +/-32 MiB reaches no further.
    let places = [0x100, TEXT / 2, TEXT - 0x100, 20 << 20, (33 << 20) + 4, 0x180];
    let mut pieces = Vec::new();
    for (n, (from, to)) in places.iter().zip(&places[1..]).enumerate() {
        let target = 0x40_0000 + to;
        // add w20, w20, #1 << n ; movz, movk x1 ; br x1
        let add = 0x1100_0294 | 1 << n << 10;
        pieces.push((
            *from as usize,
            words(&[add, mov_high(1, (target >> 16) as u16), keep(1, target as u16), 0xd61f_0020]),
        ));
    }
    // add w0, w20, #0 ; exit
    pieces.push((0x180, words(&[0x1100_0280, mov(8, 93), SVC])));
    let file = file(2, ENTRY, 64, &[(RX, 0, 0x40_0000, TEXT, TEXT, 4096)], &pieces, TEXT as usize);
    let process = run(&file);
    assert_eq!(process.stop(0).reason, StopReason::from(End::Exited { status: 0b11111 }), "{}", process.stop(0));
    assert_eq!(process.stop(0).retired, 5 * 4 + 3);
}

#[test]
fn an_image_that_does_not_fit_is_refused_in_words() {
    let machine = Machine::builder().bank_memory(Some(1 << 20)).build().expect("an adapter");
    let length = 2 << 20;
    let file =
        program(&exit(0), &[(R, 0x1000, 0x40_1000, length - 0x1000, length - 0x1000, 4096)], &[], length as usize);
    assert!(elf::Program::parse(&file, 1 << 30).is_ok());
    let mut process = match Command::new("large").start(machine, &file) {
        Ok(process) => process,
        Err(error) => panic!("{error}"),
    };
    let error = process.run(1000).unwrap_err().to_string();
    assert!(error.contains("does not fit") && error.contains("max_storage_buffer_binding_size"), "{error}");
}

#[test]
fn a_stack_of_eight_mebibytes_can_be_used() {
    // mov x1, sp ; movz x2, #0x70, lsl #16 ; sub x1, x1, x2 ; strb w0, [x1]: 7 MiB down
    let code = [vec![0x9100_03e1, mov_high(2, 0x70), 0xcb02_0021, 0x3900_0020], exit(3)].concat();
    let file = program(&code, &[], &[], 0x200);
    assert_eq!(status(&file), 3);
    let start =
        |size| Command::new("stack").stack_size(size).start(Machine::builder().build().unwrap(), &file).unwrap();
    let mut process = start(Some(1 << 20));
    process.run(100).unwrap();
    assert!(matches!(process.stop(0).reason, StopReason::MemoryFault { .. }));
    let mut process = start(Some(64 << 20));
    process.run(100).unwrap();
    assert_eq!(process.stop(0).reason, StopReason::from(End::Exited { status: 3 }));
}
