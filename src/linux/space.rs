//! Where things lie in a process' address space: a 39-bit one, as Linux gives to AArch64 programs. What a program maps at
//! an address of its own may lie above.
//!
//! ```text
//! LOWEST      image (not PIE), heap after it
//! PIE_BASE    image (static-PIE), heap after it
//!             mmap area, filled from its top down
//! MMAP_TOP
//!             guard, never mapped
//!             stack
//! STACK_TOP
//! ```

use crate::machine::PAGE_SIZE;

/// Nothing is ever mapped below (Linux' `mmap_min_addr`), so that null pointers with an offset fault.
pub const LOWEST: u64 = 0x1_0000;
/// Where a static-PIE image is placed, or at the next multiple of its alignment. Fixed, so that runs repeat exactly.
pub const PIE_BASE: u64 = 0x55_5555_0000;
/// First address above the stack.
pub const STACK_TOP: u64 = 0x7f_ffff_f000;
/// The stack's size where nothing else is asked for, as Linux has it.
pub const STACK_SIZE: u64 = 8 << 20;
/// Room for the arguments and a little more.
pub const STACK_SIZE_MIN: u64 = 4 * PAGE_SIZE;
/// A larger stack would leave no room between the mmap area and a static-PIE image.
pub const STACK_SIZE_MAX: u64 = 1 << 32;
/// Unmapped addresses below the stack.
pub const STACK_GUARD: u64 = 1 << 20;
/// An image ends below this address, the mmap area above it stays free.
pub const IMAGE_END: u64 = 0x7e_0000_0000;
/// End of the addresses that a program may map where it names them itself, as Go's runtime does with 0xc000000000.
pub const END: u64 = 1 << 43;

/// Regions that a process may have mapped (Linux' `max_map_count`).
pub const REGIONS_MAX: usize = 65_530;

/// `address` rounded down to a page.
pub fn page_down(address: u64) -> u64 {
    address & !(PAGE_SIZE - 1)
}

/// `address` rounded up to a page. The caller has made sure that it does not wrap.
pub fn page_up(address: u64) -> u64 {
    page_down(address + (PAGE_SIZE - 1))
}
