//! Types of elements.

use std::fmt;

/// What kind of number an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Int,
    Uint,
    Float,
    Complex,
}

/// The type of an array's elements, as NumPy's type string says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    pub kind: Kind,
    /// 1 to 32.
    pub bytes: u8,
    /// Whether the bytes are in the other order than on the machines that KVRM runs; not where there is one byte.
    pub big_endian: bool,
}

impl Element {
    /// Parses a type string: a byte order (`<`, `>`, `=`, `|`, or none, which is the machine's), a kind, a number of bytes.
    pub fn parse(text: &str) -> Option<Element> {
        let rest = text.trim_start_matches(['<', '>', '=', '|']);
        let order = &text[..text.len() - rest.len()];
        let mut letters = rest.chars();
        let (kind, sizes): (Kind, &[u8]) = match letters.next()? {
            '?' if letters.as_str().is_empty() => return Element::new(Kind::Bool, 1, order),
            'b' => (Kind::Bool, &[1]),
            'i' => (Kind::Int, &[1, 2, 4, 8]),
            'u' => (Kind::Uint, &[1, 2, 4, 8]),
            'f' => (Kind::Float, &[2, 4, 8, 16]),
            'c' => (Kind::Complex, &[8, 16, 32]),
            _ => return None,
        };
        let size = letters.as_str();
        let bytes = sizes.iter().copied().find(|bytes| bytes.to_string() == size)?;
        Element::new(kind, bytes, order)
    }

    fn new(kind: Kind, bytes: u8, order: &str) -> Option<Element> {
        let big = match order {
            "" | "<" | "|" => false,
            "=" => cfg!(target_endian = "big"),
            ">" => true,
            _ => return None,
        };
        Some(Element { kind, bytes, big_endian: big && bytes > 1 })
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match (self.bytes, self.big_endian) {
            (1, _) => '|',
            (_, true) => '>',
            (_, false) => '<',
        };
        let kind = match self.kind {
            Kind::Bool => 'b',
            Kind::Int => 'i',
            Kind::Uint => 'u',
            Kind::Float => 'f',
            Kind::Complex => 'c',
        };
        write!(f, "{order}{kind}{}", self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_strings_are_those_of_numpy() {
        for (text, shown) in [
            ("<u4", "<u4"),
            ("=u4", "<u4"),
            ("u4", "<u4"),
            ("|u4", "<u4"),
            (">u4", ">u4"),
            (">u1", "|u1"),
            ("<i1", "|i1"),
            ("?", "|b1"),
            ("|b1", "|b1"),
            ("<f16", "<f16"),
            (">c8", ">c8"),
        ] {
            assert_eq!(Element::parse(text).map(|element| element.to_string()).as_deref(), Some(shown), "{text}");
        }
        for text in
            ["", "<", "u", "<u3", "<<u4", "u04", "u4 ", "<U2", "|O", "<M8[ns]", "|V8", "uint32", "?1", "f1", "é4"]
        {
            assert_eq!(Element::parse(text), None, "{text}");
        }
    }
}
