//! The deletes: one request for each object, within a tree strictly one after the other, children before parents.

use std::collections::VecDeque;
use std::sync::Arc;

use super::pins::is_pinned;
use super::{Plan, PruneDone, PruneEvent};
use crate::error::Result;
use crate::label::Label;
use crate::name::FullName;
use crate::pool::Pool;
use crate::receipt::Receipt;
use crate::run::Run;
use crate::signals::{self, Hold};
use crate::store::{Head, Kind, ObjectLock, ObjectStore, StoreError};
use crate::vault::Vault;

/// An object as it was planned.
struct Doomed {
    tree: usize,
    place: usize,
    key: String,
    /// Its snapshot.
    snapshot: FullName,
    etag: String,
    z3id: Option<String>,
}

/// What became of it.
pub enum Fate {
    /// It is gone. The bucket may keep it as a former version.
    Gone {
        /// It does.
        version: bool,
    },
    /// It is there, and why.
    Stays(String),
    /// Nobody answers: no other one has to be tried.
    Unknown(StoreError),
}

/// A result, and what makes signals wait until it has been told.
type Deletion = (usize, usize, Fate, Hold);

/// Deletes what the plan says. A tree is left alone from its first object that stays.
pub fn delete(
    run: &Run<'_>,
    plan: &Plan,
    tell: &mut dyn FnMut(PruneEvent<'_>),
) -> Result<PruneDone> {
    let mut trees: Vec<VecDeque<Doomed>> = targets(plan);
    let workers = run.vault.workers.min(trees.len());
    let vault = run.vault.clone();
    let mut pool = Pool::new(workers, "delete", move |target: Doomed| -> Deletion {
        let hold = signals::hold();
        (target.tree, target.place, one(&vault, &target), hold)
    })?;
    let first: Vec<Doomed> = trees.iter_mut().filter_map(VecDeque::pop_front).collect();
    first.into_iter().for_each(|target| pool.submit(target));
    let (mut done, mut dead) = (PruneDone::default(), None);
    while let Some((tree, place, fate, _hold)) = pool.next() {
        let Some((_, stored)) = plan.at(place) else {
            continue;
        };
        match fate {
            Fate::Gone { version } => {
                done.add(stored.head.size_bytes, version);
                tell(PruneEvent::Deleted(stored));
                let next = trees.get_mut(tree).and_then(VecDeque::pop_front);
                if let Some(next) = next.filter(|_| dead.is_none()) {
                    pool.submit(next);
                }
            }
            Fate::Stays(why) => tell(PruneEvent::Stayed(stored, &why)),
            Fate::Unknown(error) => {
                tell(PruneEvent::Stayed(stored, &error.to_string()));
                dead.get_or_insert(error);
            }
        }
    }
    done.stayed = plan.pruning.deletions() - done.objects;
    done.left_bytes = plan.bytes().saturating_sub(done.bytes);
    match dead {
        Some(error) if done.objects == 0 => Err(error.into()),
        _ => Ok(done),
    }
}

fn targets(plan: &Plan) -> Vec<VecDeque<Doomed>> {
    let target = |tree: usize, place: usize| {
        let (_, stored) = plan.at(place)?;
        Some(Doomed {
            tree,
            place,
            key: stored.key.clone(),
            snapshot: plan.catalog.full_name(stored),
            etag: stored.head.etag.clone(),
            z3id: stored.label.z3id.clone(),
        })
    };
    let trees = plan.pruning.trees.iter().enumerate();
    let targets = |(tree, places): (usize, &Vec<usize>)| {
        let places = places.iter();
        places.filter_map(|&place| target(tree, place)).collect()
    };
    trees.map(targets).collect()
}

/// Looks at it once more and deletes it, then its receipt.
fn one(vault: &Vault, target: &Doomed) -> Fate {
    let store = Arc::clone(&vault.store);
    let head = match store.head(&target.key) {
        Ok(Some(head)) => head,
        // Somebody else has deleted it.
        Ok(None) => return Fate::Gone { version: false },
        Err(error) => return Fate::failed(error),
    };
    if let Some(why) = target.changed(&head) {
        return Fate::Stays(why);
    }
    let locked = match head.lock {
        Some(ObjectLock::NoEnd) => true,
        Some(ObjectLock::Until(end)) => end > store.now(),
        None => false,
    };
    if locked {
        return Fate::Stays("it has been locked meanwhile".to_owned());
    }
    match is_pinned(vault, &target.snapshot) {
        Ok(false) => {}
        Ok(true) => return Fate::Stays("it has been pinned meanwhile".to_owned()),
        Err(error) => return Fate::failed(error),
    }
    let fate = match store.delete_if(&target.key, &target.etag) {
        Ok(version) => Fate::Gone { version },
        Err(error) => refused(store.as_ref(), target, error),
    };
    if matches!(fate, Fate::Gone { .. }) {
        target.forget(vault);
    }
    fate
}

/// What it comes to when the server has not said yes.
fn refused(store: &dyn ObjectStore, target: &Doomed, error: StoreError) -> Fate {
    match store.head(&target.key) {
        // An answer that was lost may have been a yes.
        Ok(None) => Fate::Gone { version: false },
        Ok(Some(head)) => match target.changed(&head) {
            Some(why) => Fate::Stays(why),
            // Swift shows one ETag of an object in parts and compares with another: it refuses every condition on it. The
            // look just now has to do, as it has where conditions are ignored.
            None if error.code == "PreconditionFailed" => match store.delete_if(&target.key, "") {
                Ok(version) => Fate::Gone { version },
                Err(error) => Fate::failed(error),
            },
            None => Fate::failed(error),
        },
        Err(_) => Fate::failed(error),
    }
}

impl Fate {
    fn failed(error: StoreError) -> Self {
        match error.kind {
            Kind::Unknown => Self::Unknown(error),
            _ => Self::Stays(error.to_string()),
        }
    }
}

impl Doomed {
    /// Whether the key holds another object than was planned: what that one builds on is not known.
    fn changed(&self, head: &Head) -> Option<String> {
        let label = Label::read(head.metadata.clone());
        let same = head.etag == self.etag && (label.z3id == self.z3id || self.z3id.is_none());
        (!same).then(|| "it has been replaced meanwhile".to_owned())
    }

    /// Deletes its receipt, if that is this object's and no other one's of the same name.
    fn forget(&self, vault: &Vault) {
        let receipt = Receipt::read(vault, &self.snapshot);
        if receipt.is_some_and(|receipt| Some(&receipt.z3id) == self.z3id.as_ref()) {
            vault.delete(&Receipt::name(&self.snapshot));
        }
    }
}
