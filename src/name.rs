//! Names of datasets and snapshots, checked once where they enter and trusted afterwards.
//!
//! Responsible for the rules of `zfs(8)`: components of letters, digits, `_ . : -` and blanks, joined by `/`, a
//! snapshot after `@`, a bookmark after `#`. Not responsible for whether they exist.

use std::fmt;

use crate::error::{Error, Result};

/// The longest name that ZFS takes, in bytes (`ZFS_MAX_DATASET_NAME_LEN`, 256 with its terminator).
const MAX_BYTES: usize = 255;

/// A file system or volume: `tank/spam`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dataset(String);

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
        Ok(Self(text.to_owned()))
    }

    /// The name as zfs spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The pool that it is in.
    pub fn pool(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// Its name, then those of the datasets above it, the nearest first.
    pub fn and_above(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.as_str()), |name| {
            name.rsplit_once('/').map(|(above, _)| above)
        })
    }

    /// Whether it is another dataset or one below that.
    pub fn is_at_or_below(&self, other: &Self) -> bool {
        let rest = self.0.strip_prefix(other.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The snapshot of this dataset with that name after the `@`.
    pub fn snapshot(&self, name: &str) -> Result<Snapshot> {
        match self.may_have(name) {
            true => Ok(Snapshot(format!("{}@{name}", self.0))),
            false => Err(Error::refused(format!(
                "'{name}' is no name of a ZFS snapshot, expected the part after the @"
            ))),
        }
    }

    /// The bookmark of this dataset with that name after the `#`.
    pub fn bookmark(&self, name: &str) -> Result<Bookmark> {
        match self.may_have(name) {
            true => Ok(Bookmark(format!("{}#{name}", self.0))),
            false => Err(Error::refused(format!(
                "'{name}' is no name of a ZFS bookmark, expected the part after the #"
            ))),
        }
    }

    fn may_have(&self, name: &str) -> bool {
        let fits = self.0.len() + 1 + name.len() <= MAX_BYTES;
        !name.is_empty() && name.chars().all(allowed) && fits
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A snapshot of a dataset: `tank/spam@daily-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Snapshot(String);

impl Snapshot {
    /// What it is a snapshot of.
    pub fn dataset(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }

    /// The part behind the `@`.
    pub fn name(&self) -> &str {
        self.0.split('@').nth(1).unwrap_or_default()
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A bookmark of a dataset: what `zfs` keeps of a snapshot so that an increment can start from it: `tank/spam#daily-1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bookmark(String);

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

/// Whether a letter may stand in the name of a component or a snapshot.
pub fn allowed(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_.:- ".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_zfs_takes() {
        for text in [
            "tank",
            "tank/spam",
            "zpeer/fs",
            "t-1/a b/c.d:e_f",
            "Tank/Spam",
        ] {
            assert_eq!(Dataset::parse(text).unwrap().as_str(), text);
        }
        let name = "zfs-auto-snap:daily-2015-03-01 x";
        let snapshot = Dataset::parse("tank/spam").unwrap().snapshot(name);
        assert_eq!(snapshot.unwrap().to_string(), format!("tank/spam@{name}"));
        let bookmark = Dataset::parse("tank/spam").unwrap().bookmark(name);
        assert_eq!(bookmark.unwrap().to_string(), format!("tank/spam#{name}"));
    }

    #[test]
    fn names_that_zfs_refuses() {
        for text in [
            "",
            "/tank",
            "tank/",
            "tank//spam",
            "tank@x",
            "tank/sp;am",
            "-rf",
            "1tank/spam",
            "tank\n",
            "tank/../x",
            "t\u{e4}nk",
        ] {
            assert!(Dataset::parse(text).is_err(), "{text:?}");
        }
        let dataset = Dataset::parse("tank").unwrap();
        for name in ["", "a@b", "a/b", "a%b", "a#b", &"x".repeat(251)] {
            assert!(dataset.snapshot(name).is_err(), "{name:?}");
            assert!(dataset.bookmark(name).is_err(), "{name:?}");
        }
    }
}
