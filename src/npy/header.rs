//! The header of a file.

use super::literal::{Reader, Value, shown};
use super::{Element, Reason};
use std::io::{ErrorKind, Read};

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// As NumPy, which fears what longer ones do to Python's parser.
const MOST_HEADER_BYTES: u32 = 10_000;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub element: Element,
    /// Whether the first axis is the one that varies fastest. Not where that makes no difference.
    pub fortran_order: bool,
    /// Elements along each axis, 64 axes at most. There are none for a single number.
    pub shape: Vec<u64>,
    /// Where the data begins.
    pub offset: u64,
}

impl Header {
    /// Reads a header of version 1.0, 2.0 or 3.0. The reader is left where the data begins.
    ///
    /// # Errors
    /// If it is none, or its elements are not numbers, or its shape stands for more bytes than a file has.
    pub fn read(mut from: impl Read) -> Result<Header, Reason> {
        let cut_off = |error: std::io::Error| match error.kind() {
            ErrorKind::UnexpectedEof => Reason::NotNpy("cut off in its header"),
            _ => error.into(),
        };
        let mut magic = [0; 6];
        match from.read_exact(&mut magic) {
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error.into()),
            _ if magic != *MAGIC => return Err(Reason::NotNpy("another kind of file")),
            result => result.map_err(cut_off)?,
        }
        let mut version = [0; 2];
        from.read_exact(&mut version).map_err(cut_off)?;
        let mut length = [0; 4];
        let width = match version {
            [1, 0] => 2,
            [2 | 3, 0] => 4,
            [major, minor] => return Err(Reason::Version(major, minor)),
        };
        from.read_exact(&mut length[..width]).map_err(cut_off)?;
        let length = u32::from_le_bytes(length);
        if length > MOST_HEADER_BYTES {
            return Err(Reason::HeaderLength { found: length, most: MOST_HEADER_BYTES });
        }
        let mut text = vec![0; length as usize];
        from.read_exact(&mut text).map_err(cut_off)?;
        Header::parse(&text, 8 + width as u64 + u64::from(length))
    }

    fn parse(text: &[u8], offset: u64) -> Result<Header, Reason> {
        let wrong = |what: String| Reason::Header { what, at: 0 };
        let (mut element, mut order, mut axes) = (None, None, None);
        for (key, value) in Reader::new(text).dictionary()? {
            match (key.as_str(), value) {
                ("descr", Value::Text(found)) => {
                    let unknown = || Reason::Elements { found: shown(found.as_bytes()) };
                    element = Some(Element::parse(&found).ok_or_else(unknown)?);
                }
                ("descr", Value::List(found)) => {
                    return Err(Reason::Elements { found: format!("records {found}") });
                }
                ("fortran_order", Value::Bool(fortran)) => order = Some(fortran),
                ("shape", Value::Axes(found)) => axes = Some(found),
                ("descr" | "fortran_order" | "shape", _) => return Err(wrong(format!("{key} of another type"))),
                _ => return Err(wrong(format!("an unknown key {}", shown(key.as_bytes())))),
            }
        }
        let missing = |key: &str| wrong(format!("no {key}"));
        let element = element.ok_or_else(|| missing("descr"))?;
        let fortran_order = order.ok_or_else(|| missing("fortran_order"))?;
        let shape = axes.ok_or_else(|| missing("shape"))?;
        // With one axis of more than one element, or with no element, both orders are one.
        let differs = shape.iter().filter(|n| **n > 1).count() > 1 && !shape.contains(&0);
        let header = Header { element, fortran_order: fortran_order && differs, shape, offset };
        // Axes behind one of 0 count too: who multiplies some of them need not look.
        let mut axes = header.shape.iter().map(|n| (*n).max(1));
        let bytes = axes.try_fold(u64::from(element.bytes), |bytes, n| bytes.checked_mul(n));
        match bytes.and_then(|bytes| bytes.checked_add(offset)) {
            Some(bytes) if i64::try_from(bytes).is_ok() => Ok(header),
            _ => Err(Reason::Shape { shape: header.shape, element }),
        }
    }

    /// Elements of the array.
    pub fn len(&self) -> u64 {
        self.shape.iter().product()
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.shape.contains(&0)
    }

    /// Bytes of the whole file.
    pub fn file_bytes(&self) -> u64 {
        self.offset + self.len() * u64::from(self.element.bytes)
    }

    /// Whether a file of so many bytes is one of this header.
    ///
    /// # Errors
    /// If it is longer or shorter.
    pub fn check_length(&self, found: u64) -> Result<(), Reason> {
        let expected = self.file_bytes();
        if expected == found {
            return Ok(());
        }
        Err(Reason::Length { shape: self.shape.clone(), element: self.element, expected, found })
    }
}
