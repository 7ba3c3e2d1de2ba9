//! The address spaces of all lanes. Lanes with equal ones share an entry, so that a machine of equal lanes has one.

use super::Error;
use super::code::CodeRun;
use super::layout::Layout;
use crate::gpu::Gpu;
use std::collections::HashMap;
use std::sync::Arc;
use wgpu::BufferUsages;

/// Regions that the buffer has room for at first.
const FIRST_CAPACITY: usize = 4096;
const REGION_BYTES: u64 = 16;

/// Where a layout's regions stand in the buffer, and whether it has all the code that control words were made of.
#[derive(Clone, Copy)]
pub(super) struct LayoutPlace {
    pub first: u32,
    pub count: u32,
    pub intact: bool,
}

pub(super) struct Layouts {
    pub buffer: wgpu::Buffer,
    /// Region words of all layouts, one after the other; those from `uploaded` on are not on the GPU yet.
    words: Vec<[u32; 4]>,
    uploaded: usize,
    capacity: usize,
    known: HashMap<Arc<Layout>, LayoutPlace>,
    runs: Vec<CodeRun>,
    of_lane: Vec<Arc<Layout>>,
}

impl Layouts {
    pub fn new(gpu: &Gpu, lanes: u32) -> Result<Layouts, Error> {
        let empty = Arc::new(Layout::default());
        Ok(Layouts {
            buffer: make_buffer(gpu, FIRST_CAPACITY)?,
            words: Vec::new(),
            uploaded: 0,
            capacity: FIRST_CAPACITY,
            known: HashMap::from([(empty.clone(), LayoutPlace { first: 0, count: 0, intact: false })]),
            runs: Vec::new(),
            of_lane: vec![empty; lanes as usize],
        })
    }

    pub fn of(&self, lane: u32) -> &Layout {
        &self.of_lane[lane as usize]
    }

    /// Takes note of the code that has control words; what `place` says may be other than before.
    pub fn set_runs(&mut self, runs: &[CodeRun]) {
        self.runs = runs.to_vec();
        for (layout, place) in &mut self.known {
            place.intact = runs.iter().all(|run| run.is_in(layout));
        }
    }

    /// Where the layout of a lane stands.
    pub fn place(&self, lane: u32) -> LayoutPlace {
        self.known[&self.of_lane[lane as usize]]
    }

    /// Gives a lane its layout.
    pub fn set(&mut self, lane: u32, layout: Layout) -> LayoutPlace {
        let layout = match self.known.get_key_value(&layout) {
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
        };
        let place = self.known[&layout];
        self.of_lane[lane as usize] = layout;
        place
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

fn make_buffer(gpu: &Gpu, capacity: usize) -> Result<wgpu::Buffer, Error> {
    let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
    Ok(gpu.buffer("layouts", capacity as u64 * REGION_BYTES, usage)?)
}
