//! One measurement: what a result file says, how it stands in a page, and how a bench writes it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// Names the commit where there is no git, as on a machine that was given the bench alone.
const COMMIT: &str = "KVRM_COMMIT";

/// One measurement, as it was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    pub title: String,
    pub adapter: String,
    pub driver: String,
    pub host: String,
    /// `None` where it was not written down.
    pub command: Option<String>,
    /// Of the build that was measured; `None` where it was not written down.
    pub commit: Option<String>,
    /// The commit that wrote the figures down, where that of the build is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    pub date: String,
    #[serde(default)]
    pub notes: Vec<String>,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Box<RawValue>>>,
}

/// What a bench puts into a row.
pub enum Cell {
    Text(String),
    Count(u64),
    /// Written with three significant digits.
    Figure(f64),
    /// There is no figure.
    None,
}

impl Measurement {
    pub fn parse(text: &str) -> anyhow::Result<Measurement> {
        let measurement: Measurement = serde_json::from_str(text)?;
        for (number, row) in measurement.rows.iter().enumerate() {
            let (found, wanted) = (row.len(), measurement.columns.len());
            ensure!(found == wanted, "row {number} has {found} cells for {wanted} columns");
            let plain = |cell: &RawValue| !cell.get().starts_with(['[', '{', 't', 'f']);
            ensure!(row.iter().all(|cell| plain(cell)), "row {number}: a cell is a number, a string or null");
        }
        Ok(measurement)
    }

    pub fn column(&self, name: &str) -> anyhow::Result<usize> {
        let names = || self.columns.join(" | ");
        self.columns.iter().position(|column| column == name).with_context(|| format!("{name}: not of {}", names()))
    }

    pub fn table(&self, columns: &[usize], rows: &[&Vec<Box<RawValue>>]) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let is_text = |column: usize| rows.iter().any(|row| row[column].get().starts_with('"'));
        let mut out = line(columns.iter().map(|&column| escape(&self.columns[column])).collect());
        out += &line(columns.iter().map(|&column| if is_text(column) { "---" } else { "---:" }.to_owned()).collect());
        for row in rows {
            out += &line(columns.iter().map(|&column| escape(&shown(&row[column]))).collect());
        }
        out
    }

    /// Adapter, machine, commit, date and command.
    pub fn origin(&self) -> String {
        let commit = match (&self.commit, &self.written) {
            (Some(commit), _) => format!("commit {commit}"),
            (None, Some(written)) => format!("commit not written down (figures entered with {written})"),
            (None, None) => "commit not written down".to_owned(),
        };
        let command = self.command.as_ref().map_or("command not written down".to_owned(), |text| format!("`{text}`"));
        format!("{} ({}), {}; {commit}, {}: {command}", self.adapter, self.driver, self.host, self.date)
    }

    /// A measurement that a bench makes now. Command, commit, date and host are this process's.
    pub fn begin(title: &str, bench: &str, (adapter, driver): (&str, &str), columns: &[&str]) -> Measurement {
        let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
        let mut command = format!("cargo bench --bench {bench} --");
        while let Some(argument) = arguments.next() {
            if argument == "--save" {
                arguments.next();
            } else if !argument.starts_with("--save=") {
                command = format!("{command} {argument}");
            }
        }
        Measurement {
            title: title.to_owned(),
            adapter: adapter.to_owned(),
            driver: driver.to_owned(),
            host: host(),
            command: Some(command.trim_end_matches(" --").to_owned()),
            commit: commit(),
            written: None,
            date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
            notes: Vec::new(),
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    ///
    /// If it has not as many cells as there are columns.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let row: Vec<_> = cells.into_iter().map(Cell::raw).collect();
        assert_eq!(row.len(), self.columns.len(), "cells of a row of {}", self.title);
        self.rows.push(row);
    }

    /// Writes the result file, a line for each row.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        fs::write(path, self.text()?).with_context(|| path.display().to_string())
    }

    fn text(&self) -> anyhow::Result<String> {
        let head = Measurement { rows: Vec::new(), ..self.clone() };
        let head = serde_json::to_string_pretty(&head)?;
        let rows: Vec<String> = self.rows.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        let head = head.strip_suffix("[]\n}").context("rows are not last")?;
        Ok(format!("{head}[\n    {}\n  ]\n}}\n", rows.join(",\n    ")))
    }
}

impl Cell {
    fn raw(self) -> Box<RawValue> {
        let raw = match self {
            Cell::Text(text) => to_raw_value(&text),
            Cell::Count(count) => to_raw_value(&count),
            Cell::Figure(figure) if figure.is_finite() => RawValue::from_string(digits(figure)),
            Cell::Figure(_) | Cell::None => to_raw_value(&()),
        };
        raw.expect("a number, a string or null is JSON")
    }
}

/// Three significant digits, and all digits before the point.
fn digits(figure: f64) -> String {
    let magnitude = if figure == 0.0 { 0 } else { figure.abs().log10().floor() as i32 };
    let places = (2 - magnitude).max(0) as usize;
    format!("{figure:.places$}")
}

fn host() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or(std::env::consts::ARCH, |(_, model)| model.trim());
    format!("{cores} cores, {model}, {}", std::env::consts::OS)
}

/// `-dirty` behind it where the tree was not as the commit has it.
fn commit() -> Option<String> {
    let told = std::env::var(COMMIT).ok();
    told.or_else(|| {
        let git = Command::new("git").args(["describe", "--always", "--dirty", "--exclude", "*"]).output().ok()?;
        git.status.success().then(|| String::from_utf8_lossy(&git.stdout).trim().to_owned())
    })
}

/// A cell as it stands in a table: a number as it is written in the file, with commas between its thousands.
pub fn shown(cell: &RawValue) -> String {
    let text = cell.get();
    if text == "null" {
        return String::new();
    }
    if let Ok(text) = serde_json::from_str::<String>(text) {
        return text;
    }
    let whole = text.find(['.', 'e', 'E']).unwrap_or(text.len());
    let mut out = String::new();
    for (place, character) in text.char_indices() {
        let left = whole.saturating_sub(place);
        let after_digit = out.ends_with(|last: char| last.is_ascii_digit());
        if place < whole && left % 3 == 0 && after_digit {
            out.push(',');
        }
        out.push(character);
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_bench_writes_is_read_again() {
        let mut measurement = Measurement::begin("A bench", "x", ("a GPU", "1.0"), &["what", "lanes", "GIPS", "qemu"]);
        measurement.notes.push("Quiet.".to_owned());
        measurement.row([Cell::Text("a \"b\"".to_owned()), Cell::Count(262_144), Cell::Figure(0.031_04), Cell::None]);
        measurement.row([Cell::Text("c".to_owned()), Cell::Count(1), Cell::Figure(1673.4), Cell::Figure(f64::NAN)]);
        let text = measurement.text().unwrap();
        assert!(text.contains("\n    [\"a \\\"b\\\"\",262144,0.0310,null],\n    [\"c\",1,1673,null]\n"), "{text}");
        let again = Measurement::parse(&text).unwrap();
        assert_eq!(again.text().unwrap(), text);
        assert_eq!((again.date.len(), again.notes), (10, vec!["Quiet.".to_owned()]));
    }

    #[test]
    fn figures_have_three_digits() {
        for (figure, text) in [(0.0, "0.00"), (0.9999, "1.000"), (12.345, "12.3"), (123.4, "123"), (-0.5, "-0.500")] {
            assert_eq!(digits(figure), text);
        }
    }
}
