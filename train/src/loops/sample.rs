//! Examples of loops.

use crate::rng::Rng;

/// A body with the registers that a lane had, and what is known about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    pub words: Vec<u32>,
    pub registers: [u64; 32],
    /// Type: countdown, countup, memory fill, unknown.
    pub kind: Option<u8>,
    pub counter: Option<u8>,
    /// log10 of the iterations left, from -1 to 6.
    pub iterations: Option<f32>,
    pub class: Option<u8>,
    /// Destination, source and length register.
    pub operands: [Option<u8>; 3],
    /// log2 of an element's bytes.
    pub size: Option<u8>,
    /// Whether it could be proved, as far as that is for its code to say.
    pub provable: Option<bool>,
    /// It was proved, and that skipped as much as a loop has to.
    pub worth: bool,
    pub part: Part,
}

/// What an example is for. A program's are all for the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    #[default]
    Training,
    /// Not trained on: says from which confidence on a loop counts as worth a proof.
    Validation,
    /// Nothing is chosen by it: says how right the networks are.
    Test,
}

/// Words of a sample in a file.
pub const ROW: usize = 106;

impl Sample {
    /// As words of a file.
    pub fn to_row(&self) -> [u32; ROW] {
        let mut row = [0; ROW];
        row[0] = self.words.len() as u32;
        row[1..=self.words.len()].copy_from_slice(&self.words);
        for (pair, value) in row[33..97].chunks_exact_mut(2).zip(self.registers) {
            pair.copy_from_slice(&[value as u32, (value >> 32) as u32]);
        }
        let [destination, source, length] = self.operands;
        let known = [self.kind, self.counter, self.class, destination, source, length, self.size];
        for (to, value) in row[97..].iter_mut().zip(known) {
            *to = value.map_or(u32::MAX, u32::from);
        }
        row[104] = self.iterations.map_or(u32::MAX, f32::to_bits);
        row[105] = u32::from(self.worth) | (self.part as u32) << 1 | self.provable.map_or(2, u32::from) << 3;
        row
    }

    /// From words of a file.
    pub fn from_row(row: &[u32]) -> Sample {
        let known = |at: usize| u8::try_from(row[at]).ok();
        let count = (row[0] as usize).clamp(1, 32);
        Sample {
            words: row[1..=count].to_vec(),
            registers: std::array::from_fn(|n| u64::from(row[33 + 2 * n]) | u64::from(row[34 + 2 * n]) << 32),
            kind: known(97),
            counter: known(98),
            class: known(99),
            operands: [known(100), known(101), known(102)],
            size: known(103),
            iterations: (row[104] != u32::MAX).then(|| f32::from_bits(row[104])),
            provable: (row[105] >> 4 == 0).then_some(row[105] >> 3 & 1 != 0),
            worth: row[105] & 1 != 0,
            part: match row[105] >> 1 & 3 {
                0 => Part::Training,
                1 => Part::Validation,
                _ => Part::Test,
            },
        }
    }

    /// What the detector reads of the registers.
    pub fn features(&self) -> impl Iterator<Item = f32> {
        let values = self.registers.map(|value| value as i64);
        let size = |v: i64| ((1.0 + v.unsigned_abs() as f64).log10() / 10.0) as f32;
        let sizes = values.map(|v| if v < 0 { -size(v) } else { size(v) });
        sizes.into_iter().chain(values.map(|v| if v == 0 { 0.0 } else { 1.0 }))
    }

    /// The same loop with X0 to X30 renamed by chance.
    pub fn renamed(&self, rng: &mut Rng) -> Sample {
        let mut names: [u8; 32] = std::array::from_fn(|n| n as u8);
        for at in (1..31).rev() {
            names.swap(at, rng.below(at + 1));
        }
        let name = |n: Option<u8>| n.map(|n| names[usize::from(n)]);
        let mut other = self.clone();
        for (n, value) in self.registers.into_iter().enumerate() {
            other.registers[usize::from(names[n])] = value;
        }
        for word in &mut other.words {
            let fields = register_fields(*word);
            for low in [0, 5, 10, 16].into_iter().filter(|low| fields >> low & 1 != 0) {
                let n = *word >> low & 31;
                *word = *word & !(31 << low) | u32::from(names[n as usize]) << low;
            }
        }
        other.counter = name(self.counter);
        other.operands = self.operands.map(name);
        other
    }
}

/// Bits 0, 5, 10 and 16: whether a register's number begins there (Arm ARM, C4).
fn register_fields(word: u32) -> u32 {
    const D: u32 = 1;
    const N: u32 = 1 << 5;
    const A: u32 = 1 << 10;
    const M: u32 = 1 << 16;
    match word >> 25 & 15 {
        // Immediate operands: ADR, the others; wide moves; EXTR.
        0b1000 if word >> 24 & 1 == 0 => D,
        0b1000 => D | N,
        0b1001 => match word >> 23 & 3 {
            1 => D,
            3 => D | N | M,
            _ => D | N,
        },
        // Branches: those that test a register, those to one.
        0b1010 | 0b1011 => match word >> 29 & 3 {
            1 => D,
            2 if word >> 25 & 1 == 1 => N,
            _ => 0,
        },
        // Register operands: three sources; a condition compared with a number; one source.
        0b0101 | 0b1101 => match word >> 21 & 0xf | (word >> 24 & 1) << 4 {
            op if op & 16 != 0 && word >> 28 & 1 == 1 => D | N | M | A,
            2 if word >> 28 & 1 == 1 => N | if word >> 11 & 1 == 1 { 0 } else { M },
            6 if word >> 28 & 1 == 1 && word >> 30 & 1 == 1 => D | N,
            _ => D | N | M,
        },
        // Loads and stores: literal; pairs; exclusive, atomic, register offset; others.
        op if op & 5 == 4 => match word >> 28 & 3 {
            1 => D,
            2 => D | A | N,
            0 => D | A | N | M,
            _ => D | N | if word >> 24 & 1 == 0 && word >> 21 & 1 == 1 { M } else { 0 },
        },
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::register_fields;

    #[test]
    fn register_fields_are_found() {
        let cases = [
            (0x9100_0c00u32, 0x21u32, "add x0, x0, 3"),
            (0xf100_0442, 0x21, "subs x2, x2, 1"),
            (0x54ff_ffc1, 0, "b.ne"),
            (0x3800_1404, 0x21, "strb w4, [x0], 1"),
            (0x3860_6826, 0x1_0021, "ldrb w6, [x1, x0]"),
            (0xa8c1_1c06, 0x421, "ldp x6, x7, [x0], 16"),
            (0x8b06_00a5, 0x1_0021, "add x5, x5, x6"),
            (0x9b03_1445, 0x1_0421, "madd x5, x2, x3, x5"),
            (0x9a86_10a5, 0x1_0021, "csel x5, x5, x6, ne"),
            (0xfa41_0844, 0x20, "ccmp x2, 1, 4, eq"),
            (0xfa43_0044, 0x1_0020, "ccmp x2, x3, 4, eq"),
            (0xd280_0020, 1, "mov x0, 1"),
            (0xb5ff_ffc2, 1, "cbnz x2"),
            (0x37ff_ffc2, 1, "tbnz w2, 31"),
            (0xd61f_0020, 0x20, "br x1"),
            (0x1400_0001, 0, "b"),
            (0xdac0_1020, 0x21, "clz x0, x1"),
            (0x9ac3_0841, 0x1_0021, "udiv x1, x2, x3"),
            (0xd340_fc41, 0x21, "lsr x1, x2, 0"),
        ];
        for (word, fields, text) in cases {
            assert_eq!(register_fields(word), fields, "{text}");
        }
    }
}
