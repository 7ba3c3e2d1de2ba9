//! Records on their way into a Parquet file, which can only be written from its beginning to its end: they are kept in
//! a journal that can be continued, of frames that say whether they are whole.
//!
//! A frame is the length of its payload (8 bytes), the number of its records (8), XXH3's 128 bits of both and of the
//! payload (16), the payload. Numbers are little-endian.

use std::borrow::Cow;
use std::io::{self, Read};

use twox_hash::XxHash3_128;

use super::record::{Ending, Place, Record, Written};

const HEAD: usize = 32;
const ABSENT: u8 = 0;
const PRESENT: u8 = 1;

/// Appends a record to a payload.
pub(super) fn encode(record: &Record<'_>, out: &mut Vec<u8>) {
    bytes(record.input.as_bytes(), out);
    out.push(record.stop as u8);
    let small = |value: Option<i32>| value.map(|value| value as u32 as u64);
    for value in [small(record.status), small(record.signal), Some(record.instructions), record.pc, record.address] {
        option(value, out);
    }
    option(record.place.as_ref().map(|place| place.offset), out);
    if let Some(place) = &record.place {
        bytes(place.symbol.as_bytes(), out);
    }
    out.push(ACCESSES.iter().position(|access| *access == record.access).unwrap_or(0) as u8);
    option_bytes(record.detail.as_deref().map(str::as_bytes), out);
    for written in [&record.stdout, &record.stderr] {
        out.extend_from_slice(&written.bytes.to_le_bytes());
        out.extend_from_slice(&written.hash.to_le_bytes());
        option_bytes(written.kept.as_deref(), out);
    }
    out.extend_from_slice(&(record.callers.len() as u64).to_le_bytes());
    record.callers.iter().for_each(|caller| bytes(caller.as_bytes(), out));
    let edges: Vec<[u8; 4]> = record.new_edges.iter().map(|edge| edge.to_le_bytes()).collect();
    bytes(edges.as_flattened(), out);
}

const ACCESSES: [Option<&str>; 4] = [None, Some("read"), Some("write"), Some("execute")];

fn option(value: Option<u64>, out: &mut Vec<u8>) {
    match value {
        None => out.push(ABSENT),
        Some(value) => {
            out.push(PRESENT);
            out.extend_from_slice(&value.to_le_bytes());
        }
    }
}

fn bytes(value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(value.len() as u64).to_le_bytes());
    out.extend_from_slice(value);
}

fn option_bytes(value: Option<&[u8]>, out: &mut Vec<u8>) {
    out.push(if value.is_some() { PRESENT } else { ABSENT });
    if let Some(value) = value {
        bytes(value, out);
    }
}

/// The frame of a payload of so many records.
pub(super) fn head(payload: &[u8], records: u64) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..8].copy_from_slice(&(payload.len() as u64).to_le_bytes());
    head[8..16].copy_from_slice(&records.to_le_bytes());
    let mut hash = XxHash3_128::new();
    hash.write(&head[..16]);
    hash.write(payload);
    head[16..].copy_from_slice(&hash.finish_128().to_le_bytes());
    head
}

/// Reads the next frame into `payload` and returns its number of records; none at the end, or where a frame is not
/// whole.
pub(super) fn read_frame(from: &mut impl Read, length: u64, payload: &mut Vec<u8>) -> io::Result<Option<u64>> {
    let mut found = [0; HEAD];
    if length < HEAD as u64 {
        return Ok(None);
    }
    from.read_exact(&mut found)?;
    let word = |at: usize| u64::from_le_bytes(found[at..at + 8].try_into().expect("eight bytes"));
    let (size, records) = (word(0), word(8));
    if size > length - HEAD as u64 {
        return Ok(None);
    }
    payload.clear();
    from.take(size).read_to_end(payload)?;
    Ok((head(payload, records) == found).then_some(records))
}

/// Takes the next record off a payload.
pub(super) fn decode<'a>(from: &mut &'a [u8]) -> Option<Record<'a>> {
    let input = text(from)?;
    let stop = *Ending::ALL.get(usize::from(byte(from)?))?;
    let mut numbers = [None; 6];
    for number in &mut numbers {
        *number = if byte(from)? == PRESENT { Some(word(from)?) } else { None };
    }
    let [status, signal, instructions, pc, address, offset] = numbers;
    let place = match offset {
        Some(offset) => Some(Place { symbol: text(from)?, offset }),
        None => None,
    };
    let access = *ACCESSES.get(usize::from(byte(from)?))?;
    let detail = if byte(from)? == PRESENT { Some(text(from)?) } else { None };
    let (stdout, stderr) = (written(from)?, written(from)?);
    let callers = (0..word(from)?).map(|_| text(from).map(Cow::into_owned)).collect::<Option<Vec<String>>>()?;
    let new_edges: Vec<u32> = run(from)?.as_chunks().0.iter().map(|edge| u32::from_le_bytes(*edge)).collect();
    let small = |value: Option<u64>| value.map(|value| value as u32 as i32);
    Some(Record {
        input,
        stop,
        status: small(status),
        signal: small(signal),
        instructions: instructions?,
        pc,
        place,
        callers: callers.into(),
        access,
        address,
        detail,
        stdout,
        stderr,
        new_edges: new_edges.into(),
    })
}

fn written<'a>(from: &mut &'a [u8]) -> Option<Written<'a>> {
    let bytes = word(from)?;
    let hash = u128::from_le_bytes(from.split_off(..16)?.try_into().ok()?);
    let kept = if byte(from)? == PRESENT { Some(Cow::Borrowed(run(from)?)) } else { None };
    Some(Written { bytes, hash, kept })
}

fn byte(from: &mut &[u8]) -> Option<u8> {
    from.split_off_first().copied()
}

fn word(from: &mut &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(from.split_off(..8)?.try_into().ok()?))
}

fn run<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(word(from)?).ok()?;
    from.split_off(..length)
}

fn text<'a>(from: &mut &'a [u8]) -> Option<Cow<'a, str>> {
    std::str::from_utf8(run(from)?).ok().map(Cow::Borrowed)
}

/// Reads any file as a journal, and any payload as records: what is read comes back when it is written.
///
/// # Panics
/// If it does not.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn fuzz(file: &[u8]) {
    let mut payload = Vec::new();
    let mut rest = file;
    loop {
        let length = rest.len() as u64;
        let Ok(Some(_)) = read_frame(&mut rest, length, &mut payload) else { break };
        all_records(&payload);
    }
    // No fuzzer guesses the checksum of a frame.
    let framed = [&head(file, 1)[..], file].concat();
    assert_eq!(read_frame(&mut &framed[..], framed.len() as u64, &mut payload).expect("it is memory"), Some(1));
    all_records(file);
}

#[cfg(any(test, feature = "fuzzing"))]
fn all_records(mut payload: &[u8]) {
    while let Some(record) = decode(&mut payload) {
        let mut again = Vec::new();
        encode(&record, &mut again);
        let mut rest = &again[..];
        assert_eq!(decode(&mut rest).as_ref(), Some(&record));
        assert!(rest.is_empty());
    }
}

/// A payload, and the journal of it.
#[cfg(test)]
pub(crate) fn examples() -> Vec<Vec<u8>> {
    let mut payload = Vec::new();
    tests::records().iter().for_each(|record| encode(record, &mut payload));
    vec![[&head(&payload, 2)[..], &payload].concat(), payload]
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn records() -> Vec<Record<'static>> {
        let plain = Record::unreadable("name".into(), "why");
        vec![
            plain.clone(),
            Record {
                stop: Ending::MemoryFault,
                status: Some(-1),
                signal: Some(11),
                instructions: u64::MAX,
                pc: Some(0),
                place: Some(Place { symbol: "main".into(), offset: 3 }),
                callers: vec!["f+0x4".into(), "0x400100".into()].into(),
                access: Some("execute"),
                address: Some(1 << 60),
                detail: None,
                stdout: Written { bytes: 4, hash: 1 << 100, kept: Some(b"\xff\n\0a"[..].into()) },
                new_edges: vec![1, 65_535].into(),
                ..plain
            },
        ]
    }

    #[test]
    fn records_come_back() {
        let mut payload = Vec::new();
        records().iter().for_each(|record| encode(record, &mut payload));
        let mut rest = &payload[..];
        let decoded: Vec<Record<'_>> = std::iter::from_fn(|| decode(&mut rest)).collect();
        assert_eq!(decoded, records());
        assert!(rest.is_empty());
        for length in 0..payload.len() {
            let mut rest = &payload[..length];
            assert!(std::iter::from_fn(|| decode(&mut rest)).count() < 2, "cut at {length}");
        }
    }

    #[test]
    fn a_torn_frame_is_told_from_a_whole_one() {
        let payload = b"some payload".to_vec();
        let frame = [&head(&payload, 7)[..], &payload].concat();
        let mut read = Vec::new();
        assert_eq!(read_frame(&mut &frame[..], frame.len() as u64, &mut read).unwrap(), Some(7));
        assert_eq!(read, payload);
        for length in 0..frame.len() {
            assert_eq!(read_frame(&mut &frame[..length], length as u64, &mut read).unwrap(), None, "cut at {length}");
        }
        for at in 0..frame.len() {
            let mut wrong = frame.clone();
            wrong[at] ^= 1;
            assert_eq!(read_frame(&mut &wrong[..], wrong.len() as u64, &mut read).unwrap(), None, "wrong at {at}");
        }
    }
}
