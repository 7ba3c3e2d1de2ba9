//! What the weights of the dispatch networks hold.

use crate::neural::network::{Network, Tensor};
use std::ops::Deref;

/// A network that chooses kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DispatchNetwork {
    /// Eight bits of the word, eight hidden units: 135 floats, buffer 6.
    Simple,
    /// Opcode embedding and twelve features, two hidden layers: 10,279 floats, buffer 12.
    Embedding,
}

pub(in crate::neural) static SIMPLE: Network = Network {
    name: "simple",
    file: "dispatch_weights_trained.npy",
    tensors: &[
        Tensor::new("fc1.weight", &[8, 8]),
        Tensor::new("fc1.bias", &[8]),
        Tensor::new("fc2.weight", &[7, 8]),
        Tensor::new("fc2.bias", &[7]),
    ],
    built_in: include_bytes!("../../../weights/dispatch_weights_trained.npy"),
};

pub(in crate::neural) static EMBEDDING: Network = Network {
    name: "embedding",
    file: "dispatch_weights_embedding_100pct.npy",
    tensors: &[
        Tensor::new("embedding.weight", &[256, 32]),
        Tensor::new("fc1.weight", &[32, 44]),
        Tensor::new("fc1.bias", &[32]),
        Tensor::new("fc2.weight", &[16, 32]),
        Tensor::new("fc2.bias", &[16]),
        Tensor::new("fc3.weight", &[7, 16]),
        Tensor::new("fc3.bias", &[7]),
    ],
    built_in: include_bytes!("../../../weights/dispatch_weights_embedding_100pct.npy"),
};

impl DispatchNetwork {
    /// Both.
    pub const ALL: [DispatchNetwork; 2] = [DispatchNetwork::Simple, DispatchNetwork::Embedding];

    /// Their tables of tensors.
    pub const TABLES: [&'static Network; 2] = [&SIMPLE, &EMBEDDING];
}

impl From<DispatchNetwork> for &'static Network {
    fn from(network: DispatchNetwork) -> &'static Network {
        match network {
            DispatchNetwork::Simple => &SIMPLE,
            DispatchNetwork::Embedding => &EMBEDDING,
        }
    }
}

impl Deref for DispatchNetwork {
    type Target = Network;

    fn deref(&self) -> &Network {
        (*self).into()
    }
}
