//! What an object is to the policy: one of those that it is about, another's, broken, or known by hearsay alone.

use super::{DAY, RetentionView};
use crate::catalog::{Catalog, Health, Stored};

/// Broken ones are deleted after so long at the earliest: a fault of a listing is seen by then.
const BROKEN_FOR: u64 = 7 * DAY;

/// What an object is to the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The policy is about it: it can be restored, and its name is meant.
    Candidate,
    /// Another SNAPSHOT_PREFIX's.
    Other,
    /// Nothing but its receipt tells what it builds on, and anybody may have written that.
    Hearsay,
    /// It cannot be restored.
    Broken {
        /// In words.
        fault: String,
        /// It is its own ancestor.
        cycle: bool,
        /// It may go: z3 made it, nothing will mend it, and it was asked for.
        may_go: bool,
    },
}

/// What one is to the policy.
pub(super) fn standing(catalog: &Catalog, stored: &Stored, view: &RetentionView<'_>) -> Standing {
    let health = catalog.health(stored);
    let meant = view.selection.matches(&stored.name);
    if stored.is_hearsay() {
        return Standing::Hearsay;
    }
    if health == Health::Ok {
        return match meant {
            true => Standing::Candidate,
            false => Standing::Other,
        };
    }
    let ours = stored.label.z3id.is_some() || stored.label.full || stored.label.parent.is_some();
    let old = stored
        .stored_at()
        .is_some_and(|stored| stored + BROKEN_FOR <= view.now);
    let cause = catalog.cause(stored);
    Standing::Broken {
        fault: catalog.reason(stored),
        cycle: health == Health::Cycle,
        may_go: view.broken
            && meant
            && ours
            && old
            && matches!(cause, Health::MissingParent | Health::Cycle),
    }
}
