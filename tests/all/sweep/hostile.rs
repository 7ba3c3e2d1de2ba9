//! Names and files that are made to do harm.

use super::echo;
use crate::support::folder::Folder;
use crate::support::tiny::{ENTRY, elf, mov, with_symbols};
use crate::support::{errors, kvrm};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Reads address 8 in a function of this name.
fn faults_in(name: &[u8]) -> Vec<u8> {
    // mov x0, #8 ; ldr x1, [x0]
    with_symbols(elf(&[mov(0, 8), 0xf940_0001], b""), &[(name, ENTRY, 8)])
}

fn hidden(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).contains(|c: char| kvrm::escape::is_hidden(c) && c != '\n')
}

#[test]
fn a_symbol_of_several_lines_loses_no_record() {
    let folder = Folder::new();
    let file = folder.file("newline.elf", &faults_in(b"a\nb,\"c\x1b[2J\xff")).display().to_string();
    let out = folder.path("out.csv");
    let sweep = || {
        let out = out.display().to_string();
        kvrm("sweep", &["--seed-range", "0..40", "--lanes", "8", "--out", &out, &file])
    };
    let output = sweep();
    assert!(output.status.success(), "{}", errors(&output));
    assert!(!hidden(&output.stderr) && errors(&output).contains("a\\nb,\"c\\x1b[2J\\xff+0x4"), "{}", errors(&output));
    let whole = fs::read_to_string(&out).unwrap();
    assert_eq!(whole.lines().count(), 41);
    let part: String = whole.split_inclusive('\n').take(12).collect();
    fs::write(&out, part).unwrap();
    let output = sweep();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(fs::read_to_string(&out).unwrap(), whole);
}

#[cfg(unix)]
#[test]
fn names_of_files_stay_apart_and_give_the_terminal_no_orders() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = Folder::new();
    let names: [&[u8]; 6] = [b"a\nb", b"a\\nb", b"a\\\\nb", b"\xff", b"\\xff", b"\x1b]0;x\x07,\""];
    for name in names {
        fs::create_dir_all(folder.path("in")).unwrap();
        fs::write(folder.path("in").join(std::ffi::OsStr::from_bytes(name)), b"\x07\x01").unwrap();
    }
    let file = folder.file("echo.elf", &echo()).display().to_string();
    let inputs = folder.path("in").display().to_string();
    let output = kvrm("sweep", &["--stdin-dir", &inputs, &file]);
    assert!(output.status.success() && !hidden(&output.stdout) && !hidden(&output.stderr), "{}", errors(&output));
    let lines = String::from_utf8(output.stdout).unwrap();
    let found = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["input"].clone());
    let found: std::collections::BTreeSet<String> = found.map(|name| name.as_str().unwrap().to_owned()).collect();
    assert_eq!(found, names.map(|name| kvrm::escape::name(name).into_owned()).into());
    for arguments in [
        &["--stdin-dir", &inputs, "/no/such\x1b[2J"][..],
        &["--args-file", "/no/such\x1b[2J", &file],
        &["--patch", "main\x1b[2J=/no/such\x1b[2J.npy", &file],
        &["--seed-range", "0..1", "--out", "/no/such\x1b[2J.csv", &file],
        &["--seed-range", "0..1", "--fork-at", "\u{9b}2J", &file],
        &["--seed-range", "\u{9b}2J", &file],
    ] {
        let output = kvrm("sweep", arguments);
        assert!(!output.status.success() && !hidden(&output.stderr), "{arguments:?}: {}", errors(&output));
        assert!(errors(&output).contains("2J"), "{arguments:?}: {}", errors(&output));
    }
}

#[cfg(unix)]
fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Opening a pipe would wait for ever, and a device may never end.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_waited_for() {
    let folder = Folder::new();
    let file = folder.file("echo.elf", &echo()).display().to_string();
    folder.file("in/a", b"\x05\x02");
    make_pipe(&folder.path("in/b"));
    std::os::unix::fs::symlink("/dev/zero", folder.path("in/c")).unwrap();
    folder.file("in/d", b"\x06\x02");
    let inputs = folder.path("in").display().to_string();
    let output = kvrm("sweep", &["--stdin-dir", &inputs, &file]);
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let stops: Vec<&str> = lines.iter().map(|line| line["stop"].as_str().unwrap()).collect();
    assert_eq!(stops, ["exited", "input_error", "input_error", "exited"]);
    assert!(lines[1]["detail"].as_str().unwrap().contains("pipe"), "{}", lines[1]);
    assert!(lines[2]["detail"].as_str().unwrap().contains("device"), "{}", lines[2]);

    let pipe = folder.path("pipe.npy");
    make_pipe(&pipe);
    let pipe = pipe.display().to_string();
    let out = folder.path("out.npy").display().to_string();
    for (path, kind) in [(pipe.as_str(), "pipe"), ("/dev/zero", "device"), ("/", "folder")] {
        for arguments in [
            &["run", path][..],
            &["sweep", "--seed-range", "0..1", path],
            &["sweep", "--args-file", path, &file],
            &["sweep", "--patch", &format!("0x410000={path}"), &file],
            &["conform", path],
            &["translate", path],
            &["trace", "--memory", &out, path],
            &["infer", "simple", path, &out],
            &["burst", "--model", path],
            &["run", "--oracle-weights", path, &file],
        ] {
            // A folder is what weights may be in.
            if path == "/" && arguments.contains(&"--oracle-weights") {
                continue;
            }
            let output = kvrm(arguments[0], &arguments[1..]);
            assert!(!output.status.success(), "{arguments:?}");
            assert!(errors(&output).contains(kind), "{arguments:?}: {}", errors(&output));
        }
    }
}
