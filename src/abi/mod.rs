//! What Rust and WGSL share: written once, in Rust, and printed as WGSL. One file a subject; who needs several names takes
//! them from here.
//!
//! Words that stand one behind another are declared with `rows!`, which numbers them. What several owners have words in
//! (`lane_state`, the status buffer, events) is their blocks one behind another, each from the end of the one before:
//!
//! | | |
//! |---|---|
//! | `lane_state` | lanes, loops, coverage, traps, the personality's |
//! | status | status, translation, loops, prefetch, traps |
//! | events | stops, translation, loops, traps |

pub mod coverage;
mod dispatch;
pub mod float;
pub mod lanes;
mod loops;
mod memory;
mod pass;
pub mod prefetch;
mod registers;
mod snapshot;
mod status;
mod stops;
mod totals;
mod translation;
pub mod traps;

pub use coverage::*;
pub use dispatch::*;
pub use lanes::*;
pub use loops::*;
pub use memory::*;
pub use pass::*;
pub use prefetch::*;
pub use registers::*;
pub use snapshot::*;
pub use status::*;
pub use stops::*;
pub use totals::*;
pub use translation::*;
pub use traps::*;

/// Defines `u32` constants, and `ALL` with their names and values.
macro_rules! shared_constants {
    ($($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$doc])* pub const $name: u32 = $value;)*
        pub(crate) const ALL: &[(&str, u32)] = &[$((stringify!($name), $name)),*];
    };
}

/// Defines a [`Block`] of rows, from a number on, each one word or as many as stand behind its name; and each row's number
/// as a `u32` constant.
macro_rules! rows {
    ($(#[$of:meta])* $block:ident from $first:expr; $($(#[$doc:meta])* $name:ident $(: $words:expr)?;)*) => {
        $crate::abi::rows!(@ $first; $($(#[$doc])* $name ($($words)?);)*);
        $(#[$of])*
        pub(crate) const $block: $crate::abi::Block = $crate::abi::Block {
            first: $first,
            words: 0 $(+ $crate::abi::rows!(# $($words)?))*,
            names: &[$((stringify!($name), $name)),*],
        };
    };
    (#) => { 1 };
    (# $words:expr) => { $words };
    (@ $at:expr;) => {};
    (@ $at:expr; $(#[$doc:meta])* $name:ident ($($words:expr)?); $($rest:tt)*) => {
        $(#[$doc])*
        pub const $name: u32 = $at;
        $crate::abi::rows!(@ $name + $crate::abi::rows!(# $($words)?); $($rest)*);
    };
}

/// Rows side by side: made by `rows!`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    /// The number of its first row.
    pub first: u32,
    /// Words of all of them.
    pub words: u32,
    /// Names and numbers.
    pub names: &'static [(&'static str, u32)],
}

impl Block {
    /// The number behind its last word.
    pub const fn end(&self) -> u32 {
        self.first + self.words
    }
}

/// Constants as WGSL declarations.
pub(crate) fn declare(constants: &[(&str, u32)]) -> String {
    constants.iter().map(|(name, value)| format!("const {name} = {value:#x}u;\n")).collect()
}

/// What the machine's shaders share with the host, as WGSL declarations.
pub(crate) fn machine() -> String {
    let constants = [
        coverage::ALL,
        dispatch::ALL,
        float::ALL,
        lanes::ALL,
        loops::ALL,
        memory::ALL,
        pass::ALL,
        prefetch::ALL,
        registers::ALL,
        stops::ALL,
        totals::ALL,
        traps::ALL,
    ];
    let blocks = [
        coverage::LANE,
        lanes::LANE,
        loops::ENTRY,
        loops::STATE,
        loops::SAMPLE,
        loops::REASON,
        loops::LANE,
        loops::STATUS,
        loops::EVENT,
        prefetch::HISTORY,
        prefetch::LEAVE,
        prefetch::ACCESS,
        prefetch::FATE,
        prefetch::PATTERN,
        prefetch::STREAM,
        prefetch::STRIDE,
        prefetch::JOBS_HEADER,
        prefetch::JOB,
        prefetch::STATUS,
        snapshot::SNAPSHOT,
        status::STATUS,
        stops::EVENT,
        stops::REASON,
        stops::FAULT,
        translation::STATUS,
        translation::EVENT,
        traps::LANE,
        traps::STATUS,
        traps::EVENT,
    ];
    constants.into_iter().chain(blocks.into_iter().map(|block| block.names)).map(declare).collect()
}

pub(crate) use {rows, shared_constants};

#[cfg(test)]
mod tests {
    use super::*;

    mod numbered {
        crate::abi::rows! {
            EXAMPLE from 5;
            ONE;
            FOUR: 4;
            LAST;
        }
    }

    #[test]
    fn rows_stand_one_behind_another() {
        let block = numbered::EXAMPLE;
        assert_eq!(block.names, [("ONE", 5), ("FOUR", 6), ("LAST", 10)]);
        assert_eq!((block.first, block.words, block.end()), (5, 6, 11));
        assert_eq!(declare(block.names), "const ONE = 0x5u;\nconst FOUR = 0x6u;\nconst LAST = 0xau;\n");
    }

    /// Blocks of several owners in one buffer: none overlaps another, and together they are all of it.
    #[test]
    fn blocks_leave_no_gap() {
        for (mut blocks, first, end) in [
            (vec![lanes::LANE, loops::LANE, coverage::LANE, traps::LANE], 0, PERSONALITY_AT),
            (
                vec![status::STATUS, translation::STATUS, loops::STATUS, prefetch::STATUS, traps::STATUS],
                0,
                STATUS_WORDS,
            ),
            (vec![stops::EVENT, translation::EVENT, loops::EVENT, traps::EVENT], 1, traps::EVENT.end()),
        ] {
            blocks.sort_by_key(|block| block.first);
            assert_eq!(blocks.iter().fold(first, |at, block| if block.first == at { block.end() } else { 0 }), end);
        }
    }

    /// A name stands once in the declarations, so that no owner takes another's.
    #[test]
    fn names_are_declared_once() {
        let text = machine();
        let mut names: Vec<&str> = text.lines().filter_map(|line| line.split(' ').nth(1)).collect();
        assert!(names.len() > 200, "{}", names.len());
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }
}
