//! Random cases for every encoding that the table implements.

mod vectors;

use super::rng::Rng;
use kvrm::conform::{Case, State};
use kvrm::isa::control::{LOAD, PAIR, POST_INDEX, WRITE_BACK};
use kvrm::isa::{self, Encoding, Format};
use kvrm::machine::REGISTER_FILE;

/// Encodings that cannot be compared, and why.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("SVC", "the oracle's kernel would serve the call"),
    ("STLUR_simd", "no version of qemu has LRCPC3"),
    ("LDAPUR_simd", "no version of qemu has LRCPC3"),
    ("STL1", "no version of qemu has LRCPC3"),
    ("LDAP1", "no version of qemu has LRCPC3"),
    ("LUTI2_byte", "no version of qemu has LUT"),
    ("LUTI2_half", "no version of qemu has LUT"),
    ("LUTI4_byte", "no version of qemu has LUT"),
    ("LUTI4_half", "no version of qemu has LUT"),
    ("RETA", "qemu executes it from version 9 on as RET where there is no pointer authentication"),
];

/// Where code lies: low, across 4 GiB, high. All within what an x86-64 host can give to qemu.
const CODE: &[u64] = &[0x40_0000, 0xffff_f000, 0x1_0000_0000, 0x1234_5678_9000, 0x3fff_fff0_0000];
/// Where data lies.
const DATA: &[u64] = &[0x20_0000, 0x7fff_f000, 0x3_ffff_e000, 0x2_0000_0000, 0x0123_4567_8000, 0x3ffe_ffff_e000];
const PAGE: u64 = 4096;

const SP: usize = 31;
const NOP: u32 = 0xd503_201f;
const ADD_X1_X1_1: u32 = 0x9100_0421;
const ADD_X2_X2_1: u32 = 0x9100_0842;

/// The class of words that are of no encoding.
pub const UNALLOCATED: &str = "unallocated";

/// The processors that the oracle can be, each with all that those before it have.
pub const CPUS: [&str; 3] = ["cortex-a53", "cortex-a76", NEWEST];
/// The newest processor of any version of qemu. Those from 8.1 on let it access unaligned memory atomically, if it is all in
/// one block of 16 bytes (LSE2). With SVE a signal frame would have V0 to V31 in the record of that.
const NEWEST: &str = "max,sve=off,sme=off";

/// The oldest processor that has `encoding`.
pub fn cpu(encoding: &Encoding) -> &'static str {
    let is_any = |prefixes: &[&str]| prefixes.iter().any(|prefix| encoding.name.starts_with(prefix));
    if is_any(&["LDAPUR", "STLUR", "RMIF", "SETF", "CFINV"]) || encoding.format == Some(Format::Vector) {
        NEWEST
    } else if encoding.format == Some(Format::Atomic) || is_any(&["LDAPR", "LDLAR", "STLLR"]) {
        CPUS[1]
    } else {
        CPUS[0]
    }
}

/// A random case of `encoding`. Its final state is empty as yet.
pub fn case(encoding: &'static Encoding, rng: &mut Rng) -> Case {
    loop {
        let word = word(encoding, rng);
        if let Some(draft) = Draft::new(rng).complete(encoding, word, rng) {
            return draft.case(encoding.name);
        }
    }
}

/// Up to `count` cases of one random word of `encoding` at an address, in several states, and of what it needs beside it.
pub fn cases_at(encoding: &'static Encoding, pc: u64, count: usize, rng: &mut Rng) -> Vec<Case> {
    let draft = |word, rng: &mut Rng| {
        let mut draft = Draft::new(rng);
        draft.state.registers.set_pc(pc);
        draft.complete(encoding, word, rng).map(|draft| draft.case(encoding.name))
    };
    let (word, first) = loop {
        let word = word(encoding, rng);
        if let Some(case) = draft(word, rng) {
            break (word, case);
        }
    };
    let others: Vec<Case> = (1..count).filter_map(|_| draft(word, rng)).collect();
    let alike = others.into_iter().filter(|case| case.words == first.words).collect::<Vec<_>>();
    [vec![first], alike].concat()
}

/// A case of a word that is next to `encoding` and of no encoding.
pub fn unallocated(encoding: &'static Encoding, rng: &mut Rng) -> Option<Case> {
    for _ in 0..100 {
        let word = match encoding.rejects {
            [] => word(encoding, rng) ^ 1 << rng.below(32),
            rejects => {
                let reject = rng.pick(rejects);
                (word(encoding, rng) & !reject.mask | reject.value) & !encoding.pattern.mask | encoding.pattern.value
            }
        };
        // qemu takes modified immediates with the bit of half precision whatever else they say.
        let modified = word & 0x9ff8_0c00 == 0x0f00_0c00;
        let comparable = if encoding.format == Some(Format::Vector) { !modified } else { !floating_point(word) };
        if isa::find(word).is_none() && comparable {
            return Some(Draft::new(rng).alone(word).case(UNALLOCATED));
        }
    }
    None
}

/// A case of an encoding that is in the table and not implemented; `None` where the Cortex-A53 has it.
pub fn absent(encoding: &'static Encoding, rng: &mut Rng) -> Option<Case> {
    let word = word(encoding, rng);
    (!floating_point(word)).then(|| Draft::new(rng).alone(word).case(encoding.name))
}

/// What the Cortex-A53 may have beside a line of the base set.
fn floating_point(word: u32) -> bool {
    word >> 26 & 3 == 3
}

/// A random word of `encoding`, register 31 and immediates of all zeros or ones more often than chance has them.
fn word(encoding: &'static Encoding, rng: &mut Rng) -> u32 {
    let mut fields: Vec<(char, u32)> = Vec::new();
    for bit in 0..32 {
        let letter = encoding.pattern.letter(bit);
        match fields.iter_mut().find(|(other, _)| *other == letter) {
            Some((_, mask)) => *mask |= 1 << bit,
            None => fields.push((letter, 1 << bit)),
        }
    }
    loop {
        let mut word = encoding.pattern.value;
        for &(letter, mask) in &fields {
            word |= mask
                & match letter {
                    '0' | '1' | 'z' => 0,
                    'o' => !0, // other values are CONSTRAINED UNPREDICTABLE
                    'd' | 'n' | 'm' | 'a' | 't' | 'u' | 's' if mask.count_ones() == 5 && rng.one_in(8) => !0,
                    'i' | 'r' | 'e' if rng.one_in(6) => rng.pick(&[0, !0]),
                    _ => rng.bits() as u32,
                };
        }
        if isa::find(word).is_some_and(|found| std::ptr::eq(found, encoding)) {
            return word;
        }
    }
}

/// The signed field of `width` bits at bit `low`.
fn signed(word: u32, low: u32, width: u32) -> i64 {
    i64::from((word << (32 - low - width)) as i32 >> (32 - width))
}

/// Register `n`, `t`, ... of a word.
fn register(word: u32, low: u32) -> usize {
    (word >> low & 31) as usize
}

/// Bits 19 to 5 of MRS and MSR: a register of op0 3.
const fn system_register(op1: u32, crn: u32, crm: u32, op2: u32) -> u32 {
    1 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2
}

/// Whether any core of today has this system register or does not have it as KVRM does.
fn comparable(register: u32) -> bool {
    let (op1, crn) = (register >> 11 & 7, register >> 7 & 15);
    let identification = crn == 0; // tells what the processor is, and KVRM is no Cortex-A53
    let counters = op1 == 3 && (crn == 14 || crn == 9); // time and performance counters
    let named = op1 == 3 && (crn == 4 || crn == 13); // compared above, with the bits that all have
    !(identification || counters || named)
}

/// Bits of a register that every processor has: of FPCR and FPSR some have those that only AArch32 uses.
fn comparable_bits(register: &str) -> u128 {
    match register {
        "FPCR" => 0x07c0_0000,
        "FPSR" => 0x0800_009f,
        _ => !0,
    }
}

/// A load or store as far as its address goes.
#[derive(Default)]
struct Access {
    base: usize,
    offset: u64,
    size: u64,
    /// Aligned to its size.
    aligned: bool,
    /// Faults if it is not.
    faults_unaligned: bool,
    /// But perhaps not within a block of 16 bytes.
    block: bool,
}

/// A case in the making.
struct Draft {
    words: Vec<u32>,
    state: State,
}

impl Draft {
    fn new(rng: &mut Rng) -> Self {
        let mut state = State::default();
        for (n, register) in REGISTER_FILE.iter().enumerate() {
            // Two registers that are equal are worth more than chance gives them.
            let again = (1..31).contains(&n) && rng.one_in(8);
            let value = if again {
                state.registers.x(rng.below(n as u64) as usize).into()
            } else {
                u128::from(rng.value()) | u128::from(rng.value()) << 64
            };
            state.registers.set(register, value & comparable_bits(register.name));
        }
        let word_in_page = if rng.one_in(8) { 1023 } else { rng.below(1023) };
        state.registers.set_pc(rng.pick(CODE) + 4 * word_in_page);
        Self { words: Vec::new(), state }
    }

    fn set(&mut self, register: usize, value: u64) {
        self.state.registers.set_x(register, value);
    }

    /// The operand that `register` is where 31 is XZR.
    fn operand(&self, register: usize) -> u64 {
        if register == SP { 0 } else { self.state.registers.x(register) }
    }

    /// Puts `word`, all that it needs and what makes it visible into the case; `None` when it cannot be compared.
    fn complete(mut self, encoding: &'static Encoding, word: u32, rng: &mut Rng) -> Option<Self> {
        use Format::*;
        self.words.push(word);
        match encoding.format? {
            UnsignedOffset | SignedOffset | RegisterOffset | Pair | Ordered => self.load_store(encoding, word, rng)?,
            Literal => self.literal(encoding, word, rng),
            Atomic => self.atomic(encoding, word, rng)?,
            Exclusive => self.exclusive(encoding, word, rng)?,
            Branch | ConditionalBranch | CompareBranch | TestBranch => self.branch(encoding, word, rng)?,
            BranchRegister => self.branch_register(word, rng)?,
            SystemRegister => self.system_register(encoding, word, rng),
            SystemAddress => self.zero_block(word, rng),
            Vector => self.vector(encoding, word, rng)?,
            Exception if encoding.name == "HLT" && word >> 5 & 0xffff == 0xf000 => return None, // a semihosting call
            Whole => self.system(encoding, word, rng)?,
            _ => {}
        }
        Some(self)
    }

    /// Nothing but `word`, which is not expected to execute.
    fn alone(mut self, word: u32) -> Self {
        self.words.push(word);
        self
    }

    fn case(self, class: &str) -> Case {
        Case {
            words: self.words,
            init: self.state,
            expected: State::default(),
            class: Some(class.to_string()),
            other: Default::default(),
        }
    }

    fn load_store(&mut self, encoding: &Encoding, word: u32, rng: &mut Rng) -> Option<()> {
        let (t, n, t2) = (register(word, 0), register(word, 5), register(word, 10));
        let pair = encoding.format == Some(Format::Pair);
        let write_back = encoding.control & WRITE_BACK != 0;
        // CONSTRAINED UNPREDICTABLE: the base is written back and transferred; one register is loaded twice.
        if write_back && n != SP && (n == t || pair && n == t2) || pair && encoding.control & LOAD != 0 && t == t2 {
            return None;
        }
        let size = if pair { word >> 31 } else { word >> 30 };
        let scale = if pair { 2 + size } else { size };
        let offset = match encoding.format? {
            _ if encoding.control & POST_INDEX != 0 => 0,
            Format::UnsignedOffset => u64::from(word >> 10 & 0xfff) << scale,
            Format::SignedOffset => signed(word, 12, 9) as u64,
            Format::Pair => (signed(word, 15, 7) << scale) as u64,
            Format::RegisterOffset => {
                let m = register(word, 16);
                if m == n && m != SP {
                    return None; // no base can then be chosen; the sum itself is tested with every other pair
                }
                let index = self.operand(m);
                let extended = match word >> 13 & 7 {
                    0b010 => u64::from(index as u32),
                    0b110 => index as i32 as u64,
                    _ => index,
                };
                extended << if word >> 12 & 1 == 1 { scale } else { 0 }
            }
            _ => 0,
        };
        // The ordered forms with an offset share a format with the plain ones.
        let ordered = encoding.format == Some(Format::Ordered) || encoding.pattern.value >> 24 & 0x3f == 0b011001;
        // qemu checks the alignment of LDAPR from version 8.1 on only.
        let faults_unaligned = ordered && !matches!(encoding.name, "LDAPR" | "LDAPRH");
        let access = Access {
            base: n,
            offset,
            size: if pair { 2 << scale } else { 1 << scale },
            aligned: ordered,
            faults_unaligned,
            block: cpu(encoding) == NEWEST,
        };
        // A faulting pair may or may not have stored its first half.
        let whole = pair && encoding.control & LOAD == 0;
        self.place(&access, whole, rng).map(drop)
    }

    /// Points the base register so that the access hits a random place with random bytes around, sometimes none.
    /// Returns the address; `None` where an aligned SP cannot make an aligned address.
    fn place(&mut self, access: &Access, whole: bool, rng: &mut Rng) -> Option<u64> {
        let in_page = match rng.below(4) {
            0 => PAGE - 1 - rng.below(2 * access.size), // into the next page, or just not
            1 => rng.below(PAGE / access.size) * access.size,
            _ => rng.below(PAGE),
        };
        let mut target = rng.pick(DATA) + PAGE * rng.below(2) + in_page;
        if access.aligned && !(access.faults_unaligned && rng.one_in(16)) {
            target &= !(access.size - 1);
        } else if access.aligned && access.block && access.size > 1 {
            target = (target | 15) - rng.below(access.size - 1);
        }
        // Linux lets programs tag pointers: the top byte is ignored.
        // Of an access that must not leave its block qemu 10 reports the tag as well.
        let tag = if rng.one_in(8) && !access.block { rng.bits() & !(u64::MAX >> 8) } else { 0 };
        let mut base = target.wrapping_sub(access.offset) ^ tag;
        if access.base == SP {
            // qemu does not check the alignment of SP, a processor does: only aligned ones are comparable.
            base &= !15;
            target = base.wrapping_add(access.offset) & u64::MAX >> 8;
            if access.aligned && !target.is_multiple_of(access.size) {
                return None;
            }
        }
        self.set(access.base, base);
        let (mut start, mut end) = (target - 72, target + access.size + 72);
        let boundary = (target & !(PAGE - 1)) + PAGE;
        match rng.below(16) {
            0 => return Some(target), // nothing is mapped
            1 if !whole && target + access.size > boundary => end = boundary,
            2 if !whole && target + access.size > boundary => start = boundary,
            _ => {}
        }
        self.state.mem.push((start, rng.bytes((end - start) as usize)));
        Some(target)
    }

    fn literal(&mut self, encoding: &Encoding, word: u32, rng: &mut Rng) {
        let target = self.state.registers.pc().wrapping_add((signed(word, 5, 19) * 4) as u64);
        // Bytes behind the word would be executed.
        let on_itself = target.abs_diff(self.state.registers.pc()) < 12;
        if !encoding.name.starts_with("PRFM") && !on_itself && !rng.one_in(16) {
            self.state.mem.push((target, rng.bytes(8)));
        }
    }

    fn atomic(&mut self, encoding: &Encoding, word: u32, rng: &mut Rng) -> Option<()> {
        let pair = encoding.control & PAIR != 0;
        let scale = if pair { 2 + (word >> 30 & 1) } else { word >> 30 };
        let access = Access {
            base: register(word, 5),
            offset: 0,
            size: (1 << scale) << u32::from(pair),
            aligned: true,
            faults_unaligned: true,
            ..Access::default()
        };
        let target = self.place(&access, false, rng)?;
        // Every second comparison holds.
        let memory = if encoding.name.starts_with("CAS") && rng.one_in(2) { self.state.mem.first() } else { None };
        let whole =
            |(start, bytes): &&(u64, Vec<u8>)| *start <= target && target + access.size <= start + bytes.len() as u64;
        if let Some((start, bytes)) = memory.filter(whole) {
            let at = |offset: u64| {
                let low = (target - start + offset) as usize;
                (0..1usize << scale).map(|i| u64::from(bytes[low + i]) << (8 * i)).sum::<u64>()
            };
            let keep = if scale == 3 { 0 } else { !0u64 << (8 << scale) };
            let compare = register(word, 16);
            let values = [at(0), if pair { at(access.size / 2) } else { 0 }];
            for (half, value) in values.into_iter().enumerate().take(1 + usize::from(pair)) {
                // The base register stays what it is.
                if compare + half < SP && compare + half != access.base {
                    self.set(compare + half, self.state.registers.x(compare + half) & keep | value);
                }
            }
        }
        Some(())
    }

    /// A load-exclusive alone, or a store-exclusive behind its load, for only that succeeds.
    fn exclusive(&mut self, encoding: &Encoding, word: u32, rng: &mut Rng) -> Option<()> {
        let (t, n, t2, s) = (register(word, 0), register(word, 5), register(word, 10), register(word, 16));
        let pair = encoding.control & PAIR != 0;
        let load = encoding.control & LOAD != 0;
        // CONSTRAINED UNPREDICTABLE: the status is also base or data; one register is loaded twice.
        if !load && (s == t || pair && s == t2 || s == n && n != SP) || load && pair && t == t2 {
            return None;
        }
        let scale = if pair { 2 + (word >> 30 & 1) } else { word >> 30 };
        let access = Access {
            base: n,
            offset: 0,
            size: (1 << scale) << u32::from(pair),
            aligned: true,
            faults_unaligned: load,
            block: false,
        };
        self.place(&access, false, rng)?;
        if load {
            return Some(());
        }
        if rng.one_in(4) {
            // Alone it fails and does not store; whether it then faults is up to the processor.
            self.state.mem.first()?;
            return Some(());
        }
        let other = |rng: &mut Rng, not: &[usize]| loop {
            let r = rng.below(32) as usize;
            if !not.contains(&r) {
                return r as u32;
            }
        };
        let first = other(rng, &[n]);
        let second = if pair { other(rng, &[n, first as usize]) } else { 31 };
        let acquire = (rng.bits() as u32 & 1) << 15;
        let load = word & 0xc020_03e0 | 0x085f_0000 | acquire | second << 10 | first;
        self.words.insert(0, load);
        Some(())
    }

    fn branch(&mut self, encoding: &Encoding, word: u32, rng: &mut Rng) -> Option<()> {
        let (low, width) = match encoding.format? {
            Format::Branch => (0, 26),
            Format::TestBranch => (5, 14),
            _ => (5, 19),
        };
        let offset = signed(word, low, width);
        if rng.one_in(4) {
            // Over one word to the next: whether it is taken shows in the registers as well.
            let mask = ((1u32 << width) - 1) << low;
            self.words = vec![word & !mask | 2 << low, ADD_X1_X1_1, ADD_X2_X2_1];
        } else if offset == 0 || self.state.registers.pc().wrapping_add((offset * 4) as u64) >> 47 != 0 {
            return None; // it would loop, or leave the address space (the top byte of PC is the kernel's affair)
        }
        Some(())
    }

    fn branch_register(&mut self, word: u32, rng: &mut Rng) -> Option<()> {
        let n = register(word, 5);
        let target = match rng.below(4) {
            0 => self.state.registers.pc() & !(PAGE - 1) | rng.below(PAGE), // mostly not aligned
            1 => self.state.registers.pc().wrapping_add(4 * (1 + rng.below(100))),
            2 => rng.bits() >> 17 & !3,
            _ => rng.bits() & !(1 << 55), // tagged; bit 55 is for addresses of the kernel
        };
        if n < SP {
            self.set(n, target);
        }
        (self.operand(n) != self.state.registers.pc()).then_some(()) // it would loop
    }

    fn system_register(&mut self, encoding: &Encoding, word: u32, rng: &mut Rng) {
        const NZCV: u32 = system_register(3, 4, 2, 0);
        const FPCR: u32 = system_register(3, 4, 4, 0);
        const FPSR: u32 = system_register(3, 4, 4, 1);
        const TPIDR_EL0: u32 = system_register(3, 13, 0, 2);
        const TPIDRRO_EL0: u32 = system_register(3, 13, 0, 3);
        const DCZID_EL0: u32 = system_register(3, 0, 0, 7);
        let register = rng.pick(&[NZCV, FPCR, FPSR, TPIDR_EL0]);
        let (to, from) = (word & 31, rng.below(32) as u32);
        let msr = 0xd510_0000 | register << 5;
        let mrs = 0xd530_0000 | register << 5;
        let write = if encoding.name == "MSR" { msr | to } else { msr | from };
        let read = if encoding.name == "MSR" { mrs | from } else { mrs | to };
        self.words = match rng.below(8) {
            0 => vec![mrs | to],
            2 if encoding.name == "MRS" => vec![0xd530_0000 | DCZID_EL0 << 5 | to],
            3 if comparable(word >> 5 & 0x7fff) => vec![word],
            1 => vec![msr & 0xfff0_0000 | TPIDRRO_EL0 << 5 | to], // EL0 may not write it
            _ => vec![write, read],
        };
        if encoding.name == "MSR" && self.words.len() == 1 && rng.one_in(2) {
            self.words = vec![msr | to];
        }
        for word in self.words.clone() {
            let keep = match register {
                FPCR => comparable_bits("FPCR") as u64,
                FPSR => comparable_bits("FPSR") as u64,
                _ => !0,
            };
            if word & 0xfff0_0000 == 0xd510_0000 && word & 31 != 31 {
                let n = (word & 31) as usize;
                self.set(n, self.state.registers.x(n) & keep);
            }
        }
    }

    /// DC ZVA clears the aligned 64 bytes around its address.
    fn zero_block(&mut self, word: u32, rng: &mut Rng) {
        let t = register(word, 0);
        if t == SP {
            return; // XZR: nothing is mapped at 0
        }
        let _ = self.place(&Access { base: t, size: 1, aligned: true, ..Access::default() }, false, rng); // t is not SP
    }

    fn system(&mut self, encoding: &Encoding, word: u32, rng: &mut Rng) -> Option<()> {
        match encoding.name {
            // YIELD, WFE and WFI hand the processor to something else, which the oracle does not have.
            "HINT" if matches!(word >> 5 & 0x7f, 1..=3) => return None,
            // Only a store-exclusive shows what CLREX does.
            "CLREX" => {
                let access = Access { base: 3, size: 8, aligned: true, ..Access::default() };
                self.place(&access, false, rng)?;
                let (load, store) = (0xc85f_7c61, 0xc802_7c61); // LDXR X1, [X3]; STXR W2, X1, [X3]
                self.words = vec![load, if rng.one_in(4) { NOP } else { word }, store];
            }
            // Maintenance by address may fault where nothing is mapped, or not.
            "DC_CVAC" | "DC_CVAU" | "DC_CIVAC" | "IC_IVAU" => {
                let t = register(word, 0);
                if t == SP {
                    return None;
                }
                self.place(&Access { base: t, size: 1, aligned: true, ..Access::default() }, true, rng)?;
                self.state.mem.first()?;
            }
            _ => {}
        }
        Some(())
    }
}
