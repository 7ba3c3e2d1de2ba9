//! The dispatch networks' shaders, assembled from `wgsl/`.

use super::inference::WORKGROUP;
use super::inputs::SIMPLE_BITS;
use super::shapes::DispatchNetwork;
use crate::gpu::Shader;
use std::borrow::Cow;

/// Where the layers stand among the weights, in `vec4`s, how large they are, and which bits the simple network sees.
fn constants() -> String {
    let mut text = String::new();
    let mut constant = |name: &str, value: usize| text.push_str(&format!("const {name} = {value}u;\n"));
    let mut layers = Vec::new();
    // Weights before those of the network at hand, without the embedding, which is not among the layers.
    let mut before = 0;
    for network in [DispatchNetwork::Embedding, DispatchNetwork::Simple] {
        let name = network.name().to_uppercase();
        let (embedding, tensors): (Vec<_>, Vec<_>) =
            network.offsets().partition(|(tensor, _)| tensor.name.starts_with("embedding"));
        let embedded: usize = embedding.iter().map(|(tensor, _)| tensor.len() / 4).sum();
        for (tensor, _) in embedding {
            constant("EMBEDDING_WIDTH", tensor.shape[1] / 4);
        }
        constant(&format!("{name}_LAYERS_AT"), embedded);
        constant(&format!("{name}_WEIGHTS_AT"), before);
        constant(&format!("{name}_FIRST"), layers.len());
        for pair in tensors.chunks(2) {
            let [place, bias] = [pair[0].1, pair[1].1].map(|start| before + start / 4 - embedded);
            let [outputs, inputs] = [0, 1].map(|n| pair[0].0.shape[n].div_ceil(4));
            layers.push([place, bias, inputs, outputs]);
        }
        constant(&format!("{name}_END"), layers.len());
        before += network.parameters().div_ceil(4) - embedded;
    }
    // The shader reads rows in fours, also where the last of them are none.
    assert!(layers.iter().all(|[weight, _, inputs, outputs]| weight + outputs * 4 * inputs <= before));
    constant("LAYER_WEIGHTS", before);
    constant("UNITS", layers.iter().map(|[.., inputs, outputs]| *inputs.max(outputs)).max().unwrap_or(0));
    let rows: Vec<_> = layers.iter().map(|[w, b, i, o]| format!("Layer({w}u, {b}u, {i}u, {o}u)")).collect();
    text.push_str(&format!("const LAYERS = array<Layer, {}>({});\n", rows.len(), rows.join(", ")));
    let bits: Vec<_> = SIMPLE_BITS.iter().map(|bit| format!("{bit}u")).collect();
    text.push_str(&format!("const SIMPLE_BITS_LOW = vec4<u32>({});\n", bits[..4].join(", ")));
    text.push_str(&format!("const SIMPLE_BITS_HIGH = vec4<u32>({});\n", bits[4..].join(", ")));
    text
}

/// Where layers read their weights.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LayerWeights {
    /// Workgroup memory, which `layers_begin` fills: for passes that do nothing else.
    Staged,
    /// The networks' buffers.
    Direct,
}

/// The dispatch networks as functions.
pub(crate) fn dispatch_chunks(weights: LayerWeights) -> Vec<(&'static str, Cow<'static, str>)> {
    vec![
        ("generated network constants", constants().into()),
        ("lib/nn.wgsl", include_str!("../../../wgsl/lib/nn.wgsl").into()),
        match weights {
            LayerWeights::Staged => {
                ("neural/weights_staged.wgsl", include_str!("../../../wgsl/neural/weights_staged.wgsl").into())
            }
            LayerWeights::Direct => {
                ("neural/weights_direct.wgsl", include_str!("../../../wgsl/neural/weights_direct.wgsl").into())
            }
        },
        ("neural/dispatch.wgsl", include_str!("../../../wgsl/neural/dispatch.wgsl").into()),
    ]
}

/// A dispatch network over many words.
pub(in crate::neural) fn infer(network: DispatchNetwork) -> Shader {
    let logits = match network {
        DispatchNetwork::Simple => "simple_logits",
        DispatchNetwork::Embedding => "embedding_logits",
    };
    let mut chunks = dispatch_chunks(LayerWeights::Staged);
    let choice =
        format!("const WORKGROUP = {WORKGROUP}u;\nfn infer_logits(word: u32) -> Logits {{ return {logits}(word); }}\n");
    chunks.push(("generated choice of the network", choice.into()));
    chunks.push(("neural/infer_dispatch.wgsl", include_str!("../../../wgsl/neural/infer_dispatch.wgsl").into()));
    Shader { name: "infer_dispatch", chunks, shares: &[] }
}
