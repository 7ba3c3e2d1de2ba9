//! Sweeps that run translated code.

use crate::support::folder::Folder;
use crate::support::tiny::{SVC, elf, mov, mov_high};
use crate::support::{command, errors, npy};
use std::fs;
use std::path::Path;

/// What ran translated is said, and changes no byte: with any batches, of several machines, where a file goes on that was
/// begun without, and from a fork. What coverage looks at is interpreted.
#[test]
fn translated_sweeps_give_the_same_bytes() {
    let folder = Folder::new();
    let setup = [mov_high(0, 0x41), mov(1, 8), mov(2, 0), mov(8, 278), SVC, mov_high(1, 0x41)];
    let rounds = [
        // ldr x4, [x1] ; and x3, x4, #0x3fff ; add x3, x3, #1000
        0xf940_0024,
        0x9240_3483,
        0x910f_a063,
        // 1: add x5, x5, x3 ; eor x6, x6, x5, lsl #3 ; tbz x6, #5, 2f ; str x6, [x1, #8]
        0x8b03_00a5,
        0xca05_0cc6,
        0x3628_0046,
        0xf900_0426,
        // 2: ldr x7, [x1, #8] ; subs x3, x3, #1 ; b.ne 1b ; and x0, x7, #0x3f
        0xf940_0427,
        0xf100_0463,
        0x54ff_ff41,
        0x9240_14e0,
    ];
    let code = [&setup[..], &rounds, &[mov(8, 94), SVC]].concat();
    let file = folder.file("tiny.elf", &elf(&code, b"")).display().to_string();
    let run = |out: &Path, range: &str, options: &[&str]| {
        let mut command = command("sweep", &["--seed-range", range, "--out", &out.display().to_string()]);
        command.args(options).arg(&file).env("KVRM_CACHE", folder.path("cache"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{options:?}: {}", errors(&output));
        errors(&output)
    };
    let whole = folder.path("whole.csv");
    let off = run(&whole, "0..200", &["--lanes", "64"]);
    assert!(!off.contains("ran translated"), "{off}");
    let bytes = fs::read(&whole).unwrap();
    for (n, options) in
        [&["--lanes", "32", "--workers", "2"][..], &["--lanes", "7", "--workers", "1"]].iter().enumerate()
    {
        let out = folder.path(&format!("{n}.csv"));
        let said = run(&out, "0..200", &[options, &["--translate", "all"][..]].concat());
        assert!(said.contains("99.9 % of the instructions ran") || said.contains("100.0 % of"), "{said}");
        assert!(fs::read(&out).unwrap() == bytes, "{options:?}");
    }
    assert!(fs::read_dir(folder.path("cache")).unwrap().count() > 0, "the translation is kept");
    // What an interrupted sweep leaves.
    fs::OpenOptions::new().write(true).open(&whole).unwrap().set_len(bytes.len() as u64 / 2).unwrap();
    let said = run(&whole, "0..200", &["--lanes", "32", "--translate", "all"]);
    assert!(said.contains("were there already") && said.contains("ran translated"), "{said}");
    assert!(fs::read(&whole).unwrap() == bytes, "gone on with");

    let (forked, again) = (folder.path("forked.csv"), folder.path("again.csv"));
    // Where the rounds begin: seeds have been drawn, so all runs are alike.
    let fork = ["--lanes", "8", "--fork-at", "0x400118", "--patch"];
    let rows: Vec<u8> = (0..40_u64).flat_map(|n| (n * n).to_le_bytes()).collect();
    let patch = format!("0x410000={}", folder.file("rows.npy", &npy("<u8", "False", "(40,)", &rows)).display());
    let fork = |out: &Path, options: &[&str]| {
        let mut command =
            command("sweep", &[&fork[..], &[&patch, "--out", &out.display().to_string()], options, &[&file]].concat());
        let output = command.env("KVRM_CACHE", folder.path("cache")).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        errors(&output)
    };
    fork(&forked, &[]);
    assert!(fork(&again, &["--translate", "all"]).contains("ran translated"));
    assert!(fs::read(&forked).unwrap() == fs::read(&again).unwrap(), "from a fork");

    let covered = run(&folder.path("edges.csv"), "0..8", &["--coverage", "--translate", "all"]);
    assert!(!covered.contains("ran translated"), "{covered}");
}

/// A sweep of runs that are over before anybody looks: short slices find out where they are, and the translation takes
/// over between two batches, once for both machines.
#[test]
fn sweeps_of_short_runs_are_translated_meanwhile() {
    let folder = Folder::new();
    // mov x3, #700 ; 1: eor x4, x4, x3, lsl #1 ; subs x3, x3, #1 ; b.ne 1b ; and x0, x4, #0x7f
    let code = [&[mov(3, 700), 0xca03_0484, 0xf100_0463, 0x54ff_ffc1, 0x9240_1880, mov(8, 94), SVC][..]].concat();
    let file = folder.file("tiny.elf", &elf(&code, b"")).display().to_string();
    let mut inputs = 1000;
    loop {
        let out = folder.path(&format!("{inputs}.csv"));
        let range = format!("0..{inputs}");
        let mut command =
            command("sweep", &["--seed-range", &range, "--out", &out.display().to_string(), "--lanes", "32"]);
        command.args(["--translate", "auto", "--translate-patience", "0", &file]);
        let output = command.env("KVRM_CACHE", "off").output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        let text = fs::read_to_string(&out).unwrap();
        let (_, first) = text.lines().nth(1).unwrap().split_once(',').unwrap();
        for (n, line) in text.lines().skip(1).enumerate() {
            assert_eq!(line, format!("{n},{first}"), "they all do the same");
        }
        if errors(&output).contains("ran translated") {
            break;
        }
        assert!(inputs < 1 << 24, "nothing was translated: {}", errors(&output));
        inputs *= 4;
    }
}
