//! NumPy's `.npy` files, read as NumPy reads them: the one reader of weights, traces, patches and edges.
//!
//! The header is parsed here because no crate at hand reads one that is made to do harm: npyz 0.9 allocates what four bytes
//! say, multiplies axes unchecked, and recurses as deep as brackets go.

mod element;
mod header;
mod literal;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use element::{Element, Kind};
pub use header::Header;
pub use read::{Array, Number, open, parse, parse_integers, read, read_integers};
pub use write::{write, write_to};

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct Error {
    /// Its name.
    pub file: String,
    pub reason: Reason,
}

/// Why a file is not the array that is wanted. No text repeats more than some 40 bytes of the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// It cannot be read or written, or is no regular file.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It does not begin as such files do.
    #[error("not a .npy file: {0}")]
    NotNpy(&'static str),
    /// Of a version that NumPy does not write.
    #[error(".npy version {0}.{1}, expected 1.0, 2.0 or 3.0")]
    Version(u8, u8),
    /// NumPy does not read such a header either, unless it is told to trust the file.
    #[error("its header has {found} bytes, expected at most {most}")]
    HeaderLength { found: u32, most: u32 },
    /// The header is no dictionary of the three keys.
    #[error("a broken header: {what} at byte {at}")]
    Header { what: String, at: usize },
    /// Elements are not numbers.
    #[error("its elements are {found}, expected numbers like <u4, <i8 or <f4")]
    Elements { found: String },
    /// Elements are other numbers than wanted.
    #[error("expected elements of type {expected}, found {found}")]
    Type { expected: &'static str, found: Element },
    /// An integer does not fit.
    #[error("element {index} is {value}, which is more than fits")]
    Range { index: usize, value: u64 },
    /// The number of bytes that the shape stands for has more than 63 bits.
    #[error("its shape {shape:?} of {element} is out of range")]
    Shape { shape: Vec<u64>, element: Element },
    /// The array has more or fewer axes.
    #[error("expected {expected}, found shape {shape:?}")]
    Axes { expected: &'static str, shape: Vec<u64> },
    /// There is more data or less than the shape asks for.
    #[error("expected {expected} bytes for shape {shape:?} of {element}, found {found}")]
    Length { shape: Vec<u64>, element: Element, expected: u64, found: u64 },
}

impl Reason {
    /// This reason with the file's name.
    pub fn of(self, file: impl std::fmt::Display) -> Error {
        Error { file: file.to_string(), reason: self }
    }
}
