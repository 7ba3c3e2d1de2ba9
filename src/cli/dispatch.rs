//! The options that choose how instructions find their kernels.

use clap::{Args, ValueEnum};
use kvrm::machine::{Dispatch, DispatchMode, MachineBuilder};
use kvrm::neural::{DispatchNetwork, Weights, WeightsError};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct DispatchArgs {
    /// What chooses the kernel of an instruction; results are the same
    #[arg(long, value_name = "MODE", default_value = "embedded")]
    dispatch: Mode,
    /// Choose each time that an instruction is executed, not once when code is loaded
    #[arg(long)]
    per_instruction: bool,
    /// Take the networks' weights from this folder or file (docs/NEURAL.md has names and layouts)
    #[arg(long, value_name = "PATH")]
    weights: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Mode {
    /// The encoding table
    Opcode,
    /// The table; the simple network's predictions are recorded
    Hybrid,
    /// The embedding network, checked by the table
    Embedded,
}

impl DispatchArgs {
    /// Sets the builder as the options say.
    pub fn apply(&self, builder: MachineBuilder) -> Result<MachineBuilder, WeightsError> {
        let mode = match self.dispatch {
            Mode::Opcode => DispatchMode::Opcode,
            Mode::Hybrid => DispatchMode::Hybrid,
            Mode::Embedded => DispatchMode::Embedded,
        };
        let builder = builder.dispatch(Dispatch { mode, per_instruction: self.per_instruction });
        Ok(builder.weights(weights(self.weights.as_deref())?))
    }
}

/// The weights of a folder or file, or the built-in ones.
pub fn weights(path: Option<&Path>) -> Result<Weights, WeightsError> {
    path.map_or_else(|| Ok(Weights::built_in()), |path| Weights::read(path, &DispatchNetwork::TABLES))
}
