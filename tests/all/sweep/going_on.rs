//! Files of results that were changed, cut or deleted, and inputs that have become more.

use super::{ENDINGS, echo};
use crate::support::folder::Folder;
use crate::support::tiny::{SVC, elf, exit, mov, mov_high};
use kvrm::sweep::{Error, Finished, Inputs, Sweep};
use std::fs;
use std::path::{Path, PathBuf};

/// Writes 8 bytes that depend on the seed.
fn draws() -> Vec<u8> {
    let code = [
        vec![mov_high(0, 0x41), mov(1, 8), mov(2, 0), mov(8, 278), SVC],
        vec![mov(0, 1), mov_high(1, 0x41), mov(2, 8), mov(8, 64), SVC],
        exit(1),
    ];
    elf(&code.concat(), b"")
}

fn seeds(end: u64) -> Sweep {
    Sweep::new("draws", draws(), Inputs::seeds(0..end)).lanes(Some(8)).workers(1)
}

/// Runs it, and stops it by itself when so many inputs are done.
fn write(sweep: Sweep, out: &Path, stop_at: u64) -> Result<Finished, Error> {
    let stop = sweep.stop_flag();
    sweep.write(out, false, |progress| {
        stop.fetch_or(progress.found + progress.done >= stop_at, std::sync::atomic::Ordering::Relaxed);
    })
}

/// Where records are while the sweep is not complete.
fn data(out: &Path) -> PathBuf {
    if out.extension().is_some_and(|ending| ending == "parquet") {
        out.with_extension("parquet.journal")
    } else {
        out.into()
    }
}

/// Whatever is changed in what a sweep has written is found, and what it says to do about it helps.
#[test]
fn a_changed_file_is_never_taken_as_good() {
    let folder = Folder::new();
    for ending in ENDINGS {
        let (whole, part) = (folder.path(&format!("whole.{ending}")), folder.path(&format!("part.{ending}")));
        write(seeds(40), &whole, 40).unwrap();
        assert!(!write(seeds(40), &part, 16).unwrap().complete);
        let (path, note) = (data(&part), folder.path(&format!("part.{ending}.sweep")));
        let (good, noted) = (fs::read(&path).unwrap(), fs::read(&note).unwrap());
        let mut changes: Vec<(String, Vec<u8>)> = Vec::new();
        for at in (0..good.len()).step_by(good.len() / 3) {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            changes.push((format!("bit at {at}"), bytes));
        }
        if *ending != "parquet" {
            let text = String::from_utf8(good.clone()).unwrap();
            changes.push(("lines end as on Windows".into(), text.replace('\n', "\r\n").into()));
            let doubled: String =
                text.split_inclusive('\n').enumerate().map(|(n, line)| line.repeat(1 + usize::from(n == 9))).collect();
            changes.push(("a line twice".into(), doubled.into()));
            let lost: String =
                text.split_inclusive('\n').enumerate().filter(|(n, _)| *n != 5).map(|(_, line)| line).collect();
            changes.push((
                "a line lost, and another in its place at the end".into(),
                (lost + text.lines().next().unwrap() + "\n").into(),
            ));
        }
        for (what, bytes) in changes {
            fs::write(&path, &bytes).unwrap();
            fs::write(&note, &noted).unwrap();
            match write(seeds(40), &part, 40) {
                Err(Error::Altered { records, bytes: kept, .. }) => {
                    assert!(records < 16 && kept < good.len() as u64, "{ending}, {what}");
                    assert_eq!(fs::read(&path).unwrap(), bytes, "{ending}, {what}: untouched");
                    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
                    file.set_len(kept).unwrap();
                }
                // What is shorter was cut, and what is left is as it was.
                Ok(finished) => assert!(bytes.len() < good.len() && finished.complete, "{ending}, {what}"),
                Err(error) => panic!("{ending}, {what}: {error}"),
            }
            assert!(write(seeds(40), &part, 40).unwrap().complete);
            assert!(fs::read(&whole).unwrap() == fs::read(&part).unwrap(), "{ending}, {what}");
            fs::remove_file(&part).unwrap();
        }
        // A whole one: changed, and with something behind it.
        let good = fs::read(&whole).unwrap();
        let mut changed = good.clone();
        changed[good.len() / 2] ^= 0x10;
        for bytes in [changed, [&good[..], b"more\n"].concat()] {
            fs::write(&whole, &bytes).unwrap();
            let error = write(seeds(40), &whole, 40).unwrap_err();
            assert!(matches!(error, Error::Altered { .. } | Error::AlteredWhole { .. }), "{ending}: {error}");
            assert_eq!(fs::read(&whole).unwrap(), bytes);
        }
        fs::write(&whole, &good).unwrap();
        assert_eq!(write(seeds(40), &whole, 40).unwrap().progress.done, 0);
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_is_deleted_under_a_sweep_ends_it() {
    let folder = Folder::new();
    for ending in ENDINGS {
        for (n, victim) in ["out", "note", "folder"].into_iter().enumerate() {
            let out = folder.path(&format!("{n}/out.{ending}"));
            fs::create_dir_all(out.parent().unwrap()).unwrap();
            let result = seeds(40).write(&out, false, |progress| {
                if progress.done == 16 {
                    match victim {
                        "out" => fs::remove_file(data(&out)).unwrap(),
                        "note" => fs::remove_file(folder.path(&format!("{n}/out.{ending}.sweep"))).unwrap(),
                        _ => fs::remove_dir_all(out.parent().unwrap()).unwrap(),
                    }
                }
            });
            let error = result.unwrap_err();
            assert!(matches!(error, Error::Gone { .. }), "{ending}, {victim}: {error}");
            assert!(error.to_string().contains("was deleted"), "{error}");
            if victim == "out" {
                assert!(write(seeds(40), &out, 40).unwrap().complete, "it starts over");
            }
        }
    }
}

#[test]
fn a_corpus_may_grow() {
    let folder = Folder::new();
    for name in ["b", "d", "f"] {
        folder.file(&format!("in/{name}"), &[name.as_bytes()[0], 1]);
    }
    let sweep = || Sweep::new("echo", echo(), Inputs::files(&folder.path("in")).unwrap()).lanes(Some(2)).workers(1);
    let names = |text: &str| {
        let values = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        values
            .map(|value| (value["input"].as_str().unwrap().to_owned(), value["status"].as_i64().unwrap()))
            .collect::<Vec<_>>()
    };
    let out = folder.path("out.jsonl");
    // It grows while it is not complete, and when it is.
    assert!(!write(sweep(), &out, 2).unwrap().complete);
    folder.file("in/a", b"a\x01");
    folder.file("in/e", b"e\x01");
    let finished = write(sweep(), &out, 9).unwrap();
    assert_eq!((finished.complete, finished.progress.found, finished.progress.done), (true, 2, 3));
    folder.file("in/c", b"c\x01");
    let finished = write(sweep(), &out, 9).unwrap();
    assert_eq!((finished.complete, finished.progress.found, finished.progress.done), (true, 5, 1));
    let text = fs::read_to_string(&out).unwrap();
    let expected = ["b", "d", "f", "a", "e", "c"].map(|name| (name.to_owned(), i64::from(name.as_bytes()[0])));
    assert_eq!(names(&text), expected);
    assert_eq!(write(sweep(), &out, 9).unwrap().progress.done, 0);

    fs::write(folder.path("in/d"), b"longer").unwrap();
    let error = write(sweep(), &out, 9).unwrap_err().to_string();
    assert!(error.contains("file d had 2 bytes"), "{error}");
    fs::remove_file(folder.path("in/d")).unwrap();
    let error = write(sweep(), &out, 9).unwrap_err().to_string();
    assert!(error.contains("of 6 inputs, and there are 5"), "{error}");
    folder.file("in/g", b"g\x01");
    let error = write(sweep(), &out, 9).unwrap_err().to_string();
    assert!(error.contains("file d is not there"), "{error}");
    assert_eq!(fs::read_to_string(&out).unwrap(), text);

    // Seeds and lines grow as well.
    let out = folder.path("seeds.csv");
    write(seeds(9), &out, 9).unwrap();
    assert_eq!(write(seeds(20), &out, 20).unwrap().progress.done, 11);
    let whole = folder.path("whole.csv");
    write(seeds(20), &whole, 20).unwrap();
    assert!(fs::read(&out).unwrap() == fs::read(&whole).unwrap());
    let lines = |text: &str| {
        let lines = folder.file("lines", text.as_bytes());
        Sweep::new("echo", echo(), Inputs::lines(&lines).unwrap()).workers(1)
    };
    let out = folder.path("lines.csv");
    write(lines("a\nb\n"), &out, 9).unwrap();
    assert_eq!(write(lines("a\nb\nc"), &out, 9).unwrap().progress.done, 1);
    assert!(write(lines("a\nb\nc\n"), &out, 9).unwrap().complete);
    let error = write(lines("a\nB\nc\n"), &out, 9).unwrap_err().to_string();
    assert!(error.contains("lines 1 to 2 were others"), "{error}");

    // What cannot grow says so.
    let shard = |end| Sweep::new("draws", draws(), Inputs::seeds(0..end)).shard(0, 2);
    let out = folder.path("shard.csv");
    write(shard(8), &out, 9).unwrap();
    assert!(matches!(write(shard(9), &out, 9), Err(Error::CannotGrow { found: 8, inputs: 9, .. })));
    if cfg!(feature = "parquet") {
        let out = folder.path("out.parquet");
        write(seeds(8), &out, 8).unwrap();
        let error = write(seeds(9), &out, 9).unwrap_err().to_string();
        assert!(error.contains("Parquet") && error.contains("8 inputs"), "{error}");
    }
}
