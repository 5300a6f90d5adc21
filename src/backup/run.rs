//! A run of `z3 backup`: plans, then sends one snapshot after the other and tells of each as soon as it is stored.

use std::collections::BTreeSet;

use super::{Backup, Bookmarks, Holds, Manner, UpToDate, bookmarks, rotation, unchanged};
use crate::catalog::Catalog;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::lock::RunLock;
use crate::name::Dataset;
use crate::plan::{BackupStep, Candidates, Turns};
use crate::renamed;
use crate::run::Run;
use crate::upload::{Earlier, Uploaded, Uploader};
use crate::zfs::{self, Host, LocalSnapshot};

/// What is said where there is nothing to do.
const NOTHING: &str = "nothing to back up: the bucket has it all";

/// What is asked of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct BackupRequest<'a> {
    /// The snapshot to end with; else the newest that is wanted.
    pub last: Option<&'a str>,
    /// It is sent in full, and nothing else is.
    pub full: bool,
    /// To go on with uploads that were cut off.
    pub resume: bool,
    /// Nothing is changed, in the pool or in the bucket.
    pub dry: bool,
    /// There is nothing to do, which was found out [ahead](super::Ahead) of the run.
    pub up_to_date: Option<UpToDate>,
}

/// What a run tells of.
pub enum BackupEvent<'a> {
    /// No other run is at work on the dataset, and this one begins.
    Begun,
    /// A step of a dry run, with the estimated length of its stream in bytes.
    Planned(&'a Backup<'a>, &'a BackupStep, u64),
    /// A step whose object is stored, with the same, and the object.
    Stored(&'a BackupStep, u64, &'a Uploaded),
}

/// What a run has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BackupDone {
    /// How many snapshots are stored now that were not before.
    pub snapshots: usize,
    /// The length of their objects in bytes.
    pub stored_bytes: u64,
    /// When the newest snapshot that is meant was made, in seconds since 1970, if it was to be stored.
    pub newest: Option<u64>,
    /// Why there was nothing to store where the bucket does not have it all, in a word: `empty`, `gone`.
    pub nothing: Option<&'static str>,
}

/// Where events go. What cannot be told stops no backup; the first failure is returned at the end.
pub type TellBackup<'t> = &'t mut dyn FnMut(BackupEvent<'_>) -> Result<()>;

/// Backs up one dataset.
pub fn run(run: &Run<'_>, request: &BackupRequest<'_>, tell: TellBackup<'_>) -> Result<BackupDone> {
    let lock = (!request.dry).then(|| run.lock()).transpose()?;
    if lock.is_some() {
        tell(BackupEvent::Begun)?;
    }
    if let Some(UpToDate { newest }) = request.up_to_date {
        log::info!("{NOTHING}");
        return Ok(BackupDone {
            newest: Some(newest),
            ..BackupDone::default()
        });
    }
    let alone = lock.as_ref().is_some_and(RunLock::is_held);
    let locals = zfs::list_snapshots(&Host::Local, &run.settings.dataset)?;
    if request.last.is_none() && may_be_empty(run.settings, &locals)? {
        log::info!("nothing to back up: no snapshot is wanted, which ALLOW_EMPTY allows");
        return Ok(BackupDone {
            nothing: Some("empty"),
            ..BackupDone::default()
        });
    }
    let Intended {
        mut steps,
        mut catalog,
        stored,
    } = plan(run, request, &locals)?;
    renamed::tell(run, &catalog, &steps);
    let mut manner = Manner::choose(run, &locals, &mut catalog, &mut steps)?;
    let turns = std::mem::take(&mut manner.turns);
    let backup = Backup {
        run,
        manner,
        resume: alone && request.resume,
    };
    if request.dry {
        for step in &steps {
            let estimate = step.send().estimate(&step.local)?;
            tell(BackupEvent::Planned(&backup, step, estimate))?;
        }
        return Ok(BackupDone::default());
    }
    if steps.is_empty() {
        log::info!("{NOTHING}");
    }
    let uploader = run.uploader();
    let earlier = match alone {
        true => leftovers(run, request, &locals, &steps, &uploader)?,
        false => Vec::new(),
    };
    let holds = Holds::take(run, &locals, &steps, &earlier)?;
    let mut bookmarks = Bookmarks::find(run);
    // Whoever stored it may have been killed before it left one.
    stored.iter().for_each(|stored| bookmarks.advance(stored));
    let mut kept = Kept {
        holds,
        bookmarks,
        turns,
    };
    let done = send(&backup, &uploader, &steps, earlier, &mut kept, tell)?;
    let newest = newest(run.settings, &locals).filter(|_| request.last.is_none());
    Ok(BackupDone { newest, ..done })
}

/// When the newest of those that are meant was made: after a run that goes to the end of them, it is stored.
fn newest(settings: &Settings, locals: &[LocalSnapshot]) -> Option<u64> {
    let mut newest_first = locals.iter().rev();
    let newest = newest_first.find(|local| settings.snapshots.matches(&local.name));
    newest.map(|local| local.creation)
}

/// Whether there is no snapshot that is wanted, and need not be one. A dataset that is not there is not empty.
fn may_be_empty(settings: &Settings, locals: &[LocalSnapshot]) -> Result<bool> {
    let mut names = locals.iter().map(|local| &local.name);
    let wanted = names.any(|name| settings.snapshots.matches(name));
    Ok(settings.allow_empty && !wanted && zfs::dataset_exists(&Host::Local, &settings.dataset)?)
}

/// What a run knows from one step to the next: what keeps the next increment possible, and whether it shall be one.
struct Kept {
    holds: Holds,
    bookmarks: Bookmarks,
    turns: Turns,
}

fn send(
    backup: &Backup<'_>,
    uploader: &Uploader,
    steps: &[BackupStep],
    mut earlier: Vec<Earlier>,
    kept: &mut Kept,
    tell: TellBackup<'_>,
) -> Result<BackupDone> {
    let (mut done, mut untold) = (BackupDone::default(), None);
    for (at, step) in steps.iter().enumerate() {
        let step = &rotation::next(backup.run, &kept.turns, at, step)?;
        unchanged(step)?;
        let key = backup.run.vault.key(&step.snapshot);
        let own = earlier.extract_if(.., |earlier| earlier.upload.key == key);
        let (own, keep) = (own.collect(), kept.holds.keeper(step));
        let estimate = step.send().estimate(&step.local)?;
        backup.send(uploader, step, estimate, own, keep, |outcome| {
            done.snapshots += 1;
            done.stored_bytes += outcome.size_bytes;
            kept.turns.stored(step, outcome.size_bytes);
            // A full disk under the log stops no backup, and is told at the end.
            if let Err(error) = tell(BackupEvent::Stored(step, estimate, outcome)) {
                untold.get_or_insert(error);
            }
        })?;
        // While its snapshot is held, and before its base is let go.
        kept.bookmarks.advance(&step.local);
        kept.holds.stored(step);
    }
    untold.map_or(Ok(done), Err)
}

/// The unfinished uploads that are of use: of what this run sends, and of what only another one can want, of another
/// SNAPSHOT_PREFIX or beyond `--snapshot`. Nobody goes on with the others, and their holds would stay for ever.
fn leftovers(
    run: &Run<'_>,
    request: &BackupRequest<'_>,
    locals: &[LocalSnapshot],
    steps: &[BackupStep],
    uploader: &Uploader,
) -> Result<Vec<Earlier>> {
    let selection = &run.settings.snapshots;
    let planned: BTreeSet<u64> = steps.iter().map(|step| step.local.guid).collect();
    let wanted = locals.iter().filter(|local| {
        let ours = selection.matches(&local.name) && request.last.is_none();
        !ours || planned.contains(&local.guid)
    });
    let wanted: Vec<&str> = wanted.map(|local| local.name.as_str()).collect();
    uploader.survey(&run.vault.keys_of(&run.settings.dataset), &wanted)
}

/// What is to be sent, and what it was decided by.
struct Intended<'a> {
    steps: Vec<BackupStep>,
    catalog: Catalog,
    /// The newest snapshot that is stored and in the pool.
    stored: Option<&'a LocalSnapshot>,
}

fn plan<'a>(
    run: &'a Run<'_>,
    request: &BackupRequest<'_>,
    locals: &'a [LocalSnapshot],
) -> Result<Intended<'a>> {
    let (dataset, selection) = (&run.settings.dataset, &run.settings.snapshots);
    let candidates = Candidates::find(dataset, locals, selection, request.last)
        .map_err(|error| absent(error, dataset, locals))?;
    let mut catalog = run.catalog(locals, &candidates.scope(request.full))?;
    if request.full {
        return Ok(Intended {
            steps: candidates.full(&catalog)?,
            catalog,
            stored: None,
        });
    }
    let marked = bookmarks::base(run, locals, &candidates, &mut catalog)?;
    let steps = candidates.incremental(&catalog, marked.as_ref())?;
    match steps.first().map(BackupStep::parent) {
        // A backup that is not one is told of on the day when nothing is new, too: by its first bytes alone.
        None => catalog.look(run.vault, std::iter::once(candidates.last().name.as_str()))?,
        Some(None) => {}
        Some(Some(parent)) => run.examine(&mut catalog, parent.name())?,
    }
    Ok(Intended {
        // Once more, with what was seen there.
        steps: candidates.incremental(&catalog, marked.as_ref())?,
        stored: candidates.stored(&catalog)?,
        catalog,
    })
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
