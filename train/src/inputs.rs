//! The files of the repository that are trained on: lists, not folders, which grow.

use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};

/// What the simple network's examples are weighed by.
pub const WORDS: &str = "train/inputs/words.txt";
/// What loops are harvested from.
pub const LOOPS: &str = "train/inputs/loops.txt";

/// The files that a list names, a line each, from the repository's root on; lines that begin with # are for readers.
///
/// # Errors
/// If the list cannot be read, names nothing, or one of its files is not there.
pub fn files(root: &Path, list: &str) -> Result<Vec<PathBuf>> {
    let list = root.join(list);
    let name = list.display();
    let text = std::fs::read_to_string(&list).with_context(|| format!("{name}: run it in the repository's root"))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let paths: Vec<PathBuf> = lines.map(|line| root.join(line)).collect();
    ensure!(!paths.is_empty(), "{name} names no file");
    for path in &paths {
        ensure!(path.is_file(), "{} is not there, but {name} names it", path.display());
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_name_files_that_are_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let count = |list: &str, extension: &str| {
            files(root, list).unwrap().iter().filter(|path| path.extension().unwrap() == extension).count()
        };
        assert_eq!((count(WORDS, "elf"), count(WORDS, "c")), (92, 0));
        assert_eq!(count(LOOPS, "elf"), 106);
        assert!(count(LOOPS, "c") > 40);
        assert!(files(root, "train/none.txt").unwrap_err().to_string().contains("train/none.txt"));
    }
}
