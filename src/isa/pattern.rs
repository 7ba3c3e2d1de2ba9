//! Bit patterns: 32 characters of `0`, `1` and field letters, spaces between them at will.

/// A pattern over the 32 bits of an instruction word, most significant bit first.
///
/// `0` and `1` are fixed; any other character names the field that the bit belongs to. `o` and `z` stand for the
/// manual's "(1)" and "(0)": bits that should be so, but that decode does not look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The text as written.
    pub text: &'static str,
    /// Bits that are fixed.
    pub mask: u32,
    /// Their values.
    pub value: u32,
}

impl Pattern {
    /// Parses a pattern; a length other than 32 fails at compile time when used in a constant.
    pub const fn new(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        let (mut mask, mut value, mut bits, mut at) = (0u32, 0u32, 0, 0);
        while at < bytes.len() {
            if bytes[at] != b' ' {
                mask <<= 1;
                value <<= 1;
                if bytes[at] == b'0' || bytes[at] == b'1' {
                    mask |= 1;
                    value |= (bytes[at] - b'0') as u32;
                }
                bits += 1;
            }
            at += 1;
        }
        assert!(bits == 32, "a pattern has 32 bits");
        Self { text, mask, value }
    }

    /// Whether `word` has the fixed bits.
    pub const fn matches(&self, word: u32) -> bool {
        word & self.mask == self.value
    }

    /// Whether some word matches both patterns.
    pub const fn overlaps(&self, other: &Self) -> bool {
        (self.value ^ other.value) & self.mask & other.mask == 0
    }

    /// The letter of `bit` (0 is the least significant), `0` and `1` included.
    pub fn letter(&self, bit: u32) -> char {
        self.text.chars().filter(|c| *c != ' ').nth(31 - bit as usize).unwrap_or('.')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_fixed_bits() {
        let add = Pattern::new("s0 0 100010 h iiiiiiiiiiii nnnnn ddddd");
        assert_eq!((add.mask, add.value), (0x7f80_0000, 0x1100_0000));
        assert!(add.matches(0x9100_0400) && !add.matches(0xd100_0400));
        assert_eq!((add.letter(31), add.letter(22), add.letter(0)), ('s', 'h', 'd'));
    }

    #[test]
    fn overlap_needs_a_common_word() {
        let a = Pattern::new("0000 1111 iiiiiiiiiiiiiiiiiiiiiiii");
        let b = Pattern::new("iiii 1111 0000 iiiiiiiiiiiiiiiiiiii");
        let c = Pattern::new("1iii 1111 0000 iiiiiiiiiiiiiiiiiiii");
        assert!(a.overlaps(&b) && b.overlaps(&c) && !a.overlaps(&c));
    }
}
