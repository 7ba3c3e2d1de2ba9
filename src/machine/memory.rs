//! The memory buffer and its tables: the counterpart of `wgsl/lib/memory.wgsl`.
//!
//! Words 0..1024 of the buffer are the zero page, then comes the image, then the frames: `frame_capacity` times one page
//! of every lane of a group, word by word side by side.

use super::Error;
use super::code::{CodeMap, CodeRun};
use super::constants::{SLOT_WORDS, WORKGROUP};
use super::dispatch::{Networks, dispatch_buffers};
use super::image::Image;
use crate::gpu::{self, Gpu};
use crate::isa;
use bytemuck::{Pod, Zeroable};
use wgpu::BufferUsages;

pub(super) const PAGE_BYTES: u64 = super::layout::PAGE_SIZE;
/// Frames are given out until this part of them is left, so that the hash table stays quick to search.
const SPARE_PART: u32 = 16;

/// `Params` of `wgsl/machine/bindings.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(super) struct Params {
    pub lanes: u32,
    pub group_shift: u32,
    pub slice_cycles: u32,
    pub frames_at: u32,
    pub frame_capacity: u32,
    pub frame_limit: u32,
    pub code_pages: u32,
    pub flags: u32,
    pub limit: [u32; 2],
    pub items: u32,
    pub lane_code: u32,
}

const _: () = assert!(size_of::<Params>() == 48);

/// The buffers that exist once the image is known.
pub(super) struct Memory {
    pub memory: wgpu::Buffer,
    pub slots: wgpu::Buffer,
    pub control_words: wgpu::Buffer,
    pub code_runs: wgpu::Buffer,
    pub lookup: wgpu::Buffer,
    /// Buffer 5.
    pub handled_out: wgpu::Buffer,
    /// Buffer 9.
    pub kernel_prediction: wgpu::Buffer,
    pub params: Params,
    pub image_pages: u32,
}

impl Memory {
    /// Allocates for `lanes` lanes in groups of `1 << group_shift`, each with up to `lane_bytes` of its own, as far as
    /// the adapter's limits and its memory go; uploads the image and predecodes it.
    pub fn new(
        gpu: &Gpu,
        image: &Image,
        runs: &[CodeRun],
        lanes: u32,
        group_shift: u32,
        lane_bytes: u64,
        networks: &Networks,
    ) -> Result<Memory, Error> {
        let limits = gpu.limits();
        // Word indices have 32 bits.
        let most = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size).min(4 << 32);
        let fixed = (u64::from(image.len()) + 1) * PAGE_BYTES;
        let frame_bytes = PAGE_BYTES << group_shift;
        let fits = most.saturating_sub(fixed) / frame_bytes;
        if fits < 2 {
            return Err(Error::ImageTooLarge { bytes: fixed, most });
        }
        let groups = u64::from(lanes.div_ceil(1 << group_shift));
        let wanted = groups.saturating_mul(lane_bytes.div_ceil(PAGE_BYTES));
        let wanted = wanted.saturating_add(wanted / u64::from(SPARE_PART - 1) + 64);
        let slot_fits = most / u64::from(SLOT_WORDS * 4);
        let mut capacity = largest_prime(wanted.min(fits).min(slot_fits).min(u64::from(u32::MAX)) as u32);

        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let memory = loop {
            match gpu.buffer("memory", fixed + u64::from(capacity) * frame_bytes, usage) {
                // The adapter's memory is smaller than its limits: make do with less.
                Err(gpu::Error::OutOfMemory { .. }) if capacity > 64 => capacity = largest_prime(capacity / 2),
                other => break other?,
            }
        };
        let slots = gpu.buffer("slots", u64::from(capacity) * u64::from(SLOT_WORDS) * 4, usage)?;
        let code_pages = image.code_pages();
        let code = CodeMap::new(runs, code_pages);
        let words = code.lane_code as u64 + 2 * u64::from(lanes);
        let control_words = gpu.buffer("control_words", words * size_of::<[u32; 4]>() as u64, usage)?;
        let handled_out = gpu.buffer("handled_out", u64::from(lanes) * 16, usage)?;
        let kernel_prediction = gpu.buffer("kernel_prediction", (u64::from(lanes) + words) * 4, usage)?;
        code.upload_ends(gpu, &control_words, lanes);
        let code_runs = gpu.buffer("code_runs", (u64::from(code_pages) * 16).max(16), usage)?;
        gpu.upload(&code_runs, 0, bytemuck::cast_slice(&code.pages));
        let words = isa::lookup().words;
        let lookup =
            gpu.buffer("isa_lookup", words.len() as u64 * 4, BufferUsages::STORAGE | BufferUsages::COPY_DST)?;
        gpu.upload(&lookup, 0, bytemuck::cast_slice(&words));
        gpu.upload(&memory, PAGE_BYTES, &image.bytes());
        let params = Params {
            lanes,
            group_shift,
            frames_at: (fixed / 4) as u32,
            frame_capacity: capacity,
            frame_limit: capacity - (capacity / SPARE_PART).max(1),
            code_pages,
            lane_code: code.lane_code,
            ..Params::default()
        };
        let image_pages = image.len();
        let memory = Memory {
            memory,
            slots,
            control_words,
            code_runs,
            lookup,
            handled_out,
            kernel_prediction,
            params,
            image_pages,
        };
        memory.predecode(gpu, image, networks)?;
        Ok(memory)
    }

    /// Makes the control words of the image's code on the GPU, and the predictions of their kernels.
    pub fn predecode(&self, gpu: &Gpu, image: &Image, networks: &Networks) -> Result<(), Error> {
        let pages = self.params.code_pages;
        if pages == 0 {
            return Ok(());
        }
        let pipeline = networks.predecode(gpu)?;
        let params = uniform(gpu, &self.params)?;
        let addresses = image.addresses(pages);
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let address_buffer = gpu.buffer("code_addresses", addresses.len() as u64 * 8, usage)?;
        gpu.upload(&address_buffer, 0, bytemuck::cast_slice(&addresses));
        let mut buffers = vec![
            (0, 0, &self.memory),
            (1, 0, &params),
            (1, 1, &self.control_words),
            (1, 6, &self.lookup),
            (1, 7, &self.code_runs),
            (1, 8, &address_buffer),
        ];
        buffers.extend(dispatch_buffers(self, networks));
        let groups = pipeline.bind(gpu, &buffers)?;
        dispatch(gpu, pipeline, &groups, pages * 1024)
    }

    /// Bytes of one frame.
    pub fn frame_bytes(&self) -> u64 {
        PAGE_BYTES << self.params.group_shift
    }
}

/// A uniform buffer with these parameters.
pub(super) fn uniform(gpu: &Gpu, params: &Params) -> Result<wgpu::Buffer, Error> {
    let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
    let buffer = gpu.buffer("params", size_of::<Params>() as u64, usage)?;
    gpu.upload(&buffer, 0, bytemuck::bytes_of(params));
    Ok(buffer)
}

/// Runs `pipeline` with at least `invocations` invocations, and waits.
pub(super) fn dispatch(
    gpu: &Gpu,
    pipeline: &gpu::Pipeline,
    groups: &[wgpu::BindGroup],
    invocations: u32,
) -> Result<(), Error> {
    let commands = gpu.guard(pipeline.name(), |device| {
        let mut encoder = device.create_command_encoder(&Default::default());
        encode(&mut encoder, pipeline, groups, invocations);
        encoder.finish()
    })?;
    Ok(gpu.submit_and_wait(commands)?)
}

/// Adds a pass of `pipeline` with at least `invocations` invocations.
pub(super) fn encode(
    encoder: &mut wgpu::CommandEncoder,
    pipeline: &gpu::Pipeline,
    groups: &[wgpu::BindGroup],
    invocations: u32,
) {
    let mut pass = encoder.begin_compute_pass(&Default::default());
    pass.set_pipeline(pipeline.raw());
    for (index, group) in groups.iter().enumerate() {
        pass.set_bind_group(index as u32, group, &[]);
    }
    pass.dispatch_workgroups(invocations.div_ceil(WORKGROUP), 1, 1);
}

/// Group and page number of a slot in use: the inverse of `slot_key`.
pub(super) fn slot_page(slot: &[u32; SLOT_WORDS as usize]) -> (u32, u64) {
    let [low, high, ..] = *slot;
    let page = u64::from(low & 0xfff_ffff) | u64::from(high & 0xff) << 28;
    ((high & 0x7fff_ffff) >> 8, page)
}

/// The largest prime up to `n`, at least 2: with a prime number of slots every step of a probe visits all of them.
fn largest_prime(n: u32) -> u32 {
    let is_prime = |n: u32| n >= 2 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
    (2..=n.max(2)).rev().find(|n| is_prime(*n)).unwrap_or(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Params` stands in Rust and in WGSL: field for field at the same offset.
    #[test]
    fn params_are_laid_out_as_in_wgsl() {
        use std::mem::offset_of;
        use wgpu::naga::TypeInner;
        let shaders = crate::machine::shaders();
        let shader = shaders.iter().find(|shader| shader.name == "transfer").expect("it is shipped");
        let module = shader.parse().expect("the shader parses");
        let (_, params) = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some("Params")).expect("Params");
        let TypeInner::Struct { ref members, span } = params.inner else { panic!("Params is a struct") };
        let in_wgsl: Vec<_> =
            members.iter().map(|member| (member.name.as_deref().unwrap_or(""), member.offset as usize)).collect();
        macro_rules! in_rust {
            ($($field:ident),*) => { vec![$((stringify!($field), offset_of!(Params, $field))),*] };
        }
        let in_rust = in_rust![
            lanes,
            group_shift,
            slice_cycles,
            frames_at,
            frame_capacity,
            frame_limit,
            code_pages,
            flags,
            limit,
            items,
            lane_code
        ];
        assert_eq!(in_wgsl, in_rust);
        assert_eq!(span as usize, size_of::<Params>());
    }

    #[test]
    fn largest_prime_is_prime_and_not_larger() {
        assert_eq!([0, 2, 4, 100, 1024, 32768].map(largest_prime), [2, 2, 3, 97, 1021, 32749]);
    }
}
