//! Which backups of a dataset are kept, which go and in which order: a pure function of the backups, the policy and the time.
//!
//! Two sets, which are never mixed: what is picked, by the policy or because something always stays, and what stays because
//! something that stays builds on it. What goes is the rest, always whole ends of chains, children before parents, so that what
//! is left is whole wherever the work is cut off. Not responsible for what is stored, pinned or being sent (the caller has
//! looked), nor for deleting anything ([`crate::prune`]).

mod objects;
mod order;
mod reason;
mod rules;
mod standing;
#[cfg(test)]
mod tests;
mod totals;

pub use objects::{Known, Object, RetentionView, objects};
pub use reason::Reason;
pub use totals::Totals;

use crate::catalog::Creation;
use crate::keep::{MaxDelete, Retention};
use crate::name::SnapName;
use crate::order::sort_by_key;

/// Seconds in a day.
pub const DAY: u64 = 24 * 3600;

/// Without a word of the user, so few may always go at once.
const ALWAYS_FEW: usize = 10;

/// What becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is kept for its own sake.
    Keep,
    /// It is kept because something builds on it.
    Base,
    /// It goes.
    Delete,
    /// It will go: so far it is paid for whether it is there or not.
    Later,
    /// It would go, but object lock forbids it.
    Locked,
    /// It cannot be restored, and stays until somebody decides.
    Broken,
    /// It is none of those that the policy is about.
    Other,
}

/// Why nothing may be deleted at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing that the policy is about can be restored.
    NoneHealthy,
    /// The newest is so many seconds old.
    Stale(u64),
    /// More would go than may go at once.
    TooMany {
        /// So many would go.
        wanted: usize,
        /// So many may.
        most: usize,
    },
    /// This one is its own ancestor.
    Cycle(SnapName),
}

/// What becomes of one, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What becomes of it.
    pub action: Action,
    /// Why, what counts most first.
    pub reasons: Vec<Reason>,
}

/// What becomes of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruning {
    /// Of each object, in their order.
    pub verdicts: Vec<Verdict>,
    /// The places of those that go, tree by tree; within a tree the one after the other, children before parents.
    pub trees: Vec<Vec<usize>>,
    /// Why none may go.
    pub refusal: Option<Refusal>,
}

impl Pruning {
    /// The places of those that go, in an order that is safe wherever it is cut off.
    #[cfg(test)]
    pub fn order(&self) -> Vec<usize> {
        self.trees.iter().flatten().copied().collect()
    }

    /// How many go.
    pub fn deletions(&self) -> usize {
        self.trees.iter().map(Vec::len).sum()
    }
}

/// Decides; `now` is in seconds since 1970.
pub fn prune(objects: &[Object], retention: &Retention, now: u64) -> Pruning {
    let group = group(objects, now);
    let newest = rules::newest_of(objects, &group, |_| true);
    let why = reasons(objects, &group, retention, now);
    let ranks = order::children_first(objects);
    let needed = order::needed(objects, &have_any(&why), &ranks);
    let rows = objects.iter().zip(why).zip(needed);
    let verdicts: Vec<Verdict> = rows
        .map(|((one, why), needed)| verdict(one, why, needed))
        .collect();
    let goes = |place: usize| {
        let verdict = verdicts.get(place);
        verdict.is_some_and(|verdict| verdict.action == Action::Delete)
    };
    let trees = order::trees(objects, &ranks, goes);
    let most = most(retention.max_delete, objects.len());
    let wanted = trees.iter().map(Vec::len).sum();
    let too_many = (wanted > most).then_some(Refusal::TooMany { wanted, most });
    Pruning {
        refusal: refusal(objects, retention, newest, now).or(too_many),
        verdicts,
        trees,
    }
}

/// Why each stays, others that need it apart; what most counts first.
fn reasons(
    objects: &[Object],
    group: &[usize],
    retention: &Retention,
    now: u64,
) -> Vec<Vec<Reason>> {
    let mut why: Vec<Vec<Reason>> = objects.iter().map(|one| one.own_reasons(now)).collect();
    rules::pick(objects, group, &retention.keep, &mut why);
    let newest = rules::newest_of(objects, group, |_| true);
    let common = rules::newest_of(objects, group, |one| one.local);
    hearsay(objects, &mut why);
    add(&mut why, newest, Reason::Newest);
    add(&mut why, common.filter(|_| common != newest), Reason::Local);
    // What would go, but for its price or a lock.
    let stays = order::closed(objects, &have_any(&why));
    for ((one, why), stays) in objects.iter().zip(&mut why).zip(stays) {
        if !stays {
            why.extend(one.delays(now));
        }
        sort_by_key(why, Reason::rank);
    }
    why
}

/// Of an object that only its receipt describes nobody knows what it builds on, but that it is older.
fn hearsay(objects: &[Object], why: &mut [Vec<Reason>]) {
    let doubtful = objects.iter().filter(|one| one.is_hearsay());
    let Some(newest) = doubtful.max_by_key(|one| one.latest()) else {
        return;
    };
    let older = |one: &Object| {
        let made = one.created.filter(|made| made.exact);
        made.is_none_or(|made| made.seconds <= newest.latest())
    };
    for (one, why) in objects.iter().zip(why) {
        if older(one) && !one.is_hearsay() {
            why.push(Reason::PerhapsBase(newest.name.clone()));
        }
    }
}

fn have_any(why: &[Vec<Reason>]) -> Vec<bool> {
    why.iter().map(|why| !why.is_empty()).collect()
}

fn add(why: &mut [Vec<Reason>], place: Option<usize>, reason: Reason) {
    if let Some(why) = place.and_then(|place| why.get_mut(place)) {
        why.push(reason);
    }
}

/// What is made of the reasons why one stays. That others need it counts where nothing else does.
fn verdict(one: &Object, mut reasons: Vec<Reason>, needed: Option<Reason>) -> Verdict {
    if reasons.is_empty() {
        reasons.extend(needed);
    }
    let action = reasons.first().map_or(Action::Delete, Reason::action);
    if action == Action::Delete && one.is_broken() {
        reasons.push(Reason::Broken(one.fault()));
    }
    Verdict { action, reasons }
}

fn most(wanted: MaxDelete, objects: usize) -> usize {
    match wanted {
        MaxDelete::Half => (objects / 2).max(ALWAYS_FEW),
        MaxDelete::Number(most) => usize::try_from(most).unwrap_or(usize::MAX),
    }
}

fn refusal(
    objects: &[Object],
    retention: &Retention,
    newest: Option<usize>,
    now: u64,
) -> Option<Refusal> {
    if let Some(one) = objects.iter().find(|one| one.is_cycle()) {
        return Some(Refusal::Cycle(one.name.clone()));
    }
    let Some(newest) = newest.and_then(|place| objects.get(place)) else {
        return Some(Refusal::NoneHealthy);
    };
    let age = now.saturating_sub(newest.seconds());
    let limit = retention.fresher_seconds;
    (limit > 0 && age > limit).then_some(Refusal::Stale(age))
}

/// The names of the newest that can be restored and of what it builds on.
pub fn newest_chain(objects: &[Object], now: u64) -> Vec<SnapName> {
    let newest = rules::newest_of(objects, &group(objects, now), |_| true);
    let chain = newest.map_or_else(Vec::new, |newest| order::chain(objects, newest));
    let links = chain.into_iter().filter_map(|place| objects.get(place));
    links.map(|one| one.name.clone()).collect()
}

/// The names of those for which others go, and of what they build on: all that stays for its own sake or as a base, if anything
/// goes at all.
pub fn stand_ins(objects: &[Object], retention: &Retention, now: u64) -> Vec<SnapName> {
    let pruning = prune(objects, retention, now);
    if pruning.deletions() == 0 {
        return Vec::new();
    }
    let rows = objects.iter().zip(&pruning.verdicts);
    let staying = rows.filter(|(_, verdict)| matches!(verdict.action, Action::Keep | Action::Base));
    staying.map(|(one, _)| one.name.clone()).collect()
}

/// The places of those that the policy is about.
fn group(objects: &[Object], now: u64) -> Vec<usize> {
    let places = objects.iter().enumerate();
    let meant = places.filter(|(_, one)| one.is_candidate(now));
    meant.map(|(place, _)| place).collect()
}

/// How many could go if each month had begun with a full: the answer to a chain that never ends. `None` if the chain of the
/// newest is short, or if that would change nothing.
pub fn with_monthly_fulls(objects: &[Object], retention: &Retention, now: u64) -> Option<usize> {
    const LONG_LINKS: usize = 100;
    const LONG_SECONDS: u64 = 366 * DAY;
    let group = group(objects, now);
    let newest = rules::newest_of(objects, &group, |_| true)?;
    let chain = order::chain(objects, newest);
    let (first, last) = (objects.get(*chain.last()?)?, objects.get(newest)?);
    let long = chain.len() > LONG_LINKS + 1 || last.seconds() > first.seconds() + LONG_SECONDS;
    let ended = order::cut_monthly(objects, retention.keep.calendar);
    let could = long.then(|| prune(&ended, retention, now).deletions())?;
    (could > prune(objects, retention, now).deletions()).then_some(could)
}

/// A time that nobody can have: more than a day ahead.
fn is_future(creation: Creation, now: u64) -> bool {
    creation.seconds > now.saturating_add(DAY)
}
