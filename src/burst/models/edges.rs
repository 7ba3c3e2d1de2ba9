//! Networks in files of edges.

use super::Model;
use crate::burst::{Drive, Error, Neuron, Neurons, Strength, Synapses};
use crate::npy;
use std::collections::BTreeSet;

/// Reads the bytes of a `.npy` array of integers, called `file` in errors, with a row for each synapse: source, target, then, if there are more columns,
/// weight (from -255 to 255, inhibitory below 0) and psp (0 to 255). Both are 1 where they are missing. The neurons are
/// those that are named, in the order of their ids, all equal to `neuron` with the `drives`.
pub fn parse_edges(file: &str, bytes: &[u8], neuron: Neuron, drives: Vec<Drive>) -> Result<Model, Error> {
    let wrong = |message: String| Error::File { file: file.to_owned(), message };
    let array = npy::parse_integers(file, bytes).map_err(|error| wrong(error.reason.to_string()))?;
    let columns = match array.shape[..] {
        [_, columns @ 2..=4] => columns as usize,
        _ => return Err(wrong(format!("expected rows of 2 to 4 numbers, found shape {:?}", array.shape))),
    };

    let mut synapses = Synapses::new();
    let mut ids = BTreeSet::new();
    for (index, row) in array.values.chunks_exact(columns).enumerate() {
        let id = |value: i64| u32::try_from(value).ok().filter(|id| *id != u32::MAX);
        let (weight, psp) = (row.get(2).copied().unwrap_or(1), row.get(3).copied().unwrap_or(1));
        let strength = match (u8::try_from(weight.unsigned_abs()), u8::try_from(psp)) {
            (Ok(size), Ok(psp)) => Strength::new(size, psp, weight < 0),
            _ => return Err(wrong(format!("synapse {index}: weight {weight}, psp {psp}: one byte each, and a sign"))),
        };
        let (Some(source), Some(target)) = (id(row[0]), id(row[1])) else {
            return Err(wrong(format!("synapse {index}: ids {} and {}: they are from 0 to 2^32 - 2", row[0], row[1])));
        };
        ids.extend([source, target]);
        synapses.push(source, target, strength);
    }
    let mut neurons = Neurons::new();
    ids.iter().for_each(|id| neurons.push(*id, neuron));
    let excitatory = neurons.len() as u32;
    Ok(Model { neurons, synapses, drives, excitatory, milliseconds: None })
}
