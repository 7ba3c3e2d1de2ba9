//! Text from files and programs, where it is shown or written: file names, symbols, messages that hold them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A name on one line, of any bytes. What is text stays as it is, but for `\`, which is doubled. Other bytes, and
/// characters that move what stands around them or do not show, become `\n`, `\r`, `\t` or `\xHH`. No two names become
/// one: read as a byte string of C or Python, the result is the name again.
pub fn name(bytes: &[u8]) -> Cow<'_, str> {
    escaped(bytes, |character| character == '\\' || is_hidden(character))
}

/// [`name`] without blanks, so that several can stand in a row.
pub fn word(bytes: &[u8]) -> Cow<'_, str> {
    escaped(bytes, |character| character == '\\' || character == ' ' || is_hidden(character))
}

/// A message for a terminal: it keeps its lines, and nothing in it gives the terminal orders.
pub fn message(text: &str) -> Cow<'_, str> {
    escaped(text.as_bytes(), |character| !matches!(character, '\n' | '\t') && is_hidden(character))
}

/// Control characters of both sets, and those of Unicode that turn the direction of writing, break lines or have no
/// width.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

fn escaped(bytes: &[u8], hides: impl Fn(char) -> bool) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.contains(&hides)
    {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len() + 16);
    let raw = |out: &mut String, bytes: &[u8]| {
        for byte in bytes {
            let _ = write!(out, "\\x{byte:02x}"); // writing to a String cannot fail
        }
    };
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                _ if !hides(character) => out.push(character),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                _ => raw(&mut out, character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        raw(&mut out, chunk.invalid());
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads the escapes of a byte string.
    fn read(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            if byte != b'\\' {
                bytes.push(byte);
                continue;
            }
            bytes.push(match rest.next().unwrap() {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'x' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => other,
            });
        }
        bytes
    }

    #[test]
    fn names_that_differ_stay_different() {
        assert_eq!(name(b"plain name \xc3\xa4"), "plain name \u{e4}");
        assert_eq!((name(b"a\nb"), name(b"a\\nb")), ("a\\nb".into(), "a\\\\nb".into()));
        assert_eq!((name(b"\xff"), name(b"\\xff")), ("\\xff".into(), "\\\\xff".into()));
        assert_eq!(name("\u{1b}[2J\u{9b}\u{202e}".as_bytes()), "\\x1b[2J\\xc2\\x9b\\xe2\\x80\\xae");
        assert_eq!(word(b"operator new\t"), "operator\\x20new\\t");
    }

    #[test]
    fn messages_keep_their_lines_and_give_no_orders() {
        assert_eq!(message("a\\b\tc\nd"), "a\\b\tc\nd");
        assert_eq!(message("\u{1b}]0;title\u{7}\r\u{85}"), "\\x1b]0;title\\x07\\r\\xc2\\x85");
    }

    proptest! {
        #[test]
        fn escapes_are_read_back(bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), Just(b'\\'), Just(b'\n'), Just(b'x'), Just(0xc2), Just(0x9b)], 0..40)) {
            for text in [name(&bytes), word(&bytes)] {
                prop_assert_eq!(read(&text), bytes.clone(), "{}", text);
                prop_assert!(!text.contains(is_hidden), "{}", text);
            }
            prop_assert!(!word(&bytes).contains(' '));
        }
    }
}
