//! The cases of `manifest.txt`: which programs there are, and what they are started with.

use std::fs;
use std::path::{Path, PathBuf};

use kvrm::linux::Command;

/// One paragraph of the manifest.
#[derive(Clone, Default)]
pub struct Case {
    pub name: String,
    pub program: String,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    stdin: Option<String>,
}

/// `tests/programs`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs")
}

/// All cases.
pub fn cases() -> Vec<Case> {
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
    pub fn files(&self) -> Vec<(String, PathBuf)> {
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

    /// What starts it.
    pub fn command(&self) -> Command {
        let command = Command::new(&self.program).arguments(&self.arguments);
        let command = self.variables.iter().fold(command, |command, (key, value)| command.variable(key, value));
        match &self.stdin {
            Some(name) => command.stdin(fs::File::open(folder().join("stdin").join(name)).unwrap()),
            None => command,
        }
    }
}
