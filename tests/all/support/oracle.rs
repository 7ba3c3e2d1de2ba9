//! Runs cases on `oracle.c` under `qemu-aarch64`.

use kvrm::conform::{Case, State, Stop};
use kvrm::machine::{REGISTER_FILE, Register};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

const QEMU: &str = "qemu-aarch64";
const COMPILER: &str = "aarch64-linux-gnu-gcc";
/// Away from every address that a case uses.
const TEXT_SEGMENT: &str = "0x5a5a00000000";

const SIGILL: u64 = 4;
const SIGTRAP: u64 = 5;
const SIGBUS: u64 = 7;
const SIGSEGV: u64 = 11;

/// The built oracle.
pub struct Oracle {
    program: PathBuf,
}

impl Oracle {
    /// The oracle, which is built once; the error says what is not installed.
    pub fn get() -> Result<&'static Self, &'static str> {
        static ORACLE: LazyLock<Result<Oracle, String>> = LazyLock::new(Oracle::build);
        ORACLE.as_ref().map_err(String::as_str)
    }

    fn build() -> Result<Self, String> {
        Command::new(QEMU).arg("--version").output().map_err(|error| format!("{QEMU}: {error}"))?;
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/all/support/oracle.c");
        let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("oracle");
        // Another process may run what an earlier one has built.
        let built = program.with_extension(std::process::id().to_string());
        let flags = "-std=gnu11 -O2 -Wall -Wextra -Werror -static -nostdlib -ffreestanding -mgeneral-regs-only \
                     -fno-stack-protector -fno-tree-loop-distribute-patterns";
        let output = Command::new(COMPILER)
            .args(flags.split_whitespace())
            .arg(registers())
            .arg(format!("-Wl,-Ttext-segment={TEXT_SEGMENT}"))
            .arg("-o")
            .arg(&built)
            .args([source, "-lgcc"])
            .output()
            .map_err(|error| format!("{COMPILER}: {error}"))?;
        assert!(output.status.success(), "{COMPILER} fails:\n{}", String::from_utf8_lossy(&output.stderr));
        std::fs::rename(&built, &program).expect("the directory is cargo's");
        Ok(Self { program })
    }

    /// Executes `cases` on the processor that `cpu` names and puts into each `expected` what became of it.
    pub fn run(&self, cpu: &str, cases: &mut [Case]) {
        let mut child = Command::new(QEMU)
            .args(["-cpu", cpu])
            .arg(&self.program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("qemu started when the oracle was built");
        let mut stdin = child.stdin.take().expect("piped");
        let mut stdout = child.stdout.take().expect("piped");
        let input: Vec<u8> = cases.iter().flat_map(encode).flat_map(u64::to_le_bytes).collect();
        let mut output = Vec::new();
        std::thread::scope(|scope| {
            // The oracle answers while it reads. Where it dies, its exit status below tells more than a broken pipe.
            scope.spawn(move || drop(stdin.write_all(&input)));
            stdout.read_to_end(&mut output).expect("a pipe can be read");
        });
        let status = child.wait().expect("the child is ours");

        let mut values = output.chunks_exact(8).map(|bytes| u64::from_le_bytes(bytes.try_into().expect("8 bytes")));
        for (index, case) in cases.iter_mut().enumerate() {
            case.expected = decode(case, &mut values)
                .unwrap_or_else(|| panic!("the oracle ends with {status} near case {index}: {:08x?}", case.words));
        }
        assert!(status.success() && values.next().is_none(), "the oracle ends with {status}");
    }
}

/// The values of 64 bits that a register is in the streams.
fn halves(register: &Register) -> std::ops::Range<u32> {
    0..register.words.div_ceil(2)
}

/// The registers in the streams' order, kind and number of each, as a macro for the oracle.
fn registers() -> String {
    let names = REGISTER_FILE.iter().map(|register| {
        let kind = register.name.trim_end_matches(|c: char| c.is_ascii_digit());
        // A number belongs to the name where that is longer than a letter.
        match kind.len() {
            1 => format!(" R({kind}, {})", &register.name[1..]),
            _ => format!(" R({}, 0)", register.name),
        }
    });
    format!("-DREGISTERS(R)={}", names.collect::<String>())
}

/// A case as the oracle reads it.
fn encode(case: &Case) -> Vec<u64> {
    let pages = case.pages();
    let registers = &case.init.registers;
    let code = [(registers.pc(), case.code_bytes())];
    let mut values = vec![pages.len() as u64, (case.init.mem.len() + code.len()) as u64];
    values.extend(
        registers.iter().flat_map(|(register, value)| halves(register).map(move |n| (value >> (64 * n)) as u64)),
    );
    values.extend(pages);
    for (address, bytes) in case.init.mem.iter().chain(&code) {
        values.extend([*address, bytes.len() as u64]);
        values.extend(bytes.chunks(8).map(|chunk| {
            let mut value = [0; 8];
            value[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(value)
        }));
    }
    values
}

/// The next outcome, as the state that the case must reach.
fn decode(case: &Case, values: &mut impl Iterator<Item = u64>) -> Option<State> {
    let (signal, _code, fault) = (values.next()?, values.next()?, values.next()?);
    let mut state = State::default();
    for register in REGISTER_FILE {
        let mut value = 0;
        for n in halves(register) {
            value |= u128::from(values.next()?) << (64 * n);
        }
        assert_eq!(value & !register.mask, 0, "{} of the oracle has more bits than there are", register.name);
        state.registers.set(register, value);
    }
    let pc = state.registers.pc();
    for _ in 0..values.next()? {
        let (address, value) = (values.next()?, values.next()?);
        match state.mem.last_mut() {
            Some((start, bytes)) if *start + bytes.len() as u64 == address => bytes.extend(value.to_le_bytes()),
            _ => state.mem.push((address, value.to_le_bytes().to_vec())),
        }
    }
    // A trap behind the words ended the case; it is no part of it.
    if case.executes(pc) {
        let word = case.words[((pc - case.init.registers.pc()) / 4) as usize];
        state.stop = Some(match signal {
            SIGILL if kvrm::isa::find(word).is_some_and(|found| found.name == "HLT") => Stop::Halt,
            SIGILL => Stop::Undefined,
            SIGTRAP => Stop::Breakpoint,
            SIGBUS => Stop::Alignment,
            SIGSEGV => Stop::Memory,
            other => panic!("signal {other} from {:08x?}", case.words),
        });
        // Which byte of its block a DC ZVA reports differs between processors.
        let block = kvrm::isa::find(word).is_some_and(|found| found.name == "DC_ZVA");
        state.fault = (matches!(signal, SIGBUS | SIGSEGV) && !block).then_some(fault);
    }
    Some(state)
}
