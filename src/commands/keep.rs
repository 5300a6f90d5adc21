//! `z3 keep` and `z3 unkeep`.

use serde_json::{Value, json};

use super::report::Item;
use super::session::Session;
use crate::error::Result;
use crate::name::Snapshot;
use crate::prune;

/// A backup that is pinned now, or is not any more.
struct PinChange {
    snapshot: Snapshot,
    pinned: bool,
    changed: bool,
}

impl Item for PinChange {
    const TYPE: &'static str = "pin";

    fn fields(&self) -> Value {
        json!({
            "dataset": self.snapshot.dataset().as_str(),
            "name": self.snapshot.name(),
            "pinned": self.pinned,
            "changed": self.changed,
        })
    }

    fn text(&self) -> String {
        let snapshot = &self.snapshot;
        match (self.pinned, self.changed) {
            (true, true) => format!("{snapshot} is kept from now on"),
            (true, false) => format!("{snapshot} was kept already"),
            (false, true) => format!("{snapshot} is no longer kept for its own sake"),
            (false, false) => format!("{snapshot} was not pinned"),
        }
    }
}

/// Pins a backup.
pub fn keep(session: &Session, snapshot: &str) -> Result<()> {
    let (snapshot, changed) = prune::keep(&session.run(), snapshot)?;
    session.report.note(&PinChange {
        snapshot,
        pinned: true,
        changed,
    })
}

/// Takes a pin away.
pub fn unkeep(session: &Session, snapshot: &str) -> Result<()> {
    let (snapshot, changed) = prune::unkeep(&session.run(), snapshot)?;
    session.report.note(&PinChange {
        snapshot,
        pinned: false,
        changed,
    })
}
