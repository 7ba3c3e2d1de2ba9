//! The float functions by themselves, against what the manual says: every bit of results and of flags.

mod brain;
mod cases;
mod estimates;
mod format;
mod instructions;
mod reference;

use std::sync::OnceLock;

use kvrm::float::operation::*;
use kvrm::float::{Asked, Each, Outcome, Text};

use crate::support::rng::Rng;
use crate::support::{gpu, number, seed, skipped};
use cases::{OPERATIONS, ask};
use instructions::Instructions;
use reference::expect;

/// Of each operation: `KVRM_FLOAT_CASES`, or so many that all of it takes some seconds.
const CASES: u64 = 100_000;

/// What the short texts take.
const PLAIN: &[(&str, u32, u32)] = &[("add", FLOAT_ADD, FLOAT_SUBTRACT), ("multiply", FLOAT_MULTIPLY, 0)];

const TAKEN: &[u32] = &[
    FLOAT_ADD,
    FLOAT_MULTIPLY,
    FLOAT_MULTIPLY_EXTENDED,
    FLOAT_MULTIPLY_ADD,
    FLOAT_DIVIDE,
    FLOAT_ROOT,
    FLOAT_MIN_MAX,
    FLOAT_COMPARE,
    FLOAT_EQUAL,
    FLOAT_GREATER_EQUAL,
    FLOAT_GREATER,
    FLOAT_CONVERT,
    FLOAT_TO_INTEGER,
    FLOAT_FROM_INTEGER,
];

fn each() -> &'static Each {
    static EACH: OnceLock<Each> = OnceLock::new();
    EACH.get_or_init(|| Each::new(&gpu(), Text::Whole).unwrap())
}

/// What differs, of the first few.
fn differences(name: &str, asked: &[Asked], outcomes: &[Option<Outcome>]) -> Vec<String> {
    assert_eq!(asked.len(), outcomes.len());
    let mut wrong = Vec::new();
    for (asked, outcome) in asked.iter().zip(outcomes) {
        let Some(outcome) = outcome else { continue };
        let (value, flags) = expect(asked);
        if *outcome != (Outcome { value, flags }) {
            wrong.push(format!("{name}: {asked:x?}: {outcome:x?}, expected {value:x} {flags:x}"));
        }
    }
    let count = wrong.len();
    wrong.truncate(4);
    if count > 4 {
        wrong.push(format!("{name}: {count} of {} differ", asked.len()));
    }
    wrong
}

#[test]
fn all_operations_are_exact() {
    let seed = seed();
    let count = number("KVRM_FLOAT_CASES").unwrap_or(CASES);
    let mut wrong = Vec::new();
    for (name, op, flags) in OPERATIONS {
        let mut rng = Rng::new(seed, name);
        for from in (0..count).step_by(1 << 18) {
            let asked: Vec<Asked> = (from..count.min(from + (1 << 18))).map(|_| ask(&mut rng, *op, *flags)).collect();
            wrong.extend(differences(name, &asked, &each().execute(&asked).unwrap()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The expectations themselves against the instructions that do these operations, as qemu executes them.
#[test]
fn expectations_agree_with_instructions() {
    let instructions = match Instructions::build() {
        Ok(instructions) => instructions,
        Err(missing) => return skipped("operations against instructions", &missing),
    };
    let seed = seed();
    let count = number("KVRM_FLOAT_CASES").unwrap_or(CASES) / 10;
    let mut wrong = Vec::new();
    for (name, op, flags) in OPERATIONS {
        let mut rng = Rng::new(seed, name);
        let asked: Vec<Asked> = (0..count).map(|_| ask(&mut rng, *op, *flags)).collect();
        let outcomes = instructions.execute(&asked);
        wrong.extend(differences(name, &asked, &outcomes));
        let compared = outcomes.iter().flatten().count();
        assert!(compared as u64 > count / 32, "{name}: {compared} of {count}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The short texts where they take an operation at all, and that they take most normal ones.
#[test]
fn short_texts_are_exact() {
    let seed = seed();
    let count = number("KVRM_FLOAT_CASES").unwrap_or(CASES);
    let gpu = gpu();
    let mut wrong = Vec::new();
    for (text, operations) in [(Text::Plain, PLAIN), (Text::Short, OPERATIONS)] {
        let each = Each::new(&gpu, text).unwrap();
        for (name, op, flags) in operations {
            let mut rng = Rng::new(seed, name);
            let mut asked = Vec::new();
            while (asked.len() as u64) < count {
                let one = ask(&mut rng, *op, *flags);
                let size = |shift: u32| one.operation >> shift & 3;
                let large = [FLOAT_OPERANDS_SHIFT, FLOAT_RESULT_SHIFT].iter().all(|shift| size(*shift) >= FLOAT_S);
                if large || text == Text::Short {
                    asked.push(one);
                }
            }
            let outcomes = each.execute(&asked).unwrap();
            wrong.extend(differences(name, &asked, &outcomes));
            let done = outcomes.iter().flatten().count();
            let takes = text == Text::Plain || TAKEN.contains(op);
            assert!(!takes || done > asked.len() / 64, "{text:?} {name}: {done} of {}", asked.len());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The expectations themselves against the host's arithmetic, which rounds to nearest.
#[test]
fn expectations_agree_with_the_host() {
    let seed = seed();
    let mut compared = 0;
    for (name, op, _) in OPERATIONS.iter().filter(|(_, op, _)| *op <= FLOAT_ROOT) {
        let mut rng = Rng::new(seed, name);
        for _ in 0..CASES {
            let mut one = ask(&mut rng, *op, 0);
            one.operation &= !(7 << FLOAT_ROUNDING_SHIFT);
            one.fpcr = 0;
            let size = one.operation >> FLOAT_RESULT_SHIFT & 3;
            if size < FLOAT_S || one.operation >> FLOAT_OPERANDS_SHIFT & 3 != size {
                continue;
            }
            let d = f64::from_bits;
            let s = |v: u64| f32::from_bits(v as u32);
            let (double, single) = match *op {
                FLOAT_ADD => (d(one.a) + d(one.b), s(one.a) + s(one.b)),
                FLOAT_MULTIPLY => (d(one.a) * d(one.b), s(one.a) * s(one.b)),
                FLOAT_MULTIPLY_ADD => (d(one.a).mul_add(d(one.b), d(one.c)), s(one.a).mul_add(s(one.b), s(one.c))),
                FLOAT_RECIPROCAL_STEP => (d(one.a).mul_add(d(one.b), 2.0), s(one.a).mul_add(s(one.b), 2.0)),
                FLOAT_DIVIDE => (d(one.a) / d(one.b), s(one.a) / s(one.b)),
                FLOAT_ROOT => (d(one.a).sqrt(), s(one.a).sqrt()),
                _ => continue,
            };
            let (value, nan) = match size {
                FLOAT_S => (u64::from(single.to_bits()), single.is_nan()),
                _ => (double.to_bits(), double.is_nan()),
            };
            // NaNs differ between processors.
            if !nan {
                assert_eq!(expect(&one).0, value, "{name}: {one:x?}");
                compared += 1;
            }
        }
    }
    assert!(compared > 6 * CASES / 4, "{compared}");
}
