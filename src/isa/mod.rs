//! The A64 instruction set as data: one table line per encoding, and what is made from it.

mod base;
pub mod control;
mod crypto;
mod disassemble;
mod fp;
mod lookup;
mod pattern;
mod sample;
mod scalable;
mod simd;
mod simd_loadstore;
mod simd_scalar;
pub mod system_registers;

pub use disassemble::disassemble;
pub use lookup::{LOOKUP_BUCKETS, LOOKUP_LINE, Lookup, find, lookup};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use lookup::{check_packed, check_table};
pub use pattern::Pattern;
pub use sample::sample;

/// The seven datapaths of `wgsl/isa/`; the numbers are part of the project's promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kernel {
    Arithmetic = 0,
    Logical = 1,
    LoadStore = 2,
    Branch = 3,
    MulDiv = 4,
    ExtendShift = 5,
    System = 6,
}

impl Kernel {
    /// All kernels in the order of their numbers.
    pub const ALL: [Kernel; 7] = [
        Kernel::Arithmetic,
        Kernel::Logical,
        Kernel::LoadStore,
        Kernel::Branch,
        Kernel::MulDiv,
        Kernel::ExtendShift,
        Kernel::System,
    ];

    /// The name in capitals, as documents give it.
    pub const fn name(self) -> &'static str {
        match self {
            Kernel::Arithmetic => "ARITHMETIC",
            Kernel::Logical => "LOGICAL",
            Kernel::LoadStore => "LOADSTORE",
            Kernel::Branch => "BRANCH",
            Kernel::MulDiv => "MULDIV",
            Kernel::ExtendShift => "EXTEND_SHIFT",
            Kernel::System => "SYSTEM",
        }
    }
}

/// Declares the operand formats with the names that `wgsl/isa/decode.wgsl` switches over.
macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident $wgsl:ident;)*) => {
        /// Where an encoding keeps its operands: how `wgsl/isa/decode.wgsl` fills the control word.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum Format { $($(#[$doc])* $name),* }

        impl Format {
            /// All formats in the order of their numbers.
            pub const ALL: &[Format] = &[$(Format::$name),*];

            pub(crate) const fn wgsl_name(self) -> &'static str {
                match self { $(Format::$name => stringify!($wgsl)),* }
            }
        }
    };
}

formats! {
    /// No operands; the immediate is the word itself.
    Whole WHOLE;
    /// `immlo` 30..29, `immhi` 23..5, pages when bit 31 is set.
    PcRelative PC_RELATIVE;
    AddSubImmediate ADD_SUB_IMMEDIATE;
    LogicalImmediate LOGICAL_IMMEDIATE;
    MoveWide MOVE_WIDE;
    Bitfield BITFIELD;
    Extract EXTRACT;
    ShiftedRegister SHIFTED_REGISTER;
    ExtendedRegister EXTENDED_REGISTER;
    /// Rd, Rn, Rm, width in bit 31.
    ThreeRegister THREE_REGISTER;
    /// Rd and Rn are 32-bit, Rm as wide as bit 31 says.
    Checksum CHECKSUM;
    OneSource ONE_SOURCE;
    MultiplyAdd MULTIPLY_ADD;
    /// RMIF, SETF8, SETF16.
    RotateFlags ROTATE_FLAGS;
    ConditionalCompare CONDITIONAL_COMPARE;
    ConditionalSelect CONDITIONAL_SELECT;
    UnsignedOffset UNSIGNED_OFFSET;
    SignedOffset SIGNED_OFFSET;
    RegisterOffset REGISTER_OFFSET;
    Literal LITERAL;
    Pair PAIR;
    Exclusive EXCLUSIVE;
    /// Acquire and release: a plain access at Rn.
    Ordered ORDERED;
    Atomic ATOMIC;
    Branch BRANCH;
    ConditionalBranch CONDITIONAL_BRANCH;
    CompareBranch COMPARE_BRANCH;
    TestBranch TEST_BRANCH;
    BranchRegister BRANCH_REGISTER;
    /// A 16-bit immediate.
    Exception EXCEPTION;
    /// MRS and MSR: the register's 15 bits, and Rt.
    SystemRegister SYSTEM_REGISTER;
    /// DC ZVA: an address in Rt.
    SystemAddress SYSTEM_ADDRESS;
    /// Floating point and SIMD: registers by their numbers, and the word itself.
    Vector VECTOR;
}

/// One encoding of the instruction set.
#[derive(Clone, Copy, Debug)]
pub struct Encoding {
    /// The manual's name; where the manual has one name per width or size and bit 31 tells them apart, one line has both.
    pub name: &'static str,
    /// Its fixed bits and fields.
    pub pattern: Pattern,
    /// Parts of the pattern that are unallocated.
    pub rejects: &'static [Pattern],
    /// The datapath that owns it.
    pub kernel: Kernel,
    /// How its operands are laid out; `None` when it is not implemented.
    pub format: Option<Format>,
    /// The fixed bits of word x of its control word, kernel excluded.
    pub control: u32,
    /// Word z of its control word, where the format is [`Format::Vector`].
    pub detail: u32,
}

impl Encoding {
    pub(crate) const fn reject(mut self, rejects: &'static [Pattern]) -> Self {
        self.rejects = rejects;
        self
    }

    /// Whether the interpreter executes it; otherwise it stops a lane as undefined.
    pub const fn implemented(&self) -> bool {
        self.format.is_some()
    }

    /// Whether `word` is of this encoding. A narrower encoding may still take precedence: see [`find`].
    pub fn matches(&self, word: u32) -> bool {
        self.pattern.matches(word) && !self.rejects.iter().any(|reject| reject.matches(word))
    }
}

/// A floating-point or SIMD line, with word x of its control word as [`control::vector::does`] makes it.
const fn vector(name: &'static str, pattern: &'static str, kernel: Kernel, control: u32) -> Encoding {
    Encoding {
        name,
        pattern: Pattern::new(pattern),
        rejects: &[],
        kernel,
        format: Some(Format::Vector),
        control,
        detail: 0,
    }
}

/// A line that `float_execute` is asked for, with an operation as `crate::abi::float` declares it.
const fn float(name: &'static str, pattern: &'static str, kernel: Kernel, detail: u32, control: u32) -> Encoding {
    Encoding { detail, ..vector(name, pattern, kernel, control) }
}

/// Of an operation of `float_execute`: a rounding whatever FPCR says.
const fn rounding(rounding: u32) -> u32 {
    rounding << crate::abi::float::FLOAT_ROUNDING_SHIFT
}

/// And the bits of an integer that the result has to fit.
const fn within(bits: u32) -> u32 {
    bits << crate::abi::float::FLOAT_FRACTION_SHIFT
}

/// A part of the instruction set.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// What a reader calls it.
    pub title: &'static str,
    /// Its lines, in the manual's order.
    pub encodings: &'static [Encoding],
}

/// The instruction set, in parts.
pub const GROUPS: &[Group] = &[
    Group { title: "Base instructions", encodings: base::BASE },
    Group { title: "Scalar floating point", encodings: fp::FLOAT },
    Group { title: "Advanced SIMD: vectors", encodings: simd::SIMD },
    Group { title: "Advanced SIMD: scalars", encodings: simd_scalar::SIMD_SCALAR },
    Group { title: "Cryptography", encodings: crypto::CRYPTO },
    Group { title: "Loads and stores of floating-point and SIMD registers", encodings: simd_loadstore::SIMD_LOADSTORE },
    Group { title: "Scalable extensions, as a whole", encodings: scalable::SCALABLE },
];

/// All encodings of all groups.
pub fn encodings() -> impl Iterator<Item = &'static Encoding> {
    GROUPS.iter().flat_map(|group| group.encodings)
}
