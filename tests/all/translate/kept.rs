//! What is kept on disk of translations: whatever stands there, programs do what they do.

use crate::support::folder::Folder;
use crate::support::tiny::{SVC, elf, mov, mov_high};
use crate::support::{command, errors};
use std::fs;
use std::path::Path;
use twox_hash::XxHash3_128;

/// A file as KVRM seals it, which anybody can do.
fn seal(places: &[u32]) -> Vec<u8> {
    let content: Vec<u8> = places.iter().flat_map(|place| place.to_le_bytes()).collect();
    [format!("{:032x}\n", XxHash3_128::oneshot(&content)).as_bytes(), &content].concat()
}

/// Runs a program until a translation has taken over: its status and instructions, and whether one was there to begin with.
fn run(file: &str, cache: &Path, mode: &str) -> ((Option<i32>, u64), u64) {
    let mut command = command("run", &["--translate", mode, "--translate-patience", "0", "--stats=json", file]);
    let output = command.env("KVRM_CACHE", cache).output().unwrap();
    let said = errors(&output);
    let json = said.lines().find(|line| line.starts_with('{')).unwrap_or_else(|| panic!("no statistics: {said}"));
    let stats: serde_json::Value = serde_json::from_str(json).unwrap();
    let number = |name: &str| stats[name].as_u64().unwrap();
    ((output.status.code(), number("instructions")), number("translated_instructions"))
}

/// Entries that are sealed and wrong: places of other code, none, those in the middle of a block, code behind the end; and
/// what is no file.
#[test]
fn no_kept_file_changes_what_a_program_does() {
    let folder = Folder::new();
    let code = [
        mov_high(3, 400),
        mov(0, 0),
        // 1: add x0, x0, #3 ; eor x1, x1, x0 ; sub x3, x3, #1 ; cbnz x3, 1b ; and x0, x1, #0x3f
        0x9100_0c00,
        0xca00_0021,
        0xd100_0463,
        0xb5ff_ffa3,
        0x9240_1420,
        mov(8, 94),
        SVC,
    ];
    let file = folder.file("loop.elf", &elf(&code, b"")).display().to_string();
    let cache = folder.path("cache");
    let (expected, _) = run(&file, &cache, "off");
    assert!(!cache.exists(), "nothing is kept where nothing is translated");
    let (first, translated) = run(&file, &cache, "auto");
    assert_eq!(first, expected);
    assert!(translated > 0, "it ended before it was translated");
    let places = || {
        let files = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|extension| extension == "places")).collect::<Vec<_>>()
    };
    let [path] = &places()[..] else { panic!("{:?}", places()) };
    let good = fs::read(path).unwrap();
    let word = |n: usize| u32::from_le_bytes(*good[33 + 4 * n..].first_chunk().unwrap());
    let head = (0..(good.len() - 33) / 4).map(word).min().unwrap();
    let cases: [&[u32]; 4] = [&[], &[head + 1, head + 2], &[u32::MAX], &[head, 1 << 30]];
    for places in cases {
        fs::write(path, seal(places)).unwrap();
        let (found, _) = run(&file, &cache, "auto");
        assert_eq!(found, expected, "with {places:x?}");
    }
    fs::remove_file(path).unwrap();
    fs::create_dir(path).unwrap();
    assert_eq!(run(&file, &cache, "auto").0, expected, "with a folder");
}
