//! Who chose lanes' kernels, as the host asks.

use super::core::Core;
use crate::abi::{PREDICTION_MADE, PREDICTION_OWNED};
use crate::isa::Kernel;
use crate::isa::control::KERNEL_BITS;
use crate::machine::code::control_words::dispatch_buffers;
use crate::machine::code::dispatch::{Dispatched, Predictions};
use crate::machine::options::{Dispatch, DispatchMode};
use crate::machine::{Error, pass};
use crate::neural::DispatchNetwork;

impl Core {
    pub fn dispatch(&self) -> Dispatch {
        self.networks.dispatch
    }

    pub fn load_dispatch_weights(&mut self, weights: &[f32]) -> Result<(), Error> {
        self.load_weights(DispatchNetwork::Simple, weights)
    }

    pub fn load_embedding_weights(&mut self, weights: &[f32]) -> Result<(), Error> {
        self.load_weights(DispatchNetwork::Embedding, weights)
    }

    fn load_weights(&mut self, network: DispatchNetwork, weights: &[f32]) -> Result<(), Error> {
        self.networks.load(&self.gpu, network, weights)?;
        for index in 0..self.banks.len() {
            self.banks[index].bound.clear();
            if self.banks[index].memory.is_some() {
                self.bring(index)?;
                let bank = &self.banks[index];
                let params = bank.params(self.shape.group_shift);
                bank.code().predecode(&self.gpu, &params, &bank.pool().memory, &self.program.image, &self.networks)?;
            }
        }
        Ok(())
    }

    pub fn dispatched(&mut self, lane: u32) -> Result<Option<Dispatched>, Error> {
        self.check_lane(lane)?;
        let Dispatch { mode, per_instruction } = self.networks.dispatch;
        if mode == DispatchMode::Opcode {
            return Ok(None);
        }
        self.flush()?;
        let (index, lane) = self.bank_of(lane);
        self.bring(index)?;
        if !per_instruction {
            self.predict_lanes(index)?;
        }
        let code = self.banks[index].code();
        let lane = u64::from(lane);
        let rows = self.gpu.download(&[
            (&code.kernel_prediction, lane * 4..lane * 4 + 4),
            (&code.handled_out, lane * 16..lane * 16 + 16),
        ])?;
        let prediction: Vec<u32> = bytemuck::pod_collect_to_vec(&rows[0]);
        let handled: Vec<u32> = bytemuck::pod_collect_to_vec(&rows[1]);
        let predicted = Kernel::ALL.get((prediction[0] & KERNEL_BITS) as usize);
        Ok(predicted.filter(|_| prediction[0] & PREDICTION_MADE != 0).map(|predicted| Dispatched {
            predicted: *predicted,
            owned: handled[0] != 0,
            rescues: u64::from(handled[1]) | u64::from(handled[2]) << 32,
        }))
    }

    pub fn predictions(&mut self) -> Result<Predictions, Error> {
        self.flush()?;
        // Every bank has the same code.
        let (lanes, code) = (&self.banks[0].lanes, self.banks[0].code());
        let first = u64::from(lanes.count) * 4;
        let bytes = self.gpu.download(&[(&code.kernel_prediction, first..code.kernel_prediction.size())])?;
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes[0]);
        let made = words.iter().filter(|word| *word & PREDICTION_MADE != 0);
        let rescued = made.clone().filter(|word| *word & PREDICTION_OWNED == 0).count() as u64;
        Ok(Predictions { words: made.count() as u64, rescued })
    }

    pub fn rescues(&mut self) -> Result<u64, Error> {
        if !self.networks.dispatch.per_instruction || self.networks.dispatch.mode == DispatchMode::Opcode {
            return Ok(0);
        }
        self.flush()?;
        let mut rescues = 0;
        for index in 0..self.banks.len() {
            self.bring(index)?;
            let handled = &self.banks[index].code().handled_out;
            let bytes = self.gpu.download(&[(handled, 0..u64::from(self.banks[index].lanes.count) * 16)])?;
            let rows: Vec<[u32; 4]> = bytemuck::pod_collect_to_vec(&bytes[0]);
            rescues += rows.iter().map(|row| u64::from(row[1]) | u64::from(row[2]) << 32).sum::<u64>();
        }
        Ok(rescues)
    }

    /// Fills the rows of a bank's lanes in buffers 5 and 9 from what they fetched last.
    pub fn predict_lanes(&mut self, index: usize) -> Result<(), Error> {
        let gpu = self.gpu.clone();
        let mode = self.networks.dispatch.mode;
        let pipeline = self.passes.predict_lanes(&gpu, mode)?;
        let bank = &self.banks[index];
        let params = bank.uniform(&gpu, self.shape.group_shift, 0, 0)?;
        let mut buffers = vec![
            ("program_counter", &bank.lanes.program_counter),
            ("inst", &bank.lanes.inst),
            ("pc_out", &bank.lanes.pc_out),
            ("params", &params),
            ("isa_lookup", &bank.code().lookup),
        ];
        buffers.extend(dispatch_buffers(bank.code(), &self.networks));
        let bound = pipeline.bind(&gpu, &buffers)?;
        pass::dispatch(&gpu, &bound, bank.lanes.count)
    }
}
