//! Programs that would be too much for a driver, or for whoever waits: how far they are translated, and what is left.

use super::{CODE, GPU, compare, state};
use crate::support::bytes;
use kvrm::machine::{Machine, StopReason, Translate, TranslationLimit, TranslationStage};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// `cbnz x<register>`, or with `bit` `tbz`, to an instruction so many words on.
fn branch(register: u32, bit: Option<u32>, distance: i32) -> u32 {
    match bit {
        Some(bit) => 0x3600_0000 | bit << 19 | (distance as u32 & 0x3fff) << 5 | register,
        None => 0xb500_0000 | (distance as u32 & 0x7_ffff) << 5 | register,
    }
}

/// `add`, or `sub`, `x<to>, x<from>, #1`
fn step(to: u32, from: u32, down: bool) -> u32 {
    0x9100_0400 | u32::from(down) << 30 | from << 5 | to
}

const HLT: u32 = 0xd440_0000;

/// A loop of so many conditions, one behind the other.
fn conditions(count: u32) -> Vec<u32> {
    let mut words = vec![];
    for n in 0..count {
        words.extend([branch(n % 20, Some(1), 3), step((n + 1) % 20, n % 20, false), step(n % 20, n % 20, true)]);
    }
    words.extend([step(20, 20, true), branch(20, None, -(words.len() as i32) - 1), HLT]);
    words
}

/// Loops within loops, so deep.
fn nest(depth: u32) -> Vec<u32> {
    let mut words: Vec<u32> = (0..depth).map(|n| step(n % 28, (n + 1) % 28, n % 3 == 0)).collect();
    words.extend((0..depth).rev().map(|n| branch(n % 28, None, 2 * n as i32 + 1 - 2 * depth as i32)));
    words.push(HLT);
    words
}

/// Ways from everywhere to everywhere.
fn tangle(count: u32) -> Vec<u32> {
    let far = |n: u32| (n * 7919 % count) as i32 - n as i32;
    let mut words: Vec<u32> = (0..count)
        .flat_map(|n| [branch(n % 20, Some(n % 5), 2 * far(n)), step(n % 20, (n + 1) % 20, n % 2 == 0)])
        .collect();
    words.push(HLT);
    words
}

fn machine(words: &[u32], translate: Translate) -> Machine {
    let mut machine = Machine::builder().gpu(GPU.clone()).lanes(2).translate(translate).build().unwrap();
    machine.load_program(&bytes(words), CODE).unwrap();
    for lane in 0..2 {
        machine.set_pc(lane, CODE).unwrap();
        for register in 0..28 {
            machine.set_register(lane, register, u64::from(register * 5 + lane + 1)).unwrap();
        }
    }
    machine
}

/// naga reads 127 braces in each other. What would need more is written flat, and does the same.
#[test]
fn deep_nests_of_loops_are_written_flat() {
    for (name, words) in [("conditions", conditions(150)), ("nest", nest(60)), ("tangle", tangle(80))] {
        let run = |translate| {
            let mut machine = machine(&words, translate);
            let mut states = Vec::new();
            let mut translated = 0;
            for cut in [5, 400, 20_000] {
                translated += machine.execute_until(cut).unwrap().translated;
                states.extend((0..2).map(|lane| state(&mut machine, lane, CODE, 64)));
            }
            (states, translated)
        };
        let (interpreted, translated) = (run(Translate::Off), run(Translate::All));
        assert!(translated.1 > 10, "{name}: {} instructions ran translated", translated.1);
        for (n, (a, b)) in interpreted.0.iter().zip(&translated.0).enumerate() {
            compare(&format!("{name}, state {n}"), a, b);
        }
    }
}

/// What a driver takes is in proportion to what it is given.
#[test]
fn no_program_makes_more_text_than_there_may_be() {
    // ldr x0, [x1, #8], each of which is some hundred bytes; and what takes little text.
    let loads = [vec![0xf940_0420; 6000], vec![HLT]].concat();
    let steps = [vec![step(0, 1, false); 6000], vec![HLT]].concat();
    for words in [loads, steps, conditions(3000), nest(6000), tangle(3000)] {
        let text = machine(&words, Translate::All).translated_wgsl().unwrap();
        assert!((1_000..=1 << 20).contains(&text.len()), "{} bytes of WGSL", text.len());
    }
}

#[test]
fn what_is_left_to_the_interpreter_is_said() {
    let words = [vec![step(0, 0, false); 40], vec![HLT]].concat();
    let limit = |most| {
        let builder = Machine::builder().gpu(GPU.clone()).translate(Translate::All).translate_most(most);
        let mut machine = builder.build().unwrap();
        machine.load_program(&bytes(&words), CODE).unwrap();
        machine.set_pc(0, CODE).unwrap();
        machine.execute(1000).unwrap();
        assert_eq!((machine.register(0, 0).unwrap(), machine.stop(0).unwrap().retired), (40, 40));
        let report = machine.translation().unwrap();
        assert!(!report.compile.is_zero());
        (report.instructions, report.limit)
    };
    assert_eq!(limit(16), (16, Some(TranslationLimit::Instructions(16))));
    assert_eq!(limit(40), (40, None));
}

/// Who interrupts does not wait for the driver. The next execute does, and nothing is lost.
#[test]
fn a_translation_is_not_waited_for_when_somebody_interrupts() {
    let words = conditions(20);
    let mut machine = machine(&words, Translate::All);
    let interrupt = Arc::new(AtomicBool::new(true));
    machine.set_interrupt(Some(interrupt.clone()));
    let progress = machine.translation_progress();
    machine.execute(3000).unwrap();
    for lane in 0..2 {
        let stop = machine.stop(lane).unwrap();
        assert_eq!((stop.reason, stop.retired), (StopReason::NotStarted, 0));
        assert_eq!(machine.pc(lane).unwrap(), CODE);
    }
    assert!(machine.translation().is_none());
    interrupt.store(false, Ordering::Relaxed);
    assert!(machine.execute(3000).unwrap().translated > 0);
    assert_eq!(progress.stage(), TranslationStage::Idle);
    let mut interpreted = self::machine(&words, Translate::Off);
    interpreted.execute(3000).unwrap();
    for lane in 0..2 {
        let states = [&mut interpreted, &mut machine].map(|machine| state(machine, lane, CODE, 64));
        compare("after an interrupt", &states[0], &states[1]);
    }
}
