//! A backup, as far as retention asks: made of a catalog's row and of what else is known.

use std::collections::{BTreeMap, BTreeSet};

use super::standing::{Standing, standing};
use super::{DAY, Reason, is_future};
use crate::catalog::{Catalog, Creation, Health, Stored, epoch_seconds};
use crate::name::SnapName;
use crate::order::gathered;
use crate::selection::Selection;
use crate::store::ObjectLock;

/// What is younger, by the server, may be about to be built on.
const YOUNG: u64 = DAY;
/// The prices are counted from a moment that the server need not show exactly.
const MARGIN: u64 = DAY;

/// An object of the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its name.
    pub name: SnapName,
    /// The place of what it builds on.
    pub parent: Option<usize>,
    /// A full stream.
    pub full: bool,
    /// What it is to the policy.
    pub standing: Standing,
    /// When its snapshot was made.
    pub created: Option<Creation>,
    /// When it was stored, in seconds since 1970.
    pub stored: Option<u64>,
    /// The same snapshot is in the pool.
    pub local: bool,
    /// `z3 keep` was said.
    pub pinned: bool,
    /// An upload that is under way builds on it, or something that was stored while this was looked at.
    pub in_use: bool,
    /// What forbids to delete it.
    pub lock: Option<ObjectLock>,
    /// So long it is paid for, in seconds from when it was stored.
    pub paid_seconds: u64,
}

impl Object {
    /// When its snapshot was made; 0 if nobody knows.
    pub fn seconds(&self) -> u64 {
        self.created.map_or(0, |created| created.seconds)
    }

    /// Whether the policy may pick it, and else lets it go.
    pub(super) fn is_candidate(&self, now: u64) -> bool {
        let dated = self.created.is_some_and(|created| !is_future(created, now));
        self.standing == Standing::Candidate && dated
    }

    /// Whether it cannot be restored.
    pub fn is_broken(&self) -> bool {
        matches!(self.standing, Standing::Broken { .. })
    }

    /// Whether nothing but its receipt tells what it builds on.
    pub(super) fn is_hearsay(&self) -> bool {
        self.standing == Standing::Hearsay
    }

    /// No snapshot is newer than its object; without a time of that, nobody knows.
    pub(super) fn latest(&self) -> u64 {
        self.stored.unwrap_or(u64::MAX)
    }

    /// Whether it is its own ancestor, and nobody has said that it may go.
    pub(super) fn is_cycle(&self) -> bool {
        matches!(
            self.standing,
            Standing::Broken {
                cycle: true,
                may_go: false,
                ..
            }
        )
    }

    /// Why it is broken.
    pub(super) fn fault(&self) -> String {
        match &self.standing {
            Standing::Broken { fault, .. } => fault.clone(),
            _ => String::new(),
        }
    }

    /// Why it stays, whatever the policy.
    pub(super) fn own_reasons(&self, now: u64) -> Vec<Reason> {
        let standing = match &self.standing {
            Standing::Other => Some(Reason::Other),
            Standing::Hearsay => Some(Reason::Hearsay),
            Standing::Broken { may_go: true, .. } | Standing::Candidate => None,
            Standing::Broken { fault, .. } => Some(Reason::Broken(fault.clone())),
        };
        let undated = match self.created {
            None => Some(Reason::NoTime),
            Some(created) => is_future(created, now).then_some(Reason::Future),
        };
        let young = self.stored.is_none_or(|stored| now < stored + YOUNG);
        [
            self.pinned.then_some(Reason::Pinned),
            standing,
            undated,
            self.in_use.then_some(Reason::InUse),
            young.then_some(Reason::Young),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Why it cannot go yet, although nothing else keeps it.
    pub(super) fn delays(&self, now: u64) -> Option<Reason> {
        match self.lock {
            Some(ObjectLock::NoEnd) => return Some(Reason::Locked(None)),
            Some(ObjectLock::Until(end)) if epoch_seconds(end) > now => {
                return Some(Reason::Locked(Some(epoch_seconds(end))));
            }
            _ => {}
        }
        let paid_until = self.stored?.saturating_add(self.paid_seconds);
        (self.paid_seconds > 0 && now < paid_until).then_some(Reason::PaidUntil(paid_until))
    }
}

/// What is known beside the catalog.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The guids of the pool's snapshots.
    pub locals: BTreeMap<SnapName, u64>,
    /// `z3 keep` was said of them.
    pub pinned: BTreeSet<SnapName>,
    /// Something that is being stored builds on them.
    pub in_use: BTreeSet<SnapName>,
}

/// How objects are to be looked at.
#[derive(Debug, Clone, Copy)]
pub struct RetentionView<'a> {
    /// Which the policy is about.
    pub selection: &'a Selection,
    /// `MIN_STORAGE_DAYS`, if it is said.
    pub min_days: Option<u32>,
    /// What is paid for may go as well.
    pub early: bool,
    /// Broken ones may go as well.
    pub broken: bool,
    /// Seconds since 1970.
    pub now: u64,
}

/// The backups of a catalog that has all of them, by name.
pub fn objects(catalog: &Catalog, known: &Known, view: &RetentionView<'_>) -> Vec<Object> {
    let places: BTreeMap<&str, usize> = gathered(
        catalog
            .iter()
            .enumerate()
            .map(|(place, stored)| (stored.name.as_str(), place)),
    );
    let of_guid = |(place, stored): (usize, &Stored)| Some((stored.label.guid?, place));
    let guids: BTreeMap<u64, usize> = gathered(catalog.iter().enumerate().filter_map(of_guid));
    let object = |stored: &Stored| {
        let (name, label) = (&stored.name, &stored.label);
        Object {
            name: name.clone(),
            parent: parent(catalog, stored, &places, &guids),
            full: label.full,
            standing: standing(catalog, stored, view),
            created: stored.creation(),
            stored: stored.stored_at(),
            local: known
                .locals
                .get(name)
                .is_some_and(|&guid| label.may_be(guid)),
            pinned: known.pinned.contains(name),
            in_use: known.in_use.contains(name),
            lock: stored.head.lock,
            paid_seconds: match view.early {
                true => 0,
                false => paid_seconds(stored.head.storage_class.as_deref(), view.min_days),
            },
        }
    };
    catalog.iter().map(object).collect()
}

/// The place of what it builds on. What is broken may be mended by hand, as a copy that names the dataset it comes from: what it
/// may build on, by the guid or the bare name, stays with it.
fn parent(
    catalog: &Catalog,
    stored: &Stored,
    names: &BTreeMap<&str, usize>,
    guids: &BTreeMap<u64, usize>,
) -> Option<usize> {
    let place = |name: &str| names.get(name).copied();
    let told = catalog.parent_of(stored);
    let told = told.and_then(|parent| place(parent.name.as_str()));
    if catalog.health(stored) == Health::Ok {
        return told;
    }
    let guid = stored.label.parent_guid;
    let by_guid = guid.and_then(|guid| guids.get(&guid).copied());
    let bare = || place(stored.label.parent.as_ref()?.name()?);
    let other = |parent: &usize| Some(*parent) != place(stored.name.as_str());
    by_guid.or(told).or_else(bare).filter(other)
}

/// How long an object is paid for, by its class (docs.aws.amazon.com, S3 pricing), or as the configuration has it.
fn paid_seconds(class: Option<&str>, min_days: Option<u32>) -> u64 {
    let by_class = match class {
        Some("STANDARD_IA" | "ONEZONE_IA") => 30,
        Some("GLACIER" | "GLACIER_IR") => 90,
        Some("DEEP_ARCHIVE") => 180,
        _ => 0,
    };
    match min_days.unwrap_or(by_class) {
        0 => 0,
        days => u64::from(days) * DAY + MARGIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_paid_for_some_time() {
        for (class, min_days, days) in [
            (None, None, 0),
            (Some("STANDARD"), None, 0),
            (Some("STANDARD_IA"), None, 31),
            (Some("GLACIER_IR"), None, 91),
            (Some("DEEP_ARCHIVE"), None, 181),
            (Some("DEEP_ARCHIVE"), Some(0), 0),
            (None, Some(90), 91),
        ] {
            assert_eq!(paid_seconds(class, min_days), days * DAY, "{class:?}");
        }
    }
}
