//! The engine's numbers: potentials, and fractions of one.

use super::constants::{FRACTION_BITS, UNIT_BITS};

/// One, as a leak or an excitability.
pub(crate) const UNIT: u32 = 1 << UNIT_BITS;

/// A potential in steps of 1/256, the nearest one; `None` for what is not a number or out of range.
pub fn potential_from(value: f32) -> Option<i32> {
    let scaled = (f64::from(value) * f64::from(1 << FRACTION_BITS)).round();
    (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&scaled).then_some(scaled as i32)
}

/// The potential as a number, exactly.
pub fn potential_value(potential: i32) -> f64 {
    f64::from(potential) / f64::from(1 << FRACTION_BITS)
}

/// A fraction from 0 to 1 in steps of 2^-24, the nearest one.
pub(crate) fn unit_from(value: f32) -> Option<u32> {
    (0.0..=1.0).contains(&value).then(|| (f64::from(value) * f64::from(UNIT)).round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn potentials_are_rounded_and_bounded() {
        assert_eq!(potential_from(1.0), Some(256));
        assert_eq!(potential_from(-0.001953125), Some(-1), "half a step goes away from zero");
        assert_eq!(potential_from(8_388_607.5), Some(i32::MAX - 127));
        assert_eq!(potential_from(-8_388_608.0), Some(i32::MIN));
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 8_388_608.0, -8_388_609.0] {
            assert_eq!(potential_from(bad), None, "{bad}");
        }
        assert_eq!(potential_value(-1), -0.00390625);
    }

    #[test]
    fn fractions_are_from_zero_to_one() {
        assert_eq!((unit_from(0.0), unit_from(0.5), unit_from(1.0)), (Some(0), Some(1 << 23), Some(1 << 24)));
        for bad in [f32::NAN, -1e-9, 1.000_000_1, f32::INFINITY] {
            assert_eq!(unit_from(bad), None, "{bad}");
        }
    }
}
