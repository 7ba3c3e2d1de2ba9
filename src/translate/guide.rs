//! What the evaluator is told of the interpreter: when an instruction is left to it, and which page an access is taken to
//! be in.

use super::graph::{Graph, N};
use crate::abi::EVENT_JUMP;
use std::collections::HashMap;

/// Pages that a nest of loops keeps, each for the accesses through some registers.
pub const PAGES: usize = 4;

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

/// Pages that a nest of loops keeps.
#[derive(Clone, Default)]
pub struct Kept {
    /// Which one accesses through a base register go to; all others go to that of `last_entry`.
    pub of: HashMap<u32, usize>,
    /// What these accesses need to be permitted, of each page (`ACCESS_READ`, `ACCESS_WRITE`): a page that does not
    /// permit that is not kept.
    pub needs: [u32; PAGES],
}

/// What guides an evaluation through the instructions of a block.
pub struct Guide {
    places: Places,
    pub kept: Kept,
    /// What a page was before the accesses that are checked together, by its first slot: none of these waits for another's
    /// look-up.
    at_hand: HashMap<usize, [N; 4]>,
    /// The page that the access at work goes to, and `last_entry`, in whose place it stands.
    standing_in: Option<(usize, [N; 4])>,
}

impl Guide {
    pub fn new(places: Places) -> Guide {
        Guide { places, kept: Kept::default(), at_hand: HashMap::new(), standing_in: None }
    }

    /// The first of the four slots of the page that accesses through a register go to, and what a page needs to be kept
    /// there.
    pub fn page(&self, register: u32) -> (usize, Option<u32>) {
        match self.kept.of.get(&register) {
            Some(&page) => (self.places.pages + 4 * page, Some(self.kept.needs[page])),
            None => (self.places.last_entry, None),
        }
    }

    pub fn last_entry(&self) -> usize {
        self.places.last_entry
    }

    /// Accesses from now on are not checked together with those before.
    pub fn gather_anew(&mut self) {
        self.at_hand.clear();
    }

    /// An access to a page, of which all slots have values, begins. `entry` is what it is now, as the interpreter would
    /// have it.
    pub fn begin(&mut self, page: usize, entry: [N; 4], globals: &mut [N]) {
        let at_hand = *self.at_hand.entry(page).or_insert(entry);
        self.standing_in = Some((page, four(globals, self.places.last_entry)));
        globals[self.places.last_entry..][..4].copy_from_slice(&at_hand);
    }

    /// Whether, with these values, the instruction at work leaves everything to the interpreter.
    pub fn held(&self, graph: &Graph, globals: &[N]) -> bool {
        let word = |slot: usize| if globals[slot] == N::MAX { None } else { graph.as_word(globals[slot]) };
        let event = word(self.places.event).unwrap_or(0);
        event != 0 && event != EVENT_JUMP && word(self.places.next) == word(self.places.code)
    }

    /// The instruction is done. What a nest keeps of the page is not the guide's to say.
    pub fn done(&mut self, globals: &mut [N]) {
        if let Some((page, last)) = self.standing_in.take() {
            let found = four(globals, self.places.last_entry);
            globals[self.places.last_entry..][..4].copy_from_slice(&last);
            if page == self.places.last_entry {
                globals[page..][..4].copy_from_slice(&found);
            }
        }
    }

    /// The instruction is not one of the block.
    pub fn undone(&mut self) {
        self.standing_in = None;
    }
}

fn four(globals: &[N], first: usize) -> [N; 4] {
    [0, 1, 2, 3].map(|n| globals[first + n])
}
