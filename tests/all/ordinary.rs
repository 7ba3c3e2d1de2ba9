//! Programs as people have them: C sources of `tests/ordinary/`, compiled with a plain `gcc -static` against the C library
//! that is installed, with vectorised loops and without, and compared with qemu. `KVRM_CASES=library,modes` picks some.

use crate::support::skipped;
use kvrm::linux::{Command as Guest, End};
use kvrm::machine::Machine;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const COMPILER: &str = "aarch64-linux-gnu-gcc";
const QEMU: &str = "qemu-aarch64";
const LEVELS: [&str; 3] = ["-O0", "-O2", "-O3"];
/// No program comes near it.
const MAX_CYCLES: u64 = 100_000_000;

/// Compiles a source; the error says what the compiler does.
fn compile(source: &Path, level: &str) -> Result<PathBuf, String> {
    let name = source.file_stem().unwrap().to_str().unwrap();
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ordinary-{name}{level}-{}", std::process::id()));
    let output = Command::new(COMPILER)
        .args([level, "-static", "-march=armv8-a+crypto", "-o"])
        .arg(&program)
        .arg(source)
        .arg("-lm")
        .output()
        .map_err(|error| format!("{COMPILER}: {error}"))?;
    match output.status.success() {
        true => Ok(program),
        false => Err(format!("{COMPILER}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

#[test]
fn ordinary_programs_say_what_they_say_in_qemu() {
    let mut sources: Vec<PathBuf> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ordinary"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    sources.sort();
    let picked = env::var("KVRM_CASES").ok();
    let is_picked = |source: &PathBuf| {
        let name = source.file_stem().unwrap().to_str().unwrap();
        picked.as_ref().is_none_or(|picked| picked.split(',').any(|one| one == name))
    };
    let mut machine = Machine::builder().lanes(1).build().expect("the tests need a GPU adapter");
    let mut failures = String::new();
    let mut ran = 0;
    for source in sources.iter().filter(|source| is_picked(source)) {
        for level in LEVELS {
            let program = match compile(source, level) {
                Ok(program) => program,
                Err(missing) => return skipped("ordinary programs are not run", &missing),
            };
            let expected = match Command::new(QEMU).arg(&program).output() {
                Ok(output) => output,
                Err(error) => return skipped("ordinary programs are not run", &format!("{QEMU}: {error}")),
            };
            assert!(expected.status.success() && !expected.stdout.is_empty(), "{} {level} in qemu", source.display());
            let elf = fs::read(&program).unwrap();
            fs::remove_file(&program).unwrap();
            let mut process = Guest::new("/program").start(machine, &elf).unwrap();
            process.run(MAX_CYCLES).unwrap();
            let end = End::of(&process.stop(0).reason);
            let (ours, theirs) = (process.stdout(0).bytes(), &expected.stdout[..]);
            if end != Some(End::Exited { status: 0 }) || ours != theirs {
                let [ours, theirs] = [ours, theirs].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                let line = ours.lines().zip(theirs.lines()).find(|(ours, theirs)| ours != theirs);
                failures.push_str(&format!("{} {level}: {}, {line:?}\n", source.display(), process.describe(0)));
            }
            machine = process.into_machine();
            ran += 1;
        }
    }
    assert!(ran > 0, "no program is called {picked:?}");
    assert!(failures.is_empty(), "\n{failures}");
}
