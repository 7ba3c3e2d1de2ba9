//! The control word: what predecode makes of an instruction word, and all that the seven datapaths of `wgsl/isa/` read.
//!
//! A control word is a `vec4<u32>`. [`fields`] declares what stands in it, and is the one place that knows where: Rust
//! reads a field with [`Field::get`], WGSL with the function `control_NAME(c)` that is generated from the declaration.
//! What is one bit of word x is a flag, a mask of that name ([`SF`]); `control_has(c, FLAG)` asks for it.
//!
//! Immediates are complete (a logical immediate is expanded), so nothing of decode is left in the loop. What is relative
//! to the program counter is relative to where the control words stand ([`CODE_BASE`]): the same page of code has the same
//! control words wherever a lane sees it. The names below are constants in Rust and in WGSL;
//! this file is their one home.

use crate::abi::{self, shared_constants};

/// A word of the control word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Word {
    /// Kernel, operation, flags.
    X = 0,
    /// Registers.
    Y = 1,
    /// Immediate, lower half.
    Z = 2,
    /// Immediate, upper half.
    W = 3,
}

/// Some bits of a control word that mean one thing.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// What WGSL's accessors are called after.
    pub name: &'static str,
    /// Where it is.
    pub word: Word,
    /// Its lowest bit.
    pub low: u32,
    /// The bit above its highest.
    pub end: u32,
    /// Datapaths whose control words have it.
    pub datapaths: &'static [u32],
}

impl Field {
    /// Its bits, where they stand in the word.
    pub const fn mask(self) -> u32 {
        self.ones() << self.low
    }

    /// `value`, which has no more bits than the field, where the word has it.
    pub const fn bits(self, value: u32) -> u32 {
        assert!(value <= self.ones());
        value << self.low
    }

    /// What a control word has there.
    pub const fn get(self, control: &[u32; 4]) -> u32 {
        control[self.word as usize] >> self.low & self.ones()
    }

    /// The control word with `value` there.
    pub const fn with(self, mut control: [u32; 4], value: u32) -> [u32; 4] {
        let word = self.word as usize;
        control[word] = control[word] & !self.mask() | self.bits(value);
        control
    }

    const fn ones(self) -> u32 {
        !0 >> (32 - (self.end - self.low))
    }

    /// The functions that read and write it in WGSL.
    fn wgsl(self) -> String {
        let name = self.name.to_lowercase();
        let word = format!("{:?}", self.word).to_lowercase();
        let moved = if self.low == 0 { format!("c.{word}") } else { format!("(c.{word} >> {}u)", self.low) };
        let cut = if self.end == 32 { moved } else { format!("{moved} & {:#x}u", self.ones()) };
        let get = format!("fn control_{name}(c: vec4<u32>) -> u32 {{ return {cut}; }}\n");
        let put = match (self.low, self.end) {
            (0, 32) => return get,
            (0, _) => "value".to_owned(),
            (low, _) => format!("value << {low}u"),
        };
        format!("{get}fn control_{name}_bits(value: u32) -> u32 {{ return {put}; }}\n")
    }
}

/// Declares fields, and `ALL` of them.
macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident: $word:ident $low:literal .. $end:literal, $datapaths:expr;)*) => {
        $($(#[$doc])* pub const $name: Field =
            Field { name: stringify!($name), word: Word::$word, low: $low, end: $end, datapaths: $datapaths };)*
        /// All fields but the flags.
        pub const ALL: &[Field] = &[$($name),*];
    };
}

/// Where a control word has what, and of which datapaths.
pub mod fields {
    use super::*;

    fields! {
        /// Who executes it: a kernel's integers, or, with `VECTOR`, the same kernel's floating-point numbers and vectors. What
        /// these have elsewhere is theirs to say; only the datapath stands where it does for all.
        DATAPATH: X 0..4, EACH;
        /// The kernel that owns the instruction, as the table says it.
        KERNEL: X 0..3, EACH;
        /// The flag as a number: the one that is carried in where the second operand is complemented.
        INVERT: X 5..6, &[ARITHMETIC, LOGICAL];
        /// What the kernel does.
        OPERATION: X 8..12, &[EXTEND_SHIFT, SYSTEM];
        /// The same of ARITHMETIC: 0 adds.
        ARITHMETIC_OPERATION: X 8..11, &[ARITHMETIC];
        /// The same of MULDIV.
        MULDIV_OPERATION: X 8..10, &[MULDIV];
        /// log2 of the bytes of an access, or of each half of a pair.
        SIZE: X 8..10, &[LOADSTORE];
        /// The flag as a number: halves of an access behind the first.
        PAIR: X 12..13, &[LOADSTORE];
        /// 0 left, 1 right, 2 right with the sign, 3 rotate, by a register.
        VARIABLE_KIND: X 12..14, &[EXTEND_SHIFT];
        /// log2 of the bytes of a CRC.
        CRC_SIZE: X 14..16, &[MULDIV];
        /// ACCESS_PLAIN and its kin.
        ACCESS_CLASS: X 15..17, &[LOADSTORE];
        /// What an atomic does.
        ATOMIC: X 17..21, &[LOADSTORE];
        /// What a load or a store needs of its page: ACCESS_READ and ACCESS_WRITE.
        NEED: X 22..24, &[LOADSTORE];
        /// Bit n says whether the condition holds when NZCV is n.
        CONDITION: X 16..32, &[ARITHMETIC, BRANCH];

        /// Register that takes the result. 31 is SP, then come ZR, SINK and CODE_BASE.
        RD: Y 0..6, EACH;
        /// Register of the first operand, or an access's base.
        RN: Y 6..12, EACH;
        /// Register of the second operand, or an access's index.
        RM: Y 12..18, EACH;
        /// Register that is added to a product, or stored.
        RA: Y 18..24, EACH;
        /// Bit number, shift, second transfer register, NZCV immediate.
        AMOUNT: Y 24..30, EACH;

        /// The immediate; of one with 64 bits, which `control_immediate` reads, the lower half.
        IMMEDIATE_LOW: Z 0..32, &[ARITHMETIC, LOGICAL, LOADSTORE, SYSTEM];
        /// Its upper half, sometimes the instruction's own word.
        IMMEDIATE_HIGH: W 0..32, &[ARITHMETIC, LOGICAL, LOADSTORE, SYSTEM];
        /// Where Rm is shifted, extended or a bit field: up by so many bits,
        SHIFT_LEFT: Z 0..6, SHIFTING;
        /// then down,
        SHIFT_RIGHT: Z 6..12, SHIFTING;
        /// with copies of the sign;
        SHIFT_SIGNED: Z 12..13, SHIFTING;
        /// or what leaves below comes in above, of as many bits as the result has.
        SHIFT_ROTATE: Z 13..14, SHIFTING;
        /// Flags that RMIF sets.
        FLAG_MASK: Z 0..4, &[ARITHMETIC];
        /// From this control word to the target's, signed.
        DISPLACEMENT: Z 0..32, &[BRANCH];
        /// Bits of Rn's chosen word that are tested.
        TESTED: W 0..32, &[BRANCH];

        /// Of SYSTEM_TRANSLATED: where `translated_words` has the instruction's own control word,
        TRANSLATED_WORD: Y 0..32, &[SYSTEM];
        /// the number of the block,
        TRANSLATED_BLOCK: Z 0..32, &[SYSTEM];
        /// and 1 if the block reads the flags.
        TRANSLATED_FLAGS: W 0..32, &[SYSTEM];
    }
}

const EACH: &[u32] = &[
    ARITHMETIC,
    LOGICAL,
    LOADSTORE,
    BRANCH,
    MULDIV,
    EXTEND_SHIFT,
    SYSTEM,
    VECTOR | ARITHMETIC,
    VECTOR | LOGICAL,
    VECTOR | LOADSTORE,
    VECTOR | BRANCH,
    VECTOR | MULDIV,
    VECTOR | EXTEND_SHIFT,
    VECTOR | SYSTEM,
];
const SHIFTING: &[u32] = &[ARITHMETIC, LOGICAL, LOADSTORE, EXTEND_SHIFT];

/// Declares flags: bits of word x.
macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident: $bit:literal, $datapaths:expr;)*) => {
        $($(#[$doc])* pub const $name: u32 = 1 << $bit;)*
        pub(super) const FLAGS: &[Field] = &[$(Field {
            name: stringify!($name), word: Word::X, low: $bit, end: $bit + 1, datapaths: $datapaths
        }),*];
    };
}

pub mod vector;

flags! {
    /// Of a datapath: not the kernel's integers. No kernel of the seven takes it.
    VECTOR: 3, &[];
    /// The result has 64 bits; otherwise its upper half is cleared.
    SF: 4, EACH;
    /// The second operand is Rm shifted as word z says; otherwise `Rm | (z, w)`.
    SHIFTED: 6, SHIFTING;
    SET_FLAGS: 7, &[ARITHMETIC, LOGICAL];
    /// CSINC and CSNEG add one to the second operand.
    SELECT_INCREMENT: 11, &[ARITHMETIC];
    // LOGICAL: result = (AND_TERM ? a & o : 0) ^ (EOR_TERM ? a ^ o : 0); both make ORR.
    AND_TERM: 8, &[LOGICAL];
    EOR_TERM: 9, &[LOGICAL];
    /// MOVK: bits `amount .. amount + 16` of the first operand are cleared first.
    KEEP: 10, &[LOGICAL];
    SIGNED: 10, &[LOADSTORE];
    LOAD: 11, &[LOADSTORE];
    POST_INDEX: 13, &[LOADSTORE];
    WRITE_BACK: 14, &[LOADSTORE];
    /// Acquire and release forms fault when the address is not a multiple of the size.
    ALIGNED: 21, &[LOADSTORE];
    // BRANCH: taken if the condition holds and the tested bits are zero (or not zero).
    /// CBNZ and TBNZ.
    BRANCH_IF_NONZERO: 8, &[BRANCH];
    /// Test the upper word.
    BRANCH_TEST_HIGH: 9, &[BRANCH];
    /// Test the whole upper word as well.
    BRANCH_TEST_WIDE: 10, &[BRANCH];
    /// The target is in Rn.
    BRANCH_TO_REGISTER: 11, &[BRANCH];
    /// The target may lie outside the run of control words that the branch is in: a look-up is needed.
    BRANCH_FAR: 12, &[BRANCH];
    /// It closes a loop of at most LOOP_LENGTH instructions in its run, which is watched from time to time.
    BRANCH_BACK: 13, &[BRANCH];
    SUBTRACT: 10, &[MULDIV];
    /// The factors are 32-bit registers.
    LONG: 11, &[MULDIV];
    SIGNED_OPERANDS: 12, &[MULDIV];
    CRC_CASTAGNOLI: 13, &[MULDIV];
}

shared_constants! {
    // Kernels, which are datapaths as they stand.
    ARITHMETIC = 0;
    LOGICAL = 1;
    LOADSTORE = 2;
    BRANCH = 3;
    MULDIV = 4;
    EXTEND_SHIFT = 5;
    SYSTEM = 6;

    // Register numbers beyond X0..X30.
    SP = 31;
    ZR = 32;
    SINK = 33;
    /// Reads as the address that control word 0 would be of, so that a control word knows nothing of addresses.
    CODE_BASE = 34;
    /// First and end index of the run of control words that the lane is in. No field names it.
    CODE_RUN = 35;
    /// A power of two: an index of six bits needs no bounds check.
    REGISTER_SLOTS = 64;

    /// The second operand is complemented.
    INVERT = fields::INVERT.mask();
    PAIR = fields::PAIR.mask();
    /// Of the shift in word z.
    SHIFT_SIGNED = fields::SHIFT_SIGNED.mask();
    SHIFT_ROTATE = fields::SHIFT_ROTATE.mask();
    // Fields where word x has them, to be compared as one with others.
    DATAPATH_BITS = fields::DATAPATH.mask();
    KERNEL_BITS = fields::KERNEL.mask();
    ARITHMETIC_OPERATION_BITS = fields::ARITHMETIC_OPERATION.mask();
    SIZE_BITS = fields::SIZE.mask();
    ACCESS_CLASS_BITS = fields::ACCESS_CLASS.mask();
    NEED_BITS = fields::NEED.mask();
    SYSTEM_BITS = fields::DATAPATH.mask() | fields::OPERATION.mask();

    // Operations of ARITHMETIC.
    /// Carry in from the C flag rather than from `INVERT`.
    ADC_OPERATION = 1;
    CONDITIONAL_COMPARE = 2;
    CONDITIONAL_SELECT = 3;
    RMIF_OPERATION = 4;
    SETF8_OPERATION = 5;
    SETF16_OPERATION = 6;

    // Classes of LOADSTORE.
    ACCESS_PLAIN = 0;
    ACCESS_EXCLUSIVE = 1;
    ACCESS_ATOMIC = 2;
    /// Prefetches: nothing is accessed.
    ACCESS_NONE = 3;
    ATOMIC_ADD = 0;
    ATOMIC_CLR = 1;
    ATOMIC_EOR = 2;
    ATOMIC_SET = 3;
    ATOMIC_SMAX = 4;
    ATOMIC_SMIN = 5;
    ATOMIC_UMAX = 6;
    ATOMIC_UMIN = 7;
    ATOMIC_SWP = 8;
    ATOMIC_CAS = 9;

    /// A condition that always holds.
    ALWAYS = 0xffff;

    // Operations of MULDIV.
    MULTIPLY = 0;
    MULTIPLY_HIGH = 1;
    DIVIDE = 2;
    CRC = 3;

    // Operations of EXTEND_SHIFT.
    FIELD = 0;
    FIELD_INSERT = 1;
    EXTRACT = 2;
    SHIFT_VARIABLE = 3;
    RBIT_OPERATION = 4;
    REV16_OPERATION = 5;
    REV32_OPERATION = 6;
    REV64_OPERATION = 7;
    CLZ_OPERATION = 8;
    CLS_OPERATION = 9;

    // SYSTEM's operations, with the datapath: what word x has of SYSTEM_BITS.
    SYSTEM_NOP = SYSTEM | fields::OPERATION.bits(0);
    SYSTEM_UNDEFINED = SYSTEM | fields::OPERATION.bits(1);
    SYSTEM_SVC = SYSTEM | fields::OPERATION.bits(2);
    SYSTEM_BRK = SYSTEM | fields::OPERATION.bits(3);
    SYSTEM_HLT = SYSTEM | fields::OPERATION.bits(4);
    SYSTEM_MRS = SYSTEM | fields::OPERATION.bits(5);
    SYSTEM_MSR = SYSTEM | fields::OPERATION.bits(6);
    SYSTEM_CLREX = SYSTEM | fields::OPERATION.bits(7);
    SYSTEM_DC_ZVA = SYSTEM | fields::OPERATION.bits(8);
    SYSTEM_CFINV = SYSTEM | fields::OPERATION.bits(9);
    /// Behind a run of control words: execution goes on elsewhere.
    SYSTEM_LEAVE = SYSTEM | fields::OPERATION.bits(10);
    /// In place of an instruction at which translated code begins: `wgsl/companions/translation/translated.wgsl`.
    SYSTEM_TRANSLATED = SYSTEM | fields::OPERATION.bits(11);
}

/// All flags.
fn flags() -> impl Iterator<Item = &'static Field> {
    FLAGS.iter().chain(vector::FLAGS)
}

/// All fields but the flags.
fn all_fields() -> impl Iterator<Item = &'static Field> {
    fields::ALL.iter().chain(vector::fields::ALL)
}

/// Whether a control word is SYSTEM's, with this operation (`SYSTEM_SVC` and so on).
pub const fn is_system(control: &[u32; 4], operation: u32) -> bool {
    control[Word::X as usize] & SYSTEM_BITS == operation
}

/// Whether a control word is floating point or SIMD.
pub const fn is_vector(control: &[u32; 4]) -> bool {
    fields::DATAPATH.get(control) & VECTOR != 0
}

/// Behind a run of control words.
pub fn leave() -> [u32; 4] {
    without_registers(SYSTEM_LEAVE)
}

/// Stops a lane before it does anything, as `BRK #0` does.
pub fn breakpoint() -> [u32; 4] {
    without_registers(SYSTEM_BRK)
}

/// SYSTEM's, with this operation; it neither reads nor writes a register.
fn without_registers(operation: u32) -> [u32; 4] {
    let control = fields::RD.with([operation, 0, 0, 0], SINK);
    [fields::RN, fields::RM, fields::RA].iter().fold(control, |control, source| source.with(control, ZR))
}

/// In place of an instruction whose own control word is number `word` of `translated_words`: translated code begins there
/// with number `block`, which reads the flags or not.
pub fn translated(word: u32, block: u32, flags: bool) -> [u32; 4] {
    let control = fields::TRANSLATED_WORD.with([SYSTEM_TRANSLATED, 0, 0, 0], word);
    let control = fields::TRANSLATED_BLOCK.with(control, block);
    fields::TRANSLATED_FLAGS.with(control, flags.into())
}

/// What is read of more than one field.
const ACCESSORS: &str = "\
// Whether any of these flags is set.
fn control_has(c: vec4<u32>, flags: u32) -> bool { return (c.x & flags) != 0u; }
// All ones if so.
fn control_mask(c: vec4<u32>, flags: u32) -> u32 { return select(0u, 0xffffffffu, (c.x & flags) != 0u); }
fn control_without(c: vec4<u32>, flags: u32) -> vec4<u32> { return vec4<u32>(c.x & ~flags, c.yzw); }
fn control_with_kernel(c: vec4<u32>, kernel: u32) -> vec4<u32> { return vec4<u32>((c.x & ~KERNEL_BITS) | kernel, c.yzw); }
// The same of the flags of a shift.
fn control_shift_mask(c: vec4<u32>, flags: u32) -> u32 { return select(0u, 0xffffffffu, (c.z & flags) != 0u); }
fn control_shift_has(c: vec4<u32>, flags: u32) -> bool { return (c.z & flags) != 0u; }
// For SYSTEM: SYSTEM_SVC and so on.
fn control_system(c: vec4<u32>) -> u32 { return c.x & SYSTEM_BITS; }
fn control_immediate(c: vec4<u32>) -> vec2<u32> { return c.zw; }
";

/// The constants as WGSL declarations, and the accessors.
pub fn wgsl_constants() -> String {
    let mut text = abi::declare(ALL);
    text.push_str(&abi::declare(vector::ALL));
    let flags: Vec<_> = flags().map(|flag| (flag.name, flag.mask())).collect();
    text.push_str(&abi::declare(&flags));
    text.extend(all_fields().map(|field| field.wgsl()));
    text.push_str(ACCESSORS);
    let truth: Vec<String> = (0..16).map(|condition| format!("{}u", condition_truth(condition))).collect();
    text.push_str(&format!("const CONDITION_TRUTH = array<u32, 16>({});\n", truth.join(", ")));
    for format in super::Format::ALL {
        text.push_str(&format!("const FORMAT_{} = {}u;\n", format.wgsl_name(), *format as u32));
    }
    text
}

/// Bit `nzcv` of the result says whether `condition` (the A64 field, 0 to 15) holds for those flags, N being 8
/// (Arm ARM, `ConditionHolds`).
pub const fn condition_truth(condition: u32) -> u32 {
    let mut truth = 0;
    let mut nzcv = 0;
    while nzcv < 16 {
        let (n, z, c, v) = (nzcv & 8 != 0, nzcv & 4 != 0, nzcv & 2 != 0, nzcv & 1 != 0);
        let base = match condition >> 1 {
            0 => z,
            1 => c,
            2 => n,
            3 => v,
            4 => c && !z,
            5 => n == v,
            6 => n == v && !z,
            _ => true,
        };
        let holds = if condition & 1 == 1 && condition != 15 { !base } else { base };
        if holds {
            truth |= 1 << nzcv;
        }
        nzcv += 1;
    }
    truth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn condition_truth_follows_the_manual() {
        assert_eq!(condition_truth(14), 0xffff);
        assert_eq!(condition_truth(15), 0xffff);
        for nzcv in 0..16u32 {
            let holds = |condition| condition_truth(condition) >> nzcv & 1 == 1;
            assert_eq!(holds(0), nzcv & 4 != 0, "EQ");
            assert_eq!(holds(3), nzcv & 2 == 0, "CC");
            assert_eq!(holds(8), nzcv & 6 == 2, "HI");
            assert_eq!(holds(11), (nzcv >> 3) & 1 != nzcv & 1, "LT");
            assert_eq!(holds(13), !holds(12), "LE");
        }
    }

    /// Of one datapath no two fields share bits, but for those that are another reading of the same.
    #[test]
    fn fields_do_not_overlap() {
        let readings = ["KERNEL", "TRANSLATED_WORD"];
        let fields = all_fields().chain(flags()).filter(|field| !readings.contains(&field.name));
        // Words z and w are read as the flags say.
        let fields: Vec<_> = fields.filter(|field| matches!(field.word, Word::X | Word::Y)).collect();
        for (n, a) in fields.iter().enumerate() {
            assert!(a.low < a.end && a.end <= 32, "{a:?}");
            for b in &fields[n + 1..] {
                let shared = a.datapaths.iter().find(|datapath| b.datapaths.contains(datapath));
                if let (true, Some(datapath)) = (a.word == b.word && a.mask() & b.mask() != 0, shared) {
                    panic!("{} and {} overlap in datapath {datapath}", a.name, b.name);
                }
            }
        }
        let kernels = super::super::Kernel::ALL.map(|kernel| kernel as u32);
        assert_eq!(EACH[..7], kernels);
        assert_eq!(EACH[7..], kernels.map(|kernel| kernel | VECTOR));
        assert!(kernels.iter().all(|kernel| *kernel <= fields::KERNEL.mask() && kernel & VECTOR == 0));
        assert_eq!(fields::DATAPATH.mask(), fields::KERNEL.mask() | VECTOR);
    }

    #[test]
    fn fields_are_read_as_they_are_written() {
        for field in all_fields() {
            let control = [0x0123_4567, 0x89ab_cdef, 0xfedc_ba98, 0x7654_3210];
            for value in [0, 1, field.mask() >> field.low] {
                let changed = field.with(control, value);
                assert_eq!(field.get(&changed), value, "{field:?}");
                let rest = changed[field.word as usize] ^ control[field.word as usize];
                assert_eq!(rest & !field.mask(), 0, "{field:?}");
            }
        }
    }

    /// Lines that cut a control word by a bare number.
    fn bare(text: &str) -> Vec<&str> {
        let cuts = |line: &str| {
            let code = line.split("//").next().unwrap_or_default();
            ["x", "y", "z", "w"].iter().any(|word| {
                let word = format!(".{word} ");
                code.match_indices(&word).any(|(at, _)| {
                    let name = code[..at].rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                    let rest = code[at + word.len()..].trim_start();
                    let number = |operator: &str| {
                        let behind = rest.strip_prefix(operator).map(str::trim_start);
                        behind.is_some_and(|behind| behind.starts_with(|c: char| c.is_ascii_digit()))
                    };
                    ["c", "control", "flag_control"].contains(&name) && ["&", ">>", "<<"].into_iter().any(number)
                })
            })
        };
        text.lines().filter(|line| cuts(line)).collect()
    }

    #[test]
    fn nobody_cuts_control_words_by_bare_numbers() {
        assert_eq!(bare("let a = (c.x >> 7u) & 15u;\nlet b = exits[e].control.y & 63u; // c.x & 1u\n").len(), 2);
        assert_eq!(bare("let a = pc.x & 0xfffu; // c.x & 1u\nlet b = c.x & SF;\n").len(), 0);
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("wgsl")];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let text = std::fs::read_to_string(&path).unwrap();
                    assert_eq!(bare(&text), [""; 0], "{}", path.display());
                    files += 1;
                }
            }
        }
        assert!(files > 20, "{files} files");
    }

    #[test]
    fn names_are_unique() {
        let constants = ALL.iter().chain(vector::ALL).map(|(name, _)| name);
        let mut names: Vec<_> = constants.chain(flags().map(|flag| &flag.name)).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
