//! Bits, 32 to a word, as the shaders have them.

/// A list of bits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mask {
    words: Vec<u32>,
    bits: usize,
}

impl Mask {
    pub fn from_words(words: Vec<u32>, bits: usize) -> Mask {
        debug_assert_eq!(words.len(), bits.div_ceil(32));
        Mask { words, bits }
    }

    pub fn push(&mut self, bit: bool) {
        if self.bits.is_multiple_of(32) {
            self.words.push(0);
        }
        self.bits += 1;
        self.set(self.bits - 1, bit);
    }

    pub fn get(&self, index: usize) -> bool {
        self.words[index / 32] >> (index % 32) & 1 != 0
    }

    pub fn set(&mut self, index: usize, bit: bool) {
        let word = &mut self.words[index / 32];
        *word = *word & !(1 << (index % 32)) | u32::from(bit) << (index % 32);
    }

    pub fn words(&self) -> &[u32] {
        &self.words
    }
}
