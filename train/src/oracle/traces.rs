//! Traces to learn from, and what there is to learn in them.

use anyhow::{Context, Result, ensure};
use kvrm::gpu::{Gpu, Options};
use kvrm::linux;
use kvrm::machine::{Machine, Prefetch, StopReason};
use kvrm::neural::{OracleCandidates, OracleEvent, oracle_features};
use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

pub const FEATURES: usize = 10;
pub const AHEAD: usize = 8;
/// Codes are from minus this to this.
pub const MOST: i32 = 8;
/// Random, sequential, strided, pointer chase.
pub const PATTERNS: usize = 4;

/// Events of a program, at most, and its instructions.
const EVENTS: usize = 4000;
const LIMIT: u64 = 8_000_000;
const STEP: u64 = 1 << 22;

/// The functions of `walks.c`. Those that are not trained on are for judging.
const TRAINED: [&str; 19] = [
    "fill",
    "copy",
    "downwards",
    "columns",
    "records",
    "stencil",
    "merge_sort",
    "radix_sort",
    "heap_sort",
    "hash_table",
    "list_in_order",
    "circle",
    "tree",
    "find_in_text",
    "run_lengths",
    "queue",
    "grid_search",
    "sieve",
    "fields",
];
const UNSEEN: [&str; 11] = [
    "sum_of_two",
    "transpose",
    "two_strides",
    "quick_sort",
    "chained_hash",
    "list_shuffled",
    "several_lists",
    "growing_string",
    "compress",
    "multiply",
    "counting_sort",
];
/// Of the engine's own test programs, with an argument: those that go through enough memory. None is trained on.
const ENGINE: [(&str, &str); 3] = [("bench_pointer.O2", "200000"), ("bench_memory.O2", ""), ("lists.O2", "")];

/// What is known of an event: bit `code + MOST` is set
#[derive(Clone, Copy, Debug, Default)]
pub struct Target {
    /// of codes that give the page of the event so many behind, exactly,
    pub exact: [u32; AHEAD],
    /// of codes that give the page of one of the next 8.
    pub soon: [u32; AHEAD],
    pub pattern: u8,
}

/// A program's events.
pub struct Trace {
    pub name: String,
    pub trained: bool,
    pub events: Vec<OracleEvent>,
    pub features: Vec<[f32; FEATURES]>,
    pub targets: Vec<Target>,
}

/// All traces. Programs are run in the engine, so the same ones every time.
pub fn traces(root: &Path) -> Result<Vec<Trace>> {
    let gpu = Gpu::open(&Options::default())?;
    let folder = std::env::temp_dir().join(format!("kvrm-oracle-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let mut all = Vec::new();
    for (names, trained) in [(&TRAINED[..], true), (&UNSEEN[..], false)] {
        for name in names {
            let variants: &[(&str, u32, u32)] =
                if trained { &[("-O1", 1, 1), ("-O2", 1, 2), ("-O2", 2, 3)] } else { &[("-O2", 1, 4)] };
            for (level, size, seed) in variants {
                let elf = folder.join("walk.elf");
                compile(
                    &root.join("train/programs/walks.c"),
                    &elf,
                    name,
                    [level, &size.to_string(), &seed.to_string()],
                )?;
                all.push(Trace::new(name, trained, run(&gpu, &elf, "")?));
            }
        }
    }
    std::fs::remove_dir_all(&folder)?;
    for (name, argument) in ENGINE {
        let elf = root.join("tests/programs/elf").join(format!("{name}.elf"));
        all.push(Trace::new(name, false, run(&gpu, &elf, argument)?));
    }
    // What is shorter says nothing.
    all.retain(|trace| trace.events.len() >= 100);
    Ok(all)
}

fn compile(source: &Path, elf: &Path, name: &str, [level, size, seed]: [&str; 3]) -> Result<()> {
    let flags = [
        "-std=gnu11",
        "-w",
        "-mgeneral-regs-only",
        "-ffreestanding",
        "-fno-builtin",
        "-fno-stack-protector",
        "-fno-tree-loop-distribute-patterns",
        "-static",
        "-nostdlib",
        "-Wl,-z,max-page-size=4096",
        "-Wl,--build-id=none",
    ];
    let compiler = "aarch64-linux-gnu-gcc";
    let status = Command::new(compiler)
        .args(flags)
        .args([level, &format!("-DPROGRAM={name}"), &format!("-DSIZE={size}"), &format!("-DSEED={seed}")])
        .args([source, Path::new("-o"), elf])
        .status()
        .with_context(|| format!("{compiler}, which builds the programs that are traced"))?;
    ensure!(status.success(), "{compiler} could not build {name}");
    Ok(())
}

fn run(gpu: &Gpu, elf: &Path, argument: &str) -> Result<Vec<OracleEvent>> {
    let file = std::fs::read(elf).with_context(|| elf.display().to_string())?;
    let builder = Machine::builder().gpu(gpu.clone()).memory_size(64 << 20);
    let machine = builder.slice_cycles(Some(STEP as u32)).prefetch(Prefetch::Trace).build()?;
    let mut command = linux::Command::new(elf.file_name().unwrap_or_default());
    if !argument.is_empty() {
        command = command.arguments([argument]);
    }
    let mut process = command.start(machine, &file)?;
    let (mut events, mut limit) = (Vec::new(), 0);
    while limit < LIMIT && events.len() < EVENTS {
        limit += STEP;
        process.run(limit)?;
        events.extend(process.machine_mut().take_trace());
        if process.stop(0).reason != StopReason::CycleLimit {
            break;
        }
    }
    events.truncate(EVENTS);
    Ok(events)
}

impl Trace {
    pub fn new(name: &str, trained: bool, events: Vec<OracleEvent>) -> Self {
        let pages: Vec<i64> = events.iter().map(OracleEvent::page).collect();
        let features = (1..=events.len()).map(|end| oracle_features(&events[end.saturating_sub(32)..end])).collect();
        let mut targets = Vec::with_capacity(events.len());
        for n in 0..events.len() {
            let candidates = OracleCandidates::new(&events[(n + 1).saturating_sub(32)..=n]);
            let next = &pages[n + 1..(n + 1 + AHEAD).min(pages.len())];
            let mut target = Target::default();
            for ahead in 0..AHEAD {
                for code in -MOST..=MOST {
                    if let Some(page) = candidates.page(ahead + 1, code) {
                        let bit = 1 << (code + MOST);
                        target.exact[ahead] |= if next.get(ahead) == Some(&page) { bit } else { 0 };
                        target.soon[ahead] |= if next.contains(&page) { bit } else { 0 };
                    }
                }
            }
            targets.push(target);
        }
        for (n, target) in targets.iter_mut().enumerate() {
            target.pattern = pattern(&events, &pages, n);
        }
        Self { name: name.to_owned(), trained, events, features, targets }
    }
}

/// What kind of walk the events around this one are: the kind of most of the 16 around it. A page beside one of the 8 pages
/// before is sequential; one that repeats the distance of its instruction is strided; of the others, reads of 8 bytes by one
/// instruction are a chase.
fn pattern(events: &[OracleEvent], pages: &[i64], n: usize) -> u8 {
    let mut counts = [0; PATTERNS];
    for at in n.saturating_sub(7).max(1)..(n + 9).min(events.len()) {
        let before = &pages[at.saturating_sub(8)..at];
        let mut same = (at.saturating_sub(32)..at).rev().filter(|other| events[*other].pc == events[at].pc);
        let (last, earlier) = (same.next(), same.next());
        let strided = matches!((last, earlier), (Some(l), Some(e)) if pages[at] - pages[l] == pages[l] - pages[e]);
        let kind = if before.iter().any(|page| (pages[at] - page).abs() == 1) {
            1
        } else if strided {
            2
        } else if events[at].kind & 15 == 3 && last.is_some() {
            3
        } else {
            0
        };
        counts[kind] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    counts.iter().position(|count| *count == most).unwrap_or(0) as u8
}

/// How much of a trace any code foretells: exactly, of the next event.
pub fn reachable(trace: &Trace) -> f64 {
    let known = trace.targets.iter().filter(|target| target.exact[0] != 0).count();
    known as f64 / trace.targets.len() as f64
}

/// Pages of a trace.
pub fn page_count(trace: &Trace) -> usize {
    trace.events.iter().map(OracleEvent::page).collect::<HashSet<_>>().len()
}
