//! What each network's flat array of floats holds.

/// A tensor of a network's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// PyTorch's name of it.
    pub name: &'static str,
    /// Its shape, outermost dimension first: a `Linear(in, out)` is `[out, in]`.
    pub shape: &'static [usize],
}

impl Tensor {
    /// Floats that it has.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A network that chooses kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Eight bits of the word, eight hidden units: 135 floats, buffer 6.
    Simple,
    /// Opcode embedding and twelve features, two hidden layers: 10,279 floats, buffer 12.
    Embedding,
}

impl Network {
    /// Both.
    pub const ALL: [Network; 2] = [Network::Simple, Network::Embedding];

    /// The name that `kvrm infer` takes.
    pub const fn name(self) -> &'static str {
        match self {
            Network::Simple => "simple",
            Network::Embedding => "embedding",
        }
    }

    /// The file of its weights.
    pub const fn file(self) -> &'static str {
        match self {
            Network::Simple => "dispatch_weights_trained.npy",
            Network::Embedding => "dispatch_weights_embedding_100pct.npy",
        }
    }

    /// Its tensors in file order.
    pub const fn tensors(self) -> &'static [Tensor] {
        const fn tensor(name: &'static str, shape: &'static [usize]) -> Tensor {
            Tensor { name, shape }
        }
        match self {
            Network::Simple => {
                const {
                    &[
                        tensor("fc1.weight", &[8, 8]),
                        tensor("fc1.bias", &[8]),
                        tensor("fc2.weight", &[7, 8]),
                        tensor("fc2.bias", &[7]),
                    ]
                }
            }
            Network::Embedding => {
                const {
                    &[
                        tensor("embedding.weight", &[256, 32]),
                        tensor("fc1.weight", &[32, 44]),
                        tensor("fc1.bias", &[32]),
                        tensor("fc2.weight", &[16, 32]),
                        tensor("fc2.bias", &[16]),
                        tensor("fc3.weight", &[7, 16]),
                        tensor("fc3.bias", &[7]),
                    ]
                }
            }
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
    fn counts_are_as_promised() {
        assert_eq!(Network::ALL.map(Network::parameters), [135, 10_279]);
        let places: Vec<_> = Network::Embedding.places().map(|(_, start)| start).collect();
        assert_eq!(places, [0, 8192, 9600, 9632, 10144, 10160, 10272]);
    }

    /// The shaders read four floats at once.
    #[test]
    fn tensors_begin_at_multiples_of_four() {
        for network in Network::ALL {
            assert!(network.places().all(|(_, start)| start % 4 == 0));
            assert!(network.tensors().iter().all(|t| t.shape.len() == 1 || t.shape[1] % 4 == 0));
        }
    }
}
