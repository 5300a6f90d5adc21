//! The rows of `z3 status`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::catalog::{Catalog, Health, Stored};
use crate::commands::report::Item;
use crate::config::{SSE, Settings};
use crate::name::{Dataset, SnapName};
use crate::order::gathered;
use crate::selection::Selection;
use crate::size;
use crate::zfs::LocalSnapshot;

/// A snapshot that is in the pool, in the bucket, or in both.
pub struct SnapshotRow<'a> {
    dataset: &'a str,
    name: &'a SnapName,
    local: Option<&'a LocalSnapshot>,
    /// The backup of it.
    pub stored: Option<&'a Stored>,
    health: Option<Health>,
}

/// Everything that is meant, by name.
pub fn rows<'a>(
    dataset: &'a Dataset,
    locals: &'a [LocalSnapshot],
    catalog: &'a Catalog,
    selection: &Selection,
) -> Vec<SnapshotRow<'a>> {
    let by_name = locals.iter().map(|local| (&local.name, local));
    let locals: BTreeMap<&SnapName, &LocalSnapshot> = gathered(by_name);
    let stored = catalog.iter().map(|stored| &stored.name);
    let names: BTreeSet<&SnapName> = gathered(stored.chain(locals.keys().copied()));
    let row = |name| {
        let stored = catalog.get(name);
        SnapshotRow {
            dataset: dataset.as_str(),
            name,
            local: locals.get(name).copied(),
            stored,
            health: stored.map(|stored| catalog.health(stored)),
        }
    };
    let shown = names.into_iter().filter(|name| selection.matches(name));
    shown.map(row).collect()
}

impl SnapshotRow<'_> {
    /// As a row of the table.
    pub fn cells(&self) -> [String; 6] {
        let health = self.health.map(|health| health.to_string());
        let parent = self.stored.map_or("-", |stored| stored.label.parent_name());
        [
            self.name.to_string(),
            parent.to_owned(),
            self.kind().to_owned(),
            health.unwrap_or("-".to_owned()),
            self.local_state().to_owned(),
            self.stored.map_or(String::new(), size_text),
        ]
    }

    fn kind(&self) -> &'static str {
        match self.stored {
            None => "missing",
            Some(stored) if stored.label.full => "full",
            Some(stored) if !stored.lacks_metadata() => "incremental",
            Some(_) => "unknown",
        }
    }

    fn local_state(&self) -> &'static str {
        match (self.local, self.stored) {
            (None, _) => "missing",
            (Some(local), Some(stored)) if !stored.label.may_be(local.guid) => "differs",
            _ => "ok",
        }
    }
}

fn size_text(stored: &Stored) -> String {
    match stored.label.size_bytes() {
        Ok(Some(bytes)) => size::humanize(bytes),
        Ok(None) => String::new(),
        Err(_) => "?".to_owned(),
    }
}

/// Where the snapshots that follow are.
pub struct PlaceItem<'a>(pub &'a Settings);

impl Item for PlaceItem<'_> {
    const TYPE: &'static str = "status";

    fn fields(&self) -> Value {
        let Self(settings) = self;
        let chosen = &settings.snapshots;
        let chosen = |field| (chosen.field() == field).then(|| chosen.text());
        json!({
            "dataset": settings.dataset.as_str(),
            "bucket": settings.store.s3.bucket,
            "s3_prefix": settings.store.s3_prefix,
            "snapshot_prefix": chosen("snapshot_prefix"),
            "snapshot_glob": chosen("snapshot_glob"),
            "encryption": settings.store.s3.put_header(SSE),
        })
    }
}

impl Item for SnapshotRow<'_> {
    const TYPE: &'static str = "snapshot";

    /// Of what a server did not describe, nothing is known.
    fn fields(&self) -> Value {
        let known = self.stored.filter(|_| self.health != Some(Health::Unread));
        let (label, head) = (known.map(|one| &one.label), known.map(|one| &one.head));
        let created = self.local.map(|local| local.creation);
        let guid = |guid: Option<u64>| guid.map(|guid| guid.to_string());
        json!({
            "dataset": self.dataset,
            "name": self.name,
            "kind": self.kind(),
            "health": self.health.map(|health| health.to_string()),
            "local_state": self.local_state(),
            "local_guid": guid(self.local.map(|local| local.guid)),
            "parent": label.and_then(|label| label.parent.as_ref()),
            "guid": guid(label.and_then(|label| label.guid)),
            "creation": label.and_then(|label| label.creation).or(created),
            "size_bytes": label.and_then(|label| label.size_bytes().ok().flatten()),
            "stored_bytes": head.map(|head| head.size_bytes),
            "compressor": label.map(|label| label.compressor.as_deref().unwrap_or("none")),
            "storage_class": head.map(|head| head.storage_class.as_deref().unwrap_or("STANDARD")),
            "key": self.stored.map(|stored| &stored.key),
            "facts": self.stored.map(|stored| stored.source.word()),
        })
    }
}
