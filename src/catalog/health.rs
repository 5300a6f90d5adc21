//! Which stored backups can be restored, and why the others cannot.
//!
//! A full is healthy; an increment is healthy if its parent is there, is the snapshot it was made from, and is healthy.

use std::collections::BTreeMap;
use std::fmt;

use super::{Catalog, First, Stored};
use crate::name::SnapName;
use crate::terminal::plain;

/// The verdict on one stored backup; the texts are those of the status table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It can be restored.
    Ok,
    /// Its parent is not in the bucket.
    MissingParent,
    /// Its parent cannot be restored.
    ParentBroken,
    /// It is its own ancestor.
    Cycle,
    /// The object with its parent's name is another snapshot now (the guids differ).
    ParentReplaced,
    /// It says neither that it is a full nor what its parent is.
    NoMetadata,
    /// Its metadata `size` is no number, so z3 did not write it.
    BadSize,
    /// No snapshot can have the name that its key ends with.
    BadName,
    /// It has no bytes.
    Empty,
    /// Its bytes are no stream that a restore takes; [`Stored::problem`] has the words.
    NoStream,
    /// Its bytes are another stream than its key and its metadata promise.
    OtherStream,
    /// The server does not describe it; [`Stored::problem`] has the words.
    Unread,
    /// It has been deleted or replaced since it was listed.
    Gone,
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::MissingParent => "missing parent",
            Self::ParentBroken => "parent broken",
            Self::Cycle => "cycle detected",
            Self::ParentReplaced => "parent replaced",
            Self::NoMetadata => "no metadata",
            Self::BadSize => "bad size",
            Self::BadName => "bad name",
            Self::Empty => "empty",
            Self::NoStream => "no stream",
            Self::OtherStream => "other stream",
            Self::Unread => "unread",
            Self::Gone => "gone",
        })
    }
}

/// A verdict, and the link that it is owed to, if that is another one: who looks for it anew for each link of a long chain
/// goes down all of it each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LinkVerdict {
    health: Health,
    blamed: Option<SnapName>,
}

impl LinkVerdict {
    fn of(health: Health) -> Self {
        let blamed = None;
        Self { health, blamed }
    }

    /// What it means for an increment on the backup of this name.
    fn of_child(&self, name: &SnapName) -> Self {
        match self.health {
            Health::Ok | Health::Cycle | Health::ParentBroken => self.clone(),
            _ => Self {
                health: Health::ParentBroken,
                blamed: Some(name.clone()),
            },
        }
    }
}

impl Catalog {
    /// Whether a backup of this catalog can be restored.
    pub fn health(&self, stored: &Stored) -> Health {
        let verdict = self.verdicts.get(&stored.name);
        verdict.map_or(Health::MissingParent, |verdict| verdict.health)
    }

    /// The verdict on it, or on the one of those that it builds on that is to blame.
    pub fn cause(&self, stored: &Stored) -> Health {
        self.health(self.blamed(stored).unwrap_or(stored))
    }

    /// The verdict in words, with the link and the object that are to blame.
    pub fn reason(&self, stored: &Stored) -> String {
        let health = self.health(stored);
        match (health, stored.problem(), &stored.label.parent) {
            (Health::ParentBroken, ..) => match self.blamed(stored) {
                Some(link) => format!("{health} (@{}: {})", link.name, self.reason(link)),
                None => health.to_string(),
            },
            (Health::MissingParent, _, Some(parent)) => format!("{health} ({parent})"),
            (Health::MissingParent, ..) => match stored.label.parent_guid {
                Some(guid) => format!("{health} (guid {guid})"),
                None => health.to_string(),
            },
            (Health::BadName | Health::BadSize | Health::Empty, ..) => health.to_string(),
            (_, Some(problem), _) => format!("{health}: {}", plain(problem)),
            _ => health.to_string(),
        }
    }

    /// The link for whose fault one of its descendants is broken.
    pub(super) fn blamed(&self, stored: &Stored) -> Option<&Stored> {
        let verdict = self.verdicts.get(&stored.name)?;
        self.by_name.get(verdict.blamed.as_ref()?)
    }

    /// The nearest of those that it builds on that can be restored.
    pub fn last_good(&self, stored: &Stored) -> Option<&Stored> {
        let good = |link: &&Stored| self.health(link) == Health::Ok;
        self.links(stored).find(good)
    }

    /// How many backups a restore of it needs, itself among them.
    pub fn depth(&self, stored: &Stored) -> usize {
        1 + self.links(stored).count()
    }

    /// What it builds on, the nearest first; a circle ends.
    fn links(&self, stored: &Stored) -> impl Iterator<Item = &Stored> {
        let links = std::iter::successors(self.parent_of(stored), |link| self.parent_of(link));
        links.take(self.by_name.len())
    }

    /// The verdicts on all, each found once: a year of hourly snapshots is one chain of nearly 9,000 links. Goes down to a
    /// full, to a fault, or to a link that is known; more links than there are backups are a cycle.
    pub(super) fn judged(&self) -> BTreeMap<SnapName, LinkVerdict> {
        let mut verdicts = BTreeMap::new();
        for stored in self.iter() {
            let (mut chain, mut next) = (Vec::new(), Some(stored));
            let verdict = loop {
                let Some(link) = next else {
                    break LinkVerdict::of(Health::Ok);
                };
                let own = || self.own_fault(link).map(LinkVerdict::of);
                if let Some(verdict) = verdicts.get(&link.name).cloned().or_else(own) {
                    let of_child = verdict.of_child(&link.name);
                    verdicts.insert(link.name.clone(), verdict);
                    break of_child;
                }
                if chain.len() > self.by_name.len() {
                    break LinkVerdict::of(Health::Cycle);
                }
                chain.push(link);
                next = self.parent_of(link);
            };
            let links = chain.iter().map(|link| link.name.clone());
            verdicts.extend(links.map(|name| (name, verdict.clone())));
        }
        verdicts
    }

    /// What is wrong with this one, its ancestors apart.
    fn own_fault(&self, stored: &Stored) -> Option<Health> {
        if !self.dataset.may_have(&stored.name) {
            return Some(Health::BadName);
        }
        match &stored.first {
            Some(First::Empty) => return Some(Health::Empty),
            Some(First::Refused(_)) => return Some(Health::Unread),
            Some(First::Gone(_)) => return Some(Health::Gone),
            Some(First::NoStream(_)) if !stored.lacks_metadata() => return Some(Health::NoStream),
            _ => {}
        }
        if stored.label.size_bytes().is_err() {
            return Some(Health::BadSize);
        }
        let other = matches!(stored.first, Some(First::Other(..)));
        let other = other.then_some(Health::OtherStream);
        if stored.label.full {
            return other;
        }
        if stored.lacks_metadata() {
            return Some(Health::NoMetadata);
        }
        let Some(parent) = self.parent_of(stored) else {
            return Some(Health::MissingParent);
        };
        let replaced = stored
            .label
            .parent_guid
            .is_some_and(|guid| !parent.label.may_be(guid));
        other.or(replaced.then_some(Health::ParentReplaced))
    }
}

#[cfg(test)]
mod tests;
