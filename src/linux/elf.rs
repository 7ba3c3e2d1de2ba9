//! Reads ELF64 little-endian AArch64 executables, static or static-PIE, into page-aligned segments.
//! Every other file gets an error that says what it is.

use std::fmt;

use object::LittleEndian;
use object::elf::{self, FileHeader64, ProgramHeader64};
use object::read::elf::{FileHeader as _, ProgramHeader as _};

use super::space;
use crate::machine::{Permissions, Segment};
use pages::Load;

mod pages;

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
    /// Page-aligned, ascending, not overlapping. A page that several segments want is the last one's, as in Linux.
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
    /// Bytes from the file's last page to where its segments would end: 0 unless it was cut short. The program cannot
    /// touch these pages.
    pub missing: u64,
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
        let base = if pie { space::PIE_BASE.next_multiple_of(pages::alignment(program_headers)) } else { 0 };
        let loads = pages::loads(program_headers, base)?;
        let pieces = pages::pieces(&loads, file.len() as u64);
        let needed = pages::size(&pieces);
        if needed > memory_size {
            return Err(Error::TooLarge { needed, memory_size });
        }
        for load in &loads {
            load.check_place()?;
        }
        let end = loads.iter().map(Load::end).max().unwrap_or(0);
        let offset = header.e_phoff(LittleEndian);
        // As in Linux, the last segment that has them counts.
        let in_memory = |load: &Load| {
            let inside = offset.checked_sub(load.offset)?;
            (inside < load.file_size).then_some(load.address + inside)
        };
        Ok(Self {
            segments: pages::segments(&pieces, file),
            entry: header.e_entry(LittleEndian).wrapping_add(base),
            base,
            program_headers: loads.iter().rev().find_map(in_memory).unwrap_or(0),
            program_header_count: header.e_phnum(LittleEndian),
            program_header_size: header.e_phentsize(LittleEndian),
            end,
            missing: pages::missing(&loads, file.len() as u64),
            executable_stack: program_headers.iter().any(|ph| {
                ph.p_type(LittleEndian) == elf::PT_GNU_STACK && ph.p_flags(LittleEndian).0 & elf::PF_X.0 != 0
            }),
        })
    }
}

impl Program {
    /// The instruction at `address`, if the file has one there.
    pub(super) fn code(&self, address: u64) -> Option<[u8; 4]> {
        let holds = |segment: &&ProgramSegment| {
            segment.permissions.contains(Permissions::EXECUTE) && (segment.address..segment.end()).contains(&address)
        };
        let segment = self.segments.iter().find(holds).filter(|_| address.is_multiple_of(4))?;
        let offset = (address - segment.address) as usize;
        segment.bytes.get(offset..offset + 4)?.try_into().ok()
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

#[cfg(test)]
mod tests;
