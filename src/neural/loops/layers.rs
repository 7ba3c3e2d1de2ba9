//! The layers of the networks that look at loops as steps, for `wgsl/lib/nn_sequence.wgsl`: which reads and writes what.

use super::shapes::LoopNetwork;
use crate::abi::{self, shared_constants};
use bytemuck::{Pod, Zeroable};

shared_constants! {
    // Operations.
    NN_BITS = 0;
    NN_REGISTERS = 1;
    NN_COPY = 2;
    /// The row of the last instruction.
    NN_COPY_LAST = 3;
    NN_LINEAR = 4;
    NN_NORM = 5;
    NN_SOFTMAX = 6;
    /// Over the instructions.
    NN_MEAN = 7;
    NN_SCORES = 8;
    NN_MIX = 9;
    NN_LSTM = 10;

    // What becomes of a result.
    NN_PLAIN = 0;
    NN_RELU = 1;
    NN_SIGMOID = 2;
    NN_CLAMP = 3;
    /// It goes to the outputs.
    NN_TO_OUTPUT = 1;

    /// Invocations of a workgroup.
    NN_WIDTH = 128;
}

/// `LayerStep` of `wgsl/lib/nn_sequence.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub(super) struct LayerStep {
    operation: u32,
    from_at: u32,
    from_stride: u32,
    fours: u32,
    to_at: u32,
    to_stride: u32,
    values: u32,
    rows: u32,
    weights: u32,
    biases: u32,
    detail: u32,
    unused: u32,
}

/// A network's steps, and the floats between them.
pub(super) struct Layers {
    network: LoopNetwork,
    pub steps: Vec<LayerStep>,
    pub scratch: u32,
}

/// Rows of floats between layers.
#[derive(Clone, Copy)]
struct Rows {
    at: u32,
    width: u32,
    /// 0 for one for each instruction.
    rows: u32,
}

impl Layers {
    pub fn new(network: LoopNetwork) -> Layers {
        let mut layers = Layers { network, steps: Vec::new(), scratch: 0 };
        match network {
            LoopNetwork::Detector => layers.detector(),
            LoopNetwork::Recognizer => layers.recognizer(),
        }
        layers
    }

    /// The constants that the shaders need.
    pub fn wgsl(&self) -> String {
        format!(
            "{}const NN_INPUT = {}u;\nconst NN_OUTPUTS = {}u;\nconst NN_SCRATCH = {}u;\nconst NN_STEPS = {}u;\n",
            abi::declare(ALL),
            self.network.input_words(),
            self.network.outputs(),
            self.scratch,
            self.steps.len()
        )
    }

    fn allocate(&mut self, rows: u32, width: u32) -> Rows {
        let at = self.scratch;
        self.scratch += rows.max(if rows == 0 { 32 } else { 1 }) * width;
        Rows { at, width, rows }
    }

    fn at(&self, tensor: &str) -> u32 {
        (self.network.tensor(tensor).1 / 4) as u32
    }

    fn step(&mut self, operation: u32, from: Rows, to: Rows, more: LayerStep) {
        self.steps.push(LayerStep {
            operation,
            from_at: from.at,
            from_stride: from.width,
            fours: from.width / 4,
            to_at: to.at,
            to_stride: to.width,
            values: to.width,
            rows: to.rows,
            ..more
        });
    }

    fn linear(&mut self, name: &str, from: Rows, width: u32, detail: u32) -> Rows {
        let to = self.allocate(from.rows, width);
        self.linear_to(name, from, to, detail);
        to
    }

    fn linear_to(&mut self, name: &str, from: Rows, to: Rows, detail: u32) {
        let (weights, biases) = (self.at(&format!("{name}.weight")), self.at(&format!("{name}.bias")));
        self.step(NN_LINEAR, from, to, LayerStep { weights, biases, detail, ..LayerStep::default() });
    }

    /// To the outputs from `at` on.
    fn output(&mut self, name: &str, from: Rows, at: u32, width: u32, detail: u32) {
        let to = Rows { at, width, rows: from.rows };
        self.linear_to(name, from, to, detail);
        self.send_to_outputs();
    }

    fn send_to_outputs(&mut self) {
        if let Some(step) = self.steps.last_mut() {
            step.unused = NN_TO_OUTPUT;
        }
    }

    fn norm(&mut self, name: &str, from: Rows, detail: u32) -> Rows {
        let to = self.allocate(from.rows, from.width);
        let (weights, biases) = (self.at(&format!("{name}.weight")), self.at(&format!("{name}.bias")));
        self.step(NN_NORM, from, to, LayerStep { weights, biases, detail, ..LayerStep::default() });
        to
    }

    /// `Linear`, `LayerNorm`, ReLU, `Linear`.
    fn embed(&mut self, name: &str, from: Rows) -> Rows {
        let first = self.linear(&format!("{name}.0"), from, 128, NN_PLAIN);
        let normal = self.norm(&format!("{name}.1"), first, NN_RELU);
        self.linear(&format!("{name}.3"), normal, 128, NN_PLAIN)
    }

    fn bits(&mut self) -> Rows {
        let bits = self.allocate(0, 32);
        self.step(NN_BITS, bits, bits, LayerStep::default());
        bits
    }

    /// A layer in both directions: what the inputs give for all instructions at once, then one step for each.
    fn lstm(&mut self, name: &str, layer: u32, from: Rows) -> Rows {
        let gates = self.allocate(0, 1024);
        let part = |kind: &str| format!("{name}.{kind}_l{layer}");
        for (suffix, first) in [("", 0), ("_reverse", 512)] {
            let weights = self.at(&format!("{}{suffix}", part("weight_ih")));
            let biases = self.at(&format!("{}{suffix}", part("bias_ih")));
            self.step(NN_LINEAR, from, gates, LayerStep { weights, biases, ..LayerStep::default() });
            if let Some(step) = self.steps.last_mut() {
                step.to_at += first;
                step.values = 512;
            }
        }
        let out = self.allocate(0, 256);
        let cells = self.allocate(1, 256);
        let (weights, biases) = (self.at(&part("weight_hh")), self.at(&part("bias_hh")));
        // From a tensor of one direction to that of the other.
        let unused = self.at(&format!("{}_reverse", part("weight_hh"))) - weights;
        for detail in 0..32 {
            self.step(NN_LSTM, gates, out, LayerStep { weights, biases, detail, unused, ..LayerStep::default() });
            if let Some(step) = self.steps.last_mut() {
                step.values = cells.at;
            }
        }
        out
    }

    fn copy(&mut self, operation: u32, from: Rows, to: Rows, first: u32) {
        let part = Rows { at: to.at + first, width: from.width, rows: 1 };
        self.step(operation, from, part, LayerStep::default());
    }

    fn detector(&mut self) {
        let bits = self.bits();
        self.output("reg_field_extract", bits, 37, 96, NN_PLAIN);
        let embedded = self.embed("inst_embed", bits);
        let first = self.lstm("seq_encoder", 0, embedded);
        let encoded = self.lstm("seq_encoder", 1, first);
        let features = self.allocate(1, 64);
        self.step(NN_REGISTERS, features, features, LayerStep::default());
        let registers = self.embed("reg_embed", features);
        let query = self.allocate(1, 256);
        self.copy(NN_COPY, registers, query, 0);
        self.copy(NN_COPY_LAST, embedded, query, 128);

        let (weights, biases) = (self.at("cross_attn.in_proj_weight"), self.at("cross_attn.in_proj_bias"));
        let project = |layers: &mut Self, from: Rows, part: u32| {
            let to = layers.allocate(from.rows, 256);
            let (weights, biases) = (weights + part * 256 * 64, biases + part * 64);
            layers.step(NN_LINEAR, from, to, LayerStep { weights, biases, ..LayerStep::default() });
            to
        };
        let projected = project(self, query, 0);
        let keys = project(self, encoded, 1);
        let values = project(self, encoded, 2);
        let scores = self.allocate(4, 32);
        self.step(NN_SCORES, keys, scores, LayerStep { biases: projected.at, ..LayerStep::default() });
        let shares = self.allocate(4, 32);
        self.step(NN_SOFTMAX, scores, shares, LayerStep::default());
        let mixed = self.allocate(1, 256);
        self.step(NN_MIX, values, mixed, LayerStep { biases: shares.at, ..LayerStep::default() });
        // The attended 256, the registers' 128, the counter's 32 probabilities.
        let joined = self.allocate(1, 416);
        self.linear_to("cross_attn.out_proj", mixed, Rows { width: 256, ..joined }, NN_PLAIN);
        self.copy(NN_COPY, registers, joined, 256);
        let attended = Rows { width: 256, ..joined };
        let counter = self.linear("counter_attn", attended, 32, NN_PLAIN);
        let part = Rows { at: joined.at + 384, width: 32, rows: 1 };
        self.step(NN_SOFTMAX, counter, part, LayerStep::default());
        self.copy(NN_COPY, counter, Rows { at: 4, width: 32, rows: 1 }, 0);
        self.send_to_outputs();
        let hidden = self.linear("type_head.0", Rows { width: 384, ..joined }, 128, NN_RELU);
        self.output("type_head.2", hidden, 0, 4, NN_PLAIN);
        let hidden = self.linear("iter_head.0", joined, 128, NN_RELU);
        self.output("iter_head.2", hidden, 36, 1, NN_CLAMP);
    }

    fn recognizer(&mut self) {
        let bits = self.bits();
        let embedded = self.embed("inst_embed", bits);
        let encoded = self.lstm("encoder", 0, embedded);
        let mean = self.allocate(1, 256);
        self.step(NN_MEAN, encoded, mean, LayerStep::default());
        let joined = self.allocate(1, 288);
        let (weights, biases) = (self.at("pool_norm.weight"), self.at("pool_norm.bias"));
        let pooled = Rows { width: 256, ..joined };
        self.step(NN_NORM, mean, pooled, LayerStep { weights, biases, ..LayerStep::default() });
        let hidden = self.linear("class_head.0", pooled, 560, NN_RELU);
        self.output("class_head.2", hidden, 0, 12, NN_PLAIN);
        let operands = self.linear("operand_head", pooled, 96, NN_PLAIN);
        self.copy(NN_COPY, operands, Rows { at: 12, width: 96, rows: 1 }, 0);
        self.send_to_outputs();
        let length = Rows { at: operands.at + 64, width: 32, rows: 1 };
        self.step(NN_SOFTMAX, length, Rows { at: joined.at + 256, width: 32, rows: 1 }, LayerStep::default());
        let hidden = self.linear("size_head.0", joined, 160, NN_RELU);
        self.output("size_head.2", hidden, 108, 4, NN_PLAIN);
        self.output("confidence_head", pooled, 112, 1, NN_SIGMOID);
    }
}
