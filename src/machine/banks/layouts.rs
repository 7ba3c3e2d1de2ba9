//! Programs and address spaces of lanes.

use super::bank::Bank;
use super::budget::Peak;
use super::core::{Core, Discard};
use super::transfer::Checks;
use crate::abi::*;
use crate::machine::Error;
use crate::machine::memory::address_space::{ADDRESS_END, Layout, PAGE_SIZE, Permissions};
use crate::machine::memory::image::{Image, Segment};
use crate::machine::state::lanes::Lanes;
use std::ops::Range;
use std::sync::Arc;

impl Core {
    pub fn load_program(&mut self, bytes: &[u8], address: u64) -> Result<(), Error> {
        let segment = Segment { address, bytes, memory_size: bytes.len() as u64, permissions: Permissions::ALL };
        let mut layout = self.layouts.of(0).clone();
        if !self.has_memory() {
            Arc::make_mut(&mut self.program.image).add(&mut layout, &segment, &Layout::default())?;
            self.set_all_layouts(layout)?;
            return Ok(());
        }
        let length = bytes.len() as u64;
        let end = address.checked_add(length).filter(|end| *end <= ADDRESS_END);
        let end = end.ok_or(Error::OutsideAddressSpace { address, length })?;
        for lane in 0..self.lanes() {
            let mut layout = self.layout(lane)?.clone();
            let mut page = address / PAGE_SIZE * PAGE_SIZE;
            while page < end {
                if !layout.protect(page, page + PAGE_SIZE, Permissions::ALL) {
                    layout.map(page, page + PAGE_SIZE, Permissions::ALL);
                }
                page += PAGE_SIZE;
            }
            self.set_layout(lane, layout, &[])?;
        }
        let writes: Vec<_> = (0..self.lanes()).map(|lane| (lane, address, bytes)).collect();
        self.write_many(&writes, Checks::Host)?;
        Ok(())
    }

    pub fn load_segments(&mut self, segments: &[Segment], extra: &Layout) -> Result<(), Error> {
        let mut image = Image::default();
        let mut layout = extra.clone();
        // What can be executed comes first: only it has control words.
        let mut ordered: Vec<_> = segments.iter().collect();
        ordered.sort_by_key(|segment| !segment.permissions.contains(Permissions::EXECUTE));
        for segment in ordered {
            image.add(&mut layout, segment, extra)?;
        }
        self.program.image = Arc::new(image);
        self.program.start = None;
        self.new_program();
        self.banks = vec![Bank::new(0, Lanes::new(&self.gpu, self.lanes(), self.serving.io_size)?)];
        self.room.peak = Peak::default();
        self.standing.retired = None;
        self.standing.host_reasons.clear();
        self.discards.clear();
        self.set_all_layouts(layout)
    }

    pub fn set_all_layouts(&mut self, layout: Layout) -> Result<(), Error> {
        let place = self.layouts.set_all(&self.gpu, layout)?;
        self.banks.iter_mut().for_each(|bank| bank.lanes.set_all_layouts(place));
        Ok(())
    }

    pub fn layout(&mut self, lane: u32) -> Result<&Layout, Error> {
        self.settle_layout(lane)?;
        Ok(self.layouts.of(lane))
    }

    pub fn first_layout(&self) -> &Layout {
        self.layouts.base()
    }

    /// Makes the pages that were added on the GPU a part of the lane's layout.
    pub fn settle_layout(&mut self, lane: u32) -> Result<(), Error> {
        self.check_lane(lane)?;
        if !self.serving.personality.serves() {
            return Ok(());
        }
        let mut fields = [LANE_UP_FIRST, LANE_UP_END, LANE_DOWN_FIRST, LANE_DOWN_END];
        for field in &mut fields {
            *field = self.lane_row(lane, *field)?;
        }
        let added = [fields[0]..fields[1], fields[2]..fields[3]];
        if added.iter().all(Range::is_empty) {
            return Ok(());
        }
        let mut layout = self.layouts.of(lane).clone();
        for pages in added.iter().filter(|pages| !pages.is_empty()) {
            let address = |page: u32| u64::from(page) * PAGE_SIZE;
            layout.map(address(pages.start), address(pages.end), Permissions::READ_WRITE);
        }
        self.set_layout(lane, layout, &[])
    }

    pub fn set_layout(&mut self, lane: u32, layout: Layout, discard: &[Range<u64>]) -> Result<(), Error> {
        self.check_lane(lane)?;
        let place = self.layouts.set(&self.gpu, lane, layout)?;
        let (index, own) = self.bank_of(lane);
        self.banks[index].lanes.set_layout(&self.gpu, own, place)?;
        if self.serving.personality.serves() {
            for (field, end) in [(LANE_UP_FIRST, LANE_UP_END), (LANE_DOWN_END, LANE_DOWN_FIRST)] {
                let page = self.lane_row(lane, end)?;
                self.set_lane_row(lane, field, page)?;
            }
        }
        if self.has_memory() {
            for range in discard {
                let (first, end) = (range.start / PAGE_SIZE, range.end.min(ADDRESS_END).div_ceil(PAGE_SIZE));
                if first < end {
                    self.discards.push(Discard { lane, first, end });
                }
            }
        }
        Ok(())
    }
}
