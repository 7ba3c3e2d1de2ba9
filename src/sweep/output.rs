//! The file of a sweep's results, which an interrupted sweep continues.
//!
//! Beside it stands a [`Note`], which says what sweep it is of and how far it has come: what is noted is checked, and what
//! is behind that is cut off and written again. A Parquet file is made at the end, of `NAME.journal`.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;
use twox_hash::XxHash3_128;

use super::inputs::{Inputs, Shard};
use super::note::{Mark, Note, Whole, check_there};
use super::record::Record;
use super::{Error, journal, text};
use crate::files;

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
    /// Where records are written: the file itself, or the journal that it will be made of.
    data: PathBuf,
    format: Format,
    columns: Columns,
    file: File,
    note: Note,
    /// Records and bytes in it, and the sum of these.
    records: u64,
    bytes: u64,
    sum: XxHash3_128,
    /// It is a whole Parquet file.
    whole: bool,
}

/// What a result file is made for.
pub(super) struct Purpose<'a> {
    pub format: Format,
    pub columns: Columns,
    pub shard: Shard,
    /// All that changes a result, but for inputs that may come later.
    pub identity: &'a Value,
}

impl ResultFile {
    /// Opens or makes the file at `path`. `inputs` are put into the order in which the file has them.
    pub fn open(path: &Path, purpose: &Purpose<'_>, inputs: &mut Inputs, overwrite: bool) -> Result<ResultFile, Error> {
        let &Purpose { format, columns, shard, identity } = purpose;
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| Error::Output { path, error }
        };
        let (note, data) =
            (beside(path, "sweep"), if format.is_text() { path.to_owned() } else { beside(path, "journal") });
        for file in [path, &data, &note, &beside(&note, "new"), &beside(path, "new")] {
            files::check_path(file).map_err(failed(file))?;
        }
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
        // It was made of the whole journal.
        let whole = !format.is_text() && path.exists() && !data.exists();
        let (note, known) = match Note::open(&note, path, identity)? {
            Some(found) => {
                let known = found.count();
                let what = |what| Error::OtherInputs { path: path.to_owned(), what };
                inputs.follow(&found.inputs).map_err(what)?;
                let why = match (shard.is_whole() && inputs.can_grow(), whole) {
                    (false, _) => Some("a shard, and a sweep with rows of an array, takes no further inputs"),
                    (_, true) => Some("a Parquet file that is whole cannot be continued: .jsonl and .csv files can"),
                    _ => None,
                };
                if let (Some(why), true) = (why, inputs.count() > known) {
                    let (path, inputs) = (path.to_owned(), inputs.count());
                    return Err(Error::CannotGrow { path, found: known, inputs, why });
                }
                (found, known)
            }
            None if path.exists() || data.exists() => return Err(Error::NotASweep { path: path.to_owned() }),
            None => (Note::create(&note, identity, inputs.describe(0))?, inputs.count()),
        };
        let known_range = shard.range(known);
        let total = known_range.end - known_range.start;
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(!whole).truncate(false);
        let file = options.open(if whole { path } else { &data });
        let mut result = ResultFile {
            path: path.to_owned(),
            file: file.map_err(failed(&data))?,
            data,
            format,
            columns,
            note,
            records: 0,
            bytes: 0,
            sum: XxHash3_128::new(),
            whole,
        };
        lock(&result.file, path)?;
        if whole {
            let found = sum_of(&mut result.file).map_err(failed(path))?;
            if result.note.finished != Some(found) {
                return Err(Error::AlteredWhole { path: path.to_owned() });
            }
            result.records = total;
            return Ok(result);
        }
        result.find_end(total)?;
        if inputs.count() > known {
            result.note.add_inputs(inputs.describe(known))?;
        }
        if result.bytes == 0 {
            let header = format.header(columns, shard.index == 0);
            result.put(&[header.into_bytes()], 0)?;
        }
        Ok(result)
    }

    /// Goes to the end of what the sweep has written, as far as that is noted, and cuts off what is behind. `total` is
    /// how many records there are to be, of the inputs known before.
    fn find_end(&mut self, total: u64) -> Result<(), Error> {
        let path = self.data.clone();
        let failed = |error| Error::Output { path: path.clone(), error };
        let length = self.file.metadata().map_err(failed)?.len();
        let altered = |records, bytes| Error::Altered { path: path.clone(), records, bytes };
        // What is shorter than noted was cut off, by a failing disk or by somebody.
        let marks = self.note.marks.iter().take_while(|mark| mark.bytes <= length);
        let marks: Vec<Mark> = marks.cloned().collect();
        for mark in &marks {
            self.sum_up(mark.bytes - self.bytes).map_err(failed)?;
            if !mark.is_of(self.sum.finish_128()) {
                return Err(altered(self.records, self.bytes));
            }
            (self.records, self.bytes) = (mark.records, mark.bytes);
        }
        if length > self.bytes && self.records == total && total > 0 {
            return Err(altered(self.records, self.bytes));
        }
        self.file.set_len(self.bytes).map_err(failed)?;
        self.file.seek(SeekFrom::Start(self.bytes)).map_err(failed)?;
        match marks.last() {
            Some(mark) if marks.len() < self.note.marks.len() => self.note.mark(mark.clone()),
            _ => Ok(()),
        }
    }

    /// Takes the next bytes of the file into the sum.
    fn sum_up(&mut self, bytes: u64) -> io::Result<()> {
        let mut piece = vec![0; 1 << 20];
        let mut left = bytes;
        self.file.seek(SeekFrom::Start(self.bytes))?;
        while left > 0 {
            let part = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.file.read_exact(&mut piece[..part])?;
            self.sum.write(&piece[..part]);
            left -= part as u64;
        }
        Ok(())
    }

    /// Appends bytes that bring so many records, and notes it.
    fn put(&mut self, pieces: &[Vec<u8>], records: u64) -> Result<(), Error> {
        for piece in pieces {
            self.file.write_all(piece).map_err(|error| Error::Output { path: self.data.clone(), error })?;
            self.sum.write(piece);
            self.bytes += piece.len() as u64;
        }
        self.records += records;
        // A file that nobody can open any more takes no results.
        check_there(&self.file, &self.data)?;
        self.note.check()?;
        self.note.mark(Mark::new(self.records, self.bytes, self.sum.finish_128()))
    }

    /// Records in it.
    pub fn records(&self) -> u64 {
        self.records
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
    pub fn write(&mut self, written: Written) -> Result<(), Error> {
        let Written { records, pieces } = written;
        if self.format.is_text() {
            return self.put(&pieces, records);
        }
        let payload = pieces.concat();
        self.put(&[journal::head(&payload, records).to_vec(), payload], records)
    }

    /// All records are there: puts them on the disk, and makes the Parquet file.
    #[cfg_attr(not(feature = "parquet"), expect(unused_mut, reason = "only the Parquet file is made from the start"))]
    pub fn finish(mut self) -> Result<(), Error> {
        if self.whole {
            return Ok(());
        }
        self.file.sync_all().map_err(|error| Error::Output { path: self.data.clone(), error })?;
        self.note.sync()?;
        #[cfg(feature = "parquet")]
        if !self.format.is_text() {
            let failed = |error| Error::Output { path: self.path.clone(), error };
            let new = beside(&self.path, "new");
            let mut assemble = || -> io::Result<Whole> {
                self.file.seek(SeekFrom::Start(0))?;
                let journal = &mut BufReader::with_capacity(1 << 20, &self.file);
                let records = super::parquet::assemble(journal, self.bytes, &new, self.columns)?;
                if records != self.records {
                    let what = format!("{records} of {} records are in the journal", self.records);
                    return Err(io::Error::new(io::ErrorKind::InvalidData, what));
                }
                let mut file = File::open(&new)?;
                file.sync_all()?;
                sum_of(&mut file)
            };
            let whole = assemble().map_err(failed)?;
            self.note.finish(whole)?;
            self.note.sync()?;
            let rename = fs::rename(&new, &self.path).and_then(|()| fs::remove_file(&self.data));
            rename.map_err(failed)?;
        }
        Ok(())
    }
}

/// What a whole file is.
fn sum_of(file: &mut File) -> io::Result<Whole> {
    let mut sum = XxHash3_128::new();
    let mut piece = vec![0; 1 << 20];
    let mut bytes = 0;
    file.seek(SeekFrom::Start(0))?;
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            return Ok(Whole::new(bytes, sum.finish_128()));
        }
        sum.write(&piece[..count]);
        bytes += count as u64;
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
