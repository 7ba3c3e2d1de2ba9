//! The neural networks: shapes, inputs, weights, and inference on the GPU.
//!
//! Two of them choose the kernel that executes an instruction word: the simple network, from eight bits of the word, and
//! the embedding network, from its opcode byte and twelve features. What they predict is compared with the encoding table
//! before it is used, so a wrong prediction costs a look-up and changes no result.

mod inference;
pub mod inputs;
pub mod labels;
mod loop_inference;
mod loop_reference;
mod loop_shapes;
mod loop_steps;
mod oracle_events;
mod oracle_inference;
mod oracle_reference;
mod oracle_shapes;
mod oracle_steps;
mod shaders;
mod shapes;
mod verify;
mod weights;

pub(crate) use inference::weight_buffer;
pub use inference::{Error, Inference, LOGITS};
pub use loop_inference::{LoopInference, LoopWeights, read_loop_weights};
pub(crate) use loop_inference::{LoopResults, LoopTables, shader_given as loop_shader};
pub use loop_reference::reference as loop_reference;
pub use loop_shapes::{BODY_WORDS, LOOP_TYPES, LoopNetwork, PATTERN_CLASSES};
pub use oracle_events::{OracleCandidates, OracleEvent, oracle_features};
pub use oracle_inference::{OracleInference, OracleRow, OracleWeights};
pub(crate) use oracle_inference::{OracleTables, shader as oracle_shader};
pub use oracle_reference::{OracleOutput, OracleReference};
pub use oracle_shapes::OracleNetwork;
pub use shaders::shaders;
pub(crate) use shaders::{LayerWeights, dispatch_chunks};
pub use shapes::{Network, Tensor};
pub use verify::{Verification, verify};
pub use weights::{DispatchWeights, WeightsError};
