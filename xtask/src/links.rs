//! Links between the repository's Markdown files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Pages that speak of the tree as it was.
const DATED: &str = "docs/decisions";
/// Folders by which a path in code is known.
const FOLDERS: [&str; 10] =
    ["benches", "docs", "examples", "scripts", "src", "tests", "train", "weights", "wgsl", "xtask"];

/// Relative links of all Markdown files below `root` that lead to no file or to no heading, as `FILE: LINK`. A link to source
/// text whose name is code, as in [`fn main`](main.rs), leads nowhere if that does not stand there, and neither does a path
/// in code, as `src/main.rs`, without its file.
pub fn broken(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut pages = Vec::new();
    collect(root, &mut pages)?;
    let mut broken = Vec::new();
    for page in &pages {
        let text = fs::read_to_string(page).with_context(|| page.display().to_string())?;
        let name = page.strip_prefix(root).unwrap_or(page).display();
        let wrong = |link: &String| !leads_somewhere(page, &text, link);
        broken.extend(links(&text).into_iter().filter(wrong).map(|link| format!("{name}: {link}")));
        let lost = |(code, file): &(String, String)| {
            fs::read_to_string(page.with_file_name(file)).is_ok_and(|text| !text.contains(code))
        };
        let named = code_links(&text).into_iter().filter(lost);
        broken.extend(named.map(|(code, file)| format!("{name}: {code} is not in {file}")));
        if !page.starts_with(root.join(DATED)) {
            let exists = |path: &str| root.join(path).exists() || page.with_file_name(path).exists();
            let gone = code_paths(&text).into_iter().filter(|path| !exists(path));
            broken.extend(gone.map(|path| format!("{name}: no {path}")));
        }
    }
    Ok(broken)
}

/// Markdown files of a folder and those in it, but for hidden folders and what cargo builds.
fn collect(folder: &Path, pages: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            // Cargo marks its folders, wherever they are.
            if !name.starts_with('.') && !path.join("CACHEDIR.TAG").exists() && name != "shared" {
                collect(&path, pages)?;
            }
        } else if name.ends_with(".md") {
            pages.push(path);
        }
    }
    Ok(())
}

fn leads_somewhere(page: &Path, text: &str, link: &str) -> bool {
    let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
    if file.contains("://") || file.starts_with("mailto:") {
        return true;
    }
    let target = page.with_file_name(file);
    let other = if file.is_empty() { None } else { Some(target) };
    match (other, heading) {
        (Some(path), None) => path.exists(),
        (Some(path), Some(heading)) => fs::read_to_string(path).is_ok_and(|text| anchors(&text).any(|a| a == heading)),
        (None, heading) => heading.is_some_and(|heading| anchors(text).any(|anchor| anchor == heading)),
    }
}

/// Targets of `[text](target)`, outside of code.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        // What stands between backticks is code.
        let plain: String = line.split('`').step_by(2).collect::<Vec<_>>().join("_");
        let targets = plain.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        found.extend(targets.map(|(target, _)| target.split(' ').next().unwrap_or_default().to_owned()));
    }
    found
}

/// Code and file of links as [`fn main`](main.rs).
fn code_links(text: &str) -> Vec<(String, String)> {
    let links = prose(text).flat_map(|line| line.split("[`").skip(1));
    let parts = links.filter_map(|rest| {
        let (code, rest) = rest.split_once("`](")?;
        let (file, _) = rest.split_once(')')?;
        Some((code.to_owned(), file.to_owned()))
    });
    parts.filter(|(code, file)| !code.contains('`') && !file.ends_with(".md") && !file.contains('#')).collect()
}

/// Paths from the repository's folder that stand alone between backticks.
fn code_paths(text: &str) -> Vec<String> {
    let codes = prose(text).flat_map(|line| line.split('`').skip(1).step_by(2));
    let plain = |code: &&str| code.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let known = |code: &&str| code.split_once('/').is_some_and(|(folder, _)| FOLDERS.contains(&folder));
    codes.filter(plain).filter(known).filter(|code| !has_gap(code)).map(str::to_owned).collect()
}

/// Whether part of a path is to be filled in, as in `tests/NAME.rs`.
fn has_gap(path: &str) -> bool {
    let stems = path.split(['/', '.', '_']);
    !path.ends_with(".md") && stems.into_iter().any(|stem| stem.len() > 1 && stem.chars().all(char::is_uppercase))
}

/// Lines that are not within a fence or indented as code is.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence && !line.starts_with("    ")
    })
}

/// The names by which GitHub's headings are linked to.
fn anchors(text: &str) -> impl Iterator<Item = String> {
    prose(text).filter(|line| line.starts_with('#')).map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: [&str; 3] =
        ["README.md: docs/A.md#d", "README.md: fn gone is not in a.rs", "README.md: no src/gone.rs"];

    #[test]
    fn links_are_followed_to_files_and_headings() {
        let folder = std::env::temp_dir().join(format!("kvrm-links-{}", std::process::id()));
        fs::create_dir_all(folder.join("docs")).unwrap();
        fs::write(folder.join("docs/A.md"), "# A b: `c`\n[x](B.md) [x](#a-b-c) [x](../README.md#top)\n").unwrap();
        fs::write(folder.join("a.rs"), "fn here() {}\n").unwrap();
        let text = "# Top\n[x](docs/A.md#a-b-c) [x](docs/A.md#d) `[x](code)` [x](https://example.org/x)\n[`fn here`](a.rs) [`fn gone`](a.rs) `docs/A.md` `src/gone.rs` `src/NAME.rs`\n\n    [x](code)\n";
        fs::write(folder.join("README.md"), text).unwrap();
        let mut broken = broken(&folder).unwrap();
        broken.sort();
        fs::remove_dir_all(&folder).unwrap();
        let nested = Path::new("docs").join("A.md").display().to_string();
        assert_eq!(
            broken,
            [README[0].to_owned(), README[1].to_owned(), README[2].to_owned(), format!("{nested}: B.md")]
        );
    }
}
