//! Which stored backups can be restored, and why the others cannot.
//!
//! A full is healthy; an increment is healthy if its parent is there, is the snapshot it was made from, and is healthy.

use std::collections::BTreeMap;
use std::fmt;

use super::{Catalog, First, Stored};
use crate::name::Dataset;
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
        })
    }
}

impl Catalog {
    /// Whether a backup of this catalog can be restored.
    pub fn health(&self, stored: &Stored) -> Health {
        let verdict = self.healths.get(&stored.name);
        verdict.copied().unwrap_or(Health::MissingParent)
    }

    /// The verdict in words, with the link and the object that are to blame.
    pub fn reason(&self, stored: &Stored) -> String {
        let health = self.health(stored);
        match (health, stored.problem(), &stored.parent) {
            (Health::ParentBroken, ..) => match self.blamed(stored) {
                Some(link) => format!("{health} (@{}: {})", plain(&link.name), self.reason(link)),
                None => health.to_string(),
            },
            (Health::MissingParent, _, Some(parent)) => format!("{health} ({})", plain(parent)),
            (Health::MissingParent, ..) => match stored.parent_guid {
                Some(guid) => format!("{health} (guid {guid})"),
                None => health.to_string(),
            },
            (Health::NoStream | Health::OtherStream | Health::NoMetadata, Some(problem), _) => {
                format!("{health}: {}", plain(problem))
            }
            _ => health.to_string(),
        }
    }

    /// The link for whose fault one of its descendants is broken.
    pub(super) fn blamed(&self, stored: &Stored) -> Option<&Stored> {
        let broken = self.health(stored) == Health::ParentBroken;
        let to_blame = |link: &&Stored| self.health(link) != Health::ParentBroken;
        broken.then(|| self.links(stored).find(to_blame)).flatten()
    }

    /// The nearest of those that it builds on that can be restored.
    pub fn last_good(&self, stored: &Stored) -> Option<&Stored> {
        let good = |link: &&Stored| self.health(link) == Health::Ok;
        self.links(stored).find(good)
    }

    /// What it builds on, the nearest first; a circle ends.
    fn links(&self, stored: &Stored) -> impl Iterator<Item = &Stored> {
        let links = std::iter::successors(self.parent_of(stored), |link| self.parent_of(link));
        links.take(self.by_name.len())
    }

    /// The verdicts on all, each found once: a year of hourly snapshots is one chain of nearly 9,000 links. Goes down to a
    /// full, to a fault, or to a link that is known; more links than there are backups are a cycle.
    pub(super) fn judged(&self) -> BTreeMap<String, Health> {
        let dataset = Dataset::parse(&self.dataset).ok();
        let dataset = dataset.as_ref();
        let mut verdicts = BTreeMap::new();
        for stored in self.iter() {
            let (mut chain, mut next) = (Vec::new(), Some(stored));
            let verdict = loop {
                let Some(link) = next else { break Health::Ok };
                let known = verdicts.get(&link.name).copied();
                if let Some(health) = known.or_else(|| self.own_fault(link, dataset)) {
                    verdicts.insert(link.name.clone(), health);
                    break match health {
                        Health::Ok | Health::Cycle => health,
                        _ => Health::ParentBroken,
                    };
                }
                if chain.len() > self.by_name.len() {
                    break Health::Cycle;
                }
                chain.push(link);
                next = self.parent_of(link);
            };
            verdicts.extend(chain.iter().map(|link| (link.name.clone(), verdict)));
        }
        verdicts
    }

    /// What is wrong with this one, its ancestors apart.
    fn own_fault(&self, stored: &Stored, dataset: Option<&Dataset>) -> Option<Health> {
        if dataset.is_none_or(|dataset| dataset.snapshot(&stored.name).is_err()) {
            return Some(Health::BadName);
        }
        match &stored.first {
            Some(First::Empty) => return Some(Health::Empty),
            Some(First::NoStream(_)) if !stored.lacks_metadata() => return Some(Health::NoStream),
            _ => {}
        }
        if stored.size_bytes().is_err() {
            return Some(Health::BadSize);
        }
        let other = matches!(stored.first, Some(First::Other(..)));
        let other = other.then_some(Health::OtherStream);
        if stored.full {
            return other;
        }
        if stored.lacks_metadata() {
            return Some(Health::NoMetadata);
        }
        let Some(parent) = self.parent_of(stored) else {
            return Some(Health::MissingParent);
        };
        let replaced = stored.parent_guid.is_some_and(|guid| !parent.may_be(guid));
        other.or(replaced.then_some(Health::ParentReplaced))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Head;

    fn stored(name: &str, metadata: &[(&str, &str)]) -> Stored {
        let metadata = metadata
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect();
        Stored::new(
            name,
            name,
            Head {
                size_bytes: 1,
                metadata,
                ..Head::default()
            },
        )
    }

    fn health(rows: &[(&str, &[(&str, &str)])]) -> Vec<String> {
        let dataset = Dataset::parse("pool/fs").unwrap();
        let catalog = Catalog::of(
            &dataset,
            rows.iter().map(|(name, metadata)| stored(name, metadata)),
        );
        rows.iter()
            .map(|(name, _)| catalog.health(catalog.get(name).unwrap()).to_string())
            .collect()
    }

    #[test]
    fn the_chains_of_the_original() {
        let verdicts = health(&[
            ("snap_0", &[("parent", "pool/fs@snap_expired")]),
            ("snap_1_f", &[("isfull", "true"), ("compressor", "pigz1")]),
            ("snap_2", &[("parent", "pool/fs@snap_1_f")]),
            (
                "snap_3",
                &[("parent", "pool/fs@snap_2"), ("isfull", "false")],
            ),
            ("snap_4_mp", &[("parent", "missing_parent")]),
            ("snap_5", &[("parent", "pool/fs@snap_4_mp")]),
            ("snap_6_cycle", &[("parent", "pool/fs@snap_7_cycle")]),
            ("snap_7_cycle", &[("parent", "pool/fs@snap_6_cycle")]),
            ("snap_8", &[("parent", "pool/fs@snap_7_cycle")]),
            ("snap_9", &[("parent", "pool/fs@snap_9")]),
        ]);
        let expected = "missing parent,ok,ok,ok,missing parent,parent broken,cycle detected,cycle detected,cycle detected,cycle detected";
        assert_eq!(verdicts.join(","), expected);
    }

    #[test]
    fn odd_objects_are_broken_and_break_what_hangs_on_them() {
        let verdicts = health(&[
            ("a", &[]),
            ("b", &[("isfull", "true"), ("size", "big")]),
            ("c", &[("parent", "pool/fs@b")]),
            ("d", &[("isfull", "True")]),
            ("e", &[("parent", "other/fs@b")]),
        ]);
        assert_eq!(
            verdicts,
            [
                "no metadata",
                "bad size",
                "parent broken",
                "no metadata",
                "missing parent"
            ]
        );
    }

    #[test]
    fn a_parent_of_another_guid_is_not_the_parent() {
        let child = |guid: &'static str| -> (&str, Vec<(&str, &str)>) {
            (
                "child",
                vec![("parent", "pool/fs@full"), ("parentguid", guid)],
            )
        };
        for (guid, verdict) in [("7", "ok"), ("8", "parent replaced")] {
            let (name, metadata) = child(guid);
            assert_eq!(
                health(&[
                    ("full", &[("isfull", "true"), ("guid", "7")]),
                    (name, &metadata)
                ])[1],
                verdict
            );
        }
        assert_eq!(
            health(&[("full", &[("isfull", "true")]), ("child", &child("8").1)])[1],
            "ok"
        );
    }

    #[test]
    fn a_chain_of_ten_thousand_links_is_walked_once() {
        let dataset = Dataset::parse("pool/fs").unwrap();
        let link = |number: usize| {
            let parent = format!("pool/fs@{:05}", number - 1);
            stored(&format!("{number:05}"), &[("parent", &parent)])
        };
        let full = stored("00000", &[("isfull", "true")]);
        let whole = Catalog::of(&dataset, (1..10_000).map(link).chain([full]));
        assert!(whole.iter().all(|link| whole.health(link) == Health::Ok));
        let cut = Catalog::of(&dataset, (1..10_000).map(link));
        let broken = |link: &&Stored| cut.health(link) == Health::ParentBroken;
        assert_eq!(cut.iter().filter(broken).count(), 9998);
    }
}
