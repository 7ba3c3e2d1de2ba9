//! The guest programs of `tests/programs/` on one lane, compared with what qemu-aarch64 gave for them.
//! `KVRM_CASES=sha256,wc` in the environment picks cases by name.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use kvrm::linux::{self, Command};
use kvrm::machine::{Machine, StopReason};

/// No program comes near it: one that does is lost in a loop.
const MAX_CYCLES: u64 = 20_000_000;

/// One paragraph of the manifest.
#[derive(Default)]
struct Case {
    name: String,
    program: String,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    stdin: Option<String>,
}

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

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs")
}

fn cases() -> Vec<Case> {
    let manifest = fs::read_to_string(folder().join("manifest.txt")).unwrap();
    let mut cases: Vec<Case> = Vec::new();
    for line in manifest.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (key, value) = line.split_once(':').unwrap_or_else(|| panic!("manifest.txt: what is {line:?}?"));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        if key == "case" {
            cases.push(Case { name: value.clone(), program: value, ..Case::default() });
            continue;
        }
        let case = cases.last_mut().expect("manifest.txt: a case comes first");
        match key {
            "program" => case.program = value,
            "arg" => case.arguments.push(value),
            "env" => {
                let (key, value) = value.split_once('=').expect("env: NAME=VALUE");
                case.variables.push((key.to_owned(), value.to_owned()));
            }
            "stdin" => case.stdin = Some(value),
            "instructions" => {} // for `record`
            _ => panic!("manifest.txt: what is {line:?}?"),
        }
    }
    cases
}

impl Case {
    /// The ELF files of the program, each with its label.
    fn files(&self) -> Vec<(String, PathBuf)> {
        let elf = folder().join("elf");
        let files: Vec<_> = ["", "O0", "O2"]
            .into_iter()
            .map(|label| {
                let dot = if label.is_empty() { "" } else { "." };
                (label.to_owned(), elf.join(format!("{}{dot}{label}.elf", self.program)))
            })
            .filter(|(_, path)| path.exists())
            .collect();
        assert!(!files.is_empty(), "{}: no elf/{}*.elf", self.name, self.program);
        files
    }

    fn expectation(&self) -> Expectation {
        let path = folder().join("expect").join(&self.name);
        let text = fs::read_to_string(path.with_extension("txt")).unwrap_or_else(|e| panic!("{}: {e}", self.name));
        let mut end = None;
        let mut instructions = Vec::new();
        for line in text.lines() {
            let (key, value) = line.split_once(": ").expect("KEY: VALUE");
            match key.split_once(' ').unwrap_or((key, "")) {
                ("status", "") => end = Some(End::Status(value.parse().unwrap())),
                ("signal", "") => end = Some(End::Signal(value.parse().unwrap())),
                ("instructions", label) => instructions.push((label.to_owned(), value.parse().unwrap())),
                _ => panic!("{}: what is {line:?}?", self.name),
            }
        }
        Expectation {
            end: end.expect("status or signal"),
            stdout: fs::read(path.with_extension("stdout")).unwrap(),
            instructions,
        }
    }

    fn command(&self) -> Command {
        let command = Command::new(&self.program).arguments(&self.arguments);
        let command = self.variables.iter().fold(command, |command, (key, value)| command.variable(key, value));
        match &self.stdin {
            Some(name) => command.stdin(fs::File::open(folder().join("stdin").join(name)).unwrap()),
            None => command,
        }
    }

    /// Runs one ELF file and returns the machine, and what differs from the expectation.
    fn run(&self, machine: Machine, label: &str, file: &Path, expected: &Expectation) -> (Machine, String) {
        let elf = fs::read(file).unwrap();
        let mut process = self.command().start(machine, &elf).unwrap_or_else(|e| panic!("{}: {e}", self.name));
        process.run(MAX_CYCLES).unwrap_or_else(|e| panic!("{}: {e}", self.name));

        let stop = *process.stop(0);
        let end = match (stop.reason, linux::signal(&stop.reason)) {
            (StopReason::Exited { status }, _) => End::Status(status & 0xff),
            (_, Some(signal)) => End::Signal(signal.0),
            (reason, None) => End::Other(reason),
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
}

#[test]
fn programs_do_what_they_do_in_qemu() {
    let picked = std::env::var("KVRM_CASES").ok();
    let picked: Option<Vec<&str>> = picked.as_deref().map(|names| names.split(',').collect());
    let mut machine = Machine::builder().lanes(1).build().expect("the tests need a GPU adapter");
    let mut ran = 0;
    let mut failures = String::new();
    for case in cases().iter().filter(|case| picked.as_ref().is_none_or(|names| names.contains(&&*case.name))) {
        let expected = case.expectation();
        for (label, file) in case.files() {
            let differs;
            (machine, differs) = case.run(machine, &label, &file, &expected);
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
