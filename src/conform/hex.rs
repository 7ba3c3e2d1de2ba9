//! Numbers and bytes as a case file writes them: hex strings with or without `0x`, or plain JSON integers.

use serde::de::{DeserializeSeed, Deserializer, Error, Unexpected, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A number of a case file.
pub struct Number(pub u64);

/// What a register holds, to be written.
pub struct Digits(pub u128);

/// Reads a number of so many bits, 128 at most.
pub struct Bits(pub u32);

/// A byte string of a case file, two digits a byte.
pub struct Bytes(pub Vec<u8>);

/// The digits behind an optional `0x`; only digits, so that Rust's leading `+` is no number.
fn digits(text: &str) -> Option<&str> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(digits)
}

impl Visitor<'_> for Bits {
    type Value = u128;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a {}-bit number, as a hex string or an integer that is not negative", self.0)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<u128, E> {
        let fits = self.0 >= 64 || value >> self.0 == 0;
        fits.then_some(value.into()).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u128, E> {
        let value = digits(text).and_then(|digits| u128::from_str_radix(digits, 16).ok());
        let fits = |value: &u128| self.0 >= 128 || value >> self.0 == 0;
        value.filter(fits).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl<'de> DeserializeSeed<'de> for Bits {
    type Value = u128;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u128, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Number(Bits(64).deserialize(deserializer)? as u64))
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Digits(self.0.into()).serialize(serializer)
    }
}

impl Serialize for Digits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BytesVisitor;
        impl Visitor<'_> for BytesVisitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("bytes as a string of hex digits, two a byte")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Bytes, E> {
                let digits = digits(text)
                    .filter(|digits| digits.len() % 2 == 0)
                    .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))?;
                let nibble =
                    |digit: u8| (digit as char).to_digit(16).expect("digits() lets only hex digits through") as u8;
                Ok(Bytes(digits.as_bytes().chunks(2).map(|pair| nibble(pair[0]) << 4 | nibble(pair[1])).collect()))
            }
        }
        deserializer.deserialize_str(BytesVisitor)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Digits<'a>(&'a [u8]);
        impl fmt::Display for Digits<'_> {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
        serializer.collect_str(&Digits(&self.0))
    }
}
