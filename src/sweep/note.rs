//! What stands beside a file of results, in `NAME.sweep`: of what sweep it is, and how far it has come.
//!
//! Lines of JSON. The first says of what sweep; others follow as it goes on:
//! - `{"inputs":N, ...}`: inputs that came with a call, and what tells them from others;
//! - `{"records":N,"bytes":N,"xxh128":"..."}`: the file holds so many records in so many bytes, with this sum. One with
//!   no more bytes than those before it takes their place: the file was cut;
//! - `{"finished":{"bytes":N,"xxh128":"..."}}`: the whole Parquet file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Error;
use super::inputs::hex;
use crate::files;

/// Of what is described above.
const VERSION: u64 = 2;

/// How far a file is what a sweep wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    pub records: u64,
    pub bytes: u64,
    xxh128: String,
}

impl Mark {
    pub fn new(records: u64, bytes: u64, sum: u128) -> Mark {
        Mark { records, bytes, xxh128: hex(sum) }
    }

    pub fn is_of(&self, sum: u128) -> bool {
        self.xxh128 == hex(sum)
    }
}

/// A whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Whole {
    pub bytes: u64,
    xxh128: String,
}

impl Whole {
    pub fn new(bytes: u64, sum: u128) -> Whole {
        Whole { bytes, xxh128: hex(sum) }
    }
}

/// The note of a sweep.
pub(super) struct Note {
    path: PathBuf,
    file: File,
    /// What came with each call that brought inputs.
    pub inputs: Vec<Value>,
    /// Ascending.
    pub marks: Vec<Mark>,
    pub finished: Option<Whole>,
}

impl Note {
    /// Reads the note at `path`, if there is one, of the sweep that `identity` describes. `of` is the file it is about.
    pub fn open(path: &Path, of: &Path, identity: &Value) -> Result<Option<Note>, Error> {
        let failed = |error| Error::Output { path: path.to_owned(), error };
        let bytes = match files::read(path, files::TEXT) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(failed)?,
        };
        let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
        let mut note = Note { path: path.to_owned(), file, inputs: Vec::new(), marks: Vec::new(), finished: None };
        // What is behind the last line was being written when the sweep was interrupted.
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let mut lines = bytes[..end].split_inclusive(|byte| *byte == b'\n');
        let other = |differences: String| Error::OtherSweep { path: of.to_owned(), differences };
        let head: Value = lines.next().and_then(|line| serde_json::from_slice(line).ok()).unwrap_or_default();
        if head["version"] != VERSION {
            return Err(Error::OldNote { path: path.to_owned() });
        }
        if head["sweep"] != *identity {
            return Err(other(differences(&head["sweep"], identity)));
        }
        for (n, line) in lines.enumerate() {
            let damaged = || Error::DamagedNote { path: path.to_owned(), line: n + 2 };
            note.take(line).ok_or_else(damaged)?;
        }
        if end < bytes.len() {
            note.file.set_len(end as u64).map_err(failed)?;
        }
        Ok(Some(note))
    }

    /// Makes a note of a sweep that begins. It is on the disk before this returns.
    pub fn create(path: &Path, identity: &Value, inputs: Value) -> Result<Note, Error> {
        let failed = |error| Error::Output { path: path.to_owned(), error };
        // Whole or not at all: a torn note would make the file look like another sweep's.
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let head = json!({ "version": VERSION, "sweep": identity });
        let make = || -> io::Result<File> {
            let mut file = File::create(&new)?;
            file.write_all(format!("{head}\n{inputs}\n").as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, path)?;
            sync_folder(path)?;
            OpenOptions::new().append(true).open(path)
        };
        let file = make().map_err(failed)?;
        Ok(Note { path: path.to_owned(), file, inputs: vec![inputs], marks: Vec::new(), finished: None })
    }

    fn take(&mut self, line: &[u8]) -> Option<()> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Line {
            Mark(Mark),
            Finished { finished: Whole },
            Inputs(Value),
        }
        match serde_json::from_slice(line).ok()? {
            Line::Mark(mark) => self.push(mark),
            Line::Finished { finished } => self.finished = Some(finished),
            Line::Inputs(inputs) => {
                inputs["inputs"].as_u64()?;
                self.inputs.push(inputs);
            }
        }
        Some(())
    }

    fn push(&mut self, mark: Mark) {
        let before = self.marks.iter().take_while(|other| other.bytes < mark.bytes).count();
        self.marks.truncate(before);
        self.marks.push(mark);
    }

    /// Inputs of all calls.
    pub fn count(&self) -> u64 {
        self.inputs.iter().filter_map(|inputs| inputs["inputs"].as_u64()).fold(0, u64::saturating_add)
    }

    /// Notes inputs that have come.
    pub fn add_inputs(&mut self, inputs: Value) -> Result<(), Error> {
        self.append(&inputs)?;
        self.inputs.push(inputs);
        Ok(())
    }

    /// Notes how far the file has come.
    pub fn mark(&mut self, mark: Mark) -> Result<(), Error> {
        self.append(&json!(mark))?;
        self.push(mark);
        Ok(())
    }

    /// Notes what the Parquet file is.
    #[cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "only Parquet files are made whole"))]
    pub fn finish(&mut self, whole: Whole) -> Result<(), Error> {
        self.append(&json!({ "finished": whole }))?;
        self.finished = Some(whole);
        Ok(())
    }

    /// Puts it on the disk.
    pub fn sync(&self) -> Result<(), Error> {
        self.file.sync_all().map_err(|error| Error::Output { path: self.path.clone(), error })
    }

    /// Fails if it was deleted.
    pub fn check(&self) -> Result<(), Error> {
        check_there(&self.file, &self.path)
    }

    fn append(&mut self, line: &Value) -> Result<(), Error> {
        let written = self.file.write_all(format!("{line}\n").as_bytes());
        written.map_err(|error| Error::Output { path: self.path.clone(), error })
    }
}

/// Fails if `path` is not the open `file` any more.
pub(super) fn check_there(file: &File, path: &Path) -> Result<(), Error> {
    let same = || -> io::Result<bool> {
        let (open, there) = (file.metadata()?, fs::metadata(path)?);
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            Ok((open.dev(), open.ino()) == (there.dev(), there.ino()))
        }
        #[cfg(not(unix))]
        {
            Ok(open.is_file() == there.is_file())
        }
    };
    match same() {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::Gone { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::Gone { path: path.to_owned() }),
        Err(error) => Err(Error::Output { path: path.to_owned(), error }),
    }
}

/// Puts the names in a file's folder on the disk, where a system has that.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
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
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_back_and_a_torn_line_is_none() {
        let path = std::env::temp_dir().join(format!("kvrm-note-{}", std::process::id()));
        let identity = json!({ "seed": 3 });
        let mut note = Note::create(&path, &identity, json!({ "inputs": 5 })).unwrap();
        for (records, bytes) in [(0, 9), (2, 20), (4, 40), (3, 30)] {
            note.mark(Mark::new(records, bytes, 1 << 100)).unwrap();
        }
        note.add_inputs(json!({ "inputs": 2 })).unwrap();
        note.finish(Whole::new(7, 8)).unwrap();
        let whole = fs::read(&path).unwrap();
        fs::write(&path, [&whole[..], b"{\"records\":7,\"by"].concat()).unwrap();
        let open = |identity: &Value| Note::open(&path, Path::new("of.csv"), identity);
        let read = open(&identity).unwrap().unwrap();
        assert_eq!((&read.marks, &read.inputs, &read.finished), (&note.marks, &note.inputs, &note.finished));
        assert_eq!(read.marks.iter().map(|mark| mark.records).collect::<Vec<_>>(), [0, 2, 3]);
        assert_eq!(read.count(), 7);
        assert_eq!(fs::read(&path).unwrap(), whole);
        let error = open(&json!({ "seed": 4 })).err().unwrap().to_string();
        assert!(error.contains("seed was 3, is 4") && error.contains("of.csv"), "{error}");
        fs::write(&path, [&whole[..], b"{\"records\":7}\n"].concat()).unwrap();
        assert!(matches!(open(&identity).err(), Some(Error::DamagedNote { line: 9, .. })));
        fs::write(&path, b"{\n  \"seed\": 3\n}\n").unwrap();
        assert!(matches!(open(&identity).err(), Some(Error::OldNote { .. })));
        note.check().unwrap();
        fs::remove_file(&path).unwrap();
        assert!(matches!(note.check(), Err(Error::Gone { .. })));
        assert!(open(&identity).unwrap().is_none());
    }
}
