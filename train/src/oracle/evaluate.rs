//! How often the oracle is right, beside two that are cheap.

use super::network::{State, code, forward};
use super::traces::{AHEAD, Trace, page_count, reachable};
use crate::linear::Weights;
use kvrm::neural::{MEMORY_ORACLE, OracleCandidates, OracleEvent};
use std::collections::BTreeMap;

/// Confidence from which on a prediction counts for coverage and precision.
const SURE: f32 = 0.5;
/// Events within which a page that was foretold has to come.
const WINDOW: usize = 32;
const STEPS: usize = 32;

/// After an event: the pages foretold of the next 8, and which of them are meant to be acted upon.
type Guess = [Option<(i64, bool)>; AHEAD];

/// How often guesses were right.
#[derive(Clone, Copy, Default)]
pub struct Score {
    events: usize,
    first: usize,
    within: usize,
    covered: usize,
    issued: usize,
    used: usize,
}

impl Score {
    fn add(&mut self, other: &Score) {
        self.events += other.events;
        self.first += other.first;
        self.within += other.within;
        self.covered += other.covered;
        self.issued += other.issued;
        self.used += other.used;
    }

    /// First right, right within 8, coverage, precision, F1, in percent.
    fn rates(&self) -> [f64; 5] {
        let part = |n: usize, all: usize| 100.0 * n as f64 / all.max(1) as f64;
        let (coverage, precision) = (part(self.covered, self.events), part(self.used, self.issued));
        let f1 = 2.0 * coverage * precision / (coverage + precision).max(1e-9);
        [part(self.first, self.events), part(self.within, self.events), coverage, precision, f1]
    }
}

/// Scores of a trace by the pattern that its events are in.
fn score(trace: &Trace, guesses: &[Guess]) -> [Score; 4] {
    let pages: Vec<i64> = trace.events.iter().map(OracleEvent::page).collect();
    let mut scores = [Score::default(); 4];
    for (n, guess) in guesses.iter().enumerate().take(pages.len() - 1) {
        let score = &mut scores[usize::from(trace.targets[n].pattern)];
        let next = pages[n + 1];
        score.events += 1;
        score.first += usize::from(guess[0].is_some_and(|(page, _)| page == next));
        score.within += usize::from(guess.iter().flatten().any(|(page, _)| *page == next));
        let acted = |guess: &Guess| {
            let mut pages: Vec<i64> = guess.iter().flatten().filter(|(_, sure)| *sure).map(|(page, _)| *page).collect();
            pages.sort_unstable();
            pages.dedup();
            pages
        };
        let before = &guesses[(n + 1).saturating_sub(WINDOW)..=n];
        score.covered += usize::from(before.iter().any(|guess| acted(guess).contains(&next)));
        let after = &pages[n + 1..(n + 1 + WINDOW).min(pages.len())];
        for page in acted(guess) {
            score.issued += 1;
            score.used += usize::from(after.contains(&page));
        }
    }
    scores
}

fn oracle(weights: &Weights, trace: &Trace) -> Vec<Guess> {
    let mut state = State::new(1);
    let mut guesses = Vec::new();
    for (chunk, features) in trace.features.chunks(STEPS).enumerate() {
        let outputs = forward(weights, features.as_flattened(), &mut state);
        for n in 0..features.len() {
            let end = chunk * STEPS + n + 1;
            let candidates = OracleCandidates::new(&trace.events[end.saturating_sub(32)..end]);
            guesses.push(std::array::from_fn(|k| {
                let at = n * AHEAD + k;
                let page = candidates.page(k + 1, code(outputs.deltas[at]))?;
                Some((page, outputs.confidences[at] >= SURE))
            }));
        }
    }
    guesses
}

fn next_line(trace: &Trace) -> Vec<Guess> {
    let pages = |event: &OracleEvent| std::array::from_fn(|k| Some((event.page() + k as i64 + 1, true)));
    trace.events.iter().map(pages).collect()
}

/// 256 entries by the instruction's address: its last page, its stride. It is acted upon when the stride came twice.
fn stride_table(trace: &Trace) -> Vec<Guess> {
    let mut table: BTreeMap<u32, (u32, i64, i64, bool)> = BTreeMap::new();
    let guess = |event: &OracleEvent| {
        let entry = table.entry(event.pc >> 2 & 255).or_insert((event.pc, event.page(), 0, false));
        if entry.0 == event.pc {
            let stride = event.page() - entry.1;
            *entry = (event.pc, event.page(), stride, stride != 0 && stride == entry.2);
        } else {
            *entry = (event.pc, event.page(), 0, false);
        }
        let (_, page, stride, sure) = *entry;
        std::array::from_fn(|k| (stride != 0).then_some((page + (k as i64 + 1) * stride, sure)))
    };
    trace.events.iter().map(guess).collect()
}

/// Prints a table of these traces, and one of the patterns in them; returns the oracle's rates over all.
pub fn evaluate(title: &str, values: &[f32], traces: &[&Trace]) -> [f64; 5] {
    let weights = Weights::new(MEMORY_ORACLE.offsets(), values.to_vec());
    println!("\n{title}: top-1 / within 8 / coverage / precision / F1, in percent\n");
    println!("| | events | pages | any code | next page | stride table | oracle |\n|---|---|---|---|---|---|---|");
    let mut by_pattern = [[Score::default(); 3]; 4];
    let mut all = [Score::default(); 3];
    for trace in traces {
        let guesses = [next_line(trace), stride_table(trace), oracle(&weights, trace)];
        let mut cells = Vec::new();
        for (who, guesses) in guesses.iter().enumerate() {
            let mut whole = Score::default();
            for (pattern, score) in score(trace, guesses).iter().enumerate() {
                by_pattern[pattern][who].add(score);
                whole.add(score);
            }
            all[who].add(&whole);
            cells.push(cell(&whole));
        }
        let (name, events, pages) = (&trace.name, trace.events.len(), page_count(trace));
        println!("| {name} | {events} | {pages} | {:.0} | {} |", 100.0 * reachable(trace), cells.join(" | "));
    }
    for (name, scores) in ["random", "sequential", "strided", "chase"].iter().zip(&by_pattern) {
        println!("| *{name}* | {} | | | {} |", scores[0].events, scores.each_ref().map(cell).join(" | "));
    }
    println!("| *all* | {} | | | {} |", all[0].events, all.each_ref().map(cell).join(" | "));
    all[2].rates()
}

fn cell(score: &Score) -> String {
    score.rates().map(|rate| format!("{rate:.0}")).join(" / ")
}
