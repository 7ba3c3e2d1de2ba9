//! What the pages of an image are, as Linux maps them: whole pages of the file, also where a segment begins or ends in
//! the middle of one; zeros behind the file's part; and where two segments want a page, the later one's.

use object::LittleEndian;
use object::elf;
use object::read::elf::ProgramHeader as _;

use super::{Error, ProgramHeader, ProgramSegment};
use crate::linux::space::{self, page_down, page_up};
use crate::machine::{PAGE_SIZE, Permissions};

/// One `PT_LOAD` with its final address.
pub(super) struct Load {
    pub address: u64,
    pub memory_size: u64,
    pub offset: u64,
    pub file_size: u64,
    permissions: Permissions,
}

impl Load {
    fn new(header: &ProgramHeader, base: u64) -> Result<Load, Error> {
        let (address, memory_size) = (header.p_vaddr(LittleEndian), header.p_memsz(LittleEndian));
        let (offset, file_size) = (header.p_offset(LittleEndian), header.p_filesz(LittleEndian));
        let segment = |what| Err(Error::Segment { address, what });
        if file_size > memory_size {
            return segment("is larger in the file than in memory");
        }
        // One page of slack, so that rounding up to pages cannot wrap either.
        let end = address.checked_add(memory_size).and_then(|end| end.checked_add(base)?.checked_add(PAGE_SIZE));
        if end.is_none() {
            return segment("wraps around the end of the address space");
        }
        if file_size > 0 && offset % PAGE_SIZE != address % PAGE_SIZE {
            return segment("begins elsewhere in its page than its bytes do in the file's");
        }
        if file_size > 0 && offset.checked_add(file_size).and_then(|end| end.checked_add(PAGE_SIZE)).is_none() {
            return segment("has an offset that no file reaches");
        }
        let permissions = permissions(header.p_flags(LittleEndian));
        Ok(Load { address: address + base, memory_size, offset, file_size, permissions })
    }

    pub fn end(&self) -> u64 {
        self.address + self.memory_size
    }

    pub fn check_place(&self) -> Result<(), Error> {
        let segment = |what| Err(Error::Segment { address: self.address, what });
        if self.address < space::LOWEST {
            return segment("lies in the lowest 64 KiB, which Linux keeps unmapped");
        }
        if self.end() > space::IMAGE_END {
            return segment("lies above the addresses that programs may use");
        }
        Ok(())
    }

    /// Its pages in the file, and those of zeros behind them.
    fn pieces(&self) -> [Piece; 2] {
        let start = page_down(self.address);
        let file_end = self.address + self.file_size;
        let middle = if self.file_size > 0 { page_up(file_end) } else { start };
        let (from_file, permissions) = (self.file_size > 0, self.permissions);
        // Linux clears the rest of the last page, unless it may not write there.
        let cleared = self.memory_size > self.file_size && permissions.contains(Permissions::WRITE);
        let zero_from = if cleared { file_end } else { middle };
        let offset = from_file.then(|| self.offset - self.address % PAGE_SIZE);
        // The pages of zeros are a heap's: writable whatever the segment says.
        let zeros = match permissions.contains(Permissions::EXECUTE) {
            true => Permissions::ALL,
            false => Permissions::READ_WRITE,
        };
        [
            Piece { start, end: middle, permissions, offset, zero_from },
            Piece { start: middle, end: page_up(self.end()), permissions: zeros, offset: None, zero_from: middle },
        ]
    }
}

/// All `PT_LOAD` segments that are not empty, in the file's order, none of them wrapping around.
pub(super) fn loads(headers: &[ProgramHeader], base: u64) -> Result<Vec<Load>, Error> {
    let loads = headers.iter().filter(|header| header.p_type(LittleEndian) == elf::PT_LOAD);
    let loads = loads.filter(|header| header.p_memsz(LittleEndian) > 0 || header.p_filesz(LittleEndian) > 0);
    let loads: Vec<Load> = loads.map(|header| Load::new(header, base)).collect::<Result<_, _>>()?;
    if loads.is_empty() { Err(Error::Malformed("it has no segment to load")) } else { Ok(loads) }
}

/// What the addresses of a static-PIE image are multiples of at its base: the largest alignment that a segment asks for.
pub(super) fn alignment(headers: &[ProgramHeader]) -> u64 {
    let loads = headers.iter().filter(|header| header.p_type(LittleEndian) == elf::PT_LOAD);
    // As in Linux, what is no power of two asks for nothing.
    let alignments = loads.map(|header| header.p_align(LittleEndian)).filter(|align| align.is_power_of_two());
    alignments.max().unwrap_or(1).max(PAGE_SIZE)
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

/// Some pages that one mapping has left.
#[derive(Clone)]
pub(super) struct Piece {
    start: u64,
    end: u64,
    permissions: Permissions,
    /// Where in the file the first page is; `None` for zeros.
    offset: Option<u64>,
    /// Zeros from this address on.
    zero_from: u64,
}

impl Piece {
    /// What is left of it between two addresses.
    fn part(&self, start: u64, end: u64) -> Piece {
        let (start, end) = (self.start.max(start), self.end.min(end));
        // Where the part is empty, it may begin beyond what any file has.
        let offset = self.offset.map(|offset| offset.saturating_add(start - self.start));
        Piece { start, end, offset, ..self.clone() }
    }

    fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    fn segment(&self, file: &[u8]) -> ProgramSegment {
        let bytes = self.offset.map_or(&[][..], |offset| {
            let from = &file[(offset.min(file.len() as u64)) as usize..];
            let length = self.end.min(self.zero_from).saturating_sub(self.start);
            &from[..length.min(from.len() as u64) as usize]
        });
        let (address, memory_size) = (self.start, self.end - self.start);
        ProgramSegment { address, bytes: bytes.to_vec(), memory_size, permissions: self.permissions }
    }
}

/// The pages of an image, ascending: each is what the last segment that has it maps there.
pub(super) fn pieces(loads: &[Load], file_length: u64) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for piece in loads.iter().flat_map(Load::pieces) {
        // The file has nothing for pages behind its last one: not even zeros, so that programs cannot touch them.
        let last = piece.offset.map_or(piece.end, |offset| {
            let length = page_up(file_length).saturating_sub(offset);
            piece.end.min(piece.start.saturating_add(length))
        });
        let absent = Piece { permissions: Permissions::NONE, offset: None, ..piece.part(last, u64::MAX) };
        for piece in [piece.part(0, last), absent].into_iter().filter(|piece| !piece.is_empty()) {
            let others = std::mem::take(&mut pieces);
            let left = others.iter().flat_map(|other| [other.part(0, piece.start), other.part(piece.end, u64::MAX)]);
            pieces.extend(left.filter(|other| !other.is_empty()));
            pieces.push(piece);
        }
    }
    pieces.sort_by_key(|piece| piece.start);
    pieces
}

/// Bytes of pages that the loads have in the file beyond its end.
pub(super) fn missing(loads: &[Load], file_length: u64) -> u64 {
    let ends = loads.iter().filter(|load| load.file_size > 0).map(|load| page_up(load.offset + load.file_size));
    ends.max().unwrap_or(0).saturating_sub(page_up(file_length))
}

/// Bytes of memory that the pieces take.
pub(super) fn size(pieces: &[Piece]) -> u64 {
    pieces.iter().map(|piece| piece.end - piece.start).fold(0, u64::saturating_add)
}

/// The pieces with what `file` has for them.
pub(super) fn segments(pieces: &[Piece], file: &[u8]) -> Vec<ProgramSegment> {
    pieces.iter().map(|piece| piece.segment(file)).collect()
}
