//! The snapshots of a dataset.

use std::collections::BTreeMap;

use super::{Host, ask, existing, get};
use crate::error::{Error, Result};
use crate::name::Dataset;

const PROPERTIES: &str = "guid,createtxg,creation,referenced,userrefs";

/// A snapshot on a pool, with the properties that zfs keeps of it (`zfsprops(7)`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalSnapshot {
    /// The name after the `@`.
    pub name: String,
    /// Its identity, the same in every pool that has received it.
    pub guid: u64,
    /// The transaction group that made it, which orders the snapshots of one dataset.
    pub createtxg: Option<u64>,
    /// When it was made, in seconds since 1970.
    pub creation: u64,
    /// Bytes that it refers to on the disks.
    pub referenced: u64,
    /// How many holds it has (`userrefs`).
    pub holds: u64,
}

/// The dataset's own snapshots, the oldest first; none if there is no such dataset.
pub fn list_snapshots(host: &Host, dataset: &Dataset) -> Result<Vec<LocalSnapshot>> {
    let cmd = get(["-d", "1", "-o", "name,property,value", PROPERTIES]).arg(dataset.as_str());
    match existing(ask(host, cmd), dataset.as_str())? {
        Some(text) => snapshots_in(&text, dataset),
        None => Ok(Vec::new()),
    }
}

/// The answer has the dataset itself, its children, snapshots and bookmarks; without the first it is no answer.
pub(super) fn snapshots_in(text: &str, dataset: &Dataset) -> Result<Vec<LocalSnapshot>> {
    let mut answered = false;
    let mut found: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [full_name, property, value] = *fields else {
            return Err(odd(dataset, line, "name, property and value"));
        };
        let belongs = "names that belong to the dataset";
        let below = full_name
            .strip_prefix(dataset.as_str())
            .ok_or_else(|| odd(dataset, line, belongs))?;
        if let Some(name) = below.strip_prefix('@') {
            found.entry(name).or_default().insert(property, value);
        } else if below.is_empty() {
            answered = true;
        } else if !below.starts_with(['/', '#']) {
            return Err(odd(dataset, line, belongs));
        }
    }
    if !answered {
        return Err(odd(dataset, "", "the dataset itself"));
    }
    let mut snapshots = found
        .into_iter()
        .map(|(name, properties)| snapshot_of(dataset, name, &properties))
        .collect::<Result<Vec<_>>>()?;
    let numbered = snapshots.iter().all(|one| one.createtxg.is_some());
    snapshots.sort_by_key(|one| match one.createtxg {
        Some(group) if numbered => group,
        _ => one.creation,
    });
    Ok(snapshots)
}

fn snapshot_of(
    dataset: &Dataset,
    name: &str,
    properties: &BTreeMap<&str, &str>,
) -> Result<LocalSnapshot> {
    let text = |property| properties.get(property).copied().unwrap_or("-");
    let number = |property| {
        let what = || format!("@{name} {property} {}", text(property));
        text(property)
            .parse::<u64>()
            .map_err(|_| odd(dataset, &what(), "a number"))
    };
    Ok(LocalSnapshot {
        name: name.to_owned(),
        guid: number("guid")?,
        createtxg: match text("createtxg") {
            "-" => None,
            _ => Some(number("createtxg")?),
        },
        creation: number("creation")?,
        referenced: number("referenced")?,
        holds: match text("userrefs") {
            "-" => 0,
            _ => number("userrefs")?,
        },
    })
}

fn odd(dataset: &Dataset, got: &str, expected: &str) -> Error {
    Error::refused(format!(
        "zfs get {PROPERTIES} {dataset}: expected {expected}, got '{got}'"
    ))
}
