//! From an instruction word to its table line: by bits 31..21, then by mask and value, the narrower pattern first.

use super::control::{OPERATION_SHIFT, SYSTEM, SYSTEM_UNDEFINED};
use super::{Encoding, Format, encodings};
use std::sync::OnceLock;

/// Number of values that bits 31..21 take.
pub const LOOKUP_BUCKETS: usize = 1 << 11;
const BUCKET_SHIFT: u32 = 21;
const BUCKET_MASK: u32 = !0 << BUCKET_SHIFT;

/// For each value of bits 31..21 the encodings that a word with those bits may have, narrower patterns first.
fn buckets() -> &'static [Vec<&'static Encoding>] {
    static BUCKETS: OnceLock<Vec<Vec<&Encoding>>> = OnceLock::new();
    BUCKETS.get_or_init(|| {
        let mut buckets = vec![Vec::new(); LOOKUP_BUCKETS];
        for (bits, bucket) in buckets.iter_mut().enumerate() {
            let word = (bits as u32) << BUCKET_SHIFT;
            for encoding in encodings() {
                let pattern = encoding.pattern;
                if (word ^ pattern.value) & pattern.mask & BUCKET_MASK == 0 {
                    bucket.push(encoding);
                }
            }
            bucket.sort_by_key(|encoding| std::cmp::Reverse(encoding.pattern.mask.count_ones()));
        }
        buckets
    })
}

/// The encoding of `word`; `None` when it is unallocated.
pub fn find(word: u32) -> Option<&'static Encoding> {
    buckets()[(word >> BUCKET_SHIFT) as usize].iter().copied().find(|encoding| encoding.matches(word))
}

/// The same look-up as data for `wgsl/isa/decode.wgsl`.
///
/// `LOOKUP_BUCKETS` words `first | count << 24`, counted in lines, then the lines of four words: mask, value, word x of
/// the control word, and `format | rejects << 8 | first_reject << 16`; then the rejects, pairs of mask and value.
pub struct Lookup {
    /// All of it, as the GPU reads it.
    pub words: Vec<u32>,
    /// Where the rejects begin.
    pub rejects_at: u32,
}

/// Makes the look-up of the whole table.
pub fn lookup() -> Lookup {
    let mut heads = Vec::with_capacity(LOOKUP_BUCKETS);
    let mut lines: Vec<[u32; 4]> = Vec::new();
    let mut rejects: Vec<[u32; 2]> = Vec::new();
    let mut line_sets: Vec<(&[&Encoding], u32)> = Vec::new();
    let mut reject_sets: Vec<(&[super::Pattern], u32)> = Vec::new();
    for bucket in buckets() {
        let same = |set: &&(&[&Encoding], u32)| {
            set.0.len() == bucket.len() && set.0.iter().zip(bucket).all(|(a, b)| std::ptr::eq(*a, *b))
        };
        let first = match line_sets.iter().find(same) {
            Some(set) => set.1,
            None => {
                let first = lines.len() as u32;
                line_sets.push((bucket, first));
                for encoding in bucket {
                    let first_reject = match reject_sets.iter().find(|set| set.0 == encoding.rejects) {
                        Some(set) => set.1,
                        None => {
                            let first = rejects.len() as u32;
                            reject_sets.push((encoding.rejects, first));
                            rejects.extend(encoding.rejects.iter().map(|reject| [reject.mask, reject.value]));
                            first
                        }
                    };
                    let (format, control) = match encoding.format {
                        Some(format) => (format, encoding.control | encoding.kernel as u32),
                        None => (Format::Whole, SYSTEM_UNDEFINED << OPERATION_SHIFT | SYSTEM),
                    };
                    let tail = format as u32 | (encoding.rejects.len() as u32) << 8 | first_reject << 16;
                    lines.push([encoding.pattern.mask, encoding.pattern.value, control, tail]);
                }
                first
            }
        };
        heads.push(first | (bucket.len() as u32) << 24);
    }
    let mut words = heads;
    words.extend(lines.iter().flatten());
    let rejects_at = words.len() as u32;
    words.extend(rejects.iter().flatten());
    Lookup { words, rejects_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_common_words() {
        let name = |word| find(word).map(|encoding| encoding.name);
        assert_eq!(name(0x9100_0400), Some("ADD_addsub_imm"));
        assert_eq!(name(0xf900_0020), Some("STR_imm_unsigned"));
        assert_eq!(name(0xd503_201f), Some("HINT"));
        assert_eq!(name(0xd400_0001), Some("SVC"));
        assert_eq!(name(0xd50b_7420), Some("DC_ZVA"));
        assert_eq!(name(0xd65f_03c0), Some("RET"));
        assert_eq!(name(0x0000_0000), Some("UDF"));
        assert_eq!(name(0x1240_0000), None, "a 32-bit logical immediate with N set");
        assert_eq!(name(0xffff_ffff), None);
    }

    /// Two patterns may share words only when one is narrower in every bit (it then wins), or when what they share is rejected.
    #[test]
    fn patterns_do_not_overlap_unnoticed() {
        let all: Vec<_> = encodings().collect();
        for (index, a) in all.iter().enumerate() {
            for b in &all[index + 1..] {
                let narrower = a.pattern.mask & b.pattern.mask;
                let nested =
                    (narrower == a.pattern.mask || narrower == b.pattern.mask) && a.pattern.mask != b.pattern.mask;
                assert!(
                    !a.pattern.overlaps(&b.pattern) || nested,
                    "{} [{}] overlaps {} [{}]",
                    a.name,
                    a.pattern.text,
                    b.name,
                    b.pattern.text
                );
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = encodings().map(|encoding| encoding.name).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
