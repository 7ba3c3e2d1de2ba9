//! Rows of a `.npy` file, read where they are wanted.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use npyz::{DType, Order, TypeChar};
use twox_hash::XxHash3_128;

use super::Error;
use crate::files;

/// Pieces of a file that tell one array from another, and their size.
const SAMPLES: u64 = 64;
const SAMPLE_BYTES: u64 = 4096;

/// The header of a file is shorter.
const HEAD_BYTES: u64 = 64 << 10;

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
        let unreadable = |error: io::Error| Error::Unreadable { path: path.to_owned(), error };
        let mut file = files::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let mut head = Vec::new();
        (&mut file).take(HEAD_BYTES).read_to_end(&mut head).map_err(unreadable)?;
        if shape_overflows(&head) {
            return Err(failed("its shape is out of range".to_owned()));
        }
        file.rewind().map_err(unreadable)?;
        let header =
            npyz::NpyHeader::from_reader(&mut file).map_err(|error| failed(format!("not a .npy file ({error})")))?;
        let data = file.stream_position().map_err(unreadable)?;
        let descr = header.dtype().descr();
        let DType::Plain(element) = header.dtype() else {
            return Err(failed(format!("its elements are records ({descr}): one number an element is wanted")));
        };
        use TypeChar::{Bool, Complex, Float, Int, Uint};
        if !matches!(element.type_char(), Bool | Complex | Float | Int | Uint) {
            return Err(failed(format!("its elements are {descr}, not numbers")));
        }
        if element.endianness() == npyz::Endianness::Big {
            return Err(failed(format!("its numbers are big-endian ({descr}), the program's are little-endian")));
        }
        let shape = header.shape();
        let [count, row @ ..] = shape else {
            return Err(failed("it has no axis: the first one counts the inputs".to_owned()));
        };
        if header.order() == Order::Fortran && !row.is_empty() {
            return Err(failed(
                "it is in Fortran order, in which rows are not contiguous: save numpy.ascontiguousarray of it"
                    .to_owned(),
            ));
        }
        let row_bytes = row.iter().try_fold(element.num_bytes().unwrap_or(0) as u64, |bytes, n| bytes.checked_mul(*n));
        let needed = row_bytes.and_then(|row| row.checked_mul(*count)).and_then(|bytes| bytes.checked_add(data));
        let (Some(row_bytes), Some(needed)) = (row_bytes, needed) else {
            return Err(failed(format!("its shape {shape:?} is out of range")));
        };
        if row_bytes == 0 {
            return Err(failed(format!("its rows are empty (shape {shape:?})")));
        }
        if needed != length {
            return Err(failed(format!("shape {shape:?} of {descr} makes a file of {needed} bytes, it has {length}")));
        }
        Ok(Rows { path: path.to_owned(), file, data, count: *count, row_bytes: row_bytes as usize })
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

/// Whether the numbers of the shape in this header have a product that no file has: the parser counts on it.
fn shape_overflows(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let shape = text.split("'shape'").nth(1).and_then(|rest| rest.split('(').nth(1)?.split(')').next());
    let axes = shape.unwrap_or_default().split(',').map(|axis| axis.trim().trim_end_matches('L'));
    let axes: Vec<Option<u64>> = axes.filter(|axis| !axis.is_empty()).map(|axis| axis.parse().ok()).collect();
    // Elements are smaller than this.
    axes.into_iter().try_fold(1_u64 << 16, |product, axis| product.checked_mul(axis?)).is_none()
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
            ("short", "'<u4'", false, "(3, 2)", 23, "makes a file of"),
            ("long", "'<u4'", false, "(3, 2)", 25, "makes a file of"),
            ("fortran", "'<u4'", true, "(3, 2)", 24, "Fortran order"),
            ("object", "'|O'", false, "(3,)", 24, "not"),
            ("text", "'<U2'", false, "(3,)", 24, "not numbers"),
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
        let column = file("column", &header("'<u4'", true, "(6,)"), &[0; 24]);
        assert_eq!(Rows::open(&column).unwrap().count, 6, "one axis has one order");
        std::fs::write(&column, "text").unwrap();
        assert!(Rows::open(&column).unwrap_err().to_string().contains("not a .npy file"));
        std::fs::remove_file(column).unwrap();
    }
}
