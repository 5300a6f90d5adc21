//! Pins: `z3 keep` makes one, `z3 unkeep` takes it away, and what is pinned stays whatever the policy says.
//!
//! A pin is a small object in the bucket, so that every machine knows it; what counts is that it is there.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::name::{Dataset, FullName, SnapName, Snapshot};
use crate::order::gathered;
use crate::run::Run;
use crate::store::StoreError;
use crate::vault::Vault;

/// What stands in a pin, for people.
#[derive(Serialize)]
struct PinNote {
    format: u32,
    program: &'static str,
}

fn name_of(snapshot: &FullName) -> String {
    format!("pins/{}", snapshot.as_str())
}

/// Those that are pinned. Fails if nobody can tell.
pub fn pinned(vault: &Vault, dataset: &Dataset) -> Result<BTreeSet<SnapName>> {
    let begin = format!("pins/{}", dataset.prefix());
    let names = vault.names(&begin)?;
    let own = names.iter().filter_map(|name| name.strip_prefix(&begin));
    Ok(gathered(own.map(SnapName::from)))
}

/// Whether one is pinned. Fails if nobody can tell.
pub fn is_pinned(vault: &Vault, snapshot: &FullName) -> Result<bool, StoreError> {
    vault.has_small(&name_of(snapshot))
}

/// Fails if one of these, which are gone, is pinned: somebody did so in the moment in which it was deleted.
pub fn too_late(vault: &Vault, dataset: &Dataset, gone: &BTreeSet<SnapName>) -> Result<()> {
    let pinned = pinned(vault, dataset)?;
    let Some(name) = pinned.intersection(gone).next() else {
        return Ok(());
    };
    Err(Error::refused(format!(
        "{} was pinned in the moment in which it was deleted, and is gone",
        dataset.full_name(name)
    ))
    .hint(format!(
        "a bucket with versions has it still; else 'z3 unkeep {name}' takes the pin away, which keeps nothing"
    )))
}

/// Pins a backup, by the part behind the `@` or the whole name; its snapshot, and whether that is new.
pub fn keep(run: &Run<'_>, wanted: &str) -> Result<(Snapshot, bool)> {
    let dataset = &run.settings.dataset;
    let snapshot = dataset.snapshot(&dataset.own_name(wanted))?;
    if run.vault.store.head(&run.vault.key(&snapshot))?.is_none() {
        return Err(not_stored(&snapshot));
    }
    let pin = PinNote {
        format: 1,
        program: concat!("z3 ", env!("CARGO_PKG_VERSION")),
    };
    let was = pinned(run.vault, dataset)?.contains(snapshot.name());
    if !was {
        run.vault.put(&name_of(&(&snapshot).into()), &pin)?;
        still_there(run.vault, &snapshot)?;
    }
    Ok((snapshot, !was))
}

/// Looks once more: a prune that did not see the pin has deleted the object before it was there.
fn still_there(vault: &Vault, snapshot: &Snapshot) -> Result<()> {
    if vault.store.head(&vault.key(snapshot))?.is_some() {
        return Ok(());
    }
    vault.remove(&name_of(&snapshot.into()))?;
    Err(Error::refused(format!(
        "{snapshot} has been deleted while it was being pinned"
    )))
}

/// Takes a pin away; its snapshot, and whether there was one.
pub fn unkeep(run: &Run<'_>, wanted: &str) -> Result<(Snapshot, bool)> {
    let dataset = &run.settings.dataset;
    let snapshot = dataset.snapshot(&dataset.own_name(wanted))?;
    let was = pinned(run.vault, dataset)?.contains(snapshot.name());
    if !was && run.vault.store.head(&run.vault.key(&snapshot))?.is_none() {
        return Err(not_stored(&snapshot));
    }
    if was {
        run.vault.remove(&name_of(&(&snapshot).into()))?;
    }
    Ok((snapshot, was))
}

fn not_stored(snapshot: &Snapshot) -> Error {
    Error::refused(format!("{snapshot} is not stored")).hint("'z3 status' shows what is")
}
