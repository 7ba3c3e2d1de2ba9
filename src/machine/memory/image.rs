//! The image: pages that all lanes share until they write to them.

use crate::isa;
use crate::machine::Error;
use crate::machine::memory::address_space::{ADDRESS_END, Backing, Layout, PAGE_SIZE, Permissions};
use std::sync::Arc;

/// Part of a program as it is loaded.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Where it begins; need not be a multiple of the page size.
    pub address: u64,
    /// What it holds at first.
    pub bytes: &'a [u8],
    /// Its size in memory; zeros follow the bytes.
    pub memory_size: u64,
    pub permissions: Permissions,
}

/// Pages in the order in which they stand in the memory buffer, behind the zero page: image page 1 is `pages[0]`.
#[derive(Clone, Default)]
pub(in crate::machine) struct Image {
    pages: Vec<Page>,
    /// Pages that may get control words, from the first on; `None` for all.
    code_limit: Option<u32>,
}

#[derive(Clone)]
struct Page {
    address: u64,
    executable: bool,
    bytes: Arc<PageBytes>,
}

pub(in crate::machine) type PageBytes = [u8; PAGE_SIZE as usize];

impl Image {
    /// Puts a segment into the image and into `layout`. Pages that have no bytes are mapped as zeros. Those in a region of
    /// `extra` are no part of a file: dropped, they are zeros.
    pub fn add(&mut self, layout: &mut Layout, segment: &Segment, extra: &Layout) -> Result<(), Error> {
        let Segment { address, bytes, memory_size, permissions } = *segment;
        let length = memory_size.max(bytes.len() as u64);
        let end = address.checked_add(length).filter(|end| *end <= ADDRESS_END);
        let end = end.ok_or(Error::OutsideAddressSpace { address, length })?;
        if length == 0 {
            return Ok(());
        }
        let bytes_end = address + bytes.len() as u64;
        let first = address / PAGE_SIZE * PAGE_SIZE;
        let mut page = first;
        while page < bytes_end {
            // A page that another segment began keeps that one's bytes; what both may do with it is joined.
            let before = layout.find(page).copied();
            let shared = before.filter(|region| region.image.is_some());
            let index = match shared {
                Some(region) => region.image.unwrap_or(0) + ((page - region.start) / PAGE_SIZE) as u32,
                None => {
                    self.pages.push(Page {
                        address: page,
                        executable: false,
                        bytes: Arc::new([0; PAGE_SIZE as usize]),
                    });
                    self.pages.len() as u32
                }
            };
            let permissions = permissions | shared.map_or(Permissions::NONE, |region| region.permissions);
            if extra.find(page).is_some() {
                layout.map(page, page + PAGE_SIZE, permissions);
                layout.set_image(page, index);
            } else {
                layout.map_image(page, page + PAGE_SIZE, permissions, index);
            }
            let stored = &mut self.pages[index as usize - 1];
            stored.executable |= permissions.contains(Permissions::EXECUTE);
            let (from, to) = (page.max(address), (page + PAGE_SIZE).min(bytes_end));
            let source = &bytes[(from - address) as usize..(to - address) as usize];
            Arc::make_mut(&mut stored.bytes)[(from - page) as usize..(to - page) as usize].copy_from_slice(source);
            page += PAGE_SIZE;
        }
        // Zeros behind, except on a page that an earlier segment has.
        while page < end {
            if layout.find(page).is_none() {
                layout.map(page, page + PAGE_SIZE, permissions);
                let gap = layout.regions().iter().map(|region| region.start).find(|start| *start > page);
                let until = gap.unwrap_or(end).min(end);
                layout.map(page, until, permissions);
                page = until.next_multiple_of(PAGE_SIZE);
            } else {
                page += PAGE_SIZE;
            }
        }
        Ok(())
    }

    /// Gives the page at `address`, which is mapped, other bytes to begin with; what backs it stays. A page of the program's
    /// file keeps its number, as control words go by it, and what the file has becomes another page. What no file was
    /// behind gets no control words: only pages that are executable from the first on have them.
    pub fn set_page(&mut self, layout: &mut Layout, address: u64, bytes: &Arc<PageBytes>) {
        let Some(region) = layout.find(address) else { return };
        let Some(index) = region.image_at(address) else {
            self.pages.push(Page { address, executable: false, bytes: bytes.clone() });
            return layout.set_image(address, self.len());
        };
        let backs = region.backing_at(address) == Backing::Image(index);
        let page = &mut self.pages[index as usize - 1];
        if page.bytes == *bytes {
            return;
        }
        let bytes = std::mem::replace(&mut page.bytes, bytes.clone());
        if backs {
            self.pages.push(Page { address, executable: false, bytes });
            layout.set_backing(address, self.len());
        }
    }

    /// Number of pages.
    pub fn len(&self) -> u32 {
        self.pages.len() as u32
    }

    /// Pages 1 to this one get control words: all that can be executed are among them, as far as the limit allows. Code
    /// behind it is decoded as lanes come to it.
    pub fn code_pages(&self) -> u32 {
        let all = self.executable_pages();
        self.code_limit.map_or(all, |limit| all.min(limit))
    }

    /// Whether some executable word is floating point or SIMD.
    pub fn has_vectors(&self) -> bool {
        let executable = self.pages.iter().filter(|page| page.executable);
        let mut words = executable.flat_map(|page| page.bytes.chunks_exact(4));
        words.any(|word| {
            let word = u32::from_le_bytes(word.try_into().expect("four bytes"));
            isa::find(word).is_some_and(|found| found.format == Some(isa::Format::Vector))
        })
    }

    /// Pages 1 to this one have all that can be executed.
    pub fn executable_pages(&self) -> u32 {
        self.pages.iter().rposition(|page| page.executable).map_or(0, |last| last as u32 + 1)
    }

    /// Limits the pages that get control words.
    pub fn limit_code(&mut self, pages: u32) {
        self.code_limit = Some(pages);
    }

    /// All bytes, page after page.
    pub fn bytes(&self) -> Vec<u8> {
        self.pages.iter().flat_map(|page| page.bytes.iter().copied()).collect()
    }

    /// Address of each of the first `count` pages, low word first.
    pub fn addresses(&self, count: u32) -> Vec<[u32; 2]> {
        let pages = &self.pages[..count as usize];
        pages.iter().map(|page| [page.address as u32, (page.address >> 32) as u32]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_share_a_page() {
        let (mut image, mut layout) = (Image::default(), Layout::default());
        let text =
            Segment { address: 0x1000, bytes: &[1; 0x1800], memory_size: 0, permissions: Permissions::READ_EXECUTE };
        let data =
            Segment { address: 0x2c00, bytes: &[2; 0x800], memory_size: 0x3000, permissions: Permissions::READ_WRITE };
        image.add(&mut layout, &text, &Layout::default()).unwrap();
        image.add(&mut layout, &data, &Layout::default()).unwrap();
        assert_eq!(image.len(), 3);
        assert_eq!(image.code_pages(), 2);
        image.limit_code(1);
        assert_eq!((image.code_pages(), image.executable_pages()), (1, 2));
        let bytes = image.bytes();
        assert_eq!((bytes[0x1000], bytes[0x1900], bytes[0x1c00], bytes[0x23ff], bytes[0x2400]), (1, 0, 2, 2, 0));
        assert_eq!(layout.find(0x2000).unwrap().permissions, Permissions::ALL);
        assert_eq!(layout.find(0x5bff).unwrap().permissions, Permissions::READ_WRITE);
        assert_eq!(layout.find(0x5bff).unwrap().image, None);
        assert!(layout.find(0x6000).is_none());
    }

    #[test]
    fn what_the_file_has_stays_behind_other_bytes() {
        let (mut image, mut layout) = (Image::default(), Layout::default());
        // The last two pages are a stack's.
        layout.map(0x8000, 0xc000, Permissions::READ_WRITE);
        let stack = layout.clone();
        for (address, value) in [(0x1000, 1), (0xa000, 2)] {
            let segment =
                Segment { address, bytes: &[value; 0x2000], memory_size: 0x2000, permissions: Permissions::READ_WRITE };
            image.add(&mut layout, &segment, &stack).unwrap();
        }
        let page = |value: u8| Arc::new([value; PAGE_SIZE as usize]);
        let shows = |image: &Image, layout: &Layout, address| {
            let page = layout.find(address).unwrap().image_at(address);
            page.map_or(0, |page| image.pages[page as usize - 1].bytes[0])
        };
        // Twice, as where a snapshot is taken of what was forked.
        for value in [7, 9] {
            for address in [0x2000, 0x9000, 0xb000] {
                image.set_page(&mut layout, address, &page(value));
                assert_eq!(shows(&image, &layout, address), value);
            }
            assert_eq!(shows(&image, &layout, 0x1000), 1);
        }
        assert_eq!(image.len(), 4 + 2);
        layout.drop_contents(0, 0xb000);
        let found = [0x1000, 0x2000, 0x8000, 0x9000, 0xa000, 0xb000].map(|address| shows(&image, &layout, address));
        assert_eq!(found, [1, 1, 0, 0, 0, 9]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (mut image, mut layout) = (Image::default(), Layout::default());
        for (address, memory_size) in [(u64::MAX, 1), (ADDRESS_END - 1, 2), (0, u64::MAX)] {
            let segment = Segment { address, bytes: &[], memory_size, permissions: Permissions::READ };
            assert!(matches!(
                image.add(&mut layout, &segment, &Layout::default()),
                Err(Error::OutsideAddressSpace { .. })
            ));
        }
    }
}
