//! Decides what to send and what to receive: pure functions of the local snapshots, the stored ones and the request.
//!
//! Responsible for the chain rules: what is a base, what may be overwritten, what stops everything. Not responsible for
//! asking zfs or S3, nor for doing what was decided ([`crate::backup`], [`crate::restore`]).

mod backup;
mod restore;
mod sync;

pub use backup::{BackupStep, Candidates, own_name};
pub use restore::restore;
pub use sync::{SyncStep, sync};

use crate::catalog::{Catalog, Health, Stored};
use crate::error::{Error, Result};

/// Passes a healthy backup; for a broken one, the refusal that names it and the reason.
fn healthy<'a>(catalog: &Catalog, dataset: &str, stored: &'a Stored) -> Result<&'a Stored> {
    match catalog.health(stored) {
        Health::Ok => Ok(stored),
        fault => Err(Error::refused(format!(
            "the backup of {dataset}@{} is broken: {fault}",
            stored.name
        ))
        .hint("'z3 status' shows the chain; 'z3 backup --full' starts a new one")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
