//! The five neural networks: shapes, weights, inference on the GPU, and the same in double precision on the host.
//!
//! Each folder has the networks of one purpose. `dispatch`: the simple and the embedding network, which choose the kernel
//! that executes an instruction word. `loops`: the loop detector and the pattern recognizer, which say of a hot loop
//! whether to prove it. `oracle`: the memory oracle, which foretells pages. What any of them predicts is checked before it
//! is used, so a wrong prediction costs time and changes no result.

mod dispatch;
mod loops;
mod network;
mod oracle;
#[cfg(test)]
mod tests;
mod weights;

pub(crate) use dispatch::inference::weight_buffer;
pub use dispatch::inference::{DispatchInference, Error, LOGITS};
pub use dispatch::reference::reference as dispatch_reference;
pub(crate) use dispatch::shaders::{LayerWeights, dispatch_chunks};
pub use dispatch::shapes::DispatchNetwork;
pub use dispatch::verify::{Verification, verify};
pub use dispatch::{inputs, labels};
pub use loops::inference::LoopInference;
pub(crate) use loops::inference::{LoopResults, LoopTables, shader_given as loop_shader};
pub use loops::reference::reference as loop_reference;
pub use loops::shapes::{BODY_WORDS, LOOP_TYPES, LoopNetwork, PATTERN_CLASSES};
pub use network::{Network, Tensor};
pub use oracle::events::{OracleCandidates, OracleEvent, oracle_features};
pub use oracle::inference::{OracleInference, OracleRow};
pub(crate) use oracle::inference::{OracleTables, shader as oracle_shader};
pub use oracle::reference::{OracleOutput, OracleReference};
pub use oracle::shapes::MEMORY_ORACLE;
pub use weights::{Weights, WeightsError};

use crate::gpu::Shader;
use dispatch::shapes::{EMBEDDING, SIMPLE};
use loops::shapes::{LOOP_DETECTOR, PATTERN_RECOGNIZER};

/// All networks.
pub static NETWORKS: [&Network; 5] = [&SIMPLE, &EMBEDDING, &LOOP_DETECTOR, &PATTERN_RECOGNIZER, &MEMORY_ORACLE];

/// All shaders of the networks.
pub fn shaders() -> Vec<Shader> {
    let loops = LoopNetwork::ALL.map(loops::inference::shader);
    let dispatch = DispatchNetwork::ALL.map(dispatch::shaders::infer);
    dispatch.into_iter().chain(loops).chain([oracle_shader()]).collect()
}
