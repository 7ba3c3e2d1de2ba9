//! The `kvrm` command as a shell sees it: exit status, streams, messages.

mod tiny;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tiny::{SPIN, SVC, elf, exit, mov, mov_high, write};

/// A file that is removed again.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new(name: &str, contents: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("kvrm-{}-{name}", std::process::id()));
        std::fs::write(&path, contents).expect("the temporary directory can be written");
        Self(path)
    }

    fn text(&self) -> String {
        self.0.display().to_string()
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn kvrm(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kvrm")).arg("run").args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn output_and_exit_status_are_the_programs() {
    let program = TemporaryFile::new("hello", &elf(&[write(6), exit(42)].concat(), b"hello\n"));
    let output = kvrm(&[&program.text()]);
    assert_eq!(output.status.code(), Some(42));
    assert_eq!(output.stdout, b"hello\n");
    assert_eq!(errors(&output), "");
}

#[test]
fn arguments_after_the_program_are_the_programs() {
    // write(1, argv[1], 7)
    let code = [vec![mov(0, 1), 0xf940_0be1, mov(2, 7), mov(8, 64), SVC], exit(0)].concat();
    let program = TemporaryFile::new("arguments", &elf(&code, b""));
    let output = kvrm(&["--seed", "1", &program.text(), "--lanes", "--stats"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"--lanes"[..]), "{}", errors(&output));
}

#[test]
fn stats_are_one_json_object() {
    let program = TemporaryFile::new("stats", &elf(&[write(6), exit(7)].concat(), b"hello\n"));
    let output = kvrm(&["--stats=json", "--lanes", "5", &program.text()]);
    assert_eq!(output.status.code(), Some(7));
    let stats: serde_json::Value = serde_json::from_slice(&output.stderr).expect("nothing but JSON");
    assert_eq!(stats["lanes"], 5);
    assert_eq!(stats["lane_instructions"], 9);
    assert_eq!(stats["instructions"], 45);
    assert_eq!(stats["system_calls"], 10);
    assert_eq!(stats["stop"], "exited with status 7");
    assert_eq!(stats["exit_status"], 7);
    assert!(stats["mips"].as_f64().unwrap() > 0.0 && stats["wall_seconds"].as_f64().unwrap() > 0.0);
    assert!(!stats["adapter"].as_str().unwrap().is_empty());
    let output = kvrm(&["--stats", &program.text()]);
    assert!(errors(&output).contains("instructions  9 in lane 0, 9 in all"), "{}", errors(&output));
}

#[test]
fn a_fault_is_one_line_and_a_signal() {
    let program = TemporaryFile::new("fault", &elf(&[mov(1, 0), 0xf940_0020], b""));
    let output = kvrm(&[&program.text()]);
    assert_eq!(output.status.code(), Some(139));
    assert_eq!(errors(&output), "kvrm: lane 0: memory fault: read of 0x0 (unmapped) at pc 0x400104: ldr x0, [x1]\n");
}

#[test]
fn the_cycle_limit_is_status_124() {
    let program = TemporaryFile::new("spin", &elf(&[SPIN], b""));
    let output = kvrm(&["--max-cycles", "100000", &program.text()]);
    assert_eq!(output.status.code(), Some(124));
    assert_eq!(errors(&output), "kvrm: lane 0: cycle limit at pc 0x400100\n");
}

#[test]
fn system_calls_are_traced() {
    let program = TemporaryFile::new("trace", &elf(&[write(6), exit(0)].concat(), b"hello\n"));
    let output = kvrm(&["--strace", &program.text()]);
    assert_eq!(errors(&output), "write(1, \"hello\\n\", 6) = 6\nexit_group(0) = ?\n");
}

#[test]
fn lanes_that_differ_are_reported() {
    // getrandom(ZEROS, 8, 0); write(1, ZEROS, 8); exit
    let code = [
        vec![mov_high(0, 0x41), mov(1, 8), mov(2, 0), mov(8, 278), SVC],
        vec![mov(0, 1), mov_high(1, 0x41), mov(2, 8), mov(8, 64), SVC],
        exit(0),
    ]
    .concat();
    let program = TemporaryFile::new("random", &elf(&code, b""));
    let output = kvrm(&["--lanes", "9", &program.text()]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 8));
    let text = errors(&output);
    assert!(
        text.starts_with("kvrm: 8 of 9 lanes differ from lane 0:\nkvrm: lane 1: output differs from byte"),
        "{text}"
    );
    assert!(text.ends_with("kvrm: and 4 more\n"), "{text}");
}

#[test]
fn standard_input_is_passed_on() {
    // read(0, ZEROS, 100); write(1, ZEROS, x0); exit
    let code = [
        vec![mov(0, 0), mov_high(1, 0x41), mov(2, 100), mov(8, 63), SVC],
        vec![0xaa00_03e2, mov(0, 1), mov(8, 64), SVC],
        exit(0),
    ]
    .concat();
    let program = TemporaryFile::new("input", &elf(&code, b""));
    let mut child = Command::new(env!("CARGO_BIN_EXE_kvrm"))
        .args(["run", &program.text()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"from outside").unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"from outside");
}

#[test]
fn a_closed_output_ends_the_program_quietly() {
    // 1: write(1, DATA, 6); b 1b
    let mut code = write(6);
    code.push(0x17ff_fffa);
    let program = TemporaryFile::new("closed", &elf(&code, b"hello\n"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_kvrm"))
        .args(["run", &program.text()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(128 + 13));
    assert_eq!(errors(&output), "");
}

#[test]
fn info_marks_the_adapter_in_use() {
    let output = Command::new(env!("CARGO_BIN_EXE_kvrm")).arg("info").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(String::from_utf8_lossy(&output.stdout).lines().any(|line| line.starts_with("* ")));
}

#[test]
fn what_cannot_run_is_said() {
    let x86 = {
        let mut file = elf(&exit(0), b"");
        file[18] = 62;
        TemporaryFile::new("x86", &file)
    };
    let script = TemporaryFile::new("script", b"#!/bin/sh\n");
    let small = TemporaryFile::new("small", &elf(&exit(0), b""));
    for (arguments, status, message) in [
        (vec![x86.text()], 126, "x86-64"),
        (vec![script.text()], 126, "a script"),
        (vec!["/no/such/program".into()], 127, "/no/such/program"),
        (vec!["--memory".into(), "64K".into(), small.text()], 126, "--memory"),
        (vec!["--lanes".into(), "0".into(), small.text()], 125, "at least one lane"),
        (vec!["--adapter".into(), "no such adapter".into(), small.text()], 125, "no such adapter"),
        (vec!["--memory".into(), "much".into(), small.text()], 2, "not a size"),
        (vec!["--bogus".into(), small.text()], 2, "--bogus"),
        (vec![], 2, "PROGRAM"),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = kvrm(&arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", errors(&output));
        assert!(errors(&output).contains(message), "{arguments:?}: {}", errors(&output));
    }
}
