//! Reads ELF64 little-endian AArch64 executables, static or static-PIE, into page-aligned segments.
//! Every other file gets an error that says what it is.

use std::fmt;

use object::LittleEndian;
use object::elf::{self, FileHeader64, ProgramHeader64};
use object::read::elf::{FileHeader as _, ProgramHeader as _};

use super::space;
use crate::machine::{PAGE_SIZE, Permissions, Segment};

type Header = FileHeader64<LittleEndian>;
type ProgramHeader = ProgramHeader64<LittleEndian>;

/// What follows the file class in the identification bytes: the offset of `e_machine`, the same in both classes.
const MACHINE_OFFSET: usize = 18;

/// Why a file cannot run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It has no bytes.
    #[error("the file is empty")]
    Empty,
    /// It begins as another kind of file.
    #[error("not an ELF program but {0}")]
    NotElf(&'static str),
    /// A 32-bit program.
    #[error("a 32-bit ELF file for {0}: KVRM runs 64-bit AArch64 programs")]
    Class32(Isa),
    /// A big-endian program.
    #[error("a big-endian ELF file for {0}: KVRM runs little-endian programs")]
    BigEndian(Isa),
    /// A program for another instruction set.
    #[error("an ELF file for {0}: KVRM runs AArch64 programs (build with an aarch64 compiler)")]
    Machine(Isa),
    /// An ELF file that is not an executable.
    #[error("an ELF {0}, not a program")]
    Kind(&'static str),
    /// It needs a dynamic linker.
    #[error("dynamically linked (it asks for {interpreter}): link with -static")]
    Dynamic { interpreter: String },
    /// It ends too early.
    #[error("the ELF file is truncated: {what} ends at byte {needed}, the file has {length}")]
    Truncated { what: &'static str, needed: u64, length: u64 },
    /// Its header contradicts the format.
    #[error("not a valid ELF file: {0}")]
    Malformed(&'static str),
    /// A segment cannot be placed.
    #[error("not a valid ELF file: the segment at {address:#x} {what}")]
    Segment { address: u64, what: &'static str },
    /// It asks for more memory than a lane has.
    #[error(
        "the program needs {needed} bytes of memory, a lane has {memory_size}: raise it with `--memory` (`memory_size` of the machine's builder)"
    )]
    TooLarge { needed: u64, memory_size: u64 },
}

/// The instruction set that a file names, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isa(u16);

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match elf::Machine(self.0) {
            elf::EM_386 => "x86",
            elf::EM_X86_64 => "x86-64",
            elf::EM_ARM => "32-bit Arm",
            elf::EM_AARCH64 => "AArch64",
            elf::EM_RISCV => "RISC-V",
            elf::EM_PPC => "PowerPC",
            elf::EM_PPC64 => "64-bit PowerPC",
            elf::EM_MIPS => "MIPS",
            elf::EM_S390 => "S/390",
            elf::EM_LOONGARCH => "LoongArch",
            elf::EM_SPARC | elf::EM_SPARCV9 => "SPARC",
            _ => return write!(f, "machine number {}", self.0),
        })
    }
}

/// One run of pages with the same permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramSegment {
    /// First address, page-aligned.
    pub address: u64,
    /// The bytes it starts with; zeros follow.
    pub bytes: Vec<u8>,
    /// Size in memory, whole pages.
    pub memory_size: u64,
    /// What the program may do with it.
    pub permissions: Permissions,
}

impl ProgramSegment {
    /// The segment as the machine loads it.
    pub fn as_segment(&self) -> Segment<'_> {
        Segment {
            address: self.address,
            bytes: &self.bytes,
            memory_size: self.memory_size,
            permissions: self.permissions,
        }
    }

    fn end(&self) -> u64 {
        self.address + self.memory_size
    }
}

/// A program ready to be loaded, its addresses final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Page-aligned, ascending, not overlapping.
    pub segments: Vec<ProgramSegment>,
    /// Address of the first instruction.
    pub entry: u64,
    /// What was added to the file's addresses: 0 unless static-PIE.
    pub base: u64,
    /// Address of the program headers in memory, 0 when no segment holds them.
    pub program_headers: u64,
    /// Number of program headers.
    pub program_header_count: u16,
    /// Size of one program header.
    pub program_header_size: u16,
    /// First byte after the image, where the heap may begin.
    pub end: u64,
    /// `PT_GNU_STACK` asks for an executable stack.
    pub executable_stack: bool,
}

impl Program {
    /// Reads `file` for a machine whose lanes have `memory_size` bytes each.
    pub fn parse(file: &[u8], memory_size: u64) -> Result<Self, Error> {
        let header = header(file)?;
        let pie = match header.e_type(LittleEndian) {
            elf::ET_EXEC => false,
            elf::ET_DYN => true,
            elf::ET_REL => return Err(Error::Kind("object file (.o)")),
            elf::ET_CORE => return Err(Error::Kind("core dump")),
            _ => return Err(Error::Kind("file of unknown type")),
        };
        let program_headers = program_headers(header, file)?;
        if let Some(interpreter) = program_headers.iter().find(|ph| ph.p_type(LittleEndian) == elf::PT_INTERP) {
            let name = file_bytes(file, interpreter)?;
            let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
            return Err(Error::Dynamic { interpreter: String::from_utf8_lossy(name).chars().take(256).collect() });
        }
        if pie && header.e_entry(LittleEndian) == 0 {
            return Err(Error::Kind("shared library"));
        }
        let base = if pie { space::PIE_BASE } else { 0 };
        let loads = loads(program_headers, file, base)?;
        let needed = pages(&loads).map(|(start, end, _)| end - start).fold(0, u64::saturating_add);
        if needed > memory_size {
            return Err(Error::TooLarge { needed, memory_size });
        }
        for load in &loads {
            load.check_place()?;
        }
        let end = loads.last().map_or(0, |load| load.address + load.memory_size);
        let offset = header.e_phoff(LittleEndian);
        let in_memory = |load: &Load| {
            let inside = offset.checked_sub(load.offset)?;
            (inside < load.bytes.len() as u64).then_some(load.address + inside)
        };
        Ok(Self {
            segments: segments(&loads),
            entry: header.e_entry(LittleEndian).wrapping_add(base),
            base,
            program_headers: loads.iter().find_map(in_memory).unwrap_or(0),
            program_header_count: header.e_phnum(LittleEndian),
            program_header_size: header.e_phentsize(LittleEndian),
            end,
            executable_stack: program_headers.iter().any(|ph| {
                ph.p_type(LittleEndian) == elf::PT_GNU_STACK && ph.p_flags(LittleEndian).0 & elf::PF_X.0 != 0
            }),
        })
    }
}

impl Program {
    /// The instruction at `address`, if the file has one there.
    pub(super) fn code_mut(&mut self, address: u64) -> Option<&mut [u8; 4]> {
        let holds = |segment: &&mut ProgramSegment| {
            segment.permissions.contains(Permissions::EXECUTE) && (segment.address..segment.end()).contains(&address)
        };
        let segment = self.segments.iter_mut().find(holds).filter(|_| address.is_multiple_of(4))?;
        let offset = (address - segment.address) as usize;
        segment.bytes.get_mut(offset..offset + 4)?.try_into().ok()
    }
}

/// The file header, once it is sure that the file is ELF64 little-endian AArch64.
fn header(file: &[u8]) -> Result<&Header, Error> {
    if file.is_empty() {
        return Err(Error::Empty);
    }
    let length = file.len() as u64;
    let truncated = |what, needed: usize| Error::Truncated { what, needed: needed as u64, length };
    if !file.starts_with(&elf::ELFMAG) {
        if elf::ELFMAG.starts_with(file) {
            return Err(truncated("the file header", size_of::<Header>()));
        }
        return Err(Error::NotElf(format_of(file)));
    }
    let &[_, _, _, _, class, data, version, ..] = file else {
        return Err(truncated("the file header", size_of::<Header>()));
    };
    let big_endian = data == elf::ELFDATA2MSB.0;
    let isa = file.get(MACHINE_OFFSET..MACHINE_OFFSET + 2).map(|bytes| match big_endian {
        true => Isa(u16::from_be_bytes([bytes[0], bytes[1]])),
        false => Isa(u16::from_le_bytes([bytes[0], bytes[1]])),
    });
    let isa = isa.ok_or_else(|| truncated("the file header", size_of::<Header>()))?;
    if class == elf::ELFCLASS32.0 {
        return Err(Error::Class32(isa));
    }
    if class != elf::ELFCLASS64.0 {
        return Err(Error::Malformed("the class is neither 32-bit nor 64-bit"));
    }
    if big_endian {
        return Err(Error::BigEndian(isa));
    }
    if data != elf::ELFDATA2LSB.0 {
        return Err(Error::Malformed("the byte order is neither little-endian nor big-endian"));
    }
    if version != elf::EV_CURRENT.0 {
        return Err(Error::Malformed("the version of the format is not 1"));
    }
    if isa.0 != elf::EM_AARCH64.0 {
        return Err(Error::Machine(isa));
    }
    Header::parse(file).map_err(|_| truncated("the file header", size_of::<Header>()))
}

/// What a file that is not ELF seems to be.
fn format_of(file: &[u8]) -> &'static str {
    match file {
        [b'M', b'Z', ..] => "a Windows program (PE)",
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xfe, 0xed, 0xfa, 0xcf | 0xce, ..] => "a macOS program (Mach-O)",
        [0xca, 0xfe, 0xba, 0xbe, ..] => "a macOS universal binary or a Java class",
        [b'#', b'!', ..] => "a script",
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', ..] => "an archive (.a)",
        [0, b'a', b's', b'm', ..] => "a WebAssembly module",
        _ => "a file of another format",
    }
}

fn program_headers<'a>(header: &Header, file: &'a [u8]) -> Result<&'a [ProgramHeader], Error> {
    let (count, size) = (header.e_phnum(LittleEndian), size_of::<ProgramHeader>());
    if count == 0 {
        return Err(Error::Malformed("it has no program headers"));
    }
    // As in Linux, which takes at most 64 KiB of them.
    if usize::from(count) * size > 65536 {
        return Err(Error::Malformed("it has more than 64 KiB of program headers"));
    }
    if usize::from(header.e_phentsize(LittleEndian)) != size {
        return Err(Error::Malformed("its program headers have another size than ELF64 gives them"));
    }
    let needed = header.e_phoff(LittleEndian).saturating_add(u64::from(count) * size as u64);
    let truncated = Error::Truncated { what: "the program header table", needed, length: file.len() as u64 };
    header.program_headers(LittleEndian, file).map_err(|_| truncated)
}

/// The bytes that a program header names in the file.
fn file_bytes<'a>(file: &'a [u8], header: &ProgramHeader) -> Result<&'a [u8], Error> {
    let (offset, size) = header.file_range(LittleEndian);
    header.data(LittleEndian, file).map_err(|()| Error::Truncated {
        what: "a segment",
        needed: offset.saturating_add(size),
        length: file.len() as u64,
    })
}

/// One `PT_LOAD` with its final address.
struct Load<'a> {
    address: u64,
    memory_size: u64,
    offset: u64,
    bytes: &'a [u8],
    permissions: Permissions,
}

impl Load<'_> {
    fn check_place(&self) -> Result<(), Error> {
        let segment = |what| Err(Error::Segment { address: self.address, what });
        if self.address < space::LOWEST {
            return segment("lies in the lowest 64 KiB, which Linux keeps unmapped");
        }
        if self.address + self.memory_size > space::IMAGE_END {
            return segment("lies above the addresses that programs may use");
        }
        Ok(())
    }
}

/// All `PT_LOAD` segments, ascending, none overlapping another or the end of the address space.
fn loads<'a>(headers: &[ProgramHeader], file: &'a [u8], base: u64) -> Result<Vec<Load<'a>>, Error> {
    let mut loads: Vec<Load<'a>> = Vec::new();
    for header in headers.iter().filter(|header| header.p_type(LittleEndian) == elf::PT_LOAD) {
        let address = header.p_vaddr(LittleEndian);
        let memory_size = header.p_memsz(LittleEndian);
        if memory_size == 0 {
            continue;
        }
        let segment = |what| Err(Error::Segment { address, what });
        if header.p_filesz(LittleEndian) > memory_size {
            return segment("is larger in the file than in memory");
        }
        // One page of slack, so that rounding up to pages cannot wrap either.
        let end = address.checked_add(memory_size).and_then(|end| end.checked_add(base + PAGE_SIZE));
        if end.is_none() {
            return segment("wraps around the end of the address space");
        }
        let bytes = file_bytes(file, header)?;
        let address = address + base;
        loads.push(Load {
            address,
            memory_size,
            offset: header.p_offset(LittleEndian),
            bytes,
            permissions: permissions(header.p_flags(LittleEndian)),
        });
    }
    if loads.is_empty() {
        return Err(Error::Malformed("it has no segment to load"));
    }
    loads.sort_by_key(|load| load.address);
    for pair in loads.windows(2) {
        if pair[0].address + pair[0].memory_size > pair[1].address {
            return Err(Error::Segment { address: pair[1].address, what: "overlaps another segment" });
        }
    }
    Ok(loads)
}

/// Write and execute imply read, as in Linux' page tables for AArch64 without enhanced PAN.
fn permissions(flags: elf::ProgramFlags) -> Permissions {
    let mut permissions = if flags.0 != 0 { Permissions::READ } else { Permissions::NONE };
    if flags.0 & elf::PF_W.0 != 0 {
        permissions = permissions | Permissions::WRITE;
    }
    if flags.0 & elf::PF_X.0 != 0 {
        permissions = permissions | Permissions::EXECUTE;
    }
    permissions
}

/// Page ranges with their permissions, ascending. A page that several segments share is a range of its own and permits
/// what any of them permits.
fn pages(loads: &[Load<'_>]) -> impl Iterator<Item = (u64, u64, Permissions)> {
    let mut pages: Vec<(u64, u64, Permissions)> = Vec::new();
    for load in loads {
        let mut start = space::page_down(load.address);
        let end = space::page_up(load.address + load.memory_size);
        if let Some(last) = pages.last_mut()
            && last.1 > start
        {
            let shared = (start, start + PAGE_SIZE, last.2 | load.permissions);
            last.1 = start;
            if last.0 == last.1 {
                pages.pop();
            }
            pages.push(shared);
            start += PAGE_SIZE;
        }
        if start < end {
            pages.push((start, end, load.permissions));
        }
    }
    pages.into_iter()
}

/// Fills the page ranges with the bytes of the file.
fn segments(loads: &[Load<'_>]) -> Vec<ProgramSegment> {
    let mut segments: Vec<ProgramSegment> = Vec::new();
    for (start, end, permissions) in pages(loads) {
        let mut segment = ProgramSegment { address: start, bytes: Vec::new(), memory_size: end - start, permissions };
        for load in loads {
            let from = load.address.max(start);
            let to = (load.address + load.bytes.len() as u64).min(segment.end());
            if from < to {
                let (begin, finish) = ((from - start) as usize, (to - start) as usize);
                segment.bytes.resize(segment.bytes.len().max(finish), 0);
                let source = (from - load.address) as usize;
                segment.bytes[begin..finish].copy_from_slice(&load.bytes[source..source + finish - begin]);
            }
        }
        segments.push(segment);
    }
    segments
}

#[cfg(test)]
mod tests;
