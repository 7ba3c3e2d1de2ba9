//! The options that choose how instructions find their kernels.

use clap::{Args, ValueEnum};
use kvrm::machine::{self, Dispatch, DispatchMode, Machine, MachineBuilder};
use kvrm::neural::{DispatchNetwork, Weights, WeightsError};
use serde::Serialize;
use std::fmt;
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

/// How the network that chooses kernels did, for `--stats`.
#[derive(Serialize)]
pub struct DispatchStats {
    mode: &'static str,
    per_instruction: bool,
    /// Words of the program's code that were predicted, or instructions that were executed; 0 by the table alone.
    predicted: u64,
    /// Those whose kernel was the one predicted. Not known per instruction, where one that had to wait for a page counts
    /// as rescued each time that it was begun.
    owned: Option<u64>,
    /// How often the table's kernel took over.
    rescued: u64,
}

impl DispatchStats {
    /// Of what a machine has run, which retired so many instructions.
    pub fn new(machine: &mut Machine, retired: u64) -> Result<DispatchStats, machine::Error> {
        let Dispatch { mode, per_instruction } = machine.dispatch();
        let name = match mode {
            DispatchMode::Opcode => "opcode",
            DispatchMode::Hybrid => "hybrid",
            DispatchMode::Embedded => "embedded",
        };
        let (predicted, owned, rescued) = match (mode, per_instruction) {
            (DispatchMode::Opcode, _) => (0, Some(0), 0),
            (_, true) => (retired, None, machine.rescues()?),
            (_, false) => {
                let predictions = machine.predictions()?;
                (predictions.words, Some(predictions.words - predictions.rescued), predictions.rescued)
            }
        };
        Ok(DispatchStats { mode: name, per_instruction, predicted, owned, rescued })
    }
}

impl fmt::Display for DispatchStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DispatchStats { mode, predicted, owned, rescued, .. } = self;
        match owned {
            _ if *mode == "opcode" => write!(f, "by the table alone"),
            Some(owned) => write!(f, "{mode}: {predicted} words of code predicted, {owned} owned, {rescued} rescued"),
            None => write!(f, "{mode}, per instruction: {predicted} predicted, {rescued} rescued"),
        }
    }
}
