//! A `qemu-aarch64` process for each input, as many at a time as there are cores.

use std::env;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::frames;

/// The statically linked one starts faster.
const NAMES: [&str; 2] = ["qemu-aarch64-static", "qemu-aarch64"];

/// A qemu that runs.
pub struct Qemu {
    command: PathBuf,
    version: String,
}

impl Qemu {
    /// The one that `KVRM_QEMU` names, otherwise the first that answers of this binary's folder and of `PATH`.
    pub fn find() -> Option<Qemu> {
        let candidates = match env::var_os("KVRM_QEMU") {
            Some(named) => vec![PathBuf::from(named)],
            None => {
                let beside = env::current_exe().ok().and_then(|file| Some(file.parent()?.to_owned()));
                let path = env::var_os("PATH").unwrap_or_default();
                let folders: Vec<PathBuf> = beside.into_iter().chain(env::split_paths(&path)).collect();
                NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).collect()
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

    /// Runs `program` on each of the files, which are its standard input, and returns the time for all, and of each
    /// what it wrote and its exit status. What starts the processes is this one: no shell is between.
    #[expect(clippy::type_complexity, reason = "time, and of each input what came of it")]
    pub fn measure(
        &self,
        program: &Path,
        inputs: &Path,
        count: u64,
    ) -> anyhow::Result<(Duration, Vec<(String, Option<i32>)>)> {
        let outputs = Mutex::new(vec![(String::new(), None); count as usize]);
        let next = AtomicU64::new(0);
        let run = || -> anyhow::Result<()> {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= count {
                    return Ok(());
                }
                let input = File::open(inputs.join(frames::name(n)))?;
                let output = Command::new(&self.command).arg(program).stdin(input).stderr(Stdio::null()).output()?;
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                outputs.lock().expect("no thread panics")[n as usize] = (text, output.status.code());
            }
        };
        let begin = Instant::now();
        let threads = std::thread::available_parallelism()?.get();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
            threads.into_iter().try_for_each(|thread| thread.join().expect("no thread panics"))
        })?;
        Ok((begin.elapsed(), outputs.into_inner().expect("no thread panics")))
    }
}
