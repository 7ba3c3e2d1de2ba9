//! `kvrm isa`: the encoding table, one word explained, and the coverage page `docs/INSTRUCTIONS.md`.

use std::fmt::Write as _;

use clap::Args;
use kvrm::isa::{Encoding, GROUPS, Kernel, disassemble, encodings, find};

/// Print the encoding table: every A64 encoding, the kernel that owns it, and whether it is implemented
#[derive(Args)]
pub struct IsaArgs {
    /// Only what is not implemented
    #[arg(long)]
    missing: bool,
    /// Only what this kernel owns: ARITHMETIC, LOGICAL, LOADSTORE, BRANCH, MULDIV, EXTEND_SHIFT or SYSTEM
    #[arg(long, value_name = "NAME", value_parser = parse_kernel)]
    kernel: Option<Kernel>,
    /// Explain one instruction word: its line, its fields, its disassembly at address 0
    #[arg(long, value_name = "WORD", value_parser = parse_word, conflicts_with_all = ["missing", "kernel"])]
    word: Option<u32>,
    /// Write the coverage page, docs/INSTRUCTIONS.md
    #[arg(long, conflicts_with_all = ["missing", "kernel", "word"])]
    markdown: bool,
}

/// Prints what the arguments ask for.
pub fn isa(args: IsaArgs) -> anyhow::Result<()> {
    let text = match (args.word, args.markdown) {
        (Some(word), _) => explanation(word),
        (_, true) => page(),
        _ => table(|encoding| {
            (!args.missing || !encoding.implemented()) && args.kernel.is_none_or(|kernel| kernel == encoding.kernel)
        }),
    };
    super::print(&text)
}

fn parse_kernel(name: &str) -> Result<Kernel, String> {
    let found = Kernel::ALL.into_iter().find(|kernel| kernel.name().eq_ignore_ascii_case(name));
    found.ok_or_else(|| format!("the kernels are {}", Kernel::ALL.map(Kernel::name).join(", ")))
}

fn parse_word(text: &str) -> Result<u32, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let word = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'));
    word.ok_or_else(|| "an instruction word is up to eight hexadecimal digits".to_owned())
}

fn yes_or_no(encoding: &Encoding) -> &'static str {
    if encoding.implemented() { "yes" } else { "no" }
}

/// The lines that `shown` picks, in columns, and how many they are.
fn table(shown: impl Fn(&Encoding) -> bool) -> String {
    let lines: Vec<_> = encodings().filter(|encoding| shown(encoding)).collect();
    let width = |text: fn(&Encoding) -> &'static str| lines.iter().map(|line| text(line).len()).max().unwrap_or(0);
    let (name, pattern) = (width(|line| line.name), width(|line| line.pattern.text));
    let mut text = format!("{:name$}  {:pattern$}  {:12}  implemented\n", "name", "pattern", "kernel");
    for line in &lines {
        let kernel = line.kernel.name();
        let _ = writeln!(text, "{:name$}  {:pattern$}  {kernel:12}  {}", line.name, line.pattern.text, yes_or_no(line));
    }
    let implemented = lines.iter().filter(|line| line.implemented()).count();
    let _ = writeln!(text, "{} encodings, {implemented} implemented", lines.len());
    text
}

/// One word: disassembly, line, pattern over bits, fields in the order in which they begin.
fn explanation(word: u32) -> String {
    let mut text = format!("{word:#010x}  {}\n", disassemble(word, 0));
    let Some(encoding) = find(word) else {
        return text;
    };
    let pattern = encoding.pattern;
    let mut at = 32;
    let mut value_of = |letter: char| match letter {
        ' ' => ' ',
        _ => {
            at -= 1;
            if word >> at & 1 == 1 { '1' } else { '0' }
        }
    };
    let bits: String = pattern.text.chars().map(&mut value_of).collect();
    let mut letters: Vec<char> = Vec::new();
    for letter in pattern.text.chars().filter(|letter| letter.is_alphabetic()) {
        if !letters.contains(&letter) {
            letters.push(letter);
        }
    }
    let field = |letter: &char| {
        let bits = (0..32).rev().filter(|bit| pattern.letter(*bit) == *letter);
        let value = bits.fold(0, |value, bit| value << 1 | word >> bit & 1);
        format!("{letter}={value:#x}")
    };
    let fields: Vec<_> = letters.iter().map(field).collect();
    let _ = writeln!(text, "name         {}", encoding.name);
    let _ = writeln!(text, "pattern      {}", pattern.text);
    let _ = writeln!(text, "bits         {bits}");
    let _ = writeln!(text, "fields       {}", fields.join(" "));
    let _ = writeln!(text, "kernel       {}", encoding.kernel.name());
    let _ = writeln!(text, "implemented  {}", yes_or_no(encoding));
    text
}

const INTRODUCTION: &str = "# Instructions

Every A64 encoding that KVRM knows, the kernel that owns it, and whether it is implemented. Written by
`kvrm isa --markdown` from the table in `src/isa/`; a test fails when this page is out of date.

A pattern is the instruction word from bit 31 down: `0` and `1` are fixed, `o` and `z` should be one and zero but are
not looked at, other letters are fields. Where the manual has one encoding per width or size and a field tells them
apart, one line has them all. An instruction that is not implemented stops the lane as undefined and is named; so does
a word that no line has.

The kernel of a floating-point or SIMD line says which of the seven will own it, by what it does:

| kernel | floating point and SIMD |
|---|---|
| ARITHMETIC | additions, comparisons, extrema, absolute values, negations |
| LOGICAL | bitwise operations, bit counts, moves, permutations, selections, cryptography |
| LOADSTORE | loads and stores |
| MULDIV | multiplications, divisions, square roots, their estimates, dot products |
| EXTEND_SHIFT | conversions, roundings, shifts, widening, narrowing |
";

/// The coverage page.
fn page() -> String {
    let mut text = INTRODUCTION.to_owned();
    let count = |lines: &mut dyn Iterator<Item = &Encoding>| {
        lines.fold((0, 0), |(implemented, all), line| (implemented + line.implemented() as u32, all + 1))
    };
    text.push_str("\n| kernel | implemented | in the table |\n|---|---:|---:|\n");
    for kernel in Kernel::ALL {
        let (implemented, all) = count(&mut encodings().filter(|line| line.kernel == kernel));
        let _ = writeln!(text, "| {} | {implemented} | {all} |", kernel.name());
    }
    let (implemented, all) = count(&mut encodings());
    let _ = writeln!(text, "| all | {implemented} | {all} |");
    for group in GROUPS {
        let (implemented, all) = count(&mut group.encodings.iter());
        let _ = writeln!(text, "\n## {}\n\n{implemented} of {all} are implemented.\n", group.title);
        text.push_str("| name | pattern | kernel | implemented |\n|---|---|---|---|\n");
        for line in group.encodings {
            let (kernel, implemented) = (line.kernel.name(), yes_or_no(line));
            let _ = writeln!(text, "| {} | `{}` | {kernel} | {implemented} |", line.name, line.pattern.text);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coverage_page_is_up_to_date() {
        // Git may check text out with the platform's line ends.
        let committed = include_str!("../../docs/INSTRUCTIONS.md").replace("\r\n", "\n");
        assert!(committed == page(), "run `cargo xtask instructions`");
    }

    #[test]
    fn a_word_is_explained() {
        let text = explanation(0x9140_0420);
        assert!(text.starts_with("0x91400420  add x0, x1, #0x1, lsl #12\nname         ADD_addsub_imm\n"), "{text}");
        assert!(text.contains("\nfields       s=0x1 h=0x1 i=0x1 n=0x1 d=0x0\n"), "{text}");
        assert!(text.contains("\nbits         1 00 100010 1 000000000001 00001 00000\n"), "{text}");
        assert_eq!(explanation(0xffff_ffff), "0xffffffff  .inst 0xffffffff ; unallocated\n");
    }

    #[test]
    fn filters_pick_lines() {
        let missing = table(|encoding| !encoding.implemented());
        assert!(missing.contains("\nSVE ") && !missing.contains("\nSVC "), "{missing}");
        assert_eq!(parse_kernel("muldiv"), Ok(Kernel::MulDiv));
        assert!(parse_kernel("fpu").is_err_and(|error| error.contains("EXTEND_SHIFT")));
    }

    #[test]
    fn words_are_hexadecimal() {
        assert_eq!((parse_word("0xd503201f"), parse_word("D503201F")), (Ok(0xd503_201f), Ok(0xd503_201f)));
        assert!(parse_word("0x123456789").is_err() && parse_word("nop").is_err() && parse_word("+1").is_err());
    }
}
