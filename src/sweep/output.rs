//! The file of a sweep's results, which an interrupted sweep continues.
//!
//! Beside it stands `NAME.sweep`, which says what sweep it is of. Text files are continued after their last complete
//! line. A Parquet file is made at the end, of `NAME.journal`.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::record::Record;
use super::{Error, journal, text};

/// Columns that a file has only where they were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// What runs wrote.
    pub output: bool,
    /// What they covered first.
    pub edges: bool,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON object on each line.
    JsonLines,
    /// Comma-separated values.
    Csv,
    /// Apache Parquet.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    /// The format that the ending of a file's name says.
    pub fn of(path: &Path) -> Result<Format, Error> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("jsonl") => Ok(Format::JsonLines),
            Some("csv") => Ok(Format::Csv),
            #[cfg(feature = "parquet")]
            Some("parquet") => Ok(Format::Parquet),
            #[cfg(not(feature = "parquet"))]
            Some("parquet") => Err(Error::NoParquet),
            _ => Err(Error::Ending { path: path.to_owned() }),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Format::JsonLines => "jsonl",
            Format::Csv => "csv",
            #[cfg(feature = "parquet")]
            Format::Parquet => "parquet",
        }
    }

    /// Appends a record as it stands in the file, or in the journal.
    pub(super) fn record(self, record: &Record<'_>, columns: Columns, out: &mut Vec<u8>) {
        match self {
            Format::JsonLines => text::json_line(record, out),
            Format::Csv => text::csv_line(record, columns, out),
            #[cfg(feature = "parquet")]
            Format::Parquet => journal::encode(record, out),
        }
    }

    /// What a file begins with.
    fn header(self, columns: Columns, first_shard: bool) -> String {
        if self == Format::Csv && first_shard { text::csv_header(columns) } else { String::new() }
    }

    fn is_text(self) -> bool {
        matches!(self, Format::JsonLines | Format::Csv)
    }
}

/// Some records in their final form.
pub(super) struct Written {
    pub records: u64,
    pub pieces: Vec<Vec<u8>>,
}

/// A file that takes records in order.
pub(super) struct ResultFile {
    path: PathBuf,
    format: Format,
    columns: Columns,
    file: File,
    /// Records in it.
    pub records: u64,
}

impl ResultFile {
    /// Opens or makes the file for the sweep that `identity` describes. `records` is how many are there already.
    pub fn open(
        path: &Path,
        format: Format,
        columns: Columns,
        first_shard: bool,
        identity: &Value,
        overwrite: bool,
    ) -> Result<ResultFile, Error> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| Error::Output { path, error }
        };
        let (note, data) =
            (beside(path, "sweep"), if format.is_text() { path.to_owned() } else { beside(path, "journal") });
        if overwrite {
            if let Ok(file) = File::open(&data) {
                lock(&file, path)?;
            }
            for old in [path, &data, &note] {
                match fs::remove_file(old) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(old)(error)),
                    _ => {}
                }
            }
        }
        match fs::read(&note) {
            Ok(bytes) => {
                let found: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
                if found != *identity {
                    let differences = differences(&found, identity);
                    return Err(Error::OtherSweep { path: path.to_owned(), differences });
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if path.exists() {
                    return Err(Error::NotASweep { path: path.to_owned() });
                }
                // Whole or not at all: a torn note would make the file look like another sweep's.
                let new = beside(path, "sweep.new");
                let text = format!("{identity:#}\n");
                fs::write(&new, text).and_then(|()| fs::rename(&new, &note)).map_err(failed(&note))?;
            }
            Err(error) => return Err(failed(&note)(error)),
        }
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        if !format.is_text() && path.exists() && !data.exists() {
            // It was made of the whole journal.
            let file = File::open(path).map_err(failed(path))?;
            return Ok(ResultFile { path: path.to_owned(), format, columns, file, records: u64::MAX });
        }
        let mut file = options.open(&data).map_err(failed(&data))?;
        lock(&file, path)?;
        let header = format.header(columns, first_shard);
        let (records, end) = if format.is_text() {
            let (lines, end) = whole_lines(&mut file).map_err(failed(&data))?;
            match header.is_empty() {
                true => (lines, end),
                false if lines == 0 => (0, 0),
                false => (lines - 1, end),
            }
        } else {
            whole_frames(&mut file).map_err(failed(&data))?
        };
        file.set_len(end).map_err(failed(&data))?;
        file.seek(SeekFrom::Start(end)).map_err(failed(&data))?;
        if end == 0 {
            file.write_all(header.as_bytes()).map_err(failed(&data))?;
        }
        Ok(ResultFile { path: path.to_owned(), format, columns, file, records })
    }

    /// New edges of the records in it.
    pub fn edges(&mut self) -> Result<Vec<u32>, Error> {
        if !self.columns.edges {
            return Ok(Vec::new());
        }
        let mut read = || -> io::Result<Vec<u32>> {
            let end = self.file.stream_position()?;
            self.file.seek(SeekFrom::Start(0))?;
            let mut edges = Vec::new();
            let mut from = BufReader::with_capacity(1 << 20, &mut self.file);
            if self.format.is_text() {
                let mut line = Vec::new();
                while from.read_until(b'\n', &mut line)? > 0 {
                    edges.extend(match self.format {
                        Format::Csv => text::csv_edges(&line),
                        _ if line.ends_with(b"]}\n") => text::json_edges(&line),
                        _ => Vec::new(),
                    });
                    line.clear();
                }
            } else {
                let (mut left, mut payload) = (end, Vec::new());
                while journal::read_frame(&mut from, left, &mut payload)?.is_some() {
                    left -= journal::head(&[], 0).len() as u64 + payload.len() as u64;
                    let mut rest = &payload[..];
                    while let Some(record) = journal::decode(&mut rest) {
                        edges.extend_from_slice(&record.new_edges);
                    }
                }
            }
            self.file.seek(SeekFrom::Start(end))?;
            Ok(edges)
        };
        read().map_err(|error| Error::Output { path: self.path.clone(), error })
    }

    /// Appends records.
    pub fn write(&mut self, written: &Written) -> Result<(), Error> {
        let write = |file: &mut File| -> io::Result<()> {
            if !self.format.is_text() {
                let payload = written.pieces.concat();
                file.write_all(&journal::head(&payload, written.records))?;
                return file.write_all(&payload);
            }
            written.pieces.iter().try_for_each(|piece| file.write_all(piece))
        };
        write(&mut self.file).map_err(|error| Error::Output { path: self.path.clone(), error })?;
        self.records += written.records;
        Ok(())
    }

    /// All records are there.
    pub fn finish(self) -> Result<(), Error> {
        if self.format.is_text() || self.records == u64::MAX {
            return Ok(());
        }
        #[cfg(feature = "parquet")]
        {
            let finish = |mut file: &File| -> io::Result<()> {
                let length = file.metadata()?.len();
                file.seek(SeekFrom::Start(0))?;
                let new = beside(&self.path, "new");
                super::parquet::assemble(&mut BufReader::with_capacity(1 << 20, file), length, &new, self.columns)?;
                fs::rename(&new, &self.path)?;
                fs::remove_file(beside(&self.path, "journal"))
            };
            finish(&self.file).map_err(|error| Error::Output { path: self.path.clone(), error })?;
        }
        Ok(())
    }
}

/// Keeps other sweeps out of the file at `path` for as long as `file` is open. Where there are no locks nobody is kept
/// out.
fn lock(file: &File, path: &Path) -> Result<(), Error> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Error::Busy { path: path.to_owned() }),
        _ => Ok(()),
    }
}

/// `path` with something behind its name.
fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(what);
    name.into()
}

/// Counts the complete lines of a file, and where the last one ends.
fn whole_lines(file: &mut File) -> io::Result<(u64, u64)> {
    let (mut lines, mut end, mut at) = (0, 0, 0);
    let mut piece = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            return Ok((lines, end));
        }
        lines += piece[..count].iter().filter(|byte| **byte == b'\n').count() as u64;
        if let Some(last) = piece[..count].iter().rposition(|byte| *byte == b'\n') {
            end = at + last as u64 + 1;
        }
        at += count as u64;
    }
}

/// Counts the records of a journal, and where its last whole frame ends.
fn whole_frames(file: &mut File) -> io::Result<(u64, u64)> {
    let length = file.metadata()?.len();
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let (mut records, mut end) = (0, 0);
    let mut payload = Vec::new();
    while let Some(count) = journal::read_frame(&mut reader, length - end, &mut payload)? {
        records += count;
        end = reader.stream_position()?;
    }
    Ok((records, end))
}

/// What differs between two descriptions, for a message.
fn differences(found: &Value, wanted: &Value) -> String {
    let keys = |value: &Value| value.as_object().map(|o| o.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let mut all = keys(found);
    all.extend(keys(wanted));
    all.sort();
    all.dedup();
    let show = |value: &Value, key: &str| value.get(key).map_or("nothing".to_owned(), Value::to_string);
    let differing = all.iter().filter(|key| found.get(key.as_str()) != wanted.get(key.as_str()));
    let parts: Vec<String> =
        differing.map(|key| format!("{key} was {}, is {}", show(found, key), show(wanted, key))).collect();
    if parts.is_empty() { "its .sweep file is not readable".to_owned() } else { parts.join("; ") }
}
