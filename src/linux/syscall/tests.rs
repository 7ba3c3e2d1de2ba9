//! Every system call against a lane whose memory is a byte array, without a GPU.

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::rc::Rc;

use super::*;
use crate::linux::space;
use crate::machine::{Layout, PAGE_SIZE, Permissions};

mod mappings;
mod process;
mod streams;

/// Where the lane has readable and writable memory.
const DATA: u64 = 0x10_0000;
const DATA_SIZE: usize = 0x4000;
/// A page that may only be read.
const CONSTANT: u64 = DATA + DATA_SIZE as u64;
const HEAP: u64 = 0x20_0000;

/// One lane, its memory, and the number of times that a call had to wait for bytes.
struct Fixture {
    lane: Lane,
    host: Host,
    layout: Layout,
    memory: Vec<u8>,
    retired: u64,
    rounds: usize,
    /// What the last call dropped.
    discards: Vec<std::ops::Range<u64>>,
    trace: String,
}

impl Fixture {
    fn new() -> Self {
        Self::with_input(io::empty())
    }

    fn with_input(input: impl Read + 'static) -> Self {
        let mut layout = Layout::default();
        layout.map(DATA, CONSTANT, Permissions::READ_WRITE);
        layout.map(CONSTANT, CONSTANT + PAGE_SIZE, Permissions::READ);
        Self {
            lane: Lane { brk: HEAP, seed: 1, ..Lane::default() },
            host: Host {
                gpu_calls: false,
                memory_size: 1 << 20,
                stack_size: space::STACK_SIZE,
                heap_start: HEAP,
                executable: b"./program".to_vec(),
                input: Input::new(Box::new(input)),
                streams: [None, None],
                output_limit: 100,
                unimplemented: BTreeSet::new(),
            },
            layout,
            memory: vec![0; DATA_SIZE + PAGE_SIZE as usize],
            retired: 1_500_000_000,
            rounds: 0,
            discards: Vec::new(),
            trace: String::new(),
        }
    }

    fn put(&mut self, address: u64, bytes: &[u8]) {
        let offset = (address - DATA) as usize;
        self.memory[offset..offset + bytes.len()].copy_from_slice(bytes);
    }

    fn put_words(&mut self, address: u64, words: &[u64]) {
        for (n, word) in (0..).zip(words) {
            self.put(address + 8 * n, &word.to_le_bytes());
        }
    }

    fn get(&self, address: u64, length: usize) -> &[u8] {
        &self.memory[(address - DATA) as usize..][..length]
    }

    fn word(&self, address: u64) -> u64 {
        u64::from_le_bytes(self.get(address, 8).try_into().unwrap())
    }

    /// Serves a call as [`crate::linux::Process`] does: again and again until all bytes that it needs are known.
    fn call<const N: usize>(&mut self, name: &str, arguments: [u64; N]) -> Result {
        let number = (0..500).find(|&number| names::name(number) == Some(name)).expect("a system call");
        self.call_number(number, arguments)
    }

    fn call_number<const N: usize>(&mut self, number: u64, arguments: [u64; N]) -> Result {
        let mut all = [0; 6];
        all[..N].copy_from_slice(&arguments);
        let mut known = Vec::new();
        self.rounds = 0;
        loop {
            let layout = self.layout.clone();
            let mut call = Call {
                number,
                arguments: all,
                retired: self.retired,
                lane: &mut self.lane,
                host: &mut self.host,
                memory: Memory::new(&layout, &known),
            };
            let result = call.serve();
            if let Err(Interrupt::Needs(spans)) = result {
                assert!(call.memory.writes.is_empty() && call.memory.discards.is_empty(), "nothing changed yet");
                for span in spans {
                    let bytes = match span.address.checked_sub(DATA) {
                        Some(_) if span.address < CONSTANT + PAGE_SIZE => {
                            self.get(span.address, span.length as usize).to_vec()
                        }
                        _ => vec![0; span.length as usize],
                    };
                    known.push((span, bytes));
                }
                self.rounds += 1;
                continue;
            }
            self.trace = trace::line(&call, &result);
            let Memory { layout, writes, discards, .. } = call.memory;
            self.discards = discards;
            self.layout = layout.into_owned();
            if result.is_ok() {
                for (address, bytes) in writes {
                    if address < HEAP {
                        self.put(address, &bytes);
                    }
                }
            }
            return result;
        }
    }
}

fn errno(errno: Errno) -> Result {
    Err(errno.into())
}

/// A reader that hands out its pieces one by one, as a pipe does.
struct Pieces(Vec<&'static [u8]>);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Ok(0);
        }
        let piece = self.0.remove(0);
        buffer[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

#[derive(Clone, Default)]
struct Sink(Rc<RefCell<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
