//! Weights of the networks: those built in, those of files, those of the caller.

use super::network::Network;
use crate::npy;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why weights are refused.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// A file is no array of floats, or cannot be read or written.
    #[error(transparent)]
    Npy(#[from] npy::Error),
    /// There are more or fewer floats than the network has.
    #[error("{source_name}: the {network} network has {expected} weights, found {found}")]
    Length { source_name: String, network: &'static str, expected: usize, found: usize },
    /// A file has as many floats as none of the networks.
    #[error("{file}: {found} weights are those of none of the networks {networks}")]
    NoSuchLength { file: String, found: usize, networks: String },
    /// A weight is infinite or no number.
    #[error("{source_name}: weight {index} is {value}, expected a finite number")]
    NotFinite { source_name: String, index: usize, value: f32 },
    /// A folder has a file for none of the networks.
    #[error("{folder}: no weight file in this directory, expected {files}")]
    NoFile { folder: String, files: String },
    /// A file would be overwritten.
    #[error("{file} exists: name another folder, or allow to overwrite it")]
    Exists { file: String },
}

/// Weights of some of the networks, finite floats in the order of each one's tensors. The others have those built in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    /// By the network's name.
    given: BTreeMap<&'static str, Arc<[f32]>>,
}

impl Weights {
    /// The trained weights that come with the crate, of all networks.
    pub fn built_in() -> Weights {
        Weights::default()
    }

    /// These weights with others for one network.
    ///
    /// # Errors
    /// If there are not as many as it has, or one is not finite.
    pub fn with(mut self, network: impl Into<&'static Network>, values: &[f32]) -> Result<Weights, WeightsError> {
        let network = network.into();
        check(network, "the weights given", values)?;
        self.given.insert(network.name, values.into());
        Ok(self)
    }

    /// These weights with zeros for one network.
    #[must_use]
    pub fn with_zeros(mut self, network: impl Into<&'static Network>) -> Weights {
        let network = network.into();
        self.given.insert(network.name, vec![0.0; network.parameters()].into());
        self
    }

    /// These weights with all that others were given.
    #[must_use]
    pub fn with_all(mut self, others: Weights) -> Weights {
        self.given.extend(others.given);
        self
    }

    /// The weights of some networks in a folder, under the names that [`Network::file`] gives: of those that it has files
    /// of. Or those in a `.npy` file, of the network that has as many.
    ///
    /// # Errors
    /// If there is no file for any of them, or one is no array of floats of one dimension, as many as the network has.
    pub fn read(path: &Path, networks: &[&'static Network]) -> Result<Weights, WeightsError> {
        let names = |name: fn(&&'static Network) -> String| networks.iter().map(name).collect::<Vec<_>>().join(", ");
        let mut weights = Weights::default();
        if path.is_dir() {
            for network in networks {
                match read(&path.join(network.file)) {
                    Ok((file, values)) => {
                        check(network, &file, &values)?;
                        weights.given.insert(network.name, values.into());
                    }
                    Err(npy::Error { reason: npy::Reason::Io(error), .. }) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if weights.given.is_empty() {
                let files = names(|network| network.file.to_owned());
                return Err(WeightsError::NoFile { folder: path.display().to_string(), files });
            }
            return Ok(weights);
        }
        let (file, values) = read(path)?;
        let network = match networks {
            [network] => *network,
            _ => match networks.iter().find(|network| network.parameters() == values.len()) {
                Some(network) => network,
                None => {
                    let networks = names(|network| format!("{} ({})", network.name, network.parameters()));
                    return Err(WeightsError::NoSuchLength { file, found: values.len(), networks });
                }
            },
        };
        check(network, &file, &values)?;
        weights.given.insert(network.name, values.into());
        Ok(weights)
    }

    /// The weights of one network.
    ///
    /// # Errors
    /// If they are built in and damaged, which the tests exclude.
    pub fn of(&self, network: impl Into<&'static Network>) -> Result<Arc<[f32]>, WeightsError> {
        let network = network.into();
        if let Some(values) = self.given.get(network.name) {
            return Ok(values.clone());
        }
        let values = npy::parse::<f32>("built in", network.built_in)?.values;
        check(network, "built in", &values)?;
        Ok(values.into())
    }

    /// Writes one network's weights and their tensor map into a folder, which is made if it is not there. Returns the
    /// file.
    ///
    /// # Errors
    /// If a file is there and not to be overwritten, or cannot be written.
    pub fn write(
        &self,
        network: impl Into<&'static Network>,
        folder: &Path,
        overwrite: bool,
    ) -> Result<PathBuf, WeightsError> {
        let network = network.into();
        let values = self.of(network)?;
        let file = folder.join(network.file);
        let map = file.with_extension("txt");
        if let Some(there) = [&file, &map].into_iter().find(|path| !overwrite && path.exists()) {
            return Err(WeightsError::Exists { file: there.display().to_string() });
        }
        let failed = |path: &Path| {
            let file = path.display().to_string();
            move |error: std::io::Error| npy::Reason::Io(error).of(file)
        };
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        npy::write(&file, &[values.len() as u64], &values)?;
        std::fs::write(&map, network.tensor_map()).map_err(failed(&map))?;
        Ok(file)
    }
}

/// A file's name in errors, and its floats.
fn read(path: &Path) -> Result<(String, Vec<f32>), npy::Error> {
    let file = path.display().to_string();
    let values = npy::read(path)?.into_vector().map_err(|reason| reason.of(&file))?;
    Ok((file, values))
}

fn check(network: &Network, source: &str, weights: &[f32]) -> Result<(), WeightsError> {
    let source_name = source.to_owned();
    let (expected, found) = (network.parameters(), weights.len());
    if expected != found {
        return Err(WeightsError::Length { source_name, network: network.name, expected, found });
    }
    match weights.iter().enumerate().find(|(_, weight)| !weight.is_finite()) {
        Some((index, &value)) => Err(WeightsError::NotFinite { source_name, index, value }),
        None => Ok(()),
    }
}
