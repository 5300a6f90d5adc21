//! What `z3 check` looks at: the bucket alone, and the pool if it is asked for.
//!
//! Responsible for finding out when the newest backup was made with as few requests as that takes, and for uploads that stand
//! still. Not responsible for what that means ([`crate::plan`]).

use std::time::SystemTime;

use crate::catalog::{Catalog, Health, Scope, Stored, epoch_seconds};
use crate::error::{Error, Result};
use crate::name::SnapName;
use crate::order::sort_by_key;
use crate::plan::{Limits, NewestLocal, Seen, is_future};
use crate::run::Run;
use crate::store::{Kind, StoreError, Unfinished};
use crate::zfs::{self, Host};

/// So many uploads are asked for their newest part: anybody may have begun thousands.
const MOST_ASKED: usize = 20;

/// Looks at the backups of one dataset.
pub fn run(run: &Run<'_>, limits: &Limits, pool: bool) -> Result<Seen> {
    let selection = &run.settings.snapshots;
    let mut catalog = run.catalog(&[], &Scope::All)?;
    let now = run.vault.store.now();
    let seconds = epoch_seconds(now);
    learn_newest(run, &mut catalog, seconds)?;
    let mut seen = Seen::of(&catalog, selection, seconds);
    // What metadata promise of the newest, its first bytes have to keep.
    while let Some((name, _)) = seen.newest.as_ref()
        && catalog
            .get(name)
            .is_some_and(|stored| stored.first.is_none())
    {
        let name = name.clone();
        catalog.look(run.vault, &[name])?;
        seen = Seen::of(&catalog, selection, seconds);
    }
    if !limits.only_age {
        seen.uploads = uploads(run, limits, now)?;
    }
    if pool {
        seen.pool = Some(newest_local(run, &catalog).map_err(|error| error.to_string()));
    }
    Ok(seen)
}

/// Backups of the Python do not say when their snapshots were made; their bytes do. No snapshot is newer than its object, so
/// that only those have to be asked whose objects are newer than the newest that is known.
fn learn_newest(run: &Run<'_>, catalog: &mut Catalog, now: u64) -> Result<()> {
    let mut most = 1;
    loop {
        let asked = silent(run, catalog, now, most);
        if asked.is_empty() {
            return Ok(());
        }
        catalog.learn_creations(run.vault, &asked)?;
        most *= 2;
    }
}

/// Those that may be the newest and have not been asked, the newest objects first.
fn silent(run: &Run<'_>, catalog: &Catalog, now: u64, most: usize) -> Vec<SnapName> {
    let selection = &run.settings.snapshots;
    let healthy = |one: &&Stored| selection.matches(&one.name) && catalog.health(one) == Health::Ok;
    let made = |one: &Stored| one.creation().map(|made| made.seconds);
    let (known, unknown): (Vec<_>, Vec<_>) = catalog
        .iter()
        .filter(healthy)
        .partition(|one| is_settled(one));
    let known = known.into_iter().filter_map(made);
    let known = known.filter(|&seconds| !is_future(seconds, now)).max();
    let mut unknown: Vec<&Stored> = unknown
        .into_iter()
        .filter(|one| made(one) > known)
        .collect();
    sort_by_key(&mut unknown, |one| std::cmp::Reverse(one.stored_at()));
    unknown
        .into_iter()
        .take(most)
        .map(|one| one.name.clone())
        .collect()
}

/// Nothing more can be found out about when it was made.
fn is_settled(stored: &Stored) -> bool {
    stored.label.creation.is_some() || stored.first.is_some()
}

/// How many uploads are unfinished, and how many of them stand still. A server or a policy may keep them to itself.
fn uploads(run: &Run<'_>, limits: &Limits, now: SystemTime) -> Result<Option<(usize, usize)>> {
    let store = &run.vault.store;
    let prefix = run.vault.keys_of(&run.settings.dataset);
    let Some(uploads) = allowed(store.list_uploads(&prefix))? else {
        return Ok(None);
    };
    let old = |time: Option<SystemTime>| {
        let age = time.map(|time| now.duration_since(time).unwrap_or_default());
        age.is_some_and(|age| age > limits.max_age)
    };
    let begun_long_ago = uploads.iter().filter(|one| old(one.initiated));
    let (mut stale, mut asked) = (0, 0);
    for one in begun_long_ago {
        let newest = match asked < MOST_ASKED {
            true => newest_part(run, one)?,
            false => one.initiated,
        };
        asked += 1;
        stale += usize::from(old(newest));
    }
    Ok(Some((uploads.len(), stale)))
}

/// When something was added to it for the last time; one that is gone meanwhile is no matter.
fn newest_part(run: &Run<'_>, one: &Unfinished) -> Result<Option<SystemTime>> {
    let parts = match run.vault.store.list_parts(&one.upload) {
        Err(error) if error.kind == Kind::NotFound => return Ok(None),
        listed => allowed(listed)?.unwrap_or_default(),
    };
    let newest = parts.iter().filter_map(|part| part.modified).max();
    Ok(newest.or(one.initiated))
}

/// What a policy forbids, and what a server does not know, is not looked at.
fn allowed<T>(answer: Result<T, StoreError>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == Kind::Unknown => Err(error.into()),
        Err(error) => {
            log::info!("{error}");
            Ok(None)
        }
    }
}

fn newest_local(run: &Run<'_>, catalog: &Catalog) -> Result<Option<NewestLocal>> {
    let (dataset, selection) = (&run.settings.dataset, &run.settings.snapshots);
    let locals = zfs::list_snapshots(&Host::Local, dataset)?;
    if locals.is_empty() && !zfs::dataset_exists(&Host::Local, dataset)? {
        return Err(Error::refused(format!(
            "there is no dataset {dataset} here"
        )));
    }
    let mut meant = locals.iter().filter(|local| selection.matches(&local.name));
    Ok(meant.next_back().map(|local| {
        let backup = catalog.iter().find(|stored| stored.name == local.name);
        let backup = backup.filter(|stored| stored.label.may_be(local.guid));
        NewestLocal {
            name: local.name.clone(),
            creation: local.creation,
            stored: backup.is_some_and(|stored| catalog.health(stored) == Health::Ok),
        }
    }))
}
