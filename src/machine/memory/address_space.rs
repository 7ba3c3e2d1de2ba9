//! A lane's address space: which pages are mapped, with which permissions, and what of the image is behind them.

use crate::abi::{ACCESS_EXECUTE, ACCESS_READ, ACCESS_WRITE, NONE, REGION_PERMISSION_SHIFT};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::{BitOr, Range};

/// Bytes of a page.
pub const PAGE_SIZE: u64 = 4096;
/// First address that no lane can have: addresses have 48 bits, the top byte is ignored for data.
pub const ADDRESS_END: u64 = 1 << 48;

/// What a lane may do with a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u8);

impl Permissions {
    /// Mapped, but not to be touched.
    pub const NONE: Self = Self(0);
    pub const READ: Self = Self(ACCESS_READ as u8);
    pub const WRITE: Self = Self(ACCESS_WRITE as u8);
    pub const EXECUTE: Self = Self(ACCESS_EXECUTE as u8);
    pub const READ_WRITE: Self = Self(Self::READ.0 | Self::WRITE.0);
    pub const READ_EXECUTE: Self = Self(Self::READ.0 | Self::EXECUTE.0);
    pub const ALL: Self = Self(Self::READ_WRITE.0 | Self::EXECUTE.0);

    /// Whether all of `other` is allowed.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Permissions {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What the pages of a region are when their contents were dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backing {
    /// Zeros: memory that no file is behind.
    Zeros,
    /// This page of the image, the first one of the region: what the program's file has there. The next is behind the next.
    Image(u32),
    /// As they were: shared memory is not the lane's alone to drop.
    Shared,
}

/// Neighbouring pages alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Region {
    /// First address, a multiple of the page size.
    pub start: u64,
    /// First address behind it, a multiple of the page size.
    pub end: u64,
    /// What the lane may do there.
    pub permissions: Permissions,
    /// The page of the shared image that stands there until the lane writes to the first page, the next behind the next;
    /// `None` for zeros.
    pub image: Option<u32>,
    /// What is there when the contents were dropped. Another thing than `image` where lanes begin with what a snapshot had.
    pub backing: Backing,
    /// The lane can write there, or could once: there may be pages of its own.
    pub written: bool,
}

impl Backing {
    fn image(self) -> Option<u32> {
        match self {
            Backing::Image(image) => Some(image),
            Backing::Zeros | Backing::Shared => None,
        }
    }
}

impl Region {
    fn new(start: u64, end: u64, permissions: Permissions, image: Option<u32>) -> Region {
        let (backing, written) =
            (image.map_or(Backing::Zeros, Backing::Image), permissions.contains(Permissions::WRITE));
        Region { start, end, permissions, image, backing, written }
    }

    pub(in crate::machine) fn image_at(&self, address: u64) -> Option<u32> {
        self.image.map(|image| image + self.pages_before(address))
    }

    pub(in crate::machine) fn backing_at(&self, address: u64) -> Backing {
        match self.backing {
            Backing::Image(image) => Backing::Image(image + self.pages_before(address)),
            other => other,
        }
    }

    fn pages_before(&self, address: u64) -> u32 {
        ((address - self.start) / PAGE_SIZE) as u32
    }

    fn part(&self, start: u64, end: u64) -> Region {
        Region { start, end, image: self.image_at(start), backing: self.backing_at(start), ..*self }
    }

    /// Whether the next region is no other one.
    fn goes_on_in(&self, next: &Region) -> bool {
        self.end == next.start && self.part(next.start, next.end) == *next
    }

    /// Alike in every run of the program.
    fn hash_alone(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// As `wgsl/memory/memory.wgsl` reads it: first and end page, upper bits with permissions, image page.
    pub(in crate::machine) fn words(&self) -> [u32; 4] {
        let (start, end) = (self.start / PAGE_SIZE, self.end / PAGE_SIZE);
        let upper = (start >> 32) as u32 | ((end >> 32) as u32) << 4;
        let permissions = u32::from(self.permissions.0) << REGION_PERMISSION_SHIFT;
        [start as u32, end as u32, upper | permissions, self.image.unwrap_or(NONE)]
    }
}

/// The regions of one lane, sorted, none overlapping another.
///
/// Addresses that are not multiples of the page size are rounded outwards; what lies above [`ADDRESS_END`] is cut off.
/// A change costs what lies in its range, and moving what lies behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    regions: Vec<Region>,
    /// Of the regions' own hashes: kept up with each change, as there may be very many regions.
    hash: u64,
}

impl Hash for Layout {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash.hash(state);
    }
}

impl Layout {
    /// The regions in ascending order; neighbours differ.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// Maps zeros, in place of what was there.
    pub fn map(&mut self, start: u64, end: u64, permissions: Permissions) {
        self.put(Region::new(start, end, permissions, None));
    }

    /// Maps zeros that are shared memory, in place of what was there.
    pub fn map_shared(&mut self, start: u64, end: u64, permissions: Permissions) {
        self.put(Region { backing: Backing::Shared, ..Region::new(start, end, permissions, None) });
    }

    pub(in crate::machine) fn map_image(&mut self, start: u64, end: u64, permissions: Permissions, image: u32) {
        self.put(Region::new(start, end, permissions, Some(image)));
    }

    /// Puts a page of the image where zeros, or another page of the image, are mapped: they are what it is when dropped.
    pub(in crate::machine) fn set_image(&mut self, address: u64, image: u32) {
        let (start, end) = page_range(address, address.saturating_add(1));
        self.replace(start, end, None, |part| Some(Region { image: Some(image), ..part }));
    }

    /// Lets the page there return to this one of the image when its contents are dropped.
    pub(in crate::machine) fn set_backing(&mut self, address: u64, image: u32) {
        let (start, end) = page_range(address, address.saturating_add(1));
        self.replace(start, end, None, |part| Some(Region { backing: Backing::Image(image), ..part }));
    }

    fn put(&mut self, region: Region) {
        let (start, end) = page_range(region.start, region.end);
        self.replace(start, end, Some(Region { start, end, ..region }), |_| None);
    }

    /// Moves what is mapped in the range to `to` on, in place of what was there, all that backs it included. The ranges have
    /// no page in common.
    pub fn move_pages(&mut self, start: u64, end: u64, to: u64) {
        let (start, end) = page_range(start, end);
        let parts = self.within(start, end).iter();
        let parts: Vec<Region> =
            parts.map(|region| region.part(region.start.max(start), region.end.min(end))).collect();
        self.unmap(start, end);
        self.unmap(to, to.saturating_add(end - start));
        for part in parts {
            let (first, behind) = (to + (part.start - start), to + (part.end - start));
            self.put(Region { start: first, end: behind, ..part });
        }
    }

    /// Drops the contents of what is mapped in the range. What the lane has there of its own is to be dropped in the ranges
    /// that are returned; elsewhere nothing is, or shared memory.
    pub fn drop_contents(&mut self, start: u64, end: u64) -> Vec<Range<u64>> {
        let (start, end) = page_range(start, end);
        let mut dropped: Vec<Range<u64>> = Vec::new();
        let mut as_they_were = true;
        for region in self.within(start, end).iter().filter(|region| region.backing != Backing::Shared) {
            as_they_were &= region.image == region.backing.image();
            let part = region.start.max(start)..region.end.min(end);
            match dropped.last_mut() {
                Some(last) if last.end == part.start => last.end = part.end,
                _ => dropped.push(part),
            }
        }
        if !as_they_were {
            self.replace(start, end, None, |part| match part.backing {
                Backing::Shared => Some(part),
                backing => Some(Region { image: backing.image(), ..part }),
            });
        }
        dropped
    }

    /// Unmaps whatever is there.
    pub fn unmap(&mut self, start: u64, end: u64) {
        let (start, end) = page_range(start, end);
        self.replace(start, end, None, |_| None);
    }

    /// Changes the permissions of pages that are all mapped; otherwise changes nothing and returns false.
    pub fn protect(&mut self, start: u64, end: u64, permissions: Permissions) -> bool {
        let (start, end) = page_range(start, end);
        let within = self.within(start, end).iter();
        let covered: u64 = within.map(|region| region.end.min(end) - region.start.max(start)).sum();
        if covered != end - start {
            return false;
        }
        let writes = permissions.contains(Permissions::WRITE);
        self.replace(start, end, None, |part| Some(Region { permissions, written: part.written | writes, ..part }));
        true
    }

    /// The region that holds `address`.
    pub fn find(&self, address: u64) -> Option<&Region> {
        let at = self.regions.partition_point(|region| region.end <= address);
        self.regions.get(at).filter(|region| region.start <= address)
    }

    /// Whether any page from `start` to `end` is mapped.
    pub fn overlaps(&self, start: u64, end: u64) -> bool {
        let (start, end) = page_range(start, end);
        !self.within(start, end).is_empty()
    }

    /// The highest page-aligned start, `low` or above, of `length` unmapped bytes that end at `high` or below.
    pub fn find_free(&self, length: u64, low: u64, high: u64) -> Option<u64> {
        let length = length.checked_next_multiple_of(PAGE_SIZE)?;
        let low = low.checked_next_multiple_of(PAGE_SIZE)?;
        let mut end = high.min(ADDRESS_END) / PAGE_SIZE * PAGE_SIZE;
        for region in self.regions.iter().rev() {
            if region.start >= end {
                continue;
            }
            if region.end < end && end - region.end >= length {
                break;
            }
            end = region.start;
        }
        end.checked_sub(length).filter(|start| *start >= low)
    }

    /// Bytes that are mapped.
    pub fn mapped_bytes(&self) -> u64 {
        self.regions.iter().map(|region| region.end - region.start).sum()
    }

    /// The regions that have pages in the range.
    fn within(&self, start: u64, end: u64) -> &[Region] {
        &self.regions[self.indices(start, end)]
    }

    fn indices(&self, start: u64, end: u64) -> Range<usize> {
        let first = self.regions.partition_point(|region| region.end <= start);
        let behind = self.regions.partition_point(|region| region.start < end);
        first..behind.max(first)
    }

    /// Puts `new` in place of the part of each region that lies in the range, or what `change` makes of that part, and
    /// joins neighbours that are alike, so that equal address spaces are equal values.
    fn replace(&mut self, start: u64, end: u64, new: Option<Region>, change: impl Fn(Region) -> Option<Region>) {
        if start >= end {
            return;
        }
        let within = self.indices(start, end);
        // With the neighbours, which what is put there may be joined to.
        let before = within.start.saturating_sub(1)..within.start;
        let behind = within.end..(within.end + 1).min(self.regions.len());
        let touched = &self.regions[within];
        let low = touched.first().filter(|region| region.start < start);
        let high = touched.last().filter(|region| region.end > end);
        let changed = touched.iter().map(|region| region.part(region.start.max(start), region.end.min(end)));
        let mut parts = self.regions[before.clone()].to_vec();
        parts.extend(low.map(|region| region.part(region.start, start)));
        parts.extend(new);
        parts.extend(changed.filter_map(change));
        parts.extend(high.map(|region| region.part(end, region.end)));
        parts.extend_from_slice(&self.regions[behind.clone()]);
        join(&mut parts);
        for part in &parts {
            self.hash = self.hash.wrapping_add(part.hash_alone());
        }
        for region in self.regions.splice(before.start..behind.end, parts) {
            self.hash = self.hash.wrapping_sub(region.hash_alone());
        }
    }
}

/// Joins neighbours that are alike.
fn join(regions: &mut Vec<Region>) {
    regions.dedup_by(|next, last| {
        let same = last.goes_on_in(next);
        if same {
            last.end = next.end;
        }
        same
    });
}

fn page_range(start: u64, end: u64) -> (u64, u64) {
    let end = end.min(ADDRESS_END).next_multiple_of(PAGE_SIZE);
    (start.min(end) / PAGE_SIZE * PAGE_SIZE, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_keep_their_image_pages() {
        let mut layout = Layout::default();
        layout.map_image(0x1000, 0x5000, Permissions::READ_EXECUTE, 1);
        assert!(layout.protect(0x2000, 0x3000, Permissions::READ));
        let images: Vec<_> = layout.regions().iter().map(|region| (region.start, region.image)).collect();
        assert_eq!(images, [(0x1000, Some(1)), (0x2000, Some(2)), (0x3000, Some(3))]);
        assert!(layout.protect(0x2000, 0x3000, Permissions::READ_EXECUTE));
        assert_eq!(layout.regions().len(), 1);
        assert!(!layout.protect(0x4000, 0x6000, Permissions::READ), "the last page is not mapped");
    }

    #[test]
    fn what_moves_takes_along_what_backs_it() {
        let mut layout = Layout::default();
        layout.map_image(0x1000, 0x4000, Permissions::READ, 1);
        layout.map_shared(0x4000, 0x6000, Permissions::READ_WRITE);
        layout.map(0xa_0000, 0xb_0000, Permissions::ALL);
        layout.set_image(0x3000, 9);
        layout.move_pages(0x2000, 0x5000, 0xa_2000);
        let shape: Vec<_> = layout.regions().iter().map(|region| (region.start, region.end, region.image)).collect();
        let expected = [
            (0x1000, 0x2000, Some(1)),
            (0x5000, 0x6000, None),
            (0xa_0000, 0xa_2000, None),
            (0xa_2000, 0xa_3000, Some(2)),
            (0xa_3000, 0xa_4000, Some(9)),
            (0xa_4000, 0xa_5000, None),
            (0xa_5000, 0xb_0000, None),
        ];
        assert_eq!(shape, expected);
        assert_eq!(layout.find(0xa_3000).unwrap().backing, Backing::Image(3));
        assert_eq!(layout.find(0xa_4000).unwrap().backing, Backing::Shared);
    }

    #[test]
    fn what_is_dropped_returns_to_what_backs_it() {
        let mut layout = Layout::default();
        layout.map_image(0x1000, 0x4000, Permissions::READ_WRITE, 1);
        layout.map(0x4000, 0x8000, Permissions::READ_WRITE);
        layout.map_shared(0x8000, 0xa000, Permissions::READ_WRITE);
        layout.map(0xb000, 0xc000, Permissions::READ);
        let first = layout.clone();
        let drops = |layout: &mut Layout, start, end| {
            layout.drop_contents(start, end).iter().map(|range| (range.start, range.end)).collect::<Vec<_>>()
        };
        assert_eq!(drops(&mut layout, 0, 0x1_0000), [(0x1000, 0x8000), (0xb000, 0xc000)]);
        assert_eq!(layout, first);
        // What a snapshot had in the middle of each.
        for (image, address) in (10..).zip([0x2000, 0x5000, 0x6000, 0x9000]) {
            layout.set_image(address, image);
        }
        assert_eq!(layout.regions().len(), 9);
        assert!(layout.protect(0x5000, 0x6000, Permissions::READ));
        assert_eq!(layout.find(0x5000).unwrap().image, Some(11));
        assert_eq!(drops(&mut layout, 0x2000, 0x5000), [(0x2000, 0x5000)]);
        assert_eq!(layout.find(0x2000).unwrap().image_at(0x2000), Some(2));
        assert_eq!(layout.find(0x5000).unwrap().image, Some(11));
        assert_eq!(drops(&mut layout, 0x5000, 0xb000), [(0x5000, 0x8000)]);
        assert_eq!(layout.find(0x6000).unwrap().image, None);
        assert_eq!(layout.find(0x9000).unwrap().image, Some(13), "shared memory keeps its contents");
        assert!(layout.protect(0x5000, 0x6000, Permissions::READ_WRITE));
        assert_eq!(layout.regions()[..2], first.regions()[..2], "in parts as well as a whole");
    }

    #[test]
    fn free_space_is_found_from_above() {
        let mut layout = Layout::default();
        layout.map(0x8000, 0xa000, Permissions::READ);
        layout.map(0x4000, 0x5000, Permissions::READ);
        assert_eq!(layout.find_free(0x1000, 0, 0xa000), Some(0x7000));
        assert_eq!(layout.find_free(0x3000, 0, 0xa000), Some(0x5000));
        assert_eq!(layout.find_free(0x4000, 0, 0xa000), Some(0));
        assert_eq!(layout.find_free(0x4000, 0x1000, 0xa000), None);
        assert_eq!(layout.find_free(u64::MAX, 0, 0xa000), None);
        assert_eq!(layout.find_free(0x1000, 0, 0xc000), Some(0xb000));
    }

    proptest! {
        /// Against the plainest model: one entry a page.
        #[test]
        fn behaves_as_a_page_array(operations in prop::collection::vec((0u8..3, 0u64..32, 0u64..12, 0u8..8), 1..60)) {
            let mut layout = Layout::default();
            // Permissions, and whether it could ever be written.
            let mut pages = [None; 64];
            let writes = |permissions: Permissions| permissions.contains(Permissions::WRITE);
            for (operation, first, count, permissions) in operations {
                let permissions = Permissions(permissions);
                let (start, end) = (first * PAGE_SIZE, (first + count) * PAGE_SIZE);
                let range = first as usize..(first + count) as usize;
                match operation {
                    0 => { layout.map(start, end, permissions); pages[range].fill(Some((permissions, writes(permissions)))); }
                    1 => { layout.unmap(start, end); pages[range].fill(None); }
                    _ => {
                        let mapped = pages[range.clone()].iter().all(Option::is_some);
                        prop_assert_eq!(layout.protect(start, end, permissions), mapped);
                        for page in pages[range].iter_mut().filter(|_| mapped).flatten() {
                            *page = (permissions, page.1 || writes(permissions));
                        }
                    }
                }
                for (page, expected) in pages.iter().enumerate() {
                    let found = layout.find(page as u64 * PAGE_SIZE).map(|region| (region.permissions, region.written));
                    prop_assert_eq!(found, *expected);
                }
                for pair in layout.regions().windows(2) {
                    prop_assert!(pair[0].end <= pair[1].start);
                    let alike = pair[0].end == pair[1].start && pair[0].permissions == pair[1].permissions
                        && pair[0].written == pair[1].written;
                    prop_assert!(!alike, "neighbours alike are one region");
                }
                // However it came about: equal values with equal hashes.
                let mut anew = Layout::default();
                for region in layout.regions().iter().rev() {
                    // Written to or not, they come by it as they did.
                    let first = if region.written { Permissions::WRITE } else { region.permissions };
                    anew.map(region.start, region.end, first);
                    anew.protect(region.start, region.end, region.permissions);
                }
                prop_assert_eq!(&layout, &anew);
            }
        }
    }
}
