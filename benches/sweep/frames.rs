//! The data: noise, and Ethernet frames that a packet filter mostly accepts.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context;
use rayon::prelude::*;

/// Bytes of a row of the array: a length in two bytes, and a frame.
const ROW: usize = 128;
const TCP_PORTS: [u16; 6] = [22, 25, 80, 443, 5432, 8080];
const UDP_PORTS: [u16; 4] = [123, 500, 443, 51820];

/// Numbers that look random: the same for each seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }
}

/// `length` bytes that depend on `seed`.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    (0..length).map(|_| (random.next() >> 8) as u8).collect()
}

/// A frame of up to 126 bytes.
pub struct Frame {
    bytes: [u8; ROW - 2],
    length: usize,
}

impl Frame {
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes[..self.length].to_vec()
    }
}

fn sum(bytes: &[u8]) -> u32 {
    bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0))).sum()
}

fn check(mut sum: u32) -> [u8; 2] {
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!sum as u16).to_be_bytes()
}

/// Frame `n`: IPv4 with TCP or UDP, sound checksums, ports that are let in; one in ten is damaged in a bit.
pub fn frame(n: u64) -> Frame {
    const IP: usize = 14;
    const INNER: usize = 34;
    let mut random = Random(n.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    let mut bytes = [0; ROW - 2];
    bytes.chunks_mut(4).for_each(|chunk| chunk.copy_from_slice(&random.next().to_le_bytes()[..chunk.len()]));
    let udp = random.next() & 1 == 1;
    let header = if udp { 8 } else { 20 };
    let most = bytes.len() - INNER - header;
    let length = INNER + header + most - (random.next() as usize % 24);
    bytes[6] &= 0xfe;
    bytes[12..16].copy_from_slice(&[8, 0, 0x45, 0]);
    bytes[16..18].copy_from_slice(&((length - IP) as u16).to_be_bytes());
    bytes[20..26].copy_from_slice(&[0x40, 0, 64, if udp { 17 } else { 6 }, 0, 0]);
    bytes[26] = 9;
    bytes[30] = 10;
    let ip = check(sum(&bytes[IP..INNER]));
    bytes[24..26].copy_from_slice(&ip);
    let ports: &[u16] = if udp { &UDP_PORTS } else { &TCP_PORTS };
    let port = ports[random.next() as usize % ports.len()];
    bytes[INNER + 2..INNER + 4].copy_from_slice(&port.to_be_bytes());
    let (protocol, place) = if udp { (17, INNER + 6) } else { (6, INNER + 16) };
    if udp {
        bytes[INNER + 4..INNER + 6].copy_from_slice(&((length - INNER) as u16).to_be_bytes());
    } else {
        bytes[INNER + 12..INNER + 14].copy_from_slice(&[0x50, 0x18]);
    }
    bytes[place..place + 2].fill(0);
    let pseudo = sum(&bytes[26..INNER]) + protocol + (length - INNER) as u32;
    let inner = check(pseudo + sum(&bytes[INNER..length]));
    bytes[place..place + 2].copy_from_slice(&inner);
    if random.next().is_multiple_of(10) {
        bytes[12 + random.next() as usize % (length - 12)] ^= 1 << (random.next() & 7);
    }
    Frame { bytes, length }
}

/// Writes `count` frames as the rows of a `.npy` file.
pub fn write_array(path: &Path, count: u64) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path).with_context(|| format!("making {}", path.display()))?);
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, {ROW}), }}\n");
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&(header.len() as u16).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    let step = 1 << 18;
    for first in (0..count).step_by(step) {
        let rows = (first..count.min(first + step as u64)).into_par_iter().flat_map_iter(|n| {
            let frame = frame(n);
            let mut row = [0; ROW];
            row[..2].copy_from_slice(&(frame.length as u16).to_le_bytes());
            row[2..2 + frame.length].copy_from_slice(&frame.bytes[..frame.length]);
            row
        });
        file.write_all(&rows.collect::<Vec<u8>>())?;
    }
    Ok(file.flush()?)
}

/// Writes a file for each number below `count`, named so that they sort by it.
pub fn write_files(folder: &Path, count: u64, contents: impl Fn(u64) -> Vec<u8> + Sync) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    (0..count).into_par_iter().try_for_each(|n| fs::write(folder.join(name(n)), contents(n)))?;
    Ok(())
}

/// The name of file `n`.
pub fn name(n: u64) -> String {
    format!("{n:08}")
}
