//! A run of `z3 backup`: plans, then sends one snapshot after the other and tells of each as soon as it is stored.

use std::collections::BTreeSet;

use super::{Backup, Bookmarks, Holds, Intended, Manner, explained, rotation};
use crate::error::Result;
use crate::lock::RunLock;
use crate::name::SnapName;
use crate::order::gathered;
use crate::plan::{BackupStep, Turns};
use crate::renamed;
use crate::run::Run;
use crate::upload::{Earlier, Uploaded, Uploader};
use crate::zfs::{self, Estimator, Host, LocalSnapshot};

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
    /// There is nothing to do, which was found out [ahead](crate::ahead) of the run.
    pub up_to_date: Option<UpToDate>,
}

/// The bucket has all that is wanted of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpToDate {
    /// When the newest snapshot that is meant was made, in seconds since 1970.
    pub newest: u64,
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
    let here = Situation {
        run,
        request,
        locals: &zfs::list_snapshots(&Host::Local, &run.settings.dataset)?,
        alone: lock.as_ref().is_some_and(RunLock::is_held),
    };
    if request.last.is_none() && here.may_be_empty()? {
        log::info!("nothing to back up: no snapshot is wanted, which ALLOW_EMPTY allows");
        return Ok(BackupDone {
            nothing: Some("empty"),
            ..BackupDone::default()
        });
    }
    let mut intended = Intended::of(run, request, here.locals)?;
    renamed::tell(run, &intended.catalog, &intended.steps);
    let (catalog, steps) = (&mut intended.catalog, &mut intended.steps);
    let mut manner = Manner::choose(run, here.locals, catalog, steps)?;
    let turns = std::mem::take(&mut manner.turns);
    let backup = Backup {
        run,
        manner,
        resume: here.alone && request.resume,
    };
    match request.dry {
        true => show(&backup, steps, tell),
        false => here.store(&backup, &intended, turns, tell),
    }
}

/// Tells the steps of a dry run.
fn show(backup: &Backup<'_>, steps: &[BackupStep], tell: TellBackup<'_>) -> Result<BackupDone> {
    let mut estimator = Estimator::default();
    for step in steps {
        let estimate = estimator.of(&step.send(), &step.local)?;
        tell(BackupEvent::Planned(backup, step, estimate))?;
    }
    Ok(BackupDone::default())
}

/// A run, and what it finds on this machine.
struct Situation<'a> {
    run: &'a Run<'a>,
    request: &'a BackupRequest<'a>,
    locals: &'a [LocalSnapshot],
    /// No other run is at work on the dataset, on this machine and for all that is known.
    alone: bool,
}

impl Situation<'_> {
    /// Whether there is no snapshot that is wanted, and need not be one. A dataset that is not there is not empty.
    fn may_be_empty(&self) -> Result<bool> {
        let settings = self.run.settings;
        let mut names = self.locals.iter().map(|local| &local.name);
        let wanted = names.any(|name| settings.snapshots.matches(name));
        Ok(
            settings.allow_empty
                && !wanted
                && zfs::dataset_exists(&Host::Local, &settings.dataset)?,
        )
    }

    /// Sends what is intended.
    fn store(
        &self,
        backup: &Backup<'_>,
        intended: &Intended<'_>,
        turns: Turns,
        tell: TellBackup<'_>,
    ) -> Result<BackupDone> {
        let steps = &intended.steps;
        if steps.is_empty() {
            log::info!("{NOTHING}");
        }
        let uploader = self.run.uploader();
        let earlier = match self.alone {
            true => self.leftovers(steps, &uploader)?,
            false => Vec::new(),
        };
        let holds = Holds::take(self.run, self.locals, steps, &earlier)?;
        let mut bookmarks = Bookmarks::find(self.run);
        // Whoever stored it may have been killed before it left one.
        let stored = intended.stored.into_iter();
        stored.for_each(|stored| bookmarks.advance(stored));
        let mut kept = Kept {
            holds,
            bookmarks,
            turns,
        };
        let done = send(backup, &uploader, steps, earlier, &mut kept, tell)?;
        Ok(BackupDone {
            newest: self.newest(),
            ..done
        })
    }

    /// When the newest of those that are meant was made, which is stored at the end of a run that goes to the end of them.
    fn newest(&self) -> Option<u64> {
        let mut newest_first = self.locals.iter().rev();
        let newest = newest_first.find(|local| self.run.settings.snapshots.matches(&local.name));
        let newest = newest.filter(|_| self.request.last.is_none());
        newest.map(|local| local.creation)
    }

    /// The unfinished uploads that are of use: of what this run sends, and of what only another one can want, of another
    /// SNAPSHOT_PREFIX or beyond `--snapshot`. Nobody goes on with the others, and their holds would stay for ever.
    fn leftovers(&self, steps: &[BackupStep], uploader: &Uploader) -> Result<Vec<Earlier>> {
        let run = self.run;
        let planned: BTreeSet<u64> = gathered(steps.iter().map(|step| step.local.guid));
        let wanted = self.locals.iter().filter(|local| {
            let ours = run.settings.snapshots.matches(&local.name) && self.request.last.is_none();
            !ours || planned.contains(&local.guid)
        });
        let wanted: BTreeSet<SnapName> = gathered(wanted.map(|local| local.name.clone()));
        uploader.survey(&run.vault.keys_of(&run.settings.dataset), &wanted)
    }
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
    let mut estimator = Estimator::default();
    for (at, step) in steps.iter().enumerate() {
        let step = &rotation::next(backup.run, &kept.turns, at, step)?;
        let key = backup.run.vault.key(&step.snapshot);
        let own = earlier.extract_if(.., |earlier| earlier.upload.key == key);
        let (own, keep) = (own.collect(), kept.holds.keeper(step));
        let estimate = estimator.of(&step.send(), &step.local);
        let sent = estimate.and_then(|estimate| {
            backup.send(uploader, step, estimate, own, keep, |outcome| {
                done.snapshots += 1;
                done.stored_bytes += outcome.size_bytes;
                kept.turns.stored(step, outcome.size_bytes);
                // A full disk under the log stops no backup, and is told at the end.
                if let Err(error) = tell(BackupEvent::Stored(step, estimate, outcome)) {
                    untold.get_or_insert(error);
                }
            })
        });
        sent.map_err(|error| explained(error, step))?;
        // While its snapshot is held, and before its base is let go.
        kept.bookmarks.advance(&step.local);
        // With the last one, all that is held is let go.
        if at + 1 < steps.len() {
            kept.holds.stored(step);
        }
    }
    untold.map_or(Ok(done), Err)
}
