//! Rows of a `.npy` file, read where they are wanted.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use twox_hash::XxHash3_128;

use super::Error;
use crate::npy;

/// Pieces of a file that tell one array from another, and their size.
const SAMPLES: u64 = 64;
const SAMPLE_BYTES: u64 = 4096;

/// An array of numbers in C order whose first axis counts its rows.
#[derive(Debug)]
pub(super) struct Rows {
    pub path: PathBuf,
    file: File,
    /// Where the first row begins.
    data: u64,
    pub count: u64,
    pub row_bytes: usize,
}

impl Rows {
    pub fn open(path: &Path) -> Result<Rows, Error> {
        let failed = |what: String| Error::Npy { path: path.to_owned(), what };
        let (file, header) = npy::open(path).map_err(|error| match error.reason {
            npy::Reason::Io(error) => Error::Unreadable { path: path.to_owned(), error },
            reason => failed(reason.to_string()),
        })?;
        if header.element.big_endian {
            let element = header.element;
            return Err(failed(format!("its numbers are big-endian ({element}), the program's are little-endian")));
        }
        let shape = &header.shape;
        let [count, row @ ..] = &shape[..] else {
            return Err(failed("it has no axis: the first one counts the inputs".to_owned()));
        };
        if header.fortran_order {
            return Err(failed(
                "it is in Fortran order, in which rows are not contiguous: save numpy.ascontiguousarray of it"
                    .to_owned(),
            ));
        }
        // No overflow: the header's shape is that of a file.
        let row_bytes = row.iter().product::<u64>() * u64::from(header.element.bytes);
        if row_bytes == 0 {
            return Err(failed(format!("its rows are empty (shape {shape:?})")));
        }
        Ok(Rows { path: path.to_owned(), file, data: header.offset, count: *count, row_bytes: row_bytes as usize })
    }

    /// Reads as many rows as fill `buffer`, from row `first` on.
    pub fn read(&self, first: u64, buffer: &mut [u8]) -> io::Result<()> {
        read_exact_at(&self.file, buffer, self.data + first * self.row_bytes as u64)
    }

    /// A number for what the file holds: its header and samples of its data.
    pub fn fingerprint(&self) -> io::Result<u128> {
        let mut hash = XxHash3_128::new();
        let end = self.data + self.count * self.row_bytes as u64;
        let mut piece = vec![0; SAMPLE_BYTES as usize];
        let step = (end / SAMPLES).max(SAMPLE_BYTES);
        let starts = (0..SAMPLES).map(|n| n * step).chain([end.saturating_sub(SAMPLE_BYTES)]);
        for start in starts.filter(|start| *start < end) {
            let length = SAMPLE_BYTES.min(end - start) as usize;
            read_exact_at(&self.file, &mut piece[..length], start)?;
            hash.write(&piece[..length]);
        }
        hash.write(&end.to_le_bytes());
        Ok(hash.finish_128())
    }
}

/// Reads at a place of the file; threads share its handle.
#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_read(file, buffer, offset)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[count..];
        offset += count as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with this header text and data.
    fn file(name: &str, header: &str, data: &[u8]) -> PathBuf {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        let path = std::env::temp_dir().join(format!("kvrm-npy-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn header(descr: &str, fortran: bool, shape: &str) -> String {
        let fortran = if fortran { "True" } else { "False" };
        format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n")
    }

    #[test]
    fn rows_are_read_where_they_are() {
        let data: Vec<u8> = (0..120).collect();
        for (descr, shape, row_bytes) in
            [("'<u4'", "(5, 2, 3)", 24), ("'|u1'", "(5, 24)", 24), ("'<c16'", "(5,)", 16), ("'|b1'", "(120,)", 1)]
        {
            let data = &data[..if shape == "(5,)" { 80 } else { 120 }];
            let path = file("good", &header(descr, false, shape), data);
            let rows = Rows::open(&path).unwrap();
            assert_eq!((rows.row_bytes, rows.count), (row_bytes, data.len() as u64 / row_bytes as u64), "{descr}");
            let mut buffer = vec![0; 2 * row_bytes];
            rows.read(3, &mut buffer).unwrap();
            assert_eq!(buffer, data[3 * row_bytes..5 * row_bytes]);
            std::fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn what_is_no_array_of_numbers_is_refused() {
        for (name, descr, fortran, shape, length, message) in [
            ("short", "'<u4'", false, "(3, 2)", 23, "bytes for shape [3, 2] of <u4, found"),
            ("long", "'<u4'", false, "(3, 2)", 25, "bytes for shape [3, 2] of <u4, found"),
            ("fortran", "'<u4'", true, "(3, 2)", 24, "Fortran order"),
            ("object", "'|O'", false, "(3,)", 24, "its elements are |O"),
            ("text", "'<U2'", false, "(3,)", 24, "its elements are <U2"),
            ("big", "'>u4'", false, "(6,)", 24, "big-endian"),
            ("record", "[('a', '<u4'), ('b', '<u4')]", false, "(3,)", 24, "records"),
            ("scalar", "'<u4'", false, "()", 4, "no axis"),
            ("empty", "'<u4'", false, "(4, 0)", 0, "rows are empty"),
            ("huge", "'<u4'", false, "(4294967296, 4294967296)", 0, "out of range"),
        ] {
            let path = file(name, &header(descr, fortran, shape), &vec![0; length]);
            let error = Rows::open(&path).unwrap_err().to_string();
            assert!(error.contains(message) && error.contains(name), "{name}: {error}");
            std::fs::remove_file(path).unwrap();
        }
        for (shape, count) in [("(6,)", 6), ("(1, 6)", 1), ("(6, 1)", 6)] {
            let one = file("column", &header("'<u4'", true, shape), &[0; 24]);
            assert_eq!(Rows::open(&one).unwrap().count, count, "one axis has one order");
        }
        let column = file("column", "", &[]);
        std::fs::write(&column, "text").unwrap();
        assert!(Rows::open(&column).unwrap_err().to_string().contains("not a .npy file"));
        std::fs::remove_file(column).unwrap();
    }
}
