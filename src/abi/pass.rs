//! What every pass over lanes shares: workgroups, and the flags of its parameters.

use super::shared_constants;

shared_constants! {
    /// Invocations of a workgroup; each is a lane.
    WORKGROUP = 64;
    /// No index.
    NONE = 0xffff_ffff;

    /// Workgroups side by side: a dispatch of more has several rows, as no dimension may have more than 65,535.
    DISPATCH_ROW = 0x8000;

    // Bits of `params.flags`.
    /// First slice of an execute: resumable lanes go on, limits are set.
    FLAG_FIRST = 1;
    /// The limit counts from what a lane has retired.
    FLAG_RELATIVE = 2;
    /// Lanes that found no frame go on.
    FLAG_POOL = 16;
    /// A transfer that permissions do not hinder.
    FLAG_HOST = 4;
    /// A transfer to the guest.
    FLAG_WRITE = 8;
    /// Hot loops are noticed.
    FLAG_LOOPS = 32;
    /// Loops are proved, and run as before.
    FLAG_PROVE_ONLY = 64;
    /// Loops are proved only if the networks say that it is worth it.
    FLAG_ASK = 128;
    /// Lanes may leave the slice at a page that they have to copy.
    FLAG_LEAVE = 256;
    /// Bits from here on: a slice's instructions, in eighths of the slice's before.
    FLAG_GROWTH_SHIFT = 16;
}
