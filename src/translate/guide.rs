//! What the evaluator is told of the interpreter: when an instruction is left to it, and which look-ups need not be made
//! again.

use super::graph::{Bin, Graph, N, Node, Un};
use crate::machine::EVENT_JUMP;
use std::collections::HashMap;

/// Accesses through one value are taken to be in one page if they are so near to each other. If they are not, the second
/// one is left to the interpreter.
const NEAR: u32 = 128;
/// Pages that a nest of loops keeps, each for the accesses through some registers.
pub const PAGES: usize = 4;
/// Neighbouring entries of the translation cache differ by this in address (`entry_is_of`).
const PAGE: u32 = 4096;

/// Where the private variables are that the guide looks at.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    pub event: usize,
    pub code: usize,
    pub next: usize,
    /// The first of the four of `last_entry`.
    pub last_entry: usize,
    /// The first of the four of each page that a nest keeps.
    pub pages: usize,
}

/// An address as the value that it is near to, and how far from it.
#[derive(Clone, Copy, Debug)]
struct Address {
    root: N,
    offset: u32,
}

/// What guides an evaluation through the instructions of a block.
pub struct Guide {
    places: Places,
    /// Where accesses of the block went, and the cache's entry for each.
    found: Vec<(Address, [N; 4])>,
    /// The instruction at work has looked this up.
    looked_up: Option<Address>,
    /// An earlier access has found its page.
    skipped: bool,
    /// In a nest of loops, which page accesses through a base register go to.
    pub page_of: HashMap<u32, usize>,
    /// `last_entry`, while a page or what an earlier access has found stands in its place, and which page does.
    put_back: Option<[N; 4]>,
    page: Option<usize>,
}

impl Guide {
    pub fn new(places: Places) -> Guide {
        Guide {
            places,
            found: Vec::new(),
            looked_up: None,
            skipped: false,
            page_of: HashMap::new(),
            put_back: None,
            page: None,
        }
    }

    /// The slots of the page that accesses through a register go to.
    pub fn page_slots(&self, register: u32) -> Option<[usize; 4]> {
        let page = *self.page_of.get(&register)?;
        Some([0, 1, 2, 3].map(|n| self.places.pages + 4 * page + n))
    }

    /// An access through this register begins.
    pub fn begin(&mut self, register: u32, globals: &mut [N]) {
        if let Some(slots) = self.page_slots(register) {
            let page = slots.map(|slot| globals[slot]);
            self.page = Some(self.page_of[&register]);
            self.stand_in(&page, globals);
        }
    }

    fn stand_in(&mut self, entry: &[N; 4], globals: &mut [N]) {
        let last = self.entry(globals);
        self.put_back.get_or_insert(last);
        globals[self.places.last_entry..][..4].copy_from_slice(entry);
    }

    /// Whether, with these values, the instruction at work leaves everything to the interpreter.
    pub fn held(&self, graph: &Graph, globals: &[N]) -> bool {
        let word = |slot: usize| if globals[slot] == N::MAX { None } else { graph.as_word(globals[slot]) };
        let event = word(self.places.event).unwrap_or(0);
        event != 0 && event != EVENT_JUMP && word(self.places.next) == word(self.places.code)
    }

    /// Whether what is done under `condition` may be left out. The condition is then that an access is not in the page of
    /// `last_entry`, and what is left out finds its page. Whoever goes on without is held if the page is not the right one;
    /// so that it mostly is, `last_entry` becomes that of an earlier access nearby.
    pub fn skips(&mut self, graph: &Graph, globals: &mut [N], condition: N) -> bool {
        let Some(address) = self.missed(graph, globals, condition) else { return false };
        let near = |other: &Address| other.root == address.root && near(other.offset, address.offset);
        match self.found.iter().find(|(other, _)| near(other)) {
            Some((_, entry)) => {
                let entry = *entry;
                self.stand_in(&entry, globals);
                self.skipped = true;
                true
            }
            None => {
                self.looked_up = Some(address);
                false
            }
        }
    }

    /// The instruction is done.
    pub fn done(&mut self, globals: &mut [N]) {
        let entry = self.entry(globals);
        if let Some(address) = self.looked_up.take() {
            self.found.push((address, entry));
        }
        if let (Some(page), false) = (self.page.take(), std::mem::take(&mut self.skipped)) {
            globals[self.places.pages + 4 * page..][..4].copy_from_slice(&entry);
        }
        if let Some(entry) = self.put_back.take() {
            globals[self.places.last_entry..][..4].copy_from_slice(&entry);
        }
    }

    /// The instruction is not one of the block.
    pub fn undone(&mut self) {
        (self.looked_up, self.put_back, self.page, self.skipped) = (None, None, None, false);
    }

    fn entry(&self, globals: &[N]) -> [N; 4] {
        [0, 1, 2, 3].map(|n| globals[self.places.last_entry + n])
    }

    /// The address whose page is not that of `last_entry` if `condition` holds, if that is what it says.
    fn missed(&self, graph: &Graph, globals: &[N], condition: N) -> Option<Address> {
        let Node::Un(Un::No, same) = graph.node(condition) else { return None };
        let Node::Bin(Bin::Both, p, q) = graph.node(same) else { return None };
        let page = |n: N| match graph.node(n) {
            Node::Bin(Bin::Less, difference, limit) if graph.as_word(limit) == Some(PAGE) => Some(difference),
            _ => None,
        };
        let Node::Bin(Bin::Xor, a, b) = graph.node(page(p).or_else(|| page(q))?) else { return None };
        let entry = globals[self.places.last_entry];
        let low = match (a == entry, b == entry) {
            (true, false) => b,
            (false, true) => a,
            _ => return None,
        };
        Some(match graph.node(low) {
            Node::Word(offset) => Address { root: N::MAX, offset },
            Node::Bin(Bin::Add, root, offset) => match graph.as_word(offset) {
                Some(offset) => Address { root, offset },
                None => Address { root: low, offset: 0 },
            },
            _ => Address { root: low, offset: 0 },
        })
    }
}

fn near(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).min(b.wrapping_sub(a)) < NEAR
}
