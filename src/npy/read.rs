//! Whole arrays, in C order whatever the file's order is.

use super::{Element, Error, Header, Kind, Reason};
use crate::files;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

/// An array.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<T> {
    /// Elements along each axis.
    pub shape: Vec<u64>,
    /// All elements, those of the last axis beside each other.
    pub values: Vec<T>,
}

impl<T> Array<T> {
    /// The elements of an array of one axis.
    ///
    /// # Errors
    /// If it has others.
    pub fn into_vector(self) -> Result<Vec<T>, Reason> {
        match self.shape[..] {
            [_] => Ok(self.values),
            _ => Err(Reason::Axes { expected: "an array of one dimension", shape: self.shape }),
        }
    }
}

/// A type that arrays are read and written as.
pub trait Number: Copy {
    /// As NumPy calls it.
    const TYPE: &'static str;
    /// From little-endian bytes, as many as it has.
    fn from_bytes(bytes: &[u8]) -> Self;
    /// Appends its bytes.
    fn append_to(self, bytes: &mut Vec<u8>);
}

macro_rules! numbers {
    ($($type:ty = $name:literal),*) => {
        $(impl Number for $type {
            const TYPE: &'static str = $name;
            fn from_bytes(bytes: &[u8]) -> Self {
                let mut own = [0; size_of::<$type>()];
                own.copy_from_slice(bytes);
                Self::from_le_bytes(own)
            }
            fn append_to(self, bytes: &mut Vec<u8>) {
                bytes.extend(self.to_le_bytes());
            }
        })*
    };
}

numbers!(f32 = "<f4", u32 = "<u4", i32 = "<i4", i64 = "<i8");

/// Opens a file, looks at its header, and checks its length. The file is left where the data begins.
///
/// # Errors
/// If it is no regular file, or no array of numbers, or is cut off.
pub fn open(path: &Path) -> Result<(File, Header), Error> {
    let open = || -> Result<_, Reason> {
        let (mut file, header, length) = look(path)?;
        header.check_length(length)?;
        file.seek(std::io::SeekFrom::Start(header.offset))?;
        Ok((file, header))
    };
    open().map_err(|reason| reason.of(path.display()))
}

/// Reads a file of elements of this type, in either byte order.
///
/// # Errors
/// As [`open`], and if elements have another type.
pub fn read<T: Number>(path: &Path) -> Result<Array<T>, Error> {
    from_file(path, check_type::<T>, |_, bytes| Ok(T::from_bytes(bytes)))
}

/// Reads a file of integers of any size.
///
/// # Errors
/// As [`open`], and if elements are no integers or too large.
pub fn read_integers(path: &Path) -> Result<Array<i64>, Error> {
    from_file(path, check_integers, widened)
}

/// [`read`] of bytes that are called `name` in errors.
///
/// # Errors
/// As [`read`].
pub fn parse<T: Number>(name: &str, bytes: &[u8]) -> Result<Array<T>, Error> {
    from_bytes(name, bytes, check_type::<T>, |_, bytes| Ok(T::from_bytes(bytes)))
}

/// [`read_integers`] of bytes that are called `name` in errors.
///
/// # Errors
/// As [`read_integers`].
pub fn parse_integers(name: &str, bytes: &[u8]) -> Result<Array<i64>, Error> {
    from_bytes(name, bytes, check_integers, widened)
}

/// A file, its header, its length. What was read is more than the header.
fn look(path: &Path) -> Result<(File, Header, u64), Reason> {
    let file = files::open(path)?;
    let header = Header::read(std::io::BufReader::new(&file))?;
    let length = file.metadata()?.len();
    Ok((file, header, length))
}

type Check = fn(Element) -> Result<(), Reason>;
/// Makes an element of its index in the file, its type and its bytes, the lowest first.
type Convert<T> = fn((usize, Element), &[u8]) -> Result<T, Reason>;

fn from_file<T: Copy>(path: &Path, check: Check, convert: Convert<T>) -> Result<Array<T>, Error> {
    let read = || {
        let (mut file, header, length) = look(path)?;
        check(header.element)?;
        header.check_length(length)?;
        if length > files::ARRAY {
            return Err(files::too_large(files::ARRAY).into());
        }
        file.seek(std::io::SeekFrom::Start(header.offset))?;
        array(&header, file, convert)
    };
    read().map_err(|reason: Reason| reason.of(path.display()))
}

fn from_bytes<T: Copy>(name: &str, bytes: &[u8], check: Check, convert: Convert<T>) -> Result<Array<T>, Error> {
    let read = || {
        let mut rest = bytes;
        let header = Header::read(&mut rest)?;
        check(header.element)?;
        header.check_length(bytes.len() as u64)?;
        array(&header, rest, convert)
    };
    read().map_err(|reason: Reason| reason.of(name))
}

fn check_type<T: Number>(found: Element) -> Result<(), Reason> {
    match (Element { big_endian: false, ..found }).to_string() == T::TYPE {
        true => Ok(()),
        false => Err(Reason::Type { expected: T::TYPE, found }),
    }
}

fn check_integers(found: Element) -> Result<(), Reason> {
    match found.kind {
        Kind::Int | Kind::Uint => Ok(()),
        _ => Err(Reason::Type { expected: "integers, like <i4 or <u4", found }),
    }
}

fn widened((index, element): (usize, Element), bytes: &[u8]) -> Result<i64, Reason> {
    let mut own = [0; 8];
    own[..bytes.len()].copy_from_slice(bytes);
    let value = u64::from_le_bytes(own);
    let unused = 64 - 8 * u32::from(element.bytes);
    match element.kind {
        Kind::Int => Ok((value << unused) as i64 >> unused),
        _ => i64::try_from(value).map_err(|_| Reason::Range { index, value }),
    }
}

/// All elements.
fn array<T: Copy>(header: &Header, mut data: impl Read, convert: Convert<T>) -> Result<Array<T>, Reason> {
    let size = usize::from(header.element.bytes);
    let mut bytes = vec![0; header.len() as usize * size];
    data.read_exact(&mut bytes)?;
    if header.element.big_endian {
        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    let values = bytes.chunks_exact(size).enumerate();
    let values = values.map(|(index, bytes)| convert((index, header.element), bytes));
    let mut values = values.collect::<Result<Vec<T>, Reason>>()?;
    if header.fortran_order {
        values = in_c_order(&header.shape, &values);
    }
    Ok(Array { shape: header.shape.clone(), values })
}

fn in_c_order<T: Copy>(shape: &[u64], values: &[T]) -> Vec<T> {
    // How far it is to the next element along each axis.
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for n in shape {
        strides.push(stride);
        stride *= *n as usize;
    }
    let mut place = vec![0; shape.len()];
    let mut at = 0;
    let mut next = || {
        let value = values[at];
        // The last axis goes on first.
        for axis in (0..shape.len()).rev() {
            place[axis] += 1;
            at += strides[axis];
            if place[axis] < shape[axis] {
                break;
            }
            at -= strides[axis] * shape[axis] as usize;
            place[axis] = 0;
        }
        value
    };
    (0..values.len()).map(|_| next()).collect()
}
