//! `z3 status`: local and stored snapshots side by side, byte for byte the original's table.

use std::collections::BTreeMap;

use serde_json::json;

use super::output::{print, table};
use super::session::{Session, local_snapshots};
use crate::args;
use crate::catalog::{Catalog, Stored};
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::size;
use crate::zfs::LocalSnapshot;

/// A snapshot that is in the pool, in the bucket, or in both.
struct Row<'a> {
    name: &'a str,
    local: Option<&'a LocalSnapshot>,
    stored: Option<&'a Stored>,
    health: String,
}

/// Runs the command.
pub fn run(session: &Session, options: &args::Status) -> Result<()> {
    let settings = &session.settings;
    let dataset = settings.pool.dataset()?;
    let locals = locals(dataset)?;
    let catalog = session.catalog(dataset, &locals)?;
    let rows = rows(&locals, &catalog, &settings.pool.snapshot_prefix);
    if options.json {
        return print(&json_text(dataset, session, &rows));
    }
    let (prefix, bucket) = (&settings.pool.snapshot_prefix, &settings.s3.bucket);
    let header = ["NAME", "PARENT", "TYPE", "HEALTH", "LOCAL STATE", "SIZE"].map(str::to_owned);
    let cells: Vec<_> = std::iter::once(header)
        .chain(rows.iter().map(Row::cells))
        .collect();
    print(&format!(
        "backup status for {dataset}@{prefix}* on {bucket}/{}\n{}",
        settings.s3_prefix,
        table(&cells)
    ))
}

/// What is in the bucket can be looked at without a pool; that there is none is said.
fn locals(dataset: &Dataset) -> Result<Vec<LocalSnapshot>> {
    match local_snapshots(dataset) {
        Err(error @ Error::Missing { .. }) => {
            log::warn!("unable to list local snapshots: {error}");
            Ok(Vec::new())
        }
        other => other,
    }
}

/// Everything whose name begins with the prefix, by name.
fn rows<'a>(locals: &'a [LocalSnapshot], catalog: &'a Catalog, prefix: &str) -> Vec<Row<'a>> {
    let mut rows = BTreeMap::new();
    for local in locals {
        rows.insert(
            local.name.as_str(),
            Row {
                name: &local.name,
                local: Some(local),
                stored: None,
                health: "-".into(),
            },
        );
    }
    for stored in catalog.iter() {
        let local = rows.get(stored.name.as_str()).and_then(|row| row.local);
        let health = catalog.health(stored).to_string();
        rows.insert(
            stored.name.as_str(),
            Row {
                name: &stored.name,
                local,
                stored: Some(stored),
                health,
            },
        );
    }
    rows.into_values()
        .filter(|row| row.name.starts_with(prefix))
        .collect()
}

impl Row<'_> {
    fn cells(&self) -> [String; 6] {
        let name = self.name.to_owned();
        let (parent, size) = match self.stored {
            None => ("-".to_owned(), String::new()),
            Some(stored) => (stored.parent_name().to_owned(), size_text(stored)),
        };
        [
            name,
            parent,
            self.kind().to_owned(),
            self.health.clone(),
            self.local_state().to_owned(),
            size,
        ]
    }

    fn kind(&self) -> &'static str {
        match self.stored {
            None => "missing",
            Some(stored) if stored.full => "full",
            Some(stored) if stored.parent.is_some() => "incremental",
            Some(_) => "unknown",
        }
    }

    fn local_state(&self) -> &'static str {
        match (self.local, self.stored) {
            (None, _) => "missing",
            (Some(local), Some(stored)) if !stored.may_be(local.guid) => "differs",
            _ => "ok",
        }
    }
}

fn size_text(stored: &Stored) -> String {
    match stored.size_bytes() {
        Ok(Some(bytes)) => size::humanize(bytes),
        Ok(None) => String::new(),
        Err(_) => "?".to_owned(),
    }
}

fn json_text(dataset: &Dataset, session: &Session, rows: &[Row<'_>]) -> String {
    let snapshots: Vec<_> = rows.iter().map(json_row).collect();
    let document = json!({
        "dataset": dataset.as_str(),
        "bucket": session.settings.s3.bucket,
        "s3_prefix": session.settings.s3_prefix,
        "snapshot_prefix": session.settings.pool.snapshot_prefix,
        "snapshots": snapshots,
    });
    format!("{document:#}\n")
}

fn json_row(row: &Row<'_>) -> serde_json::Value {
    let stored = row.stored;
    let in_bucket =
        |field: fn(&Stored) -> serde_json::Value| stored.map_or(serde_json::Value::Null, field);
    json!({
        "name": row.name,
        "type": row.kind(),
        "health": stored.map(|_| row.health.as_str()),
        "local_state": row.local_state(),
        "local_guid": row.local.map(|local| local.guid.to_string()),
        "parent": in_bucket(|stored| json!(stored.parent)),
        "guid": in_bucket(|stored| json!(stored.guid.map(|guid| guid.to_string()))),
        "size_bytes": in_bucket(|stored| json!(stored.size_bytes().ok().flatten())),
        "stored_bytes": in_bucket(|stored| json!(stored.head.size_bytes)),
        "compressor": in_bucket(|stored| json!(stored.compressor.as_deref().unwrap_or("none"))),
        "storage_class": in_bucket(|stored| json!(stored.head.storage_class.as_deref().unwrap_or("STANDARD"))),
        "key": in_bucket(|stored| json!(stored.key)),
    })
}
