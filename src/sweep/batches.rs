//! What becomes of inputs, in their order.

use std::sync::Arc;

use rayon::prelude::*;

use super::Error;
use super::engine::{Results, Setup};
use super::output::{self, Columns, Format};
use super::pool::Ordered;
use super::record::Record;
use super::summary::Summary;

/// Records that one thread turns into text at a time.
const PIECE: usize = 4096;

/// What becomes of inputs, a batch after the other.
pub(super) struct Batches {
    pub setup: Arc<Setup>,
    pub results: Ordered<Results>,
    /// Edges that inputs before have covered, a bit for each.
    pub known: Vec<u32>,
}

impl Batches {
    pub fn next(&mut self) -> Option<Result<Results, Error>> {
        let mut results = self.results.next()?;
        if let Ok(results) = &mut results {
            results.find_new_edges(&mut self.known);
        }
        Some(results)
    }

    /// Edges covered so far.
    pub fn edges(&self) -> u32 {
        self.known.iter().map(|word| word.count_ones()).sum()
    }

    /// A batch as it stands in a file, and what its records have in common.
    pub fn written(&self, results: &Results, format: Format, columns: Columns) -> (output::Written, Summary) {
        let pieces: Vec<usize> = (0..results.len()).step_by(PIECE).collect();
        let made: Vec<(Vec<u8>, Summary)> = pieces
            .into_par_iter()
            .map(|first| {
                let rows = first..(first + PIECE).min(results.len());
                let (mut bytes, mut summary) = (Vec::with_capacity(PIECE * 96), Summary::default());
                results.visit(&self.setup, rows, |record| {
                    format.record(record, columns, &mut bytes);
                    summary.add(record);
                });
                (bytes, summary)
            })
            .collect();
        let mut summary = Summary::default();
        let mut pieces = Vec::with_capacity(made.len());
        for (bytes, part) in made {
            pieces.push(bytes);
            summary.append(part);
        }
        (output::Written { records: results.len() as u64, pieces }, summary)
    }
}

/// The results of a sweep, in the order of its inputs. Dropping it ends the sweep.
pub struct Records {
    pub(super) batches: Batches,
    pub(super) records: std::vec::IntoIter<Record<'static>>,
}

impl Iterator for Records {
    type Item = Result<Record<'static>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.records.next() {
                return Some(Ok(record));
            }
            let results = match self.batches.next()? {
                Ok(results) => results,
                Err(error) => return Some(Err(error)),
            };
            let mut records = Vec::with_capacity(results.len());
            results.visit(&self.batches.setup, 0..results.len(), |record| records.push(record.clone().into_owned()));
            self.records = records.into_iter();
        }
    }
}
