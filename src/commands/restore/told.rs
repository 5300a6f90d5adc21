//! What is told of a restore beside the commands of a dry run.

use serde_json::{Value, json};

use crate::catalog::Stored;
use crate::commands::report::Item;
use crate::restore::Restore;

/// A snapshot that zfs has received and shows, and how many bytes were fetched for it.
pub struct ReceivedItem<'a>(pub &'a Restore<'a>, pub &'a Stored, pub u64);

impl Item for ReceivedItem<'_> {
    const TYPE: &'static str = "received";

    fn fields(&self) -> Value {
        let Self(restore, stored, fetched_bytes) = self;
        let resumed = restore.partial_of(stored);
        json!({
            "dataset": restore.dataset.as_str(),
            "name": stored.name,
            "guid": stored.label.guid.map(|guid| guid.to_string()),
            "key": stored.key,
            "stored_bytes": stored.head.size_bytes,
            "fetched_bytes": fetched_bytes,
            "resumed_bytes": resumed.map_or(0, |partial| partial.token.bytes),
        })
    }

    fn text(&self) -> String {
        format!("received {}", self.0.dataset.full_name(&self.1.name))
    }
}

/// What `--force` would cost.
pub struct ForceCost<'a>(pub &'a str);

impl Item for ForceCost<'_> {
    const TYPE: &'static str = "cost";

    fn fields(&self) -> Value {
        json!({ "cost": self.0 })
    }

    fn text(&self) -> String {
        format!("# {}\n", self.0)
    }
}
