//! Which control words stand for which code: the counterpart of `wgsl/machine/code.wgsl`.

use super::layout::{Layout, PAGE_SIZE, Permissions};
use crate::gpu::Gpu;
use crate::isa::control::{OPERATION_SHIFT, SINK, SYSTEM, SYSTEM_LEAVE, ZR};

/// Executable pages of the image side by side, all of one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodeRun {
    start: u64,
    end: u64,
    /// Image page behind the first.
    image: u32,
}

impl CodeRun {
    /// Whether a lane with this layout executes this code from the image.
    pub fn is_in(&self, layout: &Layout) -> bool {
        layout.find(self.start).is_some_and(|region| {
            self.end <= region.end
                && region.permissions.contains(Permissions::EXECUTE)
                && region.image_at(self.start) == Some(self.image)
        })
    }
}

/// The runs of a layout; image pages behind `code_pages` are in none.
pub(super) fn runs(layout: &Layout, code_pages: u32) -> Vec<CodeRun> {
    let executable = layout.regions().iter().filter(|region| region.permissions.contains(Permissions::EXECUTE));
    executable
        .filter_map(|region| {
            let image = region.image.filter(|image| *image <= code_pages)?;
            let end = region.start + u64::from(code_pages + 1 - image) * PAGE_SIZE;
            Some(CodeRun { start: region.start, end: region.end.min(end), image })
        })
        .collect()
}

/// Where the control words of each page stand.
pub(super) struct CodeMap {
    /// Of each image page from 1 on, as `code_runs` of `wgsl/machine/bindings.wgsl` wants it.
    pub pages: Vec<[u32; 4]>,
    /// Index of the lanes' own control words.
    pub lane_code: u32,
    /// Index of the word behind each run.
    ends: Vec<u32>,
}

impl CodeMap {
    pub fn new(runs: &[CodeRun], code_pages: u32) -> CodeMap {
        let mut map = CodeMap { pages: vec![[0; 4]; code_pages as usize], lane_code: 0, ends: Vec::new() };
        for run in runs {
            let first = map.lane_code;
            let count = ((run.end - run.start) / PAGE_SIZE) as u32;
            let end = first + count * (PAGE_SIZE / 4) as u32;
            let delta = run.start.wrapping_sub(u64::from(first) * 4);
            for page in run.image..run.image + count {
                map.pages[page as usize - 1] = [delta as u32, (delta >> 32) as u32, first, end];
            }
            map.ends.push(end);
            map.lane_code = end + 1;
        }
        map
    }

    /// Writes the words that end runs: one behind each, and the second of each lane's.
    pub fn upload_ends(&self, gpu: &Gpu, control_words: &wgpu::Buffer, lanes: u32) {
        let leave = [SYSTEM | SYSTEM_LEAVE << OPERATION_SHIFT, SINK | ZR << 6 | ZR << 12 | ZR << 18, 0, 0];
        for end in &self.ends {
            gpu.upload(control_words, u64::from(*end) * 16, bytemuck::cast_slice(&leave));
        }
        let own: Vec<[u32; 4]> = (0..2 * lanes).map(|_| leave).collect();
        gpu.upload(control_words, u64::from(self.lane_code) * 16, bytemuck::cast_slice(&own));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_a_run_share_its_place() {
        let mut layout = Layout::default();
        layout.map_image(0x1000, 0x3000, Permissions::READ_EXECUTE, 1);
        layout.map_image(0x8000, 0x9000, Permissions::READ_WRITE, 3);
        layout.map_image(0x10_0000_0000, 0x10_0000_1000, Permissions::ALL, 4);
        layout.map(0x20000, 0x30000, Permissions::ALL);
        let runs = runs(&layout, 4);
        assert_eq!(runs.len(), 2);
        let map = CodeMap::new(&runs, 4);
        assert_eq!(map.pages[..3], [[0x1000, 0, 0, 2048], [0x1000, 0, 0, 2048], [0; 4]]);
        assert_eq!(map.pages[3], [0xffff_dffc, 0xf, 2049, 3073]);
        assert_eq!(map.lane_code, 3074);
        assert!(runs.iter().all(|run| run.is_in(&layout)));
        assert!(layout.protect(0x2000, 0x3000, Permissions::READ));
        assert!(!runs[0].is_in(&layout) && runs[1].is_in(&layout));
    }
}
