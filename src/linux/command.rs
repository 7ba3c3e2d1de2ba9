//! What a process is started with.

use std::ffi::OsStr;
use std::io::{Read, Write};

use super::elf::Program;
use super::process::{Error, Process, Tracer};
use super::restart::Template;
use super::space;
use super::syscall::{Host, Input};
use crate::machine::Machine;

/// Bytes of each output kept per lane where nothing else is asked for.
const OUTPUT_LIMIT: usize = 1 << 20;

/// What a process is started with: the counterpart of [`std::process::Command`].
pub struct Command {
    arguments: Vec<Vec<u8>>,
    environment: Vec<Vec<u8>>,
    seed: u64,
    stack_size: Option<u64>,
    output_limit: usize,
    input: Box<dyn Read>,
    streams: [Option<Box<dyn Write>>; 2],
    trace: Option<Tracer>,
    gpu_calls: bool,
}

impl Command {
    /// A program that is called `name`: its first argument and its path as it sees it.
    pub fn new(name: impl AsRef<OsStr>) -> Self {
        Self {
            arguments: vec![name.as_ref().as_encoded_bytes().to_vec()],
            environment: Vec::new(),
            seed: 0,
            stack_size: None,
            output_limit: OUTPUT_LIMIT,
            input: Box::new(std::io::empty()),
            streams: [None, None],
            trace: None,
            gpu_calls: true,
        }
    }

    /// Adds an argument.
    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().as_encoded_bytes().to_vec());
        self
    }

    /// Adds arguments.
    pub fn arguments<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::argument)
    }

    /// Adds a variable to the environment, which is empty at first: nothing of the host's is passed on.
    pub fn variable(mut self, key: &str, value: &str) -> Self {
        self.environment.push(format!("{key}={value}").into_bytes());
        self
    }

    /// Seeds `AT_RANDOM` and `getrandom`.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Bytes of each lane's stack; unless set 8 MiB, as Linux has it, or a quarter of the lane's memory where that is less.
    pub fn stack_size(mut self, bytes: Option<u64>) -> Self {
        self.stack_size = bytes;
        self
    }

    /// Bytes of standard output, and of standard error, that are kept of each lane; 1 MiB by default. More is counted.
    pub fn output_limit(mut self, bytes: usize) -> Self {
        self.output_limit = bytes;
        self
    }

    /// Standard input: read once, when a lane first wants it; every lane sees all of it. Empty by default.
    pub fn stdin(mut self, reader: impl Read + 'static) -> Self {
        self.input = Box::new(reader);
        self
    }

    /// Lane 0's standard output goes here as it is written, besides being kept.
    pub fn stdout(mut self, writer: impl Write + 'static) -> Self {
        self.streams[0] = Some(Box::new(writer));
        self
    }

    /// Lane 0's standard error goes here as it is written, besides being kept.
    pub fn stderr(mut self, writer: impl Write + 'static) -> Self {
        self.streams[1] = Some(Box::new(writer));
        self
    }

    /// Is called with a line for each of lane 0's system calls.
    pub fn trace(mut self, tracer: impl FnMut(&str) + 'static) -> Self {
        self.trace = Some(Box::new(tracer));
        self
    }

    /// Whether the GPU serves system calls, as far as it can; true unless set. Nothing but time depends on it.
    pub fn gpu_calls(mut self, gpu_calls: bool) -> Self {
        self.gpu_calls = gpu_calls;
        self
    }

    /// Loads the ELF file `file` into every lane of `machine`.
    pub fn start(self, mut machine: Machine, file: &[u8]) -> Result<Process, Error> {
        let program = Program::parse(file, machine.memory_size())?;
        let stack_size = self.stack_size.unwrap_or_else(|| {
            let quarter = space::page_down(machine.memory_size() / 4);
            quarter.clamp(space::STACK_SIZE_MIN, space::STACK_SIZE)
        });
        if !(space::STACK_SIZE_MIN..=space::STACK_SIZE_MAX).contains(&stack_size) {
            return Err(Error::StackSize { size: stack_size });
        }
        let host = Host {
            memory_size: machine.memory_size(),
            stack_size: space::page_up(stack_size),
            heap_start: space::page_up(program.end),
            executable: self.arguments[0].clone(),
            input: Input::new(self.input),
            streams: self.streams,
            output_limit: self.output_limit,
            gpu_calls: self.gpu_calls,
            unimplemented: Default::default(),
        };
        let template = Template::new(program, self.arguments, self.environment, self.seed, host.stack_size)?;
        template.load(&mut machine)?;
        Process::new(machine, host, template, self.trace)
    }
}
