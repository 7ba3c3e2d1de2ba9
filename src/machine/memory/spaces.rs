//! The address spaces of all lanes. Lanes with equal ones share an entry, so that a machine of equal lanes has one.

use crate::gpu::{Buffer, Gpu};
use crate::machine::Error;
use crate::machine::lane_set::LaneSet;
use crate::machine::memory::address_space::Layout;
use crate::machine::memory::code_runs::CodeRun;
use std::collections::HashMap;
use std::sync::Arc;
use wgpu::BufferUsages;

/// Regions that the buffer has room for at first.
const FIRST_CAPACITY: usize = 4096;
const REGION_BYTES: u64 = 16;

/// Where a layout's regions stand in the buffer, and whether it has all the code that control words were made of.
#[derive(Clone, Copy)]
pub(in crate::machine) struct LayoutPlace {
    pub first: u32,
    pub count: u32,
    pub intact: bool,
}

pub(in crate::machine) struct Layouts {
    pub buffer: Buffer,
    /// Region words of all layouts, one after the other; those from `uploaded` on are not on the GPU yet.
    words: Vec<[u32; 4]>,
    uploaded: usize,
    capacity: usize,
    known: HashMap<Arc<Layout>, LayoutPlace>,
    runs: Vec<CodeRun>,
    /// Of every lane that has none of its own.
    base: Arc<Layout>,
    own: HashMap<u32, Arc<Layout>>,
}

impl Layouts {
    pub fn new(gpu: &Gpu) -> Result<Layouts, Error> {
        let empty = Arc::new(Layout::default());
        Ok(Layouts {
            buffer: make_buffer(gpu, FIRST_CAPACITY)?,
            words: Vec::new(),
            uploaded: 0,
            capacity: FIRST_CAPACITY,
            known: HashMap::from([(empty.clone(), LayoutPlace { first: 0, count: 0, intact: false })]),
            runs: Vec::new(),
            base: empty,
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
    pub fn set_all(&mut self, layout: Layout) -> LayoutPlace {
        self.base = self.intern(layout);
        self.own.clear();
        self.base_place()
    }

    /// Gives these lanes the layout again that all have which have none of their own.
    pub fn reset(&mut self, lanes: &LaneSet) {
        self.own.retain(|lane, _| !lanes.contains(*lane));
    }

    /// Gives a lane its layout.
    pub fn set(&mut self, lane: u32, layout: Layout) -> LayoutPlace {
        let layout = self.intern(layout);
        let place = self.known[&layout];
        if Arc::ptr_eq(&layout, &self.base) {
            self.own.remove(&lane);
        } else {
            self.own.insert(lane, layout);
        }
        place
    }

    /// The one copy that there is of a layout.
    fn intern(&mut self, layout: Layout) -> Arc<Layout> {
        match self.known.get_key_value(&layout) {
            Some((known, _)) => known.clone(),
            None => {
                let place = LayoutPlace {
                    first: self.words.len() as u32,
                    count: layout.regions().len() as u32,
                    intact: self.runs.iter().all(|run| run.is_in(&layout)),
                };
                self.words.extend(layout.regions().iter().map(|region| region.words()));
                let layout = Arc::new(layout);
                self.known.insert(layout.clone(), place);
                layout
            }
        }
    }

    /// Uploads new regions. Entries that no lane has any more stay: programs go through few.
    pub fn flush(&mut self, gpu: &Gpu) -> Result<(), Error> {
        if self.words.len() > self.capacity {
            self.capacity = self.words.len().next_power_of_two();
            self.buffer = make_buffer(gpu, self.capacity)?;
            self.uploaded = 0;
        }
        let new = &self.words[self.uploaded..];
        gpu.upload(&self.buffer, self.uploaded as u64 * REGION_BYTES, bytemuck::cast_slice(new));
        self.uploaded = self.words.len();
        Ok(())
    }
}

fn make_buffer(gpu: &Gpu, capacity: usize) -> Result<Buffer, Error> {
    let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
    Ok(gpu.buffer("layouts", capacity as u64 * REGION_BYTES, usage)?)
}
