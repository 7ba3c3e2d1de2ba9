//! The names that a program's symbol table gives to its addresses.

use object::elf;
use object::read::elf::ElfFile64;
use object::{LittleEndian, Object as _, ObjectSymbol as _};

use super::Error;

/// A symbol: a name for some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Symbol {
    pub name: String,
    /// Its final address.
    pub address: u64,
    /// Bytes, 0 where the table does not say.
    pub size: u64,
    global: bool,
}

/// The symbols of a program, by address.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    sorted: Vec<Symbol>,
}

impl Symbols {
    /// Reads the symbol table of `file`, whose addresses are moved by `base`. A program without one has no symbols.
    pub fn read(file: &[u8], base: u64) -> Symbols {
        let Ok(elf_file) = ElfFile64::<LittleEndian>::parse(file) else { return Symbols::default() };
        let mut sorted: Vec<Symbol> = Vec::new();
        for symbol in elf_file.symbols() {
            let kind = symbol.elf_symbol().st_type();
            let named = symbol.name().ok().filter(|name| !name.is_empty() && !name.starts_with('$'));
            let (Some(name), true) = (named, symbol.is_definition() || symbol.address() != 0) else { continue };
            if !matches!(kind, elf::STT_FUNC | elf::STT_OBJECT | elf::STT_NOTYPE) || symbol.is_undefined() {
                continue;
            }
            sorted.push(Symbol {
                name: name.to_owned(),
                address: symbol.address().wrapping_add(base),
                size: symbol.size(),
                global: symbol.is_global(),
            });
        }
        // At one address the symbol with a size and the global one come last: these are found first.
        sorted.sort_by(|a, b| {
            let key = |s: &Symbol| (s.address, s.size != 0, s.global);
            key(a).cmp(&key(b)).then_with(|| b.name.cmp(&a.name))
        });
        Symbols { sorted }
    }

    /// The symbol that `address` lies in, or the one before it.
    pub fn at(&self, address: u64) -> Option<(&Symbol, u64)> {
        let after = self.sorted.partition_point(|symbol| symbol.address <= address);
        let symbol = self.sorted[..after].last()?;
        let offset = address - symbol.address;
        // Past the end of a symbol that has one there is no name, only a distance.
        (symbol.size == 0 || offset < symbol.size).then_some((symbol, offset))
    }

    /// The symbol called `name`: a global one, or the only one.
    pub fn find(&self, name: &str) -> Result<&Symbol, Error> {
        let called: Vec<&Symbol> = self.sorted.iter().filter(|symbol| symbol.name == name).collect();
        let global = called.iter().find(|symbol| symbol.global);
        match (global, &*called) {
            (Some(symbol), _) | (None, [symbol]) => Ok(symbol),
            (None, []) if self.sorted.is_empty() => Err(Error::NoSymbols { name: name.to_owned() }),
            (None, []) => Err(Error::NoSuchSymbol { name: name.to_owned(), similar: self.similar(name) }),
            (None, all) => Err(Error::AmbiguousSymbol { name: name.to_owned(), count: all.len() }),
        }
    }

    /// Names that look like a misspelt `name`, as a hint.
    fn similar(&self, name: &str) -> String {
        let lower = name.to_lowercase();
        let close = |symbol: &&Symbol| {
            let other = symbol.name.to_lowercase();
            other.contains(&lower) || lower.contains(&other)
        };
        let names: Vec<&str> = self.sorted.iter().filter(close).map(|symbol| &*symbol.name).take(4).collect();
        if names.is_empty() { String::new() } else { format!("; there are {}", names.join(", ")) }
    }

    /// The address that `text` says: 0x and hexadecimal digits, or a symbol; with the bytes of the symbol, if known.
    pub fn place(&self, text: &str) -> Result<(u64, Option<u64>), Error> {
        if let Some(digits) = text.strip_prefix("0x") {
            let address = u64::from_str_radix(digits, 16);
            return match address {
                Ok(address) => Ok((address, None)),
                Err(_) => Err(Error::NoSuchSymbol { name: text.to_owned(), similar: String::new() }),
            };
        }
        let symbol = self.find(text)?;
        Ok((symbol.address, (symbol.size != 0).then_some(symbol.size)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(name: &str, address: u64, size: u64, global: bool) -> Symbol {
        Symbol { name: name.to_owned(), address, size, global }
    }

    #[test]
    fn addresses_have_the_symbol_around_them() {
        let symbols = Symbols {
            sorted: vec![
                symbol("_start", 0x100, 0, true),
                symbol("main", 0x200, 0x40, true),
                symbol("twin", 0x300, 8, false),
                symbol("twin", 0x400, 8, false),
            ],
        };
        let at = |address| symbols.at(address).map(|(symbol, offset)| (&*symbol.name, offset));
        assert_eq!(at(0xff), None);
        assert_eq!(at(0x1ff), Some(("_start", 0xff)));
        assert_eq!(at(0x23c), Some(("main", 0x3c)));
        assert_eq!(at(0x240), None, "behind the end of main");
        assert_eq!(symbols.place("main").unwrap(), (0x200, Some(0x40)));
        assert_eq!(symbols.place("0x123").unwrap(), (0x123, None));
        assert!(matches!(symbols.find("twin"), Err(Error::AmbiguousSymbol { count: 2, .. })));
        assert!(symbols.find("Main").unwrap_err().to_string().contains("there are main"));
        assert!(Symbols::default().find("main").unwrap_err().to_string().contains("no symbol"));
    }
}
