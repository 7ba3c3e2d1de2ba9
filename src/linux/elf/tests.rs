use super::*;

const MEMORY: u64 = 16 << 20;

/// A program header: type, flags, offset, address, size in the file, size in memory.
type Part = (u32, u32, u64, u64, u64, u64);

const LOAD: u32 = 1;
const INTERP: u32 = 3;
const GNU_STACK: u32 = 0x6474_e551;
const R: u32 = 4;
const RW: u32 = 6;
const RX: u32 = 5;

/// An ELF64 little-endian AArch64 file; byte `n` of its body has the value `n % 251`.
fn elf(kind: u16, entry: u64, parts: &[Part], length: usize) -> Vec<u8> {
    let mut file: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
    let mut header = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    header.extend(kind.to_le_bytes());
    header.extend(183_u16.to_le_bytes());
    header.extend(1_u32.to_le_bytes());
    header.extend(entry.to_le_bytes());
    header.extend(64_u64.to_le_bytes());
    header.extend(0_u64.to_le_bytes());
    header.extend(0_u32.to_le_bytes());
    for half in [64, 56, parts.len() as u16, 64, 0, 0] {
        header.extend(half.to_le_bytes());
    }
    for &(kind, flags, offset, address, file_size, memory_size) in parts {
        header.extend(kind.to_le_bytes());
        header.extend(flags.to_le_bytes());
        for word in [offset, address, address, file_size, memory_size, 4096] {
            header.extend(word.to_le_bytes());
        }
    }
    file.resize(file.len().max(header.len()), 0);
    file[..header.len()].copy_from_slice(&header);
    file
}

fn simple() -> Vec<u8> {
    elf(2, 0x40_0100, &[(LOAD, RX, 0, 0x40_0000, 0x200, 0x200)], 0x200)
}

fn error(file: &[u8]) -> String {
    Program::parse(file, MEMORY).expect_err("the file must be refused").to_string()
}

#[test]
fn one_segment() {
    let file = simple();
    let program = Program::parse(&file, MEMORY).unwrap();
    assert_eq!((program.entry, program.base, program.end), (0x40_0100, 0, 0x40_0200));
    assert_eq!(
        (program.program_headers, program.program_header_count, program.program_header_size),
        (0x40_0040, 1, 56)
    );
    let [segment] = &program.segments[..] else { panic!("one segment") };
    assert_eq!((segment.address, segment.memory_size), (0x40_0000, 0x1000));
    assert_eq!(segment.permissions, Permissions::READ_EXECUTE);
    assert_eq!(segment.bytes, file);
    assert!(!program.executable_stack);
}

#[test]
fn static_pie_moves_everything() {
    let parts = [(LOAD, RX, 0, 0, 0x200, 0x200), (GNU_STACK, RX, 0, 0, 0, 0)];
    let program = Program::parse(&elf(3, 0x100, &parts, 0x200), MEMORY).unwrap();
    assert_eq!(program.base, space::PIE_BASE);
    assert_eq!(program.entry, space::PIE_BASE + 0x100);
    assert_eq!(program.segments[0].address, space::PIE_BASE);
    assert_eq!(program.program_headers, space::PIE_BASE + 0x40);
    assert!(program.executable_stack);
}

/// Address, size, permissions and bytes of every segment.
fn places(program: &Program) -> Vec<(u64, u64, Permissions, &[u8])> {
    let segments = program.segments.iter();
    segments.map(|segment| (segment.address, segment.memory_size, segment.permissions, &segment.bytes[..])).collect()
}

#[test]
fn a_page_that_segments_share_is_the_last_ones() {
    let parts = [
        (LOAD, RX, 0, 0x40_0000, 0x1800, 0x1800),
        (LOAD, R, 0x1800, 0x40_1800, 0x100, 0x100),
        (LOAD, RW, 0x1900, 0x40_1900, 0x80, 0x3000),
    ];
    let file = elf(2, 0x40_0100, &parts, 0x2000);
    let program = Program::parse(&file, MEMORY).unwrap();
    assert_eq!(
        places(&program),
        [
            (0x40_0000, 0x1000, Permissions::READ_EXECUTE, &file[..0x1000]),
            (0x40_1000, 0x1000, Permissions::READ_WRITE, &file[0x1000..0x1980]),
            (0x40_2000, 0x3000, Permissions::READ_WRITE, &[][..]),
        ]
    );
    assert_eq!(program.end, 0x40_4900);
}

#[test]
fn the_later_of_two_segments_wins_wherever_it_lies() {
    let whole = (LOAD, RX, 0, 0x40_0000, 0x5000, 0x5000);
    let file = |part: Part, later: bool| {
        let parts = if later { [whole, part] } else { [part, whole] };
        elf(2, 0x40_0000, &parts, 0x8000)
    };
    for page in 0..5_usize {
        let address = 0x40_0000 + 0x1000 * page as u64;
        let part = (LOAD, RW, 0x6000, address, 0x1000, 0x1000);
        let over = file(part, true);
        let program = Program::parse(&over, MEMORY).unwrap();
        assert_eq!(program.segments.iter().map(|segment| segment.memory_size).sum::<u64>(), 0x5000);
        for segment in &program.segments {
            let source = if segment.address == address { 0x6000 } else { (segment.address - 0x40_0000) as usize };
            assert_eq!(segment.bytes, over[source..source + segment.memory_size as usize], "page {page}");
            assert_eq!(segment.permissions.contains(Permissions::WRITE), segment.address == address);
        }
        let under = file(part, false);
        let program = Program::parse(&under, MEMORY).unwrap();
        assert_eq!(places(&program), [(0x40_0000, 0x5000, Permissions::READ_EXECUTE, &under[..0x5000])]);
    }
}

#[test]
fn pages_are_the_files_also_outside_of_the_segment() {
    let file = elf(2, 0x41_0100, &[(LOAD, RX, 0x100, 0x41_0100, 0x10, 0x10)], 0x800);
    let program = Program::parse(&file, MEMORY).unwrap();
    assert_eq!(places(&program), [(0x41_0000, 0x1000, Permissions::READ_EXECUTE, &file[..])]);
    assert_eq!(program.program_headers, 0, "no segment holds them");
    assert_eq!(program.missing, 0);
}

#[test]
fn zeros_follow_the_files_part_where_the_segment_is_writable() {
    for (flags, in_page) in [(RW, 0x110), (R, 0x1000)] {
        let file = elf(2, 0x41_0100, &[(LOAD, flags, 0x100, 0x41_0100, 0x10, 0x2000)], 0x1800);
        let program = Program::parse(&file, MEMORY).unwrap();
        let [first, second] = places(&program)[..] else { panic!("two kinds of pages") };
        assert_eq!((first.0, first.1, first.3), (0x41_0000, 0x1000, &file[..in_page]));
        assert_eq!(second, (0x41_1000, 0x2000, Permissions::READ_WRITE, &[][..]));
    }
    let file = elf(2, 0x41_0100, &[(LOAD, RX, 0x123, 0x41_0100, 0, 0x40)], 0x200);
    let program = Program::parse(&file, MEMORY).unwrap();
    assert_eq!(places(&program), [(0x41_0000, 0x1000, Permissions::ALL, &[][..])], "nothing is the file's");
}

#[test]
fn the_files_last_page_ends_in_zeros_and_none_are_behind() {
    let file = elf(2, 0x40_0100, &[(LOAD, RX, 0, 0x40_0000, 0x3000, 0x3000)], 0x1010);
    let program = Program::parse(&file, MEMORY).unwrap();
    assert_eq!(
        places(&program),
        [(0x40_0000, 0x2000, Permissions::READ_EXECUTE, &file[..]), (0x40_2000, 0x1000, Permissions::NONE, &[][..]),]
    );
    assert_eq!(program.missing, 0x1000);
}

#[test]
fn a_static_pie_is_aligned_as_its_segments_ask() {
    let parts = [(LOAD, RX, 0, 0, 0x200, 0x200), (LOAD, RW, 0x200, 0x20_0200, 0x10, 0x10)];
    for (align, base) in [
        (0x1000, space::PIE_BASE),
        (0x20_0000, 0x55_5560_0000),
        (0x4000_0000, 0x55_8000_0000),
        // Neither is a power of two.
        (0x30_0000, space::PIE_BASE),
        (0, space::PIE_BASE),
    ] {
        let mut file = elf(3, 0x100, &parts, 0x210);
        file[64 + 56 + 48..][..8].copy_from_slice(&u64::to_le_bytes(align));
        let program = Program::parse(&file, MEMORY).unwrap();
        assert_eq!((program.base, program.entry), (base, base + 0x100), "aligned to {align:#x}");
        assert_eq!(program.segments[1].address, base + 0x20_0000);
    }
    for align in [1 << 40, 1 << 63] {
        let mut file = elf(3, 0x100, &parts, 0x210);
        file[64 + 48..][..8].copy_from_slice(&u64::to_le_bytes(align));
        assert!(error(&file).contains("above the addresses"), "aligned to {align:#x}");
    }
}

#[test]
fn other_files_are_named() {
    assert_eq!(error(b""), "the file is empty");
    for (file, name) in [
        (&b"MZ\x90\0"[..], "Windows"),
        (b"\xcf\xfa\xed\xfe\x0c\0\0\x01", "Mach-O"),
        (b"\xca\xfe\xba\xbe\0\0\0\x02", "universal"),
        (b"#!/bin/sh\necho hello\n", "script"),
        (b"!<arch>\n", "archive"),
        (b"\0asm\x01\0\0\0", "WebAssembly"),
        (b"hello", "another format"),
    ] {
        assert!(error(file).contains(name), "{}", error(file));
    }
}

#[test]
fn other_elf_files_are_named() {
    let with = |offset: usize, byte: u8| {
        let mut file = simple();
        file[offset] = byte;
        file
    };
    assert!(error(&with(18, 62)).contains("x86-64"));
    assert!(error(&with(18, 243)).contains("RISC-V"));
    assert!(error(&with(18, 77)).contains("machine number 77"));
    let mut arm = with(18, 40);
    arm[4] = 1;
    assert_eq!(error(&arm), "a 32-bit ELF file for 32-bit Arm: KVRM runs 64-bit AArch64 programs");
    let mut big_endian = with(5, 2);
    big_endian[18..20].copy_from_slice(&[0, 183]);
    assert!(error(&big_endian).contains("big-endian ELF file for AArch64"));
    assert!(error(&with(16, 1)).contains("object file"));
    assert!(error(&with(16, 4)).contains("core dump"));
    assert!(error(&with(4, 7)).contains("class"));
    assert!(error(&with(5, 7)).contains("byte order"));
    assert!(error(&with(6, 0)).contains("version"));
    assert!(error(&with(54, 32)).contains("program headers"));
    assert!(error(&with(56, 0)).contains("no program headers"));
    assert!(error(&elf(3, 0, &[(LOAD, RX, 0, 0, 0x100, 0x100)], 0x100)).contains("shared library"));
}

#[test]
fn a_dynamic_program_names_its_interpreter() {
    let parts = [(INTERP, R, 0x180, 0, 0x10, 0x10), (LOAD, RX, 0, 0, 0x200, 0x200)];
    let mut file = elf(3, 0x100, &parts, 0x200);
    file[0x180..0x190].copy_from_slice(b"/lib/ld.so.1\0\0\0\0");
    assert_eq!(error(&file), "dynamically linked (it asks for /lib/ld.so.1): link with -static");
}

#[test]
fn headers_that_are_cut_short_are_an_error() {
    let file = simple();
    for length in 1..file.len() {
        match Program::parse(&file[..length], MEMORY) {
            Ok(program) => {
                assert!(length >= 120, "{length} bytes");
                assert_eq!(program.segments[0].bytes, file[..length]);
            }
            Err(error) => {
                assert!(length < 120 && matches!(error, Error::Truncated { .. }), "{length} bytes: {error}");
            }
        }
    }
}

#[test]
fn impossible_segments_are_refused() {
    let load = |address, file_size, memory_size| {
        error(&elf(2, 0x40_0000, &[(LOAD, RX, 0, address, file_size, memory_size)], 0x200))
    };
    assert!(load(0x40_0000, 0x100, 1 << 63).contains("needs 9223372036854775808 bytes"));
    assert!(load(0x40_0000, 0x100, 1 << 63).contains("--memory"));
    assert!(load(0x40_0000, 0x100, MEMORY + 1).contains("a lane has 16777216"));
    assert!(load(u64::MAX - 0xfff, 0x100, 0x1000).contains("wraps around"));
    assert!(load(0x40_0000, 0x100, u64::MAX).contains("wraps around"));
    assert!(load(0x40_0000, 0x200, 0x100).contains("larger in the file"));
    assert!(load(0x1000, 0x100, 0x100).contains("lowest 64 KiB"));
    assert!(load(space::IMAGE_END, 0x100, 0x100).contains("above the addresses"));
    assert!(error(&elf(2, 0x40_0000, &[(GNU_STACK, RW, 0, 0, 0, 0)], 0x200)).contains("no segment to load"));
    let wide = (LOAD, RX, u64::MAX - 0xfff, 0x40_0000, 0x100, 0x100);
    assert!(error(&elf(2, 0x40_0000, &[wide], 0x200)).contains("no file reaches"));
    let shifted = (LOAD, RX, 0x100, 0x40_0000, 0x100, 0x100);
    assert!(error(&elf(2, 0x40_0000, &[shifted], 0x200)).contains("begins elsewhere in its page"));
}

#[test]
fn many_large_segments_do_not_wrap_the_sum() {
    let parts: Vec<Part> = (0..3).map(|n| (LOAD, RX, 0, 0x40_0000 + (n << 62), 0, (1 << 62) - 0x1000)).collect();
    assert!(error(&elf(2, 0x40_0000, &parts, 0x400)).contains("bytes of memory"));
}

#[test]
fn random_headers_never_panic() {
    use proptest::test_runner::{Config, RngSeed, TestRunner};
    let seed = 20;
    let mut runner = TestRunner::new(Config { cases: 2000, rng_seed: RngSeed::Fixed(seed), ..Config::default() });
    let changes = proptest::collection::vec((16..0x120_usize, proptest::num::u8::ANY), 1..12);
    let parts = [(LOAD, RX, 0, 0x40_0000, 0x200, 0x200), (LOAD, RW, 0x100, 0x41_0000, 0x100, 0x900)];
    let outcome = runner.run(&changes, |changes| {
        let mut file = elf(2, 0x40_0100, &parts, 0x200);
        for (offset, byte) in changes {
            file[offset] = byte;
        }
        if let Ok(program) = Program::parse(&file, MEMORY) {
            let total: u64 = program.segments.iter().map(|segment| segment.memory_size).sum();
            proptest::prop_assert!(total <= MEMORY);
            for pair in program.segments.windows(2) {
                proptest::prop_assert!(pair[0].end() <= pair[1].address);
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
}
