//! Why sweeps fail.

use std::io;
use std::path::PathBuf;

use crate::linux::{self, SymbolError, elf};
use crate::{gpu, machine};

/// Why a sweep could not be made or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder of inputs cannot be read.
    #[error("{}: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    /// An array that cannot be written into a program's memory.
    #[error("{}: {what}", path.display())]
    Npy { path: PathBuf, what: String },
    /// Columns of inputs have different lengths.
    #[error("{} has {rows} rows, and there are {inputs} inputs ({other})", path.display())]
    PatchCount { path: PathBuf, rows: u64, inputs: u64, other: String },
    /// A row is larger than what it is written over.
    #[error("a row of {} has {row_bytes} bytes, and {place} has {size}", path.display())]
    PatchTooLarge { path: PathBuf, place: String, row_bytes: usize, size: u64 },
    /// The program has no place of this name.
    #[error(transparent)]
    Symbol(#[from] SymbolError),
    /// There is nothing to run.
    #[error("there are no inputs")]
    NoInputs,
    /// A shard that is none.
    #[error("there is no shard {index} of {count}: shards are numbered from 0")]
    Shard { index: u64, count: u64 },
    /// The name of a result file does not say a format.
    #[error("{}: the name must end in .jsonl, .csv or .parquet", path.display())]
    Ending { path: PathBuf },
    /// This KVRM was built without Parquet.
    #[error("this kvrm was built without the feature `parquet`")]
    NoParquet,
    /// The result file cannot be written.
    #[error("{}: {error}", path.display())]
    Output { path: PathBuf, error: io::Error },
    /// The result file is of a sweep with other options or inputs.
    #[error(
        "{} holds results of another sweep ({differences}): repeat that one as it was, or start over with --overwrite",
        path.display()
    )]
    OtherSweep { path: PathBuf, differences: String },
    /// The result file is not known to be a sweep's.
    #[error("{} exists and is no unfinished sweep's: choose another name, or lose it with --overwrite", path.display())]
    NotASweep { path: PathBuf },
    /// The result file has more records than the sweep has inputs.
    #[error("{} holds {found} records, and the sweep has {inputs}: start over with --overwrite", path.display())]
    TooManyRecords { path: PathBuf, found: u64, inputs: u64 },
    /// Another process writes into the result file.
    #[error("{}: another sweep is writing into it", path.display())]
    Busy { path: PathBuf },
    /// The program cannot be started.
    #[error(transparent)]
    Linux(#[from] linux::Error),
    /// The machine failed.
    #[error(transparent)]
    Machine(#[from] machine::Error),
    /// The GPU failed.
    #[error(transparent)]
    Gpu(#[from] gpu::Error),
    /// A thread of the sweep panicked: a mistake in this crate.
    #[error("a worker panicked: {message}")]
    WorkerPanic { message: String },
    /// There is no adapter to work on.
    #[error("no adapter is left to work on")]
    NoWorkers,
    /// It was told to stop.
    #[error("stopped")]
    Stopped,
}

impl Error {
    /// Whether another adapter may do what this one could not.
    pub(super) fn is_local(&self) -> bool {
        matches!(
            self,
            Error::Gpu(_) | Error::Machine(_) | Error::Linux(linux::Error::Machine(_)) | Error::WorkerPanic { .. }
        )
    }
}

impl From<elf::Error> for Error {
    fn from(error: elf::Error) -> Error {
        Error::Linux(error.into())
    }
}
