//! What a network is as far as its weights go: a table of tensors in one flat array of floats.

/// A tensor of a network's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// PyTorch's name of it.
    pub name: &'static str,
    /// Its shape, outermost dimension first: a `Linear(in, out)` is `[out, in]`.
    pub shape: &'static [usize],
}

impl Tensor {
    /// Declares a tensor.
    pub(super) const fn new(name: &'static str, shape: &'static [usize]) -> Tensor {
        Tensor { name, shape }
    }

    /// Floats that it has.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A network: its name, where its weights are kept, its tensors.
#[derive(Debug)]
pub struct Network {
    pub(super) name: &'static str,
    pub(super) file: &'static str,
    pub(super) tensors: &'static [Tensor],
    /// The `.npy` file of the weights that come with the crate.
    pub(super) built_in: &'static [u8],
}

impl Network {
    /// The name that `kvrm infer` takes.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The file of its weights in a folder of weights.
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// Its tensors in file order.
    pub const fn tensors(&self) -> &'static [Tensor] {
        self.tensors
    }

    /// Floats of all its tensors.
    pub fn parameters(&self) -> usize {
        self.tensors.iter().map(Tensor::len).sum()
    }

    /// Each tensor with where it begins.
    pub fn offsets(&self) -> impl Iterator<Item = (Tensor, usize)> + use<> {
        self.tensors.iter().scan(0, |end, tensor| {
            let start = *end;
            *end += tensor.len();
            Some((*tensor, start))
        })
    }

    /// The tensor of this name, and where it begins.
    ///
    /// # Panics
    /// If there is none: names are written in the source.
    pub fn tensor(&self, name: &str) -> (Tensor, usize) {
        let found = self.offsets().find(|(tensor, _)| tensor.name == name);
        found.unwrap_or_else(|| panic!("the {} network has no tensor {name}", self.name))
    }

    /// The text beside a file of weights: each tensor, its half-open range, its shape.
    pub fn tensor_map(&self) -> String {
        self.offsets()
            .map(|(tensor, start)| format!("{} {}..{} {:?}\n", tensor.name, start, start + tensor.len(), tensor.shape))
            .collect()
    }
}
