//! What the weights of the two networks that look at loops hold, and what they read and give.

use super::shapes::Tensor;

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

const fn tensor(name: &'static str, shape: &'static [usize]) -> Tensor {
    Tensor { name, shape }
}

const DETECTOR: &[Tensor] = &[
    tensor("inst_embed.0.weight", &[128, 32]),
    tensor("inst_embed.0.bias", &[128]),
    tensor("inst_embed.1.weight", &[128]),
    tensor("inst_embed.1.bias", &[128]),
    tensor("inst_embed.3.weight", &[128, 128]),
    tensor("inst_embed.3.bias", &[128]),
    tensor("reg_field_extract.weight", &[96, 32]),
    tensor("reg_field_extract.bias", &[96]),
    tensor("seq_encoder.weight_ih_l0", &[512, 128]),
    tensor("seq_encoder.weight_hh_l0", &[512, 128]),
    tensor("seq_encoder.bias_ih_l0", &[512]),
    tensor("seq_encoder.bias_hh_l0", &[512]),
    tensor("seq_encoder.weight_ih_l0_reverse", &[512, 128]),
    tensor("seq_encoder.weight_hh_l0_reverse", &[512, 128]),
    tensor("seq_encoder.bias_ih_l0_reverse", &[512]),
    tensor("seq_encoder.bias_hh_l0_reverse", &[512]),
    tensor("seq_encoder.weight_ih_l1", &[512, 256]),
    tensor("seq_encoder.weight_hh_l1", &[512, 128]),
    tensor("seq_encoder.bias_ih_l1", &[512]),
    tensor("seq_encoder.bias_hh_l1", &[512]),
    tensor("seq_encoder.weight_ih_l1_reverse", &[512, 256]),
    tensor("seq_encoder.weight_hh_l1_reverse", &[512, 128]),
    tensor("seq_encoder.bias_ih_l1_reverse", &[512]),
    tensor("seq_encoder.bias_hh_l1_reverse", &[512]),
    tensor("reg_embed.0.weight", &[128, 64]),
    tensor("reg_embed.0.bias", &[128]),
    tensor("reg_embed.1.weight", &[128]),
    tensor("reg_embed.1.bias", &[128]),
    tensor("reg_embed.3.weight", &[128, 128]),
    tensor("reg_embed.3.bias", &[128]),
    tensor("cross_attn.in_proj_weight", &[768, 256]),
    tensor("cross_attn.in_proj_bias", &[768]),
    tensor("cross_attn.out_proj.weight", &[256, 256]),
    tensor("cross_attn.out_proj.bias", &[256]),
    tensor("type_head.0.weight", &[128, 384]),
    tensor("type_head.0.bias", &[128]),
    tensor("type_head.2.weight", &[4, 128]),
    tensor("type_head.2.bias", &[4]),
    tensor("counter_attn.weight", &[32, 256]),
    tensor("counter_attn.bias", &[32]),
    tensor("iter_head.0.weight", &[128, 416]),
    tensor("iter_head.0.bias", &[128]),
    tensor("iter_head.2.weight", &[1, 128]),
    tensor("iter_head.2.bias", &[1]),
];

const RECOGNIZER: &[Tensor] = &[
    tensor("inst_embed.0.weight", &[128, 32]),
    tensor("inst_embed.0.bias", &[128]),
    tensor("inst_embed.1.weight", &[128]),
    tensor("inst_embed.1.bias", &[128]),
    tensor("inst_embed.3.weight", &[128, 128]),
    tensor("inst_embed.3.bias", &[128]),
    tensor("encoder.weight_ih_l0", &[512, 128]),
    tensor("encoder.weight_hh_l0", &[512, 128]),
    tensor("encoder.bias_ih_l0", &[512]),
    tensor("encoder.bias_hh_l0", &[512]),
    tensor("encoder.weight_ih_l0_reverse", &[512, 128]),
    tensor("encoder.weight_hh_l0_reverse", &[512, 128]),
    tensor("encoder.bias_ih_l0_reverse", &[512]),
    tensor("encoder.bias_hh_l0_reverse", &[512]),
    tensor("pool_norm.weight", &[256]),
    tensor("pool_norm.bias", &[256]),
    tensor("class_head.0.weight", &[560, 256]),
    tensor("class_head.0.bias", &[560]),
    tensor("class_head.2.weight", &[12, 560]),
    tensor("class_head.2.bias", &[12]),
    tensor("operand_head.weight", &[96, 256]),
    tensor("operand_head.bias", &[96]),
    tensor("size_head.0.weight", &[160, 288]),
    tensor("size_head.0.bias", &[160]),
    tensor("size_head.2.weight", &[4, 160]),
    tensor("size_head.2.bias", &[4]),
    tensor("confidence_head.weight", &[1, 256]),
    tensor("confidence_head.bias", &[1]),
];

impl LoopNetwork {
    /// Both.
    pub const ALL: [LoopNetwork; 2] = [LoopNetwork::Detector, LoopNetwork::Recognizer];

    /// The name that `kvrm infer` takes.
    pub const fn name(self) -> &'static str {
        match self {
            LoopNetwork::Detector => "loop-detector",
            LoopNetwork::Recognizer => "pattern-recognizer",
        }
    }

    /// The file of its weights.
    pub const fn file(self) -> &'static str {
        match self {
            LoopNetwork::Detector => "loop_detector_v2_weights.npy",
            LoopNetwork::Recognizer => "pattern_recognizer_weights.npy",
        }
    }

    /// Its tensors in file order.
    pub const fn tensors(self) -> &'static [Tensor] {
        match self {
            LoopNetwork::Detector => DETECTOR,
            LoopNetwork::Recognizer => RECOGNIZER,
        }
    }

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

    /// Floats of all its tensors.
    pub fn parameters(self) -> usize {
        self.tensors().iter().map(Tensor::len).sum()
    }

    /// Each tensor with where it begins.
    pub fn places(self) -> impl Iterator<Item = (Tensor, usize)> {
        self.tensors().iter().scan(0, |end, tensor| {
            let start = *end;
            *end += tensor.len();
            Some((*tensor, start))
        })
    }

    /// Where the first tensor begins whose name begins with `part`.
    ///
    /// # Panics
    /// If there is none.
    pub fn start(self, part: &str) -> usize {
        let found = self.places().find(|(tensor, _)| tensor.name.starts_with(part));
        found.unwrap_or_else(|| panic!("{} has no tensor {part}", self.name())).1
    }

    /// The text beside a weight file: each tensor, its half-open range, its shape.
    pub fn tensor_map(self) -> String {
        self.places()
            .map(|(tensor, start)| format!("{} {}..{} {:?}\n", tensor.name, start, start + tensor.len(), tensor.shape))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_places_are_as_promised() {
        assert_eq!(LoopNetwork::ALL.map(LoopNetwork::parameters), [1_083_397, 508_161]);
        let starts = ["reg_field", "seq_enc", "reg_embed", "cross", "type", "counter", "iter"];
        let starts = starts.map(|part| LoopNetwork::Detector.start(part));
        assert_eq!(starts, [20_992, 24_160, 683_616, 708_704, 971_872, 1_021_668, 1_029_892]);
        let starts = ["encoder", "pool", "class", "operand", "size", "confidence"];
        let starts = starts.map(|part| LoopNetwork::Recognizer.start(part));
        assert_eq!(starts, [20_992, 285_184, 285_696, 436_348, 461_020, 507_904]);
    }

    /// The shaders read four floats at once.
    #[test]
    fn tensors_begin_at_multiples_of_four() {
        for network in LoopNetwork::ALL {
            assert!(network.places().all(|(_, start)| start % 4 == 0));
        }
    }
}
