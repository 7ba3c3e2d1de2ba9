//! Translated code does what the interpreter does, to the bit: at its end, and wherever it is stopped.
//!
//! Random programs and cuts print their seed; `KVRM_SEED` repeats them. What is translated is kept short where a
//! software adapter would compile for long.

mod bounds;
#[cfg(feature = "cli")]
mod kept;
mod words;

use crate::support::cases::{Case as Program, cases};
use crate::support::oracle::Oracle;
use crate::support::random_instructions as generator;
use crate::support::rng::Rng;
use crate::support::{self, elf, seed, skipped};
use kvrm::conform::{self, Case};
use kvrm::gpu::Gpu;
use kvrm::isa::{self, Encoding, Format, Kernel};
use kvrm::linux::Command;
use kvrm::machine::{
    Checks, Coverage, Machine, MachineBuilder, NZCV, Permissions, RegisterFile, Stop, StopReason, Translate,
};
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

static GPU: LazyLock<Gpu> = LazyLock::new(support::gpu);

/// All that a lane is.
#[derive(Clone, Debug, PartialEq)]
struct State {
    stop: Stop,
    registers: RegisterFile,
    last_instruction: u32,
    memory: Vec<u8>,
}

/// A lane with so many bytes of its memory.
fn state(machine: &mut Machine, lane: u32, address: u64, bytes: usize) -> State {
    let registers = machine.registers(lane).unwrap();
    let mut memory = vec![0; bytes];
    machine.read_memory(lane, address, &mut memory).unwrap();
    State {
        stop: machine.stop(lane).unwrap(),
        last_instruction: machine.last_instruction(lane).unwrap(),
        registers,
        memory,
    }
}

/// A lane with the page that its stack pointer is in.
fn stack_state(machine: &mut Machine, lane: u32) -> State {
    let stack = machine.register(lane, 31).unwrap() & !4095;
    state(machine, lane, stack, 4096)
}

/// Lane 0 of a program after each of `cuts` instructions, and what it wrote.
fn states(builder: MachineBuilder, program: &str, cuts: &[u64]) -> (Vec<State>, Vec<u8>, Machine) {
    let machine = builder.gpu(GPU.clone()).build().unwrap();
    let mut process =
        Command::new(program).argument("400").stdin(std::io::empty()).start(machine, &elf(program)).unwrap();
    let mut states = Vec::new();
    for &cut in cuts {
        process.run(cut).unwrap();
        let stop = *process.stop(0);
        states.push(State { stop, ..stack_state(process.machine_mut(), 0) });
    }
    let output = process.stdout(0).bytes().to_vec();
    (states, output, process.into_machine())
}

/// A loop, conditions of all kinds, calls and data, a fault, code made at run time.
const PROGRAMS: [(&str, usize); 5] = [
    ("bench_loop.elf", 1000),
    ("conditions.elf", 1000),
    ("quicksort.O2.elf", 120),
    ("null_read.O2.elf", 60),
    ("jit.O2.elf", 100),
];

#[test]
fn states_at_any_cut_are_the_interpreters() {
    let seed = seed();
    for (program, most) in PROGRAMS {
        let mut rng = Rng::new(seed, program);
        let mut cuts: Vec<u64> = (0..40).map(|n| rng.bits() % if n < 20 { 300 } else { 3000 }).collect();
        cuts.sort_unstable();
        cuts.push(u64::MAX);
        let (interpreted, output, _) = states(Machine::builder(), program, &cuts);
        let builder = Machine::builder().translate(Translate::All).translate_most(most);
        let (translated, translated_output, machine) = states(builder, program, &cuts);
        assert!(machine.translation().is_some_and(|report| report.instructions > 10), "{program} was not translated");
        for ((cut, a), b) in cuts.iter().zip(&interpreted).zip(&translated) {
            compare(&format!("{program} after {cut}"), a, b);
        }
        assert_eq!(output, translated_output, "{program}");
    }
}

/// The last instruction that the limit allows jumps out of translated code: the slice ends before anybody looks where to.
#[test]
fn a_limit_at_a_jump_out_of_translated_code() {
    let cuts: Vec<u64> = (60..120).collect();
    let (interpreted, ..) = states(Machine::builder(), "jit.O2.elf", &cuts);
    let blr = interpreted.iter().find(|state| state.last_instruction & 0xffff_fc1f == 0xd63f_0000);
    let blr = blr.expect("what was made at run time is called");
    let cut = blr.stop.retired;
    let builder = Machine::builder().translate(Translate::All).translate_most(100);
    let (translated, ..) = states(builder, "jit.O2.elf", &[cut]);
    compare(&format!("jit.O2.elf after {cut}"), blr, &translated[0]);
}

fn compare(what: &str, interpreted: &State, translated: &State) {
    let registers = interpreted.registers.iter().zip(translated.registers.iter());
    let registers: Vec<String> = registers
        .filter(|(a, b)| a != b)
        .map(|((register, value), (_, found))| format!("{} is {found:#x}, not {value:#x}", register.name))
        .collect();
    let same = interpreted == translated;
    let rest = |state: &State| format!("{:?}, last {:#x}", state.stop, state.last_instruction);
    assert!(same, "{what}: {registers:?}\n  interpreted {}\n  translated  {}", rest(interpreted), rest(translated));
}

/// Programs stand so far apart.
const CODE: u64 = 0x10_0000;
const APART: u64 = 0x1000;
/// Pages that accesses go to, from both sides of a page's end.
const DATA: u64 = 0x20_0000;
const DATA_BYTES: usize = 0x6000;
const MIDDLE: u64 = DATA + 0x3000 - 40;

/// A random program with the states that lanes start it in, one case each.
fn random_cases(rng: &mut Rng, number: u64, lanes: u32) -> Vec<Case> {
    let words::Program { words, subroutine } = words::program(rng, 60);
    let pc = CODE + number * APART;
    let state = |_| {
        let mut x = [0; 31];
        for value in &mut x {
            *value = if rng.one_in(4) { rng.below(4) } else { rng.value() };
        }
        x[words::INDEX as usize] = 8;
        x[words::MOVING as usize] = MIDDLE;
        x[words::SUBROUTINE as usize] = pc + 4 * subroutine as u64;
        x[words::BASE as usize] = MIDDLE;
        x[words::ROUNDS as usize] = 3;
        let mem = vec![(DATA, rng.bytes(DATA_BYTES))];
        let mut init = conform::State { mem, ..Default::default() };
        for (n, value) in x.into_iter().chain([rng.bits()]).enumerate() {
            init.registers.set_x(n, value);
        }
        init.registers.set_pc(pc);
        init.registers.set(NZCV, rng.below(16).into());
        Case { words: words.clone(), init, expected: Default::default(), class: None, other: Default::default() }
    };
    (0..lanes).map(state).collect()
}

/// Each case in a lane, after each of `cuts` instructions.
fn lanes_after(translate: Translate, cases: &[Case], cuts: &[u64]) -> (Vec<Vec<State>>, u64) {
    let builder =
        Machine::builder().gpu(GPU.clone()).lanes(cases.len() as u32).memory_size(4 << 20).translate(translate);
    let mut machine = builder.build().unwrap();
    let hlt = 0xd440_0000u32.to_le_bytes();
    for cases in cases.chunk_by(|a, b| a.init.registers.pc() == b.init.registers.pc()) {
        machine.load_program(&[cases[0].code_bytes(), hlt.to_vec()].concat(), cases[0].init.registers.pc()).unwrap();
    }
    for (lane, case) in (0..).zip(cases) {
        machine.set_all_registers(lane, &case.init.registers).unwrap();
        machine.write_memory(lane, DATA, &case.init.mem[0].1).unwrap();
    }
    let mut ran = 0;
    let mut at = |cut: &u64| {
        ran += machine.execute_until(*cut).unwrap().translated;
        (0..cases.len() as u32).map(|lane| state(&mut machine, lane, DATA, DATA_BYTES)).collect()
    };
    (cuts.iter().map(&mut at).collect(), ran)
}

/// Random programs, several in one machine, whose lanes branch apart: interpreted, translated, and in qemu.
#[test]
fn random_programs_do_the_same() {
    let seed = seed();
    let mut rng = Rng::new(seed, "programs");
    let mut cases: Vec<Case> = (0..5).flat_map(|number| random_cases(&mut rng, number, 4)).collect();
    let mut cuts: Vec<u64> = (0..8).map(|_| rng.below(400)).collect();
    cuts.sort_unstable();
    // A limit, so that a program that does not end is told rather than waited for.
    cuts.push(1_000_000);
    let (interpreted, none) = lanes_after(Translate::Off, &cases, &cuts);
    let (translated, some) = lanes_after(Translate::All, &cases, &cuts);
    assert!(none == 0 && some > 0, "{some} instructions ran translated");
    for ((cut, a), b) in cuts.iter().zip(&interpreted).zip(&translated) {
        for (lane, (a, b)) in a.iter().zip(b).enumerate() {
            compare(&format!("program {}, lane {lane} after {cut}", lane / 4), a, b);
        }
    }
    for (lane, (case, state)) in cases.iter().zip(translated.last().unwrap()).enumerate() {
        let halted = matches!(state.stop.reason, StopReason::Halt { .. });
        assert!(halted, "program {}, lane {lane}: {:08x?}: {:?}", lane / 4, case.words, state.stop);
    }
    match Oracle::get() {
        Ok(oracle) => oracle.run(generator::CPUS[2], &mut cases),
        Err(missing) => return skipped("translations are not compared with qemu", missing),
    }
    for (lane, (case, state)) in cases.iter().zip(translated.last().unwrap()).enumerate() {
        let expected = &case.expected;
        let mut memory = case.init.mem[0].1.clone();
        for (address, bytes) in expected.mem.iter().filter(|(address, _)| *address >= DATA) {
            memory[(address - DATA) as usize..][..bytes.len()].copy_from_slice(bytes);
        }
        let what = format!("program {}, lane {lane}: {:08x?}", lane / 4, case.words);
        assert_eq!((expected.stop, expected.registers.pc()), (None, state.stop.pc), "{what}");
        assert_eq!(expected.registers, state.registers, "{what}");
        assert!(memory == state.memory, "{what}: memory differs");
    }
}

/// Each of these instructions a place of so many words: what brings its page in, itself with what shows what it does, an end.
const PLACE_WORDS: u64 = 8;
/// Encodings of which there is an instruction in one program.
const ENCODINGS: usize = 64;
/// Lanes that execute one in different states.
const STATES: usize = 4;
const HLT: u32 = 0xd440_0000;

/// An instruction with the states that lanes execute it in.
struct Placed {
    words: Vec<u32>,
    cases: Vec<Case>,
}

/// A random word of each of these encodings, side by side in one program.
fn placed(rng: &mut Rng, code: u64, encodings: &[&'static Encoding]) -> Vec<Placed> {
    let end = code + PLACE_WORDS * 4 * encodings.len() as u64;
    let place = |(n, encoding): (u64, &'static Encoding)| {
        let start = code + PLACE_WORDS * 4 * n;
        let mut cases = generator::cases_at(encoding, start + 4, STATES, rng);
        // What writes to the code has code of its own, which is never translated.
        let inside = |case: &Case| case.init.mem.iter().any(|(at, bytes)| *at < end && code < at + bytes.len() as u64);
        cases.retain(|case| !inside(case));
        let words = cases.first().map_or(vec![], |case| case.words.clone());
        let named = |n: u32| words.iter().any(|word| [0, 5, 10, 16].iter().any(|low| word >> low & 31 == n));
        let free = (0..31).rev().find(|n| !named(*n)).expect("a few words name a few registers");
        // LDADDB wzr, wzr, [free], which is interpreted: then the page is at hand, and a page of the lane's own.
        let bring = 0x3820_0000 | 31 << 16 | free << 5 | 31;
        for (n, case) in cases.iter_mut().enumerate() {
            let Some((at, bytes)) = case.init.mem.last() else { continue };
            let accessed = at + 72.min(bytes.len() as u64 - 1);
            case.init.registers.set_x(free as usize, accessed);
            case.init.registers.set_pc(start);
            let base = case.words.last().expect("it has a word") >> 5 & 31;
            // Translated code leaves accesses to the interpreter that are not aligned.
            if n > 0 && base < 31 && encoding.kernel == Kernel::LoadStore && encoding.format != Some(Format::Literal) {
                let based = case.init.registers.x(base as usize);
                case.init.registers.set_x(base as usize, based.wrapping_sub(accessed % 16));
            }
        }
        let mut words = [&[bring], &words[..]].concat();
        words.resize(PLACE_WORDS as usize, HLT);
        Placed { words, cases }
    };
    (0..).zip(encodings.iter().copied()).map(place).collect()
}

/// What translated code does of an encoding, if its access is plain or if it has none. Floating point and SIMD are the
/// interpreter's.
fn is_translated(encoding: &Encoding) -> bool {
    let computes = [Kernel::Arithmetic, Kernel::Logical, Kernel::MulDiv, Kernel::ExtendShift, Kernel::Branch];
    computes.contains(&encoding.kernel) && encoding.format != Some(Format::Vector)
}

/// Random instructions, translated and interpreted, in several states: one of every encoding that is implemented in each run,
/// more of them with `KVRM_CASES=all`. Those that are to be translated are.
#[test]
fn single_instructions_do_the_same() {
    let seed = seed();
    let mut rng = Rng::new(seed, "single instructions");
    let left_out = |name| generator::LEFT_OUT.iter().any(|(other, _)| *other == name);
    // Atomic accesses are always the interpreter's.
    let atomic = |encoding: &Encoding| matches!(encoding.format, Some(Format::Atomic | Format::Exclusive));
    let encodings: Vec<_> = isa::encodings()
        .filter(|encoding| encoding.implemented() && !left_out(encoding.name) && !atomic(encoding))
        .collect();
    let all = std::env::var("KVRM_CASES").is_ok_and(|cases| cases == "all");
    for _ in 0..if all { 8 } else { 1 } {
        for encodings in encodings.chunks(ENCODINGS) {
            single_instructions(&mut rng, encodings);
        }
    }
}

fn single_instructions(rng: &mut Rng, encodings: &[&'static Encoding]) {
    let code = rng.pick(&[0x40_0000, 0x1_0000_0000, 0x1234_5678_9000, 0x3fff_fff0_0000]);
    let placed = placed(rng, code, encodings);
    let words: Vec<u32> = placed.iter().flat_map(|placed| placed.words.clone()).collect();
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let cases: Vec<&Case> = placed.iter().flat_map(|placed| &placed.cases).collect();
    let run = |translate| {
        let lanes = cases.len() as u32;
        let builder = Machine::builder().gpu(GPU.clone()).lanes(lanes).memory_size(4096).group_width(Some(1));
        let mut machine = builder.translate(translate).build().unwrap();
        machine.load_program(&bytes, code).unwrap();
        let mut writes = Vec::new();
        for (lane, case) in (0..).zip(&cases) {
            let mut layout = machine.layout(lane).unwrap().clone();
            for page in case.pages().into_iter().filter(|page| layout.find(*page).is_none()).collect::<Vec<_>>() {
                layout.map(page, page + 4096, Permissions::ALL);
            }
            machine.set_layout(lane, layout, &[]).unwrap();
            machine.set_all_registers(lane, &case.init.registers).unwrap();
            writes.extend(case.init.mem.iter().map(|(address, bytes)| (lane, *address, &bytes[..])));
        }
        machine.write_many(&writes, Checks::Host).unwrap();
        let translated = machine.execute(PLACE_WORDS).unwrap().translated;
        let of_lane = |(lane, case): (u32, &&Case)| case.pages().into_iter().map(move |page| (lane, page, 4096));
        let spans: Vec<_> = (0..).zip(&cases).flat_map(of_lane).collect();
        let mut pages = machine.read_many(&spans, Checks::Host).unwrap().into_iter();
        let with_pages = |(lane, case): (u32, &&Case)| {
            let memory = pages.by_ref().take(case.pages().len()).collect::<Vec<_>>().concat();
            State { memory, ..state(&mut machine, lane, code, 0) }
        };
        ((0..).zip(&cases).map(with_pages).collect::<Vec<State>>(), translated)
    };
    let (interpreted, _) = run(Translate::Off);
    let (translated, ran) = run(Translate::All);
    let (mut computed, mut accessed) = (0, 0);
    for ((case, a), b) in cases.iter().zip(&interpreted).zip(&translated) {
        compare(&format!("{} {:08x?} {:x?}", case.class(), case.words, case.init), a, b);
        let encoding = encodings.iter().find(|encoding| encoding.name == case.class()).expect("it is one of them");
        match encoding.kernel {
            Kernel::LoadStore if encoding.format != Some(Format::Vector) => accessed += u64::from(a.stop.retired == 2),
            _ if is_translated(encoding) => computed += a.stop.retired,
            _ => {}
        }
    }
    println!(
        "{} encodings, {} lanes: {ran} translated; {computed} computed, {accessed} accesses",
        encodings.len(),
        cases.len()
    );
    // Of accesses those that are aligned and in one page.
    assert!(ran >= computed + accessed / 2, "{ran} ran translated of {computed} and some of {accessed} accesses");
}

/// Code that half of the lanes write over while it runs, and that others write beside.
#[test]
fn code_that_is_written_over_is_what_runs() {
    // 0: ldr w4, [x0], #0 ; add x5, x5, #1 ; str w2, [x1] ; subs x3, x3, #1 ; b.ne 0 ; hlt #0
    let words = [0xb840_0404, 0x9100_04a5, 0xb900_0022, 0xf100_0463, 0x54ff_ff81, 0xd440_0000];
    let run = |translate| {
        let mut machine = Machine::builder().gpu(GPU.clone()).lanes(6).translate(translate).build().unwrap();
        let bytes: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
        machine.load_program(&bytes, CODE).unwrap();
        for lane in 0..6 {
            machine.set_pc(lane, CODE).unwrap();
            // add x5, x5, #3
            let to = if lane % 2 == 0 { CODE + 4 } else { DATA };
            for (register, value) in [(0, DATA), (1, to), (2, 0x9100_0ca5), (3, 4 + u64::from(lane))] {
                machine.set_register(lane, register, value).unwrap();
            }
        }
        let mut states = Vec::new();
        for cut in [0, 7, 13, 1000] {
            machine.execute_until(cut).unwrap();
            states.extend((0..6).map(|lane| state(&mut machine, lane, CODE, 64)));
        }
        states
    };
    let (interpreted, translated) = (run(Translate::Off), run(Translate::All));
    // What was kept on disk of the run before.
    let again = run(Translate::All);
    assert!(fs::read_dir(std::env::var_os("KVRM_CACHE").unwrap()).unwrap().count() > 0, "nothing was kept");
    for (n, ((a, b), c)) in interpreted.iter().zip(&translated).zip(&again).enumerate() {
        compare(&format!("state {n}"), a, b);
        compare(&format!("state {n} of what was kept"), a, c);
    }
    let sums: Vec<u64> = translated[18..].iter().map(|state| state.registers.x(5)).collect();
    assert_eq!(sums, [1 + 3 * 3, 5, 1 + 3 * 5, 7, 1 + 3 * 7, 9]);
}

/// A snapshot of a lane that runs translated, in the middle, and its forks; and a map of coverage, which turns it off.
#[test]
fn snapshots_and_coverage_are_the_interpreters() {
    let run = |translate| {
        let machine = Machine::builder().gpu(GPU.clone()).translate(translate).build().unwrap();
        let mut process = Command::new("conditions").start(machine, &elf("conditions.elf")).unwrap();
        process.run(700).unwrap();
        let mut machine = process.into_machine();
        let snapshot = machine.snapshot(0).unwrap();
        let mut many = Machine::builder().gpu(GPU.clone()).lanes(3).translate(translate).build().unwrap();
        many.fork(&snapshot).unwrap();
        let ran = many.execute(900).unwrap().translated;
        let mut states: Vec<State> = (0..3).map(|lane| stack_state(&mut many, lane)).collect();
        many.set_coverage(Some(Coverage::Blocks), 0).unwrap();
        assert_eq!(many.execute(300).unwrap().translated, 0);
        let blocks = many.blocks(1).unwrap();
        many.set_coverage(None, 0).unwrap();
        let again = many.execute(500).unwrap().translated;
        states.extend((0..3).map(|lane| stack_state(&mut many, lane)));
        (states, blocks, ran > 0 && again > 0)
    };
    let (interpreted, translated) = (run(Translate::Off), run(Translate::All));
    assert!(!interpreted.2 && translated.2, "translated where it was to be");
    for (n, (a, b)) in interpreted.0.iter().zip(&translated.0).enumerate() {
        compare(&format!("state {n}"), a, b);
    }
    assert_eq!(interpreted.1, translated.1);
}

/// Nobody waits for a translation; when it is there, it takes over, and nothing else changes.
#[test]
fn a_translation_takes_over_while_the_program_runs() {
    // 0: add x0, x0, #1 ; eor x1, x1, x0 ; sub x2, x2, #1 ; cbnz x2, 0 ; hlt #0
    let words: [u32; 5] = [0x9100_0400, 0xca00_0021, 0xd100_0442, 0xb5ff_ffa2, 0xd440_0000];
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut machine = Machine::builder().gpu(GPU.clone()).lanes(2).translate(Translate::Auto).build().unwrap();
    machine.load_program(&bytes, CODE).unwrap();
    for lane in 0..2 {
        machine.set_pc(lane, CODE).unwrap();
        machine.set_register(lane, 2, u64::MAX).unwrap();
    }
    let mut retired = 0;
    let mut translated = 0;
    while translated == 0 && retired < 1 << 32 {
        retired += 4_000_002;
        translated = machine.execute_until(retired).unwrap().translated;
    }
    assert!(translated > 0 && machine.translation().is_some());
    // The limits are in the middle of a round, behind its sum, or at its end.
    let rounds = retired.div_ceil(4);
    let sum = |end: u64| [end, 1, end + 1, 0][(end % 4) as usize];
    for lane in 0..2 {
        assert_eq!(machine.stop(lane).unwrap().retired, retired);
        assert_eq!(machine.register(lane, 0).unwrap(), rounds);
        assert_eq!(machine.register(lane, 1).unwrap(), sum(rounds));
        assert_eq!(machine.register(lane, 2).unwrap(), u64::MAX - retired / 4);
    }
}

/// Guest programs, some of them in each run, as they end or after a random number of instructions. `KVRM_CASES` names
/// cases, `all` takes all of them.
#[test]
fn guest_programs_do_the_same() {
    let seed = seed();
    let mut rng = Rng::new(seed, "guest programs");
    let picked = std::env::var("KVRM_CASES").unwrap_or_default();
    let all: Vec<(Program, PathBuf)> = cases()
        .into_iter()
        .flat_map(|case| case.files().into_iter().map(|(_, file)| (case.clone(), file)).collect::<Vec<_>>())
        .collect();
    let chosen: Vec<&(Program, PathBuf)> = match &picked[..] {
        "" => (0..2).map(|_| &all[rng.below(all.len() as u64) as usize]).collect(),
        "all" => all.iter().collect(),
        names => all.iter().filter(|(case, _)| names.split(',').any(|name| name == case.name)).collect(),
    };
    for (case, file) in chosen {
        println!("{}", file.display());
        let cuts = [1 + rng.below(2000), 2000 + rng.below(50_000), 200_000];
        let run = |translate| {
            let machine = Machine::builder().gpu(GPU.clone()).translate(translate).translate_most(250).build().unwrap();
            let mut process = case.command().start(machine, &fs::read(file).unwrap()).unwrap();
            let mut states = Vec::new();
            for cut in cuts {
                process.run(cut).unwrap();
                let stop = *process.stop(0);
                let outputs = [process.stdout(0), process.stderr(0)].map(|output| output.bytes().to_vec());
                let machine = process.machine_mut();
                let regions = machine.layout(0).unwrap().regions().to_vec();
                let spans: Vec<_> = regions.iter().map(|r| (0, r.start, (r.end - r.start) as u32)).collect();
                let memory = machine.read_many(&spans, Checks::Host).unwrap().concat();
                states.push((State { stop, memory, ..stack_state(machine, 0) }, outputs));
            }
            states
        };
        let (interpreted, translated) = (run(Translate::Off), run(Translate::All));
        for ((cut, (a, out_a)), (b, out_b)) in cuts.iter().zip(&interpreted).zip(&translated) {
            compare(&format!("{} after {cut}", file.display()), a, b);
            assert_eq!(out_a, out_b, "{} after {cut}", file.display());
        }
    }
}
