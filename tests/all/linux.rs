//! Processes through the library's public face: streams, lanes, system calls that many lanes make at once.

mod fork;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::tiny::{DATA, ENTRY, SPIN, SVC, ZEROS, elf, exit, keep, mov, mov_high, write};
use kvrm::linux::{Command, End, Error, LaneInputs, Patch, Process, exit_status};
use kvrm::machine::{Machine, NZCV, RegisterFile, StopReason};

fn machine(lanes: u32) -> Machine {
    Machine::builder().lanes(lanes).memory_size(4 << 20).build().expect("an adapter")
}

fn start(lanes: u32, code: &[u32], data: &[u8]) -> Process {
    Command::new("tiny").start(machine(lanes), &elf(code, data)).expect("the program starts")
}

/// Reads standard input into [`ZEROS`], at most `length` bytes.
fn read(length: u16) -> Vec<u32> {
    vec![mov(0, 0), mov_high(1, 0x41), mov(2, length), mov(8, 63), SVC]
}

/// Writes as many bytes from [`ZEROS`] as X0 says.
fn write_back() -> Vec<u32> {
    // mov x2, x0
    vec![0xaa00_03e2, mov(0, 1), mov_high(1, 0x41), mov(8, 64), SVC]
}

#[test]
fn output_and_status_of_every_lane() {
    for lanes in [1, 7, 128] {
        let mut process = start(lanes, &[write(6), exit(3)].concat(), b"hello\n");
        let outcome = process.run(1000).unwrap();
        assert_eq!(outcome.retired, 9 * u64::from(lanes));
        assert_eq!(outcome.gpu_system_calls, 2 * u64::from(lanes));
        assert_eq!((outcome.system_calls, outcome.passes), (2 * u64::from(lanes), 0), "no lane waits for the host");
        for lane in 0..lanes {
            assert_eq!(process.stop(lane).reason, StopReason::from(End::Exited { status: 3 }));
            assert_eq!(process.stop(lane).retired, 9);
            assert_eq!(process.stdout(lane).bytes(), b"hello\n");
            assert_eq!(process.stderr(lane).bytes(), b"");
        }
        assert_eq!(exit_status(&process.stop(0).reason), 3);
        assert_eq!(process.describe(0), "exited with status 3");
    }
}

#[test]
fn every_lane_reads_the_whole_input() {
    // Reads of different lengths: 3 bytes, then the rest.
    let code = [read(3), write_back(), read(100), write_back(), read(100), write_back(), exit(0)].concat();
    let mut process = Command::new("tiny").stdin(&b"standard input"[..]).start(machine(40), &elf(&code, b"")).unwrap();
    process.run(1000).unwrap();
    for lane in 0..40 {
        assert_eq!(process.stdout(lane).bytes(), b"standard input", "lane {lane}");
    }
}

#[test]
fn lanes_go_separate_ways() {
    // exit_group(x19)
    let code = [0xaa13_03e0, mov(8, 94), SVC];
    let mut process = start(5, &code, b"");
    for lane in 0..5 {
        process.machine_mut().set_register(lane, 19, u64::from(lane) * 10).unwrap();
    }
    process.run(1000).unwrap();
    for lane in 0..5 {
        assert_eq!(process.stop(lane).reason, StopReason::from(End::Exited { status: lane as i32 * 10 }));
    }
}

#[test]
fn only_lane_zero_is_shown_and_traced() {
    let lines = Rc::new(RefCell::new(Vec::new()));
    let kept = lines.clone();
    let code = [write(6), exit(0)].concat();
    let mut process = Command::new("tiny")
        .trace(move |line| kept.borrow_mut().push(line.to_owned()))
        .start(machine(3), &elf(&code, b"hello\n"))
        .unwrap();
    process.run(1000).unwrap();
    assert_eq!(*lines.borrow(), [r#"write(1, "hello\n", 6) = 6"#, "exit_group(0) = ?"]);
}

#[test]
fn a_cycle_limit_is_exact_and_can_be_raised() {
    let mut process = start(2, &[write(6), exit(0)].concat(), b"hello\n");
    let first = process.run(7).unwrap();
    assert_eq!(first.retired, 14);
    assert_eq!(process.stop(1).reason, StopReason::CycleLimit);
    assert_eq!(exit_status(&process.stop(1).reason), 124);
    let second = process.run(1000).unwrap();
    assert_eq!(second.retired, 4);
    assert_eq!(process.stop(1).reason, StopReason::from(End::Exited { status: 0 }));
    assert_eq!(process.stdout(1).bytes(), b"hello\n");
}

#[test]
fn new_mappings_are_zero_and_private() {
    // p = mmap(0, 4096, READ | WRITE, PRIVATE | ANONYMOUS, -1, 0); v = *p; *p = x19; munmap; mmap at p; exit(v | *p)
    let map = |flags: u16| vec![mov(1, 4096), mov(2, 3), mov(3, flags), 0x9280_0004, mov(5, 0), mov(8, 222), SVC];
    let code = [
        vec![mov(0, 0)],
        map(0x22),
        // mov x20, x0 ; ldr x21, [x20] ; str x19, [x20]
        vec![0xaa00_03f4, 0xf940_0295, 0xf900_0293],
        vec![mov(1, 4096), mov(8, 215), SVC],
        vec![0xaa14_03e0],
        map(0x32),
        // ldr x22, [x20] ; orr x0, x21, x22
        vec![0xf940_0296, 0xaa16_02a0, mov(8, 94), SVC],
    ]
    .concat();
    let mut process = start(33, &code, b"");
    for lane in 0..33 {
        process.machine_mut().set_register(lane, 19, u64::from(lane) + 1).unwrap();
    }
    process.run(1000).unwrap();
    for lane in 0..33 {
        assert_eq!(process.stop(lane).reason, StopReason::from(End::Exited { status: 0 }), "lane {lane}");
    }
}

#[test]
fn runs_repeat_and_seeds_differ() {
    // getrandom(ZEROS, 16, 0), then written out.
    let code = [vec![mov_high(0, 0x41), mov(1, 16), mov(2, 0), mov(8, 278), SVC], write_back(), exit(0)].concat();
    let run = |seed| {
        let mut process = Command::new("tiny").seed(seed).start(machine(2), &elf(&code, b"")).unwrap();
        process.run(1000).unwrap();
        [0, 1].map(|lane| process.stdout(lane).bytes().to_vec())
    };
    let [first, second] = run(1);
    assert_eq!(first.len(), 16);
    assert_ne!(first, second, "each lane has its own");
    assert_eq!(run(1), [first.clone(), second]);
    assert_ne!(run(2)[0], first);
}

#[test]
fn waiting_for_ever_ends_the_lane() {
    // futex(ZEROS, FUTEX_WAIT, 0, NULL)
    let code = [mov_high(0, 0x41), mov(1, 0), mov(2, 0), mov(3, 0), mov(8, 98), SVC, SPIN];
    let mut process = start(2, &code, b"");
    process.run(1000).unwrap();
    assert_eq!(process.stop(1).retired, 6);
    assert!(process.describe(1).contains("deadlock"), "{}", process.describe(1));
    assert_eq!(exit_status(&process.stop(1).reason), 128 + 9);
}

#[test]
fn output_beyond_the_limit_is_counted() {
    let code = [write(6), write(6), exit(0)].concat();
    let mut process = Command::new("tiny").output_limit(8).start(machine(1), &elf(&code, b"hello\n")).unwrap();
    process.run(1000).unwrap();
    assert_eq!(process.stdout(0).bytes(), b"hello\nhe");
    assert_eq!(process.stdout(0).written(), 12);
    let mut process = Command::new("tiny").start(machine(1), &elf(&code, b"hello\n")).unwrap();
    process.run(1000).unwrap();
    let whole = process.stdout(0).hash();
    let mut process = Command::new("tiny").output_limit(8).start(machine(1), &elf(&code, b"hello\n")).unwrap();
    process.run(1000).unwrap();
    assert_eq!(process.stdout(0).hash(), whole, "of what was written, not of what is kept");
}

#[test]
fn the_machine_can_be_used_again() {
    let mut process = start(3, &[write(6), exit(1)].concat(), b"first\n");
    process.run(1000).unwrap();
    let file = elf(&[write(7), exit(2)].concat(), b"second\n");
    let mut process = Command::new("tiny").start(process.into_machine(), &file).unwrap();
    process.run(1000).unwrap();
    assert_eq!(process.stop(2).reason, StopReason::from(End::Exited { status: 2 }));
    assert_eq!(process.stop(2).retired, 9);
    assert_eq!(process.stdout(2).bytes(), b"second\n");
}

#[test]
fn arguments_are_where_the_program_looks() {
    // argv[1] is written: ldr x1, [sp, #16]
    let code = [vec![mov(0, 1), 0xf940_0be1, mov(2, 5), mov(8, 64), SVC], exit(0)].concat();
    let mut process = Command::new("tiny").argument("first").start(machine(1), &elf(&code, b"")).unwrap();
    process.run(1000).unwrap();
    assert_eq!(process.stdout(0).bytes(), b"first");
}

#[test]
fn system_calls_cannot_reach_what_the_program_cannot() {
    // read into the code: EFAULT, as exit status 14. neg x0, x0
    let code = [
        vec![mov(0, 0), mov_high(1, 0x40), keep(1, 0x100), mov(2, 4), mov(8, 63), SVC, 0xcb00_03e0],
        vec![mov(8, 94), SVC],
    ]
    .concat();
    let mut process = Command::new("tiny").stdin(&b"data"[..]).start(machine(1), &elf(&code, b"")).unwrap();
    process.run(1000).unwrap();
    assert_eq!(process.stop(0).reason, StopReason::from(End::Exited { status: 14 }));
}

/// Writes argv[1], 8 random bytes, all of standard input up to 16 bytes, and 4 bytes of DATA.
fn shows_its_inputs() -> Vec<u8> {
    let code = [
        vec![mov(0, 1), 0xf940_0be1, mov(2, 4), mov(8, 64), SVC],
        vec![mov_high(0, 0x41), mov(1, 8), mov(2, 0), mov(8, 278), SVC],
        write_back(),
        read(16),
        write_back(),
        write(4),
        exit(9),
    ]
    .concat();
    elf(&code, b"data")
}

#[test]
fn restarted_lanes_do_what_new_processes_do() {
    let file = shows_its_inputs();
    let arguments: Vec<Vec<Vec<u8>>> = (0..50).map(|n| vec![format!("a{n:03}").into_bytes(); n % 3 + 1]).collect();
    let stdin: Vec<Vec<u8>> = (0..50).map(|n| format!("input {n}").into_bytes()).collect();
    let seeds: Vec<u64> = (0..50).map(|n| n * n).collect();
    let rows: Vec<u8> = (0..200).collect();
    let mut process = Command::new("tiny").start(machine(20), &file).unwrap();
    process.run(3).unwrap();
    let mut other = machine(1);
    // Batches of different sizes, so that an input's lane is not its number.
    for (first, count) in [(0, 20), (20, 20), (40, 10), (3, 5)] {
        let range = first..first + count;
        let patch = Patch { address: DATA, row_bytes: 4, rows: &rows[4 * first..4 * (first + count)] };
        let inputs = LaneInputs {
            count: count as u32,
            arguments: &arguments[range.clone()],
            stdin: &stdin[range.clone()],
            seeds: &seeds[range.clone()],
            patches: &[patch],
        };
        process.restart(&inputs).unwrap();
        process.run(1000).unwrap();
        for (lane, n) in (0..).zip(range) {
            let mut file = file.clone();
            file[0x800..0x804].copy_from_slice(&rows[4 * n..4 * n + 4]);
            let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).unwrap();
            let alone = Command::new("tiny").arguments(arguments[n].iter().map(text)).seed(seeds[n]);
            let mut alone = alone.stdin(std::io::Cursor::new(stdin[n].clone())).start(other, &file).unwrap();
            alone.run(1000).unwrap();
            assert_eq!(process.stop(lane), alone.stop(0), "input {n}");
            assert_eq!(process.stdout(lane), alone.stdout(0), "input {n}");
            other = alone.into_machine();
        }
        for lane in count as u32..20 {
            assert_eq!(process.stop(lane).reason, StopReason::NotStarted);
            assert_eq!(process.stdout(lane).written(), 0);
        }
    }
}

#[test]
fn a_restart_without_inputs_is_the_start_again() {
    let mut process = Command::new("tiny").argument("none").start(machine(3), &shows_its_inputs()).unwrap();
    process.run(1000).unwrap();
    let first = (*process.stop(0), process.stdout(0).clone());
    process.restart(&LaneInputs { count: 3, ..LaneInputs::default() }).unwrap();
    process.run(1000).unwrap();
    for lane in 0..3 {
        assert_eq!((*process.stop(lane), process.stdout(lane).clone()), first, "lane {lane}");
    }
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let mut process = Command::new("tiny").start(machine(3), &shows_its_inputs()).unwrap();
    let stdin = vec![Vec::new(); 2];
    let too_many = LaneInputs { count: 4, ..LaneInputs::default() };
    assert!(matches!(process.restart(&too_many), Err(Error::TooManyInputs { inputs: 4, lanes: 3 })));
    let too_few = LaneInputs { count: 3, stdin: &stdin, ..LaneInputs::default() };
    assert!(matches!(process.restart(&too_few), Err(Error::InputColumn { found: 2, inputs: 3, .. })));
    let long = vec![0; 8200];
    for (address, row_bytes, fits) in [
        (ZEROS, 4096, true),
        (ZEROS, 4097, false),
        (ZEROS - 1, 1, false),
        (0x40_0000, 4096, true),
        (0x40_0fff, 2, false),
        (u64::MAX, 2, false),
        (0x7f_ffff_e000, 4096, true),
        (0x7f_ffff_e000, 4097, false),
    ] {
        let patch = [Patch { address, row_bytes, rows: &long[..2 * row_bytes] }];
        let result = process.restart(&LaneInputs { count: 2, patches: &patch, ..LaneInputs::default() });
        assert_eq!(result.is_ok(), fits, "{row_bytes} bytes at {address:#x}");
    }
}

#[test]
fn forked_lanes_do_what_new_processes_do() {
    // Writes, maps memory and marks it; from FORK on reads, checks the mark, and writes what it read.
    let before = [
        write(4),
        vec![mov(0, 0), mov(1, 4096), mov(2, 3), mov(3, 0x22), 0x9280_0004, mov(5, 0), mov(8, 222), SVC],
        vec![0xaa00_03f4, mov(1, 77), 0xf900_0281],
    ]
    .concat();
    let fork = 0x40_0100 + 4 * before.len() as u64;
    // ldr x19, [x20] ; add x19, x19, #1 ; str x19, [x20] ... exit_group(x19)
    let after =
        [read(16), vec![0xf940_0293, 0x9100_0673, 0xf900_0293], write_back(), vec![0xaa13_03e0, mov(8, 94), SVC]];
    let file = elf(&[before, after.concat()].concat(), b"data");
    let stdin: Vec<Vec<u8>> = (0..40).map(|n| format!("input {n}").into_bytes()).collect();
    let mut process = Command::new("tiny").start(machine(40), &file).unwrap();
    process.fork_at(fork, 1000).unwrap();
    let mut other = machine(1);
    for _ in 0..2 {
        process.restart(&LaneInputs { count: 40, stdin: &stdin, ..LaneInputs::default() }).unwrap();
        process.run(1000).unwrap();
        for (lane, input) in (0..).zip(&stdin) {
            let alone = Command::new("tiny").stdin(std::io::Cursor::new(input.clone()));
            let mut alone = alone.start(other, &file).unwrap();
            alone.run(1000).unwrap();
            assert_eq!(alone.stop(0).reason, StopReason::from(End::Exited { status: 78 }));
            assert_eq!(process.stop(lane), alone.stop(0), "lane {lane}");
            assert_eq!(process.stdout(lane), alone.stdout(0), "lane {lane}");
            other = alone.into_machine();
        }
    }
    let error = |process: &mut Process, address| process.fork_at(address, 1000).unwrap_err().to_string();
    assert!(error(&mut process, fork + 6 * 4).contains("has read standard input"));
    assert!(error(&mut process, ZEROS).contains("no instruction"));
    assert!(error(&mut process, fork + 2).contains("no instruction"));
    assert!(error(&mut process, DATA).contains("does not come to 0x400800: exited with status 78"));
    process.fork_at(fork, 1000).unwrap();
    let arguments = LaneInputs { count: 1, arguments: &[vec![b"a".to_vec()]], ..LaneInputs::default() };
    assert!(process.restart(&arguments).unwrap_err().to_string().contains("has been given its arguments"));
}

/// Lanes that are interrupted stand at an instruction, with what they have done, and go on from there.
#[test]
fn an_interrupted_run_goes_on() {
    let flag = Arc::new(AtomicBool::new(false));
    // 1: add x19, x19, #1 ; b 1b
    let mut process = start(40, &[0x9100_0673, 0x17ff_ffff], b"");
    process.machine_mut().set_interrupt(Some(flag.clone()));
    let setter = std::thread::spawn({
        let flag = flag.clone();
        move || {
            std::thread::sleep(Duration::from_millis(300));
            flag.store(true, Ordering::Relaxed);
        }
    });
    let outcome = process.run(u64::MAX).unwrap();
    setter.join().unwrap();
    assert!(outcome.interrupted);
    let retired: Vec<u64> = (0..40).map(|lane| process.stop(lane).retired).collect();
    assert_eq!(retired.iter().sum::<u64>(), outcome.retired);
    for (lane, retired) in (0..).zip(&retired) {
        let registers = process.machine_mut().registers(lane).unwrap();
        assert_eq!((registers.x(19), registers.pc()), (retired.div_ceil(2), ENTRY + 4 * (retired % 2)), "lane {lane}");
    }
    flag.store(false, Ordering::Relaxed);
    let most = retired.iter().max().unwrap() + 1001;
    let outcome = process.run(most).unwrap();
    assert_eq!((outcome.interrupted, outcome.retired), (false, 40 * most - retired.iter().sum::<u64>()));
    assert!((0..40).all(|lane| process.stop(lane).reason == StopReason::CycleLimit));
}

/// What is compiled counts apart, once.
#[test]
fn compiling_is_no_part_of_a_run() {
    let mut process = start(1, &exit(0), b"");
    let first = process.run(1000).unwrap();
    assert!(first.compile > Duration::ZERO);
    assert_eq!((first.retired, process.stop(0).retired), (3, 3));
}

#[test]
fn all_registers_are_read_at_once() {
    let mut machine = machine(3);
    machine.load_program(&[0x1f, 0x20, 0x03, 0xd5, 0x00, 0x00, 0x40, 0xd4], 0x1000).unwrap();
    for lane in 0..3 {
        (0..32).for_each(|n| machine.set_register(lane, n, u64::from(lane * 100 + n) << 33 | 7).unwrap());
        machine.set_pc(lane, 0x1000).unwrap();
        machine.set_nzcv(lane, 5 + lane as u8).unwrap();
    }
    let expected = |lane: u32, pc| {
        let mut registers = RegisterFile::default();
        (0..32).for_each(|n| registers.set_x(n, u64::from(lane * 100 + n as u32) << 33 | 7));
        registers.set_pc(pc);
        registers.set(NZCV, u128::from(5 + lane));
        registers
    };
    assert_eq!(machine.registers(1).unwrap(), expected(1, 0x1000), "as the host has set them");
    machine.execute(10).unwrap();
    assert_eq!(machine.registers(2).unwrap(), expected(2, 0x1004), "as the GPU has left them");
    machine.set_register(0, 4, 9).unwrap();
    let mut changed = expected(0, 0x1004);
    changed.set_x(4, 9);
    assert_eq!(machine.registers(0).unwrap(), changed, "both");
    assert!(machine.registers(3).is_err());
}

/// Calls that nobody has served when an interrupt comes are served when the run goes on, and those that were are not again.
#[test]
fn calls_that_an_interrupt_left_are_served_later() {
    let flag = Arc::new(AtomicBool::new(true));
    // getrandom, of more bytes than the GPU gives ; exit_group with what it returns
    let code = [mov_high(0, 0x41), mov(1, 100), mov(2, 0), mov(8, 278), SVC, mov(8, 94), SVC];
    let mut process = start(40, &code, b"");
    process.machine_mut().set_interrupt(Some(flag.clone()));
    for _ in 0..2 {
        let outcome = process.run(1000).unwrap();
        assert!(outcome.interrupted && outcome.system_calls == 0, "{outcome:?}");
        assert!(process.describe(0).starts_with("interrupted at pc"), "{}", process.describe(0));
    }
    flag.store(false, Ordering::Relaxed);
    let outcome = process.run(1000).unwrap();
    assert_eq!((outcome.interrupted, outcome.system_calls, outcome.gpu_system_calls), (false, 80, 40));
    let mut bytes = [0; 100];
    process.machine_mut().read_memory(7, ZEROS, &mut bytes).unwrap();
    assert!(bytes.iter().filter(|byte| **byte != 0).count() > 80);
    for lane in 0..40 {
        let stop = process.stop(lane);
        assert_eq!((stop.reason, stop.retired), (StopReason::from(End::Exited { status: 100 }), 7), "lane {lane}");
    }
}
