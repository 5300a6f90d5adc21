//! A run of `z3 prune`: what is stored of a dataset and no longer wanted goes, and everything else stays restorable, wherever the
//! run is cut off and whoever else is at work.
//!
//! Responsible for knowing all that the decision needs, or for deleting nothing; for the races with a backup on another machine;
//! for looking at what is left. Not responsible for the decision itself ([`crate::retention`]), nor for telling of it.

mod delete;
mod forecast;
mod leavings;
mod pins;
mod shown;
mod survey;

pub use forecast::{Forecast, forecast};
pub use pins::{keep, unkeep};
pub use shown::PruneRow;
use survey::PruneSurvey;

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Health, Scope, Stored};
use crate::error::{Error, Result};
use crate::name::{Dataset, SnapName};
use crate::order::gathered;
use crate::retention::{self, Object, Pruning, Refusal};
use crate::run::Run;
use crate::size;
use crate::store::ObjectStore;

/// Without knowing what time it is, nobody can tell what is old.
const MOST_CLOCK_SECONDS: u64 = 3600;

/// What is asked of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct PruneRequest {
    /// Nothing is deleted.
    pub dry: bool,
    /// What is paid for goes as well.
    pub early: bool,
    /// What nothing will mend goes as well.
    pub broken: bool,
}

/// What was decided about a dataset.
pub struct Plan {
    /// What is stored.
    pub catalog: Catalog,
    /// The same as the decision saw it, in the order of the names.
    pub objects: Vec<Object>,
    /// The decision.
    pub pruning: Pruning,
    /// So many could go if each month began with a full.
    pub with_monthly_fulls: Option<usize>,
}

/// What a run tells of.
pub enum PruneEvent<'a> {
    /// What was decided, before anything is deleted.
    Planned(&'a Plan),
    /// An object is gone.
    Deleted(&'a Stored),
    /// One that stays, against the plan, and why.
    Stayed(&'a Stored, &'a str),
    /// All that could be done is done, or would be.
    Done(&'a PruneDone),
}

/// What a run has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PruneDone {
    /// How many objects are gone, or would be.
    pub objects: usize,
    /// Their length in bytes.
    pub bytes: u64,
    /// How much of that the bucket keeps as former versions.
    pub version_bytes: u64,
    /// The length of what is left of the dataset.
    pub left_bytes: u64,
    /// How many are still there, against the plan.
    pub stayed: usize,
}

impl PruneDone {
    /// One more is gone, of so many bytes, which the bucket may keep as a former version.
    fn add(&mut self, bytes: u64, version: bool) {
        self.objects += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        let kept = if version { bytes } else { 0 };
        self.version_bytes = self.version_bytes.saturating_add(kept);
    }
}

/// Where events go. What cannot be told stops nothing that has begun; the first failure is returned at the end.
pub type TellPrune<'t> = &'t mut dyn FnMut(PruneEvent<'_>) -> Result<()>;

/// A dataset of which nobody has said what may go.
pub fn no_rule(dataset: &Dataset) -> Error {
    Error::Usage(format!(
        "nothing says what to keep of {dataset}, expected KEEP_DAILY or another KEEP_ key, or --keep-daily or another --keep- flag"
    ))
}

/// Prunes one dataset.
pub fn run(run: &Run<'_>, request: &PruneRequest, tell: TellPrune<'_>) -> Result<PruneDone> {
    let settings = run.settings;
    if settings.retention.keep.is_empty() {
        return Err(no_rule(&settings.dataset));
    }
    let _lock = (!request.dry).then(|| run.lock()).transpose()?;
    let survey = PruneSurvey::of(run, request)?;
    let plan = survey.plan(run, request);
    let wanted = |one: &Object| settings.snapshots.matches(&one.name);
    if settings.allow_empty && !plan.objects.iter().any(wanted) {
        log::info!("nothing to prune: nothing is stored, which ALLOW_EMPTY allows");
        return Ok(PruneDone::default());
    }
    tell(PruneEvent::Planned(&plan))?;
    if let Some(refusal) = &plan.pruning.refusal {
        return Err(refused(run, refusal));
    }
    if request.dry {
        let expected = plan.expected();
        return tell(PruneEvent::Done(&expected)).map(|()| expected);
    }
    let mut untold = None;
    let mut tell = |event: PruneEvent<'_>| {
        if let Err(error) = tell(event) {
            untold.get_or_insert(error);
        }
    };
    let done = delete::delete(run, &plan, &mut tell)?;
    tell(PruneEvent::Done(&done));
    if done.objects > 0 {
        whole(run, &plan)?;
    }
    leavings::clear(run, &plan, &survey.claims)?;
    match done.stayed {
        0 => untold.map_or(Ok(done), Err),
        stayed => Err(Error::Partly(format!(
            "{stayed} of {} objects that were to go are still there",
            plan.pruning.deletions()
        ))),
    }
}

impl Plan {
    /// The object at a place, and what is stored there.
    pub fn at(&self, place: usize) -> Option<(&Object, &Stored)> {
        let object = self.objects.get(place)?;
        Some((object, self.catalog.get(&object.name)?))
    }

    /// What would be gone.
    fn expected(&self) -> PruneDone {
        let gone = self.pruning.trees.iter().flatten();
        let heads = gone.filter_map(|&place| Some(&self.at(place)?.1.head));
        let versioned = heads.clone().filter(|head| head.versioned);
        let bytes = size::total(heads.map(|head| head.size_bytes));
        PruneDone {
            objects: self.pruning.deletions(),
            bytes,
            version_bytes: size::total(versioned.map(|head| head.size_bytes)),
            left_bytes: self.bytes().saturating_sub(bytes),
            ..PruneDone::default()
        }
    }

    /// The length of all that is stored.
    fn bytes(&self) -> u64 {
        size::total(self.catalog.iter().map(|stored| stored.head.size_bytes))
    }
}

/// Why nothing goes, and what may be done about it.
fn refused(run: &Run<'_>, refusal: &Refusal) -> Error {
    let dataset = &run.settings.dataset;
    let selection = &run.settings.snapshots;
    match refusal {
        Refusal::NoneHealthy => Error::refused(format!(
            "of {dataset} nothing is stored that can be restored and {}: nothing was deleted",
            selection.verb()
        ))
        .hint("'z3 status' shows what there is"),
        Refusal::Stale(seconds) => Error::refused(format!(
            "the newest backup of {dataset} is {} old: nothing was deleted",
            age(*seconds)
        ))
        .hint("look why there is no newer one; PRUNE_IF_FRESHER=0 prunes all the same"),
        Refusal::TooMany { wanted, most } => Error::refused(format!(
            "{wanted} objects of {dataset} would go, at most {most} may at once: nothing was deleted"
        ))
        .hint(format!(
            "'z3 prune --dry-run' shows them; if that is right, --max-delete {wanted} deletes them"
        )),
        Refusal::Cycle(name) => Error::refused(format!(
            "{} is its own ancestor: nothing was deleted",
            dataset.full_name(name)
        ))
        .hint("'z3 status' shows the chain; 'z3 prune --broken' deletes what z3 made of it"),
    }
}

fn age(seconds: u64) -> String {
    match seconds / retention::DAY {
        0..2 => format!("{} hours", seconds / 3600),
        days => format!("{days} days"),
    }
}

/// Fails if the machine's clock and the server's tell different times.
fn same_time(store: &dyn ObjectStore) -> Result<()> {
    let apart = store.clock_error().unwrap_or_default();
    if apart.as_secs() <= MOST_CLOCK_SECONDS {
        return Ok(());
    }
    Err(Error::refused(format!(
        "the clocks of this machine and of the server are {} minutes apart: nobody can tell what is old, nothing was deleted",
        apart.as_secs() / 60
    ))
    .hint("'timedatectl' shows whether this one is set by the network"))
}

/// Fails if something that could be restored before cannot be now.
fn whole(run: &Run<'_>, plan: &Plan) -> Result<()> {
    let left = run.catalog(&[], &Scope::All)?;
    let broken = left.iter().find(|stored| {
        let before = plan.catalog.get(&stored.name);
        let was = before.is_none_or(|before| plan.catalog.health(before) == Health::Ok);
        was && matches!(
            left.health(stored),
            Health::MissingParent | Health::ParentBroken | Health::ParentReplaced
        )
    });
    let Some(broken) = broken else {
        return pins::too_late(run.vault, &run.settings.dataset, &gone(plan, &left));
    };
    Err(Error::refused(format!(
        "after the last delete {} cannot be restored: {}",
        left.full_name(broken),
        left.reason(broken)
    ))
    .hint("somebody else has deleted or stored something meanwhile; 'z3 backup --full' starts a new chain"))
}

/// What there was and is not left.
fn gone(plan: &Plan, left: &Catalog) -> BTreeSet<SnapName> {
    let left: BTreeSet<&SnapName> = gathered(left.names());
    let gone = plan.catalog.names().filter(|name| !left.contains(name));
    gathered(gone.cloned())
}
