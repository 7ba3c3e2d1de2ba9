//! What an instruction computes, as a graph of words and truth values that folds itself while it is built.
//!
//! Equal nodes are one node. Signed and unsigned words are the same words: the operations differ.

mod bitwise;
mod compare;
mod known;
mod sum;

use known::{Bits, Bounds};
use std::collections::{HashMap, HashSet};

/// A node of a [`Graph`].
pub type N = u32;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Un {
    /// Complement of a word.
    Not,
    /// Negation of a truth value.
    No,
    LeadingZeros,
    TrailingZeros,
    Ones,
    Reverse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bin {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    And,
    Or,
    Xor,
    /// The amount counts modulo 32, as in WGSL.
    Shl,
    Shr,
    Sar,
    Min,
    Max,
    Eq,
    Less,
    LessSigned,
    Both,
    Either,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    Word(u32),
    Truth(bool),
    /// A value that something outside the graph gives.
    Leaf(u32),
    Un(Un, N),
    Bin(Bin, N, N),
    /// Condition, value if it holds, value if not.
    Select(N, N, N),
    /// Value, offset, count.
    Extract(N, N, N, bool),
    /// Value, inserted bits, offset, count.
    Insert(N, N, N, N),
}

struct Leaf {
    truth: bool,
    /// Bits from here on are zero.
    width: u32,
    /// And those below here.
    low: u32,
}

#[derive(Default)]
pub struct Graph {
    nodes: Vec<Node>,
    known: HashMap<Node, N>,
    leaves: Vec<Leaf>,
    /// What is known of each node's value, by that of what it is made of. A word that is used twice in one that is used
    /// twice in another is many words, if all ways to it are gone: so what is found is kept here and below.
    bounds: Vec<Bounds>,
    bits: HashMap<N, Option<Bits>>,
    seen_through: HashMap<(N, u32), N>,
}

impl Graph {
    pub fn node(&self, n: N) -> Node {
        self.nodes[n as usize]
    }

    fn intern(&mut self, node: Node) -> N {
        if let Some(&n) = self.known.get(&node) {
            return n;
        }
        let n = self.nodes.len() as N;
        self.bounds.push(self.bounds_of(node));
        self.nodes.push(node);
        self.known.insert(node, n);
        n
    }

    pub fn word(&mut self, value: u32) -> N {
        self.intern(Node::Word(value))
    }

    pub fn truth(&mut self, value: bool) -> N {
        self.intern(Node::Truth(value))
    }

    /// A new word of which bits from `width` on are zero.
    pub fn leaf(&mut self, width: u32) -> N {
        self.leaf_between(0, width)
    }

    /// A new word of which bits below `low` and from `width` on are zero.
    pub fn leaf_between(&mut self, low: u32, width: u32) -> N {
        self.leaves.push(Leaf { truth: false, width, low });
        self.intern(Node::Leaf(self.leaves.len() as u32 - 1))
    }

    /// A new truth value.
    pub fn truth_leaf(&mut self) -> N {
        self.leaves.push(Leaf { truth: true, width: 0, low: 0 });
        self.intern(Node::Leaf(self.leaves.len() as u32 - 1))
    }

    pub fn as_word(&self, n: N) -> Option<u32> {
        match self.node(n) {
            Node::Word(value) => Some(value),
            _ => None,
        }
    }

    pub fn as_truth(&self, n: N) -> Option<bool> {
        match self.node(n) {
            Node::Truth(value) => Some(value),
            _ => None,
        }
    }

    /// Whether the node is a truth value.
    pub fn is_truth(&self, n: N) -> bool {
        match self.node(n) {
            Node::Truth(_) | Node::Un(Un::No, _) => true,
            Node::Bin(op, ..) => {
                matches!(op, Bin::Eq | Bin::Less | Bin::LessSigned | Bin::Both | Bin::Either)
            }
            Node::Select(_, a, _) => self.is_truth(a),
            Node::Leaf(leaf) => self.leaves[leaf as usize].truth,
            _ => false,
        }
    }

    /// The nodes that a node is made of.
    pub fn operands(&self, n: N) -> Vec<N> {
        match self.node(n) {
            Node::Word(_) | Node::Truth(_) | Node::Leaf(_) => vec![],
            Node::Un(_, a) => vec![a],
            Node::Bin(_, a, b) => vec![a, b],
            Node::Select(c, a, b) => vec![c, a, b],
            Node::Extract(a, b, c, _) => vec![a, b, c],
            Node::Insert(a, b, c, d) => vec![a, b, c, d],
        }
    }

    /// Whether `n` is made of `part`.
    pub fn depends(&self, n: N, part: N) -> bool {
        self.depends_on_any(n, &HashSet::from([part]))
    }

    /// Whether `n` is made of one of these.
    pub fn depends_on_any(&self, n: N, parts: &HashSet<N>) -> bool {
        // A node is made of older ones only.
        let Some(&oldest) = parts.iter().min() else { return false };
        let mut seen = HashSet::new();
        let mut open = vec![n];
        while let Some(n) = open.pop() {
            if parts.contains(&n) {
                return true;
            }
            if n > oldest && seen.insert(n) {
                open.extend(self.operands(n));
            }
        }
        false
    }

    pub fn not(&mut self, a: N) -> N {
        match self.node(a) {
            Node::Word(value) => self.word(!value),
            Node::Un(Un::Not, inner) => inner,
            _ => self.intern(Node::Un(Un::Not, a)),
        }
    }

    pub fn no(&mut self, a: N) -> N {
        match self.node(a) {
            Node::Truth(value) => self.truth(!value),
            Node::Un(Un::No, inner) => inner,
            _ => self.intern(Node::Un(Un::No, a)),
        }
    }

    pub fn count(&mut self, op: Un, a: N) -> N {
        match (op, self.node(a)) {
            (Un::LeadingZeros, Node::Word(value)) => self.word(value.leading_zeros()),
            (Un::TrailingZeros, Node::Word(value)) => self.word(value.trailing_zeros()),
            (Un::Ones, Node::Word(value)) => self.word(value.count_ones()),
            (Un::Reverse, Node::Word(value)) => self.word(value.reverse_bits()),
            _ => self.intern(Node::Un(op, a)),
        }
    }

    pub fn both(&mut self, a: N, b: N) -> N {
        match (self.as_truth(a), self.as_truth(b)) {
            (Some(false), _) | (_, Some(true)) => a,
            (_, Some(false)) | (Some(true), _) => b,
            _ if a == b => a,
            _ if self.no(a) == b => self.truth(false),
            _ => self.intern(Node::Bin(Bin::Both, a.min(b), a.max(b))),
        }
    }

    pub fn either(&mut self, a: N, b: N) -> N {
        match (self.as_truth(a), self.as_truth(b)) {
            (Some(true), _) | (_, Some(false)) => a,
            (_, Some(true)) | (Some(false), _) => b,
            _ if a == b => a,
            _ if self.no(a) == b => self.truth(true),
            _ => self.intern(Node::Bin(Bin::Either, a.min(b), a.max(b))),
        }
    }

    pub fn select(&mut self, condition: N, accept: N, reject: N) -> N {
        if let Some(holds) = self.as_truth(condition) {
            return if holds { accept } else { reject };
        }
        if accept == reject {
            return accept;
        }
        if let Node::Un(Un::No, inner) = self.node(condition) {
            return self.select(inner, reject, accept);
        }
        match (self.node(accept), self.node(reject)) {
            (Node::Truth(true), _) => return self.either(condition, reject),
            (Node::Truth(false), _) => {
                let not = self.no(condition);
                return self.both(not, reject);
            }
            (_, Node::Truth(false)) => return self.both(condition, accept),
            (_, Node::Truth(true)) => {
                let not = self.no(condition);
                return self.either(not, accept);
            }
            (Node::Select(again, inner, _), _) if again == condition => return self.select(condition, inner, reject),
            (_, Node::Select(again, _, inner)) if again == condition => return self.select(condition, accept, inner),
            _ => {}
        }
        self.intern(Node::Select(condition, accept, reject))
    }

    /// 1 or 0.
    pub fn number(&mut self, truth: N) -> N {
        let (one, zero) = (self.word(1), self.word(0));
        self.select(truth, one, zero)
    }

    /// The truth value that `n` is the number of.
    fn as_number(&mut self, n: N) -> Option<N> {
        let Node::Select(condition, a, b) = self.node(n) else { return None };
        match (self.as_word(a), self.as_word(b)) {
            (Some(1), Some(0)) => Some(condition),
            (Some(0), Some(1)) => Some(self.no(condition)),
            _ => None,
        }
    }
}

impl Graph {
    /// `n` with other nodes in the place of some.
    pub fn substitute(&mut self, n: N, other: &HashMap<N, N>) -> N {
        let mut done = other.clone();
        let mut open = vec![n];
        while let Some(&n) = open.last() {
            let operands = self.operands(n);
            let missing = operands.iter().filter(|n| !done.contains_key(n));
            let before = open.len();
            if !done.contains_key(&n) {
                open.extend(missing);
            }
            if open.len() == before {
                open.pop();
                if !done.contains_key(&n) {
                    let operands: Vec<N> = operands.iter().map(|n| done[n]).collect();
                    let node = self.node(n);
                    let rebuilt = if operands.is_empty() { n } else { self.rebuild(node, &operands) };
                    done.insert(n, rebuilt);
                }
            }
        }
        done[&n]
    }

    /// The same operation on other operands.
    pub fn rebuild(&mut self, node: Node, operands: &[N]) -> N {
        match (node, operands) {
            (Node::Word(value), _) => self.word(value),
            (Node::Truth(value), _) => self.truth(value),
            (Node::Un(Un::Not, _), [a]) => self.not(*a),
            (Node::Un(Un::No, _), [a]) => self.no(*a),
            (Node::Un(op, _), [a]) => self.count(op, *a),
            (Node::Select(..), [c, a, b]) => self.select(*c, *a, *b),
            (Node::Extract(.., signed), [value, offset, count]) => self.extract(*value, *offset, *count, signed),
            (Node::Insert(..), [value, bits, offset, count]) => self.insert(*value, *bits, *offset, *count),
            (Node::Bin(op, ..), [a, b]) => match op {
                Bin::Add => self.add(*a, *b),
                Bin::Sub => self.sub(*a, *b),
                Bin::Mul => self.mul(*a, *b),
                Bin::Div | Bin::Rem => self.divide(op, *a, *b),
                Bin::And => self.and(*a, *b),
                Bin::Or => self.or(*a, *b),
                Bin::Xor => self.xor(*a, *b),
                Bin::Shl => self.shl(*a, *b),
                Bin::Shr => self.shr(*a, *b),
                Bin::Sar => self.sar(*a, *b),
                Bin::Min => self.least(*a, *b),
                Bin::Max => self.most(*a, *b),
                Bin::Eq => self.eq(*a, *b),
                Bin::Less => self.less(*a, *b),
                Bin::LessSigned => self.less_signed(*a, *b),
                Bin::Both => self.both(*a, *b),
                Bin::Either => self.either(*a, *b),
            },
            (node, _) => panic!("{node:?} has no operands"),
        }
    }
}
