//! The guest programs of `tests/programs/` on one lane, compared with what qemu-aarch64 gave for them.
//! `KVRM_CASES=sha256,wc` in the environment picks cases by name.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::support::cases::{Case, cases, folder};
use kvrm::linux;
use kvrm::machine::{Machine, StopReason};

/// No program comes near it: one that does is lost in a loop.
const MAX_CYCLES: u64 = 20_000_000;

/// How a program ends, in the words of `expect/CASE.txt`.
#[derive(Debug, PartialEq)]
enum End {
    Status(i32),
    Signal(i32),
    Other(StopReason),
}

/// What qemu-aarch64 gave for a case.
struct Expectation {
    end: End,
    stdout: Vec<u8>,
    /// The label of an ELF file (`O0`, `O2`, or nothing) and the instructions that it retires.
    instructions: Vec<(String, u64)>,
}

impl Expectation {
    fn of(case: &Case) -> Self {
        let path = folder().join("expect").join(&case.name);
        let text = fs::read_to_string(path.with_extension("txt")).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        let mut end = None;
        let mut instructions = Vec::new();
        for line in text.lines() {
            let (key, value) = line.split_once(": ").expect("KEY: VALUE");
            match key.split_once(' ').unwrap_or((key, "")) {
                ("status", "") => end = Some(End::Status(value.parse().unwrap())),
                ("signal", "") => end = Some(End::Signal(value.parse().unwrap())),
                ("instructions", label) => instructions.push((label.to_owned(), value.parse().unwrap())),
                _ => panic!("{}: what is {line:?}?", case.name),
            }
        }
        Self {
            end: end.expect("status or signal"),
            stdout: fs::read(path.with_extension("stdout")).unwrap(),
            instructions,
        }
    }
}

/// Runs one ELF file and returns the machine, and what differs from the expectation.
fn run(case: &Case, machine: Machine, label: &str, file: &Path, expected: &Expectation) -> (Machine, String) {
    let elf = fs::read(file).unwrap();
    let mut process = case.command().start(machine, &elf).unwrap_or_else(|e| panic!("{}: {e}", case.name));
    process.run(MAX_CYCLES).unwrap_or_else(|e| panic!("{}: {e}", case.name));

    let stop = *process.stop(0);
    let end = match (linux::End::of(&stop.reason), linux::signal(&stop.reason)) {
        (Some(linux::End::Exited { status }), _) => End::Status(status & 0xff),
        (_, Some(signal)) => End::Signal(signal.0),
        (_, None) => End::Other(stop.reason),
    };
    let mut differs = String::new();
    if end != expected.end {
        writeln!(differs, "  ended with {end:?}, not {:?}: {}", expected.end, process.describe(0)).unwrap();
    }
    let stdout = process.stdout(0).bytes();
    if stdout != expected.stdout {
        let (ours, theirs) = (String::from_utf8_lossy(stdout), String::from_utf8_lossy(&expected.stdout));
        let line = ours.lines().zip(theirs.lines()).take_while(|(a, b)| a == b).count();
        let (a, b) = (ours.lines().nth(line), theirs.lines().nth(line));
        writeln!(differs, "  line {} of its output is\n    {a:?}, not\n    {b:?}", line + 1).unwrap();
    }
    if let Some((_, count)) = expected.instructions.iter().find(|(of, _)| of == label)
        && stop.retired != *count
    {
        writeln!(differs, "  retired {} instructions, not {count}", stop.retired).unwrap();
    }
    (process.into_machine(), differs)
}

#[test]
fn programs_do_what_they_do_in_qemu() {
    let picked = std::env::var("KVRM_CASES").ok();
    let picked: Option<Vec<&str>> = picked.as_deref().map(|names| names.split(',').collect());
    let mut machine = Machine::builder().lanes(1).build().expect("the tests need a GPU adapter");
    let mut ran = 0;
    let mut failures = String::new();
    for case in cases().iter().filter(|case| picked.as_ref().is_none_or(|names| names.contains(&&*case.name))) {
        let expected = Expectation::of(case);
        for (label, file) in case.files() {
            let differs;
            (machine, differs) = run(case, machine, &label, &file, &expected);
            ran += 1;
            if !differs.is_empty() {
                writeln!(failures, "{} ({}):", case.name, file.file_name().unwrap().display()).unwrap();
                failures.push_str(&differs);
            }
        }
    }
    assert!(ran > 0, "no case is called {picked:?}");
    assert!(failures.is_empty(), "\n{failures}");
}

/// Nothing in the folder is forgotten: each source has its ELF files, each ELF file a case, each case its expectation.
#[test]
fn the_folder_is_complete() {
    let names = |folder_name: &str, extensions: &[&str]| -> BTreeSet<String> {
        let entries = fs::read_dir(folder().join(folder_name)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| extensions.contains(&path.extension().unwrap().to_str().unwrap()))
            .map(|path| path.file_name().unwrap().to_str().unwrap().split('.').next().unwrap().to_owned())
            .collect()
    };
    let cases = cases();
    let programs: BTreeSet<String> = cases.iter().map(|case| case.program.clone()).collect();
    let cases: BTreeSet<String> = cases.into_iter().map(|case| case.name).collect();
    assert_eq!(names("src", &["c", "s"]), programs);
    assert_eq!(names("elf", &["elf"]), programs);
    assert_eq!(names("expect", &["txt"]), cases);
    assert_eq!(names("expect", &["stdout"]), cases);
}
