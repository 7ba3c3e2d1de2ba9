//! One row of bytes for each of many lanes, written in one pass: the counterpart of `wgsl/machine/write_rows.wgsl`.

use super::core::Core;
use super::transfer::Checks;
use crate::abi::{NONE, WORKGROUP};
use crate::machine::Error;
use crate::machine::memory::address_space::{ADDRESS_END, PAGE_SIZE};
use crate::machine::pass;
use crate::machine::shaders::Pass;
use bytemuck::{Pod, Zeroable};
use wgpu::BufferUsages;

/// Bytes of rows that one pass takes; more go in several.
const PASS_BYTES: usize = 256 << 20;
/// Invocations of a dispatch, at most: its limit in one dimension is 65,535 workgroups.
const PASS_PAGES: u64 = 65_535 * WORKGROUP as u64;
/// Longer rows are written as any other memory: there are few of them.
const LONGEST_ROW: u32 = 1 << 20;

/// `Rows` of the shader.
#[repr(C)]
#[derive(Clone, Copy, Default, Pod, Zeroable)]
struct Job {
    address: [u32; 2],
    row_bytes: u32,
    rows: u32,
    first_lane: u32,
    pool: u32,
    unmapped: u32,
    unused: u32,
}

impl Core {
    pub fn write_rows(&mut self, address: u64, row_bytes: u32, rows: &[u8], first_lane: u32) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        if row_bytes == 0 || !rows.len().is_multiple_of(row_bytes as usize) {
            return Err(Error::Rows { bytes: rows.len(), row_bytes });
        }
        let count = rows.len() as u64 / u64::from(row_bytes);
        let last = (u64::from(first_lane) + count - 1).min(u64::from(u32::MAX)) as u32;
        self.check_lane(last)?;
        let length = u64::from(row_bytes);
        let address = address & (u64::MAX >> 8);
        if address + length > ADDRESS_END {
            return Err(Error::OutsideAddressSpace { address, length });
        }
        if row_bytes > LONGEST_ROW {
            return self.write_long_rows(address, row_bytes, rows, first_lane);
        }
        let pages = (address % PAGE_SIZE + length).div_ceil(PAGE_SIZE);
        let limits = self.gpu.limits();
        let most = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size).min(PASS_BYTES as u64) - 8;
        let in_pass = (most / length).min(PASS_PAGES / pages).max(1) as usize;
        let mut lane = first_lane;
        for part in rows.chunks(in_pass * row_bytes as usize) {
            self.write_part(address, row_bytes, part, lane, pages as u32)?;
            lane += in_pass as u32;
        }
        Ok(())
    }

    /// Writes rows that fit into one pass, bank by bank.
    fn write_part(
        &mut self,
        address: u64,
        row_bytes: u32,
        rows: &[u8],
        first_lane: u32,
        pages: u32,
    ) -> Result<(), Error> {
        self.flush()?;
        let mut unmapped = NONE;
        let (mut rows, mut lane) = (rows, first_lane);
        while !rows.is_empty() {
            let (index, own) = self.bring_lane(lane)?;
            let count = (rows.len() as u32 / row_bytes).min(self.banks[index].lanes.count - own);
            let (here, others) = rows.split_at((count * row_bytes) as usize);
            let done = self.write_pass(address, row_bytes, here, (index, own), pages)?;
            // Rows that are there already are written again then, by what may be two banks now.
            if done.pool > 0 {
                if !self.make_room(index)? {
                    return Err(Error::PoolExhausted { lane, capacity: self.memory_use()?.capacity_bytes });
                }
                continue;
            }
            unmapped = unmapped.min(done.unmapped);
            (rows, lane) = (others, lane + count);
        }
        if unmapped != NONE {
            return Err(Error::Unmapped { lane: unmapped, address: self.first_unmapped(unmapped, address)? });
        }
        Ok(())
    }

    fn write_long_rows(&mut self, address: u64, row_bytes: u32, rows: &[u8], first_lane: u32) -> Result<(), Error> {
        let writes: Vec<_> =
            (first_lane..).zip(rows.chunks(row_bytes as usize)).map(|(l, row)| (l, address, row)).collect();
        let written = self.write_many(&writes, Checks::Host)?;
        match writes.iter().zip(written).find(|(_, written)| *written < row_bytes) {
            Some(((lane, ..), written)) => Err(Error::Unmapped { lane: *lane, address: address + u64::from(written) }),
            None => Ok(()),
        }
    }

    /// Writes rows of one bank.
    fn write_pass(
        &mut self,
        address: u64,
        row_bytes: u32,
        rows: &[u8],
        (index, first): (usize, u32),
        pages: u32,
    ) -> Result<Job, Error> {
        let gpu = self.gpu.clone();
        let count = rows.len() as u32 / row_bytes;
        let job = Job {
            address: [address as u32, (address >> 32) as u32],
            row_bytes,
            rows: count,
            first_lane: first,
            unmapped: NONE,
            ..Job::default()
        };
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let job_buffer = gpu.buffer("job", size_of::<Job>() as u64, usage | BufferUsages::COPY_SRC)?;
        gpu.upload(&job_buffer, 0, bytemuck::bytes_of(&job));
        let row_buffer = gpu.buffer("rows", (rows.len() as u64).next_multiple_of(4) + 8, usage)?;
        let whole = rows.len() / 4 * 4;
        gpu.upload(&row_buffer, 4, &rows[..whole]);
        let mut tail = [0; 4];
        tail[..rows.len() - whole].copy_from_slice(&rows[whole..]);
        gpu.upload(&row_buffer, 4 + whole as u64, &tail);

        let pipeline = self.passes.pass(&gpu, Pass::WriteRows)?;
        let bank = &self.banks[index];
        let items = count * pages;
        let params = bank.uniform(&gpu, self.shape.group_shift, items, 0)?;
        let bound = pipeline.bind(
            &gpu,
            &[
                ("memory", &bank.pool().memory),
                ("params", &params),
                ("layouts", &self.layouts.buffer),
                ("slots", &bank.pool().slots),
                ("lane_state", &bank.lanes.state),
                ("status", &bank.lanes.status),
                ("job", &job_buffer),
                ("rows", &row_buffer),
            ],
        )?;
        pass::dispatch(&gpu, &bound, items)?;
        let done = gpu.download(&[(&job_buffer, 0..size_of::<Job>() as u64)])?;
        let mut done: Job = bytemuck::pod_read_unaligned(&done[0]);
        if done.unmapped != NONE {
            done.unmapped += bank.first;
        }
        Ok(done)
    }

    /// The first address from `address` on that the lane has no page for.
    fn first_unmapped(&mut self, lane: u32, address: u64) -> Result<u64, Error> {
        let mut at = address;
        while let Some(region) = self.layout(lane)?.find(at) {
            at = region.end;
        }
        Ok(at)
    }
}
