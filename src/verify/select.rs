//! Which backups are looked at, and in which order.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::args::Subset;
use crate::catalog::{Catalog, Stored};
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::name::{Dataset, SnapName};
use crate::order::gathered;
use crate::plan::not_stored;
use crate::selection::Selection;

/// The named backups, or all that the selection means, and everything that they build on; each once and behind
/// its parent.
pub fn selected<'a>(
    dataset: &Dataset,
    catalog: &'a Catalog,
    selection: &Selection,
    wanted: &[SnapName],
) -> Result<Vec<&'a Stored>> {
    let mut heads = Vec::new();
    for name in wanted {
        let head = catalog.get(name);
        heads.push(head.ok_or_else(|| not_stored(dataset, name))?);
    }
    if wanted.is_empty() {
        heads.extend(
            catalog
                .iter()
                .filter(|stored| selection.matches(&stored.name)),
        );
    }
    if heads.is_empty() {
        return Err(Error::refused(format!(
            "no backup of {dataset} {}: there is nothing to verify",
            selection.verb()
        ))
        .hint("--snapshot-prefix '' is for every snapshot of the dataset"));
    }
    let (mut seen, mut all) = (BTreeSet::new(), Vec::new());
    for head in heads {
        all.extend(new_links(catalog, head, &mut seen));
    }
    Ok(all)
}

/// Whether there is nothing to look at, and need not be (`ALLOW_EMPTY`).
pub fn may_be_empty(settings: &Settings, catalog: &Catalog, wanted: &[SnapName]) -> bool {
    let mut names = catalog.names();
    let meant = names.any(|name| settings.snapshots.matches(name));
    settings.allow_empty && wanted.is_empty() && !meant
}

/// A backup and all that it builds on, the oldest first; a circle is gone round once.
pub(super) fn chain<'a>(catalog: &'a Catalog, head: &'a Stored) -> Vec<&'a Stored> {
    new_links(catalog, head, &mut BTreeSet::new())
}

/// Only as far as to a link that was `seen`: what it builds on was, too. A long chain has many heads.
fn new_links<'a>(
    catalog: &'a Catalog,
    head: &'a Stored,
    seen: &mut BTreeSet<&'a SnapName>,
) -> Vec<&'a Stored> {
    let mut links: Vec<_> = std::iter::successors(Some(head), |link| catalog.parent_of(link))
        .take_while(|link| seen.insert(&link.name))
        .collect();
    links.reverse();
    links
}

/// Those on which no other of them builds; where they build on each other in a circle, each.
pub fn leaves<'a>(catalog: &'a Catalog, selected: &[&'a Stored]) -> Vec<&'a Stored> {
    let parents: BTreeSet<&SnapName> = gathered(
        selected
            .iter()
            .filter(|stored| catalog.health(stored) != crate::catalog::Health::Cycle)
            .filter_map(|stored| catalog.parent_of(stored))
            .map(|parent| &parent.name),
    );
    let leaf = |stored: &&&Stored| !parents.contains(&stored.name);
    selected.iter().filter(leaf).copied().collect()
}

/// Whether it is this object's turn on a day (counted since 1970): each object's turn comes on K days in any N in a row.
pub fn in_subset(key: &str, subset: Subset, day: u64) -> bool {
    let digest = Sha256::digest(key);
    let hash = digest
        .first_chunk()
        .map_or(0, |first| u64::from_be_bytes(*first));
    let of = subset.of;
    (hash % of + of - day % of) % of < subset.wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Label;
    use crate::name::FullName;

    #[test]
    fn every_object_has_its_turn_on_k_days_in_any_n() {
        for (wanted, of) in [(1, 1), (1, 30), (3, 7), (7, 7)] {
            let subset = Subset { wanted, of };
            for key in ["z3-backup/tank/a@1", "z3-backup/tank/a@2", ""] {
                for start in [0, 20_000] {
                    let days = (start..start + of).filter(|&day| in_subset(key, subset, day));
                    assert_eq!(days.count() as u64, wanted, "{key} {wanted}/{of}");
                }
            }
        }
    }

    /// Three years of hourly snapshots: going down from each to the full would take minutes.
    #[test]
    fn a_long_chain_is_gone_through_once() {
        let dataset = Dataset::parse("t/a").unwrap();
        let links = (0..26_000).map(|number: u32| Stored {
            name: format!("{number:05}").as_str().into(),
            label: Label {
                full: number == 0,
                parent: number
                    .checked_sub(1)
                    .map(|before| format!("t/a@{before:05}").into()),
                ..Label::default()
            },
            ..Stored::default()
        });
        let catalog = Catalog::of(&dataset, links);
        let all = selected(&dataset, &catalog, &Selection::prefixes("").unwrap(), &[]).unwrap();
        assert!(all.iter().map(|stored| &stored.name).is_sorted());
        assert_eq!((all.len(), leaves(&catalog, &all).len()), (26_000, 1));
    }

    #[test]
    fn parents_come_before_what_builds_on_them() {
        let dataset = Dataset::parse("t/a").unwrap();
        let of = |name: &str, parent: Option<&str>| Stored {
            name: name.into(),
            label: Label {
                full: parent.is_none(),
                parent: parent.map(|parent| FullName::of("t/a", parent)),
                ..Label::default()
            },
            ..Stored::default()
        };
        let catalog = Catalog::of(
            &dataset,
            [
                of("z", None),
                of("m", Some("z")),
                of("a", Some("m")),
                of("b", Some("m")),
                of("x", Some("y")),
                of("y", Some("x")),
                of("other", None),
            ],
        );
        let names = |wanted: &[&str], prefix: &str| {
            let wanted = wanted.iter().map(|name| dataset.own_name(name));
            let wanted: Vec<SnapName> = wanted.collect();
            let all = selected(
                &dataset,
                &catalog,
                &Selection::prefixes(prefix).unwrap(),
                &wanted,
            )?;
            let leaves = leaves(&catalog, &all);
            let join = |all: &[&Stored]| {
                let names: Vec<&str> = all.iter().map(|stored| stored.name.as_str()).collect();
                names.join(" ")
            };
            Ok::<_, Error>(format!("{} | {}", join(&all), join(&leaves)))
        };
        assert_eq!(names(&[], "").unwrap(), "z m a b other y x | a b other y x");
        assert_eq!(names(&[], "b").unwrap(), "z m b | b");
        assert_eq!(names(&["t/a@m", "a"], "q").unwrap(), "z m a | a");
        assert_eq!(names(&["x"], "").unwrap(), "y x | y x");
        assert!(
            names(&[], "q")
                .unwrap_err()
                .to_string()
                .contains("nothing to verify")
        );
        assert!(names(&["q"], "").is_err());
    }
}
