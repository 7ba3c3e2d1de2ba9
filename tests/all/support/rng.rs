//! Randomness that a seed repeats on every machine: SplitMix64.

pub struct Rng(u64);

impl Rng {
    /// A stream of its own for each pair of seed and name, so that one more encoding leaves the others' cases alone.
    pub fn new(seed: u64, name: &str) -> Self {
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        Self(seed ^ hash)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`, which is far below 2^32.
    pub fn below(&mut self, end: u64) -> u64 {
        ((self.bits() >> 32) * end) >> 32
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.bits() as u8).collect()
    }

    /// A register value: small, extreme, near a power of two, 32-bit or anything.
    pub fn value(&mut self) -> u64 {
        match self.below(8) {
            0 => self.below(66),
            1 => self.below(66).wrapping_neg(),
            2 => (1u64 << self.below(64)).wrapping_add(self.below(3)).wrapping_sub(1),
            3 => {
                self.pick(&[0, u64::MAX, 1 << 63, i64::MAX as u64, 1 << 31, i32::MAX as u64, u32::MAX as u64, 1 << 32])
            }
            4 => self.bits() & 0xffff_ffff,
            5 => self.bits() as i32 as u64,
            _ => self.bits(),
        }
    }
}
