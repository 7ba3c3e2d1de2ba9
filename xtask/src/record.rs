//! The picture in the README: a terminal in which `kvrm` runs some commands, drawn from what they print.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// Run by a shell in a folder that has the repository's `tests`.
const COMMANDS: [&str; 4] = [
    "kvrm run tests/programs/elf/hello.O2.elf",
    "kvrm run --lanes 64 --stats tests/programs/elf/sha256.O2.elf",
    "kvrm sweep --stdin-dir tests/programs/src --keep-output --out sums.csv tests/programs/elf/sha256_stdin.O2.elf",
    "head -3 sums.csv | cut -d, -f 1,2,3,5,16",
];
const PICTURE: &str = "docs/kvrm.svg";
const COLUMNS: usize = 118;
// Pixels.
const CHARACTER: f64 = 7.3;
const LINE: usize = 17;
const MARGIN: usize = 14;

/// Runs the commands with this `kvrm` and draws `docs/kvrm.svg`.
pub fn record(root: &Path, kvrm: &Path) -> anyhow::Result<PathBuf> {
    let kvrm = kvrm.canonicalize().with_context(|| kvrm.display().to_string())?;
    ensure!(kvrm.file_stem().is_some_and(|name| name == "kvrm"), "{}: not called kvrm", kvrm.display());
    let folder = std::env::temp_dir().join(format!("kvrm-record-{}", std::process::id()));
    fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
    let lines = run(root, &kvrm, &folder);
    fs::remove_dir_all(&folder)?;
    let picture = root.join(PICTURE);
    fs::write(&picture, draw(&lines?)).with_context(|| picture.display().to_string())?;
    Ok(picture)
}

/// Commands and what they print, `$ ` before each command.
fn run(root: &Path, kvrm: &Path, folder: &Path) -> anyhow::Result<Vec<String>> {
    let tests = root.join("tests").canonicalize()?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(&tests, folder.join("tests"))?;
    #[cfg(not(unix))]
    anyhow::bail!("{}: pictures are taken on Unix", tests.display());
    let bin = kvrm.parent().context("kvrm is in no folder")?.display();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
    let mut lines = Vec::new();
    for command in COMMANDS {
        lines.push(format!("$ {command}"));
        // Both streams as a terminal shows them.
        let both = format!("exec 2>&1; {command}");
        let output = Command::new("sh").args(["-c", &both]).current_dir(folder).env("PATH", &path).output()?;
        ensure!(output.status.success(), "{command}: {}", output.status);
        lines.extend(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned));
    }
    Ok(lines)
}

fn draw(lines: &[String]) -> String {
    let lines: Vec<&str> = lines.iter().flat_map(|line| wrapped(line)).collect();
    let width = (COLUMNS as f64 * CHARACTER) as usize + 2 * MARGIN;
    let height = lines.len() * LINE + 2 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1b1f24\"/>\n\
         <g font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"12\" fill=\"#c9d1d9\" xml:space=\"preserve\">\n"
    );
    for (number, line) in lines.iter().enumerate() {
        let y = MARGIN + number * LINE + LINE * 3 / 4;
        let colour = if line.starts_with("$ ") { " fill=\"#7ee787\"" } else { "" };
        // Fonts differ in width: the text is made as wide as its characters are many.
        let length = line.chars().count() as f64 * CHARACTER;
        let shown = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = writeln!(
            out,
            "<text x=\"{MARGIN}\" y=\"{y}\" textLength=\"{length:.0}\" lengthAdjust=\"spacingAndGlyphs\"{colour}>{shown}</text>"
        );
    }
    out + "</g>\n</svg>\n"
}

/// A line in pieces that the terminal has room for.
fn wrapped(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some((end, _)) = rest.char_indices().nth(COLUMNS) {
        pieces.push(&rest[..end]);
        rest = &rest[end..];
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_wrapped() {
        let picture = draw(&["$ a < b & c".to_owned(), "ä".repeat(COLUMNS + 1)]);
        assert!(picture.contains(">$ a &lt; b &amp; c</text>") && picture.contains(">ä</text>"), "{picture}");
        assert_eq!(picture.matches("<text ").count(), 3);
    }
}
