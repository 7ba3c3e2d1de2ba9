//! The networks' shaders, assembled from `wgsl/`.

use super::inputs::SIMPLE_BITS;
use super::shapes::Network;
use crate::gpu::Shader;

/// Where the tensors begin, in `vec4`s, and which bits the simple network sees.
pub(crate) fn constants() -> String {
    let mut text = String::new();
    for network in Network::ALL {
        for (tensor, start) in network.places() {
            let name = format!("{}_{}", network.name(), tensor.name.replace('.', "_")).to_uppercase();
            text.push_str(&format!("const {name} = {}u;\n", start / 4));
        }
    }
    let bits: Vec<_> = SIMPLE_BITS.iter().map(|bit| format!("{bit}u")).collect();
    text.push_str(&format!("const SIMPLE_BITS_LOW = vec4<u32>({});\n", bits[..4].join(", ")));
    text.push_str(&format!("const SIMPLE_BITS_HIGH = vec4<u32>({});\n", bits[4..].join(", ")));
    text
}

/// The dispatch networks as functions, behind [`constants`].
pub(crate) fn dispatch_chunks() -> [(&'static str, &'static str); 2] {
    [
        ("lib/nn.wgsl", include_str!("../../wgsl/lib/nn.wgsl")),
        ("neural/dispatch.wgsl", include_str!("../../wgsl/neural/dispatch.wgsl")),
    ]
}

/// A dispatch network over many words.
pub(super) fn infer(network: Network) -> Shader {
    let choice = match network {
        Network::Simple => "fn infer_logits(word: u32) -> Logits { return simple_logits(word); }\n",
        Network::Embedding => "fn infer_logits(word: u32) -> Logits { return embedding_logits(word); }\n",
    };
    let mut chunks = vec![("generated network constants", constants().into())];
    chunks.extend(dispatch_chunks().map(|(file, text)| (file, text.into())));
    chunks.push(("generated choice of the network", choice.into()));
    chunks.push(("neural/infer_dispatch.wgsl", include_str!("../../wgsl/neural/infer_dispatch.wgsl").into()));
    Shader { name: "infer_dispatch", chunks }
}

/// All shaders of the networks.
pub fn shaders() -> Vec<Shader> {
    Network::ALL.map(infer).into()
}
