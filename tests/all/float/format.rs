//! Formats of numbers, and what bits of them are.

use rustc_apfloat::ieee::{BFloat, Double, Half, Quad, Single};
use rustc_apfloat::{Float, FloatConvert};

/// A format of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    pub exponent_bits: u32,
    pub fraction_bits: u32,
}

impl Format {
    pub const B: Format = Format { exponent_bits: 8, fraction_bits: 7 };
    pub const H: Format = Format { exponent_bits: 5, fraction_bits: 10 };
    pub const S: Format = Format { exponent_bits: 8, fraction_bits: 23 };
    pub const D: Format = Format { exponent_bits: 11, fraction_bits: 52 };

    /// By log2 of its bytes.
    pub fn of(size: u32) -> Format {
        [Format::B, Format::H, Format::S, Format::D][size as usize]
    }

    pub fn width(self) -> u32 {
        1 + self.exponent_bits + self.fraction_bits
    }

    pub fn mask(self) -> u64 {
        u64::MAX >> (64 - self.width())
    }

    pub fn sign(self) -> u64 {
        1 << (self.width() - 1)
    }

    pub fn infinity(self) -> u64 {
        ((1 << self.exponent_bits) - 1) << self.fraction_bits
    }

    pub fn quiet(self) -> u64 {
        1 << (self.fraction_bits - 1)
    }

    pub fn default_nan(self) -> u64 {
        self.infinity() | self.quiet()
    }

    pub fn bias(self) -> i32 {
        (1 << (self.exponent_bits - 1)) - 1
    }

    /// 2 to the power.
    pub fn power(self, exponent: i32) -> u64 {
        ((exponent + self.bias()) as u64) << self.fraction_bits
    }

    pub fn is_nan(self, v: u64) -> bool {
        v & (self.sign() - 1) > self.infinity()
    }

    pub fn is_signaling(self, v: u64) -> bool {
        self.is_nan(v) && v & self.quiet() == 0
    }

    pub fn is_quiet(self, v: u64) -> bool {
        self.is_nan(v) && v & self.quiet() != 0
    }

    pub fn is_infinity(self, v: u64) -> bool {
        v & (self.sign() - 1) == self.infinity()
    }

    pub fn is_zero(self, v: u64) -> bool {
        v & (self.sign() - 1) == 0
    }

    pub fn is_subnormal(self, v: u64) -> bool {
        !self.is_zero(v) && v & (self.sign() - 1) < 1 << self.fraction_bits
    }

    /// Exact.
    pub fn widen(self, v: u64) -> Quad {
        let v = u128::from(v & self.mask());
        let exact = &mut false;
        match self {
            Format::B => BFloat::from_bits(v).convert(exact).value,
            Format::H => Half::from_bits(v).convert(exact).value,
            Format::S => Single::from_bits(v).convert(exact).value,
            _ => Double::from_bits(v).convert(exact).value,
        }
    }
}
