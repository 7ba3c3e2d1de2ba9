//! The names that a program's symbol table gives to its addresses.

use std::ops::Range;

use object::elf;
use object::read::elf::ElfFile64;
use object::{LittleEndian, Object as _, ObjectSymbol as _};

use super::elf::Program;
use crate::escape;
use crate::machine::Permissions;

/// Why a program has no place of some name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SymbolError {
    /// The program was linked without a symbol table.
    #[error(
        "the program has no symbol table in which to find {name}: give an address like 0x412340, or do not strip it"
    )]
    NoTable { name: String },
    /// The program has no such symbol.
    #[error("the program has no symbol {name}{similar}")]
    NotFound { name: String, similar: String },
    /// The program has several local symbols of this name.
    #[error("the program has {count} symbols {name}: give the address of one of them")]
    Ambiguous { name: String, count: usize },
}

/// A symbol: a name for some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// As it is shown: [`escape::word`] of the bytes in the table.
    pub name: String,
    /// Its final address.
    pub address: u64,
    /// Bytes, 0 where the table does not say.
    pub size: u64,
    global: bool,
}

/// The symbols of a program, by address.
#[derive(Debug, Default)]
pub struct Symbols {
    sorted: Vec<Symbol>,
    /// Where the program's file has code, ascending.
    code: Vec<Range<u64>>,
}

/// A longer name is none.
const NAME_BYTES: usize = 4096;
/// Bytes of all names together, at the most.
const NAMES_BYTES: usize = 1 << 30;
/// Characters of a name in a hint.
const SHOWN: usize = 60;

impl Symbols {
    /// Reads the symbol table of `file`, which `program` was made of. A program without one has no symbols.
    pub fn read(file: &[u8], program: &Program) -> Symbols {
        let code = program.segments.iter().filter(|segment| segment.permissions.contains(Permissions::EXECUTE));
        let mut code: Vec<Range<u64>> = code.map(|part| part.address..part.address + part.memory_size).collect();
        code.dedup_by(|next, last| {
            let touches = last.end == next.start;
            last.end = if touches { next.end } else { last.end };
            touches
        });
        let mut symbols = Symbols { sorted: Vec::new(), code };
        let Ok(elf_file) = ElfFile64::<LittleEndian>::parse(file) else { return symbols };
        let sorted = &mut symbols.sorted;
        // Symbols may share the bytes of their names, and the file may ask for far more than it has.
        let mut room = NAMES_BYTES;
        for symbol in elf_file.symbols() {
            let kind = symbol.elf_symbol().st_type();
            let named = symbol.name_bytes().ok().filter(|name| !name.is_empty() && !name.starts_with(b"$"));
            let (Some(name), true) = (named, symbol.is_definition() || symbol.address() != 0) else { continue };
            if !matches!(kind, elf::STT_FUNC | elf::STT_OBJECT | elf::STT_NOTYPE) || symbol.is_undefined() {
                continue;
            }
            if name.len() > NAME_BYTES {
                continue;
            }
            let name = escape::word(name).into_owned();
            let Some(left) = room.checked_sub(name.len()) else {
                log::warn!(
                    "the names of the program's symbols take more than {NAMES_BYTES} bytes: the rest is left out"
                );
                break;
            };
            room = left;
            sorted.push(Symbol {
                name,
                address: symbol.address().wrapping_add(program.base),
                size: symbol.size(),
                global: symbol.is_global(),
            });
        }
        // At one address the symbol with a size and the global one come last: these are found first.
        sorted.sort_by(|a, b| {
            let key = |s: &Symbol| (s.address, s.size != 0, s.global);
            key(a).cmp(&key(b)).then_with(|| b.name.cmp(&a.name))
        });
        symbols
    }

    /// The code around `address`, as far as the program's file has it.
    fn code_at(&self, address: u64) -> Option<&Range<u64>> {
        let after = self.code.partition_point(|code| code.start <= address);
        self.code[..after].last().filter(|code| code.contains(&address))
    }

    /// Whether the program's file has code at `address`.
    pub fn is_code(&self, address: u64) -> bool {
        self.code_at(address).is_some()
    }

    /// The symbol that an instruction at `address` lies in, or the one before it, and the distance from it. There is
    /// none outside of the code in the program's file.
    pub fn at(&self, address: u64) -> Option<(&Symbol, u64)> {
        let code = self.code_at(address)?;
        let after = self.sorted.partition_point(|symbol| symbol.address <= address);
        let symbol = self.sorted[..after].last().filter(|symbol| code.contains(&symbol.address))?;
        let offset = address - symbol.address;
        // Past the end of a symbol that has one there is no name, only a distance.
        (symbol.size == 0 || offset < symbol.size).then_some((symbol, offset))
    }

    /// The symbol called `name`, as it is or as it is shown: a global one, or the only one.
    pub fn find(&self, name: &str) -> Result<&Symbol, SymbolError> {
        let shown = escape::word(name.as_bytes());
        let called = |symbol: &&Symbol| symbol.name == name || symbol.name == shown;
        let called: Vec<&Symbol> = self.sorted.iter().filter(called).collect();
        let global = called.iter().find(|symbol| symbol.global);
        match (global, &*called) {
            (Some(symbol), _) | (None, [symbol]) => Ok(symbol),
            (None, []) if self.sorted.is_empty() => Err(SymbolError::NoTable { name: name.to_owned() }),
            (None, []) => Err(SymbolError::NotFound { name: name.to_owned(), similar: self.similar(name) }),
            (None, all) => Err(SymbolError::Ambiguous { name: name.to_owned(), count: all.len() }),
        }
    }

    /// Names that look like a misspelt `name`, as a hint.
    fn similar(&self, name: &str) -> String {
        let lower = name.to_lowercase();
        let close = |symbol: &&Symbol| {
            let other = symbol.name.to_lowercase();
            other.contains(&lower) || lower.contains(&other)
        };
        let short = |symbol: &Symbol| symbol.name.chars().take(SHOWN).collect::<String>();
        let names: Vec<String> = self.sorted.iter().filter(close).map(short).take(4).collect();
        if names.is_empty() { String::new() } else { format!("; there are {}", names.join(", ")) }
    }

    /// The address that `text` says: 0x and hexadecimal digits, or a symbol; with the bytes of the symbol, if known.
    pub fn place(&self, text: &str) -> Result<(u64, Option<u64>), SymbolError> {
        if let Some(digits) = text.strip_prefix("0x") {
            let address = u64::from_str_radix(digits, 16);
            return match address {
                Ok(address) => Ok((address, None)),
                Err(_) => Err(SymbolError::NotFound { name: text.to_owned(), similar: String::new() }),
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
            code: vec![0x80..0x280, 0x2f0..0x500],
            sorted: vec![
                symbol("_start", 0x100, 0, true),
                symbol("main", 0x200, 0x40, true),
                symbol("twin", 0x300, 8, false),
                symbol("twin", 0x400, 8, false),
                symbol("last", 0x410, 0, false),
                symbol("two\\nlines", 0x600, 8, false),
            ],
        };
        let at = |address| symbols.at(address).map(|(symbol, offset)| (&*symbol.name, offset));
        assert_eq!(at(0xff), None);
        assert_eq!(at(0x1ff), Some(("_start", 0xff)));
        assert_eq!(at(0x23c), Some(("main", 0x3c)));
        assert_eq!(at(0x240), None, "behind the end of main");
        assert_eq!(at(0x2f0), None, "the symbol before is in other code");
        assert_eq!(at(0x4ff), Some(("last", 0xef)));
        assert_eq!((at(0x500), at(0x6161_6161_6161_6161), at(0x600)), (None, None, None), "no code");
        assert_eq!(symbols.find("two\nlines").unwrap().address, 0x600);
        assert_eq!(symbols.find("two\\nlines").unwrap().address, 0x600);
        assert_eq!(symbols.place("main").unwrap(), (0x200, Some(0x40)));
        assert_eq!(symbols.place("0x123").unwrap(), (0x123, None));
        assert!(matches!(symbols.find("twin"), Err(SymbolError::Ambiguous { count: 2, .. })));
        assert!(symbols.find("Main").unwrap_err().to_string().contains("there are main"));
        assert!(Symbols::default().find("main").unwrap_err().to_string().contains("no symbol"));
    }
}
