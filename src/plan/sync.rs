//! What goes to another machine, or comes from there.

use std::collections::BTreeSet;
use std::fmt::Display;

use crate::error::{Error, Result};
use crate::order::gathered;
use crate::selection::Selection;
use crate::zfs::LocalSnapshot;

/// One snapshot to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncStep<'a> {
    /// The incremental source, `None` for a full.
    pub from: Option<&'a LocalSnapshot>,
    /// The snapshot.
    pub to: &'a LocalSnapshot,
}

/// Every snapshot of the source behind the newest one that the destination has as well, by guid, up to the newest that is
/// meant; only that one, in full, for a destination that has none of them. Both lists have the oldest first.
/// Nothing, if the destination has the newest.
pub fn sync<'a>(
    source: impl Display,
    have: &'a [LocalSnapshot],
    got: &[LocalSnapshot],
    selection: &Selection,
) -> Result<Vec<SyncStep<'a>>> {
    let matching = |snapshot: &LocalSnapshot| selection.matches(&snapshot.name);
    let newest = have.iter().rposition(matching).ok_or_else(|| {
        Error::refused(format!(
            "{source} has no snapshot that {}",
            selection.verb()
        ))
    })?;
    let wanted = have.get(..=newest).unwrap_or_default();
    let guids: BTreeSet<u64> = gathered(got.iter().map(|snapshot| snapshot.guid));
    let known = |snapshot: &LocalSnapshot| guids.contains(&snapshot.guid);
    let Some(base) = wanted.iter().rposition(known) else {
        return match got.iter().any(matching) {
            true => Err(nothing_in_common(source)),
            false => Ok(wanted.last().map(full).into_iter().collect()),
        };
    };
    let chain = wanted.get(base..).unwrap_or_default();
    let pairs = chain.iter().zip(chain.iter().skip(1));
    Ok(pairs
        .map(|(from, to)| SyncStep {
            from: Some(from),
            to,
        })
        .collect())
}

fn full(to: &LocalSnapshot) -> SyncStep<'_> {
    SyncStep { from: None, to }
}

fn nothing_in_common(source: impl Display) -> Error {
    Error::refused(format!(
        "the two sides have no snapshot of {source} in common (their guids differ)"
    ))
    .hint("name another --remote-dataset, or destroy the one that is there")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(snapshots: &[(&str, u64)]) -> Vec<LocalSnapshot> {
        let snapshot = |(number, (name, guid)): (usize, &(&str, u64))| LocalSnapshot {
            name: (*name).into(),
            guid: *guid,
            createtxg: None,
            creation: number as u64,
            referenced: 1,
            holds: 0,
        };
        snapshots.iter().enumerate().map(snapshot).collect()
    }

    fn steps(have: &[(&str, u64)], got: &[(&str, u64)]) -> Result<Vec<(Option<u64>, u64)>, String> {
        let (have, got) = (side(have), side(got));
        let steps = sync("tank/a", &have, &got, &Selection::prefixes("d")?)
            .map_err(|error| error.to_string())?;
        let guids = |step: SyncStep<'_>| (step.from.map(|from| from.guid), step.to.guid);
        Ok(steps.into_iter().map(guids).collect())
    }

    #[test]
    fn each_snapshot_is_sent_from_the_one_before_it() {
        let have = [("d1", 1), ("h1", 2), ("d2", 3), ("h2", 4)];
        for (got, expected) in [
            (&[][..], vec![(None, 3)]),
            (&[("x", 9)], vec![(None, 3)]),
            (&[("d1", 1)], vec![(Some(1), 2), (Some(2), 3)]),
            (&[("other", 1)], vec![(Some(1), 2), (Some(2), 3)]),
            // Behind what the destination has last, whatever its name.
            (&[("d1", 1), ("h1", 2)], vec![(Some(2), 3)]),
            (&[("h1", 2)], vec![(Some(2), 3)]),
            (&[("d2", 3)], vec![]),
            (&[("d2", 3), ("h2", 4)], vec![]),
        ] {
            assert_eq!(steps(&have, got), Ok(expected), "{got:?}");
        }
    }

    #[test]
    fn without_a_common_snapshot_nothing_is_planned() {
        let error = steps(&[("d1", 1)], &[("d1", 2)]).unwrap_err();
        assert!(error.contains("no snapshot of tank/a in common"), "{error}");
        let error = steps(&[("h1", 1)], &[]).unwrap_err();
        assert!(error.contains("begins with SNAPSHOT_PREFIX"), "{error}");
        // What is newer than the newest that is wanted is no base.
        let error = steps(&[("d1", 1), ("h1", 2)], &[("d0", 7), ("h1", 2)]).unwrap_err();
        assert!(error.contains("in common"), "{error}");
    }
}
