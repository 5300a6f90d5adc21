//! `z3 status`: local and stored snapshots side by side, byte for byte the original's table.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::output::{print, print_json, table};
use super::session::Session;
use crate::args;
use crate::catalog::{Catalog, Health, Scope, Source, Stored};
use crate::error::{Error, Result};
use crate::name::Dataset;
use crate::progress;
use crate::selection::Selection;
use crate::size;
use crate::zfs::{self, Host, LocalSnapshot};

/// A snapshot that is in the pool, in the bucket, or in both.
struct Row<'a> {
    name: &'a str,
    local: Option<&'a LocalSnapshot>,
    stored: Option<&'a Stored>,
    health: Option<Health>,
}

/// Runs the command. What is in the bucket can be looked at without a pool, as in a rescue system: that there is no zfs is
/// only said. One that fails costs the exit status as well, but not the table.
pub fn run(session: &Session, options: &args::Status) -> Result<()> {
    let dataset = &session.settings.dataset;
    let mut failed = false;
    let locals = zfs::list_snapshots(&Host::Local, dataset).unwrap_or_else(|error| {
        log::warn!("unable to list local snapshots: {error}");
        failed = !matches!(error, Error::Missing { .. });
        Vec::new()
    });
    let vanished = !failed && locals.is_empty();
    if vanished && !zfs::dataset_exists(&Host::Local, dataset).unwrap_or(true) {
        log::info!("there is no dataset {dataset} here: is its pool imported, was it renamed?");
    }
    show(session, options, dataset, &locals)?;
    match failed {
        true => Err(Error::refused(
            "zfs failed: what is stored is shown, the snapshots of the pool are not",
        )),
        false => Ok(()),
    }
}

fn show(
    session: &Session,
    options: &args::Status,
    dataset: &Dataset,
    locals: &[LocalSnapshot],
) -> Result<()> {
    let settings = &session.settings;
    let catalog = session
        .run(progress::Mode::Off)
        .catalog(locals, &Scope::All)?;
    let (selection, bucket) = (&settings.snapshots, &settings.store.s3.bucket);
    let rows = rows(locals, &catalog, selection);
    if options.json {
        let document = Document {
            bucket,
            dataset: dataset.as_str(),
            s3_prefix: &settings.store.s3_prefix,
            selection: BTreeMap::from([(selection.field(), selection.text())]),
            snapshots: &rows,
        };
        return print_json(&document);
    }
    let header = ["NAME", "PARENT", "TYPE", "HEALTH", "LOCAL STATE", "SIZE"].map(str::to_owned);
    let mut cells = vec![header];
    cells.extend(rows.iter().map(Row::cells));
    print(&format!(
        "backup status for {dataset}@{} on {bucket}/{}\n{}",
        selection.patterns(),
        settings.store.s3_prefix,
        table(cells)
    ))
}

/// Everything that is meant, by name.
fn rows<'a>(
    locals: &'a [LocalSnapshot],
    catalog: &'a Catalog,
    selection: &Selection,
) -> Vec<Row<'a>> {
    let by_name = locals.iter().map(|local| (local.name.as_str(), local));
    let locals: BTreeMap<&str, &LocalSnapshot> = by_name.collect();
    let stored = catalog.iter().map(|stored| stored.name.as_str());
    let names: BTreeSet<&str> = stored.chain(locals.keys().copied()).collect();
    let row = |name| {
        let stored = catalog.get(name);
        Row {
            name,
            local: locals.get(name).copied(),
            stored,
            health: stored.map(|stored| catalog.health(stored)),
        }
    };
    let shown = names.into_iter().filter(|name| selection.matches(name));
    shown.map(row).collect()
}

impl Row<'_> {
    fn cells(&self) -> [String; 6] {
        let health = self.health.map(|health| health.to_string());
        let parent = self.stored.map_or("-", |stored| stored.label.parent_name());
        [
            self.name.to_owned(),
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

/// What `--json` prints, in the order of the names.
#[derive(Serialize)]
struct Document<'a> {
    bucket: &'a str,
    dataset: &'a str,
    s3_prefix: &'a str,
    #[serde(flatten)]
    selection: BTreeMap<&'static str, String>,
    snapshots: &'a [Row<'a>],
}

/// One row after the other: as values, all of them would be several times as large as their text.
impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        json_row(self).serialize(serializer)
    }
}

fn json_row(row: &Row<'_>) -> Value {
    let known = row.stored.filter(|_| row.health != Some(Health::Unread));
    let in_bucket = |field: fn(&Stored) -> Value| known.map_or(Value::Null, field);
    let mut value = json!({
        "name": row.name,
        "type": row.kind(),
        "health": row.health.map(|health| health.to_string()),
        "local_state": row.local_state(),
        "local_guid": row.local.map(|local| local.guid.to_string()),
        "parent": in_bucket(|stored| json!(stored.label.parent)),
        "guid": in_bucket(|stored| json!(stored.label.guid.map(|guid| guid.to_string()))),
        "size_bytes": in_bucket(|stored| json!(stored.label.size_bytes().ok().flatten())),
        "stored_bytes": in_bucket(|stored| json!(stored.head.size_bytes)),
        "compressor": in_bucket(|stored| json!(stored.label.compressor.as_deref().unwrap_or("none"))),
        "storage_class": in_bucket(|stored| json!(stored.head.storage_class.as_deref().unwrap_or("STANDARD"))),
        "key": row.stored.map(|stored| &stored.key),
    });
    let source = row.stored.map(|stored| stored.source).unwrap_or_default();
    if let (Some(value), true) = (value.as_object_mut(), source != Source::Metadata) {
        value.insert("facts".to_owned(), json!(source.word()));
    }
    value
}
