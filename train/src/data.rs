//! What the networks learn from: labels of the encoding table, and how often real programs have each input.

use anyhow::{Context, Result, bail};
use kvrm::isa::{self, Kernel};
use kvrm::linux::elf::Program;
use kvrm::machine::Permissions;
use kvrm::neural::{inputs, labels};
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
pub fn simple(programs: &Path) -> Result<Vec<Example>> {
    let counts = labels::simple_counts();
    let mut frequencies = vec![[0u64; 7]; counts.len()];
    for word in program_words(programs)? {
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

/// All words of the executable segments of the ELF files in a folder.
pub fn program_words(folder: &Path) -> Result<Vec<u32>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    let mut words = Vec::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "elf")) {
        let program = Program::parse(&std::fs::read(path)?, 1 << 30).with_context(|| path.display().to_string())?;
        for segment in program.segments.iter().filter(|s| s.permissions.contains(Permissions::EXECUTE)) {
            words.extend(
                segment.bytes.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])),
            );
        }
    }
    if words.is_empty() {
        bail!("{}: no ELF file with code", folder.display());
    }
    Ok(words)
}
