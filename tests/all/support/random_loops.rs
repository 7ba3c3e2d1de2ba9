//! Loops of all kinds, each with the registers that it starts from: known shapes with odd parameters, these with an
//! instruction too many, and bodies of instructions put together by chance.

use super::asm::*;
use super::rng::Rng;

/// Data: READ_WRITE pages, then one that is READ only, then nothing.
pub const DATA: u64 = 0x8_0000;
pub const DATA_BYTES: u64 = 0x1_4000;
pub const READ_ONLY: u64 = DATA + DATA_BYTES;
const READ_ONLY_BYTES: u64 = 0x1000;

#[derive(Clone, Debug)]
pub struct Loop {
    pub name: &'static str,
    pub words: Vec<u32>,
    pub registers: [u64; 32],
}

type Shape = (&'static str, fn(&mut Rng, &mut [u64; 32]) -> Vec<u32>);

/// x0 and x1 point into the data, x2 counts, x3 is a bound, x4 a value, x5 a result.
pub const SHAPES: &[Shape] = &[
    ("count down", |rng, x| {
        let (w, imm) = (rng.below(2) as u32, rng.pick(&[1, 1, 1, 2, 3, 8]));
        x[2] = rng.pick(&[5000u64, 4096, 100, 0, u64::MAX, 1 << 32, 3 << 31]).wrapping_mul(u64::from(imm));
        vec![add_imm(1, 5, 5, 3), subs_imm(w, 2, 2, imm), b_cond(rng.pick(&[1, 1, 2, 5, 8, 12, 10]), -2)]
    }),
    ("count up", |rng, x| {
        let (w, imm) = (rng.below(2) as u32, rng.pick(&[1, 1, 4, 7]));
        x[2] = rng.pick(&[0, 1, u64::MAX - 3000, (1 << 31) - 2000, 0xffff_f000, 1 << 63]);
        x[3] = x[2].wrapping_add(rng.below(20_000) * u64::from(imm));
        vec![add_imm(w, 2, 2, imm), add(1, 5, 5, 4), subs(w, ZR, 2, 3), b_cond(rng.below(14) as u32, -3)]
    }),
    ("count by register", |rng, x| {
        x[4] = rng.pick(&[1, 2, u64::MAX, 12, 0x1_0000_0001]);
        x[2] = rng.below(30_000);
        let close = rng.pick(&[cb(1, 1, 2, -1), cb(0, 1, 2, -1), tb(0, 2, 63, -1), tb(0, 2, 31, -1), tb(0, 2, 12, -1)]);
        vec![sub(1, 2, 2, 4), close]
    }),
    ("while loop", |rng, x| {
        x[3] = rng.below(9000);
        vec![subs(1, ZR, 2, 3), b_cond(rng.pick(&[10, 2, 0]), 4), add_imm(1, 2, 2, 1), madd(1, 5, 2, 4, 5), b(-4)]
    }),
    ("spin", |_, _| vec![b(0)]),
    ("fill", |rng, x| {
        let size = rng.below(4) as u32;
        let by = (1i32 << size) * rng.pick(&[1, 1, 1, -1, 2, 0]);
        if by < 0 {
            x[0] += 0x8000;
        }
        if rng.one_in(2) {
            x[4] = rng.pick(&[0, u64::MAX, 0x4141_4141_4141_4141]);
        }
        vec![post(size, 0, 4, 0, by), subs_imm(1, 2, 2, 1), b_cond(1, -2)]
    }),
    ("fill by pairs", |rng, x| {
        let w = rng.below(2) as u32;
        let t2 = rng.pick(&[4, ZR, 5]);
        x[5] = x[4];
        vec![pair_post(w, 0, 4, t2, 0, 2), subs_imm(1, 2, 2, 1), b_cond(1, -2)]
    }),
    ("fill with a count", |rng, x| {
        let size = rng.below(4) as u32;
        x[2] = 0;
        vec![
            indexed(size, 0, 2, 0, 2, rng.pick(&[2, 3, 6]), 1),
            add_imm(rng.below(2) as u32, 2, 2, 1),
            subs(1, ZR, 2, 3),
            b_cond(1, -3),
        ]
    }),
    ("copy", |rng, x| {
        let size = rng.below(4) as u32;
        overlap(rng, x);
        let by = (1i32 << size) * rng.pick(&[1, 1, 1, -1, 2]);
        if by < 0 {
            x[0] += 0x8000;
            x[1] += 0x8000;
        }
        vec![post(size, 1, 6, 1, by), post(size, 0, 6, 0, by), subs_imm(1, 2, 2, 1), b_cond(1, -3)]
    }),
    ("copy by index", |rng, x| {
        let (size, signed) = (rng.below(3) as u32, rng.below(3) as u32);
        overlap(rng, x);
        x[2] = 0;
        vec![
            indexed(size, 1 + signed, 6, 1, 2, 3, 0),
            indexed(size, 0, 6, 0, 2, 3, 0),
            add_imm(1, 2, 2, 1 << size),
            subs(1, ZR, 2, 3),
            b_cond(3, -4),
        ]
    }),
    ("copy by pairs", |rng, x| {
        overlap(rng, x);
        vec![pair_post(1, 1, 6, 7, 1, 2), pair_post(1, 0, 6, 7, 0, 2), subs_imm(1, 2, 2, 2), b_cond(8, -3)]
    }),
    ("copy until zero", |rng, x| {
        let size = rng.below(3) as u32;
        overlap(rng, x);
        let by = 1i32 << size;
        vec![post(size, 1, 6, 1, by), post(size, 0, 6, 0, by), cb(0, 1, 6, -2)]
    }),
    ("length", |rng, _| {
        let size = rng.below(3) as u32;
        if rng.one_in(2) {
            return vec![pre(size, 1, 6, 0, 1 << size), cb(0, 1, 6, -1)];
        }
        vec![post(size, 1, 6, 0, 1 << size), add_imm(1, 5, 5, 1), cb(0, 0, 6, 2), b(-3)]
    }),
    ("scan", |rng, x| {
        let size = rng.below(4) as u32;
        let by = (1i32 << size) * rng.pick(&[1, 1, -1, 2]);
        x[4] = rng.pick(&[0, 7, 0x80]);
        x[0] += if by < 0 { 0x8000 } else { 0 };
        let opc = if size == 3 { 1 } else { 1 + rng.below(3) as u32 };
        vec![
            subs_imm(1, 2, 2, 1),
            b_cond(0, 4),
            post(size, opc.min(if size == 2 { 2 } else { 3 }), 6, 0, by),
            subs(rng.below(2) as u32, ZR, 6, 4),
            b_cond(rng.pick(&[1, 1, 1, 12, 8, 2]), -4),
        ]
    }),
    ("compare", |rng, x| {
        let size = rng.below(4) as u32;
        x[1] = x[0] + 0x8000;
        vec![
            post(size, 1, 6, 0, 1 << size),
            post(size, 1, 7, 1, 1 << size),
            subs(1, ZR, 6, 7),
            b_cond(1, 3),
            subs_imm(1, 2, 2, 1),
            b_cond(1, -5),
        ]
    }),
    ("fold", |rng, _| {
        let (size, w) = (rng.below(4) as u32, rng.below(2) as u32);
        let opc = if size >= 2 { 1 } else { rng.pick(&[1, 1, 2, 3]) };
        let fold = match rng.below(7) {
            0 | 1 => add(w, 5, 5, 6),
            2 => add(w, 5, 6, 5),
            3 => sub(w, 5, 5, 6),
            4 => add_extended(1, 5, 5, 6, rng.below(8) as u32, rng.below(3) as u32),
            _ => logical(w, rng.below(3) as u32, rng.below(2) as u32, 5, 5, 6),
        };
        let by = (1i32 << size) * rng.pick(&[1, 1, -1, 3]);
        vec![post(size, opc, 6, 0, by), fold, subs_imm(1, 2, 2, 1), b_cond(1, -3)]
    }),
    ("two folds", |rng, x| {
        x[7] = rng.value();
        vec![
            pair_post(1, 1, 8, 9, 0, 2),
            add(1, 5, 5, 8),
            logical(1, 2, 0, 7, 7, 9),
            add(1, 5, 5, 9),
            subs_imm(1, 2, 2, 1),
            b_cond(1, -5),
        ]
    }),
    ("fold a counter", |rng, _| {
        let w = rng.below(2) as u32;
        let (a, b) = if rng.one_in(3) { (2, 5) } else { (5, 2) };
        let other = if rng.one_in(3) { logical(w, rng.below(3) as u32, rng.below(2) as u32, 7, 7, 2) } else { NOP };
        let fold = match rng.below(4) {
            0 => add(w, 5, a, b),
            1 => sub(w, 5, 5, 2),
            2 => add(w, 5, 5, 2),
            _ => logical(w, rng.below(3) as u32, rng.below(2) as u32, 5, a, b),
        };
        vec![fold, other, subs_imm(w, 2, 2, rng.pick(&[1, 1, 3])), b_cond(rng.pick(&[1, 8, 12]), -3)]
    }),
    ("minimum", |rng, _| {
        let (size, w) = (rng.below(4) as u32, rng.below(2) as u32);
        let (a, b) = if rng.one_in(2) { (6, 5) } else { (5, 6) };
        vec![
            post(size, 1, 6, 0, 1 << size),
            subs(w, ZR, a, b),
            csel(w, 5, rng.pick(&[a, b]), rng.pick(&[a, b]), rng.below(14) as u32),
            subs_imm(1, 2, 2, 1),
            b_cond(1, -4),
        ]
    }),
    ("loads that feed the counter", |rng, _| {
        vec![post(0, 1, 6, 0, 1), sub(1, 2, 2, 6), subs_imm(1, ZR, 2, 0), b_cond(rng.pick(&[12, 8, 5, 1]), -3)]
    }),
    ("bound in memory", |rng, x| {
        x[1] = DATA + 8;
        x[0] = DATA + rng.pick(&[0, 64, 4000]);
        let store = if rng.one_in(2) { post(3, 0, 2, 0, 8) } else { NOP };
        vec![store, unscaled(3, 1, 6, 1, 0), add_imm(1, 2, 2, 1), subs(1, ZR, 2, 6), b_cond(3, -4)]
    }),
    ("counter in memory", |_, x| {
        x[1] = DATA + 16;
        vec![unscaled(3, 1, 6, 1, 0), add_imm(1, 6, 6, 1), unscaled(3, 0, 6, 1, 0), subs_imm(1, 2, 2, 1), b_cond(1, -4)]
    }),
    ("pointer chase", |_, _| vec![unscaled(3, 1, 0, 0, 0), subs_imm(1, 2, 2, 1), b_cond(1, -2)]),
    ("two counters", |rng, x| {
        x[3] = rng.below(9000);
        vec![add_imm(1, 2, 2, 1), subs(1, ZR, 2, 3), b_cond(10, 3), cb(0, 0, 7, 2), sub_imm(0, 7, 7, 1), b(-5)]
    }),
];

/// Source and destination apart, on each other, or side by side.
fn overlap(rng: &mut Rng, x: &mut [u64; 32]) {
    let apart = rng.pick(&[0x9000, 0x9003, 0x9008, 1, 2, 4, 8, 16, 64, 0, 4096, 0x4001]);
    x[1] = x[0] + apart;
    if rng.one_in(2) {
        x.swap(0, 1);
    }
}

fn random_registers(rng: &mut Rng) -> [u64; 32] {
    let mut x: [u64; 32] = std::array::from_fn(|_| rng.value());
    let near = rng.pick(&[0, 1, 2, 3, 5, 8, 4088, 4095, 0x3ff0, 0x1_2000, 0x1_3f00]);
    x[0] = DATA + near + rng.pick(&[0, 0, 8, 64]);
    x[1] = DATA + rng.below(0x4000) * 4;
    if rng.one_in(8) {
        x[0] |= rng.below(256) << 56;
    }
    x[2] = match rng.below(4) {
        0 => rng.below(3000),
        1 => 2000 + rng.below(20_000),
        _ => 4000 + rng.below(4000),
    };
    x[3] = rng.below(12_000);
    x
}

fn random_instruction(rng: &mut Rng) -> u32 {
    let r = |rng: &mut Rng| rng.below(9) as u32;
    let (w, d, n, m) = (rng.below(2) as u32, r(rng), r(rng), rng.pick(&[2, 3, 4, 5, 6, 7, 8, ZR]));
    let size = rng.below(4) as u32;
    match rng.below(16) {
        0 => add_imm(w, d, n, rng.pick(&[0, 1, 4, 8, 4095])),
        1 => sub_imm(w, d, d, rng.pick(&[1, 1, 2, 8])),
        2 => subs_imm(w, d, d, 1),
        3 => add(w, d, n, m),
        4 => sub(w, d, n, m),
        5 => subs(w, rng.pick(&[ZR, d]), n, m),
        6 => logical(w, rng.below(4) as u32, rng.below(2) as u32, d, n, m),
        7 => mov(w, d, m),
        8 => bitfield(w, rng.below(2) as u32, d, n, rng.below(32) as u32, rng.below(32) as u32),
        9 => madd(w, d, n, m, rng.pick(&[5, ZR])),
        10 => csel(w, d, n, m, rng.below(16) as u32),
        11 => add_extended(w, d, n, m.min(8), rng.below(8) as u32, rng.below(4) as u32),
        12 => post(size, rng.below(2) as u32, rng.pick(&[4, 5, 6]), rng.pick(&[0, 1]), 1 << size),
        13 => indexed(size, rng.below(2) as u32, rng.pick(&[4, 5, 6]), rng.pick(&[0, 1]), 2, rng.pick(&[2, 3, 6]), 0),
        14 => unscaled(size, rng.below(2) as u32, rng.pick(&[4, 5, 6]), rng.pick(&[0, 1]), rng.pick(&[0, 8, -8, 1])),
        _ => adds_imm(w, rng.pick(&[d, ZR]), n, 1),
    }
}

fn random_body(rng: &mut Rng) -> Vec<u32> {
    let count = 1 + rng.below(6) as i32;
    let mut words: Vec<u32> = (0..count).map(|_| random_instruction(rng)).collect();
    if rng.one_in(2) {
        words.push(subs_imm(1, 2, 2, 1));
    }
    if rng.one_in(4) {
        let at = rng.below(words.len() as u64) as usize;
        // Out of the loop, behind the closing branch.
        let out = (words.len() + 2 - at) as i32;
        let leave = [cb(1, 0, 6, out), cb(0, 1, 2, out), b_cond(rng.below(14) as u32, out), tb(0, 2, 40, out)];
        words.insert(at, rng.pick(&leave));
    }
    let back = -(words.len() as i32);
    let bit = rng.below(64) as u32;
    let close = [b_cond(1, back), b_cond(rng.below(14) as u32, back), cb(1, 1, 2, back), tb(1, 2, bit, back), b(back)];
    words.push(rng.pick(&close));
    words
}

/// Bytes for the data and the page behind it.
pub fn random_data(rng: &mut Rng) -> Vec<u8> {
    let mut data = rng.bytes((DATA_BYTES + READ_ONLY_BYTES) as usize);
    // A zero now and then ends strings, far enough apart for loops to become hot.
    data.iter_mut().for_each(|byte| *byte = (*byte).max(1));
    for at in [0x2fff, 0x5803, 0x9000, 0x1_2345] {
        data[at] = 0;
    }
    // Two halves that are alike for a while.
    let (left, right) = data.split_at_mut(0x8000);
    right[..0x7800].copy_from_slice(&left[..0x7800]);
    data
}

/// A loop with HLT behind it.
pub fn random_loop(rng: &mut Rng) -> Loop {
    let mut registers = random_registers(rng);
    let (name, mut words) = if rng.one_in(4) {
        ("random body", random_body(rng))
    } else {
        let (name, shape) = rng.pick(SHAPES);
        (name, shape(rng, &mut registers))
    };
    if rng.one_in(8) && words.len() > 1 {
        // One more at the end, so that branches within keep their distances but the closing one, which reaches further.
        let close = words.pop().unwrap_or(NOP);
        words.push(random_instruction(rng));
        let nearer = if close >> 24 == 0x54 || close >> 25 & 0x3f == 0x1a { close.wrapping_sub(1 << 5) } else { close };
        words.push(nearer);
    }
    words.push(HLT);
    Loop { name, words, registers }
}
