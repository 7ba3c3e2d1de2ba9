//! A list of operations on a GPU: the counterpart of `wgsl/lib/float_each.wgsl`.

use bytemuck::{Pod, Zeroable};
use wgpu::{BufferUsages, ComputePassDescriptor};

use super::{Text, shader};
use crate::gpu::{Error, Gpu, Pipeline};

/// Invocations of a workgroup, and workgroups side by side, as in the shader.
const GROUP: usize = 64;
const ROW: usize = 0x8000;
/// Operations of one pass: 32 MiB of them.
const PASS: usize = 1 << 20;
/// What results are before they are written: no flags are such.
const POISON: u32 = u32::MAX;

/// One operation. What is above the operands' width does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Asked {
    /// An operation word, of the names in [`operation`](super::operation).
    pub operation: u32,
    /// FPCR.
    pub fpcr: u32,
    /// The first operand.
    pub a: u64,
    /// The second, of operations that have one.
    pub b: u64,
    /// The addend.
    pub c: u64,
}

/// What came of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The result, with zeros above its width.
    pub value: u64,
    /// Bits of FPSR that the operation sets.
    pub flags: u32,
}

/// The functions on a GPU.
pub struct Each {
    gpu: Gpu,
    pipeline: Pipeline,
}

impl Each {
    /// With one of the texts.
    ///
    /// # Errors
    ///
    /// The adapter takes no such shader.
    pub fn new(gpu: &Gpu, text: Text) -> Result<Each, Error> {
        Ok(Each { gpu: gpu.clone(), pipeline: gpu.pipeline(&shader(text), true)? })
    }

    /// What comes of each, or `None` where a short text leaves it undone.
    ///
    /// # Errors
    ///
    /// The GPU has no room, or is lost.
    pub fn execute(&self, asked: &[Asked]) -> Result<Vec<Option<Outcome>>, Error> {
        let mut outcomes = Vec::with_capacity(asked.len());
        for asked in asked.chunks(PASS) {
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
            let input = self.gpu.buffer("asked", size_of_val(asked) as u64, usage)?;
            self.gpu.upload(&input, 0, bytemuck::cast_slice(asked));
            let results = self.gpu.buffer("results", asked.len() as u64 * 16, usage)?;
            self.gpu.upload(&results, 0, bytemuck::cast_slice(&vec![POISON; asked.len() * 4]));
            let bound = self.pipeline.bind(&self.gpu, &[("asked", &input), ("results", &results)])?;
            let mut encoder = self.gpu.device().create_command_encoder(&Default::default());
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
            bound.set(&mut pass);
            let groups = asked.len().div_ceil(GROUP);
            pass.dispatch_workgroups(groups.min(ROW) as u32, groups.div_ceil(ROW) as u32, 1);
            drop(pass);
            self.gpu.submit_and_wait(encoder.finish())?;
            let bytes = self.gpu.download(&[(&results, 0..asked.len() as u64 * 16)])?.remove(0);
            outcomes.extend(bytes.chunks_exact(16).map(|bytes| {
                let word = |n: usize| u32::from_le_bytes(bytes[4 * n..][..4].try_into().expect("four bytes"));
                let value = u64::from(word(0)) | u64::from(word(1)) << 32;
                (word(3) == 1).then(|| Outcome { value, flags: word(2) })
            }));
        }
        Ok(outcomes)
    }
}
