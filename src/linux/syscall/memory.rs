//! A lane's memory as one system call sees it.
//!
//! Permissions are decided from the lane's [`Layout`], on the host. Bytes come from the GPU: a call that asks for bytes
//! that are not here yet ends with [`Interrupt::Needs`] and is served again once they are, together with those of all
//! other lanes that wait. So a call reads all it needs before it changes anything.

use std::borrow::Cow;
use std::ops::Range;

use super::{Errno, Interrupt};
use crate::machine::{Layout, Permissions};

/// Bytes that a single system call moves at most; a longer transfer is short, as Linux' are from 2 GiB on.
pub const MAX_TRANSFER: u64 = 16 << 20;
/// Longest path, its terminator included.
const PATH_MAX: u64 = 4096;

/// A run of guest bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub address: u64,
    pub length: u32,
}

/// Guest memory during one system call.
#[derive(Debug)]
pub struct Memory<'a> {
    /// The lane's address space, owned once the call changes it.
    pub layout: Cow<'a, Layout>,
    /// Ranges whose contents the call drops.
    pub discards: Vec<Range<u64>>,
    /// Ranges that it moves, contents and all, and where their pages go.
    pub moves: Vec<(Range<u64>, u64)>,
    /// What the call writes, in order.
    pub writes: Vec<(u64, Vec<u8>)>,
    known: &'a [(Span, Vec<u8>)],
}

impl<'a> Memory<'a> {
    pub fn new(layout: &'a Layout, known: &'a [(Span, Vec<u8>)]) -> Self {
        Self { layout: Cow::Borrowed(layout), discards: Vec::new(), moves: Vec::new(), writes: Vec::new(), known }
    }

    /// How many of `length` bytes from `address` on permit `permissions`, at most [`MAX_TRANSFER`].
    pub fn reach(&self, address: u64, length: u64, permissions: Permissions) -> u64 {
        let length = length.min(MAX_TRANSFER);
        let mut reach = 0;
        while reach < length {
            let Some(at) = address.checked_add(reach) else { break };
            match self.layout.find(at) {
                Some(region) if region.permissions.contains(permissions) => reach = region.end - address,
                _ => break,
            }
        }
        reach.min(length)
    }

    /// Makes sure that all `spans` are here.
    pub fn fetch(&self, spans: &[Span]) -> Result<(), Interrupt> {
        let missing = |span: &&Span| span.length > 0 && self.known(**span).is_none();
        let missing: Vec<Span> = spans.iter().filter(missing).copied().collect();
        if missing.is_empty() { Ok(()) } else { Err(Interrupt::Needs(missing)) }
    }

    fn known(&self, span: Span) -> Option<&'a [u8]> {
        let mut known = self.known.iter();
        known.find_map(|(there, bytes)| (*there == span).then_some(bytes.as_slice()))
    }

    /// Bytes that [`Memory::reach`] found accessible, whatever their permissions.
    pub fn bytes(&self, span: Span) -> Result<&'a [u8], Interrupt> {
        self.fetch(&[span])?;
        Ok(self.known(span).unwrap_or_default())
    }

    /// All `length` bytes from `address` on, or `EFAULT`.
    pub fn read(&self, address: u64, length: u32) -> Result<&'a [u8], Interrupt> {
        if self.reach(address, length.into(), Permissions::READ) < length.into() {
            return Err(Errno::EFAULT.into());
        }
        let bytes = self.bytes(Span { address, length })?;
        if bytes.len() < length as usize { Err(Errno::EFAULT.into()) } else { Ok(bytes) }
    }

    pub fn read_array<const N: usize>(&self, address: u64) -> Result<[u8; N], Interrupt> {
        self.read(address, N as u32)?.try_into().map_err(|_| Errno::EFAULT.into())
    }

    pub fn read_u32(&self, address: u64) -> Result<u32, Interrupt> {
        Ok(u32::from_le_bytes(self.read_array(address)?))
    }

    pub fn read_u64(&self, address: u64) -> Result<u64, Interrupt> {
        Ok(u64::from_le_bytes(self.read_array(address)?))
    }

    /// `N` consecutive 64-bit words.
    pub fn read_words<const N: usize>(&self, address: u64) -> Result<[u64; N], Interrupt> {
        let bytes = self.read(address, 8 * N as u32)?;
        let mut words = [0; N];
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        Ok(words)
    }

    /// A path that ends with a zero byte.
    pub fn read_path(&self, address: u64) -> Result<&'a [u8], Interrupt> {
        let length = self.reach(address, PATH_MAX, Permissions::READ) as u32;
        let bytes = self.bytes(Span { address, length })?;
        match bytes.iter().position(|&byte| byte == 0) {
            Some(end) => Ok(&bytes[..end]),
            None if u64::from(length) < PATH_MAX => Err(Errno::EFAULT.into()),
            None => Err(Errno::ENAMETOOLONG.into()),
        }
    }

    /// `EFAULT` unless the program may write all `length` bytes from `address` on.
    pub fn check_writable(&self, address: u64, length: u64) -> Result<(), Interrupt> {
        let reach = self.reach(address, length, Permissions::WRITE);
        if reach < length { Err(Errno::EFAULT.into()) } else { Ok(()) }
    }

    /// Writes all `bytes` when the call is done, or `EFAULT`.
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Interrupt> {
        self.check_writable(address, bytes.len() as u64)?;
        if !bytes.is_empty() {
            self.writes.push((address, bytes.to_vec()));
        }
        Ok(())
    }

    pub fn write_words(&mut self, address: u64, words: &[u64]) -> Result<(), Interrupt> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.write(address, &bytes)
    }

    /// What is known of `length` bytes at `address` once the call is done, for [`super::trace`].
    pub fn seen(&self, address: u64, length: usize) -> Option<&[u8]> {
        let known = self.known.iter().map(|(span, bytes)| (span.address, bytes.as_slice()));
        let writes = self.writes.iter().map(|(address, bytes)| (*address, bytes.as_slice()));
        let (_, bytes) = known.chain(writes).find(|&(start, _)| start == address)?;
        Some(&bytes[..length.min(bytes.len())])
    }
}
