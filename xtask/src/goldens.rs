//! Translations that are kept to be compared with.

use anyhow::{Context as _, ensure};

use crate::cargo;

/// Lets the test that compares them write them instead.
pub fn write(name: Option<&str>) -> anyhow::Result<()> {
    let mut command = cargo::command(&["test", "--test", "all", "golden::", "--", "--nocapture"]);
    command.env("KVRM_WRITE_GOLDENS", "1").envs(name.map(|name| ("KVRM_GOLDEN", name)));
    let status = command.status().with_context(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
