//! Rows of arrays that are written over a program's memory: where they go, and one alone.

use std::path::Path;

use super::Error;
use super::rows::Rows;
use crate::linux::{Process, Symbols};

/// Where rows of so many bytes of the array at `path` go.
pub(super) fn address(symbols: &Symbols, place: &str, path: &Path, row_bytes: usize) -> Result<u64, Error> {
    let (address, size) = symbols.place(place)?;
    match size.filter(|size| row_bytes as u64 > *size) {
        Some(size) => Err(Error::PatchTooLarge { path: path.to_owned(), place: place.to_owned(), row_bytes, size }),
        None => Ok(address),
    }
}

/// Writes a row of the `.npy` file at `path` over `place`, a symbol or 0x and an address, in every lane of a process that
/// has not run: what a sweep with this patch does before the run of that row.
///
/// # Errors
/// If there is no such row or place, or the place is smaller than the row or not in the program's memory.
pub fn patch_row(process: &mut Process, symbols: &Symbols, place: &str, path: &Path, row: u64) -> Result<(), Error> {
    let rows = Rows::open(path)?;
    if row >= rows.count {
        return Err(Error::NoSuchRow { path: path.to_owned(), row, rows: rows.count });
    }
    let address = address(symbols, place, path, rows.row_bytes)?;
    let mut bytes = vec![0; rows.row_bytes];
    rows.read(row, &mut bytes).map_err(|error| Error::Unreadable { path: path.to_owned(), error })?;
    Ok(process.patch(address, &bytes)?)
}
