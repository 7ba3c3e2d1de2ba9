//! The lanes' own buffers, and the host's view of them: rows are downloaded when read and uploaded when changed.

use super::io::{Io, IoSize};
use crate::abi::{coverage, *};
use crate::gpu::{Buffer, Encode, Gpu};
use crate::machine::Error;
use crate::machine::memory::spaces::LayoutPlace;
use bytemuck::Pod;
use std::ops::Range;
use wgpu::BufferUsages;

/// Up to so many bytes a download costs its round trip and no more.
const SMALL_DOWNLOAD: u64 = 64 << 10;
/// The first rows of the state are the host's alone: where the lane's layout is.
const HOST_ROWS: u32 = LANE_LAYOUT_INTACT + 1;
/// Rows of the state from here on are changed by the host and the GPU: those of coverage, of traps and of the personality.
const SHARED_ROWS: u32 = coverage::LANE.first;
/// With so many lanes rows of registers are kept whole when one lane's are asked for.
const ROWS_FOR: Range<u32> = 257..1 << 16;
/// X0 to X8 are what most traps are about.
const TRAP_REGISTERS: u32 = 8;

/// A row of a buffer, one value a lane, as the host last saw or changed it.
struct Row<T> {
    values: Option<Vec<T>>,
    changed: bool,
}

impl<T> Row<T> {
    const UNKNOWN: Row<T> = Row { values: None, changed: false };
}

impl<T: Pod> Row<T> {
    fn zeros(lanes: u32) -> Self {
        Row { values: Some(vec![T::zeroed(); lanes as usize]), changed: false }
    }

    /// Unknown: the GPU has written it.
    fn forget(&mut self) {
        debug_assert!(!self.changed, "uploaded before the GPU runs");
        self.values = None;
    }

    /// The values; `row` is where it stands in `buffer`, in rows.
    fn read(&mut self, gpu: &Gpu, buffer: &Buffer, row: u32, lanes: u32) -> Result<&mut Vec<T>, Error> {
        if self.values.is_none() {
            let bytes = u64::from(lanes) * size_of::<T>() as u64;
            let start = u64::from(row) * bytes;
            let data = gpu.download(&[(buffer, start..start + bytes)])?;
            self.values = Some(bytemuck::pod_collect_to_vec(&data[0]));
        }
        Ok(self.values.get_or_insert_default())
    }

    /// One lane's value as words, if it is known.
    fn words(&self, lane: u32) -> Option<&[u32]> {
        let values = self.values.as_ref()?;
        Some(bytemuck::cast_slice(&values[lane as usize..][..1]))
    }

    /// One lane's value, and whether the row has changed.
    fn of(
        &mut self,
        gpu: &Gpu,
        buffer: &Buffer,
        row: u32,
        lanes: u32,
        lane: usize,
    ) -> Result<(&mut T, &mut bool), Error> {
        self.read(gpu, buffer, row, lanes)?;
        Ok((&mut self.values.get_or_insert_default()[lane], &mut self.changed))
    }

    fn upload(&mut self, gpu: &Gpu, buffer: &Buffer, row: u32) {
        if let (true, Some(values)) = (self.changed, &self.values) {
            let bytes: &[u8] = bytemuck::cast_slice(values);
            gpu.upload(buffer, u64::from(row) * bytes.len() as u64, bytes);
        }
        self.changed = false;
    }
}

/// Registers, program counters, stops and the lesser state of all lanes.
pub(in crate::machine) struct Lanes {
    pub count: u32,
    pub registers: Buffer,
    pub program_counter: Buffer,
    pub inst: Buffer,
    pub pc_out: Buffer,
    pub state: Buffer,
    pub status: Buffer,
    /// Of the next slice's dispatch.
    pub arguments: Buffer,
    /// Bytes in, and the ring of bytes out.
    pub io: Io,
    register_rows: Vec<Row<[u32; 2]>>,
    counter_row: Row<[u32; 4]>,
    inst_row: Row<u32>,
    out_row: Row<[u32; 8]>,
    state_rows: Vec<Row<u32>>,
}

impl Lanes {
    pub fn new(gpu: &Gpu, count: u32, io: IoSize) -> Result<Lanes, Error> {
        let mut lanes = Lanes::buffers(gpu, count, io)?;
        // No exclusive monitor is set.
        let no_monitor = Row { values: Some(vec![NO_PAGE; count as usize]), changed: true };
        lanes.state_rows[LANE_EXCLUSIVE_HIGH as usize] = no_monitor;
        Ok(lanes)
    }

    fn buffers(gpu: &Gpu, count: u32, io: IoSize) -> Result<Lanes, Error> {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC | gpu.readable();
        let lanes = u64::from(count);
        // Of what the GPU alone changes little is ever asked.
        let known = |row| if (HOST_ROWS..SHARED_ROWS).contains(&row) { Row::UNKNOWN } else { Row::zeros(count) };
        Ok(Lanes {
            count,
            registers: gpu.buffer("registers", lanes * u64::from(REGISTER_ROWS) * 8, usage)?,
            program_counter: gpu.buffer("pc", lanes * 16, usage)?,
            inst: gpu.buffer("inst", lanes * 4, usage)?,
            pc_out: gpu.buffer("pc_out", lanes * 32, usage)?,
            state: gpu.buffer("lane_state", lanes * u64::from(LANE_FIELDS) * 4, usage)?,
            status: gpu.buffer("status", u64::from(STATUS_WORDS) * 4, usage)?,
            arguments: gpu.buffer("dispatch arguments", 12, BufferUsages::INDIRECT | BufferUsages::COPY_DST)?,
            io: Io::new(gpu, count, io)?,
            register_rows: (0..REGISTER_ROWS).map(|_| Row::zeros(count)).collect(),
            counter_row: Row::zeros(count),
            inst_row: Row::zeros(count),
            out_row: Row::zeros(count),
            state_rows: (0..LANE_FIELDS).map(known).collect(),
        })
    }

    /// Every buffer that has rows of one value a lane, with the rows and the bytes of a value.
    fn columns(&self) -> [(&Buffer, u32, u64); 5] {
        [
            (&self.registers, REGISTER_ROWS, 8),
            (&self.program_counter, 1, 16),
            (&self.inst, 1, 4),
            (&self.pc_out, 1, 32),
            (&self.state, LANE_FIELDS, 4),
        ]
    }

    /// Bytes of the buffers.
    pub fn bytes(&self) -> u64 {
        let columns: u64 = self.columns().iter().map(|(buffer, ..)| buffer.size()).sum();
        columns + self.status.size() + self.arguments.size() + self.io.buffer.size()
    }

    /// A copy of some of the lanes. Nothing that the host has changed may wait for its upload.
    pub fn part(&self, gpu: &Gpu, lanes: Range<u32>) -> Result<Lanes, Error> {
        let mut part = Lanes::buffers(gpu, lanes.end - lanes.start, self.io.size)?;
        let commands = gpu.guard("copying lanes", |device| {
            let mut encoder = device.create_command_encoder(&Default::default());
            for ((from, rows, bytes), (to, ..)) in self.columns().into_iter().zip(part.columns()) {
                let length = u64::from(part.count) * bytes;
                for row in 0..u64::from(rows) {
                    let start = (row * u64::from(self.count) + u64::from(lanes.start)) * bytes;
                    encoder.copy(from, start, to, row * length, length);
                }
            }
            self.io.copy_part(&mut encoder, self.count, lanes.clone(), &part.io);
            encoder.finish()
        })?;
        gpu.queue().submit([commands]);
        part.forget_all();
        Ok(part)
    }

    /// Downloads register `n` of all lanes if the host does not know it, with those that are likely to be read next.
    fn fetch(&mut self, gpu: &Gpu, n: u32) -> Result<(), Error> {
        if self.register_rows[n as usize].values.is_some() {
            return Ok(());
        }
        let row_bytes = u64::from(self.count) * 8;
        let rows = if row_bytes * u64::from(REGISTER_ROWS) <= SMALL_DOWNLOAD {
            0..REGISTER_ROWS
        } else if n <= TRAP_REGISTERS {
            0..TRAP_REGISTERS + 1
        } else {
            n..n + 1
        };
        let range = u64::from(rows.start) * row_bytes..u64::from(rows.end) * row_bytes;
        let data = gpu.download(&[(&self.registers, range)])?;
        for (row, bytes) in rows.zip(data[0].chunks_exact(row_bytes as usize)) {
            self.register_rows[row as usize].values.get_or_insert_with(|| bytemuck::pod_collect_to_vec(bytes));
        }
        Ok(())
    }

    /// What a register holds.
    pub fn get(&mut self, gpu: &Gpu, lane: u32, register: &Register) -> Result<u128, Error> {
        let words = (0..register.words).map(|n| Ok(*self.word(gpu, lane, register, n)?.0));
        Ok(Register::join(words.collect::<Result<Vec<u32>, Error>>()?))
    }

    /// Sets a register, as much of it as it has bits for.
    pub fn set(&mut self, gpu: &Gpu, lane: u32, register: &Register, value: u128) -> Result<(), Error> {
        for (n, value) in (0..).zip(register.split(value & register.mask)) {
            let (word, changed) = self.word(gpu, lane, register, n)?;
            *word = value;
            *changed = true;
        }
        Ok(())
    }

    /// A word of a register of a lane, and whether its row has changed.
    fn word(&mut self, gpu: &Gpu, lane: u32, register: &Register, n: u32) -> Result<(&mut u32, &mut bool), Error> {
        let (lane, count) = (lane as usize, self.count);
        match register.place {
            Place::Row(first) => {
                let index = first + n / 2;
                self.fetch(gpu, index)?;
                let row = &mut self.register_rows[index as usize];
                let (value, changed) = row.of(gpu, &self.registers, index, count, lane)?;
                Ok((&mut value[n as usize % 2], changed))
            }
            Place::Counter(first) => {
                let (value, changed) = self.counter_row.of(gpu, &self.program_counter, 0, count, lane)?;
                Ok((&mut value[(first + n) as usize], changed))
            }
            Place::State(first) => {
                let index = first + n;
                self.state_rows[index as usize].of(gpu, &self.state, index, count, lane)
            }
        }
    }

    /// All registers of a lane: what the host does not know of them is downloaded at once, of this lane alone, but for
    /// `ROWS_FOR` lanes, of whose others it is likely to be asked too.
    pub fn all(&mut self, gpu: &Gpu, lane: u32) -> Result<RegisterFile, Error> {
        let mut file = RegisterFile::default();
        if ROWS_FOR.contains(&self.count) {
            for register in REGISTER_FILE {
                file.set(register, self.get(gpu, lane, register)?);
            }
            return Ok(file);
        }
        let mut words = vec![0; SNAPSHOT_WORDS as usize];
        let mut unknown = Vec::new();
        let mut wanted = Vec::new();
        // Words from a place in a snapshot on, which are a row's.
        let mut part = |at: u32, known: Option<&[u32]>, buffer, row: u32, count: u32| match known {
            Some(known) => words[at as usize..][..known.len()].copy_from_slice(known),
            None => {
                let bytes = u64::from(count) * 4;
                let start = (u64::from(row) * u64::from(self.count) + u64::from(lane)) * bytes;
                unknown.push(at as usize);
                wanted.push((buffer, start..start + bytes));
            }
        };
        for (n, row) in (0..).zip(&self.register_rows) {
            part(SNAPSHOT_REGISTERS + 2 * n, row.words(lane), &self.registers, n, 2);
        }
        part(SNAPSHOT_PC, self.counter_row.words(lane), &self.program_counter, 0, 4);
        for register in REGISTER_FILE {
            let Place::State(first) = register.place else { continue };
            for n in first..first + register.words {
                part(SNAPSHOT_STATE + n, self.state_rows[n as usize].words(lane), &self.state, n, 1);
            }
        }
        let found = if wanted.is_empty() { Vec::new() } else { gpu.download(&wanted)? };
        for (at, bytes) in unknown.into_iter().zip(found) {
            let values: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes);
            words[at..][..values.len()].copy_from_slice(&values);
        }
        Ok(snapshot_registers(&words))
    }

    /// Sets a register of neighbouring lanes; of all of them without a look at what they hold.
    pub fn set_registers(&mut self, gpu: &Gpu, n: u32, first: u32, values: &[u64]) -> Result<(), Error> {
        let row = &mut self.register_rows[n as usize];
        let words = values.iter().map(|value| [*value as u32, (value >> 32) as u32]);
        if values.len() == self.count as usize {
            row.values = Some(words.collect());
        } else {
            let known = row.read(gpu, &self.registers, n, self.count)?;
            known[first as usize..][..values.len()].iter_mut().zip(words).for_each(|(old, new)| *old = new);
        }
        row.changed = true;
        Ok(())
    }

    pub fn inst(&mut self, gpu: &Gpu, lane: u32) -> Result<u32, Error> {
        Ok(self.inst_row.read(gpu, &self.inst, 0, self.count)?[lane as usize])
    }

    /// Downloads the status words, and with them the stops if they are wanted, or few: most callers ask for them next.
    pub fn status<'a>(
        gpu: &Gpu,
        banks: impl Iterator<Item = &'a mut Lanes>,
        stops: bool,
    ) -> Result<Vec<Vec<u32>>, Error> {
        let mut banks: Vec<_> = banks.collect();
        let out_bytes = |lanes: &Lanes| u64::from(lanes.count) * 32;
        let few = stops || banks.iter().map(|lanes| out_bytes(lanes)).sum::<u64>() <= SMALL_DOWNLOAD;
        let mut wanted = Vec::new();
        for lanes in &banks {
            wanted.push((&lanes.status, 0..u64::from(STATUS_WORDS) * 4));
            if few {
                wanted.push((&lanes.pc_out, 0..out_bytes(lanes)));
            }
        }
        let data = gpu.download(&wanted)?;
        let mut statuses = Vec::new();
        for (lanes, data) in banks.iter_mut().zip(data.chunks(if few { 2 } else { 1 })) {
            statuses.push(bytemuck::pod_collect_to_vec(&data[0]));
            lanes.out_row.forget();
            if let Some(outs) = data.get(1) {
                lanes.out_row.values = Some(bytemuck::pod_collect_to_vec(outs));
            }
        }
        Ok(statuses)
    }

    /// Buffer 4 if it is known without a download.
    pub fn known_outs(&self) -> Option<&[[u32; 8]]> {
        self.out_row.values.as_deref()
    }

    /// Buffer 4 as it stands.
    pub fn outs(&mut self, gpu: &Gpu) -> Result<&[[u32; 8]], Error> {
        Ok(self.out_row.read(gpu, &self.pc_out, 0, self.count)?)
    }

    pub fn set_reason(&mut self, gpu: &Gpu, lane: u32, reason: u32) -> Result<(), Error> {
        let out = &mut self.out_row.read(gpu, &self.pc_out, 0, self.count)?[lane as usize];
        if out[4] != reason {
            out[4] = reason;
            self.out_row.changed = true;
        }
        Ok(())
    }

    /// Where the lane's regions stand in the layout buffer.
    pub fn set_layout(&mut self, gpu: &Gpu, lane: u32, place: LayoutPlace) -> Result<(), Error> {
        let LayoutPlace { first, count, intact } = place;
        for (index, value) in [(LANE_LAYOUT, first), (LANE_LAYOUT_COUNT, count), (LANE_LAYOUT_INTACT, intact.into())] {
            let row = &mut self.state_rows[index as usize];
            row.read(gpu, &self.state, index, self.count)?[lane as usize] = value;
            row.changed = true;
        }
        Ok(())
    }

    /// The same for all lanes.
    pub fn set_all_layouts(&mut self, place: LayoutPlace) {
        let LayoutPlace { first, count, intact } = place;
        for (row, value) in self.state_rows.iter_mut().zip([first, count, intact.into()]) {
            *row = Row { values: Some(vec![value; self.count as usize]), changed: true };
        }
    }

    /// A field of the kernel's state, from [`SHARED_ROWS`] on.
    pub fn lane_row(&mut self, gpu: &Gpu, lane: u32, field: u32) -> Result<u32, Error> {
        Ok(self.shared_row(gpu, field)?.values.as_ref().map_or(0, |values| values[lane as usize]))
    }

    pub fn set_lane_row(&mut self, gpu: &Gpu, lane: u32, field: u32, value: u32) -> Result<(), Error> {
        let row = self.shared_row(gpu, field)?;
        if let Some(values) = &mut row.values
            && values[lane as usize] != value
        {
            values[lane as usize] = value;
            row.changed = true;
        }
        Ok(())
    }

    /// The same field of all lanes.
    pub fn set_lane_rows(&mut self, field: u32, values: Vec<u32>) {
        self.state_rows[field as usize] = Row { values: Some(values), changed: true };
    }

    fn shared_row(&mut self, gpu: &Gpu, field: u32) -> Result<&mut Row<u32>, Error> {
        let row_bytes = u64::from(self.count) * 4;
        let rows = u64::from(LANE_FIELDS - SHARED_ROWS);
        // Who asks for one asks for others.
        if self.state_rows[field as usize].values.is_none() && rows * row_bytes <= SMALL_DOWNLOAD {
            let start = u64::from(SHARED_ROWS) * row_bytes;
            let data = gpu.download(&[(&self.state, start..start + rows * row_bytes)])?;
            for (row, bytes) in
                self.state_rows[SHARED_ROWS as usize..].iter_mut().zip(data[0].chunks_exact(row_bytes as usize))
            {
                row.values.get_or_insert_with(|| bytemuck::pod_collect_to_vec(bytes));
            }
        }
        let row = &mut self.state_rows[field as usize];
        row.read(gpu, &self.state, field, self.count)?;
        Ok(row)
    }

    /// There is a new image: no lane has written to its code.
    pub fn forget_written_code(&mut self) {
        let row = Row { values: Some(vec![0; self.count as usize]), changed: true };
        self.state_rows[LANE_CODE_WRITTEN as usize] = row;
    }

    /// Uploads what the host has changed.
    pub fn flush(&mut self, gpu: &Gpu) {
        for (n, row) in self.register_rows.iter_mut().enumerate() {
            row.upload(gpu, &self.registers, n as u32);
        }
        self.counter_row.upload(gpu, &self.program_counter, 0);
        self.out_row.upload(gpu, &self.pc_out, 0);
        for (field, row) in (0..).zip(&mut self.state_rows) {
            row.upload(gpu, &self.state, field);
        }
    }

    /// The GPU has changed what only the host changes otherwise.
    pub fn forget_all(&mut self) {
        self.forget();
        self.state_rows.iter_mut().for_each(Row::forget);
    }

    /// The interpreter has run.
    pub fn forget(&mut self) {
        self.register_rows.iter_mut().for_each(Row::forget);
        self.counter_row.forget();
        self.inst_row.forget();
        self.out_row.forget();
        self.state_rows[HOST_ROWS as usize..].iter_mut().for_each(Row::forget);
    }
}
