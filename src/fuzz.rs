//! What is fuzzed: files and words as a stranger may make them. Nothing here may panic, hang, or disagree with itself.
//!
//! `fuzz/` has a libFuzzer target for each; the tests below run each on random and on damaged inputs.

use std::sync::LazyLock;

use crate::{isa, linux, npy, sweep, translate};

/// An ELF file: what is loaded lies page by page where the program may be, without overlaps.
///
/// # Panics
/// If it does not.
pub fn elf(file: &[u8]) {
    const MEMORY: u64 = 1 << 20;
    let Ok(program) = linux::elf::Program::parse(file, MEMORY) else { return };
    let mut end = 0;
    let mut bytes = 0;
    for segment in &program.segments {
        assert!(segment.address >= end && segment.address.is_multiple_of(4096), "{segment:x?}");
        assert!(segment.memory_size >= segment.bytes.len() as u64, "{:#x}", segment.address);
        end = segment.address.checked_add(segment.memory_size).expect("it ends within the address space");
        bytes += segment.memory_size;
    }
    assert!(bytes <= MEMORY, "{bytes} bytes of {} segments", program.segments.len());
    assert!(program.end.next_multiple_of(4096) >= end, "the heap begins at {:#x}, in the image", program.end);
}

/// A `.npy` file: what is read has the shape that is said, and reads the same again when it is written.
///
/// # Panics
/// If it does not.
pub fn npy(file: &[u8]) {
    let integers = npy::parse_integers("fuzz", file);
    let Ok(npy::Array { shape, values }) = npy::parse::<u32>("fuzz", file) else { return };
    assert_eq!(shape.iter().product::<u64>(), values.len() as u64, "{shape:?}");
    let wide = integers.expect("u32 are integers").values;
    assert!(wide.iter().copied().eq(values.iter().map(|value| i64::from(*value))), "{shape:?}");
    let mut again = Vec::new();
    npy::write_to(&mut again, &shape, values.iter().copied()).expect("memory can be written");
    let again = npy::parse::<u32>("again", &again).expect("it was written by us");
    assert_eq!((again.shape, again.values), (shape, values));
}

/// A journal of a sweep: what is read comes back when it is written.
///
/// # Panics
/// If it does not.
pub fn journal(file: &[u8]) {
    sweep::fuzz_journal(file);
}

/// Places of a translation that were kept: what is read is in the code.
///
/// # Panics
/// If it is not.
pub fn translation(file: &[u8]) {
    translate::fuzz_store(file);
}

/// Instruction words, of four bytes each: the table, searched line by line, names what the look-up of the host and the one of
/// the GPU find, and each word has a text.
///
/// # Panics
/// If they differ.
pub fn decode(words: &[u8]) {
    for word in words.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)) {
        isa::check_table(word);
        isa::check_packed(word);
        assert!(!isa::disassemble(word, 0x40_0000).is_empty(), "{word:#010x}");
    }
}

/// A control word and the values that it reads: the translator's evaluator makes the same of them whether it knows the values
/// or not.
///
/// # Panics
/// If it does not.
pub fn evaluator(words: &[u8]) {
    static INTERPRETER: LazyLock<translate::Interpreter> =
        LazyLock::new(|| translate::folding::shipped(crate::machine::shaders()));
    let mut words = words.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word));
    translate::folding::check(&INTERPRETER, &mut || words.next().unwrap_or(0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
    use std::path::Path;

    fn random(name: &str) -> ChaCha8Rng {
        let clock = || std::time::UNIX_EPOCH.elapsed().map_or(1, |time| time.as_micros() as u64);
        let seed = std::env::var("KVRM_SEED").map_or_else(|_| clock(), |seed| seed.parse().expect("a number"));
        println!("KVRM_SEED={seed}, {name}");
        ChaCha8Rng::seed_from_u64(seed)
    }

    fn below(random: &mut ChaCha8Rng, end: usize) -> usize {
        random.next_u32() as usize % end.max(1)
    }

    /// Some damage: bits, bytes, numbers at the edge of a width, a piece that is gone, doubled, or from elsewhere, an end cut off.
    fn damage(file: &mut Vec<u8>, random: &mut ChaCha8Rng) {
        for _ in 0..=below(random, 4) {
            let at = below(random, file.len());
            let length = below(random, 16).min(file.len() - at);
            match below(random, 7) {
                0 if !file.is_empty() => file[at] ^= 1 << below(random, 8),
                1 if !file.is_empty() => file[at] = random.next_u32() as u8,
                2 => {
                    let edges =
                        [0, 1, 0x7f, 0xff, 0xffff, 1 << 31, u64::from(u32::MAX), 1 << 63, u64::MAX - 7, u64::MAX];
                    let width = [1, 2, 4, 8][below(random, 4)].min(file.len() - at);
                    file[at..at + width].copy_from_slice(&edges[below(random, edges.len())].to_le_bytes()[..width]);
                }
                3 => drop(file.drain(at..at + length)),
                4 => {
                    let piece = file[at..at + length].to_vec();
                    let to = below(random, file.len() + 1);
                    file.splice(to..to, piece);
                }
                5 => {
                    let piece: Vec<u8> = (0..length).map(|_| random.next_u32() as u8).collect();
                    file.splice(at..at, piece);
                }
                _ => file.truncate(file.len() - file.len().min(below(random, 64))),
            }
        }
    }

    /// Runs a target on each example, on damaged ones, and on noise.
    fn smoke(name: &str, target: fn(&[u8]), examples: &[Vec<u8>], rounds: usize) {
        let mut random = random(name);
        examples.iter().for_each(|example| target(example));
        for round in 0..rounds {
            let mut file = match examples.get(round % (examples.len() + 1)) {
                Some(example) => example.clone(),
                None => (0..below(&mut random, 512)).map(|_| random.next_u32() as u8).collect(),
            };
            damage(&mut file, &mut random);
            target(&file);
        }
    }

    #[test]
    fn elf_files() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/elf");
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort_by_key(|path| path.metadata().unwrap().len());
        let mut files: Vec<Vec<u8>> = paths.iter().take(3).map(|path| std::fs::read(path).unwrap()).collect();
        // The headers alone are most of what there is to get wrong.
        files.extend(files.clone().into_iter().map(|file| file[..file.len().min(0x200)].to_vec()));
        smoke("elf", elf, &files, 20_000);
    }

    /// One segment from the third page of the file, and one at the end of the address space: what is left of the first behind
    /// the second is nothing, and would be beyond all offsets.
    #[test]
    fn a_segment_at_the_end_of_the_address_space_is_refused() {
        let mut file = vec![0; 0x3000];
        let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, b"\x7fELF\x02\x01\x01");
        put(16, &[2, 0, 183, 0, 1]);
        put(32, &[64]);
        put(54, &[56, 0, 2]);
        for (n, [offset, address, size]) in
            [[0x2000, 0, 1], [0, 0xffff_ffff_ffff_d000, 0x1000_u64]].into_iter().enumerate()
        {
            let header = 64 + 56 * n;
            put(header, &[1, 0, 0, 0, 4]);
            for (field, value) in [(8, offset), (16, address), (32, size.min(1)), (40, size)] {
                put(header + field, &value.to_le_bytes());
            }
        }
        elf(&file);
        assert!(linux::elf::Program::parse(&file, 1 << 20).is_err());
    }

    #[test]
    fn npy_files() {
        let files = [vec![3, 2], vec![6], vec![1, 6], vec![0, 4], vec![]].map(|shape: Vec<u64>| {
            let mut file = Vec::new();
            let values = 16..16 + shape.iter().product::<u64>() as u32;
            npy::write_to(&mut file, &shape, values).unwrap();
            file
        });
        smoke("npy", npy, &files, 20_000);
    }

    #[test]
    fn journals() {
        smoke("journal", journal, &sweep::fuzz_journals(), 20_000);
    }

    #[test]
    fn translations() {
        let files = translate::fuzz_stores();
        smoke("translation", translation, &files, 20_000);
    }

    #[test]
    fn words() {
        let words: Vec<u8> = isa::encodings().flat_map(|encoding| encoding.pattern.value.to_le_bytes()).collect();
        smoke("decode", decode, &words.chunks(64).map(<[u8]>::to_vec).collect::<Vec<_>>(), 500);
    }

    #[test]
    fn control_words() {
        let mut random = random("evaluator");
        for _ in 0..500 {
            let words: Vec<u8> = (0..96).map(|_| random.next_u32() as u8).collect();
            evaluator(&words);
        }
    }
}
