//! The address spaces of all lanes. Lanes with equal ones share an entry, so that a machine of equal lanes has one.

use super::Error;
use super::layout::Layout;
use crate::gpu::Gpu;
use std::collections::HashMap;
use std::sync::Arc;
use wgpu::BufferUsages;

/// Regions that the buffer has room for at first.
const FIRST_CAPACITY: usize = 4096;
const REGION_BYTES: u64 = 16;

pub(super) struct Layouts {
    pub buffer: wgpu::Buffer,
    /// Region words of all layouts, one after the other; those from `uploaded` on are not on the GPU yet.
    words: Vec<[u32; 4]>,
    uploaded: usize,
    capacity: usize,
    known: HashMap<Arc<Layout>, (u32, u32)>,
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
            known: HashMap::from([(empty.clone(), (0, 0))]),
            of_lane: vec![empty; lanes as usize],
        })
    }

    pub fn of(&self, lane: u32) -> &Layout {
        &self.of_lane[lane as usize]
    }

    /// Gives a lane its layout; returns where its regions stand and how many they are.
    pub fn set(&mut self, lane: u32, layout: Layout) -> (u32, u32) {
        let layout = match self.known.get_key_value(&layout) {
            Some((known, _)) => known.clone(),
            None => {
                let place = (self.words.len() as u32, layout.regions().len() as u32);
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
