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
        text.breakpoint = self.address;
    }
}

impl Breakpoint {
    pub fn set(&mut self, core: &mut Core, address: Option<u64>) {
        if self.address != address {
            self.address = address;
            core.banks.iter_mut().for_each(|bank| bank.bound.clear());
        }
    }
}
