//! Decides what to send and what to receive: pure functions of the local snapshots, the stored ones and the request.
//!
//! Responsible for the chain rules: what is a base, what may be overwritten, what stops everything. Not responsible for
//! asking zfs or S3, nor for doing what was decided ([`crate::backup`], [`crate::restore`]).

mod backup;
mod base;
mod check;
mod cost;
mod flags;
mod restore;
mod rotation;
mod sync;
mod thaw;

pub use backup::{BackupStep, Candidates, expect_base};
pub use base::{Base, Marked};
pub use check::{CheckFinding, CheckState, Limits, NewestLocal, Seen, is_future, worst};
pub use cost::cost;
pub use flags::{Ruling, Sent, Wish, rule};
pub use restore::{Receiver, chain, links, not_stored, restore};
pub use rotation::{Turns, began, chain_of, rotate};
pub use sync::{SyncStep, sync};
pub use thaw::{Frost, may_thaw, wish};

use crate::catalog::{Catalog, Health, Stored};
use crate::error::{Error, Result};

/// Passes a backup that can be restored; for a broken one, the refusal that names it, the reason, and what can be.
fn healthy<'a>(catalog: &Catalog, stored: &'a Stored) -> Result<&'a Stored> {
    let Some(error) = broken(catalog, stored) else {
        return Ok(stored);
    };
    let hint = match catalog.last_good(stored) {
        Some(good) => format!(
            "the last before it that can be restored is @{}; 'z3 status' shows the chain",
            good.name
        ),
        None => "nothing that it builds on can be restored; 'z3 status' shows what else is stored"
            .to_owned(),
    };
    Err(error.hint(hint))
}

/// The refusal of a broken backup, without a way out.
fn broken(catalog: &Catalog, stored: &Stored) -> Option<Error> {
    let healthy = catalog.health(stored) == Health::Ok;
    (!healthy).then(|| {
        let (snapshot, reason) = (catalog.full_name(stored), catalog.reason(stored));
        Error::refused(format!("the backup of {snapshot} is broken: {reason}"))
    })
}

#[cfg(test)]
mod tests;
