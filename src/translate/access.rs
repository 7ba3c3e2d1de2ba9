//! Accesses to memory, gathered: pages are checked together and loads are on their way together, before anything stored.
//!
//! What loads has no effect that could be seen. So a lane whose page does not fit may go back to where the gathering began,
//! and the interpreter does it all again, up to and with the access that missed.

use super::block::operands;
use super::evaluate::{Access, Effect, Step};
use super::graph::{Graph, N};
use std::collections::HashSet;

/// Accesses that are checked together at the most: each keeps an address and a place.
const MOST: usize = 8;
/// What accesses go to, and where entries are looked up, as wgsl/lib/memory.wgsl calls them.
const MEMORY: &str = "memory";
const CACHE: &str = "cache";

/// Whether an access fits the page at hand, or, if not, the one that the translation cache has for it.
#[derive(Debug)]
pub struct Check {
    /// It does not fit the page at hand.
    pub misfit: N,
    pub looked_up: Access,
    pub results: Vec<N>,
    /// The leaf for what the access goes on with; looked up; at hand.
    pub joins: Vec<(N, N, N)>,
    /// With these leaves it does not fit either.
    pub misfit_then: N,
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
            [Effect::If { accept, reject, .. }, Effect::Hold { .. }, rest @ ..] => {
                let looks_up = matches!(&accept[..], [Effect::Load { from, .. }] if from.global == CACHE);
                looks_up && reject.is_empty() && in_order(rest)
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
        let (loads, stores) = effects.partition(|effect| matches!(effect, Effect::Load { .. }));
        Ok(Single { check: Check { misfit, looked_up, results, joins, misfit_then: condition }, loads, stores })
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
