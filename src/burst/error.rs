//! What can go wrong with a spiking network.

use crate::gpu;

/// An error of the engine. An `index` counts from 0 in the list that was given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(transparent)]
    Gpu(#[from] gpu::Error),
    #[error("no network yet: `initialize_persistent_data` comes first")]
    NoNetwork,
    #[error("neuron {index} (id {id}): {what} is {value}, and must be {allowed}")]
    Parameter { index: usize, id: u32, what: &'static str, value: f32, allowed: &'static str },
    #[error("neuron {index} (id {id}): there is no drive {drive}; the configuration has {drives}, counted from 1")]
    NoSuchDrive { index: usize, id: u32, drive: u8, drives: usize },
    #[error("neuron {index}: id {id} is taken already")]
    DuplicateId { index: usize, id: u32 },
    #[error("neuron {index}: id {id:#x} is too large; the largest is 0xfffffffe")]
    IdTooLarge { index: usize, id: u32 },
    #[error("synapse {index}: there is no neuron with id {id}, its {end}")]
    SynapseEnd { index: usize, end: &'static str, id: u32 },
    #[error("synapses of {sources} sources, {targets} targets and {strengths} strengths: the numbers must be equal")]
    Lengths { sources: usize, targets: usize, strengths: usize },
    #[error("entry {index}: there is no neuron with id {id}")]
    NoSuchNeuron { index: usize, id: u32 },
    #[error("entry {index}: there is no synapse {synapse}; the network has {synapses}")]
    NoSuchSynapse { index: usize, synapse: u32, synapses: usize },
    #[error("drive {index}: {what} is {value}, and must be {allowed}")]
    Drive { index: usize, what: &'static str, value: f64, allowed: &'static str },
    #[error("{what} is {value}, and must be {allowed}")]
    OutOfRange { what: &'static str, value: f64, allowed: &'static str },
    #[error("{parameter} is no parameter of {model}, which has {known}")]
    NotOfModel { parameter: &'static str, model: String, known: String },
    #[error("{model}: {error}; it is neither a file nor brunel, vogels-abbott or random")]
    NoSuchModel { model: String, error: std::io::Error },
    #[error("{wanted} {what} are too many: {reason} allows {most}")]
    TooMany { what: &'static str, wanted: u64, most: u64, reason: String },
    #[error("the GPU ran {ran} of {asked} bursts: its watchdog may have ended a submission")]
    BurstsLost { asked: u32, ran: u32 },
    #[error("{file}: {error}")]
    Io { file: String, error: std::io::Error },
    #[error("{file}: {message}")]
    File { file: String, message: String },
}
