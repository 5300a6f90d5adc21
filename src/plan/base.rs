//! What an increment builds on, and where to send it from when the pool has lost that snapshot.

use super::backup::anew;
use super::{Candidates, broken};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::name::{Dataset, SnapName, Snapshot, Source};
use crate::zfs::{LocalBookmark, LocalSnapshot};

/// What an increment builds on: one snapshot, which is a backup in the bucket and something to send from in the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The name that its backup has.
    pub parent: Snapshot,
    /// Its guid, the same in both.
    pub guid: u64,
    /// What the pool has of it.
    pub source: Source,
}

/// A base of which the pool has a bookmark alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    pub(super) base: Base,
    /// What the pool has of it.
    pub bookmark: LocalBookmark,
}

impl Base {
    /// A snapshot that both have under one name.
    pub(super) fn of(dataset: &Dataset, local: &LocalSnapshot) -> Result<Self> {
        let parent = dataset.snapshot(&local.name)?;
        Ok(Self {
            source: Source::Snapshot(parent.clone()),
            guid: local.guid,
            parent,
        })
    }

    /// The snapshot to send from, unless that is a bookmark.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        match &self.source {
            Source::Snapshot(snapshot) => Some(snapshot),
            Source::Bookmark(_) => None,
        }
    }
}

impl Marked {
    /// The name of its backup.
    pub fn name(&self) -> &SnapName {
        self.base.parent.name()
    }
}

impl Candidates<'_> {
    /// The newest bookmark of a snapshot that is stored and older than the wanted one; of several of one snapshot the last. Whether
    /// what it marks is what the dataset stands on, somebody else has to find out. Its backup's health is judged with the plan.
    pub fn marked(&self, catalog: &Catalog, bookmarks: &[LocalBookmark]) -> Result<Option<Marked>> {
        let newest = self.last.createtxg.unwrap_or_default();
        let older = bookmarks.iter().filter(|one| one.createtxg < newest);
        let found = older.rev().find_map(|bookmark| {
            let guid = Some(bookmark.guid);
            let mut stored = catalog.iter();
            let stored = stored.find(|one| one.label.guid == guid && self.means(&one.name))?;
            Some((bookmark, &stored.name))
        });
        let Some((bookmark, name)) = found else {
            return Ok(None);
        };
        let base = Base {
            parent: self.dataset.snapshot(name)?,
            guid: bookmark.guid,
            source: Source::Bookmark(bookmark.bookmark.clone()),
        };
        Ok(Some(Marked {
            base,
            bookmark: bookmark.clone(),
        }))
    }

    /// How many candidates are no newer than it.
    pub(super) fn new_since(&self, marked: &Marked) -> usize {
        let at = Some(marked.bookmark.createtxg);
        self.chain.partition_point(|local| local.createtxg <= at)
    }

    /// The base, unless its backup is broken.
    pub(super) fn sound(&self, catalog: &Catalog, marked: &Marked) -> Result<Base> {
        let stored = catalog.get(marked.name());
        let broken = stored.and_then(|stored| broken(catalog, stored));
        broken.map_or_else(|| Ok(marked.base.clone()), |error| Err(anew(error)))
    }
}
