//! What the dispatch networks see of an instruction word: the counterpart of `wgsl/neural/dispatch.wgsl`.

/// Inputs that the embedding network can have: an opcode byte and twelve features.
pub const EMBEDDING_INPUTS: u32 = 1 << 20;
/// Inputs that the simple network can have.
pub const SIMPLE_INPUTS: u32 = 1 << 8;
/// The bits that the simple network sees, the first of them as feature 0: of all sets of eight that a greedy search with
/// exchanges met, the one from which a perfect classifier would know the kernel most often, kernels weighted alike (97.8 %).
pub const SIMPLE_BITS: [u32; 8] = [10, 24, 25, 26, 27, 28, 30, 31];

/// The embedding network's input: the opcode byte in bits 19..12, feature n in bit n.
///
/// | feature | of the word |
/// |---|---|
/// | 0 to 7 | bits 10 to 17 |
/// | 8 | with bit 10 set: bit 19 or bit 20; otherwise the parity of bits 18, 19 and 20 |
/// | 9 to 11 | bits 21 to 23 |
///
/// Each of bits 10 to 23 is the only one that tells some two kernels apart, and that is fourteen bits for twelve
/// features. Feature 8 says what remains to be told: a vector immediate is a shift where bits 22..19 are not all zero
/// (bit 10 is set there), and the conversions and two-register operations (bit 10 is clear) differ by parity.
/// [`super::labels`] proves that this is enough.
pub fn embedding_input(word: u32) -> u32 {
    let any = word >> 19 | word >> 20;
    let parity = word >> 18 ^ word >> 19 ^ word >> 20;
    let mixed = if word & 1 << 10 != 0 { any } else { parity } & 1;
    (word >> 24) << 12 | (word >> 21 & 7) << 9 | mixed << 8 | (word >> 10 & 0xff)
}

/// A word that has this input.
pub fn embedding_word(input: u32) -> u32 {
    (input >> 12) << 24 | (input >> 9 & 7) << 21 | (input >> 8 & 1) << 20 | (input & 0xff) << 10
}

/// The simple network's input: feature n in bit n.
pub fn simple_input(word: u32) -> u32 {
    SIMPLE_BITS.iter().enumerate().fold(0, |input, (n, bit)| input | (word >> bit & 1) << n)
}

/// A word that has this input.
pub fn simple_word(input: u32) -> u32 {
    SIMPLE_BITS.iter().enumerate().fold(0, |word, (n, bit)| word | (input >> n & 1) << bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_has_a_word() {
        assert!((0..EMBEDDING_INPUTS).all(|input| embedding_input(embedding_word(input)) == input));
        assert!((0..SIMPLE_INPUTS).all(|input| simple_input(simple_word(input)) == input));
    }

    /// Lanes find what either network chose by the embedding network's input.
    #[test]
    fn the_embedding_input_has_what_the_simple_network_sees() {
        for word in (0..1 << 22).map(|cell: u32| cell << 10) {
            assert_eq!(simple_input(word), simple_input(embedding_word(embedding_input(word))), "{word:#010x}");
        }
    }

    #[test]
    fn only_bits_10_and_up_matter() {
        for word in (0..1 << 22).step_by(7).map(|cell: u32| cell << 10) {
            assert_eq!(embedding_input(word), embedding_input(word | 0x3ff));
            assert_eq!(simple_input(word), simple_input(word | 0x3ff));
        }
    }
}
