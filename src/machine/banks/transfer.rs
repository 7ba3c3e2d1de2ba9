//! Guest memory from the host's side: batches of reads and writes, done on the GPU through the guest's own tables.

use super::core::Core;
use crate::abi::{FLAG_HOST, FLAG_WRITE, REASON_POOL, REASON_RUNNING, WORKGROUP};
use crate::gpu::Buffer;
use crate::machine::Error;
use crate::machine::memory::address_space::{ADDRESS_END, PAGE_SIZE};
use crate::machine::pass;
use crate::machine::shaders;
use std::collections::HashMap;
use wgpu::BufferUsages;

/// Whose rights a transfer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    /// The lane's: its permissions hold, as for a trap that copies to or from it.
    Guest,
    /// The debugger's: the page only has to be mapped.
    Host,
}

/// Bytes of one pass; more than fit go in several.
const STAGING_BYTES: usize = 16 << 20;

/// Part of a span within one page.
struct Piece {
    span: usize,
    item: usize,
    /// Bytes of the span before it.
    before: usize,
    length: usize,
    /// Where it stands in staging: at the same byte of a word as in memory.
    staged: usize,
}

/// One pass: pieces by items, as `wgsl/machine/transfer.wgsl` wants them.
struct Pass {
    pieces: Vec<Piece>,
    items: Vec<[u32; 4]>,
    records: Vec<[u32; 4]>,
    staging_words: usize,
}

impl Pass {
    /// Takes spans (lane, address, length) from `next` on, part of one too, until staging is full. Where they are written the
    /// pieces of a page are one item, which does them in order; otherwise each is one, as a guest may name a page as often
    /// as it likes.
    fn collect(spans: &[(u32, u64, usize)], next: &mut (usize, usize), writes: bool) -> Pass {
        let mut pages: HashMap<(u32, u64), usize> = HashMap::new();
        let mut of_item: Vec<(u32, Vec<[u32; 4]>)> = Vec::new();
        let mut pieces = Vec::new();
        let mut staged = 0;
        while next.0 < spans.len() && staged < STAGING_BYTES {
            let (span, before) = *next;
            let (lane, start, total) = spans[span];
            if before >= total {
                *next = (span + 1, 0);
                continue;
            }
            let address = start.wrapping_add(before as u64);
            let length = (total - before).min((PAGE_SIZE - address % PAGE_SIZE) as usize);
            let at = staged + (address & 3) as usize;
            let fresh = of_item.len();
            let item = if writes { *pages.entry((lane, address / PAGE_SIZE)).or_insert(fresh) } else { fresh };
            if item == fresh {
                of_item.push((lane, Vec::new()));
            }
            of_item[item].1.push([address as u32, (address >> 32) as u32, length as u32, at as u32]);
            pieces.push(Piece { span, item, before, length, staged: at });
            staged = (at + length).next_multiple_of(4);
            *next = (span, before + length);
        }
        let mut records = Vec::with_capacity(pieces.len());
        let mut items = Vec::with_capacity(of_item.len());
        for (lane, list) in of_item {
            items.push([lane, records.len() as u32, list.len() as u32, 0]);
            records.extend(list);
        }
        Pass { pieces, items, records, staging_words: staged / 4 }
    }
}

impl Core {
    pub fn read_many(&mut self, spans: &[(u32, u64, u32)], checks: Checks) -> Result<Vec<Vec<u8>>, Error> {
        let spans =
            self.checked_spans(spans.iter().map(|&(lane, address, length)| (lane, address, length as usize)))?;
        let mut results: Vec<Vec<u8>> = spans.iter().map(|_| Vec::new()).collect();
        let mut next = (0, 0);
        while next.0 < spans.len() {
            let pass = Pass::collect(&spans, &mut next, false);
            let (outcome, staging) = self.transfer(&pass, None, checks)?;
            for piece in &pass.pieces {
                let result = &mut results[piece.span];
                if outcome[piece.item] == REASON_RUNNING && result.len() == piece.before {
                    result.extend_from_slice(&staging[piece.staged..piece.staged + piece.length]);
                }
            }
        }
        Ok(results)
    }

    pub fn write_many(&mut self, writes: &[(u32, u64, &[u8])], checks: Checks) -> Result<Vec<u32>, Error> {
        let spans = self.checked_spans(writes.iter().map(|(lane, address, bytes)| (*lane, *address, bytes.len())))?;
        let mut written: Vec<usize> = vec![0; spans.len()];
        let mut next = (0, 0);
        while next.0 < spans.len() {
            let pass = Pass::collect(&spans, &mut next, true);
            let mut staging = vec![0; pass.staging_words * 4];
            for piece in &pass.pieces {
                let bytes = &writes[piece.span].2[piece.before..piece.before + piece.length];
                staging[piece.staged..piece.staged + piece.length].copy_from_slice(bytes);
            }
            let (outcome, _) = self.transfer(&pass, Some(&staging), checks)?;
            for piece in &pass.pieces {
                if outcome[piece.item] == REASON_POOL {
                    let lane = writes[piece.span].0;
                    return Err(Error::PoolExhausted { lane, capacity: self.memory_use()?.capacity_bytes });
                }
                if outcome[piece.item] == REASON_RUNNING && written[piece.span] == piece.before {
                    written[piece.span] += piece.length;
                }
            }
        }
        Ok(written.into_iter().map(|length| length as u32).collect())
    }

    pub fn read_memory(&mut self, lane: u32, address: u64, buffer: &mut [u8]) -> Result<(), Error> {
        // Lengths of spans have 32 bits.
        let chunks = buffer.chunks(1 << 30).scan(address, |at, chunk| {
            let span = (lane, *at, chunk.len() as u32);
            *at = at.wrapping_add(chunk.len() as u64);
            Some(span)
        });
        let spans: Vec<_> = chunks.collect();
        let read = self.read_many(&spans, Checks::Host)?;
        let mut done = 0;
        for (part, span) in read.iter().zip(&spans) {
            buffer[done..done + part.len()].copy_from_slice(part);
            done += part.len();
            if part.len() < span.2 as usize {
                return Err(Error::Unmapped { lane, address: address + done as u64 });
            }
        }
        Ok(())
    }

    pub fn write_memory(&mut self, lane: u32, address: u64, bytes: &[u8]) -> Result<(), Error> {
        let written = self.write_many(&[(lane, address, bytes)], Checks::Host)?[0] as usize;
        if written < bytes.len() {
            return Err(Error::Unmapped { lane, address: address + written as u64 });
        }
        Ok(())
    }

    /// Spans of lanes that exist, cut off where addresses end.
    fn checked_spans(&self, spans: impl Iterator<Item = (u32, u64, usize)>) -> Result<Vec<(u32, u64, usize)>, Error> {
        spans
            .map(|(lane, address, length)| {
                self.check_lane(lane)?;
                // As for the guest's own accesses, the top byte of an address does not count.
                let address = address & (u64::MAX >> 8);
                Ok((lane, address, length.min(ADDRESS_END.saturating_sub(address) as usize)))
            })
            .collect()
    }

    fn transfer(&mut self, pass: &Pass, data: Option<&[u8]>, checks: Checks) -> Result<(Vec<u32>, Vec<u8>), Error> {
        self.flush()?;
        if pass.items.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let gpu = self.gpu.clone();
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let upload = |label: &str, bytes: &[u8], extra: BufferUsages| -> Result<Buffer, Error> {
            let buffer = gpu.buffer(label, bytes.len() as u64, usage | extra)?;
            gpu.upload(&buffer, 0, bytes);
            Ok(buffer)
        };
        let pieces = upload("pieces", bytemuck::cast_slice(&pass.records), BufferUsages::empty())?;
        let staging_bytes = (pass.staging_words * 4) as u64;
        let staging = match data {
            Some(bytes) => upload("staging", bytes, BufferUsages::COPY_SRC)?,
            None => gpu.buffer("staging", staging_bytes, usage | BufferUsages::COPY_SRC)?,
        };
        let flags = if data.is_some() { FLAG_WRITE } else { 0 } | if checks == Checks::Host { FLAG_HOST } else { 0 };

        let mut order: Vec<usize> = (0..pass.items.len()).collect();
        order.sort_by_key(|item| pass.items[*item][0]);
        let mut outcomes = vec![REASON_RUNNING; order.len()];
        let mut left = &order[..];
        while let Some(item) = left.first() {
            let (index, _) = self.bring_lane(pass.items[*item][0])?;
            let lanes = self.banks[index].range();
            let (here, others) = left.split_at(left.partition_point(|item| pass.items[*item][0] < lanes.end));
            let items = here
                .iter()
                .map(|item| pass.items[*item])
                .map(|[lane, first, count, _]| [lane - lanes.start, first, count, 0]);
            let items: Vec<[u32; 4]> = items.collect();
            let outcome = self.transfer_items(index, &items, flags, &pieces, &staging)?;
            // What is done already is done again then, by what may be two banks now.
            if outcome.contains(&REASON_POOL) && self.make_room(index)? {
                continue;
            }
            for (item, outcome) in here.iter().zip(outcome) {
                outcomes[*item] = outcome;
            }
            left = others;
        }
        let staged = match data {
            Some(_) => Vec::new(),
            None => gpu.download(&[(&staging, 0..staging_bytes)])?.remove(0),
        };
        Ok((outcomes, staged))
    }

    /// Does items of one bank. Returns what came of each.
    fn transfer_items(
        &mut self,
        index: usize,
        items: &[[u32; 4]],
        flags: u32,
        pieces: &Buffer,
        staging: &Buffer,
    ) -> Result<Vec<u32>, Error> {
        let gpu = self.gpu.clone();
        let pipeline = self.passes.pass(&gpu, shaders::Pass::Transfer)?;
        // Each invocation has one item: more than one dispatch can hold go in several.
        let most = gpu.limits().max_compute_workgroups_per_dimension.saturating_mul(WORKGROUP);
        debug_assert!(items.len() as u32 <= most, "staging is full long before");
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let item_buffer = gpu.buffer("items", items.len() as u64 * 16, usage)?;
        gpu.upload(&item_buffer, 0, bytemuck::cast_slice(items));
        let outcome = gpu.buffer("outcome", items.len() as u64 * 4, usage | BufferUsages::COPY_SRC)?;
        let bank = &self.banks[index];
        let params = bank.uniform(&gpu, self.shape.group_shift, items.len() as u32, flags)?;
        let bound = pipeline.bind(
            &gpu,
            &[
                ("memory", &bank.pool().memory),
                ("params", &params),
                ("layouts", &self.layouts.buffer),
                ("slots", &bank.pool().slots),
                ("lane_state", &bank.lanes.state),
                ("status", &bank.lanes.status),
                ("items", &item_buffer),
                ("pieces", pieces),
                ("staging", staging),
                ("outcome", &outcome),
            ],
        )?;
        pass::dispatch(&gpu, &bound, items.len() as u32)?;
        let bytes = gpu.download(&[(&outcome, 0..items.len() as u64 * 4)])?;
        Ok(bytemuck::pod_collect_to_vec(&bytes[0]))
    }
}
