//! ELF files of a few instructions, for tests of what is around a program.

/// Where the code begins.
pub const ENTRY: u64 = 0x40_0100;
/// Where the data begins, readable and executable as the code is.
pub const DATA: u64 = 0x40_0800;
/// A page of zeros that may be written.
pub const ZEROS: u64 = 0x41_0000;

pub const SVC: u32 = 0xd400_0001;
/// `b .`
pub const SPIN: u32 = 0x1400_0000;

/// `movz x<register>, #<value>`
pub fn mov(register: u32, value: u16) -> u32 {
    0xd280_0000 | u32::from(value) << 5 | register
}

/// `movz x<register>, #<value>, lsl #16`
pub fn mov_high(register: u32, value: u16) -> u32 {
    0xd2a0_0000 | u32::from(value) << 5 | register
}

/// `movk x<register>, #<value>`
pub fn keep(register: u32, value: u16) -> u32 {
    0xf280_0000 | u32::from(value) << 5 | register
}

/// `write(1, DATA, length)`
pub fn write(length: u16) -> Vec<u32> {
    vec![mov(0, 1), mov_high(1, 0x40), keep(1, 0x800), mov(2, length), mov(8, 64), SVC]
}

/// `exit_group(status)`
pub fn exit(status: u16) -> Vec<u32> {
    vec![mov(0, status), mov(8, 94), SVC]
}

/// A static ELF file.
pub fn elf(code: &[u32], data: &[u8]) -> Vec<u8> {
    let file_size = DATA - 0x40_0000 + data.len() as u64;
    let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    file.extend(2_u16.to_le_bytes());
    file.extend(183_u16.to_le_bytes());
    file.extend(1_u32.to_le_bytes());
    for word in [ENTRY, 64, 0] {
        file.extend(word.to_le_bytes());
    }
    file.extend(0_u32.to_le_bytes());
    for half in [64_u16, 56, 2, 64, 0, 0] {
        file.extend(half.to_le_bytes());
    }
    for (flags, address, size, memory_size) in [(5_u32, 0x40_0000, file_size, file_size), (6, ZEROS, 0, 0x1000)] {
        file.extend(1_u32.to_le_bytes());
        file.extend(flags.to_le_bytes());
        for word in [0, address, address, size, memory_size, 0x1000] {
            file.extend(word.to_le_bytes());
        }
    }
    file.resize(0x100, 0);
    file.extend(code.iter().flat_map(|word| word.to_le_bytes()));
    assert!(file.len() <= 0x800, "the code is longer than its room");
    file.resize(0x800, 0);
    file.extend(data);
    file
}

/// The file with a symbol table of functions: name, address, size.
pub fn with_symbols(mut file: Vec<u8>, functions: &[(&[u8], u64, u64)]) -> Vec<u8> {
    let mut names = vec![0];
    let mut table = vec![0; 24];
    for (name, address, size) in functions {
        table.extend((names.len() as u32).to_le_bytes());
        // A global function in some section.
        table.extend([0x12, 0, 1, 0]);
        table.extend(address.to_le_bytes());
        table.extend(size.to_le_bytes());
        names.extend_from_slice(name);
        names.push(0);
    }
    let mut sections = vec![[0_u64; 10]];
    // Kind, flags, address, offset, size, link, information, alignment, size of an entry; the name is empty.
    sections.push([0, 1, 6, 0x40_0000, 0, file.len() as u64, 0, 0, 4, 0]);
    file.resize(file.len().next_multiple_of(8), 0);
    sections.push([0, 2, 0, 0, file.len() as u64, table.len() as u64, 3, 1, 8, 24]);
    file.extend(table);
    sections.push([0, 3, 0, 0, file.len() as u64, names.len() as u64, 0, 0, 1, 0]);
    file.extend(names);
    file.resize(file.len().next_multiple_of(8), 0);
    let headers = file.len() as u64;
    for [name, kind, flags, address, offset, size, link, information, alignment, entry] in &sections {
        file.extend((*name as u32).to_le_bytes());
        file.extend((*kind as u32).to_le_bytes());
        for word in [flags, address, offset, size] {
            file.extend(word.to_le_bytes());
        }
        file.extend((*link as u32).to_le_bytes());
        file.extend((*information as u32).to_le_bytes());
        for word in [alignment, entry] {
            file.extend(word.to_le_bytes());
        }
    }
    file[40..48].copy_from_slice(&headers.to_le_bytes());
    file[58..60].copy_from_slice(&64_u16.to_le_bytes());
    file[60..62].copy_from_slice(&(sections.len() as u16).to_le_bytes());
    // The last table of strings serves for the sections as well.
    file[62..64].copy_from_slice(&3_u16.to_le_bytes());
    file
}
