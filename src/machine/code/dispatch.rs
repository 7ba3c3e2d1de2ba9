//! Who chooses the kernel of an instruction: the table, or a network whose choice the table checks.

use crate::abi::{PREDICTION_MADE, PREDICTION_OWNED};
use crate::gpu::{Buffer, Gpu, Pipeline};
use crate::isa::Kernel;
use crate::isa::control::KERNEL_MASK;
use crate::machine::code::control_words::Code;
use crate::machine::pass;
use crate::machine::{Error, Machine, make, shaders};
use crate::neural::{DispatchNetwork, Weights, weight_buffer};
use std::sync::OnceLock;

/// Who chooses the kernel that executes an instruction. No choice changes a result: a kernel that does not own an
/// instruction hands it back, and the table names the one that does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DispatchMode {
    /// The table alone.
    Opcode,
    /// The simple network predicts and is recorded, the table's kernel executes.
    Hybrid,
    /// The embedding network chooses; the simple network if the embedding network's first weight is zero.
    #[default]
    Embedded,
}

/// How instructions find their kernels. The default is the embedding network, ahead of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dispatch {
    pub mode: DispatchMode,
    /// Each time that an instruction is executed; otherwise once for each word of code, when it is loaded.
    pub per_instruction: bool,
}

/// What dispatch did with a lane's last instruction (buffers 5 and 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispatched {
    /// The kernel that was predicted.
    pub predicted: Kernel,
    /// Whether it owned the instruction.
    pub owned: bool,
    /// How many of the lane's instructions were rescued by the table; 0 unless dispatch is per instruction.
    pub rescues: u64,
}

/// How the network did on the code that was predicted ahead of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Predictions {
    /// Words of code.
    pub words: u64,
    /// Words whose kernel was not the one predicted. Words that are no instruction, or none that is implemented, belong
    /// to SYSTEM, which stops the lane.
    pub rescued: u64,
}

/// The networks' weights on the GPU.
pub(in crate::machine) struct Networks {
    pub dispatch: Dispatch,
    weights: Weights,
    predecode: OnceLock<Pipeline>,
    pub simple: Buffer,
    pub embedding: Buffer,
}

impl Networks {
    pub fn new(gpu: &Gpu, dispatch: Dispatch, weights: Weights) -> Result<Self, Error> {
        let simple = weight_buffer(gpu, DispatchNetwork::Simple, &weights)?;
        let embedding = weight_buffer(gpu, DispatchNetwork::Embedding, &weights)?;
        Ok(Self { dispatch, weights, predecode: OnceLock::new(), simple, embedding })
    }

    /// The pipeline that decodes the code, and predicts its kernels.
    pub fn predecode(&self, gpu: &Gpu) -> Result<&Pipeline, Error> {
        if let Some(pipeline) = self.predecode.get() {
            return Ok(pipeline);
        }
        let Dispatch { mode, per_instruction } = self.dispatch;
        let mode = if per_instruction { DispatchMode::Opcode } else { mode };
        let pipeline = gpu.pipeline(&shaders::predecode(mode), true)?;
        Ok(self.predecode.get_or_init(|| pipeline))
    }
}

impl Machine {
    /// How instructions find their kernels.
    pub fn dispatch(&self) -> Dispatch {
        self.networks.dispatch
    }

    /// Replaces the simple network's 135 weights (buffer 6).
    pub fn load_dispatch_weights(&mut self, weights: &[f32]) -> Result<(), Error> {
        self.load_weights(DispatchNetwork::Simple, weights)
    }

    /// Replaces the embedding network's 10,279 weights (buffer 12).
    pub fn load_embedding_weights(&mut self, weights: &[f32]) -> Result<(), Error> {
        self.load_weights(DispatchNetwork::Embedding, weights)
    }

    fn load_weights(&mut self, network: DispatchNetwork, weights: &[f32]) -> Result<(), Error> {
        let all = self.networks.weights.clone().with(network, weights)?;
        let predecode = std::mem::take(&mut self.networks.predecode);
        self.networks = Networks { predecode, ..Networks::new(&self.gpu, self.networks.dispatch, all)? };
        for index in 0..self.banks.len() {
            self.banks[index].binding = None;
            if self.banks[index].memory.is_some() {
                self.bring(index)?;
                let bank = &self.banks[index];
                let params = bank.params(self.group_shift);
                bank.code().predecode(&self.gpu, &params, &bank.pool().memory, &self.image, &self.networks)?;
            }
        }
        Ok(())
    }

    /// What dispatch did with the instruction word that the lane fetched last; `None` in mode [`DispatchMode::Opcode`]
    /// and before the lane has run.
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
        let predicted = Kernel::ALL.get((prediction[0] & KERNEL_MASK) as usize);
        Ok(predicted.filter(|_| prediction[0] & PREDICTION_MADE != 0).map(|predicted| Dispatched {
            predicted: *predicted,
            owned: handled[0] != 0,
            rescues: u64::from(handled[1]) | u64::from(handled[2]) << 32,
        }))
    }

    /// How the network did on the image's code; nothing where dispatch is per instruction or by the table alone.
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

    /// Fills the rows of a bank's lanes in buffers 5 and 9 from what they fetched last.
    fn predict_lanes(&mut self, index: usize) -> Result<(), Error> {
        let gpu = self.gpu.clone();
        let mode = self.networks.dispatch.mode;
        let shader = || Ok(gpu.pipeline(&shaders::predict_lanes(mode), true)?);
        let pipeline = make(&mut self.pipelines.predict_lanes, shader)?;
        let bank = &self.banks[index];
        let params = bank.uniform(&gpu, self.group_shift, 0, 0)?;
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

/// What shaders that choose kernels bind.
pub(in crate::machine) fn dispatch_buffers<'a>(
    code: &'a Code,
    networks: &'a Networks,
) -> [(&'static str, &'a Buffer); 4] {
    [
        ("handled_out", &code.handled_out),
        ("dispatch_weights", &networks.simple),
        ("kernel_prediction", &code.kernel_prediction),
        ("embedding_weights", &networks.embedding),
    ]
}
