//! A dataset that was renamed, and whose backups are stored under its old name.
//!
//! Responsible for saying so, where its first full is about to be sent: it may be large, and renaming it back would spare that.
//! Chains are never linked across names, as every listing is of one name. Whatever cannot be found out is not said.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Stored};
use crate::error::Result;
use crate::name::{self, Dataset};
use crate::plan::BackupStep;
use crate::run::Run;
use crate::zfs;

/// So many pages of the bucket are read for it, and so many objects looked at.
const PAGES: usize = 4;
const OBJECTS: usize = 8;

/// Says it, if nothing is stored under this name.
pub fn tell(run: &Run<'_>, catalog: &Catalog, steps: &[BackupStep]) {
    let Some(first) = steps.first().filter(|_| catalog.names().next().is_none()) else {
        return;
    };
    match former(run, first) {
        Ok(Some(old)) => log::info!(
            "{} looks like {old}, as it was called when it was stored: under its new name it is sent in full, and the backups of {old} stay as they are",
            run.settings.dataset
        ),
        Ok(None) => {}
        Err(error) => log::debug!("{error}"),
    }
}

/// A dataset of the same pool that is not there any more, and of which the same snapshot is stored.
fn former(run: &Run<'_>, first: &BackupStep) -> Result<Option<Dataset>> {
    let (vault, name) = (run.vault, &first.local.name);
    let pool = run.settings.dataset.pool();
    let mut others = BTreeSet::new();
    let mut take = |key: String| {
        let full_name = vault.named(&key).and_then(name::split);
        let same = full_name.filter(|(_, part)| *part == name.as_str());
        others.extend(same.and_then(|(other, _)| Dataset::parse(other).ok()));
        true
    };
    vault
        .aside
        .list_some(&vault.begin(pool), PAGES, &mut take)?;
    if others.is_empty() {
        return Ok(None);
    }
    let names = zfs::dataset_names(pool)?;
    for there in names.lines().flat_map(Dataset::parse) {
        others.remove(&there);
    }
    for other in others.into_iter().take(OBJECTS) {
        let key = vault.key(&other.snapshot(name)?);
        let head = vault.aside.head(&key)?;
        let stored = head.map(|head| Stored::new(name, &key, head));
        if stored.is_some_and(|stored| stored.label.guid == Some(first.local.guid)) {
            return Ok(Some(other));
        }
    }
    Ok(None)
}
