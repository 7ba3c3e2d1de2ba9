//! The page of instructions.

use std::fs;

use anyhow::Context as _;

use crate::cargo;

const PAGE: &str = "docs/INSTRUCTIONS.md";

/// Writes the page that `kvrm isa --markdown` prints.
pub fn write() -> anyhow::Result<()> {
    let page = cargo::output(&mut cargo::command(&["run", "--quiet", "--", "isa", "--markdown"]))?;
    fs::write(cargo::root().join(PAGE), page).context(PAGE)
}
