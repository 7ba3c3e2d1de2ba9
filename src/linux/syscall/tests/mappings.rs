//! The heap and mappings.

use super::*;

#[test]
fn heap() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.call("brk", [0]), Ok(HEAP));
    assert_eq!(fixture.call("brk", [HEAP + 100]), Ok(HEAP + 100));
    assert!(fixture.layout.overlaps(HEAP, HEAP + PAGE_SIZE));
    assert_eq!(fixture.call("brk", [HEAP + 0x3001]), Ok(HEAP + 0x3001));
    assert_eq!(fixture.layout.find(HEAP + 0x3000).unwrap().end, HEAP + 0x4000);
    assert_eq!(fixture.call("brk", [HEAP + (2 << 20)]), Ok(HEAP + 0x3001), "more than the lane may have");
    assert_eq!(fixture.call("brk", [u64::MAX]), Ok(HEAP + 0x3001));
    assert_eq!(fixture.call("brk", [HEAP - 1]), Ok(HEAP + 0x3001));
    assert_eq!(fixture.call("brk", [HEAP]), Ok(HEAP));
    assert!(!fixture.layout.overlaps(HEAP, HEAP + 0x10000));
    fixture.layout.map(HEAP + 0x2000, HEAP + 0x3000, Permissions::READ);
    assert_eq!(fixture.call("brk", [HEAP + 0x2000]), Ok(HEAP), "something is in the way");
}

const ANONYMOUS: u64 = 0x22;
const FIXED: u64 = 0x10;
const NO_FILE: u64 = u64::MAX;

#[test]
fn anonymous_mappings() {
    let mut fixture = Fixture::new();
    let top = space::STACK_TOP - space::STACK_SIZE - space::STACK_GUARD;
    let first = fixture.call("mmap", [0, 5000, 3, ANONYMOUS, NO_FILE, 0]).unwrap();
    assert_eq!(first, top - 0x2000);
    let second = fixture.call("mmap", [0, 1, 1, ANONYMOUS, NO_FILE, 0]).unwrap();
    assert_eq!(second, first - 0x1000);
    assert_eq!(fixture.layout.find(second).unwrap().permissions, Permissions::READ);
    assert_eq!(fixture.call("mmap", [0x30_0123, 1, 1, ANONYMOUS, NO_FILE, 0]), Ok(0x30_0000), "a hint that is free");
    assert_eq!(fixture.call("mmap", [first, 1, 1, ANONYMOUS, NO_FILE, 0]), Ok(second - 0x1000), "one that is not");
    assert_eq!(fixture.call("mmap", [first, 1, 0, ANONYMOUS | FIXED, NO_FILE, 0]), Ok(first));
    assert_eq!(fixture.layout.find(first).unwrap().permissions, Permissions::NONE);
    let no_replace = ANONYMOUS | 0x10_0000;
    assert_eq!(fixture.call("mmap", [first, 1, 3, no_replace, NO_FILE, 0]), errno(Errno::EEXIST));
    assert_eq!(fixture.call("munmap", [first, 0x2000]), Ok(0));
    assert!(!fixture.layout.overlaps(first, first + 0x2000));
    assert_eq!(fixture.call("munmap", [first, 0x2000]), Ok(0), "nothing there is no error");
}

#[test]
fn mappings_that_are_refused() {
    let mut fixture = Fixture::new();
    for (arguments, expected) in [
        ([0, 0, 3, ANONYMOUS, NO_FILE, 0], Errno::EINVAL),
        ([0, 1, 3, 0x20, NO_FILE, 0], Errno::EINVAL),
        ([0, 1, 8, ANONYMOUS, NO_FILE, 0], Errno::EINVAL),
        ([0, 1, 3, ANONYMOUS, NO_FILE, 5], Errno::EINVAL),
        ([0x30_0001, 1, 3, ANONYMOUS | FIXED, NO_FILE, 0], Errno::EINVAL),
        ([0x1000, 1, 3, ANONYMOUS | FIXED, NO_FILE, 0], Errno::EPERM),
        ([space::END, 1, 3, ANONYMOUS | FIXED, NO_FILE, 0], Errno::ENOMEM),
        ([0, u64::MAX, 3, ANONYMOUS, NO_FILE, 0], Errno::ENOMEM),
        ([0, 1 << 39, 3, ANONYMOUS, NO_FILE, 0], Errno::ENOMEM),
        ([0, 2 << 20, 3, ANONYMOUS, NO_FILE, 0], Errno::ENOMEM),
        ([0, 1, 3, 2, 0, 0], Errno::ENODEV),
        ([0, 1, 3, 2, 7, 0], Errno::EBADF),
    ] {
        let before = fixture.layout.clone();
        assert_eq!(fixture.call("mmap", arguments), errno(expected), "{}", fixture.trace);
        assert_eq!(fixture.layout, before);
    }
    assert_eq!(fixture.call("munmap", [DATA + 1, 1]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("munmap", [DATA, 0]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("munmap", [DATA, u64::MAX]), errno(Errno::EINVAL));
}

#[test]
fn reserved_addresses_cost_nothing_until_they_are_used() {
    let mut fixture = Fixture::new();
    let start = fixture.call("mmap", [0, 64 << 20, 0, ANONYMOUS, NO_FILE, 0]).unwrap();
    assert_eq!(fixture.call("mprotect", [start, 0x10000, 3]), Ok(0));
    assert_eq!(fixture.call("mprotect", [start, 64 << 20, 3]), errno(Errno::ENOMEM));
    assert_eq!(fixture.call("mprotect", [start, 64 << 20, 1]), Ok(0), "nobody can write there");
    assert_eq!(fixture.call("mprotect", [start - 0x1000, 0x2000, 3]), errno(Errno::ENOMEM));
    let other = fixture.call("mmap", [0, 64 << 20, 1, ANONYMOUS, NO_FILE, 0]).unwrap();
    assert_eq!(fixture.call("mprotect", [other, 1 << 20, 3]), errno(Errno::ENOMEM), "what was written counts");
    assert_eq!(fixture.call("mprotect", [other, (1 << 20) - 0x1_4000, 3]), Ok(0));
    assert_eq!(fixture.call("mprotect", [start + 1, 0x1000, 3]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("mprotect", [start, 0x1000, 64]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("mprotect", [start, 0, 3]), Ok(0));
}

#[test]
fn an_address_space_has_a_limited_number_of_regions() {
    let mut fixture = Fixture::new();
    let page = PAGE_SIZE;
    let start = 1 << 36;
    let whole = start + 2 * space::REGIONS_MAX as u64 * page;
    fixture.layout.map(whole, whole + 0x10 * page, Permissions::NONE);
    let mut at = start;
    while fixture.layout.regions().len() < space::REGIONS_MAX {
        fixture.layout.map(at, at + page, Permissions::NONE);
        at += 2 * page;
    }
    let map = |address| [address, page, 0, ANONYMOUS | FIXED, NO_FILE, 0];
    assert_eq!(fixture.call("mmap", map(at)), errno(Errno::ENOMEM));
    assert_eq!(fixture.call("mmap", map(at - page)), Ok(at - page), "joined to its neighbour");
    assert_eq!(fixture.call("munmap", [whole + page, page]), errno(Errno::ENOMEM), "it would be in two");
    assert_eq!(fixture.call("mprotect", [whole + page, page, 1]), errno(Errno::ENOMEM), "or in three");
    assert_eq!(fixture.call("brk", [HEAP + 1]), Ok(HEAP));
    assert_eq!(fixture.call("munmap", [start, page]), Ok(0));
    assert_eq!(fixture.call("mmap", map(at + page)), Ok(at + page));
    assert_eq!(fixture.call("mmap", map(at + 3 * page)), errno(Errno::ENOMEM));
}

#[test]
fn what_is_mapped_around_gaps_is_changed() {
    let mut fixture = Fixture::new();
    let (page, start) = (PAGE_SIZE, 0x30_0000);
    let permissions = |fixture: &Fixture, n| fixture.layout.find(start + n * page).map(|region| region.permissions);
    for n in [0, 1, 3] {
        fixture.layout.map(start + n * page, start + (n + 1) * page, Permissions::READ_WRITE);
    }
    assert_eq!(fixture.call("mprotect", [start, 4 * page, 1]), errno(Errno::ENOMEM));
    let (read, write) = (Some(Permissions::READ), Some(Permissions::READ_WRITE));
    assert_eq!([0, 1, 2, 3].map(|n| permissions(&fixture, n)), [read, read, None, write], "up to the gap");
    assert_eq!(fixture.call("mprotect", [start + 2 * page, 2 * page, 1]), errno(Errno::ENOMEM));
    assert_eq!(permissions(&fixture, 3), write);
    assert_eq!(fixture.call("madvise", [start, 4 * page, 4]), errno(Errno::ENOMEM));
    let dropped: Vec<u64> = fixture.discards.iter().map(|range| range.start).collect();
    assert_eq!(dropped, [start, start + 3 * page], "on both sides of it");
    fixture.layout.map_shared(start + 2 * page, start + 3 * page, Permissions::READ_WRITE);
    assert_eq!(fixture.call("madvise", [start, 4 * page, 4]), Ok(0));
    assert_eq!(fixture.discards.len(), 2, "shared memory keeps its contents");
}

#[test]
fn mremap_grows_shrinks_and_moves() {
    let mut fixture = Fixture::new();
    let page = PAGE_SIZE;
    let start = fixture.call("mmap", [0x30_0000, 2 * page, 3, ANONYMOUS, NO_FILE, 0]).unwrap();
    assert_eq!(fixture.call("mremap", [start, 2 * page, 4 * page, 0, 0]), Ok(start));
    assert_eq!(fixture.layout.find(start).unwrap().end, start + 4 * page);
    assert_eq!(fixture.call("mremap", [start, 4 * page, page, 0, 0]), Ok(start));
    assert_eq!(fixture.layout.find(start).unwrap().end, start + page);
    fixture.layout.map(start + page, start + 2 * page, Permissions::READ);
    assert_eq!(fixture.call("mremap", [start, page, 3 * page, 0, 0]), errno(Errno::ENOMEM));
    let moved = fixture.call("mremap", [start, page, 3 * page, 1, 0]).unwrap();
    assert!(fixture.layout.find(start).is_none());
    assert_eq!(fixture.layout.find(moved).unwrap().permissions, Permissions::READ_WRITE);
    assert_eq!(fixture.call("mremap", [moved, 3 * page, 3 * page, 3, start]), Ok(start));
    assert_eq!(fixture.call("mremap", [start, 3 * page, 3 * page, 3, start + page]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("mremap", [8 * page, page, page, 0, 0]), errno(Errno::EFAULT));
    assert_eq!(fixture.call("mremap", [start, page, 0, 0, 0]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("mremap", [start, 3 * page, 2 << 20, 1, 0]), errno(Errno::ENOMEM));
    assert!(fixture.layout.find(start).is_some(), "still there");
    assert_eq!(fixture.call("madvise", [start, page, 4]), Ok(0));
    assert_eq!(fixture.call("madvise", [start, page, 99]), errno(Errno::EINVAL));
    assert_eq!(fixture.call("madvise", [start - page, page, 4]), errno(Errno::ENOMEM));
}
