//! Pages of a lane that go to other addresses: the counterpart of `wgsl/machine/move_pages.wgsl`.

use super::core::Core;
use crate::machine::memory::address_space::PAGE_SIZE;
use crate::machine::shaders::Pass;
use crate::machine::{Error, pass};
use bytemuck::{Pod, Zeroable};
use std::ops::Range;
use wgpu::BufferUsages;

/// `Move` of the shader.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Move {
    first: [u32; 2],
    end: [u32; 2],
    to: [u32; 2],
    lane: u32,
    left: u32,
}

impl Core {
    pub fn move_pages(&mut self, lane: u32, from: Range<u64>, to: u64) -> Result<(), Error> {
        self.check_lane(lane)?;
        self.flush()?;
        let gpu = self.gpu.clone();
        let pipeline = self.passes.pass(&gpu, Pass::MovePages)?;
        let page = |address: u64| {
            let page = address / PAGE_SIZE;
            [page as u32, (page >> 32) as u32]
        };
        loop {
            let (index, own) = self.bring_lane(lane)?;
            let bank = &self.banks[index];
            let job = Move { first: page(from.start), end: page(from.end), to: page(to), lane: own, left: 0 };
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
            let job_buffer = gpu.buffer("job", size_of::<Move>() as u64, usage)?;
            gpu.upload(&job_buffer, 0, bytemuck::bytes_of(&job));
            let params = bank.uniform(&gpu, self.shape.group_shift, 0, 0)?;
            let pool = bank.pool();
            let bound = pipeline.bind(
                &gpu,
                &[
                    ("memory", &pool.memory),
                    ("params", &params),
                    ("layouts", &self.layouts.buffer),
                    ("slots", &pool.slots),
                    ("lane_state", &bank.lanes.state),
                    ("status", &bank.lanes.status),
                    ("job", &job_buffer),
                ],
            )?;
            let commands = gpu.guard(bound.name(), |device| {
                let mut encoder = device.create_command_encoder(&Default::default());
                pass::encode_slots(&mut encoder, &bound, pool.capacity);
                encoder.finish()
            })?;
            gpu.submit_and_wait(commands)?;
            let done = gpu.download(&[(&job_buffer, 0..size_of::<Move>() as u64)])?;
            let done: Move = bytemuck::pod_read_unaligned(&done[0]);
            if done.left == 0 {
                return Ok(());
            }
            if !self.make_room(index)? {
                return Err(Error::PoolExhausted { lane, capacity: self.memory_use()?.capacity_bytes });
            }
        }
    }
}
