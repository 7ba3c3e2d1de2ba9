//! Disassembly, and which words are allocated, against GNU objdump.
//!
//! For what is implemented, compared is the exact text after these normalisations: the tab after the mnemonic is a space, comments (`// ...`) are
//! dropped, a hint or a system register may be a number on one side, and LDPSW may be refused where the manual leaves
//! its effect open. For what is not, the mnemonic is compared, and for random words whether they are allocated at all;
//! `NEWER` and `disagreement_is_known` list where objdump 2.40 differs, and why.

use crate::support::folder::TemporaryFile;
use crate::support::{bytes, skipped};
use kvrm::isa::{Encoding, Format, disassemble, encodings, find, sample};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

const OBJDUMP: &str = "aarch64-linux-gnu-objdump";
const WORDS_PER_ENCODING: usize = 200;
const BASE: u64 = 0x40_0000;
const SEED: u64 = 0x6b76_726d;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn word(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) as u32
    }
}

/// Whether objdump is here; where CI runs, it has to be.
fn objdump_is_installed() -> bool {
    let found = Command::new(OBJDUMP).arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        skipped("disassembly is not compared", "aarch64-linux-gnu-objdump (package binutils-aarch64-linux-gnu)");
    }
    found
}

/// What objdump makes of `words` at `BASE`, normalised.
fn objdump(words: &[u32]) -> Vec<String> {
    let file = TemporaryFile::new("words.bin", &bytes(words));
    let output = Command::new(OBJDUMP)
        .args(["-D", "-z", "-b", "binary", "-m", "aarch64", &format!("--adjust-vma={BASE:#x}")])
        .arg(file.path())
        .output()
        .expect("objdump runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // "  400000:\t91000400 \tadd\tx0, x0, #0x1\t// comment"
    let text = String::from_utf8(output.stdout).expect("text");
    let lines = text.lines().filter_map(|line| line.split_once(":\t")?.1.split_once('\t'));
    let lines: Vec<_> =
        lines.map(|(_, text)| text.split("//").next().unwrap_or("").trim().replace('\t', " ")).collect();
    assert_eq!(lines.len(), words.len(), "objdump gives one line a word");
    lines
}

/// Random words; register 31, equal registers, and immediates near zero and near ones come often enough to reach the aliases.
fn words_of(encoding: &Encoding, random: &mut Random) -> Vec<u32> {
    let words = (0..WORDS_PER_ENCODING).map(|index| {
        let mut word = match index % 4 {
            0 => random.word() & random.word() & random.word(),
            1 => random.word() | random.word() | random.word(),
            _ => random.word(),
        };
        let choice = random.word();
        for (index, low) in [0, 5, 10, 16].into_iter().enumerate() {
            if choice >> (index * 3) & 7 == 7 {
                word |= 31 << low;
            }
        }
        if choice >> 12 & 3 == 3 {
            word = word & !(31 << 16) | (word >> 5 & 31) << 16;
        }
        // A word that is rejected gives way to plain random ones.
        let mut first = Some(word);
        sample(encoding, || first.take().unwrap_or_else(|| random.word()))
            .unwrap_or_else(|| panic!("no word of {}", encoding.name))
    });
    words.collect()
}

/// Whether the texts say the same, one of them perhaps by a number where the other has a name.
fn same(word: u32, ours: &str, theirs: &str) -> bool {
    let hint = format!("hint #{:#x}", word >> 5 & 0x7f);
    if ours == theirs || ours == hint || theirs == hint && word & 0xffff_f01f == 0xd503_201f {
        return true;
    }
    // objdump refuses LDPSW to one register twice, and with its base; the manual leaves that to the implementation.
    if ours.starts_with("ldpsw") && theirs.ends_with("undefined") {
        let (t, t2, n) = (word & 31, word >> 10 & 31, word >> 5 & 31);
        return t == t2 || t == n || t2 == n;
    }
    let names_a_number = |text: &str| text.starts_with('s') && text.matches('_').count() == 4;
    let (ours, theirs): (Vec<_>, Vec<_>) = (ours.split([' ', ',']).collect(), theirs.split([' ', ',']).collect());
    matches!(ours[0], "mrs" | "msr")
        && ours.len() == theirs.len()
        && ours.iter().zip(&theirs).all(|(ours, theirs)| ours == theirs || names_a_number(ours))
}

/// But for floating point and SIMD, which read as `.inst` with their name.
#[test]
fn implemented_encodings_read_as_objdump_prints_them() {
    if !objdump_is_installed() {
        return;
    }
    println!("seed {SEED:#x}");
    let mut random = Random(SEED);
    let cases: Vec<_> = encodings()
        .filter(|encoding| encoding.implemented() && encoding.format != Some(Format::Vector))
        .flat_map(|encoding| words_of(encoding, &mut random).into_iter().map(move |word| (encoding, word)))
        .collect();
    let words: Vec<_> = cases.iter().map(|case| case.1).collect();
    let mut mismatches = String::new();
    let mut count = 0;
    for (index, (theirs, (encoding, word))) in objdump(&words).iter().zip(&cases).enumerate() {
        let ours = disassemble(*word, BASE + 4 * index as u64);
        if !same(*word, &ours, theirs) {
            count += 1;
            if count <= 400 {
                let _ = writeln!(mismatches, "{word:08x} {}: ours `{ours}`, objdump `{theirs}`", encoding.name);
            }
        }
    }
    assert_eq!(count, 0, "of {} words:\n{mismatches}", words.len());
}

/// Encodings of extensions that objdump 2.40 does not know: RCPC3, LSE128, THE, D128, GCS, CPA, PAuth_LR, FP8, FAMINMAX, LUT.
/// By the beginning of the name; LLVM 19 agrees with the table on all of them.
const NEWER: &[&str] = &[
    "LDAPR_post",
    "STLR_pre",
    "STILP",
    "LDIAPP",
    "STL1",
    "LDAP1",
    "STLUR_simd",
    "LDAPUR_simd",
    "LDCLRP",
    "LDSETP",
    "SWPP",
    "RCW",
    "SYSP",
    "MSRR",
    "MRRS",
    "GCSSTR",
    "GCSSTTR",
    "ADDPT",
    "SUBPT",
    "MADDPT",
    "MSUBPT",
    "RETASPPC",
    "PACNBI",
    "PACIASPPC",
    "PACIBSPPC",
    "PACIA171615",
    "PACIB171615",
    "AUTIASPPC",
    "AUTIBSPPC",
    "AUTIA171615",
    "AUTIB171615",
    "FAMAX",
    "FAMIN",
    "FSCALE",
    "LUTI",
    "F1CVTL",
    "F2CVTL",
    "BF1CVTL",
    "BF2CVTL",
    "FCVTN_vector_byte",
    "FDOT",
    "FMLAL_vector_byte",
    "FMLAL_element_byte",
    "FMLALL",
];

/// Whether a word that only one side takes is a difference that has its reason.
fn disagreement_is_known(word: u32, ours: Option<&Encoding>, theirs: &str) -> bool {
    let Some(encoding) = ours else {
        // objdump reads op0 0 and 1 as system registers too, ignores bit 22 of FMLAL and FMLSL, and takes any eight
        // registers for 64 bytes.
        return matches!(theirs, "mrs" | "msr") && word & 1 << 20 == 0
            || matches!(theirs, "fmlal" | "fmlal2" | "fmlsl" | "fmlsl2") && word & 1 << 22 != 0
            || matches!(theirs, "ld64b" | "st64b" | "st64bv" | "st64bv0");
    };
    // The registers of copy and set have to differ, those of LDPSW too; otherwise the manual leaves the effect open.
    const OPEN: [&str; 6] = ["CPY", "SETP", "SETM", "SETE", "SETG", "LDPSW"];
    OPEN.iter().chain(NEWER).any(|name| encoding.name.starts_with(name))
}

/// Whether `theirs` is how objdump may write the mnemonic of a line that is not implemented.
fn mnemonic_agrees(encoding: &Encoding, theirs: &str) -> bool {
    let ours = encoding.name.split('_').next().unwrap_or_default().to_lowercase();
    // The half that is read or written; the key; the options of a copy.
    let tail = match encoding.name {
        "BC_cond" => &[
            ".eq", ".ne", ".cs", ".cc", ".mi", ".pl", ".vs", ".vc", ".hi", ".ls", ".ge", ".lt", ".gt", ".le", ".al",
            ".nv",
        ][..],
        "BFMLAL_vector" | "BFMLAL_element" => &["b", "t"],
        "BRA" | "BLRA" | "RETA" | "ERETA" | "LDRA" => &["a", "b"],
        _ => &["", "2"],
    };
    // SYS and SYSL have an alias for each operation that some extension adds, and a newer objdump has names for `NEWER`.
    let any = matches!(encoding.name, "SYS" | "SYSL") || NEWER.iter().any(|name| encoding.name.starts_with(name));
    if any || tail.iter().any(|tail| theirs.strip_suffix(tail) == Some(&ours)) {
        return true;
    }
    let aliases: &[&str] = match encoding.name {
        "BRAZ" => &["braaz", "brabz"],
        "BLRAZ" => &["blraaz", "blrabz"],
        "DUP_scalar" | "INS_element" | "INS_general" | "UMOV" | "ORR_vector" => &["mov"],
        "NOT_vector" => &["mvn"],
        "SSHLL_vector_imm" => &["sxtl", "sxtl2"],
        "USHLL_vector_imm" => &["uxtl", "uxtl2"],
        "SUBPS" => &["cmpp"],
        "MSR_imm" => &["msr", "smstart", "smstop"],
        name if name.starts_with("CPY") || name.starts_with("SET") => {
            return theirs.trim_end_matches(['r', 'w', 't', 'n']) == ours;
        }
        _ => &[],
    };
    aliases.contains(&theirs)
}

#[test]
fn allocation_and_mnemonics_agree_with_objdump() {
    if !objdump_is_installed() {
        return;
    }
    println!("seed {SEED:#x}");
    let mut random = Random(SEED);
    // All of the space in an odd stride; then near each line, rejected words included.
    let mut words: Vec<u32> = (0..300_000u32).map(|index| index.wrapping_mul(0x9e37_79b1)).collect();
    for encoding in encodings() {
        for _ in 0..100 {
            let filled = encoding.pattern.value | random.word() & !encoding.pattern.mask;
            words.extend([filled, filled ^ 1 << (random.word() & 31)]);
            words.push(sample(encoding, || random.word()).unwrap_or_else(|| panic!("no word of {}", encoding.name)));
        }
    }
    // Only spaces that are named as a whole are left out, and bits that should be so are so.
    words.retain(|word| !find(*word).is_some_and(|encoding| matches!(encoding.name, "SVE" | "SME")));
    for word in &mut words {
        if let Some(encoding) = find(*word) {
            *word = *word & !encoding.pattern.bits_named('z') | encoding.pattern.bits_named('o');
        }
    }
    let mut mismatches = BTreeMap::<String, (u32, u32)>::new();
    for (word, theirs) in words.iter().zip(objdump(&words)) {
        let ours = find(*word);
        let theirs = theirs.split(' ').next().filter(|mnemonic| *mnemonic != ".inst");
        let wrong = match (ours, theirs) {
            (Some(ours), Some(theirs)) if !ours.implemented() || ours.format == Some(Format::Vector) => {
                !mnemonic_agrees(ours, theirs)
            }
            (Some(_), Some(_)) | (None, None) => false,
            (ours, theirs) => !disagreement_is_known(*word, ours, theirs.unwrap_or_default()),
        };
        if wrong {
            let ours = ours.map_or("unallocated", |encoding| encoding.name);
            let key = format!("ours {ours}, objdump {}", theirs.unwrap_or("undefined"));
            mismatches.entry(key).or_insert((*word, 0)).1 += 1;
        }
    }
    let list: String =
        mismatches.iter().map(|(what, (word, count))| format!("{word:#010x} {what} ({count} times)\n")).collect();
    assert!(mismatches.is_empty(), "of {} words:\n{list}", words.len());
}
