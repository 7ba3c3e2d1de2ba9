//! From an instruction word to its table line: by bits 31..21, then by mask and value, the narrower pattern first.

use super::control::SYSTEM_UNDEFINED;
use super::{Encoding, Format, encodings};
use std::sync::OnceLock;

/// Number of values that bits 31..21 take.
pub const LOOKUP_BUCKETS: usize = 1 << 11;
/// Words of a line.
pub const LOOKUP_LINE: usize = 5;
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
/// `LOOKUP_BUCKETS` words `first | count << 24`, counted in lines, then the lines of `LOOKUP_LINE` words: mask, value, word x of
/// the control word, `format | rejects << 8 | first_reject << 16`, and word z of a vector's control word; then the rejects, pairs of mask and value.
pub struct Lookup {
    /// All of it, as the GPU reads it.
    pub words: Vec<u32>,
    /// Where the rejects begin.
    pub rejects_at: u32,
}

/// The lines of a bucket that the GPU needs: a word that none of them has is undefined, so a line that is not
/// implemented counts only where it takes words from a wider one that is.
fn executable(bucket: &[&'static Encoding]) -> Vec<&'static Encoding> {
    let takes_from = |encoding: &Encoding, wider: &[&Encoding]| {
        wider.iter().any(|wider| wider.implemented() && wider.pattern.overlaps(&encoding.pattern))
    };
    let lines = bucket.iter().enumerate();
    lines
        .filter(|(index, encoding)| encoding.implemented() || takes_from(encoding, &bucket[index + 1..]))
        .map(|(_, encoding)| *encoding)
        .collect()
}

/// Makes the look-up of the implemented lines.
pub fn lookup() -> Lookup {
    let mut heads = Vec::with_capacity(LOOKUP_BUCKETS);
    let mut lines: Vec<[u32; LOOKUP_LINE]> = Vec::new();
    let mut rejects: Vec<[u32; 2]> = Vec::new();
    let mut line_sets: Vec<(Vec<&Encoding>, u32)> = Vec::new();
    let mut reject_sets: Vec<(&[super::Pattern], u32)> = Vec::new();
    for bucket in buckets() {
        let bucket = &executable(bucket);
        let same = |set: &&(Vec<&Encoding>, u32)| {
            set.0.len() == bucket.len() && set.0.iter().zip(bucket).all(|(a, b)| std::ptr::eq(*a, *b))
        };
        let first = match line_sets.iter().find(same) {
            Some(set) => set.1,
            None => {
                let first = lines.len() as u32;
                line_sets.push((bucket.clone(), first));
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
                        None => (Format::Whole, SYSTEM_UNDEFINED),
                    };
                    let tail = format as u32 | (encoding.rejects.len() as u32) << 8 | first_reject << 16;
                    lines.push([encoding.pattern.mask, encoding.pattern.value, control, tail, encoding.detail]);
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

#[cfg(any(test, feature = "fuzzing"))]
fn packed() -> &'static Lookup {
    static PACKED: OnceLock<Lookup> = OnceLock::new();
    PACKED.get_or_init(lookup)
}

/// Compares what [`find`] says of a word with a search of the whole table.
///
/// # Panics
/// If they differ.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn check_table(word: u32) {
    let narrowest = encodings().filter(|encoding| encoding.matches(word));
    let narrowest = narrowest.max_by_key(|encoding| encoding.pattern.mask.count_ones());
    assert_eq!(find(word).map(|encoding| encoding.name), narrowest.map(|encoding| encoding.name), "{word:#010x}");
}

/// Compares what [`find`] says of a word with what the GPU reads in the packed look-up.
///
/// # Panics
/// If they differ.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn check_packed(word: u32) {
    let found = find(word);
    let Lookup { words, rejects_at } = packed();
    let head = words[(word >> BUCKET_SHIFT) as usize];
    let lines = words[LOOKUP_BUCKETS + (head & 0xff_ffff) as usize * LOOKUP_LINE..]
        .chunks(LOOKUP_LINE)
        .take((head >> 24) as usize);
    let rejected = |tail: u32| {
        let first = *rejects_at as usize + (tail >> 16) as usize * 2;
        words[first..].chunks(2).take((tail >> 8 & 0xff) as usize).any(|pair| word & pair[0] == pair[1])
    };
    let mut lines = lines.filter(|line| word & line[0] == line[1] && !rejected(line[3]));
    let packed = lines.next().map_or(SYSTEM_UNDEFINED, |line| line[2]);
    let direct = match found {
        Some(encoding) if encoding.implemented() => encoding.control | encoding.kernel as u32,
        _ => SYSTEM_UNDEFINED,
    };
    let name = found.map_or("unallocated", |encoding| encoding.name);
    assert_eq!(packed, direct, "{word:#010x}: {name}");
}

#[cfg(test)]
mod tests {
    use super::super::Pattern;
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

    /// A word of `cube` that none of `rejects` has.
    fn uncovered(cube: Pattern, rejects: &[Pattern]) -> Option<u32> {
        let Some(reject) = rejects.iter().find(|reject| reject.overlaps(&cube)) else {
            return Some(cube.value);
        };
        let open = reject.mask & !cube.mask;
        if open == 0 {
            return None;
        }
        let bit = 1 << open.trailing_zeros();
        [0, bit].into_iter().find_map(|value| {
            let half = Pattern { mask: cube.mask | bit, value: cube.value | value, ..cube };
            uncovered(half, rejects)
        })
    }

    /// A word that both have, unless one is narrower in every bit: it then wins.
    fn contested(a: &Encoding, b: &Encoding) -> Option<u32> {
        let common = a.pattern.mask & b.pattern.mask;
        let nested = (common == a.pattern.mask || common == b.pattern.mask) && a.pattern.mask != b.pattern.mask;
        if nested || !a.pattern.overlaps(&b.pattern) {
            return None;
        }
        let (mask, value) = (a.pattern.mask | b.pattern.mask, a.pattern.value | b.pattern.value);
        let rejects: Vec<_> = a.rejects.iter().chain(b.rejects).copied().collect();
        uncovered(Pattern { mask, value, ..a.pattern }, &rejects)
    }

    #[test]
    fn patterns_do_not_overlap_unnoticed() {
        let all: Vec<_> = encodings().collect();
        for (index, a) in all.iter().enumerate() {
            for b in &all[index + 1..] {
                if let Some(word) = contested(a, b) {
                    panic!("{word:#010x} is {} [{}] and {} [{}]", a.name, a.pattern.text, b.name, b.pattern.text);
                }
            }
        }
    }

    #[test]
    fn overlaps_are_found() {
        const WIDE: &str = "0000 xxxx iiiiiiiiiiiiiiiiiiiiiiii";
        const CROSSING: &str = "xxxx 1111 iiiiiiiiiiiiiiiiiiiiiiii";
        const REJECTS: &[Pattern] =
            &[Pattern::new("....11.........................."), Pattern::new("......11........................")];
        const HALF: &[Pattern] = &[Pattern::new("....1111.......................1")];
        let line = |text, rejects: &'static [Pattern]| Encoding {
            name: "TEST",
            pattern: Pattern::new(text),
            rejects,
            kernel: super::super::Kernel::System,
            format: None,
            control: 0,
            detail: 0,
        };
        let wide = line(WIDE, &[]);
        assert!(contested(&wide, &line(CROSSING, &[])).is_some(), "a crossing");
        assert!(contested(&wide, &line(WIDE, &[])).is_some(), "the same pattern twice");
        assert!(contested(&wide, &line("0000 1111 iiiiiiiiiiiiiiiiiiiiiiii", &[])).is_none(), "a narrower one");
        assert!(contested(&wide, &line("0001 1111 iiiiiiiiiiiiiiiiiiiiiiii", &[])).is_none(), "no common word");
        assert!(contested(&line(WIDE, REJECTS), &line(CROSSING, &[])).is_none(), "rejected by the first");
        assert!(contested(&wide, &line(CROSSING, REJECTS)).is_none(), "rejected by the second");
        assert_eq!(contested(&line(WIDE, HALF), &line(CROSSING, &[])), Some(0x0f00_0000), "rejected in part");
    }

    /// The packing that [`Lookup`] describes has room, and the GPU's reading of it finds what `find` finds.
    #[test]
    fn packed_lookup_agrees_with_find() {
        let Lookup { words, rejects_at } = packed();
        let rejects_at = *rejects_at;
        assert!(words.len() < 1 << 24 && buckets().iter().all(|bucket| bucket.len() < 256));
        assert!(Format::ALL.len() < 256 && encodings().all(|encoding| encoding.rejects.len() < 256));
        assert!((words.len() - rejects_at as usize) / 2 <= 1 << 16);
        println!("{} words", words.len());
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 32) as u32
        };
        for _ in 0..1_000_000 {
            let word = random();
            check_packed(word);
        }
        for encoding in encodings() {
            for _ in 0..100 {
                let word = encoding.pattern.value | random() & !encoding.pattern.mask;
                check_packed(word);
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
