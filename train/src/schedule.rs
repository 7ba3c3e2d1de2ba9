//! In which order a network sees its examples.

use crate::model::{Adam, Example, Model, margin};
use crate::rng::Rng;
use kvrm::neural::DispatchNetwork;

/// All examples at once, from several beginnings; the best of them is kept. There are only some hundred examples.
pub fn simple(examples: &[Example], seed: u64) -> Vec<f32> {
    const BEGINNINGS: u64 = 24;
    const STEPS: u32 = 4000;
    let mut best = (0.0, Vec::new());
    for beginning in 0..BEGINNINGS {
        let mut model =
            Model::new(DispatchNetwork::Simple, &mut Rng::new(seed.wrapping_mul(BEGINNINGS).wrapping_add(beginning)));
        let mut adam = Adam::new(model.parameters.len());
        for step in 0..STEPS {
            let (_, gradient) = model.gradient(examples);
            let left = 1.0 - step as f32 / STEPS as f32;
            adam.step(&mut model, &gradient, 2e-2 * left);
            // The share of weight is what counts, and it is not what the gradient follows: look often.
            if step % 100 == 99 {
                let hits = examples.iter().filter(|e| margin(&model.logits(e.input), e.class) > 0.0);
                let accuracy: f32 = hits.map(|example| example.weight).sum();
                if accuracy > best.0 {
                    best = (accuracy, model.parameters.clone());
                }
            }
        }
        println!("beginning {beginning}: best so far {:.4}", best.0);
    }
    best.1
}

/// Random batches at first; then, round by round, batches of which half are inputs that fall short of the margin.
pub fn embedding(mut examples: Vec<Example>, seed: u64, held_out: f32) -> Vec<f32> {
    const BATCH: usize = 2048;
    const STEPS: usize = 1500;
    const ROUNDS: u32 = 40;
    let mut rng = Rng::new(seed);
    for at in (1..examples.len()).rev() {
        examples.swap(at, rng.below(at + 1));
    }
    let unseen = examples.split_off(examples.len() - (examples.len() as f32 * held_out) as usize);
    examples.iter_mut().for_each(|example| example.weight = 1.0 / BATCH as f32);
    // Opcode bytes whose words have one kernel are learnt at once; those of several need most of the batches.
    let mut kernels = [0u8; 256];
    examples.iter().for_each(|example| kernels[(example.input >> 12) as usize] |= 1 << example.class);
    let mixed = |e: &&Example| kernels[(e.input >> 12) as usize].count_ones() > 1;
    let mut hard: Vec<Example> = examples.iter().filter(mixed).copied().collect();
    println!("{} inputs, {} of opcodes with several kernels, {} held out", examples.len(), hard.len(), unseen.len());

    let mut model = Model::new(DispatchNetwork::Embedding, &mut rng);
    let mut adam = Adam::new(model.parameters.len());
    let mut best = (f32::NEG_INFINITY, model.parameters.clone());
    for round in 0..ROUNDS {
        let rate = 3e-3 * 0.9f32.powi(round as i32);
        for _ in 0..STEPS {
            let batch: Vec<Example> = (0..BATCH)
                .map(|n| if n % 2 == 0 { hard[rng.below(hard.len())] } else { examples[rng.below(examples.len())] })
                .collect();
            let (_, gradient) = model.gradient(&batch);
            adam.step(&mut model, &gradient, rate);
        }
        let margins: Vec<f32> = examples.iter().map(|e| margin(&model.logits(e.input), e.class)).collect();
        let smallest = margins.iter().copied().fold(f32::INFINITY, f32::min);
        let wrong = margins.iter().filter(|margin| **margin <= 0.0).count();
        let missed = |e: &&Example| margin(&model.logits(e.input), e.class) <= 0.0;
        println!(
            "round {round}: {wrong} wrong, smallest margin {smallest:.3}, {} of the held out wrong",
            unseen.iter().filter(missed).count()
        );
        if smallest > best.0 {
            best = (smallest, model.parameters.clone());
        }
        // Well ahead of what rounding can do, and of the margin that is demanded.
        if smallest > 1.0 {
            break;
        }
        let short = examples.iter().zip(&margins).filter(|(_, m)| **m < 0.75 * crate::model::MARGIN_WANTED);
        let short: Vec<Example> = short.map(|(example, _)| *example).collect();
        if !short.is_empty() {
            hard = short;
        }
    }
    best.1
}
