//! The state of a lane before or after a case, and how a case file writes it. Its registers are those of the machine's
//! table, by their names in lower case: numbered ones are a list under their letter.

use super::hex::{Bits, Bytes, Digits, Number};
use crate::abi::{REGISTER_FILE, Register, RegisterFile};
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

/// Everything that a program can see and change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// X0 to X30, SP, PC and the others. Where an instruction stops the lane, PC is that instruction's address.
    pub registers: RegisterFile,
    /// Registers that a case file does not mention: zero in `init`, not compared in `final`.
    pub unsaid: Vec<&'static Register>,
    /// Bytes in memory, by address. Later pieces lie over earlier ones.
    pub mem: Vec<(u64, Vec<u8>)>,
    /// What kept the instruction at `pc` from executing, if anything did. Only in `final`.
    pub stop: Option<Stop>,
    /// The address of a memory fault. Only in `final`; not compared when absent.
    pub fault: Option<u64>,
}

impl State {
    /// Registers that another state has otherwise, of those that this one mentions.
    pub fn differing<'a>(&'a self, other: &'a State) -> impl Iterator<Item = &'static Register> + 'a {
        let said = self.registers.iter().filter(|(register, _)| !self.unsaid.contains(register));
        said.filter(|(register, value)| other.registers.get(register) != *value).map(|(register, _)| register)
    }
}

/// Why an instruction does not execute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stop {
    /// UDF, an unallocated word, or an instruction that the processor does not have.
    Undefined,
    /// BRK.
    Breakpoint,
    /// HLT.
    Halt,
    /// SVC. The `pc` is the address after it, as the processor reports it.
    Syscall,
    /// An access to memory that is not there.
    Memory,
    /// An access to an address that the instruction needs aligned.
    Alignment,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Stop::Undefined => "undefined",
            Stop::Breakpoint => "breakpoint",
            Stop::Halt => "halt",
            Stop::Syscall => "syscall",
            Stop::Memory => "memory",
            Stop::Alignment => "alignment",
        })
    }
}

/// A key of a state: one register, or all that have its letter and a number.
struct Key {
    name: &'static str,
    registers: &'static [Register],
}

/// Keys that no state lacks.
const REQUIRED: [&str; 4] = ["x", "sp", "pc", "nzcv"];
/// Keys besides registers.
const OTHERS: [&str; 3] = ["mem", "stop", "fault"];

static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let letter = |name: &'static str| {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        if stem.len() == 1 { stem } else { name }
    };
    let groups = REGISTER_FILE.chunk_by(|a, b| letter(a.name) == letter(b.name));
    groups.map(|registers| Key { name: letter(registers[0].name).to_lowercase().leak(), registers }).collect()
});

static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| KEYS.iter().map(|key| key.name).chain(OTHERS).collect());

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(StateVisitor)
    }
}

struct StateVisitor;

impl<'de> Visitor<'de> for StateVisitor {
    type Value = State;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a state")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<State, A::Error> {
        let mut state = State::default();
        let mut said = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            match &name[..] {
                "mem" => state.mem = map.next_value::<Memory>()?.0,
                "stop" => state.stop = map.next_value()?,
                "fault" => state.fault = map.next_value::<Option<Number>>()?.map(|number| number.0),
                other => {
                    let key = KEYS.iter().find(|key| key.name == other);
                    let key = key.ok_or_else(|| de::Error::unknown_field(other, &NAMES))?;
                    let values = map.next_value_seed(Values(key))?;
                    key.registers.iter().zip(values).for_each(|(register, value)| state.registers.set(register, value));
                }
            }
            if let Some(twice) = said.replace(name) {
                return Err(de::Error::custom(format!("duplicate field `{twice}`")));
            }
        }
        for key in KEYS.iter().filter(|key| !said.contains(key.name)) {
            if REQUIRED.contains(&key.name) {
                return Err(de::Error::missing_field(key.name));
            }
            state.unsaid.extend(key.registers);
        }
        Ok(state)
    }
}

/// Reads what the registers of a key hold.
struct Values<'a>(&'a Key);

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = Vec<u128>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<u128>, D::Error> {
        let Key { name, registers } = self.0;
        let values = match registers {
            [register] => vec![Bits(32 * register.words).deserialize(deserializer)?],
            _ => deserializer.deserialize_seq(self)?,
        };
        match registers.iter().zip(&values).find(|(register, value)| *value & !register.mask != 0) {
            Some((register, value)) if register.mask & (register.mask + 1) == 0 => {
                Err(de::Error::custom(format!("`{name}` is {value:#x}, which is more than {}", register.mask)))
            }
            Some((register, value)) => {
                let wrong = value & !register.mask;
                Err(de::Error::custom(format!("`{name}` is {value:#x}, of which it does not have the bits {wrong:#x}")))
            }
            None => Ok(values),
        }
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = Vec<u128>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a list of {} numbers", self.0.registers.len())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<u128>, A::Error> {
        let Key { name, registers } = self.0;
        let mut values = Vec::with_capacity(registers.len());
        for register in *registers {
            let Some(value) = seq.next_element_seed(Bits(32 * register.words))? else { break };
            values.push(value);
        }
        let mut count = values.len();
        while seq.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        if count != registers.len() {
            return Err(de::Error::custom(format!("`{name}` holds {count} values instead of {}", registers.len())));
        }
        Ok(values)
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for Key { name, registers } in KEYS.iter().filter(|key| !self.unsaid.contains(&&key.registers[0])) {
            let values = registers.iter().map(|register| Digits(self.registers.get(register)));
            match registers {
                [register] => map.serialize_entry(name, &Digits(self.registers.get(register)))?,
                _ => map.serialize_entry(name, &values.collect::<Vec<_>>())?,
            }
        }
        let pieces = self.mem.iter().map(|(address, bytes)| (Number(*address), Bytes(bytes.clone())));
        map.serialize_entry("mem", &pieces.collect::<Vec<_>>())?;
        if let Some(stop) = self.stop {
            map.serialize_entry("stop", &stop)?;
        }
        if let Some(fault) = self.fault {
            map.serialize_entry("fault", &Number(fault))?;
        }
        map.end()
    }
}

/// A list of `[address, bytes]`.
struct Memory(Vec<(u64, Vec<u8>)>);

impl<'de> Deserialize<'de> for Memory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pieces = Vec::<(Number, Bytes)>::deserialize(deserializer)?;
        Ok(Memory(pieces.into_iter().map(|(address, bytes)| (address.0, bytes.0)).collect()))
    }
}
