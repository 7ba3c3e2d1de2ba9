//! The same programs in user-mode qemu.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use kvrm::gpu::Gpu;

use crate::measure::instructions;
use crate::program::Program;

const NAMES: [&str; 2] = ["qemu-aarch64", "qemu-aarch64-static"];
/// Names the file to run.
const VARIABLE: &str = "KVRM_QEMU";
/// Work for which instructions are counted.
const COUNTED: u64 = 10;

/// A `qemu-aarch64` that runs.
pub struct Qemu {
    command: PathBuf,
    version: String,
}

impl Qemu {
    /// The one that `KVRM_QEMU` names, otherwise the first that answers of this binary's folder and of `PATH`.
    pub fn find() -> Option<Qemu> {
        let candidates = match env::var_os(VARIABLE) {
            Some(named) => vec![PathBuf::from(named)],
            None => {
                let beside = env::current_exe().ok().and_then(|file| Some(file.parent()?.to_owned()));
                let path = env::var_os("PATH").unwrap_or_default();
                let folders = beside.into_iter().chain(env::split_paths(&path));
                folders.flat_map(|folder| NAMES.map(|name| folder.join(name))).collect()
            }
        };
        candidates.into_iter().find_map(|command| {
            let output = Command::new(&command).arg("--version").output().ok()?;
            let version = String::from_utf8_lossy(&output.stdout).lines().next()?.to_owned();
            output.status.success().then_some(Qemu { command, version })
        })
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    /// Counts `program`'s instructions, and looks for the work that takes one process about `seconds`.
    pub fn prepare(&self, gpu: &Gpu, program: &Program, seconds: f64) -> anyhow::Result<Peer> {
        // The programs are linear in their work but for some digits that they print.
        let (once, twice) = (instructions(gpu, program, COUNTED)?, instructions(gpu, program, 2 * COUNTED)?);
        let mut peer = Peer {
            command: self.command.clone(),
            file: TemporaryFile::executable(program.name, program.elf)?,
            work: COUNTED,
            counts: (once, twice - once),
        };
        loop {
            let wall = peer.run(1)?.as_secs_f64();
            if wall >= seconds / 4.0 {
                peer.work = (peer.work as f64 * seconds / wall) as u64;
                return Ok(peer);
            }
            peer.work *= 4;
        }
    }
}

/// One program, ready to be run by qemu.
pub struct Peer {
    command: PathBuf,
    file: TemporaryFile,
    /// Units that each process is asked for.
    work: u64,
    /// Instructions for the first [`COUNTED`] units and for as many more.
    counts: (u64, u64),
}

impl Peer {
    /// Billions of instructions a second in `processes` processes that start together: the median of three runs.
    pub fn measure(&self, processes: usize) -> anyhow::Result<f64> {
        let each = self.counts.0 as f64 + self.counts.1 as f64 * (self.work as f64 / COUNTED as f64 - 1.0);
        let mut runs = Vec::new();
        for _ in 0..3 {
            runs.push(each * processes as f64 / self.run(processes)?.as_secs_f64() / 1e9);
        }
        runs.sort_by(f64::total_cmp);
        Ok(runs[1])
    }

    /// Time until the last process has ended.
    fn run(&self, processes: usize) -> anyhow::Result<Duration> {
        let begin = Instant::now();
        let children: Vec<Child> = (0..processes)
            .map(|_| {
                Command::new(&self.command)
                    .arg(&self.file.0)
                    .arg(Program::argument(self.work))
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .spawn()
            })
            .collect::<Result<_, _>>()
            .with_context(|| format!("running {}", self.command.display()))?;
        for mut child in children {
            let status = child.wait()?;
            // The loops end with a status of their own.
            ensure!(status.code().is_some(), "{}: {status}", self.command.display());
        }
        Ok(begin.elapsed())
    }
}

/// A file that goes away with its owner.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn executable(name: &str, bytes: &[u8]) -> anyhow::Result<TemporaryFile> {
        let file = TemporaryFile(env::temp_dir().join(format!("kvrm-bench-{}-{name}.elf", std::process::id())));
        fs::write(&file.0, bytes).with_context(|| format!("writing {}", file.0.display()))?;
        make_executable(&file.0)?;
        Ok(file)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(unix)]
fn make_executable(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}
