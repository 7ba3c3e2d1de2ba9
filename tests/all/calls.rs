//! System calls served on the GPU do what those served on the host do: output, results, memory, counts.

use std::fs;

use crate::support::cases::cases;
use crate::support::tiny::{SVC, ZEROS, elf, exit, keep, mov, mov_high, write};
use kvrm::linux::{Command, End, LaneInputs, Process};
use kvrm::machine::{Machine, StopReason};
use proptest::prelude::*;

const LANES: u32 = 40;

fn machine(lanes: u32) -> Machine {
    Machine::builder().lanes(lanes).memory_size(4 << 20).build().expect("an adapter")
}

const NOP: u32 = 0xd503_201f;

/// `mov x<to>, x<from>`
fn mov_register(to: u32, from: u32) -> u32 {
    0xaa00_03e0 | from << 16 | to
}

/// `movz` and `movk`s of a whole register.
fn set(register: u32, value: u64) -> Vec<u32> {
    let part = |n: u32| (value >> (16 * n)) as u32 & 0xffff;
    (0..4)
        .map(|n| if n == 0 { 0xd280_0000 } else { 0xf280_0000 | n << 21 } | part(n) << 5 | register)
        .enumerate()
        .filter(|(n, _)| *n == 0 || part(*n as u32) != 0)
        .map(|(_, word)| word)
        .collect()
}

#[derive(Clone, Copy, Debug)]
struct Call {
    number: u64,
    arguments: [u64; 3],
}

/// Changes of the address space, those that the GPU makes and those that it leaves to the host; `HERE` in an address
/// stands for the last mapping, or the heap's end.
const HERE: u64 = 1 << 63;

fn mappings() -> impl Strategy<Value = Vec<[u64; 7]>> {
    let length = prop_oneof![
        4 => 1_u64..0x5000, 1 => Just(0), 2 => 0x4_0000_u64..0x20_0000, 1 => Just(1 << 40), 1 => Just(u64::MAX)
    ];
    let grow = prop_oneof![5 => 0_u64..0x6000, 2 => 0x10_0000_u64..0x60_0000, 1 => Just(0x7f_0000_0000)];
    let flags = prop_oneof![6 => Just(0x22_u64), 1 => Just(0x21), 1 => Just(0x4022), 1 => Just(0x32), 1 => Just(2)];
    let protection = prop_oneof![8 => Just(3_u64), 1 => Just(1), 1 => Just(0), 1 => Just(7), 1 => Just(9)];
    let hint = prop_oneof![8 => Just(0_u64), 1 => Just(0x5000_0000), 1 => Just(HERE), 1 => Just(0x7f_0000_0000)];
    let call = prop_oneof![
        2 => Just([214, 0, 0, 0, 0, 0, 0]),
        4 => grow.clone().prop_map(|by| [214, HERE + by, 0, 0, 0, 0, 0]),
        1 => grow.prop_map(|by| [214, HERE - by, 0, 0, 0, 0, 0]),
        6 => (hint, length.clone(), protection, flags).prop_map(|(at, long, prot, flags)| {
            [222, at, long, prot, flags, u64::MAX, 0]
        }),
        1 => length.clone().prop_map(|long| [215, HERE, long, 0, 0, 0, 0]),
        1 => length.prop_map(|long| [226, HERE, long, 1, 0, 0, 0]),
    ];
    prop::collection::vec(call, 1..9)
}

/// Descriptors, addresses and lengths at the edges of what there is, and in the middle of it.
fn calls() -> impl Strategy<Value = Vec<Call>> {
    let number = prop_oneof![
        4 => Just(63_u64), 4 => Just(64), 2 => Just(113), 2 => Just(278), 1 => Just(57), 1 => Just(23), 1 => Just(101),
    ];
    let small = prop_oneof![6 => 0_u64..3, 1 => 3_u64..12, 1 => Just(u64::MAX), 1 => Just(1 << 32)];
    let address = prop_oneof![
        6 => ZEROS..ZEROS + 0x1000,
        2 => ZEROS + 0xff0..ZEROS + 0x1010,
        2 => 0x40_0000_u64..0x40_1000,
        1 => Just(0),
        1 => Just(0x7f_ffff_e000),
        1 => Just(1 << 56 | ZEROS),
        1 => Just(u64::MAX - 2),
    ];
    let length = prop_oneof![
        4 => 0_u64..20, 2 => 20_u64..500, 2 => 0xff0_u64..0x1010, 1 => Just(70_000), 1 => Just(u64::MAX), 1 => Just(1 << 32)
    ];
    let call = (number, small, address, length).prop_map(|(number, small, address, length)| Call {
        number,
        arguments: match number {
            // getrandom takes its buffer first; nanosleep two pointers.
            278 => [address, length, small],
            101 => [address, 0, 0],
            _ => [small, address, length],
        },
    });
    prop::collection::vec(call, 1..10)
}

/// Runs the same in both ways and compares all that can be seen of it.
fn compare(code: &[u32], stdin: &[Vec<u8>]) -> Result<(), TestCaseError> {
    let file = elf(code, b"some data of the program's own");
    let run = |gpu: bool| {
        let mut process =
            Command::new("tiny").seed(7).output_limit(1 << 16).gpu_calls(gpu).start(machine(LANES), &file).unwrap();
        let seeds: Vec<u64> = (0..u64::from(LANES)).map(|lane| lane % 3).collect();
        process.restart(&LaneInputs { count: LANES, stdin, seeds: &seeds, ..LaneInputs::default() }).unwrap();
        let outcome = process.run(100_000).unwrap();
        (process, outcome)
    };
    let (mut host, on_host) = run(false);
    let (mut gpu, on_gpu) = run(true);
    prop_assert_eq!(on_host.gpu_system_calls, 0);
    prop_assert_eq!(on_host.retired, on_gpu.retired);
    prop_assert_eq!(on_host.system_calls, on_gpu.system_calls);
    for lane in 0..LANES {
        prop_assert_eq!(host.stop(lane), gpu.stop(lane), "lane {}", lane);
        prop_assert_eq!(host.stdout(lane), gpu.stdout(lane), "lane {}", lane);
        prop_assert_eq!(host.stderr(lane), gpu.stderr(lane), "lane {}", lane);
        let registers = [&mut host, &mut gpu].map(|process| process.machine_mut().registers(lane).unwrap());
        prop_assert_eq!(registers[0], registers[1], "lane {}", lane);
    }
    let memory = |process: &mut Process| {
        let spans: Vec<_> = (0..LANES).map(|lane| (lane, ZEROS, 0x1000)).collect();
        process.machine_mut().read_many(&spans, kvrm::machine::Checks::Host).unwrap()
    };
    prop_assert!(memory(&mut host) == memory(&mut gpu));
    Ok(())
}

/// `code` run both ways leaves the lanes with equal address spaces, too.
fn compare_spaces(code: &[u32]) -> Result<(), TestCaseError> {
    compare(code, &[])?;
    let file = elf(code, b"");
    let spaces = [false, true].map(|gpu| {
        let mut process = Command::new("tiny").gpu_calls(gpu).start(machine(3), &file).unwrap();
        process.run(100_000).unwrap();
        let snapshot = process.machine_mut().snapshot(2).unwrap();
        process.machine_mut().fork(&snapshot).unwrap();
        let layout = process.machine_mut().layout(1).unwrap().clone();
        let data: Vec<_> = layout
            .regions()
            .iter()
            .filter(|region| region.end - region.start < 1 << 23)
            .map(|region| {
                let mut bytes = vec![0; (region.end - region.start) as usize];
                process.machine_mut().read_memory(1, region.start, &mut bytes).unwrap();
                bytes
            })
            .collect();
        (layout, data)
    });
    prop_assert_eq!(&spaces[0].0, &spaces[1].0);
    prop_assert!(spaces[0].1 == spaces[1].1);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_calls_do_the_same_on_the_gpu(calls in calls(), longest in prop_oneof![Just(3_usize), Just(100), Just(5000)]) {
        let mut code = Vec::new();
        for (n, call) in calls.iter().enumerate() {
            code.extend(set(8, call.number));
            for (register, argument) in (0..).zip(call.arguments) {
                code.extend(set(register, argument));
            }
            // mov x<20 + n>, x0
            code.extend([SVC, 0xaa00_03e0 | (20 + n as u32)]);
        }
        code.extend(exit(3));
        let byte = |lane: usize, n: usize| (lane * 31 + n * 7) as u8;
        let stdin: Vec<Vec<u8>> = (0..LANES as usize)
            .map(|lane| (0..lane * longest / LANES as usize).map(|n| byte(lane, n)).collect())
            .collect();
        compare(&code, &stdin)?;
    }

    #[test]
    fn address_spaces_become_the_same_on_the_gpu(calls in mappings()) {
        // x19 is HERE; the last word before it is written when there is one, and kept in x28.
        let mut code = Vec::new();
        code.extend([set(8, 214), set(0, 0), vec![SVC, mov_register(19, 0)]].concat());
        for (n, call) in calls.iter().enumerate() {
            code.extend(set(8, call[0]));
            for (register, argument) in (0..).zip(&call[1..]) {
                let here = *argument >= HERE - (1 << 40) && *argument < HERE + (1 << 40);
                code.extend(set(register, if here { argument.wrapping_sub(HERE) } else { *argument }));
                if here {
                    // add x<register>, x<register>, x19
                    code.push(0x8b13_0000 | register << 5 | register);
                }
            }
            code.extend([SVC, mov_register(20 + n as u32 % 8, 0)]);
            // What could be had is written to: cmn x0, #4095 ; b.hs over ; mov x19, x0 ; sub x1, x0, #8 ; for mappings its first word
            if call[0] == 222 {
                // cmn x0, #0xfff ; b.hs .+12 ; mov x19, x0 ; str x8, [x0]
                let writes = if call[3] & 2 != 0 { 0xf900_0008 } else { NOP };
                code.extend([0xb13f_fc1f, 0x5400_0062, mov_register(19, 0), writes]);
            } else if call[0] == 214 {
                code.push(mov_register(19, 0));
            }
        }
        code.extend(exit(3));
        compare_spaces(&code)?;
    }
}

#[test]
fn programs_do_the_same_on_the_gpu() {
    let mut machines = [(), ()].map(|()| Machine::builder().lanes(3).build().expect("an adapter"));
    for case in cases() {
        for (label, file) in case.files() {
            let file = fs::read(file).unwrap();
            let run = |machine: Machine, gpu: bool| {
                let mut process = case.command().gpu_calls(gpu).start(machine, &file).unwrap();
                let outcome = process.run(100_000).unwrap();
                (process, outcome)
            };
            let [first, second] = machines;
            let (host, on_host) = run(first, false);
            let (gpu, on_gpu) = run(second, true);
            let name = format!("{} {label}", case.name);
            assert_eq!(on_host.retired, on_gpu.retired, "{name}");
            assert_eq!(on_host.system_calls, on_gpu.system_calls, "{name}");
            for lane in 0..3 {
                assert_eq!(host.stop(lane), gpu.stop(lane), "{name}");
                assert_eq!(host.stdout(lane), gpu.stdout(lane), "{name}");
                assert_eq!(host.stderr(lane), gpu.stderr(lane), "{name}");
            }
            machines = [host.into_machine(), gpu.into_machine()];
        }
    }
}

/// Writes 1,000 bytes so many times.
fn writer(times: u16) -> Vec<u32> {
    // x19 counts; `sub x19, x19, #1`, `cbnz x19, loop`.
    let body = write(1000);
    let back = (0x7ffff - (body.len() as u32)) & 0x7ffff;
    let mut code = vec![mov(19, times)];
    code.extend(&body);
    code.extend([0xd100_0673, 0xb500_0000 | back << 5 | 19]);
    code.extend(exit(0));
    code
}

#[test]
fn output_beyond_the_ring_pauses_and_loses_nothing() {
    let data: Vec<u8> = (0..1000_u32).map(|n| ((n * n) >> 3) as u8).collect();
    let file = elf(&writer(700), &data);
    let mut process = Command::new("tiny").start(machine(70), &file).unwrap();
    let outcome = process.run(1_000_000).unwrap();
    assert_eq!((outcome.gpu_system_calls, outcome.system_calls), (701 * 70, 701 * 70));
    for lane in 0..70 {
        assert_eq!(process.stop(lane).reason, StopReason::from(End::Exited { status: 0 }));
        assert!(process.stdout(lane).bytes() == data.repeat(700), "lane {lane}");
    }
}

#[test]
fn a_buffer_across_pages_that_are_not_all_there_is_left_to_the_host() {
    // From the last 8 bytes of the page on: a short write, as Linux does it.
    let mut code = vec![mov(0, 1), mov_high(1, 0x41), keep(1, 0xff8), mov(2, 100), mov(8, 64), SVC];
    // mov x20, x0
    code.push(0xaa00_03f4);
    code.extend(exit(0));
    let mut process = Command::new("tiny").start(machine(5), &elf(&code, b"")).unwrap();
    let outcome = process.run(1000).unwrap();
    assert_eq!((outcome.gpu_system_calls, outcome.system_calls), (5, 10));
    for lane in 0..5 {
        assert_eq!(process.stdout(lane).bytes(), [0; 8]);
        assert_eq!(process.machine_mut().register(lane, 20).unwrap(), 8);
    }
}

/// A buffer of no bytes that does not begin at a word: nothing of that word may change.
#[test]
fn nothing_read_changes_nothing() {
    let mut code = Vec::new();
    for (number, arguments) in [(278, [ZEROS, 4082, 0]), (63, [0, ZEROS + 0x1d, 0]), (278, [ZEROS + 0x33, 0, 0])] {
        code.extend(set(8, number));
        for (register, argument) in (0..).zip(arguments) {
            code.extend(set(register, argument));
        }
        code.push(SVC);
    }
    code.extend(exit(3));
    compare(&code, &vec![b"abc".to_vec(); LANES as usize]).unwrap();
}

/// A page at an address that the program chose, far above the stack.
#[test]
fn a_mapping_may_be_far_up() {
    let far = 0xc0_0000_0000_u64;
    let mut code = Vec::new();
    for (register, argument) in (0..).zip([far, 4096, 3, 0x32, u64::MAX, 0]) {
        code.extend(set(register, argument));
    }
    code.extend(set(8, 222));
    // str x8, [x0] ; ldr x19, [x0]
    code.extend([SVC, 0xf900_0008, 0xf940_0013]);
    code.extend(exit(3));
    let mut process = Command::new("tiny").start(machine(LANES), &elf(&code, b"")).unwrap();
    process.run(1000).unwrap();
    for lane in [0, LANES - 1] {
        assert_eq!(process.stop(lane).reason, StopReason::from(End::Exited { status: 3 }));
        assert_eq!(process.machine_mut().register(lane, 19).unwrap(), 222);
        assert!(process.machine_mut().layout(lane).unwrap().find(far).is_some());
    }
}
