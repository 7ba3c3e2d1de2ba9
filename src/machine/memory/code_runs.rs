//! Code that lanes execute from the image.

use crate::machine::memory::address_space::{Layout, PAGE_SIZE, Permissions};

/// Executable pages of the image side by side, all of one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::machine) struct CodeRun {
    pub start: u64,
    pub end: u64,
    /// Image page behind the first.
    pub image: u32,
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
pub(in crate::machine) fn runs(layout: &Layout, code_pages: u32) -> Vec<CodeRun> {
    let executable = layout.regions().iter().filter(|region| region.permissions.contains(Permissions::EXECUTE));
    executable
        .filter_map(|region| {
            let image = region.image.filter(|image| *image <= code_pages)?;
            let end = region.start + u64::from(code_pages + 1 - image) * PAGE_SIZE;
            Some(CodeRun { start: region.start, end: region.end.min(end), image })
        })
        .collect()
}
