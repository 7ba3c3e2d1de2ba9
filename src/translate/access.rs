//! Accesses to memory, gathered: pages are checked together and loads are on their way together, before anything stored.
//!
//! What loads has no effect that could be seen. So a lane whose page does not fit may go back to where the gathering began,
//! and the interpreter does it all again, up to and with the access that missed.

use super::block::operands;
use super::evaluate::{Access, Effect, Step};
use super::graph::{Bin, Graph, N, Node, Un};
use super::instruction::PAGE_SHIFT;
use crate::abi::NO_PAGE;
use std::collections::{HashMap, HashSet};

/// Accesses that are checked together at the most: each keeps an address and a place.
const MOST: usize = 8;
/// What accesses go to, and where entries are looked up, as wgsl/memory/memory.wgsl calls them.
const MEMORY: &str = "memory";
const CACHE: &str = "cache";

/// Whether an access fits the page at hand, or, if not, the one that the translation cache has for it.
#[derive(Debug)]
pub struct Check {
    /// It does not fit the page at hand.
    pub misfit: N,
    pub looked_up: Access,
    pub results: Vec<N>,
    /// It does not fit the page looked up.
    pub misfit_then: N,
    /// The leaf for what the access goes on with; looked up; at hand.
    pub joins: Vec<(N, N, N)>,
}

/// An access of one instruction.
pub struct Single {
    check: Check,
    loads: Vec<Effect>,
    stores: Vec<Effect>,
}

impl Single {
    /// Takes an instruction's effects apart, if they are an access: a look-up unless the page at hand is the right one,
    /// a hold, then memory.
    pub fn of(graph: &mut Graph, effects: Vec<Effect>) -> Result<Single, Vec<Effect>> {
        let is_access = match &effects[..] {
            [Effect::If { accept, reject, joins, .. }, Effect::Hold { .. }, rest @ ..] => {
                let looks_up = matches!(&accept[..], [Effect::Load { from, .. }] if from.global == CACHE);
                looks_up && reject.is_empty() && joins.len() == 4 && in_order(rest)
            }
            _ => false,
        };
        if !is_access {
            return Err(effects);
        }
        let mut effects = effects.into_iter();
        let (Some(Effect::If { mut accept, joins, .. }), Some(Effect::Hold { condition })) =
            (effects.next(), effects.next())
        else {
            unreachable!("it was looked at");
        };
        let Some(Effect::Load { from: looked_up, results }) = accept.pop() else { unreachable!("it was looked at") };
        let at_hand = joins.iter().map(|(leaf, _, at_hand)| (*leaf, *at_hand)).collect();
        let misfit = graph.substitute(condition, &at_hand);
        let found = joins.iter().map(|(leaf, found, _)| (*leaf, *found)).collect();
        let misfit_then = graph.substitute(condition, &found);
        let (loads, stores) = effects.partition(|effect| matches!(effect, Effect::Load { .. }));
        Ok(Single { check: Check { misfit, looked_up, results, misfit_then, joins }, loads, stores })
    }

    /// What a nest of loops keeps of the page then, part by part: the address alone, and none at all if the page does not
    /// permit what is needed.
    pub fn keep(&mut self, graph: &mut Graph, need: u32) -> [N; 4] {
        let Check { results, joins, .. } = &mut self.check;
        let entry = results[0];
        std::array::from_fn(|part| {
            let join = joins.iter_mut().find(|(_, found, _)| *found == results[part]);
            let (leaf, found, at_hand) = join.expect("each part is looked up");
            if part == 0 {
                let mask = graph.word(!((1 << PAGE_SHIFT) - 1));
                *leaf = graph.leaf_between(PAGE_SHIFT, 32);
                (*found, *at_hand) = (graph.and(*found, mask), graph.and(*at_hand, mask));
            } else if part == 1 {
                let (need, none) = (graph.word(need), graph.word(NO_PAGE));
                let had = graph.and(entry, need);
                let permitted = graph.eq(had, need);
                *leaf = graph.leaf(32);
                *found = graph.select(permitted, *found, none);
            }
            *leaf
        })
    }

    /// What is known of the address within its word once the check has passed: that it is aligned. To substitute in what
    /// was loaded.
    pub fn aligned(&mut self, graph: &mut Graph) -> HashMap<N, N> {
        let mut known = HashMap::new();
        let Node::Un(Un::No, fits) = graph.node(self.check.misfit_then) else { return known };
        let Node::Bin(Bin::Eq, a, b) = graph.node(fits) else { return known };
        let mut open = vec![a, b];
        while let Some(n) = open.pop() {
            match graph.node(n) {
                Node::Bin(Bin::Or, a, b) => open.extend([a, b]),
                Node::Bin(Bin::And, address, mask) if !matches!(graph.node(address), Node::Un(..)) => {
                    let Some(mask @ (1 | 3 | 7)) = graph.as_word(mask) else { continue };
                    let (all, left) = (graph.word(3), graph.word(3 & !mask));
                    let (within, left) = (graph.and(address, all), graph.and(address, left));
                    known.insert(within, left);
                }
                _ => {}
            }
        }
        for effect in &mut self.stores {
            if let Effect::Store { values, .. } = effect {
                values.iter_mut().for_each(|value| *value = graph.substitute(*value, &known));
            }
        }
        known
    }

    pub fn has_loads(&self) -> bool {
        !self.loads.is_empty()
    }
}

/// Whether effects are loads of memory and stores to it, in this order.
fn in_order(effects: &[Effect]) -> bool {
    let first_store = effects.iter().position(|effect| matches!(effect, Effect::Store { .. }));
    let (loads, stores) = effects.split_at(first_store.unwrap_or(effects.len()));
    loads.iter().all(|effect| matches!(effect, Effect::Load { from, .. } if from.global == MEMORY))
        && stores.iter().all(|effect| matches!(effect, Effect::Store { to, .. } if to.global == MEMORY))
}

/// Accesses that wait.
#[derive(Default)]
pub struct Gathered {
    pub checks: Vec<Check>,
    pub loads: Vec<Effect>,
    pub stores: Vec<Effect>,
    /// What is not there before the loads are done.
    awaited: HashSet<N>,
}

impl Gathered {
    /// Whether an access can be checked with what waits.
    pub fn takes(&self, graph: &Graph, single: &Single) -> bool {
        let check = &single.check;
        let mut needed = vec![check.misfit];
        for step in &check.looked_up.path {
            if let Step::At(n) = step {
                needed.push(*n);
            }
        }
        self.checks.len() < MOST && !needed.into_iter().any(|n| self.waits_for(graph, n))
    }

    /// Whether an effect needs what waits.
    pub fn delays(&self, graph: &Graph, effect: &Effect) -> bool {
        let mut needed = Vec::new();
        operands(effect, &mut needed);
        needed.into_iter().any(|n| self.waits_for(graph, n))
    }

    fn waits_for(&self, graph: &Graph, n: N) -> bool {
        !self.awaited.is_empty() && graph.depends_on_any(n, &self.awaited)
    }

    pub fn add(&mut self, single: Single) {
        for effect in &single.loads {
            if let Effect::Load { results, .. } = effect {
                self.awaited.extend(results);
            }
        }
        self.awaited.extend(single.check.joins.iter().map(|(leaf, ..)| *leaf));
        self.checks.push(single.check);
        self.loads.extend(single.loads);
        self.stores.extend(single.stores);
    }

    /// Takes out what is to be done first: all checks and loads.
    pub fn take_loads(&mut self) -> (Vec<Check>, Vec<Effect>) {
        self.awaited.clear();
        (std::mem::take(&mut self.checks), std::mem::take(&mut self.loads))
    }
}
