//! Files of version 1.0, little-endian, in C order.

use super::{Error, Number};
use std::io::Write;
use std::path::Path;

/// Bytes that are written at once.
const PIECE: usize = 1 << 16;

/// Writes a file.
///
/// # Panics
/// If there are not as many elements as the shape says.
///
/// # Errors
/// If it cannot be written.
pub fn write<T: Number>(path: &Path, shape: &[u64], elements: &[T]) -> Result<(), Error> {
    assert_eq!(shape.iter().product::<u64>(), elements.len() as u64, "shape {shape:?}");
    let written = std::fs::File::create(path).and_then(|file| write_to(file, shape, elements.iter().copied()));
    written.map_err(|error| super::Reason::Io(error).of(path.display()))
}

/// Writes a header and elements, of which the caller has as many as the shape says.
///
/// # Errors
/// If they cannot be written.
pub fn write_to<T: Number>(
    mut to: impl Write,
    shape: &[u64],
    elements: impl IntoIterator<Item = T>,
) -> std::io::Result<()> {
    let axes: String = shape.iter().map(|n| format!("{n}, ")).collect();
    let header = format!("{{'descr': '{}', 'fortran_order': False, 'shape': ({axes}), }}", T::TYPE);
    // Data begins at a multiple of 64.
    let length = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(format!("{header:0$}\n", length - 1).bytes());
    for element in elements {
        element.append_to(&mut bytes);
        if bytes.len() >= PIECE {
            to.write_all(&bytes)?;
            bytes.clear();
        }
    }
    to.write_all(&bytes)?;
    to.flush()
}
