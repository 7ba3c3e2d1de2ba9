//! The address space: the heap, anonymous mappings, permissions.

use super::limits::Resource;
use super::{Call, Errno, Host, Lane, Memory, Result};
use crate::linux::space::{self, page_down, page_up};
use crate::machine::{Backing, Layout, PAGE_SIZE, Permissions, Region};
use std::borrow::Cow;

pub const PROT_READ: u64 = 1;
pub const PROT_WRITE: u64 = 2;
const PROT_EXEC: u64 = 4;

pub const MAP_SHARED: u64 = 0x1;
pub const MAP_PRIVATE: u64 = 0x2;
pub const MAP_TYPE: u64 = 0xf;
const MAP_FIXED: u64 = 0x10;
pub const MAP_ANONYMOUS: u64 = 0x20;
const MAP_FIXED_NOREPLACE: u64 = 0x10_0000;
/// Flags that a mapping has which may not lie just anywhere.
pub const MAP_NOT_PLAIN: u64 = MAP_FIXED | MAP_FIXED_NOREPLACE;

const MREMAP_MAYMOVE: u64 = 1;
const MREMAP_FIXED: u64 = 2;

const MADV_DONTNEED: i32 = 4;

/// What the GPU has to know of a lane's address space to map pages by itself, in pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Where the heap ends, and what it may grow to.
    pub heap_end: u32,
    pub heap_limit: u32,
    /// Where the next mapping will end, and what mappings may reach down to.
    pub map_end: u32,
    pub map_floor: u32,
    /// Pages that may be mapped.
    pub pages: u32,
}

impl Room {
    /// Of a lane with this address space.
    pub fn new(layout: &Layout, lane: &Lane, host: &Host) -> Room {
        let page = |address: u64| (address / PAGE_SIZE) as u32;
        let heap_end = page_up(lane.brk);
        let above = layout.regions().iter().find(|region| region.end > heap_end);
        // A page stays free between the heap and what is above it, as in `brk`.
        let heap_limit = above.map_or(space::END, |region| region.start.saturating_sub(PAGE_SIZE).max(heap_end));
        // Only the highest gap: a mapping that does not fit there is not the GPU's.
        let gap = layout.find_free(PAGE_SIZE, space::LOWEST, space::STACK_TOP - host.stack_size - space::STACK_GUARD);
        let map_end = gap.map_or(0, |start| start + PAGE_SIZE);
        let below = layout.regions().iter().map(|region| region.end).filter(|end| *end <= map_end).max();
        let pages = Quota::new(lane, host).left(layout) / PAGE_SIZE;
        Room {
            heap_end: page(heap_end),
            heap_limit: page(heap_limit),
            map_end: page(map_end),
            map_floor: page(below.unwrap_or(0).max(space::LOWEST)),
            pages: pages.min(u64::from(u32::MAX)) as u32,
        }
    }
}

/// How much a lane may have mapped, in bytes.
#[derive(Clone, Copy, Debug)]
struct Quota {
    /// Of what was or can be written: other address space costs nothing.
    memory: u64,
    /// Of everything.
    address_space: u64,
    /// Of what can be written, without the stack, which begins at `stack`.
    data: u64,
    stack: u64,
}

impl Quota {
    fn new(lane: &Lane, host: &Host) -> Quota {
        Quota {
            memory: host.memory_size,
            address_space: lane.limit(host, Resource::AS)[0],
            data: lane.limit(host, Resource::DATA)[0],
            stack: space::STACK_TOP - host.stack_size,
        }
    }

    /// What a layout has of each, beside what it may have.
    fn counted(&self, layout: &Layout) -> [(u64, u64); 3] {
        let sum = |counts: &dyn Fn(&Region) -> bool| {
            let counted = layout.regions().iter().filter(|region| counts(region));
            counted.map(|region| region.end - region.start).sum()
        };
        let stack = self.stack..space::STACK_TOP;
        [
            (sum(&|region| region.written), self.memory),
            (sum(&|_| true), self.address_space),
            (
                sum(&|region| region.permissions.contains(Permissions::WRITE) && !stack.contains(&region.start)),
                self.data,
            ),
        ]
    }

    /// Bytes that may still be mapped to be written.
    fn left(&self, layout: &Layout) -> u64 {
        let left = self.counted(layout).map(|(found, most)| most.saturating_sub(found));
        left.into_iter().min().unwrap_or(0)
    }

    /// Whether one layout may follow on another: it has no more than it may have, or no more than before.
    fn allows(&self, before: &Layout, after: &Layout) -> bool {
        let counts = self.counted(before).into_iter().zip(self.counted(after));
        counts.into_iter().all(|((before, most), (after, _))| after <= most.max(before))
    }
}

/// Write and execute imply read, as in [`crate::linux::elf`].
fn permissions(prot: u64) -> Result<Permissions> {
    if prot & !(PROT_READ | PROT_WRITE | PROT_EXEC) != 0 {
        return Err(Errno::EINVAL.into());
    }
    let mut permissions = if prot == 0 { Permissions::NONE } else { Permissions::READ };
    if prot & PROT_WRITE != 0 {
        permissions = permissions | Permissions::WRITE;
    }
    if prot & PROT_EXEC != 0 {
        permissions = permissions | Permissions::EXECUTE;
    }
    Ok(permissions)
}

/// The pages from `address` on that hold `length` bytes; `error` when they leave the address space.
fn range(address: u64, length: u64, error: Errno) -> Result<(u64, u64)> {
    if !address.is_multiple_of(PAGE_SIZE) {
        return Err(Errno::EINVAL.into());
    }
    match address.checked_add(length) {
        Some(end) if end <= space::END => Ok((address, page_up(end))),
        _ => Err(error.into()),
    }
}

/// Where the pages from `start` on end that are mapped without a gap, `end` at the most.
fn mapped_until(layout: &Layout, (start, end): (u64, u64)) -> u64 {
    let mut at = start;
    while at < end
        && let Some(region) = layout.find(at)
    {
        at = region.end;
    }
    at.min(end)
}

/// What pages of zeros are mapped as.
#[derive(Clone, Copy, Debug)]
struct Kind {
    permissions: Permissions,
    shared: bool,
}

impl Kind {
    const HEAP: Kind = Kind { permissions: Permissions::READ_WRITE, shared: false };

    fn of(region: &Region) -> Kind {
        Kind { permissions: region.permissions, shared: region.backing == Backing::Shared }
    }

    fn map(self, layout: &mut Layout, (start, end): (u64, u64)) {
        match self {
            Kind { permissions, shared: true } => layout.map_shared(start, end, permissions),
            Kind { permissions, shared: false } => layout.map(start, end, permissions),
        }
    }
}

/// The first region of the range, if Linux has one area in all of it. Regions are parted in more than that: where lanes
/// begin with pages of a snapshot.
fn one_area(layout: &Layout, (start, end): (u64, u64)) -> Option<Region> {
    let first = *layout.find(start)?;
    let is_like = |region: &Region| {
        let backing = std::mem::discriminant(&region.backing) == std::mem::discriminant(&first.backing);
        backing && region.permissions == first.permissions && region.written == first.written
    };
    let mut at = start;
    while at < end {
        at = layout.find(at).filter(|region| is_like(region))?.end;
    }
    Some(first)
}

impl Memory<'_> {
    /// Changes the address space, unless it would then be in too many pieces or, with a quota, hold more than it may.
    fn change(&mut self, layout: Layout, quota: Option<&Quota>) -> Result<()> {
        let most = self.layout.regions().len().max(space::REGIONS_MAX);
        if layout.regions().len() > most || quota.is_some_and(|quota| !quota.allows(&self.layout, &layout)) {
            return Err(Errno::ENOMEM.into());
        }
        self.layout = Cow::Owned(layout);
        Ok(())
    }

    /// Maps zeros.
    fn map(&mut self, (start, end): (u64, u64), kind: Kind, quota: &Quota) -> Result<()> {
        let mut layout = self.layout.as_ref().clone();
        kind.map(&mut layout, (start, end));
        self.change(layout, Some(quota))?;
        self.discards.push(start..end);
        Ok(())
    }

    fn unmap(&mut self, (start, end): (u64, u64)) -> Result<()> {
        let mut layout = self.layout.as_ref().clone();
        layout.unmap(start, end);
        self.change(layout, None)?;
        self.discards.push(start..end);
        Ok(())
    }
}

/// Highest free address below the stack and its guard.
fn place(call: &Call<'_>, length: u64) -> Result<u64> {
    let top = space::STACK_TOP - call.host.stack_size - space::STACK_GUARD;
    let free = call.memory.layout.find_free(length, space::LOWEST, top);
    free.ok_or_else(|| Errno::ENOMEM.into())
}

/// Returns the end of the heap, moved if that was possible.
pub fn brk(call: &mut Call<'_>) -> Result {
    let (wanted, current) = (call.arguments[0], call.lane.brk);
    if wanted < call.host.heap_start || wanted > space::END {
        return Ok(current);
    }
    let (old, new) = (page_up(current), page_up(wanted));
    let quota = Quota::new(call.lane, call.host);
    if new > old {
        // Stay clear of what lies above, the stack's guard above all.
        let blocked = call.memory.layout.overlaps(old, new + PAGE_SIZE);
        if blocked || call.memory.map((old, new), Kind::HEAP, &quota).is_err() {
            return Ok(current);
        }
    } else if new < old && call.memory.unmap((new, old)).is_err() {
        return Ok(current);
    }
    call.lane.brk = wanted;
    Ok(wanted)
}

pub fn mmap(call: &mut Call<'_>) -> Result {
    let [hint, length, prot, flags, file, offset] = call.arguments;
    if !offset.is_multiple_of(PAGE_SIZE) {
        return Err(Errno::EINVAL.into());
    }
    if flags & MAP_ANONYMOUS == 0 {
        // The only open files are pipes, which cannot be mapped.
        return Err(if call.lane.descriptors.get(file).is_some() { Errno::ENODEV } else { Errno::EBADF }.into());
    }
    if !matches!(flags & MAP_TYPE, MAP_SHARED | MAP_PRIVATE) || length == 0 {
        return Err(Errno::EINVAL.into());
    }
    let permissions = permissions(prot)?;
    if length > space::END {
        return Err(Errno::ENOMEM.into());
    }
    let length = page_up(length);
    let start = if flags & (MAP_FIXED | MAP_FIXED_NOREPLACE) != 0 {
        let (start, end) = range(hint, length, Errno::ENOMEM)?;
        if start < space::LOWEST {
            return Err(Errno::EPERM.into());
        }
        if flags & MAP_FIXED_NOREPLACE != 0 && call.memory.layout.overlaps(start, end) {
            return Err(Errno::EEXIST.into());
        }
        start
    } else {
        let hint = page_down(hint);
        let fits = hint >= space::LOWEST && hint.checked_add(length).is_some_and(|end| end <= space::END);
        if fits && !call.memory.layout.overlaps(hint, hint + length) { hint } else { place(call, length)? }
    };
    let quota = Quota::new(call.lane, call.host);
    let kind = Kind { permissions, shared: flags & MAP_TYPE == MAP_SHARED };
    call.memory.map((start, start + length), kind, &quota)?;
    Ok(start)
}

pub fn munmap(call: &mut Call<'_>) -> Result {
    let [address, length, ..] = call.arguments;
    let range = range(address, length, Errno::EINVAL)?;
    if length == 0 {
        return Err(Errno::EINVAL.into());
    }
    call.memory.unmap(range)?;
    Ok(0)
}

pub fn mprotect(call: &mut Call<'_>) -> Result {
    let [address, length, prot, ..] = call.arguments;
    let (start, end) = range(address, length, Errno::ENOMEM)?;
    let permissions = permissions(prot)?;
    if start == end {
        return Ok(0);
    }
    // What is mapped up to the first gap is changed, gap or not.
    let mapped = mapped_until(&call.memory.layout, (start, end));
    if mapped > start {
        let mut layout = call.memory.layout.as_ref().clone();
        layout.protect(start, mapped, permissions);
        call.memory.change(layout, Some(&Quota::new(call.lane, call.host)))?;
    }
    if mapped < end { Err(Errno::ENOMEM.into()) } else { Ok(0) }
}

pub fn mremap(call: &mut Call<'_>) -> Result {
    let [address, old_length, new_length, flags, target, _] = call.arguments;
    let fixed = flags & MREMAP_FIXED != 0;
    if flags & !(MREMAP_MAYMOVE | MREMAP_FIXED) != 0 || (fixed && flags & MREMAP_MAYMOVE == 0) {
        return Err(Errno::EINVAL.into());
    }
    // A length of zero would duplicate a shared mapping; there is nobody to share with.
    if new_length == 0 || old_length == 0 {
        return Err(Errno::EINVAL.into());
    }
    let (start, old_end) = range(address, old_length, Errno::EFAULT)?;
    let (_, new_end) = range(address, new_length, Errno::ENOMEM)?;
    let Some(region) = one_area(&call.memory.layout, (start, old_end)) else { return Err(Errno::EFAULT.into()) };
    let (old, new) = (old_end - start, new_end - start);
    let quota = Quota::new(call.lane, call.host);
    if !fixed && new <= old {
        if new < old {
            call.memory.unmap((new_end, old_end))?;
        }
        return Ok(start);
    }
    if !fixed && !call.memory.layout.overlaps(old_end, new_end) {
        call.memory.map((old_end, new_end), Kind::of(&region), &quota)?;
        return Ok(start);
    }
    if flags & MREMAP_MAYMOVE == 0 {
        return Err(Errno::ENOMEM.into());
    }
    let destination = if fixed {
        let (target, target_end) = range(target, new, Errno::EINVAL)?;
        if target < target_end.min(old_end) && start < target_end && target < old_end {
            return Err(Errno::EINVAL.into());
        }
        if target < space::LOWEST {
            return Err(Errno::EPERM.into());
        }
        target
    } else {
        place(call, new)?
    };
    let moved = old.min(new);
    let mut layout = call.memory.layout.as_ref().clone();
    layout.unmap(destination, destination + new);
    layout.move_pages(start, start + moved, destination);
    layout.unmap(start, old_end);
    if new > moved {
        Kind::of(&region).map(&mut layout, (destination + moved, destination + new));
    }
    call.memory.change(layout, Some(&quota))?;
    call.memory.discards.extend([destination..destination + new, start + moved..old_end]);
    call.memory.moves.push((start..start + moved, destination));
    Ok(destination)
}

pub fn madvise(call: &mut Call<'_>) -> Result {
    let [address, length, ..] = call.arguments;
    let advice = call.int(2);
    // Hints from MADV_NORMAL to MADV_WILLNEED, MADV_FREE, and those about merging, huge pages and core dumps.
    if !matches!(advice, 0..=MADV_DONTNEED | 8 | 10..=17) {
        return Err(Errno::EINVAL.into());
    }
    let (start, end) = range(address, length, Errno::EINVAL)?;
    let mapped = mapped_until(&call.memory.layout, (start, end));
    if advice == MADV_DONTNEED {
        let mut layout = call.memory.layout.as_ref().clone();
        let dropped = layout.drop_contents(start, end);
        call.memory.layout = Cow::Owned(layout);
        call.memory.discards.extend(dropped);
    }
    // Behind gaps too it was done.
    if mapped < end { Err(Errno::ENOMEM.into()) } else { Ok(0) }
}
