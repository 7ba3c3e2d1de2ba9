//! Random words of an encoding, for tests and training data.

use super::{Encoding, find};

/// A word of `encoding` with its fields filled from `bits`; bits that should be one or zero are so.
///
/// Draws again while the word is unallocated or belongs to a narrower encoding; `None` when 4,096 draws were not enough.
pub fn sample(encoding: &Encoding, mut bits: impl FnMut() -> u32) -> Option<u32> {
    let pattern = encoding.pattern;
    let (ones, zeros) = (pattern.bits_named('o'), pattern.bits_named('z'));
    (0..4096)
        .map(|_| (bits() & !(pattern.mask | zeros)) | pattern.value | ones)
        .find(|word| find(*word).is_some_and(|found| found.name == encoding.name))
}

#[cfg(test)]
mod tests {
    use super::super::encodings;
    use super::*;

    #[test]
    fn every_encoding_has_words() {
        let mut state = 1u64;
        for encoding in encodings() {
            for _ in 0..100 {
                let word = sample(encoding, || {
                    state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    (state >> 32) as u32
                });
                assert!(word.is_some_and(|word| encoding.matches(word)), "{}", encoding.name);
            }
        }
    }

    #[test]
    fn should_be_bits_are_so() {
        let ldar = encodings().find(|encoding| encoding.name == "LDAR").expect("LDAR");
        assert_eq!(sample(ldar, || 0).expect("a word") & 0x001f_7c00, 0x001f_7c00);
        let addg = encodings().find(|encoding| encoding.name == "ADDG").expect("ADDG");
        assert_eq!(sample(addg, || !0).expect("a word") & 0xc000, 0);
    }
}
