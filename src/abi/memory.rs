//! Pages, frames and the translation cache.

use super::shared_constants;

shared_constants! {
    /// Upper address word that no canonical or untagged address has.
    NO_PAGE = 0x0100_0000;
    /// Entries of a lane's translation cache, a power of two.
    CACHE_ENTRIES = 64;
    /// Words of a frame slot: two of key, the lanes that have a copy, and of these the lanes whose copy was made ahead and
    /// not written yet.
    SLOT_WORDS = 4;

    // Access kinds, which are also a region's permissions.
    ACCESS_READ = 1;
    ACCESS_WRITE = 2;
    ACCESS_EXECUTE = 4;
    REGION_PERMISSION_SHIFT = 16;
}
