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
/// Rows of the state from here on are changed by the host and the GPU: those of coverage and of system calls.
const SHARED_ROWS: u32 = coverage::LANE.first;
/// X0 to X8 hold a system call's arguments and number.
const SYSCALL_REGISTERS: u32 = 8;

/// The registers of a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// X0 to X30.
    pub x: [u64; 31],
    /// The stack pointer.
    pub sp: u64,
    /// The instruction that is next.
    pub pc: u64,
    /// The flags: N is 8, Z 4, C 2, V 1.
    pub nzcv: u8,
}

/// A row of a buffer, one value a lane, as the host last saw or changed it.
struct Row<T> {
    values: Option<Vec<T>>,
    changed: bool,
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
    /// What system calls read and write.
    pub io: Io,
    register_rows: Vec<Row<[u32; 2]>>,
    counter_row: Row<[u32; 4]>,
    inst_row: Row<u32>,
    out_row: Row<[u32; 8]>,
    layout_rows: [Row<u32>; 3],
    /// From SHARED_ROWS on.
    shared_rows: Vec<Row<u32>>,
}

impl Lanes {
    pub fn new(gpu: &Gpu, count: u32, io: IoSize) -> Result<Lanes, Error> {
        let lanes = Lanes::buffers(gpu, count, io)?;
        // No exclusive monitor is set.
        let no_monitor = vec![NO_PAGE; count as usize];
        let row = u64::from(LANE_EXCLUSIVE_HIGH) * u64::from(count) * 4;
        gpu.upload(&lanes.state, row, bytemuck::cast_slice(&no_monitor));
        Ok(lanes)
    }

    fn buffers(gpu: &Gpu, count: u32, io: IoSize) -> Result<Lanes, Error> {
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC | gpu.readable();
        let lanes = u64::from(count);
        Ok(Lanes {
            count,
            registers: gpu.buffer("registers", lanes * u64::from(REGISTERS) * 8, usage)?,
            program_counter: gpu.buffer("pc", lanes * 16, usage)?,
            inst: gpu.buffer("inst", lanes * 4, usage)?,
            pc_out: gpu.buffer("pc_out", lanes * 32, usage)?,
            state: gpu.buffer("lane_state", lanes * u64::from(LANE_FIELDS) * 4, usage)?,
            status: gpu.buffer("status", u64::from(STATUS_WORDS) * 4, usage)?,
            arguments: gpu.buffer("dispatch arguments", 12, BufferUsages::INDIRECT | BufferUsages::COPY_DST)?,
            io: Io::new(gpu, count, io)?,
            register_rows: (0..REGISTERS).map(|_| Row::zeros(count)).collect(),
            counter_row: Row::zeros(count),
            inst_row: Row::zeros(count),
            out_row: Row::zeros(count),
            layout_rows: [Row::zeros(count), Row::zeros(count), Row::zeros(count)],
            shared_rows: (SHARED_ROWS..LANE_FIELDS).map(|_| Row::zeros(count)).collect(),
        })
    }

    /// Every buffer that has rows of one value a lane, with the rows and the bytes of a value.
    fn columns(&self) -> [(&Buffer, u32, u64); 5] {
        [
            (&self.registers, REGISTERS, 8),
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
        let rows = if row_bytes * u64::from(REGISTERS) <= SMALL_DOWNLOAD {
            0..REGISTERS
        } else if n <= SYSCALL_REGISTERS {
            0..SYSCALL_REGISTERS + 1
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

    pub fn register(&mut self, gpu: &Gpu, lane: u32, n: u32) -> Result<u64, Error> {
        self.fetch(gpu, n)?;
        let row = self.register_rows[n as usize].read(gpu, &self.registers, n, self.count)?;
        let [low, high] = row[lane as usize];
        Ok(u64::from(low) | u64::from(high) << 32)
    }

    /// All registers of a lane: what the host does not know is downloaded at once, of this lane alone.
    pub fn all_registers(&self, gpu: &Gpu, lane: u32) -> Result<Registers, Error> {
        let at = |row: u32, bytes: u64| {
            let start = (u64::from(row) * u64::from(self.count) + u64::from(lane)) * bytes;
            start..start + bytes
        };
        let known = |row: &Row<[u32; 2]>| row.values.as_ref().map(|values| values[lane as usize]);
        let counter = self.counter_row.values.as_ref().map(|values| values[lane as usize]);
        let unknown = (0..).zip(&self.register_rows).filter(|(_, row)| known(row).is_none());
        let mut wanted: Vec<_> = unknown.map(|(n, _)| (&self.registers, at(n, 8))).collect();
        if counter.is_none() {
            wanted.push((&self.program_counter, at(0, 16)));
        }
        let mut found = gpu.download(&wanted)?.into_iter();
        let mut next = || found.next().unwrap_or_default();
        let wide = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let mut registers = Registers::default();
        for (n, row) in self.register_rows.iter().enumerate() {
            let [low, high] = known(row).unwrap_or_else(|| bytemuck::pod_read_unaligned(&next()));
            match registers.x.get_mut(n) {
                Some(x) => *x = wide(low, high),
                None => registers.sp = wide(low, high),
            }
        }
        let [low, high, nzcv, _] = counter.unwrap_or_else(|| bytemuck::pod_read_unaligned(&next()));
        (registers.pc, registers.nzcv) = (wide(low, high), nzcv as u8);
        Ok(registers)
    }

    pub fn set_register(&mut self, gpu: &Gpu, lane: u32, n: u32, value: u64) -> Result<(), Error> {
        self.fetch(gpu, n)?;
        let row = &mut self.register_rows[n as usize];
        row.read(gpu, &self.registers, n, self.count)?[lane as usize] = [value as u32, (value >> 32) as u32];
        row.changed = true;
        Ok(())
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

    /// Program counter and NZCV.
    pub fn counter(&mut self, gpu: &Gpu, lane: u32) -> Result<(u64, u8), Error> {
        let [low, high, nzcv, _] = self.counter_row.read(gpu, &self.program_counter, 0, self.count)?[lane as usize];
        Ok((u64::from(low) | u64::from(high) << 32, nzcv as u8))
    }

    pub fn set_counter(&mut self, gpu: &Gpu, lane: u32, pc: u64, nzcv: u8) -> Result<(), Error> {
        let row = self.counter_row.read(gpu, &self.program_counter, 0, self.count)?;
        row[lane as usize] = [pc as u32, (pc >> 32) as u32, u32::from(nzcv), 0];
        self.counter_row.changed = true;
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
            let row = &mut self.layout_rows[index as usize];
            row.read(gpu, &self.state, index, self.count)?[lane as usize] = value;
            row.changed = true;
        }
        Ok(())
    }

    /// The same for all lanes.
    pub fn set_all_layouts(&mut self, place: LayoutPlace) {
        let LayoutPlace { first, count, intact } = place;
        for (row, value) in self.layout_rows.iter_mut().zip([first, count, intact.into()]) {
            *row = Row { values: Some(vec![value; self.count as usize]), changed: true };
        }
    }

    /// A field of the kernel's state, from [`SHARED_ROWS`] on.
    pub fn call_field(&mut self, gpu: &Gpu, lane: u32, field: u32) -> Result<u32, Error> {
        Ok(self.shared_row(gpu, field)?.values.as_ref().map_or(0, |values| values[lane as usize]))
    }

    pub fn set_call_field(&mut self, gpu: &Gpu, lane: u32, field: u32, value: u32) -> Result<(), Error> {
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
    pub fn set_call_fields(&mut self, field: u32, values: Vec<u32>) {
        self.shared_rows[(field - SHARED_ROWS) as usize] = Row { values: Some(values), changed: true };
    }

    fn shared_row(&mut self, gpu: &Gpu, field: u32) -> Result<&mut Row<u32>, Error> {
        let row_bytes = u64::from(self.count) * 4;
        let rows = u64::from(LANE_FIELDS - SHARED_ROWS);
        // Who asks for one asks for others.
        if self.shared_rows[(field - SHARED_ROWS) as usize].values.is_none() && rows * row_bytes <= SMALL_DOWNLOAD {
            let start = u64::from(SHARED_ROWS) * row_bytes;
            let data = gpu.download(&[(&self.state, start..start + rows * row_bytes)])?;
            for (row, bytes) in self.shared_rows.iter_mut().zip(data[0].chunks_exact(row_bytes as usize)) {
                row.values.get_or_insert_with(|| bytemuck::pod_collect_to_vec(bytes));
            }
        }
        let row = &mut self.shared_rows[(field - SHARED_ROWS) as usize];
        row.read(gpu, &self.state, field, self.count)?;
        Ok(row)
    }

    /// There is a new image: no lane has written to its code.
    pub fn forget_written_code(&self, gpu: &Gpu) {
        let row = vec![0u32; self.count as usize];
        gpu.upload(&self.state, u64::from(LANE_CODE_WRITTEN * self.count) * 4, bytemuck::cast_slice(&row));
    }

    /// Uploads what the host has changed.
    pub fn flush(&mut self, gpu: &Gpu) {
        for (n, row) in self.register_rows.iter_mut().enumerate() {
            row.upload(gpu, &self.registers, n as u32);
        }
        self.counter_row.upload(gpu, &self.program_counter, 0);
        self.out_row.upload(gpu, &self.pc_out, 0);
        for (index, row) in self.layout_rows.iter_mut().enumerate() {
            row.upload(gpu, &self.state, index as u32);
        }
        for (field, row) in (SHARED_ROWS..).zip(&mut self.shared_rows) {
            row.upload(gpu, &self.state, field);
        }
    }

    /// The GPU has changed what only the host changes otherwise.
    pub fn forget_all(&mut self) {
        self.forget();
        self.layout_rows.iter_mut().for_each(Row::forget);
    }

    /// The interpreter has run.
    pub fn forget(&mut self) {
        self.register_rows.iter_mut().for_each(Row::forget);
        self.counter_row.forget();
        self.inst_row.forget();
        self.out_row.forget();
        self.shared_rows.iter_mut().for_each(Row::forget);
    }
}
