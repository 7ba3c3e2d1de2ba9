//! The networks that choose kernels: the simple network, from eight bits of the word, and the embedding network, from its
//! opcode byte and twelve features. What they predict is compared with the encoding table before it is used, so a wrong
//! prediction costs a look-up and changes no result.

pub mod inference;
pub mod inputs;
pub mod labels;
pub mod reference;
pub mod shaders;
pub mod shapes;
pub mod verify;
