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

#[cfg(test)]
use crate::name::Dataset;

/// The stored backups of one dataset, by the name after the `@`: those that were asked for, and the names of all.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    dataset: String,
    listed: BTreeSet<String>,
    by_name: BTreeMap<String, Stored>,
    verdicts: BTreeMap<String, LinkVerdict>,
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
            dataset: dataset.to_string(),
            listed: by_name.keys().cloned().collect(),
            by_name,
            verdicts: BTreeMap::new(),
        };
        catalog.verdicts = catalog.judged();
        catalog
    }

    /// The backup of that name (after the `@`), `None` if it is not stored. Whoever asks must have it in its [`Scope`].
    pub fn get(&self, name: &str) -> Option<&Stored> {
        let stored = self.by_name.get(name);
        debug_assert_eq!(stored.is_some(), self.listed.contains(name), "{name}");
        stored
    }

    /// All backups of the scope and what they build on, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Stored> {
        self.by_name.values()
    }

    /// The names of all that is stored, in the scope or not.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.listed.iter().map(String::as_str)
    }

    /// The backup that this one is an increment on.
    pub fn parent_of(&self, stored: &Stored) -> Option<&Stored> {
        self.get(self.parent_name(stored)?)
    }

    /// The name of its parent, if that is one of this dataset.
    fn parent_name<'a>(&self, stored: &'a Stored) -> Option<&'a str> {
        let (dataset, name) = stored.label.parent.as_deref()?.split_once('@')?;
        (dataset == self.dataset).then_some(name)
    }

    /// The backups that name this one as their parent, if all are in the scope.
    pub fn children_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Stored> {
        let full_name = format!("{}@{name}", self.dataset);
        self.iter()
            .filter(move |stored| stored.label.parent.as_deref() == Some(full_name.as_str()))
    }
}
