//! Benchmarks for a machine that has no compiler.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::cargo;

/// A line of what cargo says of a build.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Builds `kvrm` and the benchmarks in release and copies them into `folder`, each by its name: a benchmark that starts
/// `kvrm` takes the one beside it.
pub fn bundle(folder: &Path) -> anyhow::Result<()> {
    let folder = cargo::root().join(folder);
    let build = ["build", "--release", "--locked", "--bins", "--benches", "--message-format=json-render-diagnostics"];
    let said = cargo::output(&mut cargo::command(&build))?;
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let mut copied = 0;
    for line in said.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let message: Message = serde_json::from_slice(line).context("what cargo says of the build")?;
        let (Some(from), Some(target)) = (message.executable, message.target) else { continue };
        if !target.kind.iter().any(|kind| kind == "bench" || kind == "bin") {
            continue;
        }
        let to = folder.join(&target.name);
        fs::copy(&from, &to).with_context(|| format!("{} to {}", from.display(), to.display()))?;
        println!("{}", to.display());
        copied += 1;
    }
    ensure!(copied > 0, "cargo names no executable");
    Ok(())
}
