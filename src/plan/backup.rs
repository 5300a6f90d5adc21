//! What to send.

use std::iter;

use super::healthy;
use crate::catalog::{Catalog, Scope, Stored};
use crate::error::{Error, Result};
use crate::name::{Dataset, Snapshot};
use crate::zfs::LocalSnapshot;

/// One send stream that becomes one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupStep {
    /// The snapshot to send.
    pub snapshot: Snapshot,
    /// What zfs knows of it.
    pub local: LocalSnapshot,
    /// The incremental source and its guid, `None` for a full.
    pub base: Option<(Snapshot, u64)>,
    /// The ETag of the stored backup that this one replaces.
    pub replaces: Option<String>,
}

impl BackupStep {
    /// The incremental source.
    pub fn from(&self) -> Option<&Snapshot> {
        self.base.as_ref().map(|(base, _)| base)
    }

    fn new(dataset: &Dataset, local: &LocalSnapshot, base: Option<&LocalSnapshot>) -> Result<Self> {
        let base = match base {
            Some(base) => Some((dataset.snapshot(&base.name)?, base.guid)),
            None => None,
        };
        Ok(Self {
            snapshot: dataset.snapshot(&local.name)?,
            local: local.clone(),
            base,
            replaces: None,
        })
    }
}

/// What [`full`], or [`incremental`], has to know of the bucket.
pub fn scope(
    dataset: &Dataset,
    locals: &[LocalSnapshot],
    prefix: &str,
    wanted: Option<&str>,
    full: bool,
) -> Result<Scope> {
    let (chain, last) = up_to(dataset, locals, prefix, wanted)?;
    Ok(match full {
        true => Scope::AllIfStored(last.name.clone()),
        false => Scope::LastOf(chain.iter().map(|local| local.name.clone()).collect()),
    })
}

/// The plan of `backup --full`: one step for the wanted snapshot (the latest unless named). It replaces a stored backup of
/// the same name only if that cannot break a chain.
pub fn full(
    dataset: &Dataset,
    locals: &[LocalSnapshot],
    prefix: &str,
    catalog: &Catalog,
    wanted: Option<&str>,
) -> Result<Vec<BackupStep>> {
    let (_, local) = up_to(dataset, locals, prefix, wanted)?;
    let mut step = BackupStep::new(dataset, local, None)?;
    if let Some(stored) = catalog.get(&local.name) {
        replaceable(dataset, catalog, stored, local)?;
        step.replaces = Some(stored.head.etag.clone());
    }
    Ok(vec![step])
}

/// The plan of `backup`: from the newest stored snapshot that the pool still has up to the wanted one (the latest unless
/// named), one increment for each. On the first run the oldest matching snapshot goes in full.
pub fn incremental(
    dataset: &Dataset,
    locals: &[LocalSnapshot],
    prefix: &str,
    catalog: &Catalog,
    wanted: Option<&str>,
) -> Result<Vec<BackupStep>> {
    let (chain, latest) = up_to(dataset, locals, prefix, wanted)?;
    let base = newest_common(dataset, catalog, &chain)?;
    if base.is_none() && catalog.names().any(|name| name.starts_with(prefix)) {
        return Err(Error::refused(format!(
            "no snapshot of {dataset} up to @{} is both stored and still in the pool: an incremental has nothing to start from",
            latest.name
        ))
        .hint("'z3 backup --full' starts a new chain"));
    }
    let bases = iter::once(None).chain(chain.iter().copied().map(Some));
    let links = chain.iter().zip(bases);
    links
        .skip(base.map_or(0, |base| base + 1))
        .map(|(local, base)| BackupStep::new(dataset, local, base))
        .collect()
}

/// Index of the newest snapshot of the chain that is stored. A stored backup that is broken, or that is another snapshot
/// under the same name, stops everything.
fn newest_common(
    dataset: &Dataset,
    catalog: &Catalog,
    chain: &[&LocalSnapshot],
) -> Result<Option<usize>> {
    for (index, local) in chain.iter().enumerate().rev() {
        if let Some(stored) = catalog.get(&local.name) {
            same_snapshot(dataset, stored, local)?;
            healthy(catalog, dataset.as_str(), stored)?;
            return Ok(Some(index));
        }
    }
    Ok(None)
}

fn same_snapshot(dataset: &Dataset, stored: &Stored, local: &LocalSnapshot) -> Result<()> {
    if stored.may_be(local.guid) {
        return Ok(());
    }
    Err(Error::refused(format!(
        "{dataset}@{} is stored with guid {}, but the pool's snapshot of that name has guid {}: another snapshot",
        local.name,
        stored.guid.unwrap_or_default(),
        local.guid
    ))
    .hint("'z3 backup --full' of a later snapshot starts a new chain and overwrites nothing"))
}

/// `--full` over a stored backup: the same snapshot may be sent again, and anything that no other backup hangs on.
fn replaceable(
    dataset: &Dataset,
    catalog: &Catalog,
    stored: &Stored,
    local: &LocalSnapshot,
) -> Result<()> {
    let same = stored.guid == Some(local.guid);
    match catalog.children_of(&stored.name).next() {
        Some(child) if !same => Err(Error::refused(format!(
            "{dataset}@{} is stored already and {dataset}@{} is an increment on it: overwriting could break that chain",
            stored.name, child.name
        ))
        .hint("'z3 backup --full' of a later snapshot starts a new chain and overwrites nothing")),
        _ => Ok(()),
    }
}

/// The snapshots whose names begin with SNAPSHOT_PREFIX up to the wanted one, oldest first, and that one. `wanted` is the
/// name after the `@`, or the full name; without it the latest is meant.
fn up_to<'a>(
    dataset: &Dataset,
    locals: &'a [LocalSnapshot],
    prefix: &str,
    wanted: Option<&str>,
) -> Result<(Vec<&'a LocalSnapshot>, &'a LocalSnapshot)> {
    let matching = locals.iter().filter(|local| local.name.starts_with(prefix));
    let mut chain: Vec<&LocalSnapshot> = matching.collect();
    if let Some(wanted) = wanted {
        let name = own_name(dataset, wanted);
        let found = chain.iter().position(|local| local.name == name);
        let last = found.ok_or_else(|| {
            Error::refused(format!(
                "no snapshot {dataset}@{name} among those that begin with SNAPSHOT_PREFIX \"{prefix}\""
            ))
            .hint("'zfs list -t snapshot' lists what is there; --snapshot-prefix changes the prefix")
        })?;
        chain.truncate(last + 1);
    }
    let last = *chain.last().ok_or_else(|| {
        Error::refused(format!(
            "Nothing to backup for filesystem \"{dataset}\". Are you sure SNAPSHOT_PREFIX=\"{prefix}\" is correct?"
        ))
    })?;
    Ok((chain, last))
}

/// The part after the `@` of a name of this dataset, whether it was given whole or not.
pub fn own_name<'a>(dataset: &Dataset, wanted: &'a str) -> &'a str {
    wanted
        .strip_prefix(dataset.as_str())
        .and_then(|rest| rest.strip_prefix('@'))
        .unwrap_or(wanted)
}
