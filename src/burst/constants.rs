//! Constants of spiking networks that Rust and WGSL share.

use crate::abi::{self, shared_constants};

shared_constants! {
    /// Invocations of a workgroup.
    WORKGROUP = 256;
    /// Workgroups in a row of a grid; no adapter has to take more than 65,535.
    GRID_WIDTH = 32768;
    /// No id, no index.
    NONE = 0xffff_ffff;

    /// Synapses of an item of work at most.
    ITEM_SYNAPSES = 256;
    /// Chunks that the synapses may be cut into.
    MAX_CHUNKS = 128;

    // A synapse's strength: weight in bits 0 to 7, psp above, then flags.
    STRENGTH_PSP_SHIFT = 8;
    STRENGTH_INHIBITORY = 1 << 16;
    STRENGTH_VALID = 1 << 17;

    /// Bits of a potential behind the binary point.
    FRACTION_BITS = 8;
    /// Leak and excitability are fractions of `1 << UNIT_BITS`.
    UNIT_BITS = 24;
    /// The most that a neuron's input in one burst can be, in either direction.
    INPUT_LIMIT = 8_388_607;

    // What a neuron does not change, a plane for each, all in one buffer.
    PLANE_THRESHOLD = 0;
    PLANE_REST = 1;
    PLANE_LEAK = 2;
    PLANE_EXCITABILITY = 3;
    /// Refractory period in the lower half, snooze period in the upper.
    PLANE_PERIODS = 4;
    /// Limit of consecutive fires in the lower half, drive in the upper.
    PLANE_LIMITS = 5;
    PLANES = 6;

    // A drive: thresholds of its random number of events, what an event adds, what is always added.
    DRIVE_EVENTS = 64;
    DRIVE_EVENT = 64;
    DRIVE_CONSTANT = 65;
    DRIVE_WORDS = 66;

    // Words of a ledger, which is what passes from one burst to the next.
    /// The burst's number.
    LEDGER_STEP_LOW = 0;
    LEDGER_STEP_HIGH = 1;
    // The next four are set to 0 before each submission.
    /// Spikes recorded before it.
    LEDGER_RECORDED = 4;
    /// Bursts of this submission up to it.
    LEDGER_BURSTS = 5;
    /// 1 once the raster might not hold another burst.
    LEDGER_HALTED = 6;
    /// Neurons that fired in it.
    LEDGER_FIRED = 7;
    /// Of each chunk an entry.
    LEDGER_CHUNKS = 64;
    /// In an entry, items of the next burst.
    LEDGER_ITEMS = 0;
    /// In an entry, the next burst's grid, three words.
    LEDGER_GRID = 64;
    LEDGER_ENTRY = 128;
    LEDGER_WORDS = 16448;
}

/// The constants as WGSL declarations.
pub(super) fn wgsl() -> String {
    abi::declare(ALL)
}
