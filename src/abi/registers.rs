//! The registers of a lane: one table says which there are and where a machine keeps them. Buffers, snapshots, what the host
//! reads and writes, conformance cases and the tests' comparisons follow from it.

use super::lanes::{FPCR_MASK, FPSR_MASK, LANE_FPCR, LANE_FPSR, LANE_THREAD_LOW};
use super::shared_constants;
use std::fmt;

/// Where a register is kept, its words one behind the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// From this row of `registers` on, of two words each.
    Row(u32),
    /// From this word of the lane's four in `program_counter` on.
    Counter(u32),
    /// From this row of `lane_state` on.
    State(u32),
}

/// One register of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register {
    /// The manual's name.
    pub name: &'static str,
    /// Its size in words of 32 bits.
    pub words: u32,
    /// The bits that it has.
    pub mask: u128,
    /// Where a machine keeps it.
    pub place: Place,
    /// Its first word in a [`RegisterFile`].
    at: u32,
}

/// All registers, those with numbers first and in their order.
#[rustfmt::skip] // as the numbers go
pub const REGISTER_FILE: &[Register] = &numbered([
    row("X0", 2), row("X1", 2), row("X2", 2), row("X3", 2), row("X4", 2), row("X5", 2), row("X6", 2), row("X7", 2),
    row("X8", 2), row("X9", 2), row("X10", 2), row("X11", 2), row("X12", 2), row("X13", 2), row("X14", 2), row("X15", 2),
    row("X16", 2), row("X17", 2), row("X18", 2), row("X19", 2), row("X20", 2), row("X21", 2), row("X22", 2), row("X23", 2),
    row("X24", 2), row("X25", 2), row("X26", 2), row("X27", 2), row("X28", 2), row("X29", 2), row("X30", 2),
    row("SP", 2),
    row("V0", 4), row("V1", 4), row("V2", 4), row("V3", 4), row("V4", 4), row("V5", 4), row("V6", 4), row("V7", 4),
    row("V8", 4), row("V9", 4), row("V10", 4), row("V11", 4), row("V12", 4), row("V13", 4), row("V14", 4), row("V15", 4),
    row("V16", 4), row("V17", 4), row("V18", 4), row("V19", 4), row("V20", 4), row("V21", 4), row("V22", 4), row("V23", 4),
    row("V24", 4), row("V25", 4), row("V26", 4), row("V27", 4), row("V28", 4), row("V29", 4), row("V30", 4), row("V31", 4),
    kept("PC", 2, ones(2), Place::Counter(0)),
    kept("NZCV", 1, 15, Place::Counter(2)),
    kept("TPIDR_EL0", 2, ones(2), Place::State(LANE_THREAD_LOW)),
    kept("FPCR", 1, FPCR_MASK as u128, Place::State(LANE_FPCR)),
    kept("FPSR", 1, FPSR_MASK as u128, Place::State(LANE_FPSR)),
]);

/// The program counter.
pub const PC: &Register = register("PC");
/// The flags: N is 8, Z 4, C 2, V 1.
pub const NZCV: &Register = register("NZCV");
/// Modes of floating point: rounding, flushing to zero, default NaNs.
pub const FPCR: &Register = register("FPCR");
/// Cumulative flags of floating point, and saturation.
pub const FPSR: &Register = register("FPSR");

shared_constants! {
    /// X0 to X30 and SP: the first rows of `registers`, which the integer datapaths have in private memory.
    REGISTERS = 32;
    /// V0 to V31,
    VECTOR_REGISTERS = 32;
    /// in the rows behind them, two each.
    VECTOR_ROWS_AT = REGISTERS;
    /// Rows of `registers`, of two words each.
    REGISTER_ROWS = ends(REGISTER_FILE).0;
}

const REGISTER_WORDS: usize = ends(REGISTER_FILE).1 as usize;

const fn ones(words: u32) -> u128 {
    u128::MAX >> (128 - 32 * words)
}

/// A register in the next rows of `registers`.
const fn row(name: &'static str, words: u32) -> Register {
    kept(name, words, ones(words), Place::Row(0))
}

const fn kept(name: &'static str, words: u32, mask: u128, place: Place) -> Register {
    Register { name, words, mask, place, at: 0 }
}

/// Gives registers their rows and their places in a [`RegisterFile`].
const fn numbered<const N: usize>(mut registers: [Register; N]) -> [Register; N] {
    let mut n = 0;
    while n < N {
        let (row, word) = ends(registers.split_at(n).0);
        if let Place::Row(_) = registers[n].place {
            registers[n].place = Place::Row(row);
        }
        registers[n].at = word;
        n += 1;
    }
    registers
}

/// Rows of `registers`, and words in all, that registers take.
const fn ends(registers: &[Register]) -> (u32, u32) {
    let (mut rows, mut words, mut n) = (0, 0, 0);
    while n < registers.len() {
        if let Place::Row(_) = registers[n].place {
            rows += registers[n].words.div_ceil(2);
        }
        words += registers[n].words;
        n += 1;
    }
    (rows, words)
}

/// The register of a name that is in the table.
const fn register(name: &str) -> &'static Register {
    let mut n = 0;
    while n < REGISTER_FILE.len() {
        let (a, b) = (REGISTER_FILE[n].name.as_bytes(), name.as_bytes());
        let mut same = 0;
        while same < a.len() && same < b.len() && a[same] == b[same] {
            same += 1;
        }
        if same == a.len() && same == b.len() {
            return &REGISTER_FILE[n];
        }
        n += 1;
    }
    panic!("the table has no register of that name")
}

impl Register {
    /// The words of a value, the lowest first.
    pub(crate) fn split(&self, value: u128) -> impl Iterator<Item = u32> + use<> {
        (0..self.words).map(move |n| (value >> (32 * n)) as u32)
    }

    /// The value of its words, the lowest first.
    pub(crate) fn join(words: impl IntoIterator<Item = u32>) -> u128 {
        (0..).zip(words).map(|(n, word)| u128::from(word) << (32 * n)).sum()
    }
}

/// The values of all registers of a lane.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RegisterFile {
    /// Register by register, as the table has them.
    words: [u32; REGISTER_WORDS],
}

impl Default for RegisterFile {
    fn default() -> Self {
        RegisterFile { words: [0; REGISTER_WORDS] }
    }
}

impl RegisterFile {
    /// What a register holds.
    pub fn get(&self, register: &Register) -> u128 {
        Register::join(self.words[register.at as usize..][..register.words as usize].iter().copied())
    }

    /// Puts a value into a register, as much of it as the register has bits for.
    pub fn set(&mut self, register: &Register, value: u128) {
        let words = &mut self.words[register.at as usize..][..register.words as usize];
        words.iter_mut().zip(register.split(value & register.mask)).for_each(|(word, value)| *word = value);
    }

    /// All registers with what they hold.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Register, u128)> + '_ {
        REGISTER_FILE.iter().map(|register| (register, self.get(register)))
    }

    /// X0 to X30 by their numbers, 31 is SP.
    ///
    /// # Panics
    ///
    /// If `n` is more than 31.
    pub fn x(&self, n: usize) -> u64 {
        self.get(general(n)) as u64
    }

    /// Sets X0 to X30 by their numbers, 31 is SP.
    ///
    /// # Panics
    ///
    /// If `n` is more than 31.
    pub fn set_x(&mut self, n: usize, value: u64) {
        self.set(general(n), value.into());
    }

    /// V0 to V31 by their numbers, as 128 bits.
    ///
    /// # Panics
    ///
    /// If `n` is more than 31.
    pub fn v(&self, n: usize) -> u128 {
        self.get(vector(n))
    }

    /// Sets V0 to V31 by their numbers.
    ///
    /// # Panics
    ///
    /// If `n` is more than 31.
    pub fn set_v(&mut self, n: usize, value: u128) {
        self.set(vector(n), value);
    }

    /// Modes of floating point.
    pub fn fpcr(&self) -> u32 {
        self.get(FPCR) as u32
    }

    /// Cumulative flags of floating point.
    pub fn fpsr(&self) -> u32 {
        self.get(FPSR) as u32
    }

    /// The stack pointer.
    pub fn sp(&self) -> u64 {
        self.x(31)
    }

    /// The program counter.
    pub fn pc(&self) -> u64 {
        self.get(PC) as u64
    }

    /// Sets the program counter.
    pub fn set_pc(&mut self, pc: u64) {
        self.set(PC, pc.into());
    }

    /// The flags: N is 8, Z 4, C 2, V 1.
    pub fn nzcv(&self) -> u8 {
        self.get(NZCV) as u8
    }
}

/// V0 to V31.
fn vector(n: usize) -> &'static Register {
    &REGISTER_FILE[REGISTERS as usize..][..VECTOR_REGISTERS as usize][n]
}

/// X0 to X30 or SP.
fn general(n: usize) -> &'static Register {
    &REGISTER_FILE[..REGISTERS as usize][n]
}

struct Hex(u128);

impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Debug for RegisterFile {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(register, value)| (register.name, Hex(value)))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_with_numbers_come_first() {
        for n in 0..31 {
            let Register { name, words, place, .. } = REGISTER_FILE[n as usize];
            assert_eq!((name, words, place), (&format!("X{n}")[..], 2, Place::Row(n)));
        }
        assert_eq!((REGISTER_FILE[31].name, REGISTER_FILE[31].place), ("SP", Place::Row(31)));
        for n in 0..VECTOR_REGISTERS {
            let Register { name, words, place, .. } = REGISTER_FILE[(REGISTERS + n) as usize];
            assert_eq!((name, words, place), (&format!("V{n}")[..], 4, Place::Row(VECTOR_ROWS_AT + 2 * n)));
        }
        const { assert!(REGISTER_ROWS == VECTOR_ROWS_AT + 2 * VECTOR_REGISTERS) };
    }

    /// What several registers would have as theirs.
    fn shared(registers: &[Register]) -> Option<(u32, u32)> {
        let words = |register: &Register| {
            let (kind, first, count) = match register.place {
                Place::Row(row) => (0, 2 * row, register.words.next_multiple_of(2)),
                Place::Counter(word) => (1, word, register.words),
                Place::State(row) => (2, row, register.words),
            };
            (first..first + count).map(move |word| (kind, word))
        };
        let mut all: Vec<_> = registers.iter().flat_map(words).collect();
        all.sort_unstable();
        all.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
    }

    #[test]
    fn no_two_registers_share_a_word() {
        assert_eq!(shared(REGISTER_FILE), None);
        // An odd number of words ends with its row; a wide one takes several.
        let some = numbered([row("A", 1), row("V0", 4), row("V1", 4), kept("B", 2, 1, Place::Counter(1))]);
        let places = some.map(|register| (register.place, register.at));
        assert_eq!(places, [(Place::Row(0), 0), (Place::Row(1), 1), (Place::Row(3), 5), (Place::Counter(1), 9)]);
        assert_eq!((shared(&some), ends(&some)), (None, (5, 11)));
        assert_eq!(shared(&[some[3], kept("C", 1, 1, Place::Counter(2))]), Some((1, 2)));
    }

    #[test]
    fn values_stay_apart_and_within_their_bits() {
        let value = |n: usize| (u128::MAX / 3).wrapping_mul(n as u128 + 1);
        let mut file = RegisterFile::default();
        for (n, register) in REGISTER_FILE.iter().enumerate() {
            file.set(register, value(n));
        }
        for (n, (register, found)) in file.iter().enumerate() {
            assert_eq!(found, value(n) & register.mask, "{}", register.name);
        }
        assert_eq!((file.sp(), file.nzcv()), (value(31) as u64, value(65) as u8 & 15));
        assert!(format!("{file:?}").contains(&format!("\"SP\": {:#x}", file.sp())));
    }
}
