//! Comparisons. Those that find a carry become comparisons of the operands.

use super::{Bin, Graph, N, Node};

impl Graph {
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
                Node::Bin(Bin::Or, _, ones) if self.as_word(ones).is_some_and(|ones| ones & !c != 0) => {
                    return self.truth(false);
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
}
