//! Sweeps: the records of many inputs against runs of each alone, and what must not change a byte of them.

#[cfg(feature = "cli")]
mod command;
mod crashes;
mod going_on;
#[cfg(feature = "cli")]
mod hostile;
#[cfg(feature = "cli")]
mod translated;

use crate::support::folder::Folder;
use crate::support::{self, npy, number};
use std::fs;
use std::io::Cursor;

use crate::support::tiny::{SVC, elf, exit, mov, mov_high};
use kvrm::linux::{self, End};
use kvrm::machine::{Coverage, Machine, StopReason};
use kvrm::sweep::{EDGE_BITS, Ending, Error, Inputs, Record, Sweep};

/// Of result files.
const ENDINGS: &[&str] = if cfg!(feature = "parquet") { &["jsonl", "csv", "parquet"] } else { &["jsonl", "csv"] };

/// A linear congruential generator's bytes.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// Frames for tests/programs/src/packet.c: IPv4 with UDP without a checksum, damaged in part; each 256 bytes with its
/// length in front.
fn frames(count: u64) -> Vec<u8> {
    let mut rows = Vec::new();
    for n in 0..count {
        let mut frame = noise(n, 14 + 20 + 8 + 60 + (n % 100) as usize);
        let length = frame.len();
        frame[6] &= 0xfe;
        frame[12..16].copy_from_slice(&[8, 0, 0x45, 0]);
        frame[16..18].copy_from_slice(&((length - 14) as u16).to_be_bytes());
        frame[20..24].copy_from_slice(&[0x40, 0, 64, 17]);
        frame[26] = if n % 7 == 3 { 127 } else { 9 };
        frame[30] = 10;
        frame[36..42].copy_from_slice(&[0, 123, ((length - 34) >> 8) as u8, (length - 34) as u8, 0, 0]);
        frame[24..26].fill(0);
        let words = frame[14..34].chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]));
        let mut sum: u32 = words.sum();
        while sum >> 16 != 0 {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        frame[24..26].copy_from_slice(&(!sum as u16).to_be_bytes());
        if n % 5 == 4 {
            frame[12 + (n % 30) as usize] ^= 1 << (n % 8);
        }
        rows.extend((length as u16).to_le_bytes());
        rows.extend(frame);
        rows.resize((n as usize + 1) * 256, 0);
    }
    rows
}

/// Exits with the status that standard input's first byte has, after as many rounds of a loop as its second says.
fn echo() -> Vec<u8> {
    let code = [
        vec![mov(0, 0), mov_high(1, 0x41), mov(2, 4096), mov(8, 63), SVC],
        // mov x2, x0 ; write back
        vec![0xaa00_03e2, mov(0, 1), mov_high(1, 0x41), mov(8, 64), SVC],
        // ldrb w3, [x1, #1] ; 1: cbz x3, 2f ; sub x3, x3, #1 ; b 1b ; 2: ldrb w0, [x1]
        vec![0x3940_0423, 0xb400_0063, 0xd100_0463, 0x17ff_fffe, 0x3940_0020, mov(8, 94), SVC],
    ];
    elf(&code.concat(), b"")
}

/// How many inputs are compared with runs of each alone.
fn inputs_alone() -> u64 {
    number("KVRM_SWEEP_INPUTS").unwrap_or(150)
}

#[test]
fn a_sweep_equals_runs_of_each_input_alone() {
    let folder = Folder::new();
    let count = inputs_alone();
    let rows = frames(count);
    let file = support::elf("packet.O2.elf");
    for (n, row) in (0..).zip(rows.chunks(256)) {
        let length = u16::from_le_bytes([row[0], row[1]]) as usize;
        folder.file(&format!("in/{n:06}"), &row[2..2 + length]);
    }
    let sweep = Sweep::new("packet", file.clone(), Inputs::files(&folder.path("in")).unwrap()).lanes(Some(64));
    let mut machine = Machine::builder().lanes(1).build().expect("an adapter");
    let mut seen = std::collections::BTreeSet::new();
    let mut total = 0;
    for (n, record) in (0..).zip(sweep.records().unwrap()) {
        let record = record.unwrap();
        let name = format!("{n:06}");
        let input = fs::read(folder.path("in").join(&name)).unwrap();
        let mut alone = linux::Command::new("packet").stdin(Cursor::new(input)).start(machine, &file).unwrap();
        alone.run(1 << 30).unwrap();
        let stop = *alone.stop(0);
        assert_eq!(record.input, name);
        assert_eq!(Some(stop.reason), record.status.map(|status| StopReason::from(End::Exited { status })), "{name}");
        assert_eq!(record.instructions, stop.retired, "{name}");
        seen.insert(record.status);
        machine = alone.into_machine();
        total += 1;
    }
    assert_eq!(total, count);
    assert!(seen.len() >= 5, "the inputs go different ways: {seen:?}");
}

/// The records of a sweep of `frames` by rows.
fn packet_sweep(folder: &Folder, count: u64) -> Sweep {
    let rows = folder.file("frames.npy", &npy("|u1", "False", &format!("({count}, 256)"), &frames(count)));
    let inputs = Inputs::default().patch("packet", &rows).unwrap();
    Sweep::new("packet", support::elf("packet.O2.elf"), inputs)
}

#[test]
fn lanes_and_workers_change_no_byte() {
    let folder = Folder::new();
    let mut files = Vec::new();
    for (n, (lanes, workers)) in [(1000, 1), (32, 3), (96, 2), (7, 1)].into_iter().enumerate() {
        for ending in ENDINGS.iter().copied() {
            if lanes == 7 && ending != "csv" {
                continue;
            }
            let path = folder.path(&format!("{n}.{ending}"));
            let sweep = packet_sweep(&folder, 333).lanes(Some(lanes)).workers(workers);
            let finished = sweep.write(&path, false, |_| ()).unwrap();
            assert!(finished.complete);
            assert_eq!((finished.summary.inputs, finished.summary.ended(Ending::Exited)), (333, 333));
            files.push((ending, fs::read(path).unwrap()));
        }
    }
    for (ending, bytes) in &files {
        let (_, first) = files.iter().find(|(other, _)| other == ending).unwrap();
        assert!(bytes == first, "{ending}");
    }
    let lines = String::from_utf8(files[0].1.clone()).unwrap();
    assert_eq!(lines.lines().count(), 333);
    for (n, line) in lines.lines().enumerate() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["input"], n.to_string());
        assert_eq!(value["stop"], "exited");
    }
    assert_eq!(files[1].1.iter().filter(|byte| **byte == b'\n').count(), 334, "a header");
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_has_the_same_records() {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::RowAccessor as _;
    let folder = Folder::new();
    folder.file("in/a", b"\x05\x02");
    folder.file("in/b", b"\xff\x01text");
    let path = folder.path("out.parquet");
    let sweep = Sweep::new("echo", echo(), Inputs::files(&folder.path("in")).unwrap()).keep_output(true);
    sweep.write(&path, false, |_| ()).unwrap();
    let reader = SerializedFileReader::new(fs::File::open(&path).unwrap()).unwrap();
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1].get_string(0).unwrap(), "b");
    assert_eq!((rows[0].get_string(1).unwrap().as_str(), rows[0].get_int(2).unwrap()), ("exited", 5));
    assert_eq!(rows[1].get_int(2).unwrap(), 255);
    let stdout = rows[1].get_column_iter().position(|(name, _)| name == "stdout").unwrap();
    assert_eq!(rows[1].get_bytes(stdout).unwrap().data(), b"\xff\x01text");
    assert!(!folder.path("out.parquet.journal").exists());
}

#[test]
fn seeds_and_arguments_reach_their_runs() {
    let folder = Folder::new();
    // write(1, argv[2], 3) ; getrandom(ZEROS, 4, 0) ; write(1, ZEROS, 4)
    let code = [
        vec![mov(0, 1), 0xf940_0fe1, mov(2, 3), mov(8, 64), SVC],
        vec![mov_high(0, 0x41), mov(1, 4), mov(2, 0), mov(8, 278), SVC],
        vec![mov(0, 1), mov_high(1, 0x41), mov(2, 4), mov(8, 64), SVC],
        exit(0),
    ];
    let file = elf(&code.concat(), b"");
    let lines = folder.file("lines", b"abc\n'd e' f\n\"open\n\\g\\ h # comment\n");
    let sweep = Sweep::new("tiny", file.clone(), Inputs::lines(&lines).unwrap()).arguments(["common"]);
    let records: Vec<Record<'_>> = sweep.keep_output(true).records().unwrap().map(Result::unwrap).collect();
    let text = |record: &Record<'_>| record.stdout.kept.as_ref().map(|kept| kept[..3].to_vec());
    let texts: Vec<_> = records.iter().map(text).collect();
    assert_eq!(texts, [Some(b"abc".to_vec()), Some(b"d e".to_vec()), None, Some(b"g h".to_vec())]);
    assert_eq!(records[2].stop, Ending::InputError);
    assert!(records[2].detail.as_ref().unwrap().contains("quotes"));
    let random = |record: &Record<'_>| record.stdout.kept.as_ref().unwrap()[3..].to_vec();
    assert_eq!(random(&records[0]), random(&records[3]), "the same seed");

    let sweep = Sweep::new("tiny", file, Inputs::seeds(5..45)).arguments(["common", "abc"]).lanes(Some(32));
    let records: Vec<Record<'_>> = sweep.keep_output(true).records().unwrap().map(Result::unwrap).collect();
    let drawn: std::collections::BTreeSet<Vec<u8>> = records.iter().map(random).collect();
    assert_eq!((records.len(), drawn.len()), (40, 40), "each seed draws its own");
    assert_eq!((records[0].input.as_ref(), records[39].input.as_ref()), ("5", "44"));
}

#[test]
fn faults_have_a_place() {
    // str x19, [x19] for an X19 of 0: at a symbol of the program.
    let folder = Folder::new();
    folder.file("in/x", b"");
    let sweep = Sweep::new("null", support::elf("null_read.O2.elf"), Inputs::files(&folder.path("in")).unwrap());
    let record = sweep.records().unwrap().next().unwrap().unwrap();
    assert_eq!((record.stop, record.signal, record.access), (Ending::MemoryFault, Some(11), Some("read")));
    assert!(record.address.unwrap() < 0x1000);
    assert!(!record.place.unwrap().symbol.is_empty());
}

#[test]
fn inputs_that_cannot_be_read_are_reported_and_passed_over() {
    let folder = Folder::new();
    for n in 0..70 {
        folder.file(&format!("in/{n:03}"), &[n, 3]);
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("/no/such/file", folder.path("in/005b")).unwrap();
    fs::create_dir(folder.path("in/folder")).unwrap();
    let sweep = Sweep::new("echo", echo(), Inputs::files(&folder.path("in")).unwrap()).lanes(Some(64));
    let records: Vec<Record<'_>> = sweep.records().unwrap().map(Result::unwrap).collect();
    let (bad, good): (Vec<&Record<'_>>, Vec<_>) = records.iter().partition(|record| record.stop == Ending::InputError);
    assert_eq!(good.len(), 70);
    for (n, record) in good.iter().enumerate() {
        assert_eq!((record.status, record.input.as_ref()), (Some(n as i32), format!("{n:03}").as_str()));
        assert_eq!(record.stdout.bytes, 2);
    }
    if cfg!(unix) {
        assert_eq!((bad.len(), bad[0].input.as_ref()), (1, "005b"));
        assert!(bad[0].detail.as_ref().unwrap().contains("No such file"), "{:?}", bad[0].detail);
    }
}

#[test]
fn many_empty_inputs() {
    let folder = Folder::new();
    for n in 0..3000 {
        folder.file(&format!("in/{n}"), b"");
    }
    let sweep = Sweep::new("wc", support::elf("wc.O2.elf"), Inputs::files(&folder.path("in")).unwrap());
    let records: Vec<Record<'_>> = sweep.records().unwrap().map(Result::unwrap).collect();
    assert_eq!(records.len(), 3000);
    assert!(records.iter().all(|record| record.status == Some(0) && record.stdout == records[0].stdout));
}

#[test]
fn one_run_may_write_much() {
    // write(1, code page, 4096) X19 times, from argv's seed: 3 MB where the row says 768, nothing elsewhere.
    let folder = Folder::new();
    let code = [
        // ldr x19, [ZEROS]
        vec![mov_high(3, 0x41), 0xf940_0073],
        // 1: cbz x19, 2f ; write ; sub x19, x19, #1 ; b 1b
        vec![0xb400_0113, mov(0, 1), mov_high(1, 0x40), mov(2, 2048), mov(8, 64), SVC, 0xd100_0673, 0x17ff_fff9],
        exit(0),
    ];
    let rows: Vec<u8> = (0..40_u64).flat_map(|n| (if n == 9 { 1536_u64 } else { n % 2 }).to_le_bytes()).collect();
    let rows = folder.file("rows.npy", &npy("<u8", "False", "(40,)", &rows));
    let mut file = elf(&code.concat(), &[]);
    file.resize(0x1000, 7);
    let sweep = || {
        let inputs = Inputs::default().patch("0x410000", &rows).unwrap();
        Sweep::new("tiny", file.clone(), inputs).lanes(Some(32))
    };
    let hashes: Vec<Record<'_>> = sweep().records().unwrap().map(Result::unwrap).collect();
    assert_eq!(hashes[9].stdout.bytes, 3 << 20);
    assert!(hashes.iter().enumerate().all(|(n, r)| n == 9 || r.stdout.bytes == 2048 * (n as u64 % 2)));
    let kept: Vec<Record<'_>> =
        sweep().keep_output(true).output_limit(8 << 20).records().unwrap().map(Result::unwrap).collect();
    assert_eq!(kept[9].stdout.kept.as_ref().unwrap().len(), 3 << 20);
    assert_eq!((kept[9].stdout.hash, kept[9].instructions), (hashes[9].stdout.hash, hashes[9].instructions));
    assert_ne!(kept[9].stdout.hash, kept[1].stdout.hash);
}

#[test]
fn the_cycle_limit_is_exact() {
    let folder = Folder::new();
    for (name, rounds) in [("a", 10), ("b", 200)] {
        folder.file(&format!("in/{name}"), &[0, rounds]);
    }
    let sweep = Sweep::new("echo", echo(), Inputs::files(&folder.path("in")).unwrap()).max_cycles(100);
    let records: Vec<Record<'_>> = sweep.records().unwrap().map(Result::unwrap).collect();
    assert_eq!((records[0].stop, records[0].signal), (Ending::Exited, None));
    assert_eq!((records[1].stop, records[1].instructions), (Ending::CycleLimit, 100));
}

#[test]
fn a_fork_changes_no_result() {
    let folder = Folder::new();
    let plain: Vec<Record<'_>> = packet_sweep(&folder, 100).records().unwrap().map(Result::unwrap).collect();
    let sweep = packet_sweep(&folder, 100).fork_at(Some("main".to_owned()));
    let forked: Vec<Record<'_>> = sweep.records().unwrap().map(Result::unwrap).collect();
    assert_eq!(forked, plain);
    let error = packet_sweep(&folder, 1).fork_at(Some("nowhere".to_owned())).records().err().unwrap();
    assert!(error.to_string().contains("nowhere"), "{error}");
}

#[test]
fn shards_joined_are_the_whole() {
    let folder = Folder::new();
    for ending in ["jsonl", "csv"] {
        let whole = folder.path(&format!("whole.{ending}"));
        packet_sweep(&folder, 50).write(&whole, false, |_| ()).unwrap();
        for count in [1, 3, 7] {
            let mut joined = Vec::new();
            for index in 0..count {
                let path = folder.path(&format!("{index}-{count}.{ending}"));
                packet_sweep(&folder, 50).shard(index, count).write(&path, false, |_| ()).unwrap();
                joined.extend(fs::read(path).unwrap());
            }
            assert!(joined == fs::read(&whole).unwrap(), "{count} shards, {ending}");
        }
    }
    let path = folder.path("more.csv");
    let empty = packet_sweep(&folder, 2).shard(0, 5).write(&path, false, |_| ()).unwrap();
    assert!(empty.complete && empty.summary.inputs == 0, "a shard may be empty");
    assert!(matches!(packet_sweep(&folder, 2).shard(5, 5).records(), Err(Error::Shard { index: 5, count: 5 })));
}

/// Which edges are new is what runs of each input alone say, in any batches, in any format, and after a part is done.
#[test]
fn new_edges_are_those_of_runs_alone() {
    let folder = Folder::new();
    let rows = frames(60);
    let inputs: Vec<Vec<u8>> =
        rows.chunks(256).map(|row| row[2..2 + u16::from_le_bytes([row[0], row[1]]) as usize].to_vec()).collect();
    for (n, input) in inputs.iter().enumerate() {
        folder.file(&format!("in/{n:03}"), input);
    }
    let file = support::elf("packet.O2.elf");
    let machine = Machine::builder().lanes(1).build().expect("an adapter");
    let mut process = linux::Command::new("packet").start(machine, &file).unwrap();
    process.machine_mut().set_coverage(Some(Coverage::Edges), EDGE_BITS).unwrap();
    let mut known = vec![0_u32; EDGE_BITS as usize / 32];
    let mut expected = Vec::new();
    for input in inputs {
        process.restart(&linux::LaneInputs { count: 1, stdin: &[input], ..Default::default() }).unwrap();
        process.run(1_000_000).unwrap();
        let map = process.machine_mut().coverage(0).unwrap();
        let new =
            (0..EDGE_BITS).filter(|bit| (map[*bit as usize / 32] & !known[*bit as usize / 32]) >> (bit % 32) & 1 != 0);
        expected.push(new.collect::<Vec<u32>>());
        known.iter_mut().zip(map).for_each(|(known, word)| *known |= word);
    }
    assert!(expected.iter().filter(|edges| !edges.is_empty()).count() > 5, "some inputs go new ways");

    let sweep = |lanes: u32| {
        let inputs = Inputs::files(&folder.path("in")).unwrap();
        Sweep::new("packet", file.clone(), inputs).coverage(true).lanes(Some(lanes))
    };
    for (lanes, workers) in [(64, 1), (32, 2), (7, 3)] {
        let sweep = sweep(lanes).workers(workers);
        let found: Vec<Vec<u32>> =
            sweep.records().unwrap().map(|record| record.unwrap().new_edges.into_owned()).collect();
        assert_eq!(found, expected, "{lanes} lanes, {workers} workers");
    }
    for ending in ENDINGS {
        let (whole, part) = (folder.path(&format!("whole.{ending}")), folder.path(&format!("part.{ending}")));
        let finished = sweep(8).write(&whole, false, |_| ()).unwrap();
        assert_eq!(finished.progress.edges as usize, expected.iter().map(Vec::len).sum::<usize>());
        // Stopped by itself after some batches, and continued.
        let begun = sweep(8);
        let stop = begun.stop_flag();
        let begun = begun.write(&part, false, |progress| {
            stop.fetch_or(progress.done >= 16, std::sync::atomic::Ordering::Relaxed);
        });
        assert!(!begun.unwrap().complete);
        assert!(sweep(8).write(&part, false, |_| ()).unwrap().progress.found >= 16);
        assert!(fs::read(&whole).unwrap() == fs::read(&part).unwrap(), "{ending}");
    }
}

#[test]
fn two_sweeps_do_not_share_a_file() {
    let folder = Folder::new();
    let path = folder.path("out.csv");
    let mut others = vec![(packet_sweep(&folder, 40), false), (packet_sweep(&folder, 40), true)];
    let mut errors = Vec::new();
    let finished = packet_sweep(&folder, 40).lanes(Some(8)).write(&path, false, |_| {
        for (other, overwrite) in others.drain(..) {
            errors.push(other.write(&path, overwrite, |_| ()).unwrap_err());
        }
    });
    assert!(finished.unwrap().complete && errors.len() == 2);
    assert!(errors.iter().all(|error| matches!(error, Error::Busy { .. })), "{errors:?}");
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 41);
}

#[test]
fn a_result_file_belongs_to_one_sweep() {
    let folder = Folder::new();
    let path = folder.path("out.jsonl");
    let first = packet_sweep(&folder, 20).write(&path, false, |_| ()).unwrap();
    assert_eq!((first.progress.found, first.progress.done), (0, 20));
    let bytes = fs::read(&path).unwrap();
    let again = packet_sweep(&folder, 20).lanes(Some(3)).write(&path, false, |_| ()).unwrap();
    assert_eq!((again.progress.found, again.progress.done, again.complete), (20, 0, true));
    assert!(fs::read(&path).unwrap() == bytes);
    let error = packet_sweep(&folder, 20).max_cycles(77).write(&path, false, |_| ()).unwrap_err().to_string();
    assert!(error.contains("max_cycles was 1000000000, is 77") && error.contains("--overwrite"), "{error}");
    let error = packet_sweep(&folder, 21).write(&path, false, |_| ()).unwrap_err().to_string();
    assert!(error.contains("inputs was"), "{error}");
    assert!(fs::read(&path).unwrap() == bytes, "untouched");
    packet_sweep(&folder, 20).max_cycles(77).write(&path, true, |_| ()).unwrap();
    assert!(fs::read(&path).unwrap() != bytes);

    let foreign = folder.file("foreign.csv", b"mine\n");
    let error = packet_sweep(&folder, 20).write(&foreign, false, |_| ()).unwrap_err();
    assert!(matches!(error, Error::NotASweep { .. }), "{error}");
    assert_eq!(fs::read(&foreign).unwrap(), b"mine\n");
}
