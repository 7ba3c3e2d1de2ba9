//! Sums, with the carries of longer ones, products and quotients.

use super::{Bin, Graph, N, Node, Un};

impl Graph {
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
    pub(super) fn carries(&mut self, first: N, second: N) -> Option<N> {
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
    pub(super) fn constant_carries(&mut self, first: N, second: N) -> Option<N> {
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

    pub(super) fn merged_carries(&mut self, a: N, b: N) -> Option<N> {
        for (first, second) in [(a, b), (b, a)] {
            let merged = self.carries(first, second).or_else(|| self.constant_carries(first, second));
            if let Some(truth) = merged {
                return Some(self.number(truth));
            }
        }
        None
    }

    pub(super) fn add_second_carry(&mut self, sum: N, carry: N) -> Option<N> {
        let Node::Bin(Bin::Add, p, q) = self.node(sum) else { return None };
        for (rest, first) in [(p, q), (q, p)] {
            if let Some(merged) = self.merged_carries(first, carry) {
                return Some(self.add(rest, merged));
            }
        }
        None
    }

    /// p + ~q + (x >= y) is p - q - (x < y).
    pub(super) fn add_borrow(&mut self, sum: N, carry: N) -> Option<N> {
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
    pub(super) fn ordered(&self, a: N, b: N) -> (N, N) {
        match (self.as_word(a), self.as_word(b)) {
            (Some(_), None) => (b, a),
            (None, Some(_)) => (a, b),
            _ => (a.min(b), a.max(b)),
        }
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
}
