//! Folding before values are known gives what folding gives with them: checked for any control word and any values.

use super::Interpreter;
use super::graph::{Graph, N, Node};
use super::instruction::Next;
use crate::gpu::Shader;
use crate::isa::control::fields;
use std::collections::{BTreeMap, HashMap};

/// The kernels that only compute.
pub const KERNELS: [u32; 5] = [0, 1, 3, 4, 5];
/// Where the control word stands, and its run.
const INDEX: u32 = 100;
const DELTA: u64 = 0x40_0000;

/// What a node is for given leaves.
fn value(graph: &Graph, n: N, leaves: &HashMap<N, u32>, known: &mut HashMap<N, u32>) -> u32 {
    if let Some(value) = known.get(&n).or(leaves.get(&n)) {
        return *value;
    }
    let operands: Vec<u32> = graph.operands(n).into_iter().map(|n| value(graph, n, leaves, known)).collect();
    // One node of constants, which folds.
    let mut folding = Graph::default();
    let of_truth: Vec<bool> = graph.operands(n).into_iter().map(|n| graph.is_truth(n)).collect();
    let nodes: Vec<N> = operands
        .iter()
        .zip(of_truth)
        .map(|(value, truth)| if truth { folding.truth(*value != 0) } else { folding.word(*value) })
        .collect();
    let folded = folding.rebuild(graph.node(n), &nodes);
    let result = match folding.node(folded) {
        Node::Word(value) => value,
        Node::Truth(value) => u32::from(value),
        other => panic!("{other:?} of constants does not fold"),
    };
    known.insert(n, result);
    result
}

/// Makes a control word of `random`'s words, then values of what it reads, and evaluates it without them and with them. Gives the
/// kernel, or none where there is nothing to compare.
///
/// # Panics
/// If both differ.
pub fn check(interpreter: &Interpreter, random: &mut dyn FnMut() -> u32) -> Option<u32> {
    let kernel = KERNELS[random() as usize % KERNELS.len()];
    let operation = (random() & !fields::DATAPATH.mask()) | kernel;
    let registers = (1..4).map(|n| (random() % 33) << (6 * n)).sum::<u32>() | (random() % 31);
    let control = [operation, registers | ((random() % 64) << 24), random(), random()];
    let mut early = interpreter.evaluator(DELTA);
    let next = interpreter.step(&mut early, &control, INDEX);
    let mut late = interpreter.evaluator(DELTA);
    let mut leaves = HashMap::new();
    let inputs: BTreeMap<usize, N> = early.inputs.iter().map(|(slot, leaf)| (*slot, *leaf)).collect();
    for (slot, leaf) in inputs {
        let value = if slot == interpreter.flags_slot() { random() % 16 } else { random() };
        leaves.insert(leaf, value);
        late.state.globals[slot] = late.graph.word(value);
    }
    let late_next = interpreter.step(&mut late, &control, INDEX);
    let (Ok(next), Ok(late_next)) = (next, late_next) else { return None };
    if !early.effects.is_empty() {
        return None;
    }
    let mut known = HashMap::new();
    for slot in interpreter.kept() {
        let (a, b) = (early.state.globals[slot], late.state.globals[slot]);
        if a == N::MAX || b == N::MAX {
            continue;
        }
        let a = value(&early.graph, a, &leaves, &mut known);
        let b = late.graph.as_word(b).expect("everything is known");
        assert_eq!(a, b, "{} after {control:x?} on {leaves:x?}", interpreter.home(slot));
    }
    let mut of = |n: N| value(&early.graph, n, &leaves, &mut known);
    let place = match next {
        Next::To(to) => Some(to),
        Next::Either(condition, a, b) => Some(if of(condition) != 0 { a } else { b }),
        Next::JumpIf(condition, _, to) if of(condition) == 0 => Some(to),
        Next::Jump(to) | Next::JumpIf(_, to, _) => {
            let Next::Jump(late_to) = late_next else { panic!("{control:x?} does not jump: {late_next:?}") };
            let known = late_to.map(|n| late.graph.as_word(n).expect("everything is known"));
            assert_eq!(to.map(of), known, "{control:x?}");
            None
        }
    };
    if let Some(place) = place {
        assert_eq!(Next::To(place), late_next, "{control:x?} on {leaves:x?}");
    }
    Some(kernel)
}

/// The interpreter among the shaders that are shipped.
///
/// # Panics
/// If there is none.
pub fn shipped(shaders: Vec<Shader>) -> Interpreter {
    let shader = shaders.into_iter().find(|shader| shader.name == "interpreter");
    Interpreter::new(&shader.expect("it is shipped")).expect("it is valid")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

    /// A register or an immediate half: often one at which carries and signs change.
    fn interesting(random: &mut ChaCha8Rng) -> u32 {
        const EDGES: [u32; 8] = [0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, !0 - 1, !0];
        match random.next_u32() % 3 {
            0 => EDGES[random.next_u32() as usize % 8],
            1 => random.next_u32() % 64,
            _ => random.next_u32(),
        }
    }

    #[test]
    fn what_is_folded_early_is_the_same() {
        let interpreter = shipped(crate::machine::shaders());
        let seed = std::env::var("KVRM_SEED").map_or(1, |seed| seed.parse().expect("KVRM_SEED is a number"));
        println!("KVRM_SEED={seed}");
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut checked = [0; 8];
        for _ in 0..6000 {
            // What chooses the control word is anything, what follows is interesting.
            let mut words = 0;
            let mut next = || {
                words += 1;
                if words <= 7 { random.next_u32() } else { interesting(&mut random) }
            };
            if let Some(kernel) = check(&interpreter, &mut next) {
                checked[kernel as usize] += 1;
            }
        }
        assert!(KERNELS.iter().all(|kernel| checked[*kernel as usize] > 200), "{checked:?}");
    }
}
