//! What the bucket holds of one dataset: the stored snapshots, how they hang together and which of them are healthy.
//!
//! Responsible for reading a listing and its metadata, whatever they look like: an odd object becomes a broken row, never
//! a failure. Not responsible for what to do about it ([`crate::plan`]) or how it is shown ([`crate::commands`]).

mod begin;
mod common;
mod health;
mod load;
mod look;
mod lost;
mod stored;
mod time;

use std::collections::{BTreeMap, BTreeSet};

pub use begin::{First, first_of};
pub use common::{NAMES_BYTES, common_names};
pub use health::Health;
use health::LinkVerdict;
pub use load::Scope;
pub use lost::{FactSource, Facts};
pub use stored::Stored;
pub use time::{Creation, epoch_seconds};

use crate::name::{Dataset, FullName, SnapName};

/// The stored backups of one dataset, by the name after the `@`: those that were asked for, and the names of all.
#[derive(Debug, Clone)]
pub struct Catalog {
    dataset: Dataset,
    listed: BTreeSet<SnapName>,
    by_name: BTreeMap<SnapName, Stored>,
    verdicts: BTreeMap<SnapName, LinkVerdict>,
}

impl Catalog {
    /// A catalog of these backups.
    #[cfg(test)]
    pub fn of(dataset: &Dataset, stored: impl IntoIterator<Item = Stored>) -> Self {
        let by_name: BTreeMap<_, _> = stored
            .into_iter()
            .map(|stored| (stored.name.clone(), stored))
            .collect();
        let mut catalog = Self {
            dataset: dataset.clone(),
            listed: by_name.keys().cloned().collect(),
            by_name,
            verdicts: BTreeMap::new(),
        };
        catalog.verdicts = catalog.judged();
        catalog
    }

    /// The full name of a backup's snapshot.
    pub fn full_name(&self, stored: &Stored) -> FullName {
        self.dataset.full_name(&stored.name)
    }

    /// The backup of that name, `None` if it is not stored. Whoever asks must have it in its [`Scope`].
    pub fn get(&self, name: &SnapName) -> Option<&Stored> {
        self.named(name.as_str())
    }

    fn named(&self, name: &str) -> Option<&Stored> {
        let stored = self.by_name.get(name);
        debug_assert_eq!(stored.is_some(), self.listed.contains(name), "{name}");
        stored
    }

    /// All backups of the scope and what they build on, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Stored> {
        self.by_name.values()
    }

    /// The names of all that is stored, in the scope or not.
    pub fn names(&self) -> impl Iterator<Item = &SnapName> {
        self.listed.iter()
    }

    /// The backup that this one is an increment on.
    pub fn parent_of(&self, stored: &Stored) -> Option<&Stored> {
        self.named(self.parent_name(stored)?)
    }

    /// The name of its parent, if that is one of this dataset.
    fn parent_name<'a>(&self, stored: &'a Stored) -> Option<&'a str> {
        stored.label.parent.as_ref()?.name_in(&self.dataset)
    }

    /// The backups that name this one as their parent, if all are in the scope.
    pub fn children_of<'a>(&'a self, name: &'a SnapName) -> impl Iterator<Item = &'a Stored> {
        self.iter()
            .filter(move |stored| self.parent_name(stored) == Some(name.as_str()))
    }
}
