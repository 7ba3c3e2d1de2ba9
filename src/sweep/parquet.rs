//! A Parquet file of the records in a journal.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::journal;
use super::output::Columns;
use super::record::{Record, Written};

/// Records of a row group, and bytes of text and output in it, at the most. Both depend on the records alone, so that
/// equal sweeps make equal files.
const GROUP_RECORDS: usize = 1 << 20;
const GROUP_BYTES: usize = 256 << 20;

const SCHEMA: &str = "message results {
    required binary input (STRING);
    required binary stop (STRING);
    optional int32 status;
    optional int32 signal;
    required int64 instructions (INTEGER(64, false));
    optional int64 pc (INTEGER(64, false));
    optional binary place (STRING);
    optional binary callers (STRING);
    optional binary access (STRING);
    optional int64 address (INTEGER(64, false));
    optional binary detail (STRING);
    required int64 stdout_bytes (INTEGER(64, false));
    optional binary stdout_xxh128 (STRING);
    required int64 stderr_bytes (INTEGER(64, false));
    optional binary stderr_xxh128 (STRING);
";
const KEPT: &str = "    optional binary stdout;\n    optional binary stderr;\n";
const EDGES: &str = "    optional binary new_edges (STRING);\n";

/// A column in the making: values, and for each record whether it has one.
struct Column<T> {
    values: Vec<T>,
    levels: Vec<i16>,
    optional: bool,
}

impl<T> Column<T> {
    fn new(optional: bool) -> Column<T> {
        Column { values: Vec::new(), levels: Vec::new(), optional }
    }

    fn push(&mut self, value: Option<T>) {
        if self.optional {
            self.levels.push(value.is_some().into());
        }
        self.values.extend(value);
    }

    fn write<W: Write + Send, D: DataType<T = T>>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        let mut writer = group.next_column()?.ok_or_else(|| ParquetError::General("a column too many".to_owned()))?;
        writer.typed::<D>().write_batch(&self.values, self.optional.then_some(&*self.levels), None)?;
        self.values.clear();
        self.levels.clear();
        writer.close()
    }
}

struct Group {
    input: Column<ByteArray>,
    stop: Column<ByteArray>,
    status: Column<i32>,
    signal: Column<i32>,
    instructions: Column<i64>,
    pc: Column<i64>,
    place: Column<ByteArray>,
    /// With blanks between.
    callers: Column<ByteArray>,
    access: Column<ByteArray>,
    address: Column<i64>,
    detail: Column<ByteArray>,
    streams: [Stream; 2],
    /// Numbers with blanks between.
    new_edges: Column<ByteArray>,
    records: usize,
    bytes: usize,
}

struct Stream {
    bytes: Column<i64>,
    hash: Column<ByteArray>,
    kept: Column<ByteArray>,
}

impl Stream {
    fn new() -> Stream {
        Stream { bytes: Column::new(false), hash: Column::new(true), kept: Column::new(true) }
    }

    fn push(&mut self, written: &Written<'_>) {
        self.bytes.push(Some(written.bytes as i64));
        self.hash.push((written.bytes > 0).then(|| super::inputs::hex(written.hash).into_bytes().into()));
        self.kept.push(written.kept.as_ref().map(|kept| kept.to_vec().into()));
    }
}

impl Group {
    fn new() -> Group {
        Group {
            input: Column::new(false),
            stop: Column::new(false),
            status: Column::new(true),
            signal: Column::new(true),
            instructions: Column::new(false),
            pc: Column::new(true),
            place: Column::new(true),
            callers: Column::new(true),
            access: Column::new(true),
            address: Column::new(true),
            detail: Column::new(true),
            streams: [Stream::new(), Stream::new()],
            new_edges: Column::new(true),
            records: 0,
            bytes: 0,
        }
    }

    fn push(&mut self, record: &Record<'_>) {
        let text = |text: &str| ByteArray::from(text);
        self.input.push(Some(text(&record.input)));
        self.stop.push(Some(text(record.stop.name())));
        self.status.push(record.status);
        self.signal.push(record.signal);
        self.instructions.push(Some(record.instructions as i64));
        self.pc.push(record.pc.map(|pc| pc as i64));
        self.place.push(record.place.as_ref().map(|place| text(&format!("{}+{:#x}", place.symbol, place.offset))));
        let callers = record.callers.join(" ");
        self.callers.push((!callers.is_empty()).then(|| text(&callers)));
        self.access.push(record.access.map(text));
        self.address.push(record.address.map(|address| address as i64));
        self.detail.push(record.detail.as_deref().map(text));
        self.bytes += record.input.len();
        for (stream, written) in self.streams.iter_mut().zip([&record.stdout, &record.stderr]) {
            stream.push(written);
            self.bytes += written.kept.as_ref().map_or(0, |kept| kept.len());
        }
        let edges = record.new_edges.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
        self.new_edges.push((!edges.is_empty()).then(|| text(&edges)));
        self.records += 1;
    }

    fn full(&self) -> bool {
        self.records >= GROUP_RECORDS || self.bytes >= GROUP_BYTES
    }

    /// Writes the columns in the order of the schema.
    fn write<W: Write + Send>(
        &mut self,
        file: &mut SerializedFileWriter<W>,
        columns: Columns,
    ) -> Result<(), ParquetError> {
        let mut group = file.next_row_group()?;
        self.input.write::<_, ByteArrayType>(&mut group)?;
        self.stop.write::<_, ByteArrayType>(&mut group)?;
        self.status.write::<_, Int32Type>(&mut group)?;
        self.signal.write::<_, Int32Type>(&mut group)?;
        self.instructions.write::<_, Int64Type>(&mut group)?;
        self.pc.write::<_, Int64Type>(&mut group)?;
        self.place.write::<_, ByteArrayType>(&mut group)?;
        self.callers.write::<_, ByteArrayType>(&mut group)?;
        self.access.write::<_, ByteArrayType>(&mut group)?;
        self.address.write::<_, Int64Type>(&mut group)?;
        self.detail.write::<_, ByteArrayType>(&mut group)?;
        for stream in &mut self.streams {
            stream.bytes.write::<_, Int64Type>(&mut group)?;
            stream.hash.write::<_, ByteArrayType>(&mut group)?;
        }
        for stream in &mut self.streams {
            if columns.output {
                stream.kept.write::<_, ByteArrayType>(&mut group)?;
            } else {
                stream.kept = Column::new(true);
            }
        }
        if columns.edges {
            self.new_edges.write::<_, ByteArrayType>(&mut group)?;
        } else {
            self.new_edges = Column::new(true);
        }
        (self.records, self.bytes) = (0, 0);
        group.close().map(drop)
    }
}

/// Writes the records of a journal of `length` bytes into a new file, and returns how many there are.
pub(super) fn assemble(journal: &mut impl Read, length: u64, path: &Path, columns: Columns) -> io::Result<u64> {
    let schema =
        format!("{SCHEMA}{}{}}}", if columns.output { KEPT } else { "" }, if columns.edges { EDGES } else { "" },);
    let schema = parse_message_type(&schema).map_err(io::Error::other)?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut writer =
        SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).map_err(io::Error::other)?;
    let mut group = Group::new();
    let (mut payload, mut left, mut records) = (Vec::new(), length, 0);
    while journal::read_frame(journal, left, &mut payload)?.is_some() {
        left -= journal::head(&[], 0).len() as u64 + payload.len() as u64;
        let mut rest = &payload[..];
        while let Some(record) = journal::decode(&mut rest) {
            group.push(&record);
            records += 1;
            if group.full() {
                group.write(&mut writer, columns).map_err(io::Error::other)?;
            }
        }
        if !rest.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the journal holds a record that is none"));
        }
    }
    if group.records > 0 {
        group.write(&mut writer, columns).map_err(io::Error::other)?;
    }
    writer.into_inner().map_err(io::Error::other)?.flush()?;
    Ok(records)
}
