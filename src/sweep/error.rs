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
    /// An array has fewer rows.
    #[error("{} has {rows} rows, counted from 0, and no row {row}", path.display())]
    NoSuchRow { path: PathBuf, row: u64, rows: u64 },
    /// There is no such input.
    #[error(
        "there is no input {name}: give its name as it is in the results, or its number from 0 on and below {inputs}"
    )]
    NoSuchInput { name: String, inputs: u64 },
    /// One input cannot be run into a file of all.
    #[error("a file of results is of all inputs, not of one")]
    OneInput,
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
    /// The inputs are fewer or others than those that the result file has records of.
    #[error(
        "{} holds results of other inputs ({what}): repeat the sweep with those that it had, or start over with --overwrite",
        path.display()
    )]
    OtherInputs { path: PathBuf, what: String },
    /// There are more inputs than before, and the file or the sweep is not one that can take more.
    #[error("{} has results of {found} inputs, and there are {inputs} now; {why}", path.display())]
    CannotGrow { path: PathBuf, found: u64, inputs: u64, why: &'static str },
    /// What describes the sweep of a result file was written by another version.
    #[error(
        "{}: it was written by another version of kvrm: end that sweep with it, or start over with --overwrite",
        path.display()
    )]
    OldNote { path: PathBuf },
    /// What describes the sweep of a result file is damaged.
    #[error("{}: line {line} is damaged: start over with --overwrite", path.display())]
    DamagedNote { path: PathBuf, line: usize },
    /// The result file is not what the sweep wrote.
    #[error(
        "{} is not as the sweep wrote it: what follows its first {records} results has changed. Put it back as it was, or \
         cut it to its first {bytes} bytes (truncate -s {bytes}) and the sweep goes on from there, or start over with \
         --overwrite",
        path.display()
    )]
    Altered { path: PathBuf, records: u64, bytes: u64 },
    /// The whole Parquet file is not what the sweep wrote.
    #[error("{} is not as the sweep wrote it: put it back as it was, or start over with --overwrite", path.display())]
    AlteredWhole { path: PathBuf },
    /// A file of the sweep was deleted or replaced while it was written.
    #[error("{} was deleted or replaced while the sweep wrote it", path.display())]
    Gone { path: PathBuf },
    /// The result file is not known to be a sweep's.
    #[error("{} exists and is no unfinished sweep's: choose another name, or lose it with --overwrite", path.display())]
    NotASweep { path: PathBuf },
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
