//! Names of snapshots.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::{Dataset, split};
use crate::terminal::plain;

/// The part of a snapshot's name behind the `@`. It may be one that no snapshot can have. Its letters are one text, however many
/// tables have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SnapName(Arc<str>);

impl SnapName {
    /// Its letters, which may do something to a terminal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SnapName {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

/// They sort and compare as their letters do.
impl Borrow<str> for SnapName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SnapName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(&self.0))
    }
}

impl Serialize for SnapName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A snapshot of a dataset: `tank/spam@daily-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Snapshot {
    dataset: Dataset,
    name: SnapName,
}

impl Snapshot {
    pub(super) fn new(dataset: &Dataset, name: &SnapName) -> Option<Self> {
        dataset.may_have(name).then(|| Self {
            dataset: dataset.clone(),
            name: name.clone(),
        })
    }

    /// What it is a snapshot of.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// The part behind the `@`.
    pub fn name(&self) -> &SnapName {
        &self.name
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.dataset, self.name.as_str())
    }
}

/// The full name of a snapshot as somebody has written it: `tank/spam@daily-1`, or any other text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullName(String);

impl FullName {
    /// What these two make together.
    pub fn of(dataset: &str, name: &str) -> Self {
        Self(format!("{dataset}@{name}"))
    }

    /// Its letters, which may do something to a terminal.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part behind the `@`, if there is one.
    pub fn name(&self) -> Option<&str> {
        split(&self.0).map(|(_, name)| name)
    }

    /// The part behind the `@`, if it is a snapshot of this dataset.
    pub fn name_in(&self, dataset: &Dataset) -> Option<&str> {
        dataset.own_part(&self.0)
    }
}

impl From<String> for FullName {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&Snapshot> for FullName {
    fn from(snapshot: &Snapshot) -> Self {
        Self(snapshot.to_string())
    }
}

impl fmt::Display for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(&self.0))
    }
}

impl Serialize for FullName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
