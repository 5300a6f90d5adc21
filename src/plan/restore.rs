//! What to receive.

use std::collections::BTreeSet;

use super::healthy;
use crate::catalog::{Catalog, Stored};
use crate::error::{Error, Result};
use crate::name::{self, Dataset, SnapName};
use crate::order::gathered;
use crate::pipeline::Cmd;
use crate::zfs::LocalSnapshot;

/// Where backups are received: the dataset that they are of, or another one.
#[derive(Debug, Clone, Copy)]
pub struct Receiver<'a> {
    /// The dataset.
    pub dataset: &'a Dataset,
    /// Its snapshots.
    pub locals: &'a [LocalSnapshot],
}

/// The backups to receive, oldest first, so that `wanted` is in the pool: from the last full, or from what the pool already
/// has. Empty if the pool has it. All of them can be read now.
pub fn restore<'a>(
    dataset: &Dataset,
    receiver: Receiver<'_>,
    catalog: &'a Catalog,
    wanted: &SnapName,
) -> Result<Vec<&'a Stored>> {
    let steps = chain(dataset, receiver, catalog, wanted)?;
    readable(dataset, &steps)?;
    Ok(steps)
}

/// The same, whether they can be read or lie in an archive class.
pub fn chain<'a>(
    dataset: &Dataset,
    receiver: Receiver<'_>,
    catalog: &'a Catalog,
    wanted: &SnapName,
) -> Result<Vec<&'a Stored>> {
    let target = catalog.get(wanted);
    let target = target.ok_or_else(|| not_stored(dataset, wanted))?;
    let mut steps = Vec::new();
    let mut current = Some(target);
    while let Some(stored) = current {
        if receiver.has(stored)? {
            break;
        }
        steps.push(healthy(catalog, stored)?);
        current = catalog.parent_of(stored);
    }
    steps.reverse();
    Ok(steps)
}

/// The whole chain of a backup, from its full, or from where it is broken. Nothing is refused but a name that is not stored.
pub fn links<'a>(
    dataset: &Dataset,
    catalog: &'a Catalog,
    wanted: &SnapName,
) -> Result<Vec<&'a Stored>> {
    let last = catalog.get(wanted);
    let last = last.ok_or_else(|| not_stored(dataset, wanted))?;
    let mut links = vec![last];
    let mut seen: BTreeSet<&SnapName> = gathered([&last.name]);
    let mut next = catalog.parent_of(last);
    while let Some(stored) = next.filter(|stored| seen.insert(&stored.name)) {
        links.push(stored);
        next = catalog.parent_of(stored);
    }
    links.reverse();
    Ok(links)
}

/// The refusal of a name that is not in the bucket. The name of another dataset's snapshot may well be there.
pub fn not_stored(dataset: &Dataset, name: &SnapName) -> Error {
    let full_name = dataset.full_name(name);
    let error = Error::refused(format!("no such snapshot \"{full_name}\" in the bucket"));
    let other = name::split(name.as_str()).map(|(other, _)| Dataset::parse(other));
    let no_name = || dataset.snapshot(name).is_err();
    error.hint(match other {
        Some(Ok(other)) => format!("--dataset {other} is for the snapshots of that dataset"),
        _ if no_name() => "a snapshot is named by the part behind the @, or as DATASET@SNAPSHOT; what else is named comes behind it"
            .to_owned(),
        _ => format!(
            "'z3 status' lists what is stored of {dataset}, --dataset names another one; --snapshot-prefix '' shows every snapshot"
        ),
    })
}

impl Receiver<'_> {
    /// Whether it has this snapshot already, under whatever name; another one of the same name stops the restore.
    pub fn has(&self, stored: &Stored) -> Result<bool> {
        let Self { dataset, locals } = self;
        match locals.iter().find(|local| local.name == stored.name) {
            None => Ok(locals
                .iter()
                .any(|local| Some(local.guid) == stored.label.guid)),
            Some(local) if stored.label.may_be(local.guid) => Ok(true),
            Some(local) => Err(Error::refused(format!(
                "{} is in the pool with guid {}, the stored one has guid {}: another snapshot",
                dataset.full_name(&local.name),
                local.guid,
                stored.label.guid.unwrap_or_default()
            ))
            .hint("rename or destroy the one in the pool, or restore into another dataset (--to)")),
        }
    }
}

/// Refuses before the first byte if any object of the chain lies in an archive class, and names them all.
fn readable(dataset: &Dataset, steps: &[&Stored]) -> Result<()> {
    let archived = steps.iter().filter(|step| step.head.archived);
    let archived: Vec<&str> = archived.map(|step| step.key.as_str()).collect();
    let (Some(last), false) = (steps.last(), archived.is_empty()) else {
        return Ok(());
    };
    let thaw = Cmd::new("z3").args(["--dataset", dataset.as_str(), "thaw", last.name.as_str()]);
    Err(Error::refused(format!(
        "archived, without a readable copy: {}",
        archived.join(", ")
    ))
    .hint(format!(
        "'{thaw}' asks for copies of them, which take hours; 'z3 restore --thaw' does that, waits, and restores"
    )))
}
