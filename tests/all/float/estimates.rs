//! The manual's estimates: RecipEstimate, RecipSqrtEstimate and what is made of them, of operands that are no NaNs and
//! flushed already.

use kvrm::float::operation::*;

use super::format::Format;

/// 9 bits to 9 bits, by a table's definition.
fn recip_estimate(a: u32) -> u32 {
    assert!((256..512).contains(&a));
    let b = (1 << 19) / (a * 2 + 1);
    let r = b.div_ceil(2);
    assert!((256..512).contains(&r));
    r
}

fn recip_sqrt_estimate(a: u32) -> u32 {
    assert!((128..512).contains(&a));
    let a = if a < 256 { a * 2 + 1 } else { (a / 2 * 2 + 1) * 2 };
    let mut b = 512u64;
    while u64::from(a) * (b + 1) * (b + 1) < 1 << 28 {
        b += 1;
    }
    let r = b.div_ceil(2) as u32;
    assert!((256..512).contains(&r));
    r
}

pub fn integer_reciprocal(v: u32) -> u32 {
    if v >> 31 == 0 { u32::MAX } else { recip_estimate(v >> 23) << 23 }
}

pub fn integer_root(v: u32) -> u32 {
    if v >> 30 == 0 { u32::MAX } else { recip_sqrt_estimate(v >> 23) << 23 }
}

/// Exponent field and a fraction of 52 bits.
fn parts(v: u64, format: Format) -> (i32, u64) {
    let field = v >> format.fraction_bits & ((1 << format.exponent_bits) - 1);
    (field as i32, (v & ((1 << format.fraction_bits) - 1)) << (52 - format.fraction_bits))
}

const FRACTION: u64 = (1 << 52) - 1;

/// FPRecipEstimate.
pub fn reciprocal(v: u64, format: Format, flushes: bool, overflows: impl Fn(bool) -> bool, flags: &mut u32) -> u64 {
    let sign = v & format.sign();
    let magnitude = v & !format.sign();
    if format.is_infinity(v) {
        return sign;
    }
    if magnitude == 0 {
        *flags |= FPSR_DZC;
        return sign | format.infinity();
    }
    // 2 to the power of -16, -128 or -1024, which is subnormal.
    if magnitude < 1 << (format.fraction_bits - 2) {
        *flags |= FPSR_OFC | FPSR_IXC;
        return sign | (format.infinity() - u64::from(!overflows(sign != 0)));
    }
    if flushes && magnitude >= format.power(format.bias() - 1) {
        *flags |= FPSR_UFC;
        return sign;
    }
    let (mut exponent, mut fraction) = parts(v, format);
    if exponent == 0 {
        if fraction >> 51 == 0 {
            exponent = -1;
            fraction = fraction << 2 & FRACTION;
        } else {
            fraction = fraction << 1 & FRACTION;
        }
    }
    let estimate = recip_estimate(1 << 8 | (fraction >> 44) as u32);
    let mut exponent = 2 * format.bias() - 1 - exponent;
    let mut fraction = u64::from(estimate & 0xff) << 44;
    match exponent {
        0 => fraction = 1 << 51 | fraction >> 1,
        -1 => {
            fraction = 1 << 50 | fraction >> 2;
            exponent = 0;
        }
        _ => {}
    }
    sign | (exponent as u64) << format.fraction_bits | fraction >> (52 - format.fraction_bits)
}

/// FPRSqrtEstimate.
pub fn root(v: u64, format: Format, flags: &mut u32) -> u64 {
    let sign = v & format.sign();
    if format.is_zero(v) {
        *flags |= FPSR_DZC;
        return sign | format.infinity();
    }
    if sign != 0 {
        *flags |= FPSR_IOC;
        return format.default_nan();
    }
    if format.is_infinity(v) {
        return 0;
    }
    let (mut exponent, mut fraction) = parts(v, format);
    if exponent == 0 {
        while fraction >> 51 == 0 {
            fraction = fraction << 1 & FRACTION;
            exponent -= 1;
        }
        fraction = fraction << 1 & FRACTION;
    }
    let scaled = if exponent & 1 == 0 { 1 << 8 | fraction >> 44 } else { 1 << 7 | fraction >> 45 };
    let exponent = (3 * format.bias() - 1 - exponent) / 2;
    let estimate = u64::from(recip_sqrt_estimate(scaled as u32) & 0xff);
    (exponent as u64) << format.fraction_bits | estimate << (format.fraction_bits - 8)
}

/// FPRecpX.
pub fn exponent(v: u64, format: Format) -> u64 {
    let top = (1 << format.exponent_bits) - 1;
    let field = v >> format.fraction_bits & top;
    let turned = if field == 0 { top - 1 } else { !field & top };
    v & format.sign() | turned << format.fraction_bits
}
