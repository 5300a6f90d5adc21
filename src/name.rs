//! Names of datasets, snapshots and bookmarks, as `zfs(8)` has them:
//!
//! | shape | type | |
//! |---|---|---|
//! | `tank/spam` | [`Dataset`] | checked |
//! | `daily-1` | [`SnapName`] | the part behind the `@`, as zfs, a user or a key has it |
//! | `tank/spam@daily-1` | [`Snapshot`] | checked |
//! | `tank/spam@daily-1` | [`FullName`] | as metadata or the name of an object have it |
//! | `tank/spam#daily-1` | [`Bookmark`] | checked |
//!
//! Responsible for the rules: components of letters, digits, `_ . : -` and blanks, joined by `/`, 255 bytes in all. Only what was
//! checked is handed to zfs. The others may be a stranger's, and any text: they are harmless as they are shown, and whoever has
//! made one has bounded it. No other module takes a full name apart or puts one together. Not responsible for whether what is
//! named exists.

mod bookmark;
mod snapshot;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

pub use bookmark::{Bookmark, Source};
pub use snapshot::{FullName, SnapName, Snapshot};

use crate::error::{Error, Result};

/// The longest name that ZFS takes, in bytes (`ZFS_MAX_DATASET_NAME_LEN`, 256 with its terminator).
const MAX_BYTES: usize = 255;

/// A file system or volume: `tank/spam`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dataset(Arc<str>);

/// What a name has to do with a dataset that it begins with, by what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within<'a> {
    /// It is the dataset's own.
    Itself,
    /// It is one of its snapshots', and this is the part behind the `@`.
    Snapshot(&'a str),
    /// It is one of its bookmarks', and this is the part behind the `#`.
    Bookmark(&'a str),
    /// It is that of something in a dataset below it.
    Below,
}

impl Dataset {
    /// Checks a dataset name as it comes from a flag, the environment or the configuration file.
    pub fn parse(text: &str) -> Result<Self> {
        let component = |name: &str| !["", ".", ".."].contains(&name) && name.chars().all(allowed);
        // The first component is a pool; a dash there would make an option of the name.
        let is_pool = text.starts_with(|letter: char| letter.is_ascii_alphabetic());
        if text.len() > MAX_BYTES || !text.split('/').all(component) || !is_pool {
            return Err(Error::refused(format!(
                "'{text}' is no name of a ZFS dataset, expected something like tank/spam"
            )));
        }
        Ok(Self(text.into()))
    }

    /// The name as zfs spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The pool that it is in.
    pub fn pool(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// The dataset above it; a pool's own has none.
    pub fn above(&self) -> Option<Self> {
        let (above, _) = self.0.rsplit_once('/')?;
        Some(Self(above.into()))
    }

    /// Its name, then those of the datasets above it, the nearest first.
    pub fn and_above(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.as_str()), |name| {
            name.rsplit_once('/').map(|(above, _)| above)
        })
    }

    /// Whether it is another dataset or one below that.
    pub fn is_at_or_below(&self, other: &Self) -> bool {
        matches!(
            other.within(self.as_str()),
            Some(Within::Itself | Within::Below)
        )
    }

    /// The same place below `to` that it has below `from`, which it is or is below of.
    pub fn moved(&self, from: &Self, to: &Self) -> Result<Self> {
        let below = self.0.strip_prefix(from.as_str()).unwrap_or_default();
        Self::parse(&format!("{to}{below}"))
    }

    /// What a name has to do with this dataset; `None` if it is another's.
    pub fn within<'a>(&self, name: &'a str) -> Option<Within<'a>> {
        let rest = name.strip_prefix(self.as_str())?;
        let mut letters = rest.chars();
        Some(match letters.next() {
            None => Within::Itself,
            Some('@') => Within::Snapshot(letters.as_str()),
            Some('#') => Within::Bookmark(letters.as_str()),
            Some('/') => Within::Below,
            Some(_) => return None,
        })
    }

    /// The part behind the `@` of a name of one of its snapshots.
    fn own_part<'a>(&self, full_name: &'a str) -> Option<&'a str> {
        match self.within(full_name)? {
            Within::Snapshot(name) => Some(name),
            _ => None,
        }
    }

    /// The snapshot that a user means, who may give its full name or the part behind the `@`.
    pub fn own_name(&self, wanted: &str) -> SnapName {
        self.own_part(wanted).unwrap_or(wanted).into()
    }

    /// What the full names of its snapshots begin with: `tank/spam@`.
    pub fn prefix(&self) -> String {
        format!("{self}@")
    }

    /// The full name of a snapshot that it may have.
    pub fn full_name(&self, name: &SnapName) -> FullName {
        FullName::of(self.as_str(), name.as_str())
    }

    /// Its snapshot of that name.
    pub fn snapshot(&self, name: &SnapName) -> Result<Snapshot> {
        Snapshot::new(self, name).ok_or_else(|| {
            Error::refused(format!(
                "'{name}' is no name of a ZFS snapshot, expected the part after the @"
            ))
        })
    }

    /// Its bookmark with that name after the `#`.
    pub fn bookmark(&self, name: &str) -> Result<Bookmark> {
        Bookmark::new(self, name).ok_or_else(|| {
            Error::refused(format!(
                "'{name}' is no name of a ZFS bookmark, expected the part after the #"
            ))
        })
    }

    /// Whether it can have a snapshot of that name.
    pub fn may_have(&self, name: &SnapName) -> bool {
        self.has_room_for(name.as_str())
    }

    fn has_room_for(&self, name: &str) -> bool {
        let fits = self.0.len() + 1 + name.len() <= MAX_BYTES;
        !name.is_empty() && name.chars().all(allowed) && fits
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a letter may stand in the name of a component or a snapshot.
pub fn allowed(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_.:- ".contains(letter)
}

/// The dataset and the snapshot's own part of a full name, whoever wrote it.
pub fn split(full_name: &str) -> Option<(&str, &str)> {
    full_name.split_once('@')
}

/// The same of an object key, whose prefix may have an `@` of its own: what stands before the snapshot's own part, and that.
pub fn split_key(key: &str) -> Option<(&str, &str)> {
    key.rsplit_once('@')
}
