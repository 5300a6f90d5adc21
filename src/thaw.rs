//! A run of `z3 thaw`: asks the archive class for readable copies of a whole chain, and waits for them if it shall.
//!
//! Responsible for asking for all of them at once, and for what each answer means. No state
//! is kept anywhere: what is frozen, on the way or there, the server is asked each time. Not responsible for what belongs to
//! the chain ([`crate::plan`]), nor for receiving it ([`crate::restore`]).

mod wait;

use std::sync::Arc;
use std::time::Instant;

use crate::catalog::{Scope, Stored};
use crate::error::{Error, Result};
use crate::name::{Dataset, SnapName};
use crate::plan::{self, Frost, Receiver};
use crate::pool::Pool;
use crate::run::Run;
use crate::store::{Head, Kind, StoreError, ThawTerms};
use crate::tier::Tier;
use wait::wait;

/// What is asked of a run.
#[derive(Debug, Clone, Copy)]
pub struct ThawRequest<'a> {
    /// The snapshot that is to be brought back.
    pub snapshot: &'a SnapName,
    /// Where it is to be received, if that is another dataset.
    pub to: Option<&'a Dataset>,
    /// How fast the copies are to come.
    pub tier: Tier,
    /// How many days they are to stay.
    pub days: u32,
    /// To wait until all are there, at most for the second.
    pub wait: bool,
    /// When to wait no longer; else after 72 hours.
    pub until: Option<Instant>,
    /// Nothing is asked for.
    pub dry: bool,
}

/// An object of the chain, and where it stands.
pub struct ChainObject {
    /// The backup.
    pub stored: Stored,
    /// What the server says of it.
    pub frost: Frost,
    /// A copy was asked for in this run.
    pub asked: bool,
}

/// Where the objects go, the full first: all of them when they have been asked for, and each once more when it can be read.
pub type TellThaw<'t> = &'t mut dyn FnMut(&[ChainObject]) -> Result<()>;

/// Asks for all that a restore of one snapshot would fetch. Some that cannot be read yet are [`Error::Partly`].
pub fn run(run: &Run<'_>, request: &ThawRequest<'_>, tell: TellThaw<'_>) -> Result<()> {
    let mut objects = chain(run, request)?;
    if objects.is_empty() {
        let target = request.to.unwrap_or(&run.settings.dataset);
        log::info!("nothing to thaw: {target} has that snapshot");
        return Ok(());
    }
    if request.dry {
        return tell(&objects);
    }
    let all: Vec<&Stored> = objects.iter().map(|object| &object.stored).collect();
    let slow = plan::may_thaw(&all, request.tier, request.days)?;
    slow.into_iter().for_each(|slow| log::warn!("{slow}"));
    ask(run, request, &mut objects)?;
    tell(&objects)?;
    if request.wait {
        wait(run, request, &mut objects, tell)?;
    }
    verdict(&objects, request.wait)
}

/// What a restore would fetch. Without a zfs that runs, or without the dataset, that is everything down to the full.
fn chain(run: &Run<'_>, request: &ThawRequest<'_>) -> Result<Vec<ChainObject>> {
    let dataset = &run.settings.dataset;
    let target = request.to.unwrap_or(dataset);
    let locals = run.locals_if_any(target)?.unwrap_or_default();
    let receiver = Receiver {
        dataset: target,
        locals: &locals,
    };
    let catalog = run.catalog(&locals, &Scope::Chains(vec![request.snapshot.clone()]))?;
    let steps = plan::chain(dataset, receiver, &catalog, request.snapshot)?;
    let now = run.vault.store.now();
    let object = |stored: &Stored| ChainObject {
        frost: Frost::of(&stored.head, now, request.days),
        stored: stored.clone(),
        asked: false,
    };
    Ok(steps.into_iter().map(object).collect())
}

/// Asks for every one that needs it, all at once, and looks at them again. What is refused does not keep the others back.
fn ask(run: &Run<'_>, request: &ThawRequest<'_>, objects: &mut [ChainObject]) -> Result<()> {
    let store = Arc::clone(&run.vault.store);
    let wanted = objects.iter().enumerate();
    let wanted = wanted.filter(|(_, object)| object.frost.needs_asking());
    let wish = |object: &ChainObject| plan::wish(&object.stored.head, request.tier, request.days);
    let wanted: Vec<(usize, (String, ThawTerms))> = wanted
        .map(|(at, object)| (at, (object.stored.key.clone(), wish(object))))
        .collect();
    let places: Vec<usize> = wanted.iter().map(|(at, _)| *at).collect();
    let answers = each(run, wanted, move |(key, wish)| store.thaw(&key, wish))?;
    let mut refused = None;
    for (at, answer) in answers {
        let Some(object) = objects.get_mut(at) else {
            continue;
        };
        object.asked = answer.is_ok();
        match answer {
            Ok(()) => {}
            // Its class needs no thawing, or only the longer stay was refused: whether it can be read is looked at next.
            Err(error) if error.kind == Kind::Archived || object.frost.is_readable() => {
                log::info!("{error}");
            }
            Err(error) => drop(refused.get_or_insert(error)),
        }
    }
    match refused {
        Some(error) => Err(error.into()),
        None => look(run, request, objects, &places),
    }
}

/// Looks at the objects in these places again.
fn look(
    run: &Run<'_>,
    request: &ThawRequest<'_>,
    objects: &mut [ChainObject],
    places: &[usize],
) -> Result<()> {
    let store = Arc::clone(&run.vault.store);
    let keys = places
        .iter()
        .filter_map(|&at| Some((at, objects.get(at)?.stored.key.clone())));
    let answers = each(run, keys.collect(), move |key: String| store.head(&key))?;
    for (at, answer) in answers {
        let Some(object) = objects.get_mut(at) else {
            continue;
        };
        let head = answer?.filter(|head| same(head, &object.stored.head));
        let Some(head) = head else {
            let key = &object.stored.key;
            return Err(Error::refused(format!(
                "{key} has been deleted or replaced meanwhile"
            )));
        };
        object.frost = Frost::of(&head, run.vault.store.now(), request.days);
    }
    Ok(())
}

/// A thawed object of INTELLIGENT_TIERING is the same one in another class.
fn same(head: &Head, before: &Head) -> bool {
    (head.size_bytes, &head.etag) == (before.size_bytes, &before.etag)
}

/// The answers to requests that are made at once, in no order, with the places that they are for.
fn each<I: Send + 'static, T: Send + 'static>(
    run: &Run<'_>,
    items: Vec<(usize, I)>,
    act: impl Fn(I) -> Result<T, StoreError> + Send + Sync + 'static,
) -> Result<Vec<(usize, Result<T, StoreError>)>> {
    let workers = run.vault.workers.min(items.len());
    let mut pool = Pool::new(workers, "thaw", move |(at, item)| (at, act(item)))?;
    items.into_iter().for_each(|item| pool.submit(item));
    Ok(pool.collect())
}

fn not_readable(objects: &[ChainObject]) -> Vec<usize> {
    let left = objects.iter().enumerate();
    left.filter(|(_, object)| !object.frost.is_readable())
        .map(|(at, _)| at)
        .collect()
}

fn verdict(objects: &[ChainObject], waited: bool) -> Result<()> {
    let (left, all) = (not_readable(objects).len(), objects.len());
    if left == 0 {
        return Ok(());
    }
    let hint = match waited {
        true => {
            "the same command goes on waiting, nothing is lost; no copy should take longer than 48 hours"
        }
        false => "the same command tells how far they are, with --wait it waits for them",
    };
    Err(Error::Partly(format!("{left} of {all} objects cannot be read yet")).hint(hint))
}
