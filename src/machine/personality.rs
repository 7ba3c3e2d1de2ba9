//! Who answers lanes that trap: the seam between the machine and what programs believe to run on.
//!
//! The machine knows that a lane trapped (SVC) and where. A personality has a text that serves in the loop what it can,
//! rows of `lane_state` for what that text remembers, and a host side of its own above the machine, which serves the rest
//! ([`StopReason::SupervisorCall`](crate::machine::StopReason::SupervisorCall)) and says what it means that a lane
//! [ended](crate::machine::StopReason::Ended). [`crate::linux`] is one; [`Personality::BARE`] leaves all to the host.

use crate::abi::{Block, PERSONALITY_AT, PERSONALITY_ROWS};
use std::borrow::Cow;

/// WGSL by the name of its file, or of what generated it.
pub(crate) type Chunk = (&'static str, Cow<'static, str>);

/// What the machine has to know of who answers traps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Personality {
    pub name: &'static str,
    /// Defines `trap_serve`, which is called with the SVC not yet retired and returns TRAP_HOST, TRAP_DONE or TRAP_WAITS.
    pub text: fn() -> Vec<Chunk>,
}

impl Personality {
    /// The host serves every trap.
    pub const BARE: Personality = Personality {
        name: "bare",
        text: || vec![("generated traps of the host", "fn trap_serve() -> u32 { return TRAP_HOST; }\n".into())],
    };

    /// One whose rows of `lane_state` are `rows`. Snapshots, forks and restored lanes keep them.
    pub const fn new(name: &'static str, rows: &Block, text: fn() -> Vec<Chunk>) -> Personality {
        assert!(rows.first == PERSONALITY_AT && rows.words <= PERSONALITY_ROWS);
        Personality { name, text }
    }

    /// Whether something is served in the loop.
    pub fn serves(&self) -> bool {
        *self != Personality::BARE
    }
}

impl Default for Personality {
    fn default() -> Personality {
        Personality::BARE
    }
}

impl PartialEq for Personality {
    fn eq(&self, other: &Personality) -> bool {
        self.name == other.name
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::{fs, io};

    /// What only one personality knows, in small letters.
    const FOREIGN: [&str; 14] = [
        "linux",
        "syscall",
        "system call",
        "mmap",
        "munmap",
        "getrandom",
        "futex",
        "errno",
        "stdin",
        "standard input",
        "exit status",
        "exited",
        "signal",
        "calls_",
    ];

    /// Lines of the files of a folder that name something foreign.
    fn foreign(folder: &Path, found: &mut Vec<String>) -> io::Result<u32> {
        let mut files = 0;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                files += foreign(&path, found)?;
            } else if !path.ends_with("machine/personality.rs") {
                files += 1;
                // NaNs signal, too.
                let text = fs::read_to_string(&path)?.to_lowercase().replace("signaling", "");
                let lines = text.lines().filter(|line| FOREIGN.iter().any(|word| line.contains(word)));
                found.extend(lines.map(|line| format!("{}: {line}", path.display())));
            }
        }
        Ok(files)
    }

    #[test]
    fn the_machine_knows_no_operating_system() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = Vec::new();
        let folders = ["src/machine", "src/abi", "wgsl/machine", "wgsl/memory", "wgsl/isa", "wgsl/companions"];
        let files: u32 = folders.iter().map(|folder| foreign(&root.join(folder), &mut found).unwrap()).sum();
        assert!(found.is_empty(), "{found:#?}");
        assert!(files > 60, "{files} files");
        // What is looked for is found where it may be.
        foreign(&root.join("wgsl/linux"), &mut found).unwrap();
        assert!(found.iter().any(|line| line.contains("calls_")), "{found:#?}");
    }
}
