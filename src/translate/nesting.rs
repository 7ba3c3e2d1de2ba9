//! How deeply blocks are nested where they are written.

use super::structure::Structure;

/// Branches are nested so deep at most within loops, and outside of them, where it is text that counts.
const DEEPEST: usize = 24;
const DEEPEST_OUTSIDE: usize = 0;
/// Braces that are open where a block of a loop begins: naga reads 127 at the most, and a block adds some.
const MOST_BRACES: usize = 100;
/// Of a function, and what it is written in.
const OUTERMOST: usize = 2;

/// Where blocks are written within others.
pub struct Nesting {
    /// Can be entered from the interpreter.
    pub head: Vec<bool>,
    /// There are heads in what is written within a node, the node itself left out, and behind its loop.
    pub heads_inside: Vec<bool>,
    pub heads_after: Vec<bool>,
    /// How deep in the branches of its dominator a node is written, if it is.
    pub nested: Vec<Option<usize>>,
}

impl Nesting {
    pub fn new(structure: &Structure, head: Vec<bool>) -> Nesting {
        let count = structure.number.len();
        let mut nesting = Nesting {
            head,
            heads_inside: vec![false; count],
            heads_after: vec![false; count],
            nested: vec![None; count],
        };
        let order = in_order(structure);
        for &node in order.iter().rev() {
            let any = |list: &[usize]| list.iter().any(|child| nesting.head[*child] || nesting.heads_below(*child));
            let (inside, after) = (any(&structure.children[node]), any(&structure.after[node]));
            (nesting.heads_inside[node], nesting.heads_after[node]) = (inside, after);
        }
        // Dominators first: a node is written behind its own.
        for &node in order.iter().skip(1) {
            let above = structure.dominator[node];
            let same_loop = above != 0 && structure.home[above] == structure.home[node];
            let plain = structure.edges_in[node] == 1 && !nesting.head[node] && !nesting.heads_below(node);
            let depth = nesting.nested[above].unwrap_or(0) + 1;
            let deepest = if structure.home[node] == 0 { DEEPEST_OUTSIDE } else { DEEPEST };
            if same_loop && plain && depth <= deepest {
                nesting.nested[node] = Some(depth);
            }
        }
        nesting
    }

    /// There are heads in the subtree, the node itself left out.
    pub fn heads_below(&self, node: usize) -> bool {
        self.heads_inside[node] || self.heads_after[node]
    }

    /// The blocks of nests of loops that cannot be written as such, for want of braces.
    pub fn too_deep(&self, structure: &Structure) -> Vec<usize> {
        let count = structure.number.len();
        let mut braces = vec![OUTERMOST; count];
        let mut deep = vec![false; count];
        for node in in_order(structure) {
            let header = structure.header[node];
            // As the emitter opens them.
            let inside = braces[node] + usize::from(header && self.heads_after[node]) + usize::from(header);
            let branch = inside + usize::from(self.heads_inside[node]) + 1;
            for &child in &structure.children[node] {
                if node != 0 {
                    braces[child] = if self.nested[child].is_some() { branch } else { inside + 1 };
                }
            }
            for &child in &structure.after[node] {
                braces[child] = braces[node] + 1;
            }
            deep[structure.nest(node)] |= braces[node] > MOST_BRACES;
        }
        deep[0] = false;
        (1..count).filter(|node| deep[structure.nest(*node)]).collect()
    }
}

/// All nodes as they are written.
fn in_order(structure: &Structure) -> Vec<usize> {
    let mut order: Vec<usize> = (0..structure.number.len()).collect();
    order.sort_by_key(|node| structure.number[*node]);
    order
}
