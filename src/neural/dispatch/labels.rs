//! The kernel that the encoding table gives to every input of the networks.
//!
//! Both networks see only bits 31..10 of a word. A *cell* is what the 1,024 words with the same such bits have in common:
//! the table is asked for all 2^22 of them, which speaks for all 2^32 words.

use super::inputs;
use crate::isa::{self, Encoding, Kernel};

/// Number of cells.
pub const CELLS: u32 = 1 << 22;
/// Bits of a word below its cell.
const LOW_BITS: u32 = 0x3ff;

/// Two encodings of different kernels that a network cannot tell apart.
#[derive(Debug, thiserror::Error)]
#[error(
    "{first} ({first_word:#010x}) and {second} ({second_word:#010x}) have different kernels and the same input: \
    the features of src/neural/dispatch/inputs.rs do not suffice any more"
)]
pub struct Conflict {
    first: &'static str,
    first_word: u32,
    second: &'static str,
    second_word: u32,
}

/// Calls `visit` with each cell and each encoding that some word of it has.
pub fn for_each_encoding(mut visit: impl FnMut(u32, &'static Encoding)) {
    let mut lines: Vec<&'static Encoding> = isa::encodings().collect();
    lines.sort_by_key(|encoding| std::cmp::Reverse(encoding.pattern.mask.count_ones()));
    for bucket in 0..CELLS >> 11 {
        let top = bucket << 21;
        let near = |e: &&&Encoding| (top ^ e.pattern.value) & e.pattern.mask & !0 << 21 == 0;
        let candidates: Vec<&'static Encoding> = lines.iter().filter(near).copied().collect();
        if candidates.is_empty() {
            continue;
        }
        for cell in bucket << 11..(bucket + 1) << 11 {
            let word = cell << 10;
            for encoding in &candidates {
                // How the pattern and what it rejects stand to the 1,024 words.
                let meets = |mask: u32, value: u32| (word ^ value) & mask & !LOW_BITS == 0;
                let pattern = encoding.pattern;
                if !meets(pattern.mask, pattern.value) {
                    continue;
                }
                let mut rejects = encoding.rejects.iter().filter(|reject| meets(reject.mask, reject.value)).peekable();
                let in_part = pattern.mask & LOW_BITS != 0 || rejects.peek().is_some();
                if rejects.any(|reject| reject.mask & LOW_BITS == 0) {
                    continue;
                }
                visit(cell, encoding);
                if !in_part {
                    break;
                }
            }
        }
    }
}

/// The kernel of each of the embedding network's inputs; `None` where no word is allocated.
pub fn embedding_labels() -> Result<Vec<Option<Kernel>>, Conflict> {
    let mut owners: Vec<Option<(u32, &'static Encoding)>> = vec![None; inputs::EMBEDDING_INPUTS as usize];
    let mut conflict = None;
    for_each_encoding(|cell, encoding| {
        let word = cell << 10;
        let owner = owners[inputs::embedding_input(word) as usize].get_or_insert((word, encoding));
        if owner.1.kernel != encoding.kernel && conflict.is_none() {
            conflict =
                Some(Conflict { first: owner.1.name, first_word: owner.0, second: encoding.name, second_word: word });
        }
    });
    match conflict {
        Some(conflict) => Err(conflict),
        None => Ok(owners.into_iter().map(|owner| owner.map(|(_, encoding)| encoding.kernel)).collect()),
    }
}

/// How many words of each kernel have each of the simple network's inputs. A cell that is allocated in part counts whole.
pub fn simple_counts() -> Vec<[u64; 7]> {
    let mut counts = vec![[0; 7]; inputs::SIMPLE_INPUTS as usize];
    let mut last = None;
    for_each_encoding(|cell, encoding| {
        if last.replace(cell) != Some(cell) {
            counts[inputs::simple_input(cell << 10) as usize][encoding.kernel as usize] += u64::from(LOW_BITS + 1);
        }
    });
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neural::inputs::embedding_input;

    /// The features suffice, and what they are asked for agrees with the table word by word.
    #[test]
    fn every_allocated_word_has_the_kernel_of_its_input() {
        let labels = embedding_labels().unwrap_or_else(|conflict| panic!("{conflict}"));
        let mut state = 1u64;
        for _ in 0..1_000_000 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let word = (state >> 32) as u32;
            if let Some(encoding) = isa::find(word) {
                assert_eq!(labels[embedding_input(word) as usize], Some(encoding.kernel), "{word:#010x}");
            }
        }
        for encoding in isa::encodings() {
            let word = isa::sample(encoding, || {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (state >> 32) as u32
            });
            let word = word.expect("a word");
            assert_eq!(labels[embedding_input(word) as usize], Some(encoding.kernel), "{}", encoding.name);
        }
    }

    /// Why there is a feature that is no bit: each of bits 10 to 23 alone tells two kernels apart.
    #[test]
    fn fourteen_bits_are_needed() {
        let mut needed = 0u32;
        let lines: Vec<_> = isa::encodings().collect();
        for (n, a) in lines.iter().enumerate() {
            for b in lines[n + 1..].iter().filter(|b| a.kernel != b.kernel) {
                let differ = a.pattern.mask & b.pattern.mask & (a.pattern.value ^ b.pattern.value);
                if differ.count_ones() == 1 && differ < 1 << 24 {
                    needed |= differ;
                }
            }
        }
        assert_eq!(needed, 0x00ff_fc00);
    }
}
