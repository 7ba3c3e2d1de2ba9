//! The address spaces of all lanes. Lanes with equal ones share an entry, so that a machine of equal lanes has one; an
//! entry that no lane has any more is dropped.

use crate::gpu::{self, Buffer, Gpu};
use crate::machine::Error;
use crate::machine::lane_set::LaneSet;
use crate::machine::memory::address_space::Layout;
use crate::machine::memory::code_runs::CodeRun;
use crate::machine::memory::region_table::RegionTable;
use std::collections::HashMap;
use std::sync::Arc;
use wgpu::BufferUsages;

/// Regions that the buffer has room for at first.
const FIRST_CAPACITY: u32 = 4096;
/// Bytes that a region takes on the GPU.
pub const REGION_BYTES: u64 = 16;
/// Bytes of the buffer, at most: what every adapter binds.
const MOST_BYTES: u64 = 128 << 20;

/// Where a layout's regions stand in the buffer, and whether it has all the code that control words were made of.
#[derive(Clone, Copy)]
pub(in crate::machine) struct LayoutPlace {
    pub first: u32,
    pub count: u32,
    pub intact: bool,
}

pub(in crate::machine) struct Layouts {
    pub buffer: Buffer,
    table: RegionTable,
    /// Regions that the buffer has room for, and whether it is new: empty.
    capacity: u32,
    empty: bool,
    most: u32,
    known: HashMap<Arc<Layout>, LayoutPlace>,
    runs: Vec<CodeRun>,
    /// Of every lane that has none of its own.
    base: Arc<Layout>,
    own: HashMap<u32, Arc<Layout>>,
}

impl Layouts {
    pub fn new(gpu: &Gpu) -> Result<Layouts, Error> {
        let limits = gpu.limits();
        let most_bytes = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size).min(MOST_BYTES);
        let most = (most_bytes / REGION_BYTES) as u32;
        let nothing = Arc::new(Layout::default());
        Ok(Layouts {
            buffer: make_buffer(gpu, FIRST_CAPACITY)?,
            table: RegionTable::new(most),
            capacity: FIRST_CAPACITY,
            empty: true,
            most,
            known: HashMap::from([(nothing.clone(), LayoutPlace { first: 0, count: 0, intact: false })]),
            runs: Vec::new(),
            base: nothing,
            own: HashMap::new(),
        })
    }

    pub fn of(&self, lane: u32) -> &Layout {
        self.own.get(&lane).unwrap_or(&self.base)
    }

    /// The one that lanes have which have none of their own.
    pub fn base(&self) -> &Layout {
        &self.base
    }

    /// Takes note of the code that has control words; what `place` says may be other than before.
    pub fn set_runs(&mut self, runs: &[CodeRun]) {
        self.runs = runs.to_vec();
        for (layout, place) in &mut self.known {
            place.intact = runs.iter().all(|run| run.is_in(layout));
        }
    }

    /// The code that has control words.
    pub fn runs(&self) -> &[CodeRun] {
        &self.runs
    }

    /// Where the layout stands that lanes without one of their own have.
    pub fn base_place(&self) -> LayoutPlace {
        self.known[&self.base]
    }

    /// Where the layouts stand of lanes that have one of their own.
    pub fn own_places(&self) -> impl Iterator<Item = (u32, LayoutPlace)> {
        self.own.iter().map(|(lane, layout)| (*lane, self.known[layout]))
    }

    /// Gives every lane this layout.
    pub fn set_all(&mut self, gpu: &Gpu, layout: Layout) -> Result<LayoutPlace, Error> {
        self.base = self.intern(gpu, layout)?;
        self.own.clear();
        self.drop_unused();
        Ok(self.base_place())
    }

    /// Gives these lanes the layout again that all have which have none of their own.
    pub fn reset(&mut self, lanes: &LaneSet) {
        self.own.retain(|lane, _| !lanes.contains(*lane));
        self.drop_unused();
    }

    /// Gives a lane its layout. Where there is no room for it the lane keeps the one that it has.
    pub fn set(&mut self, gpu: &Gpu, lane: u32, layout: Layout) -> Result<LayoutPlace, Error> {
        let layout = self.intern(gpu, layout)?;
        let place = self.known[&layout];
        let before = match Arc::ptr_eq(&layout, &self.base) {
            true => self.own.remove(&lane),
            false => self.own.insert(lane, layout),
        };
        // Its entry has the other one.
        if let Some(before) = before.filter(|before| Arc::strong_count(before) == 2)
            && let Some(place) = self.known.remove(&before)
        {
            self.table.remove(place.first, place.count);
        }
        Ok(place)
    }

    /// Drops the entries that no lane has.
    fn drop_unused(&mut self) {
        let Layouts { known, table, .. } = self;
        known.retain(|layout, place| {
            let used = Arc::strong_count(layout) > 1;
            if !used {
                table.remove(place.first, place.count);
            }
            used
        });
    }

    /// The one copy that there is of a layout.
    fn intern(&mut self, gpu: &Gpu, layout: Layout) -> Result<Arc<Layout>, Error> {
        if let Some((known, _)) = self.known.get_key_value(&layout) {
            return Ok(known.clone());
        }
        let regions = layout.regions();
        let full = Error::LayoutsFull { regions: regions.len(), most: self.most };
        let Some(first) = self.table.insert(regions) else { return Err(full) };
        let count = regions.len() as u32;
        if self.table.len() > self.capacity {
            let capacity = self.table.len().next_power_of_two().min(self.most);
            match make_buffer(gpu, capacity) {
                Ok(buffer) => (self.buffer, self.capacity, self.empty) = (buffer, capacity, true),
                Err(error) => {
                    self.table.remove(first, count);
                    let out_of_memory = matches!(error, Error::Gpu(gpu::Error::OutOfMemory { .. }));
                    return Err(if out_of_memory { full } else { error });
                }
            }
        }
        let intact = self.runs.iter().all(|run| run.is_in(&layout));
        let layout = Arc::new(layout);
        self.known.insert(layout.clone(), LayoutPlace { first, count, intact });
        Ok(layout)
    }

    /// Uploads new regions.
    pub fn flush(&mut self, gpu: &Gpu) {
        self.table.flush(self.empty, |first, words| {
            gpu.upload(&self.buffer, u64::from(first) * REGION_BYTES, bytemuck::cast_slice(words));
        });
        self.empty = false;
    }

    /// Leaves room for so many regions.
    #[cfg(test)]
    pub fn limit(&mut self, most: u32) {
        self.most = most;
        self.table.limit(most);
    }
}

fn make_buffer(gpu: &Gpu, capacity: u32) -> Result<Buffer, Error> {
    let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
    Ok(gpu.buffer("layouts", u64::from(capacity) * REGION_BYTES, usage)?)
}

#[cfg(test)]
mod tests {
    use crate::machine::memory::address_space::{Layout, PAGE_SIZE, Permissions};
    use crate::machine::{Error, LaneSet, Machine};

    const START: u64 = 0x10_0000_0000;

    /// So many pages with a gap behind each.
    fn pages(count: u64) -> Layout {
        let mut layout = Layout::default();
        for n in 0..count {
            let address = START + n * 2 * PAGE_SIZE;
            layout.map(address, address + PAGE_SIZE, Permissions::READ_WRITE);
        }
        layout
    }

    /// Layouts that lanes have, and the regions that the table of all of them reaches to.
    fn size(machine: &Machine) -> (usize, u32) {
        let layouts = &machine.core.layouts;
        (layouts.known.len(), layouts.table.len())
    }

    #[test]
    fn layouts_are_dropped_when_no_lane_has_them() {
        let mut machine = Machine::builder().lanes(3).build().unwrap();
        machine.load_segments(&[], &pages(3)).unwrap();
        assert_eq!(size(&machine), (1, 4), "behind the place of what a machine begins with");
        machine.mark_start().unwrap();
        // Together they are more regions than any buffer has room for.
        for count in 1..6_000 {
            machine.set_layout(1, pages(count % 2 * 5_000 + 10), &[]).unwrap();
            let mut layout = machine.layout(2).unwrap().clone();
            layout.map(0, PAGE_SIZE * (1 + count), Permissions::READ);
            machine.set_layout(2, layout, &[]).unwrap();
            let (known, regions) = size(&machine);
            assert!(known <= 3 && regions < 3 * 5_010, "{count}: {known} of {regions} regions");
        }
        // They stand where the GPU looks for them.
        let last = START + 5_009 * 2 * PAGE_SIZE;
        machine.write_memory(1, last, b"last").unwrap();
        assert!(matches!(machine.write_memory(1, last - PAGE_SIZE, b"gap"), Err(Error::Unmapped { lane: 1, .. })));
        assert!(matches!(machine.write_memory(0, last, b"last"), Err(Error::Unmapped { lane: 0, .. })));
        let mut found = [0; 4];
        machine.read_memory(1, last, &mut found).unwrap();
        assert_eq!(&found, b"last");
        machine.read_memory(2, 5_999 * PAGE_SIZE, &mut found).unwrap();
        assert_eq!(found, [0; 4]);
        machine.restore(&LaneSet::all()).unwrap();
        assert_eq!(size(&machine), (1, 4));
        machine.write_memory(1, START, b"first").unwrap();
    }

    #[test]
    fn what_finds_no_room_changes_nothing() {
        let mut machine = Machine::builder().lanes(2).build().unwrap();
        machine.limit_layouts(50);
        machine.load_segments(&[], &pages(3)).unwrap();
        machine.set_layout(0, pages(20), &[]).unwrap();
        let refused = machine.set_layout(0, pages(40), &[]);
        assert!(matches!(refused, Err(Error::LayoutsFull { regions: 40, most: 50 })), "{refused:?}");
        assert_eq!(machine.layout(0).unwrap(), &pages(20));
        machine.write_memory(0, START + 19 * 2 * PAGE_SIZE, b"last").unwrap();
        machine.set_layout(1, pages(20), &[]).unwrap();
        assert_eq!(size(&machine), (2, 24));
    }
}
