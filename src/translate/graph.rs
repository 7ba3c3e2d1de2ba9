//! What an instruction computes, as a graph of words and truth values that folds itself while it is built.
//!
//! Equal nodes are one node. Signed and unsigned words are the same words: the operations differ.

use std::collections::HashMap;

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
}

#[derive(Default)]
pub struct Graph {
    nodes: Vec<Node>,
    known: HashMap<Node, N>,
    leaves: Vec<Leaf>,
}

/// A word of which few bits are unknown.
struct Bits {
    fixed: u32,
    /// Position and truth value of each other bit that may be one.
    open: Vec<(u32, N)>,
}

/// A condition is looked up by four flags.
const MOST_OPEN_BITS: usize = 4;

impl Graph {
    pub fn node(&self, n: N) -> Node {
        self.nodes[n as usize]
    }

    fn intern(&mut self, node: Node) -> N {
        if let Some(&n) = self.known.get(&node) {
            return n;
        }
        let n = self.nodes.len() as N;
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
        self.leaves.push(Leaf { truth: false, width });
        self.intern(Node::Leaf(self.leaves.len() as u32 - 1))
    }

    /// A new truth value.
    pub fn truth_leaf(&mut self) -> N {
        self.leaves.push(Leaf { truth: true, width: 0 });
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
        let mut seen = vec![false; n as usize + 1];
        let mut open = vec![n];
        while let Some(n) = open.pop() {
            if n == part {
                return true;
            }
            // A node is made of older ones only.
            if n > part && !std::mem::replace(&mut seen[n as usize], true) {
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

    pub fn add(&mut self, a: N, b: N) -> N {
        let (a, b) = self.ordered(a, b);
        if let Some(c) = self.as_word(b) {
            if let Some(value) = self.as_word(a) {
                return self.word(value.wrapping_add(c));
            }
            if c == 0 {
                return a;
            }
            if let Node::Bin(Bin::Add, x, y) = self.node(a) {
                if let Some(inner) = self.as_word(y) {
                    let sum = self.word(inner.wrapping_add(c));
                    return self.add(x, sum);
                }
                // x + ~y + 1
                if c == 1 {
                    for (x, y) in [(x, y), (y, x)] {
                        if let Node::Un(Un::Not, y) = self.node(y) {
                            return self.sub(x, y);
                        }
                    }
                }
            }
        }
        for (sum, carry) in [(a, b), (b, a)] {
            if let Some(merged) = self.add_second_carry(sum, carry) {
                return merged;
            }
            if let Some(borrowed) = self.add_borrow(sum, carry) {
                return borrowed;
            }
        }
        self.intern(Node::Bin(Bin::Add, a, b))
    }

    /// Two carries of which one at most is set: those of x + ~y and of that plus 1. Together they say x >= y.
    fn carries(&mut self, first: N, second: N) -> Option<N> {
        let (first, second) = (self.as_number(first)?, self.as_number(second)?);
        // The second: x + ~y is all ones (as `Less(s + 1, s)` folds).
        let Node::Bin(Bin::Eq, sum, ones) = self.node(second) else { return None };
        let (x, complement) = match self.node(sum) {
            Node::Bin(Bin::Add, x, y) if self.as_word(ones) == Some(!0) => (x, y),
            _ => return None,
        };
        // A constant that was taken to the other side: x + C is all ones when x = ~C.
        for (x, complement) in [(x, complement), (complement, x)] {
            if let Node::Un(Un::Not, y) = self.node(complement)
                && (first == self.less(sum, x) || first == self.less(sum, complement))
            {
                let below = self.less(x, y);
                return Some(self.no(below));
            }
        }
        None
    }

    /// The same with y constant: x + C carries, or x is ~C.
    fn constant_carries(&mut self, first: N, second: N) -> Option<N> {
        let (first, second) = (self.as_number(first)?, self.as_number(second)?);
        let Node::Bin(Bin::Eq, x, y) = self.node(second) else { return None };
        let y = self.as_word(y)?;
        // x >= y + 1, or x = y.
        let above = self.word(y.wrapping_add(1));
        let below = self.less(x, above);
        if y != !0 && first == self.no(below) {
            let y = self.word(y);
            let below = self.less(x, y);
            return Some(self.no(below));
        }
        None
    }

    fn merged_carries(&mut self, a: N, b: N) -> Option<N> {
        for (first, second) in [(a, b), (b, a)] {
            let merged = self.carries(first, second).or_else(|| self.constant_carries(first, second));
            if let Some(truth) = merged {
                return Some(self.number(truth));
            }
        }
        None
    }

    fn add_second_carry(&mut self, sum: N, carry: N) -> Option<N> {
        let Node::Bin(Bin::Add, p, q) = self.node(sum) else { return None };
        for (rest, first) in [(p, q), (q, p)] {
            if let Some(merged) = self.merged_carries(first, carry) {
                return Some(self.add(rest, merged));
            }
        }
        None
    }

    /// p + ~q + (x >= y) is p - q - (x < y).
    fn add_borrow(&mut self, sum: N, carry: N) -> Option<N> {
        let Node::Bin(Bin::Add, p, q) = self.node(sum) else { return None };
        let carry = self.as_number(carry)?;
        let Node::Un(Un::No, below) = self.node(carry) else { return None };
        let Node::Bin(Bin::Less, ..) = self.node(below) else { return None };
        for (p, q) in [(p, q), (q, p)] {
            let borrow = match self.node(q) {
                Node::Un(Un::Not, q) => self.sub(p, q),
                Node::Word(q) => {
                    let q = self.word(q.wrapping_add(1));
                    self.add(p, q)
                }
                _ => continue,
            };
            let below = self.number(below);
            return Some(self.sub(borrow, below));
        }
        None
    }

    pub fn sub(&mut self, a: N, b: N) -> N {
        if a == b {
            return self.word(0);
        }
        if let Some(c) = self.as_word(b) {
            let negated = self.word(c.wrapping_neg());
            return self.add(a, negated);
        }
        self.intern(Node::Bin(Bin::Sub, a, b))
    }

    /// A constant stands on the right, else the older node on the left.
    fn ordered(&self, a: N, b: N) -> (N, N) {
        match (self.as_word(a), self.as_word(b)) {
            (Some(_), None) => (b, a),
            (None, Some(_)) => (a, b),
            _ => (a.min(b), a.max(b)),
        }
    }

    pub fn and(&mut self, a: N, b: N) -> N {
        let (a, b) = self.ordered(a, b);
        if a == b {
            return a;
        }
        if let Some(mask) = self.as_word(b) {
            match (mask, self.node(a)) {
                (_, Node::Word(value)) => return self.word(value & mask),
                (0, _) => return b,
                (u32::MAX, _) => return a,
                (_, Node::Bin(Bin::And, x, y)) => {
                    if let Some(inner) = self.as_word(y) {
                        let mask = self.word(inner & mask);
                        return self.and(x, mask);
                    }
                }
                // What the mask takes away need not be put together.
                (_, Node::Bin(Bin::Or, x, y)) if self.as_word(y).is_some_and(|inner| inner & mask == 0) => {
                    return self.and(x, b);
                }
                _ => {}
            }
            if let Some(bits) = self.bits(a) {
                let open: Vec<_> = bits.open.into_iter().filter(|(at, _)| mask >> at & 1 == 1).collect();
                if open.len() <= 1 {
                    let mut value = self.word(bits.fixed & mask);
                    for (at, truth) in open {
                        let (number, at) = (self.number(truth), self.word(at));
                        let bit = self.shl(number, at);
                        value = self.or(value, bit);
                    }
                    return value;
                }
            }
            if self.width(a) <= 31 && mask | !0 << self.width(a) == !0 {
                return a;
            }
        }
        self.intern(Node::Bin(Bin::And, a, b))
    }

    pub fn or(&mut self, a: N, b: N) -> N {
        let (a, b) = self.ordered(a, b);
        if a == b {
            return a;
        }
        if let Some(mask) = self.as_word(b) {
            match (mask, self.node(a)) {
                (_, Node::Word(value)) => return self.word(value | mask),
                (0, _) => return a,
                (u32::MAX, _) => return b,
                (_, Node::Bin(Bin::Or, x, y)) => {
                    if let Some(inner) = self.as_word(y) {
                        let mask = self.word(inner | mask);
                        return self.or(x, mask);
                    }
                }
                _ => {}
            }
        }
        if let Some(merged) = self.merged_carries(a, b) {
            return merged;
        }
        // (a & b) | (a ^ b), which is how ORR is made of its terms.
        for (both, odd) in [(a, b), (b, a)] {
            match (self.node(both), self.node(odd)) {
                (Node::Bin(Bin::And, x, y), Node::Bin(Bin::Xor, p, q)) if (x, y) == (p, q) => return self.or(x, y),
                (Node::Bin(Bin::And, x, y), Node::Un(Un::Not, p)) if x == p && self.as_word(y) == Some(!0) => {
                    return self.word(!0);
                }
                _ => {}
            }
        }
        if let (Some(x), Some(y)) = (self.as_number(a), self.as_number(b)) {
            let truth = self.either(x, y);
            return self.number(truth);
        }
        self.intern(Node::Bin(Bin::Or, a, b))
    }

    pub fn xor(&mut self, a: N, b: N) -> N {
        let (a, b) = self.ordered(a, b);
        if a == b {
            return self.word(0);
        }
        if let Some(mask) = self.as_word(b) {
            match (mask, self.node(a)) {
                (_, Node::Word(value)) => return self.word(value ^ mask),
                (0, _) => return a,
                (u32::MAX, _) => return self.not(a),
                (_, Node::Bin(Bin::Xor, x, y)) => {
                    if let Some(inner) = self.as_word(y) {
                        let mask = self.word(inner ^ mask);
                        return self.xor(x, mask);
                    }
                }
                _ => {}
            }
        }
        for (turned, fill) in [(a, b), (b, a)] {
            if let Some(shifted) = self.filled_shift(turned, fill) {
                return shifted;
            }
        }
        self.intern(Node::Bin(Bin::Xor, a, b))
    }

    /// `x` of `Xor(x, fill)`.
    fn without(&self, n: N, fill: N) -> Option<N> {
        match self.node(n) {
            Node::Bin(Bin::Xor, x, y) if y == fill => Some(x),
            Node::Bin(Bin::Xor, x, y) if x == fill => Some(y),
            _ => None,
        }
    }

    /// A right shift between two turns by the same fill, as `u64_shr_fill` makes it.
    fn filled_shift(&mut self, turned: N, fill: N) -> Option<N> {
        if let Some(x) = self.without(turned, fill) {
            return Some(x);
        }
        match self.node(turned) {
            Node::Bin(Bin::Shr, inner, amount) => {
                let x = self.without(inner, fill)?;
                let all = self.word(31);
                let signs = self.sar(x, all);
                (signs == fill).then(|| self.sar(x, amount))
            }
            Node::Bin(Bin::Or, low, high) => {
                let (Node::Bin(op, p, s), Node::Bin(other, q, t)) = (self.node(low), self.node(high)) else {
                    return None;
                };
                let ((low, s), (high, t)) = match (op, other) {
                    (Bin::Shr, Bin::Shl) => ((p, s), (q, t)),
                    (Bin::Shl, Bin::Shr) => ((q, t), (p, s)),
                    _ => return None,
                };
                let (x, y) = (self.without(low, fill)?, self.without(high, fill)?);
                if self.as_word(s)? + self.as_word(t)? != 32 {
                    return None;
                }
                let (low, high) = (self.shr(x, s), self.shl(y, t));
                Some(self.or(low, high))
            }
            _ => None,
        }
    }

    pub fn shl(&mut self, a: N, amount: N) -> N {
        let Some(s) = self.as_word(amount) else { return self.intern(Node::Bin(Bin::Shl, a, amount)) };
        let s = s & 31;
        match self.node(a) {
            _ if s == 0 => return a,
            Node::Word(value) => return self.word(value << s),
            Node::Bin(Bin::Shl, x, inner) => {
                if let Some(inner) = self.as_word(inner) {
                    let sum = self.word(inner + s);
                    return if inner + s > 31 { self.word(0) } else { self.shl(x, sum) };
                }
            }
            Node::Bin(Bin::Shr, x, inner) => {
                if let Some(inner) = self.as_word(inner) {
                    return self.moved(x, s.wrapping_sub(inner) as i32, !0 >> inner << s);
                }
            }
            _ => {}
        }
        let amount = self.word(s);
        self.intern(Node::Bin(Bin::Shl, a, amount))
    }

    pub fn shr(&mut self, a: N, amount: N) -> N {
        let Some(s) = self.as_word(amount) else { return self.intern(Node::Bin(Bin::Shr, a, amount)) };
        let s = s & 31;
        match self.node(a) {
            _ if s == 0 => return a,
            Node::Word(value) => return self.word(value >> s),
            Node::Bin(Bin::Shr, x, inner) => {
                if let Some(inner) = self.as_word(inner) {
                    let sum = self.word(inner + s);
                    return if inner + s > 31 { self.word(0) } else { self.shr(x, sum) };
                }
            }
            Node::Bin(Bin::Shl, x, inner) => {
                if let Some(inner) = self.as_word(inner) {
                    return self.moved(x, inner.wrapping_sub(s) as i32, !0 << inner >> s);
                }
            }
            _ => {}
        }
        if self.width(a) <= s {
            return self.word(0);
        }
        let amount = self.word(s);
        self.intern(Node::Bin(Bin::Shr, a, amount))
    }

    /// `x` shifted up (or, negative, down), and masked.
    fn moved(&mut self, x: N, up: i32, mask: u32) -> N {
        let amount = self.word(up.unsigned_abs());
        let x = if up >= 0 { self.shl(x, amount) } else { self.shr(x, amount) };
        let mask = self.word(mask);
        self.and(x, mask)
    }

    pub fn sar(&mut self, a: N, amount: N) -> N {
        let Some(s) = self.as_word(amount) else { return self.intern(Node::Bin(Bin::Sar, a, amount)) };
        let s = s & 31;
        match self.node(a) {
            _ if s == 0 => return a,
            Node::Word(value) => return self.word((value as i32 >> s) as u32),
            Node::Bin(Bin::Sar, x, inner) => {
                if let Some(inner) = self.as_word(inner) {
                    let sum = self.word((inner + s).min(31));
                    return self.sar(x, sum);
                }
            }
            _ => {}
        }
        if self.width(a) < 32 {
            return self.shr(a, amount);
        }
        let amount = self.word(s);
        self.intern(Node::Bin(Bin::Sar, a, amount))
    }

    pub fn mul(&mut self, a: N, b: N) -> N {
        let (a, b) = self.ordered(a, b);
        match (self.as_word(a), self.as_word(b)) {
            (Some(a), Some(b)) => self.word(a.wrapping_mul(b)),
            (_, Some(0)) => b,
            (_, Some(1)) => a,
            _ => self.intern(Node::Bin(Bin::Mul, a, b)),
        }
    }

    /// Quotient and remainder as WGSL has them: by zero they are the dividend, and zero.
    pub fn divide(&mut self, op: Bin, a: N, b: N) -> N {
        match (op, self.as_word(a), self.as_word(b)) {
            (Bin::Div, _, Some(0)) => a,
            (Bin::Rem, _, Some(0)) => b,
            (Bin::Div, Some(a), Some(b)) => self.word(a.checked_div(b).unwrap_or(a)),
            (Bin::Rem, Some(a), Some(b)) => self.word(a.checked_rem(b).unwrap_or(0)),
            _ => self.intern(Node::Bin(op, a, b)),
        }
    }

    pub fn least(&mut self, a: N, b: N) -> N {
        match (self.as_word(a), self.as_word(b)) {
            (Some(a), Some(b)) => self.word(a.min(b)),
            _ => self.intern(Node::Bin(Bin::Min, a, b)),
        }
    }

    pub fn most(&mut self, a: N, b: N) -> N {
        match (self.as_word(a), self.as_word(b)) {
            (Some(a), Some(b)) => self.word(a.max(b)),
            _ => self.intern(Node::Bin(Bin::Max, a, b)),
        }
    }

    pub fn extract(&mut self, value: N, offset: N, count: N, signed: bool) -> N {
        if let (Some(offset), Some(count)) = (self.as_word(offset), self.as_word(count)) {
            let offset = offset.min(32);
            let count = count.min(32 - offset);
            if count == 0 {
                return self.word(0);
            }
            let (up, down) = (self.word(32 - offset - count), self.word(32 - count));
            let top = self.shl(value, up);
            return if signed { self.sar(top, down) } else { self.shr(top, down) };
        }
        self.intern(Node::Extract(value, offset, count, signed))
    }

    pub fn insert(&mut self, value: N, bits: N, offset: N, count: N) -> N {
        if let (Some(offset), Some(count)) = (self.as_word(offset), self.as_word(count)) {
            let offset = offset.min(32);
            let count = count.min(32 - offset);
            let mask = if count == 0 { 0 } else { !0u32 >> (32 - count) << offset };
            let (keep, mask, offset) = (self.word(!mask), self.word(mask), self.word(offset & 31));
            let moved = self.shl(bits, offset);
            let (old, new) = (self.and(value, keep), self.and(moved, mask));
            return self.or(old, new);
        }
        self.intern(Node::Insert(value, bits, offset, count))
    }

    pub fn less(&mut self, a: N, b: N) -> N {
        match (self.as_word(a), self.as_word(b)) {
            (Some(a), Some(b)) => return self.truth(a < b),
            (_, Some(0)) | (Some(u32::MAX), _) => return self.truth(false),
            (_, Some(1)) => {
                let zero = self.word(0);
                return self.eq(a, zero);
            }
            (Some(0), _) => {
                let zero = self.eq(b, a);
                return self.no(zero);
            }
            _ if a == b => return self.truth(false),
            _ => {}
        }
        // The carry of x + C.
        if let Node::Bin(Bin::Add, x, c) = self.node(a)
            && let Some(c) = self.as_word(c)
            && x == b
        {
            if c == 1 {
                let ones = self.word(!0);
                return self.eq(x, ones);
            }
            let limit = self.word(c.wrapping_neg());
            let below = self.less(x, limit);
            return self.no(below);
        }
        // The carry of (x + ~y) + 1, which is x - y.
        if let (Node::Bin(Bin::Sub, x, y), Node::Bin(Bin::Add, ..)) = (self.node(a), self.node(b)) {
            let complement = self.not(y);
            if self.add(x, complement) == b {
                let ones = self.word(!0);
                return self.eq(b, ones);
            }
        }
        // The carry of (x + C) + 1.
        if let (Node::Bin(Bin::Add, x, c), Node::Bin(Bin::Add, y, d)) = (self.node(a), self.node(b))
            && let (Some(c), Some(d)) = (self.as_word(c), self.as_word(d))
            && x == y
            && c == d.wrapping_add(1)
        {
            let full = self.word(!d);
            return self.eq(x, full);
        }
        // x - 1 against x + ~1 ends here too: (x + C) + 1 = x.
        if let Node::Bin(Bin::Add, x, d) = self.node(b)
            && let Some(d) = self.as_word(d)
            && x == a
            && d == !0
        {
            let zero = self.word(0);
            return self.eq(x, zero);
        }
        self.intern(Node::Bin(Bin::Less, a, b))
    }

    pub fn less_signed(&mut self, a: N, b: N) -> N {
        match (self.as_word(a), self.as_word(b)) {
            (Some(a), Some(b)) => self.truth((a as i32) < b as i32),
            _ if a == b => self.truth(false),
            _ => self.intern(Node::Bin(Bin::LessSigned, a, b)),
        }
    }

    pub fn eq(&mut self, a: N, b: N) -> N {
        if a == b {
            return self.truth(true);
        }
        if self.is_truth(a) {
            return match (self.as_truth(a), self.as_truth(b)) {
                (Some(x), Some(y)) => self.truth(x == y),
                (Some(x), None) => {
                    if x {
                        b
                    } else {
                        self.no(b)
                    }
                }
                (None, Some(y)) => {
                    if y {
                        a
                    } else {
                        self.no(a)
                    }
                }
                _ => {
                    let not = self.no(b);
                    self.select(a, b, not)
                }
            };
        }
        let (a, b) = self.ordered(a, b);
        if let Some(c) = self.as_word(b) {
            match self.node(a) {
                Node::Word(value) => return self.truth(value == c),
                Node::Select(condition, x, y) => {
                    if let (Some(x), Some(y)) = (self.as_word(x), self.as_word(y)) {
                        let (x, y) = (self.truth(x == c), self.truth(y == c));
                        return self.select(condition, x, y);
                    }
                }
                Node::Bin(Bin::And, x, mask) if c == 0 && self.as_word(mask).is_some() => {
                    if let Some(truth) = self.table(x, mask) {
                        return self.no(truth);
                    }
                }
                _ => {}
            }
            if let Some(bits) = self.bits(a) {
                // All open bits and the fixed ones have to agree.
                let open_mask: u32 = bits.open.iter().map(|(at, _)| 1 << at).sum();
                if (bits.fixed ^ c) & !open_mask != 0 {
                    return self.truth(false);
                }
                let mut all = self.truth(true);
                for (at, truth) in bits.open {
                    let agrees = if c >> at & 1 == 1 { truth } else { self.no(truth) };
                    all = self.both(all, agrees);
                }
                return all;
            }
        }
        self.intern(Node::Bin(Bin::Eq, a, b))
    }

    /// How many low bits may be other than zero.
    fn width(&self, n: N) -> u32 {
        match self.node(n) {
            Node::Word(value) => 32 - value.leading_zeros(),
            Node::Leaf(leaf) => self.leaves[leaf as usize].width,
            Node::Select(_, a, b) => self.width(a).max(self.width(b)),
            Node::Bin(Bin::And, a, b) => self.width(a).min(self.width(b)),
            Node::Bin(Bin::Or | Bin::Xor, a, b) => self.width(a).max(self.width(b)),
            Node::Bin(Bin::Shl, a, s) => self.as_word(s).map_or(32, |s| (self.width(a) + s).min(32)),
            Node::Bin(Bin::Shr, a, s) => self.as_word(s).map_or(32, |s| self.width(a).saturating_sub(s)),
            _ => 32,
        }
    }

    /// The word as fixed and open bits; `None` if more than four are open.
    fn bits(&mut self, n: N) -> Option<Bits> {
        let bits = match self.node(n) {
            Node::Word(fixed) => Bits { fixed, open: vec![] },
            Node::Leaf(leaf) => {
                let width = self.leaves[leaf as usize].width;
                if width as usize > MOST_OPEN_BITS {
                    return None;
                }
                let open = (0..width).map(|at| (at, self.bit_of(n, at))).collect();
                Bits { fixed: 0, open }
            }
            Node::Select(condition, a, b) => {
                let (a, b) = (self.bits(a)?, self.bits(b)?);
                let mut open = Vec::new();
                let mut fixed = 0;
                for at in 0..32 {
                    let (x, y) = (self.bit(&a, at), self.bit(&b, at));
                    let bit = self.select(condition, x, y);
                    match self.as_truth(bit) {
                        Some(bit) => fixed |= u32::from(bit) << at,
                        None => open.push((at, bit)),
                    }
                }
                Bits { fixed, open }
            }
            Node::Bin(Bin::Shl, a, s) => {
                let (s, a) = (self.as_word(s)?, self.bits(a)?);
                let open = a.open.into_iter().filter(|(at, _)| at + s < 32).map(|(at, bit)| (at + s, bit)).collect();
                Bits { fixed: a.fixed << s, open }
            }
            Node::Bin(Bin::Shr, a, s) => {
                let s = self.as_word(s)?;
                if s == 31 && self.bits(a).is_none() {
                    let zero = self.word(0);
                    let sign = self.less_signed(a, zero);
                    Bits { fixed: 0, open: vec![(0, sign)] }
                } else {
                    let a = self.bits(a)?;
                    let open = a.open.into_iter().filter(|(at, _)| *at >= s).map(|(at, bit)| (at - s, bit)).collect();
                    Bits { fixed: a.fixed >> s, open }
                }
            }
            Node::Bin(Bin::And, a, m) => {
                let mask = self.as_word(m)?;
                match self.bits(a) {
                    Some(a) => {
                        let open = a.open.into_iter().filter(|(at, _)| mask >> at & 1 == 1).collect();
                        Bits { fixed: a.fixed & mask, open }
                    }
                    None if mask.count_ones() == 1 => {
                        let at = mask.trailing_zeros();
                        let bit = self.bit_of(a, at);
                        Bits { fixed: 0, open: vec![(at, bit)] }
                    }
                    None => return None,
                }
            }
            Node::Bin(Bin::Or, a, b) => {
                let (a, b) = (self.bits(a)?, self.bits(b)?);
                let mut open = Vec::new();
                let mut fixed = 0;
                for at in 0..32 {
                    let (x, y) = (self.bit(&a, at), self.bit(&b, at));
                    let bit = self.either(x, y);
                    match self.as_truth(bit) {
                        Some(bit) => fixed |= u32::from(bit) << at,
                        None => open.push((at, bit)),
                    }
                }
                Bits { fixed, open }
            }
            Node::Bin(Bin::Xor, a, m) => {
                let mask = self.as_word(m)?;
                let a = self.bits(a)?;
                let mut open = a.open;
                for (at, bit) in &mut open {
                    if mask >> *at & 1 == 1 {
                        *bit = self.no(*bit);
                    }
                }
                let open_mask: u32 = open.iter().map(|(at, _)| 1 << at).sum();
                Bits { fixed: (a.fixed ^ mask) & !open_mask, open }
            }
            _ => return None,
        };
        (bits.open.len() <= MOST_OPEN_BITS).then_some(bits)
    }

    fn bit(&mut self, bits: &Bits, at: u32) -> N {
        match bits.open.iter().find(|(position, _)| *position == at) {
            Some((_, truth)) => *truth,
            None => self.truth(bits.fixed >> at & 1 == 1),
        }
    }

    /// Whether bit `at` of a word is set. Made as it is: folding would come back here.
    fn bit_of(&mut self, n: N, at: u32) -> N {
        if let Node::Bin(Bin::Shr, inner, amount) = self.node(n)
            && let Some(amount) = self.as_word(amount)
            && amount + at < 32
        {
            return self.bit_of(inner, at + amount);
        }
        let zero = self.word(0);
        if at == 31 {
            return self.less_signed(n, zero);
        }
        let mask = self.word(1 << at);
        let masked = self.intern(Node::Bin(Bin::And, n, mask));
        let clear = self.intern(Node::Bin(Bin::Eq, masked, zero));
        self.no(clear)
    }

    /// `(T >> index) & 1` of a constant T and an index with few open bits, as a truth value.
    fn table(&mut self, n: N, mask: N) -> Option<N> {
        if self.as_word(mask) != Some(1) {
            return None;
        }
        let Node::Bin(Bin::Shr, table, index) = self.node(n) else { return None };
        let table = self.as_word(table)?;
        let (index, offset) = match self.node(index) {
            Node::Bin(Bin::Add, index, offset) => (index, self.as_word(offset)?),
            _ => (index, 0),
        };
        let bits = self.bits(index)?;
        let table: Vec<bool> = (0..1u32 << bits.open.len())
            .map(|choice| {
                let spread = bits.open.iter().enumerate().map(|(n, (at, _))| (choice >> n & 1) << at).sum::<u32>();
                table >> ((bits.fixed + spread + offset) & 31) & 1 == 1
            })
            .collect();
        let variables: Vec<N> = bits.open.iter().map(|(_, truth)| *truth).collect();
        Some(self.function(&table, &variables))
    }

    /// The truth function with this table; the last variable is the upper half of it.
    fn function(&mut self, table: &[bool], variables: &[N]) -> N {
        let Some((last, rest)) = variables.split_last() else { return self.truth(table[0]) };
        let (low, high) = table.split_at(table.len() / 2);
        let (low, high) = (self.function(low, rest), self.function(high, rest));
        self.select(*last, high, low)
    }
}

#[cfg(test)]
impl Graph {
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
