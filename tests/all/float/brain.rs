//! BFDOT by the manual: BFMul, BFAdd and BFRound.

use rustc_apfloat::ieee::{Quad, Single};
use rustc_apfloat::{Float, FloatConvert, Round, Status};

const SIGN: u32 = 1 << 31;
const INFINITY: u32 = 0x7f80_0000;
const DEFAULT_NAN: u32 = 0x7fc0_0000;

/// The operand, with zero for subnormals; `None` for NaNs.
fn unpack(v: u32) -> Option<Single> {
    let v = if v & INFINITY == 0 { v & SIGN } else { v };
    (v & !SIGN <= INFINITY).then(|| Single::from_bits(u128::from(v)))
}

fn exact(v: Single) -> Quad {
    v.convert(&mut false).value
}

/// BFRound, of a number cut off.
fn round(v: Quad, inexact: bool) -> u32 {
    let cut = FloatConvert::<Single>::convert_r(v, Round::TowardZero, &mut false);
    let bits = cut.value.to_bits() as u32;
    if bits & INFINITY == 0 {
        return bits & SIGN;
    }
    if v.abs() >= Quad::from_i128(1).value.scalbn(128) {
        return bits & SIGN | INFINITY;
    }
    bits | u32::from(inexact || cut.status.contains(Status::INEXACT))
}

fn multiply(a: u32, b: u32) -> u32 {
    let (Some(a), Some(b)) = (unpack(a), unpack(b)) else { return DEFAULT_NAN };
    if a.is_infinite() && b.is_zero() || a.is_zero() && b.is_infinite() {
        return DEFAULT_NAN;
    }
    let product = exact(a).mul_r(exact(b), Round::TowardZero);
    if product.value.is_infinite() || product.value.is_zero() {
        return ((a.to_bits() ^ b.to_bits()) as u32 & SIGN) | if product.value.is_zero() { 0 } else { INFINITY };
    }
    round(product.value, product.status.contains(Status::INEXACT))
}

fn add(a: u32, b: u32) -> u32 {
    let (Some(a), Some(b)) = (unpack(a), unpack(b)) else { return DEFAULT_NAN };
    if a.is_infinite() && b.is_infinite() && a.is_negative() != b.is_negative() {
        return DEFAULT_NAN;
    }
    if a.is_infinite() || b.is_infinite() {
        return (if a.is_infinite() { a } else { b }).to_bits() as u32;
    }
    if a.is_zero() && b.is_zero() && a.is_negative() == b.is_negative() {
        return a.to_bits() as u32;
    }
    let sum = exact(a).add_r(exact(b), Round::TowardZero);
    if sum.value.is_zero() { 0 } else { round(sum.value, sum.status.contains(Status::INEXACT)) }
}

pub fn dot(a: u32, b: u32, c: u32) -> u32 {
    let products = add(multiply(a << 16, b << 16), multiply(a & 0xffff_0000, b & 0xffff_0000));
    add(c, products)
}
