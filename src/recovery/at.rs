//! Which backup is of a time: the newest that can be restored and is no newer than that.

use std::collections::BTreeMap;

use crate::calendar;
use crate::catalog::{Catalog, Creation, First, Health, Stored};
use crate::error::{Error, Result};
use crate::name::{Dataset, SnapName};
use crate::order::sort_by_key;

/// A backup of a time.
#[derive(Debug, Clone, Copy)]
pub struct Newest<'a> {
    /// The backup.
    pub stored: &'a Stored,
    /// When its snapshot was made.
    pub made: Creation,
    /// One that is newer, and old enough, but cannot be restored.
    pub broken: Option<&'a Stored>,
}

/// The newest backup whose snapshot was made at this second or before it, whatever its name is. Snapshots of one second go by
/// their place in the chain. Nothing, if all that can be restored are newer.
pub fn newest_at<'a>(
    dataset: &Dataset,
    catalog: &'a Catalog,
    at: u64,
) -> Result<Option<Newest<'a>>> {
    let known = in_order(catalog);
    let mut broken = None;
    for &(made, stored) in known.iter().rev().filter(|(made, _)| made.seconds <= at) {
        if catalog.health(stored) == Health::Ok {
            return Ok(Some(Newest {
                stored,
                made,
                broken,
            }));
        }
        broken = broken.or(Some(stored));
    }
    match (broken, oldest(catalog, &known)) {
        (None, Some(_)) => Ok(None),
        (_, oldest) => Err(none(dataset, at, oldest, true)),
    }
}

/// What there is to say where [`newest_at`] has found none.
pub fn not_yet(dataset: &Dataset, catalog: &Catalog, at: u64) -> Error {
    none(dataset, at, oldest(catalog, &in_order(catalog)), false)
}

fn in_order(catalog: &Catalog) -> Vec<(Creation, &Stored)> {
    let depths = depths(catalog);
    let known = catalog
        .iter()
        .filter_map(|stored| Some((made(stored)?, stored)));
    let mut known: Vec<(Creation, &Stored)> = known.collect();
    let depth = |stored: &Stored| depths.get(&stored.name).copied();
    sort_by_key(&mut known, |(made, stored)| {
        (made.seconds, depth(stored), stored.stored_at())
    });
    known
}

fn oldest<'a>(
    catalog: &Catalog,
    known: &[(Creation, &'a Stored)],
) -> Option<(Creation, &'a Stored)> {
    let mut known = known.iter().copied();
    known.find(|(_, stored)| catalog.health(stored) == Health::Ok)
}

/// The stream's own word counts for more than the metadata's.
fn made(stored: &Stored) -> Option<Creation> {
    let begin = stored.first.as_ref().and_then(First::begin);
    let told = begin.map(|begin| Creation {
        seconds: begin.creation_time,
        exact: true,
    });
    told.or_else(|| stored.creation())
}

/// How many backups each one builds on. A chain that is no chain ends somewhere.
fn depths(catalog: &Catalog) -> BTreeMap<&SnapName, usize> {
    let mut depths = BTreeMap::new();
    for stored in catalog.iter() {
        let (mut open, mut next) = (Vec::new(), Some(stored));
        while let Some(one) = next.filter(|one| !depths.contains_key(&one.name)) {
            depths.insert(&one.name, 0);
            open.push(&one.name);
            next = catalog.parent_of(one);
        }
        let known = next.and_then(|one| depths.get(&one.name).copied());
        let mut depth = known.unwrap_or_default();
        for name in open.into_iter().rev() {
            depth += 1;
            depths.insert(name, depth);
        }
    }
    depths
}

fn none(dataset: &Dataset, at: u64, oldest: Option<(Creation, &Stored)>, broken: bool) -> Error {
    let at = calendar::show(at);
    let kind = if broken { "that can be restored " } else { "" };
    let refused = Error::refused(format!("no backup of {dataset} {kind}is of {at} or older"));
    match oldest {
        Some((made, stored)) => {
            let (name, made) = (&stored.name, calendar::show(made.seconds));
            refused.hint(format!(
                "the oldest that can be restored is @{name} of {made}"
            ))
        }
        None => refused.hint(format!(
            "no backup of {dataset} can be restored; 'z3 status' shows what is stored"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Label;
    use crate::name::FullName;
    use crate::stream::Begin;

    fn dataset() -> Dataset {
        Dataset::parse("tank/fs").unwrap()
    }

    /// `NAME` or `NAME>PARENT`, made at this second.
    fn stored((name, creation): &(&str, u64)) -> Stored {
        let (name, parent) = name
            .split_once('>')
            .map_or((*name, None), |(name, on)| (name, Some(on)));
        let label = Label {
            full: parent.is_none(),
            parent: parent.map(|parent| FullName::of("tank/fs", parent)),
            creation: Some(*creation),
            ..Label::default()
        };
        Stored {
            name: name.into(),
            label,
            ..Stored::default()
        }
    }

    fn catalog(backups: &[(&str, u64)]) -> Catalog {
        Catalog::of(&dataset(), backups.iter().map(stored))
    }

    /// The name that is chosen, and what was passed over.
    fn told(catalog: &Catalog, at: u64) -> String {
        let error = match newest_at(&dataset(), catalog, at) {
            Ok(Some(Newest { stored, broken, .. })) => {
                let broken = broken.map(|broken| format!(" not {}", broken.name));
                return stored.name.to_string() + &broken.unwrap_or_default();
            }
            Ok(None) => not_yet(&dataset(), catalog, at),
            Err(error) => error,
        };
        format!("{error}; {}", error.advice().unwrap_or_default())
    }

    #[test]
    fn the_newest_that_is_not_newer() {
        let two = catalog(&[("z", 100), ("a>z", 200), ("full", 300), ("b>full", 400)]);
        for (at, name) in [
            (100, "z"),
            (199, "z"),
            (200, "a"),
            (299, "a"),
            (300, "full"),
            (9_999, "b"),
        ] {
            assert_eq!(told(&two, at), name, "{at}");
        }
        assert_eq!(
            told(&two, 99),
            "no backup of tank/fs is of 1970-01-01T00:01:39Z or older; the oldest that can be restored is @z of 1970-01-01T00:01:40Z"
        );
        assert!(matches!(newest_at(&dataset(), &two, 99), Ok(None)));
        assert!(told(&catalog(&[]), 1).contains("; no backup of tank/fs can be restored"));
    }

    #[test]
    fn snapshots_of_one_second_go_by_the_chain() {
        let same = catalog(&[("c>a", 100), ("a>b", 100), ("b", 100)]);
        assert_eq!(told(&same, 100), "c");
    }

    #[test]
    fn what_is_broken_is_passed_over_and_named() {
        let holed = catalog(&[("a", 100), ("c>b", 300), ("d>c", 400)]);
        assert_eq!(told(&holed, 500), "a not d");
        assert_eq!(told(&holed, 300), "a not c");
        let none = told(&catalog(&[("c>b", 300)]), 300);
        assert!(
            none.starts_with("no backup of tank/fs that can be restored is of "),
            "{none}"
        );
        assert_eq!(
            told(&catalog(&[("a>b", 1), ("b>a", 1), ("c", 1)]), 1),
            "c not a"
        );
    }

    #[test]
    fn the_stream_itself_has_the_last_word() {
        let mut forged = stored(&("b>a", 150));
        forged.first = Some(First::Stream(Begin {
            creation_time: 900,
            ..Begin::default()
        }));
        let catalog = Catalog::of(&dataset(), [stored(&("a", 100)), forged]);
        assert_eq!(told(&catalog, 200), "a");
        assert_eq!(told(&catalog, 900), "b");
    }
}
