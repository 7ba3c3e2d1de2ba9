//! Operations on bits: masks, shifts and fields.

use super::{Bin, Graph, N, Node, Un};

impl Graph {
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
                (_, Node::Un(Un::Not, inner)) if self.has_all(inner, mask) => return self.word(0),
                // What the mask takes away need not be put together.
                _ => {
                    let x = self.seen_through(a, mask);
                    if x != a {
                        return self.and(x, b);
                    }
                }
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
            let above = if self.width(a) <= 31 { !0 << self.width(a) } else { 0 };
            let below = (1 << self.low(a).min(31)) - 1;
            if mask | above | below == !0 {
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
        for (terms, c) in [(a, b), (b, a)] {
            if let Some(joined) = self.joined_fields(terms, c) {
                return joined;
            }
            let Node::Bin(Bin::Or, x, y) = self.node(terms) else { continue };
            for (term, other) in [(x, y), (y, x)] {
                if let Some(joined) = self.joined_fields(term, c) {
                    return self.or(joined, other);
                }
            }
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
    pub(super) fn without(&self, n: N, fill: N) -> Option<N> {
        match self.node(n) {
            Node::Bin(Bin::Xor, x, y) if y == fill => Some(x),
            Node::Bin(Bin::Xor, x, y) if x == fill => Some(y),
            _ => None,
        }
    }

    /// A right shift between two turns by the same fill, as `u64_shr_fill` makes it.
    pub(super) fn filled_shift(&mut self, turned: N, fill: N) -> Option<N> {
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
    pub(super) fn moved(&mut self, x: N, up: i32, mask: u32) -> N {
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

    /// Whether all bits of a mask are set, as a constant says that is part of the word.
    fn has_all(&self, n: N, mask: u32) -> bool {
        match self.node(n) {
            Node::Word(value) => value & mask == mask,
            Node::Bin(Bin::Or, _, y) => self.as_word(y).is_some_and(|bits| bits & mask == mask),
            _ => false,
        }
    }

    /// The mask of a field of a known size that does not reach over the end of the word, so that nothing has to see to that.
    fn field_mask(&self, offset: N, count: N) -> Option<u32> {
        let count = self.as_word(count)?;
        let fits = count < 32 && self.most_of(offset) <= 32 - count;
        fits.then(|| (1 << count) - 1)
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
        if let (Some(mask), false) = (self.field_mask(offset, count), signed) {
            let (shifted, mask) = (self.shr(value, offset), self.word(mask));
            return self.and(shifted, mask);
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
        if let Some(mask) = self.field_mask(offset, count) {
            let mask = self.word(mask);
            let (low, place) = (self.and(bits, mask), self.shl(mask, offset));
            let (keep, new) = (self.not(place), self.shl(low, offset));
            let old = self.and(value, keep);
            return self.or(old, new);
        }
        self.intern(Node::Insert(value, bits, offset, count))
    }
}
