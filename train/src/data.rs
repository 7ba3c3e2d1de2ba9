//! What the networks learn from: labels of the encoding table, and how often real programs have each input.

use anyhow::{Context, Result};
use kvrm::isa::{self, Kernel};
use kvrm::neural::{inputs, labels};
use object::elf::PF_X;
use object::read::elf::ElfFile64;
use object::{Endianness, Object as _, ObjectSegment as _, SegmentFlags};
use std::path::Path;

use crate::model::Example;

/// Every allocated input of the embedding network.
pub fn embedding() -> Result<Vec<Example>> {
    let labels = labels::embedding_labels()?;
    let allocated = (0u32..).zip(labels).filter_map(|(input, label)| Some((input, label?)));
    Ok(allocated.map(|(input, kernel)| Example { input, class: kernel as u8, weight: 1.0 }).collect())
}

/// The simple network's inputs with each kernel that words with this input have. Half of the weight is that of all words
/// that are allocated, kernels weighted alike; the other half is that of the programs' words.
pub fn simple(root: &Path) -> Result<Vec<Example>> {
    let counts = labels::simple_counts();
    let mut frequencies = vec![[0u64; 7]; counts.len()];
    for word in program_words(root)? {
        if let Some(encoding) = isa::find(word) {
            frequencies[inputs::simple_input(word) as usize][encoding.kernel as usize] += 1;
        }
    }
    let all: f32 = frequencies.iter().flatten().sum::<u64>() as f32;
    let mut examples = Vec::new();
    for kernel in Kernel::ALL.map(|kernel| kernel as usize) {
        let of_kernel: f32 = counts.iter().map(|row| row[kernel] as f32).sum();
        for (input, (words, frequency)) in (0u32..).zip(counts.iter().zip(&frequencies)) {
            let weight = 0.5 * words[kernel] as f32 / of_kernel / 7.0 + 0.5 * frequency[kernel] as f32 / all.max(1.0);
            if weight > 0.0 {
                examples.push(Example { input, class: kernel as u8, weight });
            }
        }
    }
    Ok(examples)
}

/// All words of the executable segments of the ELF files that `train/inputs/words.txt` names, as the files have them.
pub fn program_words(root: &Path) -> Result<Vec<u32>> {
    let mut words = Vec::new();
    for path in crate::inputs::files(root, crate::inputs::WORDS)? {
        let name = || path.display().to_string();
        let bytes = std::fs::read(&path).with_context(name)?;
        let file = ElfFile64::<Endianness>::parse(&*bytes).with_context(name)?;
        for segment in file.segments() {
            let executable = matches!(segment.flags(), SegmentFlags::Elf { p_flags, .. } if p_flags.contains(PF_X));
            if executable {
                let data = segment.data().with_context(name)?;
                words.extend(data.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])));
            }
        }
    }
    Ok(words)
}
