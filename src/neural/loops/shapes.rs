//! What the weights of the two networks that look at loops hold, and what they read and give.

use crate::neural::network::{Network, Tensor};
use std::ops::Deref;

/// Instruction words that a network sees of a body, at most.
pub const BODY_WORDS: usize = 32;
/// Types that the loop detector tells apart: countdown, countup, memory fill, unknown.
pub const LOOP_TYPES: usize = 4;
/// Classes of the pattern recognizer, in the order of `docs/NEURAL.md`.
pub const PATTERN_CLASSES: usize = 12;

/// A network that looks at the body of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopNetwork {
    /// Type, counter and iterations: 1,083,397 floats, buffer 7.
    Detector,
    /// What it does to memory: 508,161 floats.
    Recognizer,
}

pub(in crate::neural) static LOOP_DETECTOR: Network = Network {
    name: "loop-detector",
    file: "loop_detector_v2_weights.npy",
    tensors: &[
        Tensor::new("inst_embed.0.weight", &[128, 32]),
        Tensor::new("inst_embed.0.bias", &[128]),
        Tensor::new("inst_embed.1.weight", &[128]),
        Tensor::new("inst_embed.1.bias", &[128]),
        Tensor::new("inst_embed.3.weight", &[128, 128]),
        Tensor::new("inst_embed.3.bias", &[128]),
        Tensor::new("reg_field_extract.weight", &[96, 32]),
        Tensor::new("reg_field_extract.bias", &[96]),
        Tensor::new("seq_encoder.weight_ih_l0", &[512, 128]),
        Tensor::new("seq_encoder.weight_hh_l0", &[512, 128]),
        Tensor::new("seq_encoder.bias_ih_l0", &[512]),
        Tensor::new("seq_encoder.bias_hh_l0", &[512]),
        Tensor::new("seq_encoder.weight_ih_l0_reverse", &[512, 128]),
        Tensor::new("seq_encoder.weight_hh_l0_reverse", &[512, 128]),
        Tensor::new("seq_encoder.bias_ih_l0_reverse", &[512]),
        Tensor::new("seq_encoder.bias_hh_l0_reverse", &[512]),
        Tensor::new("seq_encoder.weight_ih_l1", &[512, 256]),
        Tensor::new("seq_encoder.weight_hh_l1", &[512, 128]),
        Tensor::new("seq_encoder.bias_ih_l1", &[512]),
        Tensor::new("seq_encoder.bias_hh_l1", &[512]),
        Tensor::new("seq_encoder.weight_ih_l1_reverse", &[512, 256]),
        Tensor::new("seq_encoder.weight_hh_l1_reverse", &[512, 128]),
        Tensor::new("seq_encoder.bias_ih_l1_reverse", &[512]),
        Tensor::new("seq_encoder.bias_hh_l1_reverse", &[512]),
        Tensor::new("reg_embed.0.weight", &[128, 64]),
        Tensor::new("reg_embed.0.bias", &[128]),
        Tensor::new("reg_embed.1.weight", &[128]),
        Tensor::new("reg_embed.1.bias", &[128]),
        Tensor::new("reg_embed.3.weight", &[128, 128]),
        Tensor::new("reg_embed.3.bias", &[128]),
        Tensor::new("cross_attn.in_proj_weight", &[768, 256]),
        Tensor::new("cross_attn.in_proj_bias", &[768]),
        Tensor::new("cross_attn.out_proj.weight", &[256, 256]),
        Tensor::new("cross_attn.out_proj.bias", &[256]),
        Tensor::new("type_head.0.weight", &[128, 384]),
        Tensor::new("type_head.0.bias", &[128]),
        Tensor::new("type_head.2.weight", &[4, 128]),
        Tensor::new("type_head.2.bias", &[4]),
        Tensor::new("counter_attn.weight", &[32, 256]),
        Tensor::new("counter_attn.bias", &[32]),
        Tensor::new("iter_head.0.weight", &[128, 416]),
        Tensor::new("iter_head.0.bias", &[128]),
        Tensor::new("iter_head.2.weight", &[1, 128]),
        Tensor::new("iter_head.2.bias", &[1]),
    ],
    built_in: include_bytes!("../../../weights/loop_detector_v2_weights.npy"),
};

pub(in crate::neural) static PATTERN_RECOGNIZER: Network = Network {
    name: "pattern-recognizer",
    file: "pattern_recognizer_weights.npy",
    tensors: &[
        Tensor::new("inst_embed.0.weight", &[128, 32]),
        Tensor::new("inst_embed.0.bias", &[128]),
        Tensor::new("inst_embed.1.weight", &[128]),
        Tensor::new("inst_embed.1.bias", &[128]),
        Tensor::new("inst_embed.3.weight", &[128, 128]),
        Tensor::new("inst_embed.3.bias", &[128]),
        Tensor::new("encoder.weight_ih_l0", &[512, 128]),
        Tensor::new("encoder.weight_hh_l0", &[512, 128]),
        Tensor::new("encoder.bias_ih_l0", &[512]),
        Tensor::new("encoder.bias_hh_l0", &[512]),
        Tensor::new("encoder.weight_ih_l0_reverse", &[512, 128]),
        Tensor::new("encoder.weight_hh_l0_reverse", &[512, 128]),
        Tensor::new("encoder.bias_ih_l0_reverse", &[512]),
        Tensor::new("encoder.bias_hh_l0_reverse", &[512]),
        Tensor::new("pool_norm.weight", &[256]),
        Tensor::new("pool_norm.bias", &[256]),
        Tensor::new("class_head.0.weight", &[560, 256]),
        Tensor::new("class_head.0.bias", &[560]),
        Tensor::new("class_head.2.weight", &[12, 560]),
        Tensor::new("class_head.2.bias", &[12]),
        Tensor::new("operand_head.weight", &[96, 256]),
        Tensor::new("operand_head.bias", &[96]),
        Tensor::new("size_head.0.weight", &[160, 288]),
        Tensor::new("size_head.0.bias", &[160]),
        Tensor::new("size_head.2.weight", &[4, 160]),
        Tensor::new("size_head.2.bias", &[4]),
        Tensor::new("confidence_head.weight", &[1, 256]),
        Tensor::new("confidence_head.bias", &[1]),
    ],
    built_in: include_bytes!("../../../weights/pattern_recognizer_weights.npy"),
};

impl LoopNetwork {
    /// Both.
    pub const ALL: [LoopNetwork; 2] = [LoopNetwork::Detector, LoopNetwork::Recognizer];

    /// Their tables of tensors.
    pub const TABLES: [&'static Network; 2] = [&LOOP_DETECTOR, &PATTERN_RECOGNIZER];

    /// Words of one input: the number of instructions, 32 of them, and for the detector X0 to X30 and SP as low and high
    /// words.
    pub const fn input_words(self) -> usize {
        match self {
            LoopNetwork::Detector => 1 + BODY_WORDS + 64,
            LoopNetwork::Recognizer => 1 + BODY_WORDS,
        }
    }

    /// Floats of one output. The detector's are 4 logits of types, 32 of registers that may count, log10 of the
    /// iterations left, and for each of 32 words 3 times 32 logits of its register fields (zeros behind the body). The
    /// recognizer's are 12 logits of classes, 3 times 32 of operands, 4 of sizes, and the confidence.
    pub const fn outputs(self) -> usize {
        match self {
            LoopNetwork::Detector => LOOP_TYPES + 32 + 1 + BODY_WORDS * 96,
            LoopNetwork::Recognizer => PATTERN_CLASSES + 96 + 4 + 1,
        }
    }
}

impl From<LoopNetwork> for &'static Network {
    fn from(network: LoopNetwork) -> &'static Network {
        match network {
            LoopNetwork::Detector => &LOOP_DETECTOR,
            LoopNetwork::Recognizer => &PATTERN_RECOGNIZER,
        }
    }
}

impl Deref for LoopNetwork {
    type Target = Network;

    fn deref(&self) -> &Network {
        (*self).into()
    }
}
