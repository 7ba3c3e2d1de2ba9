//! Where runs crashed, and which of them crashed alike.

use super::ENDINGS;
use crate::support::folder::Folder;
use crate::support::tiny::{SPIN, elf};
use crate::support::{self};
use kvrm::machine::{Machine, StopReason};
use kvrm::sweep::{Ending, Error, Inputs, Record, Sweep};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs `crashes` with each line of arguments.
fn crashes(level: &str, folder: &Folder, lines: &str) -> Sweep {
    let lines = folder.file("lines", lines.as_bytes());
    Sweep::new("crashes", support::elf(&format!("crashes.{level}.elf")), Inputs::lines(&lines).unwrap()).lanes(Some(32))
}

/// The functions of a record: where it stopped, and the callers. What the compiler puts behind a name is left out.
fn functions(record: &Record<'_>) -> Vec<String> {
    let place = record.place.iter().map(|place| place.symbol.to_string());
    let frames = place.chain(record.callers.iter().cloned());
    frames.map(|frame| frame.split(['+', '.']).next().unwrap().to_owned()).collect()
}

#[test]
fn a_crash_says_by_what_calls_it_came() {
    let folder = Folder::new();
    // Addresses that are multiples of 4, but nobody's.
    let long = "d".repeat(64);
    let lines =
        format!("parse\ncheck\nsmash {long}\nsmash {}\nsmash {long}bc\njump 1\njump 2\nfine\n", "xp".repeat(32));
    for level in ["O0", "O2"] {
        let records: Vec<Record<'_>> = crashes(level, &folder, &lines).records().unwrap().map(Result::unwrap).collect();
        let of_abort = ["syscall6", "abort"];
        assert_eq!(functions(&records[0]), [&of_abort[..], &["parse", "check", "main", "_start"]].concat(), "{level}");
        assert_eq!(functions(&records[1]), [&of_abort[..], &["check", "main", "_start"]].concat(), "{level}");
        assert_eq!((records[0].stop, records[0].signal), (Ending::Killed, Some(6)));
        for record in &records[2..5] {
            assert_eq!((record.stop, record.access), (Ending::MemoryFault, Some("execute")), "{level}: {record:?}");
            assert!(record.place.is_none() && record.callers.is_empty(), "{level}: {record:?}");
        }
        assert_ne!(records[2].pc, records[3].pc, "it comes from the input");
        for record in &records[5..7] {
            assert!(record.place.is_none(), "{level}: {record:?}");
            assert_eq!(functions(record), ["call", "main", "_start"], "{level}");
        }
        assert!(records[7].stop == Ending::Exited && records[7].callers.is_empty());
    }
    // In every format, and the groups with the crashes in front.
    for ending in ENDINGS {
        let out = folder.path(&format!("out.{ending}"));
        let finished =
            crashes("O2", &folder, &(lines.clone() + &"fine\n".repeat(20))).write(&out, false, |_| ()).unwrap();
        let text = finished.summary.to_string();
        let groups: Vec<&str> = text.lines().map(str::trim_start).collect();
        let starts = [
            "3  memory_fault outside of code, first: smash dd",
            "2  memory_fault outside of code, called at call+0x8 < main+0x",
            "1  killed by SIGABRT at syscall6+0x",
            "1  killed by SIGABRT at syscall6+0x",
            "21  exited 0, first: fine",
        ];
        for (group, start) in groups.iter().zip(starts) {
            assert!(group.starts_with(start), "{text}");
        }
        assert!(groups[2].contains(" < parse") != groups[3].contains(" < parse"), "{text}");
        if *ending != "parquet" {
            let lines = std::fs::read_to_string(&out).unwrap();
            let line = lines.lines().find(|line| line.contains("jump 1")).unwrap();
            assert!(line.contains("call+0x8") && line.contains("_start+0x"), "{line}");
        }
    }
}

/// Lanes that never end are left when somebody says so, whatever they may still retire; and go on where they were.
#[test]
fn a_machine_that_is_interrupted_stops_between_slices() {
    let mut machine = Machine::builder().lanes(64).build().expect("an adapter");
    let flag = Arc::new(AtomicBool::new(true));
    machine.set_interrupt(Some(flag.clone()));
    // add x0, x0, #1 ; b .-4
    let program: Vec<u8> = [0x9100_0400_u32, 0x17ff_ffff].iter().flat_map(|word| word.to_le_bytes()).collect();
    machine.load_program(&program, 0x1000).unwrap();
    for lane in 0..64 {
        machine.set_pc(lane, 0x1000).unwrap();
    }
    let mut before = 0;
    for _ in 0..3 {
        let report = machine.execute_until(u64::MAX).unwrap();
        assert!(report.cycles > 0 && report.stops.iter().all(|stop| stop.reason == StopReason::NotStarted));
        let retired = report.stops[5].retired;
        assert!(retired > before && retired.div_ceil(2) == machine.register(5, 0).unwrap());
        before = retired;
    }
    flag.store(false, Ordering::Relaxed);
    let report = machine.execute_until(before + 1001).unwrap();
    assert!(report.stops.iter().all(|stop| stop.reason == StopReason::CycleLimit && stop.retired == before + 1001));
}

#[test]
fn a_sweep_of_runs_that_never_end_can_be_stopped() {
    for fork_at in [None, Some("0x400108".to_owned())] {
        // It never comes to where runs are to start, or never on from there.
        let code = [0xd503_201f, SPIN, 0xd503_201f];
        let sweep = Sweep::new("spin", elf(&code, b""), Inputs::seeds(0..500)).max_cycles(u64::MAX).fork_at(fork_at);
        let stop = sweep.stop_flag();
        let mut records = sweep.lanes(Some(64)).records().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(std::time::Duration::from_millis(500));
                stop.store(true, Ordering::Relaxed);
            });
            let next = records.next();
            assert!(matches!(next, None | Some(Err(Error::Stopped))), "{next:?}");
        });
        // It waits for the machines.
        drop(records);
    }
}
