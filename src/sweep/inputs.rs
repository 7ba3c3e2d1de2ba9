//! What a sweep runs a program on: where inputs come from, their names, and a batch of them in memory.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::{Value, json};
use twox_hash::XxHash3_128;

use super::Error;
use super::rows::Rows;
use crate::linux::{LaneInputs, Patch};
use crate::{escape, files};

/// Bytes of inputs that are in memory at once, about; a batch of larger ones is cut.
const LOADED_BYTES: u64 = 1 << 30;

/// The inputs of a sweep: files, lines of arguments or seeds, and arrays that are written into the program's memory.
#[derive(Debug, Default)]
pub struct Inputs {
    source: Source,
    patches: Vec<(String, Rows)>,
}

#[derive(Debug, Default)]
enum Source {
    /// Only patches: their rows are the inputs.
    #[default]
    Rows,
    /// One standard input each, ordered by name.
    Files {
        directory: PathBuf,
        names: Vec<OsString>,
    },
    /// One line of arguments each.
    Lines {
        text: Vec<u8>,
        ends: Vec<usize>,
    },
    Seeds(Range<u64>),
}

impl Inputs {
    /// The regular files of a folder, ordered by name: each is the standard input of a run. Folders in it are skipped.
    pub fn files(directory: &Path) -> Result<Inputs, Error> {
        let unreadable = |error| Error::Unreadable { path: directory.to_owned(), error };
        let mut names = Vec::new();
        for entry in fs::read_dir(directory).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let kind = entry.file_type().map_err(unreadable)?;
            let is_folder = kind.is_dir() || (kind.is_symlink() && entry.path().is_dir());
            if !is_folder {
                names.push(entry.file_name());
            }
        }
        names.par_sort_unstable();
        Ok(Inputs { source: Source::Files { directory: directory.to_owned(), names }, patches: Vec::new() })
    }

    /// The lines of a file: each is the arguments of a run, in words as a POSIX shell splits them. Single and double
    /// quotes and backslashes keep blanks in a word, `#` in front of a word begins a comment, nothing is expanded.
    pub fn lines(path: &Path) -> Result<Inputs, Error> {
        let text =
            files::read(path, files::TEXT).map_err(|error| Error::Unreadable { path: path.to_owned(), error })?;
        let mut ends: Vec<usize> = text.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at).collect();
        if text.last().is_some_and(|last| *last != b'\n') {
            ends.push(text.len());
        }
        Ok(Inputs { source: Source::Lines { text, ends }, patches: Vec::new() })
    }

    /// Seeds of the random bytes that the program is given.
    pub fn seeds(range: Range<u64>) -> Inputs {
        Inputs { source: Source::Seeds(range), patches: Vec::new() }
    }

    /// Row `n` of the `.npy` file is written at `place`, a symbol or 0x and an address, before run `n` begins. With
    /// other inputs there must be as many rows as these.
    pub fn patch(mut self, place: &str, path: &Path) -> Result<Inputs, Error> {
        let rows = Rows::open(path)?;
        let (inputs, other) = match (&self.source, self.patches.first()) {
            (Source::Rows, None) => (rows.count, String::new()),
            (Source::Rows, Some((_, first))) => (first.count, first.path.display().to_string()),
            _ => (self.count(), "the other inputs".to_owned()),
        };
        if rows.count != inputs {
            return Err(Error::PatchCount { path: path.to_owned(), rows: rows.count, other, inputs });
        }
        self.patches.push((place.to_owned(), rows));
        Ok(self)
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        match &self.source {
            Source::Rows => self.patches.first().map_or(0, |(_, rows)| rows.count),
            Source::Files { names, .. } => names.len() as u64,
            Source::Lines { ends, .. } => ends.len() as u64,
            Source::Seeds(range) => range.end.saturating_sub(range.start),
        }
    }

    /// The number of an input, from 0 on: of a file by its name, as it is or as results have it, of a seed by the seed.
    /// Rows, lines, and files that no name is found for are told by their number itself.
    pub fn find(&self, name: &str) -> Result<u64, Error> {
        let number = name.parse().ok().filter(|number| *number < self.count());
        let found = match &self.source {
            Source::Rows | Source::Lines { .. } => number,
            Source::Seeds(range) => {
                let seed = name.parse().ok().filter(|seed| range.contains(seed));
                seed.map(|seed: u64| seed - range.start)
            }
            Source::Files { names, .. } => {
                let called = |found: &OsString| {
                    let bytes = found.as_encoded_bytes();
                    bytes == name.as_bytes() || escape::name(bytes) == name
                };
                names.iter().position(called).map(|at| at as u64).or(number)
            }
        };
        found.ok_or_else(|| Error::NoSuchInput { name: name.to_owned(), inputs: self.count() })
    }

    /// The places that are patched, and the bytes of a row.
    pub(super) fn patched(&self) -> impl Iterator<Item = (&str, &Rows)> {
        self.patches.iter().map(|(place, rows)| (place.as_str(), rows))
    }

    fn line(&self, n: u64) -> &[u8] {
        let Source::Lines { text, ends } = &self.source else { return &[] };
        let n = n as usize;
        let start = if n == 0 { 0 } else { ends[n - 1] + 1 };
        let line = &text[start..ends[n]];
        line.strip_suffix(b"\r").unwrap_or(line)
    }

    /// What input `n` is called: its file's name, its line, its seed, its row. Digits go through `digits`.
    pub(super) fn name<'a>(&'a self, n: u64, digits: &'a mut itoa::Buffer) -> Cow<'a, str> {
        match &self.source {
            Source::Rows => Cow::Borrowed(digits.format(n)),
            Source::Seeds(range) => Cow::Borrowed(digits.format(range.start + n)),
            Source::Files { names, .. } => escape::name(names[n as usize].as_encoded_bytes()),
            Source::Lines { .. } => escape::name(self.line(n)),
        }
    }

    /// What tells these inputs from others, for a sweep that goes on later, but for what [`Inputs::describe`] says.
    pub(super) fn identity(&self) -> Result<Value, Error> {
        let mut parts = vec![match &self.source {
            Source::Rows => json!("rows"),
            Source::Files { .. } => json!("files"),
            Source::Lines { .. } => json!("lines"),
            Source::Seeds(range) => json!({ "seeds from": range.start }),
        }];
        for (place, rows) in &self.patches {
            let unreadable = |error| Error::Unreadable { path: rows.path.clone(), error };
            let data = hex(rows.fingerprint().map_err(unreadable)?);
            parts.push(json!({ "patch": place, "rows": rows.count, "row bytes": rows.row_bytes, "data": data }));
        }
        Ok(parts.into())
    }

    /// Whether a sweep of these inputs goes on with others behind them. What is patched in belongs to inputs by number.
    pub(super) fn can_grow(&self) -> bool {
        self.patches.is_empty()
    }

    /// The inputs from `first` on, for [`Inputs::follow`] to know them again.
    pub(super) fn describe(&self, first: u64) -> Value {
        let from = first as usize;
        match &self.source {
            Source::Files { directory, names } => {
                let sized = |name: &OsString| json!([escape::name(name.as_encoded_bytes()), size(directory, name)]);
                let names: Vec<Value> = names[from..].par_iter().with_min_len(64).map(sized).collect();
                json!({ "inputs": names.len(), "files": names })
            }
            Source::Lines { ends, .. } => {
                json!({ "inputs": ends.len() - from, "xxh128": self.sum_of_lines(from..ends.len()) })
            }
            Source::Rows | Source::Seeds(_) => json!({ "inputs": self.count() - first }),
        }
    }

    /// Puts the inputs of earlier calls, as [`Inputs::describe`] gave them, in front in their order; others follow.
    /// Fails with the reason if one is not there any more.
    pub(super) fn follow(&mut self, earlier: &[Value]) -> Result<(), String> {
        let counts = earlier.iter().map(|part| part["inputs"].as_u64().unwrap_or(0));
        let known = counts.clone().fold(0, u64::saturating_add);
        if known > self.count() {
            return Err(format!("of {known} inputs, and there are {}", self.count()));
        }
        let mut first = 0;
        for (part, count) in earlier.iter().zip(counts) {
            let lines = first as usize..(first + count) as usize;
            if matches!(self.source, Source::Lines { .. }) && part["xxh128"] != self.sum_of_lines(lines).as_str() {
                return Err(format!("lines {} to {} were others", first + 1, first + count));
            }
            first += count;
        }
        let Source::Files { directory, names } = &mut self.source else { return Ok(()) };
        let mut new: HashMap<String, OsString> =
            names.iter().map(|name| (escape::name(name.as_encoded_bytes()).into_owned(), name.clone())).collect();
        let files = earlier.iter().flat_map(|part| part["files"].as_array().into_iter().flatten());
        let files: Vec<(&str, u64)> =
            files.map(|file| (file[0].as_str().unwrap_or_default(), file[1].as_u64().unwrap_or(u64::MAX))).collect();
        let mut ordered = Vec::with_capacity(names.len());
        for (name, _) in &files {
            ordered.push(new.remove(*name).ok_or_else(|| format!("the file {name} is not there any more"))?);
        }
        let changed = files
            .par_iter()
            .zip(&ordered)
            .with_min_len(64)
            .find_first(|((_, before), name)| size(directory, name) != *before);
        if let Some(((name, before), _)) = changed {
            return Err(format!("the file {name} had {before} bytes and has another size now"));
        }
        if ordered.len() as u64 != known {
            return Err("its list of files is damaged".to_owned());
        }
        names.retain(|name| new.contains_key(&*escape::name(name.as_encoded_bytes())));
        ordered.append(names);
        *names = ordered;
        Ok(())
    }

    fn sum_of_lines(&self, lines: Range<usize>) -> String {
        let mut sum = XxHash3_128::new();
        for n in lines {
            sum.write(self.line(n as u64));
            sum.write(b"\n");
        }
        hex(sum.finish_128())
    }

    /// Reads inputs from `range.start` on into `loaded`: all of the range, or fewer where they are large.
    pub(super) fn load(&self, range: Range<u64>, loaded: &mut Loaded) -> Result<(), Error> {
        let row_bytes: u64 = self.patches.iter().map(|(_, rows)| rows.row_bytes as u64).sum();
        let most = LOADED_BYTES.checked_div(row_bytes).map_or(u64::MAX, |rows| rows.max(1));
        let mut count = (range.end - range.start).min(most) as usize;
        loaded.arguments.clear();
        loaded.stdin.clear();
        loaded.seeds.clear();
        loaded.unreadable.clear();
        loaded.patches.resize_with(self.patches.len(), Vec::new);
        match &self.source {
            Source::Rows => {}
            Source::Seeds(seeds) => {
                let first = seeds.start + range.start;
                loaded.seeds.extend(first..first + count as u64);
            }
            Source::Lines { .. } => {
                let numbers = (0..count as u64).into_par_iter();
                let words = numbers.map(|n| shlex::bytes::split(self.line(range.start + n))).collect::<Vec<_>>();
                for (n, words) in (0..).zip(words) {
                    let words = words.unwrap_or_else(|| {
                        loaded.unreadable.push((n, "the line ends within quotes or behind a backslash".to_owned()));
                        Vec::new()
                    });
                    loaded.arguments.push(words);
                }
            }
            Source::Files { directory, names } => {
                let first = range.start as usize;
                let mut bytes = 0;
                // In steps, so that their sizes are known before too many are in memory.
                let step = 4096;
                while loaded.stdin.len() < count && bytes < LOADED_BYTES {
                    let from = first + loaded.stdin.len();
                    let to = (from + step).min(first + count);
                    let read = names[from..to].par_iter().map(|name| files::read(&directory.join(name), files::INPUT));
                    for (n, file) in (loaded.stdin.len() as u32..).zip(read.collect::<Vec<_>>()) {
                        let file = file.unwrap_or_else(|error| {
                            loaded.unreadable.push((n, error.to_string()));
                            Vec::new()
                        });
                        bytes += file.len() as u64;
                        loaded.stdin.push(file);
                    }
                }
                count = loaded.stdin.len();
            }
        }
        for ((_, rows), buffer) in self.patches.iter().zip(&mut loaded.patches) {
            buffer.resize(count * rows.row_bytes, 0);
            let unreadable = |error| Error::Unreadable { path: rows.path.clone(), error };
            // Large enough that the system's calls do not show.
            let piece = (1 << 20) / rows.row_bytes + 1;
            let pieces = buffer.par_chunks_mut(piece * rows.row_bytes).enumerate();
            let read = pieces.map(|(n, bytes)| rows.read(range.start + (n * piece) as u64, bytes));
            read.collect::<Result<(), _>>().map_err(unreadable)?;
        }
        loaded.count = count as u32;
        Ok(())
    }
}

/// Bytes of a file of the folder; the largest number if that cannot be told.
fn size(directory: &Path, name: &OsString) -> u64 {
    fs::metadata(directory.join(name)).map_or(u64::MAX, |file| file.len())
}

/// Part `index` of `count` of the inputs, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    pub index: u64,
    pub count: u64,
}

impl Shard {
    /// It is not a part.
    pub fn is_whole(self) -> bool {
        self.count == 1
    }

    /// Its inputs, of so many.
    pub fn range(self, inputs: u64) -> Range<u64> {
        let part = |index: u64| (u128::from(inputs) * u128::from(index) / u128::from(self.count)) as u64;
        part(self.index)..part(self.index + 1)
    }
}

/// Inputs in memory.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub count: u32,
    pub arguments: Vec<Vec<Vec<u8>>>,
    stdin: Vec<Vec<u8>>,
    seeds: Vec<u64>,
    /// Rows of each patch.
    patches: Vec<Vec<u8>>,
    /// Those that cannot be run, ascending, and why.
    pub unreadable: Vec<(u32, String)>,
}

impl Loaded {
    /// Those of `rows` as a process takes them, patched at `places` with rows of so many bytes.
    pub fn with_rows<T>(
        &self,
        rows: &Selection,
        places: &[(u64, usize)],
        then: impl FnOnce(&LaneInputs<'_>) -> T,
    ) -> T {
        fn pick<T: Clone>(column: &[T], numbers: &[u32]) -> Vec<T> {
            if column.is_empty() { Vec::new() } else { numbers.iter().map(|n| column[*n as usize].clone()).collect() }
        }
        match rows {
            Selection::Range(range) => {
                let (start, end) = (range.start as usize, range.end as usize);
                fn slice<T>(column: &[T], start: usize, end: usize) -> &[T] {
                    if column.is_empty() { column } else { &column[start..end] }
                }
                let patches: Vec<Patch<'_>> = (places.iter().zip(&self.patches))
                    .map(|((address, size), rows)| Patch {
                        address: *address,
                        row_bytes: *size,
                        rows: &rows[start * size..end * size],
                    })
                    .collect();
                then(&LaneInputs {
                    count: range.end - range.start,
                    arguments: slice(&self.arguments, start, end),
                    stdin: slice(&self.stdin, start, end),
                    seeds: slice(&self.seeds, start, end),
                    patches: &patches,
                })
            }
            Selection::Some(numbers) => {
                let picked: Vec<Vec<u8>> = (places.iter().zip(&self.patches))
                    .map(|((_, size), rows)| {
                        numbers.iter().flat_map(|n| &rows[*n as usize * size..][..*size]).copied().collect()
                    })
                    .collect();
                let patches: Vec<Patch<'_>> = (places.iter().zip(&picked))
                    .map(|((address, size), rows)| Patch { address: *address, row_bytes: *size, rows })
                    .collect();
                then(&LaneInputs {
                    count: numbers.len() as u32,
                    arguments: &pick(&self.arguments, numbers),
                    stdin: &pick(&self.stdin, numbers),
                    seeds: &pick(&self.seeds, numbers),
                    patches: &patches,
                })
            }
        }
    }
}

/// Which of the loaded inputs are run together.
#[derive(Clone, Debug)]
pub(super) enum Selection {
    Range(Range<u32>),
    Some(Vec<u32>),
}

impl Selection {
    pub fn len(&self) -> u32 {
        match self {
            Selection::Range(range) => range.end - range.start,
            Selection::Some(numbers) => numbers.len() as u32,
        }
    }

    /// The number of the input in lane `lane`.
    pub fn number(&self, lane: u32) -> u32 {
        match self {
            Selection::Range(range) => range.start + lane,
            Selection::Some(numbers) => numbers[lane as usize],
        }
    }
}

pub(super) fn hex(hash: u128) -> String {
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_words() {
        let path = std::env::temp_dir().join(format!("kvrm-lines-{}", std::process::id()));
        std::fs::write(&path, "one 'two  three' # four\n\n\"a\\\"b\" c\\ d\r\n'open\nlast").unwrap();
        let inputs = Inputs::lines(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        assert_eq!(inputs.count(), 5);
        let mut loaded = Loaded::default();
        inputs.load(0..5, &mut loaded).unwrap();
        let words = |n: usize| loaded.arguments[n].iter().map(|w| String::from_utf8_lossy(w)).collect::<Vec<_>>();
        assert_eq!(words(0), ["one", "two  three"]);
        assert_eq!(words(1), Vec::<String>::new());
        assert_eq!(words(2), ["a\"b", "c d"]);
        assert_eq!(words(4), ["last"]);
        assert_eq!(loaded.unreadable.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [3]);
        assert_eq!(inputs.name(2, &mut itoa::Buffer::new()), "\"a\\\\\"b\" c\\\\ d");
    }

    #[test]
    fn inputs_are_found_by_name() {
        let names = ["b\n", "7", "c"].map(OsString::from).to_vec();
        let source = Source::Files { directory: PathBuf::new(), names };
        let files = Inputs { source, patches: Vec::new() };
        let found = |name: &str| files.find(name).ok();
        assert_eq!(["b\n", "b\\n", "7", "2", "3", "d"].map(found), [Some(0), Some(0), Some(1), Some(2), None, None]);
        let seeds = Inputs::seeds(7..17);
        assert_eq!(["7", "16", "17", "0", "x"].map(|name| seeds.find(name).ok()), [Some(0), Some(9), None, None, None]);
    }

    #[test]
    fn seeds_count_from_their_start() {
        let inputs = Inputs::seeds(7..17);
        assert_eq!(inputs.count(), 10);
        let mut loaded = Loaded::default();
        inputs.load(3..5, &mut loaded).unwrap();
        let rows = Selection::Some(vec![1]);
        loaded.with_rows(&rows, &[], |lanes| assert_eq!((lanes.count, lanes.seeds), (1, &[11][..])));
        assert_eq!(inputs.name(3, &mut itoa::Buffer::new()), "10");
    }
}
