//! Python literals, as far as headers have them: strings, integers, booleans, tuples of integers.

use super::Reason;

/// Bytes of a header that an error repeats.
const SHOWN: usize = 40;
/// Axes of an array, at most: as NumPy.
const MOST_AXES: usize = 64;

/// A value of the dictionary.
#[derive(Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Bool(bool),
    Axes(Vec<u64>),
    /// A list, which stands for records; its text.
    List(String),
}

/// Reads one value after the other.
pub(super) struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Reader { text, at: 0 }
    }

    fn wrong(&self, what: impl Into<String>) -> Reason {
        Reason::Header { what: what.into(), at: self.at }
    }

    fn expected(&self, what: &str) -> Reason {
        match self.text.get(self.at) {
            Some(_) => {
                let end = self.text.len().min(self.at + SHOWN);
                self.wrong(format!("expected {what}, found {}", shown(&self.text[self.at..end])))
            }
            None => self.wrong(format!("expected {what}, found its end")),
        }
    }

    /// The next byte that is no space.
    fn next(&mut self) -> Option<u8> {
        let rest = &self.text[self.at..];
        self.at += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.text.get(self.at).copied()
    }

    /// Takes this byte if it comes next.
    fn take(&mut self, wanted: u8) -> bool {
        let found = self.next() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, wanted: u8) -> Result<(), Reason> {
        if self.take(wanted) { Ok(()) } else { Err(self.expected(&format!("'{}'", wanted as char))) }
    }

    /// The keys and values of a dictionary behind which there is nothing.
    pub fn dictionary(&mut self) -> Result<Vec<(String, Value)>, Reason> {
        let mut entries: Vec<(String, Value)> = Vec::new();
        self.need(b'{')?;
        while !self.take(b'}') {
            if !entries.is_empty() {
                self.need(b',')?;
                if self.take(b'}') {
                    break;
                }
            }
            self.next();
            let key = self.string()?;
            if entries.iter().any(|(other, _)| *other == key) {
                return Err(self.wrong(format!("a second {}", shown(key.as_bytes()))));
            }
            self.need(b':')?;
            entries.push((key, self.value()?));
        }
        match self.next() {
            None => Ok(entries),
            Some(_) => Err(self.expected("the end of the header")),
        }
    }

    fn value(&mut self) -> Result<Value, Reason> {
        match self.next() {
            Some(b'\'' | b'"') => self.string().map(Value::Text),
            Some(b'(') => self.axes().map(Value::Axes),
            Some(b'[') => self.list().map(Value::List),
            Some(_) if self.word(b"True") => Ok(Value::Bool(true)),
            Some(_) if self.word(b"False") => Ok(Value::Bool(false)),
            _ => Err(self.expected("a string, a tuple, True or False")),
        }
    }

    fn word(&mut self, word: &[u8]) -> bool {
        let found = self.text[self.at..].starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn string(&mut self) -> Result<String, Reason> {
        let quote = match self.text.get(self.at) {
            Some(quote @ (b'\'' | b'"')) => *quote,
            _ => return Err(self.expected("a string")),
        };
        let rest = &self.text[self.at + 1..];
        let end = rest.iter().position(|byte| *byte == quote || matches!(byte, b'\\' | b'\n'));
        match end {
            Some(end) if rest[end] == quote => {
                self.at += end + 2;
                Ok(String::from_utf8_lossy(&rest[..end]).into_owned())
            }
            _ => Err(self.expected("a string that ends, without escapes")),
        }
    }

    /// A tuple of integers; one of one has a comma.
    fn axes(&mut self) -> Result<Vec<u64>, Reason> {
        let mut axes = Vec::new();
        self.need(b'(')?;
        while !self.take(b')') {
            if axes.len() == MOST_AXES {
                return Err(self.wrong(format!("more than {MOST_AXES} axes")));
            }
            axes.push(self.integer()?);
            let comma = self.take(b',');
            if !comma && (axes.len() == 1 || self.next() != Some(b')')) {
                return Err(self.expected("','"));
            }
        }
        Ok(axes)
    }

    /// Decimal or with a prefix, with Python 2's `L` or without.
    fn integer(&mut self) -> Result<u64, Reason> {
        if self.next() == Some(b'-') {
            return Err(self.expected("a number that is not negative"));
        }
        let rest = &self.text[self.at..];
        let word = &rest[..rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()];
        let digits = word.strip_suffix(b"L").unwrap_or(word);
        let (digits, radix) = match digits {
            [b'0', b'x' | b'X', digits @ ..] => (digits, 16),
            [b'0', b'o' | b'O', digits @ ..] => (digits, 8),
            [b'0', b'b' | b'B', digits @ ..] => (digits, 2),
            // Python takes zeros before a number for a mistake.
            [b'0', _, ..] => return Err(self.expected("a number")),
            digits => (digits, 10),
        };
        let number = std::str::from_utf8(digits).ok().and_then(|digits| u64::from_str_radix(digits, radix).ok());
        let number = number.ok_or_else(|| self.expected("a number of 64 bits"))?;
        self.at += word.len();
        Ok(number)
    }

    /// What is between brackets, however deep, which nobody looks into.
    fn list(&mut self) -> Result<String, Reason> {
        let begin = self.at;
        let mut depth = 0;
        loop {
            match self.next() {
                Some(b'[' | b'(' | b'{') => depth += 1,
                Some(b']' | b')' | b'}') => depth -= 1,
                Some(b'\'' | b'"') => {
                    self.string()?;
                    continue;
                }
                Some(_) => {}
                None => return Err(self.expected("']'")),
            }
            self.at += 1;
            if depth == 0 {
                return Ok(shown(&self.text[begin..self.at]));
            }
        }
    }
}

/// The beginning of some bytes, on one line.
pub(super) fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes.trim_ascii_end().iter().take(SHOWN) {
        match byte {
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => text.extend(byte.escape_ascii().map(char::from)),
        }
    }
    if bytes.trim_ascii_end().len() > SHOWN { text + "..." } else { text }
}
