//! A breakpoint: lanes stop before the instruction at an address. Nothing is written where they could see it; the
//! interpreter compares where it is, in a text of its own, so that nobody else pays for it.

use super::companion::{Companion, Setting};
use crate::machine::banks::core::Core;
use crate::machine::shaders::Variant;

/// Where lanes stop, if anywhere.
#[derive(Default)]
pub struct Breakpoint {
    pub address: Option<u64>,
}

impl Companion for Breakpoint {
    fn add_text(&self, _setting: &Setting, text: &mut Variant) {
        text.breakpoint = self.address.is_some();
    }
}

impl Breakpoint {
    /// The address as shaders are told it.
    pub fn words(&self) -> [u32; 2] {
        let address = self.address.unwrap_or(0);
        [address as u32, (address >> 32) as u32]
    }

    pub fn set(&mut self, core: &mut Core, address: Option<u64>) {
        let before = std::mem::replace(&mut self.address, address);
        if before.is_some() != address.is_some() {
            core.banks.iter_mut().for_each(|bank| bank.bound.clear());
        }
    }
}
