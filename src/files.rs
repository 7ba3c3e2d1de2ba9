//! Opening the files that users name.
//!
//! What is there is looked at first: opening a named pipe waits for somebody to write into it, and a device may give
//! bytes without end. Whoever reads a whole file says how many bytes it may have.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// Bytes of a program.
pub const PROGRAM: u64 = 2 << 30;
/// Bytes of one standard input of a sweep.
pub const INPUT: u64 = 1 << 30;
/// Bytes of a file of text that is read as a whole: lines of arguments, cases, what is known of a sweep.
pub const TEXT: u64 = 1 << 30;
/// Bytes of an array or a network that is read as a whole.
pub const ARRAY: u64 = 16 << 30;

/// Why a file is not read, as the inner error of an [`io::Error`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is something else than a file with contents of its own.
    #[error("it is a {kind}, and a regular file is wanted")]
    Kind { kind: &'static str },
    /// It is larger than what is read.
    #[error("it has more than the {limit} bytes that are read of such a file")]
    Size { limit: u64 },
}

/// Opens a regular file for reading. Anything else, also behind a link, is refused without waiting for it.
pub fn open(path: &Path) -> io::Result<File> {
    check(std::fs::metadata(path)?.file_type())?;
    let mut options = OpenOptions::new();
    options.read(true);
    // Another file may be there by now: a named pipe is then opened at once, and refused below.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_NOCTTY);
    let file = options.open(path)?;
    check(file.metadata()?.file_type())?;
    Ok(file)
}

/// Fails if there is something at `path` that is no regular file.
pub fn check_path(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        found => check(found?.file_type()),
    }
}

/// Reads a regular file of at most `limit` bytes.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let too_large = || too_large(limit);
    let length = file.metadata()?.len();
    if length > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let room = usize::try_from(length).map_err(|_| too_large())?;
    bytes.try_reserve_exact(room).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    // It may grow while it is read, and some files do not say how much they hold.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

/// The error of a file that has more bytes than are read of it.
pub(crate) fn too_large(limit: u64) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, Refused::Size { limit })
}

fn check(found: FileType) -> io::Result<()> {
    if found.is_file() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, Refused::Kind { kind: kind(found) }))
}

#[cfg(unix)]
fn kind(found: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match found {
        _ if found.is_dir() => "folder",
        _ if found.is_fifo() => "pipe",
        _ if found.is_socket() => "socket",
        _ => "device",
    }
}

#[cfg(not(unix))]
fn kind(found: FileType) -> &'static str {
    if found.is_dir() { "folder" } else { "device" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(result: io::Result<Vec<u8>>) -> Refused {
        let error = result.unwrap_err();
        error.get_ref().and_then(|inner| inner.downcast_ref::<Refused>()).expect("refused by us").clone()
    }

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let path = std::env::temp_dir().join(format!("kvrm-files-{}", std::process::id()));
        std::fs::write(&path, [7; 100]).unwrap();
        assert_eq!(read(&path, 100).unwrap(), [7; 100]);
        assert_eq!(refused(read(&path, 99)), Refused::Size { limit: 99 });
        assert_eq!(refused(read(&std::env::temp_dir(), 99)), Refused::Kind { kind: "folder" });
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read(&path, 100).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_refused_at_once() {
        assert_eq!(refused(read(Path::new("/dev/zero"), 1)), Refused::Kind { kind: "device" });
        let path = std::env::temp_dir().join(format!("kvrm-pipe-{}", std::process::id()));
        let name = std::ffi::CString::new(path.as_os_str().as_encoded_bytes()).unwrap();
        // SAFETY: `name` is a string that ends at a zero byte and outlives the call.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        assert_eq!(refused(read(&path, 1)), Refused::Kind { kind: "pipe" });
        std::fs::remove_file(&path).unwrap();
    }
}
