//! The weights of the dispatch networks: those built in, those of files, those of the caller.

use super::shapes::Network;
use crate::npy;
use std::path::Path;

/// Why weights are refused.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    #[error(transparent)]
    Npy(#[from] npy::Error),
    #[error("{source_name}: the {network} network has {expected} weights, found {found}")]
    Length { source_name: String, network: &'static str, expected: usize, found: usize },
    #[error("{source_name}: weight {index} is {value}, expected a finite number")]
    NotFinite { source_name: String, index: usize, value: f32 },
}

/// The weights of both dispatch networks.
#[derive(Clone, Debug, PartialEq)]
pub struct DispatchWeights {
    simple: Vec<f32>,
    embedding: Vec<f32>,
}

impl DispatchWeights {
    /// The trained weights that come with the crate.
    pub fn built_in() -> Result<Self, WeightsError> {
        let simple = include_bytes!("../../weights/dispatch_weights_trained.npy");
        let embedding = include_bytes!("../../weights/dispatch_weights_embedding_100pct.npy");
        Ok(Self {
            simple: parse(Network::Simple, "built in", simple)?,
            embedding: parse(Network::Embedding, "built in", embedding)?,
        })
    }

    /// Zeros: with them dispatch is as without networks.
    pub fn zeros() -> Self {
        Self { simple: vec![0.0; Network::Simple.parameters()], embedding: vec![0.0; Network::Embedding.parameters()] }
    }

    /// The built-in weights, replaced by those that `directory` has files of.
    pub fn read(directory: &Path) -> Result<Self, WeightsError> {
        let mut weights = Self::built_in()?;
        let mut found = false;
        for network in Network::ALL {
            let path = directory.join(network.file());
            if path.exists() {
                found = true;
                weights.set(network, read(network, &path)?);
            }
        }
        let nothing = || std::io::Error::new(std::io::ErrorKind::NotFound, "no weight file in this directory");
        if found { Ok(weights) } else { Err(npy::Reason::Io(nothing()).of(directory.display()).into()) }
    }

    /// The weights of one network.
    pub fn of(&self, network: Network) -> &[f32] {
        match network {
            Network::Simple => &self.simple,
            Network::Embedding => &self.embedding,
        }
    }

    /// Replaces the weights of one network.
    pub fn load(&mut self, network: Network, weights: &[f32]) -> Result<(), WeightsError> {
        check(network, "the weights given", weights)?;
        self.set(network, weights.to_vec());
        Ok(())
    }

    fn set(&mut self, network: Network, weights: Vec<f32>) {
        match network {
            Network::Simple => self.simple = weights,
            Network::Embedding => self.embedding = weights,
        }
    }
}

fn read(network: Network, path: &Path) -> Result<Vec<f32>, WeightsError> {
    let name = path.display().to_string();
    vector(network, &name, npy::read(path)?)
}

/// Weights of `network` from a `.npy` file.
fn parse(network: Network, name: &str, bytes: &[u8]) -> Result<Vec<f32>, WeightsError> {
    vector(network, name, npy::parse(name, bytes)?)
}

fn vector(network: Network, name: &str, array: npy::Array<f32>) -> Result<Vec<f32>, WeightsError> {
    let weights = array.into_vector().map_err(|reason| reason.of(name))?;
    check(network, name, &weights)?;
    Ok(weights)
}

fn check(network: Network, source: &str, weights: &[f32]) -> Result<(), WeightsError> {
    let source_name = source.to_owned();
    let (expected, found) = (network.parameters(), weights.len());
    if expected != found {
        return Err(WeightsError::Length { source_name, network: network.name(), expected, found });
    }
    match weights.iter().enumerate().find(|(_, weight)| !weight.is_finite()) {
        Some((index, &value)) => Err(WeightsError::NotFinite { source_name, index, value }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(descr: &str, order: &str, shape: &str, values: &[f32]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
        let padded = (10 + header.len() + 1).next_multiple_of(64) - 11;
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((padded as u16 + 1).to_le_bytes());
        bytes.extend(format!("{header:padded$}\n").bytes());
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        bytes
    }

    fn complaint(bytes: &[u8]) -> String {
        parse(Network::Simple, "w.npy", bytes).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        let good = vec![0.5f32; 135];
        let bytes = file("<f4", "False", "(135,)", &good);
        assert_eq!(parse(Network::Simple, "w.npy", &bytes).unwrap(), good);
        for (bytes, parts) in [
            (bytes[..bytes.len() - 3].to_vec(), ["expected 668 bytes", "found 665"]),
            ([bytes.clone(), vec![0]].concat(), ["expected 668 bytes", "found 669"]),
            (bytes[..40].to_vec(), ["not a .npy file", "cut off in its header"]),
            (bytes[..9].to_vec(), ["not a .npy file", "cut off in its header"]),
            (Vec::new(), ["not a .npy file", "another kind of file"]),
            (file("<f4", "False", "(134,)", &good[1..]), ["135 weights", "found 134"]),
            (file("<f4", "False", "(5, 27)", &good), ["one dimension", "[5, 27]"]),
            (file("<f8", "False", "(135,)", &good), ["<f4", "<f8"]),
        ] {
            let complaint = complaint(&bytes);
            assert!(complaint.starts_with("w.npy: "), "{complaint}");
            assert!(parts.iter().all(|part| complaint.contains(part)), "{complaint}");
        }
        for value in [f32::NAN, f32::INFINITY] {
            let mut bad = good.clone();
            bad[7] = value;
            assert!(complaint(&file("<f4", "False", "(135,)", &bad)).contains("weight 7 is"));
        }
    }

    #[test]
    fn the_tensor_maps_are_those_of_the_shapes() {
        for (network, text) in [
            (Network::Simple, include_str!("../../weights/dispatch_weights_trained.txt")),
            (Network::Embedding, include_str!("../../weights/dispatch_weights_embedding_100pct.txt")),
        ] {
            assert_eq!(text, network.tensor_map());
        }
    }
}
