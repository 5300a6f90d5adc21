//! Several datasets, one after the other: what became of each, and what that makes of the whole.
//!
//! Responsible for finding those below the ones that were asked for, for going on after one that failed, for stopping where no
//! other can do better, and for the exit status. Not responsible for what is done with one ([`crate::backup`]).

mod tree;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

pub use tree::found;

use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::store::{Kind, StoreError};

/// What became of a dataset; `T` is what there is to tell of one that went well.
#[derive(Debug)]
pub enum Outcome<T> {
    /// All that was wanted.
    Done(T),
    /// Nothing, or not all.
    Failed(Error),
    /// Nothing: another run is at work on it.
    Busy(Error),
    /// Nothing: an earlier dataset has met something that concerns this one as well.
    NotTried,
}

/// What was done for a dataset that went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// In a word: `done`, `up to date`.
    pub word: &'static str,
    /// For how many snapshots.
    pub snapshots: usize,
    /// The length of their objects.
    pub stored_bytes: u64,
}

impl Tally {
    /// Of one for which nothing was to be done.
    pub fn nothing(word: &'static str) -> Self {
        Self {
            word,
            snapshots: 0,
            stored_bytes: 0,
        }
    }

    /// Of one for which so many snapshots were planned in a dry run, or done; `idle` says why there was nothing to do.
    pub fn of_run(planned: usize, done: usize, stored_bytes: u64, idle: &'static str) -> Self {
        let word = match (planned, done) {
            (0, 0) => idle,
            (0, _) => "done",
            _ => "planned",
        };
        Self {
            word,
            snapshots: planned + done,
            stored_bytes,
        }
    }
}

/// A dataset and what became of it.
#[derive(Debug)]
pub struct DatasetRow<T> {
    /// The dataset.
    pub dataset: Dataset,
    /// What became of it.
    pub outcome: Outcome<T>,
    /// How long that took.
    pub time: Duration,
}

/// Does the work for each dataset, and tells what became of it as soon as that is known. Its own errors stop only that one; those
/// that any other would meet as well stop all, or all that have their backups in the same `bucket`.
pub fn each<T>(
    datasets: impl IntoIterator<Item = Dataset>,
    bucket: impl Fn(&Dataset) -> Option<String>,
    mut work: impl FnMut(&Dataset) -> Result<T>,
    mut told: impl FnMut(&DatasetRow<T>),
) -> Vec<DatasetRow<T>> {
    let (mut over, mut closed) = (false, BTreeSet::new());
    let mut one = |dataset: Dataset| {
        let (begun, bucket) = (Instant::now(), bucket(&dataset));
        let outcome = match over
            || bucket
                .as_ref()
                .is_some_and(|bucket| closed.contains(bucket))
        {
            true => Outcome::NotTried,
            false => outcome(work(&dataset)),
        };
        match &outcome {
            Outcome::Failed(error) if concerns_all(error) => over = true,
            Outcome::Failed(error) if concerns_bucket(error) => closed.extend(bucket),
            _ => {}
        }
        let row = DatasetRow {
            dataset,
            outcome,
            time: begun.elapsed(),
        };
        told(&row);
        row
    };
    datasets.into_iter().map(&mut one).collect()
}

fn outcome<T>(done: Result<T>) -> Outcome<T> {
    match done {
        Ok(done) => Outcome::Done(done),
        Err(error) if error.exit_status() == Error::BUSY => Outcome::Busy(error),
        Err(error) => Outcome::Failed(error),
    }
}

/// Whether every other dataset would meet the same: a wrong flag is wrong for each.
fn concerns_all(error: &Error) -> bool {
    matches!(error, Error::Usage(_))
}

/// Whether every other dataset with the same bucket would meet the same: nobody answers, or it cannot be listed at all. 300
/// datasets that wait for a dead network a quarter of an hour each would take three days.
pub fn concerns_bucket(error: &Error) -> bool {
    match error {
        Error::Store(StoreError { kind, act, .. }) => match kind {
            Kind::Unknown => true,
            Kind::Denied | Kind::NotFound => act == "list",
            _ => false,
        },
        Error::Hinted { error, .. } | Error::About { error, .. } => concerns_bucket(error),
        _ => false,
    }
}

/// The end of all of it: good if every dataset is, busy if every one was, partly if some are good or one is partly, else failed.
pub fn verdict<T>(rows: Vec<DatasetRow<T>>) -> Result<()> {
    let all = rows.len();
    let (mut done, mut busy, mut failed, mut partly) = (0, Vec::new(), 0, 0);
    for row in rows {
        match row.outcome {
            Outcome::Done(_) => done += 1,
            Outcome::Busy(error) => busy.push(error),
            Outcome::Failed(error @ Error::Usage(_)) => return Err(error),
            Outcome::Failed(error) => {
                failed += 1;
                partly += usize::from(error.exit_status() == Error::PARTLY);
            }
            Outcome::NotTried => failed += 1,
        }
    }
    if done == all {
        return Ok(());
    }
    if busy.len() == all
        && let Some(error) = busy.pop()
    {
        return Err(error);
    }
    let left = match busy.len() {
        0 => String::new(),
        busy => format!(", {busy} are being worked on by others"),
    };
    match done + busy.len() + partly {
        0 => Err(Error::refused(format!("all {all} datasets failed"))),
        _ => Err(Error::Partly(format!(
            "{failed} of {all} datasets failed{left}"
        ))),
    }
}

/// What is said of a dataset that was made later than the time that is wanted.
pub const NOT_YET: &str = "not there yet";

/// The same, but for a failure if all have this word: nothing came of it, which whoever waits for it should not take for its end.
pub fn verdict_unless_all(rows: Vec<DatasetRow<Tally>>, word: &str) -> Result<()> {
    let has = |row: &DatasetRow<Tally>| matches!(&row.outcome, Outcome::Done(tally) if tally.word == word);
    match rows.iter().all(has) {
        true => Err(
            Error::refused(format!("all {} datasets are {word}", rows.len()))
                .hint("-v says when the oldest backup of each was made"),
        ),
        false => verdict(rows),
    }
}

/// The end of looking at all of it: bad if anything is, else unknown if anything could not be looked at, as what the store
/// refuses or what was not tried.
pub fn worst<T>(rows: Vec<DatasetRow<T>>) -> Result<()> {
    let all = rows.len();
    let (mut bad, mut unread) = (0, 0);
    for row in rows {
        match row.outcome {
            Outcome::Done(_) => {}
            Outcome::Failed(error @ Error::Usage(_)) => return Err(error),
            Outcome::Failed(error) if matches!(error.innermost(), Error::Store(_)) => unread += 1,
            Outcome::Failed(error) if error.exit_status() == Error::FAILED => bad += 1,
            _ => unread += 1,
        }
    }
    match (bad, unread) {
        (0, 0) => Ok(()),
        (0, _) => Err(Error::Unread(format!(
            "{unread} of {all} datasets could not be looked at"
        ))),
        _ => Err(Error::refused(format!(
            "something is wrong with {bad} of {all} datasets"
        ))),
    }
}

#[cfg(test)]
mod tests;
