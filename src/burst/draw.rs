//! Random bits that depend on seed, neuron and burst alone: the counterpart of `wgsl/burst/draw.wgsl`.

/// Four random words. It is pcg4d of M. Jarzynski and M. Olano, Hash Functions for GPU Rendering, 2020, with a third
/// round: after two the lowest bits of neighbours are alike too often.
pub(crate) fn draw(seed: u64, id: u32, step: u64) -> [u32; 4] {
    let mut v = [id, step as u32, seed as u32, (seed >> 32) as u32 ^ (step >> 32) as u32];
    for word in &mut v {
        *word = word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    }
    mix(&mut v);
    for _ in 0..2 {
        for word in &mut v {
            *word ^= *word >> 16;
        }
        mix(&mut v);
    }
    v
}

fn mix(v: &mut [u32; 4]) {
    v[0] = v[0].wrapping_add(v[1].wrapping_mul(v[3]));
    v[1] = v[1].wrapping_add(v[2].wrapping_mul(v[0]));
    v[2] = v[2].wrapping_add(v[0].wrapping_mul(v[1]));
    v[3] = v[3].wrapping_add(v[1].wrapping_mul(v[2]));
}

/// A generator for networks: the draws of one stream, one after the other.
#[derive(Clone, Debug)]
pub struct Stream {
    seed: u64,
    stream: u32,
    step: u64,
    left: [u32; 4],
    used: usize,
}

impl Stream {
    /// Streams of one seed with different numbers have nothing in common.
    pub fn new(seed: u64, stream: u32) -> Stream {
        Stream { seed, stream, step: 0, left: [0; 4], used: 4 }
    }

    /// 32 random bits.
    pub fn bits(&mut self) -> u32 {
        if self.used == 4 {
            self.left = draw(self.seed, self.stream, self.step);
            self.step += 1;
            self.used = 0;
        }
        self.used += 1;
        self.left[self.used - 1]
    }

    /// A number below `end`, which is not 0. Each comes up equally often to within 2^-32.
    pub fn below(&mut self, end: u32) -> u32 {
        ((u64::from(self.bits()) * u64::from(end)) >> 32) as u32
    }

    /// A number from 0 up to, but not, 1.
    pub fn unit(&mut self) -> f64 {
        f64::from(self.bits()) / 4_294_967_296.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_balanced_and_neighbours_unlike() {
        // 4 words of 10,000 neurons: each bit is 1 about half the time, five deviations allowed.
        let mut ones = [0u32; 128];
        let mut changed = [0u32; 128];
        for id in 0..10_000 {
            let (a, b) = (draw(7, id, 3), draw(7, id, 4));
            for bit in 0..128 {
                ones[bit] += a[bit / 32] >> (bit % 32) & 1;
                changed[bit] += (a[bit / 32] ^ b[bit / 32]) >> (bit % 32) & 1;
            }
        }
        for bit in 0..128 {
            assert!((4_750..5_250).contains(&ones[bit]), "bit {bit}: {}", ones[bit]);
            assert!((4_750..5_250).contains(&changed[bit]), "bit {bit} over time: {}", changed[bit]);
        }
    }

    #[test]
    fn every_word_of_seed_and_step_counts() {
        let base = draw(1, 2, 3);
        for other in [draw(1 + (1 << 32), 2, 3), draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4), draw(1, 2, 3 + (1 << 32))]
        {
            assert_ne!(base, other);
        }
    }
}
