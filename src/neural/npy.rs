//! Arrays of floats in `.npy` files.

use npyz::WriterBuilder as _;
use std::fs;
use std::path::Path;

/// Why a file is not the array that it should be.
#[derive(Debug, thiserror::Error)]
pub enum NpyError {
    #[error("{file}: {error}")]
    Io { file: String, error: std::io::Error },
    #[error("{file}: expected a .npy file of version 1.0, found {found}")]
    Format { file: String, found: String },
    #[error("{file}: expected elements of type {expected}, found {found}")]
    Type { file: String, expected: &'static str, found: String },
    #[error("{file}: expected C order, found Fortran order")]
    Order { file: String },
    #[error("{file}: expected an array of one dimension, found shape {shape:?}")]
    Dimensions { file: String, shape: Vec<u64> },
    #[error("{file}: expected {expected} bytes for shape {shape:?}, found {found}")]
    Truncated { file: String, shape: Vec<u64>, expected: u64, found: u64 },
}

/// Parses a `.npy` file of version 1.0, called `file` in errors: its shape and its elements in C order. `dtype` is
/// `<f4`, `<u4` and so on.
pub fn read_npy<T: npyz::Deserialize>(
    file: &str,
    bytes: &[u8],
    dtype: &'static str,
) -> Result<(Vec<u64>, Vec<T>), NpyError> {
    let file = file.to_owned();
    let Some((b"\x93NUMPY", rest)) = bytes.split_at_checked(6) else {
        return Err(NpyError::Format { file, found: "another kind of file".to_owned() });
    };
    let [major, minor, low, high, ..] = *rest else {
        return Err(NpyError::Format { file, found: "a file cut off in its header".to_owned() });
    };
    if [major, minor] != [1, 0] {
        return Err(NpyError::Format { file, found: format!("version {major}.{minor}") });
    }
    let npy = match npyz::NpyFile::new(bytes) {
        Ok(npy) => npy,
        Err(error) => return Err(NpyError::Format { file, found: format!("a broken header: {error}") }),
    };
    let header = npy.header();
    let (found, shape) = (header.dtype().descr(), header.shape().to_vec());
    if found.trim_matches('\'') != dtype {
        return Err(NpyError::Type { file, expected: dtype, found });
    }
    if header.order() == npyz::Order::Fortran {
        return Err(NpyError::Order { file });
    }
    let head = 10 + u64::from(u16::from_le_bytes([low, high]));
    let expected = shape.iter().try_fold(4u64, |bytes, n| bytes.checked_mul(*n)).and_then(|n| n.checked_add(head));
    let (expected, length) = (expected.unwrap_or(u64::MAX), bytes.len() as u64);
    if expected != length {
        return Err(NpyError::Truncated { file, shape, expected, found: length });
    }
    let mistyped = |error: npyz::DTypeError| NpyError::Format { file: file.clone(), found: error.to_string() };
    let elements = npy.data::<T>().map_err(mistyped)?.collect::<Result<Vec<T>, _>>();
    Ok((shape, elements.map_err(|error| NpyError::Io { file, error })?))
}

/// The same for an array of one dimension.
pub fn read_npy_vector<T: npyz::Deserialize>(
    file: &str,
    bytes: &[u8],
    dtype: &'static str,
) -> Result<Vec<T>, NpyError> {
    match read_npy(file, bytes, dtype)? {
        (shape, elements) if shape.len() == 1 => Ok(elements),
        (shape, _) => Err(NpyError::Dimensions { file: file.to_owned(), shape }),
    }
}

/// Writes a `.npy` file of version 1.0, `<f4`.
pub fn write_npy(path: &Path, shape: &[u64], elements: &[f32]) -> Result<(), NpyError> {
    write_elements(path, shape, elements)
}

/// Writes a `.npy` file of version 1.0, `<u4`.
pub fn write_npy_words(path: &Path, shape: &[u64], elements: &[u32]) -> Result<(), NpyError> {
    write_elements(path, shape, elements)
}

fn write_elements<T: npyz::AutoSerialize + Copy>(path: &Path, shape: &[u64], elements: &[T]) -> Result<(), NpyError> {
    let mut bytes = Vec::new();
    let write = |bytes: &mut Vec<u8>| {
        let options = npyz::WriteOptions::new().default_dtype().shape(shape);
        let mut writer = options.writer(bytes).begin_nd()?;
        writer.extend(elements)?;
        writer.finish()
    };
    let written = write(&mut bytes).and_then(|()| fs::write(path, &bytes));
    written.map_err(|error| NpyError::Io { file: path.display().to_string(), error })
}
