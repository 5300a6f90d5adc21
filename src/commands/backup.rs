//! `z3 backup`: plans, then sends one snapshot after the other and announces each as soon as it is stored.

use std::collections::BTreeSet;

use super::output::print;
use super::session::Session;
use crate::args;
use crate::backup::{Backup, Holds, unchanged};
use crate::codec::Compressor;
use crate::error::{Error, Result};
use crate::lock::RunLock;
use crate::name::Dataset;
use crate::plan::{BackupStep, Candidates};
use crate::progress;
use crate::size;
use crate::upload::{Earlier, Uploader};
use crate::zfs::{self, Host, LocalSnapshot};

/// Runs the command.
pub fn run(session: &Session, options: &args::Backup, progress: progress::Mode) -> Result<()> {
    let dataset = session.settings.pool.dataset()?;
    let lock = (!options.dry_run).then(|| session.lock(dataset));
    let lock = lock.transpose()?;
    let alone = lock.as_ref().is_some_and(RunLock::is_held);
    let locals = zfs::list_snapshots(&Host::Local, dataset)?;
    let steps = steps(session, options, &locals)?;
    let name = &session.settings.compressor;
    let compressor =
        Compressor::parse(name).ok_or_else(|| Error::refused(format!("no compressor '{name}'")))?;
    let backup = Backup {
        vault: &session.vault,
        settings: &session.settings,
        compressor,
        progress,
        resume: alone && !options.no_resume,
    };
    if options.dry_run {
        return dry_run(session, &backup, &steps, options);
    }
    if steps.is_empty() {
        log::info!("nothing to back up: the bucket has it all");
    }
    let uploader = session.uploader();
    let mut earlier = match alone {
        true => leftovers(session, options, &locals, &steps, &uploader)?,
        false => Vec::new(),
    };
    let holds = Holds::take(&backup, dataset, &locals, &steps, &earlier)?;
    let mut untold = None;
    for step in &steps {
        unchanged(step)?;
        let key = session.vault.key(&step.snapshot);
        let own = earlier.extract_if(.., |earlier| earlier.upload.key == key);
        let (own, keep) = (own.collect(), holds.keeper(step));
        let estimate = backup.estimate(step)?;
        backup.send(&uploader, step, estimate, own, keep, || {
            // A full disk under the log stops no backup, and is told at the end.
            if let Err(error) = print(&announcement(step, estimate, options)) {
                untold.get_or_insert(error);
            }
            Ok(())
        })?;
        holds.stored(step);
    }
    untold.map_or(Ok(()), Err)
}

/// The unfinished uploads that are of use: of what this run sends, and of what only another one can want, of another
/// SNAPSHOT_PREFIX or beyond `--snapshot`. Nobody goes on with the others, and their holds would stay for ever.
fn leftovers(
    session: &Session,
    options: &args::Backup,
    locals: &[LocalSnapshot],
    steps: &[BackupStep],
    uploader: &Uploader,
) -> Result<Vec<Earlier>> {
    let pool = &session.settings.pool;
    let planned: BTreeSet<u64> = steps.iter().map(|step| step.local.guid).collect();
    let wanted = locals.iter().filter(|local| {
        let ours = local.name.starts_with(&pool.snapshot_prefix) && options.snapshot.is_none();
        !ours || planned.contains(&local.guid)
    });
    let wanted: Vec<&str> = wanted.map(|local| local.name.as_str()).collect();
    uploader.survey(&session.vault.keys_of(pool.dataset()?), &wanted)
}

fn steps(
    session: &Session,
    options: &args::Backup,
    locals: &[LocalSnapshot],
) -> Result<Vec<BackupStep>> {
    let dataset = session.settings.pool.dataset()?;
    let prefix = &session.settings.pool.snapshot_prefix;
    let candidates = Candidates::find(dataset, locals, prefix, options.snapshot.as_deref())
        .map_err(|error| absent(error, dataset, locals))?;
    let mut catalog = session.catalog(dataset, locals, &candidates.scope(options.full))?;
    if options.full {
        return candidates.full(&catalog);
    }
    let steps = candidates.incremental(&catalog)?;
    match steps.first().map(|step| step.base.as_ref()) {
        // A backup that is not one is told of on the day when nothing is new, too: by its first bytes alone.
        None => catalog.look(&session.vault, std::iter::once(candidates.last_name()))?,
        Some(None) => return Ok(steps),
        Some(Some((_, guid))) => match locals.iter().find(|local| local.guid == *guid) {
            None => return Ok(steps),
            Some(base) => session.examine(&mut catalog, dataset, &base.name)?,
        },
    }
    candidates.incremental(&catalog)
}

/// Says that a dataset is not there at all, which looks like one without snapshots.
fn absent(error: Error, dataset: &Dataset, locals: &[LocalSnapshot]) -> Error {
    let there = !locals.is_empty() || zfs::dataset_exists(&Host::Local, dataset).unwrap_or(true);
    match there {
        true => error,
        false => error.hint(format!(
            "there is no dataset {dataset} here: is its pool imported, was it renamed? 'zfs list' shows what there is"
        )),
    }
}

/// The commands, then the announcements, in the original's order.
fn dry_run(
    session: &Session,
    backup: &Backup<'_>,
    steps: &[BackupStep],
    options: &args::Backup,
) -> Result<()> {
    let mut announcements = String::new();
    for step in steps {
        let estimate = backup.estimate(step)?;
        let line = backup.shell_text(session.program("pput"), step, estimate);
        print(&format!("{line}\n"))?;
        announcements += &announcement(step, estimate, options);
    }
    print(&announcements)
}

/// The original's spelling, which scripts wait for.
fn announcement(step: &BackupStep, estimate: u64, options: &args::Backup) -> String {
    let (snapshot, size) = (&step.snapshot, size::humanize(estimate));
    match options.parseable {
        true => format!("{snapshot}\0{estimate}\n"),
        false => format!("Successfuly backed up {snapshot}: {size}.\n"),
    }
}
