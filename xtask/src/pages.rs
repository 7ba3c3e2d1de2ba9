//! Tables in the documentation, written from `benches/results/*.json`. `benches/results/README.md` describes both
//! formats, of result files and of the markers in pages.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde_json::value::RawValue;

use crate::measurement::{Measurement, shown};

const RESULTS: &str = "benches/results";
const DECISIONS: &str = "docs/decisions";
const DECISION_LINES: usize = 40;
/// Where pages are, and from there the page of all results.
const FOLDERS: [(&str, &str); 4] = [
    (".", "docs/RESULTS.md"),
    ("docs", "RESULTS.md"),
    (DECISIONS, "../RESULTS.md"),
    (RESULTS, "../../docs/RESULTS.md"),
];
const END: &str = "<!-- end -->";

/// Result files by their names, without `.json`.
pub type Measurements = BTreeMap<String, Measurement>;

/// Reads every result file below `root`, the repository's folder.
pub fn read(root: &Path) -> anyhow::Result<Measurements> {
    let mut found = Measurements::new();
    for path in files(&root.join(RESULTS), "json")? {
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let measurement = Measurement::parse(&text).with_context(|| path.display().to_string())?;
        let stem = path.file_stem().context("a file without a name")?.to_string_lossy().into_owned();
        found.insert(stem, measurement);
    }
    Ok(found)
}

/// What markers are filled from.
struct Sources<'a> {
    measurements: &'a Measurements,
    /// Rows of the list of decisions.
    decisions: &'a str,
    /// From the page to the page of all results.
    all: &'a str,
}

/// Pages below `root` that have markers, with the text that they should have.
pub fn generate(root: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let measurements = read(root)?;
    let decisions = read_decisions(root)?;
    let mut pages = Vec::new();
    for (folder, all) in FOLDERS {
        for path in files(&root.join(folder), "md")? {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?.replace("\r\n", "\n");
            let sources = Sources { measurements: &measurements, decisions: &decisions, all };
            let new = fill(&text, &sources).with_context(|| path.display().to_string())?;
            let lines = new.as_ref().unwrap_or(&text).lines().count();
            let short = folder != DECISIONS || lines <= DECISION_LINES || path.ends_with("README.md");
            ensure!(short, "{}: {lines} lines; a decision has {DECISION_LINES} at most", path.display());
            pages.extend(new.map(|new| (path, new)));
        }
    }
    Ok(pages)
}

/// Writes the pages that are not as they should be, and returns them.
pub fn write(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let stale = stale(root)?;
    stale.into_iter().map(|(path, text)| Ok(fs::write(&path, text).map(|()| path)?)).collect()
}

/// Pages that are not as they should be, with the text that they should have.
pub fn stale(root: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut stale = generate(root)?;
    stale.retain(|(path, text)| fs::read_to_string(path).is_ok_and(|found| found.replace("\r\n", "\n") != *text));
    Ok(stale)
}

/// A row for each page of `docs/decisions`: its title, and `*DATE, ... STATUS.*` from its third line.
fn read_decisions(root: &Path) -> anyhow::Result<String> {
    let mut rows = Vec::new();
    for path in files(&root.join(DECISIONS), "md")? {
        let name = path.file_name().context("a file without a name")?.to_string_lossy().into_owned();
        if name == "README.md" {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        rows.push(decision(&name, &text).with_context(|| path.display().to_string())?);
    }
    Ok(rows.join("\n"))
}

fn decision(name: &str, text: &str) -> anyhow::Result<String> {
    let title = text.strip_prefix("# ").and_then(|text| text.lines().next()).context("the first line is no title")?;
    let third = text.lines().nth(2).and_then(|line| line.strip_prefix('*')?.strip_suffix(".*"));
    let (about, status) = third.and_then(|line| line.rsplit_once(". ")).context("line 3 is not *DATE, ... STATUS.*")?;
    let date = about.split(',').next().unwrap_or_default();
    let number = name.split('-').next().unwrap_or_default();
    Ok(format!("| [{number}]({name}) | {title} | {date} | {} |", status.to_lowercase()))
}

/// `text` with what stands between its markers written anew; `None` where it has none.
fn fill(text: &str, sources: &Sources) -> anyhow::Result<Option<String>> {
    let mut out = String::new();
    let mut lines = text.lines().enumerate();
    let mut found = false;
    while let Some((number, line)) = lines.next() {
        writeln!(out, "{line}")?;
        let Some(marker) = marker(line) else { continue };
        found = true;
        let body = match marker {
            "results" => every(sources.measurements),
            "files" => list(sources),
            "decisions" => {
                Ok(format!("| | what was decided | date | status |\n|---|---|---|---|\n{}", sources.decisions))
            }
            marker => table(marker, sources),
        };
        write!(out, "{}\n{END}\n", body.with_context(|| format!("line {}: {line}", number + 1))?)?;
        if !lines.any(|(_, line)| line == END) {
            bail!("line {}: {line} has no {END} behind it", number + 1);
        }
    }
    Ok(found.then_some(out))
}

/// `NAME...` of `<!-- table: NAME... -->`, or the whole of one of the other markers.
fn marker(line: &str) -> Option<&str> {
    let inside = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    inside.strip_prefix("table: ").or(["results", "files", "decisions"].contains(&inside).then_some(inside))
}

/// The table that `NAME; columns: A | B; rows: COLUMN = A | B` asks for, and where it comes from.
fn table(marker: &str, sources: &Sources) -> anyhow::Result<String> {
    let Sources { measurements, all, .. } = sources;
    let mut parts = marker.split("; ");
    let name = parts.next().unwrap_or_default();
    let measurement = measurements.get(name).with_context(|| format!("no {RESULTS}/{name}.json"))?;
    let mut columns: Vec<usize> = (0..measurement.columns.len()).collect();
    let mut rows: Vec<&Vec<Box<RawValue>>> = measurement.rows.iter().collect();
    for part in parts {
        if let Some(names) = part.strip_prefix("columns: ") {
            columns = names.split(" | ").map(|name| measurement.column(name)).collect::<Result<_, _>>()?;
        } else if let Some(filter) = part.strip_prefix("rows: ") {
            let (column, values) = filter.split_once(" = ").context("rows: COLUMN = VALUE | VALUE")?;
            let column = measurement.column(column)?;
            for value in values.split(" | ") {
                ensure!(rows.iter().any(|row| shown(&row[column]) == value), "no row has {value} there");
            }
            rows.retain(|row| values.split(" | ").any(|value| shown(&row[column]) == value));
        } else {
            bail!("{part}: neither columns nor rows");
        }
    }
    Ok(format!("{}\n{} · [more]({all}#{name})", measurement.table(&columns, &rows), measurement.origin()))
}

/// All measurements, each under a heading that is its file's name.
fn every(measurements: &Measurements) -> anyhow::Result<String> {
    let mut out = String::new();
    for (name, measurement) in measurements {
        let columns: Vec<usize> = (0..measurement.columns.len()).collect();
        let rows: Vec<_> = measurement.rows.iter().collect();
        let table = measurement.table(&columns, &rows);
        write!(out, "\n## {name}\n\n{}.\n\n{table}\n{}\n", measurement.title, measurement.origin())?;
        for note in &measurement.notes {
            write!(out, "\n- {note}")?;
        }
        out.push_str(if measurement.notes.is_empty() { "" } else { "\n" });
    }
    Ok(out)
}

/// A line for each measurement.
fn list(Sources { measurements, all, .. }: &Sources) -> anyhow::Result<String> {
    let mut out = "| file | what | commit | date |\n|---|---|---|---|\n".to_owned();
    for (name, measurement) in *measurements {
        let commit = measurement.commit.as_deref().unwrap_or("not written down");
        writeln!(out, "| [{name}]({all}#{name}) | {} | {commit} | {} |", measurement.title, measurement.date)?;
    }
    out.pop();
    Ok(out)
}

/// Files of `folder` with this ending, by name.
fn files(folder: &Path, ending: &str) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|found| found == ending) && path.is_file());
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurements() -> Measurements {
        let text = r#"{ "title": "Two programs", "adapter": "a GPU", "driver": "1.0", "host": "2 cores",
            "command": "bench x", "commit": "abc", "date": "2026-11-21", "notes": ["Quiet."],
            "columns": ["program", "lanes", "GIPS, all"],
            "rows": [["loop", 1, 0.0310], ["loop", 262144, 1673], ["a|b", 1234, null]] }"#;
        Measurements::from([("two".to_owned(), Measurement::parse(text).unwrap())])
    }

    fn fill_text(text: &str) -> anyhow::Result<Option<String>> {
        fill(text, &Sources { measurements: &measurements(), decisions: "| none |", all: "RESULTS.md" })
    }

    fn filled(marker: &str) -> anyhow::Result<String> {
        Ok(fill_text(&format!("before\n{marker}\nold\n{END}\nafter\n"))?.expect("a marker"))
    }

    #[test]
    fn a_table_stands_as_it_was_measured() {
        let text = filled("<!-- table: two -->").unwrap();
        let rows = "| program | lanes | GIPS, all |\n| --- | ---: | ---: |\n| loop | 1 | 0.0310 |\n\
                    | loop | 262,144 | 1,673 |\n| a\\|b | 1,234 |  |\n";
        assert!(text.contains(rows), "{text}");
        assert!(text.contains("a GPU (1.0), 2 cores; commit abc, 2026-11-21: `bench x` · [more](RESULTS.md#two)"));
        assert!(text.starts_with("before\n") && text.ends_with("after\n") && !text.contains("old"), "{text}");
    }

    #[test]
    fn columns_and_rows_are_chosen() {
        let text = filled("<!-- table: two; columns: GIPS, all | program; rows: program = loop; rows: lanes = 1 -->");
        let text = text.unwrap();
        assert!(text.contains("| GIPS, all | program |\n| ---: | --- |\n| 0.0310 | loop |\n\n"), "{text}");
    }

    #[test]
    fn what_is_written_stays_as_it_is() {
        let once = filled("<!-- results -->").unwrap();
        let twice = fill_text(&once).unwrap();
        assert_eq!(twice, Some(once));
        assert!(fill_text("no marker\n").unwrap().is_none());
    }

    #[test]
    fn a_decision_is_a_row() {
        let text = "# We do it\n\n*2026-11-21, figures of a, b. In force.*\n";
        assert_eq!(decision("0001-we.md", text).unwrap(), "| [0001](0001-we.md) | We do it | 2026-11-21 | in force |");
        assert!(
            decision("0001-we.md", "We do it\n").is_err() && decision("0001-we.md", "# We do it\n\nDo.\n").is_err()
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (marker, message) in [
            ("<!-- table: three -->", "no benches/results/three.json"),
            ("<!-- table: two; columns: MIPS -->", "MIPS: not of program | lanes | GIPS, all"),
            ("<!-- table: two; rows: lanes = 2 -->", "no row has 2 there"),
            ("<!-- table: two; lines: 1 -->", "neither columns nor rows"),
        ] {
            let error = format!("{:#}", filled(marker).unwrap_err());
            assert!(error.contains(message) && error.contains("line 2"), "{error}");
        }
        let open = fill_text("<!-- results -->\n").unwrap_err();
        assert!(format!("{open:#}").contains("has no <!-- end -->"), "{open:#}");
        for (rows, message) in [("[[1]]", "1 cells for 2 columns"), ("[[1, [2]]]", "a number, a string or null")] {
            let text = format!(
                r#"{{ "title": "", "adapter": "", "driver": "", "host": "", "command": null, "commit": "a",
                "date": "", "columns": ["a", "b"], "rows": {rows} }}"#
            );
            let error = Measurement::parse(&text).expect_err("an error").to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
