//! What is known of a word of which few bits are not: flags, and what is looked up by them.

use super::{Bin, Graph, N, Node};

/// A word of which few bits are unknown.
#[derive(Clone)]
pub(super) struct Bits {
    pub(super) fixed: u32,
    /// Position and truth value of each other bit that may be one.
    pub(super) open: Vec<(u32, N)>,
}

/// What a word is at the most.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// How many low bits may be other than zero.
    width: u32,
    most: u32,
}

/// A condition is looked up by four flags.
const MOST_OPEN_BITS: usize = 4;

impl Graph {
    /// What is known of a node that is made of others.
    pub(super) fn bounds_of(&self, node: Node) -> Bounds {
        let width = match node {
            Node::Word(value) => 32 - value.leading_zeros(),
            Node::Leaf(leaf) => self.leaves[leaf as usize].width,
            Node::Select(_, a, b) => self.width(a).max(self.width(b)),
            Node::Bin(Bin::And, a, b) => self.width(a).min(self.width(b)),
            Node::Bin(Bin::Or | Bin::Xor, a, b) => self.width(a).max(self.width(b)),
            Node::Bin(Bin::Shl, a, s) => self.as_word(s).map_or(32, |s| (self.width(a) + s).min(32)),
            Node::Bin(Bin::Shr, a, s) => self.as_word(s).map_or(32, |s| self.width(a).saturating_sub(s)),
            _ => 32,
        };
        let most = match node {
            Node::Word(value) => value,
            Node::Bin(Bin::And, a, b) => self.most_of(a).min(self.most_of(b)),
            Node::Bin(Bin::Shl, a, s) => match self.as_word(s) {
                Some(s) if self.width(a) + s <= 32 => self.most_of(a) << s,
                _ => !0,
            },
            _ => !0 >> 32u32.saturating_sub(width).min(31),
        };
        Bounds { width, most }
    }

    /// How many low bits may be other than zero.
    pub(super) fn width(&self, n: N) -> u32 {
        self.bounds[n as usize].width
    }

    /// What a word is at the most.
    pub(super) fn most_of(&self, n: N) -> u32 {
        self.bounds[n as usize].most
    }

    /// How many of the lowest bits are zero.
    pub(super) fn low(&self, n: N) -> u32 {
        match self.node(n) {
            Node::Word(value) => value.trailing_zeros(),
            Node::Leaf(leaf) => self.leaves[leaf as usize].low,
            _ => 0,
        }
    }

    /// A word that is the same where the mask has bits, without what only gives others.
    pub(super) fn seen_through(&mut self, n: N, mask: u32) -> N {
        match self.node(n) {
            Node::Bin(Bin::Or, x, y) if self.as_word(y).is_some_and(|bits| bits & mask == 0) => {
                self.seen_through(x, mask)
            }
            Node::Bin(Bin::And, x, y) if self.as_word(y).is_some_and(|bits| !bits & mask == 0) => {
                self.seen_through(x, mask)
            }
            Node::Bin(Bin::Xor, x, y) => {
                if let Some(&seen) = self.seen_through.get(&(n, mask)) {
                    return seen;
                }
                let (a, b) = (self.seen_through(x, mask), self.seen_through(y, mask));
                let seen = if (a, b) == (x, y) { n } else { self.xor(a, b) };
                self.seen_through.insert((n, mask), seen);
                seen
            }
            _ => n,
        }
    }

    /// `(x ^ y) & upper | y & lower` as one field, where x has nothing in `lower`.
    pub(super) fn joined_fields(&mut self, a: N, b: N) -> Option<N> {
        for (fields, field) in [(a, b), (b, a)] {
            let (Node::Bin(Bin::And, xor, upper), Node::Bin(Bin::And, y, lower)) =
                (self.node(fields), self.node(field))
            else {
                continue;
            };
            let Node::Bin(Bin::Xor, p, q) = self.node(xor) else { continue };
            let x = if p == y { q } else { p };
            let (Some(upper), Some(lower)) = (self.as_word(upper), self.as_word(lower)) else { continue };
            if (p == y || q == y) && lower >> self.low(x).min(31) == 0 {
                let mask = self.word(upper | lower);
                return Some(self.and(xor, mask));
            }
        }
        None
    }

    /// The word as fixed and open bits; `None` if more than four are open.
    pub(super) fn bits(&mut self, n: N) -> Option<Bits> {
        if !matches!(self.node(n), Node::Select(..) | Node::Bin(..)) {
            return self.find_bits(n);
        }
        if let Some(known) = self.bits.get(&n) {
            return known.clone();
        }
        let bits = self.find_bits(n);
        self.bits.insert(n, bits.clone());
        bits
    }

    fn find_bits(&mut self, n: N) -> Option<Bits> {
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

    pub(super) fn bit(&mut self, bits: &Bits, at: u32) -> N {
        match bits.open.iter().find(|(position, _)| *position == at) {
            Some((_, truth)) => *truth,
            None => self.truth(bits.fixed >> at & 1 == 1),
        }
    }

    /// Whether bit `at` of a word is set. Made as it is: folding would come back here.
    pub(super) fn bit_of(&mut self, n: N, at: u32) -> N {
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
    pub(super) fn table(&mut self, n: N, mask: N) -> Option<N> {
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
    pub(super) fn function(&mut self, table: &[bool], variables: &[N]) -> N {
        let Some((last, rest)) = variables.split_last() else { return self.truth(table[0]) };
        let (low, high) = table.split_at(table.len() / 2);
        let (low, high) = (self.function(low, rest), self.function(high, rest));
        self.select(*last, high, low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two words that are made of each other again and again: 2^100 ways lead from the last to the first. None may be
    /// gone twice, or this does not end.
    #[test]
    fn what_is_known_of_a_word_is_found_once() {
        let make: [fn(&mut Graph, N, N) -> N; 4] = [
            |graph, a, b| graph.or(a, b),
            |graph, a, b| graph.and(a, b),
            |graph, a, b| {
                let three = graph.word(3);
                let turned = graph.mul(b, three);
                graph.xor(a, turned)
            },
            |graph, a, b| {
                let condition = graph.truth_leaf();
                graph.select(condition, a, b)
            },
        ];
        for (n, make) in make.into_iter().enumerate() {
            for width in [1, 9] {
                let mut graph = Graph::default();
                let (mut a, mut b) = (graph.leaf(width), graph.leaf(width));
                for _ in 0..100 {
                    (a, b) = (make(&mut graph, b, a), a);
                }
                let (ten, four, mask) = (graph.word(10), graph.word(4), graph.word(6));
                let (high, masked) = (graph.shr(a, ten), graph.and(a, mask));
                let (equal, bits) = (graph.eq(a, four), graph.bits(a));
                let is_product = n == 2;
                assert_eq!(graph.width(a), if is_product { 32 } else { width }, "{n}");
                assert_eq!(graph.as_word(high), if is_product { None } else { Some(0) }, "{n}");
                // By the one bit that is open.
                let narrow = width == 1 && (n == 0 || n == 3);
                assert_eq!(graph.as_word(masked), narrow.then_some(0), "{n}");
                assert_eq!(graph.as_truth(equal), narrow.then_some(false), "{n}");
                assert!(bits.is_none_or(|bits| bits.fixed == 0 && bits.open.len() == 1), "{n}");
            }
        }
    }
}
