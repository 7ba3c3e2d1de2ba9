//! From an instruction word to assembler text, in the syntax and with the preferred aliases of GNU binutils.
//!
//! The mnemonic comes from the line's name, the operands from its format; `alias` then says what a reader would write.
//! What is of floating point or SIMD, or not implemented, reads `.inst 0x1e622820 ; fadd`, which assembles back to the same word.

use super::system_registers::SYSTEM_REGISTERS;
use super::{Encoding, Format, find};

/// The text of `word` at address `pc`: mnemonic, one space, operands.
pub fn disassemble(word: u32, pc: u64) -> String {
    let Some(encoding) = find(word) else {
        return format!(".inst {word:#010x} ; unallocated");
    };
    let mnemonic = mnemonic(encoding, word);
    let Some(format) = encoding.format.filter(|format| *format != Format::Vector) else {
        return format!(".inst {word:#010x} ; {mnemonic}");
    };
    let fields = Fields { word, pc };
    let (mnemonic, operands) = alias(encoding.name, fields)
        .map(|(mnemonic, operands)| (mnemonic.to_string(), operands))
        .unwrap_or_else(|| (mnemonic, operands(encoding, format, fields)));
    if operands.is_empty() { mnemonic } else { format!("{mnemonic} {operands}") }
}

/// The line's name up to its suffix, with what the word itself adds: a condition, the ordering of an atomic operation.
fn mnemonic(encoding: &Encoding, word: u32) -> String {
    let name = encoding.name.split('_').next().unwrap_or_default().to_lowercase();
    if encoding.pattern.bits_named('c') == 15 {
        return format!("{name}.{}", CONDITIONS[(word & 15) as usize]);
    }
    if encoding.pattern.bits_named('a') == 1 << 23 && encoding.pattern.bits_named('r') == 1 << 22 {
        let ordering = ["", "l", "a", "al"][(word >> 22 & 3) as usize];
        let (name, size) = name.split_at(name.len() - (word >> 30 < 2) as usize);
        let name = if is_store(encoding, word) { name.replacen("ld", "st", 1) } else { name.to_string() };
        return format!("{name}{ordering}{size}");
    }
    name
}

/// Whether an atomic operation drops what it loads and does not acquire: LDADD is then written STADD.
fn is_store(encoding: &Encoding, word: u32) -> bool {
    encoding.name.starts_with("LD") && word & (1 << 23 | 31) == 31
}

const CONDITIONS: [&str; 16] =
    ["eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al", "nv"];
const SHIFTS: [&str; 4] = ["lsl", "lsr", "asr", "ror"];
const EXTENDS: [&str; 8] = ["uxtb", "uxth", "uxtw", "uxtx", "sxtb", "sxth", "sxtw", "sxtx"];
const BARRIERS: [&str; 16] = [
    "#0x00", "oshld", "oshst", "osh", "#0x04", "nshld", "nshst", "nsh", "#0x08", "ishld", "ishst", "ish", "#0x0c",
    "ld", "st", "sy",
];
/// Hints that have a name, by `CRm:op2`.
const HINTS: &[(u32, &str)] = &[
    (0, "nop"),
    (1, "yield"),
    (2, "wfe"),
    (3, "wfi"),
    (4, "sev"),
    (5, "sevl"),
    (6, "dgh"),
    (7, "xpaclri"),
    (8, "pacia1716"),
    (10, "pacib1716"),
    (12, "autia1716"),
    (14, "autib1716"),
    (16, "esb"),
    (17, "psb csync"),
    (18, "tsb csync"),
    (20, "csdb"),
    (24, "paciaz"),
    (25, "paciasp"),
    (26, "pacibz"),
    (27, "pacibsp"),
    (28, "autiaz"),
    (29, "autiasp"),
    (30, "autibz"),
    (31, "autibsp"),
    (32, "bti"),
    (34, "bti c"),
    (36, "bti j"),
    (38, "bti jc"),
];

/// An instruction word, read by the manual's field names.
#[derive(Clone, Copy)]
struct Fields {
    word: u32,
    pc: u64,
}

impl Fields {
    fn bits(self, low: u32, width: u32) -> u32 {
        self.word >> low & ((1 << width) - 1)
    }

    fn signed(self, low: u32, width: u32) -> i64 {
        ((self.word << (32 - low - width)) as i32 >> (32 - width)) as i64
    }

    fn d(self) -> u32 {
        self.bits(0, 5)
    }

    fn n(self) -> u32 {
        self.bits(5, 5)
    }

    fn a(self) -> u32 {
        self.bits(10, 5)
    }

    fn m(self) -> u32 {
        self.bits(16, 5)
    }

    fn size(self) -> u32 {
        self.bits(30, 2)
    }

    /// Bit 31: the operation has 64 bits.
    fn wide(self) -> bool {
        self.bits(31, 1) == 1
    }

    fn width(self) -> u32 {
        if self.wide() { 64 } else { 32 }
    }

    /// A register as wide as bit 31 says, 31 being the zero register.
    fn r(self, n: u32) -> String {
        register(n, self.wide())
    }

    /// The same, 31 being the stack pointer.
    fn r_sp(self, n: u32) -> String {
        register_sp(n, self.wide())
    }

    /// A register of a load or store as wide as bits 31..30 say.
    fn transfer(self, n: u32) -> String {
        register(n, self.size() == 3)
    }

    /// The base register alone.
    fn base(self) -> String {
        format!("[{}]", register_sp(self.n(), true))
    }

    fn target(self, offset: i64) -> String {
        format!("{:#x}", self.pc.wrapping_add(offset as u64))
    }

    fn condition(self) -> &'static str {
        CONDITIONS[self.bits(12, 4) as usize]
    }
}

fn register(n: u32, wide: bool) -> String {
    match (n, wide) {
        (31, true) => "xzr".into(),
        (31, false) => "wzr".into(),
        (_, true) => format!("x{n}"),
        (_, false) => format!("w{n}"),
    }
}

fn register_sp(n: u32, wide: bool) -> String {
    match (n, wide) {
        (31, true) => "sp".into(),
        (31, false) => "wsp".into(),
        _ => register(n, wide),
    }
}

/// The value of a logical immediate (Arm ARM, `DecodeBitMasks`): a run of ones, rotated, repeated.
fn logical_immediate(f: Fields) -> u64 {
    let (s, r) = (f.bits(10, 6), f.bits(16, 6));
    let size = 1u32 << (31 - (f.bits(22, 1) << 6 | !s & 0x3f).leading_zeros().min(30));
    let (s, r) = (s & (size - 1), r & (size - 1));
    let element = u64::MAX >> (63 - s.min(62));
    let mask = u64::MAX >> (64 - size);
    let element = if r == 0 { element } else { (element >> r | element << (size - r)) & mask };
    let value = (0..64 / size).fold(0, |value, index| value | element << (index * size));
    if f.wide() { value } else { value as u32 as u64 }
}

/// Whether one MOVZ, or one MOVN, makes `value`: that is then preferred to ORR, but for SP.
fn move_wide_makes(value: u64, wide: bool) -> bool {
    let widths = if wide { 4 } else { 2 };
    let one_halfword = |value: u64| (0..widths).any(|index| value & !(0xffff << (16 * index)) == 0);
    one_halfword(value) || one_halfword(if wide { !value } else { !value as u32 as u64 })
}

/// `, lsl #n` of a shifted register; nothing where that does nothing.
fn shift(f: Fields) -> String {
    let (kind, amount) = (f.bits(22, 2), f.bits(10, 6));
    if kind == 0 && amount == 0 { String::new() } else { format!(", {} #{amount}", SHIFTS[kind as usize]) }
}

/// `Rm, uxtw #n` of an extended register. Beside SP the extension that changes nothing is written LSL, or left out.
fn extended(f: Fields, beside_sp: bool) -> String {
    let (option, amount) = (f.bits(13, 3), f.bits(10, 3));
    let register = register(f.m(), option & 3 == 3 && f.wide());
    let plain = beside_sp && option == if f.wide() { 3 } else { 2 };
    match (plain, amount) {
        (true, 0) => register,
        (true, _) => format!("{register}, lsl #{amount}"),
        (false, 0) => format!("{register}, {}", EXTENDS[option as usize]),
        (false, _) => format!("{register}, {} #{amount}", EXTENDS[option as usize]),
    }
}

/// `[Xn, #offset]` and its write-back forms; bits 11..10 of the single-register classes say which.
fn indexed(f: Fields, offset: i64, post: bool, pre: bool) -> String {
    let base = register_sp(f.n(), true);
    match (post, pre) {
        (true, _) => format!("[{base}], #{offset}"),
        (_, true) => format!("[{base}, #{offset}]!"),
        _ if offset == 0 => format!("[{base}]"),
        _ => format!("[{base}, #{offset}]"),
    }
}

/// `[Xn, Xm, lsl #n]`.
fn register_offset(f: Fields) -> String {
    let (option, scaled) = (f.bits(13, 3), f.bits(12, 1) == 1);
    let (base, index) = (register_sp(f.n(), true), register(f.m(), option & 1 == 1));
    let name = if option == 3 { "lsl" } else { EXTENDS[option as usize] };
    match (option, scaled) {
        (3, false) => format!("[{base}, {index}]"),
        (_, false) => format!("[{base}, {index}, {name}]"),
        (_, true) => format!("[{base}, {index}, {name} #{}]", f.size()),
    }
}

/// `pldl1keep` and its like.
fn prefetch(f: Fields) -> String {
    let (kind, level, policy) = (f.bits(3, 2), f.bits(1, 2), f.bits(0, 1));
    if kind == 3 || level == 3 {
        return format!("#{:#04x}", f.d());
    }
    format!("{}l{}{}", ["pld", "pli", "pst"][kind as usize], level + 1, ["keep", "strm"][policy as usize])
}

/// What a load or store of one register transfers: W or X by size and sign, or the name of a prefetch.
fn transferred(name: &str, f: Fields) -> String {
    if name.starts_with("PRF") {
        return prefetch(f);
    }
    // opc 2 extends to 64 bits, opc 3 to 32.
    register(f.d(), f.bits(22, 2) == 2 || f.size() == 3)
}

/// A system register by name, or as its numbers.
fn system_register(f: Fields) -> String {
    let encoding = f.bits(5, 16);
    match SYSTEM_REGISTERS.iter().find(|register| register.encoding == encoding) {
        Some(register) => register.name.to_lowercase(),
        None => format!(
            "s{}_{}_c{}_c{}_{}",
            encoding >> 14,
            encoding >> 11 & 7,
            encoding >> 7 & 15,
            encoding >> 3 & 15,
            encoding & 7
        ),
    }
}

fn operands(encoding: &Encoding, format: Format, f: Fields) -> String {
    let name = encoding.name;
    let letters = |letter| encoding.pattern.bits_named(letter) != 0;
    let (d, n, m, a) = (f.r(f.d()), f.r(f.n()), f.r(f.m()), f.r(f.a()));
    match format {
        Format::Whole => whole(name, f),
        Format::PcRelative => {
            let offset = f.signed(5, 19) << 2 | f.bits(29, 2) as i64;
            let target = match f.wide() {
                true => (f.pc & !0xfff).wrapping_add((offset << 12) as u64),
                false => f.pc.wrapping_add(offset as u64),
            };
            format!("{}, {target:#x}", register(f.d(), true))
        }
        Format::AddSubImmediate => {
            let d = if name.contains("S_") { d } else { f.r_sp(f.d()) };
            let shift = if f.bits(22, 1) == 1 { ", lsl #12" } else { "" };
            format!("{d}, {}, #{:#x}{shift}", f.r_sp(f.n()), f.bits(10, 12))
        }
        Format::LogicalImmediate => {
            let d = if name.contains("S_") { d } else { f.r_sp(f.d()) };
            format!("{d}, {n}, #{:#x}", logical_immediate(f))
        }
        Format::MoveWide => match f.bits(21, 2) {
            0 => format!("{d}, #{:#x}", f.bits(5, 16)),
            shift => format!("{d}, #{:#x}, lsl #{}", f.bits(5, 16), shift * 16),
        },
        Format::Bitfield => format!("{d}, {n}, #{}, #{}", f.bits(16, 6), f.bits(10, 6)),
        Format::Extract => format!("{d}, {n}, {m}, #{}", f.bits(10, 6)),
        Format::ShiftedRegister => format!("{d}, {n}, {m}{}", shift(f)),
        Format::ExtendedRegister => {
            let flags = name.contains("S_");
            let d = if flags { d } else { f.r_sp(f.d()) };
            format!("{d}, {}, {}", f.r_sp(f.n()), extended(f, f.n() == 31 || !flags && f.d() == 31))
        }
        Format::ThreeRegister => format!("{d}, {n}, {m}"),
        Format::Checksum => format!("{}, {}, {m}", register(f.d(), false), register(f.n(), false)),
        Format::OneSource => format!("{d}, {n}"),
        Format::MultiplyAdd if name.ends_with('L') => {
            format!("{d}, {}, {}, {a}", register(f.n(), false), register(f.m(), false))
        }
        Format::MultiplyAdd => format!("{d}, {n}, {m}, {a}"),
        Format::RotateFlags if f.wide() => format!("{n}, #{}, #{}", f.bits(15, 6), f.bits(0, 4)),
        Format::RotateFlags => n,
        Format::ConditionalCompare => {
            let second = if f.bits(11, 1) == 1 { format!("#{:#x}", f.m()) } else { m };
            format!("{n}, {second}, #{:#x}, {}", f.bits(0, 4), f.condition())
        }
        Format::ConditionalSelect => format!("{d}, {n}, {m}, {}", f.condition()),
        Format::UnsignedOffset => {
            let offset = (f.bits(10, 12) << f.size()) as i64;
            format!("{}, {}", transferred(name, f), indexed(f, offset, false, false))
        }
        Format::SignedOffset => {
            // The unprivileged and the LRCPC forms have no write-back.
            let (post, pre) = (name.ends_with("_post"), name.ends_with("_pre"));
            format!("{}, {}", transferred(name, f), indexed(f, f.signed(12, 9), post, pre))
        }
        Format::RegisterOffset => format!("{}, {}", transferred(name, f), register_offset(f)),
        Format::Literal => {
            let transferred = if name.starts_with("PRF") { prefetch(f) } else { register(f.d(), f.size() != 0) };
            format!("{transferred}, {}", f.target(f.signed(5, 19) << 2))
        }
        Format::Pair => {
            let wide = f.size() != 0;
            let offset = f.signed(15, 7) << if f.wide() { 3 } else { 2 };
            let (post, pre) = (name.ends_with("_post"), name.ends_with("_pre"));
            format!("{}, {}, {}", register(f.d(), wide), register(f.a(), wide), indexed(f, offset, post, pre))
        }
        Format::Exclusive => {
            let status = if letters('s') { format!("{}, ", register(f.m(), false)) } else { String::new() };
            let second = if letters('u') { format!(", {}", f.transfer(f.a())) } else { String::new() };
            format!("{status}{}{second}, {}", f.transfer(f.d()), f.base())
        }
        Format::Ordered => format!("{}, {}", f.transfer(f.d()), f.base()),
        Format::Atomic if name.starts_with("CASP") => {
            let [s, s1, t, t1] = [f.m(), f.m() + 1, f.d(), f.d() + 1].map(|n| register(n, f.size() == 1));
            format!("{s}, {s1}, {t}, {t1}, {}", f.base())
        }
        Format::Atomic if is_store(encoding, f.word) => format!("{}, {}", f.transfer(f.m()), f.base()),
        Format::Atomic => format!("{}, {}, {}", f.transfer(f.m()), f.transfer(f.d()), f.base()),
        Format::Branch => f.target(f.signed(0, 26) << 2),
        Format::ConditionalBranch => f.target(f.signed(5, 19) << 2),
        Format::CompareBranch => format!("{d}, {}", f.target(f.signed(5, 19) << 2)),
        Format::TestBranch => {
            let bit = f.bits(31, 1) << 5 | f.bits(19, 5);
            format!("{d}, #{bit}, {}", f.target(f.signed(5, 14) << 2))
        }
        Format::BranchRegister => register(f.n(), true),
        Format::Exception => format!("#{:#x}", f.bits(5, 16)),
        Format::SystemRegister if name == "MRS" => format!("{}, {}", register(f.d(), true), system_register(f)),
        Format::SystemRegister => format!("{}, {}", system_register(f), register(f.d(), true)),
        Format::SystemAddress | Format::Vector => whole(name, f),
    }
}

/// Operands of the system instructions: each has its own.
fn whole(name: &str, f: Fields) -> String {
    let option = f.bits(8, 4);
    match name {
        "UDF" => format!("#{}", f.bits(0, 16)),
        "HINT" => format!("#{:#x}", f.bits(5, 7)),
        "CLREX" | "ISB" if option == 15 => String::new(),
        "CLREX" | "ISB" => format!("#{option:#x}"),
        "DSB" | "DMB" => BARRIERS[option as usize].into(),
        _ => match name.split_once('_') {
            Some((_, operation)) => format!("{}, {}", operation.to_lowercase(), register(f.d(), true)),
            None => String::new(),
        },
    }
}

/// The preferred alias of a word, mnemonic and operands, where it has one.
fn alias(name: &'static str, f: Fields) -> Option<(&'static str, String)> {
    let (d, n, m) = (f.r(f.d()), f.r(f.n()), f.r(f.m()));
    let (no_d, no_n, no_a) = (f.d() == 31, f.n() == 31, f.a() == 31);
    let (immr, imms, last) = (f.bits(16, 6), f.bits(10, 6), f.width() - 1);
    let same = f.n() == f.m();
    let narrow = |n| register(n, false);
    // The alias that leaves out one register of those that all operands name.
    let without = |mnemonic, operands: &[String]| Some((mnemonic, operands.join(", ")));
    match name {
        "ADD_addsub_imm" if (no_d || no_n) && f.bits(10, 13) == 0 => without("mov", &[f.r_sp(f.d()), f.r_sp(f.n())]),
        "ADDS_addsub_imm" | "SUBS_addsub_imm" if no_d => {
            let shift = if f.bits(22, 1) == 1 { ", lsl #12" } else { "" };
            let mnemonic = if name.starts_with("ADD") { "cmn" } else { "cmp" };
            Some((mnemonic, format!("{}, #{:#x}{shift}", f.r_sp(f.n()), f.bits(10, 12))))
        }
        "ORR_log_imm" if no_n && (no_d || !move_wide_makes(logical_immediate(f), f.wide())) => {
            Some(("mov", format!("{}, #{:#x}", f.r_sp(f.d()), logical_immediate(f))))
        }
        "ANDS_log_imm" if no_d => Some(("tst", format!("{n}, #{:#x}", logical_immediate(f)))),
        "MOVZ" | "MOVN" => {
            let (value, shift) = (f.bits(5, 16) as u64, f.bits(21, 2) * 16);
            let inverted = name == "MOVN";
            // Zero has one spelling, and so has a 32-bit value that both can make.
            if value == 0 && shift != 0 || inverted && !f.wide() && value == 0xffff {
                return None;
            }
            let value = if inverted { !(value << shift) } else { value << shift };
            let value = if f.wide() { value } else { value as u32 as u64 };
            Some(("mov", format!("{d}, #{value:#x}")))
        }
        "SBFM" | "UBFM" => {
            let signed = name == "SBFM";
            match (immr, imms) {
                (0, 7) if signed => without("sxtb", &[d, narrow(f.n())]),
                (0, 15) if signed => without("sxth", &[d, narrow(f.n())]),
                (0, 31) if signed && f.wide() => without("sxtw", &[d, narrow(f.n())]),
                (0, 7) if !f.wide() => without("uxtb", &[d, n]),
                (0, 15) if !f.wide() => without("uxth", &[d, n]),
                _ if imms == last => Some((if signed { "asr" } else { "lsr" }, format!("{d}, {n}, #{immr}"))),
                _ if !signed && imms + 1 == immr => Some(("lsl", format!("{d}, {n}, #{}", last - imms))),
                _ if imms < immr => {
                    let mnemonic = if signed { "sbfiz" } else { "ubfiz" };
                    Some((mnemonic, format!("{d}, {n}, #{}, #{}", last + 1 - immr, imms + 1)))
                }
                _ => {
                    let mnemonic = if signed { "sbfx" } else { "ubfx" };
                    Some((mnemonic, format!("{d}, {n}, #{immr}, #{}", imms + 1 - immr)))
                }
            }
        }
        "BFM" if imms < immr && no_n => Some(("bfc", format!("{d}, #{}, #{}", last + 1 - immr, imms + 1))),
        "BFM" if imms < immr => Some(("bfi", format!("{d}, {n}, #{}, #{}", last + 1 - immr, imms + 1))),
        "BFM" => Some(("bfxil", format!("{d}, {n}, #{immr}, #{}", imms + 1 - immr))),
        "EXTR" if same => Some(("ror", format!("{d}, {n}, #{imms}"))),
        "ORR_log_shift" if no_n && f.bits(22, 2) == 0 && imms == 0 => without("mov", &[d, m]),
        "ORN" if no_n => Some(("mvn", format!("{d}, {m}{}", shift(f)))),
        "ANDS_log_shift" if no_d => Some(("tst", format!("{n}, {m}{}", shift(f)))),
        "ADDS_addsub_shift" if no_d => Some(("cmn", format!("{n}, {m}{}", shift(f)))),
        "SUBS_addsub_shift" if no_d => Some(("cmp", format!("{n}, {m}{}", shift(f)))),
        "SUB_addsub_shift" if no_n => Some(("neg", format!("{d}, {m}{}", shift(f)))),
        "SUBS_addsub_shift" if no_n => Some(("negs", format!("{d}, {m}{}", shift(f)))),
        "ADDS_addsub_ext" if no_d => Some(("cmn", format!("{}, {}", f.r_sp(f.n()), extended(f, no_n)))),
        "SUBS_addsub_ext" if no_d => Some(("cmp", format!("{}, {}", f.r_sp(f.n()), extended(f, no_n)))),
        "SBC" if no_n => without("ngc", &[d, m]),
        "SBCS" if no_n => without("ngcs", &[d, m]),
        "LSLV" => without("lsl", &[d, n, m]),
        "LSRV" => without("lsr", &[d, n, m]),
        "ASRV" => without("asr", &[d, n, m]),
        "RORV" => without("ror", &[d, n, m]),
        "MADD" if no_a => without("mul", &[d, n, m]),
        "MSUB" if no_a => without("mneg", &[d, n, m]),
        "SMADDL" if no_a => without("smull", &[d, narrow(f.n()), narrow(f.m())]),
        "SMSUBL" if no_a => without("smnegl", &[d, narrow(f.n()), narrow(f.m())]),
        "UMADDL" if no_a => without("umull", &[d, narrow(f.n()), narrow(f.m())]),
        "UMSUBL" if no_a => without("umnegl", &[d, narrow(f.n()), narrow(f.m())]),
        "CSINC" | "CSINV" | "CSNEG" if same && f.bits(13, 3) != 7 => {
            let inverse = CONDITIONS[(f.bits(12, 4) ^ 1) as usize];
            match (name, no_n) {
                ("CSINC", true) => Some(("cset", format!("{d}, {inverse}"))),
                ("CSINV", true) => Some(("csetm", format!("{d}, {inverse}"))),
                ("CSINC", _) => Some(("cinc", format!("{d}, {n}, {inverse}"))),
                ("CSINV", _) => Some(("cinv", format!("{d}, {n}, {inverse}"))),
                _ => Some(("cneg", format!("{d}, {n}, {inverse}"))),
            }
        }
        "HINT" => HINTS.iter().find(|hint| hint.0 == f.bits(5, 7)).map(|hint| (hint.1, String::new())),
        "DSB" if f.bits(8, 4) == 0 => Some(("ssbb", String::new())),
        "DSB" if f.bits(8, 4) == 4 => Some(("pssbb", String::new())),
        "RET" if f.n() == 30 => Some(("ret", String::new())),
        _ => None,
    }
}
