//! From a neuron's id to its index, on the host.

use super::constants::NONE;
use std::collections::HashMap;

/// Ids below this many times the number of neurons (and a little more) are dense: a plain table holds them.
const DENSE_FACTOR: usize = 4;
const DENSE_MINIMUM: usize = 1024;

/// Indices by id.
#[derive(Clone, Debug)]
pub(crate) enum IdMap {
    /// At each id its index, or `NONE`.
    Dense(Vec<u32>),
    Sparse(HashMap<u32, u32>),
}

impl Default for IdMap {
    fn default() -> IdMap {
        IdMap::Dense(Vec::new())
    }
}

impl IdMap {
    pub fn get(&self, id: u32) -> Option<u32> {
        match self {
            IdMap::Dense(indices) => indices.get(id as usize).copied().filter(|index| *index != NONE),
            IdMap::Sparse(indices) => indices.get(&id).copied(),
        }
    }

    /// The length of a table that holds all ids as they are; `None` where they are too far apart.
    pub fn dense_length(&self) -> Option<usize> {
        match self {
            IdMap::Dense(indices) => Some(indices.len()),
            IdMap::Sparse(_) => None,
        }
    }

    /// A map of all ids, the new ones with the next indices; or which of the new ones was there before.
    pub fn extended(&self, old: &[u32], new: &[u32]) -> Result<IdMap, usize> {
        let count = old.len() + new.len();
        let end = old.iter().chain(new).max().map_or(0, |id| *id as usize + 1);
        if end <= DENSE_FACTOR * count + DENSE_MINIMUM {
            let mut indices = vec![NONE; end];
            let all = old.iter().chain(new).zip(0u32..);
            for (id, index) in all {
                if std::mem::replace(&mut indices[*id as usize], index) != NONE {
                    return Err(index as usize - old.len());
                }
            }
            return Ok(IdMap::Dense(indices));
        }
        let mut indices = HashMap::with_capacity(count);
        for (id, index) in old.iter().chain(new).zip(0u32..) {
            if indices.insert(*id, index).is_some() {
                return Err(index as usize - old.len());
            }
        }
        Ok(IdMap::Sparse(indices))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dense_and_sparse_ids_are_found() {
        for ids in [vec![3, 0, 7], vec![5, 1 << 31, 1 << 20]] {
            let map = IdMap::default().extended(&[], &ids).unwrap();
            assert_eq!(map.dense_length().is_some(), ids[2] == 7);
            for (id, index) in ids.iter().zip(0..) {
                assert_eq!(map.get(*id), Some(index));
            }
            for absent in [1, 8, 9_999_999, NONE - 1] {
                assert_eq!(map.get(absent), None, "{absent} in {ids:?}");
            }
            let more = map.extended(&ids, &[4, 2]).unwrap();
            assert_eq!((more.get(4), more.get(2), more.get(ids[1])), (Some(3), Some(4), Some(1)));
            assert_eq!(map.extended(&ids, &[4, ids[1], 2]).unwrap_err(), 1);
            assert_eq!(map.extended(&ids, &[4, 4]).unwrap_err(), 1);
        }
    }
}
