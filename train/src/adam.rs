//! Adam with gradients cut to a length, and the rate that it is used with.

/// Adam (Kingma and Ba, 2015), in single precision. A gradient longer than 1 is cut to that length first.
///
/// The dispatch networks have one of their own (`model::Adam`): it cuts nothing and rounds otherwise, and their committed
/// weights are made of its bits.
pub struct ClippedAdam {
    first: Vec<f32>,
    second: Vec<f32>,
    steps: i32,
}

impl ClippedAdam {
    pub fn new(parameters: usize) -> Self {
        Self { first: vec![0.0; parameters], second: vec![0.0; parameters], steps: 0 }
    }

    /// One step of all `weights` against their `gradient`.
    pub fn step(&mut self, weights: &mut [f32], gradient: &[f32], rate: f32) {
        assert!(weights.len() == self.first.len() && gradient.len() == self.first.len());
        self.steps += 1;
        let length = gradient.iter().map(|g| f64::from(*g) * f64::from(*g)).sum::<f64>().sqrt() as f32;
        let cut = (1.0 / length.max(1e-12)).min(1.0);
        let scale = rate * (1.0 - 0.999f32.powi(self.steps)).sqrt() / (1.0 - 0.9f32.powi(self.steps));
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((weight, g), (first, second)) in weights.iter_mut().zip(gradient).zip(moments) {
            let g = g * cut;
            *first = 0.9 * *first + 0.1 * g;
            *second = 0.999 * *second + 0.001 * g * g;
            *weight -= scale * *first / (second.sqrt() + 1e-8);
        }
    }
}

/// The rate of step `step` of `steps`: `peak` times the part of it that has been risen to, of which 1 is the most, falling to
/// nothing as half a cosine.
pub fn rate(peak: f32, risen: f32, step: usize, steps: usize) -> f32 {
    let progress = step as f32 / steps as f32;
    peak * risen.min(1.0) * 0.5 * (1.0 + (std::f32::consts::PI * progress).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_gradients_longer_than_one_are_cut() {
        // The first step goes as far whatever the length; in the second one sees what length was remembered.
        let ends = [[3.0, 4.0], [0.6, 0.8], [0.3, 0.4]].map(|gradient| {
            let (mut adam, mut weights) = (ClippedAdam::new(2), [0.0; 2]);
            adam.step(&mut weights, &gradient, 0.1);
            assert!(weights.iter().all(|weight: &f32| (weight + 0.1).abs() < 1e-4), "{weights:?}");
            adam.step(&mut weights, &[0.0, 0.5], 0.1);
            weights
        });
        let apart = |a: [f32; 2], b: [f32; 2]| (a[1] - b[1]).abs();
        assert!(apart(ends[0], ends[1]) < 1e-6, "{ends:?}");
        assert!(apart(ends[1], ends[2]) > 1e-3, "{ends:?}");
    }

    #[test]
    fn the_rate_rises_and_then_falls_to_nothing() {
        assert_eq!(rate(0.5, 0.25, 0, 10), 0.125);
        assert_eq!(rate(0.5, 3.0, 0, 10), 0.5);
        assert!((rate(0.5, 1.0, 5, 10) - 0.25).abs() < 1e-6);
        assert!(rate(0.5, 1.0, 10, 10).abs() < 1e-6);
    }
}
