//! One line per system call, as `strace` writes them.

use std::fmt::Write as _;

use super::{Call, End, Interrupt, Result, table};

/// Bytes of a buffer that are shown.
const SHOWN: usize = 32;
const AT_FDCWD: i32 = -100;

/// The line for a call that returned `result`.
pub fn line(call: &Call<'_>, result: &Result) -> String {
    let entry = table::find(call.number);
    let returns_address = entry.is_some_and(|entry| matches!(entry.name, "brk" | "mmap" | "mremap"));
    let mut line = match entry {
        Some(entry) => format!("{}(", entry.name),
        None => format!("syscall_{}(", call.number),
    };
    let kinds = entry.map_or("xxxxxx", |entry| entry.arguments);
    for (n, kind) in kinds.chars().enumerate() {
        if n > 0 {
            line.push_str(", ");
        }
        argument(&mut line, call, n, kind, result);
    }
    // Writing into a String cannot fail.
    let _ = match result {
        Ok(value) if returns_address => write!(line, ") = {value:#x}"),
        Ok(value) => write!(line, ") = {value}"),
        Err(Interrupt::Errno(errno)) => write!(line, ") = -1 {errno:?}"),
        Err(Interrupt::End(End::Exited { .. })) => write!(line, ") = ?"),
        Err(Interrupt::End(End::Killed { signal })) => write!(line, ") = ? killed by {signal}"),
        Err(Interrupt::End(End::Deadlock)) => write!(line, ") = ? waits for ever"),
        Err(Interrupt::Needs(_)) => write!(line, " ..."),
    };
    line
}

fn argument(line: &mut String, call: &Call<'_>, n: usize, kind: char, result: &Result) {
    let value = call.arguments[n];
    let length = match kind {
        'w' => call.arguments.get(n + 1).copied(),
        'r' => result.as_ref().ok().copied(),
        's' => call.memory.read_path(value).ok().map(|path| path.len() as u64),
        _ => None,
    };
    if let Some(length) = length
        && let Some(bytes) = call.memory.seen(value, usize::try_from(length).unwrap_or(usize::MAX))
    {
        let more = if length > SHOWN as u64 { "..." } else { "" };
        let _ = write!(line, "\"{}\"{more}", bytes[..bytes.len().min(SHOWN)].escape_ascii());
        return;
    }
    let _ = match kind {
        'd' if value as i32 == AT_FDCWD => write!(line, "AT_FDCWD"),
        'i' | 'd' => write!(line, "{}", value as i32),
        'u' => write!(line, "{value}"),
        'o' if value != 0 => write!(line, "0{value:o}"),
        'o' => write!(line, "0"),
        'x' => write!(line, "{value:#x}"),
        _ if value == 0 => write!(line, "NULL"),
        _ => write!(line, "{value:#x}"),
    };
}
