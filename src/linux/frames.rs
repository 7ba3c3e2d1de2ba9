//! The calls that a stopped program is in, as far as its frame records say.
//!
//! X29 points to the record of a function that calls others: the record of its caller, and where it returns to. Records
//! are written by the program, so each is doubted: what it returns to must stand behind a call, and callers' records lie
//! higher on the stack. Where one is wrong there are no more.

use super::elf::Program;
use super::process::{Error, Process};
use super::symbols::Symbols;
use crate::machine::Checks;

const FRAME: u32 = 29;
const LINK: u32 = 30;
/// Calls of a lane that are looked for, at the most.
const DEPTH: usize = 8;
/// Bytes of a frame record.
const RECORD: u32 = 16;
/// A caller's record lies no further away.
const LARGEST_FRAME: u64 = 16 << 20;

impl Process {
    /// Where the calls stand that the given lanes are in, innermost first.
    pub(crate) fn callers(&mut self, symbols: &Symbols, lanes: &[u32]) -> Result<Vec<Vec<u64>>, Error> {
        let mut calls: Vec<Vec<u64>> = vec![Vec::new(); lanes.len()];
        let mut frames = Vec::with_capacity(lanes.len());
        for lane in lanes {
            frames.push(self.machine.register(*lane, FRAME)?);
        }
        let mut walked: Vec<usize> = (0..lanes.len()).collect();
        for _ in 0..DEPTH {
            walked.retain(|n| frames[*n] != 0 && frames[*n].is_multiple_of(8));
            if walked.is_empty() {
                break;
            }
            let spans: Vec<(u32, u64, u32)> = walked.iter().map(|n| (lanes[*n], frames[*n], RECORD)).collect();
            let records = self.machine.read_many(&spans, Checks::Host)?;
            let program = self.template.program();
            for (n, record) in walked.iter().zip(records) {
                let before = std::mem::take(&mut frames[*n]);
                let ([next, back], []) = record.as_chunks::<8>() else { continue };
                let Some(call) = call_before(program, u64::from_le_bytes(*back)) else { continue };
                calls[*n].push(call);
                let next = u64::from_le_bytes(*next);
                if next > before && next - before <= LARGEST_FRAME {
                    frames[*n] = next;
                }
            }
        }
        // A function that calls no other, or has not begun to, has no record: where it returns to is in X30. In others
        // X30 is the same as in the record, or what they last called has left it there.
        for (lane, calls) in lanes.iter().zip(&mut calls) {
            let back = self.machine.register(*lane, LINK)?;
            let Some(call) = call_before(self.template.program(), back) else { continue };
            let function = |address| symbols.at(address).map(|(symbol, _)| symbol.address);
            let here = function(self.stops[*lane as usize].pc);
            let known = calls.first() == Some(&call) || (here.is_some() && here == function(call));
            // Without symbols it may be either.
            let doubtful = function(call).is_none() && !calls.is_empty();
            if !known && !doubtful {
                calls.insert(0, call);
                calls.truncate(DEPTH);
            }
        }
        Ok(calls)
    }
}

/// The call that returns to `address`, if there is one in the program's file.
fn call_before(program: &Program, address: u64) -> Option<u64> {
    let call = address.checked_sub(4).filter(|call| call.is_multiple_of(4))?;
    let holds = |address: u64, length: u64| (address..address + length).contains(&call);
    let segment = program.segments.iter().find(|segment| holds(segment.address, segment.memory_size))?;
    let offset = (call - segment.address) as usize;
    let word = u32::from_le_bytes(segment.bytes.get(offset..offset + 4)?.try_into().ok()?);
    // BL, and BLR with or without authentication.
    let is_call = word >> 26 == 0b10_0101 || word & 0xfeff_f000 == 0xd63f_0000;
    is_call.then_some(call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::elf::ProgramSegment;
    use crate::machine::Permissions;

    #[test]
    fn what_is_returned_to_stands_behind_a_call() {
        // nop ; bl . ; blr x3 ; br x3 ; ret ; b .
        let words = [0xd503_201f_u32, 0x9400_0000, 0xd63f_0060, 0xd61f_0060, 0xd65f_03c0, 0x1400_0000];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let segment =
            ProgramSegment { address: 0x40_0000, bytes, memory_size: 0x1000, permissions: Permissions::READ_EXECUTE };
        let program = Program {
            segments: vec![segment],
            entry: 0x40_0000,
            base: 0,
            program_headers: 0,
            program_header_count: 0,
            program_header_size: 56,
            end: 0x40_1000,
            executable_stack: false,
            missing: 0,
        };
        let calls = (0x3f_ffe0..0x40_1010).filter_map(|address| call_before(&program, address)).collect::<Vec<_>>();
        assert_eq!(calls, [0x40_0004, 0x40_0008]);
        assert!([0, 3, u64::MAX].iter().all(|address| call_before(&program, *address).is_none()));
    }
}
