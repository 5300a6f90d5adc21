//! Names of bookmarks, and what an increment starts from.

use std::fmt;

use super::{Dataset, Snapshot};

/// A bookmark of a dataset: what `zfs` keeps of a snapshot so that an increment can start from it: `tank/spam#daily-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bookmark(String);

impl Bookmark {
    pub(super) fn new(dataset: &Dataset, name: &str) -> Option<Self> {
        let fits = dataset.has_room_for(name);
        fits.then(|| Self(format!("{dataset}#{name}")))
    }
}

impl fmt::Display for Bookmark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an increment starts from: the incremental source of `zfs send -i`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A snapshot.
    Snapshot(Snapshot),
    /// A bookmark of one that may be gone.
    Bookmark(Bookmark),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Snapshot(snapshot) => snapshot.fmt(f),
            Self::Bookmark(bookmark) => bookmark.fmt(f),
        }
    }
}
