//! What the passes over a bank share: their parameters, and dispatching them. The counterpart of
//! `wgsl/machine/bindings.wgsl`.

use super::Error;
use crate::abi::{DISPATCH_ROW, WORKGROUP};
use crate::gpu::{Bound, Buffer, Gpu};
use bytemuck::{Pod, Zeroable};
use wgpu::BufferUsages;

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
    pub first_lane: u32,
    pub input_words: u32,
    pub ring_words: u32,
    pub cover_words: u32,
    pub breakpoint: [u32; 2],
}

const _: () = assert!(size_of::<Params>() == 72);

/// A uniform buffer with these parameters.
pub(super) fn uniform(gpu: &Gpu, params: &Params) -> Result<Buffer, Error> {
    let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
    let buffer = gpu.buffer("params", size_of::<Params>() as u64, usage)?;
    gpu.upload(&buffer, 0, bytemuck::bytes_of(params));
    Ok(buffer)
}

/// Runs a pipeline with at least `invocations` invocations, and waits.
pub(super) fn dispatch(gpu: &Gpu, bound: &Bound, invocations: u32) -> Result<(), Error> {
    let commands = gpu.guard(bound.name(), |device| {
        let mut encoder = device.create_command_encoder(&Default::default());
        encode(&mut encoder, bound, invocations);
        encoder.finish()
    })?;
    Ok(gpu.submit_and_wait(commands)?)
}

/// Adds a pass of a pipeline with at least `invocations` invocations.
pub(super) fn encode(encoder: &mut wgpu::CommandEncoder, bound: &Bound, invocations: u32) {
    let mut pass = encoder.begin_compute_pass(&Default::default());
    bound.set(&mut pass);
    let workgroups = invocations.div_ceil(WORKGROUP);
    pass.dispatch_workgroups(workgroups.min(DISPATCH_ROW), workgroups.div_ceil(DISPATCH_ROW), 1);
}

/// Adds a pass of a pipeline with a workgroup for each of some slots.
pub(super) fn encode_slots(encoder: &mut wgpu::CommandEncoder, bound: &Bound, slots: u32) {
    let mut pass = encoder.begin_compute_pass(&Default::default());
    bound.set(&mut pass);
    pass.dispatch_workgroups(slots.min(DISPATCH_ROW), slots.div_ceil(DISPATCH_ROW), 1);
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
            lane_code,
            first_lane,
            input_words,
            ring_words,
            cover_words,
            breakpoint
        ];
        assert_eq!(in_wgsl, in_rust);
        assert_eq!(span as usize, size_of::<Params>());
    }
}
