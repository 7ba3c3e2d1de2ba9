//! What the translator writes for some blocks, so that a change of it shows in a diff.
//!
//! A file of `tests/golden` is both question and answer: a comment says what it shows and lists instruction words, and the
//! WGSL that they are translated to follows. `cargo xtask goldens` writes the answers anew; a new question is a file with the
//! comment alone. `KVRM_GOLDEN=NAME` keeps to one file.

use crate::support::{bytes, gpu};
use kvrm::isa::disassemble;
use kvrm::machine::Machine;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the words are.
const CODE: u64 = 0x40_0000;

/// What begins a file.
struct Question {
    /// Lines, each with its `//`.
    title: String,
    words: Vec<u32>,
}

impl Question {
    fn parse(text: &str) -> Option<Question> {
        let (title, rest) = text.split_once("\n//\n")?;
        let listing = rest.lines().map_while(|line| line.strip_prefix("// ")?.split_whitespace().next());
        let words = listing.map(|word| u32::from_str_radix(word, 16)).collect::<Result<_, _>>().ok()?;
        Some(Question { title: title.to_owned(), words })
    }

    /// The whole file: title, listing, and what the translator makes of it now.
    fn answer(&self, gpu: &kvrm::gpu::Gpu) -> String {
        let mut machine = Machine::builder().gpu(gpu.clone()).memory_size(1 << 20).build().unwrap();
        machine.load_program(&bytes(&self.words), CODE).unwrap();
        machine.set_pc(0, CODE).unwrap();
        let mut text = format!("{}\n//\n", self.title);
        for (pc, word) in (CODE..).step_by(4).zip(&self.words) {
            let line = format!("// {word:08x}  {}", disassemble(*word, pc));
            writeln!(text, "{}", line.trim_end()).unwrap();
        }
        text + "\n" + machine.translated_wgsl().unwrap().trim_end() + "\n"
    }
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let picked = std::env::var("KVRM_GOLDEN").ok();
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "wgsl"));
    files.retain(|path| picked.as_ref().is_none_or(|name| path.file_stem().is_some_and(|stem| stem == &name[..])));
    files.sort();
    files
}

/// The first line that differs, with its number and what it was to be.
fn difference(expected: &str, found: &str) -> String {
    let (mut expected, mut found) = (expected.lines(), found.lines());
    for number in 1.. {
        match (expected.next(), found.next()) {
            (a, b) if a != b => {
                return format!("line {number}:\n  - {}\n  + {}", a.unwrap_or("(end)"), b.unwrap_or("(end)"));
            }
            (None, None) => break,
            _ => {}
        }
    }
    "the end of a line".to_owned()
}

#[test]
fn blocks_are_translated_as_before() {
    let write = std::env::var_os("KVRM_WRITE_GOLDENS").is_some();
    let gpu = gpu();
    let files = files();
    assert!(!files.is_empty(), "no file of that name in tests/golden");
    let mut differ = String::new();
    for path in &files {
        let name = path.file_name().unwrap().display();
        let text = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
        let question = Question::parse(&text).unwrap_or_else(|| panic!("{name}: a title, `//`, and words are wanted"));
        assert!(!question.words.is_empty(), "{name}: no words");
        let answer = question.answer(&gpu);
        if answer != text {
            writeln!(differ, "{name}: {}", difference(&text, &answer)).unwrap();
            if write {
                fs::write(path, answer).unwrap();
            }
        }
    }
    if write {
        println!("{differ}");
    } else {
        assert!(differ.is_empty(), "`cargo xtask goldens` writes these anew:\n{differ}");
    }
}
